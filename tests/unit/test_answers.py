"""Numbers and directions: what is said is read back, doubt and refusal, options; letters, yes and no."""

from __future__ import annotations

import itertools
import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialkit.answers import Asked, Directions, Quantity, Slot, read_choice, read_yes_no, without_names
from spatialkit.rules import Rules

RULES = Rules()
UP_DOWN = (("higher", "above"), ("lower", "below"))
RELATION = Directions(
    (
        Slot("right", "left", "more to the right", "more to the left", "to the right of", "to the left of"),
        Slot("above", "below", "higher up", "lower down", "higher up than", "lower down than", synonyms=UP_DOWN),
        Slot(
            "closer",
            "farther",
            "closer",
            "farther away",
            "closer than",
            "farther away than",
            synonyms=(("nearer", "closer"), ("further", "farther")),
        ),
    )
)
AROUND = Directions(
    (
        Slot("right", "left", "on the right", "on the left"),
        Slot("above", "below", "above eye level", "below eye level", synonyms=UP_DOWN),
        Slot("front", "behind", "in front", "behind", synonyms=(("ahead", "front"), ("back", "behind"))),
    )
)
COUNT = Quantity("", digits=0, least="least_count", most="most_count")
AREA = Quantity("square metres", digits=0, least="least_area", most="most_area")

Triple = tuple[str, str, str]


def triples(answer: Directions) -> list[Triple]:
    words = [(slot.positive, slot.negative, "") for slot in answer.slots]
    return [t for t in itertools.product(*words) if any(t)]


def offsets_of(answer: Directions, triple: Triple, empty: float = 0.0) -> list[list[float]]:
    pairs = zip(triple, answer.slots, strict=True)
    return [[empty if not word else 1.0 if word == slot.positive else -1.0 for word, slot in pairs]]


@given(st.integers(0, 200_000))
def test_quantity_say_then_parse_is_the_identity(tenths: int) -> None:
    answer, value = Quantity(), round(tenths / 10, 1)
    assert answer.parse(answer.say(value)) == value
    assert answer.parse(answer.phrase(value)) == value
    assert answer.parse(f"**The answer is {answer.phrase(value)}**, as seen in image 2.") == value


@given(st.integers(0, 10_000))
def test_whole_numbers_say_then_parse_is_the_identity(number: int) -> None:
    for answer in (COUNT, AREA):
        (value,) = answer.decide(np.array([float(number)]), RULES)
        assert answer.say(value) == str(number)
        assert answer.parse(answer.say(value)) == answer.parse(answer.phrase(value)) == number


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("2.5", 2.5),
        ("about 2.5 metres", 2.5),
        ("**2.5 m**", 2.5),
        ("The answer is 2.5.", 2.5),
        ("<answer>2.5</answer>", 2.5),
        ("The answer is 2.5, since 1.0 and 1.5 make that.", 2.5),
        ("In Frame-12 it is 2.5", 2.5),
        ("image 3 shows point 1 at 2.5m", 2.5),
        ("250 cm", 2.5),
        ("2.5 m, seen 3 times", 2.5),
        ("8.2 ft", 2.49936),
        ("1,250.5", 1250.5),
        ("-0.5", -0.5),
        ("−0.5", -0.5),
        (".5", 0.5),
        ("from 1.0 to 2.5", 2.5),
        ("2.0-2.5", 2.5),
        ("", None),
        ("no number", None),
        ("three metres", None),
    ],
)
def test_quantity_reads_what_models_write(reply: str, value: float | None) -> None:
    assert Quantity().parse(reply) == value


@pytest.mark.parametrize(
    ("reply", "number"),
    [
        ("4", 4),
        ("four", 4),
        ("There are Twelve of them.", 12),
        ("four, one of them at the door", 4),
        ("one", 1),
        ("I count 3 in the kitchen and 2 in the hall. The answer is 5.", 5),
        ("none", None),
    ],
)
def test_numbers_of_things_may_be_words(reply: str, number: int | None) -> None:
    assert COUNT.parse(reply) == number


@pytest.mark.parametrize("reply", ["30 square metres", "30 m2", "30 m^2", "30 m²", "30"])
def test_areas_are_read_with_their_units(reply: str) -> None:
    assert AREA.parse(reply) == 30


def test_quantities_are_refused_outside_their_range() -> None:
    refused = Quantity().refuse(np.array([0.2, 0.3, 20.0, 20.1, np.nan]), RULES)
    assert refused["below least"].tolist() == [True, False, False, False, True]
    assert refused["above most"].tolist() == [False, False, False, True, False]
    counts = COUNT.refuse(np.array([1.0, 2.0, 15.0, 16.0]), RULES)
    assert counts["below least_count"].tolist() == [True, False, False, False]
    assert counts["above most_count"].tolist() == [False, False, False, True]


def test_margins_of_quantities() -> None:
    assert Quantity().margin(np.array([0.5, 4.0]), RULES).tolist() == pytest.approx([0.1, 0.4])
    sized = Quantity(tolerance="size_tolerance")
    assert sized.margin(np.array([4.0]), RULES).tolist() == pytest.approx([1.0])
    assert COUNT.margin(np.array([4.0]), RULES).tolist() == [0.5]


def test_numbers_of_things_know_no_scale_and_no_noise() -> None:
    assert (Quantity().metric, Quantity().shaken) == (True, True)
    assert (COUNT.metric, COUNT.shaken) == (False, False)


def test_quantities_never_say_minus_zero() -> None:
    assert Quantity().say(Quantity().decide(np.array([-0.01]), RULES)[0]) == "0.0"


def test_mean_relative_accuracy_at_its_thresholds() -> None:
    score = Quantity().score
    assert score(2.0, 2.0) == 1
    assert score(3.0, 2.0) == pytest.approx(0.1)  # 50 % off: only the loosest threshold holds
    assert score(3.02, 2.0) == 0
    assert score(1.1, 1.0) == pytest.approx(0.9)  # exactly 10 % off passes the threshold 0.90
    assert score(0.0, 2.0) == 0
    assert score(-2.0, 2.0) == 0
    assert score(0.0, 0.0) == 1
    assert score(0.1, 0.0) == 0


@given(st.floats(0.3, 20), st.floats(0, 0.1), st.integers(0, 3), st.integers(0, 10**6))
def test_numeric_options_are_apart_and_the_truth_has_its_rank(value: float, noise: float, rank: int, seed: int) -> None:
    answer = Quantity()
    truth = round(value, 1)
    options = answer.options(Asked(truth, value, noise, (truth,), rank), random.Random(seed), RULES)
    if options is None:
        return
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
def test_whether_a_ladder_fits_does_not_depend_on_the_rank(value: float, noise: float, seed: int) -> None:
    asked = (Asked(round(value, 1), value, noise, (), rank) for rank in range(4))
    assert len({Quantity().options(a, random.Random(seed), RULES) is None for a in asked}) == 1


@given(st.lists(st.floats(0.3, 20), min_size=8, max_size=40), st.floats(0, 0.05), st.integers(0, 10**6))
def test_numeric_options_are_answers_of_other_questions(values: list[float], noise: float, seed: int) -> None:
    answer = Quantity()
    others = tuple(answer.decide(np.array(values), RULES))
    if len(set(others)) < 8:
        return
    for truth, value in zip(others[:8], values[:8], strict=True):
        options = answer.options(Asked(truth, value, noise, others), random.Random(seed), RULES)
        if options is None:
            continue
        assert options.count(truth) == 1
        assert set(options) <= set(others)
        assert options == sorted(options)
        assert all(b - a >= RULES.option_gap * a - 1e-9 for a, b in itertools.pairwise(options))
        assert all(abs(x - value) > noise + 0.05 for x in options if x != truth)


def test_options_do_not_depend_on_what_is_remembered() -> None:
    values = [round(0.4 * 1.2**i, 1) for i in range(18)]
    fresh, kept = (Quantity() for _ in range(2))
    others = tuple(values)
    first = [kept.options(Asked(v, v, 0.0, others), random.Random(7), RULES) for v in values]
    again = [kept.options(Asked(v, v, 0.0, others), random.Random(7), RULES) for v in values]
    listed = [fresh.options(Asked(v, v, 0.0, list(values)), random.Random(7), RULES) for v in values]
    assert first == again == listed
    assert any(first)


@pytest.mark.parametrize("answer", [RELATION, AROUND])
def test_directions_say_then_parse_is_the_identity(answer: Directions) -> None:
    for triple in triples(answer):
        assert answer.parse(answer.say(triple)) == triple
        assert answer.parse(answer.phrase(triple)) == triple


@pytest.mark.parametrize("answer", [RELATION, AROUND])
def test_directions_are_decided_for_all_candidates_at_once(answer: Directions) -> None:
    values = np.array([offsets_of(answer, triple) for triple in triples(answer)])
    assert answer.decide(values, RULES) == answer.strata(values, RULES) == triples(answer)


@pytest.mark.parametrize(
    ("reply", "triple"),
    [
        ("It is to the LEFT, higher and nearer.", ("left", "above", "closer")),
        ("left, , farther", ("left", "", "farther")),
        ("further away", ("", "", "farther")),
        ("**Answer:** left, above", ("left", "above", "")),
        ("You find it to the left side of the right shoe.", ("left", "", "")),
        ("Next to the left shoe, higher than the lamp and to the right.", ("right", "above", "")),
        ("left or right", None),
        ("somewhere", None),
        ("", None),
    ],
)
def test_directions_read_what_models_write(reply: str, triple: Triple | None) -> None:
    assert RELATION.parse(reply) == triple


@pytest.mark.parametrize(
    ("reply", "triple"),
    [
        ("At first it is on the left, in front; after the move it is on the right, behind.", ("right", "", "behind")),
        ("Initially in front. Once there, the observer has it behind.", ("", "", "behind")),
        ("Left at first and then on the right", ("right", "", "")),
        ("Now it is on the left. From there you find it behind.", ("", "", "behind")),
        ("on the left and in front", ("left", "", "front")),
        ("It is on the right after the move", ("right", "", "")),
    ],
)
def test_after_a_move_only_the_new_place_counts(reply: str, triple: Triple) -> None:
    assert Directions(AROUND.slots, after=True).parse(reply) == triple


offsets = st.floats(-3, 3)


@given(st.tuples(offsets, offsets, offsets), st.floats(-0.02, 0.02))
def test_a_direction_is_said_only_outside_the_refused_band(offset: tuple[float, float, float], shake: float) -> None:
    values = np.array([[offset, offset]])
    refused = any(mask[0] for mask in RELATION.refuse(values, RULES).values())
    sizes = np.abs(offset)
    between = ((sizes > 0.08) & (sizes < 0.25)).any()
    assert refused == (between or (sizes <= 0.08).all())
    if not refused:
        assert RELATION.decide(values, RULES) == RELATION.decide(values + shake, RULES)
        assert (RELATION.margin(values, RULES) > 0.08).all()


def test_readings_that_disagree_or_are_missing_are_refused() -> None:
    values = np.array([[[0.5, 0.5, 0.5], [-0.5, 0.5, 0.5]], [[0.5, 0.5, 0.5], [0.5, np.nan, 0.5]]])
    refused = RELATION.refuse(values, RULES)
    assert refused["readings disagree"][0]
    assert refused["no level view"].tolist() == [False, True]
    assert len(RELATION.decide(values, RULES)) == 2


@pytest.mark.parametrize("triple", triples(RELATION))
def test_direction_options_are_a_grid_in_which_every_option_looks_alike(triple: Triple) -> None:
    made = 0
    for seed in range(30):
        asked = Asked(triple, offsets_of(RELATION, triple), 0.0)
        options = RELATION.options(asked, random.Random(seed), RULES)
        if options is None:
            continue
        made += 1
        assert options.count(triple) == 1
        assert len(set(options)) == 4
        assert ("", "", "") not in options
        for option in options:
            differences = sorted(sum(a != b for a, b in zip(option, other, strict=True)) for other in options)
            assert differences == [0, 1, 1, 2]
    assert made > 15


@pytest.mark.parametrize(("offset", "wrong"), [(0.05, "left"), (-0.05, "right")])
def test_a_wrong_word_for_no_clear_difference_is_wrong_by_its_sign_too(offset: float, wrong: str) -> None:
    asked = Asked(("", "above", "closer"), [[offset, 1.0, 1.0]], 0.0)
    first = {o[0] for seed in range(60) for o in RELATION.options(asked, random.Random(seed), RULES) or []}
    assert first == {"", wrong}


def test_notes_tell_how_small_a_difference_is_left_out() -> None:
    said = [("left", "above", "closer"), ("left", "", "closer")]
    assert RELATION.option_note([("left", "above", "closer"), ("right", "above", "closer")], RULES) == ""
    assert "no more than 8 cm" in RELATION.option_note(said, RULES)
    assert "no more than 12 cm" in RELATION.option_note(said, Rules(slot_empty=0.12))
    assert "no more than 8 cm" in RELATION.omission_note(RULES)
    assert Quantity().omission_note(RULES) == Quantity().option_note([1.0], RULES) == ""


def test_directions_earn_by_their_parts() -> None:
    truth = ("left", "above", "closer")
    assert RELATION.score(("left", "above", ""), truth) == 0
    assert RELATION.reward(("left", "above", ""), truth) == pytest.approx(2 / 3)
    assert RELATION.score(truth, truth) == RELATION.reward(truth, truth) == 1


@pytest.mark.parametrize("true", [True, False])
def test_claims_are_true_or_false_as_asked(true: bool) -> None:
    said = Counter[str]()
    for seed in range(100):
        claim = RELATION.claim(Asked(("left", "", "farther"), []), true, random.Random(seed))
        assert claim is not None
        assert claim.true is true
        said[claim.relation] += 1
    expected = {"to the left of", "farther away than"} if true else {"to the right of", "closer than"}
    assert set(said) == expected
    assert RELATION.claim(Asked(("", "", ""), []), true, random.Random(0)) is None
    assert Quantity().claim(Asked(2.0, 2.0), true, random.Random(0)) is None


def test_who_knows_which_word_is_usual_learns_nothing_from_a_claim() -> None:
    rng = random.Random(0)
    others = tuple(rng.choices([("left", "", ""), ("right", "", "")], (4, 1), k=200))
    yes = Counter[tuple[str, bool]]()
    for _ in range(100):
        for answer in others:
            claim = RELATION.claim(Asked(answer, [], others=others), rng.random() < 0.5, rng)
            if claim is not None:
                yes[claim.relation, claim.true] += 1
    for relation in ("to the left of", "to the right of"):
        assert abs(yes[relation, True] / (yes[relation, True] + yes[relation, False]) - 0.5) < 0.03


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


@pytest.mark.parametrize("mark", ["(red box)", "(object0, red box in Frame-12)", "(blue point in the second image)"])
def test_names_are_cut_out_however_they_are_marked(mark: str) -> None:
    left = without_names("You find the left shoe on the right.", f"the left shoe {mark} is on the right")
    assert "left" not in left
    assert "right" in left
