import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spatialkit.geometry as geometry
from spatialkit import _core
from spatialkit.scene import Camera, OrientedBox
from spatialkit.testing import boxes, cameras, poses, rotations
from tests.oracles import boxes as oracle
from tests.oracles.camera import project_points
from tests.property.extremes import far_poses

NEAR = 0.05


def inside_points(box, seed, n=2000):
    """Points of the solid, its surface and corners among them."""
    unit = np.random.default_rng(seed).uniform(-0.5, 0.5, (n, 3))
    unit[: n // 2] = np.clip(unit[: n // 2] * 3, -0.5, 0.5)
    return np.concatenate([box.centre + (unit * box.size) @ box.world_from_box.T, box.corners])


@given(st.lists(boxes(), max_size=6), cameras(), poses(3.0), st.integers(0, 2**32 - 1))
def test_what_is_in_view_lies_in_the_rectangle_and_is_never_culled(found, camera, pose, seed):
    rects, valid = geometry.project_boxes(found, camera, pose)
    kept = geometry.boxes_in_frustum(found, camera, pose)
    assert not (valid & ~kept).any()
    np.testing.assert_array_equal(np.isnan(rects).any(axis=1), ~valid)
    for box, rect, ok, keep in zip(found, rects, valid, kept, strict=True):
        u, v, z = project_points(inside_points(box, seed), camera, pose).T
        width, height = camera.width - 0.5, camera.height - 0.5
        seen = (
            (z > NEAR * (1 + 1e-9)) & (u > -0.5 + 1e-6) & (u < width - 1e-6) & (v > -0.5 + 1e-6) & (v < height - 1e-6)
        )
        if seen.any():
            assert ok
            assert keep
            assert u[seen].min() >= rect[0] - 1e-6
            assert v[seen].min() >= rect[1] - 1e-6
            assert u[seen].max() <= rect[2] + 1e-6
            assert v[seen].max() <= rect[3] + 1e-6
        if ok:
            assert rect[0] >= -0.5
            assert rect[1] >= -0.5
            assert rect[2] <= width
            assert rect[3] <= height


@given(st.lists(boxes(), min_size=1, max_size=6), cameras(), poses(3.0))
def test_rectangle_is_that_of_the_planar_hull(found, camera, pose):
    rects, valid = geometry.project_boxes(found, camera, pose)
    for box, rect, ok in zip(found, rects, valid, strict=True):
        expected = oracle.rectangle_by_hull(box, camera, pose, NEAR)
        if ok and expected is not None:
            np.testing.assert_allclose(rect, expected, atol=1e-5)
        elif ok or expected is not None:
            # Only what touches the view volume without going in is a matter of rounding.
            assert abs(oracle.roomiest(oracle.half_spaces(box, camera, pose, NEAR))[1]) < 1e-6


@given(boxes(1.0), cameras(), poses(1.0))
def test_rectangle_is_that_of_the_half_spaces(box, camera, pose):
    (rect,), (ok,) = geometry.project_boxes([box], camera, pose)
    expected, radius = oracle.rectangle_by_half_spaces(box, camera, pose, NEAR)
    if expected is None:
        assert not ok or radius > -1e-6
    else:
        assert ok
        if radius > 1e-4:  # thinner than that, the corners qhull gives are its own
            np.testing.assert_allclose(rect, expected, atol=1e-4)


@given(cameras(), poses(3.0), rotations(), st.floats(0.3, 3.0))
def test_camera_in_a_box_sees_it_everywhere(camera, pose, turn, size):
    reach = NEAR * np.linalg.norm([camera.width / camera.fx, camera.height / camera.fy, 1.0])
    box = OrientedBox(pose[:3, 3], np.full(3, 2 * reach + size), turn)
    (rect,), (ok,) = geometry.project_boxes([box], camera, pose)
    assert ok
    np.testing.assert_array_equal(rect, (-0.5, -0.5, camera.width - 0.5, camera.height - 0.5))


@given(cameras(), poses(3.0), rotations(), st.sampled_from([-1e-3, -1e-9, 0.0, 1e-9, 1e-3]), st.integers(0, 7))
def test_corner_at_the_near_plane(camera, pose, turn, ahead, corner):
    """A box whose foremost or hindmost corner is at the near plane: valid when it goes beyond, never a bad number."""
    box = OrientedBox([0, 0, 0], [0.4, 0.3, 0.2], turn)
    offset = pose[:3, 3] + pose[:3, 2] * (NEAR + ahead) - box.corners[corner]
    box = OrientedBox(offset, box.size, turn)
    (rect,), (ok,) = geometry.project_boxes([box], camera, pose)
    assert np.isfinite(rect).all() == ok
    if (oracle.corners_in_camera(box, pose)[:, 2] < NEAR - 1e-9).all():
        assert not ok
    elif ahead == 1e-3 and in_image(camera):
        assert ok


def in_image(camera):
    """Whether the principal point is a pixel's."""
    return -0.5 < camera.cx < camera.width - 0.5 and -0.5 < camera.cy < camera.height - 0.5


def test_many_boxes_against_the_planar_hull():
    """A figure rather than a law: of 4,000 boxes around the camera none is wrong."""
    random = np.random.default_rng(0)
    camera = Camera(577, 577, 319.5, 239.5, 640, 480)
    wrong = compared = 0
    for _ in range(40):
        turns = np.linalg.qr(random.normal(size=(101, 3, 3)))[0]
        turns *= np.linalg.det(turns)[:, None, None]
        pose = np.eye(4)
        pose[:3, :3] = turns[0]
        found = [OrientedBox(random.normal(0, 1.5, 3), random.uniform(0.02, 2.5, 3), turn) for turn in turns[1:]]
        rects, valid = geometry.project_boxes(found, camera, pose)
        for box, rect, ok in zip(found, rects, valid, strict=True):
            expected = oracle.rectangle_by_hull(box, camera, pose, NEAR)
            compared += expected is not None
            wrong += ok != (expected is not None) or (ok and np.abs(rect - expected).max() > 1e-6)
    assert compared > 900
    assert wrong == 0


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1.0, 1e3])
def test_cull_and_rectangle_do_not_depend_on_scale(scale):
    random = np.random.default_rng(1)
    camera, pose = Camera(577, 577, 319.5, 239.5, 640, 480), np.eye(4)
    n = 200
    arrays = random.uniform(-2, 2, (n, 3)), random.uniform(0, 2, (n, 3)), np.broadcast_to(np.eye(3), (n, 3, 3))
    rects, valid = geometry.project_boxes(arrays, camera, pose, near=0.05)
    scaled = arrays[0] * scale, arrays[1] * scale, arrays[2]
    again, still = geometry.project_boxes(scaled, camera, pose, near=0.05 * scale)
    np.testing.assert_array_equal(valid, still)
    np.testing.assert_allclose(again, rects, atol=1e-8)
    assert _core.rotation_error(np.ascontiguousarray(arrays[2])) == 0


@given(cameras(), far_poses(), st.integers(0, 70), st.integers(0, 2**32 - 1))
def test_boxes_are_culled_and_judged_alike_alone_and_among_many(camera, pose, n, seed):
    random = np.random.default_rng(seed)
    turns = np.linalg.qr(random.normal(size=(n, 3, 3)))[0]
    turns *= np.linalg.det(turns)[:, None, None]
    arrays = pose[:3, 3] + random.normal(size=(n, 3)), 10 ** random.uniform(-4, 1, (n, 3)), turns
    alone = [geometry.boxes_in_frustum(tuple(part[i : i + 1] for part in arrays), camera, pose)[0] for i in range(n)]
    assert geometry.boxes_in_frustum(arrays, camera, pose).tolist() == alone
    if n:
        odd = random.choice([np.nan, np.inf, -np.inf, 0.0, 2.0, 1e200, -1.0], size=random.integers(0, 3))
        turns[random.integers(n, size=len(odd)), random.integers(3, size=len(odd)), 1] = odd
    errors = [_core.rotation_error(turns[i : i + 1]) for i in range(n)]
    assert _core.rotation_error(turns) == max(errors, default=0.0)
    for turn, error in zip(turns, errors, strict=True):
        with np.errstate(all="ignore"):
            off = np.abs(turn.T @ turn - np.eye(3)).max()
        proper = np.isfinite(turn).all() and np.isfinite(off) and np.linalg.det(turn) > 0
        assert error == (pytest.approx(off, rel=1e-9, abs=1e-15) if proper else np.inf)


@given(cameras(), poses(3.0), st.integers(0, 2**32 - 1), st.sampled_from([0.0, 1e-3, 0.3, 5.0]))
def test_a_sphere_is_kept_if_anything_of_it_is_in_view_and_dropped_if_far_from_it(camera, pose, seed, radius):
    random = np.random.default_rng(seed)
    centres = pose[:3, 3] + random.normal(size=(40, 3)) * 10 ** random.uniform(-1, 1, (40, 1))
    kept = geometry.spheres_in_frustum(centres, np.full(40, radius), camera, pose)
    around = random.normal(size=(40, 50, 3))
    around *= radius * random.random((40, 50, 1)) ** (1 / 3) / np.linalg.norm(around, axis=2, keepdims=True)
    inside = geometry.points_in_image((centres[:, None] + around).reshape(-1, 3), camera, pose).reshape(40, 50)
    assert kept[inside.any(axis=1)].all()
    # Wholly behind the near plane: the depth of its nearest point to the view is centre + radius.
    depth = (centres - pose[:3, 3]) @ pose[:3, 2]
    assert not kept[depth + radius < NEAR - 1e-9].any()
    as_boxes = geometry.boxes_in_frustum(
        (centres, np.full((40, 3), 2 * radius), np.tile(np.eye(3), (40, 1, 1))), camera, pose
    )
    assert (as_boxes | ~kept).all()  # the cube about a sphere is kept wherever the sphere is
