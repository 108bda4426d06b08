"""Loops compiled by numba: over role tuples, over views, along ways. Importing this loads numba, so it is done late.

They are functions of the module, not of a function that compiles them: only then does numba find again what it has
compiled before.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["cover", "draw", "joined", "straightened"]

Array = npt.NDArray[Any]


@njit(cache=True)
def alike(a: Array, b: Array, overlap: float) -> bool:
    """Whether the smaller of two boxes lies too much in the other to tell which is meant."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return False
    one, other = (a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1])
    small, large = min(one, other), max(one, other)
    return bool(width * height > overlap * small and large < 4 * small)


@njit(cache=True)
def falls(
    chosen: Array,
    items: Array,
    images: Array,
    marks: Array,
    gaps: Array,
    kinds: Array,
    objects: Array,
    parts: Array,
    overlap: float,
    several: bool,
    observed: bool,
) -> int:
    """Return 0 for an admissible tuple, -1 where a thing comes twice, else 1 + the index of the rule."""
    count = len(chosen)
    for i in range(count):
        a = chosen[i]
        if a < 0:
            continue
        for j in range(i):
            b = chosen[j]
            if b >= 0 and items[a] == items[b] and objects[i] == objects[j]:
                return -1
    for i in range(count):
        a = chosen[i]
        if a < 0 or not objects[i]:
            continue
        for j in range(i):
            b = chosen[j]
            if b >= 0 and objects[j] and parts[items[a], items[b]]:
                return 1
    for i in range(count):
        a = chosen[i]
        if a < 0:
            continue
        for j in range(i):
            b = chosen[j]
            if b < 0 or images[a] != images[b] or kinds[i] != kinds[j]:
                continue
            if kinds[i] == 0:
                if np.hypot(marks[a, 0] - marks[b, 0], marks[a, 1] - marks[b, 1]) < gaps[a]:
                    return 2
            elif kinds[i] == 1 and alike(marks[a], marks[b], overlap):
                return 2
    if several:
        first = 0 if observed else images[chosen[0]]
        for i in range(count):
            if chosen[i] >= 0 and images[chosen[i]] != first:
                return 0
        return 3
    return 0


@njit(cache=True)
def mixed(state: Array) -> Any:
    """Return the next number of a splitmix64 sequence (Steele, Lea and Flood, 2014)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True)
def below(state: Array, size: int) -> int:
    """Return a random whole number below ``size``; the bias of 2**-53 is nobody's."""
    return int((mixed(state) >> np.uint64(11)) * (size / 9007199254740992.0))


@njit(cache=True)
def hashed(chosen: Array, mask: int) -> np.int64:
    """Return a place in a table for a tuple of whole numbers (the hash of Fowler, Noll and Vo)."""
    found = np.uint64(0xCBF29CE484222325)
    for value in chosen:
        found = (found ^ np.uint64(value + 1)) * np.uint64(0x100000001B3)
    return np.int64((found ^ (found >> np.uint64(29))) & np.uint64(mask))


@njit(cache=True)
def draw(
    seeds: Array,
    starts: Array,
    items: Array,
    images: Array,
    marks: Array,
    gaps: Array,
    kinds: Array,
    objects: Array,
    optional: Array,
    parts: Array,
    most: int,
    search: int,
    overlap: float,
    several: bool,
    observed: bool,
) -> Any:
    roles, views = starts.shape[0], starts.shape[1] - 1
    out = np.empty((views * most, roles), dtype=np.int64)
    view_of = np.empty(views * most, dtype=np.int64)
    fell = np.zeros(3, dtype=np.int64)
    filled = 0
    mask = 1
    while mask < 2 * most:
        mask *= 2
    mask -= 1
    table = np.full(mask + 1, -1, dtype=np.int64)  # where in ``out`` a tuple is, by its hash
    choices = 0
    for r in range(roles):
        choices += optional[r]
    chosen = np.empty(roles, dtype=np.int64)
    state = np.empty(1, dtype=np.uint64)
    for k in range(views):
        state[0] = seeds[k]
        total = 1.0
        for r in range(roles):
            total *= starts[r, k + 1] - starts[r, k]
        if total == 0:
            continue
        start = filled
        every = total <= search and choices == 0
        tries = int(total) if every else search
        admissible = 0
        for t in range(tries):
            if every:
                rest = t
                for r in range(roles):
                    size = starts[r, k + 1] - starts[r, k]
                    chosen[r] = starts[r, k] + rest % size
                    rest //= size
            else:
                without = below(state, choices + 1) if choices else 0
                for r in range(roles):
                    if r >= roles - without:
                        chosen[r] = -1
                    else:
                        chosen[r] = starts[r, k] + below(state, starts[r, k + 1] - starts[r, k])
            why = falls(chosen, items, images, marks, gaps, kinds, objects, parts, overlap, several, observed)
            if why > 0:
                fell[why - 1] += 1
            if why != 0:
                continue
            if every:  # a reservoir (Vitter, 1985): each of the admissible ones stays with the same probability
                slot = admissible
                admissible += 1
                if slot >= most:
                    slot = below(state, admissible)
                    if slot >= most:
                        continue
            else:
                place = hashed(chosen, mask)
                known = False
                while table[place] >= start:  # entries of views before stay in the table: they count as none
                    known = True
                    for r in range(roles):
                        if out[table[place], r] != chosen[r]:
                            known = False
                            break
                    if known:
                        break
                    place = (place + 1) & mask
                if known:
                    continue
                table[place] = filled
                slot = admissible
                admissible += 1
            for r in range(roles):
                out[start + slot, r] = chosen[r]
            view_of[start + slot] = k
            filled = max(filled, start + slot + 1)
            if not every and admissible == most:
                break
    found_items = np.full((filled, roles), -1, dtype=np.int64)
    found_images = np.full((filled, roles), -1, dtype=np.int64)
    for i in range(filled):
        for r in range(roles):
            if out[i, r] >= 0:
                found_items[i, r] = items[out[i, r]]
                found_images[i, r] = images[out[i, r]]
    return view_of[:filled].copy(), found_items, found_images, fell


@njit(cache=True)
def cover(shows: Array, missing: Array, most: int) -> Array:
    """Return up to ``most`` rows of ``shows`` (F, N) that together have all that is ``missing`` (N,); else none.

    Greedily: each is the one that has most of what is still missing, the earlier of two.
    """
    chosen = np.empty(most, dtype=np.int64)
    count = 0
    left = missing.sum()
    while left > 0:
        best, gain = 0, 0
        for frame in range(len(shows)):
            new = 0
            for thing in range(shows.shape[1]):
                new += missing[thing] and shows[frame, thing]
            if new > gain:
                best, gain = frame, new
        if gain == 0 or count == most:
            return np.empty(0, dtype=np.int64)
        chosen[count] = best
        count += 1
        left -= gain
        for thing in range(shows.shape[1]):
            missing[thing] &= not shows[best, thing]
    return chosen[:count]


@njit(cache=True)
def turn(a: Array, b: Array, c: Array, d: Array) -> float:
    """Return the cross product of the ways from a to b and from c to d: above 0 where that turns left."""
    return float((b[0] - a[0]) * (d[1] - c[1]) - (b[1] - a[1]) * (d[0] - c[0]))


@njit(cache=True)
def distance(a: Array, b: Array) -> float:
    return float(np.hypot(b[0] - a[0], b[1] - a[1]))


@njit(cache=True)
def clear(a: Array, b: Array, walls: Array) -> bool:
    """Whether the straight way from a to b touches no wall."""
    for wall in walls:
        c, d = wall[0], wall[1]
        apart = False
        for axis in range(2):
            apart |= max(c[axis], d[axis]) < min(a[axis], b[axis]) or min(c[axis], d[axis]) > max(a[axis], b[axis])
        if not apart and turn(a, b, a, c) * turn(a, b, a, d) <= 0 and turn(c, d, c, a) * turn(c, d, c, b) <= 0:
            return False
    return True


@njit(cache=True)
def meet(a: Array, b: Array, c: Array, d: Array, put: Array, short: float) -> bool:
    """Whether the line from a past b meets the line from c past d, past both and near; where is written to put."""
    cross = turn(a, b, c, d)
    if abs(cross) < 1e-9:
        return False
    s, t = turn(a, c, c, d) / cross, turn(a, c, a, b) / cross
    put[0], put[1] = a[0] + s * (b[0] - a[0]), a[1] + s * (b[1] - a[1])
    return bool(s >= 1 and t >= 1 and distance(put, b) < 2 * short)


@njit(cache=True)
def bend_at(line: Array, k: int) -> float:
    """Degrees that a way turns at its point k."""
    a, b, c = line[k - 1], line[k], line[k + 1]
    along = (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1])
    return float(abs(np.degrees(np.arctan2(turn(a, b, b, c), along))))


@njit(cache=True)
def leave_out(line: Array, k: int) -> None:
    for j in range(k, len(line) - 1):
        line[j, 0], line[j, 1] = line[j + 1, 0], line[j + 1, 1]


@njit(cache=True)
def simplify(line: Array, walls: Array, short: float, small: float) -> bool:
    """Take one bend out of a way, the smallest or that of the shortest leg, in place; False where none can go."""
    inner = len(line) - 2
    bends = np.array([bend_at(line, k) for k in range(1, inner + 1)])
    order = bends.copy()
    for _ in range(inner):
        k = int(np.argmin(order))
        order[k] = np.inf
        if clear(line[k], line[k + 2], walls):
            leave_out(line, k + 1)
            return True
    legs = np.array([distance(line[k], line[k + 1]) for k in range(1, inner)])
    put = np.empty(2)
    for _ in range(inner - 1):
        k = int(np.argmin(legs)) + 1
        a, b, c, d = line[k - 1], line[k], line[k + 1], line[k + 2]
        wanted = legs[k - 1] < short or min(bends[k - 1], bends[k]) < small
        legs[k - 1] = np.inf
        if not wanted:
            continue
        found = meet(a, b, d, c, put, short) and clear(a, put, walls) and clear(put, d, walls)
        if not found:
            put[0], put[1] = (b[0] + c[0]) / 2, (b[1] + c[1]) / 2
            found = clear(a, put, walls) and clear(put, d, walls)
        if found:
            line[k, 0], line[k, 1] = put[0], put[1]
            leave_out(line, k + 1)
            return True
    return False


@njit(cache=True)
def straightened(line: Array, walls: Array, short: float, small: float) -> int:
    """Straighten a way in place; return how many points are left."""
    size = len(line)
    while size > 2 and simplify(line[:size], walls, short, small):
        size -= 1
    return size


@njit(cache=True)
def beside(corner: Array, before: Array, after: Array, point: Array) -> bool:
    """Whether the line from a point leaves both sides of a corner, ways to its neighbours, on one side."""
    x, y = corner[0] - point[0], corner[1] - point[1]
    one, other = x * before[1] - y * before[0], x * after[1] - y * after[0]
    return bool(one * other >= 0 or min(abs(one), abs(other)) < 1e-9 * (1 + x * x + y * y))


@njit(cache=True)
def crosses(a: Array, b: Array, wall: Array, least: float) -> bool:
    """Whether the way from a to b goes through a wall, not just up to it or along it."""
    c, d = wall[0], wall[1]
    for axis in range(2):
        if max(c[axis], d[axis]) < min(a[axis], b[axis]) or min(c[axis], d[axis]) > max(a[axis], b[axis]):
            return False
    one, other = turn(a, b, a, c), turn(a, b, a, d)
    if min(abs(one), abs(other)) <= least or (one > 0) == (other > 0):
        return False
    one, other = turn(c, d, c, a), turn(c, d, c, b)
    return bool(min(abs(one), abs(other)) > least and (one > 0) != (other > 0))


@njit(cache=True)
def joined(points: Array, corners: Array, before: Array, after: Array, walls: Array, itself: bool) -> Array:
    """Return pairs (m, 2) of points and corners whose straight way is beside the corner and through no wall.

    ``itself``: the points are the corners; each pair comes once, and the way is beside both. Ways that touch walls are
    among the pairs.
    """
    count, most = 0, 64
    pairs = np.empty((most, 2), dtype=np.int64)
    middle = (walls[:, 0] + walls[:, 1]) / 2
    for i in range(len(points)):
        a = points[i]
        order = np.argsort((middle[:, 0] - a[0]) ** 2 + (middle[:, 1] - a[1]) ** 2)  # the near ones hide most
        for j in range(i + 1 if itself else 0, len(corners)):
            b = corners[j]
            if not beside(b, before[j], after[j], a) or (itself and not beside(a, before[i], after[i], b)):
                continue
            hidden = False
            for k in order:
                if crosses(a, b, walls[k], 1e-9):
                    hidden = True
                    break
            if hidden:
                continue
            if count == most:
                most *= 2
                grown = np.empty((most, 2), dtype=np.int64)
                grown[:count] = pairs
                pairs = grown
            pairs[count, 0], pairs[count, 1] = i, j
            count += 1
    return pairs[:count]
