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
LINES = 64  # between two heights at which a side begins or ends: exact but where sides of two polygons cross


def area_of_union(polygons: Sequence[Array]) -> float:
    """Return the area that any of the polygons (k, 2) covers: how much of each of many lines across lies within one."""
    heights = np.unique(np.concatenate([polygon[:, 1] for polygon in polygons]))
    total = 0.0
    for low, high in itertools.pairwise(heights):
        lines = low + (high - low) * (np.arange(LINES) + 0.5) / LINES
        crossings = [_crossings(polygon, lines) for polygon in polygons]
        covered = sum(_length([pair for crossed in crossings for pair in crossed[i]]) for i in range(LINES))
        total += float(high - low) * covered / LINES
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


def _crossings(polygon: Array, lines: Array) -> list[list[tuple[float, float]]]:
    """Return for each line where it enters a polygon and where it leaves it."""
    ends = np.roll(polygon, -1, axis=0)
    crossed = (polygon[:, 1] > lines[:, None]) != (ends[:, 1] > lines[:, None])
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = (ends[:, 0] - polygon[:, 0]) / (ends[:, 1] - polygon[:, 1])
        x = polygon[:, 0] + (lines[:, None] - polygon[:, 1]) * slope
    rows = [np.sort(row[mask]).tolist() for row, mask in zip(x, crossed, strict=True)]
    return [list(zip(row[::2], row[1::2], strict=True)) for row in rows]


def _length(pieces: list[tuple[float, float]]) -> float:
    """Return how long pieces of a line are together, where they overlap counted once."""
    total, end = 0.0, -np.inf
    for first, last in sorted(pieces):
        total += max(0.0, last - max(first, end))
        end = max(end, last)
    return total
