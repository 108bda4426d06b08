"""Boxes at the ends of what numbers can say, against exact fractions."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spatialkit.geometry as geometry
from spatialkit.scene import Camera
from spatialkit.testing import poses, rotations
from tests.oracles import exact
from tests.property.extremes import boxes_about, extents, extreme_cameras, far_poses, powers

ROUNDING = Fraction(1, 10**14)
STEPS = st.sampled_from([0.0, 1e-16, 1e-12, 1e-9, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3])


def arrays(*boxes):
    return tuple(np.stack(part) for part in zip(*boxes, strict=True))


def check_rectangle(box, camera, pose, near):
    """Hold a rectangle between those of the box a rounding smaller and larger: right however ill-conditioned."""
    (rect,), (valid,) = geometry.project_boxes(arrays(box), camera, pose, near=near)
    (kept,) = geometry.boxes_in_frustum(arrays(box), camera, pose, near=near)
    reach = float(np.abs(box[0] - pose[:3, 3]).max() + box[1].max() + near)
    inner, outer = (exact.rectangle(box, camera, pose, near, sign * ROUNDING * Fraction(reach)) for sign in (-1, 1))
    assert kept >= valid >= (inner is not None)
    assert (outer is not None) >= valid
    if not valid:
        assert np.isnan(rect).all()
        return
    slack = 1e-9 * max(camera.width, camera.height)
    assert (rect[:2] >= -0.5).all()
    assert (rect[2:] <= (camera.width - 0.5, camera.height - 0.5)).all()
    assert (rect[:2] >= np.array(outer[:2], float) - slack).all()
    assert (rect[2:] <= np.array(outer[2:], float) + slack).all()
    if inner is not None:
        assert (rect[:2] <= np.array(inner[:2], float) + slack).all()
        assert (rect[2:] >= np.array(inner[2:], float) - slack).all()


@settings(max_examples=100)
@given(st.data(), extreme_cameras(), far_poses(), st.sampled_from([0.05, 0.05, 1e-6, 1e-300, 10.0, 1e5]))
def test_rectangles_of_extreme_cameras_are_exact(data, camera, pose, near):
    check_rectangle(data.draw(boxes_about(pose, near)), camera, pose, near)


@settings(max_examples=100)
@given(st.data(), far_poses())
def test_rectangles_at_the_camera_are_exact(data, pose):
    """The camera in a box, on its face, edge or corner, and boxes that end at the near plane to the last digit."""
    check_rectangle(data.draw(boxes_about(pose, 0.05)), Camera(577, 580, 319.5, 239.5, 640, 480), pose, 0.05)


@pytest.mark.parametrize("near", [1e-300, 1e-9, 0.05])
@pytest.mark.parametrize("focal", [1e-3, 577.0, 1e6])
def test_a_camera_that_a_box_surrounds_sees_it_in_the_whole_image(near, focal):
    random = np.random.default_rng(0)
    camera = Camera(focal, focal, 9.5, 7.5, 20, 16)
    reach = near * (1 + np.hypot(10, 8) / focal)
    for turn in np.linalg.qr(random.normal(size=(50, 3, 3)))[0]:
        turn *= np.linalg.det(turn)
        box = np.zeros(3), 2 * reach + 10 ** random.uniform(-4, 2, 3), turn
        (rect,), _ = geometry.project_boxes(arrays(box), camera, np.eye(4), near=near)
        assert rect.tolist() == [-0.5, -0.5, 19.5, 15.5]


@given(st.data(), far_poses(), st.integers(0, 2))
def test_plates_without_thickness_have_rectangles_too(data, pose, axis):
    centre, size, turn = data.draw(boxes_about(pose, 0.05))
    camera = Camera(577, 577, 319.5, 239.5, 640, 480)
    flat = centre, np.where(np.arange(3) == axis, 0.0, size), turn
    (rect,), (valid,) = geometry.project_boxes(arrays(flat), camera, pose)
    reach = float(np.abs(centre - pose[:3, 3]).max() + size.max() + 0.05)
    outer = exact.rectangle(flat, camera, pose, 0.05, ROUNDING * Fraction(reach))
    inner = exact.rectangle(flat, camera, pose, 0.05)
    assert (outer is not None) >= valid
    if valid and inner is not None:
        edge_on = abs(turn[:, axis] @ (centre - pose[:3, 3])) < 1e-6 * reach
        assert edge_on or np.abs(rect - np.array(inner, float)).max() < 1e-5
    assert geometry.box_iou(arrays(flat), arrays(flat)).tolist() == [[0.0]]


def nearly(turn, tilt):
    """Turn a little more, about (1, 2, 3)."""
    x, y, z = np.array([1.0, 2, 3]) / 14**0.5 * tilt
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    u, _, v = np.linalg.svd(np.eye(3) + cross)
    return turn @ u @ v


def check_iou(one, other):
    found = geometry.box_iou(arrays(one, other), arrays(one, other))
    np.testing.assert_array_equal(found, found.T)
    assert ((found >= 0) & (found <= 1)).all()
    np.testing.assert_allclose(np.diag(found), 1, rtol=0, atol=1e-9)
    assert found[0, 1] == pytest.approx(float(exact.box_iou(one, other)), abs=1e-9)


@given(far_poses(), extents(), powers(-4, 3), STEPS, STEPS, STEPS)
def test_overlap_of_near_duplicates_is_exact(pose, size, scale, moved, grown, tilt):
    centre, size, turn = pose[:3, 3], size * scale, np.ascontiguousarray(pose[:3, :3])
    other = centre + moved * scale * np.array([1, -0.5, 0.2]), size * (1 + grown), nearly(turn, tilt)
    check_iou((centre, size, turn), other)


@given(
    far_poses(), extents(), extents(), rotations(), st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=6, max_size=6)
)
def test_overlap_of_boxes_that_meet_at_faces_edges_and_corners_is_exact(pose, one, other, turn, sides):
    """A corner, an edge, a face or the middle of one box at one of the other, turned alike and not."""
    centre, own = pose[:3, 3], np.ascontiguousarray(pose[:3, :3])
    for axes in (own, own[:, [1, 2, 0]], own @ turn):
        at = centre + own @ (one / 2 * sides[:3]) - axes @ (other / 2 * sides[3:])
        check_iou((centre, one, own), (at, other, np.ascontiguousarray(axes)))


@given(far_poses(), extents(), extents(), st.integers(0, 2), st.sampled_from([np.pi / 4, np.pi / 2, 0.3, 2.0]), STEPS,
       st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=6, max_size=6))  # fmt: skip
def test_overlap_of_boxes_turned_about_an_edge_that_they_share_is_exact(pose, one, other, axis, angle, tilt, sides):
    """Turned about one axis only, or as good as: edges lie along edges and in faces, where no rounding may decide."""
    centre, own = pose[:3, 3], np.ascontiguousarray(pose[:3, :3])
    i, k = (axis + 1) % 3, (axis + 2) % 3
    turn = np.eye(3)
    turn[i, i] = turn[k, k] = np.cos(angle)
    turn[k, i], turn[i, k] = np.sin(angle), -np.sin(angle)
    axes = nearly(own @ turn, tilt)
    at = centre + own @ (one / 2 * sides[:3]) - axes @ (other / 2 * sides[3:])
    check_iou((centre, one, own), (at, other, np.ascontiguousarray(axes)))


@given(poses(1.0), extents(), extents(), rotations(), st.tuples(*[st.floats(-1, 1)] * 3))
def test_a_rigid_motion_to_the_end_of_the_world_changes_no_overlap(pose, one, other, turn, shift):
    """Steps of a power of two lose no digit of the centres, so nothing may change at all but rounding."""
    centres = np.round(np.array([[0, 0, 0], np.array(shift) * one / 2]) * 2**20) / 2**20
    far = 2.0**20 * np.array([1, -1, 1])
    turns = np.stack([pose[:3, :3], turn])
    near_by, moved = ((centres + by, np.stack([one, other]), turns) for by in (0, far))
    np.testing.assert_allclose(geometry.box_iou(moved, moved), geometry.box_iou(near_by, near_by), rtol=0, atol=1e-12)
    gaps = geometry.box_distance(moved, moved) - geometry.box_distance(near_by, near_by)
    assert np.abs(gaps).max() < 1e-7  # what is nearer than the rounding of such places counts as touching


def test_the_oracle_agrees_with_closed_forms():
    """Exact to the fraction on boxes that a pencil can do."""
    cube = np.zeros(3), np.ones(3), np.eye(3)
    for shift, expected in ((0.5, Fraction(1, 3)), (0.0, 1), (1.0, 0), (2.0, 0)):
        assert exact.box_iou(cube, (np.array([shift, 0, 0]), np.ones(3), np.eye(3))) == expected
    quarter = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    assert exact.box_iou(cube, (np.zeros(3), np.ones(3), quarter)) == 1
    diamond = np.array([[3.0, -4, 0], [4, 3, 0], [0, 0, 5]]) / 5
    octagon = float(exact.box_iou(cube, (np.zeros(3), np.ones(3), diamond)))
    area = 1 - 4 * 0.5 * (1 / 3) * (1 / 4)  # each corner loses a triangle
    assert octagon == pytest.approx(area / (2 - area), abs=1e-15)
    camera = Camera(1, 1, 0, 0, 9, 7)
    ahead = np.array([0.0, 0, 3.5]), np.ones(3), np.eye(3)
    assert exact.rectangle(ahead, camera, np.eye(4), 1) == tuple(Fraction(s, 6) for s in (-1, -1, 1, 1))
    assert exact.rectangle(cube, camera, np.eye(4), 1) is None
