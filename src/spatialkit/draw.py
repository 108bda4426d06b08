"""Drawing: the marks of a sample on its images; one function for every task."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from spatialkit.errors import ArgumentError
from spatialkit.samples import COLOURS, Mark, Sample

if TYPE_CHECKING:
    from PIL import Image

    from spatialkit.scene import Scene

__all__ = ["draw", "draw_marks", "mark_size"]

# SPAR draws points of radius 20 px and outlines of 20 px on images 1296 px long; both scale with the longer side here.
SIZE, NATIVE = 20.0, 1296
RGB = {"red": (255, 0, 0), "green": (0, 128, 0), "blue": (0, 0, 255), "yellow": (255, 255, 0)}
WHITE, DARK = (255, 255, 255), (24, 24, 24)
SMOOTH = 4  # circles are drawn this many times larger and shrunk, which smooths their edge


def draw(sample: Sample, scene: Scene) -> list[Image.Image]:
    """Return the sample's images, upright, with its marks drawn.

    Parameters
    ----------
    sample
        Its marks are in pixels; pixel centres at integers.
    scene
        The scene it was made from; the frames named by ``sample.images`` are read from it.

    Raises
    ------
    ArgumentError
        When the scene has no such frame, or a mark names a colour or an image that there is not.
    DataError
        When an image cannot be read.
    """
    from PIL import Image

    images = []
    for index, ref in enumerate(sample.images):
        if ref.frame not in scene.frame_index:
            raise ArgumentError(
                f"sample {sample.id}: image {index}",
                found=f"frame {ref.frame!r}",
                expected=f"a frame of scene {scene.id!r}",
            )
        images.append(Image.fromarray(scene.frames[scene.frame_index[ref.frame]].load_image()))
    for mark in sample.marks:
        if not 0 <= mark.image < len(images):
            raise ArgumentError(
                f"sample {sample.id}: mark.image", found=mark.image, expected=f"an index from 0 to {len(images) - 1}"
            )
    return [draw_marks(image, (m for m in sample.marks if m.image == i)) for i, image in enumerate(images)]


def draw_marks(image: Image.Image, marks: Iterable[Mark]) -> Image.Image:
    """Return a copy of the image (RGB) with the marks drawn in their order, whatever their ``image`` field says.

    A point is a filled circle centred on its pixel. A box is an outline just outside the true box, moved in where
    the image ends, so that a box that reaches the border is still seen whole. Both carry a thin white and dark
    contour, so that red on red is seen. A mark's text stands beside it on a plate of its colour.

    Raises
    ------
    ArgumentError
        When a mark's colour or kind is not one there is.
    """
    drawn = image.convert("RGB").copy()
    size = mark_size(*drawn.size)
    texts = []
    for mark in marks:
        if mark.colour not in RGB:
            raise ArgumentError("mark.colour", found=repr(mark.colour), expected=" or ".join(COLOURS))
        wanted = {"point": 2, "box": 4}.get(mark.kind)
        if wanted != len(mark.xy):
            raise ArgumentError(
                f"mark of kind {mark.kind!r}",
                found=f"{len(mark.xy)} coordinates",
                expected="a point of 2 or a box of 4",
            )
        below = _draw_point(drawn, mark, size) if mark.kind == "point" else _draw_box(drawn, mark, size)
        texts.append((mark, below))
    for mark, below in texts:  # last, so that no outline crosses them
        if mark.text:
            _draw_text(drawn, mark, below, size)
    return drawn


def mark_size(width: int, height: int) -> float:
    """Return the radius of a point and the line width of a box, in pixels, on an image of that size."""
    return max(3.0, SIZE * max(width, height) / NATIVE)


def _draw_point(image: Image.Image, mark: Mark, radius: float) -> tuple[float, float]:
    """Draw a filled circle; return where its text may begin (its lower right)."""
    from PIL import Image, ImageDraw

    x, y = mark.xy
    ring = max(1.0, radius / 9)
    reach = int(radius + 2 * ring) + 2
    left, top = round(x) - reach, round(y) - reach
    side = (2 * reach + 1) * SMOOTH
    patch = Image.new("RGBA", (side, side))
    pen = ImageDraw.Draw(patch)
    # Corners count here: the pixel's centre lies half a pixel inside; both ends of an ellipse belong to it.
    centre = ((x - left + 0.5) * SMOOTH, (y - top + 0.5) * SMOOTH)
    for length, colour in ((radius + 2 * ring, DARK), (radius + ring, WHITE), (radius, RGB[mark.colour])):
        r = round(length * SMOOTH)
        start = [round(c - r) for c in centre]
        pen.ellipse((*start, *(c + 2 * r - 1 for c in start)), fill=(*colour, 255))
    patch = patch.resize((2 * reach + 1, 2 * reach + 1), Image.Resampling.BOX)
    image.paste(patch, (left, top), patch)
    return x + radius, y + radius


def _draw_box(image: Image.Image, mark: Mark, line: float) -> tuple[float, float]:
    """Draw an outline around the box; return where its text may begin (its lower right)."""
    from PIL import ImageDraw

    pen = ImageDraw.Draw(image)
    ring = max(1, round(line / 9))
    width = max(2, round(line))
    outer = width + 2 * ring
    # The line starts at the pixel beside the box, or at the image's border where there is no room outside.
    x1, y1 = max(round(mark.xy[0]) - outer, 0), max(round(mark.xy[1]) - outer, 0)
    x2 = max(min(round(mark.xy[2]) + outer, image.width - 1), x1 + 1)
    y2 = max(min(round(mark.xy[3]) + outer, image.height - 1), y1 + 1)
    inset = 0
    for colour, share in ((DARK, ring), (RGB[mark.colour], width), (WHITE, ring)):
        if x2 - inset > x1 + inset and y2 - inset > y1 + inset:
            pen.rectangle((x1 + inset, y1 + inset, x2 - inset, y2 - inset), outline=colour, width=share)
        inset += share
    return float(x2), float(y2)


def _draw_text(image: Image.Image, mark: Mark, corner: tuple[float, float], size: float) -> None:
    """Draw the mark's text on a plate of its colour at its lower right, moved so that it lies in the image."""
    from PIL import ImageDraw, ImageFont

    pen = ImageDraw.Draw(image)
    font = ImageFont.load_default(max(9.0, 1.5 * size))
    pad = max(2, round(size / 5))
    left, top, right, bottom = pen.textbbox((0, 0), mark.text, font=font)
    width, height = right - left + 2 * pad, bottom - top + 2 * pad
    x = max(0, min(corner[0], image.width - width))
    y = max(0, min(corner[1], image.height - height))
    pen.rectangle((x, y, x + width, y + height), fill=RGB[mark.colour], outline=WHITE)
    ink = DARK if mark.colour == "yellow" else WHITE
    pen.text((x + pad - left, y + pad - top), mark.text, fill=ink, font=font)
