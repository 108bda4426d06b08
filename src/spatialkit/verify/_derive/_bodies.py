"""How large things are, how much floor there is, and what fits between what."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from spatialkit.samples import Sample
from spatialkit.verify._derive._common import EDGE, SPARE, Fault, badly_rounded, cast_of, told, within
from spatialkit.verify._names import Text, Thing
from spatialkit.verify._reading import T, tokens
from spatialkit.verify._truth import Length
from spatialkit.verify._world import Array, World

__all__ = ["fits", "floor", "size"]

FILLED = re.compile(r"length (\d+) cm, width (\d+) cm, height (\d+) cm")
SIDES = ("length", "width", "height")
AREA = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?) square met(?:res|ers)\b")
BETWEEN = re.compile(rf"\bbetween {T} and {T}")
HOLDS = re.compile(r"\b(?:fit through|pass through|get through|fit into)\b", re.IGNORECASE)
FAILS = re.compile(r"\b(?:too wide|too large|too big)\b", re.IGNORECASE)
UPRIGHT_DEG = 10.0  # from the vertical, of the side that is called the height
LEANING_DEG = 2.0  # from the vertical, of a thing with an outline on the ground


def size(sample: Sample, world: World, question: Text, answer: Text) -> Iterator[str]:
    """Check length, width and height of the box of a thing."""
    (thing,) = cast_of(sample, ("a",), "box").values()
    sides = _sides(thing.object_id, world, UPRIGHT_DEG)
    if sample.format == "fill":
        match = FILLED.fullmatch(sample.answer)
        if match is None:
            raise Fault(f"the answer {sample.answer!r} does not have the form that is asked for")
        said = list(match.groups())
    elif sample.format == "sentence":
        if tokens(answer.plain) != [thing.token]:
            yield f"the sentence does not speak of the {thing.token} thing"
        said = [_side(name, answer.plain) for name in SIDES]
    else:
        raise Fault(f"format {sample.format!r} is not one of this task")
    for name, text, value in zip(SIDES, said, sides, strict=True):
        if badly_rounded(text, 100 * value, 0):
            yield f"the answer says a {name} of {text} cm, it is {100 * value:.2f} cm"
        yield from within(value, world.rules.least_size, world.rules.most)
        noise = world.scene.sensor.position
        if noise > max(0.01, world.rules.size_tolerance * value) * SPARE:
            yield f"the {name} of {value:.3f} m is not sure: the stated noise moves it by {noise} m"


def floor(sample: Sample, world: World, question: Text, answer: Text) -> Iterator[str]:
    """Check the area of the floor."""
    if cast_of(sample, ()):
        yield "something is marked"
    if not re.search(r"\bfloor\b|\bsquare metres\b", question.plain):
        yield "the question does not ask for the floor"
    area = world.floor_area
    if area is None:
        raise Fault("the scene has no plan of its floor")
    yield from within(area, world.rules.least_area, world.rules.most_area, "m2")
    yield from told(sample, Length(area, 0.0), AREA.findall(answer.plain), "m2", 0, doubt=world.floor_doubt)


def fits(sample: Sample, world: World, question: Text, answer: Text) -> Iterator[str]:
    """Check whether a thing, kept upright, would pass between two others."""
    cast = cast_of(sample, ("a", "b", "c"), "box")
    between = {frozenset(pair) for pair in BETWEEN.findall(question.plain)}
    sides = frozenset({cast["b"].token, cast["c"].token})
    if between != {sides}:
        found = sorted(sorted(pair) for pair in between)
        raise Fault(f"the question puts the gap between {found}, the provenance between {sorted(sides)}")
    rest = [token for token in tokens(question.plain) if token not in sides]
    if rest != [cast["a"].token]:
        yield f"the question moves {rest}, expected {cast['a'].token}"
    holds, fails = HOLDS.search(question.plain) is not None, FAILS.search(question.plain) is not None
    if holds == fails:
        raise Fault("the question does not claim that it fits, or that it does not")
    if sample.format != "judge":
        raise Fault(f"format {sample.format!r} is not one of this task")
    _, width, _ = _sides(cast["a"].object_id, world, LEANING_DEG)
    low, high = _heights(cast["a"], world)
    for role in ("b", "c"):
        bottom, top = _heights(cast[role], world)
        if bottom >= high or top <= low:
            yield f"{cast[role].token} is not at the height of {cast['a'].token}: it would pass over or under it"
    gap = _gap(cast["b"], cast["c"], world)
    spare, noise = gap - width, 2 * world.scene.sensor.position
    fact = f"the gap is {gap:.3f} m wide, the thing {width:.3f} m"
    if gap <= 0:
        yield f"there is no gap between {' and '.join(sorted(sides))}"
    if abs(spare) < world.rules.least_slack - EDGE or abs(spare) * SPARE < noise:
        yield f"whether it fits is not sure: {fact}"
    if sample.answer != ("Yes" if (spare > 0) == holds else "No"):
        yield f"the answer is {sample.answer!r} to whether it {'fits' if holds else 'does not fit'}: {fact}"


def _side(name: str, plain: str) -> str:
    found = re.findall(rf"(?<![\w.])(\d+(?:\.\d+)?) cm in {name}\b|\b{name} (\d+(?:\.\d+)?) cm\b", plain)
    if len(found) != 1:
        raise Fault(f"the sentence does not tell one {name} in cm")
    return str(found[0][0] or found[0][1])


def _sides(object_id: int, world: World, within_deg: float) -> tuple[float, float, float]:
    """Return length, width and height of an object's box in metres."""
    box, up = world.object(object_id).box, world.scene.up
    aside = [float(np.linalg.norm(np.cross(box.world_from_box[:, k], up))) for k in range(3)]
    by_tilt = sorted(range(3), key=aside.__getitem__)
    tilt = float(np.degrees(np.arcsin(min(1.0, aside[by_tilt[0]]))))
    if tilt > within_deg + EDGE:
        raise Fault(f"object {object_id} leans by {tilt:.1f} degrees: it has no height")
    one, other = (float(box.size[k]) for k in by_tilt[1:])
    return max(one, other), min(one, other), float(box.size[by_tilt[0]])


def _heights(thing: Thing, world: World) -> tuple[float, float]:
    heights = world.object(thing.object_id).box.corners @ world.scene.up
    return float(heights.min()), float(heights.max())


def _gap(one: Thing, other: Thing, world: World) -> float:
    """Return the least distance between two outlines on the ground, as a problem of least squares with bounds.

    A point of a rectangle is its centre and two sides, each times a number from -1/2 to 1/2; the two points that are
    nearest make the difference of the two sums smallest.
    """
    from scipy.optimize import lsq_linear

    (p, sides), (q, others) = (_outline(thing, world) for thing in (one, other))
    found = lsq_linear(np.concatenate([sides, -others], axis=1), q - p, (-0.5, 0.5), tol=1e-12)
    return float(np.sqrt(2 * found.cost))


def _outline(thing: Thing, world: World) -> tuple[Array, Array]:
    """Return the centre (2,) and the two sides (2, 2), as columns, of an upright box on the ground, metres."""
    box, (east, north) = world.object(thing.object_id).box, _ground(world)
    _sides(thing.object_id, world, LEANING_DEG)
    plan = np.stack([east, north])
    flat = sorted(range(3), key=lambda k: -float(np.linalg.norm(plan @ box.world_from_box[:, k])))[:2]
    return plan @ box.centre, plan @ (box.world_from_box[:, flat] * box.size[flat])


def _ground(world: World) -> tuple[Array, Array]:
    """Return two directions on the level, at right angles."""
    up = world.scene.up
    east = np.cross(up, np.eye(3)[int(np.argmin(np.abs(up)))])
    east = east / np.linalg.norm(east)
    return east, np.asarray(np.cross(up, east))
