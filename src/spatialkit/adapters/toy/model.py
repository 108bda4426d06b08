"""Models: labelled things built of parts, with the surfaces on which other things may stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.adapters.toy.materials import Material
from spatialkit.adapters.toy.palette import BIRCH, BLACK_METAL, BRASS, CHROME, CLOTH, FABRICS, OAK, WALNUT
from spatialkit.adapters.toy.shapes import Mesh, Part, box

__all__ = ["Model", "Style", "Support", "fronts", "legs"]

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Support:
    """A level rectangle of a model on which things may stand: middle (x, y), height z, size, free height above."""

    x: float
    y: float
    z: float
    width: float
    depth: float
    room: float = 0.6


@dataclass(frozen=True, eq=False)
class Model:
    """A labelled thing in its own frame: front towards +y, z up, standing on z = 0 (what hangs: z relative to that)."""

    label: str
    parts: tuple[Part, ...]
    supports: tuple[Support, ...] = ()

    @staticmethod
    def of(label: str, *parts: Part | Iterable[Part], supports: Iterable[Support] = ()) -> Model:
        """Make a model of parts and of lists of parts."""
        flat: list[Part] = []
        for part in parts:
            flat.extend([part] if isinstance(part, Part) else part)
        return Model(label, tuple(flat), tuple(supports))

    @lru_cache(maxsize=4096)  # noqa: B019  models are few and small
    def meshes(self, detail: float) -> tuple[Mesh, ...]:
        """One mesh per part, in the frame of the model."""
        return tuple(part.mesh(detail) for part in self.parts)

    @lru_cache(maxsize=4096)  # noqa: B019
    def bounds(self, detail: float) -> tuple[Array, Array]:
        """Least and greatest coordinates (3,), (3,) of the model's vertices in its frame."""
        low = np.min([m.vertices.min(axis=0) for m in self.meshes(detail)], axis=0)
        high = np.max([m.vertices.max(axis=0) for m in self.meshes(detail)], axis=0)
        return low, high


@dataclass(frozen=True, slots=True)
class Style:
    """What the things of one flat have in common."""

    wood: Material
    other_wood: Material
    metal: Material
    fabric: Material
    accent: Material

    @staticmethod
    def drawn(rng: np.random.Generator) -> Style:
        """Draw a style."""
        woods = [OAK, WALNUT, BIRCH]
        first, second = (int(k) for k in rng.choice(len(FABRICS), 2, replace=False))
        wood, other = (int(k) for k in rng.choice(len(woods), 2, replace=False))
        metal = (BLACK_METAL, BRASS, CHROME)[int(rng.integers(3))]
        return Style(
            woods[wood], woods[other], metal, CLOTH.with_colour(FABRICS[first]), CLOTH.with_colour(FABRICS[second])
        )


def legs(part: Part, half_x: float, half_y: float) -> list[Part]:
    """Return four copies of a leg that stands at the origin, one at each corner, each turned outwards."""
    out = []
    for sx in (-1.0, 1.0):
        for sy in (-1.0, 1.0):
            turn = np.diag((sx, sy, 1.0, 1.0))
            if sx * sy < 0:  # keep the handedness: a mirrored leg is the transposed one
                turn = turn @ np.array([[0.0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
            turn[:3, 3] = sx * half_x, sy * half_y, 0.0
            out.append(part.moved(turn))
    return out


def fronts(
    wood: Material, metal: Material, columns: int, rows: int, size: tuple[float, float], y: float, z: float
) -> list[Part]:
    """Door or drawer fronts in a grid with handles, in the plane y, from height z up."""
    w, h = size[0] / columns, size[1] / rows
    parts = []
    for i in range(columns):
        for j in range(rows):
            x = (i - (columns - 1) / 2) * w
            parts.append(box(wood, (w - 0.006, 0.018, h - 0.006), (x, y + 0.009, z + j * h + 0.003)))
            if h > w:  # a door: an upright handle towards the middle
                side = 1 if i < columns / 2 else -1
                at = (x + side * (w / 2 - 0.04), y + 0.028, z + j * h + h / 2 - 0.07)
                parts.append(box(metal, (0.012, 0.02, 0.14), at))
            else:
                parts.append(box(metal, (min(0.16, w * 0.4), 0.02, 0.012), (x, y + 0.028, z + j * h + h * 0.62)))
    return parts
