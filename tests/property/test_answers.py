"""Laws of all answer types: what is said is read back, scores are fair, options tell nothing to who cannot see."""

from __future__ import annotations

import itertools
import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialkit.answers import (
    Answer,
    Asked,
    Box,
    Choice,
    Directions,
    FrameSet,
    Judgement,
    Layout,
    Motion,
    Ordering,
    PixelDepth,
    Quantity,
    Route,
    Sizes,
    Slot,
)
from spatialkit.rules import Rules

RULES = Rules()
AROUND = Directions(
    (
        Slot("right", "left", "on the right", "on the left"),
        Slot("above", "below", "above eye level", "below eye level"),
        Slot("front", "behind", "in front", "behind"),
    )
)
NAMES = {
    "a": "the chair (red point in the second image)",
    "b": "the left shoe (blue point in Frame-12)",
    "c": "the 3-seat sofa (object2, green box in Frame-3)",
    "d": "the pots and pans (yellow box)",
    "a_box": "the first image, [10, 20, 300, 400]",
    "b_box": "the second image, [10, 20, 300, 400]",
    "c_box": "the first image, [310, 20, 600, 400]",
    "d_box": "the third image, [10, 520, 300, 900]",
}
ROLES = ("a", "b", "c", "d")


def tenths(low: int, high: int) -> st.SearchStrategy[float]:
    return st.integers(low, high).map(lambda x: x / 10)


def fixed(*parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(*parts)


thousandths = st.integers(0, 989)
boxes = fixed(thousandths, thousandths, st.integers(10, 500), st.integers(10, 500)).map(
    lambda b: (b[0], b[1], min(b[0] + b[2], 1000), min(b[1] + b[3], 1000))
)
degrees = st.integers(-179, 180)
spots = fixed(tenths(-99, 99), tenths(-99, 99)).map(lambda s: (s[0] + 0.0, s[1] + 0.0))

ANSWERS: dict[str, tuple[Answer, st.SearchStrategy[Any]]] = {
    "metres": (Quantity(), tenths(0, 300)),
    "area": (Quantity("square metres", digits=0), st.integers(0, 500).map(float)),
    "count": (Quantity("", digits=0), st.integers(0, 40).map(float)),
    "box": (Box(), boxes),
    "spot": (PixelDepth(), fixed(st.integers(0, 1000), st.integers(0, 1000), tenths(3, 200))),
    "motion": (
        Motion(),
        fixed(tenths(-50, 50), tenths(-50, 50), tenths(-50, 50), st.integers(-60, 60), degrees),
    ),
    "frames": (FrameSet(), st.sets(st.integers(0, 31), min_size=1).map(lambda s: tuple(sorted(s)))),
    "sizes": (Sizes(), fixed(*[st.integers(5, 900)] * 3)),
    "map": (Layout(of=ROLES), st.lists(spots, min_size=1, max_size=6).map(tuple)),
    "walk": (
        Route(),
        st.lists(fixed(st.integers(-11, 12).map(lambda k: 15 * k), tenths(0, 90)), min_size=1, max_size=8).map(tuple),
    ),
    "directions": (
        AROUND,
        fixed(*(st.sampled_from((s.positive, s.negative, "")) for s in AROUND.slots)).filter(any),
    ),
    "choice": (Choice(of=ROLES), st.sampled_from(ROLES)),
    "choice by box": (Choice(of=ROLES, by="box"), st.sampled_from(ROLES)),
    "order": (Ordering(of=ROLES), st.permutations(ROLES).map(tuple)),
    "judgement": (Judgement(holds="fit", fails="not fit"), st.booleans()),
}
KINDS = sorted(ANSWERS)
SAY = ("{}", " {}\n", "**{}**", "The answer is {}.", "**Answer:** {}", "<answer>{}</answer>", "```\n{}\n```")
SPOKEN = ("{}", "I think that the answer is {}.", "Answer: {}.")


def meant(answer: Answer, decided: Any) -> Any:
    """Return the answer as it is read: things by their names."""
    if isinstance(answer, Choice | Ordering):
        return answer.parse(answer.say(decided).format_map(NAMES))
    return decided


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_what_is_said_is_read_back(kind: str, data: st.DataObject) -> None:
    answer, strategy = ANSWERS[kind]
    decided = data.draw(strategy)
    truth = meant(answer, decided)
    assert truth is not None
    for form in SAY:
        assert answer.parse(form.format(answer.say(decided).format_map(NAMES))) == truth
    if not isinstance(answer, Judgement):
        for form in SPOKEN:
            assert answer.parse(form.format(answer.phrase(decided).format_map(NAMES))) == truth


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_scores_and_rewards_lie_between_0_and_1_and_the_truth_gets_1(kind: str, data: st.DataObject) -> None:
    answer, strategy = ANSWERS[kind]
    truth, other = (meant(answer, data.draw(strategy)) for _ in range(2))
    assert answer.score(truth, truth) == pytest.approx(1)
    assert answer.reward(truth, truth) == pytest.approx(1)
    assert 0 <= answer.score(other, truth) <= 1
    assert 0 <= answer.reward(other, truth) <= 1
    if answer.say(data.draw(strategy)) == "":
        pytest.fail("an answer says nothing")


@pytest.mark.parametrize("kind", KINDS)
@given(text=st.text(max_size=80))
def test_any_text_can_be_read(kind: str, text: str) -> None:
    answer, _ = ANSWERS[kind]
    read = answer.parse(text)
    if read is not None:
        assert 0 <= answer.reward(read, read) <= 1 + 1e-9


@given(st.floats(0.3, 20), st.lists(st.floats(0, 30), min_size=2, max_size=5))
def test_the_nearer_a_number_the_larger_its_reward(truth: float, errors: list[float]) -> None:
    errors.sort()
    for sign in (-1, 1):
        rewards = [Quantity().reward(truth + sign * error, truth) for error in errors]
        assert rewards == sorted(rewards, reverse=True)


@given(st.data(), st.floats(0, 1), st.floats(0, 1))
def test_rewards_grow_on_the_way_to_the_truth(data: st.DataObject, one: float, other: float) -> None:
    near, far = sorted((one, other))
    for kind in ("spot", "motion", "sizes"):
        answer, strategy = ANSWERS[kind]
        truth, start = np.array(data.draw(strategy)), np.array(data.draw(strategy))
        if kind == "sizes":
            start = np.maximum(start, truth)
        at = [answer.reward(tuple((truth + share * (start - truth)).tolist()), tuple(truth)) for share in (near, far)]
        assert at[0] >= at[1] - 1e-9


@pytest.mark.parametrize("kind", KINDS)
def test_prompts_are_several_and_have_no_placeholders(kind: str) -> None:
    answer, _ = ANSWERS[kind]
    for prompts in answer.prompts.values():
        assert len(set(prompts)) >= 4
        assert not any(mark in prompt.replace("{box_form}", "") for prompt in prompts for mark in "{}")
    assert set(answer.prompts) <= set(answer.formats)


# --- options that tell nothing -------------------------------------------------------------------------------------

TRIPLES = [t for t in itertools.product(*((s.positive, s.negative, "") for s in AROUND.slots)) if any(t)]
Seen = tuple[Hashable, int]  # what a reader makes of the options, and the place of the truth among them


def best_guess(seen: Sequence[Seen]) -> float:
    """Return how often a reader is right on one half who has learnt from the other what is right how often."""
    half = len(seen) // 2
    learnt: dict[Hashable, Counter[int]] = defaultdict(Counter)
    for options, place in seen[:half]:
        learnt[options][place] += 1
    best = {options: places.most_common(1)[0][0] for options, places in learnt.items()}
    return float(np.mean([best[options] == place if options in best else 0.25 for options, place in seen[half:]]))


def asked_in_scenes(
    answer: Answer, draw: Callable[[random.Random], tuple[Any, Any]], scenes: int, questions: int, seed: int
) -> list[tuple[list[Any], Any]]:
    """Return options and truth of the questions of several scenes, whose answers all come from ``draw``."""
    rng, found = random.Random(seed), []
    for _ in range(scenes):
        facts = [draw(rng) for _ in range(questions)]
        others = tuple(truth for truth, _ in facts)
        for truth, value in facts:
            options = answer.options(Asked(truth, value, 0.0, others, rng.randrange(4)), rng, RULES)
            if options is not None:
                found.append((options, truth))
    return found


def skewed(triple: tuple[str, str, str]) -> float:
    return math.prod(
        (0.6, 0.3, 0.1)[(s.positive, s.negative, "").index(word)] for s, word in zip(AROUND.slots, triple, strict=True)
    )


def correlated(triple: tuple[str, str, str]) -> float:
    return (3.0 if (triple[0] == "right") == (triple[1] == "above") else 0.6) * (2.0 if "" not in triple else 0.7)


@pytest.mark.parametrize("often", [lambda _: 1.0, skewed, correlated], ids=["even", "skewed", "correlated"])
def test_who_only_reads_the_options_of_a_direction_has_one_chance_in_four(often: Callable[[Any], float]) -> None:
    weights = [often(t) for t in TRIPLES]

    def draw(rng: random.Random) -> tuple[Any, Any]:
        (triple,) = rng.choices(TRIPLES, weights)
        signs = zip(triple, AROUND.slots, strict=True)
        return triple, [[rng.uniform(-0.08, 0.08) if not w else 1.0 if w == s.positive else -1.0 for w, s in signs]]

    found = asked_in_scenes(AROUND, draw, scenes=900, questions=24, seed=1)
    assert len(found) > 2500
    seen = [(tuple(sorted(options)), sorted(options).index(truth)) for options, truth in found]
    assert best_guess(seen) < 0.28
    counted = Counter(truth for _, truth in found[: len(found) // 2])
    usual = [max(options, key=lambda o: counted[o]) == truth for options, truth in found[len(found) // 2 :]]
    assert np.mean(usual) < 0.28


@pytest.mark.parametrize("spread", [0.3, 0.5, 0.9])
def test_who_only_reads_the_options_of_a_number_has_one_chance_in_four(spread: float) -> None:
    def draw(rng: random.Random) -> tuple[Any, Any]:
        value = min(max(math.exp(rng.gauss(math.log(2), spread)), 0.3), 19.0)
        return round(value, 1), value

    found = asked_in_scenes(Quantity(), draw, scenes=400, questions=24, seed=2)
    assert len(found) > 3000
    assert best_guess([(round(math.log2(options[1])), options.index(truth)) for options, truth in found]) < 0.28
    gaps = [tuple(round(math.log(b / a) * 4) for a, b in itertools.pairwise(options)) for options, _ in found]
    assert best_guess([(gap, o.index(truth)) for gap, (o, truth) in zip(gaps, found, strict=True)]) < 0.28
    counted = Counter(round(4 * math.log2(truth)) for _, truth in found[: len(found) // 2])
    usual = [max(o, key=lambda x: counted[round(4 * math.log2(x))]) == truth for o, truth in found[len(found) // 2 :]]
    assert np.mean(usual) < 0.28


def a_box(rng: random.Random) -> tuple[Any, Any]:
    """Return a box, most of them in the middle of the image or at its edges."""
    width, height = round(rng.triangular(40, 500, 80)), round(rng.triangular(40, 500, 80))
    x, y = (min(max(rng.gauss(0.5, 0.35), 0), 1) for _ in range(2))
    low = round(x * (1000 - width)), round(y * (1000 - height))
    box = (*low, low[0] + width, low[1] + height)
    return box, list(box)


def a_spot(rng: random.Random) -> tuple[Any, Any]:
    point = (round(min(max(rng.gauss(500, 250), 0), 1000)) for _ in range(2))
    spot = (*point, round(min(max(math.exp(rng.gauss(0.6, 0.6)), 0.3), 9), 1))
    return spot, list(spot)


@pytest.mark.parametrize(("answer", "draw"), [(Box(), a_box), (PixelDepth(), a_spot)], ids=["box", "spot"])
def test_who_only_reads_the_options_of_a_place_has_one_chance_in_four(
    answer: Answer, draw: Callable[[random.Random], tuple[Any, Any]]
) -> None:
    found = asked_in_scenes(answer, draw, scenes=400, questions=20, seed=3)
    assert len(found) > 4000

    def cell(option: Any) -> tuple[int, ...]:
        return tuple(min(int(x * 3 // (1000 if x > 20 else 4)), 2) for x in option)

    seen = [(tuple(map(cell, sorted(o))), sorted(o).index(truth)) for o, truth in found]
    assert best_guess(seen) < 0.28
    half = len(found) // 2
    counted = Counter(cell(truth) for _, truth in found[:half])
    usual = [max(sorted(o), key=lambda x: counted[cell(x)]) == truth for o, truth in found[half:]]
    assert np.mean(usual) < 0.28
    middle = [min(o, key=lambda x: math.dist(x[:2], (400, 400))) == truth for o, truth in found]
    assert np.mean(middle) < 0.28
