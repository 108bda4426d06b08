"""Rooms: the plan of the flat, and its structure (floors, walls, ceilings, frames) as parts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.adapters.toy import palette as p
from spatialkit.adapters.toy.materials import Material
from spatialkit.adapters.toy.shapes import Part, box, panel, pose

__all__ = ["HEIGHT", "Opening", "Plan", "Room", "Wall", "drawn_size", "plan", "shell", "structure"]

Array = npt.NDArray[Any]
Rng = np.random.Generator

HEIGHT = 2.6  # of the rooms
PARTITION = 0.12  # thickness of inner walls
OUTER = 0.2  # thickness of outer walls: how far windows sit back
DOOR = (0.86, 2.04)  # width and height of a door's opening
SKIRTING = 0.07


@dataclass(frozen=True, slots=True)
class Opening:
    """A hole in a wall: ``left`` to ``right`` along the wall, ``bottom`` to ``top``; ``leads`` to a room or out."""

    kind: str  # "door", "passage" or "window"
    left: float
    right: float
    bottom: float
    top: float
    depth: float
    leads: int | None = None
    leaf: float | None = None  # a door leaf opened by that many degrees into this room; None: not on this side
    hinge: int = 1  # 1: hinged on the left

    @property
    def middle(self) -> float:
        """Of the opening along its wall."""
        return (self.left + self.right) / 2


@dataclass(eq=False)
class Wall:
    """One side of a room in its own frame: x along the wall, y into the room, z up."""

    name: str
    transform: Array
    yaw: float
    length: float
    openings: list[Opening] = field(default_factory=list)


@dataclass(eq=False)
class Room:
    """A rectangular room: what it is for, its rectangle, its walls."""

    kind: str
    x0: float
    y0: float
    x1: float
    y1: float
    paint: Material = p.PAINT
    floor: Material = p.PLANKS
    walls: dict[str, Wall] = field(default_factory=dict)

    def __post_init__(self) -> None:
        w, d = self.x1 - self.x0, self.y1 - self.y0
        for name, at, yaw, length in (
            ("south", (self.x0, self.y0), 0.0, w),
            ("east", (self.x1, self.y0), 90.0, d),
            ("north", (self.x1, self.y1), 180.0, w),
            ("west", (self.x0, self.y1), -90.0, d),
        ):
            self.walls[name] = Wall(name, pose((*at, 0.0), yaw), yaw, length)

    @property
    def centre(self) -> tuple[float, float]:
        """Middle of the floor."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    @property
    def polygon(self) -> Array:
        """The floor's outline (4, 2)."""
        return np.array([(self.x0, self.y0), (self.x1, self.y0), (self.x1, self.y1), (self.x0, self.y1)])


@dataclass(frozen=True, eq=False)
class Plan:
    """All rooms; ``doors`` joins pairs of them at a point (x, y) of the floor."""

    rooms: tuple[Room, ...]
    doors: tuple[tuple[int, int, tuple[float, float]], ...]


_SIZES = {"living": (5.8, 6.6), "bedroom": (3.7, 4.1), "bathroom": (2.4, 2.7), "study": (3.0, 3.4)}
_ORDER = ("bedroom", "bathroom", "study", "bedroom", "study", "bedroom", "bathroom")
LONGEST = 10.0  # of the row at the back, unless half the rooms are longer
VARIED = (0.9, 1.15)  # times the usual width of a room, in flats that are not of the usual size
AREAS = (25.0, 170.0)  # square metres of floor of flats, drawn evenly by their logarithm
# What a flat of 1, 2, ... 8 rooms may measure: small rooms must hold their furniture, large ones not look empty.
_AREAS_OF = (
    (25.0, 41.0), (38.0, 60.0), (50.0, 78.0), (72.0, 94.0), (80.0, 118.0), (98.0, 142.0), (118.0, 165.0), (132.0, 172.0)
)  # fmt: skip


def drawn_size(rng: Rng, count: int | None) -> tuple[int, float]:
    """Draw how many rooms a flat has and its floor area in square metres; a given ``count`` is kept.

    The area is drawn first and the number of rooms from those that suit it, so that areas are spread evenly.
    """
    area = _evenly(rng, AREAS)
    suited = [n for n, (low, high) in enumerate(_AREAS_OF, 1) if low <= area <= high]
    drawn = suited[int(rng.integers(len(suited)))]
    if count is None or count == drawn:
        return drawn, area
    return count, _evenly(rng, _AREAS_OF[count - 1])


def _evenly(rng: Rng, limits: tuple[float, float]) -> float:
    return math.exp(rng.uniform(math.log(limits[0]), math.log(limits[1])))


def plan(rng: Rng, count: int, area: float | None = None) -> Plan:
    """Draw a plan of ``count`` rooms (the hall, there from three rooms on, is not counted).

    With an ``area`` the widths of the rooms vary more, and all but the hall is scaled to about that floor area in
    square metres; without one, rooms have their usual sizes.
    """
    kinds = _ORDER[: count - 1]
    widths = [float(rng.uniform(*_SIZES[kind])) for kind in kinds]
    flip = rng.uniform() < 0.5
    living = float(rng.uniform(*_SIZES["living"]))
    depth, back = float(rng.uniform(4.5, 4.9)), float(rng.uniform(3.5, 3.9))
    hall = float(rng.uniform(1.45, 1.6)) if len(kinds) > 1 else 0.0
    if area is not None:
        living, *widths = (w * float(rng.uniform(*VARIED)) for w in (living, *widths))
    longest = max(LONGEST, 0.525 * (living + sum(widths)))
    top = [k for k in range(len(kinds)) if sum(widths[: k + 1]) <= longest]
    bottom = [k for k in range(len(kinds)) if k not in top]
    if flip:
        top.reverse()
    length = max(sum(widths[k] for k in top), living + sum(widths[k] for k in bottom))
    if len(kinds) == 1:
        length = living
    if area is not None:
        scale = _scale(area, length, depth + back if top else depth, hall)
        widths = [w * scale for w in widths]
        living, length, depth, back = living * scale, length * scale, depth * scale, back * scale
    hall_y = depth + PARTITION
    top_y = hall_y + hall + PARTITION if hall else hall_y

    rooms: list[Room] = []
    grow = max(0.0, length - living - sum(widths[k] for k in bottom))
    first = Room("living", 0.0, 0.0, living + grow, depth)
    rooms.append(first)
    x = first.x1
    for k in bottom:
        rooms.append(Room(kinds[k], x + PARTITION, 0.0, x + widths[k], depth))
        x += widths[k]
    if hall:
        rooms.append(Room("hall", 0.0, hall_y, length, hall_y + hall))
    stretched = _stretched([kinds[k] for k in top], [widths[k] for k in top], length)
    x = 0.0
    for i, (k, width) in enumerate(zip(top, stretched, strict=True)):
        end = x + width
        rooms.append(Room(kinds[k], x + (PARTITION if i else 0.0), top_y, end, top_y + back))
        x = end
    _dress(rng, rooms)
    doors = _cut_doors(rng, rooms)
    _cut_windows(rng, rooms)
    return Plan(tuple(rooms), tuple(doors))


def _scale(area: float, length: float, depth: float, hall: float) -> float:
    """Return the factor f for which length f (depth f + hall) is the area: the hall stays as wide as it is."""
    half = hall / (2 * depth)
    return math.sqrt(half**2 + area / (length * depth)) - half


def _stretched(kinds: Sequence[str], widths: Sequence[float], length: float) -> list[float]:
    """Widths that fill the length: bathrooms stay small, the other rooms (there is one in every row) grow."""
    growing = [w if kind != "bathroom" else 0.0 for kind, w in zip(kinds, widths, strict=True)]
    share = (length - sum(widths)) / sum(growing) if growing else 0.0
    return [w + share * g for w, g in zip(widths, growing, strict=True)]


def _dress(rng: Rng, rooms: list[Room]) -> None:
    boards = p.PLANKS if rng.uniform() < 0.6 else p.PALE_PLANKS
    for room in rooms:
        colour = p.WALL_PAINTS[int(rng.integers(len(p.WALL_PAINTS)))]
        room.paint = p.PAINT.with_colour(colour, 0.025)
        room.floor = boards
        if room.kind == "bathroom":
            room.paint, room.floor = p.WALL_TILES, p.FLOOR_TILES
        elif room.kind == "bedroom" and rng.uniform() < 0.4:
            room.floor = p.CARPET


def _join(
    rooms: list[Room], a: int, b: int, at: float, width: float, kind: str, hinge: int
) -> tuple[int, int, tuple[float, float]]:
    """Cut a doorway at world x = ``at`` from the north wall of room a into the south wall of room b."""
    north, south = rooms[a].walls["north"], rooms[b].walls["south"]
    leaf = 88.0 if kind == "door" else None
    for wall, middle, leads, angle in (
        (north, rooms[a].x1 - at, b, None if rooms[a].kind == "hall" else leaf),
        (south, at - rooms[b].x0, a, leaf if rooms[a].kind == "hall" else None),
    ):
        wall.openings.append(
            Opening(kind, middle - width / 2, middle + width / 2, 0.0, DOOR[1], PARTITION, leads, angle, hinge)
        )
    return a, b, (at, (rooms[a].y1 + rooms[b].y0) / 2)


def _cut_doors(rng: Rng, rooms: list[Room]) -> list[tuple[int, int, tuple[float, float]]]:
    doors = []
    halls = [k for k, room in enumerate(rooms) if room.kind == "hall"]
    for k, room in enumerate(rooms):
        if room.kind == "hall" or (not halls and k == 0):
            continue
        margin = 0.16 + DOOR[0] / 2
        side = int(rng.integers(2))
        at = room.x0 + margin if side == 0 else room.x1 - margin
        # Hinged on the side of the nearer corner, so that the open leaf stands along the wall.
        hinge = 1 if side == 0 else -1
        if room.kind == "living":
            middle = room.x0 + (room.x1 - room.x0) * float(rng.uniform(0.42, 0.58))
            doors.append(_join(rooms, k, halls[0], middle, 1.3, "passage", 1))
        elif not halls:
            doors.append(_join(rooms, 0, k, at, DOOR[0], "passage", hinge))
        elif room.y0 < rooms[halls[0]].y0:
            doors.append(_join(rooms, k, halls[0], at, DOOR[0], "passage", -hinge))
        else:
            doors.append(_join(rooms, halls[0], k, at, DOOR[0], "door", hinge))
    entrance = rooms[halls[0]].walls["east" if rng.uniform() < 0.5 else "west"] if halls else rooms[0].walls["east"]
    middle = entrance.length / 2 if halls else entrance.length - 0.75
    entrance.openings.append(Opening("door", middle - 0.45, middle + 0.45, 0.0, DOOR[1], 0.05, None, 0.0, 1))
    return doors


def _cut_windows(rng: Rng, rooms: list[Room]) -> None:
    last_x = max(room.x1 for room in rooms)
    for room in rooms:
        if room.kind == "hall":
            continue
        wall = room.walls["south" if room.y0 == 0.0 else "north"]
        if room.kind == "bathroom":
            _windows(wall, 1, 0.7, 1.35, 2.15)
        else:
            count = max(1, int((wall.length - 0.4) / 2.6))
            # Between its curtains, which are to stay on the wall.
            _windows(wall, count, min(1.5, wall.length - 0.9) if count == 1 else 1.4, 0.85, 2.25)
        if room.kind == "study" and room.x1 == last_x and rng.uniform() < 0.5 and not _leaf_on_east(room):
            _windows(room.walls["east"], 1, 1.2, 0.85, 2.25)


def _leaf_on_east(room: Room) -> bool:
    """Whether a door of the room is opened towards its east wall, where a curtain would be in its way."""
    south = room.walls["south"]
    return any(o.leaf and o.middle > south.length / 2 for o in south.openings)


def _windows(wall: Wall, count: int, width: float, bottom: float, top: float) -> None:
    for k in range(count):
        middle = wall.length * (k + 0.5) / count
        wall.openings.append(Opening("window", middle - width / 2, middle + width / 2, bottom, top, OUTER))


# --- structure --------------------------------------------------------------------------------------------------------


def structure(flat: Plan) -> Iterator[Part]:
    """Yield floors, ceilings, walls, reveals, frames and skirtings in world coordinates."""
    for room in flat.rooms:
        w, d = room.x1 - room.x0, room.y1 - room.y0
        yield panel(room.floor, (w, d), transform=_tipped(pose((room.x0, room.y1, 0.0)), 1.0))
        yield panel(p.CEILING, (w, d), transform=_tipped(pose((room.x0, room.y0, HEIGHT)), -1.0))
        for wall in room.walls.values():
            holes = [(o.left, o.bottom, o.right, o.top) for o in wall.openings]
            local = [panel(room.paint, (wall.length, HEIGHT), holes)]
            local += _skirting(room, wall)
            for opening in wall.openings:
                local += _frame(room, opening)
            yield from (part.moved(wall.transform) for part in local)


def shell(flat: Plan) -> Iterator[Part]:
    """Yield what the sun must pass: the walls again a little outside, overlapping at their corners, and a roof.

    Walls have no thickness in the mesh; without these, sun would leak in along every edge.
    """
    beyond = 0.09
    for room in flat.rooms:
        w, d = room.x1 - room.x0 + 0.3, room.y1 - room.y0 + 0.3
        yield panel(p.PAINT, (w, d), transform=_tipped(pose((room.x0 - 0.15, room.y0 - 0.15, HEIGHT + 0.04)), -1.0))
        for wall in room.walls.values():
            holes = [
                (o.left + beyond, o.bottom, o.right + beyond, o.top)
                for o in wall.openings
                if o.leads is not None or o.kind == "window"
            ]
            skin = panel(p.PAINT, (wall.length + 2 * beyond, HEIGHT + 0.1), holes, pose((-beyond, -0.06, 0.0)))
            yield skin.moved(wall.transform)


def _tipped(at: Array, up: float) -> Array:
    """Lay a panel (x, z; seen from +y) flat: seen from above where ``up`` is 1, from below where it is -1."""
    tip = np.eye(4)
    tip[:3, :3] = np.array([[1.0, 0, 0], [0, 0, -up], [0, up, 0]])
    return np.asarray(at @ tip)


def _skirting(room: Room, wall: Wall) -> Iterator[Part]:
    if room.kind == "bathroom":
        return
    stops = [0.0]
    for o in sorted((o for o in wall.openings if o.bottom == 0.0), key=lambda o: o.left):
        stops += [o.left - 0.06, o.right + 0.06]
    stops.append(wall.length)
    for a, b in zip(stops[::2], stops[1::2], strict=True):
        if b - a > 0.02:
            yield box(p.FRAME, (b - a, 0.012, SKIRTING), ((a + b) / 2, 0.006, 0.0))


def _frame(room: Room, o: Opening) -> Iterator[Part]:
    """Reveals half through the wall, a casing around doors, a sill under windows."""
    deep = o.depth / 2 if o.leads is not None else o.depth
    high, wide = o.top - o.bottom, o.right - o.left
    skin = room.paint if o.kind == "window" else p.FRAME
    yield panel(skin, (deep, high), transform=pose((o.left, -deep, o.bottom), 90) @ _flipped(deep))
    yield panel(skin, (deep, high), transform=pose((o.right, -deep, o.bottom), 90))
    yield panel(skin, (wide, deep), transform=_tipped(pose((o.left, -deep, o.top)), -1.0))
    if o.kind == "window":
        yield panel(skin, (wide, deep), transform=_tipped(pose((o.left, 0.0, o.bottom)), 1.0))
        yield box(p.FRAME, (wide + 0.1, 0.05, 0.03), (o.middle, 0.025, o.bottom - 0.03), edge=0.006)
        return
    if o.leads is None:  # behind the gaps around a closed door it is dark
        yield panel(p.BLACK_METAL, (wide, high), transform=pose((o.left, -deep, 0.0)))
    yield panel(room.floor, (wide, deep), transform=_tipped(pose((o.left, 0.0, 0.0)), 1.0))
    for x in (o.left - 0.03, o.right + 0.03):
        yield box(p.FRAME, (0.06, 0.016, o.top), (x, 0.008, 0.0))
    yield box(p.FRAME, (wide + 0.12, 0.016, 0.06), (o.middle, 0.008, o.top))


def _flipped(width: float) -> Array:
    """Turn a panel about its upright middle, so that it is seen from the other side."""
    out = np.diag((-1.0, -1.0, 1.0, 1.0))
    out[0, 3] = width
    return out
