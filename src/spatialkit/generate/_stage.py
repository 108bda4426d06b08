"""Candidates with their geometry: measured as it is, and as noise could have it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.errors import ArgumentError
from spatialkit.generate._cast import Cast
from spatialkit.relations import Observer, Sights, Space, Things, Ways
from spatialkit.tasks.base import CAST, Task, Variant

__all__ = ["VALUE", "Candidates", "Stage"]

Array = npt.NDArray[Any]
VALUE = ""  # the name of the answer's own value among what is measured


@dataclass(frozen=True)
class Candidates:
    """Who fills the roles, in each of n candidates.

    ``views`` (K, V) are frames shown together and ``view`` (n,) which of them; ``items`` and ``images`` (n, R) the
    thing and its image for each role of ``Variant.cast``, -1 for one left out; ``words`` (n, W) which word fills each
    role of that kind.
    """

    views: Array
    view: Array
    items: Array
    images: Array
    words: Array

    def __len__(self) -> int:
        return len(self.view)

    def __getitem__(self, which: Array) -> Candidates:
        return Candidates(self.views, self.view[which], self.items[which], self.images[which], self.words[which])

    @cached_property
    def frames(self) -> Array:
        """The frames (n, V) that each candidate shows."""
        return np.asarray(self.views[self.view])


@dataclass(frozen=True)
class _Geometry:
    """What noise may move: the observer's pose; of each role its camera's pose and its object's centre and extents."""

    observer: Array
    poses: dict[str, Array]
    centres: dict[str, Array]
    sizes: dict[str, Array]


class Stage:
    """Candidates with their geometry, which can be shaken to see what noise does to the values."""

    def __init__(self, variant: Variant, cast: Cast, candidates: Candidates) -> None:
        self._variant, self._cast, self._candidates = variant, cast, candidates
        c, roles = candidates, variant.roles
        self._fixed: dict[str, Any] = {}
        self._axes: dict[str, Array] = {}
        self._spread: Array | None = None  # of a walk: what noise does to it was found with the walk
        poses, centres, sizes = {}, {}, {}
        for column, (name, role) in enumerate(variant.cast.items()):
            item, image = c.items[:, column], c.images[:, column]
            if role.kind == "route":
                legs, spread = cast.floor.legs
                self._fixed[name], self._spread = Ways(legs[item]), spread[item]
                continue
            poses[name] = cast.poses[c.views[c.view, image]]
            there = (item >= 0)[:, None] & (role.kind != "category")
            which = item if role.kind != "category" else np.zeros_like(item)
            centres[name], sizes[name] = (np.where(there, t[which], np.nan) for t in (cast.centres, cast.sizes))
            self._axes[name] = cast.axes[which]
        for name, role in roles.items():
            if role.kind == "camera":
                poses[name] = cast.poses[c.views[c.view, role.image or 0]]
        words = [name for name, role in roles.items() if role.kind == "word"]
        for column, name in enumerate(words):
            self._fixed[name] = np.array([value for _, value in roles[name].words])[c.words[:, column]]
        for name, role in roles.items():
            if role.kind == "room":
                self._fixed[name] = Space(np.full(len(c), np.nan if cast.floor.area is None else cast.floor.area))
        self._base = _Geometry(cast.poses[c.views[c.view, 0]], poses, centres, sizes)
        self._first = {
            name: c.images[:, list(variant.cast).index(name)] == 0
            if name in variant.cast
            else np.full(len(c), not roles[name].image)
            for name in poses
        }

    def measure(self) -> dict[str, Array]:
        """Return the task's raw values under ``VALUE``, and its facts by name."""
        return self._unshaken

    def noise(self, names: list[str]) -> dict[str, Array]:
        """Return how far the scene's stated noise can move each component of these values: a first-order bound.

        Every centre and every camera is moved by the stated distance and every camera turned by the stated angle, along
        the direction that matters most, and every side of a box is longer or shorter by that distance; the changes add
        up.
        """
        base = self.measure()
        if self._spread is not None:
            return dict.fromkeys(names, self._spread)
        total = {name: np.zeros_like(base[name], dtype=np.float64) for name in names}
        for shaken in self._shaken(names):
            found = self._six._at(shaken)
            for name in names:
                changes = np.abs(found[name].reshape(6, *base[name].shape) - base[name])
                changes[:, ~np.isfinite(base[name])] = 0.0  # nothing there: nothing to move
                total[name] += np.sqrt((np.maximum(changes[:3], changes[3:]) ** 2).sum(axis=0))
        return total

    @cached_property
    def _six(self) -> Stage:
        """All candidates six times over."""
        return Stage(self._variant, self._cast, self._candidates[np.tile(np.arange(len(self._candidates)), 6)])

    def _shaken(self, names: list[str]) -> Iterator[_Geometry]:
        """Yield, for each thing that may be off, the geometry with it moved along or turned about x, y, z, -x, -y, -z.

        That is six times over, measured at once. The axes are the observer's, or the camera's own: how the world is
        turned changes nothing. What does not enter the formula is left in peace.
        """
        base, sensor, count = self._base, self._cast.scene.sensor, len(self._candidates)
        offsets = sensor.position * np.concatenate([np.eye(3), -np.eye(3)])
        for name, centre in base.centres.items():
            if self._enters(replace(base, centres=base.centres | {name: centre + 1.0}), names):
                moved = np.concatenate([centre + base.observer[:, :3, :3] @ offset for offset in offsets])
                yield replace(self._six._base, centres=self._six._base.centres | {name: moved})
        for name, size in base.sizes.items():
            if self._enters(replace(base, sizes=base.sizes | {name: size * (1.1, 1.3, 1.7)}), names):
                grown = np.concatenate([np.maximum(size + offset, 1e-3) for offset in offsets])
                yield replace(self._six._base, sizes=self._six._base.sizes | {name: grown})
        moves = [_shift(offset) for offset in offsets]
        turns = [_turn(axis, sign * sensor.rotation_deg) for sign in (1, -1) for axis in range(3)]
        for role in (None, *base.poses):
            if self._enters(self._with_camera(_turn(0, 20.0) @ _turn(1, 20.0) @ _shift(np.ones(3)), role), names):
                for changes in (moves, turns):
                    yield self._six._with_camera(np.repeat(changes, count, axis=0), role)

    def _enters(self, changed: _Geometry, names: list[str]) -> bool:
        """Return whether a large change of the geometry changes any value."""
        before, after = self.measure(), self._at(changed)
        return any(not np.array_equal(before[name], after[name], equal_nan=True) for name in names)

    def _with_camera(self, change: Array, role: str | None) -> _Geometry:
        """Return the geometry with the observer's camera changed, or the one of a role if it is another.

        ``change`` is (4, 4), or (n, 4, 4).
        """
        base = self._base
        if role is None:
            poses = {n: np.where(self._first[n][:, None, None], p @ change, p) for n, p in base.poses.items()}
            return replace(base, observer=base.observer @ change, poses=poses)
        pose, first = base.poses[role], self._first[role][:, None, None]
        return replace(base, poses=base.poses | {role: np.where(first, pose, pose @ change)})

    def _at(self, geometry: _Geometry) -> dict[str, Array]:
        roles = self._variant.roles
        who = self._observer if geometry.observer is self._base.observer else self._looking(geometry.observer)
        filled = dict(self._fixed)
        for name, pose in geometry.poses.items():
            if roles[name].kind in CAST:
                filled[name] = Things(
                    geometry.centres[name], pose, who, geometry.sizes[name], self._axes[name], self._sights[name]
                )
            else:
                filled[name] = Things(pose[:, :3, 3], pose, who)
        with np.errstate(invalid="ignore", divide="ignore"):  # of what is refused for it later
            return _measured(self._variant.task, filled, len(self._candidates))

    def _looking(self, pose: Array) -> Observer:
        return Observer(pose, self._cast.scene.up, self._cast.rules, self._intrinsics)

    @cached_property
    def _observer(self) -> Observer:
        return self._looking(self._base.observer)

    @cached_property
    def _intrinsics(self) -> Array:
        return np.asarray(self._cast.intrinsics[self._candidates.views[self._candidates.view, 0]])

    @cached_property
    def _unshaken(self) -> dict[str, Array]:
        return self._at(self._base)

    @cached_property
    def _sights(self) -> dict[str, Callable[[], Sights]]:
        """How to look up what is seen of what fills each role: done when a formula asks for it, and few do."""
        return {name: cache(partial(self._look, name)) for name in self._variant.cast}

    def _look(self, name: str) -> Sights:
        cast, frames = self._cast, self._candidates.frames
        item = self._candidates.items[:, list(self._variant.cast).index(name)]
        one, column = np.ones(len(frames)), item[:, None]
        if self._variant.cast[name].kind != "category":
            visible, pixels = (t[frames, column] for t in (cast.table.visible_share, cast.table.pixel_share))
            return Sights(visible, pixels, cast.rects[frames, column], one, 0 * one)
        visible, pixels = (table[frames, column] for table in cast.category_sights)
        unseen = cast.unseen(self._candidates.views)[self._candidates.view, item]
        return Sights(visible, pixels, np.full((*frames.shape, 4), np.nan), cast.members.sum(axis=1)[item], unseen)


def _measured(task: Task, filled: dict[str, Any], count: int) -> dict[str, Array]:
    """Return what a task measures by name, or raise where that is not a number, or several, for each candidate."""
    me, result = f"{type(task).__name__}.measure", task.measure(**filled)
    value, facts = result if isinstance(result, tuple) and len(result) == 2 else (result, {})
    if not isinstance(facts, Mapping) or set(facts) != set(task.facts):
        expected = f"the values and a dict of the facts {', '.join(task.facts)}" if task.facts else "the values alone"
        found = (
            f"the facts {', '.join(map(str, facts)) or 'none'}" if isinstance(facts, Mapping) else "no dict of facts"
        )
        raise ArgumentError(me, found=found, expected=expected)
    named = {}
    for name, given in {VALUE: value, **facts}.items():
        try:
            array = np.asarray(given)
        except ValueError as error:
            raise ArgumentError(me, found=f"no array ({error})", expected=f"{count} values") from None
        if array.shape[:1] != (count,) or array.dtype.kind not in "if":
            found = f"{f'for the fact {name!r} ' if name else ''}shape {array.shape} of {array.dtype}"
            raise ArgumentError(me, found=found, expected=f"floats or integers, shape ({count}, …)")
        named[name] = array
    return named


def _shift(offset: Array) -> Array:
    change = np.eye(4)
    change[:3, 3] = offset
    return change


def _turn(axis: int, degrees: float) -> Array:
    """Return the rotation (4, 4) about one of the camera's own axes."""
    i, j = (axis + 1) % 3, (axis + 2) % 3
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    change = np.eye(4)
    change[i, i], change[i, j], change[j, i], change[j, j] = cos, -sin, sin, cos
    return change
