import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import spatialkit.geometry as geometry
from spatialkit.testing import cameras, poses
from tests.oracles import camera as oracle


@given(cameras(), poses(50.0), st.integers(0, 2**32 - 1))
def test_projection_is_that_of_the_matrix(camera, pose, seed):
    points = np.random.default_rng(seed).uniform(-60, 60, (40, 3))
    expected = oracle.project_points(points, camera, pose)
    sure = np.abs(expected[:, 2]) > 1e-3
    found = geometry.project_points(points, camera, pose)
    np.testing.assert_allclose(found[sure], expected[sure], rtol=1e-9, atol=1e-7)


@given(cameras(), poses(1e6), st.integers(0, 2**32 - 1))
def test_single_precision_is_good_to_a_few_roundings_wherever_the_camera_stands(camera, pose, seed):
    points = (pose[:3, 3] + np.random.default_rng(seed).uniform(-9, 9, (40, 3))).astype(np.float32)
    exact = oracle.project_points(points.astype(float), camera, pose)
    found = geometry.project_points(points, camera, pose)
    assert found.dtype == np.float32
    off = 1e-6 * (1 + np.linalg.norm(points - pose[:3, 3], axis=1))  # metres
    assert (np.abs(found[:, 2] - exact[:, 2]) <= off).all()
    sure = exact[:, 2] > 0.1
    slack = (
        off[:, None] / exact[:, 2:] * (np.abs(exact[:, :2]) + camera.fx + camera.fy + abs(camera.cx) + abs(camera.cy))
    )
    assert (np.abs(found - exact)[sure, :2] <= slack[sure]).all()


@given(cameras(), poses(5.0), st.integers(0, 2**32 - 1), st.integers(0, 600), st.sampled_from(["f4", "f8"]))
def test_neither_memory_order_nor_shared_arrays_change_what_is_found(camera, pose, seed, count, kind):
    points = np.random.default_rng(seed).uniform(-6, 6, (count, 3)).astype(kind)
    rows = geometry.project_points(points, camera, pose)
    for order in "CF":
        given_points, out = np.array(points, order=order), np.full(points.shape, 7, kind, order=order)
        inside = np.ones(count, bool)
        assert geometry.project_points(given_points, camera, pose, out=out, inside=inside) is out
        np.testing.assert_array_equal(out, rows)
        np.testing.assert_array_equal(geometry.project_points(given_points, camera, pose), rows)
        u, v, z = rows.T
        within = (u >= -0.5) & (u < camera.width - 0.5) & (v >= -0.5) & (v < camera.height - 0.5)
        np.testing.assert_array_equal(inside, within & (z > 0))
        there = geometry.points_in_image(given_points, camera, pose, near=0.25)
        np.testing.assert_array_equal(there, within & (z > 0.25))


@given(cameras(48), poses(50.0), st.integers(0, 2**32 - 1))
def test_projection_inverts_unprojection(camera, pose, seed):
    random = np.random.default_rng(seed)
    depth = random.uniform(0.1, 20, (camera.height, camera.width)).astype(np.float32)
    depth[random.random(depth.shape) < 0.1] = 0
    world = geometry.unproject_depth(depth, camera, pose)
    assert world.dtype == np.float32
    np.testing.assert_array_equal(np.isnan(world).any(axis=2), depth == 0)
    np.testing.assert_allclose(world, oracle.unproject_depth(depth, camera, pose), rtol=1e-6, atol=1e-5)
    v, u = np.nonzero(depth)
    again = geometry.project_points(world[v, u].astype(float), camera, pose)
    # World points are float32: up to 50 m away they are 4e-6 m off.
    np.testing.assert_allclose(again[:, 2], depth[v, u], atol=2e-5)
    slack = 1e-5 * camera.fx * 1.25 / depth[v, u] + 1e-3
    assert (np.abs(again[:, 0] - u) < slack).all()
    assert (np.abs(again[:, 1] - v) < slack).all()
