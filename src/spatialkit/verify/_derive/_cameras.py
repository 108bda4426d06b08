"""Where another camera stands, and how it is turned."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from spatialkit.samples import Sample
from spatialkit.verify import _truth
from spatialkit.verify._derive._common import EDGE, LETTERS, SPARE, STEP, Fault, badly_rounded, chosen, within
from spatialkit.verify._names import PLACE, Text, image_said
from spatialkit.verify._reading import cameras
from spatialkit.verify._truth import LEAST_DEPTH, Length
from spatialkit.verify._world import Array, Observer, World

__all__ = ["motion", "other_camera"]

SPOT = re.compile(r"\((-?\d+), (-?\d+)\),? (?:at a depth of )?(-?\d+\.\d+)")
ALONE = re.compile(r"\((-?\d+), (-?\d+)\), (-?\d+\.\d)")
THROUGH = re.compile(r"\bthrough <camera2>|^for <camera2>,", re.IGNORECASE)
FORM = re.compile(
    r"move_(right|left):(\d+\.\d),move_(up|down):(\d+\.\d),move_(forward|backward):(\d+\.\d),"
    r"rotate_(up|down):(\d+),rotate_(right|left):(\d+)"
)
MOVE = re.compile(r"(\d+\.\d) metres (?:to the )?(right|left|up|down|forward|backward)\b")
TURN = re.compile(r"(?:turns?|tilts?|rotates?) (\d+) degrees (?:to the )?(right|left|up|down)\b")
STILL = "stays where it is"
POINT_DOUBT = 50.0  # thousandths of the image by which the stated noise may move a point
ROUNDING_DEG = 0.5 + EDGE  # of turns told in whole degrees
Numbers = dict[str, float]


def other_camera(sample: Sample, world: World, question: Text, answer: Text) -> Iterator[str]:
    """Check where the second camera is in the first image, in thousandths, and how deep."""
    yield from _two_images(question)
    if THROUGH.search(question.plain.split("\n")[0]):
        yield "the question looks through the camera of the second image"
    first, second = (image.frame for image in sample.images)
    view = world.frame(first).camera

    def measure(eyes: Sequence[Observer], _: Sequence[Array]) -> list[float]:
        away = eyes[1].eye - eyes[0].eye
        depth = float(np.dot(away, eyes[0].ahead))
        shrink = 1 / max(depth, LEAST_DEPTH)
        column = view.fx * float(np.dot(away, eyes[0].right)) * shrink + view.cx
        row = view.fy * float(np.dot(away, eyes[0].down)) * shrink + view.cy
        # pixel 0 ends half a pixel to the right of its centre: the image begins at -0.5
        return [1000 * (column + 0.5) / view.width, 1000 * (row + 0.5) / view.height, depth]

    x, y, depth = _truth.lengths(measure, world, (first, second), ())
    fact = f"({x.value:.1f}, {y.value:.1f}), {depth.value:.4f} m"
    yield from within(depth.value, world.rules.least, world.rules.most)
    if not all(-EDGE <= c.value <= 1000 + EDGE for c in (x, y)):
        yield f"the camera is outside the image: {fact}"
    for coordinate in (x, y):
        if coordinate.noise > POINT_DOUBT * SPARE:
            yield f"the point is not sure: the stated noise moves it by {coordinate.noise:.0f} thousandths"
    if depth.noise > max(STEP, world.rules.quantity_tolerance * depth.value) * SPARE:
        yield f"the depth {depth.value:.4f} m is not sure: the stated noise moves it by {depth.noise:.3f} m"
    if sample.format == "select":
        true = []
        for letter, option in zip(LETTERS, sample.options, strict=False):
            match = ALONE.fullmatch(option)
            if match is None:
                raise Fault(f"option {letter} {option!r} is no point with a depth")
            off = [abs(float(s) - c.value) for s, c in zip(match.groups(), (x, y, depth), strict=True)]
            if off[0] <= 0.5 + EDGE and off[1] <= 0.5 + EDGE and off[2] <= STEP / 2 + EDGE:
                true.append(letter)
            elif off[0] <= 0.5 + x.noise and off[1] <= 0.5 + y.noise and off[2] <= STEP / 2 + depth.noise:
                yield f"option {letter} {option!r} is within the noise of {fact}"
        yield from chosen(sample, true, fact)
        return
    if sample.format == "fill":
        said = [match.groups() for match in [ALONE.fullmatch(sample.answer)] if match]
    elif sample.format == "sentence":
        said = SPOT.findall(answer.plain)
        if 1 not in cameras(answer.plain) or THROUGH.search(answer.plain):
            yield "the sentence does not place the camera of the second image, as that of the first sees it"
    else:
        raise Fault(f"format {sample.format!r} is not one of this task")
    if len(said) != 1:
        raise Fault(f"the answer {sample.answer!r} does not tell one point with its depth")
    u, v, deep = said[0]
    if badly_rounded(u, x.value, 0) or badly_rounded(v, y.value, 0) or badly_rounded(deep, depth.value):
        yield f"the answer says ({u}, {v}), {deep} m, it is {fact}"


def motion(sample: Sample, world: World, question: Text, answer: Text) -> Iterator[str]:
    """Check how the camera moves, along its own axes, and turns from the first image to the second."""
    yield from _two_images(question)
    if sample.format == "fill":
        told = _filled(sample.answer)
    elif sample.format == "sentence":
        told = _spoken(answer.plain)
    else:
        raise Fault(f"format {sample.format!r} is not one of this task")
    first, second = (image.frame for image in sample.images)
    yield from _shift(told, _truth.lengths(_step, world, (first, second), ()), world)
    yield from _turn(told, world, first, second)


def _two_images(question: Text) -> Iterator[str]:
    """Yield if a question about two images does not tell them apart."""
    stem = question.plain.split("\n")[0]
    said = {image_said(match[0], 2) for match in PLACE.finditer(stem)} | set(cameras(stem))
    if re.search(r"\bthe second\b", stem):
        said.add(1)
    if not {0, 1} <= said:
        yield "the question does not speak of the first image and the second"


def _filled(text: str) -> Numbers:
    match = FORM.fullmatch(text)
    if match is None:
        raise Fault(f"the answer {text!r} does not have the form that is asked for")
    words, numbers = match.groups()[::2], match.groups()[1::2]
    names = [f"move {words[i]}" if i < 3 else f"rotate {words[i]}" for i in range(5)]
    return {name: float(number) for name, number in zip(names, numbers, strict=True)}


def _spoken(plain: str) -> Numbers:
    """Return the moves and turns that a sentence tells; a part that it leaves out is 0."""
    moves, turns = MOVE.findall(plain), TURN.findall(plain)
    told = {f"move {way}": float(size) for size, way in moves}
    told |= {f"rotate {way}": float(size) for size, way in turns}
    if len(told) != len(moves) + len(turns) or len(re.findall(r"\d+(?:\.\d+)?", _bare(plain))) != len(told):
        raise Fault(f"the sentence {plain!r} does not tell one motion")
    if not told and STILL not in plain:
        raise Fault(f"the sentence {plain!r} tells no motion")
    return told


def _bare(plain: str) -> str:
    return re.sub(r"<\w+>", "", plain)


def _signed(told: Numbers, positive: str, negative: str) -> tuple[float, bool]:
    """Return a part of what is told, and whether its word and number were said."""
    if positive in told and negative in told:
        raise Fault(f"the answer says both {positive} and {negative}")
    return told.get(positive, 0.0) - told.get(negative, 0.0), positive in told or negative in told


def _step(eyes: Sequence[Observer], _: Sequence[Array]) -> list[float]:
    away, eye = eyes[1].eye - eyes[0].eye, eyes[0]
    return [float(np.dot(away, axis)) for axis in (eye.right, -eye.down, eye.ahead)]


def _shift(told: Numbers, found: list[Length], world: World) -> Iterator[str]:
    ways = (("right", "left"), ("up", "down"), ("forward", "backward"))
    for (positive, negative), length in zip(ways, found, strict=True):
        said, _ = _signed(told, f"move {positive}", f"move {negative}")
        if abs(said - length.value) > STEP / 2 + EDGE:
            yield f"the answer moves {said:.1f} m {positive}, it is {length.value:.4f} m"
        if said and length.noise >= abs(length.value) * SPARE:
            yield f"whether it moves {positive} or {negative} is not sure: {length.value:.3f} +- {length.noise:.3f} m"
        if length.noise > max(world.rules.least_motion / 2, world.rules.quantity_tolerance * abs(length.value)) * SPARE:
            yield f"how far it moves {positive}, {length.value:.3f} m, is not sure: noise {length.noise:.3f} m"


def _turn(told: Numbers, world: World, first: str, second: str) -> Iterator[str]:
    """Hold the told turns against the two cameras: turn the first as told, and see where it then looks."""
    rules, eye, other = world.rules, world.observer(first), world.observer(second)
    yaw, _ = _signed(told, "rotate right", "rotate left")
    pitch, _ = _signed(told, "rotate up", "rotate down")
    if abs(pitch) > 90 or abs(yaw) > 180:
        yield f"the answer turns by {yaw:g} and tilts by {pitch:g} degrees"
    a = np.radians(yaw)
    level = np.cos(a) * eye.ahead + np.sin(a) * eye.right
    right = np.cos(a) * eye.right - np.sin(a) * eye.ahead
    # turned as told, the other camera's aim must lie straight above or below, by the told tilt
    aside = np.degrees(np.arctan2(np.dot(other.ahead, right), np.dot(other.ahead, level)))
    tilt = _angle(other.ahead, eye.down) - 90
    if abs(aside) > ROUNDING_DEG:
        yield f"turned by {yaw:g} degrees to the right, the camera's aim lies {aside:.2f} degrees farther to the right"
    if abs(tilt - pitch) > ROUNDING_DEG:
        yield f"the answer tilts by {pitch:g} degrees up, it is {tilt:.2f}"
    if max(abs(aside), abs(tilt - pitch)) > ROUNDING_DEG:
        return
    # what is left once the directions agree is a roll about them; the first camera's sides are carried along
    roll = _angle(right - np.dot(right, other.ahead) * other.ahead, other.right)
    if roll > rules.most_roll_deg + 2 * ROUNDING_DEG:
        yield f"the camera is rolled by {roll:.1f} degrees, expected at most {rules.most_roll_deg:g}"
    moved = float(np.linalg.norm(other.eye - eye.eye))
    turned = _angle(eye.ahead, other.ahead)
    if moved < rules.least_motion - EDGE and turned < rules.least_turn_deg - EDGE:
        yield f"the camera hardly moves: {moved:.2f} m and {turned:.1f} degrees"

    def aim(eyes: Sequence[Observer], _: Sequence[Array]) -> list[float]:
        start, end = eyes
        return [float(np.dot(end.ahead, start.right)), float(np.dot(end.ahead, -start.down))]

    aims = _truth.lengths(aim, world, (first, second), ())
    for said, ways, length in zip((yaw, pitch), ("right or left", "up or down"), aims, strict=True):
        # near half a turn the sine is small although the turn is not
        if 0 < abs(said) < 90 and abs(length.value) * SPARE <= length.noise:
            yield f"whether it turns {ways} is not sure: {said:g} degrees"


def _angle(a: Array, b: Array) -> float:
    """Return the angle between two vectors in degrees."""
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b)), np.dot(a, b))))
