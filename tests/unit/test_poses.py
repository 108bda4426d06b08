import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialkit import poses as under_test
from spatialkit.errors import ArgumentError
from spatialkit.scene import Camera
from spatialkit.testing import cameras, poses, rotations


def about_y(angle):
    return np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])


@given(poses(), poses())
def test_relative_pose_leads_from_b_to_a(world_from_a, world_from_b):
    a_from_b = under_test.relative_pose(world_from_a, world_from_b)
    np.testing.assert_allclose(world_from_a @ a_from_b, world_from_b, atol=1e-12)
    np.testing.assert_allclose(under_test.relative_pose(world_from_a, world_from_a), np.eye(4), atol=1e-12)


@pytest.mark.parametrize("angle", [0, 1e-12, 1e-8, 1e-3, 1, np.pi - 1e-3, np.pi - 1e-9, np.pi])
def test_angle_is_exact_at_both_ends(angle):
    start = about_y(0.3)
    assert under_test.angle_between(start, start @ about_y(angle)) == pytest.approx(angle, rel=1e-7, abs=1e-15)


@given(rotations(), rotations())
def test_angle_is_symmetric(a, b):
    angle = under_test.angle_between(a, b)
    assert 0 <= angle <= np.pi
    assert under_test.angle_between(b, a) == pytest.approx(angle, abs=1e-12)
    assert np.trace(a.T @ b) == pytest.approx(1 + 2 * np.cos(angle), abs=1e-9)


@given(cameras(64), poses(), st.integers(0, 3), st.floats(-0.7, 0.7))
def test_sideways_images_are_turned_upright(camera, pose, turns, roll):
    """A level camera, its image stored turned clockwise: as many turns counter-clockwise bring it back."""
    up = -pose[:3, 1] * np.cos(roll) + pose[:3, 0] * np.sin(roll)
    stored_camera = camera.turned(-turns)
    stored = pose.copy()
    stored[:3, :3] = pose[:3, :3] @ np.linalg.matrix_power(under_test.CAM_FROM_TURNED.T, turns)
    found_camera, found_pose, found = under_test.upright(stored_camera, stored, 3 * up)
    assert found == turns
    np.testing.assert_allclose(found_pose, pose, atol=1e-12)
    np.testing.assert_allclose(found_camera.array, camera.array, atol=1e-9)


def test_turned_camera_sees_the_turned_image():
    """A pixel of the image and of the image turned by numpy.rot90 see the same world point."""
    camera, pose = Camera(100, 110, 30, 20, 64, 48), np.eye(4)
    pixels = np.arange(48 * 64).reshape(48, 64)
    for direction, turns in (([0, -1, 0], 0), ([1, 0, 0], 1), ([0, 1, 0], 2), ([-1, 0, 0], 3)):
        turned, turned_pose, found = under_test.upright(camera, pose, direction)
        assert found == turns
        ((v, u),) = np.argwhere(np.rot90(pixels, turns) == pixels[7, 11])
        ray = turned_pose[:3, :3] @ np.linalg.inv(turned.matrix) @ (u, v, 1.0)
        np.testing.assert_allclose(ray, np.linalg.inv(camera.matrix) @ (11, 7, 1.0), atol=1e-12)


def test_looking_straight_down_needs_no_turn():
    _, _, turns = under_test.upright(Camera(1, 1, 0, 0, 2, 2), np.eye(4), [0, 0, 1])
    assert turns == 0
    with pytest.raises(ArgumentError, match="up: found a vector of length 0"):
        under_test.upright(Camera(1, 1, 0, 0, 2, 2), np.eye(4), [0, 0, 0])


@given(rotations())
def test_quaternions_there_and_back(rotation):
    q = under_test.quaternion(rotation)
    assert q[0] >= 0
    assert np.linalg.norm(q) == pytest.approx(1)
    np.testing.assert_allclose(under_test.rotation_from_quaternion(q), rotation, atol=1e-12)
    np.testing.assert_allclose(under_test.rotation_from_quaternion(-q), rotation, atol=1e-12)
    theirs = under_test.to_pyquaternion(rotation)
    np.testing.assert_allclose(theirs.rotation_matrix, rotation, atol=1e-12)
    np.testing.assert_allclose(under_test.rotation_from_quaternion(theirs), rotation, atol=1e-12)


def test_bad_quaternions_are_named():
    with pytest.raises(ArgumentError, match="quaternion: found length 2, expected a unit quaternion"):
        under_test.rotation_from_quaternion([2, 0, 0, 0])
    with pytest.raises(ArgumentError, match=r"quaternion: found shape \(3,\)"):
        under_test.rotation_from_quaternion([1, 0, 0])


@given(poses(), st.floats(-3.1, 3.1), st.floats(0, 1))
def test_interpolation_is_at_constant_speed(start, angle, share):
    end = start.copy()
    end[:3, :3] = start[:3, :3] @ about_y(angle)
    end[:3, 3] += (1.0, 2.0, -3.0)
    between = under_test.interpolate_pose(start, end, share)
    # Slerp falls back to a straight line for nearly equal rotations, where it is as good.
    np.testing.assert_allclose(between[:3, :3], start[:3, :3] @ about_y(share * angle), atol=1e-6)
    np.testing.assert_allclose(between[:3, 3], start[:3, 3] + share * np.array([1.0, 2.0, -3.0]), atol=1e-12)


def test_interpolation_stays_between():
    with pytest.raises(ArgumentError, match=r"share: found 1\.5, expected a value from 0 to 1"):
        under_test.interpolate_pose(np.eye(4), np.eye(4), 1.5)
