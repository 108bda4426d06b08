"""Which admitted candidates become questions: answers balanced, labels spread, nothing asked twice."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from spatialkit.generate._candidates import Ledger, Pool, pool_of
from spatialkit.generate._cast import Cast
from spatialkit.tasks.base import Variant

__all__ = ["Fact", "facts"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One admitted candidate."""

    view: tuple[int, ...]
    items: dict[str, int]
    images: dict[str, int]
    value: Any
    noise: Any
    margin: float
    facts: dict[str, float]


def facts(variant: Variant, cast: Cast, per_task: int, rng: random.Random, ledger: Ledger) -> Iterator[Fact]:
    """Yield up to ``per_task`` facts, their answers balanced, spread over the views."""
    frames = np.flatnonzero(cast.shown) if variant.views.kind == "video" else cast.distinct
    drawn = variant.views.draw(cast.table.shared, frames, cast.times, cast.rules, rng)
    pools: list[tuple[Pool, list[int]]] = []
    used: Counter[Any] = Counter()
    asked: set[Any] = set()
    made = shown = 0
    for view in itertools.islice(drawn, 16 + 2 * per_task):
        shown += 1
        if made == per_task:
            return
        pool = pool_of(variant, cast, view, rng, ledger)
        if pool is None:
            continue
        order = list(range(len(pool.strata)))
        rng.shuffle(order)
        pools.append((pool, order))
        fact = _next(pool, order, used, asked)
        if fact is not None:
            made += 1
            yield fact
    while pools and made < per_task:
        left = []
        for pool, order in pools:
            fact = _next(pool, order, used, asked) if made < per_task else None
            if fact is not None:
                made += 1
                yield fact
                left.append((pool, order))
        pools = left
    if not shown:
        ledger.count(variant.id, "too few frames, or none that overlap as they should")
    elif not made:
        ledger.count(variant.id, "no admissible candidate")


def _next(pool: Pool, order: list[int], used: Counter[Any], asked: set[Any]) -> Fact | None:
    """Take the candidate whose answer, then whose labels, came up least so far; none about the same objects again."""
    order[:] = [i for i in order if pool.subject(i) not in asked]
    if not order:
        return None
    best = min(order, key=lambda i: (used[pool.strata[i]], sum(used[label] for label in pool.labels[i])))
    used.update([pool.strata[best], *pool.labels[best]])
    asked.add(pool.subject(best))
    return Fact(
        view=pool.view,
        items={r: int(x[best]) for r, x in pool.items.items()},
        images={r: int(x[best]) for r, x in pool.images.items()},
        value=pool.values[best],
        noise=pool.noise[best],
        margin=float(np.min(pool.margin[best] - pool.noise[best])),
        facts={name: float(x[best]) for name, x in pool.facts.items()},
    )
