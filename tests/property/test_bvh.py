import copy
import pickle

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import spatialkit.geometry as geometry
from spatialkit.bvh import Bvh
from spatialkit.errors import ArgumentError
from spatialkit.scene import Camera
from spatialkit.surfaces import Surface
from spatialkit.testing import boxes, mesh_of_boxes, poses, random_scene
from tests.oracles import bvh as oracle
from tests.oracles.camera import pixel_rays
from tests.property.test_raster import soup, sphere

EPS = np.finfo(float).eps

seeds = st.integers(0, 2**32 - 1)


def degenerate(random, n=12):
    """Slivers down to the last digits, needles, points, and faces that share corners, edges or all."""
    corners = random.normal(size=(n, 3, 3))
    thin = 10.0 ** random.uniform(-17, -1, (n, 1))
    share = random.uniform(-0.2, 1.2, (n, 1))
    on_line = corners[:, 0] + share * (corners[:, 1] - corners[:, 0])
    corners[:, 2] = np.where(random.random((n, 1)) < 0.7, on_line + thin * corners[:, 2], corners[:, 2])
    corners[0, 1:] = corners[0, 0]
    corners[1, 2] = corners[1, 1]
    corners[2] = corners[3][[2, 0, 1]]
    corners[4, :2] = corners[5, 1:]
    return corners.reshape(-1, 3), np.arange(3 * n, dtype=np.int32).reshape(-1, 3)


small = st.integers(-3, 3)


@given(
    st.lists(st.tuples(*[st.tuples(small, small, small)] * 3), min_size=1, max_size=8),
    st.tuples(small, small, small),
    st.tuples(st.integers(-2, 2), st.integers(-2, 2), st.sampled_from([-4, -2, 2, 4])),
    st.permutations(range(3)),
)
@settings(max_examples=300)
def test_on_small_whole_numbers_rays_are_exact(triangles, origin, direction, axes):
    """Through corners, along edges and within the plane of faces: the exact t and the lowest of the faces there."""
    vertices = np.array(triangles, float).reshape(-1, 3)
    faces = np.arange(len(vertices)).reshape(-1, 3)
    direction = np.array(direction, float)[axes]
    t, face = Bvh(vertices, faces).nearest_hit([origin], [direction])
    expected_t, expected_face = oracle.nearest_hit(origin, direction, vertices, faces)
    if expected_t is None:
        assert (t[0], face[0]) == (np.inf, -1)
        return
    assert t[0] == pytest.approx(float(expected_t), rel=8 * EPS)
    near = [oracle.exact_hit(origin, direction, vertices[f]) for f in faces]
    assert near[face[0]] == expected_t
    if float(expected_t).is_integer():  # nothing was rounded
        assert face[0] == expected_face


def test_hits_agree_with_embree():
    """Embree, which works in float32, differs on fewer than 1 ray in 10,000 through furnished rooms."""
    random = np.random.default_rng(0)
    differ = rays = 0
    for seed in range(3):
        surface = random_scene(seed, frames=1).surface
        low, high = surface.vertices.min(axis=0), surface.vertices.max(axis=0)
        origins = random.uniform(low, high, (20000, 3))
        directions = random.normal(size=origins.shape) * 10 ** random.uniform(-3, 3, (len(origins), 1))
        t, face = surface.bvh.nearest_hit(origins, directions)
        expected, expected_t = oracle.embree(surface.vertices, surface.faces, origins, directions)
        same = face == expected
        differ, rays = differ + (~same).sum(), rays + len(same)
        np.testing.assert_allclose(t[same], expected_t[same], rtol=1e-9)
        away = t * np.linalg.norm(directions, axis=1)
        np.testing.assert_array_equal(surface.bvh.any_hit(origins, directions), np.isfinite(t))
        # What is nearer than the first hit is free; what ends behind it is not.
        solid = away > 1e-3
        assert not surface.bvh.any_hit(origins, directions, upper=t * (1 - 1e-9))[solid].any()
        np.testing.assert_array_equal(surface.bvh.any_hit(origins, directions, upper=t * (1 + 1e-9)), face >= 0)
    assert differ < 1e-4 * rays


@given(boxes(), seeds, st.sampled_from([1e-3, 1.0, 1e6]))
def test_no_ray_leaves_a_closed_mesh(box, seed, scale):
    """From within a box, through its corners, the points of its edges and diagonals, and others."""
    assume(box.size.min() >= 1e-6 * (1 + np.abs(box.centre).max()))  # so that rounding puts no origin outside
    random = np.random.default_rng(seed)
    vertices, faces = mesh_of_boxes([box])
    vertices = vertices * scale
    a, b = vertices[faces].repeat(30, axis=0)[:, :2].transpose(1, 0, 2)
    share = random.choice([0.0, 0.25, 0.5, 1.0, *random.random(8)], (len(a), 1))
    within = random.uniform(0.1, 0.9, (len(a), 8))
    origin = (within / within.sum(axis=1, keepdims=True)) @ vertices
    tree = Bvh(vertices, faces)
    for target in (a, a + share * (b - a), random.normal(size=a.shape) * scale + vertices.mean(axis=0)):
        t, face = tree.nearest_hit(origin, target - origin)
        assert (face >= 0).all()
        assert np.isfinite(t).all()
        assert tree.any_hit(origin, target - origin).all()


@given(seeds, st.sampled_from([(1, 1, 1), (1, 1, 1e-6), (1e-3, 1, 1e3)]))
def test_no_ray_leaves_a_closed_mesh_of_slivers(seed, stretch):
    random = np.random.default_rng(seed)
    vertices, faces = sphere(24, 48)
    vertices = vertices * stretch
    target = np.concatenate([vertices, vertices[faces[:, 0]] * 0.5 + vertices[faces[:, 1]] * 0.5])
    origin = random.uniform(-0.1, 0.1, (len(target), 3)) * stretch
    _, face = Bvh(vertices, faces).nearest_hit(origin, target - origin)
    assert (face >= 0).all()


@given(seeds, poses(1.0))
def test_the_rasteriser_sees_what_rays_meet(seed, pose):
    surface, camera = soup(seed), Camera(60, 60, 31.5, 23.5, 64, 48)
    depth, shown = geometry.rasterize_faces(surface, camera, pose, near=1e-6)
    rays = pixel_rays(camera, pose).reshape(-1, 3)
    t, face = surface.bvh.nearest_hit(np.broadcast_to(pose[:3, 3], rays.shape), rays)
    same = face == shown.ravel()
    assert (~same).mean() <= 1e-3
    np.testing.assert_allclose(depth.ravel()[same & (face >= 0)], t[same & (face >= 0)], rtol=1e-5)


@given(seeds, st.sampled_from([1.0, 1e-3, 1e4]))
@settings(max_examples=25)
def test_closest_points_are_exact_also_on_slivers(seed, away):
    random = np.random.default_rng(seed)
    vertices, faces = degenerate(random)
    on = np.einsum("nk,nkc->nc", random.dirichlet((1, 1, 1), len(faces)), vertices[faces])
    points = np.concatenate([random.normal(size=(6, 3)) * away, on[:6], vertices[:4]])
    closest, distance, face = Bvh(vertices, faces).closest_point(points)
    size = 1 + np.abs(points).max(axis=1)
    np.testing.assert_allclose(np.linalg.norm(points - closest, axis=1), distance, rtol=0, atol=8 * EPS * size.max())
    for i, point in enumerate(points):
        expected = oracle.distances_to_faces(point, vertices, faces)
        assert distance[i] == pytest.approx(expected.min(), rel=0, abs=16 * EPS * size[i])
        assert expected[face[i]] == pytest.approx(expected.min(), rel=0, abs=16 * EPS * size[i])
    assert (distance[-4:] == 0).all()


@given(seeds)
def test_no_corner_is_nearer_than_the_closest_point(seed):
    surface = soup(seed, 40)
    points = np.random.default_rng(seed).normal(size=(50, 3)) * 3
    closest, distance, face = surface.bvh.closest_point(points)
    corners = np.linalg.norm(points[:, None] - surface.vertices, axis=2)
    assert (distance <= corners.min(axis=1) * (1 + 8 * EPS)).all()
    again = surface.bvh.closest_point(closest)[1]
    assert again.max() <= 64 * EPS * np.abs(surface.vertices).max()
    # The ray to it meets nothing before it.
    off = distance > 1e-6
    assert not surface.bvh.any_hit(points[off], (closest - points)[off], upper=1 - 1e-9).any()
    assert (face >= 0).all()


@given(seeds, st.integers(-2, 2))
@settings(max_examples=25)
def test_distance_of_meshes_is_exact(seed, apart):
    random = np.random.default_rng(seed)
    (va, fa), (vb, fb) = degenerate(random, 6), degenerate(random, 6)
    vb[:, 0] += 1.5 * apart
    a, b = Bvh(va, fa), Bvh(vb, fb)
    expected = oracle.distance_of_meshes(va, fa, vb, fb)
    assert a.distance(b) == pytest.approx(expected, rel=0, abs=1e-14)
    assert a.distance(b) == b.distance(a)
    (p, q), distance = a.closest_to(b)
    assert np.linalg.norm(p - q) == pytest.approx(distance, rel=0, abs=1e-14)
    assert max(a.closest_point([p])[1][0], b.closest_point([q])[1][0]) <= 1e-14


@given(st.lists(st.tuples(*[st.tuples(small, small, small)] * 3), min_size=2, max_size=4))
def test_meshes_that_touch_or_meet_are_not_apart(triangles):
    vertices, faces = np.array(triangles, float).reshape(-1, 3), np.arange(3 * len(triangles)).reshape(-1, 3)
    a, b = Bvh(vertices, faces[:1]), Bvh(vertices, faces[1:])
    expected = oracle.distance_of_meshes(vertices, faces[:1], vertices, faces[1:])
    assert a.distance(b) == pytest.approx(expected, rel=1e-14)
    assert (a.distance(b) == 0) == (expected == 0)


@given(seeds, poses(10.0))
def test_moving_everything_changes_nothing(seed, pose):
    surface, other = soup(seed), soup(seed + 1, 5)
    random = np.random.default_rng(seed)
    points, directions = random.normal(size=(2, 60, 3)) * 2
    turn, shift = pose[:3, :3], pose[:3, 3]
    before, after = surface.bvh, Bvh(surface.vertices @ turn.T + shift, surface.faces)
    t, face = before.nearest_hit(points, directions)
    t_after, face_after = after.nearest_hit(points @ turn.T + shift, directions @ turn.T)
    same = face == face_after
    assert (~same).sum() <= 1  # one that grazes an edge
    np.testing.assert_allclose(t[same], t_after[same], rtol=1e-6, atol=1e-9)
    closest, distance, _ = before.closest_point(points)
    closest_after, distance_after, _ = after.closest_point(points @ turn.T + shift)
    np.testing.assert_allclose(distance, distance_after, rtol=0, atol=1e-12)
    assert (np.linalg.norm(closest @ turn.T + shift - closest_after, axis=1) < 1e-6).mean() > 0.95
    moved = Bvh((other.vertices + 4) @ turn.T + shift, other.faces)
    apart = before.distance(Bvh(other.vertices + 4, other.faces))
    assert apart == pytest.approx(after.distance(moved), abs=1e-12)


@given(seeds)
def test_cutting_a_face_in_three_changes_nothing(seed):
    random = np.random.default_rng(seed)
    surface = soup(seed)
    weights = random.dirichlet((1, 1, 1), len(surface.faces))
    vertices = np.concatenate([surface.vertices, np.einsum("nk,nkc->nc", weights, surface.vertices[surface.faces])])
    inner = len(surface.vertices) + np.arange(len(surface.faces))
    a, b, c = surface.faces.T
    parts = np.stack([a, b, inner, b, c, inner, c, a, inner], axis=1).reshape(-1, 3)
    finer = Bvh(vertices, parts)
    points, directions = random.normal(size=(2, 200, 3)) * 2
    t, face = surface.bvh.nearest_hit(points, directions)
    t_finer, face_finer = finer.nearest_hit(points, directions)
    same = face == np.where(face_finer < 0, -1, face_finer // 3)
    assert (~same).sum() <= 1
    np.testing.assert_allclose(t[same], t_finer[same], rtol=1e-6)
    distance = surface.bvh.closest_point(points)[1]
    np.testing.assert_allclose(finer.closest_point(points)[1], distance, rtol=0, atol=1e-13)
    assert surface.bvh.distance(finer) == 0


@given(seeds, st.sampled_from([2, 3, 7]))
@settings(max_examples=5)
def test_the_number_of_threads_changes_nothing(seed, threads):
    random = np.random.default_rng(seed)
    corners = random.normal(size=(20000, 1, 3)) + 0.02 * random.normal(size=(20000, 3, 3))
    vertices, faces = corners.reshape(-1, 3), np.arange(60000).reshape(-1, 3)
    one, several = Bvh(vertices, faces, threads=1), Bvh(vertices, faces, threads=threads)
    assert pickle.dumps(one) == pickle.dumps(several)
    points, directions = random.normal(size=(2, 5000, 3))
    for ask in (
        lambda **k: one.nearest_hit(points, directions, **k),
        lambda **k: (one.any_hit(points, directions, upper=0.1, **k),),
        lambda **k: one.closest_point(points[:2000], **k),
        lambda **k: (geometry.points_in_boxes(points, (points[:9], np.abs(points[:9]), [np.eye(3)] * 9), **k),),
    ):
        for a, b in zip(ask(threads=1), ask(threads=threads), strict=True):
            np.testing.assert_array_equal(a, b)


@given(seeds, st.integers(0, 40))
def test_a_tree_is_pickled_and_copied(seed, n):
    surface = soup(seed, n) if n else Surface(np.zeros((0, 3)), np.zeros((0, 3), int), np.zeros(0, int))
    points, directions = np.random.default_rng(seed).normal(size=(2, 50, 3))
    for again in (pickle.loads(pickle.dumps(surface.bvh)), copy.deepcopy(surface.bvh)):
        for a, b in (
            (surface.bvh.nearest_hit(points, directions), again.nearest_hit(points, directions)),
            (surface.bvh.closest_point(points), again.closest_point(points)),
        ):
            for x, y in zip(a, b, strict=True):
                np.testing.assert_array_equal(x, y)


@given(st.lists(boxes(), min_size=0, max_size=6), seeds, st.integers(0, 700))
def test_points_in_boxes_by_definition(some, seed, n):
    random = np.random.default_rng(seed)
    points = random.normal(size=(n, 3)) * 2
    if some:
        points[::3] = (
            some[0].centre + random.uniform(-0.6, 0.6, points[::3].shape) * some[0].size @ some[0].world_from_box.T
        )
    inside = geometry.points_in_boxes(points, some)
    assert inside.shape == (n, len(some))
    for k, box in enumerate(some):
        beyond = np.abs((points - box.centre) @ box.world_from_box) - box.size / 2
        sure = np.abs(beyond).min(axis=1, initial=np.inf) > 1e-12
        np.testing.assert_array_equal(inside[sure, k], (beyond[sure] <= 0).all(axis=1))


def test_a_copy_does_not_follow_the_arrays_of_the_caller():
    random = np.random.default_rng(2)
    vertices, faces = random.normal(size=(300, 3)), np.arange(300, dtype=np.int32).reshape(-1, 3)
    tree, points = Bvh(vertices, faces), random.normal(size=(9, 3))
    before = tree.closest_point(points)
    vertices += 10
    for one, other in zip(before, pickle.loads(pickle.dumps(tree)).closest_point(points), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("state", [{}, {"vertices": np.zeros((0, 3))}, None, 3])
def test_another_state_is_refused(state):
    with pytest.raises(ArgumentError, match="Bvh: found another state"):
        Bvh.__new__(Bvh).__setstate__(state)
