"""Which admitted candidates become questions: answers balanced, labels spread, nothing asked twice."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.generate._candidates import Batch, Ledger, Sure, draw
from spatialkit.generate._cast import Cast
from spatialkit.generate._stage import VALUE
from spatialkit.tasks.base import OBJECTS, Variant

__all__ = ["Fact", "Quota", "facts"]

Array = npt.NDArray[Any]
ROUNDS = 8  # times that views are searched for more
WORTH = 10  # another round is worth while if the last one found one in so many of what is missing
CHUNKS = (4096, 512, 64)  # views measured at a time, by the number of things: fewer things, fewer tuples in a view
ENOUGH = 40  # candidates that make a part of their own
LEAD = 2  # facts about a scene that a clue may lead to the answer of, beyond what chance has
TRIED = 64  # candidates that are looked at for one that keeps clues even
PART = 48  # candidates that stand in one another's place, at least where there are so many


@dataclass(frozen=True, slots=True)
class Fact:
    """One admitted candidate.

    ``facts`` are those that may be said, ``turn`` counts facts about the same before it, ``others`` are the answers of
    all that could have been asked in its place, its own among them; ``fair`` says whether options can be taken from
    these.
    """

    view: tuple[int, ...]
    items: dict[str, int]
    images: dict[str, int]
    words: tuple[int, ...]
    value: Any
    noise: Any
    answer: Any
    margin: float
    facts: dict[str, Any]
    turn: int
    others: tuple[Any, ...]
    fair: bool


@dataclass(slots=True)
class Quota:
    """How many facts are still wanted; whoever can make nothing of one that was yielded adds it again."""

    missing: int


class Chooser:
    """Takes candidates so that nothing but the images tells an answer, and that nothing is asked twice.

    Candidates are parted by the label of one role, the same for all, and by what the question tells. Within a part each
    answer is as frequent as the others, as far as there are candidates, and all are as likely to be asked; the parts
    take turns. So neither tells anything about the answer, and wrong options can be taken from the part.
    """

    def __init__(self, variant: Variant, cast: Cast, quota: Quota, rng: random.Random, ledger: Ledger) -> None:
        self._variant, self._cast, self._quota, self._rng, self._ledger = variant, cast, quota, rng, ledger
        self._roles = list(variant.cast)
        self._labelled = [i for i, role in enumerate(variant.cast.values()) if role.kind in OBJECTS]
        self._label_of = cast.label_of
        self._named: Counter[int] = Counter()
        self._led = np.zeros(0, dtype=np.int64)  # by clue: how much more often it led to the answer than by chance
        self._asked: Counter[Any] = Counter()  # how often by subject
        self._again = len(variant.task.questions) if variant.about_scene else 1  # such facts are few: in other words
        self.found = 0

    def take(self, batch: Batch) -> Iterator[Fact]:
        """Yield facts as long as any are missing."""
        parts = self._parts(batch)
        members = [i for part, _ in parts for i in part]
        if not members:
            return
        result = batch.sure(self._variant, self._cast, np.array(members))
        self._ledger.count(self._variant.id, "noise could change the answer", int((~result.sure).sum()))
        self._ledger.count(self._variant.id, "admitted", int(result.sure.sum()))
        columns = _Columns(self._variant, self._cast, batch, members, result)
        queues, start, held = [], 0, result.sure.tolist()
        for part, fair in parts:
            sure = [k for k in range(start, start + len(part)) if held[k]]
            others = () if self._variant.about_scene else tuple([columns.answers[k] for k in sure])
            queues.append([(k, others, fair) for k in sure])
            start += len(part)
        while queues:
            for queue in queues:
                fact = self._next(columns, queue)
                if fact is not None:
                    self.found += 1
                    self._quota.missing -= 1
                    yield fact
                    if not self._quota.missing:
                        return
            queues = [queue for queue in queues if queue]

    def _next(self, columns: _Columns, queue: list[tuple[int, tuple[Any, ...], bool]]) -> Fact | None:
        """Take the next candidate of a part whose subject is new."""
        while queue:
            at, even = self._even(columns, queue)
            k, others, fair = queue.pop(at)
            fair = fair and even
            subject = columns.subject(k)
            if self._asked[subject] < self._again:
                if fair and columns.clues is not None:
                    np.add.at(self._led, columns.clues[k], columns.scores[k])
                self._asked[subject] += 1
                if self._labelled:
                    self._named.update(self._label_of[[columns.items[k][i] for i in self._labelled]].tolist())
                return columns.fact(k, self._roles, self._asked[subject] - 1, others, fair)
        return None

    def _even(self, columns: _Columns, queue: list[tuple[int, tuple[Any, ...], bool]]) -> tuple[int, bool]:
        """Return which of a queue to take so that no clue leads to the answer too often or too seldom, if any."""
        if columns.clues is None:
            return -1, True
        most = int(columns.clues.max(initial=0))
        if most >= len(self._led):
            self._led = np.concatenate([self._led, np.zeros(most + 1 - len(self._led), dtype=np.int64)])
        tried = [k for k, _, _ in queue[-TRIED:]]
        led, limit = self._led[columns.clues[tried]], LEAD * (self._variant.task.answer.option_count - 1)
        even = (np.abs(led + columns.scores[tried]) <= np.maximum(np.abs(led), limit)).all(axis=(1, 2))
        found = np.flatnonzero(even)
        return (int(found[-1]) - len(tried), True) if len(found) else (-1, False)

    def _parts(self, batch: Batch) -> list[tuple[list[int], bool]]:
        """Return the candidates of each part in random order, and whether options can be fair in it.

        No more parts than facts are missing: first those that are fair, then those whose label came up least.
        """
        label = np.zeros(len(batch.candidates), dtype=np.int64)
        if self._labelled:
            column = self._rng.choice(self._labelled)
            label = self._label_of[batch.candidates.items[:, column]]
        groups = self._joined(batch, _grouped(np.stack([label, batch.told])))
        self._rng.shuffle(groups)
        sorted_out = [(not self._fair(batch, group), self._named[int(label[group[0]])], group) for group in groups]
        sorted_out.sort(key=lambda part: part[:2])
        sorted_out = sorted_out[: self._quota.missing]
        size = max(PART, -(-2 * self._quota.missing // len(sorted_out)))
        return [(self._balanced(batch, group.tolist(), size), not unfair) for unfair, _, group in sorted_out]

    def _joined(self, batch: Batch, groups: list[Array]) -> list[Array]:
        """Return the groups with those that are too small joined: where the question tells the same, the most alike."""
        if self._variant.task.answer.strict:
            return groups
        whole: list[Array] = []
        small: list[Array] = []
        for group in groups:
            (whole if len(group) >= ENOUGH and self._fair(batch, group) else small).append(group)
        small.sort(key=lambda group: (batch.told[group[0]], _usual([batch.strata[i] for i in group.tolist()])))
        while small:
            joined = [small.pop()]
            while small and batch.told[small[-1][0]] == batch.told[joined[0][0]] and sum(map(len, joined)) < 2 * ENOUGH:
                joined.append(small.pop())
            whole.append(np.sort(np.concatenate(joined)))
        return whole

    def _fair(self, batch: Batch, group: Array) -> bool:
        """Return whether a part has answers enough for options that are all plausible, or needs none."""
        answer, rules = self._variant.task.answer, self._cast.rules
        if not {"select", "judge"} & set(self._variant.formats) or self._variant.about_scene:
            return True
        if answer.strict:
            return True
        return len(set(answer.decide(batch.values[VALUE][group], rules))) >= answer.variety

    def _balanced(self, batch: Batch, part: Iterable[int], size: int) -> list[int]:
        """Return up to ``size`` candidates in random order: of each stratum as many, while they last."""
        strata: dict[Any, list[int]] = {}
        for i in part:
            strata.setdefault(batch.strata[i], []).append(i)
        turns = zip_longest(*strata.values())
        chosen = list(islice((i for turn in turns for i in turn if i is not None), size))
        self._rng.shuffle(chosen)
        return chosen


def _usual(strata: list[Any]) -> float:
    """Return what sorts groups of strata so that alike ones are neighbours: of those of numbers, their mean."""
    return sum(strata) / len(strata) if isinstance(strata[0], float) else 0.0


def _grouped(keys: Array) -> list[Array]:
    """Return the indices of equal columns of (k, n) whole numbers, in their order."""
    order = np.lexsort(keys)
    new = (np.diff(keys[:, order], axis=1) != 0).any(axis=0)
    return np.split(order, np.flatnonzero(new) + 1)


class _Columns:
    """Candidates of a batch as plain lists, from which facts are made."""

    def __init__(self, variant: Variant, cast: Cast, batch: Batch, members: list[int], result: Sure) -> None:
        task, rules, chosen = variant.task, cast.rules, batch.candidates[np.array(members)]
        values = {name: value[members] for name, value in batch.values.items()}
        self.answers = task.answer.decide(values[VALUE], rules)
        self.items: list[list[int]] = chosen.items.tolist()
        self._views = [batch.views[view] for view in chosen.view.tolist()]
        self._images, self._words = chosen.images.tolist(), chosen.words.tolist()
        self.clues = batch.clues[members] if task.answer.strict else None
        self.scores = np.zeros(0, dtype=np.int64)  # what the answer says for each option's clues: in all nothing
        if self.clues is not None:
            options = self.clues.shape[1]
            right = values[VALUE].argmin(axis=1)[:, None, None] == np.arange(options)[:, None]
            self.scores = np.broadcast_to(np.where(right, options - 1, -1), self.clues.shape)
        self._values, self._noise, self._margin = values[VALUE].tolist(), result.noise.tolist(), result.margin.tolist()
        self._said = {
            name: [x if ok else None for x, ok in zip(a.decide(values[name], rules), result.said[name], strict=True)]
            for name, a in task.facts.items()
        }

    def subject(self, k: int) -> Any:
        """Return what a candidate is about: its things, and for one thing or none also where it is seen from."""
        items = self.items[k]
        return frozenset(items) if len(items) > 1 else (*items, self._views[k])

    def fact(self, k: int, roles: list[str], turn: int, others: tuple[Any, ...], fair: bool) -> Fact:
        """Return a candidate as a fact."""
        return Fact(
            view=self._views[k],
            items={name: item for name, item in zip(roles, self.items[k], strict=True) if item >= 0},
            images={name: image for name, image in zip(roles, self._images[k], strict=True) if image >= 0},
            words=tuple(self._words[k]),
            value=self._values[k],
            noise=self._noise[k],
            answer=self.answers[k],
            margin=self._margin[k],
            facts={name: column[k] for name, column in self._said.items() if column[k] is not None},
            turn=turn,
            others=others,
            fair=fair,
        )


def facts(variant: Variant, cast: Cast, quota: Quota, rng: random.Random, ledger: Ledger) -> Iterator[Fact]:
    """Yield facts as long as any are missing, their answers balanced, spread over the views."""
    per_task = quota.missing
    frames = np.flatnonzero(cast.shown) if variant.views.kind == "video" else cast.distinct
    size = CHUNKS[min(len(variant.cast), 2)]
    drawn = variant.views.draw(
        cast.table.shared, frames, cast.times, cast.rules, rng, shows=cast.markable["box"], roles=len(variant.cast)
    )
    views = list(islice(drawn, max(16 + 2 * per_task, size)))
    kinds = {role.kind for role in variant.roles.values()}
    if "route" in kinds:
        video = views[0] if views else ()
        for rule, count in cast.floor.look_for_walks(frames, video, per_task, rng.getrandbits(64)).items():
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
    chooser = Chooser(variant, cast, quota, rng, ledger)
    generator = np.random.default_rng(rng.getrandbits(64))
    for _ in range(ROUNDS):
        before = chooser.found
        for start in range(0, len(views), size):
            chunk = views[start : start + size]
            batch = draw(variant, cast, chunk, generator, ledger)
            if batch is None:
                continue
            yield from chooser.take(batch)
            if not quota.missing:
                return
        if chooser.found - before <= quota.missing // WORTH:
            break
    if not chooser.found:
        ledger.count(variant.id, "no admissible candidate")
