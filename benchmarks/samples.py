"""How many samples a second one core draws, phrases and writes as JSON lines, over the mix of all task ids.

There is no peer: no other public system makes these tasks. Run it as ``python -m benchmarks.samples``.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from benchmarks.page import put, taken_on
from spatialkit.adapters import load_scene
from spatialkit.generate import generate
from spatialkit.observe import observe
from spatialkit.run import settled
from spatialkit.scene import Scene
from spatialkit.tasks import groups

__all__ = ["Rate", "main", "measure", "report"]

SECTION = "rates"  # of the page
GOAL = 20_000
SLOWEST = 6  # ids that the report names


@dataclass(frozen=True)
class Rate:
    """What one task id cost: samples, bytes of JSON lines and seconds of processor time."""

    task: str
    samples: int
    size: int
    seconds: float


def measure(scene: Scene, tasks: Sequence[str], *, per_task: int, seed: int = 0) -> list[Rate]:
    """Draw, phrase and encode the samples of each task, as a run does; observations are made before."""
    observe(scene)
    encoder = msgspec.json.Encoder()
    for _ in generate(tasks, scene, per_task=2, seed=seed + 1):  # loads what is loaded late, compiles what is compiled
        pass
    counts, sizes, spent = Counter[str](), Counter[str](), Counter[str]()
    line = bytearray()
    with settled(), Path(os.devnull).open("wb") as nowhere:
        last = time.process_time_ns()
        for sample in generate(tasks, scene, per_task=per_task, seed=seed):
            encoder.encode_into(sample, line)
            line += b"\n"
            nowhere.write(line)
            now = time.process_time_ns()
            counts[sample.task] += 1
            sizes[sample.task] += len(line)
            spent[sample.task] += now - last
            last = now
    return [Rate(task, counts[task], sizes[task], spent[task] / 1e9) for task in tasks]


def report(rates: Sequence[Rate], per_task: int) -> str:
    """Return the figures as Markdown."""
    samples, seconds = sum(rate.samples for rate in rates), sum(rate.seconds for rate in rates)
    slowest = sorted(rates, key=lambda rate: -rate.seconds)[:SLOWEST]
    rows = [
        f"| `{r.task}` | {r.samples:,} | {1e6 * r.seconds / max(r.samples, 1):.0f} µs | {r.seconds / seconds:.0%} |"
        for r in slowest
    ]
    return "\n".join(
        [
            f"**{samples / seconds:,.0f} samples a second** of processor time (goal: {GOAL:,}): {samples:,} samples of "
            f"{len(rates)} task ids, up to {per_task:,} facts each, about one scene, "
            f"{sum(rate.size for rate in rates) / samples:,.0f} bytes a sample. Where the time goes:",
            "",
            "| id | samples | each | share of the time |",
            "|---|---|---|---|",
            *rows,
            "",
            taken_on(),
        ]
    )


def main(arguments: list[str] | None = None) -> int:
    """Print the figures, or put them between the markers of a page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.samples", description=__doc__)
    parser.add_argument("--per-task", type=int, default=1000, metavar="N", help="facts of each task id")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the figures between the page's markers")
    options = parser.parse_args(arguments)
    scene = load_scene("toy", None, "flat-0", frames=100, width=320, height=240)
    text = report(measure(scene, groups()["all"], per_task=options.per_task), options.per_task)
    print(text)
    put(options.write, SECTION, text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
