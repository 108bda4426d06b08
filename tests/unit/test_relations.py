"""Formulas between roles, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from spatialkit.relations import (
    Observer,
    Things,
    distance,
    from_observer,
    relative_pose,
    standing,
    to_each_other,
    turned_into,
)

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
    return Observer(pose[None], UP)


def things(who: Observer, *points: tuple[float, float, float]) -> Things:
    centres = np.array(points, dtype=float)
    poses = np.broadcast_to(who.world_from_cam, (len(centres), 4, 4))
    return Things(centres, poses, replace(who, world_from_cam=poses))


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


def test_a_point_is_projected_into_thousandths_of_the_image() -> None:
    who = replace(observer(), intrinsics=np.array([[500.0, 400.0, 319.5, 239.5, 640.0, 480.0]]))
    assert who.project(np.array([[0, 4.0, 1]])) == pytest.approx(np.array([[500, 500, 4]]))
    assert who.project(np.array([[0.64, 4.0, 1.6]])) == pytest.approx(np.array([[625, 375, 4]]))
    behind = who.project(np.array([[0, -1.0, 1]]))[0]
    assert np.isnan(behind[:2]).all()
    assert behind[2] == -1


def test_someone_who_stands_at_a_thing_faces_another_with_a_level_head() -> None:
    who = observer(40, 10)
    stand, face, other = things(who, (1, 1, 0.4)), things(who, (1, 3, 2.0)), things(who, (3, 2, 0.9))
    assert from_observer(other.by(standing(stand, face)))[0] == pytest.approx(np.tile([2, 0.5, 1], (2, 1)))
    assert from_observer(other.by(standing(face, stand)))[0] == pytest.approx(np.tile([-2, -1.1, 1], (2, 1)))


def test_who_stands_too_near_to_what_they_face_has_no_left_and_right() -> None:
    who = observer()
    stand = things(who, (1, 1, 0))
    for step, level in ((0.45, False), (0.55, True)):
        view = from_observer(things(who, (3, 3, 0)).by(standing(stand, things(who, (1, 1 + step, 2)))))
        assert np.isfinite(view).all() == level


def test_the_pose_of_one_camera_in_the_frame_of_another() -> None:
    rng = np.random.default_rng(0)
    poses = np.tile(np.eye(4), (2, 5, 1, 1))
    poses[..., :3, :3] = Rotation.random(10, random_state=1).as_matrix().reshape(2, 5, 3, 3)
    poses[..., :3, 3] = rng.normal(size=(2, 5, 3))
    first, second = (Things(p[:, :3, 3], p, observer()) for p in poses)
    assert relative_pose(first, second) == pytest.approx(np.linalg.inv(poses[0]) @ poses[1])


def test_to_the_right_is_a_cross_product() -> None:
    rng = np.random.default_rng(0)
    forward, up = rng.normal(size=(20, 3)), rng.normal(size=3)
    assert turned_into(forward, up) == pytest.approx(np.cross(forward, up))


@pytest.mark.parametrize(("a", "b", "agree"), [
    ((2, 2.3, 1), (1.6, -0.3, 1), False),  # 41 and 101 degrees to the right: the first lies more to the side, but
    ((2, 2.3, 1), (-1.6, -0.3, 1), True),  # who turns to the second turns farther; here all say right
    ((0.4, -2, 1), (-0.4, -2, 1), False),  # both behind: who turns round has the first to the left
])  # fmt: skip
def test_left_and_right_are_sure_only_if_they_hold_for_who_turns_round(
    a: tuple[float, float, float], b: tuple[float, float, float], agree: bool
) -> None:
    who = observer()
    sideways = to_each_other(things(who, a), things(who, b))[0, :, 0]
    assert sideways[0] > 0
    assert bool((np.sign(sideways) == np.sign(sideways[0])).all()) is agree
