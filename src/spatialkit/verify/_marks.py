"""Whether what is drawn is there: marks on visible pixels of their objects, of a fair size, and told apart."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from spatialkit.samples import COLOURS, Mark, Sample
from spatialkit.verify._edges import check_edges
from spatialkit.verify._names import called
from spatialkit.verify._sight import sights
from spatialkit.verify._world import Array, World

__all__ = ["check_marks", "check_seen", "check_worth"]

NEIGHBOURS = np.array([(x, y) for y in (-1, 0, 1) for x in (-1, 0, 1)], dtype=np.float64)
SPARE = 0.8  # share of the smallest admissible pixel share below which a mark is called too small
LARGER = 1.1  # times the largest admissible share of a place from which on a thing is called structure
DISC = 20 / 1296  # radius of a point mark, as a share of the image's longer side
HALF = 0.15  # by which the share of a mark that lies on its object may be off: of its few pixels, some lie on the rim
MOST_KEPT = 20000  # marks of which is remembered what is wrong with them
FOUR_TIMES = 4  # as large a box may hold a smaller one whole


def check_marks(sample: Sample, world: World) -> Iterator[str]:
    """Yield what is wrong with the marks of a sample; its images must be those of the scene."""
    colours, texts = [mark.colour for mark in sample.marks], [mark.text for mark in sample.marks]
    if all(texts) and len(set(texts)) != len(texts):
        yield f"marks carry the texts {texts}, expected different ones"
    elif not all(texts) and len(set(colours)) != len(colours):
        yield f"marks are coloured {colours}, expected different ones of {', '.join(COLOURS)}"
    if not set(colours) <= set(COLOURS):
        yield f"marks are coloured {colours}, expected some of {', '.join(COLOURS)}"
    ids = [mark.object_id for mark in sample.marks]
    if len(set(ids)) != len(ids):
        yield f"marks stand for objects {ids}, expected different ones"
    yield from _as_stated(sample)
    for mark in sample.marks:
        yield from _once(mark, sample, world)
    for one, other in combinations(sample.marks, 2):
        if one.image == other.image:
            yield from _told_apart(one, other, sample, world)


def _as_stated(sample: Sample) -> Iterator[str]:
    """Yield where the provenance disagrees with the marks; it may state more, things that are named only."""
    stated, images = sample.provenance.get("objects"), sample.provenance.get("images", {})
    if stated is None:
        return
    marked = {mark.role: mark.object_id for mark in sample.marks}
    if {role: stated.get(role) for role in marked} != marked:
        yield f"the provenance states objects {dict(stated)}, marked are {marked}"
    for mark in sample.marks:
        if mark.role in images and images[mark.role] != mark.image:
            yield f"the provenance puts {mark.role!r} on image {images[mark.role] + 1}, the mark on {mark.image + 1}"
    for role, image in images.items():
        if not 0 <= image < len(sample.images):
            yield f"the provenance puts {role!r} on image {image + 1} of {len(sample.images)}"


def _once(mark: Mark, sample: Sample, world: World) -> tuple[str, ...]:
    """Return what is wrong with a mark, found once for all formats of a question."""
    images = tuple((image.frame, image.width, image.height) for image in sample.images)
    key = mark, images[mark.image] if 0 <= mark.image < len(images) else len(images)
    if key not in world.marks:
        if len(world.marks) >= MOST_KEPT:
            world.marks.clear()
        world.marks[key] = tuple(_check_mark(mark, sample, world))
    return world.marks[key]


def _check_mark(mark: Mark, sample: Sample, world: World) -> Iterator[str]:
    name = f"{mark.colour} {mark.kind}"
    if not 0 <= mark.image < len(sample.images):
        yield f"the {name} is on image {mark.image + 1} of {len(sample.images)}"
        return
    if mark.object_id not in world.scene.object_index:
        yield f"the {name} marks object {mark.object_id}, which the scene does not have"
        return
    image = sample.images[mark.image]
    if len(mark.xy) != (2 if mark.kind == "point" else 4):
        yield f"the {name} has {len(mark.xy)} coordinates"
        return
    xy = np.asarray(mark.xy, dtype=np.float64).reshape(-1, 2)
    if not ((xy >= -0.5) & (xy <= (image.width - 0.5, image.height - 0.5))).all():
        yield f"the {name} at {mark.xy} lies outside its image of {image.width} x {image.height} pixels"
        return
    yield from check_worth(mark.object_id, world)
    yield from check_seen(mark.object_id, image.frame, world)
    if not world.evidence(image.frame, mark.object_id):
        return
    if mark.kind == "point":
        yield from _point(mark, image.frame, xy, world)
    else:
        yield from _box(mark, image.frame, xy, world)


def check_worth(object_id: int, world: World) -> Iterator[str]:
    """Yield why an object may not be asked about at all."""
    rules, item = world.rules, world.object(object_id)
    label = called(item.label).lower()
    if label in rules.structure or label in rules.placeholders:
        yield f"object {object_id} is {label!r}, which is structure or names nothing"
    span = (np.abs(item.box.world_from_box) @ item.box.size) / world.extent_of_all
    if (span > LARGER * rules.largest_share).sum() >= 2:
        yield f"object {object_id} is as large as the place: {np.sort(span)[1]:.0%} of it on two axes"
    if item.box.size.max() < rules.smallest_side:
        yield f"object {object_id} is at most {item.box.size.max():.3f} m long, expected {rules.smallest_side} m"


def check_seen(object_id: int, frame: str, world: World) -> Iterator[str]:
    """Yield why an object cannot be pointed out in a frame: too little of it is seen, or its centre is not."""
    rules = world.rules
    if rules.centre_in_image:
        pixel, camera = world.pixel(frame, world.centre(object_id)), world.frame(frame).camera
        if pixel is None or not (-1 <= pixel[0] <= camera.width and -1 <= pixel[1] <= camera.height):
            yield f"the centre of object {object_id} lies outside image {frame!r}"
    if world.evidence(frame, object_id):
        share = world.pixel_share(frame, object_id)
        if share < SPARE * rules.pixel_share:
            yield f"object {object_id} fills {share:.3%} of image {frame!r}, expected at least {rules.pixel_share:.3%}"
        seen = sights(world).of(frame, object_id).surface.high
        if share > 0 and seen < rules.visible_share:
            yield f"image {frame!r} shows {seen:.0%} of object {object_id} at most, expected {rules.visible_share:.0%}"


def _point(mark: Mark, frame: str, xy: Array, world: World) -> Iterator[str]:
    # Coordinates are rounded: what lies under a thin part may be its neighbour's pixel.
    if not world.shows(frame, np.rint(xy) + NEIGHBOURS, mark.object_id).any():
        yield f"the {mark.colour} point {mark.xy} in image {frame!r} does not show object {mark.object_id}"
        return
    camera, rules = world.frame(frame).camera, world.rules
    radius = DISC * max(camera.width, camera.height)
    reach = np.arange(-np.ceil(radius), np.ceil(radius) + 1)
    disc = np.stack(np.meshgrid(reach, reach), axis=-1).reshape(-1, 2)
    disc = np.rint(xy) + disc[np.hypot(*disc.T) <= radius]
    disc = disc[((disc >= 0) & (disc <= (camera.width - 1, camera.height - 1))).all(axis=1)]
    on = float(world.shows(frame, disc, mark.object_id).mean())
    if on < rules.point_on_object - HALF:
        yield f"the {mark.colour} point {mark.xy} in image {frame!r} lies on object {mark.object_id} for {on:.0%} only"
    pixels = world.pixel_share(frame, mark.object_id) * camera.width * camera.height
    if SPARE * np.pi * radius**2 > rules.point_covers * pixels:
        yield f"the {mark.colour} point covers too much of object {mark.object_id}, {pixels:.0f} pixels"


def _box(mark: Mark, frame: str, xy: Array, world: World) -> Iterator[str]:
    name = f"the {mark.colour} box {mark.xy} in image {frame!r}"
    (x1, y1), (x2, y2) = xy
    camera, rules = world.frame(frame).camera, world.rules
    if x2 < x1 or y2 < y1:
        yield f"{name} has its corners in the wrong order"
        return
    if x2 - x1 + 1.5 < rules.box_side * camera.width or y2 - y1 + 1.5 < rules.box_side * camera.height:
        yield f"{name} is {x2 - x1:g} x {y2 - y1:g} pixels, expected at least {rules.box_side:.1%} of the image"
    filled = world.pixel_share(frame, mark.object_id) * camera.width * camera.height
    if filled < SPARE * rules.box_filled * (x2 - x1) * (y2 - y1):
        yield f"{name} is filled by its object for {filled / ((x2 - x1) * (y2 - y1)):.0%}, too little to tell"
    yield from check_edges(name, mark.object_id, frame, (x1, y1, x2, y2), world)


def _told_apart(one: Mark, other: Mark, sample: Sample, world: World) -> Iterator[str]:
    names = f"the {one.colour} and the {other.colour} {one.kind}"
    if one.kind == other.kind == "point":
        gap = float(np.hypot(one.xy[0] - other.xy[0], one.xy[1] - other.xy[1]))
        # Either coordinate of either mark was rounded.
        least = world.rules.mark_gap * sample.images[one.image].width
        if gap < least - np.sqrt(2):
            yield f"{names} are {gap:.1f} pixels apart, expected at least {least:.1f}"
    elif one.kind == other.kind == "box":
        (ax1, ay1, ax2, ay2), (bx1, by1, bx2, by2) = one.xy, other.xy
        shared = max(0.0, min(ax2, bx2) - max(ax1, bx1)) * max(0.0, min(ay2, by2) - max(ay1, by1))
        small, large = sorted([(ax2 - ax1) * (ay2 - ay1), (bx2 - bx1) * (by2 - by1)])
        if small > 0 and large < FOUR_TIMES * small and shared / small > world.rules.mark_overlap + 0.03:
            yield f"{names} overlap by {shared / small:.2f}, expected at most {world.rules.mark_overlap}"
