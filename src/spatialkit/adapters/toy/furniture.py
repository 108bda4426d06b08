"""Furniture of living rooms, bedrooms and studies: each function builds one model, sizes in metres."""

from __future__ import annotations

import math

import numpy as np

from spatialkit.adapters.toy import palette as p
from spatialkit.adapters.toy.materials import Material, shade
from spatialkit.adapters.toy.model import Model, Style, Support, fronts, legs
from spatialkit.adapters.toy.shapes import Part, ball, box, cylinder, lathe, pose, stretched, tube

Rng = np.random.Generator


def chair(rng: Rng, style: Style) -> Model:
    """A dining chair: tapered legs, padded seat, back of slats."""
    w, d, seat, top = 0.44, 0.42, 0.44, 0.86
    back = -d / 2 + 0.02
    return Model.of(
        "chair",
        legs(cylinder(style.wood, 0.014, seat, top=0.02), w / 2 - 0.03, d / 2 - 0.03),
        box(style.wood, (w, d, 0.025), (0, 0, seat - 0.025), edge=0.01),
        box(style.accent, (w - 0.03, d - 0.03, 0.035), (0, 0.005, seat), edge=0.015),
        [
            tube(style.wood, [(x, back, seat - 0.02), (x, back - 0.015, 0.65), (x, back - 0.05, top)], 0.014)
            for x in (-w / 2 + 0.03, w / 2 - 0.03)
        ],
        [
            box(style.wood, (w - 0.05, 0.016, 0.055), (0, back - 0.008 - 0.028 * k, 0.58 + 0.1 * k), edge=0.006)
            for k in range(3)
        ],
    )


def dining_table(rng: Rng, style: Style) -> Model:
    """A table for four: top, apron, four legs."""
    w, d, h = 1.5, 0.86, 0.75
    return Model.of(
        "dining table",
        box(style.wood, (w, d, 0.035), (0, 0, h - 0.035), edge=0.01),
        [box(style.wood, (w - 0.2, 0.02, 0.08), (0, y, h - 0.115)) for y in (-d / 2 + 0.07, d / 2 - 0.07)],
        [box(style.wood, (0.02, d - 0.2, 0.08), (x, 0, h - 0.115)) for x in (-w / 2 + 0.07, w / 2 - 0.07)],
        legs(cylinder(style.wood, 0.022, h - 0.035, top=0.034), w / 2 - 0.07, d / 2 - 0.07),
        supports=[Support(0, 0, h, w - 0.16, d - 0.14)],
    )


def coffee_table(rng: Rng, style: Style) -> Model:
    """A low table: a round or a long top, a lower shelf."""
    if rng.uniform() < 0.5:
        return Model.of(
            "coffee table",
            lathe(style.wood, [(0, 0.38), (0.4, 0.38), (0.42, 0.395), (0.42, 0.41), (0, 0.41)]),
            [
                tube(
                    style.wood,
                    [(0.1 * math.cos(a), 0.1 * math.sin(a), 0.385), (0.32 * math.cos(a), 0.32 * math.sin(a), 0)],
                    0.018,
                )
                for a in (0.4, 0.4 + 2.094, 0.4 + 4.189)
            ],
            supports=[Support(0, 0, 0.41, 0.56, 0.56)],
        )
    w, d, h = 1.05, 0.56, 0.42
    return Model.of(
        "coffee table",
        box(style.wood, (w, d, 0.03), (0, 0, h - 0.03), edge=0.008),
        legs(box(style.wood, (0.04, 0.04, h - 0.03)), w / 2 - 0.04, d / 2 - 0.04),
        box(style.wood, (w - 0.08, d - 0.08, 0.018), (0, 0, 0.14)),
        supports=[Support(0, 0, h, w - 0.1, d - 0.08), Support(0, 0, 0.158, w - 0.2, d - 0.2, 0.2)],
    )


def sofa(rng: Rng, style: Style, seats: int = 3) -> Model:
    """A sofa, or with one seat an armchair: base, seat cushions, back cushions, arms, feet."""
    seat = 0.62 if seats > 1 else 0.56
    arm, depth = 0.15, 0.88
    width = seats * seat + 2 * arm
    cloth = style.fabric if seats > 1 else style.accent
    middles = [(k - (seats - 1) / 2) * seat for k in range(seats)]
    return Model.of(
        "sofa" if seats > 1 else "armchair",
        legs(cylinder(style.wood, 0.014, 0.1, top=0.022), width / 2 - 0.07, depth / 2 - 0.08),
        box(cloth, (width - 0.02, depth - 0.03, 0.19), (0, 0, 0.1), edge=0.03),
        [box(cloth, (seat - 0.006, 0.66, 0.15), (x, 0.1, 0.285), edge=0.05) for x in middles],
        box(cloth, (width, 0.2, 0.62), (0, -depth / 2 + 0.1, 0.2), edge=0.06),
        [box(cloth, (seat - 0.02, 0.17, 0.42), (x, -depth / 2 + 0.25, 0.42), edge=0.07, tilt=9) for x in middles],
        [box(cloth, (arm, depth, 0.5), (s * (width - arm) / 2, 0, 0.12), edge=0.055) for s in (-1, 1)],
        supports=[Support(x, 0.05, 0.435, seat - 0.16, 0.3) for x in middles],
    )


def armchair(rng: Rng, style: Style) -> Model:
    """A sofa with one seat."""
    return sofa(rng, style, seats=1)


def tv_stand(rng: Rng, style: Style) -> Model:
    """A low board with two doors and an open shelf."""
    w, d, h = 1.6, 0.4, 0.46
    door = (w - 0.04) / 3
    return Model.of(
        "television stand",
        _case(style.wood, w, d, h, base=0.1),
        [box(style.other_wood, (door - 0.01, 0.018, h - 0.16), (s * door, d / 2 - 0.01, 0.13)) for s in (-1, 1)],
        [cylinder(style.metal, 0.01, 0.02, (s * door * 0.62, d / 2, h * 0.62), tilt=-90) for s in (-1, 1)],
        [box(style.wood, (0.02, d - 0.04, h - 0.14), (s * door / 2, 0, 0.12)) for s in (-1, 1)],
        legs(cylinder(style.wood, 0.014, 0.1, top=0.02), w / 2 - 0.08, d / 2 - 0.07),
        supports=[Support(0, 0, h, w - 0.1, d - 0.08), Support(0, 0, 0.12, door - 0.08, d - 0.12, 0.28)],
    )


def _case(wood: Material, w: float, d: float, h: float, *, base: float = 0.0, board: float = 0.02) -> list[Part]:
    """An open-fronted case: top, bottom, two sides, a back; from ``base`` to ``h``."""
    return [
        box(wood, (w, d, board), (0, 0, h - board)),
        box(wood, (w, d, board), (0, 0, base)),
        *(box(wood, (board, d, h - base - 2 * board), (s * (w - board) / 2, 0, base + board)) for s in (-1, 1)),
        box(wood, (w - 2 * board, 0.01, h - base - 2 * board), (0, -d / 2 + 0.008, base + board)),
    ]


def television(rng: Rng, style: Style) -> Model:
    """A flat television on a foot."""
    w, h = 1.12, 0.64
    return Model.of(
        "television",
        box(p.PLASTIC, (w, 0.035, h), (0, 0, 0.06), edge=0.008),
        box(p.FILM, (w - 0.03, 0.004, h - 0.03), (0, 0.0165, 0.075)),
        box(p.PLASTIC, (0.1, 0.03, 0.08), (0, -0.005, 0.01)),
        box(p.PLASTIC, (0.5, 0.2, 0.012), edge=0.005),
    )


def floor_lamp(rng: Rng, style: Style) -> Model:
    """A foot, a pole, a shade with its bulb."""
    return Model.of(
        "floor lamp",
        lathe(style.metal, [(0, 0), (0.15, 0), (0.15, 0.015), (0.03, 0.03), (0, 0.03)]),
        cylinder(style.metal, 0.012, 1.3, (0, 0, 0.02)),
        _lampshade(0.2, 0.15, 0.28, 1.28),
        cylinder(p.BULB, 0.03, 0.1, (0, 0, 1.32)),
    )


def _lampshade(bottom: float, top: float, height: float, at: float) -> Part:
    """A cone of cloth, open below and above."""
    wall = 0.004
    profile = [(bottom - wall, 0), (bottom, 0), (top, height), (top - wall, height), (bottom - wall, 0)]
    return lathe(p.SHADE, profile, (0, 0, at))


def table_lamp(rng: Rng, style: Style) -> Model:
    """A turned foot and a shade."""
    return Model.of(
        "lamp",
        lathe(
            p.CERAMIC.with_colour(p.GLAZES[int(rng.integers(len(p.GLAZES)))], 0.04),
            [(0, 0), (0.06, 0), (0.075, 0.05), (0.06, 0.12), (0.025, 0.17), (0.018, 0.2), (0, 0.2)],
        ),
        cylinder(style.metal, 0.008, 0.1, (0, 0, 0.19)),
        _lampshade(0.13, 0.09, 0.17, 0.24),
        cylinder(p.BULB, 0.025, 0.07, (0, 0, 0.27)),
    )


def ceiling_lamp(rng: Rng, style: Style) -> Model:
    """A flat bowl under the ceiling; hangs: z = 0 is the ceiling."""
    return Model.of(
        "ceiling lamp",
        cylinder(p.FRAME, 0.19, 0.025, (0, 0, -0.025)),
        lathe(p.BULB, [(0, -0.1), (0.08, -0.096), (0.14, -0.075), (0.17, -0.025)]),
    )


def pendant_lamp(rng: Rng, style: Style) -> Model:
    """A shade on a cord; hangs: z = 0 is the ceiling."""
    shade = [(0.2, -0.92), (0.19, -0.87), (0.11, -0.78), (0.03, -0.74), (0.03, -0.7), (0, -0.7)]
    inner = [(0, -0.745), (0.1, -0.79), (0.18, -0.875), (0.2, -0.92)]
    return Model.of(
        "pendant lamp",
        cylinder(p.FRAME, 0.05, 0.025, (0, 0, -0.025)),
        cylinder(p.BLACK_METAL, 0.004, 0.69, (0, 0, -0.71)),
        lathe(style.metal, shade),
        lathe(p.LACQUER, inner),
        ball(p.BULB, (0.08, 0.08, 0.08), (0, 0, -0.87)),
    )


def bookshelf(rng: Rng, style: Style) -> Model:
    """A tall open shelf of five boards."""
    w, d, h = 0.85, 0.3, 1.9
    levels = [0.08 + k * (h - 0.1) / 5 for k in range(5)]
    gap = (h - 0.1) / 5 - 0.025
    return Model.of(
        "bookshelf",
        _case(style.wood, w, d, h, base=0.06),
        box(style.wood, (w, d - 0.03, 0.06), (0, -0.015, 0)),
        [box(style.wood, (w - 0.04, d - 0.02, 0.02), (0, 0, z - 0.02)) for z in levels[1:]],
        supports=[Support(0, 0.02, z, w - 0.06, d - 0.08, gap) for z in levels],
    )


def bed(rng: Rng, style: Style, width: float = 1.5) -> Model:
    """A bed: frame, headboard, mattress, blanket."""
    length = 2.08
    blanket = p.STRIPED if rng.uniform() < 0.4 else style.accent
    return Model.of(
        "bed",
        box(style.wood, (width + 0.08, 0.05, 1.0), (0, -length / 2 + 0.025, 0), edge=0.015),
        box(style.wood, (width + 0.06, length - 0.05, 0.18), (0, 0.025, 0.12), edge=0.015),
        legs(box(style.wood, (0.06, 0.06, 0.12)), width / 2 - 0.05, length / 2 - 0.1),
        box(p.LINEN, (width, length - 0.12, 0.24), (0, 0.02, 0.28), edge=0.06),
        box(blanket, (width + 0.05, length * 0.66, 0.2), (0, length * 0.17 - 0.03, 0.345), edge=0.05),
        box(p.LINEN, (width + 0.045, 0.2, 0.03), (0, -length * 0.16 - 0.02, 0.533), edge=0.014),
        supports=[Support(0, 0.45, 0.545, width - 0.3, 0.7)],
    )


def nightstand(rng: Rng, style: Style) -> Model:
    """A small case with a drawer and an open shelf."""
    w, d, h = 0.44, 0.38, 0.5
    return Model.of(
        "nightstand",
        _case(style.wood, w, d, h, base=0.12),
        legs(cylinder(style.wood, 0.012, 0.12, top=0.018), w / 2 - 0.04, d / 2 - 0.04),
        box(style.other_wood, (w - 0.05, d - 0.04, 0.15), (0, 0.012, h - 0.175)),
        cylinder(style.metal, 0.012, 0.02, (0, d / 2 - 0.01, h - 0.1), tilt=-90),
        supports=[Support(0, 0, h, w - 0.08, d - 0.08), Support(0, 0, 0.14, w - 0.12, d - 0.12, 0.14)],
    )


def wardrobe(rng: Rng, style: Style) -> Model:
    """A wardrobe of two or three doors."""
    doors = int(rng.integers(2, 4))
    w, d, h = 0.52 * doors, 0.58, 2.05
    return Model.of(
        "wardrobe",
        box(style.wood, (w, d - 0.03, h), (0, -0.015, 0)),
        fronts(p.PAINTED_WOOD, style.metal, doors, 1, (w - 0.02, h - 0.12), d / 2 - 0.03, 0.08),
        supports=[Support(0, 0, h, w - 0.2, d - 0.16, 0.4)],
    )


def dresser(rng: Rng, style: Style) -> Model:
    """A chest of drawers."""
    w, d, h = 1.05, 0.46, 0.84
    return Model.of(
        "dresser",
        box(style.wood, (w, d - 0.03, h - 0.12), (0, -0.015, 0.1)),
        box(style.wood, (w + 0.02, d, 0.025), (0, 0, h - 0.025), edge=0.008),
        legs(cylinder(style.wood, 0.014, 0.1, top=0.022), w / 2 - 0.06, d / 2 - 0.07),
        fronts(p.PAINTED_WOOD, style.metal, 2, 3, (w - 0.03, h - 0.17), d / 2 - 0.03, 0.12),
        supports=[Support(0, 0, h, w - 0.1, d - 0.1)],
    )


def desk(rng: Rng, style: Style) -> Model:
    """A desk with a drawer unit under one side."""
    w, d, h = 1.4, 0.7, 0.74
    return Model.of(
        "desk",
        box(style.wood, (w, d, 0.03), (0, 0, h - 0.03), edge=0.008),
        [
            tube(style.metal, [(-w / 2 + 0.05, y, h - 0.03), (-w / 2 + 0.03, y, 0)], 0.02)
            for y in (-d / 2 + 0.06, d / 2 - 0.06)
        ],
        box(p.PAINTED_WOOD, (0.4, d - 0.1, h - 0.03), (w / 2 - 0.22, -0.01, 0)),
        _moved(fronts(p.PAINTED_WOOD, style.metal, 1, 3, (0.39, h - 0.09), d / 2 - 0.06, 0.05), w / 2 - 0.22),
        box(style.wood, (w - 0.5, 0.016, 0.3), (-0.19, -d / 2 + 0.08, h - 0.33)),
        supports=[Support(0, 0, h, w - 0.12, d - 0.1)],
    )


def _moved(parts: list[Part], x: float) -> list[Part]:
    shift = np.eye(4)
    shift[0, 3] = x
    return [part.moved(shift) for part in parts]


def office_chair(rng: Rng, style: Style) -> Model:
    """A swivel chair: star foot with castors, gas spring, seat, back, arms."""
    star = []
    for k in range(5):
        a = 2 * math.pi * k / 5 + math.pi / 2
        tip = (0.27 * math.cos(a), 0.27 * math.sin(a))
        star.append(tube(p.PLASTIC, [(0, 0, 0.1), (*tip, 0.065)], 0.017))
        star.append(ball(p.PLASTIC, (0.05, 0.05, 0.055), (*tip, 0.0)))
    return Model.of(
        "office chair",
        star,
        cylinder(p.STEEL, 0.025, 0.34, (0, 0, 0.08)),
        box(p.PLASTIC, (0.3, 0.3, 0.03), (0, 0, 0.41)),
        box(style.fabric, (0.5, 0.48, 0.08), (0, 0.02, 0.43), edge=0.035),
        box(style.fabric, (0.44, 0.07, 0.52), (0, -0.21, 0.56), edge=0.033, tilt=8),
        tube(p.PLASTIC, [(0, -0.1, 0.42), (0, -0.27, 0.46), (0, -0.31, 0.75)], 0.018),
        [
            tube(p.PLASTIC, [(s * 0.2, 0, 0.425), (s * 0.28, 0, 0.45), (s * 0.28, 0.0, 0.64)], 0.014)
            for s in (-1.0, 1.0)
        ],
        [box(p.PLASTIC, (0.06, 0.26, 0.025), (s * 0.28, 0.02, 0.635), edge=0.01) for s in (-1, 1)],
    )


def stool(rng: Rng, style: Style) -> Model:
    """A round stool on splayed legs."""
    feet = [(s * 0.16, t * 0.16) for s in (-1, 1) for t in (-1, 1)]
    return Model.of(
        "stool",
        lathe(style.wood, [(0, 0.43), (0.15, 0.43), (0.17, 0.445), (0.17, 0.46), (0, 0.465)]),
        [tube(style.wood, [(0.65 * x, 0.65 * y, 0.435), (x, y, 0)], 0.015) for x, y in feet],
        [
            tube(style.wood, [(0.87 * s, -0.87 * 0.16, 0.18), (0.87 * s, 0.87 * 0.16, 0.18)], 0.009)
            for s in (-0.16, 0.16)
        ],
        supports=[Support(0, 0, 0.465, 0.2, 0.2)],
    )


def rug(rng: Rng, style: Style, width: float = 2.0, depth: float = 1.5) -> Model:
    """A rug; a long one is a runner."""
    hue = p.FABRICS[int(rng.integers(len(p.FABRICS)))]
    woven = Material(shade(hue, 0.55), (0.90, 0.85, 0.76), "rug", 0.0)
    return Model.of("rug", box(woven if width > 1.0 else p.SHAG, (width, depth, 0.012)))


def coat_rack(rng: Rng, style: Style) -> Model:
    """A standing coat rack with hooks and a coat."""
    hooks = []
    for k in range(6):
        a = 2 * math.pi * k / 6
        c, s = math.cos(a), math.sin(a)
        hooks.append(
            tube(style.wood, [(0.01 * c, 0.01 * s, 1.6), (0.11 * c, 0.11 * s, 1.62), (0.15 * c, 0.15 * s, 1.7)], 0.009)
        )
    cloth = style.fabric
    coat = [(0, 0.65), (0.2, 0.65), (0.16, 1.05), (0.15, 1.4), (0.1, 1.52), (0.05, 1.6), (0, 1.6)]
    return Model.of(
        "coat rack",
        cylinder(style.wood, 0.02, 1.76, (0, 0, 0.03)),
        lathe(style.wood, [(0, 0), (0.2, 0), (0.2, 0.025), (0.04, 0.05), (0, 0.05)]),
        hooks,
        stretched(lathe(cloth, coat), x=0.55, y=0.9).moved(pose((0.15, 0, 0))),
        [tube(cloth, [(0.15, 0.07 * s, 1.5), (0.15, 0.17 * s, 1.4), (0.16, 0.21 * s, 0.95)], 0.05) for s in (-1, 1)],
    )


def shoe_bench(rng: Rng, style: Style) -> Model:
    """A bench with a rack for shoes below."""
    w, d = 0.9, 0.34
    return Model.of(
        "bench",
        legs(box(style.wood, (0.035, 0.035, 0.42)), w / 2 - 0.02, d / 2 - 0.02),
        box(style.wood, (w, d, 0.03), (0, 0, 0.42)),
        box(style.accent, (w - 0.03, d - 0.03, 0.05), (0, 0, 0.45), edge=0.02),
        [box(style.wood, (w - 0.04, 0.05, 0.015), (0, y, 0.12)) for y in (-0.11, -0.037, 0.037, 0.11)],
        supports=[Support(0, 0, 0.5, w - 0.2, d - 0.1), Support(0, 0, 0.135, w - 0.16, d - 0.06, 0.26)],
    )
