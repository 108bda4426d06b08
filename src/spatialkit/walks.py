"""Walks: shortest ways on foot between the places where images were taken, as turns and straight legs.

A turn is measured from the direction one faces, right positive as seen from above (against gravity), in degrees from
-180 to 180; a leg is measured along the floor, in metres.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spatialkit.footprints import FARTHEST, ground_axes
from spatialkit.ground import CORNER, NO_WAY, PERSON, STABLE, Ground, ground_of
from spatialkit.navigation import Graph, Route
from spatialkit.roadmap import SMALL_BEND
from spatialkit.scene import Scene

if TYPE_CHECKING:
    from spatialkit.rules import Rules

__all__ = ["AHEAD_DEG", "AROUND_DEG", "Walk", "legs_of", "turn_margin", "turn_word", "walks"]

F64 = npt.NDArray[np.float64]

AHEAD_DEG = SMALL_BEND  # a smaller turn is none
AROUND_DEG = 165.0  # a larger turn has no side
NEAR = 0.3  # metres from where one can stand to below a camera
EYE = (0.2, 2.5)  # metres above the floor where a camera may be
LEAST_WALK, MOST_WALK, MOST_LEGS = 1.5, 15.0, 6
APART = 0.5  # metres between two bends that are not one
STABLE_LEG = 0.25  # metres by which any leg may be longer or shorter on another way
STABLE_DEG, LEAST_STABLE = 15.0, 0.1  # degrees, and least metres, by which a turn and a leg may change with the radius
NOT_FREE, LENGTH = "a camera is not over free floor", "too short or too long a walk"
LEGS, BEND, OTHER_WAY = "too many legs", "a bend too small to be told", "another way is nearly as short"
NOT_SHOWN, NOT_SHORTEST = "no frames along the route", "the route is not the shortest way"
UNSURE, MESH, STEEP = "another answer under the noise", "the mesh is in the way", "stairs"
TRIES = 8  # pairs of frames that are looked at for each walk that is asked for


@dataclass(frozen=True, eq=False)
class Walk:
    """One way on foot.

    Parameters
    ----------
    start, goal
        Indices in ``scene.frames`` of the images that were taken at both ends.
    points
        (L + 1, 3) metres on the floor, world frame.
    facing
        (3,) level unit vector: where one looks before the first turn.
    legs
        (L, 2) turn in degrees, right positive, then metres.
    noise
        (L, 2) how far each of these moves under the stated noise, and when one keeps more or less away from things.
    clearance
        Metres to the nearest edge of the floor or obstacle; NaN where the scene knows ways but no obstacles.
    along
        Indices of frames taken on the way, from the start to the goal, where the scene has a route for it.
    """

    start: int
    goal: int
    points: F64
    facing: F64
    legs: F64
    noise: F64
    clearance: float
    along: tuple[int, ...] = ()

    @property
    def metres(self) -> float:
        """Length of the whole walk."""
        return float(self.legs[:, 1].sum())

    @property
    def margin(self) -> F64:
        """How many degrees each turn (L,) is from being called otherwise."""
        return turn_margin(self.legs[:, 0])


def turn_word(degrees: float) -> str:
    """Return "ahead", "right", "left" or "around" for a turn, right positive."""
    size = abs(degrees)
    if size < AHEAD_DEG:
        return "ahead"
    return "around" if size > AROUND_DEG else "right" if degrees > 0 else "left"


def turn_margin(degrees: npt.ArrayLike) -> F64:
    """Return how many degrees turns are from having another word; same shape."""
    size = np.abs(np.asarray(degrees, dtype=np.float64))
    return np.minimum(np.abs(size - AHEAD_DEG), np.abs(size - AROUND_DEG))


def legs_of(points: npt.NDArray[Any], facing: npt.NDArray[Any], up: npt.NDArray[Any]) -> F64:
    """Return the legs (L, 2) of a way: turn in degrees, right positive, then metres.

    Parameters
    ----------
    points
        (L + 1, 3) metres, no two in a row above each other.
    facing
        (3,) where one looks at the start, not straight up or down.
    up
        (3,) unit vector against gravity.
    """
    steps = np.diff(points, axis=0)
    directions = np.vstack([facing, steps])
    directions -= np.outer(directions @ up, up)
    before, after = directions[:-1], directions[1:]
    x, y, z = up
    right = before @ np.array([(0.0, -z, y), (z, 0.0, -x), (-y, x, 0.0)])  # each direction times up
    turn = np.degrees(np.arctan2((right * after).sum(axis=1), (before * after).sum(axis=1)))
    return np.stack([turn, np.sqrt((steps**2).sum(axis=1))], axis=1)


def walks(
    scene: Scene,
    frames: Sequence[int],
    rules: Rules,
    rng: np.random.Generator,
    *,
    most: int = 8,
    refused: dict[str, int] | None = None,
) -> list[Walk]:
    """Return walks between the places of some frames, each of which has one answer that is sure.

    A walk starts below a camera, facing as it does, and ends below another, 1.5 to 15 m and at most 6 legs later. It is
    the shortest way of somebody of 0.2 m radius, each corner taken in one bend. Where the scene has routes, those that
    are shortest ways are the walks, with the frames taken along them.

    A walk is left out when the noise could change the words of its turns; when somebody of 0.15 or 0.3 m radius is told
    other words, turns that differ by more than 15 degrees, or legs that do by more than a tenth and 0.1 m; when two
    bends are less than 0.5 m apart, which one may take for one; when the mesh, annotated or not, comes nearer than
    0.2 m; and when a way round another side of something is less than a tenth longer, unless it is told by the same
    words and metres.

    Parameters
    ----------
    scene, rules
        The scene; of the rules, which labels are structure, and how steeply an observer may look.
    frames
        Indices of the frames that are shown.
    rng
        Chooses the pairs of frames that are looked at.
    most
        How many walks are wanted; at most eight times as many pairs are looked at.
    refused
        Is told how many pairs fell by which rule.
    """
    if scene.graph is not None and scene.routes:
        found = [_OnGraph(scene, scene.graph).along(route, frames) for route in scene.routes]
        return _sorted_out(iter([found[i] for i in rng.permutation(len(found))]), most, refused)
    steep = np.sin(np.radians(rules.steepest_deg))
    looks = {k: scene.frames[k].world_from_cam[:3, 2] for k in frames}
    starts = [k for k in frames if abs(looks[k] @ scene.up) < steep]
    pairs = [(a, b) for a in starts for b in frames if a != b]
    order = rng.permutation(len(pairs))[: TRIES * most]
    find: Callable[[int, int], Walk | str]
    if scene.graph is not None:
        find = _OnGraph(scene, scene.graph).walk
    else:
        ground = ground_of(scene, rules)
        if not ground.known:
            return []
        find = _OnGround(scene, ground).walk
    return _sorted_out((find(*pairs[k]) for k in order), most, refused)


def _sorted_out(found: Iterator[Walk | str], most: int, refused: dict[str, int] | None) -> list[Walk]:
    """Return the first ``most`` walks; count what is none by its rule."""
    out: list[Walk] = []
    while len(out) < most and (walk := next(found, None)) is not None:
        if isinstance(walk, Walk):
            out.append(walk)
        elif refused is not None:
            refused[walk] = refused.get(walk, 0) + 1
    return out


class _OnGround:
    """Walks over free floor."""

    def __init__(self, scene: Scene, ground: Ground) -> None:
        self.ground, self.scene = ground, scene
        self._ends = cache(self._end)

    def walk(self, start: int, goal: int) -> Walk | str:
        """Return the walk between two frames, or the rule by which there is none."""
        a, b = self._ends(start), self._ends(goal)
        if a is None or b is None:
            return NOT_FREE
        if not LEAST_WALK / 2 <= np.linalg.norm(a[0] - b[0]) <= MOST_WALK:
            return LENGTH
        usual, slim, wide = self.ground.plans
        line = usual.way(a[0], b[0])
        if isinstance(line, str):
            return line
        facing = _level(self.scene.frames[start].world_from_cam[:3, 2], self.scene.up)
        legs = self._legs(line, facing)
        off = float(np.linalg.norm(a[0] - self._below(start)) + np.linalg.norm(b[0] - self._below(goal)))
        if refusal := _refusal(legs, off):
            return refusal
        if (legs[1:-1, 1] < APART).any():
            return CORNER
        noise = _swing(legs, self.scene)
        if (turn_margin(legs[:, 0]) <= noise[:, 0]).any():
            return UNSURE
        for plan, start_there, goal_there in zip((slim, wide), a[1:], b[1:], strict=True):
            way = plan.way(start_there, goal_there)
            if isinstance(way, str) or not _steady(legs, self._legs(way, facing)):
                return UNSURE
        if any(not _alike(legs, self._legs(way, facing)) for way in slim.others(a[1], b[1])):
            return OTHER_WAY
        clearance = self.ground.room(line)
        if clearance < PERSON:
            return MESH
        return Walk(start, goal, self.ground.in_world(line), facing, legs, noise, clearance)

    def _below(self, frame: int) -> F64:
        return self.ground.plan_point(self.scene.frames[frame].world_from_cam[:3, 3])

    def _end(self, frame: int) -> tuple[F64, ...] | None:
        """Return where one stands to be where a frame was taken, by each plan, or None."""
        above = float(self.scene.frames[frame].world_from_cam[:3, 3] @ self.scene.up) - self.ground.height
        below = self._below(frame)
        if not EYE[0] <= above <= EYE[1] or np.abs(below).max() > FARTHEST:
            return None
        point = self.ground.plans[0].roadmap.nearest(below)
        if np.linalg.norm(point - below) > NEAR:
            return None
        return point, *(plan.roadmap.nearest(point) for plan in self.ground.plans[1:])

    def _legs(self, line: F64, facing: F64) -> F64:
        return legs_of(self.ground.in_world(line), facing, self.scene.up)


class _OnGraph:
    """Walks over a graph of places: between frames that were taken at them, along the shortest of its ways."""

    def __init__(self, scene: Scene, graph: Graph) -> None:
        self._graph, self.scene, self.axes, self.floor = graph, scene, ground_axes(scene.up), graph.on_floor(scene.up)
        a, b = graph.edges.T
        self._matrix = np.zeros((len(graph.ids), len(graph.ids)))  # metres; 0 where nothing joins two places
        self._matrix[a, b] = self._matrix[b, a] = np.maximum(
            np.linalg.norm(self.floor[a] - self.floor[b], axis=1), 1e-9
        )

    def walk(self, start: int, goal: int) -> Walk | str:
        """Return the walk between two frames, or the rule by which there is none."""
        a, b = self._places[start], self._places[goal]
        if a is None or b is None:
            return NOT_FREE
        nodes = self._shortest(a, b) if a != b else None
        if nodes is None:
            return NO_WAY
        facing = _level(self.scene.frames[start].world_from_cam[:3, 2], self.scene.up)
        points, legs = self._legs(nodes, facing)
        if refusal := _refusal(legs, 0.0):
            return refusal
        if self._steep(nodes):
            return STEEP
        ways = [way for edge in pairwise(nodes) if (way := self._shortest(a, b, edge)) is not None]
        others = [self._legs(way, facing)[1] for way in ways]
        if any(other[:, 1].sum() <= (1 + STABLE) * legs[:, 1].sum() and not _alike(legs, other) for other in others):
            return OTHER_WAY
        noise = _swing(legs, self.scene)
        if (turn_margin(legs[:, 0]) <= noise[:, 0]).any():
            return UNSURE
        return Walk(start, goal, points, facing, legs, noise, float("nan"))

    def along(self, route: Route, frames: Sequence[int]) -> Walk | str:
        """Return a route as a walk with the frames taken along it, or the rule by which it is none.

        At each place the frame is shown that looks most nearly where one goes next: at first as the route says.
        """
        if not set(route.nodes) <= self._graph.index.keys():
            return NO_WAY
        nodes = [self._graph.index[name] for name in route.nodes]
        ways = np.diff(self.floor[nodes], axis=0)
        wanted = [route.facing, *ways[1:], ways[-1]]
        shown = []
        for node, direction in zip(nodes, wanted, strict=True):
            here = [k for k in frames if self._places[k] == node]
            if not here:
                return NOT_SHOWN
            looks = np.array([self.scene.frames[k].world_from_cam[:3, 2] for k in here])
            shown.append(here[int(np.argmax(looks @ direction))])
        if len(set(shown)) < len(shown):
            return NOT_SHOWN
        walk = self.walk(shown[0], shown[-1])
        if isinstance(walk, str):
            return walk
        legs = self._legs(nodes, walk.facing)[1]
        return replace(walk, along=tuple(shown)) if _alike(walk.legs, legs) else NOT_SHORTEST

    @cached_property
    def _places(self) -> list[int | None]:
        return [self._place(k) for k in range(len(self.scene.frames))]

    def _place(self, frame: int) -> int | None:
        """Return the place where a frame was taken, or None."""
        here = self.axes @ self.scene.frames[frame].world_from_cam[:3, 3]
        height = self.scene.frames[frame].world_from_cam[:3, 3] @ self.scene.up
        distances = np.linalg.norm(self.floor @ self.axes.T - here, axis=1)
        above = height - self.floor @ self.scene.up
        distances = np.where((above >= EYE[0]) & (above <= EYE[1]), distances, np.inf)
        if not len(distances) or distances.min() > NEAR:
            return None
        return int(np.argmin(distances))

    def _shortest(self, a: int, b: int, without: tuple[int, int] | None = None) -> list[int] | None:
        from scipy.sparse.csgraph import dijkstra

        matrix = self._matrix.copy()
        if without is not None:
            matrix[without[0], without[1]] = matrix[without[1], without[0]] = 0.0
        far, back = dijkstra(matrix, indices=[a], return_predecessors=True)
        if not np.isfinite(far[0, b]):
            return None
        nodes = [b]
        while nodes[-1] != a:
            nodes.append(int(back[0, nodes[-1]]))
        return nodes[::-1]

    def _legs(self, nodes: list[int], facing: F64) -> tuple[F64, F64]:
        return along(self.floor[nodes], facing, self.scene.up)

    def _steep(self, nodes: list[int]) -> bool:
        steps = np.diff(self.floor[nodes], axis=0)
        rise = np.abs(steps @ self.scene.up)
        return bool((rise > 0.3 * np.linalg.norm(steps, axis=1)).any())


def along(points: F64, facing: F64, up: npt.NDArray[Any]) -> tuple[F64, F64]:
    """Return a way over given places with its small bends left out, and its legs; lengths are those walked."""
    turns = legs_of(points, facing, up)[:, 0]
    keep = [0, *(k for k in range(1, len(points) - 1) if abs(turns[k]) >= AHEAD_DEG), len(points) - 1]
    legs = legs_of(points[keep], facing, up)
    walked = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    legs[:, 1] = np.diff(walked[keep])
    return points[keep], legs


def _level(direction: npt.NDArray[Any], up: npt.NDArray[Any]) -> F64:
    flat = direction - (direction @ up) * up
    return np.asarray(flat / np.linalg.norm(flat))


def _refusal(legs: F64, off: float) -> str:
    """Return the rule by which a walk is not asked for, "" for none; its ends lie ``off`` metres from the cameras."""
    length = float(legs[:, 1].sum())
    if not LEAST_WALK <= length <= MOST_WALK:
        return LENGTH
    if off > STABLE * length:
        return NOT_FREE
    if len(legs) > MOST_LEGS:
        return LEGS
    return "" if (np.abs(legs[1:, 0]) > AHEAD_DEG).all() else BEND


def _swing(legs: F64, scene: Scene) -> F64:
    """Return how far turns and lengths (L, 2) move when each point of a walk moves by the stated noise."""
    shift = scene.sensor.position
    swing = np.degrees(np.arctan2(2 * shift, legs[:, 1]))
    noise = np.stack([swing, np.full(len(legs), 2 * shift)], axis=1)
    noise[1:, 0] += swing[:-1]
    noise[0, 0] += scene.sensor.rotation_deg
    return noise


def _steady(legs: F64, other: F64) -> bool:
    """Whether two walks are told by the same words, about the same turns and the same metres for each leg."""
    if not _alike(legs, other):
        return False
    turns = np.abs((other[:, 0] - legs[:, 0] + 180) % 360 - 180) <= STABLE_DEG
    metres = np.abs(other[:, 1] - legs[:, 1]) <= np.maximum(LEAST_STABLE, STABLE * legs[:, 1])
    return bool(turns.all() and metres.all())


def _alike(legs: F64, other: F64) -> bool:
    """Whether two walks are told by the same words and about the same metres."""
    if legs.shape != other.shape:
        return False
    words = [turn_word(turn) for turn in legs[:, 0]] == [turn_word(turn) for turn in other[:, 0]]
    length = legs[:, 1].sum()
    whole = abs(other[:, 1].sum() - length) <= STABLE * length
    each = np.abs(other[:, 1] - legs[:, 1]) <= np.maximum(STABLE * legs[:, 1], STABLE_LEG)
    return bool(words and whole and each.all())
