"""The world: the whole mesh with its materials, what gives light, and (once asked for) its light and renderer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import get_ident
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spatialkit.adapters.toy.materials import Material
from spatialkit.adapters.toy.placing import Item
from spatialkit.adapters.toy.rooms import Plan, shell
from spatialkit.adapters.toy.shapes import Mesh, Part
from spatialkit.geometry import rasterize_faces
from spatialkit.scene import Camera
from spatialkit.surfaces import Surface

if TYPE_CHECKING:
    from spatialkit.adapters.toy.light import Baked
    from spatialkit.adapters.toy.render import Renderer

__all__ = ["World"]

Array = npt.NDArray[Any]

# Height of the bulb in the lamp's frame, power, radius.
LAMPS = {
    "ceiling lamp": (-0.13, 2.6, 0.12),
    "pendant lamp": (-0.84, 1.8, 0.05),
    "floor lamp": (1.40, 0.8, 0.06),
    "lamp": (0.32, 0.45, 0.04),
}


@dataclass(eq=False)
class World:
    """Everything that views of the flat share; what is computed on demand is not pickled but computed again.

    Parameters
    ----------
    surface
        The mesh; structure has the id -1, item k the id k + 1.
    normals, uvs
        (v, 3), (v, 2) float32 by vertex.
    face_materials, face_rooms
        (f,) indices into ``materials`` and ``rooms``.
    rooms
        (r, 4): x0, y0, x1, y1.
    panes
        Window panes: a corner, the two edges from there, the direction into the room.
    bulbs
        Lamps: position, power, radius.
    shell
        (n, 3, 3) corners of triangles that are not seen but keep the sun out.
    """

    surface: Surface
    normals: Array
    uvs: Array
    face_materials: Array
    materials: tuple[Material, ...]
    rooms: Array
    face_rooms: Array
    panes: tuple[tuple[Array, Array, Array, Array], ...]
    bulbs: tuple[tuple[Array, float, float], ...]
    shell: Array
    seed: int

    @staticmethod
    def built(flat: Plan, items: Sequence[Item], walls: Iterable[Part], *, seed: int, detail: float) -> World:
        """Mesh the structure and the items."""
        pieces = [(part.mesh(detail), part.material, -1) for part in walls]
        for k, item in enumerate(items):
            transform = item.transform
            for part, mesh in zip(item.model.parts, item.model.meshes(detail), strict=True):
                pieces.append((mesh.moved(transform), part.material, k + 1))
        materials: dict[Material, int] = {}
        kinds = [materials.setdefault(material, len(materials)) for _, material, _ in pieces]
        counts = [len(mesh.faces) for mesh, _, _ in pieces]
        whole = Mesh.joined([mesh for mesh, _, _ in pieces])
        ids = np.repeat(np.array([number for _, _, number in pieces], dtype=np.int64), counts)
        surface = Surface(whole.vertices, whole.faces.astype(np.int32), ids)
        rooms = np.array([(r.x0, r.y0, r.x1, r.y1) for r in flat.rooms])
        room_of_item = np.array([-1, *(item.room for item in items)], dtype=np.int64)
        face_rooms = np.where(ids >= 0, room_of_item[np.maximum(ids, 0)], _nearest(rooms, surface))
        return World(
            surface,
            whole.normals.astype(np.float32),
            whole.uvs.astype(np.float32),
            np.repeat(np.array(kinds, dtype=np.int16), counts),
            tuple(materials),
            rooms,
            face_rooms.astype(np.int16),
            tuple(_pane(item, detail) for item in items if item.model.label == "window"),
            tuple(_bulb(item) for item in items if item.model.label in LAMPS),
            np.concatenate([_corners(part.mesh(detail)) for part in shell(flat)]),
            seed,
        )

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k not in ("baked", "renderer", "_last")}

    def room_of(self, point: Array) -> int:
        """Return the room nearest to a point."""
        return int(_outside(self.rooms, point[None, :2])[0].argmin())

    @cached_property
    def baked(self) -> Baked:
        """The light on every surface; takes some seconds."""
        from spatialkit.adapters.toy.light import bake

        return bake(self)

    @cached_property
    def renderer(self) -> Renderer:
        """What makes colour images."""
        from spatialkit.adapters.toy.render import Renderer

        return Renderer(self)

    def raster(self, camera: Camera, world_from_cam: Array) -> tuple[Array, Array]:
        """Return depth and face index of a view; the last one of each thread is kept: ids are asked for after depth."""
        key, thread = (camera, world_from_cam.tobytes()), get_ident()
        last: dict[int, Any] = self.__dict__.setdefault("_last", {})
        if thread not in last or last[thread][0] != key:
            last[thread] = key, rasterize_faces(self.surface, camera, world_from_cam)
        depth, faces = last[thread][1]
        return depth, faces


def _corners(mesh: Mesh) -> Array:
    return np.asarray(mesh.vertices[mesh.faces])


def _outside(rooms: Array, points: Array) -> Array:
    """How far points (n, 2) lie outside each room, (n, r)."""
    p = points[:, None]
    return np.asarray(np.maximum(np.maximum(rooms[:, :2] - p, p - rooms[:, 2:]), 0.0).sum(axis=2))


def _nearest(rooms: Array, surface: Surface) -> Array:
    return np.asarray(_outside(rooms, surface.vertices[surface.faces].mean(axis=1)[:, :2]).argmin(axis=1))


def _pane(item: Item, detail: float) -> tuple[Array, Array, Array, Array]:
    low, high = item.model.bounds(detail)
    rotation = item.transform[:3, :3]
    corner = item.transform @ (low[0], 0.026, low[2], 1.0)
    return corner[:3], rotation[:, 0] * (high[0] - low[0]), rotation[:, 2] * (high[2] - low[2]), rotation[:, 1]


def _bulb(item: Item) -> tuple[Array, float, float]:
    height, power, radius = LAMPS[item.model.label]
    return np.array([item.x, item.y, item.z + height]), power, radius
