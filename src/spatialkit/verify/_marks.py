"""Whether what is drawn is there: marks on visible pixels of their objects, told apart, and named as drawn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from spatialkit.samples import COLOURS, Mark, Sample
from spatialkit.verify._reading import PLACE, Text, image_said
from spatialkit.verify._world import REACH, Array, World

__all__ = ["check_images", "check_marks", "check_names", "provable"]

NEIGHBOURS = np.array([(x, y) for y in (-1, 0, 1) for x in (-1, 0, 1)], dtype=np.float64)
LEAK = re.compile(r"\b(?:None|NaN|nan|null|inf)\b|[{}]|\bobject[ _#-]?\d|\bid[ _#-]?\d", re.IGNORECASE)
BOX_EDGE = 2.0  # pixels by which the side of a box may miss the outermost visible pixel found by rays
SPARE = 0.8  # share of the smallest admissible pixel share below which a mark is called too small


def check_images(sample: Sample, world: World) -> Iterator[str]:
    """Yield what is wrong with the images of a sample."""
    if not sample.images:
        yield "the sample has no image"
    for image in sample.images:
        if image.frame not in world.scene.frame_index:
            yield f"image {image.frame!r} is no frame of scene {world.scene.id}"
            continue
        camera = world.frame(image.frame).camera
        if (image.width, image.height) != (camera.width, camera.height):
            yield (
                f"image {image.frame!r} is said to have {image.width} x {image.height} pixels, "
                f"its camera has {camera.width} x {camera.height}"
            )
    frames = [image.frame for image in sample.images]
    if len(set(frames)) != len(frames):
        yield "a frame is shown twice"
    stated = sample.provenance.get("frames")
    if stated is not None and list(stated) != frames:
        yield f"the provenance states frames {list(stated)}, shown are {frames}"
    count = len(frames)
    if sample.task.endswith("_video"):
        times = [world.frame(frame).time for frame in frames if frame in world.scene.frame_index]
        known = [time for time in times if time is not None]
        if count < 8:
            yield f"a video of {count} frames, expected at least 8"
        if known != sorted(known):
            yield "the frames of the video are not in the order of time"
    elif sample.task.endswith("_mv") and count < 3:
        yield f"{count} images, expected at least 3"


def check_marks(sample: Sample, world: World) -> Iterator[str]:
    """Yield what is wrong with the marks of a sample; its images must be those of the scene."""
    colours = [mark.colour for mark in sample.marks]
    if len(set(colours)) != len(colours) or not set(colours) <= set(COLOURS):
        yield f"marks are coloured {colours}, expected different ones of {', '.join(COLOURS)}"
    ids = [mark.object_id for mark in sample.marks]
    if len(set(ids)) != len(ids):
        yield f"marks stand for objects {ids}, expected different ones"
    stated = sample.provenance.get("objects")
    if stated is not None and dict(stated) != {mark.role: mark.object_id for mark in sample.marks}:
        marked = {mark.role: mark.object_id for mark in sample.marks}
        yield f"the provenance states objects {dict(stated)}, marked are {marked}"
    for mark in sample.marks:
        yield from _check_mark(mark, sample, world)
    for one, other in combinations(sample.marks, 2):
        if one.image == other.image:
            yield from _told_apart(one, other, sample, world)


def provable(sample: Sample, world: World) -> bool:
    """Return whether the scene holds anything that shows where the marked objects are visible."""
    frames = [sample.images[mark.image].frame for mark in sample.marks]
    return all(world.evidence(f, mark.object_id) for f, mark in zip(frames, sample.marks, strict=True))


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
    yield from _fit_to_ask(mark, image.frame, world)
    if not world.evidence(image.frame, mark.object_id):
        return
    share = world.pixel_share(image.frame, mark.object_id)
    if share < SPARE * world.rules.pixel_share:
        yield (
            f"object {mark.object_id} fills {share:.3%} of image {image.frame!r}, "
            f"expected at least {world.rules.pixel_share:.3%}"
        )
    if mark.kind == "point":
        yield from _point(mark, image.frame, xy, world)
    else:
        yield from _box(mark, image.frame, xy, world)


def _fit_to_ask(mark: Mark, frame: str, world: World) -> Iterator[str]:
    """Yield why the marked object may not be asked about at all."""
    rules, item = world.rules, world.object(mark.object_id)
    label = " ".join(item.label.replace("_", " ").lower().split())
    if label in rules.structure or label in rules.placeholders:
        yield f"the {mark.colour} {mark.kind} marks {label!r}, which is structure or names nothing"
    if item.box.size.max() < rules.smallest_side:
        yield f"object {mark.object_id} is at most {item.box.size.max():.3f} m long, expected {rules.smallest_side} m"
    if rules.centre_in_image:
        pixel, camera = world.pixel(frame, item.box.centre), world.frame(frame).camera
        if pixel is None or not (-1 <= pixel[0] <= camera.width and -1 <= pixel[1] <= camera.height):
            yield f"the centre of object {mark.object_id} lies outside image {frame!r}"


def _point(mark: Mark, frame: str, xy: Array, world: World) -> Iterator[str]:
    # Coordinates are rounded: what lies under a thin part may be its neighbour's pixel.
    if not world.shows(frame, np.rint(xy) + NEIGHBOURS, mark.object_id).any():
        yield f"the {mark.colour} point {mark.xy} in image {frame!r} does not show object {mark.object_id}"


def _box(mark: Mark, frame: str, xy: Array, world: World) -> Iterator[str]:
    name = f"the {mark.colour} box {mark.xy} in image {frame!r}"
    (x1, y1), (x2, y2) = xy
    camera, side = world.frame(frame).camera, world.rules.box_side
    if x2 < x1 or y2 < y1:
        yield f"{name} has its corners in the wrong order"
        return
    if x2 - x1 + 1.5 < side * camera.width or y2 - y1 + 1.5 < side * camera.height:
        yield f"{name} is {x2 - x1:g} x {y2 - y1:g} pixels, expected at least {side:.1%} of the image"
    bounds = _instance_bounds(frame, mark.object_id, world)
    if bounds is not None:
        found, tolerance = bounds
        if np.abs(found - np.array([x1, y1, x2, y2])).max() > tolerance:
            yield f"{name} does not bound object {mark.object_id}: its pixels span {found.round(1).tolist()}"
        return
    if world.evidence(frame, mark.object_id) == "mesh":
        yield from _box_by_rays(name, mark.object_id, frame, (x1, y1, x2, y2), world)
    else:
        yield from _box_by_extent(name, mark.object_id, frame, (x1, y1, x2, y2), world)


def _instance_bounds(frame: str, object_id: int, world: World) -> tuple[Array, float] | None:
    """Return the bounds of an object's pixels in the colour image, and how far off a box may be (pixels)."""
    own = world.own_pixels(frame, object_id)
    if own is None:
        return None
    view, other = world.frame(frame).camera, world.frame(frame).buffer_camera
    scale = np.array([view.fx / other.fx, view.fy / other.fy])
    corners = (own.bounds.reshape(2, 2) - (other.cx, other.cy)) * scale + (view.cx, view.cy)
    return corners.ravel(), float(max(1.0, *scale))


def _box_by_rays(
    name: str, object_id: int, frame: str, box: tuple[float, float, float, float], world: World
) -> Iterator[str]:
    camera = world.frame(frame).camera
    pixels = np.concatenate([world.grid(frame, object_id)[0], *_sides(box, np.array([-1.0, 1.0]) * (BOX_EDGE + 1))])
    pixels = pixels[((pixels >= 0) & (pixels <= (camera.width - 1, camera.height - 1))).all(axis=1)]
    seen = pixels[world.shows(frame, pixels, object_id)]
    outside = (seen < (box[0] - BOX_EDGE, box[1] - BOX_EDGE)) | (seen > (box[2] + BOX_EDGE, box[3] + BOX_EDGE))
    if outside.any():
        x, y = seen[outside.any(axis=1)][0]
        yield f"{name} leaves out pixel ({x:g}, {y:g}), which shows object {object_id}"
        return
    strips = _sides(box, np.arange(-BOX_EDGE, BOX_EDGE + 1))
    for side, strip in zip(("left", "upper", "right", "lower"), strips, strict=True):
        if not world.shows(frame, strip, object_id).any():
            yield f"{name} is not tight: its {side} side does not touch object {object_id}"


def _box_by_extent(
    name: str, object_id: int, frame: str, box: tuple[float, float, float, float], world: World
) -> Iterator[str]:
    """Without pixels that are known as the object's own: within its 3D box, on something that lies in it."""
    x1, y1, x2, y2 = world.extent(frame, object_id, grown=REACH)
    if box[0] < x1 - BOX_EDGE or box[1] < y1 - BOX_EDGE or box[2] > x2 + BOX_EDGE or box[3] > y2 + BOX_EDGE:
        place = f"({x1:.0f}, {y1:.0f}, {x2:.0f}, {y2:.0f})"
        yield f"{name} reaches beyond the place of object {object_id}, {place}"
    pixels, _ = world.grid(frame, object_id)
    pixels = pixels[((pixels >= box[:2]) & (pixels <= box[2:])).all(axis=1)]
    if not world.shows(frame, pixels, object_id).any():
        yield f"{name} does not show object {object_id}"


def _sides(box: tuple[float, float, float, float], away: Array) -> Iterator[Array]:
    """Yield the pixels (n, 2) at the distances ``away`` from each side of a box: left, upper, right, lower."""
    x1, y1, x2, y2 = (float(np.rint(value)) for value in box)
    reach = float(np.abs(away).max())
    rows, columns = np.arange(y1 - reach, y2 + reach + 1), np.arange(x1 - reach, x2 + reach + 1)
    for x, y in ((x1 + away, rows), (columns, y1 + away), (x2 + away, rows), (columns, y2 + away)):
        yield np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


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
        shared = max(0.0, min(ax2, bx2) - max(ax1, bx1) + 1) * max(0.0, min(ay2, by2) - max(ay1, by1) + 1)
        joined = (ax2 - ax1 + 1) * (ay2 - ay1 + 1) + (bx2 - bx1 + 1) * (by2 - by1 + 1) - shared
        if shared / joined > world.rules.mark_overlap + 0.03:
            yield f"{names} overlap by {shared / joined:.2f}, expected at most {world.rules.mark_overlap}"


def check_names(sample: Sample, question: Text, answer: Text) -> Iterator[str]:
    """Yield where the text and the marks do not agree, and what should not be in the text."""
    yield from question.faults
    yield from answer.faults
    named = set(re.findall(r"<(\w+)>", question.plain))
    for mark in sample.marks:
        if mark.colour not in named:
            yield f"the {mark.colour} {mark.kind} is drawn but not named in the question"
    stem = question.plain.split("\n")[0]
    for text in (stem, answer.plain):
        leak = LEAK.search(text)
        if leak is not None:
            yield f"{leak[0]!r} leaked into the text"
    for match in PLACE.finditer(stem):
        if image_said(match[0], len(sample.images)) != 0:
            yield f"the text speaks of {match[0]!r} where only the observer's image, the first, is meant"
    observed = len(sample.images) > 1 and re.search(r"\bobserver\b|\bcamera\b", stem)
    if observed and "depth" not in stem.lower() and not re.search(r"\bfirst image\b|\bFrame-1\b", stem):
        yield "the question does not say which image is the observer's"
    rest = re.sub(r"\b3D\b|\b\d+ (?:images|frames)\b|\bFrame-\d+", "", stem)
    rest = re.sub(r"(?<![\w.])\d+\.\d (?:metres?|meters?|m)\b", "", rest)
    number = re.search(r"\S*\d\S*", rest)
    if number is not None:
        yield f"{number[0]!r} in the question is neither an amount nor an image"
