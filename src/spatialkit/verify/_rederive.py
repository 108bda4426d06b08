"""The answer of each task, derived anew from its marks and its words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from spatialkit.samples import Mark, Sample
from spatialkit.verify import _truth
from spatialkit.verify._reading import (
    Text,
    amount,
    amounts,
    directions,
    reference_given,
    reference_of,
    relation_claimed,
    spoken_of,
    tokens,
)
from spatialkit.verify._truth import EDGE, Length, Readings
from spatialkit.verify._world import World

__all__ = ["BUILTIN", "Derivation", "Fault"]

Derivation = Callable[[Sample, World, Text, Text], Iterable[str]]
LETTERS = "ABCDEFGH"
STEP = 0.1  # metres to which numbers are rounded
SPARE = 1.05  # noise is derived to first order


class Fault(Exception):
    """What is wrong with a sample, so that nothing more can be derived."""


def depth(sample: Sample, world: World, question: Text, answer: Text) -> Iterator[str]:
    """Depth of the blue thing, or the difference of blue and green; that of the red one is given."""
    pair = "_oo" in sample.task
    wanted = {"red", "blue", "green"} if pair else {"red", "blue"}
    marks = _marked(sample, wanted, "point")
    given = reference_given(question.plain)
    if given is None:
        raise Fault("the question does not give one depth of one thing")
    colour, said = given
    if colour != "red" or marks["red"].role != "reference":
        yield f"the question gives the depth of the {colour} thing, expected the red one in the role 'reference'"
    seen = {c: (m.object_id, sample.images[m.image].frame) for c, m in marks.items()}
    depths = {c: _truth.deep(world, *where) for c, where in seen.items()}
    if _badly_rounded(said, depths[colour].value):
        yield f"the question gives {said} m as the depth of the {colour} thing, it is {depths[colour].value:.4f} m"
    asked = [c for c in tokens(question.plain) if c != colour]
    if set(asked) != wanted - {"red"}:
        raise Fault(f"the question asks about {asked}, expected {sorted(wanted - {'red'})}")
    least_deep = min(depth.value for depth in depths.values())
    if least_deep <= 0:
        yield f"a depth of {least_deep:.3f} m lies behind its camera"
    if pair:
        value, least = _truth.deeper(world, seen["blue"], seen["green"]), world.rules.least_difference
    else:
        value, least = depths["blue"], world.rules.least
    yield from _number(sample, world, value, least, answer, set(asked))


def distance(sample: Sample, world: World, question: Text, answer: Text) -> Iterator[str]:
    """Distance between the centres of the red and the blue thing, or of the red one from the observer."""
    from_camera = "_oc" in sample.task
    wanted = {"red"} if from_camera else {"red", "blue"}
    marks = _marked(sample, wanted, "point")
    if from_camera != bool("camera" in question.plain.lower() or "observer" in question.plain.lower()):
        yield f"the question {'does not name' if from_camera else 'names'} the camera"
    if from_camera:
        value = _truth.from_eye(world, marks["red"].object_id, sample.images[0].frame)
    else:
        value = _truth.apart(world, marks["red"].object_id, marks["blue"].object_id)
    yield from _number(sample, world, value, world.rules.least, answer, wanted)


def beside(sample: Sample, world: World, question: Text, answer: Text) -> Iterator[str]:
    """One thing relative to another, as seen by the observer."""
    pairs = [{"red", "blue"}]
    if sample.task.endswith("_mv"):
        pairs += [{"red", "green"}, {"blue", "green"}]
    if {m.colour for m in sample.marks} not in pairs:
        raise Fault(f"marks are {sorted(m.colour for m in sample.marks)}, expected one of {[sorted(p) for p in pairs]}")
    marks = _marked(sample, {m.colour for m in sample.marks}, "box")
    if sample.format == "judge":
        claim = relation_claimed(question.plain)
        roles = claim[:2] if claim is not None else None
    else:
        roles = _compared(question.plain)
    if roles is None or set(roles) != set(marks):
        raise Fault("the question does not say what is to be placed relative to what")
    a, b = marks[roles[0]], marks[roles[1]]
    if (a.role, b.role) != ("a", "b"):
        said = f"the text places the {a.colour} thing relative to the {b.colour} one"
        yield f"{said}, their marks have the roles {a.role!r} and {b.role!r}"
    if sample.format == "sentence" and _compared(answer.plain) != roles:
        yield f"the sentence does not place the {a.colour} thing relative to the {b.colour} one"
    readings = _truth.beside(world, a.object_id, b.object_id, sample.images[0].frame)
    yield from _directed(sample, world, readings, question, answer)


def around(sample: Sample, world: World, question: Text, answer: Text) -> Iterator[str]:
    """One thing relative to the observer."""
    marks = _marked(sample, {m.colour for m in sample.marks}, "box")
    if len(marks) != 1:
        raise Fault(f"{len(marks)} things are marked, expected 1")
    (mark,) = marks.values()
    readings = _truth.around(world, mark.object_id, sample.images[0].frame)
    if sample.format == "sentence" and tokens(answer.plain) != [mark.colour]:
        yield f"the sentence does not speak of the {mark.colour} thing"
    yield from _directed(sample, world, readings, question, answer)


BUILTIN: dict[str, Derivation] = {
    "depth_prediction_oc": depth,
    "depth_prediction_oo": depth,
    "depth_prediction_oc_mv": depth,
    "depth_prediction_oo_mv": depth,
    "distance_prediction_oc": distance,
    "distance_prediction_oo": distance,
    "distance_prediction_oc_mv": distance,
    "distance_prediction_oo_mv": distance,
    "distance_prediction_oo_video": distance,
    "obj_spatial_relation_oo": beside,
    "obj_spatial_relation_oo_mv": beside,
    "obj_spatial_relation_oc_mv": around,
}


def _marked(sample: Sample, wanted: set[str], kind: str) -> dict[str, Mark]:
    """Return the marks by colour; they must be of the wanted colours and kind."""
    marks = {mark.colour: mark for mark in sample.marks}
    if set(marks) != wanted or len(marks) != len(sample.marks):
        raise Fault(f"marks are coloured {[m.colour for m in sample.marks]}, expected {sorted(wanted)}")
    wrong = [mark for mark in sample.marks if mark.kind != kind]
    if wrong:
        raise Fault(f"the {wrong[0].colour} mark is a {wrong[0].kind}, expected a {kind}")
    return marks


def _compared(plain: str) -> tuple[str, str] | None:
    """Return the colours of the thing that is placed and of the one that it is compared with."""
    reference = reference_of(plain)
    placed = [colour for colour in tokens(plain) if colour != reference]
    return (placed[0], reference) if reference is not None and len(placed) == 1 else None


def _badly_rounded(said: str, value: float) -> bool:
    """Return whether a text is not the value to one decimal; on the edge either neighbour is right."""
    _, _, decimals = said.partition(".")
    return len(decimals) != 1 or abs(float(said) - value) > STEP / 2 + EDGE


def _number(sample: Sample, world: World, length: Length, least: float, answer: Text, asked: set[str]) -> Iterator[str]:
    value = length.value
    if length.noise > max(STEP, world.rules.quantity_tolerance * value) * SPARE:
        yield f"the value {value:.4f} m is not sure: the stated noise moves it by {length.noise:.3f} m"
    if not least - EDGE <= value <= world.rules.most + EDGE:
        yield f"the value {value:.4f} m is not between {least:g} and {world.rules.most:g} m"
    if sample.format == "select":
        true = []
        for letter, option in zip(LETTERS, sample.options, strict=False):
            number = amount(option)
            if number is None:
                raise Fault(f"option {letter} {option!r} is no number")
            gap = abs(number - value)
            if gap <= STEP / 2 + EDGE:
                true.append(letter)
            elif gap <= STEP / 2 + length.noise:
                yield f"option {letter} {option!r} is within the noise ({length.noise:.3f} m) of {value:.4f} m"
        yield from _chosen(sample, true, f"{value:.4f} m")
        return
    if sample.format == "fill":
        said = [sample.answer] if amount(sample.answer) is not None else []
    elif sample.format == "sentence":
        said = amounts(answer.plain)
        if set(spoken_of(answer.plain)) != asked:
            yield f"the sentence speaks of {spoken_of(answer.plain)}, expected {sorted(asked)}"
    else:
        raise Fault(f"format {sample.format!r} is not one of this task")
    if len(said) != 1:
        raise Fault(f"the answer {sample.answer!r} does not say one number")
    if _badly_rounded(said[0], value):
        yield f"the answer says {said[0]} m, it is {value:.4f} m"


def _directed(
    sample: Sample, world: World, readings: tuple[Readings, ...], question: Text, answer: Text
) -> Iterator[str]:
    rules = world.rules
    steep = world.observer(sample.images[0].frame).steepness_deg
    if steep > rules.steepest_deg + EDGE:
        yield f"the observer looks {steep:.1f} degrees up or down, expected at most {rules.steepest_deg:g}"
    words = [reading.word(rules) for reading in readings]
    if sample.format == "judge":
        yield from _judged(sample, words, readings, question)
        return
    for word, reading in zip(words, readings, strict=True):
        if word is None:
            raise Fault(f"a direction is not sure: {reading}")
    facts = "; ".join(str(reading) for reading in readings)
    if sample.format == "select":
        true = []
        for letter, option in zip(LETTERS, sample.options, strict=False):
            slots = [slot.strip() for slot in option.split(",")]
            if len(slots) != len(readings) or any(
                slot not in ("", r.first, r.second) for slot, r in zip(slots, readings, strict=True)
            ):
                raise Fault(f"option {letter} {option!r} is not a list of {len(readings)} directions")
            if slots == words:
                true.append(letter)
        yield from _chosen(sample, true, facts)
    elif sample.format == "sentence":
        found, expected = directions(answer.plain), {word for word in words if word}
        if found != expected:
            yield f"the sentence says {sorted(found)}, it is {sorted(expected)} ({facts})"
    else:
        raise Fault(f"format {sample.format!r} is not one of this task")


def _judged(sample: Sample, words: list[str | None], readings: tuple[Readings, ...], question: Text) -> Iterator[str]:
    claim = relation_claimed(question.plain)
    claimed = claim[2] if claim is not None else frozenset()
    if not claimed or not claimed <= {word for r in readings for word in (r.first, r.second)}:
        raise Fault(f"the question claims {sorted(claimed)}, which is no relation")
    holds = True
    for word, reading in zip(words, readings, strict=True):
        asked = claimed & {reading.first, reading.second}
        if asked and not word:
            raise Fault(f"whether it is {' and '.join(sorted(asked))} is not sure: {reading}")
        holds &= asked <= {word}
    if sample.answer != ("Yes" if holds else "No"):
        facts = "; ".join(str(reading) for reading in readings)
        yield f"the answer is {sample.answer!r} to whether it is {sorted(claimed)}; found {facts}"


def _chosen(sample: Sample, true: list[str], fact: str) -> Iterator[str]:
    """Yield what is wrong with the options, of which those with the letters ``true`` hold."""
    if len(sample.options) < 2 or len(set(sample.options)) != len(sample.options):
        yield f"options are {list(sample.options)}, expected at least two different ones"
    listed = [f"{letter}. {option}".rstrip() for letter, option in zip(LETTERS, sample.options, strict=False)]
    if [line.rstrip() for line in sample.question.split("\n")[1:]] != listed:
        yield "the options in the question are not those of the sample"
    if len(true) != 1:
        yield f"{len(true)} options are true ({', '.join(true) or 'none'}), expected exactly one: it is {fact}"
    elif sample.answer != true[0]:
        yield f"the answer is {sample.answer!r}, the true option is {true[0]!r}: it is {fact}"
