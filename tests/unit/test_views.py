"""Choice of frames: near-duplicates out, overlap in its bins, videos uniform in time."""

from __future__ import annotations

import itertools
import random
from collections import Counter

import numpy as np
from scipy.spatial.transform import Rotation

from spatialkit.rules import Rules
from spatialkit.views import distinct_frames, multi, pair, single, video

RULES = Rules()


def draw(views, shared=None, count=10, times=None, seed=0, most=1000):
    shared = np.full((count, count), 0.3) if shared is None else shared
    times = np.arange(count, dtype=float) if times is None else times
    found = views.draw(shared, np.arange(count), times, RULES, random.Random(seed))
    return list(itertools.islice(found, most))


def test_single_views_are_each_frame_once() -> None:
    assert sorted(draw(single())) == [(i,) for i in range(10)]


def test_views_of_several_frames_are_distinct_and_none_comes_twice() -> None:
    found = draw(multi(3))
    assert len(found) == len(set(found)) > 50
    assert all(len(set(v)) == 3 for v in found)
    assert all(len(set(v)) == 5 for v in draw(multi(5)))


def test_frames_shown_together_overlap_within_the_bounds() -> None:
    rng = np.random.default_rng(0)
    shared = rng.random((30, 30))
    shared = (shared + shared.T) / 2
    for view in draw(multi(3), shared, 30):
        for k in (1, 2):
            assert any(RULES.shared_least <= shared[view[k], view[j]] <= RULES.shared_most for j in range(k))


def test_each_bin_of_overlap_is_drawn_as_often_while_it_lasts() -> None:
    rng = np.random.default_rng(3)
    shared = np.zeros((40, 40))
    for low, count in ((0.1, 8), (0.3, 60), (0.5, 400)):  # pairs by bin, few and many
        cells = rng.choice(np.argwhere(np.triu(shared == 0, 1)), count, replace=False)
        shared[cells[:, 0], cells[:, 1]] = low + 0.02
    shared += shared.T
    found = draw(pair(), shared, 40, most=10**6)
    assert len(found) == len(set(found)) == 2 * (8 + 60 + 400)
    drawn = Counter(round(float(shared[view]), 2) for view in found[:48])
    assert drawn == {0.12: 16, 0.32: 16, 0.52: 16}
    assert Counter(round(float(shared[view]), 2) for view in found[:120])[0.32] == 52


def test_the_number_of_images_is_that_of_the_rules() -> None:
    rules = Rules(multi_images=5, video_frames=8)
    found = {
        views.kind: next(views.draw(np.full((10, 10), 0.3), np.arange(10), np.arange(10.0), rules, random.Random(0)))
        for views in (single(), multi(), video())
    }
    assert {kind: len(view) for kind, view in found.items()} == {"single": 1, "multi": 5, "video": 8}


def test_no_overlap_no_view() -> None:
    assert draw(multi(3), np.eye(10)) == []


def test_a_video_is_uniform_in_time_and_in_order() -> None:
    times = np.cumsum(np.random.default_rng(1).uniform(0.01, 0.3, 500))
    (view,) = draw(video(32), np.zeros((500, 500)), 500, times)
    assert list(view) == sorted(set(view))
    assert (view[0], view[-1]) == (0, 499)
    moments = np.linspace(times[0], times[-1], 32)
    assert np.abs(times[list(view)] - moments).max() <= 0.15  # half the widest gap between frames
    assert draw(video(32), np.zeros((500, 500)), 500, times, seed=1) == [view]
    assert draw(video(32), count=31) == []


def test_near_duplicates_are_left_out_only_if_near_in_place_and_in_direction() -> None:
    def pose(x: float, yaw: float) -> np.ndarray:
        matrix = np.eye(4)
        matrix[:3, :3] = Rotation.from_euler("y", yaw, degrees=True).as_matrix()
        matrix[0, 3] = x
        return matrix

    poses = np.array([pose(0, 0), pose(0.1, 5), pose(0.1, 25), pose(0.35, 0), pose(0.15, 0), pose(9, 9)])
    assert distinct_frames(poses, np.ones(6, bool), RULES).tolist() == [0, 2, 3, 5]
    assert distinct_frames(poses, np.array([0, 1, 1, 1, 1, 0], bool), RULES).tolist() == [1, 2, 3]
