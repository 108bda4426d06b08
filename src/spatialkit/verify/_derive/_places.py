"""Where things are: from the observer, from each other, from elsewhere, by the compass, and on a ground plan."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from spatialkit.samples import Sample
from spatialkit.verify import _truth
from spatialkit.verify._derive._common import (
    EDGE,
    LETTERS,
    SPARE,
    STEP,
    Fault,
    badly_rounded,
    cast_of,
    chosen,
    marked,
    must_be,
)
from spatialkit.verify._names import Text, Thing
from spatialkit.verify._reading import directions, named_by, reference_of, relation_claimed, tokens
from spatialkit.verify._truth import Readings
from spatialkit.verify._world import Array, Observer, World

__all__ = ["around", "beside", "by_compass", "from_elsewhere", "imagined", "on_plan"]

STANDS = r"centre of"
STOOD = r"(?:mov(?:e|es|ed|ing) to|stands? at|standing at|(?<!looks )\bat|\bfrom)"
FACES = r"(?:fac(?:e|es|ed|ing)|towards?|turn(?:s|ed|ing)? to)"
CLAUSE = re.compile(r"[;.]\s+")
AFTER = re.compile(r"\boptions?\b[^.]*\b(?:after|moved?)\b|\b(?:after|moved?)\b[^.]*\boptions?\b", re.IGNORECASE)
SPOT = re.compile(r"\bobject(\d+)\b[^(\d]{0,20}\((-?\d+\.\d+), (-?\d+\.\d+)\)", re.IGNORECASE)
SPOTS = re.compile(r"\((-?\d+\.\d+), (-?\d+\.\d+)\)")
FEWEST = 3  # things on a plan


def beside(sample: Sample, world: World, question: Text, answer: Text) -> Iterator[str]:
    """Check one thing relative to another, as seen by the observer."""
    things = _pair(sample)
    a, b = _compared(sample, question, things)
    yield from _roles(a, b)
    yield from _of_each_other(sample, a, b, answer)
    yield from _level(sample, world)
    yield from _directed(
        sample, world, _truth.beside(world, a.object_id, b.object_id, sample.images[0].frame), question, answer
    )


def by_compass(sample: Sample, world: World, question: Text, answer: Text) -> Iterator[str]:
    """Check one thing relative to another by the compass, north being where the camera looks."""
    things = _pair(sample)
    a, b = _compared(sample, question, things)
    yield from _roles(a, b)
    yield from _of_each_other(sample, a, b, answer)
    yield from _level(sample, world)
    north = re.findall(r"camera(?:\d>)? (?:looks|faces) north", question.plain)
    if not north:
        yield "the question does not say where north is"
    readings = _truth.by_compass(world, a.object_id, b.object_id, sample.images[0].frame)
    yield from _directed(sample, world, readings, question, answer)


def from_elsewhere(sample: Sample, world: World, question: Text, answer: Text) -> Iterator[str]:
    """Check one thing relative to another for someone who stands at a third and faces a fourth."""
    cast = cast_of(sample, ("a", "b", "stand", "face"), "box")
    yield from _moved(cast, question, world)
    things = {thing.token: thing for role, thing in cast.items() if role in ("a", "b")}
    a, b = _compared(sample, question, things)
    yield from _roles(a, b)
    yield from _of_each_other(sample, a, b, answer, among=things)
    where = (cast["stand"].object_id, cast["face"].object_id)
    if sample.format == "sentence":
        yield from _moved_in(cast, answer.plain)
    readings = _truth.beside_from(world, a.object_id, b.object_id, *where)
    yield from _directed(sample, world, readings, question, answer)


def around(sample: Sample, world: World, question: Text, answer: Text) -> Iterator[str]:
    """Check one thing relative to the observer."""
    things = marked(sample, {mark.colour for mark in sample.marks}, "box")
    if len(things) != 1:
        raise Fault(f"{len(things)} things are marked, expected 1")
    (thing,) = things.values()
    yield from _level(sample, world)
    if sample.format == "sentence" and tokens(answer.plain) != [thing.token]:
        yield f"the sentence does not speak of the {thing.token} thing"
    readings = _truth.around(world, thing.object_id, sample.images[0].frame)
    yield from _directed(sample, world, readings, question, answer)


def imagined(sample: Sample, world: World, question: Text, answer: Text) -> Iterator[str]:
    """Check where a thing is, from the observer or from another thing, before and after the observer has moved."""
    pair = "_oo" in sample.task
    roles = ("stand", "face", "target", *(("reference",) if pair else ()))
    cast = cast_of(sample, roles, "named" if sample.task.endswith("_hard") else "box")
    yield from _moved(cast, question, world)
    rest = [token for token in tokens(question.plain) if token not in (cast["stand"].token, cast["face"].token)]
    reference = reference_of(question.plain) if pair else None
    expected = cast["reference"].token if pair else None
    if reference != expected or rest.count(cast["target"].token) != 1:
        said = f"places {rest} relative to {reference or 'the observer'}"
        yield f"the text {said}, expected {cast['target'].token} and {expected or 'the observer'}"
    target, stand, face = (cast[role].object_id for role in ("target", "stand", "face"))
    frame = sample.images[0].frame
    if pair:
        other = cast["reference"].object_id
        after = _truth.beside_from(world, target, other, stand, face)
        before = _truth.beside(world, target, other, frame)
    else:
        after, before = _truth.around_from(world, target, stand, face), _truth.around(world, target, frame)
    if sample.format == "select":
        if not AFTER.search(question.plain.split("\n")[0]):
            yield "the question asks for two directions, and does not say that the options tell the one after the move"
        yield from _directed(sample, world, after, question, answer)
        return
    if sample.format != "sentence":
        raise Fault(f"format {sample.format!r} is not one of this task")
    if set(tokens(answer.plain)) != {thing.token for thing in cast.values()}:
        yield f"the sentence speaks of {tokens(answer.plain)}, expected {[thing.token for thing in cast.values()]}"
    if pair and reference_of(answer.plain) != expected:
        yield f"the sentence does not compare the target with {expected}"
    then = _parts(answer.plain, {cast["stand"].token, cast["face"].token})
    yield from _level(sample, world)
    yield from _moved_in(cast, then[1])
    yield from _said(then[0], before, world, "before the move")
    yield from _said(then[1], after, world, "after the move")


def on_plan(sample: Sample, world: World, question: Text, answer: Text) -> Iterator[str]:
    """Check metres to the right of the observer and ahead, for each thing."""
    must_be(sample, "fill", "sentence")
    cast = cast_of(sample, (), "box", optional=[f"object{i}" for i in range(10)])
    if len(cast) < FEWEST or sorted(cast) != [f"object{i}" for i in range(len(cast))]:
        raise Fault(f"the plan has {sorted(cast)}, expected object0 to object{max(FEWEST, len(cast)) - 1}")
    for role, thing in cast.items():
        if thing.token != role:
            yield f"the mark of {role!r} carries the text {thing.token!r}"
    yield from _level(sample, world)
    said = [(int(i), (x, y)) for i, x, y in SPOT.findall(sample.answer)]
    if sorted(i for i, _ in said) != list(range(len(cast))) or len(SPOTS.findall(sample.answer)) != len(said):
        raise Fault(f"the answer places {[i for i, _ in said]}, expected each of {len(cast)} things once")
    for i, place in said:
        object_id = cast[f"object{i}"].object_id

        def measure(eyes: Sequence[Observer], points: Sequence[Array]) -> list[float]:
            away = points[0] - eyes[0].eye
            return [float(np.dot(away, eyes[0].level_right)), float(np.dot(away, eyes[0].level_ahead))]

        found = _truth.lengths(measure, world, (sample.images[0].frame,), (object_id,))
        far = float(np.hypot(found[0].value, found[1].value))
        if far > world.rules.most + EDGE:
            yield f"object{i} is {far:.1f} m away, expected at most {world.rules.most:g}"
        for way, text, length in zip(("to the right", "ahead"), place, found, strict=True):
            if badly_rounded(text, length.value):
                yield f"the answer puts object{i} {text} m {way}, it is {length.value:.4f} m"
            if length.noise > max(STEP, world.rules.quantity_tolerance * far) * SPARE:
                yield f"how far object{i} is {way} is not sure: the stated noise moves it by {length.noise:.3f} m"


def _pair(sample: Sample) -> dict[str, Thing]:
    """Return two marked things by colour, of those that the task may use."""
    pairs = [{"red", "blue"}]
    if sample.task.endswith("_mv"):
        pairs += [{"red", "green"}, {"blue", "green"}]
    colours = {mark.colour for mark in sample.marks}
    if colours not in pairs:
        raise Fault(f"marks are {sorted(colours)}, expected one of {[sorted(pair) for pair in pairs]}")
    return marked(sample, colours, "box")


def _compared(sample: Sample, question: Text, things: dict[str, Thing]) -> tuple[Thing, Thing]:
    """Return what the question places, and what it compares it with."""
    if sample.format == "judge":
        claim = relation_claimed(question.plain)
        if claim is None:
            raise Fault("the question does not claim one direction between two things, which is no relation")
        roles: tuple[str, str] | None = claim[:2]
    else:
        roles = _placed(question.plain, things)
    if roles is None or set(roles) != set(things):
        raise Fault("the question does not say what is to be placed relative to what")
    return things[roles[0]], things[roles[1]]


def _placed(plain: str, among: dict[str, Thing]) -> tuple[str, str] | None:
    """Return the tokens of the thing that is placed and of the one that it is compared with."""
    reference = reference_of(plain)
    placed = [token for token in tokens(plain) if token != reference and token in among]
    return (placed[0], reference) if reference is not None and len(placed) == 1 else None


def _roles(a: Thing, b: Thing) -> Iterator[str]:
    if (a.role, b.role) != ("a", "b"):
        said = f"the text places the {a.token} thing relative to the {b.token} one"
        yield f"{said}, their marks have the roles {a.role!r} and {b.role!r}"


def _of_each_other(
    sample: Sample, a: Thing, b: Thing, answer: Text, among: dict[str, Thing] | None = None
) -> Iterator[str]:
    things = among or {a.token: a, b.token: b}
    if sample.format == "sentence" and _placed(answer.plain, things) != (a.token, b.token):
        yield f"the sentence does not place the {a.token} thing relative to the {b.token} one"


def _moved(cast: dict[str, Thing], question: Text, world: World) -> Iterator[str]:
    """Yield where the question has the observer stand at, or face, something else than the provenance states."""
    for role, cue in (("stand", STANDS), ("face", FACES)):
        said = named_by(cue, question.plain)
        if said != cast[role].token:
            yield f"the text tells the observer to {role} {said or 'nothing'}, the provenance {cast[role].token}"
    up = world.scene.up
    step = world.centre(cast["face"].object_id) - world.centre(cast["stand"].object_id)
    level = float(np.linalg.norm(step - np.dot(step, up) * up))
    if level < world.rules.stand_apart - EDGE:
        yield f"the observer would face what is {level:.2f} m away, expected at least {world.rules.stand_apart} m"


def _moved_in(cast: dict[str, Thing], plain: str) -> Iterator[str]:
    """Yield where a sentence has the observer stand at, or face, something else."""
    for role, cue in (("stand", rf"(?:{STANDS}|{STOOD})"), ("face", FACES)):
        said = named_by(cue, plain)
        if said != cast[role].token:
            yield f"the sentence has the observer {role} {said or 'nothing'}, expected {cast[role].token}"


def _parts(plain: str, moved: set[str]) -> tuple[str, str]:
    """Return what a sentence says of before the move, and what of after it: the clauses that name the new place."""
    clauses = CLAUSE.split(plain)
    after = [set(tokens(clause)) & moved != set() for clause in clauses]
    first = after.index(True) if True in after else len(clauses)
    if first == 0 or first == len(clauses):
        raise Fault("the sentence does not tell before from after the move")
    # "Once there, and facing the door; ..." goes on about the new place
    return ". ".join(clauses[:first]), ". ".join(clauses[first:])


def _level(sample: Sample, world: World) -> Iterator[str]:
    steep = world.observer(sample.images[0].frame).steepness_deg
    if steep > world.rules.steepest_deg + EDGE:
        yield f"the observer looks {steep:.1f} degrees up or down, expected at most {world.rules.steepest_deg:g}"


def _directed(
    sample: Sample, world: World, readings: tuple[Readings, ...], question: Text, answer: Text
) -> Iterator[str]:
    if sample.format == "judge":
        yield from _judged(sample, [reading.word(world.rules) for reading in readings], readings, question)
    elif sample.format == "select":
        words, facts, true = _words(readings, world), "; ".join(map(str, readings)), []
        for letter, option in zip(LETTERS, sample.options, strict=False):
            slots = [slot.strip() for slot in option.split(",")]
            if len(slots) != len(readings) or any(
                slot not in ("", r.first, r.second) for slot, r in zip(slots, readings, strict=True)
            ):
                raise Fault(f"option {letter} {option!r} is not a list of {len(readings)} directions")
            if slots == words:
                true.append(letter)
        yield from chosen(sample, true, facts)
    elif sample.format == "sentence":
        yield from _said(answer.plain, readings, world)
    else:
        raise Fault(f"format {sample.format!r} is not one of this task")


def _words(readings: tuple[Readings, ...], world: World, when: str = "") -> list[str]:
    words = []
    for reading in readings:
        word = reading.word(world.rules)
        if word is None:
            raise Fault(f"a direction{when and f' {when}'} is not sure: {reading}")
        words.append(word)
    return words


def _said(plain: str, readings: tuple[Readings, ...], world: World, when: str = "") -> Iterator[str]:
    found, expected = directions(plain), {word for word in _words(readings, world, when) if word}
    if found != expected:
        facts = "; ".join(map(str, readings))
        yield f"the sentence says {sorted(found)}{when and f' {when}'}, it is {sorted(expected)} ({facts})"


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
