import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spatialkit.geometry as geometry
from spatialkit.scene import OrientedBox
from spatialkit.testing import boxes, poses
from tests.oracles import overlap as oracle

some = st.lists(boxes(1.5), min_size=1, max_size=4)


def moved(box, pose):
    return OrientedBox(pose[:3, :3] @ box.centre + pose[:3, 3], box.size, pose[:3, :3] @ box.world_from_box)


def has_volume_in_rounding(box):
    """Whether the thinnest side is far above what rounding does to coordinates of a few metres."""
    return box.size.min() >= 1e-3


@given(some, some, poses())
def test_laws(a, b, pose):
    for function, within in ((geometry.box_iou, 1e-9), (geometry.box_distance, 1e-9)):
        found = function(a, b)
        np.testing.assert_array_equal(found, function(b, a).T)
        assert (found >= 0).all()
        turned = function([moved(x, pose) for x in a], [moved(x, pose) for x in b])
        # A micrometre slab of metres is known to rounding of its place: 1e-15 / 1e-6.
        np.testing.assert_allclose(turned, found, atol=within)
    iou, distance = geometry.box_iou(a, b), geometry.box_distance(a, b)
    assert (iou <= 1).all()
    assert not ((iou > 1e-9) & (distance > 0)).any()


@given(boxes())
def test_a_box_is_itself(box):
    assert geometry.box_iou([box], [box])[0, 0] == 1
    assert geometry.box_distance([box], [box])[0, 0] == 0


@given(boxes(1.0).filter(has_volume_in_rounding), boxes(1.0).filter(has_volume_in_rounding))
def test_iou_is_that_of_the_half_spaces(a, b):
    assert geometry.box_iou([a], [b])[0, 0] == pytest.approx(oracle.box_iou(a, b), abs=1e-8)


@given(boxes(1.0).filter(has_volume_in_rounding), boxes(1.0).filter(has_volume_in_rounding), st.integers(0, 2**32 - 1))
def test_iou_of_upright_boxes_is_that_of_the_half_spaces(a, b, seed):
    angles = np.random.default_rng(seed).uniform(0, 7, 2)
    turns = [np.array([[np.cos(t), -np.sin(t), 0], [np.sin(t), np.cos(t), 0], [0, 0, 1]]) for t in angles]
    for turn in (turns[1], turns[0], turns[0] @ np.diag([1.0, -1, -1])):  # also upside down
        one, other = OrientedBox(a.centre, a.size, turns[0]), OrientedBox(b.centre, b.size, turn)
        assert geometry.box_iou([one], [other])[0, 0] == pytest.approx(oracle.box_iou(one, other), abs=1e-8)
    tilted = np.array([[1, 0, 0], [0, np.cos(1e-7), -np.sin(1e-7)], [0, np.sin(1e-7), np.cos(1e-7)]])
    nearly = OrientedBox(other.centre, other.size, tilted @ other.world_from_box)
    assert geometry.box_iou([one], [nearly])[0, 0] == pytest.approx(geometry.box_iou([one], [other])[0, 0], abs=1e-3)


@given(boxes(1.0), st.sampled_from([1e-3, 1e-4, 1e-6, 1e-9, 1e-12]), st.integers(0, 5))
def test_near_duplicates(box, step, face):
    """A box pushed along one of its axes, or grown there, by a known amount."""
    axis, sign = face % 3, 1 if face < 3 else -1
    size = box.size[axis]
    pushed = OrientedBox(box.centre + sign * step * box.world_from_box[:, axis], box.size, box.world_from_box)
    shared = max(size - step, 0.0)
    slack = 1e-9 + 1e-14 / size
    assert geometry.box_iou([box], [pushed])[0, 0] == pytest.approx(shared / (2 * size - shared), abs=slack)
    grown = OrientedBox(box.centre, box.size + step * np.eye(3)[axis], box.world_from_box)
    assert geometry.box_iou([box], [grown])[0, 0] == pytest.approx(size / (size + step), abs=slack)


@given(boxes(1.0).filter(has_volume_in_rounding), st.integers(0, 5), st.floats(0.0, 1.0))
def test_shared_faces_and_containment(box, face, gap):
    axis, sign = face % 3, 1 if face < 3 else -1
    step = box.world_from_box[:, axis] * sign
    beside = OrientedBox(box.centre + step * box.size[axis], box.size, box.world_from_box)
    assert geometry.box_iou([box], [beside])[0, 0] == pytest.approx(0, abs=1e-9)
    apart = OrientedBox(box.centre + step * (box.size[axis] + gap), box.size, box.world_from_box)
    assert geometry.box_distance([box], [apart])[0, 0] == pytest.approx(gap, abs=1e-12)
    half = OrientedBox(
        box.centre + step * box.size[axis] / 4, box.size * (1 - 0.5 * np.eye(3)[axis]), box.world_from_box
    )
    assert geometry.box_iou([box], [half])[0, 0] == pytest.approx(0.5, abs=1e-9)
    inner = OrientedBox(box.centre, box.size / 2, box.world_from_box)
    assert geometry.box_iou([box], [inner])[0, 0] == pytest.approx(1 / 8, abs=1e-9)


def axis_aligned(box):
    return OrientedBox(box.centre, box.size)


@given(boxes(1.0).map(axis_aligned), boxes(1.0).map(axis_aligned))
def test_axis_aligned_boxes_have_a_closed_form(a, b):
    assert geometry.box_iou([a], [b])[0, 0] == pytest.approx(oracle.axis_aligned_iou(a, b), abs=1e-9)
    gaps = np.maximum(np.abs(a.centre - b.centre) - (a.size + b.size) / 2, 0.0)
    assert geometry.box_distance([a], [b])[0, 0] == pytest.approx(np.linalg.norm(gaps), abs=1e-12)


@given(boxes(2.5), boxes(2.5))
def test_distance_is_that_of_bounded_least_squares(a, b):
    assert geometry.box_distance([a], [b])[0, 0] == pytest.approx(oracle.box_distance(a, b), abs=1e-7)


@given(boxes(2.5), boxes(2.5), boxes(2.5))
def test_distance_laws(a, b, c):
    """Over the diameter of the box between, the triangle holds; a larger box is never farther."""
    distance = geometry.box_distance([a, b, c], [a, b, c])
    assert distance[0, 2] <= distance[0, 1] + distance[1, 2] + np.linalg.norm(b.size) + 1e-12
    larger = OrientedBox(a.centre, a.size + 0.1, a.world_from_box)
    assert geometry.box_distance([larger], [b])[0, 0] <= distance[0, 1] + 1e-12


@given(st.integers(0, 6), st.integers(0, 200), st.floats(0.0, 1.0), st.integers(0, 2**32 - 1))
def test_shared_surface_is_that_of_sets(frames, samples, share, seed):
    seen = np.random.default_rng(seed).random((frames, samples)) < share
    np.testing.assert_allclose(
        geometry.shared_surface(seen), oracle.shared_surface(seen).reshape(frames, frames), rtol=1e-15
    )


def test_figures_of_random_pairs():
    """Of 200 pairs that overlap, the worst against the solver's volume."""
    random = np.random.default_rng(2)
    worst = 0.0
    for _ in range(200):
        turns = np.linalg.qr(random.normal(size=(2, 3, 3)))[0]
        turns *= np.linalg.det(turns)[:, None, None]
        a, b = (OrientedBox(random.uniform(-0.3, 0.3, 3), random.uniform(0.2, 2, 3), t) for t in turns)
        worst = max(worst, abs(geometry.box_iou([a], [b])[0, 0] - oracle.box_iou(a, b)))
    assert worst < 1e-9
