"""Laws of what hides what, over whole rooms."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spatialkit.geometry as geometry
from spatialkit.observe import observe
from spatialkit.scene import OrientedBox
from spatialkit.surfaces import Surface
from spatialkit.testing import mesh_of_boxes, poses, random_scene, scenes
from tests.oracles import visibility as oracle
from tests.property.extremes import extreme_cameras
from tests.property.test_visibility import VGA, surface_samples


def with_boxes(scene, boxes):
    """Put boxes of no object into a room whose frames have no depth of their own, so that the mesh is what hides."""
    vertices, faces = mesh_of_boxes([OrientedBox([0, 0, -9], [1, 1, 1]), *boxes])
    surface = Surface(
        np.concatenate([scene.surface.vertices, vertices]),
        np.concatenate([scene.surface.faces, faces + len(scene.surface.vertices)]),
        np.append(scene.surface.face_ids, np.full(len(faces), -1)),
    )
    frames = tuple(replace(frame, depth=None, instances=None) for frame in scene.frames)
    return replace(scene, surface=surface, frames=frames)


@settings(max_examples=30)
@given(scenes(most_objects=5), st.integers(0, 2**32 - 1), st.integers(1, 3))
def test_an_occluder_never_makes_an_object_more_visible(scene, seed, count):
    random = np.random.default_rng(seed)
    boxes = [OrientedBox(random.uniform(0.5, 2.5, 3), random.uniform(0.05, 0.6, 3)) for _ in range(count)]
    before, after = observe(with_boxes(scene, [])), observe(with_boxes(scene, boxes))
    assert (after.pixel_share <= before.pixel_share).all()
    # Where the occluder covers a pixel beside that of a sample, the depth there is steeper and allows more.
    assert (after.visible_share <= before.visible_share + 0.005).all()


@settings(max_examples=30)
@given(scenes(most_objects=5))
def test_the_amodal_rectangle_contains_the_visible_one(scene):
    table = observe(scene)
    seen = table.pixel_share > 0
    amodal, visible = table.amodal_rect[seen], table.visible_rect[seen]
    assert (amodal[:, :2] <= visible[:, :2] + 1e-6).all()
    assert (amodal[:, 2:] >= visible[:, 2:] - 1e-6).all()


@given(st.integers(0, 2**32 - 1), extreme_cameras(40), poses(3.0))
def test_extreme_cameras_see_the_points_of_the_definition(seed, camera, pose):
    """Points near the readings, in the image, beside it and behind; not where pixels meet: rounding decides there."""
    random, n, shape = np.random.default_rng(seed), 60, (camera.height, camera.width)
    depth = np.where(random.random(shape) < 0.2, 0, random.uniform(0.02, 5, shape)).astype(np.float32)
    u, v = (random.integers(-3, 2 * size + 2, n) / 2 + random.uniform(0.05, 0.45, n) for size in shape[::-1])
    column, row = (np.clip(np.round(a), 0, size - 1).astype(int) for a, size in ((u, camera.width), (v, camera.height)))
    z = np.where(depth[row, column] > 0, depth[row, column], 2) + random.normal(0, 0.02, n)
    z[::9] *= -1
    points = np.column_stack([(u - camera.cx) / camera.fx * z, (v - camera.cy) / camera.fy * z, z])
    points = points @ pose[:3, :3].T + pose[:3, 3]
    found = geometry.visible_points(points, camera, pose, depth, tolerance=(0.01, 0.004))
    expected = [oracle.visible(p, camera, pose, depth, (0.01, 0.004), 0.05) is not None for p in points]
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("shift", [0.0, 2.0**20])
def test_single_precision_sees_the_same_points_as_double(shift):
    """In a room, and in one a thousand kilometres away: all but those at the edge of a pixel or of the tolerance."""
    scene = random_scene(1, objects=14, frames=4, camera=VGA)
    points, _ = surface_samples(scene.surface, 40_000, np.random.default_rng(0))
    single = (points + shift).astype(np.float32)  # far away these are 6 cm off, for both alike
    differ = seen = 0
    for frame in scene.frames:
        pose = frame.world_from_cam.copy()
        pose[:3, 3] += shift
        expected = geometry.visible_points(single.astype(float), VGA, pose, frame.load_depth())
        differ += (geometry.visible_points(single, VGA, pose, frame.load_depth()) != expected).sum()
        seen += expected.sum()
    assert seen > 1000
    assert differ <= 1e-3 * seen
