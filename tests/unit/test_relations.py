"""Formulas between roles, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from spatialkit.relations import Observer, Things, distance, from_observer, to_each_other

UP = np.array([0.0, 0.0, 1.0])


def observer(pitch_down: float = 0.0, roll: float = 0.0) -> Observer:
    """One metre above the origin of a z-up world, looking along +y."""
    p, r = np.radians([pitch_down, roll])
    level = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])  # columns: right, down, forward
    about_x = np.array([[1, 0, 0], [0, np.cos(p), np.sin(p)], [0, -np.sin(p), np.cos(p)]])
    about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    pose = np.eye(4)
    pose[:3, :3] = level @ about_x @ about_z
    pose[2, 3] = 1.0
    return Observer(pose, UP, 60.0)


def things(who: Observer, *points: tuple[float, float, float]) -> Things:
    centres = np.array(points, dtype=float)
    return Things(centres, np.broadcast_to(who.world_from_cam, (len(centres), 4, 4)), who)


def test_depth_seen_and_level_by_hand() -> None:
    t = things(observer(), (2, 5, 0.5))
    assert t.depth == pytest.approx([5])
    assert t.seen == pytest.approx(np.array([[2, 0.5, 5]]))
    assert t.level == pytest.approx(np.array([[2, -0.5, 5]]))


@pytest.mark.parametrize(("pitch", "roll"), [(0, 0), (30, 0), (30, 20), (-50, -15)])
def test_level_does_not_depend_on_pitch_and_roll(pitch: float, roll: float) -> None:
    assert things(observer(pitch, roll), (2, 5, 0.5)).level == pytest.approx(np.array([[2, -0.5, 5]]))


def test_who_looks_too_steeply_has_no_left_and_right() -> None:
    assert np.isnan(from_observer(things(observer(65), (2, 5, 0)))).any()
    assert np.isfinite(from_observer(things(observer(55), (2, 5, 0)))).all()


def test_distance_is_euclidean() -> None:
    assert distance(np.array([[0, 0, 0.0]]), np.array([[2, 3, 6.0]])) == pytest.approx([7])


def test_readings_of_two_things_by_hand() -> None:
    who = observer()
    a, b = things(who, (-0.3, 1, 1)), things(who, (-1.5, 8, 1.5))
    plain, own, pictured = to_each_other(a, b)[0]
    nearer = np.hypot(np.hypot(1.5, 8), 0.5) - np.hypot(0.3, 1)
    assert plain == pytest.approx([1.2, -0.5, nearer])
    assert own == pytest.approx([1.2, -0.5, 7])
    assert pictured == pytest.approx([-0.3 + 1.5 / 8, -0.5, nearer])  # right in metres, left in the picture


@pytest.mark.parametrize("depth", [0.001, 0.06, 0.09])
def test_what_is_almost_beside_the_camera_still_has_a_side_in_the_picture(depth: float) -> None:
    who = observer()
    a, b = things(who, (-2.9, depth, 1)), things(who, (-3.3, 1.5, 1))
    plain, _, pictured = to_each_other(a, b)[0]
    assert plain[0] == pytest.approx(0.4)
    assert pictured[0] < -2


def test_what_is_behind_the_camera_has_no_side_in_the_picture() -> None:
    who = observer()
    plain, _, pictured = to_each_other(things(who, (1, -2, 1)), things(who, (-1, 3, 1)))[0]
    assert plain == pytest.approx(pictured)
