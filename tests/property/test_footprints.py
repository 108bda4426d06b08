"""Ground plans against a raster count, and under rigid motion."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from spatialkit.footprints import floor_area, footprints, free_space, ground_axes

coordinate = st.floats(0, 10, allow_subnormal=False)
side = st.floats(0.3, 6)
seeds = st.integers(0, 2**32 - 1)


@st.composite
def rectangles(draw: st.DrawFn) -> np.ndarray:
    """A turned rectangle, counter-clockwise or clockwise."""
    x, y, w, h, angle = draw(st.tuples(coordinate, coordinate, side, side, st.floats(0, 3.2)))
    c, s = np.cos(angle), np.sin(angle)
    corners = np.array([(0, 0), (w, 0), (w, h), (0, h)]) @ np.array([(c, s), (-s, c)]) + (x, y)
    return corners[::-1] if draw(st.booleans()) else corners


def inside(points: np.ndarray, ring: np.ndarray) -> np.ndarray:
    """Whether points (n, 2) lie in a convex ring: on one side of all its edges."""
    edges = np.roll(ring, -1, axis=0) - ring
    off = points[:, None] - ring
    sides = edges[:, 0] * off[..., 1] - edges[:, 1] * off[..., 0]
    return np.asarray((sides >= 0).all(axis=1) | (sides <= 0).all(axis=1))


def raster(step: float) -> np.ndarray:
    axis = np.arange(-10, 20, step) + step / 2
    return np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)


@settings(deadline=None, max_examples=25)
@given(st.lists(rectangles(), min_size=1, max_size=5))
def test_area_of_a_union_agrees_with_a_count_of_cells(rings: list[np.ndarray]) -> None:
    step = 0.1
    covered = np.any([inside(raster(step), ring) for ring in rings], axis=0).sum() * step**2
    outline = sum(np.linalg.norm(np.roll(ring, -1, axis=0) - ring, axis=1).sum() for ring in rings)
    union = shapely.union_all([shapely.Polygon(ring) for ring in rings])
    holes = sum(shapely.Polygon(h).area for part in shapely.get_parts(union) for h in part.interiors)
    assert abs(floor_area(rings) - holes - covered) <= outline * step  # a cell on the outline may go either way


@settings(deadline=None, max_examples=40)
@given(rectangles(), st.lists(rectangles(), max_size=5), st.floats(0, 0.5))
def test_nothing_in_free_space_is_near_an_obstacle_or_off_the_floor(
    room: np.ndarray, obstacles: list[np.ndarray], radius: float
) -> None:
    free = free_space([room], obstacles, radius=radius)
    assert free.is_valid
    if not free.is_empty:
        assert shapely.distance(free, shapely.Polygon(room).exterior) >= radius - 1e-6
        assert shapely.covers(shapely.Polygon(room).buffer(1e-9), free)
        for obstacle in obstacles:
            assert shapely.distance(free, shapely.Polygon(obstacle)) >= radius - 1e-6


@settings(deadline=None, max_examples=40)
@given(seeds)
def test_outlines_of_boxes_hold_all_their_corners_whatever_is_up(seed: int) -> None:
    rng = np.random.default_rng(seed)
    centres, sizes = rng.normal(0, 3, (4, 3)), rng.uniform(0.05, 3, (4, 3))
    turns = Rotation.random(4, rng=rng).as_matrix()
    up = rng.normal(size=3)
    axes = ground_axes(up)
    for k, outline in enumerate(footprints(centres, sizes, turns, up)):
        signs = rng.uniform(-0.5, 0.5, (50, 3)) * sizes[k]
        points = (centres[k] + signs @ turns[k].T) @ axes.T
        assert inside(points, outline).all()
        # Cauchy: the outline's area is the sum of the faces' areas times their slopes
        faces = np.prod(sizes[k]) / sizes[k]
        shadow = np.abs(turns[k].T @ up / np.linalg.norm(up)) @ faces
        assert np.isclose(shapely.Polygon(outline).area, shadow)
