"""``python -m benchmarks``: print the table of ratios, taken on this machine, in one run."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from benchmarks import (
    boxes2d,
    capture,
    culling,
    decoding,
    importing,
    occlusion,
    overlap,
    projection,
    raster,
    rays,
    shared,
    threads,
)
from benchmarks.page import machine, put, taken_on
from benchmarks.runner import ROUNDS, Outcome, Row, run, table
from benchmarks.scene import build_room

ALL = (
    projection.ROW,
    projection.ROWS,
    projection.INSIDE,
    projection.CAREFUL,
    occlusion.ROW,
    occlusion.CAREFUL,
    raster.ROW,
    boxes2d.ROW,
    boxes2d.VECTORISED,
    overlap.ANY,
    overlap.YAW,
    shared.ROW,
    decoding.BY_PILLOW,
    decoding.BY_OPENCV,
    culling.ROW,
    capture.ROW,
    capture.SETS,
    threads.ROW,
    importing.ROW,
    rays.IMAGE,
    rays.RANDOM,
    rays.CLOSEST,
    rays.BOXES,
)
ROWS: dict[str, Row] = {row.number: row for row in ALL}
SECTION = "table"  # of the page


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Ratios of a peer's time through ours.")
    parser.add_argument("--rows", help=f"which rows, by number: {','.join(ROWS)}")
    parser.add_argument("--quick", action="store_true", help="10 cameras instead of 100: rougher figures")
    parser.add_argument("--json", type=Path, metavar="FILE", help="store the figures")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the table between the page's markers")
    options = parser.parse_args(arguments)
    numbers = options.rows.split(",") if options.rows else list(ROWS)
    if unknown := [number for number in numbers if number not in ROWS]:
        parser.error(f"no row {', '.join(unknown)}; there are {', '.join(ROWS)}")
    if options.write and (options.rows or options.quick):
        parser.error("--write takes the whole table: neither --rows nor --quick")

    room = build_room(cameras=10 if options.quick else 100)
    outcomes = []
    for number in numbers:
        print(f"row {number}: {ROWS[number].operation} ...", file=sys.stderr, flush=True)
        outcomes.append(run(ROWS[number], room))
    text = report(outcomes, cameras=len(room.poses))
    print(text)
    if options.json:
        options.json.write_text(json.dumps(figures(outcomes, cameras=len(room.poses)), indent=2) + "\n", "utf-8")
    put(options.write, SECTION, text)
    return 1 if any(outcome.refused for outcome in outcomes) else 0


def report(outcomes: list[Outcome], *, cameras: int) -> str:
    return f"{table(outcomes)}\n\nMedian of {ROUNDS} rounds over {cameras} cameras, one thread. {taken_on()}"


def figures(outcomes: list[Outcome], *, cameras: int) -> dict[str, object]:
    return {
        "machine": machine(),
        "rounds": ROUNDS,
        "cameras": cameras,
        "rows": [
            {
                "row": outcome.row.number,
                "operation": outcome.row.operation,
                "peer": outcome.row.peer_name,
                "goal": outcome.row.goal,
                "ratio": outcome.ratio,
                "ours_ms": outcome.ours_ms,
                "peer_ms": outcome.peer_ms,
                "note": outcome.note,
            }
            for outcome in outcomes
        ],
    }


if __name__ == "__main__":
    sys.exit(main())
