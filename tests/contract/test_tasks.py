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
from spatialkit.answers import (
    Answer,
    Box,
    Directions,
    Layout,
    Located,
    Motion,
    PixelDepth,
    Route,
    without_names,
)
from spatialkit.generate import generate
from spatialkit.observe import Observations, observe
from spatialkit.rules import Rules
from spatialkit.samples import Sample
from spatialkit.scene import Frame, OrientedBox, Scene
from spatialkit.tasks.base import groups, registry
from spatialkit.writers.spar import DRAWINGS

IDS = list(registry)
OBSERVE = importlib.import_module("spatialkit.observe")


@cache
def flat() -> Scene:
    return load_scene("toy", None, "flat-0", frames=64, width=320, height=240)


@cache
def samples(task: str, seed: int = 0) -> tuple[Sample, ...]:
    return tuple(generate(task, flat(), seed=seed, per_task=20))


def seeing(scene: Scene, table: Observations) -> Scene:
    """Give a scene the observations of another, so that only the geometry of the answer differs."""
    OBSERVE._cache[scene] = table
    return scene


def test_every_id_of_spar_is_there_and_only_what_says_so_goes_beyond() -> None:
    assert set(groups()["all"]) == set(DRAWINGS)
    assert set(groups()["beyond"]) == set(IDS) - set(DRAWINGS)


@pytest.mark.parametrize("task", IDS)
def test_makes_samples_in_each_of_its_formats(task: str) -> None:
    made = samples(task)
    assert {s.format for s in made} == set(registry[task].formats)
    assert len({s.id for s in made}) == len(made)
    assert {len(s.images) for s in made} == {registry[task].views.images(Rules())}


@pytest.mark.parametrize("task", IDS)
def test_same_seed_same_bytes_whatever_else_is_asked(task: str) -> None:
    alone = msgspec.json.encode(list(generate(task, flat(), seed=5, per_task=3)))
    among = [s for s in generate([IDS[0], task, IDS[-1]], flat(), seed=5, per_task=3) if s.task == task]
    assert msgspec.json.encode(among) == alone
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
    assert compared or len(set(registry[task].formats) - {"judge"}) < 2


@pytest.mark.parametrize("task", IDS)
def test_no_two_formats_of_a_fact_ask_in_the_same_words(task: str) -> None:
    asked = Counter((s.id.rsplit("-", 1)[0], re.split(r"(?<=[.?]) ", s.question)[0]) for s in samples(task))
    assert max(asked.values()) == 1


@pytest.mark.parametrize("task", IDS)
def test_options_are_distinct_and_letters_and_truth_values_balanced(task: str) -> None:
    chosen = [s for s in samples(task) if s.format == "select"]
    for s in chosen:
        assert len(set(s.options)) == registry[task].task.answer.option_count
        assert all(f"\n{letter}. {option}" in s.question for letter, option in zip("ABCD", s.options, strict=False))
    counts = [sum(s.answer == letter for s in chosen) for letter in "ABCD"[: registry[task].task.answer.option_count]]
    assert max(counts) - min(counts) <= 2
    judged = [s.answer for s in samples(task) if s.format == "judge"]
    assert abs(judged.count("Yes") - judged.count("No")) <= 2


@pytest.mark.parametrize("task", IDS)
def test_moving_and_turning_the_whole_scene_changes_nothing(task: str) -> None:
    turn = np.array([[0.0, -1.0, 0.0, 31.0], [0.0, 0.0, 1.0, -12.0], [-1.0, 0.0, 0.0, 7.5], [0.0, 0.0, 0.0, 1.0]])
    table = observe(flat())
    moved = seeing(flat().moved(turn), replace(table, extent=np.abs(turn[:3, :3]) @ table.extent))
    before, after = samples(task), tuple(generate(task, moved, seed=0, per_task=20))
    assert [(s.question, s.answer, s.marks) for s in after] == [(s.question, s.answer, s.marks) for s in before]
    np.testing.assert_allclose(*([s.provenance["margin"] for s in x] for x in (before, after)), atol=1e-6)


@pytest.mark.parametrize("task", IDS)
def test_mirroring_the_scene_swaps_left_and_right_and_nothing_else(task: str) -> None:
    before, after = samples(task), tuple(generate(task, mirrored(flat()), seed=0, per_task=20))
    assert len(after) == len(before) > 0
    answer = registry[task].task.answer
    for old, new in zip(before, after, strict=True):
        assert old.provenance["objects"] == new.provenance["objects"]
        if old.format in ("sentence", "fill"):
            expected = reflected(answer, answer.parse(without_names(old.answer, old.question)))
            found = answer.parse(without_names(new.answer, new.question))
            assert alike(found, expected), (old.answer, new.answer)
    if isinstance(answer, Directions):
        assert [swapped(s.answer) for s in before if s.format == "sentence"] == [
            s.answer for s in after if s.format == "sentence"
        ]


def reflected(kind: Answer, answer: Any) -> Any:
    """Return what an answer becomes when left and right change places."""

    def box(x1: float, y1: float, x2: float, y2: float) -> tuple[float, ...]:
        return 1000 - x2, y1, 1000 - x1, y2

    if isinstance(kind, Directions):
        return tuple(swapped(word) for word in answer)
    if isinstance(kind, Box):
        return box(*answer)
    if isinstance(answer, Located):
        return replace(answer, box=box(*answer.box))
    if isinstance(kind, PixelDepth):
        x, y, depth = answer
        return 1000 - x, y, depth
    if isinstance(kind, Motion):
        right, down, forward, tilt, turn = answer
        return -right, down, forward, tilt, -turn
    if isinstance(kind, Layout):
        return tuple((-x, y) for x, y in answer)
    if isinstance(kind, Route):
        return tuple((-turn, length) for turn, length in answer)
    return answer


def numbers(answer: Any) -> tuple[list[float], str]:
    """Return the numbers in an answer, in order, and what is left of it without them."""
    text = repr(answer)
    number = r"-?\d+(?:\.\d+)?"
    return [float(x) for x in re.findall(number, text)], re.sub(number, "#", text)


def alike(one: Any, other: Any) -> bool:
    """Return whether two answers are the same but for the last digit, which may be rounded either way."""
    (a, rest), (b, other_rest) = numbers(one), numbers(other)
    step = 1.0 if max(map(abs, a), default=0) > 100 else 0.1
    return rest == other_rest and len(a) == len(b) and np.allclose(a, b, rtol=0, atol=step + 1e-9)


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
        surface=replace(
            scene.surface, vertices=scene.surface.vertices @ flip, faces=scene.surface.faces[:, ::-1].copy()
        ),
        floor=tuple(polygon * (-1, 1) for polygon in scene.floor or ()),
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
    other = {"left": "right", "right": "left", "east": "west", "west": "east"}
    return re.sub(rf"\b({'|'.join(other)})\b", lambda m: other[m[0]], text)


@pytest.mark.parametrize("task", IDS)
def test_wordings_are_clean(task: str) -> None:
    variant = registry[task]
    allowed = {*variant.task.roles, *variant.task.facts, "observer", "in_image", "in_largest", "things"}
    if "route" in {role.kind for role in variant.cast.values()}:
        allowed |= {"start", "goal"}
    allowed |= {f"{name}_{what}" for name in variant.cast for what in ("box", "plural")}
    pools = {"questions": set(), "statements": {"answer"}, "claims": {"relation"}, "notes": set()}
    told = variant.task.answer.speaks_of_things or isinstance(variant.task.answer, Layout)
    for pool, extra in pools.items():
        wordings = getattr(variant.task, pool)
        if pool in ("questions", "statements") or (pool == "claims" and "judge" in variant.formats):
            assert len(set(wordings)) >= 8, pool
        for text in wordings:
            fields = {name for _, name, _, _ in string.Formatter().parse(text) if name}
            assert fields <= allowed | extra, text
            assert fields >= extra, text
            if "things" not in fields and (pool in ("questions", "claims") or (pool == "statements" and not told)):
                named = {name.removesuffix("_plural") for name in fields}
                played = {name for name, role in variant.cast.items() if role.kind != "route"}
                assert played - {"reference"} <= named, text
            assert "  " not in text
            assert text[-1] in ".?", text


@pytest.mark.parametrize("task", IDS)
def test_marks_named_in_the_text_are_drawn_and_the_other_way_round(task: str) -> None:
    for s in samples(task):
        text = f"{s.question} {s.answer}"
        assert "  " not in text.replace(",  ", ", ")
        for mark in s.marks:
            label = flat().objects[flat().object_index[mark.object_id]].label
            beside = f"{mark.text}, " if mark.text else ""
            assert f"the {label} ({beside}{mark.colour} {mark.kind}" in text.replace("The ", "the "), s
            image = s.images[mark.image]
            x, y = mark.xy[:2]
            assert 0 <= x <= image.width - 1
            assert 0 <= y <= image.height - 1
        named = set(re.findall(r"\((?:\w+, )?(\w+) (?:point|box)", text))
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
        marked = {m.role: m.object_id for m in s.marks}
        named = {name for name, role in registry[task].roles.items() if role.kind == "named"}
        assert {name: p["objects"][name] for name in p["objects"].keys() - named} == marked
        assert msgspec.json.decode(msgspec.json.encode(p)) == p
