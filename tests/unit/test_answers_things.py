"""Which thing, where in the image, how large and where on a map: replies, refusals, margins, scores."""

from __future__ import annotations

import itertools
import math
import random
from typing import Any

import numpy as np
import pytest

from spatialkit.answers import Asked, Box, Choice, Layout, Located, Named, PixelDepth, Sizes
from spatialkit.rules import Rules

RULES = Rules()
TWO = Choice(of=("a", "b"))
FOUR = Choice(of=("a", "b", "c", "d"))
BOXED = Choice(of=("a", "b", "c", "d"), by="box")
GREEN = Named("green", "clothes")
NAN = math.nan


@pytest.mark.parametrize(
    ("reply", "named"),
    [
        ("the clothes (green point)", GREEN),
        ("The answer is the clothes (green point).", GREEN),
        ("B. clothes (green point)", Named("green", "clothes")),
        ("green", Named("green")),
        ("The green one.", Named("green")),
        ("**the green point**", Named("green")),
        ("object2", Named(text="object2")),
        ("Object 2", Named(text="object2")),
        ("the chair (object2, red box in Frame-12)", Named("red", "chair", "object2")),
        ("the clothes", Named(label="clothes")),
        ("It is the clothes, which lie near the door.", Named(label="clothes")),
        ("the camera of the second image", Named(text="camera2")),
        ("Camera 3", Named(text="camera3")),
        ("The clothes (green point) are closer to the chair (red point) than the lamp (blue point).", GREEN),
        ("Compared with the lamp (blue point), the clothes (green point) are closer.", GREEN),
        ("Of the lamp (blue point) and the clothes (green point), the clothes (green point) are closer.", GREEN),
        ("The red point is far from blue. The answer is green, not blue.", Named("green")),
        ("You come to the camera of the third image first, going from the door (red box).", Named(text="camera3")),
        ("", None),
    ],
)
def test_choices_read_what_models_name(reply: str, named: Named | None) -> None:
    assert TWO.parse(reply) == named


@pytest.mark.parametrize(
    ("predicted", "expected", "right"),
    [
        (Named("green"), GREEN, True),
        (Named("blue", "clothes"), GREEN, False),
        (Named(label="clothes"), GREEN, True),
        (Named(label="lamp"), GREEN, False),
        (Named(text="object2"), Named("red", "chair", "object2"), True),
        (Named(text="object1"), Named("red", "chair", "object2"), False),
        (Named("red", "chair", "object2"), Named("red", "chair", "object2"), True),
        (Named(text="object2"), GREEN, False),
        (Named(text="camera2"), Named(text="camera2"), True),
    ],
)
def test_names_are_compared_by_their_marks_then_by_label(predicted: Named, expected: Named, right: bool) -> None:
    assert TWO.score(predicted, expected) == TWO.reward(predicted, expected) == right


def test_marks_of_one_colour_are_told_apart_by_their_texts() -> None:
    truth = Named("blue", "chair", "object2")
    assert FOUR.score(Named("blue", "chair", "object1"), truth) == 0
    assert FOUR.score(Named("blue"), truth) == 0
    assert FOUR.score(Named("blue", "chair"), truth) == FOUR.score(Named("", "", "object2"), truth) == 1


@pytest.mark.parametrize(
    ("reply", "located"),
    [
        ("[330, 548, 387, 710]", Located(None, (330, 548, 387, 710))),
        ("(330,548),(387,710)", Located(None, (330, 548, 387, 710))),
        ("the second image, [330, 548, 387, 710]", Located(2, (330, 548, 387, 710))),
        ("Image 3: [330,548,387,710]", Located(3, (330, 548, 387, 710))),
        ("[330, 548, 387, 710] in the first image", Located(1, (330, 548, 387, 710))),
        ('{"image": 2, "bbox_2d": [330, 548, 387, 710]}', Located(None, (330, 548, 387, 710))),
        ("[0.33, 0.548, 0.387, 0.71]", Located(None, (330, 548, 387, 710))),
        ("[387, 548, 330, 710]", None),
        ("somewhere", None),
    ],
)
def test_choices_read_boxes(reply: str, located: Located | None) -> None:
    found = BOXED.parse(reply)
    assert (found is None) == (located is None)
    if located is not None:
        assert isinstance(found, Located)
        assert found.image == located.image
        assert found.box == pytest.approx(located.box)


def test_boxes_of_a_choice_must_lie_in_the_same_image() -> None:
    here, shifted = Located(2, (0, 0, 100, 100)), Located(2, (0, 0, 100, 60))
    assert BOXED.score(shifted, here) == 1
    assert BOXED.reward(shifted, here) == pytest.approx(0.6)
    assert BOXED.score(Located(2, (0, 0, 100, 40)), here) == 0
    assert BOXED.score(Located(1, here.box), here) == BOXED.reward(Located(None, here.box), here) == 0
    assert BOXED.score(Located(5, here.box), Located(None, here.box)) == 1


def test_choices_take_the_smallest_by_a_clear_gap() -> None:
    values = np.array([[1.0, 1.3, 5, 6], [1.0, 1.2, 5, 6], [9, 8, 6.0, 5.5], [9, 8, 6.2, 5.5], [1, 2, 3, NAN]])
    assert FOUR.refuse(values, RULES)["gap too small"].tolist() == [False, True, True, False, False]
    assert FOUR.refuse(values, RULES)["not all are known"].tolist() == [False, False, False, False, True]
    assert FOUR.decide(values[:4], RULES) == ["a", "a", "d", "d"]
    far = -np.array([[9.0, 8.2, 5, 6]])  # the farthest: 0.8 m are less than a tenth of 9
    assert FOUR.refuse(far, RULES)["gap too small"].tolist() == [True]


def test_no_move_within_the_margins_changes_a_choice() -> None:
    generator = np.random.default_rng(0)
    values = generator.uniform(0.5, 9, (200, 4))
    margin = FOUR.margin(values, RULES)
    assert (margin > 0).all()
    for _ in range(20):
        moved = values + 0.999 * margin * generator.choice([-1, 1], values.shape)
        assert FOUR.decide(moved, RULES) == FOUR.decide(values, RULES)


def test_choices_offer_all_things() -> None:
    assert (TWO.option_count, FOUR.option_count) == (2, 4)
    assert TWO.options(Asked("a", [1.0, 2.0]), random.Random(0), RULES) == ["a", "b"]
    assert [TWO.say(x) for x in ("a", "b")] == ["{a}", "{b}"]
    assert BOXED.say("c") == "{c_box}"
    assert "thousandths" in BOXED.option_note(["a"], RULES)
    assert TWO.option_note(["a"], RULES) == ""
    assert TWO.speaks_of_things


@pytest.mark.parametrize(
    ("reply", "box"),
    [
        ("[330, 548, 387, 710]", (330, 548, 387, 710)),
        ("The box is [330,548,387,710].", (330, 548, 387, 710)),
        ("(330, 548) to (387, 710)", (330, 548, 387, 710)),
        ("not [1, 2, 30, 40]; the answer is [330, 548, 387, 710], I think, or [5, 5, 50, 50]", (330, 548, 387, 710)),
        ("```json\n[330, 548, 387, 710]\n```", (330, 548, 387, 710)),
        ("330, 548", None),
        ("", None),
    ],
)
def test_boxes_are_read(reply: str, box: Any) -> None:
    assert Box().parse(reply) == box


def test_boxes_too_small_or_outside_are_refused() -> None:
    values = np.array([[0, 0, 1000, 1000], [5, 5, 14, 50], [-1, 0, 50, 50], [NAN] * 4, [10, 10, 20, 20]])
    refused = Box().refuse(values, RULES)
    assert refused["box too small"].tolist() == [False, True, False, False, False]
    assert refused["outside the image"].tolist() == [False, False, True, False, False]
    assert refused["no box"].tolist() == [False, False, False, True, False]
    assert Box().decide(values, RULES)[1] == (5, 5, 14, 50)


def test_a_box_moved_within_its_margin_still_has_most_in_common() -> None:
    values = np.array([[100.0, 200, 180, 600], [10, 10, 990, 30]])
    margin = Box().margin(values, RULES)
    for signs in itertools.product((-1, 1), repeat=4):
        for before, after in zip(values, values + margin * signs, strict=True):
            assert Box().score(tuple(after), tuple(before)) > 0.55


def boxes(count: int, seed: int) -> list[tuple[int, int, int, int]]:
    rng = random.Random(seed)
    found = []
    for _ in range(count):
        width, height = rng.randint(30, 400), rng.randint(30, 400)
        x, y = rng.randint(0, 1000 - width), rng.randint(0, 1000 - height)
        found.append((x, y, x + width, y + height))
    return found


@pytest.mark.parametrize("noise", [0.0, [10.0] * 4])
def test_box_options_are_true_boxes_of_other_questions(noise: Any) -> None:
    answer, others = Box(), tuple(boxes(20, 1))
    made = 0
    for truth, seed in itertools.product(others, range(5)):
        options = answer.options(Asked(truth, list(truth), noise, others), random.Random(seed), RULES)
        if options is None:
            continue
        made += 1
        assert options.count(truth) == 1
        assert len({answer.say(option) for option in options}) == 4
        assert set(options) <= set(others)
        assert all(answer.score(a, b) < 0.5 for a, b in itertools.combinations(options, 2))
    assert made > 60
    assert answer.options(Asked(others[0], [0], 0.0, ()), random.Random(0), RULES) is None


@pytest.mark.parametrize(
    ("reply", "spot"),
    [
        ("(606, 69), 2.8", (606, 69, 2.8)),
        ("Image Coor:(932, 468), Depth:1.9 meters", (932, 468, 1.9)),
        ("at (606,69), at a depth of 280 cm", (606, 69, 2.8)),
        ("(0.606, 0.069), 2.8", (606, 69, 2.8)),
        ("The answer is (606, 69), 2.8. Not (1, 1), 5.", (606, 69, 2.8)),
        ("(606, 69)", None),
        ("2.8", None),
    ],
)
def test_spots_are_read(reply: str, spot: Any) -> None:
    found = PixelDepth().parse(reply)
    assert found == (spot if spot is None else pytest.approx(spot))


def test_spots_are_refused_outside_the_image_and_the_range_of_depths() -> None:
    values = np.array([[0, 1000, 2], [-1, 5, 2], [NAN, NAN, NAN], [5, 5, 0.2], [5, 5, 21]])
    refused = PixelDepth().refuse(values, RULES)
    assert refused["outside the image"].tolist() == [False, True, True, False, False]
    assert refused["below least"].tolist() == [False, False, True, True, False]
    assert refused["above most"].tolist() == [False, False, False, False, True]
    assert PixelDepth().margin(values[:1], RULES).tolist() == [[50, 50, pytest.approx(0.2)]]


def test_spots_score_half_for_the_point_and_half_for_the_depth() -> None:
    score, truth = PixelDepth().score, (500, 500, 2.0)
    assert score(truth, truth) == PixelDepth().reward(truth, truth) == 1
    assert score((600, 500, 2.0), truth) == pytest.approx(0.75)
    assert score((800, 500, 2.0), truth) == pytest.approx(0.5)
    assert score((500, 500, 9.0), truth) == pytest.approx(0.5)


def test_spot_options_are_a_grid_of_points_and_depths_well_apart() -> None:
    rng, answer = random.Random(3), PixelDepth()
    others = tuple((rng.randint(0, 1000), rng.randint(0, 1000), round(rng.uniform(0.5, 6), 1)) for _ in range(20))
    made = 0
    for truth, seed in itertools.product(others, range(5)):
        options = answer.options(Asked(truth, list(truth), [10, 10, 0.05], others), random.Random(seed), RULES)
        if options is None:
            continue
        made += 1
        assert options.count(truth) == 1
        assert len({answer.say(option) for option in options}) == 4
        points, depths = {option[:2] for option in options}, {option[2] for option in options}
        assert len(points) == len(depths) == 2
        assert math.dist(*points) >= 120
        assert max(depths) - min(depths) >= max(0.2, RULES.option_gap * min(depths)) - 1e-9
    assert made > 50


@pytest.mark.parametrize(
    "reply",
    [
        "length 120 cm, width 60 cm, height 75 cm",
        "120 x 60 x 75 cm",
        "120 × 60 × 75",
        "120 cm x 60 cm x 75 cm",
        "1.2 m x 0.6 m x 0.75 m",
        "120 cm long, 60 cm wide and 75 cm high",
        "L: 120, W: 60, H: 75",
        "Height 75 cm, length 1.2 m, width 600 mm",
        "The size of the 3-seat sofa is 120 cm in length, 60 cm in width and 75 cm in height.",
        "**The answer is:** 120, 60 and 75 cm",
    ],
)
def test_sizes_are_read(reply: str) -> None:
    assert Sizes().parse(reply) == pytest.approx((120, 60, 75))


@pytest.mark.parametrize("reply", ["", "120 cm", "length 120 cm, width 60 cm", "large"])
def test_replies_without_three_sizes_are_none(reply: str) -> None:
    assert Sizes().parse(reply) is None


def test_sizes_are_refused_when_small_or_unknown() -> None:
    values = np.array([[1, 0.5, 0.05], [1, 0.5, 0.04], [NAN, 1, 1], [21, 1, 1]])
    refused = Sizes().refuse(values, RULES)
    assert refused["below least_size"].tolist() == [False, True, True, False]
    assert refused["above most"].tolist() == [False, False, False, True]
    assert Sizes().decide(np.array([[1.204, 0.6, 0.746]]), RULES) == [(120, 60, 75)]
    assert Sizes().margin(np.array([[2.0, 0.4, 0.02]]), RULES).tolist() == [pytest.approx([0.5, 0.1, 0.01])]


def test_sizes_score_side_by_side() -> None:
    assert Sizes().score((120, 60, 75), (120, 60, 75)) == Sizes().reward((120, 60, 75), (120, 60, 75)) == 1
    assert Sizes().score((120, 60, 500), (120, 60, 75)) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("reply", "spots"),
    [
        ("Object0: (-0.3, 1.4). Object1: (-1.1, 2.0).", ((-0.3, 1.4), (-1.1, 2.0))),
        ("Object0 :(-0.3,1.4). Object1 :(-1.1,2.0). Object2 :(-0.8,2.4).", ((-0.3, 1.4), (-1.1, 2.0), (-0.8, 2.4))),
        ("object1 at (1, 2) and object0 at (3, 4)", ((3, 4), (1, 2))),
        ("- chair: [0.5, 1.0]\n- lamp: [1.5, -2.0]", ((0.5, 1.0), (1.5, -2.0))),
        ("object0: (x=0.5 m, y=1.0 m)", ((0.5, 1.0),)),
        ("on the left", None),
    ],
)
def test_maps_are_read(reply: str, spots: Any) -> None:
    assert Layout(of=("a", "b", "c")).parse(reply) == spots


def test_maps_leave_out_what_is_absent() -> None:
    answer = Layout(of=("a", "b", "c", "d"))
    values = np.array(
        [
            [[0.04, 1], [1, 2], [2, 3], [NAN, NAN]],
            [[1, 1], [1, 2], [NAN, NAN], [NAN, NAN]],
            [[-0.04, -0.01], [30, 2], [2, 3], [4, 5]],
        ]
    )
    refused = answer.refuse(values, RULES)
    assert refused["too few things"].tolist() == [False, True, False]
    assert refused["above most"].tolist() == [False, False, True]
    decided = answer.decide(values, RULES)
    assert [len(x) for x in decided] == [3, 2, 4]
    assert answer.say(decided[2]).startswith("Object0: (0.0, 0.0). Object1: (30.0, 2.0).")
    margin = answer.margin(values, RULES)
    assert margin.shape == values.shape
    assert np.isinf(margin[0, 3]).all()
    assert margin[2, 1] == pytest.approx(math.hypot(30, 2) / 10)


def test_maps_score_by_the_share_of_things_in_place() -> None:
    answer, truth = Layout(of=("a", "b", "c")), ((0.0, 1.0), (0.0, 5.0), (2.0, 2.0))
    assert answer.score(truth, truth) == answer.reward(truth, truth) == 1
    assert answer.score(((0.0, 1.25), (0.0, 5.5), (2.0, 2.0)), truth) == 1
    assert answer.score(((0.0, 1.3), (0.0, 5.0), (2.0, 2.0)), truth) == pytest.approx(2 / 3)
    assert answer.score(truth[:2], truth) == pytest.approx(2 / 3)
    assert answer.score(((NAN, NAN), *truth[1:]), truth) == answer.reward(truth[:0] + truth[:2], truth)
