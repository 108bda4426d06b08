"""Fixtures: kitchen, bathroom, and what belongs to walls; each function builds one model, sizes in metres."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from spatialkit.adapters.toy import palette as p
from spatialkit.adapters.toy.materials import Material, hsv, shade
from spatialkit.adapters.toy.model import Model, Style, Support, fronts
from spatialkit.adapters.toy.shapes import Part, box, cylinder, lathe, sheet, stretched, tube

Array = npt.NDArray[np.float64]
Rng = np.random.Generator

COUNTER = 0.9  # height of a worktop
DEPTH = 0.6


def _base(width: float, top: Material) -> list[Part]:
    """A kitchen base unit: plinth, carcass, worktop."""
    return [
        box(p.PLASTIC, (width, DEPTH - 0.1, 0.1), (0, -0.05, 0)),
        box(p.PAINTED_WOOD, (width, DEPTH - 0.04, COUNTER - 0.14), (0, -0.02, 0.1)),
        box(top, (width, DEPTH, 0.04), (0, 0, COUNTER - 0.04)),
    ]


def base_cabinet(rng: Rng, style: Style, width: float = 0.8, drawers: bool = False) -> Model:
    """A base cabinet with a worktop."""
    rows, columns = (3, 1) if drawers else (1, 2)
    return Model.of(
        "cabinet",
        _base(width, p.STONE),
        fronts(p.CABINET, p.STEEL, columns, rows, (width, COUNTER - 0.15), DEPTH / 2 - 0.04, 0.105),
        supports=[Support(0, 0, COUNTER, width - 0.1, DEPTH - 0.16, 0.5)],
    )


def kitchen_sink(rng: Rng, style: Style) -> Model:
    """A sink let into its own base unit: basin, rim, tap."""
    w, rim, basin = 0.8, COUNTER, 0.17
    bw, bd = 0.5, 0.36
    wall = 0.015
    tap = [
        (0.0, -0.22, rim),
        (0, -0.22, rim + 0.26),
        (0, -0.19, rim + 0.3),
        (0, -0.12, rim + 0.31),
        (0, -0.07, rim + 0.27),
    ]
    frame = [
        *(box(p.STONE, ((w - bw) / 2, DEPTH, 0.04), (s * (w + bw) / 4, 0, rim - 0.04)) for s in (-1, 1)),
        *(box(p.STONE, (bw, (DEPTH - bd) / 2, 0.04), (0, s * (DEPTH + bd) / 4, rim - 0.04)) for s in (-1, 1)),
    ]
    return Model.of(
        "sink",
        box(p.PLASTIC, (w, DEPTH - 0.1, 0.1), (0, -0.05, 0)),
        box(p.PAINTED_WOOD, (w, DEPTH - 0.04, rim - basin - 0.13), (0, -0.02, 0.1)),
        [
            box(p.PAINTED_WOOD, (0.018, DEPTH - 0.04, basin), (s * (w - 0.018) / 2, -0.02, rim - basin - 0.04))
            for s in (-1, 1)
        ],
        box(p.PAINTED_WOOD, (w - 0.04, 0.018, basin), (0, DEPTH / 2 - 0.05, rim - basin - 0.04)),
        frame,
        box(p.STEEL, (bw, bd, 0.01), (0, 0, rim - basin)),
        [box(p.STEEL, (wall, bd, basin), (s * (bw / 2 - wall / 2), 0, rim - basin + 0.004)) for s in (-1, 1)],
        [
            box(p.STEEL, (bw - 2 * wall, wall, basin), (0, s * (bd / 2 - wall / 2), rim - basin + 0.004))
            for s in (-1, 1)
        ],
        cylinder(p.CHROME, 0.025, 0.03, (0, -0.22, rim)),
        tube(p.CHROME, tap, 0.012),
        box(p.CHROME, (0.07, 0.015, 0.012), (0.05, -0.22, rim + 0.06)),
        fronts(p.CABINET, p.STEEL, 2, 1, (w, rim - 0.15), DEPTH / 2 - 0.04, 0.105),
    )


def stove(rng: Rng, style: Style) -> Model:
    """A cooker: oven door with window, knobs, hob with four plates."""
    w = 0.6
    front = DEPTH / 2 - 0.03
    return Model.of(
        "stove",
        box(p.STEEL, (w, DEPTH - 0.03, COUNTER - 0.02), (0, -0.015, 0)),
        box(p.GLASS, (w, DEPTH, 0.02), (0, 0, COUNTER - 0.02), edge=0.006),
        [
            cylinder(p.BLACK_METAL, r, 0.006, (x, y, COUNTER))
            for x, y, r in ((-0.14, -0.12, 0.085), (0.14, -0.12, 0.1), (-0.14, 0.13, 0.1), (0.14, 0.13, 0.085))
        ],
        box(p.LACQUER, (w - 0.02, 0.02, 0.5), (0, front + 0.01, 0.14)),
        box(p.GLASS, (w - 0.14, 0.006, 0.3), (0, front + 0.021, 0.2)),
        tube(p.CHROME, [(-0.24, front + 0.04, 0.59), (0.24, front + 0.04, 0.59)], 0.009),
        [box(p.CHROME, (0.015, 0.03, 0.015), (s * 0.22, front + 0.03, 0.5825)) for s in (-1, 1)],
        [cylinder(p.PLASTIC, 0.02, 0.025, (x, front, 0.76), tilt=-90) for x in (-0.21, -0.1, 0.1, 0.21)],
        box(p.GLASS, (0.1, 0.006, 0.04), (0, front + 0.003, 0.74)),
        supports=[Support(-0.14, -0.12, COUNTER + 0.006, 0.2, 0.2, 0.5)],
    )


def refrigerator(rng: Rng, style: Style) -> Model:
    """A fridge with a freezer compartment below, two doors with handles."""
    w, d, h = 0.6, 0.64, 1.82
    body = p.LACQUER if rng.uniform() < 0.5 else p.STEEL
    return Model.of(
        "refrigerator",
        box(body, (w, d - 0.06, h - 0.03), (0, -0.03, 0.03)),
        box(p.PLASTIC, (w - 0.04, d - 0.1, 0.03), (0, -0.03, 0)),
        box(body, (w, 0.055, 1.1), (0, d / 2 - 0.0275, 0.72), edge=0.015),
        box(body, (w, 0.055, 0.64), (0, d / 2 - 0.0275, 0.06), edge=0.015),
        [box(p.CHROME, (0.02, 0.035, 0.36), (-w / 2 + 0.05, d / 2 + 0.015, z), edge=0.008) for z in (0.8, 0.3)],
        supports=[Support(0, -0.03, h, w - 0.14, d - 0.2, 0.4)],
    )


def wall_cabinet(rng: Rng, style: Style, width: float = 0.8) -> Model:
    """A cabinet that hangs on a wall; z = 0 is its lower edge."""
    d, h = 0.34, 0.62
    return Model.of(
        "wall cabinet",
        box(p.PAINTED_WOOD, (width, d - 0.02, h), (0, -0.01, 0)),
        fronts(p.CABINET, p.STEEL, 2 if width > 0.65 else 1, 1, (width, h), d / 2 - 0.02, 0),
    )


def range_hood(rng: Rng, style: Style) -> Model:
    """A hood over the stove; z = 0 is its lower edge."""
    return Model.of(
        "range hood",
        box(p.STEEL, (0.6, 0.46, 0.06)),
        box(p.PLASTIC, (0.5, 0.36, 0.01), (0, 0, -0.01)),
        box(p.STEEL, (0.26, 0.24, 0.62), (0, -0.11, 0.06)),
    )


def toilet(rng: Rng, style: Style) -> Model:
    """A toilet: foot, bowl, seat, lid, cistern."""
    bowl = lathe(p.PORCELAIN, [(0, 0), (0.12, 0), (0.11, 0.1), (0.13, 0.22), (0.18, 0.36), (0.18, 0.38), (0, 0.38)])
    seat = lathe(p.CERAMIC, [(0, 0), (0.187, 0), (0.19, 0.012), (0.187, 0.03), (0, 0.034)])
    return Model.of(
        "toilet",
        stretched(bowl, y=1.3).moved(_at(0, 0.08, 0)),
        stretched(seat, y=1.28).moved(_at(0, 0.08, 0.382)),
        box(p.PORCELAIN, (0.2, 0.2, 0.36), (0, -0.16, 0), edge=0.03),
        box(p.PORCELAIN, (0.38, 0.17, 0.4), (0, -0.265, 0.36), edge=0.03),
        box(p.PORCELAIN, (0.4, 0.19, 0.03), (0, -0.26, 0.76), edge=0.012),
        cylinder(p.CHROME, 0.025, 0.008, (0, -0.26, 0.79)),
    )


def _at(x: float, y: float, z: float) -> Array:
    shift = np.eye(4)
    shift[:3, 3] = x, y, z
    return shift


def bathtub(rng: Rng, style: Style) -> Model:
    """A tub along the wall behind it, with tap and panel."""
    w, d, h = 1.65, 0.74, 0.56
    basin = lathe(p.PORCELAIN, [(1.0, 0.0), (0.97, -0.1), (0.88, -0.36), (0.75, -0.41), (0, -0.42)])
    inner = stretched(basin, x=w / 2 - 0.09, y=d / 2 - 0.08).moved(_at(0, 0, h - 0.01))
    angles = np.linspace(0, 2 * math.pi, 37)
    c, s = np.cos(angles), np.sin(angles)
    reach = 1 / np.maximum(np.abs(c), np.abs(s))  # from the ellipse out to the rectangle
    rim = np.stack(
        [
            np.stack([(w / 2 - 0.09) * c, (d / 2 - 0.08) * s, np.full_like(c, h)], axis=-1),
            np.stack([(w / 2) * c * reach, (d / 2) * s * reach, np.full_like(c, h)], axis=-1),
            np.stack([(w / 2) * c * reach, (d / 2) * s * reach, np.full_like(c, h - 0.04)], axis=-1),
        ]
    )
    return Model.of(
        "bathtub",
        inner,
        sheet(p.PORCELAIN, rim[:2]),
        sheet(p.PORCELAIN, rim[1:]),
        [box(p.PORCELAIN, (w - 0.02, 0.02, h - 0.03), (0, t * (d / 2 - 0.025), 0)) for t in (-1, 1)],
        [box(p.PORCELAIN, (0.02, d - 0.04, h - 0.03), (t * (w / 2 - 0.025), 0, 0)) for t in (-1, 1)],
        tube(p.CHROME, [(w / 2 - 0.06, 0, h), (w / 2 - 0.06, 0, h + 0.09), (w / 2 - 0.17, 0, h + 0.08)], 0.014),
        [cylinder(p.CHROME, 0.022, 0.05, (w / 2 - 0.05, y, h)) for y in (-0.1, 0.1)],
        supports=[Support(0.045 - w / 2, 0.045 - d / 2, h, 0.1, 0.1)],
    )


def washbasin(rng: Rng, style: Style) -> Model:
    """A washbasin on a cabinet: labelled as what people call it, a sink."""
    w, d, h = 0.8, 0.48, 0.84
    bowl = lathe(
        p.PORCELAIN,
        [(0, 0.0), (0.1, 0.002), (0.18, 0.05), (0.21, 0.11), (0.2, 0.11), (0.16, 0.06), (0.08, 0.02), (0, 0.015)],
    )
    tap = [(0.0, -0.19, h), (0, -0.19, h + 0.2), (0, -0.15, h + 0.22), (0, -0.07, h + 0.2)]
    return Model.of(
        "sink",
        box(style.wood, (w - 0.02, d - 0.03, h - 0.24), (0, -0.015, 0.2)),
        fronts(style.wood, style.metal, 1, 2, (w - 0.02, h - 0.25), d / 2 - 0.03, 0.205),
        box(p.MARBLE, (w, d, 0.03), (0, 0, h - 0.03)),
        stretched(bowl, x=1.15, y=0.85).moved(_at(0, 0.03, h)),
        cylinder(p.CHROME, 0.024, 0.02, (0, -0.19, h)),
        tube(p.CHROME, tap, 0.012),
        [
            box(style.wood, (0.04, 0.04, 0.2), (s * (w / 2 - 0.05), y, 0))
            for s in (-1, 1)
            for y in (-d / 2 + 0.04, d / 2 - 0.08)
        ],
        supports=[Support(s * 0.33, -0.02, h, 0.12, 0.36, 0.4) for s in (-1, 1)],
    )


def washing_machine(rng: Rng, style: Style) -> Model:
    """A front loader."""
    w, d, h = 0.6, 0.56, 0.85
    ring = [(0.13, 0), (0.2, 0), (0.2, 0.03), (0.15, 0.04), (0.13, 0.01)]
    return Model.of(
        "washing machine",
        box(p.LACQUER, (w, d, h), edge=0.015),
        lathe(p.STEEL, ring, (0, d / 2 - 0.003, 0.4), tilt=-90),
        cylinder(p.GLASS, 0.135, 0.018, (0, d / 2 - 0.003, 0.4), tilt=-90),
        box(p.PALE_PLASTIC, (w - 0.04, 0.01, 0.1), (0, d / 2 + 0.003, h - 0.13)),
        cylinder(p.PLASTIC, 0.03, 0.02, (0.08, d / 2 + 0.006, h - 0.08), tilt=-90),
        box(p.GLASS, (0.12, 0.006, 0.04), (0.2, d / 2 + 0.009, h - 0.1)),
        supports=[Support(0, 0, h, w - 0.16, d - 0.14)],
    )


def towel_rail(rng: Rng, style: Style) -> Model:
    """A rail on the wall; z = 0 is the rail."""
    return Model.of(
        "towel rail",
        tube(p.CHROME, [(-0.3, 0.07, 0), (0.3, 0.07, 0)], 0.01),
        [tube(p.CHROME, [(s * 0.27, 0, 0), (s * 0.27, 0.07, 0)], 0.008) for s in (-1.0, 1.0)],
        [cylinder(p.CHROME, 0.022, 0.01, (s * 0.27, 0, 0), tilt=-90) for s in (-1, 1)],
    )


def towel(rng: Rng, style: Style) -> Model:
    """A towel over a rail (the rail is at y = 0.07, z = 0)."""
    cloth = p.TERRY.with_colour(hsv(float(rng.uniform(0, 360)), 0.28, 0.8), 0.1)
    w, front, back, r = 0.36, 0.55, 0.35, 0.014
    angles = np.linspace(math.pi, 0, 7)
    line = [(-r, -back), *((r * math.cos(a), r * math.sin(a)) for a in angles), (r, -front / 2), (r, -front)]
    x = np.linspace(-w / 2, w / 2, 9)
    fold = 0.006 * np.sin(np.arange(9) * 2.2)
    grid = np.array([[(xx, 0.07 + y + f * (z < -0.1), z) for xx, f in zip(x, fold, strict=True)] for y, z in line])
    return Model.of("towel", sheet(cloth, grid))


def mirror(rng: Rng, style: Style, width: float = 0.7, height: float = 0.9) -> Model:
    """A framed mirror on a wall; z = 0 is its lower edge."""
    return Model.of("mirror", _framed(style.wood, width, height, 0.03), _pane(p.MIRROR, width, height, 0.03))


def picture(rng: Rng, style: Style, width: float = 0.6, height: float = 0.8) -> Model:
    """A framed abstract painting; z = 0 is its lower edge."""
    art = Material((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), f"art{int(rng.integers(8))}", 0.0)
    wood = (style.wood, p.BLACK_METAL, p.FRAME)[int(rng.integers(3))]
    return Model.of("picture", _framed(wood, width, height, 0.025), _pane(art, width, height, 0.025))


def _framed(wood: Material, w: float, h: float, bar: float) -> list[Part]:
    return [
        *(box(wood, (w, 0.03, bar), (0, 0.015, z)) for z in (0.0, h - bar)),
        *(box(wood, (bar, 0.03, h - 2 * bar), (s * (w - bar) / 2, 0.015, bar)) for s in (-1, 1)),
    ]


def _pane(what: Material, w: float, h: float, bar: float) -> Part:
    return box(what, (w - 2 * bar, 0.015, h - 2 * bar), (0, 0.0075, bar))


def clock(rng: Rng, style: Style) -> Model:
    """A round clock on a wall; z = 0 is its lower edge."""
    r = 0.15
    rim = [(0.13, 0), (r, 0), (r, 0.03), (0.138, 0.034), (0.13, 0.015)]
    face = box(p.CLOCK_FACE, (2 * r - 0.07, 0.012, 2 * r - 0.07), (0, 0.006, 0.035))
    return Model.of(
        "clock",
        lathe(style.metal, rim, (0, 0, r), tilt=-90, yaw=0),
        cylinder(p.CERAMIC, 0.135, 0.01, (0, 0, r), tilt=-90),
        face,
    )


def radiator(rng: Rng, style: Style, width: float = 1.0) -> Model:
    """A ribbed radiator on the wall; z = 0 is its lower edge."""
    count = int(width / 0.06)
    return Model.of(
        "radiator",
        [
            box(p.LACQUER, (0.045, 0.07, 0.5), ((k - (count - 1) / 2) * 0.06, 0.045, 0), edge=0.015)
            for k in range(count)
        ],
        [box(p.LACQUER, (count * 0.06, 0.03, 0.03), (0, 0.045, z)) for z in (0.04, 0.43)],
    )


def window(rng: Rng, style: Style, width: float = 1.4, height: float = 1.3) -> Model:
    """A window of two panes in its frame; z = 0 is its lower edge, y = 0 the plane of the glass."""
    bar = 0.05
    return Model.of(
        "window",
        [box(p.FRAME, (width, 0.06, bar), (0, 0.03, z)) for z in (0.0, height - bar)],
        [
            box(p.FRAME, (bar, 0.06, height - 2 * bar), (x, 0.03, bar))
            for x in (-(width - bar) / 2, 0, (width - bar) / 2)
        ],
        box(p.SKY, (width - 2 * bar, 0.006, height - 2 * bar), (0, 0.02, bar)),
        box(p.CHROME, (0.015, 0.05, 0.1), (0.0, 0.08, height * 0.4)),
    )


def curtain(rng: Rng, style: Style, height: float = 2.3, width: float = 0.42) -> Model:
    """A gathered curtain; z = 0 is its hem."""
    x = np.linspace(-width / 2, width / 2, 29)
    rows = np.linspace(0, 1, 5)
    tone = rng.uniform(0.8, 1.2)
    grid = np.array(
        [
            [
                (xx * (1 - 0.1 * v), 0.035 * math.cos(i * 1.35 * tone) * (1.1 - 0.4 * v), height * v)
                for i, xx in enumerate(x)
            ]
            for v in rows
        ]
    )
    cloth = p.CURTAIN.with_colour(shade(p.FABRICS[int(rng.integers(len(p.FABRICS)))], 1.2), 0.08)
    return Model.of("curtain", sheet(cloth if rng.uniform() < 0.5 else p.CURTAIN, grid))


def curtain_rod(rng: Rng, style: Style, width: float = 2.2) -> Model:
    """A rod on two brackets; z = 0 is the rod, y = 0 the wall."""
    half = width / 2
    return Model.of(
        "curtain rod",
        tube(style.metal, [(-half, 0.1, 0), (half, 0.1, 0)], 0.012),
        [tube(style.metal, [(s * (half - 0.04), 0, 0), (s * (half - 0.04), 0.1, 0)], 0.008) for s in (-1.0, 1.0)],
    )


def door(rng: Rng, style: Style, width: float = 0.82, height: float = 2.02) -> Model:
    """A door leaf with handles, hinged at x = 0 and reaching to x = width, y = 0 its middle plane."""
    leaf = [
        box(p.DOOR, (width, 0.04, height), (width / 2, 0, 0.008)),
        *(cylinder(p.CHROME, 0.024, 0.01, (width - 0.07, s * 0.02, 1.02), tilt=-90 * s) for s in (-1, 1)),
        *(
            tube(
                p.CHROME,
                [(width - 0.07, s * 0.025, 1.02), (width - 0.07, s * 0.06, 1.02), (width - 0.18, s * 0.06, 1.02)],
                0.009,
            )
            for s in (-1.0, 1.0)
        ),
    ]
    return Model.of("door", leaf)


def accent(rng: Rng) -> tuple[float, float, float]:
    """Draw a lively colour."""
    return hsv(float(rng.uniform(0, 360)), 0.55, 0.7)
