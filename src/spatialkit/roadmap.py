"""Shortest ways in a free space: exact, at any angle, and with fewer bends where there is room."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spatialkit.errors import ArgumentError

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon
    from shapely.geometry.base import BaseGeometry

__all__ = ["Roadmap", "sides", "straighten"]

F64 = npt.NDArray[np.float64]

SMALL_BEND = 15.0  # degrees
SHORT_LEG = 0.3  # metres
LEAST_EDGE = 1e-12  # metres: a zero in a sparse matrix would be no edge
KEPT = 512  # points from which the ways are kept
MOST_CORNERS = 2500  # of one piece: their pairs are looked at one by one


class Roadmap:
    """All shortest ways in one free space: the visibility graph of its corners (Lozano-Perez and Wesley, 1979).

    A shortest way among polygons bends only at corners that stick into the free space, and touches them (is tangent);
    only such pairs of corners are kept, so ways are exact and at any angle. What is found from a point is kept, so many
    ways between few points cost little more than one from each.

    Raises
    ------
    ArgumentError
        When a piece of the free space has too many corners.
    """

    def __init__(self, free: MultiPolygon) -> None:
        import shapely

        shapely.prepare(free)
        self.free = free
        self._parts = [_Part(part) for part in free.geoms]
        self._inner = shapely.buffer(free, -1e-3, join_style="mitre")
        self._from = lru_cache(KEPT)(self._found)

    def nearest(self, point: npt.ArrayLike) -> F64:
        """Return the point (2,) of the free space that is nearest to ``point``: itself where it is free."""
        import shapely

        here = shapely.Point(np.asarray(point, dtype=np.float64))
        if self.free.covers(here) or self._inner.is_empty:
            return np.asarray(point, dtype=np.float64)
        return np.asarray(shapely.get_coordinates(shapely.shortest_line(here, self._inner))[-1], dtype=np.float64)

    def path(self, start: npt.ArrayLike, goal: npt.ArrayLike) -> F64 | None:
        """Return the shortest way (k, 2) from start to goal (2,); None where there is none."""
        ends = self._ends(start, goal)
        return None if ends is None else _shortest(*ends)

    def paths(self, start: npt.ArrayLike, goal: npt.ArrayLike, *, within: float) -> list[F64]:
        """Return the shortest way, then the shortest ones that pass some obstacle on its other side.

        ``within`` is the share by which those may be longer.
        """
        ends = self._ends(start, goal)
        return [] if ends is None else list(_all_within(*ends, within))

    def _ends(self, start: npt.ArrayLike, goal: npt.ArrayLike) -> tuple[_From, _From] | None:
        a, b = (np.asarray(point, dtype=np.float64) for point in (start, goal))
        for number, part in enumerate(self._parts):  # where pieces touch, a point is in several
            if part.covers(a) and part.covers(b):
                return self._from(number, *a.tolist()), self._from(number, *b.tolist())
        return None

    def _found(self, part: int, x: float, y: float) -> _From:
        return _From(self._parts[part], np.array([x, y]))


class _Part:
    """One connected piece of free space."""

    def __init__(self, polygon: Polygon) -> None:
        import shapely

        self.polygon = shapely.orient_polygons(polygon)  # free space lies to the left of every ring
        shapely.prepare(self.polygon)
        rings = [np.asarray(ring.coords)[:-1] for ring in (self.polygon.exterior, *self.polygon.interiors)]
        corners = np.concatenate(rings)
        before = np.concatenate([np.roll(ring, 1, axis=0) for ring in rings]) - corners
        after = np.concatenate([np.roll(ring, -1, axis=0) for ring in rings]) - corners
        bends = _cross(-before, after) < 0
        if bends.sum() > MOST_CORNERS:
            raise ArgumentError(
                "free", found=f"{bends.sum()} corners to walk around", expected=f"at most {MOST_CORNERS}"
            )
        self.corners, self._before, self._after = corners[bends], before[bends], after[bends]
        self._walls = np.stack([corners, corners + after], axis=1)
        self.holes = np.array(
            [shapely.get_coordinates(shapely.Polygon(ring).representative_point())[0] for ring in rings[1:]]
        ).reshape(-1, 2)

    def covers(self, point: F64) -> bool:
        import shapely

        return bool(shapely.intersects_xy(self.polygon, point[0], point[1]))

    def seen(self, a: F64, b: F64) -> npt.NDArray[np.bool_]:
        """Whether the straight ways between points a and b (n, 2) lie in the free space."""
        import shapely

        lines = shapely.linestrings(np.concatenate([a[:, None], b[:, None]], axis=1))
        return np.asarray(shapely.covers(self.polygon, lines))

    def joined(self, points: F64, *, itself: bool = False) -> npt.NDArray[np.int64]:
        """Return pairs (m, 2) of points and corners that a shortest way may join; ``itself``: corners and corners."""
        from spatialkit._loops import joined

        pairs = joined(points, self.corners, self._before, self._after, self._walls, itself)
        return np.asarray(pairs[self.seen(points[pairs[:, 0]], self.corners[pairs[:, 1]])], dtype=np.int64)

    @cached_property
    def edges(self) -> npt.NDArray[np.int64]:
        """Pairs of corners (m, 2) that a shortest way may join."""
        return self.joined(self.corners, itself=True)

    @cached_property
    def lengths(self) -> F64:
        """Metres of each edge (m,)."""
        return np.asarray(np.linalg.norm(np.diff(self.corners[self.edges], axis=1)[:, 0], axis=1))

    @cached_property
    def graph(self) -> tuple[F64, npt.NDArray[Any], npt.NDArray[Any]]:
        """Edges both ways as rows of a sparse matrix: metres, the corner that each leads to, and where rows start."""
        from scipy.sparse import csr_array

        there, back = self.edges.T
        ends = np.concatenate([there, back]), np.concatenate([back, there])
        weights = np.maximum(np.tile(self.lengths, 2), LEAST_EDGE)
        matrix = csr_array((weights, ends), shape=(len(self.corners), len(self.corners)))
        return matrix.data, matrix.indices, matrix.indptr

    @cached_property
    def steps(self) -> tuple[npt.NDArray[np.int64], F64]:
        """Each edge forward and backward, and each corner as an edge to itself: corners (k, 2), metres (k,)."""
        stay = np.repeat(np.arange(len(self.corners))[:, None], 2, axis=1)
        steps = np.concatenate([self.edges, self.edges[:, ::-1], stay])
        return steps, np.concatenate([self.lengths, self.lengths, np.zeros(len(stay))])

    def sweep(self, steps: npt.NDArray[np.int64]) -> F64:
        """Return the angle (k, h) that each way between two corners (k, 2) sweeps around a point in each hole."""
        return _sweep(self.corners[steps[:, 0]], self.corners[steps[:, 1]], self.holes)


class _From:
    """What is reached from one point of a piece of free space."""

    def __init__(self, part: _Part, point: F64) -> None:
        self.part, self.point = part, point

    @cached_property
    def first(self) -> npt.NDArray[np.int64]:
        """Corners that a shortest way may reach first."""
        return self.part.joined(self.point[None])[:, 1]

    @cached_property
    def straight(self) -> F64:
        """Metres to each of these."""
        return np.asarray(np.linalg.norm(self.part.corners[self.first] - self.point, axis=1))

    @cached_property
    def tree(self) -> tuple[F64, npt.NDArray[np.int64]]:
        """Metres (n,) of the shortest way to each corner, and the corner (n,) before it: n for the point itself."""
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import dijkstra

        n, (weights, corners, rows) = len(self.part.corners), self.part.graph
        weights = np.concatenate([weights, np.maximum(self.straight, LEAST_EDGE)])
        matrix = csr_array(
            (weights, np.concatenate([corners, self.first]), np.append(rows, len(weights))), shape=(n + 1, n + 1)
        )
        far, back = dijkstra(matrix, indices=[n], return_predecessors=True)
        return far[0, :n], back[0, :n].astype(np.int64)

    @cached_property
    def wound(self) -> F64:
        """Angle (n, h) swept around each hole on the shortest way to each corner."""
        (far, back), corners = self.tree, self.part.corners
        order = np.argsort(far, kind="stable")[: int(np.isfinite(far).sum())]
        steps = _sweep(np.vstack([corners, self.point])[back[order]], corners[order], self.part.holes)
        out = np.zeros((len(corners) + 1, len(self.part.holes)))
        for corner, last, step in zip(order.tolist(), back[order].tolist(), steps, strict=True):
            out[corner] = out[last] + step
        return out[:-1]

    def way(self, corner: int) -> F64:
        """Return the shortest way (k, 2) to a corner."""
        chain = [corner]
        while (corner := int(self.tree[1][corner])) < len(self.part.corners):
            chain.append(corner)
        return np.vstack([self.point, self.part.corners[chain[::-1]]])


def _shortest(a: _From, b: _From) -> F64 | None:
    """Return the shortest way between two points of one piece of free space."""
    if a.part.seen(a.point[None], b.point[None])[0]:
        return np.stack([a.point, b.point])
    total = a.tree[0][b.first] + b.straight
    if not np.isfinite(total).any():
        return None
    return _distinct(np.vstack([a.way(int(b.first[np.argmin(total)])), b.point]))


def _all_within(a: _From, b: _From, share: float) -> Iterator[F64]:
    """Yield the shortest way, and the shortest of each other class that is longer by no more than ``share``.

    Two ways differ in class when they wind differently around some hole. A shortest way of its class is, by the
    3-path condition (Thomassen, 1990), a shortest way to some edge, that edge, and a shortest way from it.
    """
    shortest = _shortest(a, b)
    if shortest is None:
        return
    yield shortest
    part = a.part
    if not len(part.holes):
        return
    steps, lengths = part.steps
    total = a.tree[0][steps[:, 0]] + lengths + b.tree[0][steps[:, 1]]
    near = np.flatnonzero(total <= (1 + share) * np.linalg.norm(np.diff(shortest, axis=0), axis=1).sum())
    wound = a.wound[steps[near, 0]] + part.sweep(steps[near]) - b.wound[steps[near, 1]]
    wound = wound - _sweep(shortest[:-1], shortest[1:], part.holes).sum(axis=0)
    classes = np.round(wound / (2 * np.pi)).astype(np.int64)
    known = {(0,) * classes.shape[1]}
    for k in np.argsort(total[near], kind="stable"):
        if (key := tuple(classes[k].tolist())) not in known:
            known.add(key)
            there, from_there = steps[near[k]]
            yield _distinct(np.vstack([a.way(there), b.way(from_there)[::-1]]))


def _distinct(way: F64) -> F64:
    """Return a way without the points at which it stays where it is."""
    return np.asarray(way[np.concatenate([[True], np.linalg.norm(np.diff(way, axis=0), axis=1) > 1e-9])])


def _cross(a: F64, b: F64) -> F64:
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])


def _sweep(a: F64, b: F64, holes: F64) -> F64:
    """Angle (n, h) of the straight ways a to b (n, 2) as seen from points (h, 2)."""
    u, v = a[:, None] - holes, b[:, None] - holes
    return np.asarray(np.arctan2(_cross(u, v), (u * v).sum(axis=2)))


def sides(shape: BaseGeometry) -> F64:
    """Return the sides (m, 2, 2) of the polygons of a shape, holes included."""
    import shapely

    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.get_parts(shape))]
    return np.concatenate([np.empty((0, 2, 2)), *(np.stack([ring[:-1], ring[1:]], axis=1) for ring in rings)])


def straighten(points: F64, walls: F64) -> F64:
    """Return a way (k, 2) with fewer bends, as far as it touches none of the ``walls`` (m, 2, 2), its ends as they are.

    A bend is left out; where a leg is shorter than 0.3 m or begins or ends with a bend below 15 degrees, it becomes one
    bend: where its neighbours meet, in its middle, or at either end.
    """
    from spatialkit._loops import straightened

    line = np.array(points, dtype=np.float64)
    return line[: straightened(line, walls, SHORT_LEG, SMALL_BEND)]
