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
from spatialkit.search import fewest_frames, turns

__all__ = ["Views", "distinct_frames", "multi", "pair", "single", "video"]

Array = npt.NDArray[Any]
PASSES = 4  # how often each overlapping pair is offered with new companions
ATTEMPTS = 8  # to find a companion that is not there yet


@dataclass(frozen=True)
class Views:
    """How many images a variant of a task shows, and how they are chosen.

    Parameters
    ----------
    kind
        "single", "multi" (images that overlap) or "video" (frames uniform in time).
    count
        Number of images; None: as the rules say.
    roles
        Roles that this variant fills otherwise than the task says, by name.
    formats
        Formats of this variant; None: those of the task.
    cover
        Of several images: whether those after the first are the fewest that together show things enough for all roles.
        Else they are drawn by how much they overlap, which leaves few questions to tasks of many roles.
    """

    kind: Literal["single", "multi", "video"]
    count: int | None = None
    roles: Mapping[str, Any] = field(default_factory=dict)
    formats: tuple[Format, ...] | None = None
    cover: bool = False

    def images(self, rules: Rules) -> int:
        """Return how many images a question shows."""
        return self.count or (rules.video_frames if self.kind == "video" else rules.multi_images)

    @property
    def words(self) -> dict[str, str]:
        """What wordings may say of the images.

        {observer}, the camera that looks; {in_image}, where a depth counts; {in_largest}, where a box is to be given,
        and {box_form}, how it is written.
        """
        single = self.kind == "single"
        return {
            "observer": self.camera(0),
            "in_image": "" if single else " of the image that carries the object's mark",
            "in_largest": "in the image" if single else "in the image that shows it largest",
            "box_form": "[x1, y1, x2, y2]" if single else '"the … image, [x1, y1, x2, y2]"',
        }

    def camera(self, image: int) -> str:
        """Return how the camera of the image with that 0-based index is called."""
        return "the camera" if self.kind == "single" else f"the camera of {self.image(image)}"

    def image(self, image: int) -> str:
        """Return how the image with that 0-based index is called."""
        return f"Frame-{image + 1}" if self.kind == "video" else f"the {ordinal(image)} image"

    def place(self, image: int) -> str:
        """Return what is added to a mark's name to say in which image it is; "" where there is only one."""
        return "" if self.kind == "single" else f" in {self.image(image)}"

    def draw(
        self,
        shared: Array,
        frames: Array,
        times: Array,
        rules: Rules,
        rng: random.Random,
        *,
        shows: Array | None = None,
        roles: int = 0,
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
        shows, roles
            (F, N) which things each frame shows well enough to ask about, and how many a question needs; for ``cover``.
        """
        if self.kind == "single":
            yield from ((i,) for i in _shuffled(frames, rng))
        elif self.kind == "video":
            yield from self._video(frames, times, self.images(rules))
        elif self.cover and shows is not None:
            yield from self._covering(_bins(shared, frames, rules), frames, self.images(rules), shows, roles, rng)
        else:
            yield from self._overlapping(shared, frames, self.images(rules), rules, rng)

    @staticmethod
    def _video(frames: Array, times: Array, count: int) -> Iterator[tuple[int, ...]]:
        """Yield the one video of the scene: from the first frame to the last, evenly in time."""
        if len(frames) < count:
            return
        seconds = times[frames]
        moments = np.linspace(seconds[0], seconds[-1], count)
        after = np.clip(np.searchsorted(seconds, moments), 1, len(frames) - 1)
        nearest = np.where(moments - seconds[after - 1] < seconds[after] - moments, after - 1, after)
        chosen = tuple(int(i) for i in frames[nearest])
        if len(set(chosen)) == count:
            yield chosen

    @staticmethod
    def _overlapping(
        shared: Array, frames: Array, count: int, rules: Rules, rng: random.Random
    ) -> Iterator[tuple[int, ...]]:
        """Yield two overlapping frames and, up to ``count``, others that overlap with one that is there already."""
        bins = _bins(shared, frames, rules)
        pairs = _balanced_pairs(bins, rng)
        if count == 2:
            yield from pairs
            return
        beside: dict[int, dict[int, list[int]]] = {}
        for i, j in pairs:
            beside.setdefault(i, {}).setdefault(int(bins[i, j]), []).append(j)
        seen = set()
        for _ in range(PASSES):
            for pair in pairs:
                chosen = list(pair)
                for _ in range(ATTEMPTS * (count - 2)):
                    near = beside[rng.choice(chosen)]
                    other = rng.choice(near[rng.choice(list(near))])
                    if other not in chosen:
                        chosen.append(other)
                    if len(chosen) == count:
                        break
                view = tuple(chosen)
                if len(view) == count and view not in seen:
                    seen.add(view)
                    yield view

    @staticmethod
    def _covering(
        bins: Array, frames: Array, count: int, shows: Array, roles: int, rng: random.Random
    ) -> Iterator[tuple[int, ...]]:
        """Yield an observer's frame, the fewest that with it show some things near it, and others up to ``count``."""
        seen = set()
        for _ in range(PASSES * ATTEMPTS):
            for first in _shuffled(frames, rng):
                near = np.flatnonzero(bins[first] >= 0)
                within_reach = np.flatnonzero(shows[first] | shows[near].any(axis=0)).tolist()
                if len(near) < count - 1 or len(within_reach) < roles:
                    continue
                wanted = np.zeros(shows.shape[1], dtype=bool)
                wanted[rng.sample(within_reach, roles)] = True
                missing = wanted & ~shows[first]
                added = near[fewest_frames(shows[near], missing, most=count - 1)].tolist()
                if missing.any() and not added:
                    continue
                rest = [i for i in near.tolist() if i not in added]
                view = (first, *added, *rng.sample(rest, count - 1 - len(added)))
                if view not in seen:
                    seen.add(view)
                    yield view


def _bins(shared: Array, frames: Array, rules: Rules) -> Array:
    """Return the bin (F, F) of what two frames share; -1 where they may not stand together."""
    usable = np.zeros(len(shared), dtype=bool)
    usable[frames] = True
    within = (shared >= rules.shared_least) & (shared <= rules.shared_most) & usable & usable[:, None]
    np.fill_diagonal(within, False)
    return np.where(within, np.floor(shared / rules.shared_bin), -1).astype(np.int64)


def _balanced_pairs(bins: Array, rng: random.Random) -> list[tuple[int, int]]:
    """Return all ordered pairs that may stand together, in random order, but from each bin as often while it lasts."""
    first, second = np.nonzero(bins >= 0)
    of = bins[first, second]
    shuffle = np.random.default_rng(rng.getrandbits(64)).permutation(len(of))
    first, second, of = first[shuffle], second[shuffle], of[shuffle]
    order = np.argsort(turns(of), kind="stable")
    return list(zip(first[order].tolist(), second[order].tolist(), strict=True))


def single(*, formats: tuple[Format, ...] | None = None, **roles: Any) -> Views:
    """One image."""
    return Views("single", 1, roles, formats)


def pair(*, formats: tuple[Format, ...] | None = None, **roles: Any) -> Views:
    """Two images; the first is the observer's."""
    return Views("multi", 2, roles, formats)


def multi(
    count: int | None = None, *, formats: tuple[Format, ...] | None = None, cover: bool = False, **roles: Any
) -> Views:
    """Several images, as many as ``Rules.multi_images`` says; the first is the observer's."""
    return Views("multi", count, roles, formats, cover)


def video(count: int | None = None, *, formats: tuple[Format, ...] | None = None, **roles: Any) -> Views:
    """Return views of a whole recording, ``Rules.video_frames`` frames uniform in time."""
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
