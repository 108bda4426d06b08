"""Rendering: the world's mesh with its materials, and views of it: colour, depth and instance ids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.adapters.toy.materials import Material
from spatialkit.adapters.toy.placing import Item
from spatialkit.adapters.toy.rooms import Plan
from spatialkit.adapters.toy.shapes import Mesh, Part
from spatialkit.scene import Camera
from spatialkit.surfaces import Surface

__all__ = ["View", "World"]

Array = npt.NDArray[Any]


@dataclass(eq=False)
class World:
    """The whole mesh with normals, texture coordinates and materials; lit when an image is first asked for."""

    surface: Surface
    normals: Array  # (v, 3) float32
    uvs: Array  # (v, 2) float32
    face_materials: Array  # (f,) int16
    materials: tuple[Material, ...]
    rooms: Array  # (r, 4) x0 y0 x1 y1
    face_rooms: Array  # (f,) int16
    seed: int

    @staticmethod
    def built(flat: Plan, items: Sequence[Item], walls: Iterable[Part], *, seed: int, detail: float) -> World:
        """Mesh everything: first the structure (id -1), then item k with id k + 1."""
        meshes: list[Mesh] = []
        ids: list[int] = []
        materials: dict[Material, int] = {}
        kinds: list[int] = []

        def add(mesh: Mesh, material: Material, number: int) -> None:
            meshes.append(mesh)
            ids.append(number)
            kinds.append(materials.setdefault(material, len(materials)))

        for part in walls:
            add(part.mesh(detail), part.material, -1)
        for k, item in enumerate(items):
            transform = item.transform
            for part, mesh in zip(item.model.parts, item.model.meshes(detail), strict=True):
                add(mesh.moved(transform), part.material, k + 1)
        counts = [len(mesh.faces) for mesh in meshes]
        whole = Mesh.joined(meshes)
        surface = Surface(
            whole.vertices, whole.faces.astype(np.int32), np.repeat(np.array(ids, dtype=np.int64), counts)
        )
        rooms = np.array([(r.x0, r.y0, r.x1, r.y1) for r in flat.rooms])
        middles = surface.vertices[surface.faces].mean(axis=1)[:, None, :2]
        outside = np.maximum(np.maximum(rooms[:, :2] - middles, middles - rooms[:, 2:]), 0.0).sum(axis=2)
        return World(
            surface,
            whole.normals.astype(np.float32),
            whole.uvs.astype(np.float32),
            np.repeat(np.array(kinds, dtype=np.int16), counts),
            tuple(materials),
            rooms,
            outside.argmin(axis=1).astype(np.int16),
            seed,
        )


@dataclass(eq=False)
class View:
    """One view of the world; the last raster is kept, so that depth and ids are rasterised once."""

    world: World
    camera: Camera
    world_from_cam: Array
    _raster: tuple[Array, Array] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_raster": None}

    def raster(self) -> tuple[Array, Array]:
        from spatialkit.geometry import rasterize_faces

        if self._raster is None:
            self._raster = rasterize_faces(self.world.surface, self.camera, self.world_from_cam)
        return self._raster

    def depth(self) -> Array:
        return self.raster()[0]

    def instances(self) -> Array:
        faces = self.raster()[1]
        return np.where(faces >= 0, self.world.surface.face_ids[faces], -1)

    def image(self) -> Array:
        faces = self.raster()[1]
        n = self.world.normals[self.world.surface.faces[faces, 0]]
        tone = 0.6 + 0.4 * n @ np.array([0.4, 0.2, 0.8])
        table = np.array([[(d+l)/2 for d,l in zip(m.dark,m.light)] for m in self.world.materials])
        return (255 * np.clip(table[self.world.face_materials[faces]] * tone[..., None], 0, 1)).astype(np.uint8)
