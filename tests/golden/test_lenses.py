"""Lenses against OpenCV, whose results are kept: ``python -m tests.golden.test_lenses`` writes them anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spatialkit.lenses import BrownConrady, KannalaBrandt

FILE = Path(__file__).with_name("lenses.json")
BROWN = {
    "no distortion": (577.0, 580.0, 318.2, 241.7, (0.0, 0.0, 0.0, 0.0)),
    "radial and tangential": (1170.1, 1169.9, 647.7, 483.6, (0.12, -0.26, 0.0013, -0.0021, 0.14)),
    "barrel": (533.1, 533.4, 341.6, 233.1, (-0.29, 0.11, 0.001, -0.0004, -0.02)),
    "rational": (610.0, 608.5, 640.3, 360.9, (0.72, -2.6, 0.0007, -0.0003, 1.5, 0.6, -2.4, 1.4)),
}
FISHEYE = {
    "no distortion": (400.0, 405.0, 500.0, 375.0, (0.0, 0.0, 0.0, 0.0)),
    "a camera of 180 degrees": (789.1, 789.4, 879.5, 585.5, (-0.029, -0.0059, -0.0013, 0.0002)),
}


def rays(widest: float) -> np.ndarray:
    """Return points (n, 3) of many depths, up to ``widest`` degrees off the axis."""
    random = np.random.default_rng(7)
    angle, around, depth = (
        np.radians(random.uniform(0, widest, 60)),
        random.uniform(0, 7, 60),
        random.uniform(0.3, 9, 60),
    )
    points = np.stack([np.sin(angle) * np.cos(around), np.sin(angle) * np.sin(around), np.cos(angle)], axis=1)
    return np.asarray(points * depth[:, None])


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    return dict(json.loads(FILE.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", BROWN)
def test_brown_conrady_is_that_of_opencv(name: str, kept: dict[str, Any]) -> None:
    lens, points = BrownConrady(*BROWN[name]), rays(30)
    found = lens.project(points)
    np.testing.assert_allclose(found, kept["brown"][name], atol=1e-6, rtol=0)
    np.testing.assert_allclose(lens.unproject(found), points / np.linalg.norm(points, axis=1)[:, None], atol=1e-9)


@pytest.mark.parametrize("name", FISHEYE)
def test_kannala_brandt_is_that_of_opencv(name: str, kept: dict[str, Any]) -> None:
    lens, points = KannalaBrandt(*FISHEYE[name]), rays(80)
    found = lens.project(points)
    np.testing.assert_allclose(found, kept["fisheye"][name], atol=1e-6, rtol=0)
    np.testing.assert_allclose(lens.unproject(found), points / np.linalg.norm(points, axis=1)[:, None], atol=1e-9)


def main() -> None:
    import cv2

    none = np.zeros(3)
    kept: dict[str, Any] = {"opencv": cv2.__version__, "brown": {}, "fisheye": {}}
    for name, (fx, fy, cx, cy, k) in BROWN.items():
        matrix = np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]])
        kept["brown"][name] = cv2.projectPoints(rays(30), none, none, matrix, np.array(k))[0][:, 0].tolist()
    for name, (fx, fy, cx, cy, k) in FISHEYE.items():
        matrix = np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]])
        pixels = cv2.fisheye.projectPoints(rays(80)[None], none, none, matrix, np.array(k))[0]
        kept["fisheye"][name] = pixels.reshape(-1, 2).tolist()
    FILE.write_text(json.dumps(kept) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
