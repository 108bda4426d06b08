"""Placing: puts models into rooms so that nothing overlaps, doors stay clear, and small things stand on large ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.adapters.toy.model import Model, Style
from spatialkit.adapters.toy.rooms import Room
from spatialkit.adapters.toy.shapes import pose

__all__ = ["Entry", "Footprint", "Furnisher", "Item", "Zone", "backed"]

Array = npt.NDArray[Any]
Maker = Callable[..., Model]  # of a generator, a style, and options of its own

TOUCH = 0.004  # metres by which neighbours must stay apart


@dataclass(frozen=True)
class Footprint:
    """An upright box: middle, half sizes, yaw in degrees, from ``low`` to ``high``."""

    x: float
    y: float
    half_x: float
    half_y: float
    yaw: float
    low: float
    high: float

    @cached_property
    def axes(self) -> Array:
        """Unit axes (2, 2) as rows."""
        c, s = math.cos(math.radians(self.yaw)), math.sin(math.radians(self.yaw))
        return np.array([(c, s), (-s, c)])

    @cached_property
    def corners(self) -> Array:
        """Corners (4, 2)."""
        signs = np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)])
        return signs * (self.half_x, self.half_y) @ self.axes + (self.x, self.y)

    def meets(self, other: Footprint, margin: float = TOUCH) -> bool:
        """Whether the two come closer than ``margin`` sideways and overlap in height (separating axes)."""
        if self.low >= other.high - 1e-4 or other.low >= self.high - 1e-4:
            return False
        dx, dy = other.x - self.x, other.y - self.y
        reach = math.hypot(self.half_x, self.half_y) + math.hypot(other.half_x, other.half_y) + margin
        if dx * dx + dy * dy >= reach * reach:
            return False
        turn = math.radians(other.yaw - self.yaw)
        c, s = abs(math.cos(turn)), abs(math.sin(turn))
        for one, two, sign in ((self, other, 1.0), (other, self, -1.0)):
            cos, sin = math.cos(math.radians(one.yaw)), math.sin(math.radians(one.yaw))
            along, aside = sign * (dx * cos + dy * sin), sign * (dy * cos - dx * sin)
            if abs(along) >= one.half_x + c * two.half_x + s * two.half_y + margin:
                return False
            if abs(aside) >= one.half_y + s * two.half_x + c * two.half_y + margin:
                return False
        return True

    def distance(self, points: Array) -> Array:
        """Distance of points (n, 2) to the rectangle; 0 inside."""
        local = np.abs((points - (self.x, self.y)) @ self.axes.T) - (self.half_x, self.half_y)
        return np.asarray(np.linalg.norm(np.maximum(local, 0.0), axis=1))


@dataclass(frozen=True, slots=True)
class Entry:
    """A model at a place of a group's frame."""

    model: Model
    x: float = 0.0
    y: float = 0.0
    yaw: float = 0.0
    z: float = 0.0


@dataclass(frozen=True, slots=True)
class Zone:
    """A rectangle of a group's frame that is kept free up to ``high``."""

    x: float
    y: float
    width: float
    depth: float
    high: float = 1.9


@dataclass(eq=False)
class Item:
    """A model placed in the world; ``parent`` is what it stands in or on by design."""

    model: Model
    x: float
    y: float
    z: float
    yaw: float
    footprint: Footprint
    parent: Item | None = None
    room: int = 0

    @property
    def transform(self) -> Array:
        """World from model (4, 4)."""
        return pose((self.x, self.y, self.z), self.yaw)


def backed(model: Model, x: float = 0.0, z: float = 0.0, gap: float = 0.016) -> Entry:
    """Return the model with its back ``gap`` metres from the wall."""
    return Entry(model, x, gap - float(model.bounds(1.0)[0][1]), 0.0, z)


@dataclass(eq=False)
class Furnisher:
    """Furnishes one room."""

    room: Room
    index: int
    rng: np.random.Generator
    style: Style
    detail: float
    clutter: float
    items: list[Item] = field(default_factory=list)
    zones: list[Footprint] = field(default_factory=list)

    def make(self, maker: Maker, **options: Any) -> Model:
        """Build a model in this flat's style."""
        return maker(self.rng, self.style, **options)

    def some(self, most: int) -> int:
        """Draw how many small things there are: up to ``most`` at clutter 1."""
        return round(most * self.clutter * float(self.rng.uniform(0.6, 1.0)))

    def item(self, entry: Entry, frame: Array, yaw: float, parent: Item | None = None, *, rest: bool = True) -> Item:
        """Return the entry of a group with that frame as an item of the world, its foot at the entry's height."""
        low, high = entry.model.bounds(self.detail)
        x, y, z, _ = frame @ (entry.x, entry.y, entry.z, 1.0)
        if rest:
            z = z - low[2]
        turn = yaw + entry.yaw
        c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
        mx, my = (low[0] + high[0]) / 2, (low[1] + high[1]) / 2
        footprint = Footprint(
            x + c * mx - s * my, y + s * mx + c * my, (high[0] - low[0]) / 2, (high[1] - low[1]) / 2, turn,
            z + low[2], z + high[2],
        )  # fmt: skip
        return Item(entry.model, float(x), float(y), float(z), turn, footprint, parent, self.index)

    def inside(self, footprint: Footprint) -> bool:
        """Whether the footprint lies in the room."""
        corners, room = footprint.corners, self.room
        eps = 1e-6
        return bool(
            corners[:, 0].min() >= room.x0 - eps
            and corners[:, 0].max() <= room.x1 + eps
            and corners[:, 1].min() >= room.y0 - eps
            and corners[:, 1].max() <= room.y1 + eps
        )

    def free(self, footprint: Footprint, ignore: Sequence[Item] = (), *, zones: bool = True) -> bool:
        """Whether the footprint lies in the room and meets nothing placed so far."""
        if not self.inside(footprint) or (zones and any(footprint.meets(z) for z in self.zones)):
            return False
        return not any(footprint.meets(item.footprint) for item in self.items if item not in ignore)

    def put(self, group: Iterable[Entry | Zone], frame: Array, yaw: float, *, zones: bool = True) -> list[Item] | None:
        """Place a group if all of it fits; returns its items, or None where it does not fit."""
        items: list[Item] = []
        keep: list[Footprint] = []
        for entry in group:
            if isinstance(entry, Zone):
                x, y, _, _ = frame @ (entry.x, entry.y, 0.0, 1.0)
                area = Footprint(x, y, entry.width / 2, entry.depth / 2, yaw, 0.05, entry.high)
                if not self.inside(area) or any(area.meets(item.footprint) for item in self.items):
                    return None
                keep.append(area)
                continue
            item = self.item(entry, frame, yaw)
            flat = item.footprint.high < 0.05
            if not self.free(item.footprint, zones=zones and not flat):
                return None
            items.append(item)
        self.items += items
        self.zones += keep
        return items

    def against(
        self, group: Sequence[Entry | Zone], walls: Iterable[str], where: float = 0.5, *, zones: bool = True
    ) -> list[Item] | None:
        """Place a group against the first of the walls with room for it, as near to ``where`` (0 to 1) as it goes."""
        for name in walls:
            wall = self.room.walls[name]
            steps = np.linspace(0.0, wall.length, max(2, int(wall.length / 0.04)))
            for along in steps[np.argsort(np.abs(steps - where * wall.length), kind="stable")]:
                shift = np.eye(4)
                shift[0, 3] = along
                placed = self.put(group, wall.transform @ shift, wall.yaw, zones=zones)
                if placed is not None:
                    return placed
        return None

    def floating(
        self, group: Sequence[Entry | Zone], x: float, y: float, yaw: float, reach: float = 2.0
    ) -> list[Item] | None:
        """Place a group away from walls, as near to the world point (x, y) as it goes."""
        steps = np.arange(-reach, reach + 0.01, 0.1)
        places = np.array([(x + a, y + b) for a in steps for b in steps])
        order = np.argsort(np.linalg.norm(places - (x, y), axis=1), kind="stable")
        for px, py in places[order]:
            placed = self.put(group, pose((float(px), float(py), 0.0), yaw), yaw)
            if placed is not None:
                return placed
        return None

    def on(
        self, base: Item, things: Sequence[Maker | Model], *, level: int = 0, turn: float = 20.0, tries: int = 40
    ) -> list[Item]:
        """Stand things on a support of ``base``, each where there is room for it; what finds none is left out."""
        out: list[Item] = []
        if level >= len(base.model.supports):
            return out
        support = base.model.supports[level]
        for thing in things:
            model = thing if isinstance(thing, Model) else self.make(thing)
            low, high = model.bounds(self.detail)
            if high[2] - low[2] > support.room:
                continue
            for _ in range(tries):
                yaw = float(self.rng.uniform(-turn, turn))
                c, s = abs(math.cos(math.radians(yaw))), abs(math.sin(math.radians(yaw)))
                half = (high - low)[:2] @ ((c, s), (s, c)) / 2
                span = np.array([support.width, support.depth]) / 2 - half
                if span.min() < 0:
                    break
                x, y = (float(v) for v in self.rng.uniform(-span, span))
                middle = (low + high)[:2] / 2
                turned = pose(yaw=yaw)[:2, :2] @ middle
                entry = Entry(model, support.x + x - turned[0], support.y + y - turned[1], yaw, support.z)
                item = self.item(entry, base.transform, base.yaw, base)
                if self.free(item.footprint, _chain(base), zones=False):
                    self.items.append(item)
                    out.append(item)
                    break
        return out

    def set_down(self, base: Item, entry: Entry) -> Item | None:
        """Place one thing at a given place of the frame of ``base``, if nothing else is there."""
        item = self.item(entry, base.transform, base.yaw, base)
        if not self.free(item.footprint, _chain(base), zones=False):
            return None
        self.items.append(item)
        return item


def _chain(item: Item) -> list[Item]:
    out = [item]
    while out[-1].parent is not None:
        out.append(out[-1].parent)
    return out
