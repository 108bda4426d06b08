"""Which admitted candidates become questions: answers balanced, labels spread, nothing asked twice."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from spatialkit.answers import Asked
from spatialkit.generate import _blind
from spatialkit.generate._candidates import Batch, Ledger, Sure, draw
from spatialkit.generate._cast import Cast
from spatialkit.generate._stage import VALUE
from spatialkit.samples import Format
from spatialkit.search import turns
from spatialkit.tasks.base import MARKED, OBJECTS, Variant

__all__ = ["Fact", "Quota", "blocks", "facts"]

T = TypeVar("T")

Array = npt.NDArray[Any]
ROUNDS = 8  # times that views are searched for more
WORTH = 10  # another round is worth while if the last one found one in so many of what is missing
CHUNKS = (4096, 512, 64)  # views measured at a time, by the number of things: fewer things, fewer tuples in a view
OF_LABEL = 256  # candidates of one label that are looked at in a batch, at least
SPARE = 2  # candidates that are looked at for each fact that is missing: some are not varied, or fair
MORE = 1.25  # candidates that are probed for noise for each fact that is missing
RANKS_APART = 1  # by how much one rank of the truth among the options may be more frequent than another
SPREAD = 16  # parts that facts are taken from at a time, where so many facts are missing


@dataclass(frozen=True, slots=True)
class Fact:
    """One admitted candidate.

    ``marks`` are the pixels at which things are marked, by role, ``boxes`` the boxes that texts may tell, in
    thousandths; ``facts`` are those that may be said, ``turn`` counts facts about the same before it. ``asked`` is the
    question with all that could be asked in its place, ``options`` are those to choose from and ``fair`` whether there
    may be any, or claims.
    """

    view: tuple[int, ...]
    items: dict[str, int]
    images: dict[str, int]
    marks: dict[str, list[float]]
    boxes: dict[str, list[float]]
    words: tuple[int, ...]
    margin: Any
    facts: dict[str, Any]
    asked: Asked
    turn: int
    options: list[Any] | None
    fair: bool


@dataclass(slots=True)
class Quota:
    """How many facts are still wanted; whoever can make nothing of one that was yielded adds it again."""

    missing: int


class Chooser:
    """Takes candidates so that nothing but the images tells an answer, and that nothing is asked twice.

    Each label is named as often as the others, and with each answer, as far as there are candidates; where all
    questions have the same options, what leads to the right one decides instead. Wrong options and claims come from
    what else could have been asked, as far as one can tell without looking (see ``_blind``).
    """

    def __init__(
        self,
        variant: Variant,
        cast: Cast,
        quota: Quota,
        chosen: Collection[Format],
        rng: random.Random,
        ledger: Ledger,
    ) -> None:
        self._variant, self._cast, self._quota, self._ledger = variant, cast, quota, ledger
        self._rng, self._random = np.random.default_rng(rng.getrandbits(64)), random.Random(rng.getrandbits(64))
        self._ranks = blocks(range(variant.task.answer.option_count), self._random)
        self._selects = "select" in chosen
        self._ranked = Counter[int]()  # how often the truth had which rank among options that are numbers
        self._labelled = [i for i, role in enumerate(variant.cast.values()) if role.kind in OBJECTS]
        self._named = np.zeros(len(cast.categories) + 1, dtype=np.int64)  # how often, by label; the last is for none
        self._asked: Counter[bytes] = Counter()  # how often, by subject
        self._again = len(variant.task.questions) if variant.about_scene else 1  # such facts are few: in other words
        self._views: dict[tuple[int, ...], int] = {}
        self._apart = bool({"select", "judge"} & set(chosen)) and not variant.about_scene
        self._balanced = self._apart and bool(variant.task.answer.of)
        self.found = 0

    def take(self, batch: Batch) -> Iterator[Fact]:
        """Yield facts as long as any are missing."""
        subjects = self._subjects(batch)
        fresh = self._fresh(subjects, once=not self._balanced)  # what is to be balanced needs all of them
        self._ledger.count(self._variant.id, "asked about already", len(subjects) - len(set(fresh.tolist())))
        pool, label = self._spread(batch, fresh)
        if not len(pool):
            return
        batch, subjects = batch[pool], [subjects[i] for i in pool.tolist()]
        parts, fair = self._parts(batch, label)
        while parts and self._quota.missing:
            some: list[Array] = []
            while parts and (
                len(some) < min(SPREAD, self._quota.missing) or sum(map(len, some)) < MORE * self._quota.missing
            ):
                some.append(parts.pop())
            yield from self._of(batch, some, fair, subjects, label)

    def _subjects(self, batch: Batch) -> list[bytes]:
        """Return what each candidate is about: its things, and for one thing or none also where it is seen from."""
        items = batch.candidates.items
        if items.shape[1] > 1:
            keys = np.sort(items, axis=1)
        else:
            number = np.array([self._views.setdefault(view, len(self._views)) for view in batch.views])
            keys = np.column_stack([items, number[batch.candidates.view]])
        keys = np.ascontiguousarray(keys, dtype=np.int64)
        return list(keys.view(f"V{8 * keys.shape[1]}").ravel().tolist())

    def _fresh(self, subjects: Sequence[bytes], *, once: bool) -> Array:
        """Return the candidates whose subjects have not come up as often as they may, each as often as it still may.

        ``once``: of those about the same, the first only.
        """
        fresh, seen = list[int](), set[bytes]()
        for i, subject in enumerate(subjects):
            if subject not in seen:
                fresh += [i] * (self._again - self._asked[subject])
                if once:
                    seen.add(subject)
        return np.array(fresh, dtype=np.int64)

    def _spread(self, batch: Batch, fresh: Array) -> tuple[Array, Array]:
        """Return some of the candidates, of each label as many and of each of its answers, and their labels.

        The label is that of one role, the same for all: one whose label tells much of the answer.
        """
        number: dict[Any, int] = {}
        stratum = np.array([number.setdefault(batch.strata[i], len(number)) for i in fresh.tolist()], dtype=np.int64)
        label = np.full(len(fresh), len(self._named) - 1)
        if self._labelled:
            items = batch.candidates.items[fresh][:, self._labelled]
            labels = np.where(items >= 0, self._cast.label_of[items], label[:, None])
            tells = np.array([_blind.information(column, stratum) for column in labels.T])
            label = labels[:, self._rng.choice(np.flatnonzero(tells >= tells.max() / 2))]
        elif "category" in (role.kind for role in self._variant.cast.values()):
            label = batch.candidates.items[fresh, 0]
        order = np.argsort(turns(label * max(1, len(number)) + stratum), kind="stable")
        most = -(-SPARE * self._quota.missing // max(1, len(np.unique(label))))
        order = order[turns(label[order]) < max(OF_LABEL, most)]
        self._rng.shuffle(order)
        return fresh[order], label[order]

    def _parts(self, batch: Batch, label: Array) -> tuple[list[Array], Array]:
        """Return the parts, those last that are to be taken first, and of which candidates options can be fair.

        Those that are fair come first, and of each label as many. Where a part has too few answers, there are no others
        to be options.
        """
        cast, answer = self._cast, self._variant.task.answer
        fair = np.ones(len(batch.candidates), dtype=bool)
        if not self._apart or self._balanced:
            size = _blind.TOGETHER if self._balanced else _blind.ALIKE
            return np.array_split(np.arange(len(fair)), -(-len(fair) // size)), fair
        parts = _blind.parts(batch.candidates, label)
        for part in parts:
            fair[part] = len(set(answer.decide(batch.values[VALUE][part], cast.rules))) >= answer.variety
        parts = [parts[i] for i in self._rng.permutation(len(parts)).tolist()]
        of = label[[part[0] for part in parts]]
        unfair = np.array([not fair[part].any() for part in parts])
        order = np.lexsort((turns(of), unfair))
        return [parts[i] for i in order[::-1].tolist()], fair

    def _likely(self, batch: Batch, label: Array) -> Callable[[int], Callable[[Any], float] | None]:
        """Return what tells of each candidate how likely it makes an answer, without looking; None: all the same."""
        if not self._apart or not self._variant.task.answer.guessed:
            return lambda row: None
        odds = _blind.likely(self._variant, self._cast, batch.candidates, batch.values, label)
        return lambda row: partial(odds, row)

    def _of(
        self,
        batch: Batch,
        parts: Sequence[Array],
        fair: Array,
        subjects: Sequence[bytes],
        label: Array,
    ) -> Iterator[Fact]:
        """Yield facts of some parts: first those with options, then those whose label came up least."""
        variant, cast, answer = self._variant, self._cast, self._variant.task.answer
        members = np.concatenate(parts)
        result = batch.sure(variant, cast, members)
        self._ledger.count(variant.id, "noise could change the answer", int((~result.sure).sum()))
        self._ledger.count(variant.id, "admitted", int(result.sure.sum()))
        which = np.repeat(np.arange(len(parts)), [len(part) for part in parts])[result.sure]
        members, result = members[result.sure], result[result.sure]
        if not len(members):
            return
        kept = batch[members]  # some noise leaves sure only what some questions have for an answer
        if self._balanced:
            about = np.unique([subjects[i] for i in members.tolist()], return_inverse=True)[1]
            fair[members] = _blind.even(variant, cast, kept.candidates, kept.values, about, self._rng)
        likely = self._likely(kept, label[members])
        values = batch.values[VALUE][members]
        answers = answer.decide(values, cast.rules)
        others: list[tuple[Any, ...]] = [()] * len(parts)
        if self._apart:
            others = [tuple([answers[k] for k in np.flatnonzero(which == i).tolist()]) for i in range(len(parts))]
        columns = zip(answers, values.tolist(), result.noise.tolist(), which.tolist(), strict=True)
        asked = [
            Asked(a, value, noise, others[i], next(self._ranks), likely(row))
            for row, (a, value, noise, i) in enumerate(columns)
        ]
        order = self._rng.permutation(len(members))
        if self._balanced:  # at random, or labels that are rare, and hard to balance, would come first
            order = order[np.argsort(~fair[members[order]], kind="stable")]
            order = order[self._fresh([subjects[i] for i in members[order].tolist()], once=True)]
        else:
            named = label[members[order]]
            order = order[np.lexsort((turns(named) + self._named[named], ~fair[members[order]]))]
        order, options = self._with_options(order, asked, fair[members])
        while self._quota.missing and len(order):
            some, order = order[: self._quota.missing], order[self._quota.missing :]
            for k, fact in zip(some.tolist(), self._facts(batch, members[some], result[some]), strict=True):
                row = int(members[k])
                self.found += 1
                self._quota.missing -= 1
                yield fact(
                    asked=asked[k], turn=self._asked[subjects[row]], options=options.get(k), fair=bool(fair[row])
                )
                self._asked[subjects[row]] += 1
            items = batch.candidates.items[members[some]][:, self._labelled]
            self._named[:-1] += np.bincount(cast.label_of[items[items >= 0]], minlength=len(self._named) - 1)

    def _with_options(self, order: Array, asked: Sequence[Asked], fair: Array) -> tuple[Array, dict[int, list[Any]]]:
        """Return the order with those first that have options, as many as are missing, and these options."""
        first, after, options = list[int](), list[int](), dict[int, list[Any]]()
        for k in order.tolist() if self._selects else ():
            found = None
            if fair[k] and len(first) < self._quota.missing:
                found = self._variant.task.answer.options(asked[k], self._random, self._cast.rules)
            if found is None or not self._varied(asked[k].answer, found):
                after.append(k)
            else:
                first.append(k)
                options[k] = found
        return np.array([*first, *after], dtype=np.int64) if self._selects else order, options

    def _varied(self, answer: Any, options: Sequence[Any]) -> bool:
        """Return whether the truth may have the rank that it has, which then counts: each is as frequent as others.

        What is told of an answer is only estimated; where the estimate errs alike in many questions, it shows here.
        """
        if not isinstance(answer, float):
            return True
        rank = sum(option < answer for option in options)
        if self._ranked[rank] > min(self._ranked[other] for other in range(len(options))) + RANKS_APART:
            return False
        self._ranked[rank] += 1
        return True

    def _facts(self, batch: Batch, rows: Array, result: Sure) -> Iterator[Callable[..., Fact]]:
        """Yield what makes a fact of each of some candidates, but for what is asked."""
        variant, cast, c = self._variant, self._cast, batch.candidates[rows]
        task, rules, roles = variant.task, cast.rules, list(variant.cast)
        marks, boxes = dict[str, list[Any]](), dict[str, list[Any]]()
        for column, (name, role) in enumerate(variant.cast.items()):
            frames, item = c.views[c.view, c.images[:, column]], c.items[:, column]
            if role.kind in MARKED:
                marks[name] = cast.mark(role.kind, frames, item).tolist()
            if name in variant.boxed:
                boxes[name] = cast.rects[frames, item].tolist()
        said = {name: a.decide(batch.values[name][rows], rules) for name, a in task.facts.items()}
        held = {name: mask.tolist() for name, mask in result.said.items()}
        columns = (c.view, c.items, c.images, c.words, result.margin)
        for n, (view, items, images, words, margin) in enumerate(
            zip(*(column.tolist() for column in columns), strict=True)
        ):
            there = {name: item for name, item in zip(roles, items, strict=True) if item >= 0}
            yield partial(
                Fact,
                view=batch.views[view],
                items=there,
                images={name: image for name, image in zip(roles, images, strict=True) if image >= 0},
                marks={name: column[n] for name, column in marks.items() if name in there},
                boxes={name: column[n] for name, column in boxes.items() if name in there},
                words=tuple(words),
                margin=margin,
                facts={name: column[n] for name, column in said.items() if held[name][n]},
            )


def facts(
    variant: Variant, cast: Cast, quota: Quota, chosen: Collection[Format], rng: random.Random, ledger: Ledger
) -> Iterator[Fact]:
    """Yield facts as long as any are missing, their answers balanced, spread over the views.

    ``chosen`` are the formats in which they are to be asked.
    """
    frames = np.flatnonzero(cast.shown) if variant.views.kind == "video" else cast.distinct
    size = CHUNKS[min(len(variant.cast), 2)]
    drawn = variant.views.draw(
        cast.table.shared,
        frames,
        cast.times,
        cast.rules,
        random.Random(rng.getrandbits(64)),
        shows=cast.markable["box"],
        roles=len(variant.cast),
    )
    left = islice(drawn, max(16 + 2 * quota.missing, size))
    views = list(islice(left, size))
    kinds = {role.kind for role in variant.roles.values()}
    if "route" in kinds:
        video = views[0] if views else ()
        for rule, count in cast.floor.look_for_walks(frames, video, quota.missing, rng.getrandbits(64)).items():
            ledger.count(variant.id, rule, count)
        views = list(cast.floor.walks_by_view)
        if not views:
            ledger.count(variant.id, "no admissible candidate")
            return
    if "room" in kinds and cast.floor.area is None:
        ledger.count(variant.id, f"no plan of the floor{cast.floor.fault}")
        return
    if not views:
        ledger.count(variant.id, "too few frames, or none that overlap as they should")
        return
    if "room" in kinds and not cast.floor.every_room_is_entered(views[0]):
        ledger.count(variant.id, "a room that the video does not enter")
        return
    chooser = Chooser(variant, cast, quota, chosen, rng, ledger)
    generator = np.random.default_rng(rng.getrandbits(64))
    for _ in range(ROUNDS):
        before, start = chooser.found, 0
        while start < len(views):
            batch = draw(variant, cast, views[start : start + size], generator, ledger)
            if batch is not None:
                yield from chooser.take(batch)
                if not quota.missing:
                    return
            start += size
            if start >= len(views):
                views += islice(left, size)  # only now: most tasks have enough of the first ones
        if chooser.found - before <= quota.missing // WORTH:
            break
    if not chooser.found:
        ledger.count(variant.id, "no admissible candidate")


def blocks(values: Sequence[T], rng: random.Random) -> Iterator[T]:
    """Yield values in shuffled blocks, so that each comes as often; nothing if there are none."""
    while values:
        yield from sorted(values, key=lambda _: rng.random())
