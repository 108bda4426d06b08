"""Rows 5 and 5b: how much oriented boxes overlap, all pairs of two lists."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.runner import Result, Row
from benchmarks.scene import Room
from spatialkit.geometry import box_iou

__all__ = ["ANY", "YAW"]

Array = npt.NDArray[Any]
Boxes = tuple[Array, Array, Array]

SIGNS = np.array([[(i >> k & 1) - 0.5 for k in range(3)] for i in range(8)])
SQUARE = np.array([(0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5), (0.5, -0.5)])
FEW, MANY = 24, 300  # boxes of a list; the first peer takes a millisecond a pair


@cache
def _boxes(count: int, upright: bool) -> tuple[Boxes, Boxes]:
    """Return two lists of boxes that mostly overlap; some are the same, contained, flat, or share a face."""
    rng = np.random.default_rng(5)
    turns, _ = np.linalg.qr(rng.normal(size=(2 * count, 3, 3)))
    turns *= np.sign(np.linalg.det(turns))[:, None, None]
    if upright:
        angle = rng.uniform(0, 2 * np.pi, 2 * count)
        turns = np.zeros((2 * count, 3, 3))
        turns[:, 0, 0] = turns[:, 1, 1] = np.cos(angle)
        turns[:, 1, 0], turns[:, 0, 1], turns[:, 2, 2] = np.sin(angle), -np.sin(angle), 1.0
    centres, sizes = rng.uniform(-0.4, 0.4, (2 * count, 3)), rng.uniform(0.2, 1.5, (2 * count, 3))
    (ca, cb), (sa, sb), (ra, rb) = ((x[:count].copy(), x[count:].copy()) for x in (centres, sizes, turns))
    cb[0], sb[0], rb[0] = ca[0], sa[0], ra[0]  # the same
    cb[1], sb[1], rb[1] = ca[1], sa[1] / 3, ra[1]  # contained
    cb[2], sb[2], rb[2] = ca[2] + ra[2][:, 0] * sa[2][0], sa[2], ra[2]  # a face in common
    sb[3][2] = 1e-3  # a slab
    return (ca, sa, ra), (cb, sb, rb)


def ours_any(room: Room, frame: int) -> Result:
    return (box_iou(*_boxes(FEW, False), threads=1),)


def half_spaces(room: Room, frame: int) -> Result:
    """Intersect the twelve half spaces of a pair about a point well inside, take the volume of the hull."""
    from scipy.optimize import linprog
    from scipy.spatial import ConvexHull, HalfspaceIntersection

    a, b = _boxes(FEW, False)
    out = np.zeros((FEW, FEW))
    planes_a, planes_b = _planes(a), _planes(b)
    for i in range(FEW):
        for k in range(FEW):
            planes = np.concatenate([planes_a[i], planes_b[k]])
            widest = linprog((0, 0, 0, -1), np.column_stack([planes[:, :3], np.ones(12)]), -planes[:, 3],
                             bounds=[(None, None)] * 3 + [(0, None)])  # fmt: skip
            inner = np.asarray(widest.x)
            if widest.status != 0 or inner[3] < 1e-9:
                continue
            shared = ConvexHull(HalfspaceIntersection(planes, inner[:3]).intersections).volume
            out[i, k] = shared / (a[1][i].prod() + b[1][k].prod() - shared)
    return (out,)


def _planes(boxes: Boxes) -> Array:
    """Return the half spaces (n, 6, 4): outward normal, minus its offset."""
    centres, sizes, turns = boxes
    normals = np.concatenate([turns.transpose(0, 2, 1), -turns.transpose(0, 2, 1)], axis=1)
    offsets = np.einsum("nij,nj->ni", normals, centres) + np.tile(sizes / 2, 2)
    return np.concatenate([normals, -offsets[:, :, None]], axis=2)


def ours_yaw(room: Room, frame: int) -> Result:
    return (box_iou(*_boxes(MANY, True), threads=1),)


def outlines(room: Room, frame: int) -> Result:
    """Intersect the outlines on the ground, all pairs at once, and the heights."""
    import shapely

    a, b = _boxes(MANY, True)
    (shapes_a, low_a, high_a), (shapes_b, low_b, high_b) = _upright(a), _upright(b)
    area = shapely.area(shapely.intersection(shapes_a[:, None], shapes_b))
    height = np.minimum(high_a[:, None], high_b) - np.maximum(low_a[:, None], low_b)
    shared = area * np.maximum(height, 0)
    return (shared / (a[1].prod(axis=1)[:, None] + b[1].prod(axis=1) - shared),)


def _upright(boxes: Boxes) -> tuple[Array, Array, Array]:
    import shapely

    centres, sizes, turns = boxes
    corners = centres[:, None, :2] + (SQUARE * sizes[:, None, :2]) @ turns[:, :2, :2].transpose(0, 2, 1)
    return shapely.polygons(corners), centres[:, 2] - sizes[:, 2] / 2, centres[:, 2] + sizes[:, 2] / 2


def differing(ours: Result, peer: Result) -> tuple[int, int]:
    """Count the pairs whose overlap is another."""
    return int((np.abs(ours[0] - peer[0]) > 1e-9).sum()), ours[0].size


ANY = Row(
    number="5",
    operation=f"overlap of oriented boxes, any rotation, {FEW} x {FEW}",
    peer_name="scipy: widest point, HalfspaceIntersection, ConvexHull",
    goal=1500,
    ours=ours_any,
    peer=half_spaces,
    differing=differing,
    frames=1,
    needs=("scipy",),
)
YAW = Row(
    number="5b",
    operation=f"overlap of upright boxes, {MANY} x {MANY}",
    peer_name="shapely: outlines, all pairs at once, times height",
    goal=15,
    ours=ours_yaw,
    peer=outlines,
    differing=differing,
    frames=1,
    needs=("shapely",),
)
