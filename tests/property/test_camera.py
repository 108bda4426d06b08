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
    single = geometry.project_points(points.astype(np.float32), camera, pose)
    assert single.dtype == np.float32
    np.testing.assert_allclose(
        single, geometry.project_points(points.astype(np.float32).astype(float), camera, pose), rtol=1e-6, atol=1e-30
    )


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
