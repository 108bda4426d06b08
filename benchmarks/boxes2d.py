"""Row 4: oriented boxes to the exact rectangle of what the image can show of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.runner import Result, Row
from benchmarks.scene import Boxes, Room
from spatialkit.geometry import NEAR, project_boxes
from spatialkit.scene import Camera

__all__ = ["ROW", "VECTORISED", "by_polygons"]

Array = npt.NDArray[Any]

SIGNS = np.array([[(i >> k & 1) - 0.5 for k in range(3)] for i in range(8)])
EDGES = np.array([(i, i | 1 << k) for i in range(8) for k in range(3) if not i >> k & 1])
WITHIN = 1e-6  # pixels


def ours(room: Room, frame: int) -> Result:
    return project_boxes(room.boxes[frame], room.colour, room.poses[frame], threads=1)


def one_by_one(room: Room, frame: int) -> Result:
    """Cut a box's edges at the near plane, project what is beyond, take the part of its hull that is in the image."""
    import shapely

    camera, cam_from_world = room.colour, np.linalg.inv(room.poses[frame])
    canvas = shapely.box(*_border(camera))
    rects = np.full((len(room.boxes[frame][0]), 4), np.nan)
    for i, (centre, size, rotation) in enumerate(zip(*room.boxes[frame], strict=True)):
        corners = (centre + (SIGNS * size) @ rotation.T) @ cam_from_world[:3, :3].T + cam_from_world[:3, 3]
        above = corners[:, 2] - NEAR
        cut = EDGES[(above[EDGES[:, 0]] < 0) != (above[EDGES[:, 1]] < 0)]
        (a, b), (above_a, above_b) = corners[cut].swapaxes(0, 1), above[cut].T
        points = np.concatenate([corners[above >= 0], a + (above_a / (above_a - above_b))[:, None] * (b - a)])
        if len(points):
            seen = shapely.MultiPoint(_pixels(camera, points)).convex_hull.intersection(canvas)
            if not seen.is_empty:
                rects[i] = seen.bounds
    return rects, ~np.isnan(rects[:, 0])


def all_at_once(room: Room, frame: int) -> Result:
    """Do the same with arrays of boxes and of hulls throughout, and shapely's own cut to a rectangle."""
    return by_polygons(room.boxes[frame], room.colour, room.poses[frame])


def by_polygons(boxes: Boxes, camera: Camera, world_from_cam: Array) -> tuple[Array, Array]:
    """Return rectangles (n, 4), NaN for what is not in view, and which boxes are (n,)."""
    import shapely

    cam_from_world = np.linalg.inv(world_from_cam)
    centres, sizes, rotations = boxes
    corners = centres[:, None] + (SIGNS * sizes[:, None]) @ rotations.transpose(0, 2, 1)
    corners = corners @ cam_from_world[:3, :3].T + cam_from_world[:3, 3]
    above = corners[..., 2] - NEAR
    (a, b), (above_a, above_b) = (np.moveaxis(x[:, EDGES], 2, 0) for x in (corners, above))
    cut = (above_a < 0) != (above_b < 0)
    share = np.divide(above_a, above_a - above_b, out=np.zeros_like(above_a), where=cut)
    points = np.concatenate([corners, a + share[..., None] * (b - a)], axis=1)
    box, point = np.nonzero(np.concatenate([above >= 0, cut], axis=1))
    ahead, index = np.unique(box, return_inverse=True)
    hulls = shapely.convex_hull(shapely.linestrings(_pixels(camera, points[box, point]), indices=index))
    rects = np.full((len(centres), 4), np.nan)
    rects[ahead] = shapely.bounds(shapely.clip_by_rect(hulls, *_border(camera)))
    return rects, ~np.isnan(rects[:, 0])


def _pixels(camera: Camera, points: Array) -> Array:
    x, y, z = points.T
    return np.stack([camera.fx * x / z + camera.cx, camera.fy * y / z + camera.cy], axis=1)


def _border(camera: Camera) -> tuple[float, float, float, float]:
    return -0.5, -0.5, camera.width - 0.5, camera.height - 0.5


def differing(ours: Result, peer: Result) -> tuple[int, int]:
    """Count the boxes that only one can see, or that lie elsewhere."""
    (a, a_valid), (b, b_valid) = ours, peer
    both = a_valid & b_valid
    wrong = (a_valid != b_valid).sum() + (np.abs(a[both] - b[both]) > WITHIN).any(axis=1).sum()
    return int(wrong), len(a)


ROW = Row(
    number="4",
    operation="oriented box to its exact rectangle in the image",
    peer_name="near-plane clip, shapely hull ∩ canvas",
    goal=120,
    ours=ours,
    peer=one_by_one,
    differing=differing,
    needs=("shapely",),
)
VECTORISED = replace(ROW, number="4+", peer_name="the same, vectorised over boxes", peer=all_at_once, goal=None)
