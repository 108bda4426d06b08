"""What verification measures by itself: areas line by line, what images show, names in texts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialkit.footprints import floor_area
from spatialkit.rules import Rules
from spatialkit.samples import ImageRef, Mark, Sample
from spatialkit.scene import OrientedBox, Scene, SceneObject
from spatialkit.verify._names import Text, akin
from spatialkit.verify._plan import area_of_union
from spatialkit.verify._reading import cameras, named_by, tokens
from spatialkit.verify._sight import Bounds, sights
from spatialkit.verify._world import World
from tests.unit.test_verify import SCENE, make_scene, mesh

SQUARE = np.array([[0.0, 0], [2, 0], [2, 2], [0, 2]])


def test_area_of_a_union_counts_what_overlaps_once() -> None:
    assert area_of_union([SQUARE]) == pytest.approx(4)
    assert area_of_union([SQUARE, SQUARE + 1]) == pytest.approx(7)
    assert area_of_union([SQUARE, SQUARE[::-1] + np.array([2, 0])]) == pytest.approx(8)
    corner = np.array([[0.0, 0], [3, 0], [3, 1], [1, 1], [1, 3], [0, 3]])
    assert area_of_union([corner, SQUARE]) == pytest.approx(6)
    hole = np.array([[0.5, 0.5], [0.5, 1], [1, 1], [1, 0.5], [0.5, 0.5]])
    assert area_of_union([np.concatenate([SQUARE, SQUARE[:1], hole])]) == pytest.approx(3.75)
    assert area_of_union([SQUARE, SQUARE + 9]) == pytest.approx(8)  # with nothing in between


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3), st.floats(0.5, 3), st.floats(0, 3)), min_size=1, max_size=4)
)
def test_area_of_a_union_is_that_of_shapely(rooms: list[tuple[float, float, float, float]]) -> None:
    from shapely import Polygon, union_all

    polygons = []
    for x, y, side, angle in rooms:
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        polygons.append((SQUARE - 1) * (side, 1) @ turn.T + (x, y))
    expected = union_all([Polygon(polygon) for polygon in polygons]).area
    assert area_of_union(polygons) == pytest.approx(expected, rel=2e-3)


def test_area_of_a_floor_of_many_corners_is_that_of_the_maker() -> None:
    rng = np.random.default_rng(0)
    angle, away = np.sort(rng.uniform(0, 2 * np.pi, (2, 3000)), axis=1), rng.uniform(5, 8, (2, 3000))
    rooms = list(np.stack([away * np.cos(angle), away * np.sin(angle)], axis=2))
    assert area_of_union(rooms) == pytest.approx(floor_area(rooms), rel=1e-4)


def test_what_an_image_shows_of_a_cube() -> None:
    """Frame "0" looks at the chair's front, right side and top, half of its surface, within 26 rows by 29 columns."""
    sight = sights(World(SCENE, Rules())).of("0", 1)
    assert sight.surface.low < 0.5 < sight.surface.high
    assert sight.surface.high - sight.surface.low < 0.35
    assert 700 / 76800 < sight.pixels.low <= sight.pixels.high < 26 * 29 / 76800
    assert sights(World(SCENE, Rules())).of("0", 5).surface.high == 0  # the sofa is behind
    hidden = sights(World(SCENE, Rules())).of("0", 4)  # the mug behind the chair
    assert (hidden.surface.low, hidden.pixels.low) == (0, 0)
    assert hidden.surface.high < 0.05


def test_what_is_seen_through_a_crack_finer_than_a_pixel_is_not_seen() -> None:
    """Two boards leave 4 mm between them at 2 m, a third of a pixel, with a pillar behind."""
    pillar = OrientedBox((0.01, 4, 1.5), (0.3, 0.3, 0.6))
    boards = [OrientedBox((x, 2, 1.5), (0.996, 0.02, 1.4)) for x in (-0.49, 0.51)]
    scene = make_scene(
        objects=(SceneObject(1, "pillar", pillar),),
        surface=mesh([(-1, OrientedBox((0, 0, 2), (10, 16, 4))), (1, pillar), *((2, board) for board in boards)]),
    )
    sight = sights(World(scene, Rules())).of("0", 1)
    assert not sight.surely_glimpsed(0.05, 0.001)
    assert (sight.surface.low, sight.pixels.low) < (0.05, 0.001)


def test_bounds_of_counts_hold_the_share_that_was_drawn_from() -> None:
    rng = np.random.default_rng(7)
    for share in (0.0, 0.02, 0.05, 0.5, 1.0):
        counts = rng.binomial(300, share, 400)
        bounds = [Bounds.of_count(int(count), int(count), 300) for count in counts]
        assert sum(bound.low <= share + 1e-12 and share <= bound.high + 1e-12 for bound in bounds) >= 398
    assert Bounds.of_count(0, 0, 300).low == 0
    assert Bounds.of_count(300, 300, 300).high == 1


@pytest.mark.parametrize(
    ("one", "other", "related"),
    [
        ("chair", "office chair", True),
        ("office chair", "chair", True),
        ("chair", "armchair", True),
        ("armchair", "chair", False),
        ("shoe", "shoes", True),
        ("ear", "bear", False),
        ("chair", "table", False),
    ],
)
def test_which_things_go_by_a_name(one: str, other: str, related: bool) -> None:
    assert akin(one, other) == related


def read(text: str, scene: Scene = SCENE) -> Text:
    marks = (
        Mark("box", "red", 0, (0, 0, 9, 9), "a", 1, "object0"),
        Mark("box", "red", 1, (0, 0, 9, 9), "b", 2, "object1"),
    )
    images = tuple(ImageRef(name, 320, 240) for name in ("0", "1"))
    provenance = {"objects": {"a": 1, "b": 2, "c": 3}, "images": {"a": 0, "b": 1, "c": 1}}
    return Text.read(
        text, Sample("x", "task", "fill", "test", "room", images, text, "", marks=marks, provenance=provenance), scene
    )


def test_names_become_tokens() -> None:
    text = read(
        "From the chair (object0, red box in the first image) to the table (object1, red box in the second image), "
        "past the lamp and the camera of the second image."
    )
    assert text.faults == ()
    assert text.plain == "From <object0> to <object1>, past <c> and <camera2>."
    assert tokens(text.plain) == ["object0", "object1", "c"]
    assert cameras(text.plain) == [1]
    assert named_by("to", text.plain) == "object1"
    assert named_by("(?:to|past)", text.plain) is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("the chair (red box in the first image)", "2 marks have that colour"),
        ("the chair (object7, red box in the first image)", "no mark carries that text"),
        ("the chair (object0, blue box in the first image)", "calls object0 blue, its mark is red"),
        ("the chair (object0, red box)", "does not say in which image"),
        ("the chair (object0, red box in the second image)", "it is drawn on image 1"),
        ("the table (object0, red box in the first image)", "object 1 is 'chair'"),
    ],
)
def test_names_that_belong_to_no_mark_are_faults(text: str, fault: str) -> None:
    assert fault in read(text).faults[0]


def test_a_long_name_is_not_cut_into_a_short_one() -> None:
    objects = tuple(replace(item, label="lamp stand" if item.id == 3 else item.label) for item in SCENE.objects)
    assert read("Is it the lamp stand?", make_scene(objects=objects)).plain == "Is it <c>?"
    assert read("Is it the lamp-stand?").plain == "Is it the lamp-stand?"
