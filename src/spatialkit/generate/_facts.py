"""Which admitted candidates become questions: answers balanced, labels spread, nothing asked twice."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.generate._candidates import Batch, Ledger, Sure, draw
from spatialkit.generate._cast import Cast
from spatialkit.generate._stage import VALUE
from spatialkit.tasks.base import Variant

__all__ = ["Fact", "facts"]

Array = npt.NDArray[Any]
ROUNDS = 8  # times that views are searched for more
RETRIES = 8  # times that a view replaces candidates that noise could change
CHOICE = 8  # candidates for each fact wanted
LOOKED_AT = 4  # candidates of a stratum among which the one with the least used labels is taken
CHUNK = 64  # views whose candidates are measured at a time
LONE = 4096  # such views at a time where nothing fills a role, so that each view is one candidate


@dataclass(frozen=True, slots=True)
class Fact:
    """One admitted candidate.

    ``facts`` are those that may be said, ``turn`` counts facts about the same before it, ``others`` are the answers
    that the scene has been asked for, this one among them.
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


class Chooser:
    """Takes candidates so that answers come equally often, then labels, and nothing is asked twice."""

    def __init__(self, variant: Variant, cast: Cast, per_task: int, ledger: Ledger) -> None:
        self._variant, self._cast, self._ledger = variant, cast, ledger
        self._roles = list(variant.cast)
        self._answered: Counter[Any] = Counter()  # how often by stratum
        self._labels, self._named = _label_numbers(variant, cast)
        self._asked: Counter[Any] = Counter()  # how often by subject
        self._again = len(variant.task.questions) if variant.about_scene else 1  # such facts are few: in other words
        self._answers: tuple[Any, ...] = ()
        self.missing = per_task

    def take(self, batch: Batch, quota: int) -> Iterator[Fact]:
        """Yield up to ``quota`` facts of each view, as long as any are missing."""
        queue = _Queue(batch, self._labels)
        due = dict.fromkeys(queue.buckets, quota)
        for _ in range(1 + RETRIES):
            found = (i for view, many in due.items() for i in self._pick(queue, view, many))
            picked = list(islice(found, self.missing))
            if not picked:
                return
            result = batch.sure(self._variant, self._cast, np.array(picked))
            self._ledger.count(self._variant.id, "noise could change the answer", int((~result.sure).sum()))
            self._ledger.count(self._variant.id, "admitted", int(result.sure.sum()))
            for fact, i in zip(self._facts(queue, picked, result), picked, strict=True):
                if fact is None:
                    self._answered[batch.strata[i]] -= 1
                    self._asked[queue.subject(i)] -= 1
                    continue
                due[queue.view[i]] -= 1
                self.missing -= 1
                yield fact
            if not self.missing:
                return

    def _pick(self, queue: _Queue, view: int, many: int) -> Iterator[int]:
        bucket, named = queue.buckets[view], self._named
        while many > 0 and bucket:
            stratum = min(bucket, key=self._answered.__getitem__)
            rest = bucket[stratum]
            near = rest[-LOOKED_AT:]
            often = [sum([named[label] for label in queue.labels[i]]) for i in near]
            i = rest.pop(len(rest) - len(near) + often.index(min(often)))
            if not rest:
                del bucket[stratum]
            subject = queue.subject(i)
            if self._asked[subject] >= self._again:
                continue
            self._answered[stratum] += 1
            self._asked[subject] += 1
            for label in queue.labels[i]:
                named[label] += 1
            many -= 1
            yield i

    def _facts(self, queue: _Queue, picked: list[int], result: Sure) -> Iterator[Fact | None]:
        """Yield the facts that are sure, None for the others."""
        task, rules, batch = self._variant.task, self._cast.rules, queue.batch
        chosen = batch.candidates[np.array(picked)]
        values = {name: value[picked] for name, value in batch.values.items()}
        answers = task.answer.decide(values[VALUE], rules)
        self._answers += tuple(answer for answer, sure in zip(answers, result.sure, strict=True) if sure)
        said = {
            name: [x if ok else None for x, ok in zip(a.decide(values[name], rules), result.said[name], strict=True)]
            for name, a in task.facts.items()
        }
        columns = (
            result.sure.tolist(),
            chosen.items.tolist(),
            chosen.images.tolist(),
            chosen.words.tolist(),
            values[VALUE].tolist(),
            result.noise.tolist(),
            result.margin.tolist(),
        )
        for k, (sure, items, images, words, value, noise, margin) in enumerate(zip(*columns, strict=True)):
            if not sure:
                yield None
                continue
            i = picked[k]
            yield Fact(
                view=batch.views[queue.view[i]],
                items={name: item for name, item in zip(self._roles, items, strict=True) if item >= 0},
                images={name: image for name, image in zip(self._roles, images, strict=True) if image >= 0},
                words=tuple(words),
                value=value,
                noise=noise,
                answer=answers[k],
                margin=margin,
                facts={name: column[k] for name, column in said.items() if column[k] is not None},
                turn=self._asked[queue.subject(i)] - 1,
                others=self._answers,
            )


class _Queue:
    """A batch in the order in which its candidates are tried: by view, then by stratum."""

    def __init__(self, batch: Batch, labels: Array) -> None:
        self.batch = batch
        self.view: list[int] = batch.candidates.view.tolist()
        self.labels: list[list[int]] = labels[np.arange(labels.shape[0]), batch.candidates.items].tolist()
        self.buckets: dict[int, dict[Any, list[int]]] = {view: {} for view in sorted(set(self.view))}
        self._items = batch.candidates.items.tolist()
        for i, (view, stratum) in enumerate(zip(self.view, batch.strata, strict=True)):
            self.buckets[view].setdefault(stratum, []).append(i)

    def subject(self, i: int) -> Any:
        """Return what a candidate is about: its things, and for one thing or none also where it is seen from."""
        items = self._items[i]
        return frozenset(items) if len(items) > 1 else (*items, self.batch.views[self.view[i]])


def _label_numbers(variant: Variant, cast: Cast) -> tuple[Array, list[int]]:
    """Return a number for the label of each thing (R, N + 1), by role, and how often each number was named: never.

    The last column, also reached as -1, is for a role left out; it shares its number with roles whose labels are the
    answer and need no balance of their own.
    """
    category = cast.members.argmax(axis=0) if len(cast.labels) else np.empty(0, dtype=np.int64)
    none = len(cast.categories)
    table = np.full((len(variant.cast), max(len(cast.labels), none, len(cast.walks)) + 1), none, dtype=np.int64)
    for row, role in zip(table, variant.cast.values(), strict=True):
        if role.kind not in ("category", "route"):
            row[: len(category)] = category
    return table, [0] * (none + 1)


def facts(variant: Variant, cast: Cast, per_task: int, rng: random.Random, ledger: Ledger) -> Iterator[Fact]:
    """Yield up to ``per_task`` facts, their answers balanced, spread over the views."""
    frames = np.flatnonzero(cast.shown) if variant.views.kind == "video" else cast.distinct
    alone = not variant.cast
    size = LONE if alone else CHUNK
    drawn = variant.views.draw(
        cast.table.shared, frames, cast.times, cast.rules, rng, shows=cast.markable["box"], roles=len(variant.cast)
    )
    views = list(islice(drawn, max(16 + 2 * per_task, LONE if alone else 0)))
    kinds = {role.kind for role in variant.roles.values()}
    if "route" in kinds:
        for rule, count in cast.walk(frames, views[0] if views else (), per_task, rng.getrandbits(64)).items():
            ledger.count(variant.id, rule, count)
        views = list(cast.walks_by_view)
        if not views:
            ledger.count(variant.id, "no admissible candidate")
            return
    if "room" in kinds and cast.floor_area is None:
        ledger.count(variant.id, "no plan of the floor")
        return
    if not views:
        ledger.count(variant.id, "too few frames, or none that overlap as they should")
        return
    chooser = Chooser(variant, cast, per_task, ledger)
    generator = np.random.default_rng(rng.getrandbits(64))
    quota = max(1, -(-per_task // CHUNK)) if len(views) > 1 else per_task
    for _ in range(1 if alone else ROUNDS):
        before = chooser.missing
        for start in range(0, len(views), size):
            chunk = views[start : start + size]
            batch = draw(variant, cast, chunk, CHOICE * quota * len(chunk), generator, ledger)
            if batch is None:
                continue
            yield from chooser.take(batch, quota)
            if not chooser.missing:
                return
        if chooser.missing == before:
            break
    if chooser.missing == per_task:
        ledger.count(variant.id, "no admissible candidate")
