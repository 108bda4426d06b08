"""Shortest ways, what straightening may do, and walks of scenes with free floor or a graph."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import shapely

from spatialkit.adapters.toy import toy_scene
from spatialkit.errors import ArgumentError
from spatialkit.footprints import free_space
from spatialkit.ground import Ground, ground_of
from spatialkit.navigation import Graph
from spatialkit.roadmap import Roadmap, sides, straighten
from spatialkit.rules import Rules
from spatialkit.scene import Camera, Frame, OrientedBox, Scene, SceneObject
from spatialkit.surfaces import Surface
from spatialkit.walks import Walk, legs_of, turn_margin, turn_word, walks

UP = np.array([0.0, 0.0, 1.0])
ROOM = np.array([(0.0, 0.0), (8.0, 0.0), (8.0, 6.0), (0.0, 6.0)])
RULES = Rules()
CAMERA = Camera(100, 100, 50, 40, 101, 81)


def rectangle(x0: float, y0: float, x1: float, y1: float) -> npt.NDArray[np.float64]:
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])


def test_a_way_with_nothing_between_is_straight() -> None:
    way = Roadmap(free_space([ROOM], [], radius=0.2)).path((1, 1), (7, 5))
    np.testing.assert_array_equal(way, [(1, 1), (7, 5)])


def length(way: npt.NDArray[np.float64]) -> float:
    return float(np.linalg.norm(np.diff(way, axis=0), axis=1).sum())


def test_a_way_round_a_wall_bends_at_its_grown_end_and_is_as_long_as_it_must_be() -> None:
    free = free_space([ROOM], [rectangle(3.9, 0, 4.1, 4)], radius=0.2)
    way = Roadmap(free).path((2, 2), (6, 2))
    assert way is not None
    cut = 0.2 * np.tan(np.pi / 8)
    corners = [(3.7, 4 + cut), (3.9 - cut, 4.2), (4.1 + cut, 4.2), (4.3, 4 + cut)]
    np.testing.assert_allclose(way, [(2, 2), *corners, (6, 2)], atol=1e-9)
    away = np.hypot(1.9, 2)  # from the start to the wall's corner; then a tangent, and an arc to above it
    tangent, arc = np.sqrt(away**2 - 0.2**2), 0.2 * (np.arctan2(2, 1.9) + np.arcsin(0.2 / away))
    tightest = 2 * (tangent + arc) + 0.2
    assert tightest < length(way) < tightest + 2 * 0.09 * 0.2
    bent = straighten(way, sides(free_space([ROOM], [rectangle(3.9, 0, 4.1, 4)], radius=0.19)))
    meet = 2 + 2.2 * 1.7 / (2 + cut)  # where the tangent from the start reaches the height of the wall's grown end
    np.testing.assert_allclose(bent, [(2, 2), (meet, 4.2), (8 - meet, 4.2), (6, 2)], atol=1e-9)


def test_there_is_no_way_to_where_nobody_can_stand_or_through_a_wall() -> None:
    roadmap = Roadmap(free_space([ROOM], [rectangle(3.9, -1, 4.1, 7)], radius=0.2))
    assert roadmap.path((1, 1), (7, 1)) is None
    assert roadmap.path((1, 1), (4, 1)) is None
    assert roadmap.paths((1, 1), (7, 1), within=0.5) == []
    np.testing.assert_allclose(roadmap.nearest((3.85, 3)), (3.7, 3), atol=2e-3)
    np.testing.assert_array_equal(roadmap.nearest((2, 3)), (2, 3))


def test_other_ways_pass_an_obstacle_on_its_other_side() -> None:
    roadmap = Roadmap(free_space([ROOM], [rectangle(3, 2.4, 5, 4)], radius=0.2))
    ways = roadmap.paths((1, 3), (7, 3), within=0.2)
    lengths = [length(way) for way in ways]
    assert len(ways) == 2
    assert [way[1:-1, 1].mean() > 3 for way in ways] == [False, True]  # the shorter one goes below
    assert lengths[0] < lengths[1]
    assert len(roadmap.paths((1, 3), (7, 3), within=0.01)) == 1


def test_straightening_takes_out_bends_only_where_the_way_stays_free() -> None:
    free = shapely.box(0, 0, 10, 2)
    wavy = np.array([(1, 1), (3, 1.2), (5, 1), (7, 1.3), (9, 1)])
    np.testing.assert_array_equal(straighten(wavy, sides(free)), [(1, 1), (9, 1)])
    narrow = shapely.difference(free, shapely.box(4.5, 0, 5.5, 1.15))
    around = np.array([(1, 1), (4.5, 1.2), (5.5, 1.2), (9, 1)])
    kept = straighten(around, sides(narrow))
    assert narrow.covers(shapely.LineString(kept))
    assert len(kept) == 3  # two small bends become one
    np.testing.assert_array_equal(kept[[0, -1]], around[[0, -1]])


def test_the_sides_of_a_shape_are_those_of_all_its_rings() -> None:
    shape = shapely.MultiPolygon([shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2)), shapely.box(4, 0, 5, 1)])
    found = sides(shape)
    assert found.shape == (12, 2, 2)
    assert np.linalg.norm(np.diff(found, axis=1), axis=2).sum() == pytest.approx(shape.length)
    assert sides(shapely.MultiPolygon()).shape == (0, 2, 2)


def test_a_short_leg_round_a_corner_becomes_one_bend() -> None:
    corner = np.array([(0, 0), (2, 0), (2.2, 0.2), (2.2, 2)])
    free = shapely.box(-1, -1, 3, 3).difference(shapely.box(-1, 0.1, 2.05, 3))
    np.testing.assert_allclose(straighten(corner, sides(free)), [(0, 0), (2.2, 0), (2.2, 2)])


@pytest.mark.parametrize(
    ("up", "points", "facing", "legs"),
    [
        (UP, [(0, 0, 0), (0, 2, 0), (3, 2, 0)], (0, 1, 0), [(0, 2), (90, 3)]),
        (UP, [(0, 0, 0), (0, 2, 0), (-3, 2, 0)], (1, 0, -0.4), [(-90, 2), (-90, 3)]),
        (UP, [(0, 0, 5), (3, 0, 9)], (0, -1, 0), [(-90, 5)]),  # length along the rise
        ((0, 1, 0), [(0, 0, 0), (0, 0, -2), (3, 0, -2)], (0, 0, -1), [(0, 2), (90, 3)]),  # y up, -z ahead, x right
        ((0, -1, 0), [(0, 0, 0), (0, 0, 2), (3, 0, 2)], (0, 0, 1), [(0, 2), (90, 3)]),  # a camera's own axes
    ],
)
def test_turns_to_the_right_are_positive_seen_from_above(
    up: Sequence[float], points: Any, facing: Sequence[float], legs: Any
) -> None:
    np.testing.assert_allclose(legs_of(np.array(points, float), np.array(facing), np.array(up, float)), legs, atol=1e-9)


def test_turns_have_words_and_margins() -> None:
    turns = (-170, -90, -14, 0, 14, 16, 164, 180)
    assert [turn_word(turn) for turn in turns] == [
        "around", "left", "ahead", "ahead", "ahead", "right", "right", "around",
    ]  # fmt: skip
    np.testing.assert_allclose(turn_margin(turns), (5, 75, 1, 15, 1, 1, 1, 15))


# --- scenes -----------------------------------------------------------------------------------------------------------


def looking(at: tuple[float, float], bearing_deg: float, name: str, *, height: float = 1.5) -> Frame:
    """Return a frame at a point of the floor; bearing 0 looks along +y, 90 along +x."""
    b = np.radians(bearing_deg)
    pose = np.eye(4)
    pose[:3, 2] = (np.sin(b), np.cos(b), 0)
    pose[:3, 1] = (0, 0, -1)
    pose[:3, 0] = np.cross(pose[:3, 1], pose[:3, 2])
    pose[:3, 3] = (*at, height)
    return Frame(name, CAMERA, pose)


def thing(
    k: int, label: str, x0: float, y0: float, x1: float, y1: float, low: float = 0, high: float = 1
) -> SceneObject:
    return SceneObject(
        k,
        label,
        OrientedBox(np.array([(x0 + x1) / 2, (y0 + y1) / 2, (low + high) / 2]), [x1 - x0, y1 - y0, high - low]),
    )


def scene(frames: Sequence[Frame], objects: Sequence[SceneObject] = (), **more: Any) -> Scene:
    given: dict[str, Any] = {"floor": (ROOM,)} | more
    ground = thing(99, "floor", 0, 0, 8, 6, -0.1, 0)
    return Scene("s", "test", tuple(frames), (*objects, ground), **given)


def all_walks(place: Scene, refused: dict[str, int] | None = None) -> list[Walk]:
    return walks(place, range(len(place.frames)), RULES, np.random.default_rng(0), most=50, refused=refused)


SHELF = thing(1, "shelf", 3.9, 0, 4.1, 3)


def test_a_walk_starts_facing_as_the_camera_does_and_goes_round_what_stands_there() -> None:
    place = scene([looking((3, 1), 90, "a"), looking((6.5, 1), 0, "b")], [thing(1, "wardrobe", 3.7, 0, 5.7, 3)])
    walk = next(w for w in all_walks(place) if w.start == 0)
    assert (walk.start, walk.goal) == (0, 1)
    assert [turn_word(turn) for turn in walk.legs[:, 0]] == ["left", "right", "right"]
    np.testing.assert_allclose(walk.points[[0, -1]], [(3, 1, 0), (6.5, 1, 0)], atol=1e-9)
    assert walk.metres == pytest.approx(np.linalg.norm(np.diff(walk.points, axis=0), axis=1).sum())
    assert walk.clearance >= 0.2
    assert (walk.margin > walk.noise[:, 0]).all()


@pytest.mark.parametrize(
    "free",
    [
        thing(1, "room door", 3.9, 0, 4.1, 6, 0, 2),
        thing(1, "rug", 3, 0, 5, 6, 0, 0.1),
        thing(1, "shelf", 3.9, 0, 4.1, 6, 1.95, 2.3),
        thing(1, "cable", 3.9, 0, 4.1, 6, 0, 0.04),
        thing(1, "wall", 0, 0, 8, 6, 0, 2.5),
    ],
    ids=lambda item: item.label,
)
def test_doors_rugs_what_is_flat_or_overhead_and_the_building_do_not_block(free: SceneObject) -> None:
    place = scene([looking((2, 3), 0, "a"), looking((6, 3), 0, "b")], [free])
    assert [w.legs.round(3).tolist() for w in all_walks(place)] == [[[90, 4]], [[-90, 4]]]


def test_two_ways_nearly_as_short_are_no_question_unless_told_alike() -> None:
    frames = [looking((1, 3), 90, "a"), looking((7, 3), 270, "b")]
    refused: dict[str, int] = {}
    assert all_walks(scene(frames, [thing(1, "table", 3, 2.1, 5, 4)]), refused) == []
    assert refused == {"another way is nearly as short": 2}


@pytest.mark.parametrize(
    ("frames", "objects", "rule"),
    [
        ([looking((2, 3), 0, "a"), looking((3, 3), 0, "b")], [], "too short or too long a walk"),
        ([looking((2, 3), 0, "a"), looking((6, 3), 0, "b", height=4.2)], [], "a camera is not over free floor"),
        ([looking((2, 3), 0, "a"), looking((9, 3), 0, "b")], [], "a camera is not over free floor"),
        ([looking((2, 3), 0, "a"), looking((6, 3), 0, "b")], [thing(1, "shelf", 3.9, 0, 4.1, 6)], "no way on foot"),
        ([looking((2, 3), 75.2, "a"), looking((6, 3), -75.2, "b")], [], "another answer under the noise"),
        ([looking((3, 1), 45, "a"), looking((5, 1), -45, "b")], [thing(1, "shelf", 3.9, 0, 4.1, 5.45)],
         "another answer under the noise"),  # the gap between shelf and wall is just wide enough
        ([looking((3, 1), 45, "a"), looking((5, 1), -45, "b")], [thing(1, "shelf", 3.9, 0.37, 4.1, 4)],
         "another answer under the noise"),  # there is another gap that is nearly wide enough
        ([looking((3, 1), -12, "a"), looking((5, 1), 12, "b")], [thing(1, "panel", 3.98, 0, 4.02, 4)],
         "a corner that may be one bend or two"),
        ([looking((2, 1), 45, "a"), looking((6, 1), -45, "b")], [thing(1, "shelf", 3.5, 0.5, 4.5, 4)],
         "another answer under the noise"),  # the shortest way is a gap that others might not take
    ],
)  # fmt: skip
def test_what_is_not_sure_is_refused_by_rule(frames: Any, objects: Any, rule: str) -> None:
    refused: dict[str, int] = {}
    assert all_walks(scene(frames, objects), refused) == []
    assert set(refused) == {rule}


def test_a_camera_held_over_the_edge_of_furniture_counts_from_the_floor_beside_it() -> None:
    place = scene([looking((0.15, 3), 90, "a"), looking((6, 3), 0, "b")])
    walk = next(w for w in all_walks(place) if w.start == 0)
    assert walk.points[0, 0] == pytest.approx(0.22, abs=0.01)


def test_who_looks_straight_down_starts_no_walk() -> None:
    down = looking((2, 3), 0, "a")
    pose = down.world_from_cam.copy()
    pose[:3, :3] = np.array([(1, 0, 0), (0, -1, 0), (0, 0, -1)])
    place = scene([Frame("a", CAMERA, pose), looking((6, 3), 0, "b")])
    assert [(w.start, w.goal) for w in all_walks(place)] == [(1, 0)]


def test_without_a_floor_there_are_no_walks_and_a_bad_floor_is_refused() -> None:
    frames = [looking((2, 3), 0, "a"), looking((6, 3), 0, "b")]
    assert all_walks(scene(frames, floor=None)) == []
    with pytest.raises(ArgumentError, match="crosses itself"):
        all_walks(scene(frames, floor=(ROOM[[0, 2, 1, 3]],)))
    assert walks(scene([]), [], RULES, np.random.default_rng(0)) == []


def test_one_scale_of_up_is_as_good_as_another() -> None:
    place = scene([looking((3, 1), 90, "a"), looking((6.5, 1), 0, "b"), looking((6, 5), 200, "c")], [SHELF])
    turn = np.array([[0, -1.0, 0, 3], [0, 0, 1, -2], [-1, 0, 0, 7], [0, 0, 0, 1]])
    for new_from_world in (turn, np.diag([1.0, -1, -1, 1])):
        moved = all_walks(place.moved(new_from_world))
        assert len(moved) == len(all_walks(place)) > 2
        for a, b in zip(all_walks(place), moved, strict=True):
            np.testing.assert_allclose(a.legs, b.legs, atol=1e-6)
            np.testing.assert_allclose(a.noise, b.noise, atol=1e-6)
            np.testing.assert_allclose(a.points @ new_from_world[:3, :3].T + new_from_world[:3, 3], b.points, atol=1e-6)


@pytest.mark.parametrize(("away", "walkable"), [(0.12, False), (0.19, False), (0.25, True)])
@pytest.mark.parametrize("low", [0.0, 1.0, 2.0])
def test_what_stands_in_the_mesh_keeps_its_distance_too_annotated_or_not(
    away: float, walkable: bool, low: float
) -> None:
    floor = [(0, 0, 0), (8, 0, 0), (8, 6, 0), (0, 6, 0)]
    board = [(3.9, 3 + away, low), (4.1, 3 + away, low), (4.1, 3 + away, low + 0.5), (3.9, 3 + away, low + 0.5)]
    surface = Surface(
        np.array([*floor, *board], float), np.array([(0, 1, 2), (0, 2, 3), (4, 5, 6), (4, 6, 7)]), np.full(4, -1)
    )
    place = scene([looking((2, 3), 0, "a"), looking((6, 3), 0, "b")], surface=surface)
    refused: dict[str, int] = {}
    found = all_walks(place, refused)
    if low == 2.0:  # over everybody's head
        assert [walk.clearance for walk in found] == pytest.approx([2, 2])
    elif walkable:
        assert [walk.clearance for walk in found] == pytest.approx([away] * 2)
    else:
        assert found == []
        assert refused == {"the mesh is in the way": 2}


def test_a_board_over_the_whole_way_is_in_the_way_though_its_outline_is_far() -> None:
    corners = [(0, 0, 0), (8, 0, 0), (8, 6, 0), (0, 6, 0), (-6, -6, 1), (14, -6, 1), (4, 16, 1)]
    surface = Surface(np.array(corners, float), np.array([(0, 1, 2), (0, 2, 3), (4, 5, 6)]), np.full(3, -1))
    refused: dict[str, int] = {}
    assert all_walks(scene([looking((2, 3), 0, "a"), looking((6, 3), 0, "b")], surface=surface), refused) == []
    assert refused == {"the mesh is in the way": 2}


def test_an_object_that_sticks_out_of_its_box_keeps_its_distance() -> None:
    floor = [(0, 0, 0), (8, 0, 0), (8, 6, 0), (0, 6, 0)]
    post = [(3.9, 1, 0), (4.1, 1, 0), (4.1, 2.7, 1.0)]
    surface = Surface(
        np.array([*floor, *post], float), np.array([(0, 1, 2), (0, 2, 3), (4, 5, 6)]), np.array([-1, -1, 1])
    )
    frames = [looking((2, 3), 0, "a"), looking((6, 3), 0, "b")]
    small, whole = thing(1, "post", 3.9, 1, 4.1, 2), thing(1, "post", 3.9, 1, 4.1, 2.7)
    for box, clearance in ((small, 0.3), (whole, 0.3), (thing(1, "mat", 3.9, 1, 4.1, 2), 2.0)):
        found = all_walks(scene(frames, [box], surface=surface))
        assert [walk.clearance for walk in found] == pytest.approx([clearance] * 2, abs=1e-3)


# --- what no scene should be ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1e-300, 1e-160, 1e-30, 1e-12, 1e-6])
def test_a_box_thinner_than_anything_is_in_the_way_all_the_same(size: float) -> None:
    frames = [looking((2, 3), 0, "a"), looking((6, 3), 0, "b")]
    for angle in (0.0, 0.1):
        turn = np.array([(np.cos(angle), -np.sin(angle), 0), (np.sin(angle), np.cos(angle), 0), (0, 0, 1)])
        panel = SceneObject(1, "panel", OrientedBox(np.array([4, 3, 1]), [size, 20, 2], turn))
        refused: dict[str, int] = {}
        assert all_walks(scene(frames, [panel]), refused) == []
        assert refused == {"no way on foot": 2}
    grain = SceneObject(1, "grain", OrientedBox(np.array([4, 3, 1]), [size, size, 2]))
    assert all_walks(scene(frames, [grain])) == []  # in the middle of the way, and passed on either side


@pytest.mark.parametrize(
    "size", [(1e9, 1e9, 1e9), (1e160, 1e160, 1e160), (1e300, 1.0, 1e300), (1.0, 1e300, 1.0), (1e300, 1e308, 1.7e308)]
)
def test_a_box_larger_than_the_world_leaves_no_way(size: Any) -> None:
    frames = [looking((2, 3), 0, "a"), looking((6, 3), 0, "b")]
    turn = np.array([(0.8, -0.6, 0), (0.6, 0.8, 0), (0, 0, 1)])
    for axes in (np.eye(3), turn):
        block = SceneObject(1, "block", OrientedBox(np.array([4, 3, 1.0]), size, axes))
        assert all_walks(scene(frames, [block])) == []


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e-30, 1e-12, 1e-6, 6e-4, 1e-2])
@pytest.mark.parametrize("eye", [1.5, None])
def test_where_everything_is_tiny_there_are_no_walks(scale: float, eye: float | None) -> None:
    height = 1.5 * scale if eye is None else eye
    frames = [looking((x * scale, y * scale), 90, f"{x}", height=height) for x, y in ((2, 3), (6, 3), (6.5, 5))]
    shelf = SceneObject(1, "shelf", OrientedBox(np.array([4, 1, 0.5]) * scale, np.array([0.2, 1, 1]) * scale))
    vertices = np.array([(0, 0, 0), (8, 0, 0), (8, 6, 0), (0, 6, 0), (4, 1, 0), (4.1, 1, 1), (4, 1.1, 1)]) * scale
    mesh = Surface(vertices, np.array([(0, 1, 2), (0, 2, 3), (4, 5, 6)]), np.array([-1, -1, 1]))
    for floor, surface in ((ROOM * scale, None), (ROOM * scale, mesh), (None, mesh)):
        given = {"floor": None if floor is None else (floor,), "surface": surface}
        with suppress(ArgumentError):  # a floor so small has no area
            assert all_walks(Scene("s", "test", tuple(frames), (shelf,), **given)) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("far", [1e9, 1e160, 1e300])
def test_what_lies_too_far_off_for_a_plan_is_refused_by_name(far: float) -> None:
    frames = [looking((2, 3), 0, "a"), looking((6, 3), 0, "b"), looking((far, far), 0, "c")]
    assert len(all_walks(scene(frames))) == 2
    with pytest.raises(ArgumentError, match=r"floor\[0\]: found a point at"):
        all_walks(scene(frames, floor=(ROOM * far,)))
    stray = Surface(np.array([(0, 0, 0), (8, 0, 0), (far, 6, 0)]), np.array([(0, 1, 2)]), np.array([-1]))
    with pytest.raises(ArgumentError, match="surface: found a point at"):
        all_walks(scene(frames, surface=stray))
    lost = SceneObject(1, "shelf", OrientedBox(np.array([far, 1, 0.5]), [1, 1, 1]))
    with pytest.raises(ArgumentError, match="boxes: found a point at"):
        all_walks(scene(frames, [lost]))


def test_where_one_can_walk_is_worked_out_once_and_forgotten_with_the_scene() -> None:
    place = scene([looking((2, 3), 0, "a"), looking((6, 3), 0, "b")], [thing(1, "shelf", 3.9, 0, 4.1, 1)])
    assert len(all_walks(place)) == 2
    known = ground_of(place, RULES)
    assert ground_of(place, Rules()) is known
    assert ground_of(place, replace(RULES, structure=frozenset({"shelf"}))) is not known
    gone = weakref.ref(place), weakref.ref(known)
    del place, known
    gc.collect()
    assert [item() for item in gone] == [None, None]


# --- the furnished flat -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def flat() -> Scene:
    return toy_scene(0, frames=64, width=64, height=48)


@pytest.fixture(scope="module")
def found(flat: Scene) -> list[Walk]:
    return walks(flat, range(0, 64, 3), RULES, np.random.default_rng(3), most=10)


def test_walks_of_the_flat_keep_clear_of_its_furniture_and_its_mesh(flat: Scene, found: list[Walk]) -> None:
    assert len(found) >= 6
    ground = Ground(flat, RULES)
    blocked = shapely.union_all([shapely.Polygon(outline) for outline in ground.obstacles])
    for walk in found:
        line = shapely.LineString(walk.points[:, :2])
        assert shapely.distance(line, blocked) >= 0.2 - 1e-6
        assert ground.floor.covers(line)
        assert walk.clearance >= 0.2 - 1e-6
        assert 1.5 <= walk.metres <= 15
        assert len(walk.legs) <= 6
        for frame, point in ((walk.start, walk.points[0]), (walk.goal, walk.points[-1])):
            away = np.linalg.norm(flat.frames[frame].world_from_cam[:2, 3] - point[:2])
            assert away <= min(0.3, 0.1 * walk.metres)


def test_clearances_are_those_to_the_nearest_of_all_things_and_triangles(flat: Scene, found: list[Walk]) -> None:
    ground, surface = Ground(flat, RULES), flat.surface
    assert surface is not None
    passable = [item.id for item in flat.objects if item.label.split()[-1] in ("door", "rug", "doormat", "carpet")]
    heights = surface.vertices[surface.faces][..., 2] - ground.height
    standing = (heights.max(axis=1) > 0.15) & (heights.min(axis=1) < 1.9) & ~np.isin(surface.face_ids, passable)
    flat_ones = surface.vertices[surface.faces[standing], :2]
    outlines = shapely.linestrings(np.concatenate([flat_ones, flat_ones[:, :1]], axis=1))
    left = shapely.difference(ground.floor, shapely.union_all([shapely.Polygon(ring) for ring in ground.obstacles]))
    for walk in found:
        line = shapely.LineString(walk.points[:, :2])
        nearest = min(shapely.distance(line, left.boundary), shapely.distance(line, outlines).min())
        assert walk.clearance == pytest.approx(nearest, abs=1e-3)


@pytest.mark.parametrize(("radius", "most"), [(0.2, 10.0), (0.3, 20.0)])
def test_the_tightest_way_and_a_wider_one_are_told_by_the_same_turns(
    flat: Scene, found: list[Walk], radius: float, most: float
) -> None:
    """Corners are round here; the direction of a leg is that of the tightest way beside the leg's middle."""
    ground = Ground(flat, RULES)
    left = shapely.difference(ground.floor, shapely.union_all([shapely.Polygon(ring) for ring in ground.obstacles]))
    parts = [part for part in shapely.get_parts(shapely.buffer(left, -radius, quad_segs=16)) if part.area > 1e-6]
    roadmap = Roadmap(shapely.MultiPolygon(parts))
    for walk in found:
        told = walk.points[:, :2]
        way = roadmap.path(*(roadmap.nearest(end) for end in told[[0, -1]]))
        assert way is not None
        if radius == 0.2:
            assert -0.01 < length(told) - length(way) <= max(0.1, 0.06 * length(way))
        steps = np.diff(way, axis=0)
        pieces = shapely.linestrings(np.stack([way[:-1], way[1:]], axis=1))
        middles = (told[:-1] + told[1:]) / 2
        beside = [int(np.argmin(shapely.distance(pieces, shapely.Point(middle)))) for middle in middles]
        corners = np.concatenate([[(0, 0)], np.cumsum(steps[beside], axis=0)])
        turns = legs_of(np.column_stack([corners, np.zeros(len(corners))]), walk.facing, UP)[:, 0]
        assert (np.abs((turns - walk.legs[:, 0] + 180) % 360 - 180) <= most).all()


def test_walking_the_legs_leads_to_the_goal(found: list[Walk]) -> None:
    for walk in found:
        at, bearing = walk.points[0, :2], np.arctan2(walk.facing[0], walk.facing[1])
        for turn, metres in walk.legs:
            bearing += np.radians(turn)
            at = at + metres * np.array([np.sin(bearing), np.cos(bearing)])
        np.testing.assert_allclose(at, walk.points[-1, :2], atol=1e-6)


def test_the_same_seed_gives_the_same_walks(flat: Scene, found: list[Walk]) -> None:
    again = walks(flat, range(0, 64, 3), RULES, np.random.default_rng(3), most=10)
    assert [(w.start, w.goal) for w in again] == [(w.start, w.goal) for w in found]
    np.testing.assert_array_equal(np.concatenate([w.legs for w in again]), np.concatenate([w.legs for w in found]))


# --- graphs -----------------------------------------------------------------------------------------------------------

PLACES = np.array([(0, 0, 1.5), (0, 2, 1.6), (0, 4, 1.5), (3, 4, 1.5), (3, 1, 1.5)])
CHAIN = [(0, 1), (1, 2), (2, 3), (3, 4)]


def on_graph(frames: Sequence[Frame], edges: Any = CHAIN, positions: Any = PLACES, rise: Any = 0.0) -> Scene:
    """Return a scene with a graph whose places stand on a floor that rises by ``rise`` metres."""
    place = scene(frames, floor=None)
    graph = Graph(tuple("abcde"), positions + np.outer(np.broadcast_to(rise, 5), UP), np.array(edges), positions[:, 2])
    object.__setattr__(place, "graph", graph)
    return place


def test_walks_on_a_graph_follow_its_edges_and_leave_out_small_bends() -> None:
    place = on_graph([looking((0, 0), 90, "a"), looking((3, 1.1), 0, "e")])
    walk = next(w for w in all_walks(place) if w.start == 0)
    np.testing.assert_allclose(walk.legs, [(-90, 4), (90, 3), (90, 3)], atol=1e-6)
    np.testing.assert_allclose(walk.points[:, 2], 0, atol=1e-9)
    assert np.isnan(walk.clearance)


def test_a_second_way_on_a_graph_that_is_nearly_as_short_is_refused() -> None:
    square = np.array([(0, 0, 1.5), (0, 3, 1.5), (3, 3, 1.5), (3, 0, 1.5), (9, 9, 1.5)])
    refused: dict[str, int] = {}
    frames = [looking((0, 0), 45, "a"), looking((3, 3), 225, "c")]
    assert all_walks(on_graph(frames, [(0, 1), (1, 2), (2, 3), (3, 0)], square), refused) == []
    assert refused == {"another way is nearly as short": 2}
    assert len(all_walks(on_graph(frames, [(0, 1), (1, 2)], square))) == 2
    refused.clear()
    assert all_walks(on_graph(frames, [(0, 1), (2, 3)], square), refused) == []
    assert refused == {"no way on foot": 2}


def test_stairs_are_no_walk() -> None:
    frames = [looking((0, 0), 90, "a"), looking((3, 1), 0, "e", height=2.7)]
    place = on_graph(frames, rise=[0, 0, 1.2, 1.2, 1.2])
    refused: dict[str, int] = {}
    assert all_walks(place, refused) == []
    assert refused == {"stairs": 2}


def test_frames_that_were_not_taken_at_a_place_of_the_graph_start_no_walk() -> None:
    refused: dict[str, int] = {}
    assert all_walks(on_graph([looking((0, 0.5), 90, "a"), looking((3, 1), 0, "e")]), refused) == []
    assert refused == {"a camera is not over free floor": 2}
