"""Where one can walk in a scene: the floor, what stands on it, and the ways that persons of some width have over it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spatialkit.errors import SpatialkitError
from spatialkit.footprints import floor_shape, footprints, free_space, ground_axes, ground_of_surface, simplified
from spatialkit.labels import normalise
from spatialkit.roadmap import Roadmap, straighten
from spatialkit.scene import Scene

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from spatialkit.rules import Rules

__all__ = ["CORNER", "NO_WAY", "PERSON", "STABLE", "Ground", "Plan"]

F64 = npt.NDArray[np.float64]

PERSON = 0.2  # metres: radius of whoever walks
SLIM, WIDE = 0.15, 0.3  # metres: radii of two others, who are to be told the same
SLACK = 0.02  # metres that are kept in reserve: for skirting boards, and for what simplifying cuts off
FINE = 0.01  # metres to which the outline of free space is kept
STEPPED_OVER, PASSED_UNDER = 0.05, 1.9  # metres above the floor: what ends lower or begins higher is in nobody's way
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
    floor
        Metres on the ground plan.
    obstacles
        Outlines (k, 2) of what stands on it.
    radius
        Metres.
    """

    def __init__(self, floor: BaseGeometry, obstacles: Sequence[F64], radius: float) -> None:
        import shapely

        self.roadmap = Roadmap(simplified(free_space(floor, obstacles, radius=radius + SLACK), FINE))
        self._near = free_space(floor, obstacles, radius=min(radius, PERSON))
        shapely.prepare(self._near)

    def way(self, a: F64, b: F64) -> F64 | str:
        """Return the shortest way (k, 2) between two points, each corner as one bend, or the rule by which not."""
        way = self.roadmap.path(a, b)
        if way is None:
            return NO_WAY
        line = straighten(way, self._near)
        told, walked = (np.linalg.norm(np.diff(points, axis=0), axis=1).sum() for points in (line, way))
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
        When the scene's floor polygons are not simple outlines.
    """

    def __init__(self, scene: Scene, rules: Rules) -> None:
        self.scene, self.axes = scene, ground_axes(scene.up)
        shapes = [] if not scene.floor else [floor_shape(scene.floor)]
        height: float | None = None
        if scene.surface is not None and len(scene.surface.faces):
            try:
                shape, height = ground_of_surface(scene.surface.vertices, scene.surface.faces, scene.up)
                shapes.append(shape)
            except SpatialkitError:  # nothing in it is level
                pass
        self.known = bool(shapes)
        self.height = self._lowest_object() if height is None else height
        self._shapes = shapes
        self._blocking = self._blocks(rules)

    @cached_property
    def floor(self) -> BaseGeometry:
        """The whole floor, metres on the ground plan."""
        import shapely

        return shapely.union_all(self._shapes)

    @cached_property
    def obstacles(self) -> list[F64]:
        """Outlines (k, 2) of what is in the way."""
        centres, sizes, axes = (table[self._blocking] for table in self.scene.boxes)
        return footprints(centres, sizes, axes, self.scene.up)

    @cached_property
    def edge(self) -> BaseGeometry:
        """The outline of the floor that nothing stands on."""
        return free_space(self.floor, self.obstacles, radius=0.0).boundary

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """Where persons can be: one of the usual radius, a slim and a wide one."""
        return tuple(Plan(self.floor, self.obstacles, radius) for radius in (PERSON, SLIM, WIDE))

    def plan_point(self, point: npt.NDArray[Any]) -> F64:
        """Return a world point (3,) on the ground plan (2,)."""
        return np.asarray(self.axes @ point)

    def in_world(self, points: F64) -> F64:
        """Return points (k, 2) of the ground plan on the floor, in the world (k, 3)."""
        return np.asarray(points @ self.axes + self.height * self.scene.up)

    def room(self, line: F64) -> float:
        """Return the metres from a way (k, 2) to the floor's edge, obstacles, or the mesh between ankle and head."""
        import shapely

        room = float(shapely.distance(shapely.LineString(line), self.edge))
        if self._mesh is None:
            return room
        legs = shapely.linestrings(np.stack([*pairwise(line)]))
        found = self._mesh.query_nearest(legs, max_distance=room, return_distance=True, all_matches=False)[1]
        return float(found.min(initial=room))

    @cached_property
    def _mesh(self) -> Any:
        import shapely

        surface = self.scene.surface
        if surface is None or not len(surface.faces):
            return None
        heights = surface.vertices @ self.scene.up - self.height
        corners = heights[surface.faces]
        passable = [item.id for item, blocks in zip(self.scene.objects, self._in_way, strict=True) if not blocks]
        chosen = (corners.max(axis=1) > FEET) & (corners.min(axis=1) < PASSED_UNDER)
        chosen &= ~np.isin(surface.face_ids, passable)
        triangles = (surface.vertices @ self.axes.T)[surface.faces[chosen]]
        sides = np.diff(triangles, axis=1)
        flat = np.abs(np.linalg.det(sides)) > 1e-6  # square metres, twice: an upright triangle is a line in the plan
        upright = np.concatenate([triangles, triangles[:, :1]], axis=1)[~flat]
        return shapely.STRtree([*shapely.polygons(triangles[flat]), *shapely.linestrings(upright)])

    def _lowest_object(self) -> float:
        """Height of the floor where no mesh shows it: the top of an object called floor, else the lowest things."""
        bottoms, tops = self._heights
        floors = [k for k, item in enumerate(self.scene.objects) if normalise(item.label) == "floor"]
        if floors:
            return float(np.median(tops[floors]))
        return float(np.percentile(bottoms, 10)) if len(bottoms) else 0.0

    @cached_property
    def _heights(self) -> tuple[F64, F64]:
        centres, sizes, axes = self.scene.boxes
        middle = centres @ self.scene.up
        half = (np.abs(np.einsum("nij,i->nj", axes, self.scene.up)) * sizes).sum(axis=1) / 2
        return middle - half, middle + half

    @cached_property
    def _in_way(self) -> list[bool]:
        """Whether each object's own mesh may stop somebody: parts of the building do, doors and rugs do not."""
        bottoms, tops = self._heights
        return [
            normalise(item.label).rpartition(" ")[2] not in PASSABLE
            and bool(bottoms[k] - self.height < PASSED_UNDER and tops[k] - self.height > STEPPED_OVER)
            for k, item in enumerate(self.scene.objects)
        ]

    def _blocks(self, rules: Rules) -> npt.NDArray[np.bool_]:
        """Mark objects whose box is in the way; the box of a wall or a room would fill the whole floor."""
        building = [normalise(item.label) in rules.structure for item in self.scene.objects]
        return np.asarray(np.array(self._in_way, dtype=bool) & ~np.array(building, dtype=bool))
