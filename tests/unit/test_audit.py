"""The audit: planted shortcuts are found and named, fair data pass."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from spatialkit.adapters.folder import write_folder
from spatialkit.audit import Report, Row, audit
from spatialkit.audit._blind import accuracy_within, folds_of, interval
from spatialkit.audit._options import STATISTICS, credits_of, statistics
from spatialkit.audit._reading import Item, as_number, nameless, numbers_of, read
from spatialkit.cli import app
from spatialkit.errors import ArgumentError
from spatialkit.samples import ImageRef, Sample
from tests.unit.test_run import tiny_scene

THINGS = ("chair", "table", "lamp", "rug", "book", "sofa", "shelf", "bowl")
ASKED = ("How far is {a} from {b}?", "What lies between {a} and {b}?", "Tell me the way from {a} to {b}.")
LETTERS = "ABCD"

Made = tuple[str, Sequence[str], int]  # a stem, options, index of the right one


def stem(rng: random.Random) -> str:
    a, b = rng.sample(THINGS, 2)
    return rng.choice(ASKED).format(a=f"the {a} (red point)", b=f"the {b} (blue point)")


def sample(number: int, kind: str, question: str, answer: str, options: Sequence[str] = (), scenes: int = 12) -> Sample:
    lines = [f"{letter}. {option}" for letter, option in zip(LETTERS, options, strict=False)]
    scene = f"s{number % scenes}"
    return Sample(
        id=f"{scene}-some_task-{number:05d}-{kind}",
        task="some_task",
        format=kind,  # type: ignore[arg-type]
        dataset="made",
        scene=scene,
        images=(ImageRef("0", 64, 48),),
        question="\n".join([question, *lines]),
        answer=answer,
        options=tuple(options),
    )


def selected(make: Callable[[random.Random], Made], seed: int = 0, count: int = 600, scenes: int = 12) -> list[Sample]:
    """Samples to select from; options come in random order unless ``make`` says where the right one stands."""
    rng = random.Random(seed)
    samples = []
    for number in range(count):
        question, options, truth = make(rng)
        order = list(range(len(options)))
        rng.shuffle(order)
        said = [options[i] for i in order]
        samples.append(sample(number, "select", question, LETTERS[order.index(truth)], said, scenes))
    return samples


def judged(make: Callable[[random.Random], tuple[str, bool]], seed: int = 0, count: int = 800) -> list[Sample]:
    rng = random.Random(seed)
    made = [make(rng) for _ in range(count)]
    return [sample(i, "judge", question, "Yes" if yes else "No") for i, (question, yes) in enumerate(made)]


def numbers(rng: random.Random) -> list[str]:
    """Four numbers of which none stands out: drawn alike, then put in order."""
    return [f"{x / 10:.1f}" for x in sorted(rng.sample(range(5, 80), 4))]


def fair_numbers(rng: random.Random) -> Made:
    return stem(rng), numbers(rng), rng.randrange(4)


def fair_directions(rng: random.Random) -> Made:
    words = [rng.choice(pair) for pair in (("left", "right"), ("above", "below"), ("closer", "farther"))]
    other = {"left": "right", "right": "left", "above": "below", "below": "above"}
    grid = [", ".join([a, b, words[2]]) for a in (words[0], other[words[0]]) for b in (words[1], other[words[1]])]
    return stem(rng), grid, rng.randrange(4)


def fair_claim(rng: random.Random) -> tuple[str, bool]:
    return f"{stem(rng)} Is it {rng.choice(['closer', 'farther'])}?", rng.random() < 0.5


def only(report: Report) -> Row:
    [row] = report.rows
    return row


def scores(row: Row) -> dict[str, float]:
    best: dict[str, float] = {}
    for baseline in row.baselines:
        best[baseline.name] = max(baseline.score, best.get(baseline.name, 0.0))
    return best


# --- planted shortcuts are found -------------------------------------------------------------------------------------


def test_a_letter_that_is_mostly_right_is_found() -> None:
    rng = random.Random(1)
    samples = []
    for number in range(500):
        options = [*numbers(rng)]
        rng.shuffle(options)
        samples.append(sample(number, "select", stem(rng), "C" if rng.random() < 0.5 else rng.choice(LETTERS), options))
    row = only(audit(samples))
    assert row.verdict == "beyond"
    assert row.letters["C"] == pytest.approx(0.62, abs=0.06)
    assert row.best.name in ("letter", "words")
    assert scores(row)["letter"] == pytest.approx(row.letters["C"], abs=0.01)
    assert row.order is not None
    assert row.order > 20  # with the options in another order nothing is left of it


def test_a_number_that_is_always_the_second_smallest_is_found() -> None:
    row = only(audit(selected(lambda rng: (stem(rng), numbers(rng), 1))))
    assert row.verdict == "beyond"
    assert row.ranks == (0, 1, 0, 0)
    assert row.best.score == 1
    [ordered] = [baseline for baseline in row.baselines if baseline.name == "natural order"]
    assert (ordered.does, ordered.score) == ("number 2 of 4", 1)
    assert row.order == pytest.approx(0, abs=1)
    assert any("natural order is number 2 of 4: 100 %, by chance 25 %" in clue for clue in row.clues)


def test_the_option_from_which_the_others_were_made_is_found() -> None:
    def make(rng: random.Random) -> Made:
        truth = [rng.choice("kmp"), rng.choice("qrs"), rng.choice("uvw")]
        wrong = [[*truth] for _ in range(3)]
        for place, option in enumerate(wrong):
            option[place] = "xyz"[place]
        rows = [truth, *wrong]
        return stem(rng), [", ".join(option) for option in rows], 0

    row = only(audit(selected(make, count=300), text=False))
    assert row.verdict == "beyond"
    assert scores(row)["parts shared with others"] == 1


def test_the_odd_one_out_is_found() -> None:
    def make(rng: random.Random) -> Made:
        a, b, c, d = rng.sample(THINGS, 4)
        return stem(rng), [f"{a}, {b}", f"{c}, {d}", f"{c}, {a}", f"{c}, {b}"], 0

    row = only(audit(selected(make, count=300), text=False))
    assert row.verdict == "beyond"
    assert row.best.name == "parts shared with others"
    assert row.best.does == "the least"


def test_boxes_that_lie_beside_each_other_give_the_far_one_away() -> None:
    def make(rng: random.Random) -> Made:
        x, y = rng.randrange(100, 300), rng.randrange(100, 300)
        near = [(x + rng.randrange(60), y + rng.randrange(60)) for _ in range(3)]
        rows = [(x + rng.choice((-90, 500)), y + rng.choice((-90, 400))), *near]
        return stem(rng), [f"[{u}, {v}, {u + 90}, {v + 70}]" for u, v in rows], 0

    row = only(audit(selected(make, count=300), text=False))
    assert row.best.name in ("gap to its neighbour", "distance from the others")
    assert row.best.score == 1


def test_a_number_near_the_one_in_the_question_is_found() -> None:
    def make(rng: random.Random) -> Made:
        options = numbers(rng)
        truth = rng.randrange(4)
        return (
            f"The depth of the lamp (red point) is {float(options[truth]) + 0.1:.1f} metres. " + stem(rng),
            options,
            truth,
        )

    row = only(audit(selected(make, count=300), text=False))
    assert row.verdict == "beyond"
    assert row.best.name == "distance from the question's number"


def test_options_that_are_seldom_right_are_found() -> None:
    def make(rng: random.Random) -> Made:
        options = rng.sample(THINGS, 4)
        return stem(rng), options, max(range(4), key=lambda i: (options[i] == "lamp", rng.random()))

    row = only(audit(selected(make, count=500)))
    assert row.verdict == "beyond"
    assert any("'lamp': 100 %, by chance 25 %" in clue for clue in row.clues)


def test_a_word_of_the_question_that_gives_the_option_away_is_found() -> None:
    tells = {"Please. ": "left, above", "Kindly. ": "right, below", "": ""}

    def make(rng: random.Random) -> Made:
        question, options, truth = fair_directions(rng)
        word = rng.choice([*tells, ""])
        if word:
            truth = next(i for i, option in enumerate(options) if tells[word] in option)
        return word + question, options, truth

    row = only(audit(selected(make, count=800)))
    assert row.verdict == "beyond"
    assert scores(row)["wording"] == pytest.approx(scores(row)["words"], abs=0.03)
    assert row.best.score > max(score for name, score in scores(row).items() if "word" not in name) + 0.1
    assert any("'please'" in clue for clue in row.clues)


def test_a_word_that_picks_a_place_among_numbers_is_found() -> None:
    def make(rng: random.Random) -> Made:
        low = rng.random() < 0.5
        return (
            f"{stem(rng)} Give the {'plain' if low else 'whole'} number.",
            numbers(rng),
            rng.choice((0, 1) if low else (2, 3)),
        )

    row = only(audit(selected(make)))
    assert row.verdict == "beyond"
    assert row.best.name in ("words", "wording")
    assert row.best.score > 0.4


def test_a_majority_of_yes_is_found() -> None:
    row = only(audit(judged(lambda rng: (stem(rng), rng.random() < 0.7))))
    assert row.verdict == "beyond"
    assert row.chance == 0.5
    assert row.answers["Yes"] == pytest.approx(0.7, abs=0.05)


def test_labels_that_decide_yes_are_found() -> None:
    def make(rng: random.Random) -> tuple[str, bool]:
        question, yes = fair_claim(rng)
        return question, True if "the lamp (red" in question else False if "the rug (red" in question else yes

    samples = judged(make)
    row = only(audit(samples))
    assert row.verdict == "beyond"
    assert row.best.name == "words"
    assert scores(row)["wording"] < 0.55 < scores(row)["words"]
    assert any("lamp" in clue and "Yes" in clue for clue in row.clues)
    assert only(audit(samples, names=False)).verdict == "too few"


def test_names_are_hidden_in_options_and_where_they_carry_no_mark() -> None:
    made = sample(
        0, "select", "Is the Coffee table (ob0, red box in Frame-2) by the lamps or the rug?", "B", ("lamp", "rug")
    )
    changed = {name: getattr(made, name) for name in made.__slots__}
    changed["provenance"] = {"labels": {"b": "rug"}, "categories": {"a": "lamp"}}
    [item] = nameless(read([Sample(**changed)])["some_task", "select"])
    assert item.stem == "Is the thing (ob0, red box in Frame-2) by the thing or the thing?"
    assert item.options == ("thing", "thing")


def test_a_thing_that_decides_with_the_word_that_is_claimed_is_found() -> None:
    def make(rng: random.Random) -> tuple[str, bool]:
        question, yes = fair_claim(rng)
        if "the lamp (red" in question or "the rug (red" in question or "the sofa (red" in question:
            yes = "closer" in question
        return question, yes

    row = only(audit(judged(make, count=1200)))
    assert row.verdict == "beyond"
    assert max(abs(share - 0.5) for share in row.answers.values()) < 0.05


def test_an_answer_that_is_too_common_is_found_in_free_answers() -> None:
    rng = random.Random(2)
    samples = [sample(i, "fill", stem(rng), rng.choice([*THINGS, *["lamp"] * 4])) for i in range(600)]
    row = only(audit(samples))
    assert (row.chance, row.verdict) == (1 / 8, "beyond")
    assert str(row.best) == "answer: always 'lamp'"
    assert next(iter(row.answers)) == "lamp"


# --- fair data pass ---------------------------------------------------------------------------------------------------


def test_fair_data_pass_whatever_the_seed() -> None:
    verdicts = []
    for seed in range(4):
        samples = [
            *selected(fair_numbers, seed, 300),
            *(s for s in judged(fair_claim, seed, 300)),
        ]
        verdicts += [row.verdict for row in audit(samples, seed=seed).rows]
        verdicts += [only(audit(selected(fair_directions, seed, 300), seed=seed)).verdict]
    assert verdicts.count("beyond") == 0
    assert set(verdicts) == {"too few"}


def test_baselines_without_models_rarely_accuse_fair_data() -> None:
    reports = [audit(selected(fair_numbers, seed, 150), limit=0, text=False) for seed in range(40)]
    assert sum(not report.ok for report in reports) <= 3


def test_many_fair_samples_show_that_nothing_is_hidden() -> None:
    row = only(audit(selected(fair_directions, 3, 4000), limit=5, text=False))
    assert row.verdict == "within"
    assert 0 < row.hidden < 5
    few = only(audit(selected(fair_directions, 3, 40), limit=5))
    assert few.verdict == "too few"
    assert few.hidden > 10


def test_numbers_told_by_their_words_are_reported_but_not_judged() -> None:
    rng = random.Random(4)
    sizes = dict(zip(THINGS, np.geomspace(0.3, 9, len(THINGS)), strict=True))
    samples = []
    for i in range(400):
        thing = rng.choice(THINGS)
        samples.append(
            sample(i, "fill", f"How long is the {thing} (red box)?", f"{sizes[thing] * rng.uniform(0.95, 1.05):.2f}")
        )
    row = only(audit(samples))
    assert row.constant is not None
    assert row.told is not None
    assert row.told > 0.7 > 0.3 > row.constant[1]
    assert row.verdict == "within"
    assert only(audit(samples, text=False)).told is None


# --- how it counts ----------------------------------------------------------------------------------------------------


def test_scenes_are_never_split() -> None:
    items = read(selected(fair_numbers, count=200, scenes=7))["some_task", "select"]
    folds = folds_of(items, random.Random(0))
    assert len(set(folds.tolist())) == 4
    assert len({(item.scene, fold) for item, fold in zip(items, folds.tolist(), strict=True)}) == 7


def test_facts_are_not_split_where_there_is_one_scene() -> None:
    items = read(selected(fair_numbers, count=60, scenes=1))["some_task", "select"]
    items = [*items, *items]
    folds = folds_of(items, random.Random(0))
    assert set(folds.tolist()) == {0, 1, 2, 3}
    assert (folds[:60] == folds[60:]).all()


def test_credit_is_shared_between_equal_options() -> None:
    values = np.array([[1.0, 2, 2, 3], [5, 5, 5, 5]])
    credit = credits_of(values, np.array([1, 0]))
    assert credit.tolist() == [[0, 0.5, 0.5, 0], [0.25] * 4]


def test_statistics_of_options() -> None:
    options = ("left, , front", "left, above, front", "right, above, front", "right, , front")
    item = Item("s", "f", "Is the left one above?", options, 1, "")
    table = dict(zip(STATISTICS, statistics(item), strict=True))
    assert table["empty parts"] == [1, 0, 0, 1]
    assert table["parts shared with others"] == [5, 5, 5, 5]
    assert table["words shared with the question"] == [1, 2, 1, 0]
    assert table["gap to its neighbour"] == [0] * 4
    frames = Item("s", "f", "When?", ("Frame-9", "Frame-12", "Frame-30", "Frame-2"), 0, "")
    assert dict(zip(STATISTICS, statistics(frames), strict=True))["natural order"] == [9, 12, 30, 2]


def test_numbers_are_read_and_ordinals_are_not() -> None:
    assert numbers_of("In Frame-12 of image 3 the 3D box (object2) is 1.5 metres from −2.") == [1.5, -2]
    assert [as_number(text) for text in ("2.4", " -3 ", "12 cm", "one", "1 2", "Frame-3")] == [
        2.4,
        -3,
        12,
        None,
        None,
        None,
    ]


def test_mean_relative_accuracy() -> None:
    found = accuracy_within(np.array([1.0, 1.1, 1.26, 2.0, 0.5]), np.ones(5))
    assert found.tolist() == [1, 0.9, 0.5, 0, 0.1]


def test_interval_holds_the_mean_and_widens_where_scenes_differ() -> None:
    rng = np.random.default_rng(0)
    scenes = np.repeat(np.arange(20), 30)
    fair = (rng.random(600) < 0.5).astype(float)
    low, high = interval(fair, scenes, 1.96)
    assert low < fair.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * 0.5 / np.sqrt(600), rel=0.25)
    by_scene = (scenes % 2).astype(float)
    low, high = interval(by_scene, scenes, 1.96)
    assert high - low > 0.35
    assert interval(np.ones(5), np.zeros(5, dtype=int), 1.96)[1] == 1


def test_sentences_are_read_by_the_task() -> None:
    def said(number: int, task: str, answer: str) -> Sample:
        made = sample(number, "sentence", "How far is the lamp (red point) from the 2 chairs (blue point)?", answer)
        return Sample(**{name: getattr(made, name) for name in made.__slots__} | {"task": task})

    samples = [
        said(0, "distance_prediction_oo", "It is 2.5 metres."),
        said(1, "distance_prediction_oo", "About 2.5 m off."),
    ]
    samples += [said(2, "unheard_of", "Half a metre.")]
    rows = audit(samples, text=False).rows
    assert [row.answers for row in rows] == [{"2.5": 1.0}, {"Half a metre.": 1.0}]


def test_the_same_seed_gives_the_same_report_in_any_order_of_tasks() -> None:
    samples = [*selected(fair_numbers, count=120), *judged(fair_claim, count=120)]
    first = audit(samples, seed=3).to_dict()
    assert first == audit(iter(samples), seed=3).to_dict()
    assert first["rows"] == audit([*samples[120:], *samples[:120]], seed=3).to_dict()["rows"]
    assert json.loads(json.dumps(first))["rows"][0]["format"] == "select"


# --- what is refused --------------------------------------------------------------------------------------------------


def test_bad_use_is_refused() -> None:
    with pytest.raises(ArgumentError, match="samples: found none"):
        audit([])
    with pytest.raises(ArgumentError, match="limit"):
        audit(selected(fair_numbers, count=4), limit=float("nan"))
    with pytest.raises(ArgumentError, match="letter of one of its 2 options"):
        audit([sample(0, "select", "Which?", "C", ("one", "two"))])
    with pytest.raises(ArgumentError, match="Yes or No"):
        audit([sample(0, "judge", "Is it?", "Perhaps")])


def test_missing_scikit_learn_is_named_and_the_rest_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    samples = selected(lambda rng: (stem(rng), numbers(rng), 1), count=100)
    with pytest.raises(ArgumentError, match=r"spatialkit\[audit\].*--no-text"):
        audit(samples)
    assert only(audit(samples, text=False)).verdict == "beyond"


@pytest.mark.parametrize("count", [1, 2, 5, 41])
def test_few_samples_are_no_error(count: int) -> None:
    samples = [*selected(fair_numbers, count=count, scenes=1), *judged(fair_claim, count=count)]
    samples += [sample(i, "fill", stem(random.Random(i)), "1.5") for i in range(count)]
    assert {row.samples for row in audit(samples).rows} == {count}


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("rooms")
    write_folder(tiny_scene("a"), root / "a")
    out = tmp_path_factory.mktemp("made") / "questions"
    with pytest.raises(SystemExit) as stop:
        app(["generate", "folder", str(root), "--out", str(out), "--per-task", "2", "--workers", "1"])
    assert not stop.value.code
    return out


def test_command_prints_a_table_and_writes_the_report(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        app(["audit", str(made)], prog_name="spatialkit")
    assert not stop.value.code
    out = capsys.readouterr().out
    assert out.splitlines()[0].split()[:3] == ["task", "format", "samples"]
    assert "distance_prediction_oo" in out
    assert "0 of" in out
    report = json.loads((made / "audit.json").read_text())
    assert report["ok"] is True
    assert {row["format"] for row in report["rows"]} >= {"fill", "select", "sentence"}


def test_command_fails_where_a_task_is_beyond(
    made: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from spatialkit.writers import writers

    samples = selected(lambda rng: (stem(rng), numbers(rng), 1), count=200)
    monkeypatch.setattr(type(writers["spar"]), "read", lambda self, path, each=None: iter(samples))
    with pytest.raises(SystemExit) as stop:
        app(["audit", str(made), "--no-text"], prog_name="spatialkit")
    assert stop.value.code == 1
    out = capsys.readouterr().out
    assert "beyond" in out
    assert "no model has read the questions" in out
    with pytest.raises(SystemExit) as stop:
        app(["audit", str(made), "--limit", "-1"], prog_name="spatialkit")
    assert stop.value.code == 2
