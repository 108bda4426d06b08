"""Row 13: what importing the package costs beside numpy, which it needs."""

from __future__ import annotations

import subprocess
import sys

import numpy as np

from benchmarks.runner import Result, Row
from benchmarks.scene import Room

__all__ = ["ROW"]

HEAVY = ("numba", "scipy", "shapely", "PIL", "pyquaternion", "trimesh", "typer", "rich", "msgspec")


def _import(package: str) -> Result:
    code = f"import sys, {package}; print(*[name in sys.modules for name in {HEAVY!r}])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return (np.array([word == "True" for word in done.stdout.split()]),)


def ours(room: Room, frame: int) -> Result:
    return _import("spatialkit")


def numpy_alone(room: Room, frame: int) -> Result:
    return _import("numpy")


ROW = Row(
    number="13",
    operation="import spatialkit, in a new process",
    peer_name="import numpy",
    goal=1 / 1.5,
    ours=ours,
    peer=numpy_alone,
    differing=lambda ours, peer: (int((ours[0] != peer[0]).sum()), len(HEAVY)),
    frames=1,
)
