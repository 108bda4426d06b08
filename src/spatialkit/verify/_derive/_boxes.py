"""Boxes that a text tells: four numbers in thousandths of an image, and the image."""

from __future__ import annotations

import re
from collections.abc import Iterator

from spatialkit.verify._derive._common import Fault
from spatialkit.verify._edges import Rect, check_edges, from_thousandths
from spatialkit.verify._names import PLACE, image_said
from spatialkit.verify._world import World

__all__ = ["BOX", "box_said", "check_box", "shared"]

BOX = re.compile(r"\[(\d+), (\d+), (\d+), (\d+)\]")
PLACED = re.compile(rf"(?:({PLACE.pattern}),? )?{BOX.pattern}", re.IGNORECASE)


def box_said(text: str, images: int, *, alone: bool = True, image: int | None = None) -> tuple[int, Rect]:
    """Return the image (0-based) and the only box that a text tells, x1 y1 x2 y2 in thousandths.

    ``alone``: nothing else may be said. ``image``: the image that is meant where the text need not tell it.
    """
    match = PLACED.fullmatch(text) if alone else PLACED.search(text)
    if match is None or len(BOX.findall(text)) != 1:
        raise Fault(f"{text!r} does not tell one box")
    place = image if image is not None else (0 if images == 1 else None)
    if match[1] is not None and image is None:
        place = image_said(match[1], images)
    if place is None or not 0 <= place < images:
        raise Fault(f"{text!r} does not tell in which image the box is")
    x1, y1, x2, y2 = (float(x) for x in match.groups()[-4:])
    if not (0 <= x1 < x2 <= 1000 and 0 <= y1 < y2 <= 1000):
        raise Fault(f"{text!r} is no box in thousandths")
    return place, (x1, y1, x2, y2)


def check_box(object_id: int, frame: str, rect: Rect, world: World) -> Iterator[str]:
    """Yield why a box in thousandths does not just enclose what a frame shows of an object."""
    camera = world.frame(frame).camera
    rounding = max(camera.width, camera.height) / 2000
    name = f"the box [{', '.join(f'{x:g}' for x in rect)}] in image {frame!r}"
    yield from check_edges(name, object_id, frame, from_thousandths(rect, frame, world), world, rounding=rounding)


def shared(a: Rect, b: Rect) -> float:
    """Return the intersection over union of two boxes."""
    across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    both = max(across, 0.0) * max(down, 0.0)
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)
