"""Light: the irradiance of every surface, computed once per world by shadow maps from many lights.

Windows and lamps are area lights of several points, the sun a distant one; what they light gives light back (one
bounce, by virtual point lights in the manner of Keller's instant radiosity), and the rest is an ambient term dimmed by
how little of a room a point sees. All visibility comes from the package's own rasteriser and occlusion test.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spatialkit.geometry import rasterize_faces, visible_points
from spatialkit.scene import Camera
from spatialkit.surfaces import Surface

if TYPE_CHECKING:
    from spatialkit.adapters.toy.render import World

__all__ = ["Baked", "bake"]

Array = npt.NDArray[Any]

SPACING = 0.05  # metres between light samples of large faces
LIFT = 0.012  # metres by which samples are lifted off their surface for the shadow test
TOLERANCE = (0.03, 0.0)
BOUNCES = 44  # virtual lights per room

SUN = np.array([0.42, -0.62, 0.56]) / np.linalg.norm([0.42, -0.62, 0.56])  # towards the sun
SUNLIGHT = np.array([10.5, 9.2, 7.2])
SKYLIGHT = np.array([4.6, 5.2, 6.0])
LAMPLIGHT = np.array([1.0, 0.78, 0.52])


@dataclass(frozen=True, eq=False)
class Baked:
    """Irradiance on a triangular grid in each face: grid point (i, j), i + j <= n, at barycentrics (i / n, j / n)."""

    counts: Array  # (f,) n
    starts: Array  # (f,) first sample
    light: Array  # (s, 3) float32

    def at(self, faces: Array, b1: Array, b2: Array) -> Array:
        """Interpolate at barycentrics b1, b2 (of the faces' second and third corner): (n, 3)."""
        n = self.counts[faces]
        x, y = b1 * n, b2 * n
        i, j = np.minimum(x.astype(np.int32), n - 1), np.minimum(y.astype(np.int32), n - 1)
        j = np.minimum(j, n - 1 - i)
        fx, fy = x - i, y - j
        upper = (fx + fy > 1.0) & (i + j < n - 1)
        start = self.starts[faces]
        row = start + i * (n + 1) - i * (i - 1) // 2 + j
        next_row = row + (n - i + 1)
        corner = np.where(upper, next_row + 1, row)
        w = np.where(upper, fx + fy - 1.0, 1.0 - fx - fy)[:, None]
        wi = np.where(upper, 1.0 - fy, fx)[:, None]
        wj = np.where(upper, 1.0 - fx, fy)[:, None]
        light = self.light
        return np.asarray(light.take(corner, axis=0) * w + light.take(next_row, axis=0) * wi + light.take(row + 1, axis=0) * wj)


@dataclass(frozen=True, eq=False)
class _Samples:
    """Where light is computed."""

    points: Array  # (s, 3) float32, lifted off the surface
    normals: Array  # (s, 3) float32
    thin: Array  # (s,) bool
    rooms: Array  # (s,)
    faces: Array  # (s,)
    areas: Array  # (s,) square metres


@dataclass(frozen=True, eq=False)
class _Lamp:
    """A point that gives light: into the half space of ``axis``, or all around where that is zero."""

    at: Array
    colour: Array
    axis: Array
    room: int
    pixels: int
    near: float  # metres below which light does not grow


def bake(world: World) -> Baked:
    """Compute the light of a world."""
    counts = _grid_sizes(world.surface)
    per_face = (counts + 1) * (counts + 2) // 2
    starts = np.concatenate([[0], np.cumsum(per_face)])
    samples = _samples(world, counts, per_face, starts)
    rooms = len(world.rooms)
    light = np.zeros((len(samples.points), 3), dtype=np.float32)
    near_rooms = [_touching(world, k) for k in range(rooms)]
    solid = _solid(world)
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        scenes = [_part(world, solid, near_rooms[k], samples) for k in range(rooms)]
        _gather(pool, light, scenes, samples, _lamps(world))
        light += _sun(world, solid, samples)
        own = [_part(world, solid, [k], samples) for k in range(rooms)]
        bounced = np.zeros_like(light)
        open_sky = np.zeros((len(light), 2), dtype=np.float32)
        _gather(pool, bounced, own, samples, _virtual_lamps(world, samples, light), open_sky)
    seen = open_sky[:, 0] / np.maximum(open_sky[:, 1], 1e-9)
    for k in range(rooms):
        here = samples.rooms == k
        mean = (bounced[here] * samples.areas[here, None]).sum(axis=0) / max(float(samples.areas[here].sum()), 1e-9)
        bounced[here] += (0.75 * mean + 0.04) * (0.12 + 0.88 * seen[here, None])
    return Baked(counts.astype(np.int32), starts[:-1].astype(np.int32), light + bounced)


def _grid_sizes(surface: Surface) -> Array:
    corners = surface.vertices[surface.faces]
    edges = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    size = np.minimum(edges, np.sqrt(7.0 * surface.face_areas))  # slivers need no more than their area
    return np.asarray(np.clip(np.ceil(size / SPACING), 1, 64).astype(np.int64))


def _samples(world: World, counts: Array, per_face: Array, starts: Array) -> _Samples:
    face = np.repeat(np.arange(len(counts)), per_face)
    order = np.arange(starts[-1]) - starts[face]
    n = counts[face]
    # Row i of the triangular grid starts at i (n + 1) - i (i - 1) / 2.
    i = np.floor(((2 * n + 3) - np.sqrt((2.0 * n + 3) ** 2 - 8.0 * order)) / 2 + 1e-9).astype(np.int64)
    j = order - (i * (n + 1) - i * (i - 1) // 2)
    b = np.stack([1 - (i + j) / n, i / n, j / n], axis=1)
    corners = world.surface.faces[face]
    normals = np.einsum("sk,skc->sc", b, world.normals[corners])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    # Shadows are tested a little inside the face, so that touching neighbours do not darken its rim.
    size = np.sqrt(world.surface.face_areas)[face]
    pull = np.minimum(0.25, 0.015 / np.maximum(size, 1e-9))[:, None]
    inner = b * (1 - pull) + pull / 3
    points = np.einsum("sk,skc->sc", inner, world.surface.vertices[corners])
    thin = np.array([m.thin for m in world.materials])[world.face_materials][face]
    points += LIFT * normals * ~thin[:, None]
    return _Samples(
        points.astype(np.float32), normals.astype(np.float32), thin, world.face_rooms[face], face,
        (world.surface.face_areas / per_face)[face],
    )  # fmt: skip


def _touching(world: World, room: int) -> list[int]:
    """Return the room and those that share a wall with it."""
    r = world.rooms
    apart = np.maximum(np.maximum(r[room, :2] - r[:, 2:], r[:, :2] - r[room, 2:]), 0.0)
    return [int(k) for k in np.flatnonzero(np.hypot(apart[:, 0], apart[:, 1]) < 0.3)]


def _solid(world: World) -> Array:
    """Which faces cast shadows: not panes, bulbs and what glows."""
    clear = np.array([m.sky or m.glow >= 1.0 for m in world.materials])
    return np.asarray(~clear[world.face_materials])


@dataclass(frozen=True, eq=False)
class _Part:
    surface: Surface
    samples: Array  # indices


def _part(world: World, solid: Array, rooms: Sequence[int], samples: _Samples) -> _Part:
    faces = solid & np.isin(world.face_rooms, rooms)
    used, faces_of_used = np.unique(world.surface.faces[faces], return_inverse=True)
    surface = Surface(
        world.surface.vertices[used],
        faces_of_used.reshape(-1, 3).astype(np.int32),
        world.surface.face_ids[faces],
    )
    return _Part(surface, np.flatnonzero(np.isin(samples.rooms, rooms)))


def _gather(
    pool: ThreadPoolExecutor,
    light: Array,
    parts: Sequence[_Part],
    samples: _Samples,
    lamps: Iterable[_Lamp],
    openness: Array | None = None,
) -> None:
    """Add the light of all lamps; ``openness`` sums what arrives and what would without shadows. Order is fixed."""
    lamps = list(lamps)

    def one(lamp: _Lamp) -> tuple[Array, Array, Array]:
        part = parts[lamp.room]
        return part.samples, *_shine(lamp, part, samples)

    for begin in range(0, len(lamps), 16):
        batch = lamps[begin : begin + 16]
        for lamp, (index, share, full) in zip(batch, pool.map(one, batch), strict=True):
            light[index] += share[:, None] * lamp.colour.astype(np.float32)
            if openness is not None:
                openness[index, 0] += share
                openness[index, 1] += full


def _shine(lamp: _Lamp, part: _Part, samples: _Samples) -> tuple[Array, Array]:
    """Irradiance per unit intensity at the samples of a part, with and without shadows: (n,), (n,)."""
    points, normals = samples.points[part.samples], samples.normals[part.samples]
    away = points - lamp.at.astype(np.float32)
    squared = np.einsum("ij,ij->i", away, away)
    distance = np.sqrt(np.maximum(squared, 1e-8))
    facing = -np.einsum("ij,ij->i", away, normals) / distance
    facing = np.where(samples.thin[part.samples], 0.55 * np.abs(facing), np.maximum(facing, 0.0))
    if lamp.axis.any():
        facing = facing * np.maximum(away @ lamp.axis.astype(np.float32) / distance, 0.0)
    full = (facing / np.maximum(squared, lamp.near**2)).astype(np.float32)
    lit = np.flatnonzero(full > 1e-5)
    seen = np.zeros(len(points), dtype=bool)
    seen[lit] = _seen_from(lamp, part.surface, points[lit], away[lit])
    return full * seen, full


def _seen_from(lamp: _Lamp, surface: Surface, points: Array, away: Array) -> Array:
    """Which points a lamp sees, by a cube of depth images around it."""
    camera = Camera(*(2 * [lamp.pixels * 0.5 / 1.03]), *(2 * [(lamp.pixels - 1) / 2]), lamp.pixels, lamp.pixels)
    largest = np.abs(away).argmax(axis=1)
    side = 2 * largest + (np.take_along_axis(away, largest[:, None], axis=1)[:, 0] < 0)
    seen = np.zeros(len(points), dtype=bool)
    for k in range(6):
        here = np.flatnonzero(side == k)
        if len(here) == 0:
            continue
        pose = _looking(lamp.at, np.eye(3)[k // 2] * (1 - 2 * (k % 2)))
        depth, _ = rasterize_faces(surface, camera, pose, near=0.02)
        seen[here] = visible_points(points[here], camera, pose, depth, tolerance=TOLERANCE, near=0.02)
    return seen


def _looking(at: Array, forward: Array) -> Array:
    """Pose at a point, looking along a unit vector."""
    up = np.array([0.0, 0, 1]) if abs(forward[2]) < 0.9 else np.array([0.0, 1, 0])
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, 0], pose[:3, 1], pose[:3, 2], pose[:3, 3] = right, np.cross(forward, right), forward, at
    return pose


# --- where light comes from -------------------------------------------------------------------------------------------


def _lamps(world: World) -> Iterable[_Lamp]:
    """Points on all windows and in all lamps."""
    for pane in world.panes:
        origin, u, v, inward = pane
        size = float(np.linalg.norm(u) * np.linalg.norm(v))
        room = world.room_of(origin + u / 2 + v / 2 + 0.5 * inward)
        for a in (0.14, 0.38, 0.62, 0.86):
            for b in (0.2, 0.5, 0.8):
                at = origin + a * u + b * v + 0.07 * inward
                yield _Lamp(at, SKYLIGHT * size / 12, inward, room, 256, 0.25)
    for at, power, radius in world.bulbs:
        room = world.room_of(at)
        offsets = radius * np.array([(1, 1, 0), (-1, 1, 0), (-1, -1, 0), (1, -1, 0)]) / math.sqrt(2)
        for offset in offsets:
            yield _Lamp(at + offset, LAMPLIGHT * power / 4, np.zeros(3), room, 192, 0.3)


def _sun(world: World, solid: Array, samples: _Samples) -> Array:
    """Sunlight through the windows: a far camera that sees what the sun sees, jittered for soft edges."""
    surface = Surface(world.surface.vertices, world.surface.faces[solid], world.surface.face_ids[solid])
    low, high = world.surface.vertices.min(axis=0), world.surface.vertices.max(axis=0)
    middle, reach, far = (low + high) / 2, float(np.linalg.norm(high - low)) / 2, 120.0
    out = np.zeros((len(samples.points), 3), dtype=np.float32)
    facing = samples.normals @ SUN.astype(np.float32)
    facing = np.where(samples.thin, 0.5 * np.abs(facing), np.maximum(facing, 0.0))
    lit = np.flatnonzero(facing > 0.01)
    side = np.cross(SUN, (0.0, 0.0, 1.0))
    side /= np.linalg.norm(side)
    pixels = 2048
    camera = Camera(*(2 * [pixels / 2 * far / reach]), *(2 * [(pixels - 1) / 2]), pixels, pixels)
    for k in range(6):
        a = 2.4 * k
        direction = SUN + 0.008 * math.sqrt((k + 0.5) / 6) * (math.cos(a) * side + math.sin(a) * np.cross(side, SUN))
        pose = _looking(middle + far * direction / np.linalg.norm(direction), -direction / np.linalg.norm(direction))
        depth, _ = rasterize_faces(surface, camera, pose)
        seen = visible_points(samples.points[lit], camera, pose, depth, tolerance=TOLERANCE)
        out[lit] += (facing[lit] * seen / 6)[:, None] * SUNLIGHT.astype(np.float32)
    return out


def _virtual_lamps(world: World, samples: _Samples, light: Array) -> Iterable[_Lamp]:
    """What the lit surfaces give back, as points drawn evenly over the light that they give back."""
    albedo = np.array([_albedo(m) for m in world.materials])[world.face_materials[samples.faces]]
    given = albedo * np.minimum(light, 6.0) * samples.areas[:, None] / math.pi
    weight = given.sum(axis=1) * ~samples.thin
    rng = np.random.default_rng([world.seed, 5])
    for room in range(len(world.rooms)):
        here = np.flatnonzero((samples.rooms == room) & (weight > 0))
        if len(here) == 0:
            continue
        total = np.cumsum(weight[here])
        picks = np.searchsorted(total, (np.arange(BOUNCES) + rng.uniform(0.2, 0.8, BOUNCES)) / BOUNCES * total[-1])
        for k in here[np.minimum(picks, len(here) - 1)]:
            colour = given[k] / weight[k] * total[-1] / BOUNCES
            normal = samples.normals[k].astype(np.float64)
            yield _Lamp(samples.points[k] + 0.03 * normal, colour, normal, room, 96, 0.6)


def _albedo(material: Any) -> Array:
    return np.asarray(((np.array(material.dark) + np.array(material.light)) / 2) ** 2 * (not material.sky))
