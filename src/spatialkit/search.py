"""Open loops over role tuples, compiled by numba: which objects may play together in which views."""

from __future__ import annotations

from dataclasses import dataclass
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
    from spatialkit._loops import draw

    kinds = np.array([{"point": _POINT, "box": _BOX, "named": _BOX}.get(p.kind, 2) for p in places], dtype=np.int64)
    objects = np.array([p.kind in ("point", "box", "named") for p in places], dtype=np.bool_)
    optional = np.array([p.optional for p in places], dtype=np.bool_)
    offsets = np.cumsum([0, *(len(p.items) for p in places)])
    starts = np.stack([p.starts + offset for p, offset in zip(places, offsets, strict=False)]).astype(np.int64)
    views = starts.shape[1] - 1
    seeds = np.random.default_rng(seed).integers(0, 2**63, views, dtype=np.uint64)
    return Tuples(
        *draw(
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
    from spatialkit._loops import cover

    return cover(np.ascontiguousarray(shows, dtype=bool), np.array(wanted, dtype=bool), most)
