"""Row 1: every vertex into every colour image, and whether it falls into it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.runner import Result, Row
from benchmarks.scene import Room
from spatialkit.geometry import NEAR, points_in_image, project_points

__all__ = ["CAREFUL", "INSIDE", "ROW", "ROWS"]

Array = npt.NDArray[Any]

# float32 coordinates in a room of 8 m are good to about 1 µm, and so is what follows from them, measured at the point:
# a pixel is z / FOCAL metres there.
WITHIN = 1e-5  # metres
FOCAL = 1000.0  # pixels, in round numbers


def ours(room: Room, frame: int) -> Result:
    uvz, inside = room.shared
    return project_points(room.columns, room.colour, room.poses[frame], out=uvz, inside=inside, threads=1), inside


def rows(room: Room, frame: int) -> Result:
    """Project points as they mostly come, one a row, into a new array."""
    inside = np.empty(len(room.points), dtype=np.bool_)
    return project_points(room.points, room.colour, room.poses[frame], inside=inside, threads=1), inside


def in_image(room: Room, frame: int) -> Result:
    return (points_in_image(room.columns, room.colour, room.poses[frame], threads=1),)


def plain_in_image(room: Room, frame: int) -> Result:
    uvz, inside = plain(room, frame)
    return (inside & (uvz[:, 2] > NEAR),)


def plain(room: Room, frame: int) -> Result:
    """Project as most code does: one point a row."""
    camera, cam_from_world = room.colour, np.linalg.inv(room.poses[frame]).astype(np.float32)
    points = room.points @ cam_from_world[:3, :3].T + cam_from_world[:3, 3]
    x, y, z = points.T
    with np.errstate(divide="ignore", invalid="ignore"):
        uvz = np.stack([camera.fx * x / z + camera.cx, camera.fy * y / z + camera.cy, z], axis=1)
    return uvz, _in_image(uvz, room) & (z > 0)


def careful(room: Room, frame: int) -> Result:
    """Project with one coordinate a row, so that every step runs along memory; the result stays that way round."""
    camera, cam_from_world = room.colour, np.linalg.inv(room.poses[frame]).astype(np.float32)
    uvz = cam_from_world[:3, :3] @ room.points.T
    uvz += cam_from_world[:3, 3:]
    u, v, z = uvz
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 1 / z
        u *= camera.fx * scale
        v *= camera.fy * scale
    u += camera.cx
    v += camera.cy
    return uvz.T, _in_image(uvz.T, room) & (z > 0)


def _in_image(uvz: Array, room: Room) -> Array:
    u, v = uvz[:, 0], uvz[:, 1]
    inside = (u >= -0.5) & (u < room.colour.width - 0.5) & (v >= -0.5) & (v < room.colour.height - 0.5)
    return np.asarray(inside)


def differing(ours: Result, peer: Result) -> tuple[int, int]:
    """Count the points that one has in the image and the other has not, or has elsewhere."""
    (a, a_in), (b, b_in) = ours, peer
    both = a_in & b_in
    moved = np.abs(a[both] - b[both])
    moved[:, :2] *= a[both][:, 2:] / FOCAL
    return int((a_in != b_in).sum() + (moved > WITHIN).any(axis=1).sum()), len(a)


ROW = Row(
    number="1",
    operation="project points, test them against the image; u, v, z out",
    peer_name="numpy float32, X @ R.T",
    goal=30,
    ours=ours,
    peer=plain,
    differing=differing,
    allowed=1e-5,  # pixels within float32 rounding of the border
)
ROWS = replace(ROW, number="1r", operation=f"{ROW.operation}; one point a row", ours=rows, goal=None)
INSIDE = replace(
    ROW,
    number="1b",
    operation="the same, one bool a point out",
    ours=in_image,
    peer=plain_in_image,
    goal=50,
    differing=lambda ours, peer: (int((ours[0] != peer[0]).sum()), len(ours[0])),
)
CAREFUL = replace(ROW, number="1+", peer_name="numpy float32, R @ X.T in place", peer=careful, goal=None)
