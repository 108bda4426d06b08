"""Looking for shortcuts: what can be answered without looking at an image.

Every task and format is put to models that see no image: some know the answers to other questions only, some count what
options have in common, some read the question. What these score above chance, a model that is trained on the data can
learn instead of looking.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from statistics import NormalDist
from typing import Any, Literal

import numpy as np

from spatialkit.audit import _blind, _text
from spatialkit.audit._options import STATISTICS, credits_of, statistics
from spatialkit.audit._reading import Item, nameless, read
from spatialkit.errors import ArgumentError
from spatialkit.samples import FORMATS, Sample

__all__ = ["Baseline", "Report", "Row", "audit"]

SURE = 0.95
COMMON = 0.1  # share that one free answer may have
SHOWN = 10  # answers whose shares are told
TRIED = 10_000  # samples of a task and format that are answered blindly, at most

Verdict = Literal["within", "beyond", "too few"]


@dataclass(frozen=True)
class Baseline:
    """A way of answering without an image.

    Parameters
    ----------
    name, does
        What it goes by, and what it does with it.
    score
        Share of right answers, on scenes that it has not learnt from.
    low, high
        Interval of ``score`` that holds for all baselines of the row at once, 19 times of 20.
    """

    name: str
    does: str
    score: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.name}: {self.does}"


@dataclass(frozen=True)
class Row:
    """What was found for one task and format.

    Parameters
    ----------
    task, format, samples, scenes
        What was looked at.
    chance
        What guessing scores: one over the number of options, a half to judge; for free answers one over the number of
        different answers, but a tenth at least (no answer needs to be rarer than that).
    answers
        The most frequent answers with their shares.
    letters, ranks
        To select: how often each letter is right, and how often the right option is first, second, … in the natural
        order of the options (numbers by value, others by alphabet).
    baselines
        Everything that was tried.
    constant
        Numbers: the one that scores best as the answer to all, and its mean relative accuracy.
    told
        Numbers: mean relative accuracy of what is told from the words of the question alone. Reported only: what a
        thing is called may fairly say something of its size.
    verdict
        "beyond": a baseline is surely better than chance by more than the limit. "within": surely none of those tried
        is. "too few": the samples cannot tell.
    hidden
        Percentage points above chance that the baselines tried may have, for all that these samples say.
    order
        Percentage points that the models which read lose when options change places; None where they were not asked.
    clues
        Features that give answers away, the strongest first.
    """

    task: str
    format: str
    samples: int
    scenes: int
    chance: float
    answers: dict[str, float]
    letters: dict[str, float]
    ranks: tuple[float, ...]
    baselines: tuple[Baseline, ...]
    constant: tuple[str, float] | None
    told: float | None
    verdict: Verdict
    hidden: float
    order: float | None
    clues: tuple[str, ...]

    @property
    def best(self) -> Baseline:
        """The baseline that scores best."""
        return max(self.baselines, key=lambda baseline: baseline.score)

    @property
    def above(self) -> tuple[float, float, float]:
        """Percentage points by which the best baseline is above chance: the estimate and its interval."""
        score, low, high = (100 * (x - self.chance) for x in (self.best.score, self.best.low, self.best.high))
        return score, low, high


@dataclass(frozen=True)
class Report:
    """What an audit found, a row for each task and format.

    ``limit`` is in percentage points above chance; ``text`` says whether models read the questions, ``names``
    whether they read what things are called.
    """

    rows: tuple[Row, ...]
    limit: float
    seed: int
    text: bool
    names: bool
    version: int = field(default=1, init=False)

    @property
    def ok(self) -> bool:
        """Whether no row is beyond the limit."""
        return all(row.verdict != "beyond" for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON values."""
        rows = [{**asdict(row), "best": str(row.best), "above_chance": row.above} for row in self.rows]
        return {"version": self.version, "ok": self.ok, "limit": self.limit, "seed": self.seed, "text": self.text,
                "names": self.names, "rows": rows}  # fmt: skip


def audit(
    samples: Iterable[Sample], *, limit: float = 3.0, seed: int = 0, text: bool = True, names: bool = True
) -> Report:
    """Ask what can be answered without looking.

    Parameters
    ----------
    samples
        Of any tasks, formats and scenes; their texts are held in memory.
    limit
        Percentage points by which something blind may be better than chance.
    seed
        Decides which scenes are learnt from and which are held out.
    text
        Let small models read the questions; needs scikit-learn (the extra "audit").
    names
        Let them read what things are called. Without, knowledge of the world is of no use (that pictures hang), and
        what is found is how questions were made. Hidden are the names of marked things, and others that the provenance
        tells as "labels" or "categories".

    Returns
    -------
    Report
        ``report.ok`` is False if a task is surely beyond the limit in a format.

    Raises
    ------
    ArgumentError
        When there are no samples, one has an answer that its format does not allow, ``limit`` is below 0 or not
        finite, or scikit-learn is missing.
    """
    if not 0 <= limit < 100:
        raise ArgumentError("limit", found=limit, expected="percentage points from 0 to 100")
    if text:
        _text.require()
    groups = read(samples)
    if not groups:
        raise ArgumentError("samples", found="none", expected="at least one")
    if not names:
        groups = {key: nameless(items) for key, items in groups.items()}
    order = sorted(groups, key=lambda key: (key[0], FORMATS.index(key[1])))
    rows = tuple(_row(*key, groups[key], limit, seed, text) for key in order)
    return Report(rows, limit, seed, text, names)


def _row(task: str, kind: str, items: list[Item], limit: float, seed: int, text: bool) -> Row:
    rng = random.Random(f"{seed} {task} {kind}")
    tried = items if len(items) <= TRIED else rng.sample(items, TRIED)
    folds = _blind.folds_of(tried, rng)
    learnable = text and len(tried) >= _text.LEAST and folds.any()
    constant = told = None
    scored: list[_blind.Scored] = []
    swapped: list[_blind.Scored] = []
    letters: dict[str, float] = {}
    places: tuple[float, ...] = ()
    clues: tuple[str, ...] = ()
    if not items[0].options:
        distinct = len({item.answer for item in items})
        chance = max(COMMON, 1 / max(2, distinct))
        scored.append(_blind.common_answer(tried, folds))
        constant = _blind.best_constant(tried)
        if learnable and kind == "fill" and constant is not None:
            told = _text.learn_numbers(tried, folds, seed)
    else:
        tables = [statistics(item) for item in tried]
        chance = float(np.mean([1 / len(item.options) for item in tried]))
        scored.append(_blind.prior(tried, folds))
        if kind == "select":
            scored += _blind.ranks(tried, tables, folds)
            letters = _shares(chr(ord("A") + item.truth) for item in items)
            places = _places(tried, tables)
        if learnable:
            first, swapped, choices = _text.learn_choices(tried, tables, folds, seed)
            scored += first + swapped
            clues = tuple(str(clue) for clue in _text.clues(choices))
    names = {scene: i for i, scene in enumerate(sorted({item.scene for item in tried}))}
    scenes = np.array([names[item.scene] for item in tried])
    z = NormalDist().inv_cdf(1 - (1 - SURE) / 2 / len(scored))
    baselines = tuple(
        Baseline(s.name, s.does, float(s.credit.mean()), *_blind.interval(s.credit, scenes, z)) for s in scored
    )
    lost = [_blind.lost(a.credit, b.credit, z) for a, b in zip(scored[-2 * len(swapped) :], swapped, strict=False)]
    beyond = max(b.low - chance for b in baselines) > limit / 100 or any(low > limit / 100 for _, low in lost)
    hidden = max(b.high - chance for b in baselines)
    return Row(
        task=task,
        format=kind,
        samples=len(items),
        scenes=len({item.scene for item in items}),
        chance=chance,
        answers=_shares(item.answer for item in items),
        letters=letters,
        ranks=places,
        baselines=baselines,
        constant=constant,
        told=told,
        verdict="beyond" if beyond else "too few" if hidden > limit / 100 else "within",
        hidden=100 * hidden,
        order=100 * max(mean for mean, _ in lost) if lost else None,
        clues=clues,
    )


def _shares(answers: Iterable[str]) -> dict[str, float]:
    """Return the most frequent answers with their shares."""
    counts = Counter(answers)
    order = sorted(counts, key=lambda answer: (-counts[answer], answer))[:SHOWN]
    return {answer: counts[answer] / counts.total() for answer in order}


def _places(items: Sequence[Item], tables: Sequence[list[list[float]]]) -> tuple[float, ...]:
    """Return how often the right option is the first, second, … in natural order, among as many as most have."""
    usual = Counter(len(item.options) for item in items).most_common(1)[0][0]
    these = [i for i, item in enumerate(items) if len(item.options) == usual]
    order = np.array([tables[i][STATISTICS.index("natural order")] for i in these])
    shares = credits_of(order, np.array([items[i].truth for i in these])).mean(axis=0)
    return tuple(float(share) for share in shares)
