"""Light: the irradiance of every surface, computed once per world by shadow maps from many lights.

Windows and lamps are area lights of several points, the sun a distant one; what they light gives light back (one
bounce, by virtual point lights in the manner of Keller's instant radiosity), and the rest is an ambient term dimmed by
how little of a room a point sees. All visibility comes from the package's own rasteriser and occlusion test.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spatialkit.geometry import rasterize_faces, visible_points
from spatialkit.scene import Camera
from spatialkit.surfaces import Surface

if TYPE_CHECKING:
    from spatialkit.adapters.toy.world import World

__all__ = ["Baked", "bake"]

Array = npt.NDArray[Any]

# Metres between light samples of large faces: for the sun's sharp shadows, for windows and lamps, for bounced light.
FINE, MIDDLE, COARSE = 0.06, 0.15, 0.2
LEAST = 2e-3  # irradiance per unit intensity that is worth a shadow test
LIFT = 0.002  # metres by which samples are lifted off their surface; more would put grazing ones before the buffer
TOLERANCE = (0.016, 0.0)
BOUNCES = 36  # virtual lights per room

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
        return np.asarray(
            light.take(corner, axis=0) * w + light.take(next_row, axis=0) * wi + light.take(row + 1, axis=0) * wj
        )


@dataclass(frozen=True, eq=False)
class _Samples:
    """Where light is computed."""

    counts: Array  # (f,)
    starts: Array  # (f,)
    barycentrics: Array  # (s, 2) of the second and third corner
    points: Array  # (s, 3) float32, lifted off the surface
    normals: Array  # (s, 3) float32
    thin: Array  # (s,) bool
    rooms: Array  # (s,)
    faces: Array  # (s,)
    areas: Array  # (s,) square metres

    @staticmethod
    def of(world: World, spacing: float) -> _Samples:
        """Lay a triangular grid of about that spacing into every face."""
        counts = _grid_sizes(world.surface, spacing)
        n_of_face = (counts + 1) * (counts + 2) // 2
        starts = np.concatenate([[0], np.cumsum(n_of_face)])
        face = np.repeat(np.arange(len(counts)), n_of_face)
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
        spread = np.ptp(world.normals[world.surface.faces], axis=1).max(axis=1)[face]
        pull = np.where(spread < 1e-3, np.minimum(0.25, 0.03 / np.maximum(size, 1e-9)), 0.0)[:, None]
        points = np.einsum("sk,skc->sc", b * (1 - pull) + pull / 3, world.surface.vertices[corners])
        thin = np.array([m.thin for m in world.materials])[world.face_materials][face]
        points += LIFT * normals * ~thin[:, None]
        return _Samples(
            counts.astype(np.int32), starts[:-1].astype(np.int32), b[:, 1:].astype(np.float32),
            points.astype(np.float32), normals.astype(np.float32), thin, world.face_rooms[face], face,
            (world.surface.face_areas / n_of_face)[face],
        )  # fmt: skip

    def spread(self, light: Array) -> Baked:
        """Return light known at the samples as light that can be read anywhere on the faces."""
        return Baked(self.counts, self.starts, light)

    def softened(self, light: Array, passes: int) -> Array:
        """Average light over neighbouring samples of each larger face: hides that lights are few points."""
        large = np.flatnonzero(self.counts[self.faces] >= 3)
        faces, b = self.faces[large], self.barycentrics[large]
        step = 1 / self.counts[faces].astype(np.float32)
        for _ in range(passes):
            known, total, count = self.spread(light), light[large].copy(), np.ones((len(large), 1), dtype=np.float32)
            for i, j in ((1, 0), (0, 1), (1, -1)):
                ends = [(b[:, 0] + s * i * step, b[:, 1] + s * j * step) for s in (1, -1)]
                # Opposite neighbours only in pairs: one alone would shift the light towards the middle of the face.
                both = np.all([(b1 > -1e-4) & (b2 > -1e-4) & (b1 + b2 < 1.0001) for b1, b2 in ends], axis=0)
                for b1, b2 in ends:
                    total[both] += known.at(faces[both], b1[both], b2[both])
                count[both] += 2
            light = light.copy()
            light[large] = total / count
        return light


@dataclass(frozen=True, eq=False)
class _Lamp:
    """A point that gives light: into the half space of ``axis``, or all around where that is zero."""

    at: Array
    colour: Array
    axis: Array
    room: int
    pixels: int
    near: float  # metres below which light does not grow
    sky: bool = False


def bake(world: World) -> Baked:
    """Compute the light of a world."""
    fine, middle, coarse = (_Samples.of(world, spacing) for spacing in (FINE, MIDDLE, COARSE))
    rooms = range(len(world.rooms))
    solid = _solid(world)
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        near = [_part(world, solid, _touching(world, k), middle) for k in rooms]
        direct, _ = _gather(pool, near, _lamps(world), len(middle.points))
        sun = _sun(world, solid, fine)
        light = sun + middle.spread(middle.softened(direct, 1)).at(fine.faces, *fine.barycentrics.T)
        own = [_part(world, solid, [k], coarse) for k in rooms]
        bounced, openness = _gather(pool, own, _virtual_lamps(world, fine, light), len(coarse.points))
    for k in rooms:
        here = coarse.rooms == k
        mean = (bounced[here] * coarse.areas[here, None]).sum(axis=0) / max(float(coarse.areas[here].sum()), 1e-9)
        bounced[here] += (0.7 * mean + 0.03) * (0.1 + 0.9 * openness[here, None])
    light += coarse.spread(coarse.softened(bounced, 2)).at(fine.faces, *fine.barycentrics.T)
    return fine.spread(light)


def _grid_sizes(surface: Surface, spacing: float) -> Array:
    corners = surface.vertices[surface.faces]
    edges = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    size = np.minimum(edges, np.sqrt(7.0 * surface.face_areas))  # slivers need no more than their area
    return np.asarray(np.clip(np.ceil(size / spacing), 1, 64).astype(np.int64))


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
    """What a lamp of one room can light: the mesh, and the samples on it."""

    surface: Surface
    samples: Array  # indices of samples
    points: Array
    normals: Array
    thin: Array


def _part(world: World, solid: Array, rooms: Sequence[int], samples: _Samples) -> _Part:
    faces = solid & np.isin(world.face_rooms, rooms)
    used, faces_of_used = np.unique(world.surface.faces[faces], return_inverse=True)
    surface = Surface(
        world.surface.vertices[used],
        faces_of_used.reshape(-1, 3).astype(np.int32),
        world.surface.face_ids[faces],
    )
    here = np.flatnonzero(np.isin(samples.rooms, rooms))
    return _Part(surface, here, samples.points[here], samples.normals[here], samples.thin[here])


def _gather(
    pool: ThreadPoolExecutor,
    parts: Sequence[_Part],
    lamps: Sequence[_Lamp],
    count: int,
) -> tuple[Array, Array]:
    """Sum the light of all lamps at ``count`` samples, (count, 3), and the share of it that arrives, (count,).

    The order of summation is fixed, whichever thread is done first.
    """
    light = np.zeros((count, 3), dtype=np.float32)
    arrived, sent = np.full((2, count), 1e-9, dtype=np.float32)

    def one(lamp: _Lamp) -> tuple[Array, Array, Array]:
        return _shine(lamp, parts[lamp.room])

    for begin in range(0, len(lamps), 16):
        batch = lamps[begin : begin + 16]
        for lamp, (index, full, seen) in zip(batch, pool.map(one, batch), strict=True):
            sent[index] += full
            index, full = index[seen], full[seen]
            arrived[index] += full
            light[index] += full[:, None] * lamp.colour.astype(np.float32)
    return light, arrived / sent


def _shine(lamp: _Lamp, part: _Part) -> tuple[Array, Array, Array]:
    """Which samples a lamp may light (n,), their irradiance per unit intensity (n,), and which it sees (n,)."""
    away = part.points - lamp.at.astype(np.float32)
    facing = -np.einsum("ij,ij->i", away, part.normals)
    ahead = (facing > 0) | part.thin
    if lamp.axis.any():
        outgoing = away @ lamp.axis.astype(np.float32)
        ahead &= outgoing > 0
    lit = np.flatnonzero(ahead)
    away, facing = away[lit], facing[lit]
    squared = np.einsum("ij,ij->i", away, away)
    distance = np.sqrt(np.maximum(squared, 1e-8))
    full = np.where(part.thin[lit], np.float32(0.55) * np.abs(facing), facing) / distance
    if lamp.axis.any():
        full *= outgoing[lit] / distance
    if lamp.sky:  # less comes up from the ground outside than down from the sky
        full *= 0.4 + 0.6 * np.clip(0.5 - 2.5 * away[:, 2] / distance, 0, 1)
    full /= np.maximum(squared, lamp.near**2)
    strong = np.flatnonzero(full > LEAST)
    lit, full = lit[strong], full[strong]
    return part.samples[lit], full, _seen_from(lamp, part.surface, part.points[lit], away[strong])


def _seen_from(lamp: _Lamp, surface: Surface, points: Array, away: Array) -> Array:
    """Which points a lamp sees, by a cube of depth images around it."""
    camera = _square(lamp.pixels, 1.03)
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


def _square(pixels: int, reach: float) -> Camera:
    """Return a camera with a square image that sees ``reach`` metres to each side at one metre."""
    focal, middle = pixels / 2 / reach, (pixels - 1) / 2
    return Camera(focal, focal, middle, middle, pixels, pixels)


def _looking(at: Array, forward: Array) -> Array:
    """Pose at a point, looking along a unit vector."""
    up = np.array([0.0, 0, 1]) if abs(forward[2]) < 0.9 else np.array([0.0, 1, 0])
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, 0], pose[:3, 1], pose[:3, 2], pose[:3, 3] = right, np.cross(forward, right), forward, at
    return pose


# --- where light comes from -------------------------------------------------------------------------------------------


def _lamps(world: World) -> list[_Lamp]:
    """Points on all windows and in all lamps."""
    rng = np.random.default_rng([world.seed, 4])
    out = []
    for pane in world.panes:
        origin, u, v, inward = pane
        size = float(np.linalg.norm(u) * np.linalg.norm(v))
        room = world.room_of(origin + u / 2 + v / 2 + 0.5 * inward)
        rows, columns = 3, 3
        for k in range(rows * columns):
            a, b = np.array([k % columns, k // columns]) + rng.uniform(0.1, 0.9, 2)  # jittered: no bands
            at = origin + a / columns * u + b / rows * v + 0.07 * inward
            out.append(_Lamp(at, SKYLIGHT * size / (rows * columns), inward, room, 192, 0.25, sky=True))
    for at, power, radius in world.bulbs:
        room = world.room_of(at)
        offsets = radius * np.array([(1, 1, 0), (-1, 1, 0), (-1, -1, 0), (1, -1, 0)]) / math.sqrt(2)
        for offset in offsets:
            out.append(_Lamp(at + offset, LAMPLIGHT * power / 4, np.zeros(3), room, 160, 0.5))
    return out


def _sun(world: World, solid: Array, samples: _Samples) -> Array:
    """Sunlight through the windows: a far camera that sees what the sun sees, jittered for soft edges."""
    whole = world.surface
    count, outer = len(whole.vertices), len(world.shell)
    surface = Surface(
        np.concatenate([whole.vertices, world.shell.reshape(-1, 3)]),
        np.concatenate([whole.faces[solid], np.arange(count, count + 3 * outer, dtype=np.int32).reshape(-1, 3)]),
        np.concatenate([whole.face_ids[solid], np.full(outer, -1)]),
    )
    low, high = world.surface.vertices.min(axis=0), world.surface.vertices.max(axis=0)
    middle, reach, far = (low + high) / 2, float(np.linalg.norm(high - low)) / 2, 120.0
    out = np.zeros((len(samples.points), 3), dtype=np.float32)
    facing = samples.normals @ SUN.astype(np.float32)
    facing = np.where(samples.thin, 0.5 * np.abs(facing), np.maximum(facing, 0.0))
    lit = np.flatnonzero(facing > 0.01)
    side = np.cross(SUN, (0.0, 0.0, 1.0))
    side /= np.linalg.norm(side)
    camera = _square(2048, reach / far)
    for k in range(6):
        a = 2.4 * k
        direction = SUN + 0.008 * math.sqrt((k + 0.5) / 6) * (math.cos(a) * side + math.sin(a) * np.cross(side, SUN))
        pose = _looking(middle + far * direction / np.linalg.norm(direction), -direction / np.linalg.norm(direction))
        depth, _ = rasterize_faces(surface, camera, pose)
        seen = visible_points(samples.points[lit], camera, pose, depth, tolerance=TOLERANCE)
        out[lit] += (facing[lit] * seen / 6)[:, None] * SUNLIGHT.astype(np.float32)
    return out


def _virtual_lamps(world: World, samples: _Samples, light: Array) -> list[_Lamp]:
    """What the lit surfaces give back, as points drawn evenly over the light that they give back."""
    albedo = np.array([_albedo(m) for m in world.materials])[world.face_materials[samples.faces]]
    given = albedo * np.minimum(light, 6.0) * samples.areas[:, None] / math.pi
    weight = given.sum(axis=1) * ~samples.thin
    rng = np.random.default_rng([world.seed, 5])
    out = []
    for room in range(len(world.rooms)):
        here = np.flatnonzero((samples.rooms == room) & (weight > 0))
        if len(here) == 0:
            continue
        total = np.cumsum(weight[here])
        picks = np.searchsorted(total, (np.arange(BOUNCES) + rng.uniform(0.2, 0.8, BOUNCES)) / BOUNCES * total[-1])
        for k in here[np.minimum(picks, len(here) - 1)]:
            colour = given[k] / weight[k] * total[-1] / BOUNCES
            normal = samples.normals[k].astype(np.float64)
            out.append(_Lamp(samples.points[k] + 0.03 * normal, colour, normal, room, 96, 0.85))
    return out


def _albedo(material: Any) -> Array:
    return np.asarray(((np.array(material.dark) + np.array(material.light)) / 2) ** 2 * (not material.sky))
