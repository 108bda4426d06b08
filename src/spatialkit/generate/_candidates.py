"""Who fills the roles in one view: all tuples, those that fall and why, those that are admitted."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.generate._cast import Cast
from spatialkit.generate._stage import Stage
from spatialkit.tasks.base import Role, Variant

__all__ = ["Ledger", "Pool", "pool_of"]

Array = npt.NDArray[Any]
PROBED = 256  # admissible tuples of a view whose doubt is worked out


class Ledger(Counter[tuple[str, str]]):
    """How many candidates of each task fell under which rule; "admitted" counts those that passed all."""

    def count(self, task: str, rule: str, number: int = 1) -> None:
        """Add ``number`` candidates."""
        if number:
            self[task, rule] += int(number)

    def merge(self, other: Mapping[tuple[str, str], int]) -> None:
        """Add the counts of another ledger."""
        self.update(other)

    def rows(self) -> list[tuple[str, str, int]]:
        """Return (task, rule, count), sorted."""
        return [(task, rule, count) for (task, rule), count in sorted(self.items())]


@dataclass(frozen=True, eq=False)
class Pool:
    """Admitted candidates of one view: per role the object and its image, and what was measured."""

    view: tuple[int, ...]
    items: dict[str, Array]
    images: dict[str, Array]
    values: Array
    noise: Array
    margin: Array
    facts: dict[str, Array]
    strata: list[Any]
    labels: list[tuple[str, ...]]

    def subject(self, index: int) -> Any:
        """Return what a candidate is about: its objects, and for a single object also where it is seen from."""
        things = frozenset(int(x[index]) for x in self.items.values())
        return things if len(things) > 1 else (things, self.view)


def pool_of(variant: Variant, cast: Cast, view: tuple[int, ...], rng: random.Random, ledger: Ledger) -> Pool | None:
    """Return the admitted candidates of one view; what fell, and why, goes to the ledger."""
    roles = {name: role for name, role in variant.roles.items() if role.kind != "camera"}
    generator = np.random.default_rng(rng.getrandbits(64))
    tuples = _tuples(roles, cast, view, generator)
    if tuples is None:
        ledger.count(variant.id, "too few objects to mark")
        return None
    items, images = tuples

    def keep(mask: Array) -> None:
        for table in (items, images):
            for name in table:
                table[name] = table[name][mask]

    def drop(rule: str, mask: Array) -> None:
        ledger.count(variant.id, rule, int(mask.sum()))
        keep(~mask)

    drop("one is part of the other", _any_pair(roles, lambda a, b: cast.parts[items[a], items[b]], items))
    drop("marks too close", _marks_collide(roles, cast, view, items, images))
    if variant.views.kind == "multi":
        drop("one image would do", _one_image(variant, images))
    stage = Stage(variant, cast, view, items, images)
    values, facts = stage.measure()
    answer, rules = variant.task.answer, cast.rules
    refused = answer.refuse(values, rules)
    refused |= {f"{name} out of range": ~((f >= rules.least) & (f <= rules.most)) for name, f in facts.items()}
    alive = np.ones(len(values), dtype=bool)
    for rule, mask in refused.items():
        ledger.count(variant.id, rule, int((mask & alive).sum()))
        alive &= ~mask
    chosen = np.flatnonzero(alive)
    if not len(chosen):
        return None
    if len(chosen) > PROBED:
        chosen = np.sort(generator.choice(chosen, PROBED, replace=False))
    keep(chosen)
    values, facts = values[chosen], {name: f[chosen] for name, f in facts.items()}
    margin = answer.margin(values, rules)
    noise = Stage(variant, cast, view, items, images).noise()
    sure = np.all(np.asarray(noise <= margin).reshape(len(values), -1), axis=1)
    ledger.count(variant.id, "noise could change the answer", int((~sure).sum()))
    ledger.count(variant.id, "admitted", int(sure.sum()))
    if not sure.any():
        return None
    keep(sure)
    values = values[sure]
    return Pool(
        view,
        items,
        images,
        values,
        noise[sure],
        margin[sure],
        {name: f[sure] for name, f in facts.items()},
        answer.strata(values, rules),
        list(zip(*(cast.labels[item] for item in items.values()), strict=True)),
    )


def _tuples(
    roles: Mapping[str, Role], cast: Cast, view: tuple[int, ...], generator: np.random.Generator
) -> tuple[dict[str, Array], dict[str, Array]] | None:
    """Return, per role, objects and images of all tuples of distinct objects, or of a random part if there are many."""
    places = {name: np.nonzero(cast.markable[role.kind][list(view)]) for name, role in roles.items()}
    sizes = [len(image) for image, _ in places.values()]
    total = int(np.prod(sizes, dtype=np.float64)) if sizes else 0
    if not total:
        return None
    if total <= cast.rules.search:
        index = np.unravel_index(np.arange(total), sizes)
    else:
        picked = np.stack([generator.integers(0, size, cast.rules.search) for size in sizes])
        index = tuple(np.unique(picked, axis=1))
    images = {name: places[name][0][i] for name, i in zip(roles, index, strict=True)}
    items = {name: places[name][1][i] for name, i in zip(roles, index, strict=True)}
    distinct = ~_any_pair(roles, lambda a, b: items[a] == items[b], items)
    if not distinct.any():
        return None
    return {n: x[distinct] for n, x in items.items()}, {n: x[distinct] for n, x in images.items()}


def _one_image(variant: Variant, images: Mapping[str, Array]) -> Array:
    """Return where everything that the question is about stands in one image, the observer's included if it has one."""
    shown = np.stack(list(images.values()))
    if variant.task.observed or "camera" in (role.kind for role in variant.roles.values()):
        shown = np.vstack([shown, np.zeros_like(shown[:1])])
    return np.asarray((shown == shown[0]).all(axis=0))


def _any_pair(roles: Mapping[str, Role], test: Callable[[str, str], Array], items: Mapping[str, Array]) -> Array:
    """Return where any two roles pass a test."""
    found = np.zeros(len(next(iter(items.values()))), dtype=bool)
    for a, b in itertools.combinations(roles, 2):
        found |= test(a, b)
    return found


def _marks_collide(
    roles: Mapping[str, Role],
    cast: Cast,
    view: tuple[int, ...],
    items: Mapping[str, Array],
    images: Mapping[str, Array],
) -> Array:
    """Return where two marks on the same image could be taken for one another."""
    frames = np.array(view)
    width = np.array([cast.scene.frames[i].camera.width for i in view], dtype=np.float64)
    marks = {name: cast.mark(role.kind, frames[images[name]], items[name]) for name, role in roles.items()}

    def collide(a: str, b: str) -> Array:
        same = images[a] == images[b]
        if roles[a].kind == roles[b].kind == "point":
            apart = np.linalg.norm(marks[a] - marks[b], axis=1)
            return np.asarray(same & (apart < cast.rules.mark_gap * width[images[a]]))
        if roles[a].kind == roles[b].kind == "box":
            return np.asarray(same & _alike(marks[a], marks[b], cast.rules.mark_overlap))
        return np.zeros(len(same), dtype=bool)

    return _any_pair(roles, collide, items)


def _alike(a: Array, b: Array, overlap: float) -> Array:
    """Return where the smaller of two rectangles (n, 4) lies too much in the other to tell which is meant."""
    low, high = np.maximum(a[:, :2], b[:, :2]), np.minimum(a[:, 2:], b[:, 2:])
    both = np.clip(high - low, 0, None).prod(axis=1)
    areas = np.stack([(r[:, 2:] - r[:, :2]).prod(axis=1) for r in (a, b)])
    return np.asarray((both > overlap * areas.min(axis=0)) & (areas.max(axis=0) < 4 * areas.min(axis=0)))
