"""Which object is how visible in which frame, where and how deep: one table per scene, one pass over its frames."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from spatialkit import _core, _threads
from spatialkit.errors import ArgumentError, DataError
from spatialkit.geometry import NEAR, project_boxes, project_points, rasterize
from spatialkit.scene import Camera, Frame, Scene
from spatialkit.surfaces import Samples, Surface, sample_scene

__all__ = ["Observations", "observe"]

MARK_RADIUS = 20 / 1296  # of a point mark, as a share of the image's longer side; SPAR's size on ScanNet's images
RASTER_TOLERANCE = (0.01, 0.0)  # metres: a rasterised buffer has no sensor noise

Table = npt.NDArray[Any]
Found = TypeVar("Found")


@dataclass(frozen=True, eq=False)
class Observations:
    """What each frame sees of each object; rows are ``scene.frames``, columns ``scene.objects``.

    Parameters
    ----------
    visible_share
        (F, N) area-weighted share of the object's surface that the frame sees.
    pixel_share
        (F, N) share of the image's pixels that show the object.
    visible_rect, amodal_rect
        (F, N, 4) x1 y1 x2 y2 in pixels: bounds of the centres of the visible pixels, and of the projected box clipped
        to the image; NaN where there is none.
    anchor
        (F, N, 2) the pixel of the object's visible surface nearest to its projected centre, off the outline by the
        radius of a point mark where the object is wide enough; NaN where there is none.
    disc
        (F, N) share of a point mark at the anchor that lies on the object; NaN where neither frame nor mesh tell which
        pixels are whose.
    centre
        (F, N, 3) u, v, depth of the box centre; u = v = NaN behind the camera.
    shared
        (F, F) intersection over union of the scene surface that two frames see.
    extent
        (3,) size of the place along the world axes, between the 1st and 99th percentile of its surface.
    usable
        (F,) False for frames whose depth could not be read; they see nothing.
    surface_source
        Where each object's surface came from: "mesh", "points", "instances", "depth" or "box".
    skipped
        Frames left out, id to reason.
    """

    visible_share: Table
    pixel_share: Table
    visible_rect: Table
    amodal_rect: Table
    anchor: Table
    disc: Table
    centre: Table
    shared: Table
    extent: Table
    usable: Table
    surface_source: tuple[str, ...]
    skipped: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for value in vars(self).values():  # remembered with the scene, so nobody may change them
            if isinstance(value, np.ndarray):
                value.setflags(write=False)


_cache: WeakKeyDictionary[Scene, Observations] = WeakKeyDictionary()
_locks: WeakKeyDictionary[Scene, Lock] = WeakKeyDictionary()
_guard = Lock()


def _after_fork() -> None:
    """Forget the locks: who held them is not in this process."""
    global _guard
    _guard = Lock()
    _locks.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def observe(scene: Scene, *, threads: int | None = None) -> Observations:
    """Compute the observations of a scene, reading each frame once; the result is remembered with the scene object.

    A frame's depth buffer is its own depth, or the rasterised surface where it has none. An object is visible where
    samples of its surface fall into the image and lie within the sensor's tolerance of that buffer (1 cm for a
    rasterised one); of what is thinner than that, both sides count as seen. The tables of the result are read-only.

    Parameters
    ----------
    scene
        The scene.
    threads
        Frames that are looked at side by side, 1 to 64; what is found does not depend on it. Where depth comes from
        functions, these are called side by side as well: use 1 if they must not be. By default as many as the process
        may use CPUs, and one in a process that another started (a worker, whose siblings have the other CPUs).

    Raises
    ------
    ArgumentError
        When no frame has depth and the scene has no surface, or ``threads`` is no whole number from 1 to 64.
    """
    threads = _threads.count(threads)
    with _guard:
        lock = _locks.setdefault(scene, Lock())
    with lock:  # who asks meanwhile waits for the one table
        found = _cache.get(scene)
        if found is None:
            found = _cache[scene] = _observe(scene, threads)
    return found


def _observe(scene: Scene, threads: int) -> Observations:
    if scene.surface is None and all(frame.depth is None for frame in scene.frames):
        raise ArgumentError(
            f"scene {scene.id}",
            found="neither depth images nor a surface",
            expected="one of them, to know what is visible",
        )
    skipped: dict[str, str] = {}
    samples = sample_scene(scene, skipped)
    f, n = len(scene.frames), len(scene.objects)
    share, pixels, disc = np.zeros((f, n)), np.zeros((f, n)), np.full((f, n), np.nan)
    visible = np.full((f, n, 4), np.nan)
    amodal = np.full((f, n, 4), np.nan)
    anchor = np.full((f, n, 2), np.nan)
    centre = np.full((f, n, 3), np.nan)
    seen = np.zeros((f, samples.common // 8), dtype=np.uint8)
    usable = np.zeros(f, dtype=bool)
    centres = scene.boxes[0]
    for i, frame in enumerate(scene.frames):
        if n:
            project_points(centres, frame.camera, frame.world_from_cam, out=centre[i], threads=1)
            rects, valid = project_boxes(scene.boxes, frame.camera, frame.world_from_cam, threads=threads)
            amodal[i] = np.where(valid[:, None], rects, np.nan)
    left = [i for i, frame in enumerate(scene.frames) if frame.id not in skipped]

    def look(i: int) -> _Row | DataError:
        try:
            return _observe_frame(scene, scene.frames[i], samples, centre[i])
        except DataError as error:
            return error

    for i, row in zip(left, _side_by_side(look, left, threads), strict=True):
        frame = scene.frames[i]
        if isinstance(row, DataError):
            skipped[frame.id] = str(row)
            continue
        with np.errstate(invalid="ignore", divide="ignore"):
            share[i] = np.where(samples.total_area > 0, np.minimum(row.area / samples.total_area, 1.0), 0.0)
        seen[i] = row.seen[: samples.common // 8]
        pixels[i] = row.pixels / (frame.camera.width * frame.camera.height)
        visible[i], anchor[i], disc[i] = row.rect, row.anchor, row.disc
        usable[i] = True
    return Observations(
        visible_share=share,
        pixel_share=pixels,
        visible_rect=visible,
        amodal_rect=amodal,
        anchor=anchor,
        disc=disc,
        centre=centre,
        shared=_core.shared_surface(seen, threads),
        extent=samples.extent,
        usable=usable,
        surface_source=samples.source,
        skipped=skipped,
    )


def _side_by_side(look: Callable[[int], Found], items: Sequence[int], threads: int) -> Iterator[Found]:
    """Yield what is found of each item, in order; no more are looked at ahead than there are threads."""
    if threads == 1 or len(items) < 2:
        yield from map(look, items)
        return
    with ThreadPoolExecutor(threads) as pool:
        ahead: deque[Future[Found]] = deque()
        for item in items:
            ahead.append(pool.submit(look, item))
            if len(ahead) > threads:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


@dataclass(frozen=True, eq=False)
class _Row:
    """What one frame sees: bits of samples, and per object area, pixels, rectangle, anchor and disc."""

    seen: Table
    area: Table
    pixels: Table
    rect: Table
    anchor: Table
    disc: Table


def _observe_frame(scene: Scene, frame: Frame, samples: Samples, centre: Table) -> _Row:
    """Return what one frame sees: how much by samples of the surfaces, where by the ids of pixels if there are any."""
    ids = np.array([o.id for o in scene.objects], dtype=np.int64)
    camera, tolerance = frame.buffer_camera, scene.sensor.tolerance
    known = None  # ids that came with the frame
    if frame.depth is not None:
        depth = frame.load_depth()
        known = marked = frame.load_instances() if frame.instances is not None else None
        if marked is None and scene.surface is not None:
            marked = _ids_of_mesh(scene, scene.surface, frame, depth)
    elif scene.surface is not None:
        tolerance, camera = RASTER_TOLERANCE, frame.camera
        depth, known = rasterize(scene.surface, camera, frame.world_from_cam, threads=1)
        marked = known
    else:
        raise DataError(f"frame {frame.id}", "depth", found="none", expected="a depth image, or a scene surface")
    shown = marked if len(ids) else None  # says where the objects are; without it their samples do
    row = _core.observe_frame(
        samples.points,
        samples.normals,
        samples.areas,
        samples.owners,
        ids,
        scene.boxes[0] - samples.origin,
        frame.camera.array,
        _moved(frame.world_from_cam, -samples.origin),
        depth,
        camera.array,
        known,
        *tolerance,
        NEAR,
        shown is None,
    )
    if shown is None:
        return _Row(*row, disc=np.full(len(ids), np.nan))
    return _Row(*row[:2], *_marks(frame, camera, depth, shown, ids, centre))


def _ids_of_mesh(scene: Scene, surface: Surface, frame: Frame, depth: Table) -> Table:
    """Return the ids that the mesh puts at the pixels of a depth image, -1 where the two are not of the same thing."""
    constant, quadratic = scene.sensor.tolerance
    constant += scene.sensor.position
    camera, pose = frame.buffer_camera.array, frame.world_from_cam
    return _core.ids_in_depth(surface.mesh, surface.face_ids, camera, pose, NEAR, depth, constant, quadratic, 1)


def _marks(frame: Frame, camera: Camera, depth: Table, marked: Table, ids: Table, centre: Table) -> list[Table]:
    """Return pixels, rectangle, anchor and disc of each object in the frame's image, from an image of ids."""
    scale, shift = _pixel_map(camera, frame.camera)
    columns, rows = (np.arange(n) * k + d for n, k, d in zip((camera.width, camera.height), scale, shift, strict=True))
    outside = (columns < 0) | (columns > frame.camera.width - 1), (rows < 0) | (rows > frame.camera.height - 1)
    if outside[0].any() or outside[1].any():  # depth may see farther to the side than the image
        marked = np.where(outside[0] | outside[1][:, None], -1, marked)
    target = np.ascontiguousarray((centre[:, :2] - shift) / scale)
    room = round(MARK_RADIUS * max(camera.width, camera.height))
    pixels, rect, anchor, disc = _core.instance_marks(np.ascontiguousarray(marked), depth, ids, target, room)
    wider = np.maximum((scale - 1) / 2, 0)  # a pixel of the depth covers several of the image
    rect = rect * np.tile(scale, 2) + np.concatenate([shift - wider, shift + wider])
    most = np.array([frame.camera.width - 1, frame.camera.height - 1])
    return [pixels * scale.prod(), np.clip(rect, 0, np.tile(most, 2)), anchor * scale + shift, disc]


def _moved(pose: Table, shift: Table) -> Table:
    pose = pose.copy()
    pose[:3, 3] += shift
    return pose


def _pixel_map(source: Camera, target: Camera) -> tuple[Table, Table]:
    """Return scale (2,) and shift (2,) that take pixels of ``source`` to those of ``target`` with the same pose."""
    scale = np.array([target.fx / source.fx, target.fy / source.fy])
    return scale, np.array([target.cx, target.cy]) - scale * (source.cx, source.cy)
