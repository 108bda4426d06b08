"""The candidates of some views: drawn, measured, and refused by rule, each counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.generate._cast import Cast
from spatialkit.generate._stage import VALUE, Candidates, Stage
from spatialkit.search import FELL, draw_tuples
from spatialkit.tasks.base import OBJECTS, Variant

__all__ = ["Batch", "Ledger", "Sure", "draw"]

Array = npt.NDArray[Any]
TUPLES = 4096  # role tuples measured at a time


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


@dataclass(frozen=True)
class Batch:
    """Candidates that no rule refuses as they are; noise may still change what they say.

    ``views`` are those that were drawn from; ``values`` holds the raw values by name, ``said`` the masks (n,) of the
    facts that may be said; ``told`` (n,) numbers what the question itself tells, in words and facts. ``clues``
    (n, k, m) number what is known of each of k options without looking, where all questions have the same options; a
    number means the same for all batches of a task and scene.
    """

    candidates: Candidates
    views: Sequence[tuple[int, ...]]
    values: dict[str, Array]
    said: dict[str, Array]
    strata: list[Any]
    told: Array
    clues: Array

    def sure(self, variant: Variant, cast: Cast, which: Array) -> Sure:
        """Probe candidates for noise."""
        task, rules = variant.task, cast.rules
        answers = {VALUE: task.answer, **task.facts}
        shaken = [name for name, answer in answers.items() if answer.shaken]
        noise = Stage(variant, cast, self.candidates[which]).noise(shaken) if shaken else {}
        holds, margins, spare = {}, {}, {}
        for name, answer in answers.items():
            value = self.values[name][which]
            margins[name] = np.broadcast_to(answer.margin(value, rules), value.shape)
            noise.setdefault(name, np.zeros_like(value, dtype=np.float64))
            with np.errstate(invalid="ignore"):
                there = np.isfinite(value)
                fine = (noise[name] <= margins[name]) | ~there
                left = np.where(there, margins[name] - noise[name], np.inf).reshape(len(which), -1)
            holds[name] = np.asarray(fine.reshape(len(which), -1).all(axis=1))
            spare[name] = left.min(axis=1, initial=np.inf)
        said = {name: holds[name] & self.said[name][which] for name in task.facts}
        every = holds[VALUE].copy()
        for name in variant.needed:
            every &= holds[name]
        return Sure(every, noise[VALUE], np.where(np.isfinite(spare[VALUE]), spare[VALUE], 0.0), said)


@dataclass(frozen=True)
class Sure:
    """What noise leaves: ``sure`` (n,) those it cannot change; noise and margin of their values; facts that hold."""

    sure: Array
    noise: Array
    margin: Array
    said: dict[str, Array]


def draw(
    variant: Variant,
    cast: Cast,
    views: Sequence[tuple[int, ...]],
    generator: np.random.Generator,
    ledger: Ledger,
) -> Batch | None:
    """Draw candidates of some views and refuse those that break a rule; None where none is left."""
    task, rules = variant.task, cast.rules
    candidates = _drawn(variant, cast, np.array(views, dtype=np.int64), generator, ledger)
    if not len(candidates):
        return None
    values = Stage(variant, cast, candidates).measure()
    alive = np.ones(len(candidates), dtype=bool)

    def drop(rule: str, mask: Array) -> None:
        ledger.count(variant.id, rule, int((mask & alive).sum()))
        alive[mask] = False

    with np.errstate(invalid="ignore"):
        for rule, mask in task.answer.refuse(values[VALUE], rules).items():
            drop(rule, mask)
        said = {}
        for name, answer in task.facts.items():
            masks = answer.refuse(values[name], rules)
            said[name] = ~np.any([*masks.values(), np.zeros(len(alive), dtype=bool)], axis=0)
            if name in variant.needed:
                drop(f"{name}: out of range", ~said[name])
    chosen = np.flatnonzero(alive)
    if not len(chosen):
        return None
    generator.shuffle(chosen)
    kept = {name: value[chosen] for name, value in values.items()}
    return Batch(
        candidates[chosen],
        views,
        kept,
        {name: mask[chosen] for name, mask in said.items()},
        task.answer.strata(kept[VALUE], rules),
        _told(variant, cast, candidates[chosen], kept),
        _clues(variant, cast, candidates[chosen]),
    )


def _clues(variant: Variant, cast: Cast, candidates: Candidates) -> Array:
    """Return numbers (n, k, m) for what can be known of each option without looking.

    That is which role it has, its label, how many others stand in the same image and, where it is shown by its box,
    whether that reaches the bottom, and its rank by the lower edge, by size and by how far it lies from the others:
    what lies low or looks large is mostly near.
    """
    answer, roles = variant.task.answer, list(variant.cast)
    options = getattr(answer, "of", ()) if answer.strict else ()
    places = np.broadcast_to(np.arange(len(options)), (len(candidates), len(options)))
    found = [places]
    if options and set(options) <= set(roles):
        columns = [roles.index(name) for name in options]
        items, images = candidates.items[:, columns], candidates.images[:, columns]
        found += [cast.label_of[items], (images[:, :, None] == images[:, None]).sum(axis=2)]
        if answer.boxed:
            rects = cast.rects[candidates.views[candidates.view[:, None], images], items]
            middle = (rects[..., :2] + rects[..., 2:]) / 2
            apart = np.linalg.norm(middle[:, :, None] - middle[:, None], axis=3).sum(axis=2)
            found.append((rects[..., 3] > 999).astype(np.int64))
            for feature in (rects[..., 3], (rects[..., 2:] - rects[..., :2]).prod(axis=2), apart):
                found.append(feature.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable"))
    kinds, most = len(found), max(len(cast.categories), candidates.views.shape[1], len(options)) + 1
    word = np.zeros(len(candidates), dtype=np.int64)  # what is a clue to the nearest is none to the farthest
    for column, role in enumerate(role for role in variant.roles.values() if role.kind == "word"):
        word = word * len(role.words) + candidates.words[:, column]
    return np.asarray((np.stack(found, axis=2) * kinds + np.arange(kinds)) + word[:, None, None] * kinds * most)


def _told(variant: Variant, cast: Cast, candidates: Candidates, values: Mapping[str, Array]) -> Array:
    """Return the number of what a question tells of the answer: its words, and the strata of the facts it gives."""
    columns = list(candidates.words.T)
    for name, answer in variant.task.facts.items():
        if name in variant.task.asked:
            strata = answer.strata(values[name], cast.rules)
            number = {stratum: i for i, stratum in enumerate(dict.fromkeys(strata))}
            columns.append(np.array([number[stratum] for stratum in strata]))
    told = np.zeros(len(candidates), dtype=np.int64)
    for column in columns:
        told = told * (int(column.max(initial=0)) + 1) + column
    return told


def _drawn(variant: Variant, cast: Cast, views: Array, generator: np.random.Generator, ledger: Ledger) -> Candidates:
    roles = variant.cast
    if roles:
        places = [cast.places(role, views, boxed=variant.task.answer.boxed) for role in roles.values()]
        several = variant.views.kind == "multi" and any(role.kind in OBJECTS for role in roles.values())
        watched = variant.task.observed or "camera" in (role.kind for role in variant.roles.values())
        tuples = draw_tuples(
            places,
            cast.parts,
            most=-(-TUPLES // len(views)),
            search=cast.rules.search,
            overlap=cast.rules.mark_overlap,
            several=several and not _pinned(variant),
            observed=watched,
            seed=int(generator.integers(2**63)),
        )
        for rule, count in zip(FELL, tuples.fell, strict=True):
            ledger.count(variant.id, rule, int(count))
        empty = len(views) - len(np.unique(tuples.view))
        ledger.count(variant.id, "view with too few things to ask about", empty)
        view, items, images = tuples.view, tuples.items, tuples.images
    else:
        view = np.arange(len(views))
        items = images = np.empty((len(views), 0), dtype=np.int64)
    words = [len(role.words) for role in variant.roles.values() if role.kind == "word"]
    filled = generator.integers(0, np.array(words, dtype=np.int64), (len(view), len(words)))
    return Candidates(views, view, items, images, filled)


def _pinned(variant: Variant) -> bool:
    """Return whether the images in which things are marked are no choice of ours."""
    return any(role.image is not None for role in variant.cast.values())
