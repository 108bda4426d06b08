"""How the time of each kernel grows with its input, drawn as one chart each.

Run it as ``python -m benchmarks.growth``.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks import threads
from benchmarks.chart import chart
from benchmarks.page import put, taken_on
from benchmarks.scene import SIZE, Boxes, Room, build_room
from spatialkit.geometry import (
    box_distance,
    box_iou,
    boxes_in_frustum,
    project_boxes,
    project_points,
    rasterize,
    shared_surface,
    visible_points,
)
from spatialkit.observe import observe
from spatialkit.surfaces import Surface

__all__ = ["GROWTHS", "Growth", "main", "measure", "report"]

SECTION = "growth"  # of the page
ROUNDS = 5
LEAST = 0.02  # seconds that a round lasts, so that the clock does not matter
OTHERS = 24  # boxes that each box is held against
SAMPLES = 16_384  # points of the surface that two frames may share

Array = npt.NDArray[Any]
Work = Callable[[], object]


@dataclass(frozen=True)
class Growth:
    """A kernel: what there is more and more of, and for each curve how to prepare the work for a count of it."""

    kernel: str
    across: str
    counts: Sequence[int]
    curves: Mapping[str, Callable[[int], Work]]


def measure(growth: Growth, *, most: float = math.inf, clock: Callable[[], float] = time.perf_counter) -> Times:
    """Time each curve at each count up to ``most``: the least of some rounds, which others disturbed least."""
    counts = [count for count in growth.counts if count <= most]
    return {
        name: [(count, _least(prepare(count), clock)) for count in counts] for name, prepare in growth.curves.items()
    }


Times = dict[str, list[tuple[float, float]]]  # curve to (count, seconds)


def _least(work: Work, clock: Callable[[], float]) -> float:
    work()
    start = clock()
    work()
    times = max(1, math.ceil(LEAST / max(clock() - start, 1e-9)))
    best = math.inf
    for _ in range(ROUNDS):
        start = clock()
        for _ in range(times):
            work()
        best = min(best, (clock() - start) / times)
    return best


def exponent(points: Sequence[tuple[float, float]]) -> float:
    """Return the power of the count with which the time grows between the last two counts."""
    (few, before), (many, after) = points[-2:]
    return math.log(after / before) / math.log(many / few)


# What each kernel works on.


@cache
def _room() -> Room:
    return build_room(cameras=40, boxes=1)


def _points(count: int, kind: type) -> Array:
    return np.random.default_rng(0).uniform(0, SIZE, (count, 3)).astype(kind)


def _project(count: int, kind: type, *, columns: bool) -> Work:
    room, points = _room(), _points(count, kind)
    points = np.asfortranarray(points) if columns else points
    out = np.empty_like(points)
    return lambda: project_points(points, room.colour, room.poses[0], out=out, threads=1)


def _visible(count: int) -> Work:
    room, points = _room(), np.asfortranarray(_points(count, np.float32))
    return lambda: visible_points(points, room.depth_camera, room.poses[0], room.depth[0], threads=1)


@cache
def _boxes(count: int) -> Boxes:
    return build_room(cameras=1, boxes=count, detail=0.1).boxes[0]


def _rectangles(count: int) -> Work:
    room, boxes = _room(), _boxes(count)
    return lambda: project_boxes(boxes, room.colour, room.poses[0], threads=1)


def _cull(count: int) -> Work:
    room, boxes = _room(), _boxes(count)
    return lambda: boxes_in_frustum(boxes, room.colour, room.poses[0], threads=1)


def _pairs(function: Callable[..., Array]) -> Callable[[int], Work]:
    def prepare(count: int) -> Work:
        boxes, others = _boxes(count), _boxes(OTHERS)
        return lambda: function(boxes, others, threads=1)

    return prepare


def _mesh(count: int) -> Work:
    """Tile a ball of 1 m, 1.5 m before the camera, with about so many triangles, of which half face it."""
    room = _room()
    cells = max(2, round(math.sqrt(count / 2)))
    a, b = np.meshgrid(np.linspace(0, np.pi, cells + 1), np.linspace(0, 2 * np.pi, cells + 1), indexing="ij")
    ball = np.stack([np.sin(a) * np.cos(b), np.sin(a) * np.sin(b), np.cos(a)], axis=-1).reshape(-1, 3) / 2
    first = (np.arange(cells)[:, None] * (cells + 1) + np.arange(cells)).ravel()
    below = first + cells + 1
    faces = np.concatenate([np.stack([first, first + 1, below], 1), np.stack([first + 1, below + 1, below], 1)])
    surface = Surface(ball + np.array([0, 0, 1.5]), faces, np.zeros(len(faces), dtype=np.int64))
    return lambda: rasterize(surface, room.depth_camera, np.eye(4), threads=1)


def _shared(count: int) -> Work:
    seen = np.random.default_rng(0).random((count, SAMPLES)) < 0.3
    return lambda: shared_surface(seen, threads=1)


def _observe(count: int, workers: int) -> Work:
    scene = threads.capture(_room())
    scene = replace(scene, frames=scene.frames[:count])
    return lambda: observe(replace(scene), threads=workers)  # a copy: what was found is remembered with the scene


POINTS = [10**k for k in range(3, 8)]
BOXES = [10, 100, 1000, 10_000]

GROWTHS = (
    Growth(
        "project_points",
        "points",
        POINTS,
        {
            "float32, in columns": lambda n: _project(n, np.float32, columns=True),
            "float64, in rows": lambda n: _project(n, np.float64, columns=False),
        },
    ),
    Growth("visible_points", "points", POINTS, {"float32, in columns": _visible}),
    Growth("rasterize", "triangles, in 640 x 480 pixels", [10**3, 10**4, 10**5, 10**6, 2 * 10**6], {"a ball": _mesh}),
    Growth("project_boxes", "boxes", BOXES, {"any rotation": _rectangles}),
    Growth("boxes_in_frustum", "boxes", BOXES, {"any rotation": _cull}),
    Growth("box_iou", f"boxes, each with {OTHERS} others", BOXES, {"any rotation": _pairs(box_iou)}),
    Growth("box_distance", f"boxes, each with {OTHERS} others", BOXES, {"any rotation": _pairs(box_distance)}),
    Growth("shared_surface", "frames, all pairs", [10, 30, 100, 300, 1000], {f"{SAMPLES:,} points": _shared}),
    Growth(
        "observe",
        "frames",
        [1, 2, 5, 10, 20, 40],
        {f"{n} thread{'s' * (n > 1)}": lambda count, n=n: _observe(count, n) for n in (1, 2)},  # type: ignore[misc]
    ),
)


def report(found: Mapping[str, Times]) -> str:
    """Return the charts as Markdown, with how each curve ends."""
    lines = ["| kernel | curve | at most | takes | grows there as |", "|---|---|---|---|---|"]
    for growth in GROWTHS:
        for name, points in found.get(growth.kernel, {}).items():
            count, seconds = points[-1]
            lines.append(
                f"| `{growth.kernel}` | {name} | {count:,} {growth.across.partition(',')[0]} | {1e3 * seconds:.3g} ms "
                f"| n^{exponent(points):.2f} |"
            )
    images = [f"![Time of {kernel} over its input](images/{filename(kernel)})" for kernel in found]
    return "\n".join([*lines, "", *images, "", f"The least of {ROUNDS} rounds. {taken_on()}"])


def filename(kernel: str) -> str:
    return f"growth-{kernel.replace('_', '-')}.svg"


def main(arguments: list[str] | None = None) -> int:
    """Measure, draw and print; or put the charts beside a page and the figures between its markers."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="leave out the larger inputs")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where to put the charts")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put figures and charts into a page")
    options = parser.parse_args(arguments)
    if options.write and options.quick:
        parser.error("--write takes all inputs: not with --quick")
    found: dict[str, Times] = {}
    for growth in GROWTHS:
        print(f"{growth.kernel} ...", file=sys.stderr, flush=True)
        found[growth.kernel] = measure(growth, most=sorted(growth.counts)[2] if options.quick else math.inf)
    text = report(found)
    print(text)
    for folder in filter(None, (options.out, options.write and options.write.parent / "images")):
        folder.mkdir(parents=True, exist_ok=True)
        for growth in GROWTHS:
            drawn = chart(growth.kernel, growth.across, found[growth.kernel])
            (folder / filename(growth.kernel)).write_text(drawn, "utf-8")
    put(options.write, SECTION, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
