"""Row 8: which boxes may be in view."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.runner import Result, Row
from benchmarks.scene import Room
from spatialkit.geometry import NEAR, boxes_in_frustum

__all__ = ["ROW"]

Array = npt.NDArray[Any]

SIGNS = np.array([[(i >> k & 1) - 0.5 for k in range(3)] for i in range(8)])


def ours(room: Room, frame: int) -> Result:
    return (boxes_in_frustum(room.boxes[frame], room.colour, room.poses[frame], threads=1),)


def corners(room: Room, frame: int) -> Result:
    """Drop a box when all its eight corners lie beyond one side of the image, or before the near plane."""
    camera, cam_from_world = room.colour, np.linalg.inv(room.poses[frame])
    centres, sizes, rotations = room.boxes[frame]
    points = centres[:, None] + (SIGNS * sizes[:, None]) @ rotations.transpose(0, 2, 1)
    x, y, z = np.moveaxis(points @ cam_from_world[:3, :3].T + cam_from_world[:3, 3], 2, 0)
    u, v = camera.fx * x + (camera.cx + 0.5) * z, camera.fy * y + (camera.cy + 0.5) * z  # times depth: no division
    beyond = (z < NEAR, u < 0, u > camera.width * z, v < 0, v > camera.height * z)
    return (~np.any([side.all(axis=1) for side in beyond], axis=0),)


def differing(ours: Result, peer: Result) -> tuple[int, int]:
    """Count the boxes that only one keeps."""
    return int((ours[0] != peer[0]).sum()), len(ours[0])


ROW = Row(
    number="8",
    operation="boxes that may be in view",
    peer_name="numpy: the eight corners, batched",
    goal=30,
    ours=ours,
    peer=corners,
    differing=differing,
)
