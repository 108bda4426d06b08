"""Motions, walks, orders, frames and judgements: replies, refusals, margins, scores."""

from __future__ import annotations

import itertools
import math
import random
from typing import Any

import numpy as np
import pytest

from spatialkit.answers import Asked, FrameSet, Judgement, Motion, Ordering, Route
from spatialkit.rules import Rules

RULES = Rules()
FITS = Judgement(holds="fit through", fails="be too wide for")
ORDER = Ordering(of=("a", "b", "c", "d"))
LABELS = ("chair", "table", "lamp", "door")
NAN, INF = math.nan, math.inf


def only(refused: dict[str, Any]) -> list[str]:
    """Name the rules that refuse the first candidate."""
    return [name for name, mask in refused.items() if mask[0]]


@pytest.mark.parametrize(
    ("reply", "motion"),
    [
        ("move_right:0.3,move_up:0.1,move_forward:1.2,rotate_up:10,rotate_left:45", (0.3, 0.1, 1.2, 10, -45)),
        ("move_left:2.6,move_down:0.1,move_back:0.2,rotate_down:10,rotate_right:0", (-2.6, -0.1, -0.2, -10, 0)),
        ("```\nmove_right: 0.3, move_backward: 1.2 m\n```", (0.3, 0, -1.2, 0, 0)),
        ('{"move_right": -0.3, "rotate_up": 5}', (-0.3, 0, 0, 5, 0)),
        ("move left 0.3 m, then turn right by 20 degrees", (-0.3, 0, 0, 0, 20)),
        ("It moves 30 cm to the left and tilts down 5°.", (-0.3, 0, 0, -5, 0)),
        ("0.5 metres forward; 15 degrees to the left", (0, 0, 0.5, 0, -15)),
        ("Turn left 15 degrees and look up 10 degrees, walk forward about 2 m", (0, 0, 2, 10, -15)),
        ("rotate right: 12, pitch up: 3, move forward: 1", (0, 0, 1, 3, 12)),
        ("The camera stays where it is.", (0, 0, 0, 0, 0)),
        ("nothing to tell", None),
        ("", None),
    ],
)
def test_motions_are_read(reply: str, motion: Any) -> None:
    assert Motion().parse(reply) == motion


def test_motions_are_said_with_the_words_of_their_signs() -> None:
    answer = Motion()
    values = np.array([[0.3, 0.14, -0.04, 12.6, -3.4, 2.0], [0.0, -0.26, 1.0, -0.4, 0.4, 0.0]])
    first, second = answer.decide(values, RULES)
    assert answer.say(first) == "move_right:0.3,move_down:0.1,move_forward:0.0,rotate_down:3,rotate_right:13"
    assert answer.phrase(first) == (
        "moves 0.3 metres to the right and 0.1 metres down, turns 13 degrees to the right and tilts 3 degrees down"
    )
    assert answer.say(second) == "move_right:0.0,move_up:0.3,move_forward:1.0,rotate_up:0,rotate_right:0"
    assert answer.phrase(second) == "moves 0.3 metres up and 1.0 metres forward"


@pytest.mark.parametrize(
    ("value", "rules"),
    [
        ([0.19, 0, 0, 5, 5, 0], ["hardly any motion"]),
        ([0.21, 0, 0, 0, 0, 0], []),
        ([0, 0, 0, 8, 8, 0], []),
        ([1, 0, 0, 0, 0, -16], ["camera rolled"]),
        ([1, 0, 0, 0, 61, 0], ["tilted too far"]),
        ([NAN, 0, 0, 0, 0, 0], ["no pose"]),
    ],
)
def test_motions_are_refused(value: list[float], rules: list[str]) -> None:
    assert only(Motion().refuse(np.array([value]), RULES)) == rules


def test_noise_within_the_margins_never_turns_a_motion_round() -> None:
    answer, generator = Motion(), np.random.default_rng(0)
    values = generator.normal(size=(500, 6)) * (1, 0.3, 1, 20, 8, 3)
    values[::3] *= 0.1
    margin = answer.margin(values, RULES)
    assert margin.shape == values.shape
    assert (margin > 0).all()
    said = answer.decide(values, RULES)
    for _ in range(20):
        moved = answer.decide(values + 0.999 * np.minimum(margin, 99) * generator.uniform(-1, 1, values.shape), RULES)
        for before, after in zip(said, moved, strict=True):
            assert all(a * b >= 0 for a, b in zip(before, after, strict=True))
            assert all(abs(a - b) <= max(0.2, 0.2 * abs(a)) for a, b in zip(before[:3], after[:3], strict=True))


def test_motions_score_part_by_part() -> None:
    answer, truth = Motion(), (0.3, 0.0, 1.2, 10, -45)
    assert answer.score(truth, truth) == answer.reward(truth, truth) == 1
    assert answer.score((0.3, 0.04, 1.2, 10, -45), truth) == 1
    assert answer.score((0.3, 0.1, 1.2, 10, 45), truth) == pytest.approx(0.6)
    assert answer.score((0.0, 0.0, 0.0, 0, 0), truth) == pytest.approx(0.2)
    assert answer.reward((0.3, 0.0, 1.2, 10, -40), truth) > answer.reward((0.3, 0.0, 1.2, 10, 45), truth)


@pytest.mark.parametrize(
    "reply",
    [
        "chair, table, lamp, door",
        "the chair, the table, the lamp, the door",
        "Chair, table, lamp, and door.",
        "chair, table, lamp and door",
        "1. chair\n2. table\n3. lamp\n4. door",
        "1. chair 2. table 3. lamp 4. door",
        "- **chair**\n- **table**\n- **lamp**\n- **door**",
        "chair -> table -> lamp -> door",
        "First the chair, then the table, then the lamp and finally the door.",
        "The order is: chair, table, lamp, door",
        "They appear in this order: chair, table, lamp, door.",
        "The answer is chair, table, lamp, door.",
        "First you see the chair, next the table, after that the lamp, and last the door.",
        "chairs, tables, lamps, doors",
    ],
)
def test_orders_are_read(reply: str) -> None:
    read = ORDER.parse(reply)
    assert read is not None
    assert ORDER.score(read, LABELS) == ORDER.reward(read, LABELS) == 1


def test_labels_with_an_and_stay_whole() -> None:
    assert ORDER.parse("chair, pots and pans, lamp, door") == ("chair", "pots and pans", "lamp", "door")
    assert ORDER.parse("chair") is None


def test_orders_earn_by_their_pairs() -> None:
    assert ORDER.score(("chair", "table", "door", "lamp"), LABELS) == 0
    assert ORDER.reward(("chair", "table", "door", "lamp"), LABELS) == pytest.approx(5 / 6)
    assert ORDER.reward(LABELS[::-1], LABELS) == 0
    assert ORDER.reward(("chair", "table"), LABELS) == pytest.approx(1 / 6)
    assert ORDER.reward((*LABELS, "sofa"), LABELS) == pytest.approx(4 / 5)


def test_orders_need_appearances_that_are_apart() -> None:
    values = np.array(
        [
            [[9, 10], [0, 0], [3, 7], [20, 20]],
            [[9, 10], [0, 0], [3, 8], [20, 20]],
            [[9, 10], [0, 0], [3, INF], [20, 20]],
            [[9, 10], [0, 0], [INF, INF], [20, 20]],
        ]
    )
    refused = ORDER.refuse(values, RULES)
    assert refused["seen at almost the same time"].tolist()[:2] == [False, True]
    assert refused["never seen"].tolist() == [False, False, True, True]
    assert ORDER.decide(values[:1], RULES) == [("b", "c", "a", "d")]
    assert ORDER.say(("b", "c", "a", "d")) == "{b}, {c}, {a}, {d}"
    assert ORDER.margin(values[:1], RULES).shape == values[:1].shape
    assert not ORDER.shaken
    assert not ORDER.metric


@pytest.mark.parametrize(
    ("reply", "frames"),
    [
        ("Frame-3, Frame-7", (2, 6)),
        ("frames 3, 7 and 9", (2, 6, 8)),
        ("Frame-3 to Frame-5", (2, 3, 4)),
        ("3-5, 8", (2, 3, 4, 7)),
        ("[3, 4]", (2, 3)),
        ("Frame 3 and, 2 metres away, frame 4", (2, 3)),
        ("You can see the chair (red box in Frame-12) in Frame-3 and Frame-4.", (2, 3)),
        ("The answer is Frame-3.", (2,)),
        ("none", None),
    ],
)
def test_frames_are_read(reply: str, frames: Any) -> None:
    assert FrameSet().parse(reply) == frames


def test_frames_must_be_clear_and_tell_something() -> None:
    values = np.array([[1, 0, 0.5], [0, 0, 0], [1, 1, 1], [0, 1, 1], [1, 0, 0]])
    refused = FrameSet().refuse(values, RULES)
    assert refused["unclear in some frame"].tolist() == [True, False, False, False, False]
    assert refused["seen in no frame"].tolist() == [False, True, False, False, False]
    assert refused["seen in every frame"].tolist() == [False, False, True, False, False]
    assert FrameSet().decide(values[1:], RULES) == [(), (0, 1, 2), (1, 2), (0,)]
    assert FrameSet().phrase((0, 1, 4)) == "Frame-1, Frame-2 and Frame-5"
    assert len(FrameSet().strata(values, RULES)) == 5


def test_frames_score_by_f1() -> None:
    assert FrameSet().score((1, 2), (1, 2)) == 1
    assert FrameSet().score((1, 2, 3, 4), (1, 2)) == pytest.approx(2 / 3)
    assert FrameSet().score((5,), (1, 2)) == 0


@pytest.mark.parametrize(
    ("reply", "legs"),
    [
        ("turn right 90 degrees, go 2.0 metres, turn left 45 degrees, go 1.5 metres", ((90, 2.0), (-45, 1.5))),
        ("Turn left, walk straight ahead for 2 m, then turn around and go 3 metres.", ((-90, 2.0), (180, 3.0))),
        ("Go straight 2m, turn 45° to the right and continue forward for 150 cm", ((0, 2.0), (45, 1.5))),
        ("1. Turn slightly left\n2. Walk 1 metre\n3. Turn right by 30 degrees", ((-45, 1.0), (30, 0.0))),
        ("turn right 90 degrees, turn right 90 degrees, go 1 m", ((180, 1.0),)),
        (
            "From Frame-3 walk towards Frame-12, going 2.0 m, then turn right 90 degrees and go 1 m",
            ((0, 2.0), (90, 1.0)),
        ),
        ("stay", None),
    ],
)
def test_walks_are_read(reply: str, legs: Any) -> None:
    assert Route().parse(reply) == legs


def test_walks_are_decided_in_steps_and_refused_when_long_or_none() -> None:
    values = np.full((3, 9, 2), NAN)
    values[0, :3] = [[7, 2.04], [-176, 1], [50, 0.5]]
    values[1] = [10, 1]
    refused = Route().refuse(values, RULES)
    assert refused["no way"].tolist() == [False, False, True]
    assert refused["too many legs"].tolist() == [False, True, False]
    assert Route().decide(values, RULES)[0] == ((0, 2.0), (180, 1.0), (45, 0.5))
    assert Route().say(((0, 2.0), (-45, 1.0))) == "go 2.0 metres, turn left 45 degrees, go 1.0 metres"
    assert Route().phrase(((0, 2.0), (-45, 1.0))) == "go 2.0 metres, turn left 45 degrees and go 1.0 metres"
    margin = Route().margin(values, RULES)
    assert margin[0, 0].tolist() == pytest.approx([15, 0.204])
    assert np.isinf(margin[0, 3:]).all()


def test_walks_score_leg_by_leg() -> None:
    answer, truth = Route(), ((90, 2.0), (-45, 1.5))
    assert answer.score(truth, truth) == answer.reward(truth, truth) == 1
    assert answer.score(((60, 2.0), (-45, 1.5)), truth) == 1
    assert answer.score(((45, 2.0), (-45, 1.5)), truth) == 0
    assert answer.score(truth[:1], truth) == 0
    assert answer.reward(truth[:1], truth) == pytest.approx(0.5)
    assert answer.score(((90, 2.0), (-45, 9.0)), truth) == pytest.approx(0.5)
    assert answer.score(((-165, 1.0),), ((180, 1.0),)) == 1  # 15 degrees apart, the other way round


def test_judgements_claim_either_way() -> None:
    values = np.array([0.5, -0.5, 0.05, NAN])
    assert FITS.refuse(values, RULES)["too close to call"].tolist() == [False, False, True, True]
    assert FITS.decide(values[:2], RULES) == [True, False]
    assert FITS.margin(values[:2], RULES).tolist() == [0.5, 0.5]
    for holds, true in itertools.product((True, False), repeat=2):
        claim = FITS.claim(Asked(holds, 0.5), true, random.Random(0))
        assert claim is not None
        assert claim.true is true
        assert claim.relation == ("fit through" if holds == true else "be too wide for")
    assert FITS.parse("Yes, it would.") is True
    assert FITS.parse("perhaps") is None
    assert FITS.score(True, True) == 1
    assert FITS.formats == ("judge",)
