"""Row 3: depth and object ids of the mesh in each depth image."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.runner import Result, Row
from benchmarks.scene import Room
from spatialkit.geometry import NEAR, rasterize

__all__ = ["ROW", "peer_scene", "pixel_rays"]

Array = npt.NDArray[Any]


def ours(room: Room, frame: int) -> Result:
    return rasterize(room.surface, room.depth_camera, room.poses[frame], threads=1)


@cache
def peer_scene(room: Room) -> Any:
    """Build the peer's tree once, outside of what is timed."""
    o3d: Any = import_module("open3d")
    scene = o3d.t.geometry.RaycastingScene(nthreads=1)
    vertices = o3d.core.Tensor(room.surface.vertices.astype(np.float32))
    scene.add_triangles(vertices, o3d.core.Tensor(room.surface.faces.astype(np.uint32)))
    return scene


@cache
def pixel_rays(room: Room) -> Array:
    """Directions (h, w, 3) through the pixels' centres, of depth 1."""
    camera = room.depth_camera
    v, u = np.mgrid[: camera.height, : camera.width]
    return np.stack([(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, np.ones(u.shape)], axis=2)


def cast(room: Room, frame: int) -> Result:
    """Cast a ray for each pixel, its length in units of depth."""
    o3d: Any = import_module("open3d")
    pose = room.poses[frame]
    directions = (pixel_rays(room) @ pose[:3, :3].T).astype(np.float32)
    rays = np.concatenate([np.broadcast_to(pose[:3, 3].astype(np.float32), directions.shape), directions], axis=2)
    hit = peer_scene(room).cast_rays(o3d.core.Tensor(rays), nthreads=1)
    depth, face = hit["t_hit"].numpy(), hit["primitive_ids"].numpy().astype(np.int64)
    seen = np.isfinite(depth) & (depth > NEAR)
    ids = np.append(room.surface.face_ids, -1)[np.where(seen, face, -1)]
    return np.where(seen, depth, np.float32(0)), ids


def differing(ours: Result, peer: Result) -> tuple[int, int]:
    """Count the pixels with another object, or with the same one at another depth."""
    (a, a_ids), (b, b_ids) = ours, peer
    same = a_ids == b_ids
    return int((~same).sum() + (np.abs(a - b)[same] > 1e-3 * (1 + b[same])).sum()), a.size


ROW = Row(
    number="3",
    operation="depth and ids of a mesh, 640 x 480",
    peer_name="Open3D RaycastingScene: rays, cast, ids",
    goal=20,
    ours=ours,
    peer=cast,
    differing=differing,
    allowed=1e-5,
    needs=("open3d",),
)
