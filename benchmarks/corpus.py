"""How long data of the size of SPAR-7M would take: 16.3 million rows about 4,500 scenes of 300 frames.

Ten scenes are timed, from depth files to JSON lines on disk, and multiplied. There is no peer: the one published figure
is three hours on 25 workers for what is visible where in 1,200 scenes. Run it as ``python -m benchmarks.corpus``.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np
from PIL import Image

from benchmarks.page import put, taken_on
from spatialkit.adapters import load_scene
from spatialkit.generate import generate
from spatialkit.geometry import rasterize
from spatialkit.observe import observe
from spatialkit.run import settled
from spatialkit.scene import Frame, Scene
from spatialkit.tasks import groups

__all__ = ["Cost", "main", "measure", "prepared", "report"]

SECTION = "corpus"  # of the page
ROWS, SCENES, FRAMES = 16_300_000, 4_500, 300
GOAL_HOURS, GOAL_GIB, CORES = 1.0, 4.0, 2
PER_TASK = 60  # facts of each id, which give about as many rows as a scene of SPAR has: ROWS / SCENES


@dataclass(frozen=True)
class Cost:
    """Seconds of processor time that scenes took, one after the other, and the rows that were written."""

    observing: float
    writing: float
    rows: int
    scenes: int


def prepared(name: str, folder: Path, frames: int) -> Scene:
    """Return a toy scene whose depth images are files, as a capture has them."""
    scene = load_scene("toy", None, name, frames=frames, width=640, height=480)
    assert scene.surface is not None
    kept = []
    for frame in scene.frames:
        depth, _ = rasterize(scene.surface, frame.camera, frame.world_from_cam)
        path = folder / f"{name}-{frame.id}.png"
        Image.fromarray(np.rint(depth * 1000).astype(np.uint16)).save(path)
        kept.append(Frame(frame.id, frame.camera, frame.world_from_cam, depth=path, time=frame.time))
    return replace(scene, frames=tuple(kept))


def measure(scenes: Sequence[Scene], out: Path, *, per_task: int = PER_TASK) -> Cost:
    """Make the table of each scene, draw its samples and write them as JSON lines."""
    observing = writing = 0.0
    rows = 0
    encode = msgspec.json.Encoder().encode
    for i, scene in enumerate(scenes):
        start = time.process_time()
        observe(scene, threads=1)
        between = time.process_time()
        with settled(), (out / f"{scene.id}.jsonl").open("wb") as lines:
            for sample in generate(groups()["all"], scene, per_task=per_task, seed=i):
                lines.write(encode(sample) + b"\n")
                rows += 1
        observing += between - start
        writing += time.process_time() - between
    return Cost(observing, writing, rows, len(scenes))


def report(cost: Cost, frames: int) -> str:
    """Return the figures as Markdown."""
    table, rows = cost.observing / cost.scenes / frames, cost.writing / cost.rows
    hours = (table * FRAMES * SCENES + rows * ROWS) / CORES / 3600
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform != "darwin" else 2**30)
    return "\n".join(
        [
            f"**{hours:.2f} hours on {CORES} cores** (goal: {GOAL_HOURS:g}) and {peak:.1f} GiB a worker "
            f"(goal: {GOAL_GIB:g}) for {ROWS:,} rows about {SCENES:,} scenes of {FRAMES} frames, from {cost.rows:,} "
            f"rows about {cost.scenes} furnished flats with depth images of 640 x 480 as PNG files: {1e3 * table:.1f} "
            f"ms a frame for what it shows, {1e6 * rows:.0f} µs a row. Colour images are referred to, not copied.",
            "",
            taken_on(),
        ]
    )


def main(arguments: list[str] | None = None) -> int:
    """Print the figures, or put them between the markers of a page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpus", description=__doc__)
    parser.add_argument("--scenes", type=int, default=10, metavar="N", help="scenes that are timed")
    parser.add_argument("--frames", type=int, default=FRAMES, metavar="N", help="frames of each")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the figures between the page's markers")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        warm, *scenes = (prepared(f"flat-{k}", root, options.frames) for k in range(options.scenes + 1))
        measure([warm], root, per_task=2)  # loads what is loaded late, compiles what is compiled
        cost = measure(scenes, root)
    text = report(cost, options.frames)
    print(text)
    put(options.write, SECTION, text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
