"""Surfaces: the triangle mesh of a scene, and the points by which its visibility is measured."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spatialkit import _check, _core
from spatialkit.errors import ArgumentError, DataError

if TYPE_CHECKING:
    from spatialkit.bvh import Bvh
    from spatialkit.scene import Frame, OrientedBox, Scene

__all__ = ["Samples", "Surface", "sample_scene"]

COMMON = 16384  # samples of the whole surface, equal in area: what two frames share is counted on them
PER_OBJECT = (400, 4000)  # fewest and most samples of one object
TOGETHER = 4_000_000  # samples of all objects, where each has its fewest
SPACING = 0.015  # metres between samples of an object, within those bounds
DEPTH_POINTS = (32, 2048)  # fewest and most points of one depth image that are kept where there is no mesh

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Surface:
    """A triangle mesh whose faces know their object.

    Parameters
    ----------
    vertices
        (v, 3) metres, world frame.
    faces
        (f, 3) indices into ``vertices``; either winding, both sides are seen.
    face_ids
        (f,) id of the object each face belongs to, -1 for none.

    Raises
    ------
    ArgumentError
        Wrong shapes, non-finite vertices, or an index out of range.
    """

    vertices: npt.NDArray[np.float64]
    faces: npt.NDArray[np.int32]
    face_ids: npt.NDArray[np.int64]

    def __post_init__(self) -> None:
        vertices, faces = _check.mesh("Surface", self.vertices, self.faces)
        ids = _check.array("Surface.face_ids", self.face_ids, (len(faces),), np.int64)
        if ids.size and int(ids.min()) < -1:
            raise ArgumentError("Surface.face_ids", found=f"id {ids.min()}", expected="object ids, or -1 for none")
        object.__setattr__(self, "vertices", vertices)
        object.__setattr__(self, "faces", faces)
        object.__setattr__(self, "face_ids", ids)

    def __getstate__(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self)}  # what is remembered can be made again

    @cached_property
    def mesh(self) -> _core.Mesh:
        """The same for the compiled core, which looks at it from many places."""
        return _core.Mesh(self.vertices, self.faces)

    @cached_property
    def face_areas(self) -> npt.NDArray[Any]:
        """Area of each face (f,), square metres."""
        return np.asarray(0.5 * np.linalg.norm(self._crosses, axis=1))

    def normals_of(self, faces: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return the unit normals (n, 3) of faces (n,), by index; zero for a face without area."""
        crosses = self._crosses[faces]
        length = np.linalg.norm(crosses, axis=1, keepdims=True)
        return np.asarray(np.divide(crosses, length, out=np.zeros_like(crosses), where=length > 0))

    @cached_property
    def bvh(self) -> Bvh:
        """Tree over the faces for rays, nearest points and distances, built when it is first asked for."""
        from spatialkit.bvh import Bvh

        return Bvh(self.vertices, self.faces)

    @cached_property
    def _crosses(self) -> npt.NDArray[Any]:
        a, b, c = (self.vertices[self.faces[:, k]] for k in range(3))
        return np.cross(b - a, c - a)


@dataclass(frozen=True, eq=False)
class Samples:
    """Points that stand for surface: first ``common`` ones of the whole scene, then those of each object.

    ``points`` (p, 3), ``normals`` (p, 3) and ``areas`` (p,) are float32, points relative to ``origin`` (3,) so that a
    scene far from the world's origin loses nothing; ``owners`` (p,) is the object's index or -1; ``total_area`` (n,)
    square metres; ``extent`` (3,) metres; ``source`` (n,) where each object's surface came from.
    """

    origin: Array
    points: Array
    normals: Array
    areas: Array
    owners: Array
    common: int
    total_area: Array
    extent: Array
    source: tuple[str, ...]


def sample_scene(scene: Scene, skipped: dict[str, str]) -> Samples:
    """Place the samples of a scene: deterministic, denser on small objects.

    An object's surface is, in this order: its mesh faces; the points it came with; its pixels in the frames' instance
    images; the depth points inside its box; the faces of its box. Frames whose depth cannot be read are added to
    ``skipped``, id to reason.
    """
    n = len(scene.objects)
    most = int(np.clip(TOGETHER // max(n, 1), *PER_OBJECT))
    clouds = _Clouds(scene, skipped)
    common = _on_mesh(scene.surface, None, COMMON) if scene.surface is not None else clouds.common()
    blocks, owners, source = [common], [np.full(len(common[0]), -1, dtype=np.int32)], []
    total = np.zeros(n)
    face_ids = scene.surface.face_ids if scene.surface is not None else np.zeros(0, dtype=np.int64)
    for i, faces in enumerate(_of_each(scene, face_ids)):
        block, where = _of_object(scene, i, faces, clouds, most)
        total[i] = block[2].sum(dtype=np.float64)
        blocks.append(block)
        owners.append(np.full(len(block[0]), i, dtype=np.int32))
        source.append(where)
    every, normals, areas = (np.concatenate(x) for x in zip(*blocks, strict=True))
    origin = every.mean(axis=0) if len(every) else np.zeros(3)
    points, normals, areas = (np.ascontiguousarray(x, dtype=np.float32) for x in (every - origin, normals, areas))
    low, high = np.percentile(common[0], (1, 99), axis=0) if len(common[0]) else (np.zeros(3), np.zeros(3))
    return Samples(
        origin, points, normals, areas, np.concatenate(owners), len(common[0]), total, high - low, tuple(source)
    )


Block = tuple[Array, Array, Array]  # points, normals, areas


def _of_each(scene: Scene, ids: Array) -> list[Array]:
    """Return for each object where its id stands among ``ids`` (n,), in ascending order."""
    wanted = np.array([o.id for o in scene.objects], dtype=np.int64)
    order = np.argsort(ids, kind="stable")
    in_order = ids[order]
    starts, ends = np.searchsorted(in_order, wanted, side="left"), np.searchsorted(in_order, wanted, side="right")
    return [order[start:end] for start, end in zip(starts, ends, strict=True)]


def _of_object(scene: Scene, index: int, faces: Array, clouds: _Clouds, most: int) -> tuple[Block, str]:
    item = scene.objects[index]
    if scene.surface is not None and len(faces):
        area = float(scene.surface.face_areas[faces].sum())
        return _on_mesh(scene.surface, faces, _count(area, most)), "mesh"
    if item.points is not None and len(item.points):
        return _of_points(item.points, most), "points"
    for cloud, where in ((clouds.of_instance, "instances"), (clouds.of_box, "depth")):
        block = cloud(index)
        if len(block[0]) >= 16:
            return block, where
    mesh = _box_mesh(item.box)
    return _on_mesh(mesh, None, _count(float(mesh.face_areas.sum()), most)), "box"


def _count(area: float, most: int) -> int:
    return int(np.clip(area / SPACING**2, PER_OBJECT[0], most))


def _on_mesh(surface: Surface, faces: Array | None, count: int) -> Block:
    """Place ``count`` samples evenly by area: systematic over the faces, a low-discrepancy sequence inside each."""
    index = np.arange(len(surface.faces)) if faces is None else faces
    cumulative = np.cumsum(surface.face_areas[index], dtype=np.float64)
    if not len(index) or cumulative[-1] <= 0:
        return np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0)
    k = np.arange(count)
    face = index[np.searchsorted(cumulative, (k + 0.5) / count * cumulative[-1])]
    # R2 sequence of M. Roberts (2018), folded into the triangle
    u, v = (k * 0.7548776662466927) % 1.0, (k * 0.5698402909980532) % 1.0
    fold = u + v > 1
    u, v = np.where(fold, 1 - u, u), np.where(fold, 1 - v, v)
    a, b, c = (surface.vertices[surface.faces[face, j]] for j in range(3))
    points = a + u[:, None] * (b - a) + v[:, None] * (c - a)
    return points, surface.normals_of(face), np.full(count, cumulative[-1] / count)


def _of_points(points: Array, most: int) -> Block:
    points = points[np.linspace(0, len(points) - 1, min(len(points), most)).astype(np.int64)]
    return points, np.zeros_like(points), np.full(len(points), SPACING**2)


def _box_mesh(box: OrientedBox) -> Surface:
    quads = np.array([[0, 1, 3, 2], [4, 5, 7, 6], [0, 1, 5, 4], [2, 3, 7, 6], [0, 2, 6, 4], [1, 3, 7, 5]])
    faces = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    return Surface(box.corners, faces, np.full(len(faces), -1))


class _Clouds:
    """Back-projected depth of the frames, read once and only where something needs it."""

    def __init__(self, scene: Scene, skipped: dict[str, str]) -> None:
        self._scene, self._skipped = scene, skipped
        self._read: tuple[Block, list[list[Block]]] | None = None

    def common(self) -> Block:
        """Points of all frames, a whole number of bytes of bits."""
        block = self._load()[0]
        pick = np.linspace(0, len(block[0]) - 1, min(COMMON, len(block[0])) // 8 * 8).astype(np.int64)
        return block[0][pick], block[1][pick], block[2][pick]

    def of_instance(self, index: int) -> Block:
        """Points of the pixels that carry the object's id, over all frames."""
        return _thin(self._load()[1][index])

    def of_box(self, index: int) -> Block:
        """Depth points inside the object's box, grown by 1 cm."""
        block, box = self._load()[0], self._scene.objects[index].box
        reach = np.abs(box.world_from_box[0]) @ (box.size / 2 + 0.01)
        begin, end = np.searchsorted(self._along_x[0], (box.centre[0] - reach, box.centre[0] + reach))
        near = np.sort(self._along_x[1][begin:end])
        local = (block[0][near] - box.centre) @ box.world_from_box
        inside = near[(np.abs(local) <= box.size / 2 + 0.01).all(axis=1)]
        return block[0][inside], block[1][inside], block[2][inside]

    @cached_property
    def _along_x(self) -> tuple[Array, Array]:
        """The x of all points, sorted, and which points they are."""
        x = self._load()[0][0][:, 0]
        order = np.argsort(x, kind="stable")
        return x[order], order

    def _load(self) -> tuple[Block, list[list[Block]]]:
        if self._read is None:
            every: list[Block] = []
            by_object: list[list[Block]] = [[] for _ in self._scene.objects]
            most = int(np.clip(4 * COMMON // max(len(self._scene.frames), 1), *DEPTH_POINTS))
            for frame in self._scene.frames:
                if frame.depth is None or frame.id in self._skipped:
                    continue
                try:
                    self._add(frame, every, by_object, most)
                except DataError as error:
                    self._skipped[frame.id] = str(error)
            empty: Block = (np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0))
            joined = [np.concatenate(x) for x in zip(*every, strict=True)] if every else list(empty)
            self._read = (joined[0], joined[1], joined[2]), by_object
        return self._read

    def _add(self, frame: Frame, every: list[Block], by_object: list[list[Block]], most: int) -> None:
        depth = frame.load_depth()
        rows, columns = np.nonzero(depth)
        if not len(rows):
            return
        pick = np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(np.int64)
        every.append(_lift(frame, depth, rows[pick], columns[pick]))
        if frame.instances is None:
            return
        ids = frame.load_instances()[rows, columns]
        for i, pixels in enumerate(_of_each(self._scene, ids)):
            if len(pixels):
                own = pixels[:: max(1, len(pixels) // PER_OBJECT[1])]
                by_object[i].append(_lift(frame, depth, rows[own], columns[own], len(pixels) / len(own)))
                if sum(len(block[0]) for block in by_object[i]) > 4 * PER_OBJECT[1]:
                    by_object[i] = [_thin(by_object[i])]  # what is kept does not grow with the number of frames


def _lift(frame: Frame, depth: Array, rows: Array, columns: Array, weight: float = 1.0) -> Block:
    """Back-project pixels; each stands for the surface patch that faces the camera and fills ``weight`` pixels."""
    camera = frame.buffer_camera
    z = depth[rows, columns].astype(np.float64)
    rays = np.stack([(columns - camera.cx) / camera.fx, (rows - camera.cy) / camera.fy, np.ones(len(z))], axis=1)
    length = np.linalg.norm(rays, axis=1)
    rotation = frame.world_from_cam[:3, :3]
    points = (rays * z[:, None]) @ rotation.T + frame.world_from_cam[:3, 3]
    return points, (-rays / length[:, None]) @ rotation.T, weight * z * z / (camera.fx * camera.fy * length)


def _thin(blocks: list[Block]) -> Block:
    """Join the same surface seen from several frames: one point a cell, so that no part counts twice."""
    if not blocks:
        return np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0)
    points, normals, _ = (np.concatenate(x) for x in zip(*blocks, strict=True))
    low, side = points.min(axis=0), max(SPACING, float(np.ptp(points, axis=0).max()) / 64)
    while True:
        _, first = np.unique(np.floor((points - low) / side).astype(np.int64), axis=0, return_index=True)
        if len(first) <= PER_OBJECT[1]:
            break
        side *= 1.4
    first.sort()
    return points[first], normals[first], np.full(len(first), side * side)
