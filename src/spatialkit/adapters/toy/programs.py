"""Programs: what stands in each kind of room, and roughly where."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from spatialkit.adapters.toy import fixtures as fx
from spatialkit.adapters.toy import furniture as fu
from spatialkit.adapters.toy import things as th
from spatialkit.adapters.toy.model import Model, Style
from spatialkit.adapters.toy.openings import dress_openings
from spatialkit.adapters.toy.placing import Entry, Furnisher, Item, Maker, Zone, backed
from spatialkit.adapters.toy.rooms import HEIGHT, Plan, Room
from spatialkit.adapters.toy.shapes import pose

__all__ = ["furnish"]

Rng = np.random.Generator


def furnish(flat: Plan, rng: Rng, style: Style, *, detail: float, clutter: float) -> list[Item]:
    """Furnish every room; returns the items in a fixed order."""
    items: list[Item] = []
    for index, room in enumerate(flat.rooms):
        f = Furnisher(room, index, rng, style, detail, clutter)
        dress_openings(f)
        _PROGRAMS[room.kind](f)
        _finish(f)
        items += f.items
    return items


def _walls(room: Room) -> list[str]:
    """Walls without windows and doors first, then without doors."""

    def trouble(name: str) -> tuple[int, int]:
        kinds = [o.kind for o in room.walls[name].openings]
        return sum(k != "window" for k in kinds), len(kinds)

    return sorted(room.walls, key=trouble)


_OPPOSITE = {"north": "south", "south": "north", "east": "west", "west": "east"}


# --- rooms ------------------------------------------------------------------------------------------------------------


def _living(f: Furnisher) -> None:
    ends = ["east", "west"] if f.rng.uniform() < 0.5 else ["west", "east"]
    kitchen_side = next((w for w in ends if not f.room.walls[w].openings), ends[0])
    lounge_side = _OPPOSITE[kitchen_side]
    sign = 1.0 if kitchen_side == "east" else -1.0
    _kitchen(f, kitchen_side)
    _lounge(f, lounge_side)
    cx, cy = f.room.centre
    width = f.room.x1 - f.room.x0
    _dining(f, cx + sign * width * 0.16, cy - 0.35)
    free = ["south", "north", lounge_side, kitchen_side]
    shelf = f.against(
        [backed(f.make(fu.bookshelf)), Zone(0, 0.6, 0.8, 0.5)], ["north", "south"], 0.85 if sign > 0 else 0.15
    )
    _fill_shelf(f, shelf)
    for where in (0.02, 0.98):
        f.against([backed(f.make(th.plant, height=float(f.rng.uniform(0.8, 1.3))), gap=0.05)], free, where)
    f.against([backed(f.make(fu.stool), gap=0.08)], free, 0.3)
    _pictures(f, ["north", lounge_side, "south"], 3)


def _kitchen(f: Furnisher, side: str) -> None:
    """A row of units: fridge, drawers, sink, cabinet, stove, cabinet; wall cabinets and a hood above."""
    length = f.room.walls[side].length
    units: dict[str, tuple[Model, float]] = {
        "fridge": (f.make(fx.refrigerator), 0.62),
        "drawers": (f.make(fx.base_cabinet, width=0.5, drawers=True), 0.5),
        "sink": (f.make(fx.kitchen_sink), 0.8),
        "stove": (f.make(fx.stove), 0.6),
        "cabinet": (f.make(fx.base_cabinet, width=0.8), 0.8),
    }
    for too_many in ((), ("drawers",), ("drawers", "cabinet")):
        row = {name: unit for name, unit in units.items() if name not in too_many}
        total = sum(w for _, w in row.values()) + 0.005 * len(row)
        placed = f.against(_kitchen_row(f, row, total), [side], 0.5 if length < total + 0.6 else 0.3)
        if placed is not None:
            _dress_kitchen(f, dict(zip(row, placed, strict=False)))
            return


def _kitchen_row(f: Furnisher, row: Mapping[str, tuple[Model, float]], total: float) -> list[Entry | Zone]:
    """Return the units side by side in that order, then what hangs above them, and the space in front."""
    group: list[Entry | Zone] = []
    x = -total / 2
    spots = {}
    for name, (model, w) in row.items():
        group.append(backed(model, x + w / 2, gap=0.02))
        spots[name] = x + w / 2
        x += w + 0.005
    group.append(backed(f.make(fx.range_hood), spots["stove"], 1.58, gap=0.005))
    group += [
        backed(f.make(fx.wall_cabinet, width=row[name][1]), spots[name], 1.45, gap=0.005)
        for name in ("drawers", "sink", "cabinet")
        if name in row
    ]
    return [*group, Zone(0, 1.05, total, 0.8)]


def _dress_kitchen(f: Furnisher, units: Mapping[str, Item]) -> None:
    f.on(units["stove"], [th.pot])
    if "drawers" in units:
        f.on(units["drawers"], [th.toaster, th.mug][: max(1, f.some(2))])
    if "cabinet" in units:
        f.on(units["cabinet"], [th.kettle, th.microwave] if f.clutter > 0.4 else [th.kettle], turn=8)
        f.on(units["cabinet"], [th.bottle, th.cup, th.bowl, th.bottle, th.mug][: f.some(5)])
    f.on(units["fridge"], [th.basket][: f.some(1)])


def _lounge(f: Furnisher, side: str) -> None:
    """Television on its stand, a rug, a coffee table, a sofa facing it, an armchair askew, a floor lamp."""
    stand, sofa = f.make(fu.tv_stand), f.make(fu.sofa, seats=3 if f.rng.uniform() < 0.7 else 2)
    table, chair, lamp = f.make(fu.coffee_table), f.make(fu.armchair), f.make(fu.floor_lamp)
    rug = f.make(fu.rug, width=2.3, depth=1.6)
    flip = 1.0 if f.rng.uniform() < 0.5 else -1.0
    half = float(sofa.bounds(1.0)[1][0])
    middle = Entry(table, 0, 1.72, float(f.rng.uniform(-6, 6)), 0.012)
    extra: list[Entry | Zone] = [Entry(chair, flip * 1.62, 1.72, flip * float(f.rng.uniform(58, 75)))]
    for distance in (3.05, 2.9, 2.75):
        # The rug ends in front of the sofa.
        core: list[Entry | Zone] = [backed(stand, gap=0.02), Entry(rug, 0, min(1.75, distance - 1.27)), middle]
        couch = Entry(sofa, 0, distance, 180.0)
        foot = Entry(lamp, -flip * (half + 0.26), distance + 0.1)
        for group in ([*core, couch, foot, *extra], [*core, couch, *extra], [*core, couch, foot], [*core, couch]):
            placed = f.against(group, [side], 0.5)
            if placed is None:
                continue
            by_label = {item.model.label: item for item in placed}
            _dress_lounge(f, by_label)
            return


def _dress_lounge(f: Furnisher, lounge: dict[str, Item]) -> None:
    stand, table, sofa = lounge["television stand"], lounge["coffee table"], lounge["sofa"]
    f.set_down(stand, Entry(f.make(fu.television), 0, -0.03, 0, stand.model.supports[0].z))
    for k in range(min(f.some(2) + 1, 3)):
        f.set_down(
            stand,
            Entry(
                f.make((th.vase, th.candle, th.plant)[k], **({"height": 0.32} if k == 2 else {})),
                (-0.68, 0.68, 0.6)[k],
                0.02,
                20.0 * k,
                stand.model.supports[0].z,
            ),
        )
    f.on(stand, [th.book, th.book][: f.some(2)], level=1)
    f.on(table, [th.bowl, th.mug, th.book, th.candle, th.mug, th.book][: 1 + f.some(5)], turn=35)
    seats = sofa.model.supports
    for k, seat in enumerate(seats):
        if k != len(seats) // 2 or f.rng.uniform() < 0.3:
            cushion = f.make(th.cushion)
            offset = float(f.rng.uniform(-0.04, 0.04))
            f.set_down(sofa, Entry(cushion, seat.x + offset, -0.02, float(f.rng.uniform(-12, 12)), seat.z))
    if "armchair" in lounge:
        chair = lounge["armchair"]
        f.set_down(chair, Entry(f.make(th.cushion), 0, -0.02, 5.0, chair.model.supports[0].z))


def _dining(f: Furnisher, x: float, y: float) -> None:
    table = f.make(fu.dining_table)
    yaw = 90.0 + float(f.rng.uniform(-4, 4))
    chairs = [
        Entry(
            f.make(fu.chair),
            cx,
            side * (0.43 + 0.27 + float(f.rng.uniform(0.0, 0.1))),
            (180.0 if side > 0 else 0.0) + float(f.rng.uniform(-14, 14)),
        )
        for cx in (-0.38, 0.38)
        for side in (-1, 1)
    ]
    for count in (4, 2):
        for angle in (yaw, yaw + 90.0):
            placed = f.floating([Entry(table), *chairs[:count]], x, y, angle, 1.6)
            if placed is None:
                continue
            base = placed[0]
            top = base.model.supports[0].z
            for entry in chairs[:count]:
                side = -1.0 if entry.y < 0 else 1.0
                if f.rng.uniform() < 0.3 + 0.6 * f.clutter:
                    f.set_down(base, Entry(f.make(th.plate), entry.x, side * 0.24, 0.0, top))
                    f.set_down(base, Entry(f.make(th.cup), entry.x + 0.19, side * 0.2, 0.0, top))
            f.set_down(base, Entry(f.make(th.vase), 0.0, 0.0, float(f.rng.uniform(0, 360)), top))
            f.on(base, [th.bottle, fruit_bowl, th.mug][: f.some(3)])
            lamp = f.make(fu.pendant_lamp)
            f.items.append(f.item(Entry(lamp, 0, 0, 0, HEIGHT), base.transform, base.yaw, rest=False))
            return


def fruit_bowl(rng: Rng, style: Style) -> Model:
    """Build a bowl with fruit."""
    return th.bowl(rng, style, fruit=True)


def _bedroom(f: Furnisher) -> None:
    bed = f.make(fu.bed, width=1.5 if f.room.x1 - f.room.x0 > 3.2 else 1.0)
    half = float(bed.bounds(1.0)[1][0])
    nights = [f.make(fu.nightstand) for _ in range(2)]
    low, high = bed.bounds(1.0)
    core: list[Entry | Zone] = [backed(bed)]
    tables: list[Entry | Zone] = [backed(m, s * (half + 0.3)) for m, s in zip(nights, (-1, 1), strict=True)]
    rug: list[Entry | Zone] = [Entry(f.make(fu.rug, width=2.3, depth=0.8), 0, high[1] - low[1] + 0.45)]
    walls = _walls(f.room)
    placed = None
    for group in ([*core, *tables, *rug], [*core, *tables], [*core, tables[0]], [*core, tables[1]], core):
        placed = f.against(group, walls, 0.5)
        if placed is not None:
            break
    if placed is not None:
        _dress_bed(f, placed[0], [i for i in placed if i.model.label == "nightstand"])
    f.against([backed(f.make(fu.wardrobe), gap=0.02), Zone(0, 0.95, 1.0, 0.6)], walls, 0.95)
    dresser = f.against([backed(f.make(fu.dresser), gap=0.02), Zone(0, 0.85, 0.9, 0.6)], walls, 0.5)
    if dresser is not None:
        f.on(dresser[0], [fu.table_lamp, th.vase, th.book, th.candle, th.tissues][: 1 + f.some(4)])
        mirror = f.make(fx.mirror, width=0.7, height=0.9)
        f.set_down(dresser[0], Entry(mirror, 0, -0.245, 0.0, 1.0))
    f.against([backed(f.make(fu.armchair), gap=0.1)], walls, 0.05)
    f.against([backed(f.make(th.plant, height=1.0), gap=0.05)], walls, 0.02)
    f.against([backed(f.make(th.basket), gap=0.05)], walls, 0.6)
    _pictures(f, walls, 2)
    _floor_things(f, [th.teddy, th.backpack, th.toy_ball][: f.some(3)])


def _dress_bed(f: Furnisher, bed: Item, nights: list[Item]) -> None:
    low, high = bed.model.bounds(f.detail)
    across = [-0.36, 0.36] if high[0] - low[0] > 1.3 else [0.0]
    for x in across:
        f.set_down(bed, Entry(f.make(th.pillow), x, -0.72, float(f.rng.uniform(-5, 5)), 0.52))
    f.on(bed, [th.teddy, th.book][: f.some(2)], turn=60)
    for night in nights:
        f.on(night, [fu.table_lamp], turn=3)
        f.on(night, [th.book, th.mug][: f.some(2)])
        f.on(night, [th.book][: f.some(1)], level=1)


def _study(f: Furnisher) -> None:
    walls = _walls(f.room)
    desk = f.make(fu.desk)
    chair = Entry(f.make(fu.office_chair), -0.19, 1.2, 180.0 + float(f.rng.uniform(-28, 28)))
    windows = [w for w in f.room.walls if any(o.kind == "window" for o in f.room.walls[w].openings)]
    placed = f.against([backed(desk, gap=0.11), chair], [*walls, *windows], 0.5)
    if placed is not None:
        _dress_desk(f, placed[0])
        f.against([backed(f.make(th.trash_can), gap=0.05)], walls, 0.75)
    for where in (0.25, 0.6):
        shelf = f.against([backed(f.make(fu.bookshelf)), Zone(0, 0.6, 0.8, 0.5)], walls, where)
        _fill_shelf(f, shelf)
    f.against([backed(f.make(fu.armchair), gap=0.12)], walls, 0.9)
    f.against([backed(f.make(fu.floor_lamp), gap=0.06)], walls, 0.97)
    f.against([backed(f.make(th.plant, height=0.8), gap=0.05)], walls, 0.02)
    cx, cy = f.room.centre
    f.floating([Entry(f.make(fu.rug, width=1.7, depth=1.2))], cx, cy, float(f.rng.uniform(-8, 8)), 0.6)
    _pictures(f, walls, 2)
    _floor_things(f, [th.backpack, th.carton, th.carton, th.toy_ball][: f.some(4)])


def _dress_desk(f: Furnisher, desk: Item) -> None:
    top = desk.model.supports[0].z
    f.set_down(desk, Entry(f.make(th.monitor), -0.19, -0.17, float(f.rng.uniform(-8, 8)), top))
    f.set_down(desk, Entry(f.make(th.keyboard), -0.19, 0.12, float(f.rng.uniform(-4, 4)), top))
    f.set_down(desk, Entry(f.make(th.mouse), 0.13, 0.13, 8.0, top))
    f.set_down(desk, Entry(f.make(fu.table_lamp), -0.57, -0.18, 0.0, top))
    f.set_down(desk, Entry(f.make(th.laptop), 0.42, 0.05, float(f.rng.uniform(-30, 10)), top))
    f.on(desk, [th.pen_cup, th.mug, th.book, th.book][: 1 + f.some(3)])


def _bathroom(f: Furnisher) -> None:
    walls = _walls(f.room)
    tub = f.against([backed(f.make(fx.bathtub), gap=0.01), Zone(0, 1.0, 1.2, 0.5)], walls, 0.0)
    if tub is not None:
        f.set_down(tub[0], Entry(f.make(th.bottle), -0.78, -0.325, 0.0, 0.56))
    basin = f.against([backed(f.make(fx.washbasin)), Zone(0, 0.75, 0.7, 0.5)], walls, 0.6)
    if basin is not None:
        f.set_down(basin[0], Entry(f.make(fx.mirror, width=0.7, height=0.95), 0, -0.247, 0.0, 1.1))
        f.on(basin[0], [th.soap], level=0)
        f.on(basin[0], [th.cup][:1], level=1)
    f.against([backed(f.make(fx.toilet)), Zone(0, 0.95, 0.5, 0.5)], walls, 0.8)
    washer = f.against([backed(f.make(fx.washing_machine), gap=0.03), Zone(0, 0.85, 0.5, 0.5)], walls, 0.95)
    if washer is not None:
        f.on(washer[0], [th.basket])
    f.against([backed(f.make(th.trash_can), gap=0.03)], walls, 0.7)
    for _ in range(2):
        rail = f.against([backed(f.make(fx.towel_rail), 0.0, 1.25, gap=0.002)], walls, float(f.rng.uniform()))
        if rail is not None:
            item = f.item(
                Entry(f.make(fx.towel), 0.0, 0.0, 0.0, 0.0), rail[0].transform, rail[0].yaw, rail[0], rest=False
            )
            if f.free(item.footprint, [rail[0]]):
                f.items.append(item)
    cx, cy = f.room.centre
    f.floating([Entry(f.make(fu.rug, width=0.9, depth=0.6))], cx, cy, 5.0, 0.5)


def _hall(f: Furnisher) -> None:
    sides = ["south", "north"]
    bench = f.against([backed(f.make(fu.shoe_bench))], sides, 0.3)
    if bench is not None:
        _shoes(f, bench[0])
        f.set_down(bench[0], Entry(f.make(th.backpack), 0.2, 0.0, 15.0, 0.5))
    f.against([backed(f.make(fu.coat_rack), gap=0.03)], sides, 0.1)
    dresser = f.against([backed(f.make(fu.nightstand))], sides, 0.75)
    if dresser is not None:
        f.on(dresser[0], [fu.table_lamp, th.bowl], turn=3)
    f.against([backed(f.make(fx.mirror, width=0.5, height=1.3), 0.0, 0.55, gap=0.002)], sides, 0.6)
    cx, cy = f.room.centre
    f.floating([Entry(f.make(fu.rug, width=2.4, depth=0.7))], cx, cy, 0.0, 1.0)
    _pictures(f, [*sides, "east", "west"], 4)


def _shoes(f: Furnisher, bench: Item) -> None:
    for k in range(1 + f.some(2)):
        colour = fx.accent(f.rng)
        for side in (-1, 1):
            model = th.shoe(f.rng, f.style, colour)
            f.set_down(
                bench, Entry(model, -0.26 + 0.26 * k + side * 0.056, 0.0, side * -3.0, bench.model.supports[1].z)
            )


# --- what every room has ----------------------------------------------------------------------------------------------


def _fill_shelf(f: Furnisher, placed: Sequence[Item] | None) -> None:
    """Rows of books from the left, some ornaments to the right of them."""
    if not placed:
        return
    shelf = placed[0]
    for level, support in enumerate(shelf.model.supports):
        x = support.x - support.width / 2
        for _ in range(f.some(7)):
            model = f.make(th.standing_book)
            low, high = model.bounds(f.detail)
            width = float(high[0] - low[0])
            front = support.y + support.depth / 2 - float(high[1]) - float(f.rng.uniform(0.0, 0.03))
            if high[2] < support.room and f.set_down(shelf, Entry(model, x + width / 2, front, 0.0, support.z)):
                x += width + 0.006
        ornament = (th.vase, th.candle, th.book, th.plant, th.bowl, th.carton)[int(f.rng.integers(6))]
        if f.rng.uniform() < 0.5 + 0.3 * f.clutter:
            options = {"height": 0.26} if ornament is th.plant else {}
            model = f.make(ornament, **options)
            f.on(shelf, [model], level=level, turn=10)


def _pictures(f: Furnisher, walls: Sequence[str], count: int) -> None:
    for k in range(count):
        width, height = ((0.6, 0.8), (0.8, 0.6), (0.45, 0.6))[int(f.rng.integers(3))]
        model = f.make(fx.picture, width=width, height=height)
        f.against(
            [backed(model, 0.0, 1.62 - height / 2, gap=0.002)],
            [walls[k % len(walls)], *walls],
            float(f.rng.uniform(0.3, 0.7)),
        )


def _floor_things(f: Furnisher, makers: Sequence[Maker]) -> None:
    for maker in makers:
        model = f.make(maker)
        wall = ("north", "south", "east", "west")[int(f.rng.integers(4))]
        f.against(
            [Entry(model, 0, 0.25 - float(model.bounds(1.0)[0][1]), float(f.rng.uniform(-40, 40)))],
            [wall],
            float(f.rng.uniform(0.1, 0.9)),
        )


def _finish(f: Furnisher) -> None:
    """Add ceiling lamps, a clock in some rooms."""
    room = f.room
    width = room.x1 - room.x0
    cx, cy = room.centre
    spots = [cx] if width < 5.5 else [room.x0 + width * 0.27, room.x0 + width * 0.73]
    for x in spots:
        item = f.item(Entry(f.make(fu.ceiling_lamp), 0, 0, 0, HEIGHT), pose((x, cy, 0.0)), 0.0, rest=False)
        if f.free(item.footprint, zones=False):
            f.items.append(item)
    if room.kind in ("living", "study"):
        f.against([backed(f.make(fx.clock), 0.0, 1.75, gap=0.002)], ["north", "east", "west"], 0.3)


_PROGRAMS: dict[str, Callable[[Furnisher], None]] = {
    "living": _living, "bedroom": _bedroom, "study": _study, "bathroom": _bathroom, "hall": _hall,
}  # fmt: skip
