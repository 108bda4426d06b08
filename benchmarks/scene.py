"""The common input: a furnished room and the cameras in it, the same on every machine."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.geometry import rasterize_faces
from spatialkit.scene import Camera, OrientedBox, SceneObject
from spatialkit.surfaces import Surface

__all__ = ["IDS", "Boxes", "Room", "build_room"]

SIZE = (8.0, 6.0, 2.8)  # metres; the floor's corner is the origin, z is up
IDS = 56  # objects and the sides of the room
COLOUR = Camera(fx=1170.0, fy=1170.0, cx=647.5, cy=483.5, width=1296, height=968)
DEPTH = COLOUR.resized(640, 480)
DEPTH_UNIT = np.float32(0.001)  # metres a count

Array = npt.NDArray[Any]
Boxes = tuple[Array, Array, Array]  # centres, full sizes, world_from_box
Sheet = tuple[Array, Array]  # vertices (v, 3), faces (f, 3)
Shape = Callable[[Array, Array], Array]  # two parameters from 0 to 1, (v,) each, to points (v, 3) within +-0.5


@dataclass(frozen=True, eq=False)
class Room:
    """The common input.

    ``surface`` carries 56 ids: 0 to 49 the objects, 50 to 55 the sides of the room. ``owners`` (v,) is the id of each
    vertex, ``points`` (v, 3) the vertices as float32. ``poses`` (F, 4, 4) are world_from_cam. ``boxes`` are, for each
    frame, oriented boxes about its camera: centres (n, 3), full sizes (n, 3), world_from_box (n, 3, 3).
    """

    surface: Surface
    owners: npt.NDArray[np.int64]
    poses: npt.NDArray[np.float64]
    boxes: list[Boxes]
    colour: Camera = COLOUR
    depth_camera: Camera = DEPTH

    @cached_property
    def points(self) -> npt.NDArray[np.float32]:
        """Vertices (v, 3) as float32, metres."""
        return self.surface.vertices.astype(np.float32)

    @cached_property
    def columns(self) -> npt.NDArray[np.float32]:
        """The same points, one coordinate after the other in memory."""
        return np.asfortranarray(self.points)

    @cached_property
    def shared(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
        """Arrays for the results of any frame: like ``columns``, and a bool for each point."""
        return np.empty_like(self.columns), np.empty(len(self.columns), dtype=np.bool_)

    @cached_property
    def depth_counts(self) -> npt.NDArray[np.uint16]:
        """What the depth sensor of each frame writes: (F, 480, 640) millimetres, 0 for no reading."""
        images = (rasterize_faces(self.surface, self.depth_camera, pose)[0] for pose in self.poses)
        return np.stack([np.rint(image / DEPTH_UNIT).astype(np.uint16) for image in images])

    def sensed(self, frame: int) -> npt.NDArray[np.uint16]:
        """Return (480, 640) what a sensor writes: noise of 2 mm at 1 m that grows with depth squared, 5 % holes."""
        rng = np.random.default_rng(frame)
        depth = self.depth_counts[frame].astype(np.float64)
        noisy = depth + 2.0 * (depth / 1000) ** 2 * rng.normal(size=depth.shape)
        noisy[rng.random(depth.shape) < 0.05] = 0
        return np.asarray(noisy.clip(0, 65535), dtype=np.uint16)

    @cached_property
    def things(self) -> tuple[SceneObject, ...]:
        """The 56 ids as objects, a box about the vertices of each."""
        found = []
        for name in np.unique(self.owners).tolist():
            points = self.surface.vertices[self.owners == name]
            low, high = points.min(axis=0), points.max(axis=0)
            found.append(SceneObject(name, "thing", OrientedBox((low + high) / 2, np.maximum(high - low, 0.01))))
        return tuple(found)

    @cached_property
    def depth(self) -> npt.NDArray[np.float32]:
        """The same in metres, float32."""
        return self.depth_counts.astype(np.float32) * DEPTH_UNIT


def build_room(*, cameras: int = 100, boxes: int = 1000, detail: float = 1.0) -> Room:
    """Build the room; the same arguments give the same room, and more cameras only add to it.

    ``detail`` scales the number of cells along each side of the tessellation.
    """
    items = _furniture(Random("furniture"))
    sheets, ids = [], []
    for i, (parts, cells, frame) in enumerate(items + _walls()):
        for shape in parts:
            vertices, faces = _sheet(shape, max(2, round(cells * detail)))
            sheets.append((_apply(frame, vertices), faces))
            ids.append(i)
    first = np.cumsum([0] + [len(vertices) for vertices, _ in sheets[:-1]])
    surface = Surface(
        np.concatenate([vertices for vertices, _ in sheets]),
        np.concatenate([faces + start for start, (_, faces) in zip(first, sheets, strict=True)]),
        np.repeat(np.array(ids), [len(faces) for _, faces in sheets]),
    )
    owners = np.repeat(np.array(ids), [len(vertices) for vertices, _ in sheets])
    frames = [frame for _, _, frame in items]
    poses = _cameras(Random("cameras"), cameras, frames)
    return Room(surface, owners, poses, _boxes(Random("boxes"), poses, boxes))


def _rotation(yaw: float, pitch: float, roll: float) -> Array:
    """Return world_from_cam (3, 3) of a camera that looks along +y for zero angles; degrees, pitch upwards."""
    level = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])  # OpenCV axes in a z-up world
    sin, cos = math.sin(math.radians(pitch)), math.cos(math.radians(pitch))
    about_right = np.array([[1.0, 0.0, 0.0], [0.0, cos, -sin], [0.0, sin, cos]])
    return np.asarray(_about_z(yaw) @ about_right @ level @ _about_z(roll))


def _about_z(degrees: float) -> Array:
    sin, cos = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    return np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])


# Shapes: parameters to points of the unit cube's inside.


def _side(axis: int, end: float) -> Shape:
    def points(s: Array, t: Array) -> Array:
        return np.insert(np.stack([s - 0.5, t - 0.5], axis=1), axis, end, axis=1)

    return points


def _tube(s: Array, t: Array) -> Array:
    turn = 2 * np.pi * s
    return np.stack([0.5 * np.cos(turn), 0.5 * np.sin(turn), t - 0.5], axis=1)


def _disc(end: float) -> Shape:
    def points(s: Array, t: Array) -> Array:
        turn = 2 * np.pi * s
        return np.stack([0.5 * t * np.cos(turn), 0.5 * t * np.sin(turn), np.full(len(s), end)], axis=1)

    return points


def _ball(s: Array, t: Array) -> Array:
    turn, down = 2 * np.pi * s, np.pi * t
    return 0.5 * np.stack([np.sin(down) * np.cos(turn), np.sin(down) * np.sin(turn), np.cos(down)], axis=1)


SIDES = tuple(_side(axis, end) for axis in range(3) for end in (-0.5, 0.5))
# Parts, cells along each side of a part (so that objects have about as many faces each), how many such objects.
KINDS = (
    (SIDES, 22, 14),
    ((_tube, _disc(-0.5), _disc(0.5)), 31, 18),
    ((_ball,), 54, 18),
)
WALL_CELLS = 29

Item = tuple[tuple[Shape, ...], int, Array]  # parts, cells, world_from_unit (4, 4)


def _furniture(random: Random) -> list[Item]:
    """Objects of 0.2 to 1.1 m on the floor, within the room, turned about the vertical."""
    items: list[Item] = []
    for parts, cells, count in KINDS:
        for _ in range(count):
            size = [random.uniform(0.2, 0.9), random.uniform(0.2, 0.9), random.uniform(0.2, 1.1)]
            centre = [random.uniform(0.7, SIZE[0] - 0.7), random.uniform(0.7, SIZE[1] - 0.7), size[2] / 2]
            items.append((parts, cells, _frame(_about_z(random.uniform(0, 360)) * size, centre)))
    return items


def _walls() -> list[Item]:
    frame = _frame(np.diag(SIZE), [s / 2 for s in SIZE])
    return [((side,), WALL_CELLS, frame) for side in SIDES]


def _cameras(random: Random, count: int, objects: list[Array]) -> Array:
    """Poses that face an object at least 1.5 m away, and stand in none."""
    unit_from_world = [np.linalg.inv(frame) for frame in objects]
    poses: list[Array] = []
    while len(poses) < count:
        at = [random.uniform(0.4, SIZE[0] - 0.4), random.uniform(0.4, SIZE[1] - 0.4), random.uniform(1.2, 1.8)]
        pitch, roll = random.uniform(-45, 5), random.uniform(-8, 8)
        x, y = random.choice(objects)[:2, 3] - at[:2]
        stands_in = any(np.abs(_apply(inverse, np.array([at]))).max() < 0.6 for inverse in unit_from_world)
        if math.hypot(x, y) > 1.5 and not stands_in:
            poses.append(_frame(_rotation(math.degrees(math.atan2(-x, y)), pitch, roll), at))
    return np.array(poses).reshape(-1, 4, 4)


def _boxes(random: Random, poses: Array, count: int) -> list[Boxes]:
    """Boxes of 5 cm to 2 m before, beside, behind and around each camera, turned in every way."""
    draws = np.array([random.random() for _ in range(10 * count * len(poses))]).reshape(len(poses), count, 10)
    return [_boxes_about(pose, drawn) for pose, drawn in zip(poses, draws, strict=True)]


def _boxes_about(world_from_cam: Array, draws: Array) -> Boxes:
    z = 7.0 * draws[:, 0] - 1.0  # metres; the sideways spread is 1.5 images wide, and never less than a metre
    spread = 1.5 * np.maximum(np.abs(z), 1.0) / COLOUR.fx
    x, y = COLOUR.width * spread * (draws[:, 1] - 0.5), COLOUR.height * spread * (draws[:, 2] - 0.5)
    q = 2 * draws[:, 3:7] - 1
    w, i, j, k = (q / np.linalg.norm(q, axis=1, keepdims=True)).T
    rotations = np.empty((len(draws), 3, 3))  # of a unit quaternion
    rotations[:, 0] = np.stack([1 - 2 * (j * j + k * k), 2 * (i * j - k * w), 2 * (i * k + j * w)], axis=1)
    rotations[:, 1] = np.stack([2 * (i * j + k * w), 1 - 2 * (i * i + k * k), 2 * (j * k - i * w)], axis=1)
    rotations[:, 2] = np.stack([2 * (i * k - j * w), 2 * (j * k + i * w), 1 - 2 * (i * i + j * j)], axis=1)
    return _apply(world_from_cam, np.stack([x, y, z], axis=1)), 0.05 * 40 ** draws[:, 7:], rotations


def _sheet(shape: Shape, cells: int) -> Sheet:
    """Tessellate a shape into ``cells`` x ``cells`` quadrilaterals of two triangles."""
    steps = np.linspace(0.0, 1.0, cells + 1)
    s, t = (grid.ravel() for grid in np.meshgrid(steps, steps, indexing="ij"))
    a = (np.arange(cells)[:, None] * (cells + 1) + np.arange(cells)).ravel()
    b, c, d = a + 1, a + cells + 1, a + cells + 2
    return shape(s, t), np.concatenate([np.stack([a, c, b], axis=1), np.stack([b, c, d], axis=1)])


def _frame(axes: Array, origin: list[float]) -> Array:
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = axes, origin
    return matrix


def _apply(b_from_a: Array, points: Array) -> Array:
    return np.asarray(points @ b_from_a[:3, :3].T + b_from_a[:3, 3])
