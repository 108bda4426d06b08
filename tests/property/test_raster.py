import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import spatialkit.geometry as geometry
from spatialkit import _core
from spatialkit.scene import Camera
from spatialkit.surfaces import Surface
from spatialkit.testing import cameras, poses, random_scene, rotations, scenes
from tests.oracles.raster import Rays, nearest_hits

NEAR = 0.05


def soup(seed, n=25):
    """Triangles of all sizes around the origin, slivers, points and faces through the near plane among them."""
    random = np.random.default_rng(seed)
    centre = random.uniform(-2, 2, (n, 1, 3))
    corners = centre + random.normal(size=(n, 3, 3)) * 10 ** random.uniform(-2, 0.7, (n, 1, 1))
    corners[::9, 2] = corners[::9, 1] + 1e-4
    corners[4::9, 2] = corners[4::9, 1]
    return Surface(corners.reshape(-1, 3), np.arange(3 * n).reshape(-1, 3), np.arange(n))


@given(st.integers(0, 2**32 - 1), cameras(64), poses(1.0))
def test_each_pixel_shows_what_its_ray_meets_first(seed, camera, pose):
    surface = soup(seed)
    depth, face = geometry.rasterize_faces(surface, camera, pose)
    expected_depth, expected_face = nearest_hits(surface, camera, pose, NEAR)
    same = face == expected_face
    # Vertices are snapped to a millionth of a pixel: only a centre that near to an edge may differ.
    assert (~same).mean() <= 1e-3
    np.testing.assert_allclose(depth[same], expected_depth[same], rtol=1e-5)
    assert ((depth == 0) == (face == -1)).all()
    assert depth[face >= 0].min(initial=1.0) >= np.float32(NEAR)


def sphere(rings=12, sectors=16):
    """A closed mesh of radius 1: vertices and faces."""
    a = np.linspace(0, np.pi, rings + 1)[:, None]
    b = np.linspace(0, 2 * np.pi, sectors, endpoint=False)[None]
    radius = np.where((a == 0) | (a == np.pi), 0.0, np.sin(a))  # the poles are points
    vertices = np.stack([radius * np.cos(b), radius * np.sin(b), np.cos(a) + 0 * b], axis=-1).reshape(-1, 3)
    r, s = (i.ravel() for i in np.mgrid[:rings, :sectors])
    p, q = r * sectors + s, r * sectors + (s + 1) % sectors
    return vertices, np.concatenate([np.stack([p, q, p + sectors], 1), np.stack([q, q + sectors, p + sectors], 1)])


@given(cameras(128), rotations(), st.sampled_from([1e-2, 1.0, 1e3]), st.sampled_from([0.02, 1.0]))
def test_a_closed_surface_around_the_camera_has_no_holes(camera, turn, scale, squeeze):
    vertices, faces = sphere()
    surface = Surface(vertices * (scale, scale, scale * squeeze), faces, np.zeros(len(faces), int))
    pose = np.eye(4)
    pose[:3, :3] = turn
    pose[:3, 3] = (0.1 * scale, -0.2 * scale, 0.02 * scale * squeeze)
    _, face = geometry.rasterize_faces(surface, camera, pose, near=1e-4 * scale)
    assert (face >= 0).all()


@given(st.integers(1, 30), st.integers(1, 30), st.booleans())
def test_a_wall_on_the_pixel_grid_is_covered_once(columns, rows, flip):
    """Vertices on pixel centres, each face drawn alone: every centre of the wall belongs to one face."""
    camera = Camera(1, 1, 0, 0, 40, 40)
    x, y = np.meshgrid(np.arange(columns + 1) + 4.0, np.arange(rows + 1) + 4.0)
    vertices = np.stack([x.ravel(), y.ravel(), np.ones(x.size)], axis=1)
    c, r = (i.ravel() for i in np.mgrid[:columns, :rows])
    p = r * (columns + 1) + c
    faces = np.concatenate(
        [np.stack([p, p + 1, p + columns + 2], 1), np.stack([p, p + columns + 2, p + columns + 1], 1)]
    )
    if flip:
        faces = faces[:, ::-1]
    times = np.zeros((40, 40), int)
    for part in np.array_split(faces, min(len(faces), 7)):
        _, face = geometry.rasterize_faces(Surface(vertices, part, np.zeros(len(part), int)), camera, np.eye(4))
        times += face >= 0
    assert (times[5 : 4 + rows, 5 : 4 + columns] == 1).all()
    assert times.max() <= 1
    assert times.sum() == columns * rows


@given(st.integers(0, 2**32 - 1), cameras(64), poses(1.0))
def test_a_further_face_brings_depth_only_nearer(seed, camera, pose):
    surface = soup(seed)
    fewer = Surface(surface.vertices, surface.faces[:-1], surface.face_ids[:-1])
    before, _ = geometry.rasterize(fewer, camera, pose)
    after, ids = geometry.rasterize(surface, camera, pose)
    assert (after[before > 0] <= before[before > 0]).all()
    np.testing.assert_array_equal(after[ids != len(surface.faces) - 1], before[ids != len(surface.faces) - 1])


def test_rooms_against_embree():
    """Depth and ids of furnished rooms: Embree, which works in float32, differs on fewer than 1 pixel in 10,000."""
    camera = Camera(577, 577, 319.5, 239.5, 640, 480)
    differ = pixels = 0
    for seed in range(2):
        scene = random_scene(seed, frames=2, camera=camera)
        rays = Rays(scene.surface)
        for frame in scene.frames:
            depth, ids = geometry.rasterize(scene.surface, camera, frame.world_from_cam)
            expected_depth, face = rays.image(camera, frame.world_from_cam)
            same = ids == scene.surface.face_ids[face]
            differ += (~same).sum()
            pixels += same.size
            np.testing.assert_allclose(depth[same], expected_depth[same], rtol=0, atol=2e-3)
    assert differ < 1e-4 * pixels


def test_of_equal_depths_the_lowest_face_is_shown_however_many_there_are():
    """A wall twice, its faces one after the other; and once more with something else in the list, far from it."""
    grid = np.linspace(-5, 5, 9)
    x, y = (a.ravel() for a in np.meshgrid(grid, grid))
    for z in (1.3, 0.7, 2.0):
        near = [[0, 0, z / 2], [0.001, 0, z / 2], [0, 0.001, z / 2]]
        vertices = np.vstack([np.stack([x, y, np.full(81, z)], axis=1), near])
        k = np.arange(72).reshape(8, 9)[:, :-1].ravel()
        wall = np.concatenate([np.stack([k, k + 1, k + 9], axis=1), np.stack([k + 1, k + 10, k + 9], axis=1)])
        for faces in (np.concatenate([wall, wall]), np.concatenate([wall, wall[:127], [[81, 82, 83]]])):
            surface = Surface(vertices, faces, (np.arange(len(faces)) >= 128) + 10)
            depth, ids = geometry.rasterize(surface, Camera(32, 32, 19.5, 19.5, 40, 40), np.eye(4))
            assert set(ids[depth > 0.9 * z].tolist()) == {10}


@given(scenes(most_objects=6, most_frames=1), st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.01, 0.3]))
def test_ids_in_depth_are_those_of_what_is_drawn_within_the_tolerance(scene, seed, constant):
    random = np.random.default_rng(seed)
    surface, (frame,) = scene.surface, scene.frames
    drawn, ids = geometry.rasterize(surface, frame.camera, frame.world_from_cam)
    depth = (drawn * random.choice([1, 1, 0.5, 1.01, 0], drawn.shape)).astype(np.float32)
    near = np.abs(drawn.astype(float) - depth) <= constant + 0.004 * depth.astype(float) ** 2
    expected = np.where(near & (depth > 0) & (drawn > 0), ids, -1)
    view = frame.camera.array, frame.world_from_cam, NEAR
    for threads in (1, 2, 5):
        found = _core.ids_in_depth(surface.mesh, surface.face_ids, *view, depth, constant, 0.004, threads)
        np.testing.assert_array_equal(found, expected)


@given(st.integers(0, 2**32 - 1), cameras(200), poses(1.0), st.integers(2, 9))
def test_threads_change_nothing(seed, camera, pose, threads):
    mesh = soup(seed, 200).mesh
    one, several = (_core.rasterize(mesh, camera.array, pose, NEAR, n) for n in (1, threads))
    for ours, theirs in zip(one, several, strict=True):
        np.testing.assert_array_equal(ours, theirs)
