"""Geometry of posed pinhole cameras, oriented boxes and depth: array functions, each a check and one call of the core.

Everywhere: metres; camera axes OpenCV (x right, y down, z forward); ``world_from_cam`` (4, 4) is the camera's pose;
depth is measured along the camera's z axis, 0 where there is no reading; pixel centres lie at integers, so the image
is the rectangle ``[-0.5, width - 0.5] x [-0.5, height - 0.5]``. Points on its right and lower border are outside, so
that the nearest pixel of what is inside is one of the image; on which side of a border rounding puts a point is open.
Nothing nearer than the near plane is seen.

``boxes`` is a sequence of :class:`spatialkit.OrientedBox`, or the tuple of arrays ``(centres (n, 3), sizes (n, 3),
world_from_box (n, 3, 3))`` with full extents of at least 0 along the box's axes, which are the columns of
``world_from_box``.

``threads`` share the work of one call, where there is enough; what is found does not depend on how many. By default as
many as the process may use CPUs, and one in a process that another started: its siblings have the other CPUs.

Errors: whatever has the wrong shape, type or range raises :class:`spatialkit.errors.ArgumentError`, which names the
argument, what was found and what was expected.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar, cast

import numpy as np
import numpy.typing as npt

from spatialkit import _check, _core, _threads
from spatialkit.errors import ArgumentError
from spatialkit.poses import relative_pose

__all__ = [
    "box_distance",
    "box_iou",
    "boxes_arrays",
    "boxes_in_frustum",
    "points_in_boxes",
    "points_in_image",
    "project_boxes",
    "project_points",
    "rasterize",
    "rasterize_faces",
    "relative_pose",
    "shared_surface",
    "spheres_in_frustum",
    "unproject_depth",
    "visible_points",
]

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]
Points = TypeVar("Points", F32, F64)
BoxArrays = tuple[F64, F64, F64]

NEAR = 0.05  # metres
TOLERANCE = (0.01, 0.004)  # metres, 1 / metres


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


def project_points(
    points: Points,
    camera: CameraLike,
    world_from_cam: npt.ArrayLike,
    *,
    out: Points | None = None,
    inside: Bool | None = None,
    threads: int | None = None,
) -> Points:
    """Project world points into the image.

    Parameters
    ----------
    points
        (n, 3) metres, world frame, float32 or float64; anything else is taken as float64. Fastest are float32 points
        whose coordinates lie in columns: ``np.asfortranarray(points)``, or the transpose of a C-contiguous (3, n).
    camera, world_from_cam
        The camera and its pose (4, 4).
    out
        Array to write the result into, of the points' shape, dtype and memory order: many frames then share one.
    inside
        (n,) bool to be set: whether each point has positive depth and a pixel in the image.
    threads
        How many share the work, 1 to 64; None: as the module says.

    Returns
    -------
    uvz
        (n, 3) of the same dtype and memory order: u and v in pixels, depth in metres. u and v are NaN where the depth
        is not positive; points outside the image keep their pixel.

    Notes
    -----
    ``u = fx * x / z + cx``, ``v = fy * y / z + cy`` (Hartley and Zisserman, Multiple View Geometry, 6.1), computed in
    the precision of the points: with float32 a point of a room, and so its pixel, is good to about a micrometre.
    """
    array, columns = _points(points)
    result = np.empty_like(array) if out is None else _target("out", out, points, array, columns)
    if inside is not None:
        inside = _mask(inside, array.shape[1 if columns else 0])
        if np.may_share_memory(inside, array) or np.may_share_memory(inside, result):
            raise ArgumentError("inside", found="memory of the points or of out", expected="an array of its own")
    pose = _pose(world_from_cam)
    if not _core.project_points(array, _camera(camera), pose, columns, 0.0, result, inside, _threads.count(threads)):
        _check.array("points", array, array.shape, array.dtype)  # says what is not finite
    return cast(Points, result.T if columns else result) if out is None else out


def points_in_image(
    points: npt.ArrayLike,
    camera: CameraLike,
    world_from_cam: npt.ArrayLike,
    *,
    near: float = NEAR,
    threads: int | None = None,
) -> Bool:
    """Tell which world points fall into the image, whatever stands before them.

    Parameters
    ----------
    points
        As for :func:`project_points`.
    camera, world_from_cam
        The camera and its pose (4, 4).
    near
        Near plane, metres.
    threads
        How many share the work, 1 to 64; None: as the module says.

    Returns
    -------
    inside
        (n,) bool.
    """
    array, columns = _points(points)
    inside = np.empty(array.shape[1 if columns else 0], dtype=np.bool_)
    if not _core.project_points(
        array, _camera(camera), _pose(world_from_cam), columns, _near(near), None, inside, _threads.count(threads)
    ):
        _check.array("points", array, array.shape, array.dtype)
    return inside


def points_in_boxes(points: npt.ArrayLike, boxes: Boxes, *, threads: int | None = None) -> Bool:
    """Tell which points lie in which boxes.

    Parameters
    ----------
    points
        (n, 3) metres, in the frame of the boxes; computed in float64.
    boxes
        m solid boxes; their border belongs to them, on which side of it rounding puts a point is open.
    threads
        How many share the work, 1 to 64; None: as the module says.

    Returns
    -------
    inside
        (n, m) bool.
    """
    array = _check.array("points", points, ("n", 3))
    return _core.points_in_boxes(array, *boxes_arrays("boxes", boxes), _threads.count(threads))


def unproject_depth(
    depth: npt.ArrayLike, camera: CameraLike, world_from_cam: npt.ArrayLike, *, threads: int | None = None
) -> F32:
    """Turn a depth image into world points.

    Parameters
    ----------
    depth
        (height, width) metres, 0 where there is no reading.
    camera, world_from_cam
        The camera of the depth image and its pose (4, 4).
    threads
        How many share the work, 1 to 64; None: as the module says.

    Returns
    -------
    points
        (height, width, 3) float32, metres, world frame; NaN where there is no reading.
    """
    array = _camera(camera)
    return _core.unproject_depth(_depth(depth, camera), array, _pose(world_from_cam), _threads.count(threads))


def visible_points(
    points: npt.ArrayLike,
    camera: CameraLike,
    world_from_cam: npt.ArrayLike,
    depth: npt.ArrayLike,
    *,
    tolerance: npt.ArrayLike = TOLERANCE,
    near: float = NEAR,
    threads: int | None = None,
) -> Bool:
    """Tell which surface points a frame sees.

    A point is seen when it lies beyond the near plane and in the image, and its depth z agrees with a reading d:
    ``|z - d| <= constant + quadratic * z**2 + (slope_x + slope_y) / 2``. d is the reading of the nearest pixel or,
    where that has none, of the nearest of the four around the point that has one. The slopes are how much the readings
    change there from one pixel to the next (along each axis the smaller difference to the two neighbours): a reading
    is taken in the pixel's centre, up to half a pixel away on each axis. What lies in front of the buffer is not on
    the surface that is seen, so it counts as little as what lies behind.

    Parameters
    ----------
    points
        As for :func:`project_points`, and computed in their precision.
    camera, world_from_cam
        The camera of the depth image and its pose (4, 4).
    depth
        (height, width) metres, 0 where there is no reading.
    tolerance
        ``(constant, quadratic)`` in metres and 1/metres.
    near
        Near plane, metres.
    threads
        How many share the work, 1 to 64; None: as the module says.

    Returns
    -------
    visible
        (n,) bool.
    """
    array, columns = _points(points)
    constant, quadratic = _check.tolerance(tolerance)
    image, pose = _camera(camera), _pose(world_from_cam)
    visible, finite = _core.visible_points(
        array, image, pose, columns, _depth(depth, camera), constant, quadratic, _near(near), _threads.count(threads)
    )
    if not finite:
        _check.array("points", array, array.shape, array.dtype)  # says what is not finite
    return visible


def project_boxes(
    boxes: Boxes, camera: CameraLike, world_from_cam: npt.ArrayLike, *, near: float = NEAR, threads: int | None = None
) -> tuple[F64, Bool]:
    """Return the exact rectangle in the image of what of each solid box can be seen (as if nothing stood before it).

    The faces of the box are clipped at the near plane and at the image border, then projected; corners alone would be
    wrong for every box that reaches behind the camera or out of the image.

    Parameters
    ----------
    boxes
        n boxes.
    camera, world_from_cam
        The camera and its pose (4, 4).
    near
        Near plane, metres.
    threads
        How many share the work, 1 to 64; None: as the module says.

    Returns
    -------
    rects
        (n, 4) x1, y1, x2, y2 in pixels, within the image; NaN where not valid. The whole image where the camera stands
        in a box that fills its view.
    valid
        (n,) bool: whether anything of the box is in the view volume.
    """
    arrays = boxes_arrays("boxes", boxes)
    return _core.project_boxes(*arrays, _camera(camera), _pose(world_from_cam), _near(near), _threads.count(threads))


def boxes_in_frustum(
    boxes: Boxes, camera: CameraLike, world_from_cam: npt.ArrayLike, *, near: float = NEAR, threads: int | None = None
) -> Bool:
    """Tell which boxes may be in view: a quick test that never drops a box which intersects the view volume.

    A box is dropped when it lies wholly outside one of the five planes (near, left, right, top, bottom); one that
    passes a corner of the view volume may be kept although it misses it (:func:`project_boxes` decides that exactly).

    Parameters
    ----------
    boxes
        n boxes.
    camera, world_from_cam
        The camera and its pose (4, 4).
    near
        Near plane, metres.
    threads
        How many share the work, 1 to 64; None: as the module says.

    Returns
    -------
    inside
        (n,) bool.

    Notes
    -----
    Signed distance of the centre against the box's radius along the plane's normal: Akenine-Möller, Haines, Hoffman,
    Real-Time Rendering, 22.10 (box and plane).
    """
    arrays = boxes_arrays("boxes", boxes)
    return _core.boxes_in_frustum(*arrays, _camera(camera), _pose(world_from_cam), _near(near), _threads.count(threads))


def spheres_in_frustum(
    centres: npt.ArrayLike,
    radii: npt.ArrayLike,
    camera: CameraLike,
    world_from_cam: npt.ArrayLike,
    *,
    near: float = NEAR,
    threads: int | None = None,
) -> Bool:
    """Tell which spheres may be in view, as :func:`boxes_in_frustum` does for boxes.

    Parameters
    ----------
    centres, radii
        (n, 3) and (n,) metres, radii at least 0.
    camera, world_from_cam
        The camera and its pose (4, 4).
    near
        Near plane, metres.
    threads
        How many share the work, 1 to 64; None: as the module says.

    Returns
    -------
    inside
        (n,) bool.
    """
    middle = _check.array("centres", centres, ("n", 3))
    reach = _check.array("radii", radii, (len(middle),))
    if reach.size and reach.min() < 0:
        raise ArgumentError("radii", found=f"radius {reach.min():g}", expected="radii of at least 0 m")
    view = _camera(camera), _pose(world_from_cam)
    return _core.spheres_in_frustum(middle, reach, *view, _near(near), _threads.count(threads))


def rasterize(
    surface: SurfaceLike,
    camera: CameraLike,
    world_from_cam: npt.ArrayLike,
    *,
    near: float = NEAR,
    threads: int | None = None,
) -> tuple[F32, npt.NDArray[np.int64]]:
    """Render the depth and the object ids of a mesh.

    Both sides of a face are seen; a pixel shows what its centre hits.

    Parameters
    ----------
    surface
        The mesh; its ``face_ids`` are the object ids.
    camera, world_from_cam
        The camera and its pose (4, 4).
    near
        Near plane, metres: the mesh is cut there.
    threads
        How many share the work, 1 to 64; None: as the module says.

    Returns
    -------
    depth
        (height, width) float32 metres, 0 where nothing is.
    ids
        (height, width) int64, -1 where nothing is.
    """
    depth, face = rasterize_faces(surface, camera, world_from_cam, near=near, threads=threads)
    return depth, _core.ids_of_faces(face, surface.face_ids)


def rasterize_faces(
    surface: SurfaceLike,
    camera: CameraLike,
    world_from_cam: npt.ArrayLike,
    *,
    near: float = NEAR,
    threads: int | None = None,
) -> tuple[F32, npt.NDArray[np.int32]]:
    """Render the depth of a mesh and which face each pixel shows; as :func:`rasterize` otherwise.

    Returns
    -------
    depth
        (height, width) float32 metres, 0 where nothing is.
    face
        (height, width) int32 index of the face, -1 where nothing is; of faces at equal depth the lowest.
    """
    if not isinstance(getattr(surface, "mesh", None), _core.Mesh):
        raise ArgumentError("surface", found=_kind(surface), expected="a Surface")
    return _core.rasterize(surface.mesh, _camera(camera), _pose(world_from_cam), _near(near), _threads.count(threads))


def box_iou(a: Boxes, b: Boxes, *, threads: int | None = None) -> F64:
    """Return the intersection over union of the volumes of every pair of boxes, at any rotation.

    Parameters
    ----------
    a, b
        n and m boxes.
    threads
        How many share the work, 1 to 64; None: as the module says.

    Returns
    -------
    iou
        (n, m) from 0 to 1; the same whichever box comes first. Boxes without volume share nothing: 0.

    Notes
    -----
    One box is clipped by the six planes of the other; the volume of the rest follows from the divergence theorem.
    """
    return _core.box_iou(*boxes_arrays("a", a), *boxes_arrays("b", b), _threads.count(threads))


def box_distance(a: Boxes, b: Boxes, *, threads: int | None = None) -> F64:
    """Return the distance between every pair of solid boxes.

    Parameters
    ----------
    a, b
        n and m boxes.
    threads
        How many share the work, 1 to 64; None: as the module says.

    Returns
    -------
    distance
        (n, m) metres; 0 where they touch or overlap.
    """
    return _core.box_distance(*boxes_arrays("a", a), *boxes_arrays("b", b), _threads.count(threads))


def shared_surface(seen: npt.ArrayLike, *, threads: int | None = None) -> F64:
    """Return how much of what two frames see is the same surface, for every pair of frames.

    Parameters
    ----------
    seen
        (frames, samples) bool: which surface samples each frame sees.
    threads
        How many share the work, 1 to 64; None: as the module says.

    Returns
    -------
    shared
        (frames, frames) intersection over union, 0 to 1; 0 where neither sees anything.
    """
    try:
        array = np.asarray(seen)
    except ValueError as error:
        raise ArgumentError("seen", found=f"no array ({error})", expected="(frames, samples) bool") from None
    if array.dtype != np.bool_:
        raise ArgumentError("seen", found=f"dtype {array.dtype}", expected="dtype bool")
    array = _check.array("seen", array, ("f", "p"), np.bool_)
    return _core.shared_surface(np.packbits(array, axis=1, bitorder="little"), _threads.count(threads))


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
    centres, sizes, rotations = _parts(name, boxes)
    centres = _check.array(f"{name}: centres", centres, ("n", 3), finite=False)
    sizes = _check.array(f"{name}: sizes", sizes, (len(centres), 3), finite=False)
    rotations = _check.array(f"{name}: world_from_box", rotations, (len(centres), 3, 3), finite=False)
    if _core.are_boxes(centres, sizes, rotations):
        return centres, sizes, rotations
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
            found=_kind(boxes),
            expected="a sequence of OrientedBox, or a tuple of arrays (centres, sizes, world_from_box)",
        ) from None
    n = len(found)
    return np.reshape(parts[0], (n, 3)), np.reshape(parts[1], (n, 3)), np.reshape(parts[2], (n, 3, 3))


def _points(points: Any) -> tuple[npt.NDArray[Any], bool]:
    """Return points as (n, 3), or as (3, n) with True where their coordinates lie in columns; not checked for NaN."""
    kinds = (np.float64, np.float32)
    shaped = isinstance(points, np.ndarray) and points.ndim == 2 and points.shape[1] == 3 and points.dtype in kinds
    if shaped and points.flags.f_contiguous and not points.flags.c_contiguous:
        return _check.array("points", points.T, (3, "n"), kinds, finite=False), True
    return _check.array("points", points, ("n", 3), kinds, finite=False), False


def _target(name: str, out: Any, points: Any, array: npt.NDArray[Any], columns: bool) -> npt.NDArray[Any]:
    """Return an array to write into in the form of the points that the core gets."""
    expected = f"a writeable {array.dtype} array of shape {np.shape(points)}, its memory in the order of the points'"
    if not isinstance(out, np.ndarray):
        raise ArgumentError(name, found=_kind(out), expected=expected)
    target = out.T if columns else out
    fits = target.shape == array.shape and target.dtype == array.dtype
    if not (fits and target.flags.c_contiguous and target.flags.aligned and target.flags.writeable):
        raise ArgumentError(name, found=f"{out.dtype} of shape {out.shape}", expected=expected)
    if np.may_share_memory(target, array):
        raise ArgumentError(name, found="memory of the points", expected="an array of its own")
    return target


def _mask(inside: Any, count: int) -> Bool:
    expected = f"a writeable bool array of shape ({count},)"
    if not isinstance(inside, np.ndarray):
        raise ArgumentError("inside", found=_kind(inside), expected=expected)
    usable = inside.flags.c_contiguous and inside.flags.writeable
    if inside.dtype != np.bool_ or inside.shape != (count,) or not usable:
        raise ArgumentError("inside", found=f"{inside.dtype} of shape {inside.shape}", expected=expected)
    return inside


def _camera(camera: CameraLike) -> F64:
    try:
        return camera.array
    except AttributeError:
        raise ArgumentError("camera", found=_kind(camera), expected="a Camera") from None


def _pose(world_from_cam: npt.ArrayLike) -> F64:
    return _check.rigid("world_from_cam", world_from_cam)


def _near(near: float) -> float:
    return _check.positive("near", near, unit="m")


def _depth(depth: npt.ArrayLike, camera: CameraLike) -> F32:
    found = np.asarray(depth)
    if found.dtype.kind in "biu":
        raise ArgumentError("depth", found=f"dtype {found.dtype}", expected="metres as floats, not sensor counts")
    array: F32 = _check.array("depth", found, (camera.height, camera.width), np.float32, finite=False)
    if not _core.all_depths(array):
        _check.array("depth", array, array.shape, np.float32)  # says what is not finite
        raise ArgumentError("depth", found=f"{array.min():g} m", expected="metres of at least 0, 0 for no reading")
    return array


def _kind(value: object) -> str:
    return f"an object of type {type(value).__name__}"
