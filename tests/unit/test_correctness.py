"""The correctness figures: that they count, and that they see what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import correctness
from benchmarks.correctness import QUICK, Figure
from benchmarks.page import markers, with_section
from spatialkit import geometry
from spatialkit.observe import observe
from tests.oracles.raster import Rays


def missed(part: Any) -> list[str]:
    return [figure.what for figure in part(QUICK) if figure.met is False]


@pytest.mark.parametrize("part", correctness.PARTS, ids=lambda part: part.__name__)
def test_a_small_share_of_the_cases_meets_the_goals(part: Any) -> None:
    figures = list(part(QUICK))
    assert any(figure.met for figure in figures)
    assert missed(part) == []


def test_rays_in_double_precision_are_those_of_embree() -> None:
    scene = correctness.random_scene(5, objects=14, frames=2)
    points = correctness.surface_points(scene.surface, 3000, np.random.default_rng(0))
    faces = np.zeros(len(points), int)
    for frame in scene.frames:
        pose = frame.world_from_cam
        ahead = points[(points - pose[:3, 3]) @ pose[:3, 2] > 0.1]
        free = correctness.unhidden(ahead, scene.surface, pose[:3, 3], pose[:3, 2])
        expected = Rays(scene.surface).sees(ahead, faces[: len(ahead)], pose[:3, 3])
        assert 100 < free.sum() < len(free) - 100
        assert (free != expected).mean() < 5e-3


def test_hard_boxes_are_where_their_names_say() -> None:
    random = np.random.default_rng(0)
    pose = correctness.pose_of(random)
    for kind in correctness.KINDS:
        centres, sizes, axes = correctness.hard_boxes(kind, 300, pose, random)
        z = (centres - pose[:3, 3]) @ pose[:3, 2]
        reach = correctness.reach_along(axes, sizes, pose[:3, 2])
        eye = np.abs(np.einsum("nij,ni->nj", axes, pose[:3, 3] - centres)) / sizes
        if kind == "through the near plane":
            assert ((z - reach < 0.05) & (z + reach > 0.05)).all()
        elif kind == "around the camera":
            assert eye.max() <= 0.5
            assert (sizes * (0.5 - eye)).min(axis=1)[:100].max() <= 1e-3
        elif kind == "centred behind the camera":
            assert z.max() <= 0
        else:
            gap = np.minimum(np.abs(z - reach - 0.05), np.abs(z + reach - 0.05))
            assert gap.max() <= 1e-3 * (1 + 1e-6)


def nudged(by: float) -> Any:
    def project_boxes(boxes: Any, camera: Any, pose: Any) -> Any:
        rects, valid = geometry.project_boxes(boxes, camera, pose)
        return rects + by, valid

    return project_boxes


FAULTS = {
    "visibility": ("visible_points", lambda *a, **k: np.ones(len(a[0]), bool)),
    "rectangles": ("project_boxes", nudged(1e-5)),
    "frustum": ("boxes_in_frustum", lambda boxes, *a: np.zeros(len(boxes[0]), bool)),
    "overlaps": ("box_iou", lambda a, b: geometry.box_iou(a, b) + 2e-9),
    "threads": ("observe", lambda scene, threads: observe(correctness.random_scene(threads, objects=20, frames=4))),
}


@pytest.mark.parametrize("name", FAULTS)
def test_planted_faults_are_counted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {part.__name__: part for part in correctness.PARTS}
    monkeypatch.setattr(correctness, *FAULTS[name])
    assert missed(parts.get(name, correctness.rectangles))


def test_the_table_marks_what_misses_its_goal_and_goes_between_the_markers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def part(size: object) -> list[Figure]:
        return [Figure("a", "b", "3 cases", "0", "1", False), Figure("c", "d", "3 cases", "–", "7 %", None)]

    monkeypatch.setattr(correctness, "PARTS", (part,))
    page = tmp_path / "page.md"
    page.write_text("\nold\n".join(markers(correctness.SECTION)), "utf-8")
    assert correctness.main(["--write", str(page)]) == 1
    assert "**1**" in page.read_text("utf-8")
    assert "old" not in page.read_text("utf-8")
    assert len({len(line) for line in capsys.readouterr().out.splitlines()}) == 1
    with pytest.raises(SystemExit):
        correctness.main(["--quick", "--write", str(page)])


def test_the_page_has_a_place_for_the_figures() -> None:
    page = (Path(__file__).parents[2] / "docs/performance.md").read_text("utf-8")
    assert "figures" in with_section(page, correctness.SECTION, "figures")
