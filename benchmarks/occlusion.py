"""Row 2: which vertices each depth image shows, counted per object."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.runner import Result, Row
from benchmarks.scene import IDS, Room
from spatialkit.geometry import NEAR, TOLERANCE, visible_points
from spatialkit.scene import Camera

__all__ = ["CAREFUL", "ROW", "in_view", "shown_at"]

Array = npt.NDArray[Any]


def ours(room: Room, frame: int) -> Result:
    visible = visible_points(room.columns, room.depth_camera, room.poses[frame], room.depth[frame], threads=1)
    return visible, np.bincount(room.owners[visible], minlength=IDS)


def plain(room: Room, frame: int) -> Result:
    """Project everything, then look up what falls into the image."""
    camera, cam_from_world = room.depth_camera, np.linalg.inv(room.poses[frame]).astype(np.float32)
    x, y, z = (room.points @ cam_from_world[:3, :3].T + cam_from_world[:3, 3]).T
    with np.errstate(divide="ignore", invalid="ignore"):
        u = camera.fx * x / z + (camera.cx + 0.5)
        v = camera.fy * y / z + (camera.cy + 0.5)
    kept = np.flatnonzero((z > NEAR) & (u >= 0) & (u < camera.width) & (v >= 0) & (v < camera.height))
    return _look_up(room, frame, kept, u[kept], v[kept], z[kept])


def careful(room: Room, frame: int) -> Result:
    return _look_up(room, frame, *in_view(room.points, room.depth_camera, room.poses[frame]))


def in_view(points: Array, camera: Camera, world_from_cam: Array) -> tuple[Array, Array, Array, Array]:
    """Return which points (n, 3) fall into the image, and their u, v and depth; u and v are half a pixel too large.

    Keeps one coordinate a row, and drops points as soon as possible.
    """
    cam_from_world = np.linalg.inv(world_from_cam).astype(np.float32)
    x, y, z = cam_from_world[:3, :3] @ points.T + cam_from_world[:3, 3:]
    kept = np.flatnonzero(z > NEAR)
    x, y, z = x[kept], y[kept], z[kept]
    u = camera.fx * x / z + (camera.cx + 0.5)
    v = camera.fy * y / z + (camera.cy + 0.5)
    inside = np.flatnonzero((u >= 0) & (u < camera.width) & (v >= 0) & (v < camera.height))
    return kept[inside], u[inside], v[inside], z[inside]


def _look_up(room: Room, frame: int, kept: Array, u: Array, v: Array, z: Array) -> Result:
    seen = kept[shown_at(room.depth[frame], u, v, z)]
    visible = np.zeros(len(room.points), dtype=bool)
    visible[seen] = True
    return visible, np.bincount(room.owners[seen], minlength=IDS)


def shown_at(depth: Array, u: Array, v: Array, z: Array) -> Array:
    """Test points in the image against the depth of their pixel: the definition of ``visible_points``.

    ``u`` and ``v`` (n,) are half a pixel too large, so that they are rounded by cutting.
    """
    constant, quadratic = TOLERANCE
    # A border of "no reading" gives every pixel four neighbours, and NaN says "none" to fmin and fmax.
    depth = np.pad(depth, 1)
    depth[depth == 0] = np.nan
    flat, row = depth.ravel(), depth.shape[1]
    at = (v.astype(np.int32) + 1) * row + u.astype(np.int32) + 1
    d = flat[at]
    along_x = np.fmin(np.abs(d - flat[at - 1]), np.abs(d - flat[at + 1]))
    along_y = np.fmin(np.abs(d - flat[at - row]), np.abs(d - flat[at + row]))
    slope = np.nan_to_num(along_x) + np.nan_to_num(along_y)
    return np.asarray(np.abs(z - d) <= constant + quadratic * z * z + 0.5 * slope)


def differing(ours: Result, peer: Result) -> tuple[int, int]:
    """Count the points that one sees and the other does not, or by how much the counts differ if that is more."""
    (a, a_count), (b, b_count) = ours, peer
    return max(int((a != b).sum()), int(np.abs(a_count - b_count).sum())), len(a)


ROW = Row(
    number="2",
    operation="occlusion test of points against depth, counts per object",
    peer_name="numpy float32: one matmul, flat index, bincount",
    goal=16,
    ours=ours,
    peer=plain,
    differing=differing,
    allowed=1e-5,  # points within float32 rounding of the tolerance, or of the next pixel
)
CAREFUL = replace(ROW, number="2+", peer_name="the same, points dropped early", peer=careful, goal=None)
