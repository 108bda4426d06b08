"""The tree over a mesh at its limits: what it refuses, what is empty, hostile meshes, damaged pickles."""

import pickle

import numpy as np
import pytest

import spatialkit.geometry as geometry
from spatialkit import _core
from spatialkit.bvh import Bvh
from spatialkit.errors import ArgumentError
from spatialkit.surfaces import Surface
from spatialkit.testing import random_scene

VERTICES = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]])
FACES = np.array([[0, 1, 2], [1, 3, 2]])
SQUARE = Bvh(VERTICES, FACES)
UP, DOWN = [[0.0, 0, 1]], [[0.0, 0, -2]]
BELOW = [[0.25, 0.25, -1.0]]
NAN = [[np.nan, 0, 0]]
BOX = (np.zeros((1, 3)), np.ones((1, 3)), np.eye(3)[None])


def square(*shift, vertices=VERTICES):
    return Bvh(vertices + np.array(shift), FACES)


def test_a_square_from_both_sides():
    t, face = SQUARE.nearest_hit(BELOW * 3, [UP[0], [0, 0, 2], DOWN[0]])
    np.testing.assert_array_equal(t, [1, 0.5, np.inf])
    np.testing.assert_array_equal(face, [0, 0, -1])
    assert (t.dtype, face.dtype) == (np.float64, np.int32)
    np.testing.assert_array_equal(SQUARE.any_hit(BELOW * 3, [UP[0], [0, 0, 2], DOWN[0]]), [True, True, False])
    closest, distance, face = SQUARE.closest_point([[0.25, 0.25, 3], [2, 2, 0], [0.875, 0.75, -1]])
    np.testing.assert_array_equal(closest, [[0.25, 0.25, 0], [1, 1, 0], [0.875, 0.75, 0]])
    np.testing.assert_allclose(distance, [3, 2**0.5, 1], rtol=1e-15)
    np.testing.assert_array_equal(face, [0, 1, 1])
    assert repr(SQUARE) == "Bvh(2 faces)"


def test_hits_count_between_the_limits_only():
    def hit(**limits):
        return SQUARE.any_hit(BELOW, UP, **limits).tolist()

    assert hit(lower=0.5, upper=1.5) == [True]
    assert hit(upper=1.0) == hit(lower=1.0) == [False]  # these two not counted
    assert hit(lower=np.nextafter(1.0, 0), upper=np.nextafter(1.0, 2)) == [True]
    assert hit(lower=2, upper=0) == [False]
    assert SQUARE.any_hit(BELOW, DOWN, lower=-np.inf).tolist() == [True]
    assert SQUARE.any_hit(BELOW * 2, UP * 2, lower=[0, 1.5], upper=[2, np.inf]).tolist() == [True, False]


def test_on_the_surface_the_distance_is_nothing():
    t, face = SQUARE.nearest_hit([[0.25, 0.25, 0]], UP)
    assert (t[0], face[0]) == (0, 0)
    assert not np.signbit(SQUARE.nearest_hit([[0.25, 0.25, 0]], DOWN)[0][0])
    assert SQUARE.closest_point([[0.25, 0.25, 0]])[1][0] == 0


def test_a_corner_and_an_edge_belong_to_the_lowest_face():
    for corner in (1, 2):
        assert SQUARE.nearest_hit([VERTICES[corner] + [0, 0, -1]], UP)[1][0] == 0
        assert SQUARE.closest_point([VERTICES[corner] + [0, 0, 1]])[2][0] == 0
    assert SQUARE.nearest_hit([[0.5, 0.5, -1]], UP)[1][0] == 0
    assert SQUARE.closest_point([[0.3, 0.7, 2]])[2][0] == 0


def test_distances_of_known_meshes():
    above = square(0.2, 0.3, 2)
    points, distance = SQUARE.closest_to(above)
    assert distance == SQUARE.distance(above) == above.distance(SQUARE) == 2
    np.testing.assert_allclose(points[1] - points[0], [0, 0, 2], atol=1e-15)
    np.testing.assert_array_equal(above.closest_to(SQUARE)[0], points[::-1])
    assert SQUARE.distance(square(3, 0, 0)) == 2
    upright = VERTICES[:, [0, 2, 1]]  # through the square, further down
    assert SQUARE.distance(square(0, 0.3, -0.5, vertices=upright)) == 0
    assert SQUARE.distance(square(1, 1, 0)) == 0  # a corner in common
    room = random_scene(1, frames=1).surface
    inside = square(1, 1, 2.2, vertices=0.01 * VERTICES)
    assert room.bvh.distance(inside) > 0
    assert room.bvh.distance(room.bvh) == 0


def test_without_faces_there_is_nothing():
    for empty in (Bvh(np.zeros((0, 3)), np.zeros((0, 3), int)), Bvh(VERTICES, np.zeros((0, 3), int))):
        for tree in (empty, pickle.loads(pickle.dumps(empty))):
            t, face = tree.nearest_hit(BELOW, UP)
            assert (t[0], face[0]) == (np.inf, -1)
            assert not tree.any_hit(BELOW, UP).any()
            closest, distance, face = tree.closest_point(BELOW)
            assert np.isnan(closest).all()
            assert (distance[0], face[0]) == (np.inf, -1)
            assert tree.distance(SQUARE) == SQUARE.distance(tree) == tree.distance(tree) == np.inf
            assert np.isnan(tree.closest_to(SQUARE)[0]).all()


def test_no_rays_and_no_points():
    none = np.zeros((0, 3))
    assert [x.shape for x in SQUARE.nearest_hit(none, none)] == [(0,), (0,)]
    assert SQUARE.any_hit(none, none).shape == (0,)
    assert [x.shape for x in SQUARE.closest_point(none)] == [(0, 3), (0,), (0,)]
    assert geometry.points_in_boxes(none, BOX).shape == (0, 1)
    assert geometry.points_in_boxes(VERTICES, []).shape == (4, 0)


REFUSED = {
    "Bvh.vertices: found 3 of 12 values NaN or infinite": lambda: Bvh([*VERTICES[:3], [np.inf] * 3], FACES),
    "Bvh.vertices: found 1e[+]60, expected coordinates within 1e[+]50": lambda: Bvh(VERTICES * 1e60, FACES),
    "Bvh.faces: found indices 0 to 4": lambda: Bvh(VERTICES, np.array([[0, 1, 2], [1, 4, 2]])),
    "Bvh.faces: found indices -1 to 2": lambda: Bvh(VERTICES, FACES - 1),
    "Bvh.faces: found dtype float64": lambda: Bvh(VERTICES, FACES * 1.0),
    "Bvh.faces: found shape": lambda: Bvh(VERTICES, FACES[:, :2]),
    "threads: found 0": lambda: Bvh(VERTICES, FACES, threads=0),
    "threads: found 65": lambda: SQUARE.nearest_hit(BELOW, UP, threads=65),
    "origins: found 1 of 3 values NaN": lambda: SQUARE.nearest_hit(NAN, UP),
    "origins: found 1e[+]55": lambda: SQUARE.any_hit([[1e55, 0, 0]], UP),
    "origins: found shape": lambda: SQUARE.any_hit([1.0, 2, 3], UP),
    "directions: found 1 of 3 values NaN": lambda: SQUARE.any_hit(BELOW, NAN),
    "directions: found shape": lambda: SQUARE.nearest_hit(BELOW, UP * 2),
    r"directions\[1\]: found zero": lambda: SQUARE.nearest_hit(BELOW * 3, [*UP, [0, 0, 0], *UP]),
    "lower: found NaN": lambda: SQUARE.any_hit(BELOW, UP, lower=np.nan),
    "upper: found shape": lambda: SQUARE.any_hit(BELOW, UP, upper=[1.0, 2.0]),
    "upper: found dtype": lambda: SQUARE.any_hit(BELOW, UP, upper="far"),
    "points: found 1 of 3 values NaN": lambda: SQUARE.closest_point(NAN),
    "other: found Surface": lambda: SQUARE.distance(Surface(VERTICES, FACES, [0, 0])),
    "points: found 1 of 3 values": lambda: geometry.points_in_boxes(NAN, BOX),
    "boxes: found": lambda: geometry.points_in_boxes(VERTICES, 7),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_is_wrong_is_refused_by_name(message):
    with pytest.raises(ArgumentError, match=message):
        REFUSED[message]()


def test_the_core_checks_for_itself():
    tree = _core.Bvh(VERTICES, FACES.astype(np.int32), 1)
    for wrong in (
        lambda: _core.Bvh(VERTICES, FACES.astype(np.int32) + 2, 1),
        lambda: _core.Bvh(VERTICES * 1e60, FACES.astype(np.int32), 1),
        lambda: _core.Bvh(VERTICES, FACES.astype(np.int32), 0),
        lambda: tree.nearest_hit(np.zeros((2, 3)), np.ones((3, 3)), 1),
        lambda: tree.any_hit(np.zeros((2, 3)), np.ones((2, 3)), np.zeros(1), np.zeros(2), 1),
        lambda: tree.closest_point(np.zeros((2, 2)), 1),
    ):
        with pytest.raises(ValueError, match="expected"):
            wrong()
    # Rays that the Python layer would refuse do no harm.
    bad = np.array([[np.nan, 0, 0], [np.inf, 1, 1], [0, 0, 0], [1e300, 0, 0], [1e-320, 1e-320, 0]])
    for origins in (bad, bad[::-1].copy()):
        tree.nearest_hit(origins, bad, 1)
        tree.any_hit(origins, bad, bad[:, 0].copy(), bad[:, 1].copy(), 1)
        tree.closest_point(origins, 1)


def test_damaged_pickles_are_refused_or_right():
    surface = random_scene(0, frames=1).surface
    tree = surface.bvh
    state = tree.__getstate__()
    random = np.random.default_rng(0)
    points, directions = random.uniform(0, 3, (50, 3)), random.normal(size=(50, 3))
    expected = tree.nearest_hit(points, directions)[0]
    refused = 0
    for k in range(600):
        name = ("children", "leaves", "faces")[k % 3]
        part = state[name].copy()
        place = tuple(random.integers(0, part.shape))
        part[place] = random.choice([0, -1, 1, part[place] + 1, -part[place], 2**31 - 1, -(2**31), len(part)])
        damaged = Bvh.__new__(Bvh)
        try:
            damaged.__setstate__({**state, name: part})
        except ArgumentError:
            refused += 1
            continue
        damaged.closest_point(points)
        damaged.distance(tree)
        found = damaged.nearest_hit(points, directions)[0]
        if name != "faces":  # other faces are another mesh
            np.testing.assert_array_equal(found, expected)
    assert refused > 300
    children, leaves = state["children"], state["leaves"]
    chain = np.zeros((200, 8), np.int32)  # deeper than any walk goes
    chain[:-1, 0] = np.arange(1, 200)
    wrong = {"children": (children[:0], children[:, :4], chain), "leaves": (leaves[:-1], leaves[:, :3])}
    wrong |= {name: (state[name][:-1],) for name in ("vertices", "faces")}
    for name, part in ((name, part) for name, parts in wrong.items() for part in parts):
        with pytest.raises(ArgumentError):
            Bvh.__new__(Bvh).__setstate__({**state, name: part})


def test_a_surface_has_its_tree_once():
    surface = Surface(VERTICES, FACES, [0, 0])
    assert surface.bvh is surface.bvh
    again = pickle.loads(pickle.dumps(surface))
    assert again.bvh.nearest_hit(BELOW, UP)[0][0] == 1


def rays(n, reach, seed=0):
    random = np.random.default_rng(seed)
    return random.normal(size=(n, 3)) * reach, random.normal(size=(n, 3))


@pytest.mark.parametrize(
    "corners",
    [
        np.broadcast_to(np.eye(3), (100_000, 3, 3)),
        np.zeros((100_000, 3, 3)) + 5,
        np.eye(3) * np.geomspace(1e-30, 1e30, 20_000)[:, None, None],  # all about one corner, each twice as large
        np.eye(3) + np.geomspace(1e-300, 1, 20_000)[:, None, None],
        np.linspace(0, 1, 20_000)[:, None, None] + np.array([[0, 0, 0], [0, 0, 1e-6], [1e3, 0, 0]]),
        np.eye(3) * 1e-3 + 1e6 + np.arange(20_000)[:, None, None] * 1e-4,
    ],
    ids=["identical", "one point", "all scales", "all places", "long slivers", "far away"],
)
def test_hostile_meshes_take_no_longer(corners):
    vertices, faces = corners.reshape(-1, 3), np.arange(3 * len(corners)).reshape(-1, 3)
    tree = Bvh(vertices, faces)
    origins, _ = rays(20, 1)
    origins = origins + vertices[0]
    towards = corners[7].mean(axis=0)
    t, face = tree.nearest_hit(origins, towards - origins + 1e-9)
    _, distance, near = tree.closest_point(origins)
    assert np.isfinite(distance).all()
    if (corners == corners[0]).all():
        assert set(face.tolist()) <= {0, -1}
        assert set(near.tolist()) == {0}
    if np.ptp(corners) > 0:
        assert np.isfinite(t).any()
    assert len(pickle.dumps(tree)) < 400 * len(corners)
    assert tree.distance(Bvh(vertices[:3], faces[:1])) == 0


def test_two_million_faces():
    n = 1000
    x, y = (a.ravel() for a in np.meshgrid(np.linspace(0, 10, n + 1), np.linspace(0, 10, n + 1)))
    vertices = np.stack([x, y, 0.1 * np.sin(9 * x) * np.cos(7 * y)], axis=1)
    k = np.arange((n + 1) * n).reshape(n, n + 1)[:, :-1].ravel()
    faces = np.concatenate([np.stack([k, k + 1, k + n + 1], 1), np.stack([k + 1, k + n + 2, k + n + 1], 1)])
    tree = Bvh(vertices, faces)
    random = np.random.default_rng(0)
    places = random.uniform(0, 10, (2000, 2))
    above = np.column_stack([places, np.full(2000, 3.0)])
    t, face = tree.nearest_hit(above, np.broadcast_to((0.0, 0, -1), above.shape))
    assert (face >= 0).all()
    expected = 0.1 * np.sin(9 * places[:, 0]) * np.cos(7 * places[:, 1])
    np.testing.assert_allclose(3 - t, expected, atol=1e-3)
    assert (tree.closest_point(above)[1] <= t).all()


def test_points_on_the_border_of_a_box_are_in_it():
    points = np.array([[0.5, 0, 0], [0.5, 0.5, -0.5], [np.nextafter(0.5, 1), 0, 0], [0, 0, 0], [9, 9, 9]])
    inside = geometry.points_in_boxes(points, BOX)
    np.testing.assert_array_equal(inside[:, 0], [True, True, False, True, False])
    assert inside.dtype == np.bool_
    flat = (np.zeros((2, 3)), np.array([[1.0, 1, 1], [1, 1, 0]]), np.stack([np.eye(3)] * 2))
    np.testing.assert_array_equal(geometry.points_in_boxes(points, flat)[:, 1], [True, False, False, True, False])


def test_blocks_of_points_far_from_a_box_are_not_looked_at_and_those_near_are():
    random = np.random.default_rng(0)
    for scale in (1.0, 1e6, 1e150):
        points = random.normal(size=(3000, 3)) * scale
        points = points[np.argsort(points[:, 0])]
        turn, _ = np.linalg.qr(random.normal(size=(40, 3, 3)))
        turn *= np.sign(np.linalg.det(turn))[:, None, None]
        boxes = (random.normal(size=(40, 3)) * scale, random.uniform(0, 0.5, (40, 3)) * scale, turn)
        beyond = np.abs(np.einsum("npc,nck->pnk", points - boxes[0][:, None], turn)) - boxes[1] / 2
        np.testing.assert_array_equal(geometry.points_in_boxes(points, boxes), (beyond <= 0).all(axis=2))
