"""The engine: what it refuses, what it counts, and that a task of one's own is a few lines."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from spatialkit import score
from spatialkit.adapters import load_scene
from spatialkit.answers import Box, Motion, Ordering, PixelDepth, Quantity
from spatialkit.errors import ArgumentError, UnknownName
from spatialkit.generate import Ledger, _blind, _facts, generate, resolve
from spatialkit.generate._cast import Cast
from spatialkit.generate._stage import VALUE, Candidates, Stage
from spatialkit.navigation import Graph, Route
from spatialkit.observe import observe
from spatialkit.rules import Rules
from spatialkit.scene import Camera, Frame, OrientedBox, Scene, SceneObject, Sensor
from spatialkit.tasks.base import Task, Variant, point, registry
from spatialkit.views import single


@cache
def flat() -> Scene:
    return load_scene("toy", None, "flat-1", rooms=1, frames=24, width=240, height=180)


def test_unknown_tasks_and_formats_suggest_near_ones() -> None:
    with pytest.raises(UnknownName, match="did you mean depth_prediction_oc"):
        generate("depth_predicton_oc", flat())
    with pytest.raises(UnknownName, match="did you mean select"):
        generate("all", flat(), formats=["slect"])
    with pytest.raises(UnknownName, match="unknown scorer"):
        score("depth_prediction_oc", predicted="1", expected="1", scorer="stric")


@pytest.mark.parametrize("count", [0, -1, 1.5, True, "3"])
def test_per_task_is_checked_before_anything_runs(count: Any) -> None:
    with pytest.raises(ArgumentError, match="per_task"):
        generate("all", flat(), per_task=count)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"scene": "toy"}, "scene: found str, expected Scene"),
        ({"scene": None}, "scene: found NoneType, expected Scene"),
        ({"rules": {}}, "rules: found dict, expected Rules"),
        ({"ledger": {}}, "ledger: found dict, expected Ledger"),
        ({"ledger": Counter()}, "ledger: found Counter, expected Ledger"),
        ({"formats": ()}, "formats: found none, expected None, for all, or some of fill, "),
        ({"formats": 5}, "formats: found int, expected str or Iterable"),
        ({"tasks": []}, "tasks: found none, expected a task id"),
        ({"tasks": None}, "tasks: found None, expected a task id"),
    ],
)
def test_arguments_are_checked_before_anything_runs(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        generate(**{"tasks": "all", "scene": flat()} | changed)


def test_an_expected_answer_that_is_none_is_refused() -> None:
    with pytest.raises(ArgumentError, match="expected"):
        score("depth_prediction_oc", predicted="1", expected="far")


def test_formats_are_those_asked_for() -> None:
    made = list(generate("all", flat(), per_task=2, formats="fill"))
    assert {s.format for s in made} == {"fill"}


def test_the_ledger_says_why_candidates_fell_and_how_many_were_admitted() -> None:
    ledger = Ledger()
    list(generate("obj_spatial_relation_oo", flat(), per_task=4, ledger=ledger))
    rules = {rule for _, rule in ledger}
    assert {"admitted", "slot neither word nor empty", "readings disagree"} <= rules
    other = Ledger(ledger)
    other.merge(ledger)
    assert {k: 2 * v for k, v in ledger.items()} == dict(other)
    assert ledger.rows() == sorted((*k, v) for k, v in ledger.items())


def test_a_scene_without_a_scale_is_asked_no_metric_questions() -> None:
    ledger = Ledger()
    made = {s.task for s in generate("all", replace(many_frames(), metric=False), per_task=2, ledger=ledger)}
    metric = {v.id for v in registry.values() if v.task.answer.metric and not v.task.beyond}
    assert {task for task, rule in ledger if rule == "scene is not metric"} == metric
    assert made
    assert not made & metric


def test_a_scene_in_which_nothing_can_be_asked_says_so() -> None:
    ledger = Ledger()
    assert not list(generate("distance_prediction_oo", replace(flat(), objects=()), ledger=ledger))
    assert ledger["distance_prediction_oo", "no admissible candidate"] == 1


def test_structure_placeholders_small_and_room_sized_things_are_never_asked_about() -> None:
    named = {o.label for o in flat().objects}
    chosen = sorted(named)[0]
    rules = Rules(structure=frozenset({*Rules().structure, chosen}))
    labels = {flat().objects[flat().object_index[m.object_id]].label for s in asked(rules=rules) for m in s.marks}
    assert labels
    assert chosen not in labels
    assert not asked(rules=Rules(smallest_side=50.0))
    blank = replace(flat(), objects=tuple(replace(o, label="object") for o in flat().objects))
    assert not asked(blank)
    apartment = SceneObject(10**9, "home", OrientedBox([3, 3, 1.3], [9, 9, 2.7]))
    everything = replace(flat(), objects=(*flat().objects, apartment))
    assert 10**9 not in {m.object_id for s in asked(everything) for m in s.marks}


def asked(scene: Scene | None = None, rules: Rules | None = None) -> list[Any]:
    return list(generate("distance_prediction_oo", scene or flat(), per_task=30, rules=rules, formats="fill"))


def test_parts_are_not_asked_about_with_their_whole() -> None:
    ids = {s.id: s for s in asked()}
    boxes = {o.id: o.box for o in flat().objects}
    for s in ids.values():
        a, b = (boxes[m.object_id] for m in s.marks)
        for x, y in ((a, b), (b, a)):
            inside = np.abs((x.corners - y.centre) @ y.world_from_box) <= y.size / 2
            assert not inside.all()


def test_a_noisier_scene_admits_less() -> None:
    def admitted(sensor: Sensor) -> int:
        ledger = Ledger()
        list(generate("depth_prediction_oo", replace(flat(), sensor=sensor), per_task=5, ledger=ledger))
        return ledger["depth_prediction_oo", "admitted"]

    assert admitted(Sensor(position=0.2)) < admitted(Sensor(position=0.03)) <= admitted(Sensor(position=0.0))


@pytest.mark.parametrize("task", sorted(set(registry) - {"nav_video"}))  # walks are shaken when they are found
def test_no_admitted_answer_flips_when_the_geometry_is_off_by_less_than_stated(task: str) -> None:
    """Boxes off by up to 2 cm, cameras turned by up to 1 degree, 100 times: the same words, numbers within margin."""
    rng, variant, rules = np.random.default_rng(0), registry[task], Rules()
    cast = Cast(many_frames(), observe(many_frames()), rules)
    found = {s.id.rpartition("-")[0]: s.provenance for s in generate(task, many_frames(), per_task=12)}
    if not variant.task.answer.shaken or not found:
        assert not variant.task.answer.shaken
        return
    candidates = again(variant, cast, list(found.values()))
    answer = variant.task.answer
    value = Stage(variant, cast, candidates).measure()[VALUE]
    said, margin = answer.decide(value, rules), np.broadcast_to(answer.margin(value, rules), value.shape)
    poses, centres, sizes = cast.poses.copy(), cast.centres.copy(), cast.sizes.copy()
    for _ in range(100):
        turned = Rotation.from_rotvec(np.radians(unit(rng, len(poses)))).as_matrix()
        cast.poses = poses.copy()
        cast.poses[:, :3, :3] = poses[:, :3, :3] @ turned
        cast.poses[:, :3, 3] += 0.02 * unit(rng, len(poses))
        cast.centres = centres + 0.02 * unit(rng, len(centres))
        cast.sizes = np.maximum(sizes + 0.02 * unit(rng, len(sizes)), 1e-3)
        shaken = Stage(variant, cast, candidates).measure()[VALUE]
        near = (np.abs(shaken - value) <= margin * (1 + 1e-9)) | ~np.isfinite(value)
        near |= ~np.isfinite(shaken)  # then it would not have been asked, for a reason that is no part of its answer
        for i, now in enumerate(answer.decide(shaken, rules)):
            assert now == said[i] or near[i].all(), (said[i], now, list(found)[i])


def again(variant: Variant, cast: Cast, provenance: list[Any]) -> Candidates:
    """Return the candidates that samples were made from."""
    objects, frames, roles = cast.scene.object_index, cast.scene.frame_index, variant.cast

    def item(p: Any, name: str) -> int:
        if name in p["categories"]:
            return cast.categories.index(p["categories"][name])
        return objects[p["objects"][name]] if name in p["objects"] else -1

    words = {name: [w for w, _ in role.words] for name, role in variant.roles.items() if role.kind == "word"}
    count = len(provenance)
    return Candidates(
        np.array([[frames[f] for f in p["frames"]] for p in provenance]),
        np.arange(count),
        np.array([[item(p, name) for name in roles] for p in provenance], dtype=int).reshape(count, -1),
        np.array([[p["images"].get(name, -1) for name in roles] for p in provenance], dtype=int).reshape(count, -1),
        np.array([[w.index(p["words"][n]) for n, w in words.items()] for p in provenance], int).reshape(count, -1),
    )


@cache
def many_frames() -> Scene:
    return load_scene("toy", None, "flat-2", frames=64, width=320, height=240)


def unit(rng: np.random.Generator, count: int) -> np.ndarray:
    """Random vectors of length at most 1."""
    v = rng.normal(size=(count, 3))
    return v / np.linalg.norm(v, axis=1, keepdims=True) * rng.random((count, 1))


def test_answers_are_spread_over_their_range() -> None:
    made = list(generate("obj_spatial_relation_oo", flat(), per_task=60, formats="sentence"))
    words = Counter(w for s in made for w in re.findall("left|right|higher|lower|closer|farther", s.answer))
    for one, other in (("left", "right"), ("higher", "lower"), ("closer", "farther")):
        assert abs(words[one] - words[other]) <= 0.35 * (words[one] + words[other])


def test_as_many_facts_come_in_the_formats_asked_for_whatever_falls_for_want_of_options() -> None:
    made = list(generate("obj_spatial_relation_oo", many_frames(), per_task=20, formats="select"))
    assert {s.format for s in made} == {"select"}
    assert len(made) == 20


def test_a_task_of_ones_own_is_passed_as_an_object_and_not_confused_with_others() -> None:
    class Height(Task):
        level = "low"
        roles = {"a": point("green")}
        variants = {"height_above_floor_test": single()}
        answer = Quantity()
        questions = ("How high above the floor is the centre of {a}?",)
        statements = ("The centre of {a} is {answer} above the floor.",)

        def measure(self, a: Any) -> Any:  # type: ignore[override]
            return a.centre @ a.observer.up

    made = list(generate(Height(), flat(), per_task=3, formats=["fill", "sentence"]))
    assert len(made) == 6
    assert resolve([Height(), "depth_prediction_oc"])[1].id == "depth_prediction_oc"
    assert isinstance(registry["height_above_floor_test"], Variant)
    for s in made:
        truth = flat().objects[flat().object_index[s.marks[0].object_id]].box.centre[2]
        assert s.provenance["value"] == pytest.approx(truth)
    registry._items.pop("height_above_floor_test")


@pytest.mark.parametrize(
    "label", ["left shoe", "lower cabinet", "back door", "further shelf", "7 up bottle", "42 inch tv"]
)
def test_labels_that_sound_like_answers_are_not_taken_for_them(label: str) -> None:
    named = replace(flat(), objects=tuple(replace(o, label=label) for o in flat().objects))
    tasks = ["obj_spatial_relation_oo", "obj_spatial_relation_oc_mv", "distance_prediction_oo"]
    made = list(generate(tasks, named, per_task=12, formats=["fill", "select", "sentence"]))
    truth = {}
    for s in made:
        if s.format != "sentence":
            truth[s.id.rsplit("-", 1)[0]] = s.answer if s.format == "fill" else s.options["ABCD".index(s.answer)]
    compared = 0
    for s in made:
        if s.format == "sentence":
            assert score(s.task, predicted=s.answer, expected=s.answer) == 1
            said = truth.get(s.id.rsplit("-", 1)[0])
            if said is not None:
                assert score(s.task, predicted=said, expected=s.answer) == 1
                compared += 1
    assert compared > 20


@pytest.mark.parametrize("label", ["chair (red point)", "<image>", "a" * 61, "{answer}", "line\u0007break"])
def test_labels_unfit_for_a_sentence_are_not_asked_about(label: str) -> None:
    ledger = Ledger()
    odd = replace(flat(), objects=tuple(replace(o, label=label) for o in flat().objects))
    assert not list(generate("distance_prediction_oo", odd, ledger=ledger))


def test_underscores_in_labels_are_spaces() -> None:
    assert SceneObject(1, "curtain_rod_", OrientedBox([0, 0, 0], [1, 1, 1])).label == "curtain rod"


def test_frames_without_a_picture_are_not_shown() -> None:
    frames = tuple(replace(f, image=None) if i % 2 else f for i, f in enumerate(flat().frames))
    made = list(generate("distance_prediction_oo", replace(flat(), frames=frames), per_task=20))
    assert made
    assert not {i.frame for s in made for i in s.images} & {f.id for f in frames if f.image is None}


def test_a_short_label_is_no_name_for_one_thing_where_another_ends_with_it() -> None:
    """A "wall tv" may be called a tv, two letters or not; but "tv" does not end "atv"."""
    objects = tuple(replace(o, label=("tv", "wall tv", "atv")[i % 3]) for i, o in enumerate(flat().objects))
    cast = Cast(replace(flat(), objects=objects), observe(flat()), Rules())
    assert cast.categories == ("atv", "tv", "wall tv")
    np.testing.assert_array_equal(cast.kin, [[True, False, False], [False, True, True], [False, True, True]])


def twice(scene: Scene) -> Scene:
    """Every object once more, under another name, in exactly the same box."""
    first = 1 + max(o.id for o in scene.objects)
    again = tuple(SceneObject(first + i, "gizmo", o.box, o.points) for i, o in enumerate(scene.objects))
    return replace(scene, objects=scene.objects + again)


@pytest.mark.parametrize("thickness", [1.0, 1e-300])
def test_things_in_the_same_place_are_never_asked_about_together(thickness: float) -> None:
    flat_boxes = (replace(o, box=replace(o.box, size=o.box.size * (1, 1, thickness))) for o in flat().objects)
    scene = replace(twice(replace(flat(), objects=tuple(flat_boxes))), surface=None, sensor=Sensor(position=0.0))
    made = list(generate(["all", "beyond"], scene, per_task=4))
    place = {o.id: tuple(o.box.centre) for o in scene.objects}
    assert len(made) > 100
    for s in made:
        shown = {m.object_id for m in s.marks}
        assert len({place[name] for name in shown if name is not None}) == len(shown - {None})


def poor_scenes() -> dict[str, Scene]:
    scene = flat()
    same_place = tuple(replace(f, world_from_cam=scene.frames[0].world_from_cam) for f in scene.frames)
    down = np.array([[1.0, 0, 0, 2], [0, -1, 0, 2], [0, 0, -1, 2], [0, 0, 0, 1]])
    heap = tuple(replace(o, box=replace(o.box, centre=np.array([2.0, 2, 1]))) for o in scene.objects)
    flakes = tuple(replace(o, box=replace(o.box, size=o.box.size * (1, 1, 1e-300))) for o in scene.objects)
    grains = tuple(replace(o, box=replace(o.box, size=np.full(3, 1e-12))) for o in scene.objects)
    return {
        "every object twice": twice(scene),
        "every object twice, flat as paper": twice(replace(scene, objects=flakes)),
        "objects without volume": replace(scene, objects=grains),
        "no objects": replace(scene, objects=()),
        "no frames": replace(scene, frames=()),
        "one frame": replace(scene, frames=scene.frames[:1]),
        "one object": replace(scene, objects=scene.objects[:1]),
        "one label": replace(scene, objects=tuple(replace(o, label="thing") for o in scene.objects)),
        "all frames in one place": replace(scene, frames=same_place),
        "all cameras look straight down": replace(
            scene, frames=tuple(replace(f, world_from_cam=down) for f in scene.frames)
        ),
        "all objects in one place": replace(scene, objects=heap),
        "no scale": replace(scene, metric=False),
        "a floor that crosses itself": replace(scene, floor=(np.array([[0, 0], [1, 1], [1, 0], [0, 1.0]]),)),
        "neither floor nor mesh": replace(scene, floor=None, surface=None),
        "much noise": replace(scene, sensor=Sensor(position=1.0, rotation_deg=20.0)),
    }


@pytest.mark.parametrize("kind", list(poor_scenes()))
def test_a_poor_scene_gives_samples_or_a_line_that_says_why_not(kind: str) -> None:
    ledger = Ledger()
    made = {s.task for s in generate(["all", "beyond"], poor_scenes()[kind], per_task=1, ledger=ledger)}
    told = {task for task, rule in ledger if rule != "admitted"}
    assert set(registry) <= made | told


def test_routes_of_a_graph_are_asked_with_the_frames_taken_along_them() -> None:
    """Four places on an L, a frame looking each way at every place: the route's frames look where one goes next."""
    places = np.array([[0.0, 0, 1.5], [0, 2, 1.5], [0, 4, 1.5], [3, 4, 1.5]])
    looks = {"north": (0.0, 1.0), "east": (1.0, 0.0), "south": (0.0, -1.0)}

    def frame(number: int, name: str) -> Frame:
        pose = np.eye(4)
        x, y = looks[name]
        pose[:3, :3] = np.array([[y, -x, 0], [0, 0, -1], [x, y, 0]]).T
        pose[:3, 3] = places[number]
        camera = Camera(20, 20, 15.5, 11.5, 32, 24)
        return Frame(f"{number}-{name}", camera, pose, depth=np.full((24, 32), 2000, np.uint16))

    graph = Graph(("a", "b", "c", "d"), places, np.array([[0, 1], [1, 2], [2, 3]]), np.full(4, 1.5))
    routes = (
        Route("there", ("a", "b", "c", "d"), np.array([1.0, 0, 0])),
        Route("back and forth", ("a", "b", "a", "b"), np.array([1.0, 0, 0])),
    )
    frames = tuple(frame(i, name) for i in range(4) for name in looks)
    scene = Scene("graph", "made up", frames, (), graph=graph, routes=routes)
    ledger = Ledger()
    (sample,) = generate("nav_video", scene, per_task=5, ledger=ledger)
    assert [image.frame for image in sample.images] == ["0-east", "1-north", "2-east", "3-east"]
    assert "Frame-1" in sample.question
    assert "Frame-4" in sample.question
    assert sample.provenance["value"] == pytest.approx(np.array([[-90, 4], [90, 3]]))
    assert "turn left 90 degrees, go 4.0 metres, turn right 90 degrees and go 3.0 metres" in sample.answer
    assert sum(count for (_, rule), count in ledger.items() if rule != "admitted") >= 1


SCALED: dict[type, tuple[float, ...] | float] = {Motion: (2, 2, 2, 1, 1, 1), PixelDepth: (1, 1, 2), Box: 1, Ordering: 1}


@pytest.mark.parametrize("task", sorted(set(registry) - {"nav_video", "room_size"}))
def test_raw_values_grow_with_the_scene(task: str) -> None:
    """A world twice as large: metres double, angles and places on an image stay; volumes grow by three octaves."""
    variant, rules = registry[task], Rules()
    cast = Cast(many_frames(), observe(many_frames()), rules)
    made = {s.id.rpartition("-")[0]: s.provenance for s in generate(task, many_frames(), per_task=12)}
    assert made or task == "appearance_order"
    candidates = again(variant, cast, list(made.values()))
    before = Stage(variant, cast, candidates).measure()[VALUE]
    cast.poses, cast.centres, cast.sizes = cast.poses.copy(), 2 * cast.centres, 2 * cast.sizes
    cast.poses[:, :3, 3] *= 2
    after = Stage(variant, cast, candidates).measure()[VALUE]
    answer = variant.task.answer
    if task.startswith("larger_object"):
        words = np.array([{"larger": -1, "smaller": 1}[p["words"]["extent"]] for p in made.values()])
        expected = before + 3 * words[:, None]
    else:
        expected = before * np.array(SCALED.get(type(answer), 2.0 if answer.metric else 1.0))
    np.testing.assert_allclose(after, expected, rtol=1e-9, atol=1e-9)


class Wrong(Task):
    """Depths, whose parts are replaced by wrong ones."""

    level = "low"
    beyond = True
    roles = {"a": point("red")}
    variants: dict[str, Any] = {}
    answer = Quantity()
    questions = ("How deep is {a}?",)
    statements = ("{a} is at {answer}.",)

    def measure(self, a: Any) -> Any:
        return a.depth


MEASURED: dict[str, tuple[Any, str]] = {
    "too few": (
        lambda a: a.depth[1:],
        r"found shape \(\d+,\) of float64, expected floats or integers, shape \(\d+, …\)",
    ),
    "one number": (lambda a: 1.0, r"found shape \(\) of float64"),
    "objects": (lambda a: a.depth.astype(object), "of object"),
    "complex": (lambda a: a.depth + 0j, "of complex128"),
    "texts": (lambda a: a.depth.astype(str), "of <U32"),
    "truths": (lambda a: a.depth > 1, "of bool"),
    "ragged": (lambda a: [[1.0], [1.0, 2.0]], "found no array"),
    "unknown facts": (lambda a: (a.depth, {"b": a.depth}), "found the facts b, expected the values alone"),
    "three": (lambda a: (a.depth, {}, 1), "found no array|found shape"),
    "no facts": (lambda a: (a.depth, 5), "found no dict of facts"),
}


@pytest.mark.parametrize("kind", list(MEASURED))
def test_what_a_task_measures_is_checked_by_its_name(kind: str) -> None:
    formula, message = MEASURED[kind]
    task = type("Odd", (Wrong,), {"variants": {}, "measure": lambda self, a: formula(a)})()
    task.variants = {"odd": single()}
    with pytest.raises(ArgumentError, match=rf"^Odd\.measure: .*(?:{message})"):
        list(generate(task, flat()))


def test_a_fact_that_is_missing_is_named() -> None:
    task = type("Odd", (Wrong,), {"facts": {"given": Quantity()}, "variants": {}})()
    task.variants = {"odd": single()}
    with pytest.raises(ArgumentError, match=r"found the facts none, expected the values and a dict of the facts given"):
        list(generate(task, flat()))
    wrong = type(
        "Odd", (Wrong,), {"measure": lambda self, a: (a.depth, {"given": "far"}), "facts": {"given": Quantity()}}
    )()
    wrong.variants = {"odd": single()}
    with pytest.raises(ArgumentError, match=r"^Odd\.measure: found for the fact 'given' shape \(\) of <U3"):
        list(generate(wrong, flat()))


ANSWERED: dict[str, tuple[str, Any, str]] = {
    "one answer": ("decide", lambda values: [1.0], r"found list of 1, expected a list of \d+, one for each candidate"),
    "an array": ("decide", lambda values: values, "found ndarray of"),
    "nothing": ("decide", lambda values: None, "found NoneType, expected"),
    "one group": ("strata", lambda values: [1], "found list of 1, expected"),
    "a short mask": (
        "refuse",
        lambda values: {"far": values[1:] > 3},
        r"found for the rule 'far' shape \(\d+,\) of bool",
    ),
    "no mask": (
        "refuse",
        lambda values: {"far": False},
        r"found for the rule 'far' shape \(\) of bool, expected shape",
    ),
    "no truths": ("refuse", lambda values: {"far": 0 * values}, "of float64, expected"),
    "a short margin": (
        "margin",
        lambda values: values[1:],
        r"found shape \(\d+,\) of float64, expected numbers, shape",
    ),
    "one margin": ("margin", lambda values: 0.5, r"found shape \(\) of float64"),
}


@pytest.mark.parametrize("kind", list(ANSWERED))
def test_what_an_answer_type_gives_is_checked_by_its_name(kind: str) -> None:
    what, given, message = ANSWERED[kind]
    answer = type("Mine", (Quantity,), {what: lambda self, values, rules: given(values)})()
    task = type("Odd", (Wrong,), {"variants": {}, "answer": answer})()
    task.variants = {"odd": single()}
    with pytest.raises(ArgumentError, match=rf"^Odd: Mine\.{what}: .*{message}"):
        list(generate(task, flat()))


@pytest.mark.parametrize("task", ["distance_infer_center_oo", "distance_infer_center_oc_mv", "first_passed"])
def test_nothing_is_asked_twice_however_many_candidates_are_balanced(
    task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are balanced some at a time; what was asked of some is not asked of the next."""
    for module, name, value in ((_blind, "TOGETHER", 40), (_facts, "SPREAD", 1), (_facts, "MORE", 0.1)):
        monkeypatch.setattr(module, name, value)
    facts = {s.id.rpartition("-")[0]: s.provenance["objects"] for s in generate(task, many_frames(), per_task=150)}
    subjects = [frozenset(objects.values()) for objects in facts.values()]
    assert len(subjects) > 10
    assert len(set(subjects)) == len(subjects)
