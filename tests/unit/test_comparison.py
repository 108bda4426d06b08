"""Volumes and places along a way, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from spatialkit.relations import Observer, Things
from spatialkit.tasks.comparison import FirstPassed, LargerObject

POSE = np.eye(4)[None]
WHO = Observer(POSE, np.array([0.0, -1.0, 0.0]))
ONE = np.array([1.0])


def thing(*centre: float, size: tuple[float, float, float] = (1, 1, 1)) -> Things:
    return Things(np.array([centre]), POSE, WHO, size=np.array([size], dtype=float))


def test_volumes_count_by_their_ratio() -> None:
    small, large = thing(0, 0, 0, size=(1, 1, 1)), thing(0, 0, 0, size=(2, 1, 1))
    assert LargerObject().measure(small, large, -ONE) == pytest.approx(np.array([[0, -1]]))  # larger: the second
    assert LargerObject().measure(small, large, ONE) == pytest.approx(np.array([[0, 1]]))  # smaller: the first
    assert np.isnan(LargerObject().measure(small, thing(0, 0, 0, size=(3, 1, 1)), ONE)).all()  # anybody would know
    assert dict(LargerObject.roles["extent"].words) == {"larger": -1, "smaller": 1}


def test_cameras_come_in_the_order_of_their_places_along_the_way() -> None:
    a, b = thing(1, 0.9, 4), thing(5, 0.2, 4)  # along x, whatever the heights
    cameras = [thing(0, 0, 0), thing(7, 1, 9), thing(2.5, -1, -5)]
    assert FirstPassed().measure(a, b, *cameras, ONE) == pytest.approx(np.array([[-1, 6, 1.5]]))
    assert FirstPassed().measure(a, b, *cameras, -ONE) == pytest.approx(np.array([[1, -6, -1.5]]))
    assert dict(FirstPassed.roles["order"].words) == {"first": 1, "last": -1}


def test_a_way_that_is_too_short_has_no_direction() -> None:
    a, cameras = thing(0, 0, 4), [thing(0, 0, 0)] * 3
    assert np.isnan(FirstPassed().measure(a, thing(0.7, 2, 4.7), *cameras, ONE)).all()
    assert np.isfinite(FirstPassed().measure(a, thing(0.8, 2, 4.8), *cameras, ONE)).all()
