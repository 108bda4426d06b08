"""``toy``: the embedded default scene, a furnished flat made by code from a seed."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.adapters.base import Adapter
from spatialkit.adapters.toy.model import Style
from spatialkit.adapters.toy.path import WHOLE, survey, walk
from spatialkit.adapters.toy.placing import Item
from spatialkit.adapters.toy.programs import furnish
from spatialkit.adapters.toy.render import View
from spatialkit.adapters.toy.rooms import Plan, drawn_size, plan, structure
from spatialkit.adapters.toy.world import World
from spatialkit.errors import ArgumentError, UnknownName
from spatialkit.scene import Camera, Frame, OrientedBox, Scene, SceneObject, Sensor

__all__ = ["Toy", "toy_scene"]

Array = npt.NDArray[Any]

LISTED = 4  # scenes that the adapter names; any other seed works too
FIELD_OF_VIEW = 70.0  # degrees, horizontal
FRAMES_PER_SECOND = 5.0
MOVABLE = {
    "plant", "stool", "basket", "ball", "backpack", "box", "teddy bear", "trash can", "chair", "armchair", "floor lamp"
}  # fmt: skip
SENSOR = Sensor(depth_quadratic=0.0)  # its depth is exact; poses and boxes are treated like those of real scenes


def toy_scene(
    seed: int = 0,
    *,
    rooms: int | None = None,
    clutter: float = 1.0,
    frames: int = 240,
    width: int = 640,
    height: int = 480,
    detail: float = 1.0,
) -> Scene:
    """Make the furnished flat of a seed; the same arguments make the same flat.

    Parameters
    ----------
    seed
        Chooses plan, furniture, colours and the walk.
    rooms
        1 to 8: a living room with a kitchen, then bedroom, bathroom, study and so on (a hall is added from 3 on).
        By default the seed chooses, as it does how large the rooms are: over many seeds floors measure from 25 to
        170 m2, spread evenly by their logarithm. Flat 0 is the reference: 4 rooms unless told, of the usual sizes.
    clutter
        How many small things there are; 0 for furniture only, 1 by default.
    frames, width, height
        Of the walk: how many images (5 a second) of what size in pixels; the field of view is 70 degrees across.
    detail
        Fineness of curved parts; 1 by default, 0.4 for a small mesh.

    Raises
    ------
    ArgumentError
        For a value out of range.
    """
    _within("seed", seed, 0, 2**63 - 1, whole=True)
    if rooms is not None:
        _within("rooms", rooms, 1, 8, whole=True)
    _within("clutter", clutter, 0.0, 3.0)
    _within("frames", frames, 0, 100_000, whole=True)
    _within("detail", detail, 0.1, 4.0)
    flat, items = layout(seed, rooms=rooms, clutter=clutter, detail=detail)
    world = World.built(flat, items, structure(flat), seed=seed, detail=detail)
    focal = width / 2 / math.tan(math.radians(FIELD_OF_VIEW / 2))
    camera = Camera(focal, focal, (width - 1) / 2, (height - 1) / 2, width, height)
    poses = walk(flat, items, frames) if frames else np.zeros((0, 4, 4))
    views = [View(world, camera, pose) for pose in poses]
    return Scene(
        id=f"flat-{seed}",
        dataset="toy",
        frames=tuple(
            Frame(
                f"{k:06d}", camera, view.world_from_cam, view.image, view.depth, view.instances,
                time=k / FRAMES_PER_SECOND,
            )
            for k, view in enumerate(views)
        ),
        objects=tuple(_object(k + 1, item, detail) for k, item in enumerate(items)),
        surface=world.surface,
        floor=tuple(room.polygon for room in flat.rooms),
        sensor=SENSOR,
    )  # fmt: skip


def layout(seed: int, *, rooms: int | None = None, clutter: float, detail: float) -> tuple[Plan, list[Item]]:
    """Return the plan and the placed things; the object of item k has the id k + 1."""
    rng = np.random.default_rng([seed, 20231])
    flat = _drawn_plan(seed, rooms, rng)
    items = furnish(flat, rng, Style.drawn(rng), detail=detail, clutter=clutter)
    return flat, _cleared(flat, items)


def _cleared(flat: Plan, items: list[Item]) -> list[Item]:
    """Take away movable things that stand between a door and the room, or cut off a large part of a room (rare)."""
    space = survey(flat, items)
    if space.share == 0.0:
        items = _without(items, [i for i in items if i.model.label in MOVABLE and _at_door(flat, i)])
        space = survey(flat, items)
    fewer = items
    for _ in range(3):
        loose = [i for i in fewer if i.model.label in MOVABLE and i.parent is None and i.room == space.worst]
        if not 0.0 < space.share < WHOLE or not loose:
            break
        fewer = _without(fewer, [space.nearest_between(loose)])
        space = survey(flat, fewer)
    return fewer if space.share >= WHOLE else items


def _without(items: list[Item], gone: list[Item]) -> list[Item]:
    """Leave out things and what stands on them."""
    return [i for i in items if i not in gone and i.parent not in gone]


def _drawn_plan(seed: int, rooms: int | None, rng: np.random.Generator) -> Plan:
    """Draw number and size of the rooms by a generator of their own; flat 0, which files refer to, is never resized."""
    if seed == 0:
        return plan(rng, rooms or 4)
    return plan(rng, *drawn_size(np.random.default_rng([seed, 20232]), rooms))


def _at_door(flat: Plan, item: Item) -> bool:
    return any(math.hypot(item.x - x, item.y - y) < 1.6 for _, _, (x, y) in flat.doors)


def _object(number: int, item: Item, detail: float) -> SceneObject:
    low, high = item.model.bounds(detail)
    transform = item.transform
    centre = transform[:3, :3] @ ((low + high) / 2) + transform[:3, 3]
    return SceneObject(number, item.model.label, OrientedBox(centre, high - low, transform[:3, :3]))


def _within(name: str, value: float, low: float, high: float, *, whole: bool = False) -> None:
    if isinstance(value, bool) or not low <= value <= high or (whole and int(value) != value):
        kind = "a whole number" if whole else "a number"
        raise ArgumentError(name, found=value, expected=f"{kind} from {low:g} to {high:g}")


class Toy(Adapter):
    """The embedded furnished flats: metres, z up, OpenCV camera axes, pixel centres at integers, exact depth and ids.

    Any ``flat-SEED`` is a scene; ``scenes`` lists the first few. ``root`` is not used: nothing is on disk.
    """

    name = "toy"
    takes_root = False
    summary = "furnished flats made by code from a seed; needs no data"

    def scenes(self, root: Path | None = None) -> list[str]:
        """Return the ids of the first flats."""
        return [f"flat-{seed}" for seed in range(LISTED)]

    def load(
        self,
        root: Path | None,
        scene_id: str,
        *,
        rooms: int | None = None,
        clutter: float = 1.0,
        frames: int = 240,
        width: int = 640,
        height: int = 480,
        detail: float = 1.0,
    ) -> Scene:
        """Return the flat ``flat-SEED``; the options are those of ``toy_scene``.

        Raises
        ------
        UnknownName
            When the id is not "flat-" and a whole number.
        ArgumentError
            For an option out of range.
        """
        seed = scene_id.removeprefix("flat-")
        if seed == scene_id or not seed.isascii() or not seed.isdigit():
            raise UnknownName("toy scene", scene_id, self.scenes())
        return toy_scene(
            int(seed), rooms=rooms, clutter=clutter, frames=frames, width=width, height=height, detail=detail
        )
