"""Which frames show a thing, and from when on."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from spatialkit.rules import Rules
from spatialkit.tasks._seeing import sightings
from spatialkit.tasks.appearance import AppearanceOrder
from spatialkit.tasks.counting import ObjCount
from spatialkit.tasks.matching import PositionMatching

RULES = Rules(seen_share=0.1, pixel_share=0.01)
SEEN, HALF, HARDLY = (0.1, 0.01), (0.05, 0.005), (0.009, 0.0009)


def kind(*frames: tuple[float, float], **more: np.ndarray) -> SimpleNamespace:
    visible, pixels = np.array(frames).T[:, None]
    return SimpleNamespace(visible=visible, pixels=pixels, observer=SimpleNamespace(rules=RULES), **more)


@pytest.mark.parametrize(
    ("frame", "state"),
    [
        (SEEN, 1),
        ((0, 0), 0),
        (HARDLY, 0),
        (HALF, 0.5),
        ((0.5, 0.0001), 0.5),  # nearly all of it, far away
        ((0.001, 0.3), 0.5),  # an edge of it, close by
        ((0.5, 0.009), 0.5),
        ((0.09, 0.3), 0.5),
    ],
)
def test_seen_takes_both_shares_and_unseen_neither(frame: tuple[float, float], state: float) -> None:
    assert sightings(kind(frame)).tolist() == [[state]]


def test_a_kind_appears_between_its_first_possible_and_its_first_sure_frame() -> None:
    none = (0.0, 0.0)
    value = AppearanceOrder().measure(
        a=kind(none, HALF, SEEN, none),
        b=kind(SEEN, SEEN, none, SEEN),
        c=kind(none, none, none, HALF),
        d=kind(*[none] * 4),
    )
    assert value.tolist() == [[[1, 2], [0, 0], [3, np.inf], [np.inf, np.inf]]]


def test_what_the_video_never_shows_well_is_not_counted() -> None:
    counted = ObjCount().measure(kind(SEEN, count=np.array([3.0, 4.0]), unseen=np.array([0.0, 1.0])))
    np.testing.assert_array_equal(counted, [3, np.nan])


def test_the_matched_box_is_that_of_the_second_image_where_it_is_surely_seen() -> None:
    rects = np.arange(8.0).reshape(1, 2, 4)
    assert PositionMatching().measure(kind(SEEN, SEEN, rects=rects)).tolist() == [[4, 5, 6, 7]]
    assert np.isnan(PositionMatching().measure(kind(SEEN, HALF, rects=rects))).all()
