"""Choice of frames: near-duplicates out, overlap in its bins, videos uniform in time."""

from __future__ import annotations

import itertools
import random
from collections import Counter

import numpy as np
from scipy.spatial.transform import Rotation

from spatialkit.rules import Rules
from spatialkit.views import distinct_frames, multi, single, video

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


def test_each_bin_of_overlap_is_drawn_as_often() -> None:
    # frame 0 overlaps 1 by 0.1, and 2..40 by 0.5: the lone one must come in about half of the pairs
    shared = np.zeros((41, 41))
    shared[0, 1] = shared[1, 0] = 0.1
    shared[0, 2:] = shared[2:, 0] = 0.5
    first = Counter()
    for seed in range(400):
        view = next(v for v in draw(multi(2), shared, 41, seed=seed) if v[0] == 0)
        first[view[1] == 1] += 1
    assert 150 < first[True] < 250


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
