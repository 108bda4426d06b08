"""Shortest ways in a free space: exact, at any angle, and with fewer bends where there is room."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon
    from shapely.geometry.base import BaseGeometry

__all__ = ["Roadmap", "straighten"]

F64 = npt.NDArray[np.float64]

SMALL_BEND = 15.0  # degrees
SHORT_LEG = 0.3  # metres


class Roadmap:
    """All shortest ways in one free space: the visibility graph of its corners (Lozano-Perez and Wesley, 1979).

    A shortest way among polygons bends only at corners that stick into the free space, and touches them (is tangent);
    only such pairs of corners are kept, so ways are exact and at any angle.
    """

    def __init__(self, free: MultiPolygon) -> None:
        import shapely

        shapely.prepare(free)
        self.free = free
        self._parts = [_Part(part) for part in free.geoms]
        self._inner = shapely.buffer(free, -1e-3, join_style="mitre")

    def nearest(self, point: npt.ArrayLike) -> F64:
        """Return the point (2,) of the free space that is nearest to ``point``: itself where it is free."""
        import shapely

        here = shapely.Point(np.asarray(point, dtype=np.float64))
        if self.free.covers(here) or self._inner.is_empty:
            return np.asarray(point, dtype=np.float64)
        return np.asarray(shapely.get_coordinates(shapely.shortest_line(here, self._inner))[-1], dtype=np.float64)

    def path(self, start: npt.ArrayLike, goal: npt.ArrayLike) -> F64 | None:
        """Return the shortest way (k, 2) from start to goal (2,); None where there is none."""
        search = self._search(start, goal)
        return search.best() if search else None

    def paths(self, start: npt.ArrayLike, goal: npt.ArrayLike, *, within: float) -> list[F64]:
        """Return the shortest way, then the shortest ones that pass some obstacle on its other side.

        ``within`` is the share by which those may be longer.
        """
        search = self._search(start, goal)
        return list(search.all_within(within)) if search else []

    def _search(self, start: npt.ArrayLike, goal: npt.ArrayLike) -> _Search | None:
        a, b = (np.asarray(point, dtype=np.float64) for point in (start, goal))
        for part in self._parts:
            if part.covers(a) and part.covers(b):
                return _Search(part, a, b)
        return None


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
        self.corners, self._before, self._after = corners[bends], before[bends], after[bends]
        self.holes = np.array(
            [shapely.get_coordinates(shapely.Polygon(ring).representative_point())[0] for ring in rings[1:]]
        ).reshape(-1, 2)

    def covers(self, point: F64) -> bool:
        import shapely

        return bool(shapely.intersects_xy(self.polygon, point[0], point[1]))

    def seen(self, a: F64, b: F64) -> npt.NDArray[np.bool_]:
        """Whether the straight ways between points a and b (n, 2) lie in the free space."""
        import shapely

        return np.asarray(shapely.covers(self.polygon, shapely.linestrings(np.stack([a, b], axis=1))))

    def tangent(self, corner: npt.NDArray[Any], towards: F64) -> npt.NDArray[np.bool_]:
        """Whether a line to these corners (n,) from points (n, 2) leaves both sides of the corner on one side."""
        line = self.corners[corner] - towards
        sides = _cross(line, self._before[corner]), _cross(line, self._after[corner])
        scale = 1e-9 * (1 + (line**2).sum(axis=1))
        return np.asarray((sides[0] * sides[1] >= 0) | (np.minimum(np.abs(sides[0]), np.abs(sides[1])) < scale))

    @cached_property
    def edges(self) -> npt.NDArray[np.int64]:
        """Pairs of corners (m, 2) that a shortest way may join."""
        a, b = np.triu_indices(len(self.corners), 1)
        keep = self.tangent(a, self.corners[b])
        a, b = a[keep], b[keep]
        keep = self.tangent(b, self.corners[a])
        a, b = a[keep], b[keep]
        keep = self.seen(self.corners[a], self.corners[b])
        return np.stack([a[keep], b[keep]], axis=1)

    @cached_property
    def lengths(self) -> F64:
        """Metres of each edge (m,)."""
        return np.asarray(np.linalg.norm(np.diff(self.corners[self.edges], axis=1)[:, 0], axis=1))

    @cached_property
    def sweeps(self) -> F64:
        """Angle (m, h) that each edge, walked forward, sweeps around a point in each hole."""
        return _sweep(self.corners[self.edges[:, 0]], self.corners[self.edges[:, 1]], self.holes)

    def from_point(self, point: F64) -> npt.NDArray[np.int64]:
        """Corners that a shortest way from a point may reach first."""
        every = np.arange(len(self.corners))
        every = every[self.tangent(every, np.broadcast_to(point, self.corners.shape))] if len(every) else every
        return every[self.seen(np.broadcast_to(point, (len(every), 2)), self.corners[every])]


class _Search:
    """The ways between two points of one piece of free space."""

    def __init__(self, part: _Part, start: F64, goal: F64) -> None:
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import dijkstra

        n = len(part.corners)
        self.part, self.points = part, np.vstack([part.corners, start, goal])
        ends = [(end, part.from_point(self.points[end])) for end in (n, n + 1)]
        more = [np.stack([np.full(len(reached), end), reached], axis=1) for end, reached in ends]
        if part.seen(start[None], goal[None])[0]:
            more.append(np.array([[n, n + 1]]))
        self.new = np.concatenate(more)
        self.edges = np.concatenate([part.edges, self.new])
        new_lengths = np.linalg.norm(self.points[self.new[:, 0]] - self.points[self.new[:, 1]], axis=1)
        self.lengths = np.concatenate([part.lengths, new_lengths])
        weights = np.maximum(self.lengths, 1e-12)  # a zero would be no edge
        matrix = csr_array((weights, (self.edges[:, 0], self.edges[:, 1])), shape=(n + 2, n + 2))
        self.far, self.back = dijkstra(matrix, directed=False, indices=[n, n + 1], return_predecessors=True)
        self.start, self.goal = n, n + 1

    def best(self) -> F64 | None:
        if not np.isfinite(self.far[0, self.goal]):
            return None
        return self.points[self._chain(0, self.goal)]

    def all_within(self, share: float) -> Iterator[F64]:
        """Yield the shortest way, and the shortest of each other class that is longer by no more than ``share``.

        Two ways differ in class when they wind differently around some hole. A shortest way of its class is, by the
        3-path condition (Thomassen, 1990), a shortest way to some edge, that edge, and a shortest way from it.
        """
        shortest = self.best()
        if shortest is None:
            return
        yield shortest
        limit = (1 + share) * self.far[0, self.goal]
        forth = np.vstack([self.edges, self.edges[:, ::-1]])
        total = self.far[0, forth[:, 0]] + np.tile(self.lengths, 2) + self.far[1, forth[:, 1]]
        near = np.flatnonzero(total <= limit)
        if not len(self.part.holes) or not len(near):
            return
        sweeps = np.concatenate(
            [self.part.sweeps, _sweep(self.points[self.new[:, 0]], self.points[self.new[:, 1]], self.part.holes)]
        )
        sweeps = np.concatenate([sweeps, -sweeps])[near]
        to, back = (self._wound(side, limit) for side in (0, 1))
        wound = to[forth[near, 0]] + sweeps - back[forth[near, 1]]
        classes = np.round((wound - to[self.goal]) / (2 * np.pi)).astype(np.int64)
        known = {(0,) * classes.shape[1]}
        for k in np.argsort(total[near], kind="stable"):
            if (key := tuple(classes[k].tolist())) not in known:
                known.add(key)
                a, b = forth[near[k]]
                way = self.points[[*self._chain(0, int(a)), *self._chain(1, int(b))[::-1]]]
                keep = np.concatenate([[True], np.linalg.norm(np.diff(way, axis=0), axis=1) > 1e-9])
                yield way[keep]

    def _chain(self, side: int, node: int) -> list[int]:
        """Nodes from the start (side 0) or the goal (side 1) to ``node``."""
        out = [node]
        while (node := int(self.back[side, node])) >= 0:
            out.append(node)
        return out[::-1]

    def _wound(self, side: int, limit: float) -> F64:
        """Angle (n, h) swept around each hole on the shortest way to each node within the limit."""
        out = np.zeros((len(self.points), len(self.part.holes)))
        order = np.argsort(self.far[side], kind="stable")
        order = order[self.far[side, order] <= limit]
        before = self.back[side, order]
        reached = before >= 0
        steps = _sweep(self.points[before[reached]], self.points[order[reached]], self.part.holes)
        for node, last, step in zip(order[reached], before[reached], steps, strict=True):
            out[node] = out[last] + step
        return out


def _cross(a: F64, b: F64) -> F64:
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])


def _sweep(a: F64, b: F64, holes: F64) -> F64:
    """Angle (n, h) of the straight ways a to b (n, 2) as seen from points (h, 2)."""
    u, v = a[:, None] - holes, b[:, None] - holes
    return np.asarray(np.arctan2(_cross(u, v), (u * v).sum(axis=2)))


def straighten(points: F64, free: BaseGeometry) -> F64:
    """Return a way (k, 2) with fewer bends, as far as it stays in ``free``, its ends where they are.

    A bend is left out; where a leg is shorter than 0.3 m or begins or ends with a bend below 15 degrees, it becomes one
    bend: where its neighbours meet, in its middle, or at either end.
    """
    import shapely

    line = np.asarray(points, dtype=np.float64)
    while (simpler := next((way for way in _simpler(line) if free.covers(shapely.LineString(way))), None)) is not None:
        line = simpler
    return line


def _simpler(line: F64) -> Iterator[F64]:
    """Yield the ways that have one bend less, smallest bend and shortest leg first."""
    bends = _bends(line)
    for k in np.argsort(bends, kind="stable"):
        yield np.delete(line, k + 1, axis=0)
    lengths = np.linalg.norm(np.diff(line, axis=0), axis=1)
    for k in map(int, np.argsort(lengths[1:-1], kind="stable") + 1):
        a, b = line[k], line[k + 1]
        if lengths[k] < SHORT_LEG or min(bends[k - 1], bends[k]) < SMALL_BEND:
            meet = _meeting(line[k - 1], a, line[k + 2], b)
            for put in ([] if meet is None else [meet]) + [(a + b) / 2]:
                yield np.vstack([line[:k], put, line[k + 2 :]])


def _bends(line: F64) -> F64:
    """Degrees (k - 2,) that a way turns at each of its inner points."""
    steps = np.diff(line, axis=0)
    turns = np.arctan2(_cross(steps[:-1], steps[1:]), (steps[:-1] * steps[1:]).sum(axis=1))
    return np.asarray(np.abs(np.degrees(turns)))


def _meeting(a: F64, b: F64, c: F64, d: F64) -> F64 | None:
    """Return where the line from a past b meets the line from c past d, if it lies past both and near."""
    u, v, w = b - a, d - c, c - a
    cross = float(_cross(u, v))
    if abs(cross) < 1e-9:
        return None
    s, t = float(_cross(w, v)) / cross, float(_cross(w, u)) / cross
    point = a + s * u
    return point if s >= 1 and t >= 1 and np.linalg.norm(point - b) < 2 * SHORT_LEG else None
