"""Scores and rewards of replies: letters, yes and no, and whatever each task answers, also within sentences."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from spatialkit.answers import (
    Answer,
    Box,
    Choice,
    Directions,
    FrameSet,
    Layout,
    Motion,
    Ordering,
    PixelDepth,
    Quantity,
    Route,
    Sizes,
)
from spatialkit.answers.reading import conclusions
from spatialkit.bench import reward, score
from spatialkit.errors import ArgumentError, UnknownName
from spatialkit.formats import capitalised, filled
from spatialkit.samples import COLOURS
from spatialkit.tasks.base import Variant, registry

LABELS = ("left shoe", "3-seat sofa", "pots and pans", "front door", "office chair", "table lamp")
SENTENCES = [name for name in registry if "sentence" in registry[name].formats]


def examples(answer: Answer) -> list[Any]:
    """Return a few answers of each type; all directions."""
    if isinstance(answer, Directions):
        words = [(slot.positive, slot.negative, "") for slot in answer.slots]
        return [triple for triple in itertools.product(*words) if any(triple)]
    if isinstance(answer, Quantity):
        return [0.3, 12.5] if answer.digits else [2.0, 12.0]
    if isinstance(answer, Choice):
        return list(answer.of)
    if isinstance(answer, Ordering):
        return [answer.of, answer.of[::-1]]
    few: dict[type[Answer], list[Any]] = {
        Box: [(10, 20, 300, 400)],
        PixelDepth: [(606, 69, 2.8)],
        Motion: [(0.3, -0.1, 1.2, 10, -45), (0.0, 0.0, -0.4, 0, 0)],
        FrameSet: [(2,), (2, 6, 11)],
        Sizes: [(120, 60, 75)],
        Layout: [((-0.3, 1.4), (0.0, 2.0), (1.0, 2.0))],
        Route: [((0, 2.0), (90, 1.5))],
    }
    return few[type(answer)]


def names_of(variant: Variant) -> dict[str, str]:
    """Return what the placeholders of a task stand for, with labels that could be taken for answers."""
    names, views = dict(variant.views.words), variant.views
    things = iter(zip(LABELS, itertools.cycle(COLOURS), itertools.count()))
    for role, part in variant.roles.items():
        if part.kind == "camera":
            names[role] = views.camera(part.image or 0)
            continue
        if part.kind == "route":
            names |= {"start": views.image(3), "goal": views.image(11)}
            continue
        if part.kind == "word":
            names[role] = part.words[0][0]
            continue
        label, colour, number = next(things)
        names[role] = label if part.kind == "category" else f"the {label}"
        names[f"{role}_plural"] = f"{label}s"
        names[f"{role}_box"] = f"[{150 * number}, 20, {150 * number + 100}, 800]"
        if views.kind != "single":
            names[f"{role}_box"] = f"the second image, {names[f'{role}_box']}"
        if part.kind in ("point", "box"):
            text = f"{part.text}, " if part.text else ""
            names[role] += f" ({text}{part.colours[0] if part.text else colour} {part.kind}{views.place(1)})"
    names["things"] = "the things"
    for fact, answer in variant.task.facts.items():
        names[fact] = filled(answer.phrase(examples(answer)[-1]), names)
    return names


@pytest.mark.parametrize("name", SENTENCES)
def test_every_statement_is_read_as_what_it_states(name: str) -> None:
    variant = registry[name]
    task, answer, names = variant.task, variant.task.answer, names_of(registry[name])
    said = {truth: filled(answer.say(truth), names) for truth in examples(answer)}
    for truth, statement in itertools.product(said, task.statements):
        spoken = capitalised(filled(statement, {**names, "answer": filled(answer.phrase(truth), names)}))
        assert score(task, predicted=spoken, expected=spoken) == 1
        assert score(task, predicted=spoken, expected=said[truth]) == 1
        assert score(task, predicted=said[truth], expected=spoken) == 1
        assert reward(task, predicted=said[truth], expected=spoken) == pytest.approx(1)
        others = [said[other] for other in said if other != truth]
        assert all(score(task, predicted=spoken, expected=other) < 1 for other in others[:3])


@pytest.mark.parametrize(
    ("predicted", "expected", "right"),
    [
        ("B", "B", 1),
        ("The answer is B.", "B", 1),
        ("A", "B", 0),
        ("", "B", 0),
        ("Yes, it is.", "Yes", 1),
        ("No", "Yes", 0),
        ("perhaps", "No", 0),
        ("2.0 metres", "2.0", 1),
        ("no idea", "2.0", 0),
    ],
)
def test_replies_are_right_or_wrong(predicted: str, expected: str, right: int) -> None:
    task = registry["distance_prediction_oo"].task
    assert score(task, predicted=predicted, expected=expected) == right
    assert reward(task, predicted=predicted, expected=expected) == right


def test_rewards_are_finer_than_scores() -> None:
    at = [reward("distance_prediction_oo", predicted=str(x), expected="2.0") for x in (2.0, 2.02, 2.5, 4.0, 9.0)]
    assert at[0] == 1
    assert all(a > b > 0 for a, b in itertools.pairwise(at))
    assert score("distance_prediction_oo", predicted="2.02", expected="2.0") == 1
    assert score("distance_prediction_oo", predicted="4.0", expected="2.0") == 0


def test_what_cannot_be_scored_is_an_error() -> None:
    with pytest.raises(UnknownName):
        score("no_such_task", predicted="1", expected="1")
    with pytest.raises(UnknownName):
        reward("no_such_task", predicted="1", expected="1")
    with pytest.raises(UnknownName):
        score("distance_prediction_oo", predicted="1", expected="1", scorer="lenient")
    for judge in (score, reward):
        with pytest.raises(ArgumentError, match="Quantity"):
            judge("distance_prediction_oo", predicted="1", expected="far")


HOSTILE = (
    "[1,2" + " " * 3000 + "!",
    "9" * 3000,
    "1 x 1" + " " * 3000 + "!",
    "The answer" + "\n" * 3000 + "x",
    "The answer is " * 3000,
    "<answer>" * 3000,
    "1,1" * 3000,
    "left" + " " * 3000 + "!",
    "turn right 1e999 degrees, go 1e999 metres",
    "(" * 3000,
    "x " * 100_000,
)


@pytest.mark.parametrize("reply", HOSTILE, ids=lambda reply: f"{reply[:12]!r} {len(reply)}")
def test_replies_that_run_on_are_read_like_any_other(reply: str) -> None:
    expected = {
        "position_matching": "[1, 2, 3, 4]",
        "spatial_volume_infer": "length 12 cm, width 11 cm, height 38 cm",
        "distance_infer_center_oo": "the door (green point)",
        "distance_prediction_oc": "2.0",
        "view_change_infer": "move_right:0.1,move_up:0.0,move_forward:1.0,rotate_up:0,rotate_right:9",
        "nav_video": "turn right 90 degrees and go 2.0 metres",
        "obj_spatial_relation_oo": "left, , closer",
    }
    for task, truth in expected.items():
        assert score(task, predicted=reply, expected=truth) < 1
        assert score(task, predicted=f"{reply} \n The answer is {truth}", expected=truth) in (0, 1)
    assert score("distance_infer_center_oo", predicted=reply, expected="B") == 0


@pytest.mark.parametrize("reply", ["A or B", "A and B", "B/C", "(A) or (B)"])
def test_two_letters_are_no_choice(reply: str) -> None:
    assert score("distance_infer_center_oo", predicted=reply, expected="B") == 0


def test_what_is_denied_is_not_said() -> None:
    assert score("obj_spatial_relation_oo", predicted="not yes", expected="Yes") == 0
    assert score("obj_spatial_relation_oo", predicted="Yes, it is not far.", expected="Yes") == 1


def test_of_a_reply_that_concludes_forever_the_last_conclusions_are_read() -> None:
    reply = "the answer is " * 100_000 + "the mug (red box)"
    assert len(list(conclusions(reply))) == 20
    assert score("distance_infer_center_oo", predicted=reply, expected="the mug (red box)") == 1


@pytest.mark.parametrize("wrong", [None, 5, b"1.0", ["1.0"]])
@pytest.mark.parametrize("compare", [score, reward])
def test_replies_and_answers_are_texts(compare: Any, wrong: Any) -> None:
    with pytest.raises(ArgumentError, match=r"predicted: found \w+, expected str"):
        compare("depth_prediction_oc", predicted=wrong, expected="1.0")
    with pytest.raises(ArgumentError, match=r"expected: found \w+, expected str"):
        compare("depth_prediction_oc", predicted="1.0", expected=wrong)
