"""Nearest and farthest, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from spatialkit.relations import Observer, Things
from spatialkit.tasks.inference import DistanceInferCenterOC, DistanceInferCenterOO, DistanceInferCenterOOVideo

POSE = np.eye(4)[None].repeat(2, axis=0)
WHO = Observer(POSE, np.array([0.0, -1.0, 0.0]))
CLOSER_THEN_FARTHER = np.array([1.0, -1.0])


def thing(*centre: float) -> Things:
    """The same thing in two candidates."""
    return Things(np.array([centre, centre]), POSE, WHO)


ANCHOR = thing(0, 0, 0)
AT_3, AT_5, AT_7, AT_1 = thing(1, 2, 2), thing(0, 3, -4), thing(2, 3, 6), thing(-1, 0, 0)


def test_of_two_the_smallest_value_is_the_one_asked_for() -> None:
    value, facts = DistanceInferCenterOO().measure(ANCHOR, AT_5, AT_3, CLOSER_THEN_FARTHER)
    assert value == pytest.approx(np.array([[5, 3], [-5, -3]]))
    assert facts["distance"] == pytest.approx([3, 5])
    assert facts["other"] == pytest.approx([5, 3])


def test_of_four_in_a_video() -> None:
    value, facts = DistanceInferCenterOOVideo().measure(ANCHOR, AT_5, AT_3, AT_7, AT_1, CLOSER_THEN_FARTHER)
    assert value.argmin(axis=1).tolist() == [3, 2]
    assert facts["distance"] == pytest.approx([1, 7])


def test_distances_from_a_thing_count_from_the_thing_and_those_from_the_observer_from_the_camera() -> None:
    value, _ = DistanceInferCenterOO().measure(AT_3, AT_5, AT_7, CLOSER_THEN_FARTHER)
    assert np.abs(value[0]) == pytest.approx([np.sqrt(1 + 1 + 36), np.sqrt(1 + 1 + 16)])
    camera = Things(POSE[:, :3, 3], POSE, WHO)
    value = DistanceInferCenterOC().measure(camera, AT_1, AT_7, AT_5, AT_3, CLOSER_THEN_FARTHER)
    assert value == pytest.approx(np.array([[1, 7, 5, 3], [-1, -7, -5, -3]]))


def test_every_word_asks_for_what_it_says() -> None:
    for task in (DistanceInferCenterOO, DistanceInferCenterOOVideo, DistanceInferCenterOC):
        for word, sign in task.roles["extreme"].words:
            assert sign == (1 if word in ("closer to", "nearest to") else -1)
