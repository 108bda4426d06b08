"""Where one can walk in a scene: the floor, what stands on it, and the ways that persons of some width have over it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from spatialkit.errors import SpatialkitError
from spatialkit.footprints import (
    floor_shape,
    footprints,
    free_space,
    ground_axes,
    ground_of_surface,
    simplified,
    within_reach,
)
from spatialkit.labels import normalise
from spatialkit.roadmap import Roadmap, sides, straighten
from spatialkit.scene import Scene

if TYPE_CHECKING:
    from shapely import STRtree
    from shapely.geometry.base import BaseGeometry

    from spatialkit.rules import Rules

__all__ = ["CORNER", "NO_WAY", "PERSON", "STABLE", "Ground", "Plan", "ground_of"]

F64 = npt.NDArray[np.float64]

PERSON = 0.2  # metres: radius of whoever walks
SLIM, WIDE = 0.15, 0.3  # metres: radii of two others, who are to be told the same
SLACK = 0.02  # metres that are kept in reserve: for skirting boards, and for what simplifying cuts off
FINE = 0.01  # metres to which the outline of free space is kept
STEPPED_OVER, PASSED_UNDER = 0.05, 1.9  # metres above the floor: what ends lower or begins higher is in nobody's way
EXTENT = 1e-3, 1e6  # metres, least and most, that the side of a box counts: thinner ones would vanish from a plan
CREVICE = 5e-4  # metres by which the mesh may stick out of the edge of the free floor and be taken for it
ROOMY = 0.5  # metres along either axis that a triangle needs for the ends of a walk to lie in it
FEET = 0.15  # metres above the floor from which on the mesh itself may not come near a walk
STABLE = 0.1  # share by which a walk may change under the noise, or by which another way has to be longer
ROUNDED = 0.04  # share by which corners told as one bend may lengthen a way
PASSABLE = frozenset({"door", "doors", "doorway", "doormat", "rug", "carpet", "mat"})  # last words of labels
CORNER = "a corner that may be one bend or two"
NO_WAY = "no way on foot"


class Plan:
    """Where the middle of a person of some radius can be, and the shortest ways there.

    Parameters
    ----------
    free
        The floor that nothing stands on, metres on the ground plan.
    radius
        Metres.
    """

    def __init__(self, free: BaseGeometry, radius: float) -> None:
        self.roadmap = Roadmap(simplified(free_space(free, [], radius=radius + SLACK), FINE))
        self._near = sides(free_space(free, [], radius=min(radius, PERSON)))

    def way(self, a: F64, b: F64) -> F64 | str:
        """Return the shortest way (k, 2) between two points, each corner as one bend, or the rule by which not."""
        way = self.roadmap.path(a, b)
        if way is None:
            return NO_WAY
        line = straighten(way, self._near)
        told, walked = (np.hypot(*np.diff(points, axis=0).T).sum() for points in (line, way))
        return line if told <= (1 + ROUNDED) * walked else CORNER

    def others(self, a: F64, b: F64) -> list[F64]:
        """Return ways that pass some obstacle on its other side and are not much longer than the shortest."""
        return [straighten(way, self._near) for way in self.roadmap.paths(a, b, within=STABLE)[1:]]


class Ground:
    """Where one can walk in a scene.

    The floor is the scene's polygons and the level surface of its mesh together (which joins rooms at their
    thresholds); obstacles are the boxes of objects, except parts of the building, what lies flat or hangs above
    head height, doors and rugs.

    Raises
    ------
    ArgumentError
        When the scene's floor polygons are not simple outlines, or things lie too far off to be drawn on a plan.
    """

    def __init__(self, scene: Scene, rules: Rules) -> None:
        self.up, self.axes, self._surface = scene.up, ground_axes(scene.up), scene.surface
        centres, sizes, axes = scene.boxes
        self._boxes = centres, np.clip(sizes, *EXTENT), axes
        shapes = [] if not scene.floor else [floor_shape(scene.floor)]
        height: float | None = None
        if scene.surface is not None and len(scene.surface.faces):
            within_reach("surface", scene.surface.vertices)
            try:
                shape, height = ground_of_surface(scene.surface.vertices, scene.surface.faces, scene.up)
                shapes.append(shape)
            except SpatialkitError:  # nothing in it is level
                pass
        self.known = bool(shapes)
        self._shapes = shapes
        labels = [normalise(item.label) for item in scene.objects]
        bottoms, tops = self._heights
        self.height = _lowest(labels, bottoms, tops) if height is None else height
        passable = np.array([label.rpartition(" ")[2] in PASSABLE for label in labels], dtype=bool)
        at_height = (bottoms - self.height < PASSED_UNDER) & (tops - self.height > STEPPED_OVER)
        self._rows, self._in_way = scene.object_index, at_height & ~passable
        self._blocking = self._in_way & np.array([label not in rules.structure for label in labels], dtype=bool)

    @cached_property
    def floor(self) -> BaseGeometry:
        """The whole floor, metres on the ground plan."""
        import shapely

        return shapely.union_all(self._shapes)

    @cached_property
    def obstacles(self) -> list[F64]:
        """Outlines (k, 2) of what is in the way; the box of a wall or a room would fill the whole floor."""
        centres, sizes, axes = (table[self._blocking] for table in self._boxes)
        return footprints(centres, sizes, axes, self.up)

    @cached_property
    def free(self) -> BaseGeometry:
        """The floor that nothing stands on."""
        return free_space(self.floor, self.obstacles, radius=0.0)

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """Where persons can be: one of the usual radius, a slim and a wide one."""
        return tuple(Plan(self.free, radius) for radius in (PERSON, SLIM, WIDE))

    def plan_point(self, point: npt.NDArray[Any]) -> F64:
        """Return a world point (3,) on the ground plan (2,)."""
        return np.asarray(self.axes @ point)

    def in_world(self, points: F64) -> F64:
        """Return points (k, 2) of the ground plan on the floor, in the world (k, 3)."""
        return np.asarray(points @ self.axes + self.height * self.up)

    def room(self, line: F64) -> float:
        """Return the metres from a way (k, 2) to the floor's edge, obstacles, or the mesh between ankle and head."""
        import shapely

        legs = shapely.linestrings(np.stack([line[:-1], line[1:]], axis=1))
        return float(self._things.query_nearest(legs, return_distance=True, all_matches=False)[1].min(initial=np.inf))

    @cached_property
    def _things(self) -> STRtree:
        """The edge of the free floor, and the mesh that stands on it: what lies beyond the edge is never nearer."""
        import shapely

        standing = self._mesh()
        inner = shapely.buffer(self.free, -CREVICE, join_style="mitre")
        shapely.prepare(inner)
        edge = shapely.linestrings(sides(self.free))
        return shapely.STRtree(np.concatenate([edge, standing[shapely.intersects(inner, standing)]]))

    def _mesh(self) -> npt.NDArray[np.object_]:
        """Return the mesh between ankle and head: triangles on the plan, as outlines where no walk fits into one."""
        import shapely

        surface = self._surface
        if surface is None:
            return np.empty(0, dtype=object)
        ids, which = np.unique(surface.face_ids, return_inverse=True)
        rows = np.array([self._rows.get(number, -1) for number in ids.tolist()], dtype=np.int64)[which]  # -1 for none
        heights = (surface.vertices @ self.up - self.height)[surface.faces]
        chosen = (heights.max(axis=1) > FEET) & (heights.min(axis=1) < PASSED_UNDER)
        chosen &= np.append(self._in_way, True)[rows]
        boxed = np.flatnonzero(chosen & np.append(self._blocking, False)[rows])
        centres, sizes, axes = (table[rows[boxed]] for table in self._boxes)
        corners = (surface.vertices[surface.faces[boxed]] - centres[:, None]) @ axes
        inside = (np.abs(corners) <= sizes[:, None] / 2 + CREVICE).all(axis=(1, 2))
        chosen[boxed[inside]] = False  # lies within the outline of an obstacle
        triangles = (surface.vertices @ self.axes.T)[surface.faces[chosen]]
        outlines = np.concatenate([triangles, triangles[:, :1]], axis=1)
        found = np.asarray(shapely.linestrings(outlines))
        roomy = np.flatnonzero((np.ptp(triangles, axis=1) > ROOMY).any(axis=1))
        roomy = roomy[np.abs(np.linalg.det(np.diff(triangles[roomy], axis=1))) > 1e-6]  # an upright one is a line
        found[roomy] = shapely.polygons(outlines[roomy])
        return found

    @cached_property
    def _heights(self) -> tuple[F64, F64]:
        """Of the lower and the upper end of each object (n,), metres along ``up``."""
        centres, sizes, axes = self._boxes
        middle = centres @ self.up
        half = (np.abs(np.einsum("nij,i->nj", axes, self.up)) * sizes).sum(axis=1) / 2
        return middle - half, middle + half


_cache: WeakKeyDictionary[Scene, dict[frozenset[str], Ground]] = WeakKeyDictionary()


def ground_of(scene: Scene, rules: Rules) -> Ground:
    """Return where one can walk in a scene; the result is remembered with the scene object. Errors as of ``Ground``."""
    known = _cache.setdefault(scene, {})
    if rules.structure not in known:
        known[rules.structure] = Ground(scene, rules)
    return known[rules.structure]


def _lowest(labels: list[str], bottoms: F64, tops: F64) -> float:
    """Height of the floor where no mesh shows it: the top of an object called floor, else the lowest things."""
    floors = [k for k, label in enumerate(labels) if label == "floor"]
    if floors:
        return float(np.median(tops[floors]))
    return float(np.percentile(bottoms, 10)) if len(bottoms) else 0.0
