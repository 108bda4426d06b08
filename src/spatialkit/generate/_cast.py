"""Who may play in a scene: things that may be asked about, frames that may be shown, where each can be marked."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit import labels
from spatialkit.generate._floor import Floor
from spatialkit.geometry import box_iou
from spatialkit.observe import MARK_RADIUS, Observations
from spatialkit.rules import Rules
from spatialkit.scene import Scene
from spatialkit.search import Places
from spatialkit.tasks.base import OBJECTS, Role
from spatialkit.views import distinct_frames

__all__ = ["Cast"]

Array = npt.NDArray[Any]
FIT = re.compile(r"[\w '’&/+.,-]{0,60}")  # labels that cannot be taken for marks, tokens of a loader, or markup
TAKEN = frozenset({"camera", "the camera", "observer", "the observer", "image", "frame", "video"})  # mean other things
ROWS = 512  # objects held against all others at a time
LARGER = 0.8  # share of an object's pixels that any other image may show of it, for one to show it largest
SHORTEST = 3  # letters of a label that may be the end of another word: "pan" of "saucepan"; "tv" ends "wall tv" only
GLIMPSED = 0.01  # share of a surface from which on a thing counts among what a frame shows


class Cast:
    """Who may play in a scene: things that may be asked about, frames that may be shown, where each can be marked."""

    def __init__(self, scene: Scene, table: Observations, rules: Rules) -> None:
        self.scene, self.table, self.rules = scene, table, rules
        self.centres, self.sizes, self.axes = scene.boxes
        self.poses = np.array([f.world_from_cam for f in scene.frames]).reshape(-1, 4, 4)
        cameras = [f.camera for f in scene.frames]
        self.intrinsics = np.array(
            [(c.fx, c.fy, c.cx, c.cy, c.width, c.height) for c in cameras], dtype=np.float64
        ).reshape(-1, 6)
        times = [f.time for f in scene.frames]
        self.times = np.array(range(len(times)) if None in times else times, dtype=np.float64)
        pictured = np.array([f.image is not None for f in scene.frames], dtype=bool)
        self.shown = table.usable & (pictured | ~pictured.any())  # all, where the scene is geometry alone
        self.distinct = distinct_frames(self.poses, self.shown, rules)
        self.labels = [labels.normalise(o.label) for o in scene.objects]
        self.refused = self._refused()
        self.parts = self._parts()
        self.markable = {"point": self._points(), "box": self._boxes()}
        self.markable["named"] = self.markable["box"] & (table.pixel_share >= rules.named_pixels)
        self.floor = Floor(scene, self.poses, rules)

    def _refused(self) -> dict[str, Array]:
        """Objects that are never asked about, by rule."""
        names = self.labels
        spans = np.einsum("nij,nj->ni", np.abs(self.axes), self.sizes)
        wide = spans > self.rules.largest_share * np.where(self.table.extent > 0, self.table.extent, np.inf)
        return {
            "label unfit for a sentence": np.array([not FIT.fullmatch(n) or n in TAKEN for n in names], dtype=bool),
            "placeholder label": np.array([n in self.rules.placeholders for n in names], dtype=bool),
            "structure label": np.array([n in self.rules.structure for n in names], dtype=bool),
            "as large as the room": wide.sum(axis=1) >= 2,
            "too small": self.sizes.max(axis=1, initial=0.0) < self.rules.smallest_side,
        }

    @cached_property
    def allowed(self) -> Array:
        """(N,) objects that may be asked about."""
        return np.asarray(~np.any(list(self.refused.values()), axis=0))

    def _parts(self) -> Array:
        """Pairs (N, N) of which one lies mostly within the other."""
        volume, count = self.sizes.prod(axis=1), len(self.sizes)
        parts = np.empty((count, count), dtype=bool)
        for start in range(0, count, ROWS):  # all at once would take gigabytes for ten thousand objects
            rows = slice(start, start + ROWS)
            iou = box_iou((self.centres[rows], self.sizes[rows], self.axes[rows]), self.scene.boxes)
            both = iou * (volume[rows, None] + volume) / (1 + iou)
            parts[rows] = both > self.rules.part_overlap * np.minimum(volume[rows, None], volume)
        return parts

    def _visible(self) -> Array:
        table, rules = self.table, self.rules
        seen = (table.visible_share >= rules.visible_share) & (table.pixel_share >= rules.pixel_share) & self.allowed
        if rules.centre_in_image:
            size = self._image_sizes()[:, None]
            with np.errstate(invalid="ignore"):
                seen &= (np.abs(table.centre[..., :2] + 0.5 - size / 2) <= size / 2).all(axis=2)
        return np.asarray(seen)

    def _points(self) -> Array:
        """Where a point mark would lie on its object, for the most part, and not hide it."""
        table, size = self.table, self._image_sizes()
        mark = np.pi * (MARK_RADIUS * size.max(axis=1)) ** 2 / size.prod(axis=1)
        uncovered = mark[:, None] <= self.rules.point_covers * table.pixel_share
        on_object = ~(table.disc < self.rules.point_on_object)  # NaN, unknown, passes: depth alone placed the anchor
        return np.asarray(self._visible() & np.isfinite(table.anchor).all(axis=2) & uncovered & on_object)

    def _boxes(self) -> Array:
        """Where a box mark would be large enough to see, and filled with its object more than with other things."""
        size, rect = self._image_sizes(), self.table.visible_rect
        sides = rect[..., 2:] - rect[..., :2]
        with np.errstate(invalid="ignore"):
            large = (sides >= self.rules.box_side * size[:, None]).all(axis=2)
            filled = self.table.pixel_share * size.prod(axis=1)[:, None] >= self.rules.box_filled * sides.prod(axis=2)
        return np.asarray(self._visible() & large & filled)

    def _image_sizes(self) -> Array:
        """Width and height of each frame (F, 2), pixels."""
        return self.intrinsics[:, 4:]

    @cached_property
    def rects(self) -> Array:
        """(F, N, 4) visible boxes in thousandths of the image's sides; their outer edges, not pixel centres."""
        size = np.tile(self._image_sizes(), 2)[:, None]
        return np.asarray((self.table.visible_rect + np.array([0, 0, 1, 1])) * 1000 / size)

    @cached_property
    def seen(self) -> Array:
        """(F, N) whether a frame surely shows an object."""
        rules, table = self.rules, self.table
        return np.asarray((table.visible_share >= rules.seen_share) & (table.pixel_share >= rules.pixel_share))

    @cached_property
    def categories(self) -> tuple[str, ...]:
        """The labels of the scene's objects, each once, sorted."""
        return tuple(sorted(set(self.labels)))

    @cached_property
    def members(self) -> Array:
        """(C, N) which objects carry which label."""
        same = [[name == label for label in self.labels] for name in self.categories]
        return np.array(same, dtype=bool).reshape(len(self.categories), len(self.labels))

    @cached_property
    def label_of(self) -> Array:
        """(N,) position in ``categories`` of each object's label."""
        return self.members.argmax(axis=0) if self.labels else np.empty(0, dtype=np.int64)

    @cached_property
    def kin(self) -> Array:
        """(C, C) which things with the second label may be called by the first, or the other way round.

        "chair" and "office chair" are kin to each other; an armchair is a chair, but not every chair an armchair. Each
        is its own kin.
        """
        forms = [{name, labels.plural(name)} for name in self.categories]

        def akin(i: int, j: int) -> bool:
            asked, other = self.categories[i], self.categories[j]
            if forms[i] & forms[j] or f" {asked}".endswith(f" {other}") or labels.alike(asked, other):
                return True
            end = asked if len(asked) >= SHORTEST else f" {asked}"
            return any(form.endswith(end) for form in forms[j])

        count = range(len(self.categories))
        return np.array([[akin(i, j) for j in count] for i in count], dtype=bool).reshape(len(count), len(count))

    @cached_property
    def countable(self) -> Array:
        """(C,) labels that may be asked about as a whole: all objects annotated, and nothing else goes by that name."""
        exhaustive = self.scene.exhaustive
        fit = np.array(
            [labels.plural(name) != name and (exhaustive is None or name in exhaustive) for name in self.categories],
            dtype=bool,
        )
        never = np.any([self.refused[rule] for rule in list(self.refused)[:3]], axis=0)  # refused for their label
        return np.asarray(fit & (self.kin.sum(axis=1) == 1) & ~(self.members & never).any(axis=1))

    @cached_property
    def category_sights(self) -> tuple[Array, Array]:
        """(F, C) largest visible share and share of pixels of the objects of each label in each frame.

        The two may be of different objects; where no single one is surely seen, the label is not either.
        """
        shape = (len(self.categories), len(self.scene.frames))
        visible, pixels, seen = (
            np.array([table[:, m].max(axis=1, initial=0) for m in self.members]).reshape(shape).T
            for table in (self.table.visible_share, self.table.pixel_share, self.seen.astype(np.float64))
        )
        short = (visible >= self.rules.seen_share) & (pixels >= self.rules.pixel_share) & (seen == 0)
        return np.where(short, np.nextafter(self.rules.seen_share, 0), visible), pixels

    def unseen(self, views: Array) -> Array:
        """Return how many objects of each label (K, C) no frame of a view (K, V) surely shows."""
        return np.asarray((~self.seen[views].any(axis=1)).astype(np.int64) @ self.members.T)

    def nameable(self, views: Array) -> Array:
        """Return which objects (K, N) go by their label alone among all that the frames of a view (K, V) show."""
        glimpsed = ((self.table.visible_share >= GLIMPSED) | (self.table.pixel_share > 0))[views].any(axis=1)
        named = glimpsed.astype(np.int64) @ self.members.T  # (K, C)
        alike = named @ self.kin.T
        return np.asarray(alike[:, self.label_of] == 1)

    def _largest(self, views: Array) -> Array:
        """Return in which image of a view (K, V) each object looks clearly largest (K, V, N)."""
        pixels = self.table.pixel_share[views]
        if views.shape[1] == 1:
            return np.ones(pixels.shape, dtype=bool)
        second, best = np.moveaxis(np.partition(pixels, -2, axis=1)[:, -2:], 1, 0)
        return np.asarray((pixels == best[:, None]) & (second <= LARGER * best)[:, None])

    def places(self, role: Role, views: Array, *, boxed: bool = False) -> Places:
        """Return where the things that may fill a role stand in views (K, V); ``boxed``: where they look largest."""
        if role.kind == "route":
            ways = [self.floor.walks_by_view.get(tuple(view), []) for view in views.tolist()]
            mask = np.zeros((len(views), 1, len(self.floor.walks)), dtype=bool)
            for row, found in zip(mask, ways, strict=True):
                row[0, found] = True
        elif role.kind == "category":
            mask = np.broadcast_to(self.countable, (len(views), 1, len(self.categories)))
        else:
            mask = self.markable[role.kind][views]
            if role.kind == "named":
                mask = mask & self.nameable(views)[:, None]
                if boxed:
                    mask = mask & self._largest(views)
            if role.image is not None:
                mask = mask & (np.arange(views.shape[1]) == role.image)[:, None]
        view, image, item = np.nonzero(mask)
        marks, gaps = np.zeros((len(item), 4)), np.zeros(len(item))
        if role.kind in OBJECTS:
            frames = views[view, image]
            xy = self.mark(role.kind, frames, item)
            marks[:, : xy.shape[1]] = xy
            gaps = self.rules.mark_gap * self.intrinsics[frames, 4]
        starts = np.searchsorted(view, np.arange(len(views) + 1))
        return Places(role.kind, role.optional, starts, item, image, marks, gaps)

    def mark(self, kind: str, frame: Array, item: Array) -> Array:
        """Return where objects are marked: (n, 2) points or (n, 4) boxes, pixels."""
        return np.asarray((self.table.anchor if kind == "point" else self.table.visible_rect)[frame, item])
