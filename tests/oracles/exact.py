"""Boxes in exact fractions: every number that is given is taken at its word, and nothing is ever rounded.

Slow (some ten milliseconds a box), so for single cases: those that rounding makes hard.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise, product
from typing import Any

Point = list[Fraction]
Box = tuple[Any, Any, Any]  # centre (3,), full size (3,), world_from_box (3, 3)
Number = int | float | Fraction

FACES = [(k, s) for k in range(3) for s in (-1, 1)]


def exact(array: Any) -> Any:
    """Nested lists of fractions of an array of floats."""
    return [exact(row) for row in array] if getattr(array, "ndim", 0) else Fraction(float(array))


def dot(a: Point, b: Point) -> Fraction:
    return sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0))


def minus(a: Point, b: Point) -> Point:
    return [x - y for x, y in zip(a, b, strict=True)]


def cross(a: Point, b: Point) -> Point:
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]


class Solid:
    """A box: corners, faces as polygons that turn left seen from outside, and half spaces n.x <= d."""

    def __init__(self, centre: Any, size: Any, rotation: Any, grown: Number = 0) -> None:
        centre, half = exact(centre), [s / 2 + Fraction(grown) for s in exact(size)]
        axes = [list(column) for column in zip(*exact(rotation), strict=True)]
        self.centre = centre
        self.empty = min(half) < 0

        def corner(signs: Sequence[int]) -> Point:
            return [
                c + sum(s * h * a[i] for s, h, a in zip(signs, half, axes, strict=True)) for i, c in enumerate(centre)
            ]

        self.faces: list[list[Point]] = []
        self.half_spaces: list[tuple[Point, Fraction]] = []
        for k, s in FACES:
            ring = [(1, 1), (-1, 1), (-1, -1), (1, -1)]
            signs = [[x if i == (k + 1) % 3 else y if i == (k + 2) % 3 else s for i in range(3)] for x, y in ring]
            self.faces.append([corner(one) for one in (signs if s > 0 else signs[::-1])])
            # The plane through the face: its normal is that of the other two axes, whatever rounding did to the third.
            u, v = axes[(k + 1) % 3], axes[(k + 2) % 3]
            normal = [s * x for x in cross(u, v)]
            self.half_spaces.append((normal, dot(normal, self.faces[-1][0])))
        self.volume: Fraction = 8 * half[0] * half[1] * half[2] * dot(axes[0], cross(axes[1], axes[2]))

    def holds(self, point: Point) -> bool:
        return all(dot(n, point) <= d for n, d in self.half_spaces)


def clip(polygon: list[Point], normal: Point, most: Fraction) -> list[Point]:
    """The part of a convex polygon where normal.x <= most."""
    kept: list[Point] = []
    for i, p in enumerate(polygon):
        q = polygon[i - 1]
        a, b = dot(normal, q) - most, dot(normal, p) - most
        if (a < 0 < b) or (b < 0 < a):
            kept.append([x + (y - x) * a / (a - b) for x, y in zip(q, p, strict=True)])
        if b <= 0:
            kept.append(p)
    return kept


def cone(polygon: list[Point], apex: Point) -> Fraction:
    """Six times the signed volume between a polygon and a point."""
    a, *rest = (minus(p, apex) for p in polygon)
    return sum((dot(a, cross(b, c)) for b, c in pairwise(rest)), Fraction(0))


def shared_volume(a: Solid, b: Solid) -> Fraction:
    """The shared solid is bounded by what of the faces of each lies in the other; a common face counts once."""
    six = Fraction(0)
    for mine, other in ((a, b), (b, a)):
        for face, (normal, most) in zip(mine.faces, mine.half_spaces, strict=True):
            if mine is b and any(same_plane(normal, most, n, d) for n, d in a.half_spaces):
                continue
            for n, d in other.half_spaces:
                face = clip(face, n, d)
            if len(face) > 2:
                six += cone(face, a.centre)
    return six / 6


def same_plane(n: Point, d: Fraction, m: Point, e: Fraction) -> bool:
    return not any(cross(n, m)) and dot(n, m) > 0 and d * dot(m, m) == e * dot(n, m)


def box_iou(a: Box, b: Box) -> Fraction:
    """Overlap of two boxes."""
    one, other = Solid(*a), Solid(*b)
    shared = shared_volume(one, other)
    return shared / (one.volume + other.volume - shared)


def rectangle(
    box: Box, camera: Any, world_from_cam: Any, near: float, grown: Number = 0
) -> tuple[Fraction, Fraction, Fraction, Fraction] | None:
    """x1 y1 x2 y2 of what an image shows of a box, or None; fractions.

    The corners of (box and view volume) are those of the box's faces cut by the volume's planes, and of the near
    rectangle where it lies in the box. ``grown`` is added to each half size.
    """
    solid = Solid(*box, grown)
    if solid.empty:
        return None
    fx, fy, cx, cy = (Fraction(x) for x in (camera.fx, camera.fy, camera.cx, camera.cy))
    right, down, ahead = (list(column) for column in zip(*exact(world_from_cam[:3, :3]), strict=True))
    eye, start = exact(world_from_cam[:3, 3]), Fraction(near)
    half = Fraction(1, 2)
    border = (-half, -half, camera.width - half, camera.height - half)
    # u >= low means fx * x + (cx - low) * z >= 0, and the others likewise.
    planes = [[-z for z in ahead]]
    for axis, f, c, low, high in ((right, fx, cx, border[0], border[2]), (down, fy, cy, border[1], border[3])):
        planes.append([-(f * x + (c - low) * z) for x, z in zip(axis, ahead, strict=True)])
        planes.append([f * x + (c - high) * z for x, z in zip(axis, ahead, strict=True)])
    found = []
    for face in solid.faces:
        for i, plane in enumerate(planes):
            face = clip(face, plane, dot(plane, eye) - (start if i == 0 else 0))
        for p in face:
            p = minus(p, eye)
            z = dot(p, ahead)
            found.append((fx * dot(p, right) / z + cx, fy * dot(p, down) / z + cy))
    for u, v in product(border[::2], border[1::2]):
        x, y = (u - cx) / fx * start, (v - cy) / fy * start
        if solid.holds([e + x * r + y * d + start * a for e, r, d, a in zip(eye, right, down, ahead, strict=True)]):
            found.append((u, v))
    if not found:
        return None
    us, vs = zip(*found, strict=True)
    return min(us), min(vs), max(us), max(vs)
