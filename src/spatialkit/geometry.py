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

from typing import cast

import numpy as np
import numpy.typing as npt

from spatialkit import _check, _core, _threads
from spatialkit._arguments import (
    F32,
    F64,
    Bool,
    Boxes,
    CameraLike,
    Points,
    SurfaceLike,
    boxes_arrays,
    camera_array,
    depth_array,
    kind,
    mask_array,
    near_plane,
    points_array,
    pose_array,
    refuse_odd,
    shaped_boxes,
    sound_boxes,
    target_array,
)
from spatialkit.errors import ArgumentError
from spatialkit.poses import relative_pose

__all__ = [
    "box_distance",
    "box_iou",
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

NEAR = 0.05  # metres
TOLERANCE = (0.01, 0.004)  # metres, 1 / metres


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
    array, columns = points_array(points)
    result = np.empty_like(array) if out is None else target_array("out", out, points, array, columns)
    if inside is not None:
        inside = mask_array(inside, array.shape[1 if columns else 0])
        if np.may_share_memory(inside, array) or np.may_share_memory(inside, result):
            raise ArgumentError("inside", found="memory of the points or of out", expected="an array of its own")
    pose = pose_array(world_from_cam)
    if not _core.project_points(
        array, camera_array(camera), pose, columns, 0.0, result, inside, _threads.count(threads)
    ):
        refuse_odd(array)
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
    array, columns = points_array(points)
    inside = np.empty(array.shape[1 if columns else 0], dtype=np.bool_)
    if not _core.project_points(
        array,
        camera_array(camera),
        pose_array(world_from_cam),
        columns,
        near_plane(near),
        None,
        inside,
        _threads.count(threads),
    ):
        refuse_odd(array)
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
    array = camera_array(camera)
    return _core.unproject_depth(depth_array(depth, camera), array, pose_array(world_from_cam), _threads.count(threads))


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
    array, columns = points_array(points)
    constant, quadratic = _check.tolerance(tolerance)
    image, pose = camera_array(camera), pose_array(world_from_cam)
    visible, finite = _core.visible_points(
        array,
        image,
        pose,
        columns,
        depth_array(depth, camera),
        constant,
        quadratic,
        near_plane(near),
        _threads.count(threads),
    )
    if not finite:
        refuse_odd(array)
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
    return _core.project_boxes(
        *arrays, camera_array(camera), pose_array(world_from_cam), near_plane(near), _threads.count(threads)
    )


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
    arrays = shaped_boxes("boxes", boxes)
    image, pose = camera_array(camera), pose_array(world_from_cam)
    near, threads = near_plane(near), _threads.count(threads)
    inside, sound = _core.boxes_in_frustum(*arrays, image, pose, near, threads)
    if not sound:
        inside, _ = _core.boxes_in_frustum(*sound_boxes("boxes", *arrays), image, pose, near, threads)
    return inside


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
    view = camera_array(camera), pose_array(world_from_cam)
    return _core.spheres_in_frustum(middle, reach, *view, near_plane(near), _threads.count(threads))


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
        raise ArgumentError("surface", found=kind(surface), expected="a Surface")
    return _core.rasterize(
        surface.mesh, camera_array(camera), pose_array(world_from_cam), near_plane(near), _threads.count(threads)
    )


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
    By the divergence theorem: the volume that two boxes share is the flux, through the faces of one, of a field whose
    divergence is 1 in the other and 0 around it.
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
