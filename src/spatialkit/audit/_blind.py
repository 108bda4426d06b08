"""Blind baselines: what they score on scenes they have not learnt from, and how sure that is."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.audit._options import STATISTICS, credits_of, numbers_in, place_name, size_of
from spatialkit.audit._reading import Item, as_number

__all__ = [
    "Scored",
    "accuracy_within",
    "best_constant",
    "common_answer",
    "folds_of",
    "interval",
    "lost",
    "prior",
    "ranks",
]

Array = npt.NDArray[Any]

FOLDS = 4
CLUSTERS = 10  # scenes from which on their spread can be measured


@dataclass(frozen=True, eq=False)
class Scored:
    """A baseline: its name, what it does, and its credit (n,) in [0, 1] on each sample."""

    name: str
    does: str
    credit: Array


def folds_of(items: Sequence[Item], rng: random.Random) -> Array:
    """Return the fold (n,) of each item: whole scenes, or whole facts where there is but one scene."""
    keys = [item.scene for item in items]
    if len(set(keys)) < 2:
        keys = [item.fact for item in items]
    sizes = Counter(keys)
    order = sorted(sizes)
    rng.shuffle(order)
    held = [0] * min(FOLDS, len(order))
    place = {}
    for key in sorted(order, key=lambda k: -sizes[k]):
        place[key] = held.index(min(held))
        held[place[key]] += sizes[key]
    return np.array([place[key] for key in keys])


def ranks(items: Sequence[Item], tables: Sequence[list[list[float]]], folds: Array) -> list[Scored]:
    """Return a baseline for each statistic of options: it picks the place in their order that holds the truth most.

    ``tables`` are the statistics of the items.
    """
    truth = np.array([item.truth for item in items])
    count = np.array([len(item.options) for item in items])
    found = []
    for index, name in enumerate(STATISTICS):
        credit, does, apart = np.empty(len(items)), Counter[str](), False
        for k in sorted(set(count.tolist())):
            these = np.flatnonzero(count == k).tolist()
            each = credits_of(np.array([tables[i][index] for i in these]), truth[these])
            apart |= bool((np.abs(each * k - 1) > 1e-9).any())
            credit[these] = _held_out(each, folds[these])
            best = int(np.argmax(each.mean(axis=0)))
            does[f"always {chr(ord('A') + best)}" if name == "letter" else place_name(best, k)] += len(these)
        if apart:
            found.append(Scored(name, does.most_common(1)[0][0], credit))
    return found


def _held_out(each: Array, folds: Array) -> Array:
    """Return the credit of the column that is best on the other folds."""
    credit = np.empty(len(each))
    for fold in np.unique(folds):
        mine = folds == fold
        learnt = each[~mine] if not mine.all() else each
        credit[mine] = each[mine, int(np.argmax(learnt.mean(axis=0)))]
    return credit


def prior(items: Sequence[Item], folds: Array) -> Scored:
    """Return the baseline that picks the option which, where it is offered, is right most often."""
    keys: dict[str, int] = {}
    rows, groups, right = [], [], []
    for i, item in enumerate(items):
        numbers = numbers_in(item.options)
        for j, option in enumerate(item.options):
            single = numbers is not None and len(numbers[0]) == 1
            key = size_of(numbers[j][0]) if numbers is not None and single else option.strip().lower()
            rows.append(keys.setdefault(key, len(keys)))
            groups.append(i)
            right.append(j == item.truth)
    key_of, group, true = np.array(rows), np.array(groups), np.array(right)
    chance = 1 / np.bincount(group)[group]
    scores = np.empty(len(rows))
    for fold in np.unique(folds):
        mine = folds[group] == fold
        learn = ~mine if not mine.all() else mine
        won = np.bincount(key_of[learn], true[learn], len(keys))
        due = np.bincount(key_of[learn], chance[learn], len(keys))
        scores[mine] = ((won + 2) / (due + 2))[key_of[mine]]
    return Scored("answer", "the option that is right most often", pick(scores, group, true))


def pick(scores: Array, group: Array, true: Array) -> Array:
    """Return the credit (n,) for choosing the highest score (rows,) in each group; shared between equal ones."""
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    best = np.maximum.reduceat(scores, starts)
    chosen = scores >= best[group] - 1e-9
    return np.asarray(np.add.reduceat(chosen & true, starts) / np.add.reduceat(chosen.astype(float), starts))


def common_answer(items: Sequence[Item], folds: Array) -> Scored:
    """Return the baseline that always gives the answer which is most frequent elsewhere."""
    credit = np.empty(len(items))
    for fold in np.unique(folds):
        mine = np.flatnonzero(folds == fold).tolist()
        others = np.flatnonzero(folds != fold).tolist() or mine
        counts = Counter(items[i].answer for i in others)
        usual = max(sorted(counts), key=lambda answer: counts[answer])
        credit[mine] = [items[i].answer == usual for i in mine]
    counts = Counter(item.answer for item in items)
    return Scored("answer", f"always {max(sorted(counts), key=lambda answer: counts[answer])!r}", credit)


def accuracy_within(predicted: Array, expected: Array) -> Array:
    """Return the mean relative accuracy of numbers over the thresholds 0.50, 0.55, … 0.95 (Yang et al., 2024)."""
    error = 100 * np.abs(predicted - expected)[..., None]
    allowed = np.abs(expected)[..., None] * (50 - 5 * np.arange(10)) + 1e-9
    return np.asarray((error <= allowed).mean(axis=-1))


def best_constant(items: Sequence[Item]) -> tuple[str, float] | None:
    """Return the number that scores best as the answer to everything, and its score; None where they are no numbers."""
    values = [as_number(item.answer) for item in items]
    numbers = np.array([value for value in values if value is not None])
    if len(numbers) < len(values):
        return None
    unique, counts = np.unique(numbers, return_counts=True)
    candidates = unique if len(unique) <= 200 else np.quantile(numbers, np.linspace(0, 1, 200), method="nearest")
    scores = [float(np.average(accuracy_within(c, unique), weights=counts)) for c in candidates]
    best = int(np.argmax(scores))
    return f"{candidates[best]:g}", scores[best]


def interval(credit: Array, scenes: Array, z: float) -> tuple[float, float]:
    """Return Wilson's interval of the mean of credits (n,), widened where scenes differ more than samples would.

    Parameters
    ----------
    credit
        (n,) in [0, 1].
    scenes
        (n,) number of the scene of each; what one scene has in common counts from ten scenes on.
    z
        Half-width of the interval in standard deviations.
    """
    count, mean = len(credit), float(credit.mean())
    inflated = 1.0
    clusters = len(np.unique(scenes))
    plain = float(((credit - mean) ** 2).sum())
    if CLUSTERS <= clusters < count and plain > 0:
        sums = np.bincount(scenes, credit - mean)
        inflated = max(1.0, float((sums**2).sum()) / plain * clusters / (clusters - 1))
    size = count / inflated
    middle = (mean + z * z / (2 * size)) / (1 + z * z / size)
    half = z / (1 + z * z / size) * math.sqrt(mean * (1 - mean) / size + z * z / (4 * size * size))
    return max(0.0, middle - half), min(1.0, middle + half)


def lost(first: Array, second: Array, z: float) -> tuple[float, float]:
    """Return how much lower the second credits (n,) of the same samples are on average, and the least that is sure."""
    less = first - second
    return float(less.mean()), float(less.mean() - z * less.std() / math.sqrt(len(less)))
