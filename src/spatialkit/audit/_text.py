"""Small models that read the questions and options and see no image.

Every option is described by features of its own (parts, size, place among the others) and by pairs of these with
features of the question (words, things by order, numbers). A linear model learns from the differences between right and
wrong options, a small tree from the options one by one; both pick the option that they score highest.
"""

from __future__ import annotations

import itertools
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.audit._blind import Scored, accuracy_within, pick
from spatialkit.audit._options import STATISTICS, numbers_in, parts_of, place_name, size_of
from spatialkit.audit._reading import YES_NO, Item, as_number, nameless, numbers_of, things_in, words_of
from spatialkit.errors import ArgumentError

__all__ = ["LEAST", "Told", "clues", "learn_choices", "learn_numbers", "require"]

Array = npt.NDArray[Any]

LEAST = 40  # samples, below which there is nothing to learn from
RARE, USUAL = 0.01, 0.97  # features in a smaller or larger share of the samples say nothing
FEWEST = 4  # samples that a feature occurs in
MOST = 600  # features of each kind
DENSE = 120  # of these, the ones that the tree sees
PAIRED = 0.3  # weight of a pair beside that of a feature: a pair needs more evidence
NUMBERED = ("natural order", "distance from the question's number")


def require() -> None:
    """Refuse to go on without scikit-learn.

    Raises
    ------
    ArgumentError
        Naming the extra that brings it.
    """
    try:
        import sklearn  # noqa: F401
    except ImportError:
        expected = "scikit-learn (pip install 'spatialkit[audit]'), or text=False (--no-text) for the rest of the audit"
        raise ArgumentError("text", found="no scikit-learn", expected=expected) from None


@dataclass(frozen=True, eq=False)
class Table:
    """Sparse features (rows, columns) with their names."""

    matrix: Any
    names: list[str]


@dataclass(frozen=True, eq=False)
class Choices:
    """The options of all samples, a row each; those of one sample stand together.

    ``own`` and ``question`` are features of an option and of its question, ``crossed`` says which of the first are
    paired with the second; ``places`` holds the letter of each option, ``dense`` what the tree sees besides it.
    """

    group: Array
    true: Array
    own: Table
    crossed: Array
    question: Table
    places: Array
    dense: Array
    scored: Array  # rows that the models score; the others count as zero


@dataclass(frozen=True)
class Told:
    """A feature that gives answers away: among ``count`` samples where it tells options apart, how often it is right.

    ``share`` is how often the right option has it, ``due`` how often it would by chance, in [0, 1].
    """

    feature: str
    share: float
    due: float
    count: int

    def __str__(self) -> str:
        return f"{self.feature}: {100 * self.share:.0f} %, by chance {100 * self.due:.0f} % (of {self.count})"


def learn_choices(
    items: Sequence[Item], tables: Sequence[list[list[float]]], folds: Array, seed: int
) -> tuple[list[Scored], list[Scored], Choices]:
    """Return what the models score, what they score with the options in another order, and the features.

    ``tables`` are the statistics of the items. To judge, there is no other order: then the second list is empty.
    """
    choices = _choices(items, tables)
    first = _learn(choices, folds, seed, "")
    if any(item.names for item in items):
        without = _learn(_choices(nameless(items), tables), folds, seed, "")
        first = [replace(s, name="wording") for s in without if s.name == "words"] + first
    if items[0].options == YES_NO:
        return first, [], choices
    generator = np.random.default_rng(seed)
    shuffled = choices.places.copy()
    for rows in np.split(shuffled, np.flatnonzero(np.diff(choices.group)) + 1):
        generator.shuffle(rows)
    return first, _learn(replace(choices, places=shuffled), folds, seed, ", options in another order"), choices


def _choices(items: Sequence[Item], tables: Sequence[list[list[float]]]) -> Choices:
    group = np.repeat(np.arange(len(items)), [len(item.options) for item in items])
    true = np.array([j == item.truth for item in items for j in range(len(item.options))])
    places = np.array([j for item in items for j in range(len(item.options))])
    judged = items[0].options == YES_NO
    question = _table([_of_question(item, pairs=judged) for item in items])
    if judged:  # what speaks for Yes; No is what remains
        own = _table([["Yes"] if j == 0 else [] for item in items for j in range(2)], usual=1.0)
        dense = _densest(question.matrix)[group]
        return Choices(group, true, own, np.ones(1, dtype=bool), question, places * 0, dense, places == 0)
    of_options = [row for item, table in zip(items, tables, strict=True) for row in _of_options(item, table)]
    own = _table([names for names, _ in of_options])
    crossed = np.array([not name.startswith("its ") or name.startswith(NUMBERED_NAMES) for name in own.names])
    numeric = np.array([numbers for _, numbers in of_options], dtype=np.float32)
    dense = np.hstack([numeric, _densest(own.matrix), _densest(question.matrix)[group]])
    return Choices(group, true, own, crossed, question, places, dense, np.ones(len(group), dtype=bool))


NUMBERED_NAMES = tuple(f"its {name} " for name in NUMBERED)


def _of_question(item: Item, *, pairs: bool) -> set[str]:
    """Return what a question says: its words, the things in it by order, its numbers; if asked, also pairs of words."""
    words = words_of(item.stem)
    things = [f"thing {i} '{name}'" for i, name in enumerate(things_in(item.stem)[:4], 1)]
    found = {f"'{word}'" for word in words} | set(things)
    for i, number in enumerate(numbers_of(item.stem)[:3], 1):
        found.add(f"number {i} from {size_of(number)}")
        values = numbers_in(item.options)
        if values is not None and len(values[0]) == 1:
            found.add(f"number {i} above {sum(value[0] < number for value in values)} of the options")
    if pairs:
        found |= {f"'{a} {b}'" for a, b in itertools.pairwise(words)}
        found |= {f"{thing} and '{word}'" for thing in things for word in set(words)}
    return found


def _of_options(item: Item, statistics_of: list[list[float]]) -> list[tuple[list[str], list[float]]]:
    """Return for each option what it says and where it stands among the others, and the same in numbers."""
    table = np.round(np.array(statistics_of), 9)
    ordered = np.sort(table, axis=1)
    count = len(item.options)
    numbers = numbers_in(item.options)
    rows = []
    for j, option in enumerate(item.options):
        names = [f"part {i} '{part}'" if i else f"'{part}'" for i, part in parts_of(option)]
        if numbers is not None and len(numbers[j]) == 1:
            names = [f"size {size_of(numbers[j][0])}"]
        values = []
        for name, mine, all_of_it in zip(STATISTICS[1:], table[1:, j], ordered[1:], strict=True):
            low, high = int(np.searchsorted(all_of_it, mine)), int(np.searchsorted(all_of_it, mine, "right"))
            if high - low < count:
                names += [f"its {name} is {place_name(place, count)}" for place in range(low, high)]
            values += [low + high - 1.0, float(np.clip(mine, -1e6, 1e6))]
        rows.append((names, values))
    return rows


def _table(rows: Sequence[Iterable[str]], usual: float = USUAL) -> Table:
    """Return features that are neither rare nor in almost every row."""
    from scipy import sparse

    counts = Counter(name for row in rows for name in set(row))
    least, most = max(FEWEST, RARE / 2 * len(rows)), usual * len(rows)
    kept = sorted((name for name, n in counts.items() if least <= n <= most), key=lambda n: (-counts[n], n))[:MOST]
    column = {name: i for i, name in enumerate(kept)}
    indices = [sorted({column[name] for name in row if name in column}) for row in rows]
    ends = np.cumsum([0, *map(len, indices)])
    flat = np.array([i for row in indices for i in row], dtype=np.int32)
    shape = (len(rows), len(kept))
    return Table(sparse.csr_matrix((np.ones(len(flat), dtype=np.float32), flat, ends), shape=shape), kept)


def _densest(matrix: Any) -> Array:
    """Return the columns that divide the rows most evenly, as an array."""
    share = np.asarray(matrix.mean(axis=0)).ravel()
    best = np.sort(np.argsort(np.abs(share - 0.5), kind="stable")[:DENSE])
    return np.asarray(matrix[:, best].todense(), dtype=np.float32)


def _paired(left: Any, right: Any) -> tuple[Any, Array]:
    """Return the products of each column of one matrix with each of another, and which pair each kept column is."""
    from scipy import sparse

    in_left, in_right = np.diff(left.indptr), np.diff(right.indptr)
    counts = in_left * in_right
    row = np.repeat(np.arange(left.shape[0]), counts)
    nth = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    i = left.indices[left.indptr[row] + nth // np.maximum(in_right[row], 1)].astype(np.int64)
    j = right.indices[right.indptr[row] + nth % np.maximum(in_right[row], 1)]
    pair = i * right.shape[1] + j
    kinds, column, times = np.unique(pair, return_inverse=True, return_counts=True)
    frequent = times >= FEWEST
    number = np.cumsum(frequent) - 1
    keep = frequent[column]
    shape = (left.shape[0], int(frequent.sum()))
    entries = (np.ones(int(keep.sum()), dtype=np.float32), (row[keep], number[column[keep]]))
    return sparse.csr_matrix(entries, shape=shape), kinds[frequent]


def _learn(choices: Choices, folds: Array, seed: int, how: str) -> list[Scored]:
    """Return what the models score on the folds that they have not learnt from."""
    from scipy import sparse

    group, question = choices.group, choices.question.matrix[choices.group]
    letters = sparse.csr_matrix(np.eye(max(2, choices.places.max() + 1), dtype=np.float32)[choices.places])
    blocks = [choices.own.matrix, PAIRED * _paired(choices.own.matrix[:, choices.crossed], question)[0]]
    dense = choices.dense
    if choices.places.any():
        blocks += [letters, PAIRED * _paired(letters, question)[0]]
        dense = np.hstack([choices.places[:, None].astype(np.float32), dense])
    models = [
        ("words", "a linear model", sparse.hstack(blocks, format="csr"), _linear),
        ("words", "a small tree", dense, _tree),
    ]
    if not how and choices.scored.all():
        alone = [i for i, name in enumerate(choices.own.names) if "question" not in name.partition(" is ")[0]]
        models.insert(0, ("options alone", "a linear model", choices.own.matrix[:, alone], _linear))
    scored = []
    for name, does, features, model in models:
        scores = np.zeros(len(group))
        for fold in np.unique(folds):
            held = folds[group] == fold
            scores[held] = np.where(choices.scored[held], model(choices, features, ~held, held, seed), 0.0)
        scored.append(Scored(name, does + how, pick(scores, group, choices.true)))
    return scored


def _linear(choices: Choices, features: Any, learn: Array, held: Array, seed: int) -> Array:
    """Learn from differences between the right option and each wrong one; return the scores of the options held out."""
    from sklearn.linear_model import LogisticRegression

    right = np.flatnonzero(choices.true)
    wrong = np.flatnonzero(~choices.true & learn)
    differences = features[right[choices.group[wrong]]] - features[wrong]
    sign = np.where(np.arange(len(wrong)) % 2, 1.0, -1.0)
    model = LogisticRegression(C=0.1, fit_intercept=False, max_iter=100, tol=1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a fit that is not at its end yet is a fit
        model.fit(differences.multiply(sign[:, None]).tocsr(), sign)
    return np.asarray(features[held] @ model.coef_[0])


def _tree(choices: Choices, features: Array, learn: Array, held: Array, seed: int) -> Array:
    """Learn from the options one by one which are right; return the scores of the options held out."""
    from sklearn.tree import DecisionTreeClassifier

    rows = np.flatnonzero(learn & choices.scored)
    classes = choices.true[rows]
    if classes.all() or not classes.any():
        return np.full(int(held.sum()), float(classes.all()))
    model = DecisionTreeClassifier(max_depth=5, min_samples_leaf=max(5, len(rows) // 100), random_state=seed)
    chance = model.fit(features[rows], classes).predict_proba(features[held])[:, 1]
    return np.asarray(chance - 0.5 if not choices.scored.all() else chance)


def clues(choices: Choices, most: int = 4) -> list[Told]:
    """Return the features that give answers away by themselves, and the pairs that do so beyond their features."""
    own, question = choices.own.matrix, choices.question.matrix[choices.group]
    alone = _lift(choices, own)
    lift = np.divide(alone.won - alone.due, alone.varies, out=np.zeros(len(alone.due)), where=alone.varies > 0)
    pairs, kinds = _paired(own, question)
    wide = len(choices.question.names)
    both = _lift(choices, pairs, beyond=lift[kinds // wide] if len(kinds) else lift[:0])
    limit = _rarely(len(lift) + len(kinds))
    names = [
        choices.own.names,
        [choices.own.names[k // wide] + " with " + choices.question.names[k % wide] for k in kinds],
    ]
    found = []
    for table, name in zip((alone, both), names, strict=True):
        for c in np.argsort(-np.abs(table.z), kind="stable")[:most].tolist():
            if abs(table.z[c]) > limit:
                count = int(table.varies[c])
                found.append(Told(name[c], float(table.won[c] / count), float(table.due[c] / count), count))
    return found


@dataclass(frozen=True, eq=False)
class _Lift:
    """Of each feature: samples whose options differ in it, how often the right one has it, how often it should."""

    varies: Array
    won: Array
    due: Array
    z: Array


def _lift(choices: Choices, matrix: Any, beyond: Array | float = 0.0) -> _Lift:
    from scipy import sparse

    samples = len(choices.question.matrix.indptr) - 1
    sizes = np.bincount(choices.group)
    rows = (1 / sizes[choices.group], (choices.group, np.arange(len(choices.group))))
    share = (sparse.csr_matrix(rows, shape=(samples, len(choices.group))) @ matrix).tocsr()
    share.data[share.data > 1 - 1e-6] = 0  # every option has it
    share.eliminate_zeros()
    varies = np.asarray((share > 0).sum(axis=0)).ravel()
    due = np.asarray(share.sum(axis=0)).ravel()
    spread = due - np.asarray(share.multiply(share).sum(axis=0)).ravel()
    won = np.asarray(matrix[np.flatnonzero(choices.true)].multiply(share > 0).sum(axis=0)).ravel()
    more = won - due - beyond * varies
    return _Lift(varies, won, due, np.divide(more, np.sqrt(spread), out=np.zeros(len(due)), where=spread > 1))


def _rarely(count: int) -> float:
    """Return the deviation that none of ``count`` features exceeds by chance, 19 times of 20."""
    from statistics import NormalDist

    return NormalDist().inv_cdf(1 - 0.025 / max(1, count))


def learn_numbers(items: Sequence[Item], folds: Array, seed: int) -> float | None:
    """Return the mean relative accuracy of numbers told from the question alone; the better of a line and a tree."""
    from sklearn.linear_model import Ridge
    from sklearn.tree import DecisionTreeRegressor

    values = [as_number(item.answer) for item in items]
    truth = np.array([np.nan if value is None else value for value in values])
    if not (truth > 0).all():
        return None
    words = _table([_of_question(item, pairs=False) for item in items]).matrix
    told = [numbers_of(item.stem)[:3] for item in items]
    numbers = np.array([[*row, *[0.0] * (3 - len(row))] for row in told], dtype=np.float32)
    dense = np.hstack([numbers, _densest(words)])
    best = 0.0
    for model, features in (
        (Ridge(alpha=10.0), words),
        (DecisionTreeRegressor(max_depth=5, min_samples_leaf=10, random_state=seed), dense),
    ):
        predicted = np.empty(len(items))
        for fold in np.unique(folds):
            held = folds == fold
            predicted[held] = np.exp(model.fit(features[~held], np.log(truth[~held])).predict(features[held]))
        best = max(best, float(accuracy_within(predicted, truth).mean()))
    return best
