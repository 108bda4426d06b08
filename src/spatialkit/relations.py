"""What the roles of a question are filled with, and the formulas between them: arrays over candidate tuples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.rules import Rules

__all__ = [
    "Observer",
    "Sights",
    "Space",
    "Things",
    "Ways",
    "distance",
    "from_observer",
    "relative_pose",
    "standing",
    "to_each_other",
    "turned_into",
]

Array = npt.NDArray[Any]
NOTHING: Array = np.zeros((0, 0))


@dataclass(frozen=True, eq=False)
class Observer:
    """Who looks: the camera of the first image, or someone imagined.

    Parameters
    ----------
    world_from_cam
        (n, 4, 4) pose in each candidate.
    up
        (3,) unit vector against gravity.
    rules
        Thresholds; one who looks more than ``steepest_deg`` up or down has no left and right.
    intrinsics
        (n, 6) fx, fy, cx, cy, width, height of the camera, pixels.
    """

    world_from_cam: Array
    up: Array
    rules: Rules = field(default_factory=Rules)
    intrinsics: Array = field(default_factory=lambda: NOTHING)

    @cached_property
    def level_axes(self) -> Array:
        """Rows (n, 3, 3): right, up, forward of the observer's head held level, in world coordinates.

        Forward is the viewing direction without its vertical part; NaN for an observer who looks too steeply.
        """
        gaze = self.world_from_cam[:, :3, 2]
        flat = gaze - (gaze @ self.up)[:, None] * self.up
        length = np.sqrt(np.einsum("ni,ni->n", flat, flat))
        length[~(length > np.cos(np.radians(self.rules.steepest_deg)))] = np.nan
        forward = flat / length[:, None]
        return np.stack([turned_into(forward, self.up), np.broadcast_to(self.up, forward.shape), forward], axis=1)

    def project(self, points: Array) -> Array:
        """Return where points (n, 3) are in the observer's image: x, y in thousandths of its sides, depth in metres.

        x = y = NaN for what is not ahead.
        """
        fx, fy, cx, cy, width, height = self.intrinsics.T
        x, y, depth = _in_frame(self.world_from_cam, points).T
        with np.errstate(divide="ignore", invalid="ignore"):
            u, v = np.where(depth > 0, (fx * x / depth + cx, fy * y / depth + cy), np.nan)
        return np.stack([(u + 0.5) * 1000 / width, (v + 0.5) * 1000 / height, depth], axis=1)


@dataclass(frozen=True, eq=False)
class Sights:
    """What the shown images see of the things of one role.

    Parameters
    ----------
    visible, pixels
        (n, V) share of the thing's surface that each image sees, and share of that image's pixels; of a category, those
        of the object of which it sees most.
    rects
        (n, V, 4) visible box in each image, x1 y1 x2 y2 in thousandths of its sides; NaN where unseen.
    count, unseen
        (n,) number of objects of a category, and how many of them no image sees well enough; 1 and 0 for an object.
    """

    visible: Array
    pixels: Array
    rects: Array
    count: Array
    unseen: Array


@dataclass(frozen=True, eq=False)
class Things:
    """What fills one role, in each of n candidate tuples.

    Parameters
    ----------
    centre
        (n, 3) centre of the object's box, or where a camera is; metres, world.
    world_from_cam
        (n, 4, 4) pose of the camera of the image in which the role is marked; a camera's own.
    observer
        The camera of the first image, unless the question imagines another.
    size, axes
        (n, 3) full extents and (n, 3, 3) ``world_from_box`` of the object's box; NaN for cameras.
    sights
        Looks up what the shown images see; None for cameras.
    """

    centre: Array
    world_from_cam: Array
    observer: Observer
    size: Array = field(default_factory=lambda: NOTHING)
    axes: Array = field(default_factory=lambda: NOTHING)
    sights: Callable[[], Sights] | None = None

    @property
    def depth(self) -> Array:
        """(n,) z of the centre in the camera of the image that marks it, metres."""
        offset = self.centre - self.world_from_cam[:, :3, 3]
        return np.asarray(np.einsum("ni,ni->n", offset, self.world_from_cam[:, :3, 2]))

    @property
    def seen(self) -> Array:
        """(n, 3) centre in the observer's camera frame: right, down, forward, metres."""
        return _in_frame(self.observer.world_from_cam, self.centre)

    @property
    def level(self) -> Array:
        """(n, 3) centre relative to the observer's head held level: right, up, forward, metres."""
        offset = self.centre - self.observer.world_from_cam[:, :3, 3]
        return np.asarray(np.einsum("nij,nj->ni", self.observer.level_axes, offset))

    def by(self, observer: Observer) -> Things:
        """Return the same things as another observer has them."""
        return replace(self, observer=observer)

    @property
    def visible(self) -> Array:
        """(n, V) share of the surface that each shown image sees."""
        return self._sights.visible

    @property
    def pixels(self) -> Array:
        """(n, V) share of each shown image's pixels that show it."""
        return self._sights.pixels

    @property
    def rects(self) -> Array:
        """(n, V, 4) visible box in each shown image, x1 y1 x2 y2 in thousandths; NaN where unseen."""
        return self._sights.rects

    @property
    def count(self) -> Array:
        """(n,) number of objects of a category."""
        return self._sights.count

    @property
    def unseen(self) -> Array:
        """(n,) number of objects of a category that no shown image sees well enough."""
        return self._sights.unseen

    @property
    def _sights(self) -> Sights:
        if self.sights is None:
            raise AttributeError("a camera has no sights: it is not in the images")
        return self.sights()


@dataclass(frozen=True, eq=False)
class Space:
    """The floor of a scene: ``area`` (n,) in square metres."""

    area: Array


@dataclass(frozen=True, eq=False)
class Ways:
    """Walks: ``legs`` (n, L, 2), a turn in degrees to the right, then metres; NaN after the last."""

    legs: Array


def distance(a: Array, b: Array) -> Array:
    """Return the Euclidean distance (n,) of points (n, 3)."""
    offset = a - b
    return np.asarray(np.sqrt(np.einsum("ni,ni->n", offset, offset)))


def relative_pose(first: Things, second: Things) -> Array:
    """Return the second camera's pose (n, 4, 4) in the frame of the first: right, down, forward, metres."""
    rotation = first.world_from_cam[:, :3, :3].transpose(0, 2, 1)
    pose = np.zeros_like(first.world_from_cam)
    pose[:, :3, :3] = rotation @ second.world_from_cam[:, :3, :3]
    pose[:, :3, 3] = _in_frame(first.world_from_cam, second.world_from_cam[:, :3, 3])
    pose[:, 3, 3] = 1.0
    return pose


def standing(stand: Things, face: Things) -> Observer:
    """Return one who stands at the centre of ``stand`` and faces ``face`` with a level head.

    NaN where the two are nearer to each other than ``Rules.stand_apart``, measured on the level.
    """
    up, rules = stand.observer.up, stand.observer.rules
    offset = face.centre - stand.centre
    flat = offset - (offset @ up)[:, None] * up
    length = np.sqrt(np.einsum("ni,ni->n", flat, flat))
    length[~(length >= rules.stand_apart)] = np.nan
    forward = flat / length[:, None]
    pose = np.zeros((len(forward), 4, 4))
    pose[:, :3, 0], pose[:, :3, 1], pose[:, :3, 2] = turned_into(forward, up), -up, forward
    pose[:, :3, 3], pose[:, 3, 3] = stand.centre, 1.0
    return Observer(pose, up, rules)


def turned_into(forward: Array, up: Array) -> Array:
    """Return what lies to the right (n, 3) of one who looks along ``forward`` (n, 3)."""
    x, y, z = forward.T
    return np.stack([y * up[2] - z * up[1], z * up[0] - x * up[2], x * up[1] - y * up[0]], axis=1)


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
    things brought to the nearer one's depth). Where one lies behind the camera, the third reading is for who turns to
    it: how far one has to turn from ``b`` to ``a``, the shorter way round, at the nearer one's distance. Nearer is read
    as the difference of distances and of depths. Height is height.
    """
    level = a.level - b.level
    seen_a, seen_b = a.seen, b.seen
    depth_a, depth_b = seen_a[:, 2], seen_b[:, 2]
    aside = seen_a[:, 0] - seen_b[:, 0]
    pictured = (depth_a > 0) & (depth_b > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        apparent = (seen_a[:, 0] / depth_a - seen_b[:, 0] / depth_b) * np.minimum(depth_a, depth_b)
    bearing = np.arctan2(seen_a[:, 0], depth_a) - np.arctan2(seen_b[:, 0], depth_b)
    nearest = np.minimum(np.hypot(seen_a[:, 0], depth_a), np.hypot(seen_b[:, 0], depth_b))
    turn = np.remainder(bearing + np.pi, 2 * np.pi) - np.pi
    turn = np.where(np.abs(turn) < np.pi - 1e-6, turn, 0.0)  # neither way round is shorter
    apparent = np.where(pictured, apparent, turn * nearest)
    nearer = np.sqrt(np.einsum("ni,ni->n", seen_b, seen_b)) - np.sqrt(np.einsum("ni,ni->n", seen_a, seen_a))
    readings = np.empty((len(aside), 3, 3))
    readings[:, :, 0] = np.stack([level[:, 0], aside, apparent], axis=1)
    readings[:, :, 1] = level[:, 1:2]
    readings[:, :, 2] = np.stack([nearer, depth_b - depth_a, nearer], axis=1)
    return readings


def _in_frame(pose: Array, points: Array) -> Array:
    """Return world points (n, 3) in the frames of poses (n, 4, 4)."""
    return np.asarray(np.einsum("nji,nj->ni", pose[:, :3, :3], points - pose[:, :3, 3]))
