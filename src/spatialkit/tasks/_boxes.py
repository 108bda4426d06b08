"""Boxes that stand upright: their sides, and the ground they cover."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.footprints import ground_axes
from spatialkit.relations import Things

__all__ = ["apart", "outlines", "upright"]

Array = npt.NDArray[Any]


def upright(thing: Things, within_deg: float) -> Array:
    """Return length, width, height (n, 3) in metres: the longer and the shorter horizontal side, and the vertical one.

    NaN where no axis of the box is within so many degrees of the vertical.
    """
    standing = _standing(thing)
    length, width = -np.sort(np.where(standing, np.inf, -thing.size), axis=1)[:, :2].T
    height = thing.size[standing]
    tilt = np.einsum("i,nij->nj", thing.observer.up, thing.axes)[standing]
    steep = np.abs(tilt) >= np.cos(np.radians(within_deg))
    return np.where(steep[:, None], np.stack([length, width, height], axis=1), np.nan)


def _standing(thing: Things) -> Array:
    """Return a mask (n, 3) of the axis nearest to the vertical, one for each box."""
    vertical = np.abs(np.einsum("i,nij->nj", thing.observer.up, thing.axes))
    return np.asarray(np.arange(3) == vertical.argmax(axis=1)[:, None])


def outlines(thing: Things) -> Array:
    """Return the corners (n, 4, 2), in turn, of boxes on the ground plan, taken as upright; metres."""
    sides = (thing.axes * thing.size[:, None, :]).swapaxes(1, 2)[~_standing(thing)].reshape(-1, 2, 3)
    around = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    return np.asarray((thing.centre[:, None] + around @ sides) @ ground_axes(thing.observer.up).T)


def apart(a: Array, b: Array) -> Array:
    """Return the distance (n,) of convex polygons (n, k, 2), corners in turn; 0 where they touch or overlap.

    Two that are apart are nearest at a corner of one of them, and a line along a side of one of them lies between them.
    """
    parted = (_parted_along_sides(a, b) | _parted_along_sides(b, a)).any(axis=1)
    return np.where(parted, np.minimum(_to_sides(a, b), _to_sides(b, a)), 0.0)


def _to_sides(corners: Array, polygons: Array) -> Array:
    """Return the smallest distance (n,) of any corner to any side."""
    sides = np.roll(polygons, -1, axis=1) - polygons
    offset = corners[:, :, None] - polygons[:, None]
    along = np.einsum("nijx,njx->nij", offset, sides) / np.square(sides).sum(axis=2)[:, None]
    rest = offset - np.clip(along, 0, 1)[..., None] * sides[:, None]
    return np.asarray(np.sqrt(np.square(rest).sum(axis=3).min(axis=(1, 2))))


def _parted_along_sides(a: Array, b: Array) -> Array:
    """Return for each side of ``a`` (n, k) whether some line along it has ``a`` and ``b`` on different sides."""
    sides = np.roll(a, -1, axis=1) - a
    across = sides[..., ::-1] * [1, -1]
    along_a, along_b = a @ across.swapaxes(1, 2), b @ across.swapaxes(1, 2)
    return np.asarray((along_a.min(axis=1) > along_b.max(axis=1)) | (along_b.min(axis=1) > along_a.max(axis=1)))
