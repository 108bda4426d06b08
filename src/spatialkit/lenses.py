"""Cameras that are no pinholes: where they see a point, which way a pixel looks, and their images made pinhole images.

Everything else here works with pinhole cameras; an adapter resamples the images of other cameras once. Points and rays
are in the camera's frame: x right, y down, z forward; pixel centres lie at integers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from spatialkit import _check
from spatialkit._arguments import CameraLike
from spatialkit.errors import ArgumentError

__all__ = ["BrownConrady", "Equirectangular", "KannalaBrandt", "Lens", "RayMatrix", "resample", "sources"]

F64 = npt.NDArray[np.float64]

INSIDE = 0.9
STEPS = 12  # of Newton's method, far more than it takes
TABLE = 4096  # samples from which it starts
WIDEST = np.tan(np.radians(89.9))  # of what is projected onto a plane
NOTHING = 1e-100  # the reciprocal of what is farther than anything
ON_EDGE = 1e-9  # share of the reach that rounding may add


class Lens(Protocol):
    """What maps points of the camera's frame to pixels and back."""

    def project(self, points: npt.ArrayLike) -> F64:
        """Return the pixels (n, 2) of points (n, 3); NaN where the lens does not see one."""
        ...

    def unproject(self, pixels: npt.ArrayLike) -> F64:
        """Return the unit rays (n, 3) of pixels (n, 2); NaN where no ray ends in one."""
        ...


@dataclass(frozen=True, eq=False)
class _Radial:
    """A radius as the lens bends it: ``r P(r²) / Q(r²)``, as far as that grows.

    ``above`` and ``below`` are P and Q, constant term first; ``most`` is the largest radius there is.
    """

    above: tuple[float, ...]
    below: tuple[float, ...]
    most: float

    @cached_property
    def reach(self) -> float:
        """The radius up to which larger ones come out larger: beyond, a lens would show things twice."""
        p, q = (np.polynomial.Polynomial(c) for c in (self.above, self.below))
        s = np.polynomial.Polynomial((0.0, 1.0))
        growth = (p + 2 * s * p.deriv()) * q - 2 * s * p * q.deriv()
        # As reciprocals, because then it is the nearest that come out best, and next to nothing in front spoils none.
        reciprocals = np.concatenate([np.roots(growth.coef), np.roots(q.coef)])
        roots = 1 / reciprocals[np.abs(reciprocals) > NOTHING]
        real = roots.real[(np.abs(roots.imag) < 1e-12 * (1 + np.abs(roots))) & (roots.real > 0)]
        return float(min([self.most, *np.sqrt(real)]))

    def __call__(self, radius: F64) -> F64:
        s = radius * radius
        return np.asarray(radius * _value(self.above, s) / _value(self.below, s))

    def scale(self, radius: F64) -> F64:
        """Return by how much each radius is stretched: the limit 1 at 0."""
        s = radius * radius
        return np.asarray(_value(self.above, s) / _value(self.below, s))

    def slope(self, radius: F64) -> F64:
        """Return the derivative at each radius."""
        s = radius * radius
        p, q = _value(self.above, s), _value(self.below, s)
        dp, dq = _value(_derivative(self.above), s), _value(_derivative(self.below), s)
        return np.asarray((p + 2 * s * dp) / q - 2 * s * p * dq / (q * q))

    @cached_property
    def _table(self) -> tuple[F64, F64]:
        angles = np.linspace(0.0, np.arctan(self.reach), TABLE)
        radius = np.minimum(np.tan(angles), self.reach)
        return self(radius), radius

    def inverse(self, bent: F64) -> F64:
        """Return the radius that is bent to each of these; NaN beyond what is reached."""
        ends, starts = self._table
        inside = (bent >= 0) & (bent <= ends[-1] * (1 + ON_EDGE))
        radius = np.interp(np.where(inside, bent, 0.0), ends, starts)
        for _ in range(STEPS):
            slope = self.slope(radius)
            step = np.divide(self(radius) - bent, slope, out=np.zeros_like(radius), where=slope > 0)
            radius = np.clip(radius - step, 0.0, self.reach)
        return np.where(inside, radius, np.nan)


@dataclass(frozen=True)
class _Bent:
    """A lens about an axis: what it bends by the distance from there, and how that becomes pixels."""

    fx: float
    fy: float
    cx: float
    cy: float
    k: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    _radial: _Radial = field(init=False, repr=False, compare=False)
    lengths: ClassVar[tuple[int, ...]] = (4,)  # of k

    def __post_init__(self) -> None:
        name = type(self).__name__
        for focal in ("fx", "fy"):
            object.__setattr__(self, focal, _check.positive(f"{name}.{focal}", getattr(self, focal), unit="pixels"))
        for centre in ("cx", "cy"):
            object.__setattr__(self, centre, float(_check.array(f"{name}.{centre}", getattr(self, centre), ())))
        k = tuple(_check.array(f"{name}.k", self.k, ("n",)).tolist())
        if len(k) not in self.lengths:
            expected = " or ".join(map(str, self.lengths)) + " coefficients"
            raise ArgumentError(f"{name}.k", found=f"{len(k)} coefficients", expected=expected)
        object.__setattr__(self, "k", k)
        object.__setattr__(self, "_radial", self._bending())

    def _bending(self) -> _Radial:
        raise NotImplementedError

    def _pixels(self, flat: F64) -> F64:
        return np.stack([self.fx * flat[0] + self.cx, self.fy * flat[1] + self.cy], axis=1)

    def _plane(self, pixels: npt.ArrayLike) -> F64:
        u, v = _check.array("pixels", pixels, ("n", 2)).T
        return np.stack([(u - self.cx) / self.fx, (v - self.cy) / self.fy])


@dataclass(frozen=True)
class BrownConrady(_Bent):
    """Radial and tangential distortion, as OpenCV's standard camera has it.

    Parameters
    ----------
    fx, fy, cx, cy
        Focal lengths and principal point, pixels.
    k
        4, 5 or 8 coefficients in OpenCV's order: k1, k2, p1, p2, k3, k4, k5, k6.

    Notes
    -----
    With x = X / Z, y = Y / Z and s = x² + y²: x' = x (1 + k1 s + k2 s² + k3 s³) / (1 + k4 s + k5 s² + k6 s³)
    + 2 p1 x y + p2 (s + 2 x²), y' alike with p1 and p2 in each other's place (D. C. Brown, "Decentering distortion of
    lenses", 1966; the rational form as in the documentation of OpenCV, "Camera calibration and 3D reconstruction").
    Where larger radii would come out smaller again, or the image turns over, nothing is seen.
    """

    lengths: ClassVar[tuple[int, ...]] = (4, 5, 8)

    def _bending(self) -> _Radial:
        k1, k2, _, _, k3, *rest = (*self.k, 0.0) if len(self.k) == 4 else self.k
        return _Radial((1.0, k1, k2, k3), (1.0, *rest), float(WIDEST))

    def project(self, points: npt.ArrayLike) -> F64:
        """Return the pixels (n, 2) of points (n, 3); NaN behind the camera and beyond the lens's reach."""
        x, y, z = _check.array("points", points, ("n", 3)).T
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            flat = np.where(z > 0, np.stack([x, y]) / z, np.nan)
            seen = np.hypot(*flat) <= self._radial.reach
        flat = np.where(seen, flat, 0.0)
        bent, seen = self._bent(*flat), seen & (_size(*self._jacobian(*flat)) > 0)
        return self._pixels(np.where(seen, bent, np.nan))

    def unproject(self, pixels: npt.ArrayLike) -> F64:
        """Return the unit rays (n, 3) of pixels (n, 2); NaN where no ray ends."""
        wanted = self._plane(pixels)
        far = np.hypot(*wanted)
        # Exact without tangential distortion, but for starting nearer to the middle: from there the steps come up to
        # where the lens folds over, and not beyond.
        start = INSIDE * self._radial.inverse(far)
        flat = wanted * np.divide(start, far, out=np.ones_like(far), where=far > 0)
        flat = np.where(np.isnan(flat), 0.0, flat)
        for _ in range(3 * STEPS):
            (a, b), (c, d) = self._jacobian(*flat)
            off_x, off_y = self._bent(*flat) - wanted
            size = _size((a, b), (c, d))
            size = np.where(np.abs(size) > 1e-12, size, np.inf)
            flat = flat - np.stack([d * off_x - b * off_y, a * off_y - c * off_x]) / size
        found = _size(*self._jacobian(*flat)) > 0
        found &= (np.abs(self._bent(*flat) - wanted) < 1e-9 * (1 + np.abs(wanted))).all(axis=0)
        found &= np.hypot(*flat) <= self._radial.reach * (1 + ON_EDGE)
        return _rays(np.where(found, np.stack([*flat, np.ones(len(found))]), np.nan).T)

    def _bent(self, x: F64, y: F64) -> F64:
        _, _, p1, p2, *_ = self.k
        s = x * x + y * y
        scale = self._radial.scale(np.sqrt(s))
        return np.stack(
            [x * scale + 2 * p1 * x * y + p2 * (s + 2 * x * x), y * scale + p1 * (s + 2 * y * y) + 2 * p2 * x * y]
        )

    def _jacobian(self, x: F64, y: F64) -> tuple[tuple[F64, F64], tuple[F64, F64]]:
        _, _, p1, p2, *_ = self.k
        r = np.hypot(x, y)
        scale, slope = self._radial.scale(r), self._radial.slope(r)
        grows = np.divide(slope - scale, r * r, out=np.zeros_like(r), where=r > 0)  # of the scale, over r
        mixed = grows * x * y + 2 * p1 * x + 2 * p2 * y
        return (
            (scale + grows * x * x + 2 * p1 * y + 6 * p2 * x, mixed),
            (mixed, scale + grows * y * y + 6 * p1 * y + 2 * p2 * x),
        )


@dataclass(frozen=True)
class KannalaBrandt(_Bent):
    """A fisheye, as OpenCV's and COLMAP's have it: the distance from the middle is a polynomial of the angle.

    Parameters
    ----------
    fx, fy, cx, cy
        Focal lengths and principal point, pixels.
    k
        4 coefficients k1 to k4.

    Notes
    -----
    With the angle t to the optical axis, t' = t (1 + k1 t² + k2 t⁴ + k3 t⁶ + k4 t⁸) is the distance from the middle
    (J. Kannala and S. Brandt, "A generic camera model and calibration method", PAMI 28, 2006). More than a half turn
    cannot be seen, nor what lies beyond the angle at which t' stops to grow.
    """

    def _bending(self) -> _Radial:
        return _Radial((1.0, *self.k), (1.0,), float(np.pi))

    def project(self, points: npt.ArrayLike) -> F64:
        """Return the pixels (n, 2) of points (n, 3), also of those behind the camera; NaN beyond the lens's reach."""
        x, y, z = _check.array("points", points, ("n", 3)).T
        across = np.hypot(x, y)
        angle = np.arctan2(across, z)
        seen = (angle <= self._radial.reach) & ((across > 0) | (z > 0))
        bent = self._radial(np.where(seen, angle, 0.0))
        scale = np.divide(bent, across, out=np.zeros_like(across), where=across > 0)
        return self._pixels(np.where(seen, np.stack([x, y]) * scale, np.nan))

    def unproject(self, pixels: npt.ArrayLike) -> F64:
        """Return the unit rays (n, 3) of pixels (n, 2); NaN where no ray ends."""
        flat = self._plane(pixels)
        far = np.hypot(*flat)
        angle = self._radial.inverse(far)
        scale = np.divide(np.sin(angle), far, out=np.zeros_like(far), where=far > 0)
        return np.stack([*(flat * scale), np.cos(angle)], axis=1)


@dataclass(frozen=True)
class Equirectangular:
    """A panorama: columns are even steps of the angle around the vertical, rows of that above and below the horizon.

    Forward (z) is the middle of the image, its left and right borders meet behind.
    """

    width: int
    height: int

    def __post_init__(self) -> None:
        for name in ("width", "height"):
            object.__setattr__(self, name, _check.whole(f"Equirectangular.{name}", getattr(self, name), 1, 2**20))

    def project(self, points: npt.ArrayLike) -> F64:
        """Return the pixels (n, 2) of points (n, 3); NaN for the place of the camera itself."""
        x, y, z = _check.array("points", points, ("n", 3)).T
        around, down = np.arctan2(x, z), np.arctan2(y, np.hypot(x, z))
        pixels = np.stack(
            [self.width * (around / (2 * np.pi) + 0.5) - 0.5, self.height * (down / np.pi + 0.5) - 0.5], axis=1
        )
        pixels[(x == 0) & (y == 0) & (z == 0)] = np.nan
        return pixels

    def unproject(self, pixels: npt.ArrayLike) -> F64:
        """Return the unit rays (n, 3) of pixels (n, 2); columns beyond the border go on around."""
        u, v = _check.array("pixels", pixels, ("n", 2)).T
        around = ((u + 0.5) / self.width - 0.5) * 2 * np.pi
        down = ((v + 0.5) / self.height - 0.5) * np.pi
        rays = np.stack([np.cos(down) * np.sin(around), np.sin(down), np.cos(down) * np.cos(around)], axis=1)
        rays[np.abs(down) > np.pi / 2 * (1 + ON_EDGE)] = np.nan
        return rays


@dataclass(frozen=True, eq=False)
class RayMatrix:
    """A pinhole whose image plane may be shifted and tilted: the ray of a pixel is a matrix times (u, v, 1).

    Parameters
    ----------
    rays
        (3, 3), the camera's frame from pixels; it has an inverse, and rays that look ahead have a positive z.
    """

    rays: F64

    def __post_init__(self) -> None:
        matrix = _check.array("RayMatrix.rays", self.rays, (3, 3))
        if np.linalg.matrix_rank(matrix) < 3:
            raise ArgumentError("RayMatrix.rays", found=matrix.tolist(), expected="a matrix that has an inverse")
        object.__setattr__(self, "rays", matrix)

    def project(self, points: npt.ArrayLike) -> F64:
        """Return the pixels (n, 2) of points (n, 3); NaN where the ray of a pixel would look the other way."""
        pixels = _check.array("points", points, ("n", 3)) @ np.linalg.inv(self.rays).T
        ahead = pixels[:, 2:] > 0
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(ahead, pixels[:, :2] / pixels[:, 2:], np.nan)

    def unproject(self, pixels: npt.ArrayLike) -> F64:
        """Return the unit rays (n, 3) of pixels (n, 2)."""
        flat = _check.array("pixels", pixels, ("n", 2))
        return _rays(np.column_stack([flat, np.ones(len(flat))]) @ self.rays.T)


def sources(lens: Lens, camera: CameraLike) -> F64:
    """Return where in the image of a lens each pixel of a pinhole camera of the same pose is seen.

    Parameters
    ----------
    lens
        Of the image that there is.
    camera
        The pinhole camera of the image wanted.

    Returns
    -------
    places
        (height, width, 2) pixels; NaN where the lens does not see that way.
    """
    fx, fy, cx, cy, *_ = camera.array
    v, u = np.mgrid[: camera.height, : camera.width]
    rays = np.stack([(u - cx) / fx, (v - cy) / fy, np.ones(u.shape)], axis=2).reshape(-1, 3)
    return lens.project(rays).reshape(camera.height, camera.width, 2)


def resample(image: npt.NDArray[Any], places: npt.ArrayLike, *, nearest: bool = False) -> npt.NDArray[Any]:
    """Return an image with its pixels taken from elsewhere.

    Parameters
    ----------
    image
        (H, W) or (H, W, channels).
    places
        (h, w, 2) pixels of ``image``, as ``sources`` returns them.
    nearest
        Take the nearest pixel, as depth and ids need it (depth along z stays what it is: the optical axis is the same);
        otherwise the four around are weighed.

    Returns
    -------
    image
        (h, w) or (h, w, channels) of the same dtype; 0 where the place is not in the image.
    """
    from scipy.ndimage import map_coordinates

    at = _check.array("places", places, ("h", "w", 2), finite=False)
    pixels = np.asarray(image)
    if pixels.ndim not in (2, 3):
        raise ArgumentError("image", found=f"shape {pixels.shape}", expected="(H, W) or (H, W, channels)")
    u, v = np.moveaxis(at, 2, 0)
    height, width = pixels.shape[:2]
    inside = (u >= -0.5) & (u < width - 0.5) & (v >= -0.5) & (v < height - 0.5)  # False for NaN
    rows, columns = np.where(inside, v, 0.0), np.where(inside, u, 0.0)
    out = np.zeros((*at.shape[:2], *pixels.shape[2:]), dtype=pixels.dtype)
    if nearest:
        out[inside] = pixels[(rows[inside] + 0.5).astype(np.int64), (columns[inside] + 0.5).astype(np.int64)]
        return out
    for index in np.ndindex(*pixels.shape[2:]):
        channel = pixels[(..., *index)].astype(np.float64)
        values = map_coordinates(channel, [rows, columns], order=1, mode="nearest")
        if pixels.dtype.kind in "iu":
            values = np.rint(values)
        out[(..., *index)] = np.where(inside, values, 0).astype(pixels.dtype)
    return out


def _size(first: tuple[F64, F64], second: tuple[F64, F64]) -> F64:
    """Return the determinant of rows."""
    return np.asarray(first[0] * second[1] - first[1] * second[0])


def _value(coefficients: tuple[float, ...], s: F64) -> F64:
    value = np.zeros_like(s)
    for c in reversed(coefficients):
        value = value * s + c
    return value


def _derivative(coefficients: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(i * c for i, c in enumerate(coefficients))[1:]


def _rays(rays: F64) -> F64:
    return np.asarray(rays / np.linalg.norm(rays, axis=1, keepdims=True))
