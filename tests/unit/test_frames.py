"""One relation in three frames of reference, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from spatialkit.relations import Observer, Things
from spatialkit.rules import Rules
from spatialkit.tasks.frames import RelationInCameraFrame, RelationInObjectFrame, RelationInWorldFrame

POSE = np.array([[[0.0, 0, 1, 0], [-1, 0, 0, 0], [0, -1, 0, 1.5], [0, 0, 0, 1]]])  # looks along +x, z is up
WHO = Observer(POSE, np.array([0.0, 0.0, 1.0]))


def thing(*centre: float) -> Things:
    return Things(np.array([centre]), POSE, WHO)


A, B = thing(3, -1, 1.0), thing(5, 1, 2.0)


def said(task: type, value: np.ndarray) -> tuple[str, str, str]:
    return task.answer.decide(value, Rules())[0]


def test_the_camera_and_one_who_looks_towards_it_disagree_in_all_but_height() -> None:
    camera = RelationInCameraFrame().measure(A, B)
    someone = RelationInObjectFrame().measure(A, B, stand=thing(9, 0, 1), face=thing(1, 0, 0.2))
    assert said(RelationInCameraFrame, camera) == ("right", "below", "closer")
    assert said(RelationInObjectFrame, someone) == ("left", "below", "farther")


def test_the_compass_goes_by_the_camera() -> None:
    value = RelationInWorldFrame().measure(A, B)
    assert value == pytest.approx(np.array([[[2, -1, -2]]]))
    assert said(RelationInWorldFrame, value) == ("east", "below", "south")


def test_points_between_two_of_the_compass_are_read() -> None:
    answer = RelationInWorldFrame.answer
    assert answer.parse("It is to the northeast and below.") == ("east", "below", "north")
    assert answer.parse("South-west of it.") == ("west", "", "south")
    for value in ([1, 1, 1], [-1, 0, -1], [0, -1, 1]):
        (truth,) = answer.decide(np.array([[value]], dtype=float), Rules())
        assert answer.parse(answer.phrase(truth)) == truth
