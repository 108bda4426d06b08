"""What holds for every task id, whoever wrote it: each test runs over all that are registered."""

from __future__ import annotations

import importlib
import re
import string
from collections import Counter
from dataclasses import replace
from functools import cache
from typing import Any

import msgspec
import numpy as np
import pytest

import spatialkit as sk
from spatialkit.adapters import load_scene
from spatialkit.answers import Directions
from spatialkit.generate import generate
from spatialkit.observe import Observations, observe
from spatialkit.samples import Sample
from spatialkit.scene import Frame, OrientedBox, Scene
from spatialkit.tasks.base import registry

IDS = list(registry)
OBSERVE = importlib.import_module("spatialkit.observe")


@cache
def flat() -> Scene:
    return load_scene("toy", None, "flat-0", frames=64, width=320, height=240)


@cache
def samples(task: str, seed: int = 0) -> tuple[Sample, ...]:
    return tuple(generate(task, flat(), seed=seed, per_task=12))


def seeing(scene: Scene, table: Observations) -> Scene:
    """Give a scene the observations of another, so that only the geometry of the answer differs."""
    OBSERVE._cache[scene] = table
    return scene


def test_the_ids_of_three_families_are_there() -> None:
    assert {
        *(f"depth_prediction_{x}" for x in ("oc", "oo", "oc_mv", "oo_mv")),
        *(f"distance_prediction_{x}" for x in ("oc", "oo", "oc_mv", "oo_mv", "oo_video")),
        *(f"obj_spatial_relation_{x}" for x in ("oo", "oc_mv", "oo_mv")),
    } <= set(IDS)


@pytest.mark.parametrize("task", IDS)
def test_makes_samples_in_each_of_its_formats(task: str) -> None:
    made = samples(task)
    assert {s.format for s in made} == set(registry[task].formats)
    assert len({s.id for s in made}) == len(made)
    images = {"single": 1, "video": 32}.get(registry[task].views.kind, 3)
    assert {len(s.images) for s in made} == {images}


@pytest.mark.parametrize("task", IDS)
def test_same_seed_same_bytes_whatever_else_is_asked(task: str) -> None:
    alone = msgspec.json.encode(list(generate(task, flat(), seed=5, per_task=3)))
    among = [s for s in generate([IDS[0], task, IDS[-1]], flat(), seed=5, per_task=3) if s.task == task]
    first = among[: len(among) // 2] if task in (IDS[0], IDS[-1]) else among
    assert msgspec.json.encode(first) == alone
    assert msgspec.json.encode(list(generate(task, flat(), seed=6, per_task=3))) != alone


@pytest.mark.parametrize("task", IDS)
def test_what_is_said_parses_back_and_scores_1_and_nothing_scores_0(task: str) -> None:
    for sample in samples(task):
        assert sk.score(task, predicted=sample.answer, expected=sample.answer) == 1, sample
        for reply in ("", "   ", "I cannot tell."):
            assert sk.score(task, predicted=reply, expected=sample.answer) == 0, sample


@pytest.mark.parametrize("task", IDS)
def test_all_formats_of_a_fact_give_the_same_answer(task: str) -> None:
    answer = registry[task].task.answer
    facts: dict[str, dict[str, Sample]] = {}
    for s in samples(task):
        facts.setdefault(s.id.rsplit("-", 1)[0], {})[s.format] = s
    compared = 0
    for by_format in facts.values():
        said = {f: answer.parse(s.answer) for f, s in by_format.items() if f in ("fill", "sentence")}
        if "select" in by_format:
            s = by_format["select"]
            said["select"] = answer.parse(s.options["ABCD".index(s.answer)])
        assert len({repr(x) for x in said.values()}) <= 1, by_format
        compared += len(said) > 1
    assert compared


@pytest.mark.parametrize("task", IDS)
def test_no_two_formats_of_a_fact_ask_in_the_same_words(task: str) -> None:
    asked = Counter((s.id.rsplit("-", 1)[0], re.split(r"(?<=[.?]) ", s.question)[0]) for s in samples(task))
    assert max(asked.values()) == 1


@pytest.mark.parametrize("task", IDS)
def test_options_are_distinct_and_letters_and_truth_values_balanced(task: str) -> None:
    chosen = [s for s in samples(task) if s.format == "select"]
    for s in chosen:
        assert len(set(s.options)) == 4
        assert all(f"\n{letter}. {option}" in s.question for letter, option in zip("ABCD", s.options, strict=True))
    counts = [sum(s.answer == letter for s in chosen) for letter in "ABCD"]
    assert max(counts) - min(counts) <= 2
    judged = [s.answer for s in samples(task) if s.format == "judge"]
    assert abs(judged.count("Yes") - judged.count("No")) <= 2


@pytest.mark.parametrize("task", IDS)
def test_moving_and_turning_the_whole_scene_changes_nothing(task: str) -> None:
    turn = np.array([[0.0, -1.0, 0.0, 31.0], [0.0, 0.0, 1.0, -12.0], [-1.0, 0.0, 0.0, 7.5], [0.0, 0.0, 0.0, 1.0]])
    table = observe(flat())
    moved = seeing(flat().moved(turn), replace(table, extent=np.abs(turn[:3, :3]) @ table.extent))
    before, after = samples(task), tuple(generate(task, moved, seed=0, per_task=12))
    assert [(s.question, s.answer, s.marks) for s in after] == [(s.question, s.answer, s.marks) for s in before]
    np.testing.assert_allclose(*([s.provenance["margin"] for s in x] for x in (before, after)), atol=1e-6)


@pytest.mark.parametrize("task", IDS)
def test_mirroring_the_scene_swaps_left_and_right_and_nothing_else(task: str) -> None:
    before, after = samples(task), tuple(generate(task, mirrored(flat()), seed=0, per_task=12))
    assert len(after) == len(before) > 0
    sided = isinstance(registry[task].task.answer, Directions)
    for old, new in zip(before, after, strict=True):
        assert old.provenance["objects"] == new.provenance["objects"]
        if old.format == "sentence":
            assert new.answer == (swapped(old.answer) if sided else old.answer)
        elif old.format == "fill":
            assert new.answer == old.answer


def mirrored(scene: Scene) -> Scene:
    """Reflect the world at the plane x = 0, and every picture at its middle column."""
    flip, world = np.diag([-1.0, 1.0, 1.0]), np.diag([-1.0, 1.0, 1.0, 1.0])

    def frame(f: Frame) -> Frame:
        camera = replace(f.camera, cx=f.camera.width - 1 - f.camera.cx)
        return replace(f, camera=camera, world_from_cam=world @ f.world_from_cam @ world)

    table = observe(scene)
    width = np.array([f.camera.width for f in scene.frames])[:, None]
    anchor, centre = table.anchor.copy(), table.centre.copy()
    anchor[..., 0], centre[..., 0] = width - 1 - anchor[..., 0], width - 1 - centre[..., 0]

    def rect(r: np.ndarray) -> np.ndarray:
        return np.stack([width - 1 - r[..., 2], r[..., 1], width - 1 - r[..., 0], r[..., 3]], axis=-1)

    boxes = [OrientedBox(flip @ o.box.centre, o.box.size, flip @ o.box.world_from_box @ flip) for o in scene.objects]
    image = replace(
        scene,
        frames=tuple(frame(f) for f in scene.frames),
        objects=tuple(replace(o, box=b) for o, b in zip(scene.objects, boxes, strict=True)),
        surface=None,
        up=flip @ scene.up,
    )
    return seeing(
        image,
        replace(
            table,
            anchor=anchor,
            centre=centre,
            visible_rect=rect(table.visible_rect),
            amodal_rect=rect(table.amodal_rect),
        ),
    )


def swapped(text: str) -> str:
    return re.sub(r"\b(left|right)\b", lambda m: {"left": "right", "right": "left"}[m[0]], text)


@pytest.mark.parametrize("task", IDS)
def test_wordings_are_clean(task: str) -> None:
    variant = registry[task]
    allowed = {*variant.task.roles, "observer", "in_image", "given"}
    pools = {"questions": set(), "statements": {"answer"}, "claims": {"relation"}, "notes": set()}
    for pool, extra in pools.items():
        wordings = getattr(variant.task, pool)
        if pool in ("questions", "statements") or (pool == "claims" and "judge" in variant.formats):
            assert len(set(wordings)) >= 8, pool
        for text in wordings:
            fields = {name for _, name, _, _ in string.Formatter().parse(text) if name}
            assert fields <= allowed | extra, text
            assert fields >= extra, text
            if pool != "notes":
                marked = {n for n, r in variant.roles.items() if r.kind != "camera" and n != "reference"}
                assert marked <= fields, text
            assert "  " not in text
            assert text[-1] in ".?", text


@pytest.mark.parametrize("task", IDS)
def test_marks_named_in_the_text_are_drawn_and_the_other_way_round(task: str) -> None:
    for s in samples(task):
        text = f"{s.question} {s.answer}"
        assert "  " not in text.replace(",  ", ", ")
        for mark in s.marks:
            label = flat().objects[flat().object_index[mark.object_id]].label
            assert f"the {label} ({mark.colour} {mark.kind}" in text.replace("The ", "the "), s
            image = s.images[mark.image]
            x, y = mark.xy[:2]
            assert 0 <= x <= image.width - 1
            assert 0 <= y <= image.height - 1
        named = set(re.findall(r"\((\w+) (?:point|box)", text))
        assert named == {m.colour for m in s.marks}


@pytest.mark.parametrize("task", IDS)
def test_a_point_mark_lies_on_its_object(task: str) -> None:
    checked: dict[Any, Any] = {}
    for s in samples(task):
        for mark in s.marks:
            frame = flat().frames[flat().frame_index[s.images[mark.image].frame]]
            if frame.id not in checked:
                checked[frame.id] = frame.load_instances()
            ids = checked[frame.id]
            rows, columns = np.nonzero(ids == mark.object_id)
            if mark.kind == "point":
                x, y = (round(v) for v in mark.xy)
                assert ids[y, x] == mark.object_id
                disc = np.hypot(*np.ogrid[-y : ids.shape[0] - y, -x : ids.shape[1] - x]) <= round(20 / 1296 * 320)
                assert (ids[disc] == mark.object_id).mean() >= 0.4
                assert len(rows) > 1.8 * disc.sum()
            else:
                assert mark.xy == (columns.min(), rows.min(), columns.max(), rows.max())
                assert len(rows) >= 0.2 * np.ptp(columns) * np.ptp(rows)


@pytest.mark.parametrize("task", IDS)
def test_provenance_tells_where_everything_came_from(task: str) -> None:
    for s in samples(task):
        p = s.provenance
        assert p["seed"] == 0
        assert p["margin"] >= 0
        assert [i.frame for i in s.images] == p["frames"]
        assert {m.role: m.object_id for m in s.marks} == p["objects"]
        assert msgspec.json.decode(msgspec.json.encode(p)) == p
