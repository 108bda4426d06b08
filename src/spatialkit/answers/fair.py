"""Options that tell nothing to who knows all answers but cannot see.

The principle: the questions that stand in one another's place, all those of a task in a scene, are parted into groups
without regard to which of them is asked, and each is given the answers of its group as options. Who sees only the
options then cannot tell which of the group's questions is asked, whatever else they know of the answers. Questions that
are left over get no options: those whose answer would give itself away by being the usual one.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, TypeVar

__all__ = ["Chains", "Groups", "Pairs", "Remembered", "chains", "groups", "pairs"]

T = TypeVar("T")
Pairs = list[dict[Any, list[Any]]]
Groups = list[dict[Any, list[tuple[Any, ...] | None]]]
Chains = list[dict[float, list[tuple[float, ...] | None]]]

PARTINGS = 2  # ways to part the same questions, of which each question takes one at random
KEPT = 1024  # sequences of answers whose partings are remembered
LOOKED_AT = 16  # questions that are tried as the other of a pair


class Remembered(Generic[T]):
    """What is worked out from a tuple of answers, kept while the same tuple serves many questions.

    The work gets a random generator of its own, so that nothing drawn later depends on what is kept.
    """

    def __init__(self, work: Callable[..., T]) -> None:
        self._work = work
        self._kept: dict[tuple[Any, ...], tuple[Sequence[Any], T]] = {}

    def __call__(self, others: Sequence[Any], *how: Hashable) -> T:
        """Return what was worked out from these answers, in this way: ``work(others, rng, *how)``."""
        key = (id(others), *how)
        kept = self._kept.get(key)
        if kept is not None and kept[0] is others:
            return kept[1]
        found = self._work(others, random.Random(len(others)), *how)
        if isinstance(others, tuple):  # anything else may hold other answers the next time
            if len(self._kept) >= KEPT:
                self._kept.clear()
            self._kept[key] = others, found
        return found


def pairs(
    others: Sequence[Hashable], fit: Callable[[Any, Any], bool], kind: Callable[[Any, Any], bool], rng: random.Random
) -> Pairs:
    """Return, for several partings into pairs that fit each other, the partners of each answer; None: it has none.

    Of both kinds of pairs there are as many: what is left over of the more usual kind has no partners.
    """
    partings = []
    for _ in range(PARTINGS):
        free = rng.sample(others, len(others))
        partners: dict[Any, list[Any]] = {answer: [] for answer in others}
        found: dict[bool, list[tuple[Any, Any]]] = {False: [], True: []}
        while free:
            one = free.pop()
            place = next((i for i in range(max(0, len(free) - LOOKED_AT), len(free)) if fit(one, free[i])), None)
            if place is None:
                partners[one].append(None)
                continue
            other = free.pop(place)
            found[kind(one, other)].append((one, other))
        few = min(map(len, found.values()))
        for both in found.values():
            for i, (one, other) in enumerate(both):
                partners[one].append(other if i < few else None)
                partners[other].append(one if i < few else None)
        partings.append(partners)
    return partings


def groups(others: Sequence[Hashable], size: int, fit: Callable[[Any, Any], bool], rng: random.Random) -> Groups:
    """Return, for several partings into groups in which all fit each other, those that each answer is part of."""
    partings = []
    for _ in range(PARTINGS):
        free = rng.sample(others, len(others))
        found: Groups = [{answer: [] for answer in others}]
        while free:
            group = [free.pop()]
            for i in range(len(free) - 1, max(-1, len(free) - 1 - 2 * LOOKED_AT), -1):
                if len(group) == size:
                    break
                if all(fit(free[i], member) for member in group):
                    group.append(free.pop(i))
            if len(group) < size:
                found[0][group[0]].append(None)
                free += group[1:]
                continue
            for member in group:
                found[0][member].append(tuple(group))
        partings += found
    return partings


def chains(
    others: Sequence[float], length: int, follows: Callable[[float, float], float], rng: random.Random
) -> Chains:
    """Return, for several partings into rising chains of a length, those that each number is part of.

    ``follows(last, spread)`` is the least number that may follow ``last``; ``spread`` is from 0 to 1.
    """
    partings = []
    for _ in range(PARTINGS):
        found: dict[float, list[tuple[float, ...] | None]] = {answer: [] for answer in others}
        left = sorted(others)
        left = _chained(left, length, lambda last: follows(last, rng.random()), found)
        left = _chained(left, length, lambda last: follows(last, 0.0), found)  # what that leaves over, put closely
        for number in left:
            found[number].append(None)
        partings.append(found)
    return partings


def _chained(
    numbers: Sequence[float],
    length: int,
    follows: Callable[[float], float],
    found: dict[float, list[tuple[float, ...] | None]],
) -> list[float]:
    """Add to ``found`` the chains that rising numbers make, each number put where it goes on most closely."""
    begun: list[tuple[float, list[float]]] = []  # with the least number that may follow
    for number in numbers:
        ready = [i for i, (least, _) in enumerate(begun) if least <= number]
        chain = begun.pop(max(ready, key=lambda i: begun[i][1][-1]))[1] if ready else []
        chain.append(number)
        if len(chain) == length:
            for member in chain:
                found[member].append(tuple(chain))
        else:
            begun.append((follows(number), chain))
    return sorted(number for _, chain in begun for number in chain)
