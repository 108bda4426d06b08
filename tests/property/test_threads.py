"""How many threads share the work of a call changes nothing of what it returns, to the last bit."""

import numpy as np
import pytest

import spatialkit.geometry as geometry
from spatialkit.errors import ArgumentError
from spatialkit.scene import Camera
from spatialkit.testing import random_scene

CAMERA = Camera(500, 510, 318, 241, 640, 479)


def boxes(n, random):
    turns, _ = np.linalg.qr(random.normal(size=(n, 3, 3)))
    turns[:, :, 0] *= np.linalg.det(turns)[:, None]
    return random.uniform(-4, 4, (n, 3)), random.uniform(0, 2, (n, 3)), turns


def calls():
    random = np.random.default_rng(3)
    scene = random_scene(5, frames=1, camera=CAMERA)
    pose, depth = scene.frames[0].world_from_cam, scene.frames[0].load_depth()
    points = random.uniform(-5, 5, (300_001, 3))
    single = np.asfortranarray(points.astype(np.float32))
    many, few = boxes(30_000, random), boxes(40, random)
    seen = random.random((61, 5003)) < 0.3
    view = CAMERA, pose
    inside = np.empty(len(points), bool)
    return {
        "project_points": lambda n: (geometry.project_points(points, *view, inside=inside, threads=n), inside.copy()),
        "project_points in columns": lambda n: (geometry.project_points(single, *view, threads=n),),
        "points_in_image": lambda n: (geometry.points_in_image(single, *view, threads=n),),
        "points_in_boxes": lambda n: (geometry.points_in_boxes(points, few, threads=n),),
        "unproject_depth": lambda n: (geometry.unproject_depth(depth, *view, threads=n),),
        "visible_points": lambda n: (geometry.visible_points(points, *view, depth, threads=n),),
        "project_boxes": lambda n: geometry.project_boxes(many, *view, threads=n),
        "boxes_in_frustum": lambda n: (geometry.boxes_in_frustum(many, *view, threads=n),),
        "rasterize": lambda n: geometry.rasterize(scene.surface, *view, threads=n),
        "rasterize_faces": lambda n: geometry.rasterize_faces(scene.surface, *view, threads=n),
        "box_iou": lambda n: (geometry.box_iou(few, few, threads=n),),
        "box_distance": lambda n: (geometry.box_distance(few, few, threads=n),),
        "shared_surface": lambda n: (geometry.shared_surface(seen, threads=n),),
    }


CALLS = calls()


@pytest.mark.parametrize("name", CALLS)
def test_threads_change_nothing(name):
    alone = CALLS[name](1)
    assert any(part.any() for part in alone)
    for threads in (2, 7, None):
        for one, several in zip(alone, CALLS[name](threads), strict=True):
            np.testing.assert_array_equal(one, several)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("threads", [0, -1, 2.5, 65, "two"])
def test_no_other_number_of_threads(name, threads):
    with pytest.raises(ArgumentError, match="threads: found"):
        CALLS[name](threads)


def test_one_point_that_is_not_finite_is_found_by_whichever_thread_meets_it():
    points = np.zeros((200_000, 3))
    points[199_999, 1] = np.nan
    for threads in (1, 2):
        with pytest.raises(ArgumentError, match="points"):
            geometry.project_points(points, CAMERA, np.eye(4), threads=threads)


def test_nothing_is_threaded_alike():
    random = np.random.default_rng(1)
    assert geometry.project_points(np.zeros((0, 3)), CAMERA, np.eye(4), threads=3).shape == (0, 3)
    assert geometry.box_iou(boxes(0, random), boxes(3, random), threads=3).shape == (0, 3)
