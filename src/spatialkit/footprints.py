"""Ground plans: floor polygons and their area, outlines of boxes on the floor, and where a person can stand.

Points of a ground plan are (k, 2) metres along ``ground_axes(up)``. Where up is a world axis these are the other two
world axes in their order: x, y where z is up. (Where y is up they are x, z, and such a plan is seen from below: to
tell left from right, go by the points in space.) Shapes are those of shapely.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from spatialkit import _check
from spatialkit.errors import ArgumentError

if TYPE_CHECKING:
    from shapely import LinearRing, MultiPolygon
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "FARTHEST",
    "floor_area",
    "floor_from_surface",
    "floor_shape",
    "footprint",
    "footprints",
    "free_space",
    "ground_axes",
    "ground_of_surface",
    "simplified",
    "within_reach",
]

F64 = npt.NDArray[np.float64]

SLOPE_DEG = 10.0  # a floor is level within this
BAND = 0.1  # metres that one floor may rise
LEVEL_SHARE = 0.1  # of all level surface, that a floor has at least: what lies lower is stray
SEAM = 0.02  # metres between two pieces of floor that are one
EXACT = 1e-4  # metres to which the outline of a mesh is kept
ONE_FLOOR = 0.95  # share of the floor that its largest piece has, if it is one floor
FARTHEST = 1e8  # metres from the origin: farther off, lengths of a few metres drown in rounding, and areas overflow


def ground_axes(up: npt.ArrayLike) -> F64:
    """Return the axes (2, 3) of ground plans, unit vectors at right angles to ``up`` (3,) and to each other.

    The world axis nearest to up is left out. The first axis is the level part of the first that is left; the second
    is at right angles to it, on the side of the other.
    """
    direction = _check.array("up", up, (3,))
    length = float(np.linalg.norm(direction))
    if length == 0.0:
        raise ArgumentError("up", found="a vector of length 0", expected="a direction")
    direction = direction / length
    first, second = np.eye(3)[np.arange(3) != np.argmax(np.abs(direction))]
    a = first - (first @ direction) * direction
    a /= np.linalg.norm(a)
    b = np.cross(direction, a)
    return np.stack([a, b if b @ second > 0 else -b])


def floor_shape(polygons: Sequence[npt.ArrayLike]) -> BaseGeometry:
    """Return the union of floor polygons, each (k, 2) metres, closed by itself.

    A corner that is given twice, a spike without area or a ring that touches itself does no harm.

    Raises
    ------
    ArgumentError
        For a polygon of fewer than three different corners, without area, farther than 1e8 m from the origin, or whose
        outline crosses itself.
    """
    import shapely

    if not len(polygons):
        raise ArgumentError("floor", found="no polygon", expected="at least one polygon (k, 2) in metres")
    return shapely.union_all(_polygons("floor", polygons))


def floor_area(polygons: Sequence[npt.ArrayLike]) -> float:
    """Return the area of a floor in square metres: the union of its polygons.

    What overlaps counts once, what they leave free between them not at all. A hole in a floor is an outline that goes
    in along a line, round the hole, and back. Errors are those of :func:`floor_shape`.
    """
    return float(floor_shape(polygons).area)


def footprint(centre: npt.ArrayLike, size: npt.ArrayLike, world_from_box: npt.ArrayLike, up: npt.ArrayLike) -> F64:
    """Return the outline (k, 2) of a box on the ground plan: the convex hull of its corners, counter-clockwise.

    Parameters
    ----------
    centre, size, world_from_box
        Centre (3,) and full extents (3,) in metres, axes (3, 3) as columns.
    up
        (3,) direction against gravity.
    """
    middle, extent = _check.array("centre", centre, (3,)), _check.array("size", size, (3,))
    turn = _check.array("world_from_box", world_from_box, (3, 3))
    return footprints(middle[None], extent[None], turn[None], up)[0]


def footprints(
    centres: npt.ArrayLike, sizes: npt.ArrayLike, world_from_box: npt.ArrayLike, up: npt.ArrayLike
) -> list[F64]:
    """Return the outlines of n boxes on the ground plan; see :func:`footprint`.

    Parameters
    ----------
    centres, sizes, world_from_box
        (n, 3) metres, (n, 3) full extents above 0 m, (n, 3, 3) axes as columns.
    up
        (3,) direction against gravity.

    Raises
    ------
    ArgumentError
        For a box that reaches farther than 1e8 m from the origin.
    """
    import shapely

    axes = ground_axes(up)
    middle = _check.array("centres", centres, ("n", 3))
    n = len(middle)
    extent, turn = _check.array("sizes", sizes, (n, 3)), _check.array("world_from_box", world_from_box, (n, 3, 3))
    if n and extent.min() <= 0:
        raise ArgumentError("sizes", found=f"an extent of {extent.min():g} m", expected="full extents above 0 m")
    signs = np.array([[(corner >> k & 1) - 0.5 for k in range(3)] for corner in range(8)])
    corners = middle[:, None] + np.einsum("nij,nkj->nki", turn, signs * extent[:, None])
    within_reach("boxes", corners)
    hulls = shapely.orient_polygons(shapely.convex_hull(shapely.multipoints(corners @ axes.T)))
    return [shapely.get_coordinates(hull)[:-1] for hull in hulls]


def free_space(
    floor: Sequence[npt.ArrayLike] | BaseGeometry, obstacles: Sequence[npt.ArrayLike], *, radius: float
) -> MultiPolygon:
    """Return where the middle of a person of this radius can be: on the floor, ``radius`` from its edge and obstacles.

    Obstacles grow with corners that are cut off at ``radius`` from them, so nothing in the result is nearer than that
    to one. A way round a right angle keeps within 8 % of it, and is longer by 9 % of the radius at most than along an
    arc.

    Parameters
    ----------
    floor
        Polygons (k, 2) in metres, or their union as :func:`floor_shape` gives it.
    obstacles
        Outlines (k, 2) in metres.
    radius
        Metres, at least 0.

    Returns
    -------
    MultiPolygon
        Valid; empty where there is no room.
    """
    import shapely

    keep = _check.at_least_zero("radius", radius)
    shape = floor if isinstance(floor, shapely.Geometry) else floor_shape(floor)
    left = shapely.difference(shape, shapely.union_all(_polygons("obstacles", obstacles)))
    if keep > 0:
        left = shapely.buffer(left, -keep, join_style="mitre", mitre_limit=1.0)
    parts = [p for p in shapely.get_parts(shapely.make_valid(left)) if p.geom_type == "Polygon" and p.area > 1e-9]
    return shapely.MultiPolygon(parts)


def ground_of_surface(vertices: npt.ArrayLike, faces: npt.ArrayLike, up: npt.ArrayLike) -> tuple[MultiPolygon, float]:
    """Find the floor of a triangle mesh: its lowest level surface.

    Taken are the triangles that are level within 10 degrees, either winding, and lie within 10 cm of one height: the
    lowest one where there is at least a tenth of the mesh's level surface. Seams of up to 2 cm between them are closed.

    Parameters
    ----------
    vertices, faces
        (v, 3) metres and (f, 3) indices.
    up
        (3,) direction against gravity.

    Returns
    -------
    shape
        Of the floor on the ground plan, with its holes; several pieces where it has them.
    height
        Of the floor along ``up``, metres, in the middle of its area.

    Raises
    ------
    ArgumentError
        When nothing in the mesh is level, or it reaches farther than 1e8 m from the origin.
    """
    import shapely

    points = _check.array("vertices", vertices, ("v", 3))
    within_reach("vertices", points)
    index = _check.array("faces", faces, ("f", 3), np.int64)
    if index.size and not 0 <= index.min() <= index.max() < len(points):
        found = f"indices {index.min()} to {index.max()}"
        raise ArgumentError("faces", found=found, expected=f"indices from 0 to {len(points) - 1}")
    axes, direction = ground_axes(up), _check.array("up", up, (3,))
    direction = direction / np.linalg.norm(direction)
    corners = points[index]
    crosses = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    areas = np.linalg.norm(crosses, axis=1) / 2
    level = (np.abs(crosses @ direction) / 2 > np.cos(np.radians(SLOPE_DEG)) * areas) & (areas > 1e-12)
    if not level.any():
        raise ArgumentError("surface", found="no level triangle", expected="a floor")
    corners, areas = corners[level], areas[level]
    heights = (corners @ direction).mean(axis=1)
    chosen = _lowest(heights, areas)
    plan = shapely.union_all(shapely.polygons(corners[chosen] @ axes.T))
    grown = shapely.buffer(plan, SEAM / 2, join_style="mitre")
    shape = simplified(shapely.buffer(grown, -SEAM / 2, join_style="mitre"), EXACT)
    order = np.argsort(heights[chosen])
    cumulative = np.cumsum(areas[chosen][order])
    middle = int(np.searchsorted(cumulative, cumulative[-1] / 2))
    return shape, float(heights[chosen][order][middle])


def floor_from_surface(vertices: npt.ArrayLike, faces: npt.ArrayLike, up: npt.ArrayLike) -> tuple[F64, ...]:
    """Return the floor of a mesh as one polygon (k, 2): its lowest level surface, holes under furniture closed.

    Parameters are those of :func:`ground_of_surface`.

    Raises
    ------
    ArgumentError
        When there is no level surface, or it is not one floor: its largest piece has less than 95 % of the area.
    """
    import shapely

    pieces = np.array(shapely.get_parts(_closed(ground_of_surface(vertices, faces, up)[0])))
    areas = np.sort(shapely.area(pieces))[::-1]
    if areas[0] < ONE_FLOOR * areas.sum():
        sizes = ", ".join(f"{area:.2f}" for area in areas[:4])
        found = f"{len(areas)} separate pieces of floor ({sizes}{', …' if len(areas) > 4 else ''} m2)"
        raise ArgumentError("surface", found=found, expected="one connected floor")
    return (shapely.get_coordinates(pieces[np.argmax(shapely.area(pieces))].exterior)[:-1],)


def simplified(shape: BaseGeometry, tolerance: float) -> MultiPolygon:
    """Return the polygons of a shape without the corners that lie within ``tolerance`` metres of a straight line.

    Each ring starts at a corner far from its middle, so that the result does not depend on where the world's origin
    and axes lie. What would become invalid is left out.
    """
    import shapely

    def ring(line: LinearRing) -> F64:
        points = shapely.get_coordinates(line)[:-1]
        return np.roll(points, -int(np.argmax(np.linalg.norm(points - points.mean(axis=0), axis=1))), axis=0)

    polygons = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    started = [shapely.Polygon(ring(part.exterior), [ring(hole) for hole in part.interiors]) for part in polygons]
    parts = shapely.get_parts(shapely.simplify(started, tolerance))
    return shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon" and part.is_valid])


def within_reach(name: str, points: F64) -> None:
    """Raise where a point is farther from the origin than plans can be drawn."""
    if (farthest := np.abs(points).max(initial=0.0)) > FARTHEST:
        raise ArgumentError(name, found=f"a point at {farthest:.3g} m", expected=f"points within {FARTHEST:g} m")


def _lowest(heights: F64, areas: F64) -> npt.NDArray[np.bool_]:
    """Mark what lies within ``BAND`` above the lowest height where there is enough of it."""
    order = np.argsort(heights)
    sorted_heights, total = heights[order], np.concatenate([[0.0], np.cumsum(areas[order])])
    above = total[np.searchsorted(sorted_heights, sorted_heights + BAND, side="right")] - total[:-1]
    start = sorted_heights[np.argmax(above >= LEVEL_SHARE * total[-1])]
    best = np.flatnonzero((sorted_heights <= start + BAND) & (sorted_heights >= start))
    start = sorted_heights[best[np.argmax(above[best])]]  # not the lowest stray triangle that just reaches the floor
    return np.asarray((heights >= start) & (heights <= start + BAND))


def _closed(shape: BaseGeometry) -> BaseGeometry:
    """Return a shape without its holes."""
    import shapely

    parts = shapely.get_parts(shape)
    return shapely.union_all([shapely.Polygon(part.exterior) for part in parts if part.geom_type == "Polygon"])


def _polygons(name: str, outlines: Sequence[npt.ArrayLike]) -> npt.NDArray[np.object_]:
    """Return polygons (k, 2) each as a valid shape (n,), or raise the one clear error."""
    import shapely

    rings = [_check.array(f"{name}[{i}]", outline, ("k", 2)) for i, outline in enumerate(outlines)]
    if not rings:
        return np.empty(0, dtype=object)
    for i, ring in enumerate(rings):
        if len(ring) < 3:
            raise _too_few(f"{name}[{i}]", len(np.unique(ring, axis=0)))
        within_reach(f"{name}[{i}]", ring)
    closed = [np.vstack([ring, ring[:1]]) for ring in rings]
    owner = np.repeat(np.arange(len(rings)), [len(ring) for ring in closed])
    shapes = np.asarray(shapely.polygons(shapely.linearrings(np.concatenate(closed), indices=owner)))
    for i in np.flatnonzero(~shapely.is_valid(shapes) | (shapely.area(shapes) <= 0)).tolist():
        shapes[i] = _mended(f"{name}[{i}]", shapes[i])
    return shapes


def _mended(name: str, shape: BaseGeometry) -> BaseGeometry:
    """Return a polygon that is not valid as one that is, or raise the one clear error."""
    import shapely

    different = len(np.unique(shapely.get_coordinates(shape), axis=0))
    if different < 3:
        raise _too_few(name, different)
    mended = shapely.make_valid(shape)
    if abs(mended.area - shape.area) > 1e-6 * max(mended.area, 1e-12):
        reason = shapely.is_valid_reason(shape)
        raise ArgumentError(name, found=f"an outline that crosses itself ({reason})", expected="a simple outline")
    parts = [p for p in shapely.get_parts(mended) if p.geom_type in ("Polygon", "MultiPolygon")]
    whole: BaseGeometry = shapely.union_all(parts)
    if whole.area <= 0:
        raise ArgumentError(name, found="an outline without area", expected="a polygon with area")
    return whole


def _too_few(name: str, different: int) -> ArgumentError:
    return ArgumentError(name, found=f"{different} different corners", expected="a polygon of at least 3 corners")
