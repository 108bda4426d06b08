"""Shapes: the few primitives of which all furniture is built.

A shape is described first and meshed later, because the fineness (``detail``) is the caller's. Every primitive stands
on its own origin: ``at`` is the middle of its bottom face, z up, metres.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.adapters.toy.materials import Material

__all__ = ["Mesh", "Part", "ball", "box", "cylinder", "lathe", "leaf", "panel", "pose", "sheet", "stretched", "tube"]

Array = npt.NDArray[Any]
Point = tuple[float, float, float]

CREASE = math.radians(35)  # profile corners sharper than this keep their edge


@dataclass(frozen=True, eq=False)
class Mesh:
    """Triangles with what shading needs: vertices (v, 3), unit normals (v, 3), uvs (v, 2) in metres, faces (f, 3)."""

    vertices: Array
    normals: Array
    uvs: Array
    faces: Array

    def moved(self, transform: Array) -> Mesh:
        """Return the mesh under an affine transform (4, 4) that keeps the handedness."""
        linear = transform[:3, :3]
        normals = self.normals @ np.linalg.inv(linear)
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
        return replace(self, vertices=self.vertices @ linear.T + transform[:3, 3], normals=normals)

    @staticmethod
    def joined(meshes: Sequence[Mesh]) -> Mesh:
        """Return one mesh of several."""
        starts = np.cumsum([0, *(len(m.vertices) for m in meshes)])
        return Mesh(
            np.concatenate([m.vertices for m in meshes]),
            np.concatenate([m.normals for m in meshes]),
            np.concatenate([m.uvs for m in meshes]),
            np.concatenate([m.faces + s for m, s in zip(meshes, starts, strict=False)]),
        )


@dataclass(frozen=True, eq=False)
class Part:
    """One primitive of one material, placed by ``transform`` (4, 4) in the frame of what it is part of."""

    make: Callable[[float], Mesh]
    material: Material
    transform: Array = field(default_factory=lambda: np.eye(4))

    def moved(self, transform: Array) -> Part:
        """Return the part under a further transform (4, 4)."""
        return replace(self, transform=transform @ self.transform)

    def mesh(self, detail: float) -> Mesh:
        """Return the mesh in the frame of what it is part of; ``detail`` 1 is the default fineness."""
        return self.make(detail).moved(self.transform)


def pose(at: Point = (0.0, 0.0, 0.0), yaw: float = 0.0, tilt: float = 0.0, roll: float = 0.0) -> Array:
    """Return the transform (4, 4) that rolls about y, tilts about x, turns about z (degrees), then shifts to ``at``."""
    out = np.eye(4)
    for axis, degrees in ((2, yaw), (0, tilt), (1, roll)):
        if degrees:
            c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
            turn = np.eye(4)
            i, j = (axis + 1) % 3, (axis + 2) % 3
            turn[i, i], turn[i, j], turn[j, i], turn[j, j] = c, -s, s, c
            out = out @ turn
    out[:3, 3] = at
    return out


def stretched(part: Part, x: float = 1.0, y: float = 1.0, z: float = 1.0) -> Part:
    """Return the part scaled along the axes of the frame it stands in."""
    return part.moved(np.diag((x, y, z, 1.0)))


def box(
    material: Material,
    size: Point,
    at: Point = (0.0, 0.0, 0.0),
    *,
    edge: float = 0.0,
    yaw: float = 0.0,
    tilt: float = 0.0,
    roll: float = 0.0,
) -> Part:
    """Return a box; ``edge`` rounds its edges by that radius."""
    edge = min(edge, 0.499 * min(size))
    make = partial(_rounded_box, size, edge) if edge > 0 else partial(_plain_box, size, material.tile == 0)
    return Part(make, material, pose(at, yaw, tilt, roll))


def lathe(
    material: Material,
    profile: Sequence[tuple[float, float]],
    at: Point = (0.0, 0.0, 0.0),
    *,
    yaw: float = 0.0,
    tilt: float = 0.0,
    roll: float = 0.0,
) -> Part:
    """Return a solid of revolution about z; ``profile`` is (radius, height), outside going up, inside going down."""
    return Part(partial(_lathe, tuple(profile)), material, pose(at, yaw, tilt, roll))


def cylinder(
    material: Material,
    radius: float,
    height: float,
    at: Point = (0.0, 0.0, 0.0),
    *,
    top: float | None = None,
    yaw: float = 0.0,
    tilt: float = 0.0,
    roll: float = 0.0,
) -> Part:
    """Return a closed cylinder, or a truncated cone with radius ``top`` above."""
    end = radius if top is None else top
    return lathe(material, [(0.0, 0.0), (radius, 0.0), (end, height), (0.0, height)], at, yaw=yaw, tilt=tilt, roll=roll)


def ball(material: Material, size: Point, at: Point = (0.0, 0.0, 0.0), *, square: float = 1.0, tilt: float = 0.0,
         yaw: float = 0.0) -> Part:  # fmt: skip
    """Return an ellipsoid; ``square`` below 1 flattens its sides towards a box (a cushion is about 0.4)."""
    return Part(partial(_superball, size, square), material, pose(at, yaw, tilt))


def tube(material: Material, points: Sequence[Point], radius: float) -> Part:
    """Return a round bar along a polyline."""
    return Part(partial(_tube, np.array(points, dtype=np.float64), radius), material)


def sheet(material: Material, points: Array) -> Part:
    """Return a thin surface through a grid of points (n, m, 3), both sides alike."""
    return Part(partial(_sheet, np.asarray(points, dtype=np.float64)), material)


def leaf(material: Material, length: float, width: float, at: Point, *, yaw: float, rise: float, bend: float) -> Part:
    """Return a leaf that grows out of ``at``: first ``rise`` degrees above level, bent down by ``bend`` degrees."""
    along = np.linspace(0.0, 1.0, 6)
    angle = np.radians(rise - bend * along)
    step = np.diff(along, prepend=0.0) * length
    out, up = np.cumsum(step * np.cos(angle)), np.cumsum(step * np.sin(angle))
    half = 0.5 * width * np.sin(np.pi * np.clip(along * 0.94 + 0.04, 0, 1)) ** 0.7
    across = np.array([-1.0, 0.0, 1.0])
    grid = np.stack(
        [
            np.repeat(out[:, None], 3, axis=1),
            half[:, None] * across,
            up[:, None] + 0.25 * half[:, None] * np.abs(across),
        ],
        axis=-1,
    )
    return sheet(material, grid).moved(pose(at, yaw))


def panel(
    material: Material, size: tuple[float, float], holes: Sequence[tuple[float, float, float, float]] = (),
    transform: Array | None = None,
) -> Part:  # fmt: skip
    """Return the rectangle from the origin to ``size`` (x, z) in the plane y = 0, seen from +y.

    ``holes`` are rectangles (x0, z0, x1, z1) left open.
    """
    return Part(partial(_panel, size, tuple(holes)), material, np.eye(4) if transform is None else transform)


# --- meshing ----------------------------------------------------------------------------------------------------------


def _grid_faces(rows: int, columns: int) -> Array:
    """Triangles (2 (rows-1) (columns-1), 3) of a grid of vertices; normal = d/drow x d/dcolumn."""
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
    return np.concatenate([np.stack(t, axis=-1).reshape(-1, 3) for t in ((a, b, c), (a, c, d))])


def _quad_grid(origin: Array, u: Array, v: Array, s: Array, t: Array, uvs: tuple[Array, Array]) -> Mesh:
    """A planar grid: origin + s u + t v with normal u x v; ``uvs`` are the texture coordinates along s and t."""
    points = origin + s[:, None, None] * u + t[None, :, None] * v
    normal = np.cross(u, v)
    uv = np.stack(np.broadcast_arrays(uvs[0][:, None], uvs[1][None, :]), axis=-1)
    return Mesh(
        points.reshape(-1, 3),
        np.tile(normal / np.linalg.norm(normal), (len(s) * len(t), 1)),
        uv.reshape(-1, 2),
        _grid_faces(len(s), len(t)),
    )


_SIDES = ((1, 2, 0, 1.0), (2, 1, 0, -1.0), (2, 0, 1, 1.0), (0, 2, 1, -1.0), (0, 1, 2, 1.0), (1, 0, 2, -1.0))


@lru_cache(maxsize=512)
def _unit_box(segments: tuple[int, int, int]) -> tuple[Mesh, Array]:
    """The unit cube from the origin with its edges cut into segments, and the side (index in _SIDES) of each vertex."""
    sides = []
    for i, j, k, sign in _SIDES:
        u, v, w = np.eye(3)[[i, j, k]]
        s, t = (np.linspace(0.0, 1.0, 1 + segments[a]) for a in (i, j))
        sides.append(_quad_grid(w * (sign > 0), u, v, s, t, (s, t)))
    return Mesh.joined(sides), np.repeat(np.arange(6), [len(side.vertices) for side in sides])


def _plain_box(size: Point, fit: bool, detail: float) -> Mesh:
    step = 0.6 / min(2.0, detail)
    x, y, z = (max(1, round(length / step)) for length in size)
    unit, side = _unit_box((x, y, z))
    # Texture axes of each side: a grain runs along the longer edge, a picture stands upright, seen from outside.
    pairs = [sorted((i, j)) if fit else sorted((i, j), key=lambda a: -size[a]) for i, j, _, _ in _SIDES]
    u, v = np.array(pairs)[side].T
    metres, row = unit.vertices * size, np.arange(len(side))
    uv = np.stack([metres[row, u], metres[row, v]], axis=1)
    if fit:
        uv = np.stack([unit.vertices[row, u], unit.vertices[row, v]], axis=1)
        backwards = np.isin(side, (1, 2))  # the sides -x and +y, whose right is towards -y and -x
        uv[backwards, 0] = 1.0 - uv[backwards, 0]
    return Mesh(metres - (size[0] / 2, size[1] / 2, 0.0), unit.normals, uv, unit.faces)


def _rounded_box(size: Point, edge: float, detail: float) -> Mesh:
    half = np.array(size) / 2
    steps = max(1, round((1.2 if edge < 0.04 else 2.2) * detail))
    band = edge * np.tan(np.linspace(0, math.pi / 4, steps + 1))
    sides = []
    for i, j, k, sign in _SIDES:
        lines = [np.concatenate([-(half[a] - edge) - band[::-1], (half[a] - edge) + band]) for a in (i, j)]
        grid = np.zeros((len(lines[0]), len(lines[1]), 3))
        grid[..., i], grid[..., j], grid[..., k] = lines[0][:, None], lines[1][None, :], sign * half[k]
        flat = grid.reshape(-1, 3)
        inner = np.clip(flat, edge - half, half - edge)
        normal = flat - inner
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        uv = flat[:, [i, j]] if size[i] >= size[j] else flat[:, [j, i]]
        sides.append(Mesh(inner + edge * normal, normal, uv, _grid_faces(len(lines[0]), len(lines[1]))))
    mesh = Mesh.joined(sides)
    return replace(mesh, vertices=mesh.vertices + np.array([0.0, 0.0, half[2]]))


def _lines(length: float, marks: Sequence[float], step: float) -> Array:
    """Grid lines from 0 to ``length`` through all marks, at most ``step`` apart."""
    stops = np.unique(np.round([0.0, length, *(m for m in marks if 0 < m < length)], 9))
    pieces = [np.linspace(a, b, max(2, 1 + math.ceil((b - a) / step))) for a, b in pairwise(stops)]
    return np.unique(np.concatenate(pieces))


def _panel(size: tuple[float, float], holes: tuple[tuple[float, float, float, float], ...], detail: float) -> Mesh:
    step = 1.0 / min(2.0, max(0.3, detail))
    xs = _lines(size[0], [h[k] for h in holes for k in (0, 2)], step)
    zs = _lines(size[1], [h[k] for h in holes for k in (1, 3)], step)
    mesh = _quad_grid(np.zeros(3), np.array([0.0, 0, 1]), np.array([1.0, 0, 0]), zs, xs, (zs, xs))
    mesh = replace(mesh, uvs=mesh.uvs[:, ::-1])
    x, z = mesh.vertices[mesh.faces][..., (0, 2)].mean(axis=1).T
    solid = np.ones(len(mesh.faces), dtype=bool)
    for x0, z0, x1, z1 in holes:
        solid &= ~((x > x0) & (x < x1) & (z > z0) & (z < z1))
    return replace(mesh, faces=mesh.faces[solid])


def _round(radius: float, detail: float) -> int:
    """How many segments a circle gets."""
    return max(5, round(min(36.0, 10 + 80 * radius) * detail))


def _lathe(profile: tuple[tuple[float, float], ...], detail: float) -> Mesh:
    line = np.array(profile, dtype=np.float64)
    delta = np.diff(line, axis=0)
    length = np.linalg.norm(delta, axis=1)
    keep = length > 1e-9
    starts, ends, delta, length = line[:-1][keep], line[1:][keep], delta[keep], length[keep]
    across = np.stack([delta[:, 1], -delta[:, 0]], axis=1) / length[:, None]
    count = _round(float(line[:, 0].max()), detail)
    turn = np.linspace(0, 2 * math.pi, count + 1)
    turn[-1] = 0.0  # the seam closes exactly
    bands, travelled = [], np.concatenate([[0.0], np.cumsum(length)])
    for i in range(len(delta)):
        ends_normal = []
        for j in (i - 1, i + 1):
            smooth = 0 <= j < len(delta) and float(across[i] @ across[j]) > math.cos(CREASE)
            normal = across[i] + across[j] if smooth else across[i]
            ends_normal.append(normal / np.linalg.norm(normal))
        r, z = np.array([starts[i], ends[i]]).T
        n = np.array(ends_normal)
        ring = np.stack([np.cos(turn), np.sin(turn)], axis=1)
        flat = abs(across[i, 1]) > 0.9  # a disc is textured as a plane, not around
        points = np.concatenate(
            [ring[:, None] * r[None, :, None], np.tile(z[None, :, None], (count + 1, 1, 1))], axis=2
        )
        normals = np.concatenate([ring[:, None] * n[None, :, :1], np.tile(n[None, :, 1:], (count + 1, 1, 1))], axis=2)
        around = np.linspace(0, 2 * math.pi * float(line[:, 0].max()), count + 1)
        uv = np.stack(np.broadcast_arrays(travelled[[i, i + 1]][None, :], around[:, None]), axis=-1)
        faces = _grid_faces(count + 1, 2)
        if min(r) < 1e-9:  # at the axis one of the two triangles of each quad is empty
            faces = faces[len(faces) // 2 :] if r[0] < 1e-9 else faces[: len(faces) // 2]
        bands.append(
            Mesh(points.reshape(-1, 3), normals.reshape(-1, 3), (points[..., :2] if flat else uv).reshape(-1, 2), faces)
        )
    return Mesh.joined(bands)


def _superball(size: Point, square: float, detail: float) -> Mesh:
    finer = detail * (1.0 if square > 0.9 else 1.6)  # flat sides crowd the grid into the edges
    rows, columns = max(5, round(9 * finer)), max(8, 4 * round(4 * finer))
    eta = np.linspace(-math.pi / 2, math.pi / 2, rows)[:, None]
    omega = np.linspace(0, 2 * math.pi, columns + 1)[None, :]

    def power(x: Array, p: float) -> Array:
        return np.asarray(np.sign(x) * np.abs(x) ** p)

    def shape(p: float, q: float) -> Array:
        c = power(np.cos(eta), p)
        x, y, z = c * power(np.cos(omega), q), c * power(np.sin(omega), q), power(np.sin(eta), p)
        return np.stack(np.broadcast_arrays(x, y, z), axis=-1).reshape(-1, 3)

    scale = np.array(size) / 2
    points = shape(0.5 + 0.5 * square, square)
    points[:: columns + 1] = points[columns :: columns + 1]
    points[np.abs(points) < 1e-9] = 0.0
    normals = shape(1.5 - 0.5 * square, 2 - square) / scale
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    points /= np.abs(points).max(axis=0)  # coarse circles still reach their full size
    vertices = points * scale
    uv = np.stack([vertices[:, 0] + vertices[:, 2], vertices[:, 1] + vertices[:, 2]], axis=1)
    mesh = Mesh(vertices + np.array([0.0, 0.0, scale[2]]), normals, uv, _grid_faces(rows, columns + 1)[:, ::-1])
    return _without_empty_faces(mesh)


def _tube(points: Array, radius: float, detail: float) -> Mesh:
    count = max(5, round(8 * detail)) + 1
    tangents = np.gradient(points, axis=0)
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    side = np.cross(tangents[0], (0.0, 0.0, 1.0) if abs(tangents[0, 2]) < 0.9 else (1.0, 0.0, 0.0))
    rings, normals = [], []
    turn = np.linspace(0, 2 * math.pi, count)
    for point, tangent in zip(points, tangents, strict=True):
        side = side - tangent * (side @ tangent)
        side /= np.linalg.norm(side)
        other = np.cross(tangent, side)
        normal = np.cos(turn)[:, None] * side + np.sin(turn)[:, None] * other
        rings.append(point + radius * normal)
        normals.append(normal)
    travelled = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    uv = np.stack(np.broadcast_arrays(travelled[:, None], (turn * radius)[None, :]), axis=-1).reshape(-1, 2)
    faces = _grid_faces(len(points), count)[:, ::-1]
    bar = Mesh(np.concatenate(rings), np.concatenate(normals), uv, faces)
    fan = np.array([(0, i, i + 1) for i in range(1, count - 2)])
    caps = [
        Mesh(ring, np.tile(sign * tangent, (count, 1)), np.zeros((count, 2)), fan if sign > 0 else fan[:, ::-1])
        for ring, tangent, sign in ((rings[0], tangents[0], -1.0), (rings[-1], tangents[-1], 1.0))
    ]
    return Mesh.joined([bar, *caps])


def _sheet(points: Array, detail: float) -> Mesh:
    del detail
    rows, columns = points.shape[:2]
    normals = np.cross(np.gradient(points, axis=0), np.gradient(points, axis=1)).reshape(-1, 3)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    lengths = [
        np.cumsum(np.concatenate([[0.0], np.linalg.norm(np.diff(line, axis=0), axis=1)]))
        for line in (points[:, columns // 2], points[rows // 2])
    ]
    uv = np.stack(np.broadcast_arrays(lengths[0][:, None], lengths[1][None, :]), axis=-1).reshape(-1, 2)
    return _without_empty_faces(Mesh(points.reshape(-1, 3), normals, uv, _grid_faces(rows, columns)))


def _without_empty_faces(mesh: Mesh) -> Mesh:
    a, b, c = (mesh.vertices[mesh.faces[:, k]] for k in range(3))
    return replace(mesh, faces=mesh.faces[np.linalg.norm(np.cross(b - a, c - a), axis=1) > 1e-12])
