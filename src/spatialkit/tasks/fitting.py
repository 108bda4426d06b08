"""Whether a thing fits between two others."""

from __future__ import annotations

from typing import Any

import numpy as np

from spatialkit.answers import Judgement
from spatialkit.relations import Things
from spatialkit.tasks._boxes import apart, outlines, upright
from spatialkit.tasks.base import Task, box
from spatialkit.views import multi, single

TILT_DEG = 2.0  # boxes that lean more have no footprint to speak of
ALIKE = 3.0  # a gap this many times as wide as what should pass it, or as narrow, is no question
COMMON = 0.25  # share of the lowest one's height that all three have in common: else one passes above or below


class WouldItFit(Task):
    """Whether a thing, kept upright, would pass between two others.

    A convex shape passes between two others if and only if its least width is at most their distance (G. Strang, "The
    width of a chair", American Mathematical Monthly 89, 1982); for a rectangle that is the shorter side.
    """

    level = "high"
    beyond = True
    roles = {"a": box("red"), "b": box("blue"), "c": box("green")}
    variants = {"would_it_fit": single(), "would_it_fit_mv": multi()}
    answer = Judgement(holds="fit through", fails="be too wide for")
    formats = ("judge",)
    questions = (
        "Would {a} fit through the gap between {b} and {c}?",
        "Is the gap between {b} and {c} wide enough for {a}?",
        "Kept upright, would {a} pass between {b} and {c}?",
        "Could you get {a} through between {c} and {b} without moving either?",
        "Do {b} and {c} leave enough room for {a} to pass between them?",
        "Compare {a} with the gap between {c} and {b}: would the gap be wide enough?",
        "Does the space between {b} and {c} let {a} through?",
        "Would there be enough room to move {a} between {b} and {c}?",
    )
    statements = (
        "I expect that {a} would {answer} the gap between {b} and {c}.",
        "Kept upright, {a} would {answer} the gap between {b} and {c}.",
        "Going by the sizes, {a} would {answer} the gap between {c} and {b}.",
        "If moved there, {a} would {answer} the space between {b} and {c}.",
        "Turned at best, {a} would {answer} the gap between {b} and {c}.",
        "My estimate is that {a} would {answer} the gap between {c} and {b}.",
        "In width, {a} would {answer} the space between {b} and {c}.",
        "Slid along level, {a} would {answer} the gap between {c} and {b}.",
    )
    claims = (
        "Would {a} {relation} the gap between {b} and {c}?",
        "Kept upright, would {a} {relation} the gap between {b} and {c}?",
        "Is it right that {a} would {relation} the gap between {c} and {b}?",
        "Going by their sizes and places, would {a} {relation} the space between {b} and {c}?",
        "With nothing else in the way, would {a} {relation} the gap between {b} and {c}?",
        "Do you expect that {a} would {relation} the gap between {c} and {b}?",
        "Turned in the best way, would {a} {relation} the space between {b} and {c}?",
        "Judging by what you see, would {a} {relation} the gap between {b} and {c}?",
        "Compare the sizes: would {a} {relation} the gap between {c} and {b}?",
    )
    notes = (
        "Each object counts as its whole 3D box. The one that is to pass is moved on the level and may be turned about "
        "the vertical, but not tipped or lifted; the other two stay where they are. Ignore everything else.",
        "Take every object as a solid block, as large as its 3D box. The first one named is slid along, neither raised "
        "nor lowered nor tipped, but turned about the vertical as one likes; the other two stay put. Nothing else "
        "counts.",
        "Only three solid blocks matter, the 3D boxes of the objects. The one that moves stays at the same level and "
        "upright, turned about the vertical as one likes; the others are not moved.",
    )

    def measure(self, a: Things, b: Things, c: Things) -> Any:  # type: ignore[override]
        """Return how much wider (n,) the gap is than the thing, metres; NaN where there is no gap to speak of."""
        size = np.stack([upright(thing, TILT_DEG) for thing in (a, b, c)])
        middle = np.stack([thing.centre @ a.observer.up for thing in (a, b, c)])
        common = (middle + size[..., 2] / 2).min(axis=0) - (middle - size[..., 2] / 2).max(axis=0)
        level = common > COMMON * size[..., 2].min(axis=0)
        gap, width = apart(outlines(b), outlines(c)), size[0, :, 1]
        return np.where(level & (gap * ALIKE > width) & (gap < width * ALIKE), gap - width, np.nan)
