"""Rays, nearest points and distances of a mesh: in exact fractions, and by rays that Embree casts."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product

import numpy as np
import trimesh
from trimesh.ray.ray_pyembree import RayMeshIntersector


def _fractions(rows):
    return [[Fraction(float(x)) for x in row] for row in rows]


def _minus(a, b):
    return [x - y for x, y in zip(a, b, strict=True)]


def _cross(a, b):
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]


def _dot(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def exact_hit(origin, direction, triangle):
    """The t at which a ray meets a triangle, border included, as a fraction; None if it does not or sees it edge-on.

    The ray's line passes all edges on one side: signs of volumes, in exact arithmetic (Möller and Trumbore solved by
    Cramer's rule, without a division before the end).
    """
    o, d = _fractions([origin, direction])
    a, b, c = _fractions(triangle)
    ab, ac = _minus(b, a), _minus(c, a)
    normal = _cross(ab, ac)
    volume = _dot(d, normal)
    if volume == 0:
        return None
    from_a = _minus(o, a)
    across = _cross(from_a, d)
    v, w = -_dot(ac, across) / volume, _dot(ab, across) / volume
    if v < 0 or w < 0 or v + w > 1:
        return None
    return -_dot(from_a, normal) / volume


def nearest_hit(origin, direction, vertices, faces):
    """The least t of at least 0, as a fraction, and the lowest face there; (None, -1) if nothing is met."""
    hits = [(exact_hit(origin, direction, vertices[face]), i) for i, face in enumerate(faces)]
    return min(((t, i) for t, i in hits if t is not None and t >= 0), default=(None, -1))


def embree(vertices, faces, origins, directions):
    """Face (n,), -1 where nothing is met, and t (n,) on its plane; Embree works in float32."""
    mesh = trimesh.Trimesh(vertices, faces, process=False)
    face = RayMeshIntersector(mesh, scale_to_box=False).intersects_first(origins, directions).astype(np.int64)
    a, b, c = np.moveaxis(vertices[faces[face]], 1, 0)
    normal = np.cross(b - a, c - a)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.einsum("ij,ij->i", normal, a - origins) / np.einsum("ij,ij->i", normal, directions)
    return face, np.where(face < 0, np.inf, t)


def _solution(rows, right):
    """Solve a square system exactly; None if it is singular."""
    rows = [[*row, value] for row, value in zip(rows, right, strict=True)]
    for i in range(len(rows)):
        pivot = next((k for k in range(i, len(rows)) if rows[k][i] != 0), None)
        if pivot is None:
            return None
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [x / rows[i][i] for x in rows[i]]
        for k in range(len(rows)):
            if k != i and rows[k][i] != 0:
                rows[k] = [x - rows[k][i] * y for x, y in zip(rows[k], rows[i], strict=True)]
    return [row[-1] for row in rows]


def _square_apart(first, second):
    """The least squared distance of two hulls of corners, each a point, an edge or a triangle, exactly.

    It is that of the two flats through some of the corners of each, where those come nearest within the hulls: the
    normal equations of every choice are solved.
    """
    best = None
    for p, q in product(_choices(first), _choices(second)):
        steps = [_minus(c, p[0]) for c in p[1:]] + [_minus(q[0], c) for c in q[1:]]
        between = _minus(q[0], p[0])
        weights = _solution([[_dot(a, b) for b in steps] for a in steps], [_dot(a, between) for a in steps])
        if weights is None:  # parallel: as near at the end of one of the two
            continue
        u, v = weights[: len(p) - 1], weights[len(p) - 1 :]
        if min(weights, default=0) < 0 or sum(u) > 1 or sum(v) > 1:
            continue
        rest = between
        for weight, step in zip(weights, steps, strict=True):
            rest = [x - weight * y for x, y in zip(rest, step, strict=True)]
        best = _dot(rest, rest) if best is None else min(best, _dot(rest, rest))
    return best


def _choices(corners):
    return [c for n in range(1, len(corners) + 1) for c in combinations(corners, n)]


def distances_to_faces(point, vertices, faces):
    """Distance (f,) of a point to each face, rounded once."""
    at = _fractions([point])
    return np.array([float(_square_apart(at, _fractions(vertices[face]))) ** 0.5 for face in faces])


def distance_of_meshes(vertices_a, faces_a, vertices_b, faces_b):
    pairs = product(faces_a, faces_b)
    return min(float(_square_apart(_fractions(vertices_a[p]), _fractions(vertices_b[q]))) for p, q in pairs) ** 0.5
