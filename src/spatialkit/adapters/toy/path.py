"""The camera's path: a smooth, collision-free walk through all rooms, looking at what there is to see."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.adapters.toy.placing import Footprint, Item
from spatialkit.adapters.toy.rooms import Plan, Room

__all__ = ["WHOLE", "Space", "survey", "walk", "wall_segments"]

Array = npt.NDArray[Any]

CELL = 0.1
EYE = 1.55
GAPS = ((0.3, 0.24), (0.28, 0.16), (0.27, 0.08))  # metres kept from walls and things; the next where a room is cut off
WHOLE = 0.8  # share of what is wide enough to stand on in a room that a walk should be able to get to
DULL = {"door", "curtain", "curtain rod", "ceiling lamp", "radiator"}  # seen often enough anyway
YAWS = 36  # directions that a gaze may take


def walk(flat: Plan, items: Sequence[Item], count: int) -> Array:
    """Return ``count`` poses world_from_cam (count, 4, 4) of a walk at eye height, one every 0.2 s."""
    space = survey(flat, items)
    stops = _stops(flat, space)
    line = [stops[0]]
    marks = [0]
    for a, b in pairwise(stops):
        line += space.route(a, b)[1:]
        marks.append(len(line) - 1)
    points = np.array(line)
    way, stays = _smooth(points, marks, space)
    spots = way[_pace(way, stays, count)]
    yaws, depths = _gaze(spots, _room_of(flat, spots), space, items)
    return _poses(spots, yaws, depths)


def survey(flat: Plan, items: Sequence[Item]) -> Space:
    """Return the space at the largest of the gaps that cuts off no room and no large part of one.

    Where all of them do: at those that leave most of the room that suffers most.
    """
    space = Space(flat, items)
    shares = {}
    for gaps in GAPS:
        space.keep(gaps)
        if space.share >= WHOLE:
            return space
        shares[gaps] = space.share
    space.keep(max(reversed(GAPS), key=lambda gaps: shares[gaps]))
    return space


def wall_segments(flat: Plan) -> Array:
    """Return the solid stretches of all walls and the sides of doorways as segments (n, 2, 2) of the floor plan."""
    out: list[Array] = []
    for room in flat.rooms:
        for wall in room.walls.values():
            doors = sorted((o for o in wall.openings if o.leads is not None), key=lambda o: o.left)
            stops = [0.0, *(x for o in doors for x in (o.left, o.right)), wall.length]
            local = [[(a, 0.0), (b, 0.0)] for a, b in zip(stops[::2], stops[1::2], strict=True) if b > a]
            local += [[(x, 0.0), (x, -o.depth)] for o in doors for x in (o.left, o.right)]
            ends = np.array(local)
            out.append(ends @ wall.transform[:2, :2].T + wall.transform[:2, 3])
    return np.concatenate(out)


def _segment_distance(points: Array, segments: Array) -> Array:
    """Distance of points (n, 2) to the nearest of the segments (m, 2, 2)."""
    a, along = segments[:, 0], segments[:, 1] - segments[:, 0]
    length = np.maximum((along**2).sum(axis=1), 1e-12)
    t = np.clip(((points[:, None] - a) * along).sum(axis=2) / length, 0, 1)
    return np.asarray(np.linalg.norm(points[:, None] - a - t[..., None] * along, axis=2).min(axis=1))


def _crosses(start: Array, end: Array, segments: Array) -> Array:
    """How far along start (n, 1, 2) to end (n, m, 2) the first wall is met, as a share (n, m); 1 where none is."""
    # A few rows at a time: all lines by all walls would be hundreds of megabytes in a large flat.
    rows = range(0, len(start), 4)
    return np.concatenate([_first_crossing(start[k : k + 4], end[k : k + 4], segments) for k in rows])


def _first_crossing(start: Array, end: Array, segments: Array) -> Array:
    p, r = start[:, :, None], (end - start)[:, :, None]
    a, s = segments[None, None, :, 0], segments[None, None, :, 1] - segments[None, None, :, 0]
    cross = r[..., 0] * s[..., 1] - r[..., 1] * s[..., 0]
    safe = np.where(np.abs(cross) < 1e-12, 1.0, cross)
    d = a - p
    t = (d[..., 0] * s[..., 1] - d[..., 1] * s[..., 0]) / safe
    u = (d[..., 0] * r[..., 1] - d[..., 1] * r[..., 0]) / safe
    hit = (np.abs(cross) > 1e-12) & (t > 0) & (t < 1) & (u >= 0) & (u <= 1)
    return np.asarray(np.where(hit, t, 1.0).min(axis=2))


class Space:
    """Where a person can walk: the largest connected part of what keeps the gaps to walls and things.

    ``keep`` sets the gaps; then ``share`` says how much of the ground that is wide enough belongs to it in the room
    where that is least (0: a room is never entered), ``worst`` which room that is, ``cut_off`` its cells that do not.
    """

    def __init__(self, flat: Plan, items: Sequence[Item]) -> None:
        self.segments = wall_segments(flat)
        self.obstacles = [
            (i.footprint, 0.2 if i.footprint.high > 1.2 and i.model.label != "door" else 0.0)
            for i in items
            if i.parent is None and i.footprint.high > 0.05 and i.footprint.low < 1.8
        ]
        self.rooms = flat.rooms
        self.origin = np.min([r.polygon.min(axis=0) for r in flat.rooms], axis=0)
        end = np.max([r.polygon.max(axis=0) for r in flat.rooms], axis=0)
        self.shape = tuple(int(n) for n in np.ceil((end - self.origin) / CELL).astype(int) + 1)
        cells = np.stack(np.meshgrid(*(np.arange(n) for n in self.shape), indexing="ij"), axis=-1).reshape(-1, 2)
        self.cells = cells * CELL + self.origin
        self.indoors = self._indoors(flat)
        self.walls, self.things = self.clearance(self.cells)
        self.near = np.minimum(self.walls, self.things + 0.06)
        self.cost = 1.0 + 6.0 * np.clip(0.65 - self.near, 0, 1) / 0.65

    def keep(self, gaps: tuple[float, float]) -> None:
        """Keep these distances from walls and from things."""
        self.open = (self.walls >= gaps[0]) & (self.things >= gaps[1]) & self.indoors
        wide = [self.open_in(room) for room in self.rooms]
        self._keep_largest()
        shares = [float((self.open & cells).sum() / max(cells.sum(), 1)) for cells in wide]
        self.share = min(shares)
        self.worst = shares.index(self.share)
        self.cut_off = wide[self.worst] & ~self.open

    def _indoors(self, flat: Plan) -> Array:
        x, y = self.cells.T
        inside = np.zeros(len(self.cells), dtype=bool)
        for room in flat.rooms:
            inside |= (x >= room.x0) & (x <= room.x1) & (y >= room.y0) & (y <= room.y1)
        for _, _, (dx, dy) in flat.doors:
            inside |= (np.abs(x - dx) < 1.0) & (np.abs(y - dy) < 0.3)
        return inside

    def clearance(self, points: Array) -> tuple[Array, Array]:
        """Distance of points (n, 2) to the nearest wall, and to the nearest thing that stands on the floor."""
        things = np.full(len(points), 9.0)
        for obstacle, close in self.obstacles:  # what stands at eye height is kept farther away
            things = np.minimum(things, obstacle.distance(points) - close)
        return _segment_distance(points, self.segments), things

    def _neighbours(self, cell: int) -> list[tuple[int, float]]:
        i, j = divmod(cell, self.shape[1])
        out = []
        for di in (-1, 0, 1):
            for dj in (-1, 0, 1):
                a, b = i + di, j + dj
                if (di or dj) and 0 <= a < self.shape[0] and 0 <= b < self.shape[1]:
                    other = a * self.shape[1] + b
                    if self.open[other]:
                        out.append((other, math.hypot(di, dj)))
        return out

    def _keep_largest(self) -> None:
        """Close all but the largest connected part."""
        todo, best = set(np.flatnonzero(self.open).tolist()), set[int]()
        while todo:
            stack = [next(iter(sorted(todo)))]
            part = set(stack)
            while stack:
                for other, _ in self._neighbours(stack.pop()):
                    if other not in part:
                        part.add(other)
                        stack.append(other)
            todo -= part
            best = max(best, part, key=len)
        self.open = np.zeros_like(self.open)
        self.open[sorted(best)] = True

    def open_in(self, room: Room) -> Array:
        """Which cells are open and lie in a room."""
        x, y = self.cells.T
        return np.asarray(self.open & (x > room.x0) & (x < room.x1) & (y > room.y0) & (y < room.y1))

    def nearest_between(self, items: Sequence[Item]) -> Item:
        """Return the thing that stands most closely between where one gets to and what is cut off."""

        def apart(item: Item) -> float:
            return sum(float(item.footprint.distance(self.cells[part]).min()) for part in (self.open, self.cut_off))

        return min(items, key=apart)

    def nearest(self, point: Array) -> int:
        """Return the open cell nearest to a point."""
        distance = np.linalg.norm(self.cells - point, axis=1)
        distance[~self.open] = np.inf
        return int(distance.argmin())

    def route(self, start: Array, end: Array) -> list[Array]:
        """Return the cheapest way between two points (Dijkstra over open cells)."""
        first, last = self.nearest(start), self.nearest(end)
        best = {first: 0.0}
        came: dict[int, int] = {}
        heap = [(0.0, first)]
        while heap:
            cost, cell = heapq.heappop(heap)
            if cell == last:
                break
            if cost > best[cell]:
                continue
            for other, step in self._neighbours(cell):
                new = cost + step * float(self.cost[other])
                if new < best.get(other, math.inf):
                    best[other], came[other] = new, cell
                    heapq.heappush(heap, (new, other))
        way = [last]
        while way[-1] != first:
            way.append(came[way[-1]])
        return [self.cells[c] for c in reversed(way)]


def _stops(flat: Plan, space: Space) -> list[Array]:
    """Places to walk to, in order: far corners of each room, rooms in the order of their doors along the hall."""
    entries = {b if flat.rooms[b].kind != "hall" else a: np.array(at) for a, b, at in flat.doors}
    order = [0, *sorted((k for k in entries if k != 0), key=lambda k: float(entries[k][0]))]
    out: list[Array] = []
    for k in order:
        room = flat.rooms[k]
        here = space.open_in(room)
        if not here.any():
            continue
        cells, roomy = space.cells[here], np.minimum(space.near[here], 0.6)
        seen = [entries.get(k, np.array(room.centre))]
        count = 3 if (room.x1 - room.x0) * (room.y1 - room.y0) > 18 else 2
        stops = []
        for _ in range(count):
            far = np.min([np.linalg.norm(cells - p, axis=1) for p in seen], axis=0)
            stops.append(cells[int(np.argmax(far + 1.5 * roomy))])
            seen.append(stops[-1])
        if k == 0 and len(flat.rooms) > 1:  # leave the first room from the stop that is nearest to its door
            stops.sort(key=lambda p: -float(np.linalg.norm(p - seen[0])))
        out += stops
    if len(order) > 1 and order[0] in entries:
        out.append(space.cells[space.nearest(entries[order[0]])])
    return out


def _resample(points: Array, step: float) -> tuple[Array, Array]:
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    at = np.linspace(0.0, length[-1], max(2, int(length[-1] / step)))
    return np.stack([np.interp(at, length, points[:, k]) for k in range(2)], axis=1), length


def _blur(values: Array, sigma: float) -> Array:
    """Gaussian blur along axis 0, the ends held."""
    reach = max(1, int(4 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    padded = np.concatenate([np.repeat(values[:1], reach, axis=0), values, np.repeat(values[-1:], reach, axis=0)])
    return np.stack(
        [np.convolve(padded[:, k], kernel / kernel.sum(), mode="valid") for k in range(values.shape[1])], axis=1
    )


def _smooth(points: Array, marks: Sequence[int], space: Space) -> tuple[Array, Array]:
    """Return the way every 2 cm, rounded as far as it stays clear, and the positions of the stops along it (metres)."""
    fine, length = _resample(points, 0.02)
    least = min(0.2, float(space.clearance(fine)[1].min()) - 0.01)
    way = fine
    for sigma in (30.0, 20.0, 12.0, 7.0, 4.0):
        way = _blur(fine, sigma)
        walls, things = space.clearance(way)
        if walls.min() >= 0.26 and things.min() >= least:
            break
    return way, length[list(marks)] / length[-1] * len(way)


def _pace(way: Array, stays: Array, count: int) -> Array:
    """Return which points of the way the frames stand at: slower around stops."""
    index = np.arange(len(way))
    step = np.linalg.norm(np.diff(way, axis=0, prepend=way[:1]), axis=1)
    weight = step / max(float(step.mean()), 1e-9)
    weight += 2.5 * np.exp(-0.5 * ((index[:, None] - stays) / 14.0) ** 2).max(axis=1)
    total = np.cumsum(weight)
    return np.searchsorted(total, np.linspace(total[0], total[-1], count)).clip(0, len(way) - 1)


def _room_of(flat: Plan, spots: Array) -> Array:
    """Index of the room nearest to each point."""
    r = np.array([(room.x0, room.y0, room.x1, room.y1) for room in flat.rooms])
    outside = np.maximum(np.maximum(r[:, :2] - spots[:, None], spots[:, None] - r[:, 2:]), 0.0)
    return np.asarray(outside.sum(axis=2).argmin(axis=1))


def _gaze(spots: Array, rooms: Array, space: Space, items: Sequence[Item]) -> tuple[Array, Array]:
    """Return each frame's yaw (radians) and how far it sees: smooth, seeing much, ahead, and not the same for long."""
    angles = np.arange(YAWS) * 2 * math.pi / YAWS
    targets = np.array([(i.footprint.x, i.footprint.y) for i in items])
    sizes = np.array(
        [2 * max(i.footprint.half_x, i.footprint.half_y, (i.footprint.high - i.footprint.low) / 2) for i in items]
    )
    dull = np.array([0.1 if i.parent is not None else 0.3 if i.model.label in DULL else 1.0 for i in items])
    at_hand = np.where(rooms[:, None] == np.array([i.room for i in items]), 1.0, 0.12)  # rather this room than the next
    away = targets[None] - spots[:, None]
    distance = np.linalg.norm(away, axis=2)
    clear = _crosses(spots[:, None], spots[:, None] + away * 0.97, space.segments) >= 1.0
    bearing = np.arctan2(away[..., 1], away[..., 0])
    off = np.abs((bearing[:, None] - angles[None, :, None] + math.pi) % (2 * math.pi) - math.pi)
    inside = clear[:, None] & (off < math.radians(31)) & (distance[:, None] > 0.7)
    worth = inside * np.exp(-np.abs(distance[:, None] - 2.5) / 3.0)
    worth *= (np.clip(sizes, 0.15, 1.2) * dull * at_hand)[:, None, :]
    ray = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    blockers = np.concatenate([space.segments, *(_outline(i.footprint) for i in items if _tall(i))])
    depth = 4.0 * _crosses(spots[:, None], spots[:, None] + 4.0 * ray[None], blockers)
    depth = np.mean([np.roll(depth, k, axis=1) for k in range(-3, 4)], axis=0)  # over the width of the view
    ahead = np.gradient(_blur(spots, 3.0), axis=0)
    speed = np.linalg.norm(ahead, axis=1, keepdims=True)
    turned = 1.0 - (ahead / np.maximum(speed, 1e-9)) @ ray.T
    base = np.minimum(depth, 2.0) - 0.5 * turned * np.clip(speed / 0.1, 0, 1)
    novelty = np.ones((len(spots), len(items)))
    best = np.zeros(len(spots), dtype=int)
    for _ in range(5):
        best = _cheapest(base + 3.0 * np.tanh(np.einsum("tyi,ti->ty", worth, novelty) / 2.0))
        # What has been looked at for two seconds is worth less from then on.
        before = np.cumsum(inside[np.arange(len(spots)), best], axis=0)
        novelty = 0.4 * novelty + 0.6 * (0.2 + 0.8 / (1.0 + (before / 10.0) ** 2))
    smooth = _blur(np.unwrap(angles[best])[:, None], 2.2)
    far = _blur(np.minimum(depth, 2.5)[np.arange(len(spots)), best][:, None], 3.0)
    return smooth[:, 0], far[:, 0]


def _tall(item: Item) -> bool:
    """Whether it blocks the view of somebody who stands."""
    f = item.footprint
    return item.parent is None and f.high > 1.4 and f.low < 1.0 and max(f.half_x, f.half_y) > 0.2


def _outline(footprint: Footprint) -> Array:
    corners = footprint.corners
    return np.stack([corners, np.roll(corners, 1, axis=0)], axis=1)


def _cheapest(score: Array) -> Array:
    """Return the yaw index per frame with the largest total score, turning at most two steps a frame (Viterbi)."""
    moves = np.array([-2, -1, 0, 1, 2])
    price = 0.12 * moves**2
    total, back = score[0].copy(), np.zeros(score.shape, dtype=int)
    for t in range(1, len(score)):
        options = np.stack([np.roll(total, m) - c for m, c in zip(moves, price, strict=True)])
        pick = options.argmax(axis=0)
        back[t] = (np.arange(YAWS) - moves[pick]) % YAWS
        total = options.max(axis=0) + score[t]
    out = np.zeros(len(score), dtype=int)
    out[-1] = int(total.argmax())
    for t in range(len(score) - 1, 0, -1):
        out[t - 1] = back[t, out[t]]
    return out


def _poses(spots: Array, yaws: Array, depths: Array) -> Array:
    t = np.arange(len(spots))
    # Near a wall, look further down: there is more to see on the floor and on furniture.
    pitch = np.radians(-10.0 - 12.0 * (1.0 - depths / 2.5) - 3.0 * np.sin(t * 2 * math.pi / 47.0))
    height = EYE + 0.012 * np.sin(t * 2 * math.pi / 9.0)
    forward = np.stack([np.cos(yaws) * np.cos(pitch), np.sin(yaws) * np.cos(pitch), np.sin(pitch)], axis=1)
    right = np.stack([np.sin(yaws), -np.cos(yaws), np.zeros_like(yaws)], axis=1)
    out = np.tile(np.eye(4), (len(spots), 1, 1))
    out[:, :3, 0], out[:, :3, 1], out[:, :3, 2] = right, np.cross(forward, right), forward
    out[:, :2, 3], out[:, 2, 3] = spots, height
    return out
