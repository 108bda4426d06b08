"""Which frames a question shows: one, several that share some of what they see, or a video."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from spatialkit.labels import ordinal
from spatialkit.rules import Rules
from spatialkit.samples import Format

__all__ = ["Views", "distinct_frames", "multi", "single", "video"]

Array = npt.NDArray[Any]
ROUNDS = 8  # how often each observer is offered with new partners


@dataclass(frozen=True)
class Views:
    """How many images a variant of a task shows, and how they are chosen.

    Parameters
    ----------
    kind
        "single", "multi" (images that overlap) or "video" (frames uniform in time).
    count
        Number of images.
    roles
        Roles that this variant fills otherwise than the task says, by name.
    formats
        Formats of this variant; None: those of the task.
    """

    kind: Literal["single", "multi", "video"]
    count: int
    roles: Mapping[str, Any] = field(default_factory=dict)
    formats: tuple[Format, ...] | None = None

    @property
    def words(self) -> dict[str, str]:
        """What wordings may say of the images: {observer}, the camera that looks; {in_image}, where a depth counts."""
        if self.kind == "single":
            return {"observer": "the camera", "in_image": ""}
        name = "the first image" if self.kind == "multi" else "the first frame"
        return {"observer": f"the camera of {name}", "in_image": " of the image that carries the object's mark"}

    def place(self, image: int) -> str:
        """Return how the image with that 0-based index is called beside a mark; "" where there is only one."""
        if self.kind == "single":
            return ""
        return f" in the {ordinal(image)} image" if self.kind == "multi" else f" in Frame-{image + 1}"

    def draw(
        self, shared: Array, frames: Array, times: Array, rules: Rules, rng: random.Random
    ) -> Iterator[tuple[int, ...]]:
        """Yield tuples of frame indices in random order, none twice.

        Parameters
        ----------
        shared
            (F, F) intersection over union of what frames see.
        frames
            Indices of the usable frames; near-duplicates are left out unless this is a video.
        times
            (F,) seconds, or frame numbers.
        """
        if self.kind == "single":
            yield from ((i,) for i in _shuffled(frames, rng))
        elif self.kind == "video":
            yield from self._video(frames, times)
        else:
            yield from self._overlapping(shared, frames, rules, rng)

    def _video(self, frames: Array, times: Array) -> Iterator[tuple[int, ...]]:
        """Yield the one video of the scene: from the first frame to the last, evenly in time."""
        if len(frames) < self.count:
            return
        seconds = times[frames]
        moments = np.linspace(seconds[0], seconds[-1], self.count)
        after = np.clip(np.searchsorted(seconds, moments), 1, len(frames) - 1)
        nearest = np.where(moments - seconds[after - 1] < seconds[after] - moments, after - 1, after)
        chosen = tuple(int(i) for i in frames[nearest])
        if len(set(chosen)) == self.count:
            yield chosen

    def _overlapping(self, shared: Array, frames: Array, rules: Rules, rng: random.Random) -> Iterator[tuple[int, ...]]:
        """Yield an observer's frame and others, each in a random bin of overlap with one already chosen."""
        within = (shared >= rules.shared_least) & (shared <= rules.shared_most)
        bins = np.floor(shared / rules.shared_bin).astype(np.int64)
        usable = np.zeros(len(shared), dtype=bool)
        usable[frames] = True
        seen = set()
        for _ in range(ROUNDS):
            for first in _shuffled(frames, rng):
                chosen = [first]
                while len(chosen) < self.count:
                    beside = rng.choice(chosen)
                    near = np.flatnonzero(within[beside] & usable & ~np.isin(np.arange(len(shared)), chosen))
                    if not len(near):
                        break
                    which = rng.choice(sorted(set(bins[beside, near].tolist())))
                    chosen.append(int(rng.choice(near[bins[beside, near] == which].tolist())))
                if len(chosen) == self.count and tuple(chosen) not in seen:
                    seen.add(tuple(chosen))
                    yield tuple(chosen)


def single(*, formats: tuple[Format, ...] | None = None, **roles: Any) -> Views:
    """One image."""
    return Views("single", 1, roles, formats)


def multi(count: int = 3, *, formats: tuple[Format, ...] | None = None, **roles: Any) -> Views:
    """Return views of several images; the first is the observer's."""
    return Views("multi", count, roles, formats)


def video(count: int = 32, *, formats: tuple[Format, ...] | None = None, **roles: Any) -> Views:
    """Return views of a whole recording, frames uniform in time."""
    return Views("video", count, roles, formats)


def distinct_frames(poses: Array, usable: Array, rules: Rules) -> Array:
    """Return the indices of usable frames that are no near-duplicate of an earlier one that is kept.

    ``poses`` (F, 4, 4), ``usable`` (F,) bool.
    """
    apart = np.linalg.norm(poses[:, None, :3, 3] - poses[None, :, :3, 3], axis=2)
    rotations = poses[:, :3, :3].reshape(len(poses), 9)
    angle = np.degrees(np.arccos(np.clip((rotations @ rotations.T - 1) / 2, -1, 1)))
    near = (apart < rules.duplicate_translation) & (angle < rules.duplicate_rotation_deg)
    kept: list[int] = []
    for i in np.flatnonzero(usable):
        if not near[i, kept].any():
            kept.append(int(i))
    return np.array(kept, dtype=np.int64)


def _shuffled(items: Array, rng: random.Random) -> list[int]:
    order = [int(i) for i in items]
    rng.shuffle(order)
    return order
