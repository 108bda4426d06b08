"""Answer types: say and parse are inverse, scores are fair, options hide nothing."""

from __future__ import annotations

import itertools
import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialkit.answers import Directions, Quantity, read_choice, read_yes_no
from spatialkit.rules import Rules
from spatialkit.tasks.base import registry

RULES = Rules()
RELATION: Directions = registry["obj_spatial_relation_oo"].task.answer  # type: ignore[assignment]
AROUND: Directions = registry["obj_spatial_relation_oc_mv"].task.answer  # type: ignore[assignment]


def triples(answer: Directions) -> list[tuple[str, str, str]]:
    words = [(slot.positive, slot.negative, "") for slot in answer.slots]
    return [t for t in itertools.product(*words) if any(t)]


@given(st.integers(0, 200_000))
def test_quantity_say_then_parse_is_the_identity(tenths: int) -> None:
    answer, value = Quantity(), round(tenths / 10, 1)
    assert answer.parse(answer.say(value)) == value
    assert answer.parse(answer.phrase(value)) == value


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("2.5", 2.5),
        ("about 2.5 metres", 2.5),
        ("**2.5 m**", 2.5),
        ("The answer is 2.5.", 2.5),
        ("In Frame-12 it is 2.5", 2.5),
        ("image 3 shows point 1 at 2.5m", 2.5),
        ("1,250.5", 1250.5),
        ("-0.5", -0.5),
        ("−0.5", -0.5),
        ("from 1.0 to 2.5", 2.5),
        ("", None),
        ("no number", None),
        ("three metres", None),
    ],
)
def test_quantity_reads_what_models_write(reply: str, value: float | None) -> None:
    assert Quantity().parse(reply) == value


def test_mean_relative_accuracy_at_its_thresholds() -> None:
    score = Quantity().score
    assert score(2.0, 2.0) == 1
    assert score(3.0, 2.0) == pytest.approx(0.1)  # 50 % off: only the loosest threshold holds
    assert score(3.02, 2.0) == 0
    assert score(1.1, 1.0) == pytest.approx(0.9)  # exactly 10 % off passes the threshold 0.90
    assert score(0.0, 2.0) == 0
    assert score(-2.0, 2.0) == 0


@given(st.floats(0.3, 20), st.floats(0, 0.1), st.integers(0, 3), st.integers(0, 10**6))
def test_numeric_options_are_apart_and_the_truth_has_its_rank(value: float, noise: float, rank: int, seed: int) -> None:
    answer = Quantity()
    options = answer.options(value, noise, rank, random.Random(seed), RULES)
    if options is None:
        return
    truth = answer.decide(value, RULES)
    assert options == sorted(options)
    assert options[rank] == truth
    assert min(options) > 0
    for option in options:
        if option != truth:
            assert abs(option - value) > noise + 0.05
    for a, b in itertools.pairwise(options):
        assert b - a >= 0.0999
        assert b - a >= RULES.option_gap * a - 1e-9
    assert len({answer.say(option) for option in options}) == 4


@given(st.floats(0.3, 3), st.floats(0, 0.1), st.integers(0, 10**6))
def test_whether_options_fit_does_not_depend_on_the_rank(value: float, noise: float, seed: int) -> None:
    fits = {Quantity().options(value, noise, rank, random.Random(seed), RULES) is None for rank in range(4)}
    assert len(fits) == 1


@pytest.mark.parametrize("answer", [RELATION, AROUND])
def test_directions_say_then_parse_is_the_identity(answer: Directions) -> None:
    for triple in triples(answer):
        assert answer.parse(answer.say(triple)) == triple
        assert answer.parse(answer.phrase(triple)) == triple


@pytest.mark.parametrize(
    ("reply", "triple"),
    [
        ("It is to the LEFT, higher and nearer.", ("left", "above", "closer")),
        ("left, , farther", ("left", "", "farther")),
        ("further away", ("", "", "farther")),
        ("left or right", None),
        ("somewhere", None),
        ("", None),
    ],
)
def test_directions_read_what_models_write(reply: str, triple: tuple[str, str, str] | None) -> None:
    assert RELATION.parse(reply) == triple


offsets = st.floats(-3, 3)


@given(st.tuples(offsets, offsets, offsets), st.floats(-0.02, 0.02))
def test_a_direction_is_said_only_outside_the_refused_band(offset: tuple[float, float, float], shake: float) -> None:
    values = np.array([[offset, offset]])
    refused = any(mask[0] for mask in RELATION.refuse(values, RULES).values())
    sizes = np.abs(offset)
    between = ((sizes > 0.08) & (sizes < 0.25)).any()
    assert refused == (between or (sizes <= 0.08).all())
    if not refused:
        assert RELATION.decide(values[0], RULES) == RELATION.decide(values[0] + shake, RULES)
        assert (RELATION.margin(values, RULES) > 0.08).all()


def test_readings_that_disagree_are_refused() -> None:
    values = np.array([[[0.5, 0.5, 0.5], [-0.5, 0.5, 0.5]]])
    assert RELATION.refuse(values, RULES)["readings disagree"].all()


@pytest.mark.parametrize("triple", triples(RELATION))
def test_direction_options_are_a_grid_in_which_every_option_looks_alike(triple: tuple[str, str, str]) -> None:
    value = [[{"": 0.0}.get(w, 1.0 if w == s.positive else -1.0) for w, s in zip(triple, RELATION.slots, strict=True)]]
    for seed in range(20):
        options = RELATION.options(np.array(value), 0, 0, random.Random(seed), RULES)
        if options is None:
            continue
        assert triple in options
        assert len(set(options)) == 4
        assert ("", "", "") not in options
        for option in options:
            differences = sorted(sum(a != b for a, b in zip(option, other, strict=True)) for other in options)
            assert differences == [0, 1, 1, 2]


@pytest.mark.parametrize(("offset", "wrong"), [(0.05, "left"), (-0.05, "right")])
def test_a_wrong_word_for_no_clear_difference_is_wrong_by_its_sign_too(offset: float, wrong: str) -> None:
    value = np.array([[offset, 1.0, 1.0]])
    first = {o[0] for seed in range(30) for o in RELATION.options(value, 0, 0, random.Random(seed), RULES) or []}
    assert first == {"", wrong}


def test_missing_words_are_explained_where_there_are_any() -> None:
    assert RELATION.option_note([("left", "above", "closer"), ("right", "above", "closer")]) == ""
    assert "missing word" in RELATION.option_note([("left", "above", "closer"), ("left", "", "closer")])


@pytest.mark.parametrize("true", [True, False])
def test_claims_are_true_or_false_as_asked(true: bool) -> None:
    said = Counter()
    for seed in range(100):
        claim = RELATION.claim(("left", "", "farther"), true, random.Random(seed))
        assert claim is not None
        assert claim.true is true
        said[claim.relation] += 1
    expected = {"to the left of", "farther away than"} if true else {"to the right of", "closer than"}
    assert set(said) == expected
    assert RELATION.claim(("", "", ""), true, random.Random(0)) is None


@pytest.mark.parametrize(
    ("reply", "letter"),
    [
        ("B", "B"),
        ("b", "B"),
        ("B.", "B"),
        ("(B)", "B"),
        ("**B**", "B"),
        ("B. 2.5", "B"),
        ("The answer is B.", "B"),
        ("Answer: B", "B"),
        ("answer is (B)", "B"),
        ("I choose option B because A is too near", "B"),
        ("Based on the picture, C", "C"),
        ("", None),
        ("Because", None),
        ("A distance of about 3 metres, so the answer is C.", "C"),
        ("A quick look suggests option B", "B"),
        ("A", "A"),
        ("A.", "A"),
        ("A because it is nearer", "A"),
        ("(c)", "C"),
        ("Option c", "C"),
        ("the answer is a chair", None),
        ("Option A or option B", None),
        ("none", None),
    ],
)
def test_letters_as_models_write_them(reply: str, letter: str | None) -> None:
    assert read_choice(reply) == letter


@pytest.mark.parametrize(
    ("reply", "word"),
    [("Yes", "Yes"), ("no.", "No"), ("**Yes**, it is", "Yes"), ("yes and no", None), ("", None), ("nothing", None)],
)
def test_yes_and_no(reply: str, word: str | None) -> None:
    assert read_yes_no(reply) == word
