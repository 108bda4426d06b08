"""Row 9: a capture, from its depth files to the table of what each frame sees of each object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from benchmarks.occlusion import in_view, shown_at
from benchmarks.runner import Result, Row
from benchmarks.scene import DEPTH_UNIT, Room, build_room
from spatialkit.observe import observe
from spatialkit.scene import Frame, Scene
from spatialkit.surfaces import Samples, sample_scene

__all__ = ["ROW", "SETS"]

FRAMES = 300
BESIDE = 0.05  # of a share, that looking beside holes may add
COMPARED = 30  # frames of which pairs are compared by sets

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Capture:
    """The room as files: depth PNGs in a folder that lives as long as this."""

    scene: Scene
    paths: list[Path]
    samples: Samples
    members: list[set[int]]  # samples of each object
    folder: TemporaryDirectory[str]


@cache
def _capture(room: Room) -> Capture:
    folder = TemporaryDirectory()
    paths = [Path(folder.name, f"{i}.png") for i in range(len(room.poses))]
    frames = []
    for i, (path, pose) in enumerate(zip(paths, room.poses, strict=True)):
        Image.fromarray(room.sensed(i)).save(path)
        frames.append(Frame(str(i), room.depth_camera, pose, depth=path, time=float(i)))
    scene = Scene("room", "benchmark", tuple(frames), room.things, surface=room.surface)
    samples = sample_scene(scene, {})
    members = [set(np.flatnonzero(samples.owners == i).tolist()) for i in range(len(scene.objects))]
    return Capture(scene, paths, samples, members, folder)


@cache
def _full() -> Room:
    return build_room(cameras=FRAMES, boxes=1)


def _of(room: Room) -> Capture:
    """Return a capture of 300 frames, or of those of a smaller room."""
    return _capture(_full() if len(room.poses) >= 100 else room)


def ours(room: Room, frame: int) -> Result:
    table = observe(replace(_of(room).scene), threads=1)  # a copy: what was found is remembered with the scene
    return table.visible_share, table.shared


def _visible(capture: Capture) -> Iterator[tuple[Array, Array, Array]]:
    """Yield for each frame the samples that it sees, by index, and their pixels."""
    import cv2

    samples, camera = capture.samples, capture.scene.frames[0].camera
    for path, frame in zip(capture.paths, capture.scene.frames, strict=True):
        depth = np.asarray(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), dtype=np.float32) * DEPTH_UNIT
        pose = frame.world_from_cam.copy()
        pose[:3, 3] -= samples.origin
        kept, u, v, z = in_view(samples.points, camera, pose)
        shown = shown_at(depth, u, v, z)
        yield kept[shown], u[shown], v[shown]


def careful(room: Room, frame: int) -> Result:
    """Sum the areas of the visible samples of each object, note their bounds; compare frames by packed bits."""
    capture = _of(room)
    samples, count = capture.samples, len(capture.scene.objects)
    share = np.zeros((len(capture.paths), count))
    rects = np.full((len(capture.paths), count, 4), np.nan)
    bits = np.zeros((len(capture.paths), samples.common), dtype=np.bool_)
    for i, (kept, u, v) in enumerate(_visible(capture)):
        bits[i, kept[kept < samples.common]] = True
        owner = samples.owners[kept]
        first = int(np.searchsorted(owner, 0))
        owner, u, v = owner[first:], u[first:], v[first:]
        share[i] = np.bincount(owner, samples.areas[kept[first:]], count) / samples.total_area
        if len(owner):
            starts = np.flatnonzero(np.diff(owner, prepend=-1))
            ends = [extreme.reduceat(a, starts) for extreme in (np.minimum, np.maximum) for a in (u, v)]
            rects[i, owner[starts]] = np.stack(ends, axis=1) - 0.5
    packed = np.packbits(bits, axis=1)
    words = packed.view(np.uint64)
    both = np.stack([np.bitwise_count(words & row).sum(axis=1, dtype=np.int64) for row in words])
    each = np.diag(both)
    either = each[:, None] + each[None] - both
    return share, np.where(either > 0, both / np.maximum(either, 1), 0.0)


def sets(room: Room, frame: int) -> Result:
    """Keep the visible samples of each frame as a set of Python numbers."""
    capture = _of(room)
    seen = [set(kept.tolist()) for kept, _, _ in _visible(capture)]
    share = np.array([[len(own & each) / max(1, len(own)) for own in capture.members] for each in seen])
    every = max(1, len(seen) // COMPARED)
    some = [{k for k in each if k < capture.samples.common} for each in seen[::every]]
    shared = np.zeros((len(seen), len(seen)))
    for i, one in enumerate(some):
        for j, other in enumerate(some[:i]):
            shared[i * every, j * every] = len(one & other) / max(1, len(one | other))
    return share, shared


def differing(ours: Result, peer: Result) -> tuple[int, int]:
    """Count the shares that are too far apart, of all objects and of the pairs of frames that the peer compared.

    At a hole in the depth we look at the next pixel that has a reading, the peers do not: with 5 % of holes they miss
    some of what is visible.
    """
    compared = peer[1] > 0
    wrong = (np.abs(ours[0] - peer[0]) > BESIDE).sum() + (np.abs(ours[1] - peer[1])[compared] > BESIDE).sum()
    return int(wrong), peer[0].size + int(compared.sum())


ROW = Row(
    number="9",
    operation=f"the whole table of {FRAMES} frames, from depth PNGs, a mesh of 300,000 faces",
    peer_name="cv2, careful numpy: shares, bounds of visible samples, pairs; no ids of pixels, no anchors",
    goal=3,
    ours=ours,
    peer=careful,
    differing=differing,
    allowed=0.004,  # pairs of frames that share little
    frames=1,
    needs=("cv2",),
)
SETS = replace(ROW, number="9s", peer_name="cv2, numpy, then Python sets of visible samples", goal=15, peer=sets)
