"""Small things: what stands and lies on furniture and floors; each function builds one model, sizes in metres."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from spatialkit.adapters.toy import palette as p
from spatialkit.adapters.toy.fixtures import accent
from spatialkit.adapters.toy.materials import Material
from spatialkit.adapters.toy.model import Model, Style
from spatialkit.adapters.toy.shapes import Part, ball, box, cylinder, lathe, leaf, stretched, tube

Array = npt.NDArray[np.float64]
Rng = np.random.Generator


def _glazed(rng: Rng) -> Material:
    return p.CERAMIC.with_colour(p.GLAZES[int(rng.integers(len(p.GLAZES)))], 0.03)


def mug(rng: Rng, style: Style) -> Model:
    """A mug with its handle."""
    glaze = _glazed(rng)
    r, h = 0.041, 0.095
    handle = [
        (r - 0.004, 0, 0.075),
        (r + 0.024, 0, 0.072),
        (r + 0.032, 0, 0.048),
        (r + 0.022, 0, 0.026),
        (r - 0.004, 0, 0.022),
    ]
    return Model.of(
        "mug",
        lathe(glaze, [(0, 0), (r - 0.004, 0), (r, 0.006), (r, h), (r - 0.004, h), (r - 0.004, 0.01), (0, 0.01)]),
        cylinder(p.SOIL, r - 0.005, 0.004, (0, 0, h - 0.025)),
        tube(glaze, handle, 0.006),
    )


def cup(rng: Rng, style: Style) -> Model:
    """A tumbler."""
    r, h = 0.036, 0.11
    wall = [(0, 0), (r - 0.006, 0), (r, h), (r - 0.003, h), (r - 0.009, 0.008), (0, 0.008)]
    return Model.of("cup", lathe(p.PALE_PLASTIC.with_colour(accent(rng), 0.03), wall))


def plate(rng: Rng, style: Style) -> Model:
    """A dinner plate."""
    rim = [(0, 0), (0.075, 0), (0.13, 0.018), (0.132, 0.022), (0.08, 0.008), (0, 0.006)]
    return Model.of(
        "plate", lathe(p.CERAMIC, rim), lathe(_glazed(rng), [(0.118, 0.0155), (0.128, 0.0205)], (0, 0, 0.0005))
    )


def bowl(rng: Rng, style: Style, fruit: bool = False) -> Model:
    """A bowl, empty or with fruit."""
    wall = [
        (0, 0),
        (0.05, 0),
        (0.055, 0.008),
        (0.1, 0.045),
        (0.118, 0.08),
        (0.113, 0.08),
        (0.09, 0.042),
        (0.04, 0.014),
        (0, 0.012),
    ]
    colours = ((0.75, 0.16, 0.12), (0.85, 0.62, 0.15), (0.45, 0.6, 0.2), (0.85, 0.45, 0.12))
    fruits = []
    for k in range(5 if fruit else 0):
        a = 2 * math.pi * k / 4
        at = (0.048 * math.cos(a), 0.048 * math.sin(a), 0.035) if k < 4 else (0.0, 0.0, 0.075)
        fruits.append(ball(p.PALE_PLASTIC.with_colour(colours[k % 4], 0.05), (0.072, 0.072, 0.068), at))
    return Model.of("bowl", lathe(_glazed(rng), wall), fruits)


def bottle(rng: Rng, style: Style) -> Model:
    """A bottle with a label."""
    body = [(0, 0), (0.036, 0), (0.038, 0.006), (0.038, 0.17), (0.03, 0.2), (0.014, 0.225), (0.013, 0.29), (0, 0.292)]
    glass = p.BOTTLE_GLASS if rng.uniform() < 0.6 else p.BOTTLE_GLASS.with_colour((0.5, 0.3, 0.1))
    return Model.of("bottle", lathe(glass, body), lathe(p.PAPER, [(0.0385, 0), (0.0385, 0.08)], (0, 0, 0.06)))


def vase(rng: Rng, style: Style) -> Model:
    """A vase with a few flowers."""
    body = [
        (0, 0),
        (0.045, 0),
        (0.07, 0.06),
        (0.075, 0.1),
        (0.04, 0.18),
        (0.03, 0.2),
        (0.04, 0.23),
        (0.036, 0.23),
        (0.026, 0.2),
        (0, 0.19),
    ]
    petal = p.PETAL.with_colour(accent(rng), 0.15)
    flowers: list[Part] = []
    for k in range(5):
        a, out = 2.4 * k + rng.uniform(0, 0.5), rng.uniform(0.03, 0.1)
        top = (out * math.cos(a), out * math.sin(a), rng.uniform(0.36, 0.44))
        flowers.append(tube(p.LEAF, [(0, 0, 0.19), (top[0] * 0.4, top[1] * 0.4, 0.3), top], 0.003))
        flowers.append(ball(p.BRASS, (0.018, 0.018, 0.014), top))
        flowers.extend(
            leaf(petal, 0.04, 0.028, (top[0], top[1], top[2] + 0.004), yaw=math.degrees(a) + 60 * j, rise=35, bend=40)
            for j in range(6)
        )
        flowers.append(
            leaf(p.LEAF, 0.12, 0.03, (top[0] * 0.3, top[1] * 0.3, 0.25), yaw=math.degrees(a) + 40, rise=55, bend=50)
        )
    return Model.of("vase", lathe(_glazed(rng), body), flowers)


def plant(rng: Rng, style: Style, height: float = 0.9) -> Model:
    """A pot plant: pot, soil, stems with arching leaves."""
    r = 0.09 + 0.08 * height
    pot_height = 1.7 * r
    pot = p.TERRACOTTA if rng.uniform() < 0.5 else _glazed(rng)
    wall = [
        (0, 0),
        (0.72 * r, 0),
        (0.97 * r, pot_height * 0.86),
        (r, pot_height * 0.87),
        (r, pot_height),
        (0.9 * r, pot_height),
        (0.88 * r, pot_height * 0.85),
    ]
    leaves: list[Part] = []
    count = int(9 + 10 * height)
    for k in range(count):
        a = 137.5 * k + rng.uniform(-20, 20)
        level = (k / count) ** 0.8
        stem = pot_height * 0.8 + level * (height - pot_height) * 0.55
        rise = 25 + 50 * level + rng.uniform(-8, 8)
        length = (0.30 + 0.14 * rng.uniform()) * (0.35 + 0.65 * height)
        root = (0.012 * math.cos(math.radians(a)), 0.012 * math.sin(math.radians(a)), stem)
        leaves.append(leaf(p.LEAF, length, 0.34 * length, root, yaw=a, rise=rise, bend=rng.uniform(60, 95)))
    stem_top = pot_height * 0.8 + (height - pot_height) * 0.58
    return Model.of(
        "plant",
        lathe(pot, wall),
        cylinder(p.SOIL, 0.89 * r, 0.01, (0, 0, pot_height * 0.84)),
        cylinder(p.LEAF, 0.016, stem_top - pot_height * 0.8, (0, 0, pot_height * 0.8), top=0.008),
        leaves,
    )


def _book(rng: Rng) -> tuple[Material, Material, tuple[float, float, float]]:
    colour = p.COVERS[int(rng.integers(len(p.COVERS)))]
    ink = (0.92, 0.85, 0.62) if sum(colour) < 1.6 else (0.25, 0.2, 0.2)
    # The ground of both patterns stands at 0.35 between dark and light: choose dark so that it shows the colour.
    dark = tuple(max(0.0, (c - 0.35 * i) / 0.65) for c, i in zip(colour, ink, strict=True))
    cover, spine = (Material((dark[0], dark[1], dark[2]), ink, m.pattern, 0.0, gloss=0.03) for m in (p.COVER, p.SPINE))
    return cover, spine, (rng.uniform(0.022, 0.05), rng.uniform(0.14, 0.18), rng.uniform(0.2, 0.27))


def book(rng: Rng, style: Style) -> Model:
    """A book lying on its back, spine to the front."""
    cover, _, (thick, depth, height) = _book(rng)
    return Model.of(
        "book",
        [box(cover, (height, depth, 0.003), (0, 0, z)) for z in (0.0, thick - 0.003)],
        box(p.PAPER, (height - 0.008, depth - 0.007, thick - 0.006), (0, -0.001, 0.003)),
        box(cover, (height, 0.003, thick - 0.006), (0, depth / 2 - 0.0015, 0.003)),
    )


def standing_book(rng: Rng, style: Style) -> Model:
    """A book standing as in a shelf, spine to the front."""
    cover, spine, (thick, depth, height) = _book(rng)
    return Model.of(
        "book",
        [box(cover, (0.003, depth, height), (s * (thick - 0.003) / 2, 0, 0)) for s in (-1, 1)],
        box(p.PAPER, (thick - 0.006, depth - 0.007, height - 0.008), (0, -0.001, 0.004)),
        box(spine, (thick - 0.006, 0.003, height), (0, depth / 2 - 0.0015, 0)),
    )


def laptop(rng: Rng, style: Style) -> Model:
    """An open laptop."""
    w, d = 0.33, 0.23
    return Model.of(
        "laptop",
        box(p.STEEL, (w, d, 0.016), (0, 0, 0), edge=0.004),
        box(p.KEYS, (w - 0.04, d * 0.45, 0.002), (0, -0.02, 0.0155)),
        box(p.PLASTIC, (0.1, 0.06, 0.001), (0, d / 2 - 0.045, 0.0158)),
        box(p.STEEL, (w, 0.008, 0.22), (0, -d / 2 + 0.004, 0.014), tilt=15),
        box(p.SCREEN, (w - 0.02, 0.002, 0.2), (0, -d / 2 + 0.009, 0.024), tilt=15),
    )


def monitor(rng: Rng, style: Style) -> Model:
    """A screen on its stand."""
    w, h = 0.6, 0.35
    return Model.of(
        "monitor",
        box(p.PLASTIC, (w, 0.03, h), (0, 0, 0.11), edge=0.008),
        box(p.SCREEN, (w - 0.02, 0.003, h - 0.025), (0, 0.015, 0.1225)),
        box(p.PLASTIC, (0.06, 0.02, 0.2), (0, -0.024, 0.008)),
        box(p.PLASTIC, (0.24, 0.17, 0.01), edge=0.004),
    )


def keyboard(rng: Rng, style: Style) -> Model:
    """A keyboard."""
    w, d = 0.42, 0.13
    return Model.of(
        "keyboard",
        box(p.PLASTIC, (w, d, 0.016), edge=0.005),
        box(p.KEYS, (w - 0.015, d - 0.015, 0.005), (0, 0, 0.0145)),
    )


def mouse(rng: Rng, style: Style) -> Model:
    """A computer mouse."""
    return Model.of(
        "computer mouse",
        ball(p.PLASTIC, (0.06, 0.1, 0.055), (0, 0, -0.018), square=0.8),
        box(p.PLASTIC, (0.04, 0.07, 0.01)),
    )


def cushion(rng: Rng, style: Style) -> Model:
    """A cushion, leaning back."""
    cloth = p.CLOTH.with_colour(p.FABRICS[int(rng.integers(len(p.FABRICS)))])
    cloth = p.STRIPED if rng.uniform() < 0.25 else cloth
    return Model.of(
        "cushion", ball(cloth, (0.42, 0.42, 0.15), (0, 0.06, 0.2), square=0.42, tilt=68).moved(_settle(0.42))
    )


def _settle(size: float) -> Array:
    shift = np.eye(4)
    shift[2, 3] = -0.2
    return shift


def pillow(rng: Rng, style: Style) -> Model:
    """A bed pillow, lying."""
    return Model.of("pillow", ball(p.LINEN, (0.62, 0.4, 0.16), square=0.4))


def trash_can(rng: Rng, style: Style) -> Model:
    """A bin, open above."""
    wall = [(0, 0), (0.1, 0), (0.135, 0.32), (0.13, 0.32), (0.097, 0.01), (0, 0.01)]
    skin = p.STEEL if rng.uniform() < 0.4 else p.PLASTIC.with_colour(accent(rng), 0.05)
    return Model.of(
        "trash can", lathe(skin, wall), lathe(skin, [(0.13, 0.315), (0.14, 0.315), (0.14, 0.33), (0.13, 0.33)])
    )


def basket(rng: Rng, style: Style) -> Model:
    """A wicker basket with two handles."""
    wall = [(0, 0), (0.17, 0), (0.21, 0.3), (0.22, 0.31), (0.205, 0.31), (0.165, 0.015), (0, 0.015)]
    ears = [
        [(s * 0.205, -0.07, 0.29), (s * 0.225, -0.04, 0.36), (s * 0.225, 0.04, 0.36), (s * 0.205, 0.07, 0.29)]
        for s in (-1.0, 1.0)
    ]
    return Model.of("basket", lathe(p.WICKER, wall), [tube(p.WICKER, ear, 0.01) for ear in ears])


def backpack(rng: Rng, style: Style) -> Model:
    """A backpack standing on the floor: body, front pocket, flap, straps, loop."""
    cloth = p.CLOTH.with_colour(accent(rng))
    dark = p.CLOTH.with_colour((0.2, 0.2, 0.22))
    straps = [
        [(s * 0.09, -0.09, 0.4), (s * 0.1, -0.14, 0.34), (s * 0.11, -0.14, 0.16), (s * 0.12, -0.09, 0.06)]
        for s in (-1.0, 1.0)
    ]
    return Model.of(
        "backpack",
        box(cloth, (0.3, 0.19, 0.44), edge=0.085),
        box(dark, (0.24, 0.09, 0.2), (0, 0.095, 0.03), edge=0.04),
        box(dark, (0.304, 0.194, 0.05), (0, 0, 0.28), edge=0.024),
        [tube(dark, strap, 0.014) for strap in straps],
        tube(dark, [(-0.04, -0.02, 0.42), (-0.03, -0.02, 0.47), (0.03, -0.02, 0.47), (0.04, -0.02, 0.42)], 0.009),
    )


def shoe(rng: Rng, style: Style, colour: tuple[float, float, float] = (0.3, 0.3, 0.35)) -> Model:
    """A shoe, toe to the front."""
    upper = p.CLOTH.with_colour(colour)
    return Model.of(
        "shoe",
        stretched(box(p.RUBBER, (0.095, 0.28, 0.025), edge=0.012), x=1.0),
        ball(upper, (0.088, 0.16, 0.1), (0, 0.05, -0.005), square=0.75),
        box(upper, (0.08, 0.14, 0.08), (0, -0.06, 0.02), edge=0.03),
        lathe(upper, [(0.036, 0.09), (0.034, 0.115), (0.026, 0.115), (0.026, 0.09)], (0, -0.065, 0)),
        [box(p.RUBBER, (0.05, 0.007, 0.006), (0, 0.02 + 0.02 * k, 0.088 - 0.006 * k)) for k in range(3)],
    )


def pot(rng: Rng, style: Style) -> Model:
    """A cooking pot with lid and handles."""
    ears = [
        [(s * 0.1, -0.03, 0.09), (s * 0.135, -0.025, 0.095), (s * 0.135, 0.025, 0.095), (s * 0.1, 0.03, 0.09)]
        for s in (-1.0, 1.0)
    ]
    return Model.of(
        "pot",
        lathe(p.STEEL, [(0, 0), (0.1, 0), (0.105, 0.006), (0.105, 0.12), (0, 0.12)]),
        lathe(p.STEEL, [(0.108, 0.12), (0.108, 0.125), (0.05, 0.14), (0, 0.142)]),
        ball(p.PLASTIC, (0.034, 0.034, 0.028), (0, 0, 0.138)),
        [tube(p.PLASTIC, ear, 0.007) for ear in ears],
    )


def kettle(rng: Rng, style: Style) -> Model:
    """An electric kettle."""
    body = [(0, 0), (0.085, 0), (0.085, 0.02), (0.08, 0.025), (0.062, 0.2), (0.055, 0.215), (0, 0.225)]
    return Model.of(
        "kettle",
        lathe(p.STEEL, body),
        ball(p.PLASTIC, (0.03, 0.03, 0.025), (0, 0, 0.218)),
        tube(p.PLASTIC, [(0.06, 0, 0.2), (0.11, 0, 0.2), (0.125, 0, 0.13), (0.085, 0, 0.05)], 0.011),
        tube(p.STEEL, [(-0.06, 0, 0.15), (-0.085, 0, 0.17), (-0.1, 0, 0.195)], 0.014),
    )


def toaster(rng: Rng, style: Style) -> Model:
    """A toaster with two slots."""
    return Model.of(
        "toaster",
        box(p.STEEL, (0.28, 0.16, 0.18), (0, 0, 0.012), edge=0.03),
        box(p.PLASTIC, (0.26, 0.14, 0.02)),
        [box(p.PLASTIC, (0.2, 0.025, 0.002), (0, y, 0.191)) for y in (-0.03, 0.03)],
        box(p.PLASTIC, (0.015, 0.03, 0.02), (0.145, 0, 0.11)),
    )


def microwave(rng: Rng, style: Style) -> Model:
    """A microwave oven."""
    w, d, h = 0.46, 0.34, 0.27
    return Model.of(
        "microwave",
        box(p.PALE_PLASTIC, (w, d, h - 0.01), (0, 0, 0.01), edge=0.008),
        box(p.GLASS, (w * 0.68, 0.012, h - 0.06), (-0.06, d / 2, 0.035)),
        box(p.CHROME, (0.012, 0.03, h - 0.09), (0.105, d / 2 + 0.014, 0.05)),
        [cylinder(p.STEEL, 0.022, 0.018, (0.175, d / 2 - 0.002, z), tilt=-90) for z in (0.09, 0.17)],
        [box(p.PLASTIC, (w - 0.06, 0.02, 0.01), (0, y, 0)) for y in (-0.12, 0.12)],
    )


def carton(rng: Rng, style: Style) -> Model:
    """A cardboard box with taped flaps."""
    w, d, h = rng.uniform(0.3, 0.42), rng.uniform(0.24, 0.34), rng.uniform(0.2, 0.3)
    return Model.of("box", box(p.CARDBOARD, (w, d, h)), box(p.PAPER, (w + 0.002, 0.05, h * 0.3), (0, 0, h * 0.701)))


def toy_ball(rng: Rng, style: Style) -> Model:
    """A play ball."""
    size = rng.uniform(0.16, 0.24)
    return Model.of("ball", ball(p.STRIPED.with_colour(accent(rng), 0.3), (size, size, size)))


def candle(rng: Rng, style: Style) -> Model:
    """A candle in a dish."""
    return Model.of(
        "candle",
        lathe(style.metal, [(0, 0), (0.05, 0), (0.055, 0.012), (0.05, 0.012), (0.045, 0.004), (0, 0.004)]),
        cylinder(p.PAPER, 0.028, 0.09, (0, 0, 0.004)),
        cylinder(p.PLASTIC, 0.002, 0.012, (0, 0, 0.094)),
    )


def pen_cup(rng: Rng, style: Style) -> Model:
    """A pot of pens."""
    wall = [(0, 0), (0.038, 0), (0.038, 0.1), (0.034, 0.1), (0.034, 0.006), (0, 0.006)]
    pens = []
    for k in range(5):
        a = 1.26 * k
        foot, top = (0.01 * math.cos(a), 0.01 * math.sin(a), 0.007), (0.036 * math.cos(a), 0.036 * math.sin(a), 0.16)
        pens.append(tube(p.PLASTIC.with_colour(accent(rng)), [foot, top], 0.004))
    return Model.of("pen holder", lathe(style.wood, wall), pens)


def soap(rng: Rng, style: Style) -> Model:
    """A soap dispenser with its pump."""
    return Model.of(
        "soap dispenser",
        lathe(_glazed(rng), [(0, 0), (0.034, 0), (0.036, 0.01), (0.034, 0.11), (0.016, 0.13), (0, 0.13)]),
        tube(p.CHROME, [(0, 0, 0.13), (0, 0, 0.17), (0, 0.04, 0.165)], 0.006),
    )


def tissues(rng: Rng, style: Style) -> Model:
    """A tissue box."""
    skin = p.STRIPED.with_colour(accent(rng), 0.2)
    return Model.of(
        "tissue box", box(skin, (0.23, 0.12, 0.09)), leaf(p.LINEN, 0.08, 0.09, (0, 0, 0.089), yaw=20, rise=80, bend=40)
    )


def teddy(rng: Rng, style: Style) -> Model:
    """A teddy bear, sitting."""
    fur, pale = p.PLUSH, p.PLUSH.with_colour((0.85, 0.75, 0.58))
    eyes = [ball(p.PLASTIC, (0.016, 0.016, 0.016), (s * 0.03, 0.066, 0.252)) for s in (-1, 1)]
    return Model.of(
        "teddy bear",
        ball(fur, (0.18, 0.16, 0.2)),
        ball(fur, (0.15, 0.14, 0.14), (0, 0.01, 0.18)),
        ball(pale, (0.07, 0.06, 0.05), (0, 0.07, 0.205)),
        ball(p.PLASTIC, (0.02, 0.014, 0.014), (0, 0.098, 0.235)),
        eyes,
        [ball(fur, (0.05, 0.03, 0.05), (s * 0.06, 0.01, 0.295)) for s in (-1, 1)],
        [ball(fur, (0.07, 0.15, 0.07), (s * 0.07, 0.09, 0.0), yaw=-20 * s) for s in (-1, 1)],
        [ball(fur, (0.055, 0.12, 0.06), (s * 0.095, 0.04, 0.1), yaw=-30 * s) for s in (-1, 1)],
    )
