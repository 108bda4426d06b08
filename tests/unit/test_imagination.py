"""Moves in thought and ground plans, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from spatialkit.relations import Observer, Things
from spatialkit.rules import Rules
from spatialkit.tasks.imagination import SpatialImaginationMap, SpatialImaginationOC, SpatialImaginationOO

UP = np.array([0.0, 0.0, 1.0])
LEVEL = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])  # a level camera that looks along +y: right, down, forward


def observer(yaw_left: float = 0.0, at: tuple[float, float, float] = (0, 0, 1)) -> Observer:
    """Look along +y, turned to the left by some degrees."""
    angle = np.radians(yaw_left)
    about_z = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = about_z @ LEVEL, at
    return Observer(pose[None], UP)


def thing(who: Observer, *centre: float) -> Things:
    return Things(np.array([centre]), who.world_from_cam, who)


def oc(who: Observer, stand: Things, face: Things, target: Things) -> np.ndarray:
    value, facts = SpatialImaginationOC().measure(stand, face, target)
    assert facts["before"][0, 0] == pytest.approx(target.level[0])
    return value[0]


def test_a_published_worked_sample() -> None:
    who = observer()
    centres = np.array([[-0.34, -0.08, 1.19], [0.02, 0.26, 0.84], [0.31, -0.27, 1.30]])  # in the camera's frame
    stand, face, target = (thing(who, *(LEVEL @ c + (0, 0, 1))) for c in centres)
    level, own = oc(who, stand, face, target)
    assert level == pytest.approx(own)
    assert level == pytest.approx([-0.532, 0.19, 0.390], abs=2e-3)  # left, (too little to say), in front


@pytest.mark.parametrize(
    ("face", "expected"),
    [
        ((2, 5, 0.2), [1, 0.5, 2]),  # facing as the observer does
        ((5, 2, 0.2), [-2, 0.5, 1]),  # turned right
        ((-1, 2, 3.0), [2, 0.5, -1]),  # turned left; height of what is faced does not matter
        ((2, -3, 0.2), [-1, 0.5, -2]),  # turned about
    ],
)
@pytest.mark.parametrize("yaw", [0, 77])
def test_who_has_moved_faces_what_they_turned_to(face: tuple[float, ...], expected: list[float], yaw: float) -> None:
    who = observer(yaw)
    for reading in oc(who, thing(who, 2, 2, 1.0), thing(who, *face), thing(who, 3, 4, 1.5)):
        assert reading == pytest.approx(expected)


def test_who_faces_what_is_overhead_faces_nowhere() -> None:
    who = observer()
    stand, target = thing(who, 2, 2, 1), thing(who, 3, 4, 1.5)
    assert np.isnan(oc(who, stand, thing(who, 2.3, 2.3, 3), target)).any()
    assert np.isfinite(oc(who, stand, thing(who, 2.4, 2.4, 3), target)).all()
    assert Rules().stand_apart == 0.5


def test_two_things_change_sides_for_one_who_looks_back() -> None:
    who = observer()
    stand, face = thing(who, 0, 6, 1), thing(who, 0, 1, 1)
    target, reference = thing(who, 1, 3, 1.5), thing(who, -1, 2, 1)
    value, facts = SpatialImaginationOO().measure(stand, face, target, reference)
    assert (value[0, :, 0] < 0).all()
    assert (facts["before"][0, :, 0] > 0).all()
    assert (value[0, :, 2] > 0).all()  # nearer than the other to who looks back, farther before
    assert (facts["before"][0, :, 2] < 0).all()
    assert value[0, :, 1] == pytest.approx([0.5] * 3)


def test_the_ground_plan_has_x_to_the_right_and_y_ahead() -> None:
    who = observer(yaw_left=90, at=(1, 1, 1))  # looks along -x, +y to its right
    absent = Things(np.full((1, 3), np.nan), who.world_from_cam, who)
    centres = [(-1, 1, 0), (1, 2, 2), (4, -1, 1)]
    roles = dict(
        zip(SpatialImaginationMap.roles, [*(thing(who, *c) for c in centres), absent, absent, absent], strict=True)
    )
    plan = SpatialImaginationMap().measure(**roles)
    assert plan.shape == (1, 6, 2)
    assert plan[0, :3] == pytest.approx(np.array([[0, 2], [1, 0], [-2, -3]]))
    assert np.isnan(plan[0, 3:]).all()
