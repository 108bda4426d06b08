"""What ``spatialkit check`` finds out about one scene: what is there, and whether its geometry agrees with itself.

A dataset read with the wrong convention still looks plausible file by file. Three facts cannot all survive that:
pixels of an object lie inside its box, two views of one surface measure it in the same place, and up is up in the
pictures. Where they fail, the usual mistakes (inverted poses, other camera axes) are tried, and the one that would put
things right is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from spatialkit.errors import SpatialkitError
from spatialkit.scene import Camera, Frame, Scene

__all__ = ["inspect_scene"]

Severity = Literal["ok", "warning", "error"]
Line = tuple[Severity, str]
Array = npt.NDArray[Any]
Pose = npt.NDArray[np.floating[Any]]

VIEWS = 24  # frames that the geometry is tried on, evenly spread
POINTS = 1500  # depth readings taken of each, about
GOOD, POOR = 0.5, 0.25  # shares of agreement: below GOOD a warning, below POOR an error

MISTAKES: dict[str, Callable[[Pose], Pose]] = {
    "the poses are stored the other way round (cam_from_world)": lambda t: np.linalg.inv(t),
    "the cameras have OpenGL axes (y up, z backward)": lambda t: t @ np.diag([1.0, -1.0, -1.0, 1.0]),
    "the cameras look backward (x and z negated)": lambda t: t @ np.diag([-1.0, 1.0, -1.0, 1.0]),
    "the images are upside down (x and y negated)": lambda t: t @ np.diag([-1.0, -1.0, 1.0, 1.0]),
    "the poses are inverted and have OpenGL axes": lambda t: np.linalg.inv(t) @ np.diag([1.0, -1.0, -1.0, 1.0]),
}


def inspect_scene(scene: Scene) -> Iterator[Line]:
    """Yield (severity, message) for what is there, what is missing, what it disables, and how well it agrees."""
    yield from _contents(scene)
    for name, reason in scene.skipped.items():
        yield "warning", f"left out: {name}: {reason}"
    views: list[View] = []
    yield from _decode(scene, views)
    yield from _upright(scene)
    yield from _pixels_in_boxes(scene, views)
    yield from _views_agree(scene, views)
    yield from _surface_agrees(scene, views)


def _contents(scene: Scene) -> Iterator[Line]:
    frames, objects = scene.frames, scene.objects
    with_depth = sum(f.depth is not None for f in frames)
    parts = [
        f"{len(frames)} frames",
        f"{with_depth} with depth",
        f"{sum(f.instances is not None for f in frames)} with instance ids",
        f"{len(objects)} objects",
        "no mesh" if scene.surface is None else f"a mesh of {len(scene.surface.faces)} faces",
    ]
    yield "ok", ", ".join(parts)
    if not frames:
        yield "error", "no frames: no questions at all"
    if not objects:
        yield "error", "no objects: no questions about objects"
    if (blind := sum(f.image is None for f in frames)) and frames:
        yield "warning", f"{blind} of {len(frames)} frames have no image: no questions are asked about them"
    if frames and scene.surface is None and not with_depth:
        yield "error", "neither depth nor mesh: visibility is unknown, so nothing can be asked"
    elif frames and scene.surface is None and with_depth < len(frames):
        yield "warning", f"{len(frames) - with_depth} frames have neither depth nor mesh: they are not used"
    if nameless := sum(not o.label for o in objects):
        yield "warning", f"{nameless} of {len(objects)} objects have no label: they are never named in a question"
    if scene.floor is None:
        yield "ok", "no floor polygon: no room size or walking space from annotation"
    if len(frames) > 1 and any(f.time is None for f in frames):
        yield "ok", "frames without time: the order of frames stands in for it"
    if not scene.metric:
        yield "warning", "the scale is unknown: no questions in metres"


@dataclass(frozen=True)
class View:
    """A frame's depth, and some of its readings as points in camera coordinates with the id under each."""

    frame: Frame
    camera: Camera
    depth: npt.NDArray[np.float32]
    points: npt.NDArray[np.float64]
    ids: npt.NDArray[np.int64] | None


def _decode(scene: Scene, views: list[View]) -> Iterator[Line]:
    """Decode every image once, so that each damaged file is named; keep some frames as ``views``."""
    chosen = set(np.unique(np.linspace(0, len(scene.frames) - 1, VIEWS).round().astype(int))) if scene.frames else set()
    for i, frame in enumerate(scene.frames):
        loaded: dict[str, Array] = {}
        for kind, load in (
            ("image", frame.load_image),
            ("depth", frame.load_depth),
            ("instances", frame.load_instances),
        ):
            if getattr(frame, kind) is not None:
                try:
                    loaded[kind] = load()
                except SpatialkitError as error:
                    yield "error", str(error)
        if i in chosen and "depth" in loaded:
            views.append(_view(frame, loaded["depth"], loaded.get("instances")))
    if views:
        share = float(np.mean([(view.depth > 0).mean() for view in views]))
        yield "ok" if share > 0.2 else "warning", f"depth: {share:.0%} of the pixels have a reading"


def _view(frame: Frame, depth: npt.NDArray[np.float32], ids: npt.NDArray[np.int64] | None) -> View:
    from spatialkit.geometry import unproject_depth

    step = max(1, int((depth.size / POINTS) ** 0.5))
    grid = np.s_[step // 2 :: step, step // 2 :: step]
    read = depth[grid] > 0
    points = unproject_depth(depth, frame.buffer_camera, np.eye(4))[grid][read].astype(np.float64)
    return View(frame, frame.buffer_camera, depth, points, None if ids is None else ids[grid][read])


def _upright(scene: Scene) -> Iterator[Line]:
    """Hold the scene's up against the cameras: people and robots keep the horizon level, by and large."""
    if not scene.frames:
        return
    up = np.array([f.world_from_cam[:3, :3].T @ scene.up for f in scene.frames])  # in camera axes
    level = np.abs(up[:, 2]) < 0.8  # looking straight up or down says nothing about roll
    if not level.any():
        return
    roll = np.degrees(np.abs(np.arctan2(up[level, 0], -up[level, 1])))
    middle = float(np.median(roll))
    message = f"up in the images: {middle:.0f} degrees from the scene's up (median of {int(level.sum())} frames)"
    if middle > 135:
        yield "error", f"{message}: upside down; camera axes or the scene's up are wrong"
    elif middle > 45:
        yield "warning", f"{message}: the images lie on their side; set up_rotation, or the scene's up is wrong"
    else:
        yield "ok", message


def _verdict(
    text: Callable[[float], str], measure: Callable[[Sequence[Pose]], float], views: Sequence[View]
) -> Iterator[Line]:
    """Judge a share of agreement; where it is low or NaN, name the mistake that would explain it."""
    given = [view.frame.world_from_cam for view in views]
    share = measure(given)
    if share >= GOOD:
        yield "ok", text(share)
        return
    others = {why: measure([mistake(t) for t in given]) for why, mistake in MISTAKES.items()}
    why, best = max(others.items(), key=lambda item: -1.0 if np.isnan(item[1]) else item[1])
    if best > max(GOOD, 1.5 * share if share == share else 0.0):
        yield "error", f"{text(share)}; it would be {best:.0%} if {why}"
    elif share == share:
        yield ("error" if share < POOR else "warning"), text(share)
    else:
        yield "warning", text(share)


def _tolerance(scene: Scene, z: Array) -> Array:
    constant, quadratic = scene.sensor.tolerance
    return scene.sensor.position + constant + quadratic * z**2


def _pixels_in_boxes(scene: Scene, views: Sequence[View]) -> Iterator[Line]:
    """Yield how much of what the depth shows of objects lies inside their boxes."""
    if not views or not scene.objects:
        return
    own = [view for view in views if view.ids is not None and np.isin(view.ids, list(scene.object_index)).any()]
    if own:
        outside, z = _outside_own_box(scene, own, [view.frame.world_from_cam for view in own])

        def inside_own(poses: Sequence[Pose]) -> float:
            distance, z = _outside_own_box(scene, own, poses)
            return float((distance <= _tolerance(scene, z)).mean())

        def text(share: float) -> str:
            return (
                f"depth of object pixels: {share:.0%} inside the object's box; distance to it median "
                f"{100 * np.median(outside):.1f} cm, 95th percentile {100 * np.percentile(outside, 95):.1f} cm "
                f"({len(z)} readings)"
            )

        yield from _verdict(text, inside_own, own)
        return

    def inside_any(poses: Sequence[Pose]) -> float:
        entered = within = 0
        for view, pose in zip(views, poses, strict=True):
            a, b = _rays_through_boxes(scene, view, pose)
            entered, within = entered + a, within + b
        return within / entered if entered >= 50 else float("nan")

    def words(share: float) -> str:
        if share != share:
            return "hardly any depth reading meets an object's box: poses and boxes may be in different frames"
        return f"depth behind object boxes: {share:.0%} of the readings that reach a box end inside one"

    yield from _verdict(words, inside_any, views)


def _outside_own_box(scene: Scene, views: Sequence[View], poses: Sequence[Pose]) -> tuple[Array, Array]:
    """Return how far (n,) each reading of an object is from that object's box, and its depth (n,), metres."""
    centres, sizes, axes = scene.boxes
    position = scene.object_index
    distances, depths = [], []
    for view, pose in zip(views, poses, strict=True):
        assert view.ids is not None
        which = np.array([position.get(int(i), -1) for i in view.ids])
        known = which >= 0
        which, world = which[known], view.points[known] @ pose[:3, :3].T + pose[:3, 3]
        local = np.einsum("nj,njk->nk", world - centres[which], axes[which])
        distances.append(np.linalg.norm(np.maximum(np.abs(local) - sizes[which] / 2, 0), axis=1))
        depths.append(view.points[known, 2])
    return np.concatenate(distances), np.concatenate(depths)


def _rays_through_boxes(scene: Scene, view: View, pose: Pose) -> tuple[int, int]:
    """Count the readings whose ray enters a box before it ends, and those among them that end inside one."""
    centres, sizes, axes = scene.boxes
    z = view.points[:, 2]
    ways = (view.points / z[:, None]) @ pose[:3, :3].T  # a step of 1 m in depth
    entered, within = np.zeros(len(z), dtype=bool), np.zeros(len(z), dtype=bool)
    slack = _tolerance(scene, z)
    for centre, half, box in zip(centres, sizes / 2, axes, strict=True):
        origin = (pose[:3, 3] - centre) @ box
        if (np.abs(origin) <= half).all():
            continue  # a box around the camera, such as the building, tells nothing
        with np.errstate(divide="ignore", invalid="ignore"):
            sides = np.stack([(-half - origin) / (ways @ box), (half - origin) / (ways @ box)])
        near, far = np.nanmax(sides.min(axis=0), axis=1), np.nanmin(sides.max(axis=0), axis=1)
        met = (near <= far) & (near > 0) & (near <= z + slack)
        entered |= met
        within |= met & (z <= far + slack)
    return int(entered.sum()), int(within.sum())


def _views_agree(scene: Scene, views: Sequence[View]) -> Iterator[Line]:
    """Yield whether neighbouring views measure one surface in one place."""
    if len(views) < 2:
        return

    def residuals(poses: Sequence[Pose]) -> tuple[Array, Array]:
        found = [
            _reread(a, pose_a, b, pose_b)
            for (a, pose_a), (b, pose_b) in _neighbours(list(zip(views, poses, strict=True)))
        ]
        return (
            np.concatenate([r for r, _ in found]) if found else np.zeros(0),
            np.concatenate([z for _, z in found]) if found else np.zeros(0),
        )

    def agree(poses: Sequence[Pose]) -> float:
        r, z = residuals(poses)
        slack = _tolerance(scene, z)
        open_sight = r <= slack  # farther than the other view's reading: hidden there, no contradiction
        return float((r[open_sight] >= -slack[open_sight]).mean()) if open_sight.sum() >= 100 else float("nan")

    r, z = residuals([view.frame.world_from_cam for view in views])
    seen = np.abs(r[np.abs(r) <= 5 * _tolerance(scene, z)])
    middle = 100 * float(np.median(seen)) if seen.size else float("nan")

    def text(share: float) -> str:
        if share != share:
            return "neighbouring views share too little surface to be compared"
        return f"depth between neighbouring views: {share:.0%} consistent, median difference {middle:.1f} cm"

    if not r.size and len({tuple(view.frame.world_from_cam.ravel()) for view in views}) == 1:
        return
    yield from _verdict(text, agree, views)


def _neighbours(items: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """Yield ordered pairs of neighbours, both ways, that are not one view twice."""
    for first, second in pairwise(items):
        if np.abs(first[1] - second[1]).max() > 0.01:
            yield first, second
            yield second, first


def _reread(a: View, world_from_a: Pose, b: View, world_from_b: Pose) -> tuple[Array, Array]:
    """Return (depth in b minus b's reading there, depth in b) of a's points that fall on readings of b."""
    from spatialkit.geometry import project_points

    world = a.points @ world_from_a[:3, :3].T + world_from_a[:3, 3]
    u, v, z = project_points(world, b.camera, world_from_b).T
    with np.errstate(invalid="ignore"):
        inside = (z > 0.05) & (np.rint(u) >= 0) & (np.rint(v) >= 0)
        inside &= (np.rint(u) < b.camera.width) & (np.rint(v) < b.camera.height)
    z = z[inside]
    reading = b.depth[np.rint(v[inside]).astype(int), np.rint(u[inside]).astype(int)]
    return (z - reading)[reading > 0], z[reading > 0]


def _surface_agrees(scene: Scene, views: Sequence[View]) -> Iterator[Line]:
    """Yield whether the mesh lies where the depth is, and inside the boxes of the objects it belongs to."""
    from spatialkit.geometry import rasterize

    surface = scene.surface
    if surface is None or not surface.faces.size:
        return
    far_off = []
    for thing in scene.objects:
        corners = surface.vertices[surface.faces[surface.face_ids == thing.id].ravel()]
        if len(corners):
            local = np.abs((corners - thing.box.centre) @ thing.box.world_from_box) - thing.box.size / 2
            if np.median(np.linalg.norm(np.maximum(local, 0), axis=1)) > scene.sensor.position + 0.05:
                far_off.append(f"{thing.label or 'object'} {thing.id}")
    if far_off:
        some = ", ".join(far_off[:5]) + (", …" if len(far_off) > 5 else "")
        serious = len(far_off) > len(scene.objects) / 4
        yield "error" if serious else "warning", f"{len(far_off)} objects have their mesh outside their box: {some}"
    few = list(views[:: max(1, len(views) // 6)])
    if not few:
        return

    def agree(poses: Sequence[Pose]) -> float:
        close = total = 0
        for view, pose in zip(few, poses, strict=True):
            drawn, _ = rasterize(surface, view.camera, pose)
            both = (drawn > 0) & (view.depth > 0)
            close += int((np.abs(drawn - view.depth) <= _tolerance(scene, view.depth))[both].sum())
            total += int(both.sum())
        return close / total if total >= 100 else float("nan")

    def text(share: float) -> str:
        if share != share:
            return "mesh and depth never meet: poses and mesh may be in different frames"
        return f"mesh and depth: {share:.0%} of the pixels agree"

    yield from _verdict(text, agree, few)
