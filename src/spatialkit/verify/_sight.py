"""How much of an object an image shows, as bounds that hold in spite of sampling: by rays to points of its faces."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

import numpy as np

from spatialkit.verify._rays import NEAR
from spatialkit.verify._world import Array, World

__all__ = ["Bounds", "Sight", "Sights", "sights"]

POINTS = 300  # on each object
SIGMAS = 3.5  # by which a bound lies away from what was counted
EXACT = 0.002  # metres by which a ray may end before the point it was sent to, and still reach it
MOST_SLOPE = 0.2  # metres of depth from one pixel to the next that are still taken for one surface
GLIMPSE = 0.1  # below this share of what makes a thing surely seen, it is not seen


@dataclass(frozen=True)
class Bounds:
    """A share of which is known that it is not less than ``low`` and not more than ``high``."""

    low: float
    high: float

    @classmethod
    def of_count(cls, fewest: int, most: int, total: int) -> Bounds:
        """Return the bounds of a share of which samples counted so much (E. B. Wilson, 1927)."""
        return cls(_wilson(fewest, total, -1), _wilson(most, total, +1))


@dataclass(frozen=True)
class Sight:
    """What an image shows of an object: the share of its surface, and the share of the image that is its own."""

    surface: Bounds
    pixels: Bounds

    def perhaps_seen(self, seen_share: float, pixel_share: float) -> bool:
        """Whether it may be called surely seen."""
        return self.surface.high >= seen_share and self.pixels.high >= pixel_share

    def surely_glimpsed(self, seen_share: float, pixel_share: float) -> bool:
        """Whether more of it is seen for certain than of a thing that is called unseen."""
        return self.surface.low >= GLIMPSE * seen_share or self.pixels.low >= GLIMPSE * pixel_share


NOTHING = Sight(Bounds(0.0, 0.0), Bounds(0.0, 0.0))


@dataclass
class Sights:
    """What the frames of a world show of its objects, each looked up once."""

    world: World
    _found: dict[tuple[str, int], Sight] = field(default_factory=dict)
    _points: dict[int, Array | None] = field(default_factory=dict)

    def of(self, frame: str, object_id: int) -> Sight:
        """Return what a frame shows of an object."""
        key = frame, object_id
        if key not in self._found:
            self._found[key] = self._look(frame, object_id) if self._in_view(frame, object_id) else NOTHING
        return self._found[key]

    def _in_view(self, frame: str, object_id: int) -> bool:
        """Return False if a side of the view has all corners of the object's box, grown a little, beyond it."""
        camera, pose = self.world.frame(frame).camera, self.world.frame(frame).world_from_cam
        box = self.world.object(object_id).box
        signs = np.array(list(product((-0.5, 0.5), repeat=3)))
        corners = box.centre + signs * (box.size + 0.1) @ box.world_from_box.T
        x, y, z = ((corners - pose[:3, 3]) @ pose[:3, :3]).T
        left, right = (-0.5 - camera.cx) / camera.fx, (camera.width - 0.5 - camera.cx) / camera.fx
        upper, lower = (-0.5 - camera.cy) / camera.fy, (camera.height - 0.5 - camera.cy) / camera.fy
        beyond = (z <= NEAR, x < left * z, x > right * z, y < upper * z, y > lower * z)
        return not any(side.all() for side in beyond)

    def _look(self, frame: str, object_id: int) -> Sight:
        points = self._on_surface(object_id)
        if points is None:
            low, high = self.world.pixel_bounds(frame, object_id)
            return Sight(Bounds(0.0, 1.0 if high > 0 else 0.0), Bounds(low, high))
        exact, near = self._reached(frame, object_id, points)
        surface = Bounds.of_count(exact, near, len(points))
        # pixels of what hides behind other things need not be counted
        return Sight(surface, Bounds(*self.world.pixel_bounds(frame, object_id)) if near else Bounds(0.0, 1.0))

    def _on_surface(self, object_id: int) -> Array | None:
        """Return points (n, 3) spread evenly over the faces of an object, None where no faces are known."""
        if object_id not in self._points:
            corners = self.world.faces_of(object_id)
            self._points[object_id] = None if corners is None else _spread(corners, object_id)
        return self._points[object_id]

    def _reached(self, frame: str, object_id: int, points: Array) -> tuple[int, int]:
        """Return how many points a frame sees for certain, and how many it may be said to see.

        What counts for certain is what nothing hides and what lies on a pixel that shows it: through a crack finer than
        a pixel nobody sees. What may count is what either of the two holds for, within the tolerance of depth readings.
        """
        caster, camera = self.world.caster, self.world.frame(frame).camera
        assert caster is not None
        assert self.world.scene.surface is not None
        owners = self.world.scene.surface.face_ids
        pose, sensor = self.world.frame(frame).world_from_cam, self.world.scene.sensor
        local = (points - pose[:3, 3]) @ pose[:3, :3]
        local = local[local[:, 2] > NEAR]
        view = np.array([[camera.fx, camera.cx], [camera.fy, camera.cy]])
        pixel = local[:, :2] / local[:, 2:] * view[:, 0] + view[:, 1]
        inside = ((pixel >= -0.5) & (pixel <= (camera.width - 0.5, camera.height - 0.5))).all(axis=1)
        if not inside.any():
            return 0, 0
        depth, pixel = local[inside, 2], pixel[inside]
        tolerance = sensor.depth_constant + sensor.depth_quadratic * depth**2
        clear, perhaps = [], []
        for at in (pixel, np.rint(pixel)):
            rays = np.concatenate([(at - view[:, 1]) / view[:, 0], np.ones((len(at), 1))], axis=1) @ pose[:3, :3].T
            far, face = caster.cast(pose[:3, 3], rays)
            slope = self._slope(face, far, rays, pose, min(camera.fx, camera.fy))
            clear.append(far >= depth - EXACT if at is pixel else (face >= 0) & (owners[face] == object_id))
            perhaps.append(far >= depth - tolerance - slope - EXACT)
            if not perhaps[0].any():
                return 0, 0
        return int((clear[0] & clear[1]).sum()), int((perhaps[0] | perhaps[1]).sum())

    def _slope(self, face: Array, far: Array, rays: Array, pose: Array, focal: float) -> Array:
        """Return how much the depth of what rays hit changes within a pixel, metres."""
        surface = self.world.scene.surface
        assert surface is not None
        a, b, c = (surface.vertices[surface.faces[face, k]] for k in range(3))
        normal = np.cross(b - a, c - a)
        across = np.abs(normal @ pose[:3, :2]).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = far * across / np.abs((normal * rays).sum(axis=1)) / focal
        return np.asarray(np.where(np.isfinite(slope), np.minimum(slope, MOST_SLOPE), MOST_SLOPE))


def sights(world: World) -> Sights:
    """Return what the frames of a world show of its objects; kept with the world."""
    if world.sights is None:
        world.sights = Sights(world)
    found: Sights = world.sights
    return found


def _spread(corners: Array, seed: int) -> Array:
    """Return points over triangles (f, 3, 3): so many in each as its share of the area, within one."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1).cumsum()
    rng = np.random.default_rng(seed)
    at = (np.arange(POINTS) + rng.uniform(size=POINTS)) / POINTS * area[-1]
    face = np.minimum(np.searchsorted(area, at), len(corners) - 1)
    s, t = rng.uniform(size=(2, POINTS, 1))
    flip = s + t > 1
    s, t = np.where(flip, 1 - s, s), np.where(flip, 1 - t, t)
    return np.asarray(a[face] + s * (b - a)[face] + t * (c - a)[face])


def _wilson(count: int, total: int, side: int) -> float:
    share, z2 = count / total, SIGMAS**2 / total
    spread = SIGMAS * np.sqrt(share * (1 - share) / total + z2 / (4 * total))
    return float(np.clip((share + z2 / 2 + side * spread) / (1 + z2), 0.0, 1.0))
