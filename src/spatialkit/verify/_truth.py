"""What is true in the scene, by the meaning of the words; shares no formula with the tasks.

Lengths are metres. Numbers come with nothing but themselves; a direction comes as its *readings*: the same thing
understood in each way that a careful person might, positive towards the first word of its pair. It is sure only if
the readings agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spatialkit.rules import Rules
from spatialkit.verify._world import Array, Observer, World

__all__ = ["Readings", "apart", "around", "beside", "deep", "from_eye"]

EDGE = 1e-6


@dataclass(frozen=True)
class Readings:
    """One direction between two words; ``value`` as the question defines it, ``others`` as it may be read as well."""

    first: str
    second: str
    value: float
    others: tuple[float, ...]

    def word(self, rules: Rules, slack: float) -> str | None:
        """Return the word, "" for "indistinguishable", None when nobody can be sure.

        A word needs the defined value beyond ``rules.slot_word``, and no other reading on the opposite side by more
        than ``slack`` metres; "indistinguishable" needs the defined value within ``rules.slot_empty`` and no other
        reading that would by itself be called by a word.
        """
        if abs(self.value) >= rules.slot_word - EDGE:
            side = 1.0 if self.value > 0 else -1.0
            agreed = all(side * other >= -slack for other in self.others)
            return (self.first if side > 0 else self.second) if agreed else None
        if abs(self.value) <= rules.slot_empty + EDGE:
            return "" if all(abs(other) < rules.slot_word for other in self.others) else None
        return None

    def __str__(self) -> str:
        others = ", ".join(f"{x:+.3f}" for x in self.others)
        return f"{self.first}/{self.second} {self.value:+.3f} m" + (f" (otherwise read {others} m)" if others else "")


def deep(world: World, object_id: int, frame: str) -> float:
    """Return the depth of an object's centre in the image that carries its mark."""
    return world.observer(frame).depth(world.centre(object_id))


def apart(world: World, one: int, other: int) -> float:
    """Return the distance between the centres of two objects."""
    return float(np.sqrt(((world.centre(one) - world.centre(other)) ** 2).sum()))


def from_eye(world: World, object_id: int, frame: str) -> float:
    """Return the distance from the camera of a frame to the centre of an object."""
    return world.observer(frame).range(world.centre(object_id))


def beside(world: World, a: int, b: int, frame: str) -> tuple[Readings, ...]:
    """Return how ``a`` lies relative to ``b`` for whoever looks through the camera of a frame."""
    eye, p, q = world.observer(frame), world.centre(a), world.centre(b)
    both_ahead = world.pixel(frame, p) is not None and world.pixel(frame, q) is not None
    step = p - q
    right = [float(np.dot(step, eye.level_right))]
    nearer = []
    if both_ahead:
        right.append(_picture(eye, p, q))
        nearer.append(eye.depth(q) - eye.depth(p))
    return (
        Readings("right", "left", float(np.dot(step, eye.right)), tuple(right)),
        Readings("above", "below", float(np.dot(step, eye.up)), ()),
        Readings("closer", "farther", eye.range(q) - eye.range(p), tuple(nearer)),
    )


def around(world: World, a: int, frame: str) -> tuple[Readings, ...]:
    """Return how ``a`` lies around whoever looks through the camera of a frame with a level head."""
    eye = world.observer(frame)
    way = world.centre(a) - eye.eye
    return (
        Readings("right", "left", float(np.dot(way, eye.level_right)), (float(np.dot(way, eye.right)),)),
        Readings("above", "below", float(np.dot(way, eye.up)), ()),
        Readings("front", "behind", float(np.dot(way, eye.level_ahead)), (float(np.dot(way, eye.ahead)),)),
    )


def _picture(eye: Observer, p: Array, q: Array) -> float:
    """Return how far ``p`` is to the right of ``q`` in the picture, in metres at the depth of the nearer one."""
    columns: Sequence[float] = [float(np.dot(x - eye.eye, eye.right)) / eye.depth(x) for x in (p, q)]
    return (columns[0] - columns[1]) * min(eye.depth(p), eye.depth(q))
