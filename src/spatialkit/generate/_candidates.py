"""The candidates of some views: drawn, measured, and refused by rule, each counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.answers import Answer
from spatialkit.errors import ArgumentError
from spatialkit.generate._cast import Cast
from spatialkit.generate._stage import VALUE, Candidates, Stage
from spatialkit.rules import Rules
from spatialkit.search import FELL, draw_tuples
from spatialkit.tasks.base import OBJECTS, Task, Variant

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
    facts that may be said.
    """

    candidates: Candidates
    views: Sequence[tuple[int, ...]]
    values: dict[str, Array]
    said: dict[str, Array]
    strata: list[Any]

    def __getitem__(self, which: Array) -> Batch:
        return Batch(
            self.candidates[which],
            self.views,
            {name: value[which] for name, value in self.values.items()},
            {name: mask[which] for name, mask in self.said.items()},
            [self.strata[i] for i in which.tolist()],
        )

    def sure(self, variant: Variant, cast: Cast, which: Array) -> Sure:
        """Probe candidates for noise."""
        task, rules = variant.task, cast.rules
        answers = {VALUE: task.answer, **task.facts}
        shaken = [name for name, answer in answers.items() if answer.shaken]
        noise = Stage(variant, cast, self.candidates[which]).noise(shaken) if shaken else {}
        holds, margins, spare = {}, {}, {}
        for name, answer in answers.items():
            value = self.values[name][which]
            margins[name] = _margin(variant.task, answer, value, rules)
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

    def __getitem__(self, which: Array) -> Sure:
        said = {name: mask[which] for name, mask in self.said.items()}
        return Sure(self.sure[which], self.noise[which], self.margin[which], said)


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
        for rule, mask in _refused(task, task.answer, values[VALUE], rules).items():
            drop(rule, mask)
        said = {}
        for name, answer in task.facts.items():
            masks = _refused(task, answer, values[name], rules)
            said[name] = ~np.any([*masks.values(), np.zeros(len(alive), dtype=bool)], axis=0)
            if name in variant.needed:
                drop(f"{name}: out of range", ~said[name])
    chosen = np.flatnonzero(alive)
    if not len(chosen):
        return None
    generator.shuffle(chosen)
    kept = {name: value[chosen] for name, value in values.items()}
    for name, answer in {VALUE: task.answer, **task.facts}.items():
        _check_answers(task, answer, "decide", answer.decide(kept[name], rules), len(chosen))
    strata = task.answer.strata(kept[VALUE], rules)
    _check_answers(task, task.answer, "strata", strata, len(chosen))
    return Batch(
        candidates[chosen],
        views,
        kept,
        {name: mask[chosen] for name, mask in said.items()},
        strata,
    )


def _refused(task: Task, answer: Answer, values: Array, rules: Rules) -> dict[str, Array]:
    """Return the masks of an answer type; raise where they are none."""
    masks = answer.refuse(values, rules)
    for rule, mask in masks.items():
        array = np.asarray(mask)
        if array.shape != (len(values),) or array.dtype.kind != "b":
            found = f"for the rule {rule!r} shape {array.shape} of {array.dtype}"
            raise ArgumentError(_name(task, answer, "refuse"), found=found, expected=f"shape ({len(values)},) of bool")
    return masks


def _margin(task: Task, answer: Answer, values: Array, rules: Rules) -> Array:
    """Return the margins of an answer type; raise where they are not as many as the values."""
    margin = np.asarray(answer.margin(values, rules))
    if margin.shape != values.shape or margin.dtype.kind not in "if":
        found = f"shape {margin.shape} of {margin.dtype}"
        raise ArgumentError(_name(task, answer, "margin"), found=found, expected=f"numbers, shape {values.shape}")
    return margin


def _check_answers(task: Task, answer: Answer, what: str, found: Any, count: int) -> None:
    """Raise where these are not as many answers as there are candidates."""
    if not isinstance(found, list) or len(found) != count:
        length = f" of {len(found)}" if isinstance(found, Sized) else ""
        expected = f"a list of {count}, one for each candidate"
        raise ArgumentError(_name(task, answer, what), found=f"{type(found).__name__}{length}", expected=expected)


def _name(task: Task, answer: Answer, what: str) -> str:
    return f"{type(task).__name__}: {type(answer).__name__}.{what}"


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
