"""What can be told of answers without looking, and how candidates are parted so that it is of no use.

Who cannot see still knows what a question says: its words and numbers, what its things are called, in which images they
are marked, the boxes among its options. What these say of the answer is learnt from the candidates themselves: a sum of
terms, one for each thing told. Candidates of which it expects the same make a part. Within a part the answers, as
often as each comes, are all that can be known of any of its questions without looking.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.generate._cast import Cast
from spatialkit.generate._stage import VALUE, Candidates
from spatialkit.tasks.base import MARKED, OBJECTS, Variant

__all__ = ["even", "likely", "parts"]

Ints = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]

ALIKE = 32  # candidates in a part, at least, where there are so many
PASSES = 3  # over the terms of a sum
FOLDS = 3  # parts of the candidates: what is expected of one is learnt from the others
DOUBT = 8.0  # candidates that say nothing, by which each term is held back
BINS = 10  # of the side of an image
RANGES = 8  # of numbers, with as many answers in each
FINER, SHIFTS = 2, 8  # ranges of ratios for each of these, and how often they are formed with others' numbers
FULL = 4.0  # logit of the share that is kept where nothing is to be balanced
HELD = 0.1  # by which what cannot be balanced is held back
STEPS, STRIDE = 30, 4.0  # of Newton's method, and how far one may go
CUT = 999  # thousandths: a box that reaches farther down is cut off by the lower edge of its image


def parts(variant: Variant, cast: Cast, candidates: Candidates, values: Mapping[str, F64], label: Ints) -> list[Ints]:
    """Return the indices of candidates in parts: all of one have the same words and one label in common.

    They also have nearly the same numbers in their questions, and nearly the same expected answer. ``values`` are the
    raw values of the candidates by name, ``label`` (n,) the number of the label of one role.
    """
    told, value = _told(variant, cast, candidates, values), values[VALUE]
    given = [values[name] for name in _numbers(variant, values)]
    if value.ndim == 1:  # what else is told is accounted for in another way
        told, given = [], []
    value = value.mean(axis=1) if value.ndim > 2 else value.reshape(len(value), -1)
    found = []
    for group in _by_words(candidates):
        expected = _expected([codes[group] for codes in told], _ranked(value[group]))
        expected = np.column_stack([expected, *(_ranked(number[group, None]) for number in given)])
        for same in _alike(label[group]):
            found += [group[same][part] for part in _parted(expected[same])]
    return found


def even(
    variant: Variant, cast: Cast, candidates: Candidates, values: Mapping[str, F64], rng: np.random.Generator
) -> npt.NDArray[np.bool_]:
    """Return which candidates (n,) may be asked with the options ``Answer.of``, which are the same for all.

    Candidates are left out at random, each as often as needed for every clue to lead to the right option, in all, just
    as often as by chance: what an option is called, say, or how it ranks by the lower edge of its box.
    """
    answer = variant.task.answer
    right = np.array([answer.of.index(x) for x in answer.decide(values[VALUE], cast.rules)], dtype=np.int64)
    clues = _clues(variant, cast, candidates, values)
    kept = np.zeros(len(right), dtype=bool)
    for group in _by_words(candidates):
        says = np.where(right[group, None] == np.arange(len(answer.of)), len(answer.of) - 1.0, -1.0)
        leads = np.zeros((len(group), int(clues.max()) + 1))
        for clue in np.moveaxis(clues[group], 2, 0):
            np.add.at(leads, (np.arange(len(group))[:, None], clue), says)
        kept[group] = rng.random(len(group)) < _balanced(leads[:, leads.any(axis=0)])
    return kept


def likely(
    variant: Variant, cast: Cast, candidates: Candidates, values: Mapping[str, F64], label: Ints
) -> Callable[[int, Any], float]:
    """Return by how much an answer, a number or words, is the likelier one of a candidate for what its question tells.

    That is beside the ``label`` (n,) that its part has in common: other labels, and how answers relate to the numbers
    that are given. Each is taken to speak for itself, and so is each of several words.
    """
    value, related = values[VALUE], []
    columns: list[tuple[F64, Callable[[Any], int]]] = []
    labels = [other for other in _labels(variant, cast, candidates) if not np.array_equal(other, label)]
    if value.ndim == 1:
        edges, within, _ = _ranges(value, RANGES)
        columns.append((_ratios(labels, within, len(edges) + 1), partial(bisect_right, edges.tolist())))
        order = np.argsort(label, kind="stable")
        for name in _numbers(variant, values):
            given = values[name]
            ratios, _, often = _ranges(value / given, FINER * RANGES)
            others = [value[order] / np.roll(given[order], shift) for shift in range(1, SHIFTS + 1)]
            chance = (
                np.bincount(np.searchsorted(ratios, np.concatenate(others), side="right"), minlength=len(often)) + 1
            )
            related.append((given.tolist(), ratios.tolist(), (often / (chance / chance.sum())).tolist()))
    else:
        for place, words in enumerate(zip(*variant.task.answer.decide(value, cast.rules), strict=True)):
            number = {word: i for i, word in enumerate(dict.fromkeys(words))}
            said = np.array([number[word] for word in words], dtype=np.int64)
            code = partial(_code, place, number)
            columns.append((_ratios(labels, said, len(number) + 1), code))

    def odds(row: int, answer: Any) -> float:
        found = 1.0
        for rows, code in columns:
            found *= rows[row, code(answer)]
        for given, ratios, often in related:
            found *= often[bisect_right(ratios, answer / given[row])]
        return found

    return odds


def _code(place: int, number: Mapping[str, int], words: Sequence[str]) -> int:
    return number.get(words[place], len(number))


def _ratios(labels: Sequence[Ints], answer: Ints, count: int) -> F64:
    """Return by how much the labels (n,) of each candidate make each of ``count`` answers more likely (n, count)."""
    share = (np.bincount(answer, minlength=count) + 1) / (len(answer) + count)
    rows, mine = np.ones((len(answer), count)), np.zeros((len(answer), count))
    mine[np.arange(len(answer)), answer] = 1.0  # a candidate says nothing about itself
    for label in labels:
        often = np.zeros((int(label.max(initial=0)) + 1, count))
        np.add.at(often, (label, answer), 1.0)
        total = often.sum(axis=1)[label] - 1
        rows *= (often[label] - mine + DOUBT * share) / (total + DOUBT)[:, None] / share
    return rows


def _ranges(values: F64, count: int) -> tuple[F64, Ints, F64]:
    """Return where ranges of values (n,) meet, in which each is, and the share of each; about as many are in each."""
    edges = np.unique(np.quantile(values, np.arange(1, count) / count))
    within = np.searchsorted(edges, values, side="right")
    often = np.bincount(within, minlength=len(edges) + 1) + 1.0
    return edges, within, often / often.sum()


def _balanced(leads: F64) -> F64:
    """Return weights (n,) from 0 to 1, as large as may be, by which the columns of ``leads`` (n, m) sum to nothing.

    They are those of least relative entropy to a constant share (as in J. Hainmueller, "Entropy balancing for causal
    effects", Political Analysis 20, 2012), by Newton's method on the dual.
    """
    pull = np.zeros(leads.shape[1])
    weight = np.full(len(leads), 1.0)
    for _ in range(STEPS):
        weight = 1 / (1 + np.exp(np.clip(leads @ pull - FULL, -50, 50)))
        excess = weight @ leads - HELD * pull
        bend = (leads * (weight * (1 - weight))[:, None]).T @ leads + HELD * np.eye(len(pull))
        step = np.linalg.solve(bend, excess)
        step *= min(1.0, STRIDE / max(1e-9, np.abs(leads @ step).max(initial=0)))
        pull += step
    return weight


def _told(variant: Variant, cast: Cast, candidates: Candidates, values: Mapping[str, F64]) -> list[Ints]:
    """Return what a question tells besides its words, each as whole numbers (n,)."""
    told = _labels(variant, cast, candidates)
    if candidates.views.shape[1] > 1:
        told += [candidates.images[:, k] + 1 for k, role in enumerate(variant.cast.values()) if role.kind in MARKED]
    numbers = _numbers(variant, values)
    told += [(_ranked(values[name][:, None])[:, 0] * BINS).astype(np.int64) for name in numbers]
    for name in sorted((variant.task.asked & variant.task.facts.keys()) - set(numbers)):
        strata = variant.task.facts[name].strata(values[name], cast.rules)
        number = {stratum: i for i, stratum in enumerate(dict.fromkeys(strata))}
        told.append(np.array([number[stratum] for stratum in strata]))
    return told


def _labels(variant: Variant, cast: Cast, candidates: Candidates) -> list[Ints]:
    """Return the number (n,) of the label of what fills each role, one more than there are for what is left out."""
    labels = []
    for item, role in zip(candidates.items.T, variant.cast.values(), strict=True):
        if role.kind in OBJECTS:
            labels.append(np.where(item >= 0, cast.label_of[item], len(cast.categories)))
        elif role.kind == "category":
            labels.append(item)
    return labels


def _numbers(variant: Variant, values: Mapping[str, F64]) -> list[str]:
    """Return the facts of questions that are plain numbers."""
    return sorted(name for name in variant.task.asked & variant.task.facts.keys() if values[name].ndim == 1)


def _clues(variant: Variant, cast: Cast, candidates: Candidates, values: Mapping[str, F64]) -> Ints:
    """Return numbers (n, k, m) of what is told of each option.

    Of things that is the role, the label, the image and how many others stand in it; of boxes also where they lie, how
    large they are, and how they rank among the options in this: what lies low or looks large is mostly near. Of words
    it is all that the question tells.
    """
    answer, roles = variant.task.answer, list(variant.cast)
    count = len(answer.of)
    told = [np.broadcast_to(np.arange(count), (len(candidates), count))]
    if set(answer.of) <= set(roles):
        columns = [roles.index(name) for name in answer.of]
        items, images = candidates.items[:, columns], candidates.images[:, columns]
        told += [images, (images[:, :, None] == images[:, None]).sum(axis=2)]
        if not answer.boxed:
            told.append(cast.label_of[items])
        else:
            rects = cast.rects[candidates.views[candidates.view[:, None], images], items]
            sides, middle = rects[..., 2:] - rects[..., :2], (rects[..., :2] + rects[..., 2:]) / 2
            apart = np.linalg.norm(middle[:, :, None] - middle[:, None], axis=3).sum(axis=2)
            told.append((rects[..., 3] * BINS / 1000).astype(np.int64) + (rects[..., 3] > CUT))
            told += [_rank(x) for x in (*np.moveaxis(rects, 2, 0), sides[..., 0], sides[..., 1])]
            told += [_rank(sides.prod(axis=2)), _rank(apart)]
    else:
        told += [codes[:, None] * count + np.arange(count) for codes in _told(variant, cast, candidates, values)]
    starts = np.cumsum([0, *(int(codes.max(initial=0)) + 1 for codes in told)])
    return np.stack([codes + start for codes, start in zip(told, starts[:-1], strict=True)], axis=2)


def _rank(values: F64) -> Ints:
    """Return the place of each of k values (n, k) among them."""
    return np.asarray(values.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable"))


def _by_words(candidates: Candidates) -> list[Ints]:
    """Return the indices of candidates whose questions have the same words."""
    words = candidates.words
    if not words.shape[1]:
        return [np.arange(len(words))]
    return _alike(np.unique(words, axis=0, return_inverse=True)[1])


def _alike(codes: Ints) -> list[Ints]:
    """Return the indices of each code."""
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)


def _ranked(values: F64) -> F64:
    """Return what share of the others each value (n, q) exceeds, equal ones alike: the scale of what is expected."""
    found = np.full(values.shape, 0.5)
    for column, all_of_them in zip(found.T, values.T, strict=True):
        there = np.isfinite(all_of_them)
        order = np.sort(all_of_them[there])
        both = [np.searchsorted(order, all_of_them[there], side) for side in ("left", "right")]
        column[there] = sum(both) / (2 * max(1, len(order)))
    return found


def _expected(told: Sequence[Ints], targets: F64) -> F64:
    """Return what is expected of targets (n, ..., q) by what is told of them, whole numbers (n, ...).

    What is expected of one is learnt from others: a sum fitted to itself would know it by heart.
    """
    found = np.empty_like(targets)
    fold = np.arange(len(targets)) % FOLDS
    sizes = [int(codes.max(initial=0)) + 1 for codes in told]
    for number in range(FOLDS):
        mine, learnt = fold == number, fold != number
        rows = targets[learnt].reshape(-1, targets.shape[-1])
        mean, terms = _fitted([codes[learnt].ravel() for codes in told], sizes, rows)
        found[mine] = mean + sum(term[codes[mine]] for codes, term in zip(told, terms, strict=True))
    return found


def _fitted(told: Sequence[Ints], sizes: Sequence[int], targets: F64) -> tuple[F64, list[F64]]:
    """Return the mean (q,) of targets (n, q) and the terms (size, q) for each thing told.

    Terms are fitted in turn to what the others leave over (Buja, Hastie & Tibshirani, "Linear smoothers and additive
    models", The Annals of Statistics 17, 1989), each held back where few candidates speak for it.
    """
    mean = targets.mean(axis=0) if len(targets) else np.zeros(targets.shape[1])
    rest = targets - mean
    weights = [1 / (np.bincount(codes, minlength=size) + DOUBT) for codes, size in zip(told, sizes, strict=True)]
    terms = [np.zeros((size, targets.shape[1])) for size in sizes]
    for _ in range(PASSES):
        for codes, size, weight, term in zip(told, sizes, weights, terms, strict=True):
            rest += term[codes]
            for column, values in enumerate(rest.T):
                term[:, column] = np.bincount(codes, values, size) * weight
            rest -= term[codes]
    return mean, terms


def _parted(points: F64) -> list[Ints]:
    """Return the indices of points (n, q) in parts of near ones: halved across where they spread most, and again.

    Which end of an axis is called the upper one makes no difference.
    """
    points = np.round(points, 9)
    found, left = [], [np.arange(len(points))]
    while left:
        part = left.pop()
        if len(part) < 2 * ALIKE:
            found.append(part)
            continue
        spread = np.ptp(points[part], axis=0)
        along = points[part, spread.argmax()]
        if not spread.any():
            left += [part[: len(part) // 2], part[len(part) // 2 :]]
            continue
        values, below = np.unique(along, return_counts=True)
        cut = values[np.abs(2 * np.cumsum(below[:-1]) - len(part)).argmin()]
        left += sorted([part[along <= cut], part[along > cut]], key=lambda half: int(half[0]))
    return sorted(found, key=lambda part: int(part[0]))
