"""Random scenes, and hypothesis strategies for cameras, poses, boxes and scenes, for the tests of other projects too.

Near-degenerate cases are drawn often, on purpose: identical axes, tiny angles, flat boxes, boxes that hold the camera.

Needs ``hypothesis`` (``pip install hypothesis``), except for :func:`random_scene` and :func:`mesh_of_boxes`.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spatialkit.geometry import rasterize
from spatialkit.scene import Camera, Frame, OrientedBox, Scene, SceneObject
from spatialkit.surfaces import Surface

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["boxes", "cameras", "mesh_of_boxes", "poses", "random_scene", "rotations", "scenes"]

F64 = npt.NDArray[np.float64]


def rotations() -> SearchStrategy[F64]:
    """Draw rotations (3, 3): any, tiny ones, and quarter turns with a tiny error."""
    _need_hypothesis()
    from hypothesis import strategies as st

    unit = st.floats(-1.0, 1.0)
    axis = st.tuples(unit, unit, unit)
    any_turn = st.floats(-np.pi, np.pi)
    tiny_turn = st.sampled_from([0.0, 1e-16, 1e-12, 1e-9, 1e-6, 1e-3])
    quarter_turn = st.builds(lambda k, e: k * np.pi / 2 + e, st.integers(0, 3), tiny_turn)
    along_z = st.just((0.0, 0.0, 1.0))
    return st.builds(
        _about,
        st.one_of(axis, along_z),
        st.one_of(any_turn, quarter_turn, tiny_turn),
    )


def poses(reach: float = 5.0) -> SearchStrategy[F64]:
    """Draw rigid transforms (4, 4) that stand within ``reach`` metres of the origin on each axis."""
    _need_hypothesis()
    from hypothesis import strategies as st

    return st.builds(_pose, rotations(), _points(reach))


def cameras(largest: int = 640) -> SearchStrategy[Camera]:
    """Draw pinhole cameras of up to ``largest`` pixels a side, 20 to 120 degrees wide, off the middle."""
    _need_hypothesis()
    from hypothesis import strategies as st

    size = st.one_of(st.sampled_from([1, 2, 64, largest]), st.integers(1, largest))

    def build(width: int, height: int, wide: float, stretch: float, off: tuple[float, float]) -> Camera:
        focal = max(width, height) / 2 / np.tan(np.radians(wide) / 2)
        cx, cy = (width - 1) / 2 + off[0] * width, (height - 1) / 2 + off[1] * height
        return Camera(focal, focal * stretch, cx, cy, width, height)

    off = st.floats(-0.3, 0.3)
    return st.builds(build, size, size, st.floats(20.0, 120.0), st.floats(0.8, 1.25), st.tuples(off, off))


def boxes(reach: float = 3.0, largest: float = 3.0) -> SearchStrategy[OrientedBox]:
    """Draw oriented boxes: centres within ``reach`` metres on each axis, extents up to ``largest``, some very flat."""
    _need_hypothesis()
    from hypothesis import strategies as st

    extent = st.one_of(st.floats(0.05, largest), st.sampled_from([1e-6, 1e-3, 1.0, largest]))
    return st.builds(OrientedBox, _points(reach), st.tuples(extent, extent, extent), rotations())


def scenes(most_objects: int = 8, most_frames: int = 2) -> SearchStrategy[Scene]:
    """Draw small furnished rooms with a mesh, rendered depth and instance images; see :func:`random_scene`."""
    _need_hypothesis()
    from hypothesis import strategies as st

    return st.builds(
        random_scene,
        st.integers(0, 2**32 - 1),
        objects=st.integers(1, most_objects),
        frames=st.integers(1, most_frames),
    )


def random_scene(seed: int, *, objects: int = 12, frames: int = 4, camera: Camera | None = None) -> Scene:
    """Make a closed room with tables, chairs, cupboards and things on things, and cameras that look at them.

    Parameters
    ----------
    seed
        The same seed and options make the same scene.
    objects, frames
        How many.
    camera
        Of all frames; 160 x 120 pixels, 67 degrees wide, if not given.

    Returns
    -------
    scene
        z is up, the floor at 0. Each object's mesh faces carry its id; the room's carry -1. Depth and instance images
        are rendered from the mesh when a frame is asked for them; there are no colour images.
    """
    random = np.random.default_rng(seed)
    room = random.uniform((3.5, 3.0, 2.4), (7.0, 5.0, 3.0))
    parts = [_walls(room)]
    owners = [np.full(len(parts[0][1]), -1)]
    found: list[SceneObject] = []
    for i in range(objects):
        label, box, pieces = _furniture(random, room, found)
        found.append(SceneObject(100 + 7 * i, label, box))
        parts.append(mesh_of_boxes(pieces))
        owners.append(np.full(len(parts[-1][1]), found[-1].id))
    surface = Surface(*_joined(parts), np.concatenate(owners))
    camera = camera or Camera(120.0, 120.0, 79.5, 59.5, 160, 120)
    made = tuple(_frame(random, room, found, surface, camera, f"frame-{k}") for k in range(frames))
    return Scene(f"random-{seed}", "random", made, tuple(found), surface)


def mesh_of_boxes(boxes: Sequence[OrientedBox]) -> tuple[F64, npt.NDArray[np.int32]]:
    """Return vertices (8 n, 3) and triangles (12 n, 3) of the surfaces of boxes."""
    quads = np.array([[0, 4, 6, 2], [1, 3, 7, 5], [0, 1, 5, 4], [2, 6, 7, 3], [0, 2, 3, 1], [4, 5, 7, 6]])
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    return _joined([(box.corners, triangles) for box in boxes])


def _need_hypothesis() -> None:
    if importlib.util.find_spec("hypothesis") is None:
        message = "the strategies of spatialkit.testing need hypothesis: pip install hypothesis"
        raise ModuleNotFoundError(message, name="hypothesis")


def _points(reach: float) -> SearchStrategy[tuple[float, float, float]]:
    from hypothesis import strategies as st

    coordinate = st.one_of(st.floats(-reach, reach), st.just(0.0))
    return st.tuples(coordinate, coordinate, coordinate)


def _about(axis: Sequence[float], angle: float) -> F64:
    """Rotate about an axis of any length (z if it has none) by an angle in radians: Rodrigues' formula."""
    length = float(np.linalg.norm(axis))
    x, y, z = np.array(axis) / length if length > 1e-6 else (0.0, 0.0, 1.0)
    k = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.asarray(np.eye(3) + np.sin(angle) * k + (1.0 - np.cos(angle)) * (k @ k))


def _pose(rotation: F64, origin: Sequence[float]) -> F64:
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = rotation, origin
    return pose


def _joined(parts: Sequence[tuple[F64, npt.NDArray[Any]]]) -> tuple[F64, npt.NDArray[np.int32]]:
    """Join meshes into one."""
    starts = np.cumsum([0] + [len(vertices) for vertices, _ in parts[:-1]])
    faces = [triangles + start for (_, triangles), start in zip(parts, starts, strict=True)]
    return np.concatenate([vertices for vertices, _ in parts]), np.concatenate(faces).astype(np.int32)


def _walls(room: F64) -> tuple[F64, npt.NDArray[np.int32]]:
    return mesh_of_boxes([OrientedBox(room / 2, room)])


def _furniture(
    random: np.random.Generator, room: F64, others: Sequence[SceneObject]
) -> tuple[str, OrientedBox, list[OrientedBox]]:
    """Draw the label, the box and the parts of one object that stands on the floor or on another object."""
    label = str(random.choice(["table", "chair", "cupboard", "box"]))
    makers: dict[str, Callable[[np.random.Generator], list[tuple[F64, F64]]]] = {
        "table": _table,
        "chair": _chair,
        "cupboard": lambda r: [(np.zeros(3), r.uniform((0.5, 0.3, 0.6), (1.2, 0.6, 1.8)))],
        "box": lambda r: [(np.zeros(3), r.uniform(0.08, 0.4, 3))],
    }
    local = makers[label](random)
    low = np.min([c - s / 2 for c, s in local], axis=0)
    high = np.max([c + s / 2 for c, s in local], axis=0)
    turn = _about((0.0, 0.0, 1.0), random.uniform(-np.pi, np.pi))
    spot = np.append(random.uniform(0.6, room[:2] - 0.6), 0.0)
    if others and label == "box" and random.random() < 0.7:
        below = others[int(random.integers(len(others)))].box
        spot = below.centre + np.array([0.0, 0.0, below.size[2] / 2])
    rise = np.array([0.0, 0.0, -low[2] + 1e-3])
    placed = [OrientedBox(spot + turn @ c + rise, s, turn) for c, s in local]
    return label, OrientedBox(spot + turn @ ((low + high) / 2) + rise, high - low, turn), placed


def _table(random: np.random.Generator) -> list[tuple[F64, F64]]:
    width, depth, height = random.uniform((0.6, 0.5, 0.4), (1.6, 0.9, 0.8))
    return [(np.array([0.0, 0.0, height]), np.array([width, depth, 0.03])), *_legs(width, depth, height)]


def _chair(random: np.random.Generator) -> list[tuple[F64, F64]]:
    width, depth, height = random.uniform((0.4, 0.4, 0.4), (0.5, 0.5, 0.5))
    back = (np.array([0.0, depth / 2, height + 0.25]), np.array([width, 0.03, 0.5]))
    return [(np.array([0.0, 0.0, height]), np.array([width, depth, 0.04])), back, *_legs(width, depth, height)]


def _legs(width: float, depth: float, height: float) -> list[tuple[F64, F64]]:
    thick = 0.05
    corners = [(x * (width - thick) / 2, y * (depth - thick) / 2) for x in (-1, 1) for y in (-1, 1)]
    return [(np.array([x, y, height / 2]), np.array([thick, thick, height])) for x, y in corners]


def _frame(
    random: np.random.Generator,
    room: F64,
    objects: Sequence[SceneObject],
    surface: Surface,
    camera: Camera,
    name: str,
) -> Frame:
    """Draw a frame at eye height that looks at some object, off the middle and a little rolled."""
    eye = np.append(random.uniform(0.3, room[:2] - 0.3), random.uniform(1.2, 1.7))
    target = objects[int(random.integers(len(objects)))].box.centre + random.normal(0.0, 0.3, 3)
    forward = target - eye
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, (0.0, 0.0, 1.0))
    right /= np.linalg.norm(right)
    level = np.stack([right, np.cross(forward, right), forward], axis=1)
    pose = _pose(level @ _about((0.0, 0.0, 1.0), random.uniform(-0.15, 0.15)), eye.tolist())
    depth, instances = (_Render(surface, camera, pose, which) for which in (0, 1))
    return Frame(name, camera, pose, depth=depth, instances=instances)


@dataclass(frozen=True)
class _Render:
    """Depth (0) or ids (1) of a frame, rendered when asked for; unlike a closure it can be pickled."""

    surface: Surface
    camera: Camera
    pose: F64
    which: int

    def __call__(self) -> npt.NDArray[Any]:
        return rasterize(self.surface, self.camera, self.pose)[self.which]
