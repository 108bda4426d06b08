"""Upright boxes and the ground below them, by hand and against shapely."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from shapely.geometry import MultiPoint, Polygon

from spatialkit.tasks._boxes import apart, outlines, upright
from spatialkit.tasks.fitting import WouldItFit
from spatialkit.tasks.volume import SpatialVolumeInfer

UP = np.array([0.0, 0.0, 1.0])


def boxes(
    centre: Any = (0, 0, 0), size: Any = (1, 1, 1), turn: Rotation | None = None, up: np.ndarray = UP
) -> SimpleNamespace:
    """Boxes (n, ...) as a role has them; ``turn`` their axes, level ones along the world's where it is None."""
    centre, size = np.atleast_2d(np.array(centre, dtype=float)), np.atleast_2d(np.array(size, dtype=float))
    axes = np.broadcast_to(np.eye(3) if turn is None else turn.as_matrix(), (len(centre), 3, 3))
    return SimpleNamespace(centre=centre, size=size, axes=axes, observer=SimpleNamespace(up=up))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
@pytest.mark.parametrize("degrees", [0, 30, 135])
def test_height_runs_up_and_the_longer_level_side_is_the_length(order: tuple[int, ...], degrees: float) -> None:
    axes = Rotation.from_euler("z", degrees, degrees=True).as_matrix()[:, order]
    thing = boxes(size=np.array([0.4, 1.2, 2.0])[list(order)], turn=Rotation.from_matrix(axes))
    assert SpatialVolumeInfer().measure(thing) == pytest.approx(np.array([[1.2, 0.4, 2.0]]))


def test_up_may_be_any_axis_of_the_world() -> None:
    sizes = upright(boxes(size=(0.4, 1.2, 2.0), up=np.array([0.0, -1.0, 0.0])), 10)
    assert sizes == pytest.approx(np.array([[2.0, 0.4, 1.2]]))


@pytest.mark.parametrize(("tilt", "stands"), [(9, True), (11, False), (45, False), (85, True)])
def test_what_stands_askew_has_no_height(tilt: float, stands: bool) -> None:
    sizes = upright(boxes(size=(0.4, 1.2, 2.0), turn=Rotation.from_euler("x", tilt, degrees=True)), 10)
    assert np.isfinite(sizes).all() == stands
    assert np.isnan(sizes).all() != stands


def test_outlines_are_the_shadows_of_upright_boxes() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        turn = Rotation.from_euler("z", rng.uniform(0, 360), degrees=True)
        size, centre = rng.uniform(0.1, 2, 3), rng.uniform(-3, 3, 3)
        corners = centre + corners_of(size) @ turn.as_matrix().T
        found = Polygon(outlines(boxes(centre, size, turn))[0])
        shadow = MultiPoint(corners[:, :2]).convex_hull
        assert found.is_valid
        assert found.area == pytest.approx(shadow.area)
        assert found.length == pytest.approx(shadow.length)


def corners_of(size: np.ndarray) -> np.ndarray:
    return np.array([[i, j, k] for i in (-0.5, 0.5) for j in (-0.5, 0.5) for k in (-0.5, 0.5)]) * size


def test_distance_of_convex_polygons_is_that_of_shapely() -> None:
    rng = np.random.default_rng(1)
    a, b = quadrilaterals(rng, 2000), quadrilaterals(rng, 2000)
    expected = np.array([Polygon(p).distance(Polygon(q)) for p, q in zip(a, b, strict=True)])
    assert 0.2 < (expected == 0).mean() < 0.8
    assert apart(a, b) == pytest.approx(expected, abs=1e-9)
    assert apart(b, a) == pytest.approx(expected, abs=1e-9)
    assert apart(a[:, ::-1], b) == pytest.approx(expected, abs=1e-9)


def quadrilaterals(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return convex ones (n, 4, 2): corners on stretched and turned circles."""
    turns = np.sort(rng.uniform(0, 2 * np.pi, (count, 4)), axis=1)
    round_ = np.stack([np.cos(turns), np.sin(turns)], axis=2)
    return round_ @ rng.normal(size=(count, 2, 2)) + rng.uniform(-2, 2, (count, 1, 2))


def test_crossing_bars_touch_though_no_corner_lies_in_the_other() -> None:
    bar = np.array([[[-2, -0.1], [2, -0.1], [2, 0.1], [-2, 0.1]]])
    assert apart(bar, bar[..., ::-1]) == pytest.approx([0])


def room_to_spare(width: float, gap: float, **changed: Any) -> float:
    a = boxes((5, 5, 0.5), (width, 1.5, 1), Rotation.from_euler("z", 40, degrees=True))
    b = boxes((0, 0, changed.get("height", 0.5)), (1, 1, 1), Rotation.from_euler("x", changed.get("tilt", 0), True))
    return float(WouldItFit().measure(a=a, b=b, c=boxes((1 + gap, 0.7, 0.4), (1, 1, 0.8)))[0])


def test_what_fits_is_narrower_than_the_gap() -> None:
    assert room_to_spare(0.6, 0.8) == pytest.approx(0.2)
    assert room_to_spare(0.8, 0.6) == pytest.approx(-0.2)
    assert room_to_spare(0.8, 0.6, tilt=1.5) == pytest.approx(-0.2, abs=0.02)


@pytest.mark.parametrize(
    ("width", "gap", "changed"),
    [(0.6, -0.1, {}), (0.2, 0.8, {}), (1.4, 0.3, {}), (0.6, 0.8, {"height": 2.0}), (0.6, 0.8, {"tilt": 5})],
)
def test_there_is_nothing_to_ask_without_a_gap_of_that_sort(width: float, gap: float, changed: dict[str, Any]) -> None:
    assert np.isnan(room_to_spare(width, gap, **changed))
