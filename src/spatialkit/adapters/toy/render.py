"""Rendering: views of the world as colour, depth and instance images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.adapters.toy.light import SUN, Baked
from spatialkit.adapters.toy.materials import SIZE, pattern
from spatialkit.adapters.toy.world import World
from spatialkit.geometry import rasterize_faces
from spatialkit.scene import Camera
from spatialkit.surfaces import Surface

__all__ = ["View"]

Array = npt.NDArray[Any]

FINER = 2  # colour images are rendered at this multiple of their size, then averaged
BAND = 65536  # pixels shaded at once, so that they stay in the cache
SKY_LIGHT = 2.7
EXPOSURE = 0.66
F32 = np.float32


@dataclass(eq=False)
class _Look:
    """The world as arrays that shading reads by pixel."""

    baked: Baked
    texels: Array  # (patterns * levels, 3) uint8
    first: Array  # (m,) start of the pattern of each material
    dark: Array  # (m, 3)
    span: Array  # (m, 3) light - dark
    scale: Array  # (m,) repeats per metre; 1 for fitted patterns
    gloss: Array
    glow: Array
    corners: Array  # (f, 3) first corners
    duals: Array  # (f, 2, 3): barycentrics are duals @ (point - corner)
    uvs: Array  # (f, 3, 2)
    normals: Array  # (f, 3, 3)
    ambient: Array  # (rooms, 3) mean light, for what glossy things mirror

    LEVELS = tuple(int(x) for x in np.cumsum([0] + [(SIZE >> k) ** 2 for k in range(7)]))

    @staticmethod
    def of(world: World, baked: Baked) -> _Look:
        names = sorted({m.pattern for m in world.materials})
        texels = np.concatenate([_pyramid(pattern(name)) for name in names])
        first = np.array([names.index(m.pattern) * _Look.LEVELS[-1] for m in world.materials])
        dark = np.array([m.dark for m in world.materials], dtype=F32)
        a, b, c = (world.surface.vertices[world.surface.faces[:, k]] for k in range(3))
        edges = np.stack([b - a, c - a], axis=1)
        gram = edges @ edges.transpose(0, 2, 1)
        duals = np.linalg.solve(gram + 1e-18 * np.eye(2), edges)
        middle = baked.at(np.arange(len(a)), *np.full((2, len(a)), F32(1 / 3)))
        area = world.surface.face_areas
        ambient = [
            (middle * area[:, None])[world.face_rooms == k].sum(axis=0) / area[world.face_rooms == k].sum()
            for k in range(len(world.rooms))
        ]
        return _Look(
            baked, texels, first.astype(np.int32), dark,
            np.array([m.light for m in world.materials], dtype=F32) - dark,
            np.array([1 / m.tile if m.tile else 1.0 for m in world.materials], dtype=F32),
            np.array([m.gloss for m in world.materials], dtype=F32),
            np.array([m.glow for m in world.materials], dtype=F32),
            a.astype(F32), duals.astype(F32), world.uvs[world.surface.faces], world.normals[world.surface.faces],
            np.array(ambient, dtype=F32),
        )  # fmt: skip


def _pyramid(texture: Array) -> Array:
    """The pattern and its halvings, flattened one after another: texels (n, 3) uint8."""
    levels = [texture]
    for _ in range(6):
        t = levels[-1]
        levels.append((t[::2, ::2] + t[1::2, ::2] + t[::2, 1::2] + t[1::2, 1::2]) / 4)
    return np.concatenate([(np.clip(t, 0, 1) * 255 + 0.5).astype(np.uint8).reshape(-1, 3) for t in levels])


class Renderer:
    """Shades pixels of one world; made once per process, when the first image is asked for."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.look = _Look.of(world, world.baked)
        self.sky = np.array([m.sky for m in world.materials])
        self.mirrored = np.array([m.mirror for m in world.materials])
        self.thin = np.array([m.thin for m in world.materials])

    def colour(self, camera: Camera, pose: Array) -> Array:
        """Return the image (H, W, 3) uint8."""
        fine = camera.resized(camera.width * FINER, camera.height * FINER)
        depth, faces = rasterize_faces(self.world.surface, fine, pose)
        blocks = _blocks(faces)
        # Where one face fills a pixel of the result, one fine pixel stands for it.
        even = (blocks == blocks[:, :1]).all(axis=1)
        pixels = _blocks(np.arange(depth.size, dtype=np.int32).reshape(depth.shape))
        single, mixed = pixels[even, 0], pixels[~even].reshape(-1)
        light = np.empty((len(blocks), 3), dtype=F32)
        parts = []
        for chosen, width in ((single, float(FINER)), (mixed, 1.0)):
            shown = faces.reshape(-1)[chosen]
            part = self.radiance(fine, pose, depth.reshape(-1)[chosen], shown, chosen, width)
            self._reflect(part, fine, pose, shown, chosen)
            parts.append(part)
        light[even] = parts[0]
        # Average after a soft limit: a bright lamp must not eat the smooth edge of what stands before it.
        soft = (parts[1] / (1 + 0.25 * parts[1])).reshape(-1, FINER**2, 3).mean(axis=1)
        light[~even] = soft / (1 - 0.25 * soft)
        return _develop(light.reshape(camera.height, camera.width, 3))

    def radiance(
        self, camera: Camera, pose: Array, depth: Array, faces: Array, pixels: Array, width: float = 1.0
    ) -> Array:
        """Return what arrives (n, 3) at pixels (flat indices) that show these faces at these depths.

        ``width`` is the side of what a pixel stands for, in pixels.
        """
        out = np.empty((len(pixels), 3), dtype=F32)
        rotation, centre = pose[:3, :3].astype(F32), pose[:3, 3].astype(F32)
        for begin in range(0, len(pixels), BAND):
            part = slice(begin, begin + BAND)
            v, u = np.divmod(pixels[part], camera.width)
            rays = np.stack([(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, np.ones(len(u))], axis=1)
            rays = rays.astype(F32) @ rotation.T
            out[part] = self._shade(rays, depth[part], faces[part], centre, camera.fx / width)
        return out

    def _shade(self, rays: Array, depth: Array, faces: Array, centre: Array, focal: float) -> Array:
        look = self.look
        faces = np.maximum(faces, 0)
        material = self.world.face_materials.take(faces).astype(np.int32)
        points = centre + rays * depth[:, None]
        offset = points - look.corners.take(faces, axis=0)
        b = np.einsum("nkc,nc->nk", look.duals.take(faces, axis=0), offset)
        b1, b2 = np.clip(b[:, 0], 0, 1), np.clip(b[:, 1], 0, 1)
        over = np.maximum(b1 + b2, F32(1))
        b1, b2 = b1 / over, b2 / over
        weights = np.stack([1 - b1 - b2, b1, b2], axis=1)
        uv = np.einsum("nk,nkc->nc", weights, look.uvs.take(faces, axis=0))
        colour = self._texture(material, uv, depth, focal)
        light = look.baked.at(faces, b1, b2)
        out = colour * light
        glow = look.glow.take(material)
        if glow.any():
            out += colour * glow[:, None] * F32(2.2)
        self._gloss(out, rays, points, faces, material, weights)
        sky = self.sky.take(material)
        if sky.any():
            out[sky] = _sky(rays[sky])
        return out

    def _texture(self, material: Array, uv: Array, depth: Array, focal: float) -> Array:
        """Linear colour (n, 3) of the materials at texture coordinates (n, 2), averaged over a pixel's footprint."""
        look = self.look
        scale = look.scale.take(material)
        level = np.clip(np.log2(depth * scale * F32(SIZE / focal) + F32(1e-6)) + F32(0.2), 0, 6).astype(np.int32)
        size = SIZE >> level
        st = uv * scale[:, None]
        st -= np.floor(st)
        cell = np.minimum((st * size[:, None]).astype(np.int32), size[:, None] - 1)
        index = (
            look.first.take(material)
            + np.array(look.LEVELS, dtype=np.int32).take(level)
            + cell[:, 0] * size
            + cell[:, 1]
        )
        texel = look.texels.take(index, axis=0).astype(F32) * F32(1 / 255)
        colour = look.dark.take(material, axis=0) + look.span.take(material, axis=0) * texel
        return np.asarray(colour * colour)  # close enough to the sRGB curve, and cheap

    def _gloss(self, out: Array, rays: Array, points: Array, faces: Array, material: Array, weights: Array) -> None:
        """Add what glossy surfaces mirror: the mean light of the room, and the windows."""
        look = self.look
        gloss = look.gloss.take(material)
        shiny = np.flatnonzero(gloss > 0)
        if len(shiny) == 0:
            return
        normals = np.einsum("nk,nkc->nc", weights[shiny], look.normals.take(faces[shiny], axis=0))
        away = rays[shiny]
        away = away / np.linalg.norm(away, axis=1, keepdims=True)
        facing = np.einsum("nc,nc->n", away, normals)
        mirrored = away - 2 * facing[:, None] * normals
        base = gloss[shiny]
        share = base + (1 - base) * (1 - np.abs(facing)) ** 5 * np.minimum(1.0, 6 * base) * 0.6
        seen = look.ambient.take(self.world.face_rooms[faces[shiny]], axis=0) * F32(0.55)
        seen = seen * (0.75 + 0.5 * np.clip(mirrored[:, 2:], -0.8, 1))
        for origin, u, v, inward in self.world.panes:
            hit = self._pane(points[shiny], mirrored, *(x.astype(F32) for x in (origin, u, v, inward)))
            if hit is not None:
                seen = seen + hit[:, None] * (F32(1.4 * SKY_LIGHT) * np.array([0.9, 0.97, 1.05], dtype=F32))
        out[shiny] = out[shiny] * (1 - share[:, None]) + share[:, None] * seen

    @staticmethod
    def _pane(points: Array, directions: Array, origin: Array, u: Array, v: Array, inward: Array) -> Array | None:
        """How much of a window each mirrored ray (n, 3) meets, with soft edges; None where none does."""
        towards = -(directions @ inward)
        away = (points - origin) @ inward
        if not (away > 0).any() or float(away.max()) > 9:
            return None
        t = away / np.maximum(towards, F32(1e-4))
        at = points + directions * t[:, None] - origin
        a, b = at @ u / (u @ u), at @ v / (v @ v)
        blur = 0.04 + 0.05 * t
        soft = [np.clip(0.5 + (0.5 - np.abs(x - 0.5)) / blur, 0, 1) for x in (a, b)]
        return np.asarray(np.where((towards > 0.02) & (away > 0) & (t < 9), soft[0] * soft[1], 0.0), dtype=F32)

    def _reflect(self, light: Array, camera: Camera, pose: Array, faces: Array, pixels: Array) -> None:
        """Show in mirrors the world as a camera behind each sees it."""
        shown = self.mirrored[self.world.face_materials[faces]] & (faces >= 0)
        if np.count_nonzero(shown) < 40:
            return
        world = self.world
        front = self.look.normals[faces, 0]
        for key in {tuple(n) for n in front[shown].round(3).tolist()}:
            chosen = np.flatnonzero(shown & (np.abs(front - np.array(key, dtype=F32)).max(axis=1) < 2e-3))
            normal = np.array(key) / np.linalg.norm(key)
            anchor = world.surface.vertices[world.surface.faces[faces[chosen[0]], 0]]
            height = world.surface.vertices @ normal - anchor @ normal
            if len(chosen) < 40 or pose[:3, 3] @ normal - anchor @ normal <= 0.02:
                continue
            keep = (height > 0.01)[world.surface.faces].any(axis=1)
            other = pose.copy()
            other[:3] = (np.eye(3) - 2 * np.outer(normal, normal)) @ pose[:3]
            other[:3, 3] += 2 * (anchor @ normal) * normal
            other[:3, 0] *= -1  # a mirrored camera is left-handed: turn it right and read its image backwards
            flipped = Camera(camera.fx, camera.fy, camera.width - 1 - camera.cx, camera.cy, camera.width, camera.height)
            kept = np.flatnonzero(keep)
            surface = Surface(world.surface.vertices, world.surface.faces[kept], world.surface.face_ids[kept])
            depth, index = rasterize_faces(surface, flipped, other)
            v, u = np.divmod(pixels[chosen], camera.width)
            there = v * camera.width + (camera.width - 1 - u)
            seen = np.where(index.reshape(-1)[there] >= 0, kept[index.reshape(-1)[there]], 0)
            light[chosen] = 0.88 * self.radiance(flipped, other, depth.reshape(-1)[there], seen, there)


def _blocks(image: Array) -> Array:
    """Group the pixels of an image (h, w) by the pixel of the smaller image they fall in: (n, FINER ** 2)."""
    h, w = image.shape
    grouped = image.reshape(h // FINER, FINER, w // FINER, FINER).transpose(0, 2, 1, 3)
    return np.asarray(grouped.reshape(-1, FINER**2))


def _sky(rays: Array) -> Array:
    """Radiance of the world outside along rays (n, 3): sky, haze, and a line of hills and trees."""
    r = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    up, azimuth = r[:, 2], np.arctan2(r[:, 1], r[:, 0])
    t = np.clip(up * 2.2, 0, 1)[:, None] ** 0.7
    colour = (1 - t) * np.array([0.93, 0.96, 0.98], dtype=F32) + t * np.array([0.36, 0.58, 0.92], dtype=F32)
    clouds = np.sin(5 * azimuth + 9 * up) * np.sin(11 * azimuth - 14 * up + 1) + np.sin(3 * azimuth + 23 * up + 2)
    colour += np.clip(clouds - 0.5, 0, 1)[:, None] * 0.25 * t * (1 - colour)
    sun = np.clip(r @ SUN.astype(F32), 0, 1)[:, None]
    colour = colour * (1 + 0.8 * sun**12)
    for k, (green, haze) in enumerate((((0.25, 0.38, 0.36), 0.55), ((0.14, 0.26, 0.12), 0.2))):
        height = -0.01 - 0.05 * k + 0.025 * np.sin((3 + 2 * k) * azimuth + k) + 0.012 * np.sin((11 + 9 * k) * azimuth)
        height = height + k * 0.008 * np.sin(67 * azimuth)
        cover = np.clip((height - up) * 150, 0, 1)[:, None]
        ground = (1 - haze) * np.array(green, dtype=F32) + haze * np.array([0.8, 0.86, 0.9], dtype=F32)
        colour = colour * (1 - cover) + cover * ground
    return np.asarray(colour * F32(SKY_LIGHT), dtype=F32)


def _develop(light: Array) -> Array:
    """Tone-map linear light (H, W, 3) to sRGB uint8: mild automatic exposure, glare, a soft shoulder."""
    grey = light @ np.array([0.2126, 0.7152, 0.0722], dtype=F32)
    key = float(np.exp(np.log(grey + 0.02).mean()))
    light = light * F32(EXPOSURE * (0.55 / key) ** 0.55)
    light = light + 0.10 * _glare(np.maximum(light - 1.2, 0))
    white = 4.5
    light = light * (1 + light / white**2) / (1 + light)
    light = np.clip(light * F32(1.22), 0, 1)
    curve = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 1e-6) ** (1 / 2.4) - 0.055)
    return np.asarray((curve * 255 + 0.5).astype(np.uint8))


def _glare(light: Array) -> Array:
    """Blur widely: average to 1/16 of the size, spread, and bring back."""
    h, w = light.shape[:2]
    step = max(1, min(h, w) // 30)
    rows, columns = -(-h // step), -(-w // step)
    padded = np.pad(light, ((0, rows * step - h), (0, columns * step - w), (0, 0)), mode="edge")
    small = padded.reshape(rows, step, columns, step, 3).mean(axis=(1, 3))
    for axis in (0, 1):
        for _ in range(2):
            small = (small + np.roll(small, 1, axis) + np.roll(small, -1, axis)) / 3
    y = np.clip((np.arange(h) + 0.5) / step - 0.5, 0, rows - 1)
    x = np.clip((np.arange(w) + 0.5) / step - 0.5, 0, columns - 1)
    y0, x0 = np.minimum(y.astype(int), rows - 2).clip(0), np.minimum(x.astype(int), columns - 2).clip(0)
    fy, fx = (y - y0)[:, None, None].astype(F32), (x - x0)[None, :, None].astype(F32)
    y1, x1 = np.minimum(y0 + 1, rows - 1), np.minimum(x0 + 1, columns - 1)
    top = small[y0][:, x0] * (1 - fx) + small[y0][:, x1] * fx
    bottom = small[y1][:, x0] * (1 - fx) + small[y1][:, x1] * fx
    return np.asarray(top * (1 - fy) + bottom * fy)


@dataclass(eq=False)
class View:
    """One view of the world; depth and ids of the last view are kept, so that both come from one raster."""

    world: World
    camera: Camera
    world_from_cam: Array

    def image(self) -> Array:
        """Return the colour image (H, W, 3) uint8."""
        return self.world.renderer.colour(self.camera, self.world_from_cam)

    def depth(self) -> Array:
        """Return the depth (H, W) float32 in metres."""
        return self.world.raster(self.camera, self.world_from_cam)[0]

    def instances(self) -> Array:
        """Return the object ids (H, W) int64, -1 for structure."""
        faces = self.world.raster(self.camera, self.world_from_cam)[1]
        return np.where(faces >= 0, self.world.surface.face_ids[faces], np.int64(-1))
