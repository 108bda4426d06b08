"""Row 7: depth images from the bytes of their PNG files."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import cache, partial

import numpy as np

from benchmarks.runner import Result, Row
from benchmarks.scene import Room
from spatialkit._images import decode_grey16

__all__ = ["BY_OPENCV", "BY_PILLOW"]

FRAMES = 10


@cache
def _file(room: Room, frame: int, writer: str) -> bytes:
    if writer == "OpenCV":
        import cv2

        return bytes(cv2.imencode(".png", room.sensed(frame))[1])
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(room.sensed(frame)).save(out, "PNG")
    return out.getvalue()


def ours(room: Room, frame: int, *, writer: str) -> Result:
    camera = room.depth_camera
    pixels = decode_grey16(_file(room, frame, writer), (camera.height, camera.width))
    assert pixels is not None
    return (pixels,)


def imdecode(room: Room, frame: int, *, writer: str) -> Result:
    import cv2

    pixels = cv2.imdecode(np.frombuffer(_file(room, frame, writer), np.uint8), cv2.IMREAD_UNCHANGED)
    return (np.asarray(pixels),)


def differing(ours: Result, peer: Result) -> tuple[int, int]:
    """Count the pixels that are not the same."""
    return int((ours[0] != peer[0]).sum()), ours[0].size


BY_PILLOW = Row(
    number="7",
    operation="depth PNG to pixels, 640 x 480, written by Pillow",
    peer_name="cv2.imdecode",
    goal=2,
    ours=partial(ours, writer="Pillow"),
    peer=partial(imdecode, writer="Pillow"),
    differing=differing,
    frames=FRAMES,
    needs=("cv2",),
)
BY_OPENCV = replace(
    BY_PILLOW,
    number="7c",
    operation="the same, written by OpenCV",
    ours=partial(ours, writer="OpenCV"),
    peer=partial(imdecode, writer="OpenCV"),
)
