"""What can be told of answers without looking, and what is done about it.

Who cannot see still knows what a question says: its words and numbers, what its things are called, in which images they
are marked, the boxes among its options. None of this may lead to the answer more often than guessing does.

* Questions of a part have the same words and one label in common, so that neither tells one's answer from another's;
  the answers of a part are one another's wrong options.
* What else a question tells makes some options likelier than others: it gets them less often, the likelier the right
  one is among them.
* Where all questions have the same options, some are left out, so that every clue leads to the right one and to the
  others alike.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.generate._cast import Cast
from spatialkit.generate._stage import VALUE, Candidates
from spatialkit.tasks.base import MARKED, OBJECTS, Variant

__all__ = ["ALIKE", "TOGETHER", "even", "information", "likely", "parts"]

Ints = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]

ALIKE = 48  # candidates in a part, at least, where there are so many
DOUBT = 5.0  # candidates like all others, by which what is told is doubted
RANGES = 24  # of numbers, and of their ratios to what is given, with as many answers in each
SHIFTS = 8  # times that ratios are formed with others' numbers
FULL = 4.0  # logit of the share that is kept where nothing is to be balanced
FIRM, HELD = 0.05, 0.1  # by which what cannot be balanced is held back, the second for labels
ROUNDS = 3  # of balancing, between which what came up too often is held down
STEPS, STRIDE = 30, 4.0  # of Newton's method, and how far one may go
SLIGHT = 0.003  # share of the questions by which a clue may lead to the right option
TOGETHER = 1024  # candidates that are balanced with one another
CUT = 999  # thousandths: a box that reaches farther down is cut off by the lower edge of its image


def information(told: Ints, answer: Ints) -> float:
    """Return the mutual information of two codes (n,), in nats: what one tells of the other, and chance does not.

    What few samples seem to tell is taken off (G. A. Miller, "Note on the bias of information estimates", 1955).
    """
    table = np.zeros((int(told.max(initial=0)) + 1, int(answer.max(initial=0)) + 1))
    np.add.at(table, (told, answer), 1.0)
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    expected = rows[:, None] * columns / max(1.0, table.sum())
    there = table > 0
    found = float((table[there] * np.log(table[there] / expected[there])).sum())
    by_chance = (np.count_nonzero(rows) - 1) * (np.count_nonzero(columns) - 1) / 2
    return max(0.0, found - by_chance) / max(1.0, float(table.sum()))


def parts(candidates: Candidates, label: Ints) -> list[Ints]:
    """Return the indices of candidates in parts: all of one have the same words and the same label.

    ``label`` (n,) is the number of the label of one role.
    """
    return [
        group[same][half]
        for group in _by_words(candidates)
        for same in _alike(label[group])
        for half in np.array_split(np.arange(len(same)), max(1, len(same) // ALIKE))
    ]


def even(
    variant: Variant,
    cast: Cast,
    candidates: Candidates,
    values: Mapping[str, F64],
    subject: Ints,
    rng: np.random.Generator,
) -> npt.NDArray[np.bool_]:
    """Return which candidates (n,) may be asked with the options ``Answer.of``, which are the same for all.

    Of each ``subject`` (n,) that is one at most. Candidates are left out at random, each as often as needed for every
    clue to lead to the right option, in all, just as often as by chance: what an option is called, say, or how it ranks
    by the lower edge of its box.
    """
    answer = variant.task.answer
    right = np.array([answer.of.index(x) for x in answer.decide(values[VALUE], cast.rules)], dtype=np.int64)
    clues, held = _clues(variant, cast, candidates, values)
    says = np.where(right[:, None] == np.arange(len(answer.of)), len(answer.of) - 1.0, -1.0)
    leads = np.zeros((len(right), len(held)))
    for clue in np.moveaxis(clues, 2, 0):
        np.add.at(leads, (np.arange(len(right))[:, None], clue), says)
    most, kept = np.ones(len(right)), np.ones(len(right))
    for _ in range(ROUNDS):
        for group in _by_words(candidates):
            some = leads[group].any(axis=0)
            kept[group] = most[group] * _balanced(leads[group][:, some], held[some], most[group])
        too_often = np.maximum(1.0, np.bincount(subject, kept))[subject]
        most /= too_often
    return _one_of_each(subject, kept / too_often, rng)


def _one_of_each(subject: Ints, often: F64, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Return a mask (n,) that has each candidate as ``often`` (n,), and of each subject (n,) no more than one.

    Of each subject, ``often`` comes to no more than 1.
    """
    order = np.argsort(subject, kind="stable")
    up_to = np.cumsum(often[order])
    first = np.flatnonzero(np.diff(subject[order], prepend=-1))
    before = np.repeat(up_to[first] - often[order][first], np.diff(first, append=len(order)))
    drawn = np.repeat(rng.random(len(first)), np.diff(first, append=len(order))) + before
    chosen = np.zeros(len(order), dtype=bool)
    chosen[order] = (up_to - often[order] <= drawn) & (drawn < up_to)
    return chosen


def likely(
    variant: Variant, cast: Cast, candidates: Candidates, values: Mapping[str, F64], label: Ints
) -> Callable[[int, Any], float]:
    """Return by how much an answer, a number or words, is the likelier one of a candidate for what its question tells.

    That is beside the ``label`` (n,) that its part has in common: other labels, the images of marks, and how answers
    relate to the numbers that are given. Each is taken to speak for itself, and so is each of several words.
    """
    answers = variant.task.answer.decide(values[VALUE], cast.rules)
    told = [codes for codes in _told(variant, cast, candidates) if not np.array_equal(codes, label)]
    columns: list[tuple[list[list[float]], Callable[[Any], int]]] = []
    related: list[tuple[list[float], list[float], list[float]]] = []
    if isinstance(answers[0], float):
        numbers = np.array(answers)
        ends, within = _ranges(numbers, RANGES)
        columns.append((_ratios(told, within, len(ends) + 1), partial(bisect_right, ends)))
        order = np.argsort(label, kind="stable")
        for name in _numbers(variant, values):
            given = values[name]
            ends, within = _ranges(numbers / given, RANGES)
            others = [numbers[order] / np.roll(given[order], shift) for shift in range(1, SHIFTS + 1)]
            chance = np.searchsorted(ends, np.concatenate(others), side="right")
            often, expected = (_shares(codes, len(ends) + 1) for codes in (within, chance))
            related.append((given.tolist(), ends, (often / expected).tolist()))
    else:
        for place, words in enumerate(zip(*answers, strict=True)):
            number = {word: i for i, word in enumerate(dict.fromkeys(words))}
            said = np.array([number[word] for word in words], dtype=np.int64)
            columns.append((_ratios(told, said, len(number) + 1), partial(_code, place, number)))

    def odds(row: int, answer: Any) -> float:
        found = 1.0
        for rows, code in columns:
            found *= rows[row][code(answer)]
        for given, ends, ratios in related:
            found *= ratios[bisect_right(ends, answer / given[row])]
        return found

    return odds


def _code(place: int, number: Mapping[str, int], words: Sequence[str]) -> int:
    return number.get(words[place], len(number))


def _ratios(told: Sequence[Ints], answer: Ints, count: int) -> list[list[float]]:
    """Return by how much what is told (n,) of each candidate makes each of ``count`` answers likelier (n, count)."""
    share = _shares(answer, count)
    rows, mine = np.ones((len(answer), count)), np.zeros((len(answer), count))
    mine[np.arange(len(answer)), answer] = 1.0  # a candidate says nothing about itself
    for codes in told:
        often = np.zeros((int(codes.max(initial=0)) + 1, count))
        np.add.at(often, (codes, answer), 1.0)
        total = often.sum(axis=1)[codes] - 1
        rows *= (often[codes] - mine + DOUBT * share) / (total + DOUBT)[:, None] / share
    return list(rows.tolist())


def _ranges(values: F64, count: int) -> tuple[list[float], Ints]:
    """Return where ranges of values (n,) meet, so that about as many are in each, and in which each is."""
    ends = np.unique(np.quantile(values, np.arange(1, count) / count))
    return list(ends.tolist()), np.searchsorted(ends, values, side="right")


def _shares(codes: Ints, count: int) -> F64:
    """Return the share of each code (count,), none of them 0."""
    often = np.bincount(codes, minlength=count) + 1.0
    return np.asarray(often / often.sum())


def _balanced(leads: F64, held: F64, often: F64) -> F64:
    """Return weights (n,) from 0 to 1, as large as may be, by which the columns of ``leads`` (n, m) sum to nothing.

    Rows count as ``often`` (n,). What cannot be balanced without leaving out most is held back, by ``held`` (m,).
    They are those of least relative entropy to a constant share (as in J. Hainmueller, "Entropy balancing for causal
    effects", Political Analysis 20, 2012), by Newton's method on the dual.
    """
    pull = np.zeros(leads.shape[1])
    weight = np.full(len(leads), 1.0)
    for _ in range(STEPS):
        weight = 1 / (1 + np.exp(np.clip(leads @ pull - FULL, -50, 50)))
        excess = (often * weight) @ leads - held * pull
        if np.abs(excess).max(initial=0) < SLIGHT * (often @ weight):
            break
        bend = (leads * (often * weight * (1 - weight))[:, None]).T @ leads + np.diag(held)
        step = np.linalg.solve(bend, excess)
        step *= min(1.0, STRIDE / max(1e-9, np.abs(leads @ step).max(initial=0)))
        pull += step
    return weight


def _told(variant: Variant, cast: Cast, candidates: Candidates) -> list[Ints]:
    """Return what a question tells of each thing, as whole numbers (n,): its label, and the image of its mark.

    And, of all things together, which of them are marked in the same image.
    """
    told, marked = [], []
    for column, role in enumerate(variant.cast.values()):
        item = candidates.items[:, column]
        if role.kind in OBJECTS:
            told.append(np.where(item >= 0, cast.label_of[item], len(cast.categories)))
        elif role.kind == "category":
            told.append(item)
        if role.kind in MARKED and candidates.views.shape[1] > 1:
            told.append(candidates.images[:, column] + 1)
            marked.append(candidates.images[:, column])
    if len(marked) > 1:
        together = [one == other for one, other in combinations(marked, 2)]
        told.append(np.asarray(np.stack(together, axis=1) @ (1 << np.arange(len(together))), dtype=np.int64))
    return told


def _numbers(variant: Variant, values: Mapping[str, F64]) -> list[str]:
    """Return the facts of questions that are plain numbers."""
    return sorted(name for name in variant.task.asked & variant.task.facts.keys() if values[name].ndim == 1)


def _clues(variant: Variant, cast: Cast, candidates: Candidates, values: Mapping[str, F64]) -> tuple[Ints, F64]:
    """Return numbers (n, k, m) of what is told of each option, and how far each number (c,) is held back.

    Of things that is the role, the label, the image and how many others stand in it; of boxes also whether the image
    cuts them off above or below, and how they rank among the options by place, by size, by how far they lie from the
    others, and by how far away all that makes them seem: what lies low or looks large is mostly near. Of words it is
    all that the question tells. A label is held back: what it says of the few things that have it in one scene says
    little of others.
    """
    answer, roles = variant.task.answer, list(variant.cast)
    count = len(answer.of)
    told, labels = [np.broadcast_to(np.arange(count), (len(candidates), count))], set[int]()
    if set(answer.of) <= set(roles):
        columns = [roles.index(name) for name in answer.of]
        items, images = candidates.items[:, columns], candidates.images[:, columns]
        told += [images, (images[:, :, None] == images[:, None]).sum(axis=2)]
        if not answer.boxed:
            labels.add(len(told))
            told.append(cast.label_of[items])
        else:
            rects = cast.rects[candidates.views[candidates.view[:, None], images], items]
            left, top, right, bottom = np.moveaxis(rects, 2, 0)
            middle = (rects[..., :2] + rects[..., 2:]) / 2
            apart = np.linalg.norm(middle[:, :, None] - middle[:, None], axis=3).sum(axis=2)
            told.append((bottom > CUT) + 2 * (top < 1).astype(np.int64))
            before = 1000 * images  # sorted as text, boxes come image by image, from the left
            wide, high = np.log(right - left + 1), np.log(bottom - top + 1)
            seen = np.stack([top, bottom, wide, high, np.abs(left + right - 1000), apart], axis=2)
            told += [_rank(x) for x in (_guessed(seen, np.abs(values[VALUE])), top + bottom, wide + high, apart)]
            told += [_rank(x) for x in (before + left, before - right)]
    else:
        told += [codes[:, None] * count + np.arange(count) for codes in _told(variant, cast, candidates)]
        labels.update(range(1, len(told)))
    sizes = [int(codes.max(initial=0)) + 1 for codes in told]
    starts = np.cumsum([0, *sizes])
    numbers = np.stack([codes + start for codes, start in zip(told, starts[:-1], strict=True)], axis=2)
    return numbers, np.repeat([HELD if k in labels else FIRM for k in range(len(told))], sizes)


def _guessed(seen: F64, values: F64) -> F64:
    """Return the values (n, k) as one would guess them from numbers (n, k, m), their squares and products."""
    numbers = seen.reshape(-1, seen.shape[2])
    numbers = (numbers - numbers.mean(axis=0)) / (numbers.std(axis=0) + 1e-9)
    products = [numbers[:, i] * numbers[:, j] for i in range(numbers.shape[1]) for j in range(i + 1)]
    known = np.column_stack([np.ones(len(numbers)), numbers, *products])
    return np.asarray(known @ np.linalg.lstsq(known, np.log1p(values.ravel()), rcond=None)[0]).reshape(values.shape)


def _rank(values: F64) -> Ints:
    """Return twice the place of each of k values (n, k) among them; equal ones share theirs."""
    others = values[:, None, :]
    return np.asarray((others < values[:, :, None]).sum(axis=2) + (others <= values[:, :, None]).sum(axis=2))


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
