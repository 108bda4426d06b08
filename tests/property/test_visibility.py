import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spatialkit.geometry as geometry
from spatialkit import _core
from spatialkit.scene import Camera
from spatialkit.surfaces import Surface
from spatialkit.testing import mesh_of_boxes, random_scene, scenes
from tests.oracles import visibility as oracle
from tests.oracles.raster import Rays

VGA = Camera(577, 577, 319.5, 239.5, 640, 480)


def surface_samples(surface, n, random):
    """Points (n, 3) spread evenly over a surface, and their faces (n,)."""
    area = surface.face_areas
    face = random.choice(len(area), n, p=area / area.sum())
    a, b = np.sort(random.random((2, n)), axis=0)[:, :, None]
    corners = surface.vertices[surface.faces[face]]
    return a * corners[:, 0] + (b - a) * corners[:, 1] + (1 - b) * corners[:, 2], face


def sensed(depth, random):
    """Depth as a sensor gives it: noise of 2 mm at 1 m that grows with the square, whole millimetres, 5 % holes."""
    noisy = np.round(depth + random.normal(size=depth.shape) * 0.002 * depth**2, 3)
    noisy[random.random(depth.shape) < 0.05] = 0
    return noisy.astype(np.float32)


@given(scenes(most_objects=5, most_frames=1), st.integers(0, 2**32 - 1))
def test_visible_points_are_those_of_the_definition(scene, seed):
    random = np.random.default_rng(seed)
    (frame,) = scene.frames
    depth = sensed(frame.load_depth(), random)
    points, _ = surface_samples(scene.surface, 200, random)
    points += random.normal(size=points.shape) * 0.01
    found = geometry.visible_points(points, frame.camera, frame.world_from_cam, depth, tolerance=(0.01, 0.002))
    expected = [
        oracle.visible(p, frame.camera, frame.world_from_cam, depth, (0.01, 0.002), 0.05) is not None for p in points
    ]
    np.testing.assert_array_equal(found, expected)


def seen_directly(uvz, depth, tolerance):
    """Compare a depth in its own precision with the reading of its pixel and the four around; None at a hole."""
    kind = type(uvz[0])
    u, v, z = uvz
    half = kind(0.5)
    x, y = min(int(u + half), depth.shape[1] - 1), min(int(v + half), depth.shape[0] - 1)
    if depth[y, x] == 0:
        return None
    constant, quadratic = map(kind, tolerance)
    padded = np.pad(depth, 1).astype(kind)[y : y + 3, x : x + 3]
    steps = [
        min((abs(padded[1, 1] - n) for n in pair if n > 0), default=kind(0))
        for pair in ((padded[1, 0], padded[1, 2]), (padded[0, 1], padded[2, 1]))
    ]
    return abs(z - padded[1, 1]) <= constant + quadratic * z * z + half * (steps[0] + steps[1])


@given(
    st.sampled_from([np.float32, np.float64]),
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    st.sampled_from([(0.0, 0.0), (0.01, 0.004), (0.0, 0.01), (1e-4, 0.0)]),
    st.sampled_from([0.0, 1e-3, 0.03, 3.0]),
    st.booleans(),
    st.integers(0, 2**32 - 1),
)
def test_few_readings_say_to_the_last_bit_what_all_of_them_do(kind, size, tolerance, roughness, columns, seed):
    random = np.random.default_rng(seed)
    width, height = size
    camera = Camera(*random.uniform(2, 20, 2), (width - 1) / 2, (height - 1) / 2, width, height)
    depth = (2 + roughness * random.random((height, width))).astype(np.float32)
    depth[random.random(depth.shape) < 0.1] = 0
    n = 400
    z = np.where(random.random(n) < 0.8, 2 + random.uniform(-1, 2, n) * roughness, random.uniform(-1, 5, n))
    u, v = random.uniform(-1.5, width + 0.5, n), random.uniform(-1.5, height + 0.5, n)
    on_border = random.random(n) < 0.2
    u[on_border] = np.round(u[on_border]) - 0.5
    points = np.stack([(u - camera.cx) / camera.fx * z, (v - camera.cy) / camera.fy * z, z], axis=1).astype(kind)
    points = np.asfortranarray(points) if columns else points
    inside = np.zeros(n, bool)
    pixels = geometry.project_points(points, camera, np.eye(4), inside=inside)
    found = geometry.visible_points(points, camera, np.eye(4), depth, tolerance=tolerance, near=1e-6)
    with np.errstate(invalid="ignore"):
        assert not found[~inside].any()
        for uvz, visible in zip(pixels[inside], found[inside], strict=True):
            expected = seen_directly(uvz, depth, tolerance)
            assert expected is None or visible == expected


@given(scenes(most_objects=5, most_frames=1), st.integers(0, 2**32 - 1), st.booleans(), st.booleans())
def test_observed_objects_are_those_of_the_definition(scene, seed, with_instances, with_holes):
    random = np.random.default_rng(seed)
    (frame,) = scene.frames
    depth = sensed(frame.load_depth(), random) if with_holes else frame.load_depth()
    instances = frame.load_instances() if with_instances else None
    points, face = surface_samples(scene.surface, 300, random)
    ids = np.array([o.id for o in scene.objects])
    owners = np.array([scene.object_index.get(int(i), -1) for i in scene.surface.face_ids[face]], dtype=np.int32)
    normals = random.normal(size=points.shape)
    normals[::3] = 0
    normals[1::3] /= np.linalg.norm(normals[1::3], axis=1, keepdims=True)
    samples = points.astype(np.float32), normals.astype(np.float32), random.uniform(0, 0.1, 300).astype(np.float32)
    targets = np.array([o.box.centre for o in scene.objects])
    targets[:1] = frame.world_from_cam[:3, 3] - frame.world_from_cam[:3, 2]  # behind the camera
    camera = frame.camera.resized(200, 131)
    pose = frame.world_from_cam
    arguments = (
        *(*samples, owners, ids, targets, camera.array, pose, depth, frame.camera.array, instances),
        *(0.01, 0.002, 0.05),
    )
    seen, *found, anchor = _core.observe_frame(*arguments, True)
    for whole, share in zip((seen, found[0]), _core.observe_frame(*arguments, False), strict=False):
        np.testing.assert_array_equal(share, whole)
    expected_seen, *expected, expected_anchor, goal = oracle.observe(
        *samples, owners, ids, targets, camera, pose, depth, frame.camera, instances, (0.01, 0.002), 0.05
    )
    np.testing.assert_array_equal(np.unpackbits(seen, bitorder="little")[:300], expected_seen)
    for have, want in zip(found, expected, strict=True):
        np.testing.assert_allclose(have, want, rtol=1e-6, atol=1e-6)
    # Two samples may be equally near to where the anchor should be.
    distances = (np.linalg.norm(a - goal, axis=1) for a in (anchor, expected_anchor))
    np.testing.assert_allclose(*distances, rtol=1e-6, atol=1e-6)


@given(scenes(most_objects=4, most_frames=1), st.integers(0, 2**32 - 1))
def test_what_stands_before_the_camera_hides(scene, seed):
    """A board before the camera: what it covers is not seen any more, and the rest as before (but at its outline)."""
    random = np.random.default_rng(seed)
    (frame,) = scene.frames
    eye, ahead = frame.world_from_cam[:3, 3], frame.world_from_cam[:3, 2]
    corners = np.array([[-0.3, -0.3, 0.5], [0.01, -0.2, 0.4], [0.0, 0.3, 0.4]]) @ frame.world_from_cam[:3, :3].T + eye
    surface = scene.surface
    more = Surface(
        np.concatenate([surface.vertices, corners]),
        np.concatenate([surface.faces, [np.arange(3) + len(surface.vertices)]]),
        np.append(surface.face_ids, 1),
    )
    depth, ids = geometry.rasterize(more, frame.camera, frame.world_from_cam)
    points, _ = surface_samples(surface, 300, random)
    points = points[(points - eye) @ ahead > 0.6]
    u, v, _ = geometry.project_points(points, frame.camera, frame.world_from_cam).T
    inside = (u > 0) & (u < frame.camera.width - 1) & (v > 0) & (v < frame.camera.height - 1)
    points, u, v = points[inside], u[inside].round().astype(int), v[inside].round().astype(int)
    before = geometry.visible_points(points, frame.camera, frame.world_from_cam, frame.load_depth())
    after = geometry.visible_points(points, frame.camera, frame.world_from_cam, depth)
    covered = ids == 1
    grown = np.pad(covered, 1)
    near_outline = grown[:-2, 1:-1] | grown[2:, 1:-1] | grown[1:-1, :-2] | grown[1:-1, 2:]
    assert not after[covered[v, u]].any()
    np.testing.assert_array_equal(
        after[~near_outline[v, u]], before[~near_outline[v, u]] & ~covered[v, u][~near_outline[v, u]]
    )


@pytest.mark.parametrize(
    ("noisy", "tolerance", "least_recall", "least_precision"),
    [(False, (0.01, 0.0), 0.99, 0.97), (True, (0.01, 0.004), 0.94, 0.94)],
    ids=["clean", "sensor"],
)
def test_recall_and_precision_against_ray_casts(noisy, tolerance, least_recall, least_precision):
    hit = true = said = 0
    for seed in range(4):
        random = np.random.default_rng(seed)
        scene = random_scene(seed, objects=14, frames=4, camera=VGA)
        points, face = surface_samples(scene.surface, 20_000, random)
        rays = Rays(scene.surface)
        for frame in scene.frames:
            depth = sensed(frame.load_depth(), random) if noisy else frame.load_depth()
            found = geometry.visible_points(points, VGA, frame.world_from_cam, depth, tolerance=tolerance)
            u, v, z = geometry.project_points(points, VGA, frame.world_from_cam).T
            with np.errstate(invalid="ignore"):
                in_view = (z > 0.05) & (np.abs(u - 319.5) < 320) & (np.abs(v - 239.5) < 240)
            expected = in_view.copy()
            expected[in_view] = rays.sees(points[in_view], face[in_view], frame.world_from_cam[:3, 3])
            hit, true, said = hit + (found & expected).sum(), true + expected.sum(), said + found.sum()
    print(f"recall {hit / true:.4f}, precision {hit / said:.4f}")
    assert hit / true >= least_recall
    assert hit / said >= least_precision


def test_meshes_of_boxes_are_closed():
    scene = random_scene(0)
    vertices, faces = mesh_of_boxes([o.box for o in scene.objects])
    edges = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    _, times = np.unique(edges, axis=0, return_counts=True)
    assert (times == 2).all()
    volume = (
        np.einsum("ij,ij->i", vertices[faces[:, 0]], np.cross(vertices[faces[:, 1]], vertices[faces[:, 2]])).sum() / 6
    )
    assert abs(volume) == pytest.approx(sum(np.prod(o.box.size) for o in scene.objects))
