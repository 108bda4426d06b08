"""Row 6: how much surface each pair of frames has in common."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from benchmarks.runner import Result, Row
from benchmarks.scene import Room
from spatialkit.geometry import points_in_image, shared_surface

__all__ = ["ROW"]

Bool = npt.NDArray[np.bool_]


@cache
def _seen(room: Room) -> Bool:
    """Which of 16,384 points of the surface is in the image of each of 300 cameras: those of the room, each thrice."""
    points = room.points[:: max(1, len(room.points) // 16384)][:16384]
    seen = np.stack([points_in_image(points, room.colour, pose) for pose in room.poses])
    return np.concatenate([np.roll(seen, shift, axis=1) for shift in (0, 1000, 5000)])


def ours(room: Room, frame: int) -> Result:
    return (shared_surface(_seen(room), threads=1),)


def counted(room: Room, frame: int) -> Result:
    """Count packed bits, a frame against all frames at a time."""
    bits = np.packbits(_seen(room), axis=1)
    bits = np.pad(bits, ((0, 0), (0, -bits.shape[1] % 8))).view(np.uint64)
    each = np.bitwise_count(bits).sum(axis=1, dtype=np.int64)
    both = np.stack([np.bitwise_count(bits & row).sum(axis=1, dtype=np.int64) for row in bits])
    either = each[:, None] + each - both
    return (np.divide(both, either, out=np.zeros(both.shape), where=either > 0),)


def differing(ours: Result, peer: Result) -> tuple[int, int]:
    """Count the pairs whose share is another."""
    return int((np.abs(ours[0] - peer[0]) > 1e-12).sum()), ours[0].size


ROW = Row(
    number="6",
    operation="surface that pairs of frames share, 300 frames, 16,384 points",
    peer_name="numpy: packed bits, bitwise_count",
    goal=10,
    ours=ours,
    peer=counted,
    differing=differing,
    frames=1,
)
