"""Materials: what surfaces are made of, and the procedural patterns that texture them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["PATTERNS", "SIZE", "Material", "hsv", "pattern"]

Array = npt.NDArray[Any]
Colour = tuple[float, float, float]

SIZE = 256  # texels along the side of a pattern


@dataclass(frozen=True, slots=True)
class Material:
    """What a surface is made of.

    Parameters
    ----------
    dark, light
        sRGB colours, 0 to 1; the pattern mixes them channel by channel.
    pattern
        Name in ``PATTERNS``.
    tile
        Metres that one repeat of the pattern covers; 0 fits it once to each side of a box.
    gloss
        Share of light mirrored at normal incidence, 0 to 1; grazing light is mirrored more.
    glow
        Light given off, as a multiple of the colour.
    thin
        A sheet: both sides look the same, light comes through.
    mirror, sky
        The surface shows the room mirrored, or the sky behind it.
    """

    dark: Colour
    light: Colour
    pattern: str = "plain"
    tile: float = 1.0
    gloss: float = 0.0
    glow: float = 0.0
    thin: bool = False
    mirror: bool = False
    sky: bool = False

    def with_colour(self, colour: Colour, contrast: float = 0.12) -> Material:
        """Return the material in another colour, its pattern ``contrast`` below and above it."""
        return replace(self, dark=shade(colour, 1 - contrast), light=shade(colour, 1 + contrast))


def shade(colour: Colour, factor: float) -> Colour:
    """Return a colour made darker or lighter."""
    r, g, b = (min(1.0, max(0.0, c * factor)) for c in colour)
    return r, g, b


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """Return the sRGB colour of a hue in degrees and saturation and value from 0 to 1."""
    r, g, b = (
        value - value * saturation * max(0.0, min(k, 4 - k, 1.0)) for k in ((n + hue / 60) % 6 for n in (5, 3, 1))
    )
    return r, g, b


# --- patterns: functions of nothing, (SIZE, SIZE) or (SIZE, SIZE, 3) from 0 to 1, repeating at their borders -------


def _noise(seed: int, frequency: float | tuple[float, float], slope: float = 1.0) -> Array:
    """Periodic noise (SIZE, SIZE) from 0 to 1: a random spectrum that falls off beyond ``frequency`` cycles a side."""
    fu, fv = frequency if isinstance(frequency, tuple) else (frequency, frequency)
    cycles = np.fft.fftfreq(SIZE, 1 / SIZE)
    radius = np.hypot(cycles[:, None] / fu, cycles[None, :] / fv)
    white = np.fft.fft2(np.random.default_rng(seed).standard_normal((SIZE, SIZE)))
    values = np.real(np.fft.ifft2(white / (1 + radius**2) ** (1 + slope)))
    values -= values.mean()
    return np.asarray(np.clip(0.5 + 0.2 * values / values.std(), 0, 1))


_V, _U = np.meshgrid((np.arange(SIZE) + 0.5) / SIZE, (np.arange(SIZE) + 0.5) / SIZE)  # U along rows, V along columns


def _plain() -> Array:
    return 0.35 + 0.3 * _noise(1, 90, 0.0)


def _mottle() -> Array:
    return 0.6 * _noise(2, 3) + 0.4 * _noise(3, 40, 0.3)


def _wood() -> Array:
    """Grain along u: rings cut lengthwise, wavering, with pores."""
    waver = _noise(4, (1.2, 4))
    rings = 0.5 + 0.5 * np.sin(2 * np.pi * (6 * _V + 2.2 * waver))
    pores = _noise(5, (5, 110), 0.2)
    return np.clip(0.45 * rings**1.5 + 0.35 * _noise(6, (1.5, 30)) + 0.35 * pores - 0.1, 0, 1)


def _planks(rows: int = 8) -> Array:
    """Floor boards along u, each with its own tone and staggered ends."""
    grain = _wood()
    rng = np.random.default_rng(7)
    out = np.zeros((SIZE, SIZE))
    row = (_V * rows).astype(int)
    for k in range(rows):
        offset, tone = rng.uniform(), rng.uniform(-0.22, 0.22, 2)
        here = row == k
        along = (_U + offset) % 1.0
        second = along > 0.5
        board = np.roll(grain, int(rng.integers(SIZE)), axis=1) + np.where(second, tone[0], tone[1])
        joint = np.minimum(np.abs(along % 0.5), np.abs(0.5 - along % 0.5)) < 0.0022
        out[here] = np.where(joint, -0.6, board)[here]
    across = (_V * rows) % 1.0
    out[(across < 0.035) | (across > 0.985)] -= 0.45
    return np.clip(0.12 + 0.8 * out, 0, 1)


def _tiles(count: int = 4, joint: float = 0.02) -> Array:
    u, v = (_U * count) % 1.0, (_V * count) % 1.0
    edge = np.minimum(np.minimum(u, 1 - u), np.minimum(v, 1 - v))
    tone = np.random.default_rng(8).uniform(-0.12, 0.12, (count, count))
    body = 0.75 + tone[(_U * count).astype(int), (_V * count).astype(int)] + 0.2 * (_noise(9, 12) - 0.5)
    return np.clip(np.where(edge < joint, 0.1, body), 0, 1)


def _weave() -> Array:
    threads = 32
    u, v = _U * threads * np.pi, _V * threads * np.pi
    over = (np.floor(_U * threads) + np.floor(_V * threads)) % 2
    cloth = np.where(over > 0, np.abs(np.sin(u)), np.abs(np.sin(v)))
    return np.clip(0.15 + 0.45 * cloth + 0.4 * _noise(10, 14), 0, 1)


def _plush() -> Array:
    return np.clip(0.7 * _noise(11, 60, 0.1) + 0.3 * _noise(12, 6), 0, 1)


def _marble() -> Array:
    veins = 1 - np.abs(2 * _noise(13, 4) - 1) ** 0.35
    return np.asarray(np.clip(1 - 0.75 * veins * _noise(14, 6), 0, 1))


def _speckle() -> Array:
    return np.where(_noise(15, 120, 0.0) > 0.62, 0.1, 0.8) * (0.8 + 0.2 * _noise(16, 20))


def _stripes() -> Array:
    return np.clip(np.where((_V * 8) % 1.0 < 0.35, 0.05, 0.9) + 0.15 * (_weave() - 0.5), 0, 1)


def _rug() -> Array:
    """A border, diamonds and a woven ground; fitted once to the rug."""
    u, v = np.abs(2 * _U - 1), np.abs(2 * _V - 1)
    frame = np.maximum(u, v)
    ground = 0.62 + 0.25 * (_noise(17, 70, 0.1) - 0.5)
    diamonds = (np.abs((_U * 6) % 1.0 - 0.5) + np.abs((_V * 9) % 1.0 - 0.5)) < 0.33
    small = (np.abs((_U * 6) % 1.0 - 0.5) + np.abs((_V * 9) % 1.0 - 0.5)) < 0.14
    t = np.where(diamonds, 0.22, ground)
    t = np.where(small, 0.85, t)
    t = np.where((frame > 0.8) & (frame < 0.95), 0.12, t)
    t = np.where((frame > 0.845) & (frame < 0.87), 0.9, t)
    return np.clip(t + 0.2 * (_noise(18, 100, 0.0) - 0.5), 0, 1)


def _art(seed: int) -> Callable[[], Array]:
    """An abstract painting: soft grounds, discs and strokes in a narrow palette."""

    def paint() -> Array:
        rng = np.random.default_rng(100 + seed)
        hue = rng.uniform(0, 360)
        palette = [
            np.array(hsv((hue + d) % 360, s, v))
            for d, s, v in ((0, 0.12, 0.93), (20, 0.42, 0.74), (195, 0.38, 0.55), (170, 0.3, 0.3), (40, 0.55, 0.88))
        ]
        image = np.ones((SIZE, SIZE, 3)) * palette[0]
        horizon = rng.uniform(0.3, 0.6) + 0.08 * (_noise(200 + seed, 3)[:, 128:129] - 0.5)
        image = np.where((horizon > _V)[..., None], palette[1], image)
        image = np.where((horizon * rng.uniform(0.4, 0.7) > _V)[..., None], palette[2], image)
        for k in range(4):
            cu, cv, r = rng.uniform(0.15, 0.85), rng.uniform(0.2, 0.85), rng.uniform(0.06, 0.2)
            disc = (np.hypot(_U - cu, _V - cv) < r)[..., None]
            image = np.where(disc, 0.25 * image + 0.75 * palette[(k + 2) % 5], image)
        for _ in range(3):
            slope, at = rng.uniform(-0.8, 0.8), rng.uniform(0.2, 0.8)
            stroke = np.abs(_V - at - slope * (_U - 0.5) - 0.03 * np.sin(9 * _U)) < rng.uniform(0.006, 0.02)
            image = np.where(stroke[..., None], palette[3], image)
        margin = (np.maximum(np.abs(2 * _U - 1), np.abs(2 * _V - 1)) > 0.84)[..., None]
        image = np.where(margin, (0.95, 0.94, 0.91), image * (0.9 + 0.2 * _noise(300 + seed, 30)[..., None]))
        return np.clip(image, 0, 1)

    return paint


def _clock() -> Array:
    r, a = np.hypot(2 * _U - 1, 2 * _V - 1), np.arctan2(2 * _U - 1, 2 * _V - 1)
    tick = np.abs((a / (2 * np.pi) * 12 + 0.5) % 1.0 - 0.5) * 2 * np.pi / 12 * r
    face = np.where((r > 0.72) & (r < 0.88) & (tick < 0.03), 0.05, 0.95)
    for hour, length, width in ((10.15, 0.5, 0.045), (1.8, 0.72, 0.03)):
        t = hour / 12 * 2 * np.pi
        along = (2 * _U - 1) * math.sin(t) + (2 * _V - 1) * math.cos(t)
        aside = (2 * _U - 1) * math.cos(t) - (2 * _V - 1) * math.sin(t)
        face = np.where((along > -0.1) & (along < length) & (np.abs(aside) < width), 0.03, face)
    return np.asarray(np.where(r < 0.07, 0.03, face))


def _screen() -> Array:
    """A desktop: a soft wallpaper, a window with lines of text, a bar."""
    image = np.stack([0.10 + 0.25 * _V, 0.25 + 0.25 * _V + 0.1 * _U, 0.45 + 0.3 * _U], axis=-1)
    window = (_U > 0.12) & (_U < 0.72) & (_V > 0.2) & (_V < 0.9)
    image = np.where(window[..., None], (0.93, 0.94, 0.95), image)
    line = (_V * 24).astype(int)
    ends = np.random.default_rng(19).uniform(0.3, 0.68, 25)[line]
    text = window & (_V < 0.83) & ((_V * 24) % 1.0 < 0.45) & (_U > 0.16) & (ends > _U)
    image = np.where(text[..., None], (0.35, 0.38, 0.45), image)
    image = np.where((window & (_V > 0.84))[..., None], (0.30, 0.45, 0.65), image)
    return np.where((_V < 0.07)[..., None], (0.08, 0.09, 0.12), image)


def _film() -> Array:
    """A television picture: hills at dusk."""
    image = np.stack([0.95 - 0.55 * _V, 0.6 - 0.3 * _V, 0.45 + 0.15 * _V], axis=-1)
    image = np.where((np.hypot(_U - 0.7, (_V - 0.52) * 0.6) < 0.07)[..., None], (1.0, 0.9, 0.65), image)
    for k, colour in enumerate(((0.45, 0.30, 0.42), (0.28, 0.2, 0.32), (0.12, 0.10, 0.18))):
        ridge = 0.5 - 0.14 * k + 0.09 * np.sin((3 + k) * 2 * np.pi * _U + k) + 0.05 * np.sin((7 - k) * 6 * _U + 2 * k)
        image = np.where((ridge > _V)[..., None], colour, image)
    return image


def _keys() -> Array:
    u, v = (_U * 15 + 0.5 * (np.floor(_V * 5) % 2)) % 1.0, (_V * 5) % 1.0
    gap = (np.minimum(u, 1 - u) < 0.1) | (np.minimum(v, 1 - v) < 0.1)
    bar = (_V < 0.2) & (_U > 0.3) & (_U < 0.65) & (v > 0.1) & (v < 0.9)
    border = (np.abs(2 * _U - 1) > 0.96) | (np.abs(2 * _V - 1) > 0.92)
    return np.asarray(np.where(border | (gap & ~bar), 0.05, 0.9))


def _cover() -> Array:
    """A book's cover: a title block and a band."""
    title = (_V > 0.62) & (_V < 0.8) & (_U > 0.18) & (_U < 0.82) & ((_V * 20) % 1.0 < 0.6)
    return np.clip(np.where(title | ((_V > 0.1) & (_V < 0.16)), 0.95, 0.3 + 0.1 * _noise(20, 60)), 0, 1)


def _spine() -> Array:
    """A book's spine: two bands and a title along it (v runs up the spine)."""
    band = (np.abs(_V - 0.12) < 0.02) | (np.abs(_V - 0.88) < 0.02)
    title = (np.abs(_U - 0.5) < 0.16) & (_V > 0.3) & (_V < 0.74) & (_noise(21, (3, 40), 0.1) > 0.4)
    return np.clip(np.where(band | title, 0.95, 0.3 + 0.1 * _noise(22, 60)), 0, 1)


def _leafy() -> Array:
    veins = np.abs(((_U * 6 + 2 * np.abs(_V - 0.5)) % 1.0) - 0.5) < 0.06
    return np.asarray(np.clip(0.3 + 0.5 * _noise(23, 5) + 0.25 * veins, 0, 1))


def _panels() -> Array:
    """A panelled door: four sunken fields with a shadow line around each."""
    u, v = np.abs((_U * 2) % 1.0 - 0.5), np.where(_V > 0.42, np.abs((_V - 0.71) / 0.58), np.abs((_V - 0.21) / 0.42))
    field = np.maximum(u / 0.36, v / 0.39)
    line = np.abs(field - 1.0) < 0.05
    return np.where(line, 0.0, np.where(field < 1.0, 0.72, 0.9)) + 0.06 * (_noise(24, 30) - 0.5)


PATTERNS: dict[str, Callable[[], Array]] = {
    "plain": _plain, "mottle": _mottle, "wood": _wood, "planks": _planks, "tiles": _tiles, "weave": _weave,
    "plush": _plush, "marble": _marble, "speckle": _speckle, "stripes": _stripes, "rug": _rug, "clock": _clock,
    "screen": _screen, "film": _film, "keys": _keys, "cover": _cover, "spine": _spine, "leafy": _leafy,
    "panels": _panels, **{f"art{k}": _art(k) for k in range(8)},
}  # fmt: skip


def pattern(name: str) -> Array:
    """Return the pattern (SIZE, SIZE, 3) float32 from 0 to 1, indexed [u, v]."""
    values = np.asarray(PATTERNS[name](), dtype=np.float32)
    return np.repeat(values[..., None], 3, axis=2) if values.ndim == 2 else values
