"""The compiled core, made to use each instruction set that it is compiled for: the same bytes from all of them."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from spatialkit import _core

LEVELS = ("x86-64", "x86-64-v3", "x86-64-v4", "x86-64-v4+vpopcntdq")
CAMERA, OTHER = np.array([130.0, 131, 79.3, 61.7, 163, 121]), np.array([117.0, 118, 80.1, 59.2, 161, 119])


def every_function() -> Iterator[tuple[str, tuple[object, ...]]]:
    """Yield each function of the core that runs in vectors, and what it makes of numbers that leave a rest."""
    rng = np.random.default_rng(4)
    pose = np.eye(4)
    pose[:3, :3] = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    pose[:3, :3] *= np.linalg.det(pose[:3, :3])
    height, width = 119, 161
    depth = (1 + 0.01 * (np.arange(height * width) % 97)).reshape(height, width).astype(np.float32)
    depth[rng.random((height, width)) < 0.1] = 0
    instances = (np.arange(height * width) // 13 % 140 - 3).reshape(height, width)
    for kind in (np.float32, np.float64):
        points = rng.uniform(-4, 4, (5011, 3)).astype(kind)
        for columns in (False, True):
            given = np.ascontiguousarray(points.T) if columns else points
            out, inside = np.zeros_like(given), np.zeros(len(points), dtype=bool)
            finite = _core.project_points(given, CAMERA, pose, columns, 0.05, out, inside, 1)
            yield f"project_points {kind.__name__} {columns}", (out, inside, finite)
            seen = _core.visible_points(given, OTHER, pose, columns, depth, 0.5, 0.1, 0.05, 1)
            yield f"visible_points {kind.__name__} {columns}", seen
        yield f"all_finite {kind.__name__}", tuple(_core.all_finite(x) for x in (out[0], out[0] * np.inf))
    yield "all_depths", (_core.all_depths(depth), _core.all_depths(-depth))
    yield "unproject_depth", (_core.unproject_depth(depth, OTHER, pose, 1),)
    faces = np.concatenate([np.arange(4000)[:, None] + [0, 1, 2], rng.integers(0, 5011, (300, 3))]).astype(np.int32)
    yield "rasterize", _core.rasterize(_core.Mesh(points, faces), CAMERA, pose, 0.05, 1)
    normals = rng.normal(size=(5011, 3)).astype(np.float32)
    owners, ids = (np.arange(5011) % 21 - 1).astype(np.int32), np.arange(20) * 7
    surface = (points.astype(np.float32), normals, np.full(5011, 0.01, np.float32), owners)
    for shown in (None, instances):
        targets = rng.uniform(-4, 4, (20, 3))
        found = _core.observe_frame(*surface, ids, targets, CAMERA, pose, depth, OTHER, shown, 0.5, 0.1, 0.05, True)
        yield f"observe_frame {shown is None}", found
        less = _core.observe_frame(*surface, ids, targets, CAMERA, pose, depth, OTHER, shown, 0.5, 0.1, 0.05, False)
        yield f"observe_frame, shares {shown is None}", less
    yield "instance_marks", _core.instance_marks(instances, depth, ids, rng.uniform(0, 100, (20, 2)), 4)
    centres, sizes = rng.uniform(-2, 2, (67, 3)), rng.uniform(0, 2, (67, 3))
    angles, turned = rng.uniform(-3, 3, 67), np.linalg.qr(rng.normal(size=(67, 3, 3)))[0]
    upright = np.tile(np.eye(3), (67, 1, 1))
    upright[:, 0, 0], upright[:, 0, 1] = np.cos(angles), -np.sin(angles)
    upright[:, 1, 0], upright[:, 1, 1] = np.sin(angles), np.cos(angles)
    turned *= np.linalg.det(turned)[:, None, None]
    for name, axes in (("turned", turned), ("upright", upright)):
        boxes = (centres, sizes, axes)
        yield f"box_iou {name}", (_core.box_iou(*boxes, *boxes, 1),)
        yield f"box_distance {name}", (_core.box_distance(*boxes, *boxes, 1),)
        yield f"project_boxes {name}", _core.project_boxes(*boxes, CAMERA, pose, 0.05, 1)
        yield f"boxes_in_frustum {name}", _core.boxes_in_frustum(*boxes, CAMERA, pose, 0.05, 1)
        yield f"rotation_error {name}", (_core.rotation_error(axes),)
    yield "shared_surface", (_core.shared_surface(rng.integers(0, 256, (17, 1001)).astype(np.uint8), 1),)
    rows = rng.integers(0, 256, (60, 667)).astype(np.uint8)
    rows[:, 0] = np.arange(60) % 5
    yield "unfilter16", (_core.unfilter16(rows),)


def digests() -> list[str]:
    """Return the level in use, and a line on each function."""
    lines = [_core.vector_level()]
    for name, results in every_function():
        bytes_of = b"".join(np.asarray(result).tobytes() for result in results)
        lines.append(f"{name}: {hashlib.blake2b(bytes_of, digest_size=8).hexdigest()}")
    return lines


@pytest.fixture(scope="module")
def here() -> list[str]:
    return digests()


@pytest.mark.skipif(_core.vector_level() not in LEVELS, reason=f"one instruction set only: {_core.vector_level()}")
@pytest.mark.parametrize("level", LEVELS)
def test_each_instruction_set_gives_the_same_bytes(level: str, here: list[str]) -> None:
    code = "from tests.unit.test_levels import digests; print(*digests(), sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"SPATIALKIT_LEVEL": level}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    used, *found = done.stdout.splitlines()
    if used != level:
        pytest.skip(f"{level} not run: this processor has {used} at most")
    assert found
    assert found == here[1:]


def test_a_level_that_does_not_exist_changes_nothing() -> None:
    code = "from spatialkit import _core; print(_core.vector_level())"
    plain = {name: value for name, value in os.environ.items() if name != "SPATIALKIT_LEVEL"}
    levels = {
        subprocess.run(
            [sys.executable, "-c", code], env=plain | extra, capture_output=True, text=True, check=True
        ).stdout
        for extra in ({}, {"SPATIALKIT_LEVEL": "x86-64-v9"}, {"SPATIALKIT_LEVEL": ""})
    }
    assert len(levels) == 1
