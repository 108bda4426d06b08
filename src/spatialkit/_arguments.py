"""Arguments of array functions, in the form that the compiled core takes: who wants to add one begins here.

Each function checks one kind of argument and raises :class:`spatialkit.errors.ArgumentError`, which names it, what was
found and what was expected. What costs a pass over many numbers is left to the core, which says whether all is well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar, cast

import numpy as np
import numpy.typing as npt

from spatialkit import _check, _core
from spatialkit.errors import ArgumentError

__all__ = [
    "F32",
    "F64",
    "Bool",
    "BoxArrays",
    "Boxes",
    "CameraLike",
    "Points",
    "SurfaceLike",
    "boxes_arrays",
    "camera_array",
    "depth_array",
    "kind",
    "mask_array",
    "near_plane",
    "points_array",
    "pose_array",
    "refuse_odd",
    "shaped_boxes",
    "sound_boxes",
    "target_array",
]

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]
Points = TypeVar("Points", F32, F64)
BoxArrays = tuple[F64, F64, F64]


class CameraLike(Protocol):
    """What the functions need of a camera; :class:`spatialkit.Camera` has it."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def array(self) -> F64: ...


class BoxLike(Protocol):
    """What the functions need of a box; :class:`spatialkit.OrientedBox` has it."""

    @property
    def centre(self) -> F64: ...
    @property
    def size(self) -> F64: ...
    @property
    def world_from_box(self) -> F64: ...


class SurfaceLike(Protocol):
    """What the functions need of a mesh; :class:`spatialkit.Surface` has it."""

    @property
    def mesh(self) -> _core.Mesh: ...
    @property
    def face_ids(self) -> npt.NDArray[np.int64]: ...


Boxes = Sequence[BoxLike] | tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike]


def boxes_arrays(name: str, boxes: Boxes) -> BoxArrays:
    """Return boxes as checked arrays: centres (n, 3), full sizes (n, 3) and world_from_box (n, 3, 3), float64.

    Parameters
    ----------
    name
        How the caller calls them; opens the error message.
    boxes
        A sequence of boxes, or such a tuple of arrays.

    Raises
    ------
    ArgumentError
        Wrong shapes, a negative extent, or a matrix farther than 1e-3 from a rotation.
    """
    arrays = shaped_boxes(name, boxes)
    return arrays if _core.are_boxes(*arrays) else sound_boxes(name, *arrays)


def shaped_boxes(name: str, boxes: Boxes) -> BoxArrays:
    """Return boxes as such arrays whose numbers nobody looked at: for a function of the core that does so itself."""
    centres, sizes, rotations = _parts(name, boxes)
    centres = _check.array(f"{name}: centres", centres, ("n", 3), finite=False)
    n = len(centres)
    sizes = _check.array(f"{name}: sizes", sizes, (n, 3), finite=False)
    return centres, sizes, _check.array(f"{name}: world_from_box", rotations, (n, 3, 3), finite=False)


def sound_boxes(name: str, centres: F64, sizes: F64, rotations: F64) -> BoxArrays:
    """Return boxes with the nearest rotations to theirs, or say what is wrong with them."""
    for part, array in (("centres", centres), ("sizes", sizes), ("world_from_box", rotations)):
        _check.array(f"{name}: {part}", array, array.shape)
    if sizes.size and sizes.min() < 0:
        raise ArgumentError(f"{name}: sizes", found=f"extent {sizes.min():g}", expected="extents of at least 0 m")
    error = _core.rotation_error(rotations)
    if error > _check.ORTHONORMAL_WITHIN:
        for i, matrix in enumerate(rotations):
            _check.rotation(f"{name}: world_from_box[{i}]", matrix)
    if error > _check.EXACT_WITHIN:
        u, _, vt = np.linalg.svd(rotations)
        rotations = np.ascontiguousarray(u @ vt)
    return centres, sizes, rotations


def _parts(name: str, boxes: Boxes) -> tuple[Any, Any, Any]:
    if isinstance(boxes, tuple) and len(boxes) == 3 and not any(hasattr(part, "centre") for part in boxes):
        return boxes
    try:
        found = cast("list[BoxLike]", list(boxes))
        parts = ([b.centre for b in found], [b.size for b in found], [b.world_from_box for b in found])
    except (TypeError, AttributeError):
        raise ArgumentError(
            name,
            found=kind(boxes),
            expected="a sequence of OrientedBox, or a tuple of arrays (centres, sizes, world_from_box)",
        ) from None
    n = len(found)
    return np.reshape(parts[0], (n, 3)), np.reshape(parts[1], (n, 3)), np.reshape(parts[2], (n, 3, 3))


def points_array(points: Any) -> tuple[npt.NDArray[Any], bool]:
    """Return points as (n, 3), or as (3, n) with True where their coordinates lie in columns; not checked for NaN."""
    kinds = (np.float64, np.float32)
    shaped = isinstance(points, np.ndarray) and points.ndim == 2 and points.shape[1] == 3 and points.dtype in kinds
    if shaped and points.flags.f_contiguous and not points.flags.c_contiguous:
        return _check.array("points", points.T, (3, "n"), kinds, finite=False), True
    return _check.array("points", points, ("n", 3), kinds, finite=False), False


def refuse_odd(points: npt.NDArray[Any]) -> None:
    """Say which of the points, as the core got them, is not finite; the core tells only that one is."""
    _check.array("points", points, points.shape, points.dtype)


def target_array(name: str, out: Any, points: Any, array: npt.NDArray[Any], columns: bool) -> npt.NDArray[Any]:
    """Return an array to write into in the form of the points that the core gets."""
    expected = f"a writeable {array.dtype} array of shape {np.shape(points)}, its memory in the order of the points'"
    if not isinstance(out, np.ndarray):
        raise ArgumentError(name, found=kind(out), expected=expected)
    target = out.T if columns else out
    fits = target.shape == array.shape and target.dtype == array.dtype
    if not (fits and target.flags.c_contiguous and target.flags.aligned and target.flags.writeable):
        raise ArgumentError(name, found=f"{out.dtype} of shape {out.shape}", expected=expected)
    if np.may_share_memory(target, array):
        raise ArgumentError(name, found="memory of the points", expected="an array of its own")
    return target


def mask_array(inside: Any, count: int) -> Bool:
    """Return an array of flags to be set."""
    expected = f"a writeable bool array of shape ({count},)"
    if not isinstance(inside, np.ndarray):
        raise ArgumentError("inside", found=kind(inside), expected=expected)
    usable = inside.flags.c_contiguous and inside.flags.writeable
    if inside.dtype != np.bool_ or inside.shape != (count,) or not usable:
        raise ArgumentError("inside", found=f"{inside.dtype} of shape {inside.shape}", expected=expected)
    return inside


def camera_array(camera: CameraLike) -> F64:
    """Return fx, fy, cx, cy, width and height."""
    try:
        return camera.array
    except AttributeError:
        raise ArgumentError("camera", found=kind(camera), expected="a Camera") from None


def pose_array(world_from_cam: Any) -> F64:
    """Return a pose (4, 4)."""
    ready = _check.is_ready(world_from_cam, (4, 4), (np.float64,)) and _core.is_pose(world_from_cam)
    return world_from_cam if ready else _check.rigid("world_from_cam", world_from_cam)


def near_plane(near: float) -> float:
    """Return the distance of the near plane, metres."""
    return _check.positive("near", near, unit="m")


def depth_array(depth: npt.ArrayLike, camera: CameraLike) -> F32:
    """Return a depth image (height, width) in metres."""
    found = np.asarray(depth)
    if found.dtype.kind in "biu":
        raise ArgumentError("depth", found=f"dtype {found.dtype}", expected="metres as floats, not sensor counts")
    array: F32 = _check.array("depth", found, (camera.height, camera.width), np.float32, finite=False)
    if not _core.all_depths(array):
        _check.array("depth", array, array.shape, np.float32)  # says what is not finite
        raise ArgumentError("depth", found=f"{array.min():g} m", expected="metres of at least 0, 0 for no reading")
    return array


def kind(value: object) -> str:
    """Say of what type something is, for error messages."""
    return f"an object of type {type(value).__name__}"
