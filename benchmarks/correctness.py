"""How often results are wrong, counted against independent computations: no clock, so the same on every machine.

Run it as ``python -m benchmarks.correctness``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.boxes2d import SIGNS, by_polygons
from benchmarks.page import put
from benchmarks.scene import Boxes
from spatialkit.geometry import (
    NEAR,
    TOLERANCE,
    box_iou,
    boxes_in_frustum,
    project_boxes,
    project_points,
    visible_points,
)
from spatialkit.observe import RASTER_TOLERANCE, observe
from spatialkit.scene import Camera, Frame
from spatialkit.surfaces import Surface
from spatialkit.testing import random_scene
from tests.oracles import exact

__all__ = ["Figure", "main", "table"]

SECTION = "correctness"  # of the page
VGA = Camera(577.0, 577.0, 319.5, 239.5, 640, 480)
PIXEL = 1e-6  # what rectangles may be off by
IOU = 1e-9  # the same for overlaps
HAIR = 1e-4  # metres before a point that do not hide it: its own face, and what lies on it

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Figure:
    """One line of the table; ``met`` is None where it stands for contrast."""

    what: str
    against: str
    cases: str
    goal: str
    here: str
    met: bool | None


@dataclass(frozen=True)
class Size:
    """How much is counted."""

    rooms: int = 8
    points: int = 20_000  # of each room's surface
    boxes: int = 120_000
    programs: int = 2_000  # linear programs
    pairs: int = 2_000  # in exact fractions
    clusters: int = 20  # of 100 near-duplicates each, all pairs
    frames: int = 16


QUICK = Size(rooms=1, points=2_000, boxes=3_000, programs=40, pairs=40, clusters=1, frames=4)


# Visibility: what a ray says, in double precision, every triangle against every point.


def unhidden(points: Array, surface: Surface, eye: Array, ahead: Array) -> Array:
    """Tell which points (n, 3) no triangle hides from an eye that sees nothing nearer than the near plane."""
    corners = surface.vertices[surface.faces] - eye
    edges = np.cross(corners, np.roll(corners, -1, axis=1))  # normals of the planes through the eye and each edge
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    offsets = (normals * corners[:, 0]).sum(axis=1)
    free = np.empty(len(points), dtype=bool)
    for begin in range(0, len(points), 1000):
        ray = points[begin : begin + 1000] - eye
        sides = np.stack([ray @ edges[:, k].T for k in range(3)])
        with np.errstate(divide="ignore", invalid="ignore"):
            at = offsets / (ray @ normals.T)  # as a share of the way to the point
        before = (at * (ray @ ahead)[:, None] >= NEAR) & (at < 1 - HAIR / np.linalg.norm(ray, axis=1)[:, None])
        free[begin : begin + 1000] = ~(before & ((sides >= 0).all(axis=0) | (sides <= 0).all(axis=0))).any(axis=1)
    return free


def surface_points(surface: Surface, count: int, random: np.random.Generator) -> Array:
    """Draw points (count, 3) evenly from a surface."""
    areas = surface.face_areas
    corners = surface.vertices[surface.faces[random.choice(len(areas), count, p=areas / areas.sum())]]
    a, b = np.sort(random.random((2, count)), axis=0)[:, :, None]
    return np.asarray(a * corners[:, 0] + (b - a) * corners[:, 1] + (1 - b) * corners[:, 2])


def sensed(depth: Array, random: np.random.Generator) -> Array:
    """Add what a sensor does: noise of 2 mm at 1 m that grows with the square, whole millimetres, 5 % holes."""
    noisy = np.round(depth + random.normal(size=depth.shape) * 0.002 * depth**2, 3)
    noisy[random.random(depth.shape) < 0.05] = 0
    return np.asarray(noisy, dtype=np.float32)


Engine = Callable[[Array, Frame, Array, tuple[float, float]], Array]


def ours(points: Array, frame: Frame, depth: Array, tolerance: tuple[float, float]) -> Array:
    return visible_points(points, frame.camera, frame.world_from_cam, depth, tolerance=tolerance)


def fixed(within: float, *, front: bool) -> Engine:
    """Make the test of most kits: the depth of the nearest pixel, and one tolerance for all distances."""

    def engine(points: Array, frame: Frame, depth: Array, tolerance: tuple[float, float]) -> Array:
        u, v, z = project_points(points, frame.camera, frame.world_from_cam).T
        seen = np.flatnonzero((z > NEAR) & (np.abs(u - 319.5) < 320) & (np.abs(v - 239.5) < 240))
        d = depth[v[seen].round().astype(int), u[seen].round().astype(int)]
        hit = (d > 0) & (z[seen] - d <= within) & (front | (d - z[seen] <= within))
        out = np.zeros(len(points), dtype=bool)
        out[seen[hit]] = True
        return out

    return engine


ENGINES: dict[str, Engine] = {
    "visible points": ours,
    "the same by one tolerance of 1 cm": fixed(0.01, front=False),
    "the same by up to 10 cm behind the reading": fixed(0.1, front=True),
}


def visibility(size: Size) -> Iterator[Figure]:
    kinds = (("exact depth", RASTER_TOLERANCE, 0.99, 0.97), ("depth as of a sensor", TOLERANCE, 0.94, 0.94))
    counts = np.zeros((len(kinds), len(ENGINES), 3), dtype=np.int64)  # found and true, true, found
    for seed in range(size.rooms):
        random = np.random.default_rng(seed)
        scene = random_scene(seed, objects=14, frames=4, camera=VGA)
        assert scene.surface is not None
        points = surface_points(scene.surface, size.points, random)
        for frame in scene.frames:
            pose = frame.world_from_cam
            u, v, z = project_points(points, VGA, pose).T
            true = (z > NEAR) & (np.abs(u - 319.5) < 320) & (np.abs(v - 239.5) < 240)
            true[true] = unhidden(points[true], scene.surface, pose[:3, 3], pose[:3, 2])
            depth = frame.load_depth()
            for i, (image, kind) in enumerate(zip((depth, sensed(depth, random)), kinds, strict=True)):
                for k, engine in enumerate(ENGINES.values()):
                    found = engine(points, frame, image, kind[1])
                    counts[i, k] += (found & true).sum(), true.sum(), found.sum()
    for (name, _, recall, precision), by_engine in zip(kinds, counts, strict=True):
        for engine_name, (both, true_count, found_count) in zip(ENGINES, by_engine.tolist(), strict=True):
            here = both / true_count, both / found_count
            own = engine_name == next(iter(ENGINES))
            yield Figure(
                f"{engine_name}, {name}: recall / precision",
                "ray casts in double precision",
                f"{true_count:,} seen points",
                f"≥ {recall} / {precision}" if own else "–",
                f"{here[0]:.4f} / {here[1]:.4f}",
                here[0] >= recall and here[1] >= precision if own else None,
            )


# Rectangles: boxes where it is hard.


def turns(count: int, random: np.random.Generator) -> Array:
    found: Array = np.linalg.qr(random.normal(size=(count, 3, 3)))[0]
    return np.ascontiguousarray(found * np.linalg.det(found)[:, None, None])


def pose_of(random: np.random.Generator) -> Array:
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = turns(1, random)[0], random.uniform(-5, 5, 3)
    return pose


def reach_along(axes: Array, sizes: Array, direction: Array) -> Array:
    return np.asarray(np.abs(np.einsum("nij,i->nj", axes, direction) * sizes / 2).sum(axis=1))


def hard_boxes(kind: str, count: int, pose: Array, random: np.random.Generator) -> Boxes:
    """Draw boxes of 1 cm to 5 m about a camera: through its near plane, around it, ending at the plane, or behind."""
    right, down, ahead = pose[:3, :3].T
    sizes, axes = 10 ** random.uniform(-2, 0.7, (count, 3)), turns(count, random)
    reach = reach_along(axes, sizes, ahead)
    z = {
        "through the near plane": NEAR + random.uniform(-1, 1, count) * reach,
        "1e-9 to 1e-3 m beyond the near plane or short of it": NEAR
        + random.choice([-1.0, 1.0], count) * reach
        + random.choice([-1.0, 1.0], count) * 10 ** random.uniform(-9, -3, count),
        "centred behind the camera": random.uniform(-3, 0, count) * reach,
    }.get(kind)
    if z is None:  # a point of the box is the camera, one in three on the box's surface but for 1e-9 to 1e-3 m
        at = random.uniform(-0.5, 0.5, (count, 3)) * sizes
        third, axis = np.arange(count // 3), random.integers(0, 3, count // 3)
        at[third, axis] = sizes[third, axis] / 2 - np.minimum(
            10 ** random.uniform(-9, -3, len(third)), sizes[third, axis]
        )
        return pose[:3, 3] - np.einsum("nij,nj->ni", axes, at), sizes, axes
    spread = np.maximum(sizes.max(axis=1), np.abs(z))
    aside = random.uniform(-0.7, 0.7, (2, count, 1)) * spread[:, None]
    return pose[:3, 3] + z[:, None] * ahead + aside[0] * right + aside[1] * down, sizes, axes


KINDS = (
    "through the near plane",
    "around the camera",
    "1e-9 to 1e-3 m beyond the near plane or short of it",
    "centred behind the camera",
)


def corners_alone(boxes: Boxes, camera: Camera, pose: Array) -> tuple[Array, Array]:
    """Bound the corners that lie ahead, and hold the result to the image: what many kits do."""
    corners = boxes[0][:, None] + (SIGNS * boxes[1][:, None]) @ boxes[2].transpose(0, 2, 1)
    x, y, z = np.moveaxis((corners - pose[:3, 3]) @ pose[:3, :3], 2, 0)
    ahead = z > NEAR
    with np.errstate(divide="ignore", invalid="ignore"):
        u, v = camera.fx * x / z + camera.cx, camera.fy * y / z + camera.cy
    low, high = (
        np.stack([bound(c, axis=1, where=ahead, initial=start) for c in (u, v)], axis=1)
        for bound, start in ((np.min, np.inf), (np.max, -np.inf))
    )
    border = np.array([camera.width - 0.5, camera.height - 0.5])
    rects = np.concatenate([np.maximum(low, -0.5), np.minimum(high, border)], axis=1)
    valid: Array = np.all(rects[:, :2] <= rects[:, 2:], axis=1)
    return np.where(valid[:, None], rects, np.nan), valid


def wrong_rectangles(found: tuple[Array, Array], expected: tuple[Array, Array]) -> Array:
    (rects, valid), (want, there) = found, expected
    with np.errstate(invalid="ignore"):
        off = np.abs(rects - want).max(axis=1) > PIXEL
    return np.asarray((valid != there) | (valid & there & off))


def rectangles(size: Size) -> Iterator[Figure]:
    dropped = kept = lost = 0
    programs = wrong_programs = 0
    for kind in KINDS:
        count = wrong = plain = seen = 0
        for part in range(10):
            random = np.random.default_rng([part, KINDS.index(kind)])
            pose = pose_of(random)
            boxes = hard_boxes(kind, size.boxes // len(KINDS) // 10, pose, random)
            expected = by_polygons(boxes, VGA, pose)
            wrong += int(wrong_rectangles(project_boxes(boxes, VGA, pose), expected).sum())
            plain += int(wrong_rectangles(corners_alone(boxes, VGA, pose), expected).sum())
            in_view = boxes_in_frustum(boxes, VGA, pose)
            lost += int((expected[1] & ~in_view).sum())
            count, seen = count + len(in_view), seen + int(expected[1].sum())
            kept, dropped = kept + int(in_view.sum()), dropped + int((~in_view).sum())
            for i in np.flatnonzero(~in_view)[: size.programs // 30]:
                wrong_programs += meets_view(boxes[0][i], boxes[1][i], boxes[2][i], pose)
                programs += 1
        yield Figure(
            f"rectangles of boxes {kind}: wrong",
            "polygons: hull ∩ image, shapely",
            f"{count:,} boxes, {seen:,} in view",
            "0",
            f"{wrong:,}",
            wrong == 0,
        )
        yield Figure(
            f"the same by the corners ahead alone, {kind}",
            "polygons: hull ∩ image, shapely",
            f"{count:,} boxes",
            "–",
            f"{plain / count:.0%}",
            None,
        )
    yield Figure(
        "boxes dropped although the polygons put them in view",
        "polygons: hull ∩ image, shapely",
        f"{kept + dropped:,} boxes, {dropped:,} dropped",
        "0",
        f"{lost:,}",
        lost == 0,
    )
    yield Figure(
        "boxes dropped although they reach into the view volume",
        "linear programs, scipy",
        f"{programs:,} of the dropped",
        "0",
        f"{wrong_programs:,}",
        wrong_programs == 0,
    )


def meets_view(centre: Array, size: Array, axes: Array, pose: Array) -> bool:
    """Tell whether a point of a box lies in the view volume by at least a nanometre: a linear program."""
    from scipy.optimize import linprog

    camera_axes = pose[:3, :3]
    left, right = (-0.5 - VGA.cx) / VGA.fx, (VGA.width - 0.5 - VGA.cx) / VGA.fx
    top, bottom = (-0.5 - VGA.cy) / VGA.fy, (VGA.height - 0.5 - VGA.cy) / VGA.fy
    # In coordinates of the box: rows . p + offset >= depth inside.
    rows = np.array([(0, 0, 1), (1, 0, -left), (-1, 0, right), (0, 1, -top), (0, -1, bottom)]) @ camera_axes.T
    offsets = rows @ (centre - pose[:3, 3]) - np.array([NEAR, 0, 0, 0, 0])
    found = linprog(
        (0, 0, 0, -1),
        A_ub=np.column_stack([-rows @ axes, np.ones(5)]),
        b_ub=offsets,
        bounds=[*((-s / 2, s / 2) for s in size), (None, None)],
    )
    return found.x is not None and bool(found.x[3] > 1e-9)


# Overlap: near-duplicates.


def near_duplicates(count: int, random: np.random.Generator) -> Boxes:
    """Draw boxes that are one box but for 1e-9 to 1e-3 of its place, size and turn; half of the clusters upright."""
    step = 10.0 ** -random.integers(3, 10, (count, 1))
    sizes = np.exp(random.uniform(-3, 1, 3)) * (1 + step * random.normal(size=(count, 3)))
    centres = random.uniform(-5, 5, 3) + step * random.normal(size=(count, 3))
    upright = random.random() < 0.5
    turn = np.eye(3) if upright else turns(1, random)[0]
    tilt = step * random.normal(size=(count, 3)) * (np.array([0, 0, 1]) if upright else 1)
    zero = np.zeros(count)
    x, y, z = tilt.T
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(count, 3, 3)
    u, _, v = np.linalg.svd(np.eye(3) + cross)
    return centres, sizes, np.ascontiguousarray(turn @ (u @ v))


def overlaps(size: Size) -> Iterator[Figure]:
    outside = uneven = pairs = 0
    for seed in range(size.clusters):
        boxes = near_duplicates(100, np.random.default_rng(seed))
        iou = box_iou(boxes, boxes)
        outside += int((~((iou >= 0) & (iou <= 1))).sum())
        uneven += int((iou != iou.T).sum())
        pairs += iou.size
    off = 0
    worst = 0.0
    for seed in range(size.pairs):
        boxes = near_duplicates(2, np.random.default_rng([1, seed]))
        first, second = ((boxes[0][i], boxes[1][i], boxes[2][i]) for i in range(2))
        error = abs(float(box_iou(boxes, boxes)[0, 1]) - float(exact.box_iou(first, second)))
        off, worst = off + (error > IOU), max(worst, error)
    what = "overlap of near-duplicates (1e-3 to 1e-9)"
    yield Figure(f"{what}: outside [0, 1]", "–", f"{pairs:,} pairs", "0", f"{outside:,}", outside == 0)
    yield Figure(f"{what}: not the same both ways", "–", f"{pairs:,} pairs", "0", f"{uneven:,}", uneven == 0)
    yield Figure(
        f"{what}: off by more than 1e-9",
        "exact fractions",
        f"{size.pairs:,} pairs",
        "0",
        f"{off:,} (worst {worst:.0e})",
        off == 0,
    )


def threads(size: Size) -> Iterator[Figure]:
    scene = random_scene(0, objects=20, frames=size.frames)
    first = observe(replace(scene), threads=1)
    names = [name for name, value in vars(first).items() if isinstance(value, np.ndarray)]
    differ = total = 0
    for count in (2, 3, 4):
        other = observe(replace(scene), threads=count)
        for name in names:
            one, two = getattr(first, name), getattr(other, name)
            total += one.size
            differ += int((one.view(np.uint8) != two.view(np.uint8)).sum())
    yield Figure(
        "what frames see with 2, 3 and 4 threads: other bytes",
        "one thread",
        f"{total:,} numbers",
        "0",
        f"{differ:,}",
        differ == 0,
    )


PARTS = (visibility, rectangles, overlaps, threads)


def table(figures: list[Figure]) -> str:
    """Return the figures as a Markdown table."""
    rows = [("what", "against", "cases", "goal", "here")]
    rows += [(f.what, f.against, f.cases, f.goal, f.here if f.met is not False else f"**{f.here}**") for f in figures]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Print the figures, or put them between the markers of a page; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.correctness", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small share of the cases")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the table between the page's markers")
    options = parser.parse_args(arguments)
    if options.write and options.quick:
        parser.error("--write takes all cases: not with --quick")
    figures: list[Figure] = []
    for part in PARTS:
        print(f"{part.__name__} ...", file=sys.stderr, flush=True)
        figures += part(QUICK if options.quick else Size())
    text = table(figures)
    print(text)
    put(options.write, SECTION, text)
    return 1 if any(figure.met is False for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
