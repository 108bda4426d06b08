"""Which object is how visible in which frame, where and how deep: one table per scene, one pass over its frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from spatialkit import _core
from spatialkit.errors import ArgumentError, DataError
from spatialkit.geometry import NEAR, project_boxes, rasterize
from spatialkit.scene import Camera, Frame, Scene
from spatialkit.surfaces import Samples, sample_scene

__all__ = ["Observations", "observe"]

MARK_ROOM = 20 / 1296  # of the image's width: a point mark of that radius lies within its object, where one can
RASTER_TOLERANCE = (0.01, 0.0)  # metres: a rasterised buffer has no sensor noise

Table = npt.NDArray[Any]


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
        (F, N, 4) x1 y1 x2 y2 in pixels: bounds of the visible pixels, and of the projected box clipped to the image;
        NaN where there is none.
    anchor
        (F, N, 2) the pixel of the object's visible surface nearest to its projected centre, off the outline by the
        radius of a point mark where the object is wide enough; NaN where there is none.
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
    centre: Table
    shared: Table
    extent: Table
    usable: Table
    surface_source: tuple[str, ...]
    skipped: Mapping[str, str] = field(default_factory=dict)


_cache: WeakKeyDictionary[Scene, Observations] = WeakKeyDictionary()


def observe(scene: Scene) -> Observations:
    """Compute the observations of a scene, reading each frame once; the result is remembered with the scene object.

    A frame's depth buffer is its own depth, or the rasterised surface where it has none. An object is visible where
    samples of its surface fall into the image and lie within the sensor's tolerance of that buffer.

    Raises
    ------
    ArgumentError
        When no frame has depth and the scene has no surface.
    """
    found = _cache.get(scene)
    if found is None:
        found = _cache[scene] = _observe(scene)
    return found


def _observe(scene: Scene) -> Observations:
    if scene.surface is None and all(frame.depth is None for frame in scene.frames):
        raise ArgumentError(
            f"scene {scene.id}",
            found="neither depth images nor a surface",
            expected="one of them, to know what is visible",
        )
    skipped: dict[str, str] = {}
    samples = sample_scene(scene, skipped)
    f, n = len(scene.frames), len(scene.objects)
    share, pixels = np.zeros((f, n)), np.zeros((f, n))
    visible = np.full((f, n, 4), np.nan)
    amodal = np.full((f, n, 4), np.nan)
    anchor = np.full((f, n, 2), np.nan)
    centre = np.full((f, n, 3), np.nan)
    seen = np.zeros((f, samples.common // 8), dtype=np.uint8)
    usable = np.zeros(f, dtype=bool)
    centres = scene.boxes[0]
    for i, frame in enumerate(scene.frames):
        camera = frame.camera.array
        if n:
            centre[i] = _core.project_points(centres, camera, frame.world_from_cam)
            rects, valid = project_boxes(scene.boxes, frame.camera, frame.world_from_cam)
            amodal[i] = np.where(valid[:, None], rects, np.nan)
        if frame.id in skipped:
            continue
        try:
            row = _observe_frame(scene, frame, samples, centre[i])
        except DataError as error:
            skipped[frame.id] = str(error)
            continue
        bits, area, pixels[i], visible[i], anchor[i] = row
        with np.errstate(invalid="ignore", divide="ignore"):
            share[i] = np.where(samples.total_area > 0, area / samples.total_area, 0.0)
        seen[i] = bits[: samples.common // 8]
        pixels[i] /= frame.camera.width * frame.camera.height
        usable[i] = True
    return Observations(
        visible_share=share,
        pixel_share=pixels,
        visible_rect=visible,
        amodal_rect=amodal,
        anchor=anchor,
        centre=centre,
        shared=_core.shared_surface(seen),
        extent=samples.extent,
        usable=usable,
        surface_source=samples.source,
        skipped=skipped,
    )


def _observe_frame(
    scene: Scene, frame: Frame, samples: Samples, centre: Table
) -> tuple[Table, Table, Table, Table, Table]:
    """Return seen bits, area, pixels, visible rectangle and anchor of every object in one frame."""
    ids = np.array([o.id for o in scene.objects], dtype=np.int64)
    buffer_camera, tolerance = frame.buffer_camera, scene.sensor.tolerance
    instances = None
    if frame.depth is not None:
        depth = frame.load_depth()
        if frame.instances is not None:
            instances = frame.load_instances()
    else:
        if scene.surface is None:
            raise DataError(f"frame {frame.id}", "depth", found="none", expected="a depth image, or a scene surface")
        tolerance = RASTER_TOLERANCE
        buffer_camera = frame.camera
        depth, instances = rasterize(scene.surface, frame.camera, frame.world_from_cam)
    bits, area, pixels, rect, anchor = _core.observe_frame(
        samples.points,
        samples.normals,
        samples.areas,
        samples.owners,
        ids,
        scene.boxes[0],
        frame.camera.array,
        frame.world_from_cam,
        depth,
        buffer_camera.array,
        instances,
        *tolerance,
        NEAR,
    )
    if instances is not None and len(ids):
        to_image = _pixel_map(buffer_camera, frame.camera)
        target = (centre[:, :2] - to_image[1]) / to_image[0]
        room = round(MARK_ROOM * buffer_camera.width)
        pixels, rect, anchor = _core.instance_marks(instances, depth, ids, np.ascontiguousarray(target), room)
        pixels = pixels * to_image[0].prod()
        rect = rect * np.tile(to_image[0], 2) + np.tile(to_image[1], 2)
        anchor = anchor * to_image[0] + to_image[1]
    return bits, area, pixels, rect, anchor


def _pixel_map(source: Camera, target: Camera) -> tuple[Table, Table]:
    """Return scale (2,) and shift (2,) that take pixels of ``source`` to those of ``target`` with the same pose."""
    scale = np.array([target.fx / source.fx, target.fy / source.fy])
    return scale, np.array([target.cx, target.cy]) - scale * (source.cx, source.cy)
