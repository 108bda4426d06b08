"""Scenes: posed cameras, frames, labelled oriented boxes and the surface they belong to.

Conventions, everywhere in this package: metres; camera axes OpenCV (x right, y down, z forward); transforms named
``target_from_source``; the centre of the top-left pixel is (0, 0), so an image is the rectangle
``[-0.5, width - 0.5] x [-0.5, height - 0.5]``; depth is measured along the camera's z axis and 0 means "no reading".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit import _check, labels
from spatialkit.errors import ArgumentError, DataError
from spatialkit.footprints import ground_axes
from spatialkit.navigation import Graph, Route
from spatialkit.surfaces import Surface

__all__ = ["Camera", "Frame", "OrientedBox", "Scene", "SceneObject", "Sensor"]

Array = npt.NDArray[Any]
LARGEST = 65535  # pixels on a side of an image
MOST_PIXELS = 2**28  # in an image: what is larger is a mistake, and would take all memory
ImageSource = Path | Array | Callable[[], Array] | None


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole camera: focal lengths, principal point and image size in pixels."""

    fx: float
    fy: float
    cx: float
    cy: float
    width: int
    height: int

    def __post_init__(self) -> None:
        for name in ("fx", "fy"):
            object.__setattr__(self, name, _check.positive(f"Camera.{name}", getattr(self, name), unit="pixels"))
        for name in ("cx", "cy"):
            object.__setattr__(self, name, float(_check.array(f"Camera.{name}", getattr(self, name), ())))
        for name in ("width", "height"):
            object.__setattr__(self, name, _check.whole(f"Camera.{name}", getattr(self, name), 1, LARGEST))
        if self.width * self.height > MOST_PIXELS:
            found = f"{self.width} x {self.height} pixels"
            raise ArgumentError("Camera.width x height", found=found, expected=f"at most {MOST_PIXELS} pixels")

    @classmethod
    def from_matrix(cls, matrix: npt.ArrayLike, width: int, height: int) -> Camera:
        """Make a camera of a matrix (3, 3) or (4, 4) of intrinsics in pixels."""
        shape = np.shape(matrix)
        k = _check.array("matrix", matrix, shape if shape in ((3, 3), (4, 4)) else (3, 3))
        if k[0, 1] != 0 or k[1, 0] != 0 or abs(k[2, :3] - (0, 0, 1)).max() > 1e-9:
            raise ArgumentError(
                "matrix", found=k.tolist(), expected="[[fx, 0, cx], [0, fy, cy], [0, 0, 1]] without skew"
            )
        return cls(k[0, 0], k[1, 1], k[0, 2], k[1, 2], width, height)

    @property
    def matrix(self) -> npt.NDArray[np.float64]:
        """The intrinsic matrix (3, 3) in pixels."""
        return np.array([[self.fx, 0.0, self.cx], [0.0, self.fy, self.cy], [0.0, 0.0, 1.0]])

    @property
    def array(self) -> npt.NDArray[np.float64]:
        """``(fx, fy, cx, cy, width, height)``, the form the compiled core takes."""
        return np.array([self.fx, self.fy, self.cx, self.cy, self.width, self.height], dtype=np.float64)

    def resized(self, width: int, height: int) -> Camera:
        """Return the camera of the same view resampled to ``width`` x ``height`` pixels (pixel centres at integers)."""
        width, height = _check.whole("width", width, 1, LARGEST), _check.whole("height", height, 1, LARGEST)
        sx, sy = width / self.width, height / self.height
        return Camera(self.fx * sx, self.fy * sy, (self.cx + 0.5) * sx - 0.5, (self.cy + 0.5) * sy - 0.5, width, height)

    def turned(self, quarter_turns: int) -> Camera:
        """Return the camera of the image turned counter-clockwise by ``quarter_turns`` (as ``numpy.rot90``)."""
        camera = self
        for _ in range(_check.whole("quarter_turns", quarter_turns, -(2**31), 2**31) % 4):
            camera = Camera(camera.fy, camera.fx, camera.cy, camera.width - 1 - camera.cx, camera.height, camera.width)
        return camera


@dataclass(frozen=True, eq=False)
class Frame:
    """One posed image, with its depth and instance ids where there are any.

    ``camera`` and ``world_from_cam`` describe the *upright* image: pixels are turned by ``up_rotation`` quarter turns
    counter-clockwise when they are loaded, so nothing after loading sees a sideways image.

    Parameters
    ----------
    id
        Unique in the scene.
    camera
        Of the (upright) colour image.
    world_from_cam
        Pose (4, 4), metres, OpenCV axes; re-orthonormalised within 1e-3.
    image, depth, instances
        A path, an array, a function that makes the array, or None: colour (H, W, 3) uint8; depth (h, w), integers in
        ``depth_unit`` or metres as float; instance ids (h, w), on the depth's pixel grid (on the image's where the
        frame has no depth), -1 for none. Functions may be called from several threads at once.
    depth_camera
        Where depth has its own intrinsics; same pose. None: that of the image.
    depth_unit
        Metres per count of integer depth.
    time
        Seconds since the start of the recording, or None. Where one frame of a scene has none, the order of the frames
        stands in for all times.
    up_rotation
        Quarter turns counter-clockwise that make the stored pixels upright.
    """

    id: str
    camera: Camera
    world_from_cam: npt.NDArray[np.float64]
    image: ImageSource = None
    depth: ImageSource = None
    instances: ImageSource = None
    depth_camera: Camera | None = None
    depth_unit: float = 0.001
    time: float | None = None
    up_rotation: int = 0

    def __post_init__(self) -> None:
        _check.text("Frame.id", self.id)
        me = f"frame {self.id}"
        _check.instance(f"{me}: camera", self.camera, Camera)
        _check.instance(f"{me}: depth_camera", self.depth_camera, Camera, type(None))
        object.__setattr__(self, "world_from_cam", _check.rigid(f"{me}: world_from_cam", self.world_from_cam))
        object.__setattr__(self, "depth_unit", _check.positive(f"{me}: depth_unit", self.depth_unit))
        turns = _check.whole(f"{me}: up_rotation", self.up_rotation, -(2**31), 2**31)
        object.__setattr__(self, "up_rotation", turns % 4)
        if self.time is not None:
            object.__setattr__(self, "time", float(_check.array(f"{me}: time", self.time, ())))
        for kind in ("image", "depth", "instances"):
            source = getattr(self, kind)
            if isinstance(source, str):
                object.__setattr__(self, kind, Path(source))
            elif not callable(source):
                _check.instance(f"{me}: {kind}", source, Path, np.ndarray, type(None))

    @property
    def buffer_camera(self) -> Camera:
        """The camera of the depth and instance images."""
        return self.depth_camera or self.camera

    def load_image(self) -> npt.NDArray[np.uint8]:
        """Return the upright colour image (H, W, 3) uint8.

        Raises
        ------
        DataError
            When there is none, or it cannot be decoded or has another size than the camera says.
        """
        pixels = self._load(self.image, "image", self.camera)
        if pixels.ndim == 2:
            pixels = np.repeat(pixels[:, :, None], 3, axis=2)
        return np.ascontiguousarray(pixels[:, :, :3], dtype=np.uint8)

    def load_depth(self) -> npt.NDArray[np.float32]:
        """Return the upright depth (h, w) float32 in metres; 0 where there is no reading.

        Raises
        ------
        DataError
            When there is none, or it cannot be decoded, has another size than the camera says, or is negative.
        """
        counts = self._load(self.depth, "depth", self.buffer_camera)
        if counts.ndim != 2:
            raise DataError(self._where("depth"), "depth", found=f"shape {counts.shape}", expected="one channel (h, w)")
        if counts.dtype.kind not in "uif":
            raise DataError(self._where("depth"), "depth", found=f"dtype {counts.dtype}", expected="integers or metres")
        if counts.dtype.kind == "f":
            metres = counts.astype(np.float32)
            metres[~np.isfinite(metres)] = 0.0
        else:
            metres = counts.astype(np.float32) * np.float32(self.depth_unit)
        if metres.size and float(metres.min()) < 0:
            raise DataError(self._where("depth"), "depth", found="negative values", expected="metres of at least 0")
        return np.ascontiguousarray(metres)

    def load_instances(self) -> npt.NDArray[np.int64]:
        """Return the upright instance ids (h, w) int64 on the grid of ``buffer_camera``; -1 where there is none."""
        ids = self._load(self.instances, "instances", self.buffer_camera)
        if ids.ndim != 2 or ids.dtype.kind not in "iu":
            found = f"shape {ids.shape}, dtype {ids.dtype}"
            raise DataError(self._where("instances"), "instances", found=found, expected="integers (h, w)")
        return np.ascontiguousarray(ids, dtype=np.int64)

    def _where(self, kind: str) -> str:
        source = getattr(self, kind)
        return str(source) if isinstance(source, Path) else f"frame {self.id}"

    def _load(self, source: Any, kind: str, camera: Camera) -> Array:
        size = (camera.height, camera.width) if self.up_rotation % 2 == 0 else (camera.width, camera.height)
        if source is None:
            raise DataError(
                f"frame {self.id}", kind, found="none", expected=f"an image of {size[1]} x {size[0]} pixels"
            )
        pixels: Any
        if isinstance(source, Path):
            from spatialkit._images import read_image

            pixels = read_image(source, field=kind, size=size)
        else:
            pixels = source() if callable(source) else source
        if not isinstance(pixels, np.ndarray):
            found = type(pixels).__name__
            raise DataError(self._where(kind), kind, found=found, expected=f"an array of {size[1]} x {size[0]} pixels")
        if pixels.shape[:2] != size:
            found = f"{pixels.shape[1]} x {pixels.shape[0]} pixels" if pixels.ndim >= 2 else f"shape {pixels.shape}"
            raise DataError(self._where(kind), kind, found=found, expected=f"{size[1]} x {size[0]} pixels")
        return np.rot90(pixels, self.up_rotation)


@dataclass(frozen=True, eq=False)
class OrientedBox:
    """A box: centre (3,) and full extents (3,) in metres, ``world_from_box`` (3, 3) whose columns are its axes."""

    centre: npt.NDArray[np.float64]
    size: npt.NDArray[np.float64]
    world_from_box: npt.NDArray[np.float64] = field(default_factory=lambda: np.eye(3))

    def __post_init__(self) -> None:
        object.__setattr__(self, "centre", _check.array("OrientedBox.centre", self.centre, (3,)))
        size = _check.array("OrientedBox.size", self.size, (3,))
        if size.min() <= 0:
            raise ArgumentError("OrientedBox.size", found=size.tolist(), expected="three full extents above 0 m")
        object.__setattr__(self, "size", size)
        object.__setattr__(self, "world_from_box", _check.rotation("OrientedBox.world_from_box", self.world_from_box))

    @property
    def corners(self) -> npt.NDArray[np.float64]:
        """The eight corners (8, 3) in world coordinates; corner i takes bit k of i as the side of axis k."""
        signs = np.array([[(i >> k & 1) - 0.5 for k in range(3)] for i in range(8)])
        return self.centre + (signs * self.size) @ self.world_from_box.T


@dataclass(frozen=True, eq=False)
class SceneObject:
    """An annotated object.

    Parameters
    ----------
    id
        Unique in the scene; at least 0, fits 64 bits. Faces of the scene's surface and instance images refer to it.
    label
        What a person would call it, singular, lower case; "" where the dataset does not say. Underscores become spaces.
    box
        Its oriented box; its centre is what questions call the object's centre.
    points
        Points (k, 3) of its surface in metres, where they are known otherwise than by mesh faces.
    """

    id: int
    label: str
    box: OrientedBox
    points: npt.NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", _check.whole("SceneObject.id", self.id, 0, 2**63 - 1))
        _check.instance(f"object {self.id}: box", self.box, OrientedBox)
        object.__setattr__(
            self, "label", " ".join(_check.text(f"object {self.id}: label", self.label).replace("_", " ").split())
        )
        if self.points is not None:
            points = _check.array(f"object {self.id}: points", self.points, ("k", 3))
            object.__setattr__(self, "points", points)


@dataclass(frozen=True, slots=True)
class Sensor:
    """How far this scene's geometry may be off.

    ``depth_constant`` (m) and ``depth_quadratic`` (1/m) give the depth tolerance ``constant + quadratic * depth**2``;
    ``position`` (m) and ``rotation_deg`` (degrees) are the noise of poses and boxes that no answer may depend on.
    """

    depth_constant: float = 0.01
    depth_quadratic: float = 0.004
    position: float = 0.03
    rotation_deg: float = 1.0

    def __post_init__(self) -> None:
        for item in fields(self):
            value = _check.at_least_zero(f"sensor.{item.name}", getattr(self, item.name))
            object.__setattr__(self, item.name, value)

    @property
    def tolerance(self) -> tuple[float, float]:
        """The depth tolerance as the geometry functions take it."""
        return self.depth_constant, self.depth_quadratic


@dataclass(frozen=True, eq=False)
class Scene:
    """One annotated place.

    Parameters
    ----------
    id, dataset
        Name of the scene, and of the adapter it came through.
    frames, objects
        In recording order, so that times increase; ids unique.
    surface
        The mesh, its faces carrying object ids; None where there is none.
    floor
        Floor polygons, each (k, 2) metres along ``footprints.ground_axes(up)`` (for z-up: x, y); None if unknown.
    up
        Unit vector (3,) against gravity.
    sensor
        Stated noise.
    metric
        False where the scale is unknown; such a scene is refused metric questions.
    skipped
        What the adapter left out, name to reason.
    exhaustive
        Labels of which every object is annotated, so that they may be counted; None: all.
    graph
        Places joined by ways that can be walked; None where only the floor tells.
    routes
        Ways through the graph that somebody has described.
    """

    id: str
    dataset: str
    frames: tuple[Frame, ...]
    objects: tuple[SceneObject, ...]
    surface: Surface | None = None
    floor: tuple[npt.NDArray[np.float64], ...] | None = None
    up: npt.NDArray[np.float64] = field(default_factory=lambda: np.array([0.0, 0.0, 1.0]))
    sensor: Sensor = field(default_factory=Sensor)
    metric: bool = True
    skipped: Mapping[str, str] = field(default_factory=dict)
    exhaustive: frozenset[str] | None = None
    graph: Graph | None = None
    routes: tuple[Route, ...] = ()

    def __post_init__(self) -> None:
        if self.exhaustive is not None:
            known = frozenset(labels.normalise(_check.text("Scene.exhaustive", x)) for x in self.exhaustive)
            object.__setattr__(self, "exhaustive", known)
        for name, kind in (("frames", Frame), ("objects", SceneObject)):
            _check.instance(f"scene {self.id}: {name}", getattr(self, name), tuple, list)
            object.__setattr__(self, name, tuple(getattr(self, name)))
            for item in getattr(self, name):
                _check.instance(f"scene {self.id}: {name}", item, kind)
        _check.instance(f"scene {self.id}: surface", self.surface, Surface, type(None))
        _check.instance(f"scene {self.id}: sensor", self.sensor, Sensor)
        _check.instance(f"scene {self.id}: graph", self.graph, Graph, type(None))
        object.__setattr__(self, "routes", tuple(self.routes))
        _unique(f"scene {self.id}: routes", (route.id for route in self.routes))
        if self.floor is not None:
            polygons = tuple(_check.array(f"scene {self.id}: floor", polygon, ("k", 2)) for polygon in self.floor)
            object.__setattr__(self, "floor", polygons)
        _unique(f"scene {self.id}: frames", (f.id for f in self.frames))
        timed = [(f.id, f.time) for f in self.frames if f.time is not None]
        for (before, earlier), (name, time) in pairwise(timed):
            if time <= earlier:
                expected = f"more than the {earlier:g} s of frame {before}, or no times"
                raise ArgumentError(f"scene {self.id}: frame {name}: time", found=f"{time:g} s", expected=expected)
        _unique(f"scene {self.id}: objects", (o.id for o in self.objects))
        object.__setattr__(self, "up", _check.unit("Scene.up", self.up))

    def without_depth(self) -> Scene:
        """Return the same scene without depth images: what is visible is then told by its rasterised surface alone.

        No depth file is read, and whose surface a pixel shows is exact; but what the mesh lacks hides nothing.

        Raises
        ------
        ArgumentError
            When the scene has no surface.
        """
        if self.surface is None:
            raise ArgumentError(f"scene {self.id}", found="no surface", expected="a mesh, to know what is visible")
        frames = tuple(replace(f, depth=None, depth_camera=None, instances=None) for f in self.frames)
        return replace(self, frames=frames)

    @cached_property
    def boxes(self) -> tuple[Array, Array, Array]:
        """All boxes as arrays: centres (n, 3), sizes (n, 3), world_from_box (n, 3, 3)."""
        n = len(self.objects)
        return (
            np.array([o.box.centre for o in self.objects], dtype=np.float64).reshape(n, 3),
            np.array([o.box.size for o in self.objects], dtype=np.float64).reshape(n, 3),
            np.array([o.box.world_from_box for o in self.objects], dtype=np.float64).reshape(n, 3, 3),
        )

    @cached_property
    def object_index(self) -> Mapping[int, int]:
        """Position in ``objects`` by object id."""
        return {o.id: i for i, o in enumerate(self.objects)}

    @cached_property
    def frame_index(self) -> Mapping[str, int]:
        """Position in ``frames`` by frame id."""
        return {f.id: i for i, f in enumerate(self.frames)}

    def moved(self, new_from_world: npt.ArrayLike) -> Scene:
        """Return the same scene in another world frame: everything is moved by the rigid transform (4, 4)."""
        t = _check.rigid("new_from_world", new_from_world)
        r, shift = t[:3, :3], t[:3, 3]

        def points(p: Array) -> Array:
            return p @ r.T + shift

        up, floor = r @ self.up, self.floor
        if floor is not None:
            old, new = ground_axes(self.up), ground_axes(up)
            floor = tuple(p @ (new @ r @ old.T).T + new @ shift for p in floor)
        return replace(
            self,
            frames=tuple(replace(f, world_from_cam=t @ f.world_from_cam) for f in self.frames),
            objects=tuple(
                replace(
                    o,
                    box=OrientedBox(points(o.box.centre), o.box.size, r @ o.box.world_from_box),
                    points=None if o.points is None else points(o.points),
                )
                for o in self.objects
            ),
            surface=None if self.surface is None else replace(self.surface, vertices=points(self.surface.vertices)),
            floor=floor,
            up=up,
            graph=None if self.graph is None else replace(self.graph, positions=points(self.graph.positions)),
            routes=tuple(replace(route, facing=r @ route.facing) for route in self.routes),
        )


def _unique(name: str, ids: Iterable[object]) -> None:
    seen: set[object] = set()
    for value in ids:
        if value in seen:
            raise ArgumentError(name, found=f"id {value!r} twice", expected="unique ids")
        seen.add(value)
