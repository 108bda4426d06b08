"""Whether what a question speaks of may stand together in it: no part with its whole, no image that alone would do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from spatialkit.samples import Sample
from spatialkit.verify._names import things
from spatialkit.verify._world import World

__all__ = ["check_together"]

GRID = (np.arange(8) + 0.5) / 8 - 0.5
INNER = np.stack(np.meshgrid(GRID, GRID, GRID), axis=-1).reshape(-1, 3)  # points of a box with sides of 1
SPARE = 0.07  # share of a box by which counting such points may be off


def check_together(sample: Sample, world: World) -> Iterator[str]:
    """Yield why things may not be asked about in one question, or why several images are shown for nothing."""
    found = [thing for thing in things(sample).values() if thing.object_id in world.scene.object_index]
    for one, other in combinations(found, 2):
        share = _within(one.object_id, other.object_id, world)
        if share > world.rules.part_overlap + SPARE:
            yield f"objects {one.object_id} and {other.object_id} lie within each other for {share:.0%}"
    if sample.task.endswith("_mv") and found:
        frames = {thing.frame for thing in found}
        if re.search(r"\bobserver\b|\bcamera of the first image\b", sample.question):
            frames.add(sample.images[0].frame)
        if len(frames) == 1:
            yield f"image {frames.pop()!r} alone would do"


def _within(one: int, other: int, world: World) -> float:
    """Return the share of the smaller of two boxes that lies in the larger one."""
    boxes = [world.object(one).box, world.object(other).box]
    small, large = sorted(boxes, key=lambda box: float(np.prod(box.size)))
    if np.linalg.norm(small.centre - large.centre) > np.linalg.norm(small.size + large.size) / 2:
        return 0.0
    points = small.centre + (INNER * small.size) @ small.world_from_box.T
    local = (points - large.centre) @ large.world_from_box
    return float((np.abs(local) <= large.size / 2).all(axis=1).mean())
