"""Open loops over role tuples, compiled by numba: which objects may play together in which views."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["FELL", "Places", "Tuples", "draw_tuples", "fewest_frames"]

Array = npt.NDArray[Any]

FELL = ("one is part of the other", "marks too close", "one image would do")
"""Names of the rules by which a tuple falls, in the order of ``Tuples.fell``."""

_POINT, _BOX = 0, 1


@dataclass(frozen=True)
class Places:
    """Where the things that may fill one role stand, view by view.

    ``starts`` (K + 1,) bounds the places of each view; ``items``, ``images`` (P,) are the thing and the image (counted
    within the view) of each place; ``marks`` (P, 4) is its mark in pixels (x, y, 0, 0 for a point); ``gaps`` (P,) how
    far another point mark on that image must be away, pixels.
    """

    kind: str
    optional: bool
    starts: Array
    items: Array
    images: Array
    marks: Array
    gaps: Array


@dataclass(frozen=True)
class Tuples:
    """Admissible tuples: ``view`` (n,), ``items`` and ``images`` (n, R), -1 for a role left out; counts by ``FELL``."""

    view: Array
    items: Array
    images: Array
    fell: Array


def draw_tuples(
    places: list[Places],
    parts: Array,
    *,
    most: int,
    search: int,
    overlap: float,
    several: bool,
    observed: bool,
    seed: int,
) -> Tuples:
    """Draw up to ``most`` admissible role tuples of each view, every admissible one with the same probability.

    Where a view has at most ``search`` tuples all are tried; else up to ``search`` random ones, so that cost is
    bounded. With optional roles, how many of them are filled is drawn first.

    Parameters
    ----------
    places
        One for each role; all with the same number of views.
    parts
        (N, N) pairs of objects that may not be asked about together.
    overlap
        Largest share of the smaller of two box marks that may lie in the other.
    several, observed
        Whether a tuple falls that one image would show whole, the observer's where it matters.
    seed
        Any whole number.
    """
    kinds = np.array([{"point": _POINT, "box": _BOX, "named": _BOX}.get(p.kind, 2) for p in places], dtype=np.int64)
    objects = np.array([p.kind in ("point", "box", "named") for p in places], dtype=np.bool_)
    optional = np.array([p.optional for p in places], dtype=np.bool_)
    offsets = np.cumsum([0, *(len(p.items) for p in places)])
    starts = np.stack([p.starts + offset for p, offset in zip(places, offsets, strict=False)]).astype(np.int64)
    views = starts.shape[1] - 1
    seeds = np.random.default_rng(seed).integers(0, 2**63, views, dtype=np.uint64)
    return Tuples(
        *_kernel()(
            seeds,
            starts,
            np.concatenate([p.items for p in places]).astype(np.int64),
            np.concatenate([p.images for p in places]).astype(np.int64),
            np.concatenate([p.marks for p in places]).astype(np.float64),
            np.concatenate([p.gaps for p in places]).astype(np.float64),
            kinds,
            objects,
            optional,
            np.ascontiguousarray(parts),
            most,
            search,
            overlap,
            several,
            observed,
        )
    )


def turns(codes: Array) -> Array:
    """Return how many of the same code come before each of the codes (n,)."""
    order = np.argsort(codes, kind="stable")
    found = np.empty(len(codes), dtype=np.int64)
    found[order] = np.arange(len(codes)) - np.searchsorted(codes[order], codes[order])
    return found


def fewest_frames(shows: Array, wanted: Array, *, most: int) -> Array:
    """Return frames that together show all wanted things: greedily, each the one that shows most of what is missing.

    Parameters
    ----------
    shows
        (F, N) whether a frame shows a thing.
    wanted
        (N,) which things must be shown.
    most
        Give up beyond so many frames.

    Returns
    -------
    numpy.ndarray
        Frame indices in the order chosen, ties to the earlier frame; empty where ``most`` frames do not do. At most
        ``1 + ln(number wanted)`` times as many as needed (Johnson, 1974).
    """
    missing = np.asarray(wanted, dtype=bool).copy()
    chosen: list[int] = []
    while missing.any():
        gain = (shows & missing).sum(axis=1)
        best = int(gain.argmax())
        if not gain[best] or len(chosen) == most:
            return np.empty(0, dtype=np.int64)
        chosen.append(best)
        missing &= ~shows[best]
    return np.array(chosen, dtype=np.int64)


@cache
def _kernel() -> Any:
    from numba import njit

    @njit(cache=True)
    def alike(a: Array, b: Array, overlap: float) -> bool:
        """Whether the smaller of two boxes lies too much in the other to tell which is meant."""
        width = min(a[2], b[2]) - max(a[0], b[0])
        height = min(a[3], b[3]) - max(a[1], b[1])
        if width <= 0 or height <= 0:
            return False
        one, other = (a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1])
        small, large = min(one, other), max(one, other)
        return bool(width * height > overlap * small and large < 4 * small)

    @njit(cache=True)
    def falls(
        chosen: Array,
        items: Array,
        images: Array,
        marks: Array,
        gaps: Array,
        kinds: Array,
        objects: Array,
        parts: Array,
        overlap: float,
        several: bool,
        observed: bool,
    ) -> int:
        """Return 0 for an admissible tuple, -1 where a thing comes twice, else 1 + the index of the rule."""
        count = len(chosen)
        for i in range(count):
            a = chosen[i]
            if a < 0:
                continue
            for j in range(i):
                b = chosen[j]
                if b >= 0 and items[a] == items[b] and objects[i] == objects[j]:
                    return -1
        for i in range(count):
            a = chosen[i]
            if a < 0 or not objects[i]:
                continue
            for j in range(i):
                b = chosen[j]
                if b >= 0 and objects[j] and parts[items[a], items[b]]:
                    return 1
        for i in range(count):
            a = chosen[i]
            if a < 0:
                continue
            for j in range(i):
                b = chosen[j]
                if b < 0 or images[a] != images[b] or kinds[i] != kinds[j]:
                    continue
                if kinds[i] == 0:
                    if np.hypot(marks[a, 0] - marks[b, 0], marks[a, 1] - marks[b, 1]) < gaps[a]:
                        return 2
                elif kinds[i] == 1 and alike(marks[a], marks[b], overlap):
                    return 2
        if several:
            first = 0 if observed else images[chosen[0]]
            for i in range(count):
                if chosen[i] >= 0 and images[chosen[i]] != first:
                    return 0
            return 3
        return 0

    @njit(cache=True)
    def mixed(state: Array) -> Any:
        """Return the next number of a splitmix64 sequence (Steele, Lea and Flood, 2014)."""
        state[0] += np.uint64(0x9E3779B97F4A7C15)
        z = state[0]
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))

    @njit(cache=True)
    def below(state: Array, size: int) -> int:
        """Return a random whole number below ``size``; the bias of 2**-53 is nobody's."""
        return int((mixed(state) >> np.uint64(11)) * (size / 9007199254740992.0))

    @njit(cache=True)
    def draw(
        seeds: Array,
        starts: Array,
        items: Array,
        images: Array,
        marks: Array,
        gaps: Array,
        kinds: Array,
        objects: Array,
        optional: Array,
        parts: Array,
        most: int,
        search: int,
        overlap: float,
        several: bool,
        observed: bool,
    ) -> Any:
        roles, views = starts.shape[0], starts.shape[1] - 1
        out = np.empty((views * most, roles), dtype=np.int64)
        view_of = np.empty(views * most, dtype=np.int64)
        fell = np.zeros(3, dtype=np.int64)
        filled = 0
        choices = 0
        for r in range(roles):
            choices += optional[r]
        chosen = np.empty(roles, dtype=np.int64)
        state = np.empty(1, dtype=np.uint64)
        for k in range(views):
            state[0] = seeds[k]
            total = 1.0
            for r in range(roles):
                total *= starts[r, k + 1] - starts[r, k]
            if total == 0:
                continue
            base = filled
            every = total <= search and choices == 0
            tries = int(total) if every else search
            admissible = 0
            for t in range(tries):
                if every:
                    rest = t
                    for r in range(roles):
                        size = starts[r, k + 1] - starts[r, k]
                        chosen[r] = starts[r, k] + rest % size
                        rest //= size
                else:
                    without = below(state, choices + 1) if choices else 0
                    for r in range(roles):
                        if r >= roles - without:
                            chosen[r] = -1
                        else:
                            chosen[r] = starts[r, k] + below(state, starts[r, k + 1] - starts[r, k])
                why = falls(chosen, items, images, marks, gaps, kinds, objects, parts, overlap, several, observed)
                if why > 0:
                    fell[why - 1] += 1
                if why != 0:
                    continue
                if every:  # a reservoir (Vitter, 1985): each of the admissible ones stays with the same probability
                    slot = admissible
                    admissible += 1
                    if slot >= most:
                        slot = below(state, admissible)
                        if slot >= most:
                            continue
                else:
                    known = False
                    for i in range(base, filled):
                        same = True
                        for r in range(roles):
                            if out[i, r] != chosen[r]:
                                same = False
                                break
                        if same:
                            known = True
                            break
                    if known:
                        continue
                    slot = admissible
                    admissible += 1
                for r in range(roles):
                    out[base + slot, r] = chosen[r]
                view_of[base + slot] = k
                filled = max(filled, base + slot + 1)
                if not every and admissible == most:
                    break
        found_items = np.full((filled, roles), -1, dtype=np.int64)
        found_images = np.full((filled, roles), -1, dtype=np.int64)
        for i in range(filled):
            for r in range(roles):
                if out[i, r] >= 0:
                    found_items[i, r] = items[out[i, r]]
                    found_images[i, r] = images[out[i, r]]
        return view_of[:filled].copy(), found_items, found_images, fell

    return draw
