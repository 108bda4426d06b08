"""Rows of the table: agreement first, then interleaved rounds, then one ratio."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy.typing as npt

from benchmarks.scene import Room

__all__ = ["ROUNDS", "Disagreement", "Outcome", "Row", "check", "run", "table"]

ROUNDS = 7  # after the warm-up, which is the pass that compares the results

Result = tuple[npt.NDArray[Any], ...]
Contender = Callable[[Room, int], Result]  # the work of one frame


class Disagreement(Exception):
    """The contenders do not compute the same thing, so their times say nothing."""


@dataclass(frozen=True)
class Row:
    """A claim: an operation, the peer beside it, and how many times faster we mean to be.

    ``differing(ours, peer)`` counts, for one frame, the results that differ by more than the peer's precision explains,
    and how many there are; ``allowed`` is the share that may.
    """

    number: str
    operation: str
    peer_name: str
    goal: float | None  # none where the peer is there to be honest about it
    ours: Contender
    peer: Contender
    differing: Callable[[Result, Result], tuple[int, int]]
    allowed: float = 0.0
    frames: int | None = None  # how many of the room's cameras it takes; all
    needs: tuple[str, ...] = ()  # modules of the peer beyond numpy

    @property
    def missing(self) -> list[str]:
        """Modules of the peer that are not installed."""
        return [module for module in self.needs if find_spec(module) is None]


@dataclass(frozen=True)
class Outcome:
    """What came of a row; without ``ratio`` nothing was timed, and ``note`` says why."""

    row: Row
    note: str
    refused: bool = False  # the contenders disagree
    ratio: float | None = None  # median over rounds of the peer's time through ours
    ours_ms: float | None = None  # a frame, median over rounds
    peer_ms: float | None = None


def check(row: Row, room: Room) -> tuple[int, int]:
    """Compare the results of all frames: how many differ, of how many.

    Raises
    ------
    Disagreement
        When more differ than the row allows, or there was nothing to compare.
    """
    differ = total = 0
    for frame in range(frames_of(row, room)):
        wrong, of = row.differing(row.ours(room, frame), row.peer(room, frame))
        differ, total = differ + wrong, total + of
    if total == 0 or differ > row.allowed * total:
        raise Disagreement(f"row {row.number}: {differ:,} of {total:,} results differ from those of {row.peer_name}")
    return differ, total


def run(row: Row, room: Room, *, rounds: int = ROUNDS, clock: Callable[[], float] = time.perf_counter) -> Outcome:
    """Check that the contenders agree, then time them by turns, each over all frames."""
    if row.missing:
        return Outcome(row, f"not installed: {', '.join(row.missing)}")
    try:
        differ, total = check(row, room)
    except Disagreement as error:
        return Outcome(row, f"refused: {error}", refused=True)
    times = list(_rounds(row, room, rounds, clock))
    frames = frames_of(row, room)
    return Outcome(
        row,
        note=f"{differ:,} of {total:,}",
        ratio=statistics.median(peer / ours for ours, peer in times),
        ours_ms=1e3 * statistics.median(ours for ours, _ in times) / frames,
        peer_ms=1e3 * statistics.median(peer for _, peer in times) / frames,
    )


def _rounds(row: Row, room: Room, rounds: int, clock: Callable[[], float]) -> Iterator[tuple[float, float]]:
    """Yield our time and the peer's, round by round; who goes first changes, so that drift favours neither."""
    for k in range(rounds):
        if k % 2 == 0:
            ours = _sweep(row.ours, row, room, clock)
            peer = _sweep(row.peer, row, room, clock)
        else:
            peer = _sweep(row.peer, row, room, clock)
            ours = _sweep(row.ours, row, room, clock)
        yield ours, peer


def frames_of(row: Row, room: Room) -> int:
    return len(room.poses) if row.frames is None else min(row.frames, len(room.poses))


def _sweep(contender: Contender, row: Row, room: Room, clock: Callable[[], float]) -> float:
    start = clock()
    for frame in range(frames_of(row, room)):
        contender(room, frame)
    return clock() - start


HEADER = ("row", "operation", "peer", "goal", "here", "ours, ms a frame", "peer, ms a frame", "results that differ")


def table(outcomes: list[Outcome]) -> str:
    """Return the outcomes as a Markdown table that also reads well in a terminal."""
    rows = [HEADER, *(_cells(outcome) for outcome in outcomes)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(lines)


def _cells(outcome: Outcome) -> tuple[str, ...]:
    row = outcome.row
    head = (row.number, row.operation, row.peer_name, "–" if row.goal is None else f"≥ {row.goal:.4g}x")
    if outcome.ratio is None:
        return (*head, "not timed", "", "", outcome.note)
    return (*head, f"{outcome.ratio:.3g}x", f"{outcome.ours_ms:.3g}", f"{outcome.peer_ms:.3g}", outcome.note)
