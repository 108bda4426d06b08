"""What is true in the scene, by the meaning of the words; shares no formula with the tasks.

Everything is a ``Length`` in metres: its value, and how far the scene's stated noise can move it, found by moving every
eye and every centre it depends on. A direction comes as its *readings*: the same thing understood in each way that a
careful person might, positive towards the first word of its pair. It is sure only if the readings agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from spatialkit.rules import Rules
from spatialkit.scene import Sensor
from spatialkit.verify._world import Array, Observer, World

__all__ = [
    "EDGE",
    "LEAST_DEPTH",
    "Length",
    "Readings",
    "apart",
    "around",
    "around_from",
    "beside",
    "beside_from",
    "by_compass",
    "deep",
    "deeper",
    "from_eye",
    "lengths",
    "standing",
]

EDGE = 1e-6
LEAST_DEPTH = 1e-6  # metres
Measure = Callable[[Sequence[Observer], Sequence[Array]], Sequence[float]]


@dataclass(frozen=True)
class Length:
    """Metres, and how far (m) the stated noise can move them."""

    value: float
    noise: float


@dataclass(frozen=True)
class Readings:
    """One direction between two words; ``value`` as the question defines it, ``others`` as it may be read as well."""

    first: str
    second: str
    value: Length
    others: tuple[Length, ...] = ()

    def word(self, rules: Rules) -> str | None:
        """Return the word, "" for "indistinguishable", None when nobody can be sure.

        A word needs the defined value beyond ``rules.slot_word``, and every reading on that side in spite of noise;
        "indistinguishable" needs the defined value within ``rules.slot_empty``, and no reading that could by itself be
        called by a word.
        """
        every = (self.value, *self.others)
        if abs(self.value.value) >= rules.slot_word - EDGE:
            side = 1.0 if self.value.value > 0 else -1.0
            agreed = all(side * reading.value > reading.noise for reading in every)
            return (self.first if side > 0 else self.second) if agreed else None
        if abs(self.value.value) <= rules.slot_empty + EDGE:
            return "" if all(abs(reading.value) + reading.noise < rules.slot_word for reading in every) else None
        return None

    def __str__(self) -> str:
        others = ", ".join(f"{x.value:+.3f}" for x in self.others)
        return f"{self.first}/{self.second} {self.value.value:+.3f} m" + (f" (otherwise {others} m)" if others else "")


def deep(world: World, object_id: int, frame: str) -> Length:
    """Return the depth of an object's centre in the image that carries its mark."""
    return lengths(lambda e, p: [e[0].depth(p[0])], world, (frame,), (object_id,))[0]


def deeper(world: World, one: tuple[int, str], other: tuple[int, str]) -> Length:
    """Return by how much the depths of two objects differ, each in the image that carries its mark."""
    if one[1] == other[1]:
        frames: tuple[str, ...] = (one[1],)
    else:
        frames = (one[1], other[1])
    return lengths(lambda e, p: [abs(e[0].depth(p[0]) - e[-1].depth(p[1]))], world, frames, (one[0], other[0]))[0]


def apart(world: World, one: int, other: int) -> Length:
    """Return the distance between the centres of two objects."""
    return lengths(lambda _, p: [float(np.sqrt(((p[0] - p[1]) ** 2).sum()))], world, (), (one, other))[0]


def from_eye(world: World, object_id: int, frame: str) -> Length:
    """Return the distance from the camera of a frame to the centre of an object."""
    return lengths(lambda e, p: [e[0].range(p[0])], world, (frame,), (object_id,))[0]


def between(eye: Observer, p: Array, q: Array, *, pictured: bool) -> list[float]:
    """Return how p lies from q for an observer, metres: up; right twice, or thrice if pictured; nearer, so too."""
    step = p - q
    metres = [
        float(np.dot(step, eye.up)),
        float(np.dot(step, eye.right)),
        float(np.dot(step, eye.level_right)),
        eye.range(q) - eye.range(p),
    ]
    return [*metres, _picture(eye, p, q), eye.depth(q) - eye.depth(p)] if pictured else metres


def beside(world: World, a: int, b: int, frame: str) -> tuple[Readings, ...]:
    """Return how ``a`` lies relative to ``b`` for whoever looks through the camera of a frame."""
    both_ahead = all(world.pixel(frame, world.centre(x)) is not None for x in (a, b))
    return _compared(lengths(lambda e, p: between(e[0], *p, pictured=both_ahead), world, (frame,), (a, b)))


def beside_from(world: World, a: int, b: int, stand: int, face: int) -> tuple[Readings, ...]:
    """Return how ``a`` lies relative to ``b`` for one who stands at the centre of ``stand`` and faces ``face``."""
    someone = standing(world.centre(stand), world.centre(face), world.scene.up)
    both_ahead = all(someone.depth(world.centre(x)) > 0 for x in (a, b))

    def measure(_: Sequence[Observer], points: Sequence[Array]) -> list[float]:
        p, q, place, seen = points
        return between(standing(place, seen, world.scene.up), p, q, pictured=both_ahead)

    return _compared(lengths(measure, world, (), (a, b, stand, face)))


def _compared(found: list[Length]) -> tuple[Readings, ...]:
    height, right, level, nearer, *pictured = found
    return (
        Readings("right", "left", right, (level, *pictured[:1])),
        Readings("above", "below", height),
        Readings("closer", "farther", nearer, tuple(pictured[1:])),
    )


def around(world: World, a: int, frame: str) -> tuple[Readings, ...]:
    """Return how ``a`` lies around whoever looks through the camera of a frame with a level head."""
    return _around(lengths(lambda e, p: _offset(e[0], p[0]), world, (frame,), (a,)))


def around_from(world: World, a: int, stand: int, face: int) -> tuple[Readings, ...]:
    """Return how ``a`` lies around one who stands at the centre of ``stand`` and faces ``face``."""

    def measure(_: Sequence[Observer], points: Sequence[Array]) -> list[float]:
        p, place, seen = points
        return _offset(standing(place, seen, world.scene.up), p)

    return _around(lengths(measure, world, (), (a, stand, face)))


def _offset(eye: Observer, p: Array) -> list[float]:
    return [float(np.dot(p - eye.eye, x)) for x in (eye.level_right, eye.right, eye.up, eye.level_ahead, eye.ahead)]


def _around(found: list[Length]) -> tuple[Readings, ...]:
    level_right, right, height, level_ahead, ahead = found
    return (
        Readings("right", "left", level_right, (right,)),
        Readings("above", "below", height),
        Readings("front", "behind", level_ahead, (ahead,)),
    )


def by_compass(world: World, a: int, b: int, frame: str) -> tuple[Readings, ...]:
    """Return how ``a`` lies relative to ``b`` on a compass whose north is where the camera of a frame looks."""

    def measure(eyes: Sequence[Observer], points: Sequence[Array]) -> list[float]:
        (eye,), step = eyes, points[0] - points[1]
        return [float(np.dot(step, axis)) for axis in (eye.level_right, eye.up, eye.level_ahead)]

    east, up, north = lengths(measure, world, (frame,), (a, b))
    return Readings("east", "west", east), Readings("above", "below", up), Readings("north", "south", north)


def standing(place: Array, seen: Array, up: Array) -> Observer:
    """Return who looks out from a place, level, towards what is seen from there."""
    away = seen - place
    ahead = away - np.dot(away, up) * up
    ahead = ahead / max(float(np.linalg.norm(ahead)), 1e-12)
    return Observer(place, np.asarray(np.cross(ahead, up)), ahead, up)


def _picture(eye: Observer, p: Array, q: Array) -> float:
    """Return how far ``p`` is to the right of ``q`` in the picture, in metres at the depth of the nearer one."""
    depths = [max(eye.depth(x), LEAST_DEPTH) for x in (p, q)]  # noise may put behind the eye what is beside it
    columns = [float(np.dot(x - eye.eye, eye.right)) / depth for x, depth in zip((p, q), depths, strict=True)]
    return (columns[0] - columns[1]) * min(depths)


def lengths(measure: Measure, world: World, frames: tuple[str, ...], objects: tuple[int, ...]) -> list[Length]:
    """Return what ``measure`` finds from the eyes of ``frames`` at the centres of ``objects``, with the noise of each.

    Every centre and every eye may be off by the stated position noise in any direction, every eye turned by the stated
    angle about any axis; to first order the worst case of each source is the length of its gradient, and they add up.
    """
    eyes, points = [world.observer(frame) for frame in frames], [world.centre(x) for x in objects]
    values = np.array(measure(eyes, points), dtype=np.float64)
    noise = np.zeros(len(values))
    for source in _sources(eyes, points, world.scene.sensor):
        changes = np.array([measure(*moved) for moved in source]) - values
        noise += np.sqrt((changes**2).sum(axis=0))
    return [Length(float(value), float(size)) for value, size in zip(values, noise, strict=True)]


def _sources(
    eyes: list[Observer], points: list[Array], sensor: Sensor
) -> Iterator[list[tuple[list[Observer], list[Array]]]]:
    """Yield for each source of noise the three ways, along or about each axis, in which it disturbs eyes and points."""
    axes = np.eye(3)
    for i, point in enumerate(points):
        yield [(eyes, [*points[:i], point + sensor.position * axis, *points[i + 1 :]]) for axis in axes]
    for i, eye in enumerate(eyes):
        shifted = [replace(eye, eye=eye.eye + sensor.position * axis) for axis in axes]
        yield [([*eyes[:i], other, *eyes[i + 1 :]], points) for other in shifted]
        turned = [_turned(eye, axis, np.radians(sensor.rotation_deg)) for axis in axes]
        yield [([*eyes[:i], other, *eyes[i + 1 :]], points) for other in turned]


def _turned(eye: Observer, axis: Array, angle: float) -> Observer:
    """Return the observer turned in place about an axis of the world, by the formula of O. Rodrigues (1840)."""

    def turn(x: Array) -> Array:
        aside: Array = np.cross(axis, x)
        along: Array = axis * np.dot(axis, x)
        turned: Array = along + np.cos(angle) * (x - along) + np.sin(angle) * aside
        return turned

    return replace(eye, right=turn(eye.right), ahead=turn(eye.ahead))
