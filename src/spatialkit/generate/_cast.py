"""Who may play in a scene: objects that may be asked about, frames that may be shown, where each can be marked."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit import labels
from spatialkit.geometry import box_iou
from spatialkit.observe import MARK_RADIUS, Observations
from spatialkit.rules import Rules
from spatialkit.scene import Scene
from spatialkit.views import distinct_frames

__all__ = ["Cast"]

Array = npt.NDArray[Any]
FIT = re.compile(r"[\w '’&/+.,-]{0,60}")  # labels that cannot be taken for marks, tokens of a loader, or markup


class Cast:
    """Who may play in a scene: objects that may be asked about, frames that may be shown, where each can be marked."""

    def __init__(self, scene: Scene, table: Observations, rules: Rules) -> None:
        self.scene, self.table, self.rules = scene, table, rules
        self.centres, sizes, rotations = scene.boxes
        self.poses = np.array([f.world_from_cam for f in scene.frames]).reshape(-1, 4, 4)
        times = [f.time for f in scene.frames]
        self.times = np.array([i if t is None else t for i, t in enumerate(times)], dtype=np.float64)
        if None in times or (np.diff(self.times) <= 0).any():
            self.times = np.arange(len(times), dtype=np.float64)
        pictured = np.array([f.image is not None for f in scene.frames], dtype=bool)
        self.shown = table.usable & (pictured | ~pictured.any())  # all, where the scene is geometry alone
        self.distinct = distinct_frames(self.poses, self.shown, rules)
        self.labels = np.array([labels.normalise(o.label) for o in scene.objects], dtype=object)
        self.refused = self._refused(sizes, rotations)
        self.parts = self._parts(sizes, rotations)
        self.markable = {"point": self._points(), "box": self._boxes()}

    def _refused(self, sizes: Array, rotations: Array) -> dict[str, Array]:
        """Objects that are never asked about, by rule."""
        names = self.labels
        spans = np.einsum("nij,nj->ni", np.abs(rotations), sizes)
        wide = spans > self.rules.largest_share * np.where(self.table.extent > 0, self.table.extent, np.inf)
        return {
            "label unfit for a sentence": np.array([not FIT.fullmatch(n) for n in names], dtype=bool),
            "placeholder label": np.array([n in self.rules.placeholders for n in names], dtype=bool),
            "structure label": np.array([n in self.rules.structure for n in names], dtype=bool),
            "as large as the room": wide.sum(axis=1) >= 2,
            "too small": sizes.max(axis=1, initial=0.0) < self.rules.smallest_side,
        }

    def _parts(self, sizes: Array, rotations: Array) -> Array:
        """Pairs (N, N) of which one lies mostly within the other."""
        boxes = (self.centres, sizes, rotations)
        iou = box_iou(boxes, boxes)
        volume = sizes.prod(axis=1)
        both = iou * (volume[:, None] + volume) / (1 + iou)
        return np.asarray(both > self.rules.part_overlap * np.minimum(volume[:, None], volume))

    def _visible(self) -> Array:
        allowed = ~np.any(list(self.refused.values()), axis=0)
        table, rules = self.table, self.rules
        seen = (table.visible_share >= rules.visible_share) & (table.pixel_share >= rules.pixel_share) & allowed
        if rules.centre_in_image:
            for i, frame in enumerate(self.scene.frames):
                u, v, _ = table.centre[i].T
                with np.errstate(invalid="ignore"):
                    seen[i] &= (abs(u + 0.5 - frame.camera.width / 2) <= frame.camera.width / 2) & (
                        abs(v + 0.5 - frame.camera.height / 2) <= frame.camera.height / 2
                    )
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
        return np.array([(f.camera.width, f.camera.height) for f in self.scene.frames], dtype=np.float64).reshape(-1, 2)

    def mark(self, kind: str, frame: Array, item: Array) -> Array:
        """Return where objects are marked: (n, 2) points or (n, 4) boxes, pixels."""
        return np.asarray((self.table.anchor if kind == "point" else self.table.visible_rect)[frame, item])
