"""Openings: windows with curtains and radiators, doors, and the space that has to stay free around them."""

from __future__ import annotations

import numpy as np

from spatialkit.adapters.toy import fixtures as fx
from spatialkit.adapters.toy.model import Model
from spatialkit.adapters.toy.placing import Entry, Footprint, Furnisher, Item
from spatialkit.adapters.toy.rooms import OUTER, Opening, Wall

__all__ = ["dress_openings"]


def dress_openings(f: Furnisher) -> None:
    """Put windows, curtains, radiators and doors where the plan has openings, and keep the ways clear."""
    for wall in f.room.walls.values():
        for opening in wall.openings:
            (_window if opening.kind == "window" else _door)(f, wall, opening)


def _place(f: Furnisher, wall: Wall, model: Model, x: float, y: float, z: float, yaw: float = 0.0) -> Item:
    """Place a model at a point of a wall's frame, unchecked: the plan has made room for it."""
    item = f.item(Entry(model, x, y, yaw, z), wall.transform, wall.yaw, rest=False)
    f.items.append(item)
    return item


def _door(f: Furnisher, wall: Wall, o: Opening) -> None:
    width, high = o.right - o.left, 2.02
    if o.leaf is not None:
        leaf = f.make(fx.door, width=width - 0.03, height=high)
        if o.leaf == 0.0:
            _place(f, wall, leaf, o.left + 0.015, -0.022, 0.0)
        else:
            x = o.left + 0.005 if o.hinge > 0 else o.right - 0.005
            yaw = o.leaf if o.hinge > 0 else 180.0 - o.leaf
            _place(f, wall, leaf, x, 0.04, 0.0, yaw)
    at = wall.transform @ (o.middle, 0.5, 0.0, 1.0)
    f.zones.append(Footprint(at[0], at[1], width / 2 + 0.02, 0.5, wall.yaw, 0.05, 2.1))


def _window(f: Furnisher, wall: Wall, o: Opening) -> None:
    width, high = o.right - o.left, o.top - o.bottom
    _place(f, wall, f.make(fx.window, width=width, height=high), o.middle, -OUTER, o.bottom)
    at = wall.transform @ (o.middle, 0.15, 0.0, 1.0)
    f.zones.append(Footprint(at[0], at[1], width / 2, 0.15, wall.yaw, o.bottom - 0.02, o.top))
    if f.room.kind == "bathroom":
        return
    rod = 2.36
    _place(f, wall, f.make(fx.curtain_rod, width=width + 0.84), o.middle, 0.0, rod)
    hem = 0.03 if f.room.kind != "study" else o.bottom - 0.2
    seed = int(f.rng.integers(2**31))
    for side in (-1.0, 1.0):
        # The two curtains of a window are alike.
        model = fx.curtain(np.random.default_rng(seed), f.style, height=rod - hem - 0.014)
        _place(f, wall, model, o.middle + side * (width / 2 + 0.18), 0.1, hem)
    if f.rng.uniform() < 0.8:
        _place(f, wall, f.make(fx.radiator, width=min(1.0, width - 0.3)), o.middle, 0.016, 0.15)
