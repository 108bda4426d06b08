"""Nothing that a question tells leads to its answer: what the generator does about it."""

from __future__ import annotations

import random
from collections import Counter
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialkit.adapters import load_scene
from spatialkit.answers import Asked
from spatialkit.generate import generate
from spatialkit.generate._blind import _balanced, _guessed, _one_of_each, _ratios
from spatialkit.generate._facts import blocks
from spatialkit.samples import Sample


@cache
def chosen(task: str) -> tuple[Sample, ...]:
    """Choices and judgements about two flats, as many as there are."""
    flats = [load_scene("toy", None, f"flat-{k}", frames=64, width=320, height=240) for k in (0, 3)]
    return tuple(s for flat in flats for s in generate(task, flat, per_task=300, formats=("select", "judge")))


@given(st.integers(0, 2**32 - 1), st.floats(0.0, 0.45))
def test_what_leads_to_the_answer_is_balanced_and_the_rest_is_kept(seed: int, bias: float) -> None:
    """Two clues; the first is at the right option too often, the second as often as by chance."""
    rng = np.random.default_rng(seed)
    leads = np.where(rng.random((400, 2)) < [0.5 + bias, 0.5], 1.0, -1.0)
    weight = _balanced(leads, np.full(2, 0.05), np.ones(len(leads)))
    assert ((weight >= 0) & (weight <= 1)).all()
    assert np.abs(weight @ leads).max() < 1.0
    few = (leads < 0).sum(axis=0).clip(max=(leads > 0).sum(axis=0)).min()
    assert weight.sum() > 0.75 * 2 * few  # no more is left out than has to be, or little


def test_of_each_subject_one_is_kept_at_most_and_each_as_often_as_it_should() -> None:
    subject = np.array([3, 0, 3, 1, 3, 0])
    often = np.array([0.2, 0.5, 0.3, 0.0, 0.1, 0.5])
    rng = np.random.default_rng(0)
    kept = np.array([_one_of_each(subject, often, rng) for _ in range(4000)])
    assert np.abs(kept.mean(axis=0) - often).max() < 0.03
    assert max(kept[:, subject == s].sum(axis=1).max() for s in range(4)) == 1
    assert not _one_of_each(np.zeros(0, dtype=np.int64), np.zeros(0), rng).size


def test_rows_that_count_for_little_pull_little() -> None:
    """Nine candidates about one thing count as one; without regard to that the clue would seem to mislead."""
    leads = np.concatenate([np.full(50, 1.0), np.full(5 * 9, -1.0)])[:, None]
    often = np.concatenate([np.ones(50), np.full(5 * 9, 1 / 9)])
    weight = _balanced(leads, np.full(1, 0.05), often)
    assert abs((often * weight) @ leads[:, 0]) < 0.5
    assert weight[0] < 0.2 < 0.9 < weight[-1]


def test_a_distance_is_guessed_from_what_boxes_tell() -> None:
    rng = np.random.default_rng(1)
    seen = rng.uniform(0, 1, (300, 4, 3))
    far = np.exp(1 - seen[..., 0] + seen[..., 1] * seen[..., 2])
    guessed = _guessed(seen, far + rng.uniform(0, 0.05, far.shape))
    assert (guessed.argmin(axis=1) == far.argmin(axis=1)).mean() > 0.9


def test_what_cannot_be_balanced_is_left_out() -> None:
    """A clue that is always at the right option leaves nothing to ask."""
    assert _balanced(np.ones((200, 1)), np.full(1, 0.05), np.ones(200)).sum() < 5
    assert _balanced(np.zeros((10, 0)), np.zeros(0), np.ones(10)).min() > 0.9


def test_what_is_told_makes_an_answer_likelier_but_no_candidate_speaks_for_itself() -> None:
    told = np.repeat([0, 1], 100)
    answer = np.concatenate([np.repeat([0, 1], [90, 10]), np.repeat([0, 1], [10, 90])])
    rows = np.array(_ratios([told], answer, 2))
    assert (rows[:100, 0] > 1.5).all()
    assert (rows[100:, 0] < 0.5).all()
    alone = np.array(_ratios([np.arange(200)], answer, 2))  # each has a label of its own: nothing is known of it
    np.testing.assert_allclose(alone, 1.0)


@pytest.mark.parametrize("odds", [1.0, 2.0, 5.0])
def test_the_likelier_the_right_option_the_seldomer_the_options(odds: float) -> None:
    """Of the questions that get options, either is right equally often, though one is known to be likelier."""
    rng = random.Random(0)
    shown: Counter[str] = Counter()
    for _ in range(6000):
        truth = "a" if rng.random() < odds / (1 + odds) else "b"
        asked = Asked(truth, 0.0, likely={"a": odds, "b": 1.0}.__getitem__)
        shown[truth] += asked.even(["a", "b"], rng)
    assert abs(shown["a"] - shown["b"]) < 4 * shown.total() ** 0.5
    assert Asked("a", 0.0).even(["a", "b"], rng)


@given(st.lists(st.integers(), min_size=1, max_size=8, unique=True), st.integers(1, 5))
def test_in_blocks_each_value_comes_as_often(values: list[int], rounds: int) -> None:
    drawn = blocks(values, random.Random(0))
    taken = [next(drawn) for _ in range(rounds * len(values))]
    assert Counter(taken) == dict.fromkeys(values, rounds)
    assert next(blocks([], random.Random(0)), None) is None


@pytest.mark.parametrize("task", ["distance_infer_center_oo", "distance_infer_center_oo_video", "would_it_fit_mv"])
def test_no_label_leads_to_the_answer_of_a_scene(task: str) -> None:
    """Which label an option has, or a thing that is judged, says nothing of whether it is right."""
    lead: Counter[tuple[str, str]] = Counter()
    for s in chosen(task):
        labels = s.provenance["labels"]
        if s.format == "judge":
            fits = (s.answer == "Yes") == ("fit" in s.question.partition("the gap")[0].rpartition(")")[2])
            lead[s.scene, labels["a"]] += 1 if fits else -1
            continue
        names = [name for name in labels if name != "anchor"]
        right = s.options["ABCD".index(s.answer)]
        for name in names:
            mark = next(m for m in s.marks if m.role == name)
            mine = (mark.text in right) if mark.text else (f"{mark.colour} {mark.kind}" in right)
            lead[s.scene, labels[name]] += len(names) - 1 if mine else -1
    often = Counter((s.scene, label) for s in chosen(task) for label in s.provenance["labels"].values())
    assert len(chosen(task)) > 60
    for key, count in often.items():
        assert abs(lead[key]) <= 4 * (3 * count) ** 0.5 + 4, (key, lead[key], count)


@pytest.mark.parametrize("task", ["depth_prediction_oc", "distance_prediction_oo", "distance_prediction_oo_video"])
def test_each_rank_of_the_options_is_right_as_often(task: str) -> None:
    ranks = Counter(sorted(map(float, s.options)).index(float(s.options["ABCD".index(s.answer)])) for s in chosen(task))
    count = ranks.total()
    assert count > 100
    assert all(abs(ranks[k] - count / 4) < 4 * (count * 3 / 16) ** 0.5 for k in range(4)), ranks
