"""The area of ground plans, line by line."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["area_of_lowest", "area_of_union"]

Array = npt.NDArray[Any]
CELL = 0.02  # metres
LINES = 64  # at most between two heights where a side begins or ends: exact but where sides of two polygons cross


def area_of_union(polygons: Sequence[Array]) -> float:
    """Return the area that any of the polygons (k, 2) covers: how much of each of many lines across lies within one."""
    first = np.concatenate(polygons)
    last = np.concatenate([np.roll(polygon, -1, axis=0) for polygon in polygons])
    owner = np.repeat(np.arange(len(polygons)), [len(polygon) for polygon in polygons])
    lower, upper = np.minimum(first[:, 1], last[:, 1]), np.maximum(first[:, 1], last[:, 1])
    heights, total = np.unique(first[:, 1]), 0.0
    number = max(4, min(LINES, LINES * LINES // len(heights)))  # fewer where they lie close anyway
    for low, high in itertools.pairwise(heights):
        across = (lower <= low) & (upper >= high)  # no side begins or ends between the two
        start, way = first[across], last[across] - first[across]
        lines = low + (high - low) * (np.arange(number)[:, None] + 0.5) / number
        x = start[:, 0] + (lines - start[:, 1]) * (way[:, 0] / way[:, 1])
        order = np.lexsort((x, np.broadcast_to(owner[across], x.shape)))
        pairs = np.take_along_axis(x, order, axis=1).reshape(number, -1, 2)  # where it enters and leaves a polygon
        total += float(high - low) * float(_length(pairs).mean())
    return total


def area_of_lowest(triangles: Array, up: Array) -> float | None:
    """Return the area (m2) of the lowest level part of triangles (n, 3, 3), what it encloses included; None: no such.

    Counted in cells of 2 cm: those that hold one of many points on the triangles.
    """
    from scipy import ndimage

    across = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    area = np.sqrt((across**2).sum(axis=1)) / 2
    level = np.abs(across @ up) > np.cos(np.radians(10)) * 2 * area
    heights = triangles.mean(axis=1) @ up
    if not level.any():
        return None
    for low in np.sort(heights[level]):
        band = level & (heights >= low) & (heights <= low + 0.1)
        if area[band].sum() >= 0.1 * area[level].sum():
            break
    side = np.linalg.svd(up[None])[2][1:]  # two directions across
    points = np.concatenate([_spread(corners @ side.T) for corners in triangles[band]])
    cells = np.floor(points / CELL).astype(np.int64)
    cells -= cells.min(axis=0) - 2
    grid = np.zeros(cells.max(axis=0) + 3, dtype=bool)
    grid[tuple(cells.T)] = True
    filled = ndimage.binary_fill_holes(ndimage.binary_closing(grid, iterations=1))
    return float(filled.sum() * CELL**2)


def _spread(corners: Array) -> Array:
    """Return points (k, 2) all over a triangle (3, 2), near enough to each other to meet each cell."""
    longest = float(max(np.hypot(*(corners[i] - corners[i - 1])) for i in range(3)))
    steps = np.linspace(0, 1, max(2, int(np.ceil(2.5 * longest / CELL))))
    a, b = np.meshgrid(steps, steps)
    inside = a + b <= 1
    along, across = corners[1] - corners[0], corners[2] - corners[0]
    return np.asarray(corners[0] + np.outer(a[inside], along) + np.outer(b[inside], across))


def _length(pieces: Array) -> Array:
    """Return how long the pieces (n, k, 2) of each of n lines are together, where they overlap counted once."""
    pieces = np.take_along_axis(pieces, pieces[..., :1].argsort(axis=1), axis=1)
    begins, ends = np.moveaxis(pieces, 2, 0)
    reached = np.maximum.accumulate(ends, axis=1)
    begins = np.maximum(begins, np.insert(reached[:, :-1], 0, -np.inf, axis=1)[:, : begins.shape[1]])
    return np.asarray(np.maximum(ends - begins, 0).sum(axis=1))
