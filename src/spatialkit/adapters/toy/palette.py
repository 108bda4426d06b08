"""The palette: materials by name."""

from __future__ import annotations

from spatialkit.adapters.toy.materials import Material

OAK = Material((0.55, 0.37, 0.21), (0.80, 0.62, 0.42), "wood", 0.7, gloss=0.03)
WALNUT = Material((0.24, 0.14, 0.09), (0.45, 0.29, 0.19), "wood", 0.7, gloss=0.04)
BIRCH = Material((0.74, 0.60, 0.42), (0.90, 0.79, 0.62), "wood", 0.8, gloss=0.03)
PAINTED_WOOD = Material((0.84, 0.83, 0.80), (0.94, 0.93, 0.91), "wood", 0.9, gloss=0.04)
LACQUER = Material((0.86, 0.86, 0.85), (0.92, 0.92, 0.91), "plain", 0.5, gloss=0.05)
CABINET = Material((0.38, 0.47, 0.45), (0.44, 0.53, 0.50), "plain", 0.5, gloss=0.04)
DOOR = Material((0.62, 0.60, 0.57), (0.96, 0.95, 0.92), "panels", 0.0, gloss=0.04)
FRAME = Material((0.90, 0.89, 0.87), (0.95, 0.94, 0.92), "plain", 0.5, gloss=0.04)

PLANKS = Material((0.40, 0.26, 0.15), (0.72, 0.52, 0.33), "planks", 1.6, gloss=0.035)
PALE_PLANKS = Material((0.50, 0.39, 0.28), (0.84, 0.72, 0.56), "planks", 1.5, gloss=0.03)
FLOOR_TILES = Material((0.52, 0.51, 0.50), (0.80, 0.79, 0.76), "tiles", 1.2, gloss=0.05)
WALL_TILES = Material((0.66, 0.68, 0.68), (0.95, 0.96, 0.95), "tiles", 0.8, gloss=0.06)
CARPET = Material((0.50, 0.47, 0.42), (0.68, 0.65, 0.60), "plush", 0.5)
CEILING = Material((0.90, 0.90, 0.88), (0.96, 0.96, 0.95), "mottle", 1.5)
PAINT = Material((0.86, 0.84, 0.79), (0.92, 0.90, 0.86), "mottle", 1.7)

CLOTH = Material((0.36, 0.40, 0.44), (0.60, 0.64, 0.67), "weave", 0.25)
LINEN = Material((0.82, 0.80, 0.75), (0.95, 0.94, 0.90), "weave", 0.3)
STRIPED = Material((0.36, 0.47, 0.58), (0.93, 0.92, 0.88), "stripes", 0.32)
PLUSH = Material((0.55, 0.40, 0.25), (0.75, 0.58, 0.40), "plush", 0.3)
CURTAIN = Material((0.78, 0.75, 0.68), (0.95, 0.93, 0.88), "weave", 0.3, thin=True)
TERRY = Material((0.60, 0.72, 0.74), (0.80, 0.88, 0.89), "plush", 0.2, thin=True)
SHAG = Material((0.62, 0.60, 0.56), (0.86, 0.84, 0.80), "plush", 0.35)

STEEL = Material((0.58, 0.59, 0.60), (0.70, 0.71, 0.72), "plain", 0.3, gloss=0.25)
CHROME = Material((0.70, 0.71, 0.73), (0.80, 0.81, 0.83), "plain", 0.3, gloss=0.45)
BRASS = Material((0.66, 0.50, 0.22), (0.80, 0.63, 0.32), "plain", 0.3, gloss=0.25)
BLACK_METAL = Material((0.07, 0.07, 0.08), (0.12, 0.12, 0.13), "plain", 0.3, gloss=0.06)
PLASTIC = Material((0.12, 0.12, 0.13), (0.18, 0.18, 0.19), "plain", 0.3, gloss=0.04)
PALE_PLASTIC = Material((0.80, 0.81, 0.82), (0.88, 0.89, 0.90), "plain", 0.3, gloss=0.04)
GLASS = Material((0.10, 0.12, 0.12), (0.16, 0.18, 0.18), "plain", 0.5, gloss=0.10)
BOTTLE_GLASS = Material((0.10, 0.26, 0.14), (0.16, 0.36, 0.20), "plain", 0.3, gloss=0.12)
CERAMIC = Material((0.84, 0.84, 0.82), (0.90, 0.90, 0.88), "plain", 0.5, gloss=0.06)
PORCELAIN = Material((0.87, 0.87, 0.86), (0.92, 0.92, 0.91), "plain", 0.5, gloss=0.08)
TERRACOTTA = Material((0.60, 0.32, 0.20), (0.76, 0.44, 0.30), "mottle", 0.3)
STONE = Material((0.22, 0.22, 0.23), (0.46, 0.46, 0.47), "speckle", 0.35, gloss=0.07)
MARBLE = Material((0.60, 0.60, 0.61), (0.95, 0.95, 0.94), "marble", 0.9, gloss=0.07)
PAPER = Material((0.84, 0.82, 0.77), (0.93, 0.92, 0.88), "plain", 0.2)
COVER = Material((0.4, 0.1, 0.1), (0.9, 0.85, 0.7), "cover", 0.0, gloss=0.03)
SPINE = Material((0.4, 0.1, 0.1), (0.9, 0.85, 0.7), "spine", 0.0, gloss=0.03)
WICKER = Material((0.45, 0.31, 0.17), (0.74, 0.57, 0.36), "weave", 0.22)
CARDBOARD = Material((0.60, 0.46, 0.31), (0.70, 0.56, 0.40), "plain", 0.4)
RUBBER = Material((0.85, 0.84, 0.82), (0.92, 0.91, 0.89), "plain", 0.3)

LEAF = Material((0.08, 0.22, 0.07), (0.26, 0.48, 0.18), "leafy", 0.12, gloss=0.015, thin=True)
SOIL = Material((0.12, 0.08, 0.05), (0.22, 0.15, 0.10), "plush", 0.1)
PETAL = Material((0.85, 0.45, 0.50), (0.98, 0.75, 0.75), "plain", 0.1, thin=True)

SHADE = Material((0.96, 0.86, 0.68), (1.0, 0.92, 0.78), "weave", 0.25, glow=1.9)
BULB = Material((1.0, 0.94, 0.82), (1.0, 0.96, 0.88), "plain", 0.3, glow=3.0)
SCREEN = Material((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), "screen", 0.0, gloss=0.04, glow=0.8)
FILM = Material((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), "film", 0.0, gloss=0.04, glow=0.7)
CLOCK_FACE = Material((0.06, 0.06, 0.07), (0.97, 0.96, 0.93), "clock", 0.0, gloss=0.03)
KEYS = Material((0.05, 0.05, 0.06), (0.24, 0.24, 0.26), "keys", 0.0, gloss=0.03)
SKY = Material((0.70, 0.82, 0.95), (0.80, 0.90, 1.0), "plain", 1.0, glow=1.0, sky=True)
MIRROR = Material((0.80, 0.83, 0.85), (0.86, 0.89, 0.90), "plain", 1.0, gloss=0.9, mirror=True)

WALL_PAINTS = (
    (0.90, 0.87, 0.81), (0.84, 0.86, 0.84), (0.80, 0.84, 0.88), (0.91, 0.86, 0.78), (0.86, 0.83, 0.86),
    (0.79, 0.84, 0.78), (0.93, 0.91, 0.87),
)  # fmt: skip
FABRICS = (
    (0.33, 0.40, 0.47), (0.58, 0.32, 0.26), (0.35, 0.45, 0.36), (0.72, 0.55, 0.28), (0.62, 0.60, 0.56),
    (0.24, 0.30, 0.45), (0.66, 0.44, 0.42),
)  # fmt: skip
GLAZES = (
    (0.88, 0.86, 0.82), (0.30, 0.45, 0.55), (0.75, 0.42, 0.28), (0.42, 0.55, 0.44), (0.85, 0.70, 0.38),
    (0.28, 0.28, 0.32), (0.70, 0.35, 0.38),
)  # fmt: skip
COVERS = (
    (0.55, 0.16, 0.14), (0.14, 0.26, 0.42), (0.18, 0.38, 0.28), (0.80, 0.62, 0.25), (0.30, 0.18, 0.34),
    (0.82, 0.78, 0.70), (0.22, 0.22, 0.24), (0.72, 0.38, 0.18), (0.42, 0.56, 0.62), (0.62, 0.30, 0.38),
)  # fmt: skip
