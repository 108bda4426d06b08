"""The scene as verification sees it: cameras, centres and first hits, each derived anew in float64."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.errors import DataError
from spatialkit.rules import Rules
from spatialkit.scene import Camera, Frame, Scene, SceneObject
from spatialkit.verify._plan import area_of_lowest, area_of_union
from spatialkit.verify._rays import NEAR, RayCaster

__all__ = ["Observer", "Pixels", "World"]

Array = npt.NDArray[Any]
REACH = 0.05  # how far (m) a depth reading may lie outside the box of the object that it belongs to
KEPT = 16  # depth and instance images held in memory at a time
ASKED = 32  # rays along each side of an object's place in the image, to estimate how much of it is seen


@dataclass(frozen=True)
class Observer:
    """A camera as a place and directions: ``eye``, ``right``, ``ahead`` (3,) in the world; ``up`` against gravity."""

    eye: Array
    right: Array
    ahead: Array
    up: Array

    @property
    def down(self) -> Array:
        """Direction (3,) towards the lower edge of the picture."""
        down: Array = np.cross(self.ahead, self.right)
        return down

    def depth(self, point: Array) -> float:
        """How far (m) the point lies ahead, along the viewing direction."""
        return float(np.dot(point - self.eye, self.ahead))

    def range(self, point: Array) -> float:
        """How far (m) the point is from the eye."""
        return float(np.sqrt(((point - self.eye) ** 2).sum()))

    @property
    def steepness_deg(self) -> float:
        """Angle (degrees) between the viewing direction and the horizon."""
        return float(np.degrees(np.arcsin(np.clip(abs(np.dot(self.ahead, self.up)), 0.0, 1.0))))

    @property
    def level_ahead(self) -> Array:
        """Horizontal unit vector (3,) of someone who looks the same way with a level head."""
        flat = self.ahead - np.dot(self.ahead, self.up) * self.up
        level: Array = flat / max(float(np.linalg.norm(flat)), 1e-12)
        return level

    @property
    def level_right(self) -> Array:
        """Horizontal unit vector (3,) to the right of ``level_ahead``: as x is for one who looks along y with z up."""
        right: Array = np.cross(self.level_ahead, self.up)
        return right


@dataclass(frozen=True)
class Pixels:
    """What an instance image shows of an object: its ``share`` of the image, ``bounds`` x1 y1 x2 y2 of its pixels."""

    share: float
    bounds: Array


NO_PIXELS = Pixels(0.0, np.array([0.0, 0.0, -1.0, -1.0]))


@dataclass
class World:
    """A scene and its rules, with what was derived of it so far."""

    scene: Scene
    rules: Rules
    _shares: dict[tuple[str, int], tuple[float, float]] = field(default_factory=dict)
    _own: dict[str, dict[int, Pixels] | None] = field(default_factory=dict)
    _images: dict[tuple[str, str], Array | None] = field(default_factory=dict)
    sights: Any = None  # what frames show of objects, once somebody asks
    marks: dict[Any, tuple[str, ...]] = field(default_factory=dict)  # what is wrong with each that was checked

    def frame(self, name: str) -> Frame:
        """Return the frame of that id."""
        return self.scene.frames[self.scene.frame_index[name]]

    def object(self, object_id: int) -> SceneObject:
        """Return the object of that id."""
        return self.scene.objects[self.scene.object_index[object_id]]

    def centre(self, object_id: int) -> Array:
        """Return the centre (3,) of the object's box in the world."""
        return self.object(object_id).box.centre

    def observer(self, frame: str) -> Observer:
        """Return who looks through the camera of that frame."""
        pose = self.frame(frame).world_from_cam
        return Observer(pose[:3, 3], pose[:3, 0], pose[:3, 2], self.scene.up)

    def pixel(self, frame: str, point: Array) -> tuple[float, float] | None:
        """Return where the camera sees a point (u, v) in pixels, None for one that is not before it."""
        view, pose = self.frame(frame).camera, self.frame(frame).world_from_cam
        away = point - pose[:3, 3]
        depth = float(np.dot(away, pose[:3, 2]))
        if depth <= NEAR:
            return None
        return (
            view.fx * float(np.dot(away, pose[:3, 0])) / depth + view.cx,
            view.fy * float(np.dot(away, pose[:3, 1])) / depth + view.cy,
        )

    @cached_property
    def caster(self) -> RayCaster | None:
        """The rays against the scene's mesh, None where it has none."""
        surface = self.scene.surface
        return RayCaster(surface.vertices, surface.faces) if surface is not None and len(surface.faces) else None

    @cached_property
    def extent_of_all(self) -> Array:
        """Size (3,) of the place along the axes of the world, by all that is known to be in it."""
        points = [item.box.corners for item in self.scene.objects]
        points += [] if self.scene.surface is None else [self.scene.surface.vertices]
        extent: Array = np.maximum(np.ptp(np.concatenate(points), axis=0), 1e-9)
        return extent

    @cached_property
    def floor_area(self) -> float | None:
        """The area (m2) of the floor by its plan, or that of the mesh's lowest level; None where neither is known."""
        if self.scene.floor:
            return area_of_union(self.scene.floor)
        surface = self.scene.surface
        return None if surface is None else area_of_lowest(surface.vertices[surface.faces], self.scene.up)

    @property
    def floor_doubt(self) -> float:
        """Square metres by which the area of the floor may be off: what is counted in cells is not exact."""
        return 0.0 if self.scene.floor or self.floor_area is None else 0.03 * self.floor_area

    @cached_property
    def on_mesh(self) -> frozenset[int]:
        """Ids of the objects that own faces of the mesh."""
        surface = self.scene.surface
        return frozenset() if surface is None else frozenset(np.unique(surface.face_ids).tolist())

    def evidence(self, frame: str, object_id: int) -> str:
        """Return what shows where the object is visible in a frame: "mesh", "instances", "hits", "depth" or ""."""
        if self.caster is not None and object_id in self.on_mesh:
            return "mesh"
        if self.instances(frame) is not None:
            return "instances"
        if self.caster is not None:
            return "hits"
        return "depth" if self.depth(frame) is not None else ""

    def shows(self, frame: str, pixels: Array, object_id: int) -> Array:
        """Return whether each pixel (n, 2) x, y of the frame's image shows the object (n,).

        Decided by the face that the ray through the pixel meets first; without faces of the object, by the instance
        image; without one, by whether the first hit, or the depth reading, lies in the object's box.
        """
        pixels = np.asarray(pixels, dtype=np.float64).reshape(-1, 2)
        kind = self.evidence(frame, object_id)
        if kind in ("mesh", "hits"):
            far, face = self._first(frame, pixels)
            if kind == "mesh" and self.scene.surface is not None:
                own: Array = (face >= 0) & (self.scene.surface.face_ids[face] == object_id)
                return own
            return self._inside(frame, pixels, far, object_id)
        readings = self._at(self.depth(frame), frame, pixels)
        if kind == "instances":
            own = self._at(self.instances(frame), frame, pixels) == object_id
            return own if self.depth(frame) is None else own & self._inside(frame, pixels, readings, object_id)
        return self._inside(frame, pixels, readings, object_id)

    def _first(self, frame: str, pixels: Array) -> tuple[Array, Array]:
        """Return the depth and the face of the first hit through each pixel."""
        assert self.caster is not None
        return self.caster.cast(self.frame(frame).world_from_cam[:3, 3], self._directions(frame, pixels))

    def _directions(self, frame: str, pixels: Array) -> Array:
        """Return the world's direction through each pixel, as long as one metre of depth."""
        view, pose = self.frame(frame).camera, self.frame(frame).world_from_cam
        x, y = (pixels[:, 0] - view.cx) / view.fx, (pixels[:, 1] - view.cy) / view.fy
        return x[:, None] * pose[:3, 0] + y[:, None] * pose[:3, 1] + pose[:3, 2]

    def _inside(self, frame: str, pixels: Array, depth: Array, object_id: int) -> Array:
        """Return whether the point at that depth behind each pixel lies in the object's box, grown by ``REACH``."""
        box = self.object(object_id).box
        there = np.isfinite(depth) & (depth > 0)
        away = self._directions(frame, pixels) * np.where(there, depth, 1.0)[:, None]
        local = (away + self.frame(frame).world_from_cam[:3, 3] - box.centre) @ box.world_from_box
        inside: Array = there & (np.abs(local) <= box.size / 2 + REACH).all(axis=1)
        return inside

    def _at(self, image: Array | None, frame: str, pixels: Array) -> Array:
        """Return an image of the buffer's grid at pixels of the colour image; -1 outside or where there is none."""
        x, y = self.to_buffer(frame, pixels).T
        result = np.full(len(pixels), -1.0 if image is None or image.dtype.kind == "f" else -1)
        if image is not None:
            column, row = np.rint(x).astype(np.int64), np.rint(y).astype(np.int64)
            inside = (column >= 0) & (row >= 0) & (column < image.shape[1]) & (row < image.shape[0])
            result[inside] = image[row[inside], column[inside]]
        return result

    def to_buffer(self, frame: str, pixels: Array) -> Array:
        """Return pixels (n, 2) of the colour image on the grid of the depth and instance images."""
        view, other = self.frame(frame).camera, self.frame(frame).buffer_camera
        scale = np.array([other.fx / view.fx, other.fy / view.fy])
        moved: Array = (pixels - np.array([view.cx, view.cy])) * scale + np.array([other.cx, other.cy])
        return moved

    def instances(self, frame: str) -> Array | None:
        """Return the instance image of a frame, None where there is none."""
        return self._image(frame, "instances")

    def depth(self, frame: str) -> Array | None:
        """Return the depth image of a frame, None where there is none."""
        return self._image(frame, "depth")

    def _image(self, frame: str, kind: str) -> Array | None:
        key = frame, kind
        if key not in self._images:
            while len(self._images) >= KEPT:
                del self._images[next(iter(self._images))]
            self._images[key] = _read(self.frame(frame), kind)
        return self._images[key]

    def own_pixels(self, frame: str, object_id: int) -> Pixels | None:
        """Return where the instance image of a frame shows the object, None where there is no such image."""
        if frame not in self._own:
            self._own[frame] = _count(self.instances(frame))
        found = self._own[frame]
        return None if found is None else found.get(object_id, NO_PIXELS)

    def faces_of(self, object_id: int) -> Array | None:
        """Return the corners (f, 3, 3) of the object's faces, None where it has none of any size."""
        surface = self.scene.surface
        if surface is None or object_id not in self.on_mesh:
            return None
        order, ids = self._by_object
        first, last = np.searchsorted(ids, [object_id, object_id + 1])
        corners = surface.vertices[surface.faces[order[first:last]]]
        area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
        return np.asarray(corners[area > 0]) if area.any() else None

    @cached_property
    def _by_object(self) -> tuple[Array, Array]:
        """Faces in the order of their objects, and the ids in that order."""
        assert self.scene.surface is not None
        order = np.argsort(self.scene.surface.face_ids, kind="stable")
        return order, self.scene.surface.face_ids[order]

    def extent(self, frame: str, object_id: int, *, grown: float = 0.0) -> tuple[float, float, float, float]:
        """Return the rectangle x1 y1 x2 y2 of the image in which the object's box, grown (m), can be seen at all."""
        view: Camera = self.frame(frame).camera
        whole = (0.0, 0.0, view.width - 1.0, view.height - 1.0)
        box = self.object(object_id).box
        corners = [
            box.centre + box.world_from_box @ (np.array(side) * (box.size / 2 + grown))
            for side in product((-1.0, 1.0), repeat=3)
        ]
        seen = [self.pixel(frame, corner) for corner in corners]
        if any(p is None for p in seen):
            return whole
        u, v = np.array(seen, dtype=np.float64).T
        return (
            float(np.clip(u.min(), 0, whole[2])),
            float(np.clip(v.min(), 0, whole[3])),
            float(np.clip(u.max(), 0, whole[2])),
            float(np.clip(v.max(), 0, whole[3])),
        )

    def grid(self, frame: str, object_id: int, *, grown: float = 3.0) -> tuple[Array, float]:
        """Return pixels (n, 2) evenly over the place of an object in the image, and the pixels each stands for."""
        view = self.frame(frame).camera
        x1, y1, x2, y2 = self.extent(frame, object_id)
        x = _whole(max(0.0, x1 - grown), min(view.width - 1.0, x2 + grown))
        y = _whole(max(0.0, y1 - grown), min(view.height - 1.0, y2 + grown))
        columns = x[:: max(1, len(x) // ASKED)]
        rows = y[:: max(1, len(y) // ASKED)]
        pixels = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
        return pixels, len(x) * len(y) / max(1, len(pixels))

    def pixel_share(self, frame: str, object_id: int) -> float:
        """Return the share of the image's pixels that show the object, an upper estimate where rays are sparse."""
        return self.pixel_bounds(frame, object_id)[1]

    def pixel_bounds(self, frame: str, object_id: int) -> tuple[float, float]:
        """Return the least and the largest share of the image's pixels that the object can have by what rays found."""
        key = frame, object_id
        if key not in self._shares:
            own, view = self.own_pixels(frame, object_id), self.frame(frame).camera
            if own is not None:
                self._shares[key] = own.share, own.share
            else:
                pixels, weight = self.grid(frame, object_id)
                hits = float(self.shows(frame, pixels, object_id).sum())
                spare = 0.0 if weight == 1 else 3 * np.sqrt(hits + 1)
                per_hit = weight / (view.width * view.height)
                self._shares[key] = max(0.0, hits - spare) * per_hit, (hits + spare) * per_hit
        return self._shares[key]


def _count(ids: Array | None) -> dict[int, Pixels] | None:
    """Return what an instance image shows of every object in it."""
    if ids is None:
        return None
    order = np.argsort(ids, axis=None, kind="stable")
    names, starts = np.unique(ids.ravel()[order], return_index=True)
    rows, columns = np.divmod(order, ids.shape[1])
    spans = [f.reduceat(x, starts) for f in (np.minimum, np.maximum) for x in (columns, rows)]
    counts = np.diff([*starts.tolist(), ids.size])
    bounds = np.stack(spans, axis=1).astype(np.float64)
    return {int(n): Pixels(int(c) / ids.size, b) for n, c, b in zip(names, counts, bounds, strict=True)}


def _whole(low: float, high: float) -> Array:
    return np.arange(np.floor(low), np.ceil(high) + 1)


def _read(frame: Frame, kind: str) -> Array | None:
    if getattr(frame, kind) is None:
        return None
    try:
        return frame.load_instances() if kind == "instances" else frame.load_depth()
    except DataError:
        return None
