"""Which of several: the nearest or farthest, the larger or smaller, the first or last on a way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from spatialkit.samples import Sample
from spatialkit.verify import _truth
from spatialkit.verify._derive._boxes import box_said, check_box
from spatialkit.verify._derive._common import (
    EDGE,
    LETTERS,
    Fault,
    badly_rounded,
    cast_of,
    chosen,
    one_of,
    sure_enough,
)
from spatialkit.verify._names import Text, Thing
from spatialkit.verify._reading import T, amounts, cameras, tokens
from spatialkit.verify._truth import Length
from spatialkit.verify._world import Array, Observer, World

__all__ = ["first_passed", "larger", "nearest"]

NEAR, FAR = r"(?:closer|nearer|closest|nearest)", r"(?:farther|further|farthest|furthest)"
ORIGIN = rf"(?:{T}|<camera1>|the camera\b|the observer\b)"
FROM = re.compile(rf"\b(?:({NEAR}) to|({FAR}) (?:from|to)) {ORIGIN}", re.IGNORECASE)
LARGE, SMALL = re.compile(r"\b(?:larger|bigger)\b", re.IGNORECASE), re.compile(r"\bsmaller\b", re.IGNORECASE)
WAY = re.compile(rf"\bfrom {T} (?:to|towards) {T}|\bpast {T} and then {T}", re.IGNORECASE)
TURN = re.compile(r"\b(first|last)\b(?! (?:image|frame|camera|one\b))", re.IGNORECASE)
LEAST_WAY = 1.0  # metres between two things that tell a direction
FEWEST_CAMERAS = 3  # of which one comes first
SIDE_NOISE = 1.0  # a side of a box may be off by so much of the stated position noise


@dataclass(frozen=True)
class Ranked:
    """Candidates by token with a length each; the smallest is the answer. ``gap`` is that from it to each other one."""

    best: str
    values: dict[str, Length]
    gaps: dict[str, Length]

    @classmethod
    def of(cls, names: Sequence[str], found: Sequence[Length], gaps: Callable[[int], Sequence[Length]]) -> Ranked:
        """Rank; ``gaps`` returns how much more than candidate i each one has, with the noise of that."""
        i = int(np.argmin([length.value for length in found]))
        more = dict(zip(names, gaps(i), strict=True))
        del more[names[i]]
        return cls(names[i], dict(zip(names, found, strict=True)), more)

    def clear(self, world: World) -> Iterator[str]:
        """Yield why the first may not be called first."""
        best = self.values[self.best]
        for name, gap in self.gaps.items():
            longer = max(abs(best.value), abs(self.values[name].value))
            least = max(world.rules.least_gap, world.rules.gap_share * longer)
            if gap.value < least - EDGE:
                yield f"{name} is only {gap.value:.3f} m behind {self.best}, expected at least {least:.3f} m"
            elif gap.value <= gap.noise:
                yield f"whether {self.best} comes before {name} is not sure: {gap.value:.3f} m, noise {gap.noise:.3f} m"

    def __str__(self) -> str:
        return ", ".join(f"{name} {length.value:.3f}" for name, length in self.values.items())


def nearest(sample: Sample, world: World, question: Text, answer: Text) -> Iterator[str]:
    """Check which of two or four things is nearest to another, or to the observer, or farthest."""
    from_camera = "_oc" in sample.task
    four = from_camera or sample.task.endswith("_video")
    candidates = ("a", "b", "c", "d")[: 4 if four else 2]
    roles = candidates if from_camera else ("anchor", *candidates)
    cast = cast_of(sample, roles, "named" if from_camera else "point")
    far, anchor = _extreme(question.plain)
    expected = None if from_camera else cast["anchor"].token
    if anchor != expected:
        raise Fault(f"the question measures from {anchor or 'the observer'}, the provenance from {expected or 'it'}")
    listed = [token for token in tokens(question.plain) if token != anchor]
    if sorted(listed) != sorted(cast[role].token for role in candidates):
        raise Fault(f"the question lists {listed}, expected {[cast[role].token for role in candidates]}")
    origin = sample.images[0].frame if from_camera else cast["anchor"].object_id
    ranked = _by_distance(world, origin, [cast[role] for role in candidates], far)
    yield from ranked.clear(world)
    for length in ranked.values.values():
        if abs(length.value) <= 0:
            yield "a distance is 0"
    if from_camera:
        yield from _chosen_box(sample, world, ranked, {thing.token: thing for thing in cast.values()}, far, answer)
        return
    yield from _chosen_name(sample, world, ranked, tokens, anchor)
    if sample.format == "sentence":
        if _extreme(answer.plain) != (far, anchor):
            yield f"the sentence does not say what is {'farthest from' if far else 'nearest to'} {anchor}"
        yield from _distances_told(world, ranked, answer.plain)


def larger(sample: Sample, world: World, question: Text, answer: Text) -> Iterator[str]:
    """Check which of two things has the larger volume, or the smaller."""
    cast = cast_of(sample, ("a", "b"), "box")
    large = _of_two(LARGE, SMALL, question.plain, "what is asked, larger or smaller,")
    if sample.format == "sentence" and _of_two(LARGE, SMALL, answer.plain, "whether it is larger or smaller") != large:
        yield "the sentence does not say what the question asks, larger or smaller"
    found, names = [], []
    for thing in cast.values():
        size = world.object(thing.object_id).box.size
        # independent errors of three sides, as shares of the volume
        share = float(np.sqrt(((SIDE_NOISE * world.scene.sensor.position / size) ** 2).sum()))
        litres = float(1000 * size[0] * size[1] * size[2])
        found.append((litres, share))
        names.append(thing.token)
    (one, one_noise), (other, other_noise) = found
    ratio = max(one, other) / min(one, other)
    best = names[0] if (one > other) == large else names[1]
    fact = f"{one:.1f} and {other:.1f} litres"
    if np.log(ratio) <= np.hypot(one_noise, other_noise):
        yield f"which is larger is not sure: {fact}"
    ranked = Ranked(best, dict(zip(names, (Length(one, 0), Length(other, 0)), strict=True)), {})
    yield from _chosen_name(sample, world, ranked, tokens, None)


def first_passed(sample: Sample, world: World, question: Text, answer: Text) -> Iterator[str]:
    """Check which of three cameras comes first, or last, in the direction from one thing to another."""
    cast = cast_of(sample, ("a", "b"), "point")
    last = _order(question.plain)
    way = _way(question.plain)
    if way != (cast["a"].token, cast["b"].token):
        raise Fault(f"the question goes from and to {way}, the provenance from {cast['a'].token} to {cast['b'].token}")
    listed = sorted(cameras(question.plain.split("\n")[0]))
    if len(listed) < FEWEST_CAMERAS or listed[-1] >= len(sample.images):
        raise Fault(f"the question names the cameras of images {[i + 1 for i in listed]} of {len(sample.images)}")
    if sample.format == "sentence":
        if _order(answer.plain) != last:
            yield "the sentence does not speak of the order that the question asks about"
        if tokens(answer.plain) and _way(answer.plain) != way:
            yield "the sentence does not speak of the way that the question asks about"
    frames = [sample.images[i].frame for i in listed]
    ids, up, sign = (cast["a"].object_id, cast["b"].object_id), world.scene.up, -1.0 if last else 1.0

    def along(eyes: Sequence[Observer], points: Sequence[Array]) -> list[float]:
        p, q = points
        ahead = _truth.standing(p, q, up).ahead
        return [sign * float(np.dot(eye.eye - p, ahead)) for eye in eyes]

    step = world.centre(ids[1]) - world.centre(ids[0])
    level = float(np.linalg.norm(step - np.dot(step, up) * up))
    if level < LEAST_WAY - EDGE:
        yield f"the way is {level:.2f} m long on the level, expected at least {LEAST_WAY} m"
    names = [f"camera{i + 1}" for i in listed]
    ranked = Ranked.of(
        names,
        _truth.lengths(along, world, tuple(frames), ids),
        lambda i: _truth.lengths(lambda e, p: _less(along(e, p), i), world, tuple(frames), ids),
    )
    # what counts is which comes first; how far along the way both are is no distance to take a share of
    for name, gap in ranked.gaps.items():
        if gap.value < max(world.rules.least_gap - EDGE, gap.noise):
            yield f"whether {ranked.best} comes before {name} is not sure: {gap.value:.3f} m, noise {gap.noise:.3f} m"
    yield from _chosen_name(sample, world, ranked, lambda plain: [f"camera{i + 1}" for i in cameras(plain)], None)


def _extreme(plain: str) -> tuple[bool, str | None]:
    """Return whether the farthest is asked for, and the token that it is measured from, None for the observer."""
    found = {(match[2] is not None, match[3]) for match in FROM.finditer(plain)}
    if len(found) != 1:
        raise Fault(f"the text does not say once what is nearest to what: found {sorted(map(str, found))}")
    return found.pop()


def _of_two(one: re.Pattern[str], other: re.Pattern[str], plain: str, what: str) -> bool:
    """Return whether a text has the one word rather than the other."""
    first, second = one.search(plain) is not None, other.search(plain) is not None
    if first == second:
        raise Fault(f"the text does not say {what}")
    return first


def _order(plain: str) -> bool:
    """Return whether the last one is meant."""
    return one_of({word.lower() for word in TURN.findall(plain)}, "first or last") == "last"


def _way(plain: str) -> tuple[str, str]:
    found = {(match[1] or match[3], match[2] or match[4]) for match in WAY.finditer(plain)}
    if len(found) != 1:
        raise Fault(f"the text does not say one way from a thing to another: found {sorted(found)}")
    return found.pop()


def _less(values: list[float], i: int) -> list[float]:
    return [value - values[i] for value in values]


def _by_distance(world: World, origin: str | int, candidates: list[Thing], far: bool) -> Ranked:
    """Rank things by their distance from the eye of a frame or the centre of an object; negative if ``far``."""
    sign, ids = -1.0 if far else 1.0, [thing.object_id for thing in candidates]
    frames: tuple[str, ...] = (origin,) if isinstance(origin, str) else ()
    objects = tuple(ids) if isinstance(origin, str) else (origin, *ids)

    def measure(eyes: Sequence[Observer], points: Sequence[Array]) -> list[float]:
        start, rest = (eyes[0].eye, points) if eyes else (points[0], points[1:])
        return [sign * float(np.sqrt(((point - start) ** 2).sum())) for point in rest]

    return Ranked.of(
        [thing.token for thing in candidates],
        _truth.lengths(measure, world, frames, objects),
        lambda i: _truth.lengths(lambda e, p: _less(measure(e, p), i), world, frames, objects),
    )


def _chosen_name(
    sample: Sample, world: World, ranked: Ranked, read: Callable[[str], list[str]], anchor: str | None
) -> Iterator[str]:
    """Yield what is wrong with a thing that is named as the answer, or with the options."""

    def named(text: str) -> list[str]:
        return [name for name in read(Text.read(text, sample, world.scene).plain) if name != anchor]

    if sample.format == "select":
        meant = [named(option) for option in sample.options]
        if sorted(name for names in meant for name in names) != sorted(ranked.values):
            yield f"the options name {meant}, expected each of {sorted(ranked.values)} once"
        for option in sample.options:
            if not re.fullmatch(r"<\w+>", Text.read(option, sample, world.scene).plain.strip()):
                yield f"option {option!r} is not the name of a thing"
        yield from chosen(sample, [x for x, n in zip(LETTERS, meant, strict=False) if n == [ranked.best]], str(ranked))
    elif sample.format in ("fill", "sentence"):
        said = named(sample.answer)
        if said != [ranked.best]:
            yield f"the answer names {said}, it is {ranked.best}: {ranked}"
        if sample.format == "fill" and Text.read(sample.answer, sample, world.scene).plain != f"<{ranked.best}>":
            yield f"the answer {sample.answer!r} is not the name of a thing alone"
    else:
        raise Fault(f"format {sample.format!r} is not one of this task")


def _distances_told(world: World, ranked: Ranked, plain: str) -> Iterator[str]:
    """Yield wrong distances in a sentence: first that of the answer, then that of the other one, if it is told."""
    said = amounts(plain)
    others = [length for name, length in ranked.values.items() if name != ranked.best]
    expected = [ranked.values[ranked.best], *(others if len(others) == 1 else [])]
    if len(said) != len(expected):
        raise Fault(f"the sentence tells the distances {said}, expected {len(expected)}")
    for text, length in zip(said, expected, strict=True):
        if badly_rounded(text, abs(length.value)):
            yield f"the sentence tells a distance of {text} m, it is {abs(length.value):.4f} m"
        yield from sure_enough(Length(abs(length.value), length.noise), world, "the distance")


def _chosen_box(
    sample: Sample, world: World, ranked: Ranked, cast: dict[str, Thing], far: bool, answer: Text
) -> Iterator[str]:
    """Yield what is wrong with a box as answer, or with the options, one box for each thing."""
    best = cast[ranked.best]
    if sample.format == "select":
        left, true = dict(cast), []
        for letter, option in zip(LETTERS, sample.options, strict=False):
            image, rect = box_said(option, len(sample.images))
            frame = sample.images[image].frame
            fits = [t for t, x in left.items() if not list(check_box(x.object_id, frame, rect, world))]
            if not fits:
                yield f"option {letter} {option!r} is the box of none of the things"
            elif ranked.best in fits:
                true.append(letter)
            if len(fits) == 1:
                del left[fits[0]]
        yield from chosen(sample, true, f"{ranked.best}: {ranked}")
        return
    if sample.format not in ("fill", "sentence"):
        raise Fault(f"format {sample.format!r} is not one of this task")
    image, rect = box_said(sample.answer, len(sample.images), alone=sample.format == "fill")
    if sample.format == "sentence" and _extreme(answer.plain) != (far, None):
        yield f"the sentence does not say what is {'farthest from' if far else 'nearest to'} the observer"
    for reason in check_box(best.object_id, sample.images[image].frame, rect, world):
        yield f"{reason} ({ranked.best} is the answer: {ranked})"
