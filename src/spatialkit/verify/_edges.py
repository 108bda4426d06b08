"""Whether a box in an image bounds what the image shows of an object: found by rays, or by the pixels' own ids."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from spatialkit.verify._world import REACH, Array, World

__all__ = ["BOX_EDGE", "Rect", "check_edges", "from_thousandths", "sides_of"]

BOX_EDGE = 2.0  # pixels, the larger of image and depth, by which a side may miss the outermost one found by rays
Rect = tuple[float, float, float, float]


def from_thousandths(rect: Rect, frame: str, world: World) -> Rect:
    """Return the outermost pixels x1 y1 x2 y2 of a box whose outer edges are given in thousandths of the image."""
    camera = world.frame(frame).camera
    x1, y1, x2, y2 = rect
    across, down = camera.width / 1000, camera.height / 1000
    return x1 * across, y1 * down, x2 * across - 1, y2 * down - 1


def check_edges(
    name: str, object_id: int, frame: str, rect: Rect, world: World, *, rounding: float = 0.0
) -> Iterator[str]:
    """Yield where the outermost pixels of a box are not those of the object, ``rounding`` (pixels) set aside."""
    bounds = _instance_bounds(frame, object_id, world)
    if bounds is not None:
        found, tolerance = bounds
        if np.abs(found - np.array(rect)).max() > tolerance + rounding:
            yield f"{name} does not bound object {object_id}: its pixels span {found.round(1).tolist()}"
        return
    if world.evidence(frame, object_id) == "mesh":
        edge = np.ceil(BOX_EDGE * _larger(frame, world)) + np.ceil(rounding)
        yield from _by_rays(name, object_id, frame, rect, world, edge)
    else:
        yield from _by_extent(name, object_id, frame, rect, world)


def _instance_bounds(frame: str, object_id: int, world: World) -> tuple[Array, float] | None:
    """Return the bounds of an object's pixels in the colour image, and how far off a box may be (pixels)."""
    own = world.own_pixels(frame, object_id)
    if own is None:
        return None
    view, other = world.frame(frame).camera, world.frame(frame).buffer_camera
    scale = np.array([view.fx / other.fx, view.fy / other.fy])
    corners = (own.bounds.reshape(2, 2) - (other.cx, other.cy)) * scale + (view.cx, view.cy)
    return corners.ravel(), _larger(frame, world)


def _larger(frame: str, world: World) -> float:
    """Return how many pixels of the image one of the depth is wide, at least 1."""
    view, other = world.frame(frame).camera, world.frame(frame).buffer_camera
    return float(max(1.0, view.fx / other.fx, view.fy / other.fy))


def _by_rays(name: str, object_id: int, frame: str, rect: Rect, world: World, edge: float) -> Iterator[str]:
    camera = world.frame(frame).camera
    pixels = np.concatenate([world.grid(frame, object_id)[0], *sides_of(rect, np.array([-1.0, 1.0]) * (edge + 1))])
    pixels = pixels[((pixels >= 0) & (pixels <= (camera.width - 1, camera.height - 1))).all(axis=1)]
    seen = pixels[world.shows(frame, pixels, object_id)]
    outside = (seen < (rect[0] - edge, rect[1] - edge)) | (seen > (rect[2] + edge, rect[3] + edge))
    if outside.any():
        x, y = seen[outside.any(axis=1)][0]
        yield f"{name} leaves out pixel ({x:g}, {y:g}), which shows object {object_id}"
        return
    strips = sides_of(rect, np.arange(-edge, edge + 1))
    for side, strip in zip(("left", "upper", "right", "lower"), strips, strict=True):
        if not world.shows(frame, strip, object_id).any():
            yield f"{name} is not tight: its {side} side does not touch object {object_id}"


def _by_extent(name: str, object_id: int, frame: str, rect: Rect, world: World) -> Iterator[str]:
    """Without pixels that are known as the object's own: within its 3D box, on something that lies in it."""
    x1, y1, x2, y2 = world.extent(frame, object_id, grown=REACH)
    if rect[0] < x1 - BOX_EDGE or rect[1] < y1 - BOX_EDGE or rect[2] > x2 + BOX_EDGE or rect[3] > y2 + BOX_EDGE:
        place = f"({x1:.0f}, {y1:.0f}, {x2:.0f}, {y2:.0f})"
        yield f"{name} reaches beyond the place of object {object_id}, {place}"
    pixels, _ = world.grid(frame, object_id)
    pixels = pixels[((pixels >= rect[:2]) & (pixels <= rect[2:])).all(axis=1)]
    if not world.shows(frame, pixels, object_id).any():
        yield f"{name} does not show object {object_id}"


def sides_of(rect: Rect, away: Array) -> Iterator[Array]:
    """Yield the pixels (n, 2) at the distances ``away`` from each side of a box: left, upper, right, lower."""
    x1, y1, x2, y2 = (float(np.rint(value)) for value in rect)
    reach = float(np.abs(away).max())
    rows, columns = np.arange(y1 - reach, y2 + reach + 1), np.arange(x1 - reach, x2 + reach + 1)
    for x, y in ((x1 + away, rows), (columns, y1 + away), (x2 + away, rows), (columns, y2 + away)):
        yield np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
