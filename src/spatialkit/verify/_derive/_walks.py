"""The way on foot between two cameras: over a raster of the floor and of what stands on it, or from place to place.

The answer is held against the points that its provenance states, and these against the scene: that somebody can walk
along them, and that no way that a search over the raster finds is clearly shorter, or as short on another side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from weakref import WeakKeyDictionary

import numpy as np

from spatialkit.samples import Sample
from spatialkit.scene import Scene
from spatialkit.verify._derive._common import EDGE, Fault
from spatialkit.verify._names import Text
from spatialkit.verify._world import Array, World

__all__ = ["walk"]

STEP = re.compile(r"\bturn (?P<way>right|left) (?P<angle>\d+) degrees\b|\bgo (?P<size>\d+\.\d) metres\b")
FRAME = re.compile(r"\bFrame-(\d+)\b|<camera(\d+)>")
ROLE = re.compile(
    r"(?P<goal>then you stand|\breach\b|\bto\b)|(?P<start>\b(?:from|stands?|standing|starting|start at|begin|you are|as"
    r"|facing|looking|set out)\b)",
    re.IGNORECASE,
)
MEANT = (r"\bshortest\b", r"\b0\.4 m wide\b", r"\bdegrees\b", r"\bmetres\b")  # what the question has to say

SAID_DEG, OFF_DEG, OFF = 15, 7.51, 0.051  # turns are said in steps; degrees and metres by which what is said may be off
BELOW = 0.35  # metres on the level between a camera and where one stands
EYE = (0.1, 2.8)  # metres of a camera above the floor
LEVEL = 0.1  # metres by which the floor may rise along a way, and a part of the mesh may lie off it
PERSON, SPARE = 0.2, 0.05  # radius in metres; by how much less a way may keep away from things, for the raster's sake
CLEAR = 0.22  # metres that a straight way keeps away from things and edges, so that it can be walked for certain
LONGER = (0.25, 0.08)  # metres and share by which a way may be longer than what the search finds
OTHER, ASIDE = 0.03, 0.5  # share by which another way may be longer, metres that it runs aside, to be as good
OBSTACLE = (0.15, 1.9)  # metres above the floor between which things are in the way
PASSED = ("door", "doors", "doorway", "doormat", "rug", "carpet", "mat")  # last words of labels of what is not
FLAT = np.cos(np.radians(15.0))  # between the vertical and the normal of what can be walked on
CELL, COARSE, CELLS = 0.02, 0.05, 3_000_000  # metres of a cell for distances, for the search; most cells
STRAIGHT = 0.25  # metres by which a place may lie aside of a leg that leads past it
SAMPLED, UPRIGHT = 0.015, 0.3  # metres between samples of a triangle; along the vertical they may be farther apart
GAP = 0.15  # metres of a gap between two pieces of floor that one steps over, where walls are known from a mesh
AT_ONCE = 1_000_000  # samples held at a time
MOVES = ((0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (1, -2), (2, 1), (2, -1))  # and back: 16 directions

Legs = list[tuple[float, float]]


def walk(sample: Sample, world: World, question: Text, answer: Text) -> Iterator[str]:
    """Check the shortest way on foot from where one frame was taken to where another was."""
    start, goal, points = _stated(sample, world)
    for pattern in MEANT:
        if not re.search(pattern, question.plain):
            yield f"the question does not say {pattern!r}"
    yield from _frames(question.plain, sample, start, goal, "question")
    if sample.format == "sentence":
        yield from _frames(answer.plain, sample, start, goal, "answer")
    elif sample.format != "fill":
        raise Fault(f"format {sample.format!r} is not one of this task")
    yield from _told(_legs_said(answer.plain, sample.format), points, world, start)
    yield from _ends(points, world, start, goal)
    if world.scene.graph is not None:
        yield from _over_places(points, world)
    else:
        yield from _over_floor(points, world, sample.provenance["route"].get("clearance"))


def _stated(sample: Sample, world: World) -> tuple[str, str, Array]:
    """Return from which frame the way leads to which, and its points (L + 1, 3)."""
    route = sample.provenance.get("route")
    if not isinstance(route, dict) or not {"from", "to", "points"} <= set(route):
        raise Fault("the provenance states no route with its ends and points")
    try:
        points = np.asarray(route["points"], dtype=np.float64)
    except (TypeError, ValueError):
        points = np.empty(0)
    if points.ndim != 2 or points.shape[1] != 3 or len(points) < 2 or not np.isfinite(points).all():
        raise Fault("the points of the route are not at least two in space")
    ends = route["from"], route["to"]
    for frame in ends:
        if not isinstance(frame, str) or frame not in world.scene.frame_index:
            raise Fault(f"the route has an end at {frame!r}, which is no frame of the scene")
    if ends[0] == ends[1]:
        raise Fault(f"the route leads from frame {ends[0]!r} to itself")
    return *ends, points


def _frames(plain: str, sample: Sample, start: str, goal: str, where: str) -> Iterator[str]:
    """Yield if a text does not lead from the start to the goal: the words before each frame say which it is."""
    shown = [image.frame for image in sample.images]
    named: dict[str, set[str]] = {"start": set(), "goal": set()}
    for match in FRAME.finditer(plain):
        number = int(match[1] or match[2])
        if not 1 <= number <= len(shown):
            raise Fault(f"the {where} names {match[0]}, there are {len(shown)} frames")
        cues = list(ROLE.finditer(plain, 0, match.start()))
        if not cues:
            raise Fault(f"the {where} does not say what {match[0]} is to the way")
        named[str(cues[-1].lastgroup)].add(shown[number - 1])
    for role, frame in (("start", start), ("goal", goal)):
        if named[role] != {frame}:
            yield f"the {where} has the {role} in {sorted(named[role])}, the route in {frame!r}"


def _legs_said(plain: str, kind: str) -> Legs:
    """Return the turns (degrees to the right) and lengths that an answer tells, in their order."""
    legs, turn = [], 0
    turned = False
    for match in STEP.finditer(plain):
        if match["size"] is not None:
            legs.append((float(turn), float(match["size"])))
            turn, turned = 0, False
            continue
        if turned:
            raise Fault(f"the answer {plain!r} turns twice on the spot")
        turn, turned = int(match["angle"]) * (1 if match["way"] == "right" else -1), True
        if turn % SAID_DEG or not -180 < turn <= 180 or turn == 0:
            raise Fault(f"the answer turns by {turn} degrees, expected steps of {SAID_DEG} from -165 to 180")
    rest = re.sub(r"[\s,.]|\band\b" if kind == "fill" else r"[^\d]", "", FRAME.sub("", STEP.sub("", plain)))
    if turned or not legs or rest:
        raise Fault(f"the answer {plain!r} does not tell a way as turns and lengths")
    return legs


def _told(said: Legs, points: Array, world: World, start: str) -> Iterator[str]:
    """Yield where what is said differs from the stated points and the start's level viewing direction."""
    observer, up = world.observer(start), world.scene.up
    if observer.steepness_deg > world.rules.steepest_deg + EDGE:
        yield f"who looks by {observer.steepness_deg:.1f} degrees up or down faces no way on the level"
    steps = np.diff(points, axis=0)
    if len(said) != len(steps):
        yield f"the answer tells {len(said)} legs, the route has {len(steps)}"
        return
    facing = observer.level_ahead
    for number, ((turn, size), step) in enumerate(zip(said, steps, strict=True), start=1):
        right = np.cross(facing, up)
        true = float(np.degrees(np.arctan2(np.dot(step, right), np.dot(step, facing))))
        if abs((turn - true + 180) % 360 - 180) > OFF_DEG:
            yield f"leg {number} turns by {turn:g} degrees to the right, it is {true:.1f}"
        if number > 1 and turn == 0:
            yield f"leg {number} goes on straight, it is no leg of its own"
        if abs(size - float(np.linalg.norm(step))) > OFF:
            yield f"leg {number} goes {size} m, it is {np.linalg.norm(step):.3f} m"
        level = step - np.dot(step, up) * up
        facing = level / max(float(np.linalg.norm(level)), EDGE)


def _ends(points: Array, world: World, start: str, goal: str) -> Iterator[str]:
    """Yield if the route does not begin and end below the cameras."""
    for frame, point in ((start, points[0]), (goal, points[-1])):
        away = world.observer(frame).eye - point
        height = float(np.dot(away, world.scene.up))
        aside = float(np.linalg.norm(away - height * world.scene.up))
        if aside > BELOW:
            yield f"the route has an end {aside:.2f} m aside of the camera of frame {frame!r}"
        if not EYE[0] <= height <= EYE[1]:
            yield f"the camera of frame {frame!r} is {height:.2f} m above the end of the route"


def _over_places(points: Array, world: World) -> Iterator[str]:
    """Yield if a route through joined places leaves them or is not the shortest.

    Places may lie on a leg, as long as the way past them is hardly different from a straight one.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    graph = world.scene.graph
    assert graph is not None
    places = graph.on_floor(world.scene.up)
    far = np.linalg.norm(points[:, None] - places, axis=2)
    passed = far.argmin(axis=1)
    if (far.min(axis=1) > SPARE).any():
        raise Fault(f"point {int(far.min(axis=1).argmax())} of the route is no place of the graph")
    i, j = graph.edges.T
    ways = csr_array((np.linalg.norm(places[i] - places[j], axis=1) + EDGE, (i, j)), shape=(len(places),) * 2)
    least, back = dijkstra(ways, False, passed, return_predecessors=True)
    for leg, (a, b) in enumerate(pairwise(passed.tolist())):
        if not np.isfinite(least[leg, b]):
            raise Fault(f"no way leads from place {graph.ids[a]!r} to {graph.ids[b]!r}")
        chain = [b]
        while chain[-1] != a:
            chain.append(int(back[leg, chain[-1]]))
        if _aside(places[chain], places[a], places[b]) > STRAIGHT:
            yield f"the route goes from place {graph.ids[a]!r} to {graph.ids[b]!r}, which are not joined"
    length, best = sum(least[leg, b] for leg, b in enumerate(passed[1:])), least[0, passed[-1]]
    if length > 1.01 * best + OFF:
        yield f"the route is {length:.2f} m long, the shortest through the graph is {best:.2f} m"


def _aside(points: Array, start: Array, goal: Array) -> float:
    """Return how far (m) the farthest of some points (n, 3) is from a straight leg."""
    leg = goal - start
    along = np.clip((points - start) @ leg / max(float(leg @ leg), EDGE), 0.0, 1.0)
    return float(np.linalg.norm(points - start - along[:, None] * leg, axis=1).max())


def _over_floor(points: Array, world: World, stated: object) -> Iterator[str]:
    """Yield if nobody can walk a route, or if another one is shorter or as short."""
    heights = points @ world.scene.up
    if np.ptp(heights) > LEVEL:
        raise Fault(f"the route rises by {np.ptp(heights):.2f} m")
    ground = _ground(world.scene, float(np.median(heights)))
    way = points @ ground.axes.T
    length = float(np.linalg.norm(np.diff(way, axis=0), axis=1).sum())
    along = _along(way, CELL / 2)
    off_floor, room = ~ground.at(ground.floor, along), ground.at(ground.room, along)
    if off_floor.any():
        yield f"the route leaves the floor at {along[off_floor.argmax()].round(2).tolist()}"
    if room.min() < PERSON - SPARE:
        yield f"the route comes within {room.min():.2f} m of a thing at {along[room.argmin()].round(2).tolist()}"
    if isinstance(stated, float) and stated > room.min() + SPARE:
        yield f"the route states {stated:.2f} m of room, it has {room.min():.2f} m"
    for number, (a, b) in enumerate(zip(way, way[2:], strict=False), start=1):
        if ground.at(ground.free, _along(np.stack([a, b]), CELL / 2)).min() >= CLEAR:
            yield f"legs {number} and {number + 1} go round nothing: one can walk straight from before to behind them"
    if len(way) > 2 and not off_floor.any():
        yield from _shortest(way, length, ground)


def _along(way: Array, step: float) -> Array:
    """Return points (n, 2) along a broken line, at most ``step`` metres apart."""
    pieces = []
    for a, b in pairwise(way):
        count = int(np.ceil(np.linalg.norm(b - a) / step)) + 1
        pieces.append(a + np.linspace(0.0, 1.0, count)[:, None] * (b - a))
    return np.concatenate(pieces)


@dataclass(frozen=True)
class _Ground:
    """A level of a scene, cell by cell: where floor is, and how far (m) things and the floor's edges are.

    ``axes`` (2, 3) of its plan, ``origin`` (2,) of its first cell's centre and the cells' size in metres.
    """

    axes: Array
    origin: Array
    cell: float
    floor: Array
    room: Array
    free: Array

    def at(self, image: Array, points: Array) -> Array:
        """Return an image's values at points (n, 2) of the plan; 0 outside."""
        x, y = np.rint((points - self.origin) / self.cell).astype(np.int64).T
        inside = (x >= 0) & (y >= 0) & (x < image.shape[0]) & (y < image.shape[1])
        values = np.zeros(len(points), image.dtype)
        values[inside] = image[x[inside], y[inside]]
        return values


_grounds: WeakKeyDictionary[Scene, dict[int, _Ground]] = WeakKeyDictionary()


def _ground(scene: Scene, height: float) -> _Ground:
    """Return the raster of the level of a scene that lies at a height (m along up); kept with the scene."""
    kept = _grounds.setdefault(scene, {})
    level = round(height / LEVEL * 2)
    if level not in kept:
        kept[level] = _rastered(scene, height)
    return kept[level]


def _rastered(scene: Scene, height: float) -> _Ground:
    from scipy.ndimage import distance_transform_edt

    axes = _axes(scene.up)
    ground, obstacles = _triangles(scene, height)
    marks = [np.asarray(polygon, dtype=np.float64) for polygon in scene.floor or ()]
    marks += [triangles.reshape(-1, 3) @ axes.T for triangles in (ground,) if len(triangles)]
    if not marks:
        raise Fault("the scene holds no floor at the height of the route, and no graph")
    corners = np.concatenate(marks)
    origin, most = corners.min(axis=0) - GAP, corners.max(axis=0) + GAP
    cell = max(CELL, float(np.sqrt(np.prod(most - origin) / CELLS)))
    shape = tuple((np.ceil((most - origin) / cell).astype(int) + 1).tolist())
    empty = _Ground(axes, origin, cell, np.zeros(shape, bool), np.zeros(shape), np.zeros(shape))
    floor = _painted(empty, ground, scene.up)
    for polygon in scene.floor or ():
        floor |= _within(polygon, empty)
    if scene.surface is not None:
        floor = _closed(floor, cell)
    blocked = _painted(empty, obstacles, scene.up, (height + OBSTACLE[0], height + OBSTACLE[1]))
    room = distance_transform_edt(~blocked) * cell if blocked.any() else np.full(shape, np.inf)
    edge = distance_transform_edt(floor) * cell
    return _Ground(axes, origin, cell, floor, room, np.minimum(room, edge))


def _axes(up: Array) -> Array:
    """Return the axes (2, 3) of floor plans: the two world axes that are farthest from up, made level."""
    first, second = (np.eye(3)[k] for k in range(3) if k != int(np.argmax(np.abs(up))))
    a = first - np.dot(first, up) * up
    a = a / np.linalg.norm(a)
    b = second - np.dot(second, up) * up - np.dot(second, a) * a
    return np.stack([a, b / np.linalg.norm(b)])


def _triangles(scene: Scene, height: float) -> tuple[Array, Array]:
    """Return the triangles (f, 3, 3) that can be walked on at a height, and those of what may stand in the way."""
    none = np.empty((0, 3, 3))
    passed = [item.id for item in scene.objects if _passed(item.label)]
    if scene.surface is None or not len(scene.surface.faces):
        boxes = [_faces(item.box.corners) for item in scene.objects if item.id not in passed]
        return none, np.concatenate([none, *boxes])
    surface = scene.surface
    levels = (surface.vertices @ scene.up - height)[surface.faces]
    low, high = levels.min(axis=1), levels.max(axis=1)
    near = surface.vertices[surface.faces[(np.abs(low) <= LEVEL) & (np.abs(high) <= LEVEL)]]
    normal = np.cross(near[:, 1] - near[:, 0], near[:, 2] - near[:, 0])
    area = np.maximum(np.linalg.norm(normal, axis=1), 1e-15)
    ground = near[np.abs(normal @ scene.up) >= FLAT * area]
    in_the_way = (high > OBSTACLE[0]) & (low < OBSTACLE[1]) & ~np.isin(surface.face_ids, passed)
    return ground, surface.vertices[surface.faces[in_the_way]]


def _passed(label: str) -> bool:
    words = label.lower().split()
    return bool(words) and words[-1] in PASSED


def _faces(corners: Array) -> Array:
    """Return the twelve triangles (12, 3, 3) of a box by its corners (8, 3), of which corner i has bit k on axis k."""
    quads = np.array([[0, 1, 3, 2], [4, 5, 7, 6], [0, 1, 5, 4], [2, 3, 7, 6], [0, 2, 6, 4], [1, 3, 7, 5]])
    return np.concatenate([corners[quads[:, [0, 1, 2]]], corners[quads[:, [0, 2, 3]]]])


def _painted(ground: _Ground, triangles: Array, up: Array, between: tuple[float, float] | None = None) -> Array:
    """Return where triangles lie over the plan, those parts of them that are between two heights."""
    image: Array = np.zeros(ground.floor.shape, bool)
    if not len(triangles):
        return image
    local = triangles @ np.concatenate([ground.axes, UPRIGHT * up[None]]).T
    for points in _samples(local):
        if between is not None:
            height = points[:, 2] / UPRIGHT
            points = points[(height >= between[0]) & (height <= between[1])]
        x, y = np.rint((points[:, :2] - ground.origin) / ground.cell).astype(np.int64).T
        inside = (x >= 0) & (y >= 0) & (x < image.shape[0]) & (y < image.shape[1])
        image[x[inside], y[inside]] = True
    return image


def _samples(triangles: Array) -> Iterator[Array]:
    """Yield points (n, 3) of triangles (f, 3, 3), on lines along the longest side of each."""
    sides = np.linalg.norm(np.roll(triangles, -1, axis=1) - triangles, axis=2)
    order = (sides.argmax(axis=1)[:, None] + np.arange(3)) % 3
    a, b, apex = np.moveaxis(np.take_along_axis(triangles, order[:, :, None], axis=1), 1, 0)
    base = sides.max(axis=1)
    tall = np.linalg.norm(np.cross(b - a, apex - a), axis=1) / np.maximum(base, 1e-15)
    rows, columns = (np.ceil(size / SAMPLED).astype(np.int64) + 1 for size in (tall, base))
    parts = np.cumsum(rows * columns) // AT_ONCE
    for part in np.unique(parts):
        mine = np.flatnonzero(parts == part)
        which, row = _counted(rows[mine])
        share = row / np.maximum(rows[mine] - 1, 1)[which]
        many = np.ceil(base[mine][which] * (1 - share) / SAMPLED).astype(np.int64) + 1
        line, place = _counted(many)
        across = (place / np.maximum(many - 1, 1)[line])[:, None]
        owner, up = mine[which[line]], share[line][:, None]
        yield (1 - up) * ((1 - across) * a[owner] + across * b[owner]) + up * apex[owner]


def _counted(sizes: Array) -> tuple[Array, Array]:
    """Return for groups of these sizes, one after the other, the group of each member and its place in it."""
    group = np.repeat(np.arange(len(sizes)), sizes)
    return group, np.arange(len(group)) - np.repeat(np.cumsum(sizes) - sizes, sizes)


def _within(polygon: Array, ground: _Ground) -> Array:
    """Return which cells have their centres in a polygon (k, 2): an odd number of its sides lies to one side."""
    xs, ys = (ground.origin[k] + ground.cell * np.arange(ground.floor.shape[k]) for k in (0, 1))
    flips = np.zeros((len(xs), len(ys) + 1), np.int64)
    for (x1, y1), (x2, y2) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        columns = np.flatnonzero((xs >= min(x1, x2)) & (xs < max(x1, x2)))
        if len(columns):
            crossing = y1 + (xs[columns] - x1) * (y2 - y1) / (x2 - x1)
            np.add.at(flips, (columns, np.searchsorted(ys, crossing)), 1)
    inside: Array = np.cumsum(flips[:, :-1], axis=1) % 2 == 1
    return inside


def _closed(floor: Array, cell: float) -> Array:
    """Return the floor with its narrow gaps filled, such as thresholds and what a scan has left out."""
    from scipy.ndimage import distance_transform_edt

    grown = distance_transform_edt(~floor) * cell <= GAP / 2
    closed: Array = floor | (distance_transform_edt(grown) * cell > GAP / 2)
    return closed


@dataclass(frozen=True)
class _Found:
    """What a search between two ends found: the length of the best way, and of the best through each node (n, 2)."""

    length: float
    nodes: Array
    through: Array
    back: Array

    def via(self, node: int) -> Array:
        """Return the best way (k, 2) from the start through a node to the goal."""
        halves = []
        for before in self.back:
            trace = [node]
            while before[trace[-1]] >= 0:
                trace.append(int(before[trace[-1]]))
            halves.append(trace)
        return np.asarray(self.nodes[halves[0][::-1] + halves[1][1:]])


def _shortest(way: Array, length: float, ground: _Ground) -> Iterator[str]:
    """Yield if a way is found that is shorter, or one that is as short on the other side of something."""
    found = _search(way, length * (1 + OTHER) + COARSE, ground)
    if found is None:
        return
    if found.length < length - max(LONGER[0], LONGER[1] * length):
        yield f"the route is {length:.2f} m long, there is a way of {found.length:.2f} m"
        return
    good = np.flatnonzero(found.through <= found.length * (1 + OTHER))
    line = _along(way, COARSE)
    aside = np.sqrt(((found.nodes[good, None] - line) ** 2).sum(axis=2).min(axis=1))
    if aside.max() <= ASIDE:
        return
    other = found.via(int(good[aside.argmax()]))
    if _encloses(np.concatenate([line, other[::-1]]), ground):
        size = float(found.through[good[aside.argmax()]])
        yield f"another way, {aside.max():.2f} m aside, is as short: {size:.2f} m, the route {length:.2f} m"


def _search(way: Array, most: float, ground: _Ground) -> _Found | None:
    """Return what lies on ways of at most so many metres between the ends of a way; None if none was found.

    The nodes are a grid of the places where a person has room, within the ellipse that such ways cannot leave; each
    is joined to those around it in 16 directions (by which a length is found at most 2.8 % too large).
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    ends = way[[0, -1]]
    centre, half = ends.mean(axis=0), most / 2
    count = int(np.ceil(half / COARSE))
    grid = np.stack(np.meshgrid(*(np.arange(-count, count + 1) * COARSE,) * 2, indexing="ij"), axis=-1) + centre
    within = np.linalg.norm(grid - ends[0], axis=2) + np.linalg.norm(grid - ends[1], axis=2) <= most
    has_room = np.zeros(within.shape, bool)
    has_room[within] = ground.at(ground.free, grid[within]) >= PERSON
    number: Array = np.full(within.shape, -1)
    number[has_room] = np.arange(has_room.sum())
    nodes = np.concatenate([grid[has_room], ends])
    pairs = []
    for dx, dy in MOVES:
        low, size = max(0, -dy), number.shape[1] - abs(dy)
        one, other = number[: len(number) - dx, low : low + size], number[dx:, low + dy : low + dy + size]
        both = (one >= 0) & (other >= 0)
        pairs.append(np.stack([one[both], other[both]]))
    joined = np.concatenate(pairs, axis=1)
    joined = joined[:, ground.at(ground.free, nodes[joined].mean(axis=0)) >= PERSON]
    for end in (len(nodes) - 2, len(nodes) - 1):
        near = np.flatnonzero(np.linalg.norm(nodes[:-2] - nodes[end], axis=1) <= 2 * COARSE)
        joined = np.concatenate([joined, [np.full(len(near), end), near]], axis=1)
    lengths = np.linalg.norm(nodes[joined[0]] - nodes[joined[1]], axis=1) + EDGE
    ways = coo_array((lengths, (joined[0], joined[1])), shape=(len(nodes),) * 2).tocsr()
    far, back = dijkstra(ways, False, [len(nodes) - 2, len(nodes) - 1], return_predecessors=True, limit=most)
    if not np.isfinite(far[0, -1]):
        return None
    return _Found(float(far[0, -1]), nodes, far.sum(axis=0), back)


def _encloses(loop: Array, ground: _Ground) -> bool:
    """Return whether a loop (k, 2) has something within it; a corner that one side cuts a little is nothing."""
    low, high = loop.min(axis=0), loop.max(axis=0)
    cells = np.stack(np.meshgrid(*(np.arange(a, b, COARSE) for a, b in zip(low, high, strict=True))), -1).reshape(-1, 2)
    cells = cells[ground.at(ground.free, cells) < PERSON / 2]
    turns = np.zeros(len(cells))
    for a, b in zip(loop, np.roll(loop, -1, axis=0), strict=True):
        crossed = (a[1] > cells[:, 1]) != (b[1] > cells[:, 1])
        if crossed.any():
            x = a[0] + (cells[crossed, 1] - a[1]) * (b[0] - a[0]) / (b[1] - a[1])
            turns[crossed] += x > cells[crossed, 0]
    return bool((turns % 2 == 1).any())
