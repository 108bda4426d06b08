"""Shortest ways: never shorter than straight, always free, the same however the plan lies; against a raster search."""

from __future__ import annotations

import heapq

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from spatialkit.errors import ArgumentError
from spatialkit.footprints import free_space
from spatialkit.roadmap import Roadmap, sides, straighten
from spatialkit.walks import legs_of

ROOM = np.array([(0.0, 0.0), (6.0, 0.0), (6.0, 5.0), (0.0, 5.0)])
UP = np.array([0.0, 0.0, 1.0])
seeds = st.integers(0, 2**32 - 1)


def furnished(seed: int) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Return turned rectangles, a start and a goal, all in the room."""
    rng = np.random.default_rng(seed)
    outlines = []
    for _ in range(int(rng.integers(0, 7))):
        angle, size = rng.uniform(0, np.pi), rng.uniform(0.2, 2.0, 2)
        turn = np.array([(np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))])
        corners = (np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) - 0.5) * size
        outlines.append(corners @ turn.T + rng.uniform((0, 0), (6, 5)))
    return outlines, rng.uniform((0.3, 0.3), (2, 4.7)), rng.uniform((4, 0.3), (5.7, 4.7))


def length(way: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(way, axis=0), axis=1).sum())


@settings(deadline=None, max_examples=60)
@given(seeds)
def test_ways_are_free_no_shorter_than_straight_and_taut(seed: int) -> None:
    outlines, start, goal = furnished(seed)
    free = free_space([ROOM], outlines, radius=0.2)
    way = Roadmap(free).path(start, goal)
    assume(way is not None)
    assert free.buffer(1e-9).covers(shapely.LineString(way))
    assert length(way) >= np.linalg.norm(goal - start) - 1e-12
    np.testing.assert_array_equal(way[[0, -1]], [start, goal])
    for k in range(1, len(way) - 1):  # no corner can be cut
        shortcut = np.stack(
            [way[k] + 1e-3 * (way[j] - way[k]) / np.linalg.norm(way[j] - way[k]) for j in (k - 1, k + 1)]
        )
        assert not free.buffer(-1e-7).covers(shapely.LineString(shortcut))


@settings(deadline=None, max_examples=40)
@given(seeds, st.floats(0, 6.3))
def test_rigid_motion_changes_nothing_and_a_mirror_swaps_left_and_right(seed: int, angle: float) -> None:
    outlines, start, goal = furnished(seed)
    way = Roadmap(free_space([ROOM], outlines, radius=0.2)).path(start, goal)
    assume(way is not None)
    c, s = np.cos(angle), np.sin(angle)
    facing = np.array([1.0, 0.3, 0.0])

    def seen(turn: np.ndarray) -> np.ndarray:
        shift = np.array([40.0, -7.0])
        moved = free_space([ROOM @ turn.T + shift], [o @ turn.T + shift for o in outlines], radius=0.2)
        other = Roadmap(moved).path(turn @ start + shift, turn @ goal + shift)
        assert other is not None
        look = np.append(turn @ facing[:2], 0.0)
        return legs_of(np.column_stack([other, np.zeros(len(other))]), look, UP)

    legs = legs_of(np.column_stack([way, np.zeros(len(way))]), facing, UP)
    turned = seen(np.array([(c, -s), (s, c)]))
    assert np.isclose(turned[:, 1].sum(), legs[:, 1].sum(), atol=1e-6)
    mirrored = seen(np.diag([-1.0, 1.0]))
    assert np.isclose(mirrored[:, 1].sum(), legs[:, 1].sum(), atol=1e-6)
    if turned.shape == legs.shape and np.abs(turned[:, 1] - legs[:, 1]).max() < 1e-6:  # not another way just as short
        np.testing.assert_allclose(turned[:, 0], legs[:, 0], atol=1e-4)
    if mirrored.shape == legs.shape and np.abs(mirrored[:, 1] - legs[:, 1]).max() < 1e-6:
        np.testing.assert_allclose(mirrored[:, 0], -legs[:, 0], atol=1e-4)


@settings(deadline=None, max_examples=15)
@given(seeds)
def test_no_way_over_a_fine_raster_is_shorter(seed: int) -> None:
    outlines, start, goal = furnished(seed)
    free = free_space([ROOM], outlines, radius=0.2)
    way = Roadmap(free).path(start, goal)
    coarse = over_raster(free, start, goal)
    if way is None:
        assert coarse == np.inf
    elif coarse < np.inf:
        assert length(way) <= coarse + 1e-9
        # steps to 16 neighbours are at most 2.8 % longer than straight; some room for narrow passages
        assert coarse <= 1.03 * length(way) + 0.6


def over_raster(free: shapely.Geometry, start: np.ndarray, goal: np.ndarray) -> float:
    """Length of the shortest way over free cells of 10 cm, to 16 neighbours, each step checked."""
    step = 0.1
    shapely.prepare(free)
    xs, ys = np.arange(0, 6, step), np.arange(0, 5, step)
    is_free = shapely.contains_xy(free, *np.meshgrid(xs, ys, indexing="ij"))
    moves = [(i, j) for i in range(-2, 3) for j in range(-2, 3) if np.gcd(i, j) == 1]
    far = np.full(is_free.shape, np.inf)
    queue: list[tuple[float, int, int]] = []
    cells = np.argwhere(is_free)
    points = np.stack([xs[cells[:, 0]], ys[cells[:, 1]]], axis=1)

    def near(point: np.ndarray) -> list[tuple[float, int, int]]:
        away = np.linalg.norm(points - point, axis=1)
        close = [k for k in np.argsort(away)[:12] if free.covers(shapely.LineString([point, points[k]]))]
        return [(float(away[k]), *map(int, cells[k])) for k in close]

    for away, i, j in near(start):
        far[i, j] = away
        heapq.heappush(queue, (away, i, j))
    while queue:
        so_far, i, j = heapq.heappop(queue)
        if so_far > far[i, j]:
            continue
        for di, dj in moves:
            a, b = i + di, j + dj
            if not (0 <= a < len(xs) and 0 <= b < len(ys) and is_free[a, b]):
                continue
            reach = so_far + step * float(np.hypot(di, dj))
            line = shapely.LineString([(xs[i], ys[j]), (xs[a], ys[b])])
            if reach < far[a, b] - 1e-12 and free.covers(line):
                far[a, b] = reach
                heapq.heappush(queue, (reach, a, b))
    return min((away + far[i, j] for away, i, j in near(goal)), default=np.inf)


@settings(deadline=None, max_examples=40)
@given(seeds)
def test_straightening_shortens_nothing_by_much_and_stays_free(seed: int) -> None:
    outlines, start, goal = furnished(seed)
    way = Roadmap(free_space([ROOM], outlines, radius=0.3)).path(start, goal)
    assume(way is not None)
    near = free_space([ROOM], outlines, radius=0.2)
    straight = straighten(way, sides(near))
    assert near.covers(shapely.LineString(straight))
    assert len(straight) <= len(way)
    np.testing.assert_array_equal(straight[[0, -1]], [start, goal])


@settings(deadline=None, max_examples=25)
@given(seeds)
def test_corners_are_joined_where_the_line_runs_free_and_a_little_further(seed: int) -> None:
    for part in shapely.get_parts(free_space([ROOM], furnished(seed)[0], radius=0.2)):
        roadmap = Roadmap(shapely.MultiPolygon([part]))._parts[0]
        corners, found = roadmap.corners, {tuple(sorted(pair)) for pair in roadmap.edges.tolist()}
        assert len(found) == len(roadmap.edges)
        pairs = np.stack(np.triu_indices(len(corners), 1), axis=1)
        pairs = pairs[np.linalg.norm(np.diff(corners[pairs], axis=1)[:, 0], axis=1) > 1e-4]
        lines = corners[pairs] + 1e-5 * np.diff(corners[pairs], axis=1) * [[-1], [1]]
        free = shapely.covers(part.buffer(1e-9, join_style="mitre"), shapely.linestrings(lines))
        assert [tuple(pair) in found for pair in pairs.tolist()] == free.tolist()


def test_a_floor_with_more_corners_than_can_be_looked_at_is_refused() -> None:
    holes = [shapely.box(x, y, x + 0.5, y + 0.5) for x in range(30) for y in range(30)]
    floor = shapely.box(-1, -1, 31, 31).difference(shapely.union_all(holes))
    with pytest.raises(ArgumentError, match="found 3600 corners to walk around, expected at most 2500"):
        Roadmap(shapely.MultiPolygon([floor]))


def test_a_way_into_a_corner_ends_there_once() -> None:
    free = shapely.box(0, 0, 4, 4).difference(shapely.box(1, 1, 3, 3))
    way = Roadmap(shapely.MultiPolygon([free])).path([1, 1], [3, 3])
    assert way is not None
    assert len(way) == 3
    assert np.linalg.norm(np.diff(way, axis=0), axis=1).tolist() == [2, 2]


def test_where_pieces_touch_a_point_belongs_to_each() -> None:
    roadmap = Roadmap(shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(1, 1, 2, 2)]))
    for point in ([0.5, 0.5], [1.5, 1.5]):
        np.testing.assert_array_equal(roadmap.path(point, [1, 1]), [point, [1, 1]])
        np.testing.assert_array_equal(roadmap.path([1, 1], point), [[1, 1], point])
    assert roadmap.path([0.5, 0.5], [1.5, 1.5]) is None
