"""Marks on images."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from spatialkit.draw import RGB, draw, draw_marks, mark_size
from spatialkit.errors import ArgumentError
from spatialkit.samples import COLOURS, ImageRef, Mark, Sample
from spatialkit.scene import Camera, Frame, Scene

GREY = 128


def grey(width: int = 640, height: int = 480) -> Image.Image:
    return Image.new("RGB", (width, height), (GREY, GREY, GREY))


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image).astype(int)


def is_colour(image: Image.Image, colour: str) -> np.ndarray:
    return (pixels(image) == RGB[colour]).all(axis=2)


def point(x: float, y: float, colour: str = "red", image: int = 0, text: str = "") -> Mark:
    return Mark("point", colour, image, (x, y), text=text)


def box(x1: float, y1: float, x2: float, y2: float, colour: str = "blue", image: int = 0) -> Mark:
    return Mark("box", colour, image, (x1, y1, x2, y2))


@pytest.mark.parametrize("colour", COLOURS)
def test_a_point_is_a_disc_centred_on_its_pixel(colour: str) -> None:
    disc = is_colour(draw_marks(grey(1296, 968), [point(400, 300, colour)]), colour)
    rows, columns = np.nonzero(disc)
    assert (rows.mean(), columns.mean()) == pytest.approx((300, 400), abs=0.01)
    assert disc.sum() == pytest.approx(np.pi * 20**2, rel=0.06)  # radius 20 at this size; the edge is smoothed
    assert np.hypot(rows - 300, columns - 400).max() <= 20.5


@pytest.mark.parametrize(("size", "expected"), [((1296, 968), 20), ((968, 1296), 20), ((648, 484), 10), ((64, 48), 3)])
def test_marks_scale_with_the_image_and_stay_visible(size: tuple[int, int], expected: float) -> None:
    assert mark_size(*size) == expected


def test_red_on_red_is_seen() -> None:
    red = Image.new("RGB", (640, 480), (255, 0, 0))
    for mark in (point(300, 200), box(200, 100, 400, 300, "red")):
        changed = pixels(draw_marks(red, [mark])) != (255, 0, 0)
        assert changed.any(axis=2).sum() > 100


def test_a_box_is_drawn_outside_the_true_box() -> None:
    drawn = draw_marks(grey(), [box(200, 150, 400, 300)])
    inside = pixels(drawn)[151:300, 201:400]
    assert (inside == GREY).all()
    line = is_colour(drawn, "blue")
    rows, columns = np.nonzero(line)
    width = round(mark_size(640, 480))
    assert line.any(axis=0)[400 : 400 + width + 4].any()
    assert (columns.min(), columns.max()) == (600 - columns.max(), columns.max())
    assert (rows.min(), rows.max()) == (450 - rows.max(), rows.max())
    assert columns.min() >= 200 - width - 4


def test_a_box_that_fills_the_image_is_seen_on_all_sides() -> None:
    line = is_colour(draw_marks(grey(), [box(-0.5, -0.5, 639.5, 479.5)]), "blue")
    for side in (line[:12], line[-12:], line[:, :12], line[:, -12:]):
        assert side.any()


@pytest.mark.parametrize(("x", "y"), [(0, 0), (639, 479), (639.4, 0), (0, 479)])
def test_marks_at_the_border_are_drawn(x: float, y: float) -> None:
    assert is_colour(draw_marks(grey(), [point(x, y)]), "red").sum() > 10


def test_a_tiny_box_and_a_tiny_image_are_drawn() -> None:
    assert is_colour(draw_marks(grey(), [box(300, 200, 300, 200)]), "blue").any()
    assert is_colour(draw_marks(grey(8, 8), [box(1, 1, 5, 5), point(3, 3)]), "red").any()


def test_text_stands_beside_its_mark_inside_the_image() -> None:
    for x, y in ((320, 240), (638, 478)):
        bare, labelled = (draw_marks(grey(), [point(x, y, text=text)]) for text in ("", "object0"))
        where = np.nonzero((pixels(bare) != pixels(labelled)).any(axis=2))
        assert len(where[0]) > 200
        assert abs(where[0].mean() - y) < 60
        assert abs(where[1].mean() - x) < 120


def test_drawing_leaves_the_input_alone_and_takes_other_modes() -> None:
    image = Image.new("L", (64, 48), 7)
    assert draw_marks(image, [point(10, 10)]).mode == "RGB"
    assert set(image.get_flattened_data() if hasattr(image, "get_flattened_data") else image.getdata()) == {7}


def test_draw_puts_each_mark_on_its_own_image() -> None:
    sample, scene = two_frames(point(10, 12), point(30, 20, "green", image=1))
    first, second = draw(sample, scene)
    assert is_colour(first, "red")[12, 10]
    assert not is_colour(first, "green").any()
    assert is_colour(second, "green")[20, 30]
    assert not is_colour(second, "red").any()


def test_draw_turns_sideways_images_upright() -> None:
    stored = np.zeros((64, 48, 3), np.uint8)
    stored[:, :8] = 255  # the stored left is the upright bottom
    frame = Frame("f", Camera(50, 50, 32, 24, 64, 48), np.eye(4), image=stored, up_rotation=1)
    sample = Sample("s", "t", "fill", "toy", "room", (ImageRef("f", 64, 48),), "?", "!")
    [image] = draw(sample, Scene("room", "toy", (frame,), ()))
    assert image.size == (64, 48)
    assert (pixels(image)[-8:] == 255).all()
    assert (pixels(image)[:-8] == 0).all()


@pytest.mark.parametrize(
    ("mark", "found"),
    [
        (point(1, 1, "purple"), "purple"),
        (Mark("point", "red", 0, (1.0, 2.0, 3.0, 4.0)), "4 coordinates"),
        (Mark("circle", "red", 0, (1.0, 2.0)), "circle"),  # type: ignore[arg-type]
        (point(1, 1, image=2), "found 2"),
    ],
)
def test_what_cannot_be_drawn_is_named(mark: Mark, found: str) -> None:
    sample, scene = two_frames(mark)
    with pytest.raises(ArgumentError, match=found):
        draw(sample, scene)


def test_a_frame_that_the_scene_has_not_is_named() -> None:
    sample, scene = two_frames()
    with pytest.raises(ArgumentError, match=r"'0'.*'other'"):
        draw(sample, Scene("other", "toy", scene.frames[1:], ()))


def two_frames(*marks: Mark) -> tuple[Sample, Scene]:
    camera = Camera(50, 50, 32, 24, 64, 48)
    frames = tuple(Frame(str(i), camera, np.eye(4), image=np.zeros((48, 64, 3), np.uint8)) for i in range(2))
    refs = tuple(ImageRef(str(i), 64, 48) for i in range(2))
    sample = Sample("s-1", "t", "fill", "toy", "room", refs, "?", "!", marks=marks)
    return sample, Scene("room", "toy", frames, ())
