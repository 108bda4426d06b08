"""Row 10: the table of a whole scene with two threads beside one."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from benchmarks.runner import Result, Row
from benchmarks.scene import Room
from spatialkit.observe import observe
from spatialkit.scene import Frame, Scene

__all__ = ["ROW", "capture"]

FRAMES = 40


@cache
def capture(room: Room) -> Scene:
    """Return the room as a capture: depth images, the mesh, a box about each thing."""
    frames = tuple(
        Frame(str(i), room.depth_camera, pose, depth=np.ascontiguousarray(depth), time=float(i))
        for i, (pose, depth) in enumerate(zip(room.poses[:FRAMES], room.depth[:FRAMES], strict=True))
    )
    return Scene("room", "benchmark", frames, room.things, surface=room.surface)


def _table(room: Room, threads: int) -> Result:
    table = observe(replace(capture(room)), threads=threads)  # a copy: what was found is remembered with the scene
    return table.visible_share, table.pixel_share


def two(room: Room, frame: int) -> Result:
    return _table(room, 2)


def one(room: Room, frame: int) -> Result:
    return _table(room, 1)


def differing(ours: Result, peer: Result) -> tuple[int, int]:
    """Count the numbers that are not the same; none may be."""
    wrong = sum(int((a != b).sum()) for a, b in zip(ours, peer, strict=True))
    return wrong, sum(a.size for a in ours)


ROW = Row(
    number="10",
    operation=f"what each of {FRAMES} frames sees of each object, two threads",
    peer_name="one thread",
    goal=1.8,
    ours=two,
    peer=one,
    differing=differing,
    frames=1,
)
