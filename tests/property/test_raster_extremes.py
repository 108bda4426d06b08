"""What the rasteriser does with cameras, meshes and places that nobody would capture on purpose."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import Delaunay

import spatialkit.geometry as geometry
from spatialkit import _core
from spatialkit.errors import ArgumentError
from spatialkit.scene import Camera
from spatialkit.surfaces import Surface
from spatialkit.testing import cameras, poses, rotations
from tests.oracles.camera import pixel_rays
from tests.oracles.raster import nearest_hits
from tests.property.extremes import extreme_cameras, far_poses
from tests.property.test_raster import sphere


def before(corners, pose, ids=None):
    """Faces (n, 3, 3) given in camera coordinates."""
    vertices = corners.reshape(-1, 3) @ pose[:3, :3].T + pose[:3, 3]
    faces = np.arange(len(vertices)).reshape(-1, 3)
    return Surface(vertices, faces, np.arange(len(faces)) if ids is None else ids)


@settings(max_examples=100)
@given(st.integers(0, 2**32 - 1), extreme_cameras(64), far_poses(), st.sampled_from([1e-9, 0.05, 1.0]))
def test_each_pixel_of_an_extreme_camera_shows_what_its_ray_meets_first(seed, camera, pose, near):
    """Triangles of a thousandth of a pixel to far beyond the image, about rays of the image and behind the camera."""
    random, n = np.random.default_rng(seed), 20
    pixel = random.uniform(-0.5, (camera.width - 0.5, camera.height - 0.5), (n, 2))
    focal, z = np.array([camera.fx, camera.fy]), 10 ** random.uniform(-1, 1, n)
    centres = np.column_stack([(pixel - (camera.cx, camera.cy)) / focal * z[:, None], z])
    size = z / max(focal) * 10 ** random.uniform(-3, 3, n)
    surface = before(centres[:, None] + random.normal(size=(n, 3, 3)) * size[:, None, None], pose)
    depth, face = geometry.rasterize_faces(surface, camera, pose, near=near)
    with np.errstate(all="ignore"):
        expected_depth, expected_face = nearest_hits(surface, camera, pose, near)
    same = face == expected_face
    assert (~same).sum() <= max(1, 2e-3 * same.size)  # a centre on an edge to the last digit
    np.testing.assert_allclose(depth[same], expected_depth[same], rtol=1e-4)
    np.testing.assert_array_equal(depth == 0, face == -1)


@pytest.mark.parametrize("seed", range(20))
def test_a_mesh_in_a_plane_covers_each_pixel_once(seed):
    """Faces of every shape, drawn one by one, cut by the near plane and by the guard band: none twice, none missed."""
    random = np.random.default_rng(seed)
    square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    flat = np.concatenate([random.uniform(-1, 1, (random.integers(3, 20), 2)), square])
    turn = np.linalg.qr(random.normal(size=(3, 3)))[0]
    scale, ahead = 10 ** random.uniform(-0.5, 3), random.choice([0.03, 0.5, 2.0])
    camera = Camera(30, 30 * random.uniform(0.5, 2), random.uniform(-10, 60), 19.5, 48, 40)
    pose = np.eye(4)
    pose[:3, 3] = random.choice([0.0, 1e6]) * random.normal(size=3)
    corners = np.column_stack([flat * scale, np.zeros(len(flat))]) @ turn.T + (0, 0, ahead)
    times = np.zeros((40, 48), int)
    for triangle in Delaunay(flat).simplices:
        times += geometry.rasterize_faces(before(corners[triangle][None], pose), camera, pose)[1] >= 0
    rays = pixel_rays(camera, np.eye(4))
    z = turn[2, 2] * ahead / (rays @ turn[:, 2])
    at = np.abs((rays * z[..., None] - (0, 0, ahead)) @ turn[:, :2]).max(axis=2) / scale
    sure = (np.abs(z - 0.05) > 1e-6) & (np.abs(at - 1) > 1e-6)
    np.testing.assert_array_equal(times[sure], ((z > 0.05) & (at < 1))[sure])
    assert times.max() <= 1


@given(st.integers(0, 2**32 - 1), cameras(48), poses(1.0), st.sampled_from(["point", "line", "twice", "tiny"]))
def test_faces_without_area_change_nothing(seed, camera, pose, kind):
    random = np.random.default_rng(seed)
    solid = random.normal((0, 0, 2), 1, (10, 3, 3))
    flat = random.normal((0, 0, 1.5), 1, (10, 3, 3))
    if kind == "point":
        flat[:] = flat[:, :1]
    elif kind == "line":
        flat[:, 2] = flat[:, 0] + (flat[:, 1] - flat[:, 0]) * 0.25  # collinear up to rounding
    elif kind == "twice":
        flat[:, 2] = flat[:, 0]
    else:
        flat[:, 1:] = flat[:, :1] * (1 + 1e-15 * random.normal(size=(10, 2, 3)))
    alone = geometry.rasterize_faces(before(solid, pose), camera, pose)
    both = geometry.rasterize_faces(before(np.concatenate([solid, flat]), pose), camera, pose)
    for have, want in zip(both, alone, strict=True):
        np.testing.assert_array_equal(have, want)


@given(st.integers(0, 2**32 - 1), st.integers(0, 8), st.sampled_from([np.nan, np.inf, -np.inf]))
def test_vertices_that_are_no_numbers_are_refused_and_even_so_spoil_only_their_own_faces(seed, at, value):
    random = np.random.default_rng(seed)
    vertices = random.normal((0, 0, 2), 1, (30, 3))
    faces = random.integers(0, 30, (40, 3)).astype(np.int32)
    camera = Camera(30, 30, 15.5, 11.5, 32, 24)
    broken = vertices.copy()
    broken[at, at % 3] = value
    with pytest.raises(ArgumentError, match=r"Surface\.vertices: found 1 of 90 values NaN or infinite"):
        Surface(broken, faces, np.zeros(40, int))
    whole = np.flatnonzero((faces != at).all(axis=1))
    depth, face = _core.rasterize(_core.Mesh(broken, faces), camera.array, np.eye(4), 0.05, 1)
    expected_depth, expected = _core.rasterize(_core.Mesh(vertices, faces[whole]), camera.array, np.eye(4), 0.05, 1)
    np.testing.assert_array_equal(depth, expected_depth)
    np.testing.assert_array_equal(face, np.append(whole, -1)[expected])


@given(rotations(), st.sampled_from([0.0, 1e-12, 1e-6]), far_poses())
def test_a_camera_on_a_face_or_at_a_vertex_sees_what_lies_beyond(turn, off, pose):
    """Through the camera's place passes a face, and another has a corner there; a wall stands two metres ahead."""
    through = np.array([[-1.0, -1, off], [2, 0, off], [0, 2, off]]) @ turn.T
    corner = np.array([[0.0, 0, 0], [1, 0, -1], [0, 1, -1]])
    wall = np.array([[-90.0, -90, 2], [90, -90, 2], [0, 90, 2]])
    surface, camera = before(np.stack([through, corner, wall]), pose), Camera(30, 30, 15.5, 11.5, 32, 24)
    depth, face = geometry.rasterize_faces(surface, camera, pose)
    expected_depth, expected = nearest_hits(surface, camera, pose, 0.05)
    same = face == expected
    steep = abs(turn[2, 2]) < 1e-3 or pose[0, 3] ** 2 > 1e9  # the face is seen from its edge, or lost in rounding
    assert (face >= 0).all()
    assert steep or same.mean() > 0.95
    np.testing.assert_allclose(depth[same & (face == 2)], 2, rtol=1e-6)
    assert steep or np.abs(depth - expected_depth)[same].max() < 1e-4


def test_two_million_triangles_of_a_pixel_each_leave_no_hole_and_are_where_they_should_be():
    vertices, faces = sphere(1000, 1000)
    camera, pose = Camera(300, 300, 319.5, 239.5, 640, 480), np.eye(4)
    pose[:3, 3] = (0.3, -0.2, 0.1)
    depth, face = geometry.rasterize_faces(Surface(vertices, faces, np.zeros(len(faces), int)), camera, pose)
    rays = pixel_rays(camera, pose)
    a, b, c = (rays * rays).sum(axis=2), rays @ pose[:3, 3], pose[:3, 3] @ pose[:3, 3] - 1
    exact = (np.sqrt(b * b - a * c) - b) / a
    assert len(faces) == 2_000_000
    assert (face >= 0).all()
    sagitta = 1 - np.cos(np.pi / 1000)
    assert (depth <= exact * (1 + 1e-7)).all()  # chords lie within the ball
    assert (exact - depth).max() < 4 * sagitta
    hits = pose[:3, 3] + rays * exact[..., None]
    assert np.abs(vertices[faces[face]].mean(axis=2) - hits).max() < 2 * np.pi / 1000


@pytest.mark.parametrize("seed", range(10))
def test_a_mesh_with_its_corners_on_pixel_centres_covers_each_once(seed):
    """Many centres lie on an edge to the last digit, at any slope: each belongs to one of the two faces."""
    random = np.random.default_rng(seed)
    camera = Camera(1, 1, 0, 0, 24, 20)
    corners = np.unique(np.concatenate([random.integers(2, 18, (30, 2)), [[2, 2], [18, 2], [18, 18], [2, 18]]]), axis=0)
    times = np.zeros((20, 24), int)
    for triangle in Delaunay(corners).simplices:
        face = np.append(corners[triangle], np.ones((3, 1)), axis=1)[None]
        times += geometry.rasterize_faces(before(face, np.eye(4)), camera, np.eye(4))[1] >= 0
    assert (times[3:18, 3:18] == 1).all()
    assert times.max() == 1
