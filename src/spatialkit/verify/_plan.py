"""The area of ground plans, line by line."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["area_of_union"]

Array = npt.NDArray[Any]
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
