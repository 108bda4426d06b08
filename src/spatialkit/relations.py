"""What the roles of a question are filled with, and the formulas between them: arrays over candidate tuples."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Observer", "Things", "distance", "from_observer", "to_each_other"]

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Observer:
    """Who looks: the camera of the first image.

    ``world_from_cam`` (4, 4) is its pose, ``up`` (3,) the unit vector against gravity; one who looks more than
    ``steepest_deg`` up or down has no left and right.
    """

    world_from_cam: Array
    up: Array
    steepest_deg: float

    @cached_property
    def level_axes(self) -> Array:
        """Rows (3, 3): right, up, forward of the observer's head held level, in world coordinates.

        Forward is the viewing direction without its vertical part; NaN for an observer who looks too steeply.
        """
        gaze = self.world_from_cam[:3, 2]
        forward = gaze - (gaze @ self.up) * self.up
        length = np.linalg.norm(forward)
        forward = forward / length if length > np.cos(np.radians(self.steepest_deg)) else np.full(3, np.nan)
        return np.stack([np.cross(forward, self.up), self.up, forward])


@dataclass(frozen=True, eq=False)
class Things:
    """What fills one role, in each of n candidate tuples.

    Parameters
    ----------
    centre
        (n, 3) centre of the object's box, or where the observer's camera is; metres, world.
    world_from_cam
        (n, 4, 4) pose of the camera of the image in which the role is marked.
    observer
        The camera of the first image.
    """

    centre: Array
    world_from_cam: Array
    observer: Observer

    @property
    def depth(self) -> Array:
        """(n,) z of the centre in the camera of the image that marks it, metres."""
        offset = self.centre - self.world_from_cam[:, :3, 3]
        return np.asarray(np.einsum("ni,ni->n", offset, self.world_from_cam[:, :3, 2]))

    @property
    def seen(self) -> Array:
        """(n, 3) centre in the observer's camera frame: right, down, forward, metres."""
        pose = self.observer.world_from_cam
        return np.asarray((self.centre - pose[:3, 3]) @ pose[:3, :3])

    @property
    def level(self) -> Array:
        """(n, 3) centre relative to the observer's head held level: right, up, forward, metres."""
        return np.asarray((self.centre - self.observer.world_from_cam[:3, 3]) @ self.observer.level_axes.T)


def distance(a: Array, b: Array) -> Array:
    """Return the Euclidean distance (n,) of points (n, 3)."""
    return np.asarray(np.linalg.norm(a - b, axis=-1))


def from_observer(thing: Things) -> Array:
    """Return where things are from the observer, as all fair readings (n, readings, 3): right, up, forward, metres.

    Left and right, front and behind are read in the camera's own axes and with the head held level; height is height.
    """
    level, seen = thing.level, thing.seen
    own = np.stack([seen[:, 0], level[:, 1], seen[:, 2]], axis=1)
    return np.stack([level, own], axis=1)


def to_each_other(a: Things, b: Things) -> Array:
    """Return where ``a`` is from ``b`` to the observer, as all fair readings (n, readings, 3).

    Offsets are right, up, nearer, in metres.
    Left and right are read with the head held level, along the camera's x axis, and as they appear in the picture (both
    things brought to the nearer one's depth; for what lies behind the camera the picture says nothing). Nearer is read
    as the difference of distances and of depths. Height is height.
    """
    level = a.level - b.level
    seen_a, seen_b = a.seen, b.seen
    depth_a, depth_b = seen_a[:, 2], seen_b[:, 2]
    aside = seen_a[:, 0] - seen_b[:, 0]
    pictured = (depth_a > 0) & (depth_b > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        apparent = (seen_a[:, 0] / depth_a - seen_b[:, 0] / depth_b) * np.minimum(depth_a, depth_b)
    apparent = np.where(pictured, apparent, aside)
    nearer = np.linalg.norm(seen_b, axis=1) - np.linalg.norm(seen_a, axis=1)
    return np.stack(
        [
            np.stack([level[:, 0], level[:, 1], nearer], axis=1),
            np.stack([aside, level[:, 1], depth_b - depth_a], axis=1),
            np.stack([apparent, level[:, 1], nearer], axis=1),
        ],
        axis=1,
    )
