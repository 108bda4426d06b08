"""Rows 14, 14r, 15 and 16: rays, nearest points and points in boxes, beside Open3D, which works in float32."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.raster import peer_scene, pixel_rays
from benchmarks.runner import Result, Row
from benchmarks.scene import Room
from spatialkit.geometry import points_in_boxes

__all__ = ["BOXES", "CLOSEST", "IMAGE", "RANDOM"]

Array = npt.NDArray[Any]

FRAMES = 10
RAYS, POINTS, INSIDE = 100_000, 20_000, 50


@cache
def _image(room: Room, frame: int) -> tuple[Array, Array]:
    """Return origins and directions (n, 3) of the rays through the pixels of a depth image, of depth 1."""
    pose = room.poses[frame]
    directions = pixel_rays(room).reshape(-1, 3) @ pose[:3, :3].T
    return _single(np.broadcast_to(pose[:3, 3], directions.shape)), _single(directions)


@cache
def _random(room: Room, frame: int) -> tuple[Array, Array]:
    """Return origins and directions (n, 3) anywhere in the room."""
    rng = np.random.default_rng(frame)
    low, high = room.surface.vertices.min(axis=0), room.surface.vertices.max(axis=0)
    return _single(rng.uniform(low, high, (RAYS, 3))), _single(rng.normal(size=(RAYS, 3)))


def _single(values: Array) -> Array:
    """Round to float32, so that both ask the same."""
    return np.ascontiguousarray(values, dtype=np.float32).astype(np.float64)


@cache
def _tensor(room: Room, rays: Any, frame: int) -> Any:
    o3d: Any = import_module("open3d")
    return o3d.core.Tensor(np.concatenate(rays(room, frame), axis=1).astype(np.float32))


def _ours(room: Room, rays: tuple[Array, Array]) -> Result:
    return room.surface.bvh.nearest_hit(*rays, threads=1)


def _cast(room: Room, tensor: Any) -> Result:
    hit = peer_scene(room).cast_rays(tensor, nthreads=1)
    distance, face = hit["t_hit"].numpy(), hit["primitive_ids"].numpy()
    return distance, np.where(np.isfinite(distance), face.astype(np.int32), np.int32(-1))


def hits_differing(ours: Result, peer: Result) -> tuple[int, int]:
    """Count the rays that meet something at another place."""
    (a, _), (b, _) = ours, peer
    missed = np.isfinite(a) != np.isfinite(b)
    both = np.isfinite(a) & np.isfinite(b)
    return int(missed.sum() + (np.abs(a[both] - b[both]) > 1e-3 * (1 + b[both])).sum()), a.size


def ours_closest(room: Room, frame: int) -> Result:
    closest, distance, _ = room.surface.bvh.closest_point(_random(room, frame)[0][:POINTS], threads=1)
    return distance, closest


def peer_closest(room: Room, frame: int) -> Result:
    o3d: Any = import_module("open3d")
    points = _random(room, frame)[0][:POINTS].astype(np.float32)
    found = peer_scene(room).compute_closest_points(o3d.core.Tensor(points), nthreads=1)["points"].numpy()
    return np.linalg.norm(found - points, axis=1), found


def closest_differing(ours: Result, peer: Result) -> tuple[int, int]:
    """Count the points that are farther from the surface for one, by more than float32 explains."""
    return int((np.abs(ours[0] - peer[0]) > 1e-5).sum()), ours[0].size


def ours_boxes(room: Room, frame: int) -> Result:
    centres, sizes, turns = (part[:INSIDE] for part in room.boxes[frame])
    return (points_in_boxes(room.surface.vertices, (centres, sizes, turns), threads=1),)


@cache
def _cloud(room: Room) -> Any:
    o3d: Any = import_module("open3d")
    return o3d.utility.Vector3dVector(room.surface.vertices)


def peer_boxes(room: Room, frame: int) -> Result:
    o3d: Any = import_module("open3d")
    points = _cloud(room)
    inside = np.zeros((len(points), INSIDE), dtype=np.bool_)
    for k, (centre, size, turn) in enumerate(zip(*(part[:INSIDE] for part in room.boxes[frame]), strict=True)):
        box = o3d.geometry.OrientedBoundingBox(centre, turn, size)
        inside[np.asarray(box.get_point_indices_within_bounding_box(points), dtype=np.int64), k] = True
    return (inside[:, : len(room.boxes[frame][0])],)


def flags_differing(ours: Result, peer: Result) -> tuple[int, int]:
    return int((ours[0] != peer[0]).sum()), ours[0].size


IMAGE = Row(
    number="14",
    operation="first face that rays meet, 640 x 480 from a camera",
    peer_name="Open3D RaycastingScene: cast_rays",
    goal=1,
    ours=lambda room, frame: _ours(room, _image(room, frame)),
    peer=lambda room, frame: _cast(room, _tensor(room, _image, frame)),
    differing=hits_differing,
    allowed=1e-4,
    frames=FRAMES,
    needs=("open3d",),
)
RANDOM = Row(
    number="14r",
    operation=f"the same, {RAYS:,} rays from anywhere to anywhere",
    peer_name="Open3D RaycastingScene: cast_rays",
    goal=None,
    ours=lambda room, frame: _ours(room, _random(room, frame)),
    peer=lambda room, frame: _cast(room, _tensor(room, _random, frame)),
    differing=hits_differing,
    allowed=1e-4,
    frames=FRAMES,
    needs=("open3d",),
)
CLOSEST = Row(
    number="15",
    operation=f"nearest point of the surface, {POINTS:,} points",
    peer_name="Open3D RaycastingScene: compute_closest_points",
    goal=1,
    ours=ours_closest,
    peer=peer_closest,
    differing=closest_differing,
    frames=FRAMES,
    needs=("open3d",),
)
BOXES = Row(
    number="16",
    operation=f"which points lie in which of {INSIDE} oriented boxes",
    peer_name="Open3D OrientedBoundingBox: get_point_indices_within_bounding_box",
    goal=10,
    ours=ours_boxes,
    peer=peer_boxes,
    differing=flags_differing,
    frames=FRAMES,
    needs=("open3d",),
)
