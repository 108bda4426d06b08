"""Ground plans: axes, floor area, outlines of boxes, free space, the floor of a mesh."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import shapely

from spatialkit.adapters.toy import toy_scene
from spatialkit.errors import ArgumentError
from spatialkit.footprints import (
    floor_area,
    floor_from_surface,
    footprint,
    footprints,
    free_space,
    ground_axes,
    ground_of_surface,
)

SQUARE = np.array([(0.0, 0.0), (4.0, 0.0), (4.0, 3.0), (0.0, 3.0)])
Z_UP = (0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    ("up", "axes"),
    [
        ((0, 0, 1), ((1, 0, 0), (0, 1, 0))),
        ((0, 1, 0), ((1, 0, 0), (0, 0, 1))),
        ((1, 0, 0), ((0, 1, 0), (0, 0, 1))),
        ((0, 0, -2), ((1, 0, 0), (0, 1, 0))),
        ((0, -1, 0), ((1, 0, 0), (0, 0, 1))),
    ],
)
def test_ground_axes_are_the_world_axes_that_are_not_up(
    up: tuple[float, ...], axes: tuple[tuple[float, ...], ...]
) -> None:
    np.testing.assert_array_equal(ground_axes(up), axes)


def test_ground_axes_of_a_leaning_up_are_level_and_at_right_angles() -> None:
    up = np.array([0.2, -0.5, 1.0])
    axes = ground_axes(up)
    np.testing.assert_allclose(axes @ axes.T, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(axes @ up, 0, atol=1e-12)
    assert axes[0, 0] > 0.9
    assert axes[1, 1] > 0.8


def test_ground_axes_need_a_direction() -> None:
    with pytest.raises(ArgumentError, match="up: found a vector of length 0"):
        ground_axes((0, 0, 0))


def test_floor_area_counts_what_overlaps_once_and_holes_not_at_all() -> None:
    assert floor_area([SQUARE]) == pytest.approx(12)
    assert floor_area([SQUARE, np.add(SQUARE, (2, 0))]) == pytest.approx(18)
    assert floor_area([SQUARE, np.add(SQUARE, (10, 0))]) == pytest.approx(24)
    ring = [(0, 0, 9, 1), (0, 8, 9, 9), (0, 0, 1, 9), (8, 0, 9, 9)]  # four corridors round a yard
    assert floor_area([np.array(shapely.box(*sides).exterior.coords) for sides in ring]) == pytest.approx(81 - 49)
    hole = [(1, 1), (1, 2), (2, 2), (2, 1), (1, 1)]
    assert floor_area([[*SQUARE, SQUARE[0], *hole]]) == pytest.approx(11)  # in from a corner, round it, and back


@pytest.mark.parametrize(
    "ring",
    [
        [*SQUARE, SQUARE[0]],
        SQUARE[::-1],
        np.repeat(SQUARE, 2, axis=0),
        [*SQUARE, (0, 3), (-1, 3), (0, 3)],  # a spike
    ],
    ids=["closed", "clockwise", "doubled corners", "spike"],
)
def test_harmless_outlines_are_taken(ring: npt.ArrayLike) -> None:
    assert floor_area([ring]) == pytest.approx(12)


@pytest.mark.parametrize(
    ("ring", "found"),
    [
        (SQUARE[[0, 1, 3, 2]], "crosses itself"),
        (SQUARE[:2], "2 different corners"),
        ([(0, 0), (1, 1), (2, 2), (3, 3)], "without area"),
        (np.zeros((0, 2)), "0 different corners"),
        (np.zeros((4, 3)), r"shape \(4, 3\)"),
        ([(0, 0), (1, 0), (np.nan, 1)], "NaN"),
        (np.tile(SQUARE, (2, 1)), "crosses itself"),  # round twice
    ],
)
def test_outlines_that_are_no_floor_are_refused_by_name(ring: npt.ArrayLike, found: str) -> None:
    with pytest.raises(ArgumentError, match=rf"floor\[1\]: found .*{found}"):
        floor_area([SQUARE, ring])


def test_no_floor_is_refused() -> None:
    with pytest.raises(ArgumentError, match="floor: found no polygon"):
        floor_area([])


def test_footprint_of_a_level_box_is_its_rectangle() -> None:
    outline = footprint((1, 2, 3), (4, 2, 9), np.eye(3), Z_UP)
    assert {tuple(p) for p in outline.round(9).tolist()} == {(-1, 1), (3, 1), (3, 3), (-1, 3)}
    assert shapely.Polygon(outline).exterior.is_ccw


def test_footprint_of_a_box_that_stands_on_a_corner_is_a_hexagon() -> None:
    outline = footprint((0, 0, 0), (1, 1, 1), np.eye(3), (1, 1, 1))
    assert len(outline) == 6
    assert shapely.Polygon(outline).area == pytest.approx(np.sqrt(3))


def test_footprints_of_no_box_are_none_and_flat_boxes_are_refused() -> None:
    assert footprints(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 3, 3)), Z_UP) == []
    with pytest.raises(ArgumentError, match="an extent of 0 m"):
        footprint((0, 0, 0), (1, 0, 1), np.eye(3), Z_UP)


def test_free_space_keeps_its_distance_from_walls_and_obstacles() -> None:
    obstacle = np.array([(1.5, 1.0), (2.5, 1.0), (2.5, 2.0), (1.5, 2.0)])
    free = free_space([SQUARE], [obstacle], radius=0.25)
    assert free.is_valid
    cut = (0.25 * (1 - np.tan(np.pi / 8))) ** 2 / 2  # square metres outside the line that touches the arc of a corner
    assert free.area == pytest.approx(3.5 * 2.5 - (1.5 * 1.5 - 4 * cut))
    assert free.distance(shapely.Polygon(obstacle)) == pytest.approx(0.25)
    assert free.distance(shapely.Polygon(SQUARE).exterior) == pytest.approx(0.25)
    assert free_space([SQUARE], [obstacle], radius=0).area == pytest.approx(11)


@pytest.mark.parametrize("angle", [90, 110, 135, 160])
def test_free_space_keeps_its_distance_at_corners_too_and_hardly_more(angle: float) -> None:
    """A corner of the free space lies at radius / cos(a / 4) from that of an obstacle, a the angle that a way turns."""
    turn = np.radians(180 - angle)
    wedge = np.array([(2.0, 1.5), (2.0 - 3 * np.cos(turn / 2), 1.5 - 3 * np.sin(turn / 2)), (-1.0, -9.0), (9.0, -9.0)])
    outline = np.vstack([wedge[1], wedge[2], wedge[3], (2.0 + 3 * np.cos(turn / 2), wedge[1, 1]), wedge[0]])
    free = free_space([SQUARE], [outline], radius=0.2)
    tip = shapely.Point(wedge[0])
    assert free.distance(tip) == pytest.approx(0.2)
    corners = shapely.get_coordinates(free)
    away = np.sort(np.linalg.norm(corners - wedge[0], axis=1))[:2]
    np.testing.assert_allclose(away, 0.2 / np.cos(turn / 4), rtol=1e-6)
    assert away.max() < 0.2 * 1.083


def test_free_space_falls_into_parts_and_vanishes() -> None:
    wall = np.array([(1.9, -1.0), (2.1, -1.0), (2.1, 2.5), (1.9, 2.5)])
    assert len(free_space([SQUARE], [wall], radius=0.2).geoms) == 1
    assert len(free_space([SQUARE], [wall], radius=0.3).geoms) == 2
    assert free_space([SQUARE], [], radius=1.6).is_empty
    with pytest.raises(ArgumentError, match="radius"):
        free_space([SQUARE], [], radius=-0.1)


def plate(x0: float, y0: float, x1: float, y1: float, z: float, n: int = 8) -> tuple[list[tuple[float, ...]], int]:
    """Return the corners of a level rectangle in 2 n x n triangles, three to a triangle."""
    xs, ys = np.linspace(x0, x1, n + 1), np.linspace(y0, y1, n + 1)
    out: list[tuple[float, ...]] = []
    for i in range(n):
        for j in range(n):
            a, b, c, d = ((xs[i + p], ys[j + q], z) for p, q in ((0, 0), (1, 0), (1, 1), (0, 1)))
            out += [a, b, c, a, c, d]
    return out, len(out)


def soup(*plates: tuple[list[tuple[float, ...]], int]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    points = np.array([corner for corners, _ in plates for corner in corners])
    return points, np.arange(len(points)).reshape(-1, 3)


def test_the_floor_of_a_mesh_is_its_lowest_level_surface() -> None:
    rng = np.random.default_rng(5)
    table, ceiling = plate(1, 1, 2, 2, 0.75), plate(0, 0, 4, 3, 2.5)
    stray = plate(3.0, 1.0, 3.1, 1.1, -0.6, 1)
    vertices, faces = soup(plate(0, 0, 4, 3, 0.02), table, ceiling, stray)
    vertices = vertices + rng.normal(0, 1e-4, vertices.shape)  # a scanned floor is never quite flat
    for triangles in (faces, faces[:, ::-1]):
        shape, height = ground_of_surface(vertices, triangles, Z_UP)
        assert shape.area == pytest.approx(12, rel=2e-3)
        assert height == pytest.approx(0.02, abs=1e-3)


def test_holes_in_the_floor_of_a_mesh_stay_in_its_shape_and_are_closed_in_its_polygon() -> None:
    around = [plate(0, 0, 4, 1, 0), plate(0, 2, 4, 3, 0), plate(0, 1, 1.5, 2, 0), plate(2.5, 1, 4, 2, 0)]
    vertices, faces = soup(*around)
    assert ground_of_surface(vertices, faces, Z_UP)[0].area == pytest.approx(11, rel=1e-3)
    (polygon,) = floor_from_surface(vertices, faces, Z_UP)
    assert floor_area([polygon]) == pytest.approx(12, rel=1e-3)


def test_what_is_not_one_floor_is_refused_with_the_sizes_of_its_pieces() -> None:
    vertices, faces = soup(plate(0, 0, 2, 2, 0), plate(3, 0, 5, 3, 0))
    with pytest.raises(ArgumentError, match=r"2 separate pieces of floor \(6\.00, 4\.00 m2\)"):
        floor_from_surface(vertices, faces, Z_UP)
    small = soup(plate(0, 0, 2, 2, 0), plate(3, 0, 3.2, 0.2, 0))
    assert floor_area(floor_from_surface(*small, Z_UP)) == pytest.approx(4, rel=1e-3)


def test_the_floor_of_a_mesh_keeps_corners_where_sharp_triangles_meet() -> None:
    rim = [(4.0, y) for y in np.linspace(0, 3, 13)] + [(x, 3.0) for x in np.linspace(4, 0, 17)[1:]]
    vertices = np.array([(0, 0, 0), *((x, y, 0) for x, y in rim)])
    faces = np.array([(0, k, k + 1) for k in range(1, len(rim))])
    shape = ground_of_surface(vertices, faces, Z_UP)[0]
    assert shapely.hausdorff_distance(shape, shapely.box(0, 0, 4, 3)) < 1e-3


@pytest.mark.parametrize("far", [2e8, 1e160, 1e300])
def test_what_is_too_far_off_for_a_plan_is_refused(far: float) -> None:
    with pytest.raises(ArgumentError, match=r"floor\[1\]: found a point at .*, expected points within 1e\+08 m"):
        floor_area([SQUARE, SQUARE * far])
    with pytest.raises(ArgumentError, match=r"obstacles\[0\]: found a point at"):
        free_space([SQUARE], [SQUARE * far], radius=0.2)
    for centre, size in (((far, 0, 0), (1, 1, 1)), ((0, 0, 0), (1, 3 * far, 1))):
        with pytest.raises(ArgumentError, match="boxes: found a point at"):
            footprint(centre, size, np.eye(3), Z_UP)
    vertices, faces = soup(plate(0, 0, 2, far, 0, 1))
    with pytest.raises(ArgumentError, match="vertices: found a point at"):
        ground_of_surface(vertices, faces, Z_UP)


def test_a_mesh_without_level_surface_has_no_floor() -> None:
    vertices, faces = soup(plate(0, 0, 2, 2, 0))
    with pytest.raises(ArgumentError, match="no level triangle"):
        ground_of_surface(vertices, faces, (1, 0, 0))
    with pytest.raises(ArgumentError, match="indices"):
        ground_of_surface(vertices, faces + 1, Z_UP)


def test_the_floor_of_the_toy_flat_is_that_of_its_rooms_and_doorways() -> None:
    scene = toy_scene(0, frames=0)
    assert scene.floor is not None
    assert scene.surface is not None
    shape, height = ground_of_surface(scene.surface.vertices, scene.surface.faces, scene.up)
    rooms = floor_area(scene.floor)
    assert height == pytest.approx(0, abs=0.02)
    assert rooms < shape.area < rooms + 1  # the doorways' thresholds are no part of the rooms
    assert len(shape.geoms) == 1
