"""The candidates of one view with their geometry: measured as it is, and as noise could have it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.generate._cast import Cast
from spatialkit.relations import Observer, Things
from spatialkit.tasks.base import Variant

__all__ = ["Stage"]

Array = npt.NDArray[Any]
Geometry = tuple[Array, dict[str, Array], dict[str, Array]]  # the observer's pose; pose and centre by role


class Stage:
    """The candidates of one view with their geometry, which can be shaken to see what noise does to the value."""

    def __init__(
        self,
        variant: Variant,
        cast: Cast,
        view: tuple[int, ...],
        items: Mapping[str, Array],
        images: Mapping[str, Array],
    ) -> None:
        self._variant, self._cast, self._images = variant, cast, images
        self._observer = cast.poses[view[0]]
        self._poses = {name: cast.poses[list(view)][image] for name, image in images.items()}
        self._centres = {name: cast.centres[item] for name, item in items.items()}
        self._count = len(next(iter(items.values())))

    def measure(self) -> tuple[Array, dict[str, Array]]:
        """Return the task's raw values and the facts that it gives."""
        return self._at(self._observer, self._poses, self._centres)

    def noise(self) -> Array:
        """Return how far the scene's stated noise can move each component of the value: a first-order bound.

        Every centre and every camera is moved by the stated distance and every camera turned by the stated angle, along
        the direction that matters most; the changes add up.
        """
        base = self.measure()[0]
        total = np.zeros_like(base)
        for shaken in self._shaken():
            changes = np.abs([self._at(*geometry)[0] - base for geometry in shaken])
            total += np.linalg.norm(np.maximum(changes[:3], changes[3:]), axis=0)
        return total

    def _shaken(self) -> Iterator[Iterator[Geometry]]:
        """Yield, for each thing that may be off, the geometry with it moved along or turned about x, y, z, -x, -y, -z.

        The axes are the observer's, or the camera's own: how the world is turned changes nothing.
        """
        sensor = self._cast.scene.sensor
        both_ways = np.concatenate([np.eye(3), -np.eye(3)])
        for name in self._centres:
            shifts = sensor.position * both_ways @ self._observer[:3, :3].T
            yield ((self._observer, self._poses, self._centres | {name: self._centres[name] + s}) for s in shifts)
        moves = [_shift(axis * sensor.position) for axis in both_ways]
        turns = [_turn(axis, sign * sensor.rotation_deg) for sign in (1, -1) for axis in range(3)]
        for changes in (moves, turns):
            yield (self._with_camera(change, None) for change in changes)
            for name in self._poses:
                yield (self._with_camera(change, name) for change in changes)

    def _with_camera(self, change: Array, role: str | None) -> Geometry:
        """Return the geometry with the observer's camera changed, or the one that marks a role if it is another."""
        if role is None:
            poses = {
                name: np.where((self._images[name] == 0)[:, None, None], pose @ change, pose)
                for name, pose in self._poses.items()
            }
            return self._observer @ change, poses, self._centres
        other = (self._images[role] != 0)[:, None, None]
        pose = self._poses[role]
        return self._observer, self._poses | {role: np.where(other, pose @ change, pose)}, self._centres

    def _at(
        self, observer: Array, poses: Mapping[str, Array], centres: Mapping[str, Array]
    ) -> tuple[Array, dict[str, Array]]:
        who = Observer(observer, self._cast.scene.up, self._cast.rules.steepest_deg)
        filled = {}
        for name, role in self._variant.roles.items():
            if role.kind == "camera":
                pose = np.broadcast_to(observer, (self._count, 4, 4))
                filled[name] = Things(pose[:, :3, 3], pose, who)
            else:
                filled[name] = Things(centres[name], poses[name], who)
        result = self._variant.task.measure(**filled)
        return result if isinstance(result, tuple) else (result, {})


def _shift(offset: Array) -> Array:
    change = np.eye(4)
    change[:3, 3] = offset
    return change


def _turn(axis: int, degrees: float) -> Array:
    """Return the rotation (4, 4) about one of the camera's own axes."""
    i, j = (axis + 1) % 3, (axis + 2) % 3
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    change = np.eye(4)
    change[i, i], change[i, j], change[j, i], change[j, j] = cos, -sin, sin, cos
    return change
