"""Which admitted candidates become questions: answers balanced, labels spread, nothing asked twice."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from spatialkit.generate._candidates import Batch, Ledger, draw
from spatialkit.generate._cast import Cast
from spatialkit.generate._stage import VALUE
from spatialkit.tasks.base import Variant

__all__ = ["Fact", "facts"]

ROUNDS = 8  # times that views are searched for more
RETRIES = 8  # times that a view replaces candidates that noise could change
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
        self._used: Counter[Any] = Counter()
        self._asked: Counter[Any] = Counter()
        self._again = len(variant.task.questions) if variant.about_scene else 1  # such facts are few: in other words
        self._answers: tuple[Any, ...] = ()
        self.missing = per_task

    def take(self, batch: Batch, quota: int) -> Iterator[Fact]:
        """Yield up to ``quota`` facts of each view, as long as any are missing."""
        buckets = self._buckets(batch)
        due = dict.fromkeys(buckets, quota)
        for _ in range(1 + RETRIES):
            found = (i for view, many in due.items() for i in self._pick(batch, buckets[view], many))
            picked = list(islice(found, self.missing))
            if not picked:
                return
            chosen = np.array(picked)
            result = batch.sure(self._variant, self._cast, chosen)
            self._ledger.count(self._variant.id, "noise could change the answer", int((~result.sure).sum()))
            self._ledger.count(self._variant.id, "admitted", int(result.sure.sum()))
            for fact, i in zip(self._facts(batch, chosen, result), chosen.tolist(), strict=True):
                if fact is None:
                    self._used[batch.strata[i]] -= 1
                    self._asked[self._subject(batch, i)] -= 1
                    continue
                due[int(batch.view[i])] -= 1
                self.missing -= 1
                yield fact
            if not self.missing:
                return

    def _buckets(self, batch: Batch) -> dict[int, dict[Any, list[int]]]:
        """Return candidates by view and stratum."""
        buckets: dict[int, dict[Any, list[int]]] = defaultdict(lambda: defaultdict(list))
        for i, (view, stratum) in enumerate(zip(batch.view.tolist(), batch.strata, strict=True)):
            buckets[view][stratum].append(i)
        return {view: buckets[view] for view in sorted(buckets)}

    def _pick(self, batch: Batch, bucket: dict[Any, list[int]], many: int) -> Iterator[int]:
        while many > 0 and bucket:
            stratum = min(bucket, key=self._used.__getitem__)
            rest = bucket[stratum]
            near = range(max(0, len(rest) - LOOKED_AT), len(rest))
            i = rest.pop(min(near, key=lambda j: self._popularity(batch, rest[j])))
            if not rest:
                del bucket[stratum]
            subject = self._subject(batch, i)
            if self._asked[subject] >= self._again:
                continue
            self._used[stratum] += 1
            self._asked[subject] += 1
            self._used.update(self._labels(batch, i))
            many -= 1
            yield i

    def _popularity(self, batch: Batch, i: int) -> int:
        return sum(self._used[label] for label in self._labels(batch, i))

    def _labels(self, batch: Batch, i: int) -> list[str]:
        labels = self._cast.labels
        return [
            labels[item]
            for name, item in zip(self._roles, batch.candidates.items[i].tolist(), strict=True)
            if item >= 0 and self._variant.cast[name].kind != "category"
        ]

    def _subject(self, batch: Batch, i: int) -> Any:
        """Return what a candidate is about: its things, and for one thing or none also where it is seen from."""
        things = frozenset(batch.candidates.items[i].tolist())
        return things if len(self._roles) > 1 else (things, tuple(batch.candidates.frames[i].tolist()))

    def _facts(self, batch: Batch, chosen: Any, result: Any) -> Iterator[Fact | None]:
        """Yield the facts that are sure, None for the others."""
        task, rules, c = self._variant.task, self._cast.rules, batch.candidates[chosen]
        values = batch.values[VALUE][chosen]
        answers = task.answer.decide(values, rules)
        self._answers += tuple(answer for answer, sure in zip(answers, result.sure, strict=True) if sure)
        columns = (
            c.frames.tolist(),
            c.items.tolist(),
            c.images.tolist(),
            c.words.tolist(),
            values.tolist(),
            result.noise.tolist(),
            answers,
            result.margin.tolist(),
        )
        said = {
            name: [x if ok else None for x, ok in zip(a.decide(batch.values[name][chosen], rules), mask, strict=True)]
            for (name, a), mask in zip(task.facts.items(), (result.said[n].tolist() for n in task.facts), strict=True)
        }
        for k, (view, items, images, words, value, noise, answer, margin) in enumerate(zip(*columns, strict=True)):
            if not result.sure[k]:
                yield None
                continue
            there = [(name, i, j) for name, i, j in zip(self._roles, items, images, strict=True) if i >= 0]
            yield Fact(
                view=tuple(view),
                items={name: i for name, i, _ in there},
                images={name: j for name, _, j in there},
                words=tuple(words),
                value=value,
                noise=noise,
                answer=answer,
                margin=margin,
                facts={name: column[k] for name, column in said.items() if column[k] is not None},
                turn=self._asked[self._subject(batch, int(chosen[k]))] - 1,
                others=self._answers,
            )


def facts(variant: Variant, cast: Cast, per_task: int, rng: random.Random, ledger: Ledger) -> Iterator[Fact]:
    """Yield up to ``per_task`` facts, their answers balanced, spread over the views."""
    frames = np.flatnonzero(cast.shown) if variant.views.kind == "video" else cast.distinct
    alone = not variant.cast
    size = LONE if alone else CHUNK
    drawn = variant.views.draw(cast.table.shared, frames, cast.times, cast.rules, rng)
    views = list(islice(drawn, max(16 + 2 * per_task, LONE if alone else 0)))
    if any(role.kind == "room" for role in variant.roles.values()) and cast.floor_area is None:
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
            batch = draw(variant, cast, chunk, generator, ledger)
            if batch is None:
                continue
            yield from chooser.take(batch, quota)
            if not chooser.missing:
                return
        if chooser.missing == before:
            break
    if chooser.missing == per_task:
        ledger.count(variant.id, "no admissible candidate")
