"""A stated walk must hold against the scene; the scene and its walks are worked out by hand here.

A room of 6 m x 4 m, 2.5 m high, z up, is divided by a wall from x = 2.95 to 3.05 that ends at y = 2.6, so one walks
round its end. Frame "0" was taken at (1, 1), looking along y, frame "7" at (5, 1). With 0.25 m to the wall's end the
way leads over (2.85, 2.85) and (3.15, 2.85). An open door hangs in the passage and a mat lies in it; neither matters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely

from spatialkit.adapters import load_scene
from spatialkit.generate import generate
from spatialkit.navigation import Graph
from spatialkit.samples import ImageRef, Sample
from spatialkit.scene import Camera, Frame, OrientedBox, Scene, SceneObject
from spatialkit.surfaces import Surface
from spatialkit.verify import verify
from spatialkit.verify._derive import _walks

CAMERA = Camera(160, 160, 159.5, 119.5, 320, 240)
ALONG_Y = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]], dtype=np.float64)  # columns: right, down, ahead
PLACES = [(1, 1), (1.5, 1), (2, 1), (2, 2), (2.5, 3.3), (4, 2), (4.5, 1), (5, 1)]
FLOOR = np.array([[0, 0], [6, 0], [6, 4], [0, 4]], dtype=np.float64)
DIVIDER = OrientedBox((3, 1.3, 1.25), (0.1, 2.6, 2.5))
DOOR = OrientedBox((3, 3.3, 1.05), (0.1, 1.4, 2.0))
RUG = OrientedBox((3, 3.2, 0.01), (1.0, 0.6, 0.02))
BLOCK = OrientedBox((3, 2, 0.5), (1.6, 1.6, 1.0))
QUADS = np.array([[0, 1, 3, 2], [4, 5, 7, 6], [0, 1, 5, 4], [2, 3, 7, 6], [0, 2, 6, 4], [1, 3, 7, 5]])
SIDES = np.concatenate([QUADS[:, [0, 1, 2]], QUADS[:, [0, 2, 3]]])

ROUND = [(1, 1), (2.85, 2.85), (3.15, 2.85), (5, 1)]
QUESTION = (
    "You stand where {start} was taken and look the way its camera does. By what turns and moves do you walk to where "
    "{goal} was taken? Take the shortest way over the floor on which a person 0.4 m wide does not touch furniture or "
    "walls. Turns are in degrees, counted from where one faces just before; lengths are in metres."
)


def tell(*legs: tuple[int, float]) -> str:
    """Return legs, each degrees to the right and metres, as an answer tells them."""
    steps = []
    for turn, length in legs:
        steps += [f"turn {'right' if turn > 0 else 'left'} {abs(turn)} degrees"] * bool(turn)
        steps.append(f"go {length} metres")
    return " and ".join([", ".join(steps[:-1]), steps[-1]]) if len(steps) > 1 else steps[0]


SAID = tell((45, 2.6), (45, 0.3), (45, 2.6))


def frame(number: int, place: Sequence[float]) -> Frame:
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = ALONG_Y, (*place, 1.4)
    return Frame(str(number), CAMERA, pose, time=float(number))


def mesh(*boxes: tuple[int, OrientedBox]) -> Surface:
    """The room's floor and walls and some boxes."""
    room = OrientedBox((3, 2, 1.25), (6, 4, 2.5))
    parts = [(-1, room), *boxes]
    return Surface(
        np.concatenate([box.corners for _, box in parts]),
        np.concatenate([SIDES + 8 * i for i in range(len(parts))]),
        np.repeat([name for name, _ in parts], len(SIDES)),
    )


def make_scene(*boxes: tuple[int, OrientedBox], **changes: Any) -> Scene:
    objects = (SceneObject(1, "door", DOOR), SceneObject(2, "bath mat", RUG))
    frames = tuple(frame(k, place) for k, place in enumerate(PLACES))
    scene = Scene("room", "test", frames, objects, mesh((1, DOOR), (2, RUG), *boxes), (FLOOR,))
    return replace(scene, **changes)


def make_walk(points: Sequence[Sequence[float]], told: str, *, goal: int = 7, start: int = 0) -> Sample:
    names = {"start": f"Frame-{start + 1}", "goal": f"Frame-{goal + 1}"}
    route = {"from": str(start), "to": str(goal), "points": [[*point, 0.0][:3] for point in points], "clearance": None}
    images = tuple(ImageRef(str(k), 320, 240) for k in range(len(PLACES)))
    return Sample(
        id="walk",
        task="nav_video",
        format="sentence",
        dataset="test",
        scene="room",
        images=images,
        question=QUESTION.format(**names),
        answer=f"Here is the way from {names['start']} to {names['goal']}: {told}.",
        provenance={"frames": [image.frame for image in images], "route": route},
    )


SCENE = make_scene((-1, DIVIDER))
WALK = make_walk(ROUND, SAID)


def reasons(sample: Sample, scene: Scene = SCENE) -> str:
    report = verify([sample], scene)
    assert report.checked == 1
    return "\n".join(failure.reason for failure in report.failures)


def routed(sample: Sample, **changes: Any) -> Sample:
    route = {**sample.provenance["route"], **changes}
    return replace(sample, provenance={**sample.provenance, "route": route})


def test_the_way_round_a_wall_is_right() -> None:
    assert reasons(WALK) == ""


@pytest.mark.parametrize(
    "sentence",
    [
        "To get from where Frame-1 was taken to where Frame-8 was taken, {}.",
        "Standing where Frame-1 was taken and looking as its camera does, {} to reach where Frame-8 was taken.",
        "If you set out from the camera of Frame-1, looking as it does, {} to get to the camera of Frame-8.",
        "Looking as the camera of Frame-1 does, {}; then you stand where Frame-8 was taken.",
        "Begin where Frame-1 was taken, looking as its camera does, and {}; this brings you to the place of Frame-8.",
    ],
)
def test_who_goes_where_is_read_from_any_wording(sentence: str) -> None:
    assert reasons(replace(WALK, answer=sentence.format(SAID))) == ""
    swapped = sentence.replace("Frame-1", "Frame-X").replace("Frame-8", "Frame-1").replace("Frame-X", "Frame-8")
    assert "the answer has the start in ['7'], the route in '0'" in reasons(replace(WALK, answer=swapped.format(SAID)))


def test_a_bare_list_is_read() -> None:
    told = SAID.replace(" and go", ", go")
    assert reasons(replace(WALK, format="fill", answer=told)) == ""
    assert "does not tell a way" in reasons(replace(WALK, format="fill", answer=f"{told} slowly"))


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (
            "go 0.3 metres, turn right",
            "go 0.3 metres, turn left",
            "leg 3 turns by -45 degrees to the right, it is 45.0",
        ),
        ("turn right 45 degrees, go 2.6", "turn left 45 degrees, go 2.6", "leg 1 turns by -45"),
        ("turn right 45 degrees, go 2.6", "turn right 60 degrees, go 2.6", "leg 1 turns by 60"),
        ("turn right 45 degrees, go 2.6", "turn right 50 degrees, go 2.6", "expected steps of 15"),
        ("turn right 45 degrees, go 2.6", "turn right 195 degrees, go 2.6", "expected steps of 15"),
        ("turn right 45 degrees, go 0.3", "turn right 45 degrees, turn right 45 degrees, go 0.3", "turns twice"),
        ("turn right 45 degrees, go 0.3", "go 0.3", "leg 2 goes on straight"),
        ("and go 2.6 metres", "and go 3.2 metres", "leg 3 goes 3.2 m, it is 2.616 m"),
        ("and go 2.6 metres", "and go 2.7 metres", "leg 3 goes 2.7 m, it is 2.616 m"),
        (", turn right 45 degrees and go 2.6 metres", "", "tells 2 legs, the route has 3"),
        (" and go 2.6 metres", "", "does not tell a way"),
        (SAID, "go straight 5 metres", "does not tell a way"),
        ("to Frame-8", "to Frame-7", "the answer has the goal in ['6'], the route in '7'"),
        ("to Frame-8", "to Frame-9", "names Frame-9, there are 8 frames"),
        ("from Frame-1 to Frame-8", "of Frame-1 to Frame-8", "does not say what Frame-1 is"),
    ],
)
def test_a_wrong_answer_is_caught(old: str, new: str, found: str) -> None:
    assert old in WALK.answer
    assert found in reasons(replace(WALK, answer=WALK.answer.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("where Frame-8", "where Frame-7", "the question has the goal in ['6'], the route in '7'"),
        ("where Frame-1", "where Frame-2", "the question has the start in ['1'], the route in '0'"),
        ("shortest", "nicest", "does not say"),
        ("0.4 m wide", "0.6 m wide", "does not say"),
    ],
)
def test_a_wrong_question_is_caught(old: str, new: str, found: str) -> None:
    assert found in reasons(replace(WALK, question=WALK.question.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"points": None}, "not at least two in space"),
        ({"points": [[1, 1, 0]]}, "not at least two in space"),
        ({"points": [[1, 1, 0], [5, "x", 0]]}, "not at least two in space"),
        ({"points": [[1, 1, 0], [5, float("nan"), 0]]}, "not at least two in space"),
        ({"to": "nowhere"}, "no frame of the scene"),
        ({"to": "0"}, "to itself"),
        ({"to": "6"}, "the route has an end 0.50 m aside of the camera of frame '6'"),
    ],
)
def test_a_route_that_cannot_be_is_caught(changes: dict[str, Any], found: str) -> None:
    assert found in reasons(routed(WALK, **changes))


def test_a_clearance_that_the_way_does_not_have_is_caught() -> None:
    assert reasons(routed(WALK, clearance=0.25)) == ""
    assert "states 0.40 m of room" in reasons(routed(WALK, clearance=0.4))


def test_without_a_route_nothing_is_believed() -> None:
    assert "states no route" in reasons(replace(WALK, provenance={}))


@pytest.mark.parametrize(
    ("points", "told", "found"),
    [
        ([(1, 1), (5, 1)], tell((90, 4.0)), "comes within 0.00 m of a thing"),
        (
            [(1, 1), (2.95, 2.7), (3.05, 2.7), (5, 1)],
            tell((45, 2.6), (45, 0.1), (45, 2.6)),
            "comes within 0.0",
        ),
        (
            [(1, 1), (2.85, 3.45), (3.15, 3.45), (5, 1)],
            tell((30, 3.1), (60, 0.3), (60, 3.1)),
            "there is a way of 5.",
        ),
        (
            [(1, 1), (1.5, 2.0), (2.85, 2.85), (3.15, 2.85), (5, 1)],
            tell((30, 1.1), (30, 1.6), (30, 0.3), (45, 2.6)),
            "legs 1 and 2 go round nothing",
        ),
        (
            [(1, 1), (1, 4.3), (5, 4.3), (5, 1)],
            tell((0, 3.3), (90, 4.0), (90, 3.3)),
            "leaves the floor",
        ),
        ([(1, 1, 0), (2.85, 2.85, 0.8), (3.15, 2.85, 0), (5, 1, 0)], SAID, "the route rises by 0.80 m"),
        ([(*point, -3.0) for point in ROUND], SAID, "is 4.40 m above the end of the route"),
    ],
)
def test_a_way_that_is_none_is_caught(points: list[tuple[float, ...]], told: str, found: str) -> None:
    assert found in reasons(make_walk(points, told))


def test_a_thing_in_the_passage_is_in_the_way_unless_it_is_a_door() -> None:
    wardrobe = tuple(replace(item, label="wardrobe") for item in SCENE.objects)
    assert "comes within 0.00 m of a thing" in reasons(WALK, replace(SCENE, objects=wardrobe))


@pytest.mark.parametrize("height", [0.12, 0.18, 1.95])
def test_only_what_is_at_the_height_of_a_body_is_in_the_way(height: float) -> None:
    shelf = OrientedBox((1.6, 1.6, height), (0.3, 0.3, 0.02))
    found = reasons(WALK, make_scene((-1, DIVIDER), (-1, shelf)))
    assert ("comes within 0.0" in found) == (height == 0.18)


def test_turned_and_moved_scenes_are_the_same() -> None:
    angle = np.radians(35)
    pose = np.eye(4)
    pose[:3, :3] = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]]) @ np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )
    pose[:3, 3] = 3, -5, 7
    points = np.array(WALK.provenance["route"]["points"]) @ pose[:3, :3].T + pose[:3, 3]
    moved = routed(WALK, points=points.tolist())
    assert reasons(moved, SCENE.moved(pose)) == ""
    assert "turns by -45" in reasons(
        replace(moved, answer=moved.answer.replace("turn right", "turn left")), SCENE.moved(pose)
    )


def test_a_mesh_alone_and_a_plan_with_boxes_alone_will_do() -> None:
    assert reasons(WALK, replace(SCENE, floor=None)) == ""
    objects = (*SCENE.objects, SceneObject(3, "partition", DIVIDER))
    boxes = replace(SCENE, surface=None, objects=objects)
    assert reasons(WALK, boxes) == ""
    straight = make_walk([(1, 1), (5, 1)], tell((90, 4.0)))
    assert "comes within 0.00 m of a thing" in reasons(straight, boxes)
    assert "holds no floor" in reasons(WALK, replace(SCENE, surface=None, floor=None))


def test_two_ways_that_are_as_short_are_caught() -> None:
    frames = tuple(frame(k, place) for k, place in enumerate([(1, 2.0), *PLACES[1:-1], (5, 2.0)]))
    told = tell((45, 1.5), (45, 1.8), (45, 1.5))
    sample = make_walk([(1, 2), (2.1, 3.05), (3.9, 3.05), (5, 2)], told)
    found = reasons(sample, make_scene((-1, BLOCK), frames=frames))
    assert "is as short" in found
    aside = OrientedBox((3, 1.8, 0.5), (1.6, 2.0, 1.0))
    assert reasons(sample, make_scene((-1, aside), frames=frames)) == ""


def test_a_steep_view_has_no_direction() -> None:
    down = np.array([[1, 0, 0], [0, -0.9397, 0.3420], [0, -0.3420, -0.9397]]).T  # 70 degrees down
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = np.stack([[1, 0, 0], down[:, 1], down[:, 2]], axis=1), (1, 1, 1.4)
    pose[:3, 1] = np.cross(pose[:3, 2], pose[:3, 0])
    frames = (replace(SCENE.frames[0], world_from_cam=pose), *SCENE.frames[1:])
    assert "faces no way on the level" in reasons(WALK, replace(SCENE, frames=frames))


class TestPlaces:
    """Ways from place to place: a, b over the corner c, or over d, which is farther; e lies on the way to c."""

    GRAPH = Graph(
        ("a", "c", "b", "d", "e"),
        np.array([(1, 1, 1.4), (2.85, 2.85, 1.4), (5, 1, 1.4), (3, 3.9, 1.4), (2, 2.1, 1.4)]),
        np.array([(0, 4), (4, 1), (1, 2), (0, 3), (3, 2)]),
        np.full(5, 1.4),
    )
    SCENE = replace(SCENE, surface=None, floor=None, objects=(), graph=GRAPH)
    TOLD = tell((45, 2.6), (90, 2.8))

    def test_a_way_over_joined_places_is_right(self) -> None:
        assert reasons(make_walk([(1, 1), (2.85, 2.85), (5, 1)], self.TOLD), self.SCENE) == ""

    def test_a_way_between_places_that_are_not_joined_is_caught(self) -> None:
        straight = make_walk([(1, 1), (5, 1)], tell((90, 4.0)))
        assert "from place 'a' to 'b', which are not joined" in reasons(straight, self.SCENE)

    def test_a_longer_way_is_caught(self) -> None:
        told = tell((30, 3.5), (90, 3.5))
        found = reasons(make_walk([(1, 1), (3, 3.9), (5, 1)], told), self.SCENE)
        assert "the route is 7.05 m long, the shortest through the graph is 5.46 m" in found

    def test_a_point_that_is_no_place_is_caught(self) -> None:
        assert "is no place of the graph" in reasons(WALK, self.SCENE)

    def test_places_without_a_way_are_caught(self) -> None:
        graph = replace(self.GRAPH, edges=np.array([(0, 4), (1, 2)]))
        sample = make_walk([(1, 1), (2.85, 2.85), (5, 1)], self.TOLD)
        assert "no way leads from place 'a' to 'c'" in reasons(sample, replace(self.SCENE, graph=graph))


class TestRaster:
    """The raster against shapes whose distances are known."""

    def test_room_is_the_distance_to_the_nearest_thing(self) -> None:
        ground = _walks._ground(SCENE, 0.0)
        points = np.array([(1.0, 1.0), (2.5, 2.0), (3.0, 3.0), (3.45, 2.9), (5.5, 0.3)])
        solids = shapely.union_all([shapely.box(2.95, 0, 3.05, 2.6), shapely.box(0, 0, 6, 4).exterior])
        expected = shapely.distance(shapely.points(points), solids)
        assert ground.at(ground.room, points) == pytest.approx(expected, abs=0.03)

    def test_floor_is_what_a_polygon_covers(self) -> None:
        star = np.array([(0, 0), (4, 0.5), (2, 1.5), (3.5, 3.5), (1.7, 2.2), (0.2, 3.9), (0.9, 1.8)])
        scene = replace(SCENE, surface=None, objects=(), floor=(star,))
        ground = _walks._ground(scene, 0.0)
        x, y = np.meshgrid(np.arange(-0.1, 4.1, 0.0217), np.arange(-0.1, 4.1, 0.0217))
        points = np.stack([x.ravel(), y.ravel()], axis=1)
        shape = shapely.Polygon(star)
        clear = shapely.distance(shapely.points(points), shape.exterior) > 0.02
        covered = shapely.contains_xy(shape, points)
        assert (ground.at(ground.floor, points)[clear] == covered[clear]).all()

    def test_samples_lie_densely_on_their_triangles(self) -> None:
        rng = np.random.default_rng(3)
        triangles = rng.uniform(0, 1, (20, 3, 3))
        triangles[0, 2] = triangles[0, 0]  # a line
        triangles[1, :] = triangles[1, 0]  # a point
        found = np.concatenate(list(_walks._samples(triangles)))
        weights = rng.dirichlet((1, 1, 1), (20, 50))
        wanted = np.einsum("fnk,fkd->fnd", weights, triangles).reshape(-1, 3)
        gaps = [np.linalg.norm(found - point, axis=1).min() for point in wanted]
        assert max(gaps) < _walks.SAMPLED
        assert found.min() >= triangles.min() - 1e-12
        assert found.max() <= triangles.max() + 1e-12

    def test_the_search_finds_the_length_of_the_tightest_way(self) -> None:
        """From (1, 1) a tangent to the circle of 0.2 m about the wall's corner, over its end and the same back."""
        ground = _walks._ground(SCENE, 0.0)
        corner = np.array([2.95, 2.6]) - (1, 1)
        away = float(np.hypot(*corner))
        tangent = np.sqrt(away**2 - 0.2**2)
        heading = np.arctan2(corner[1], corner[0]) + np.arcsin(0.2 / away)
        tightest = 2 * (tangent + 0.2 * heading) + 0.1
        found = _walks._search(np.array(ROUND, dtype=np.float64), 7.0, ground)
        assert found is not None
        assert tightest - 0.02 <= found.length <= 1.028 * tightest + 0.02
        assert _walks._search(np.array(ROUND, dtype=np.float64), 5.0, ground) is None


def test_walks_through_a_furnished_flat_are_right_and_lies_about_them_are_not() -> None:
    scene = load_scene("toy", None, "flat-1", frames=64, width=160, height=120)
    samples = list(generate("nav_video", scene, per_task=6))
    assert len(samples) >= 4
    assert [str(failure) for failure in verify(samples, scene).failures] == []
    for sample in samples:
        mirrored = sample.answer.replace("turn right", "turn X").replace("turn left", "turn right")
        mirrored = mirrored.replace("turn X", "turn left")
        if "180" not in mirrored and mirrored != sample.answer:
            assert verify([replace(sample, answer=mirrored)], scene).failures
        points = np.array(sample.provenance["route"]["points"])
        if len(points) > 2:
            straight = routed(sample, points=points[[0, -1]].tolist())
            assert "comes within" in "\n".join(failure.reason for failure in verify([straight], scene).failures)
