"""Places on an image, in thousandths of its width and height: a box, and a point with its depth."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from spatialkit.answers.base import Answer, Array, Asked, closeness, octaves, relative_accuracy, rounded
from spatialkit.answers.fair import Pairs, Remembered, groups, pairs
from spatialkit.answers.reading import PLAIN, conclusions, measures, number
from spatialkit.rules import Rules
from spatialkit.samples import Format

__all__ = ["BOX_NOTE", "Box", "PixelDepth", "Rect", "iou", "read_boxes"]

Rect = tuple[float, float, float, float]
Spot = tuple[float, float, float]

SIDE = 1000  # thousandths
REACH = 200.0  # thousandths; a point that far off is worth nothing
ALIKE = 0.45  # intersection over union of two options, at most
APART = 100.0  # thousandths between the points of two options
GAP = rf"\s*[,;]?\s*(?:[xy][12]?\s*[=:]\s*)?({PLAIN})"
CORNERS = re.compile(
    rf"[\[(]\s*[\[(]?\s*(?:[xy][12]?\s*[=:]\s*)?({PLAIN}){GAP}\s*[\])]?\s*(?:,|to|-|–|and)?\s*[\[(]?{GAP}{GAP}\s*[\])]"
)
PAIR = re.compile(rf"[\[(]\s*(?:[xy]\s*[=:]\s*)?({PLAIN}){GAP}\s*[\])]")
BOX_NOTE = (
    "A box is given as [x1, y1, x2, y2]: its left, top, right and bottom edge in thousandths of the width and the "
    "height of the image, from the top left corner."
)
POINT_NOTE = (
    "A point is given as (x, y), in thousandths of the width and the height of the image from its top left corner."
)


def iou(a: Rect, b: Rect) -> float:
    """Return the intersection over union of two boxes x1, y1, x2, y2."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def read_boxes(text: str) -> list[tuple[Rect, int, int]]:
    """Return the boxes of a text in thousandths, each with where it starts and ends; shares of 1 are converted."""
    found = []
    for match in CORNERS.finditer(text):
        read = [number(part) for part in match.groups()]
        if None in read:
            continue
        x1, y1, x2, y2 = (float(x or 0) for x in read)
        if "." in match[0] and max(x1, y1, x2, y2) <= 1:
            x1, y1, x2, y2 = SIDE * x1, SIDE * y1, SIDE * x2, SIDE * y2
        if x1 < x2 and y1 < y2:
            found.append(((x1, y1, x2, y2), match.start(), match.end()))
    return found


@dataclass(frozen=True)
class Box(Answer):
    """A box on an image, x1, y1, x2, y2 in thousandths of its width and height. Raw values are (n, 4); NaN: none."""

    formats: ClassVar[tuple[Format, ...]] = ("fill", "select", "sentence")
    metric = False
    shaken = False
    variety: ClassVar[int] = 8
    prompts: ClassVar[Mapping[Format, tuple[str, ...]]] = {
        "fill": (
            f"{BOX_NOTE} Reply with the box and nothing else.",
            f"{BOX_NOTE} Your whole reply should be one box.",
            f"Write down just the box. {BOX_NOTE}",
            f"Only the box is wanted as the reply. {BOX_NOTE}",
        ),
        "sentence": (
            f"{BOX_NOTE} Reply in one sentence.",
            f"{BOX_NOTE} Put the box into a sentence.",
            f"A single sentence with the box will do. {BOX_NOTE}",
            f"Answer in a full sentence that gives the box. {BOX_NOTE}",
        ),
    }

    def refuse(self, values: Array, rules: Rules) -> dict[str, Any]:
        sides = values[:, 2:] - values[:, :2]
        return {
            "no box": ~np.isfinite(values).all(axis=1),
            "box too small": (sides < max(rules.box_side * SIDE, 1)).any(axis=1),
            "outside the image": ((values < 0) | (values > SIDE)).any(axis=1),
        }

    def margin(self, values: Array, rules: Rules) -> Array:
        """Return an eighth of the side, at least 2: with all edges that far off, more than half is in common."""
        sides = np.tile(values[:, 2:] - values[:, :2], 2)
        return np.asarray(np.maximum(sides / 8, 2.0))

    def decide(self, values: Array, rules: Rules) -> list[Any]:
        return [tuple(row) for row in np.nan_to_num(np.rint(values)).astype(np.int64).tolist()]

    def strata(self, values: Array, rules: Rules) -> list[Any]:
        """Group boxes by the third of the image, across and down, that their centre lies in."""
        return _thirds((values[:, :2] + values[:, 2:]) / 2)

    def say(self, answer: Rect) -> str:
        return "[{:.0f}, {:.0f}, {:.0f}, {:.0f}]".format(*answer)

    def parse(self, text: str) -> Rect | None:
        """Read the box after "the answer is", or the last one, as four numbers in brackets or as two points."""
        for tail in conclusions(text):
            if found := read_boxes(tail):
                return found[0][0]
        found = read_boxes(text)
        return found[-1][0] if found else None

    def score(self, predicted: Rect, expected: Rect) -> float:
        """Return the intersection over union."""
        return iou(predicted, expected)

    def option_note(self, options: Sequence[Any], rules: Rules) -> str:
        return BOX_NOTE

    def options(self, asked: Asked, rng: random.Random, rules: Rules) -> list[Any] | None:
        """Return four true boxes (see ``fair``), of which any two have less than half in common, whatever the noise."""
        doubt = max(asked.noise) if isinstance(asked.noise, list | tuple) else asked.noise
        found = rng.choice(BOX_GROUPS(asked.others, round(doubt))).get(asked.answer)
        group = rng.choice(found) if found else None
        return None if group is None else sorted(group)


def _elsewhere(one: Rect, other: Rect, doubt: float) -> bool:
    """Return whether two boxes have less than half in common even if every edge is off by as much."""
    grown = one[0] - doubt, one[1] - doubt, one[2] + doubt, one[3] + doubt
    return iou(one, other) < ALIKE and iou(grown, other) < ALIKE


def _partner(asked: Asked, partings: Pairs, rng: random.Random) -> Any | None:
    """Return the answer of the question that this one is paired with, None if there is none."""
    found = rng.choice(partings).get(asked.answer)
    return rng.choice(found) if found else None


def _thirds(points: Array) -> list[Any]:
    third = np.clip(np.nan_to_num(points) * 3 // SIDE, 0, 2).astype(np.int64)
    return list((3 * third[:, 1] + third[:, 0]).tolist())


BOX_GROUPS = Remembered(lambda others, rng, doubt: groups(others, 4, lambda a, b: _elsewhere(a, b, doubt), rng))


@dataclass(frozen=True)
class PixelDepth(Answer):
    """A point of an image and its depth. Raw values are (n, 3): x, y in thousandths and metres."""

    formats: ClassVar[tuple[Format, ...]] = ("fill", "select", "sentence")
    variety: ClassVar[int] = 8
    prompts: ClassVar[Mapping[Format, tuple[str, ...]]] = {
        "fill": (
            f"{POINT_NOTE} Reply with the point and its depth in metres, in the form (x, y), depth.",
            f"In the form (x, y), depth, write down the point and its depth in metres. {POINT_NOTE}",
            f"{POINT_NOTE} Your whole reply should be the point and then its depth in metres: (x, y), depth.",
            f"Give just (x, y), depth: the point, a comma and the depth in metres. {POINT_NOTE}",
        ),
        "sentence": (
            f"{POINT_NOTE} Reply in one sentence that gives the point and its depth.",
            f"{POINT_NOTE} Put the point and its depth into a sentence.",
            f"A single sentence with the point and its depth will do. {POINT_NOTE}",
            f"Answer in a full sentence that tells the point and the depth. {POINT_NOTE}",
        ),
    }

    def refuse(self, values: Array, rules: Rules) -> dict[str, Any]:
        point, depth = values[:, :2], values[:, 2]
        return {
            "outside the image": ~((point >= 0) & (point <= SIDE)).all(axis=1),
            "below least": ~(depth >= rules.least),
            "above most": depth > rules.most,
        }

    def margin(self, values: Array, rules: Rules) -> Array:
        """Return a quarter of the distance at which a point is worth nothing; for the depth as for any number."""
        margin = np.full(values.shape, REACH / 4)
        margin[:, 2] = np.maximum(0.1, rules.quantity_tolerance * values[:, 2])
        return margin

    def decide(self, values: Array, rules: Rules) -> list[Any]:
        points = np.nan_to_num(np.rint(values[:, :2])).astype(np.int64).tolist()
        depths = rounded(values[:, 2], 1).tolist()
        return [(x, y, depth) for (x, y), depth in zip(points, depths, strict=True)]

    def strata(self, values: Array, rules: Rules) -> list[Any]:
        """Group by the third of the image, across and down, and the octave of the depth."""
        return list(zip(_thirds(values[:, :2]), octaves(values[:, 2]), strict=True))

    def say(self, answer: Spot) -> str:
        return f"({answer[0]:.0f}, {answer[1]:.0f}), {answer[2]:.1f}"

    def phrase(self, answer: Spot) -> str:
        return f"at ({answer[0]:.0f}, {answer[1]:.0f}), at a depth of {answer[2]:.1f} metres"

    def parse(self, text: str) -> Spot | None:
        """Read the point after "the answer is", or the last one, and the number that comes next."""
        for tail in conclusions(text):
            if found := _spots(tail):
                return found[0]
        found = _spots(text)
        return found[-1] if found else None

    def score(self, predicted: Spot, expected: Spot) -> float:
        """Return half for the point, falling to nothing 200 thousandths away, and half the accuracy of the depth."""
        off = math.hypot(predicted[0] - expected[0], predicted[1] - expected[1])
        return (max(0.0, 1 - off / REACH) + relative_accuracy(predicted[2], expected[2])) / 2

    def reward(self, predicted: Spot, expected: Spot) -> float:
        """Return half for the point and half for the depth, each falling as exp(-3 e), e as a share of its limit."""
        off = math.hypot(predicted[0] - expected[0], predicted[1] - expected[1])
        return (closeness(off, REACH) + closeness(abs(predicted[2] - expected[2]), max(expected[2], 0.1))) / 2

    def option_note(self, options: Sequence[Any], rules: Rules) -> str:
        return f"{POINT_NOTE} After it comes the depth in metres."

    def options(self, asked: Asked, rng: random.Random, rules: Rules) -> list[Any] | None:
        """Return a grid of two points and two depths, well apart; the wrong ones are another true answer's.

        See ``fair``.
        """
        other = _partner(asked, SPOT_PAIRS(asked.others, rules.option_gap), rng)
        noise = asked.noise if isinstance(asked.noise, list | tuple) else [asked.noise] * 3
        if other is None or not _apart(asked.answer, other, rules.option_gap, noise):
            return None
        return sorted((*spot[:2], deep) for spot in (asked.answer, other) for deep in (asked.answer[2], other[2]))


SPOT_PAIRS = Remembered(lambda others, rng, gap: pairs(others, lambda a, b: _apart(a, b, gap), _rising, rng))


def _rising(a: Spot, b: Spot) -> bool:
    """Return whether what lies farther to the right is deeper."""
    return (a[0] < b[0]) == (a[2] < b[2])


def _apart(a: Spot, b: Spot, gap: float, noise: Sequence[float] = (0.0, 0.0, 0.0)) -> bool:
    """Return whether the points of two answers, and their depths, are well apart, whatever the noise."""
    far = math.hypot(a[0] - b[0], a[1] - b[1]) >= APART + 2 * max(noise[0], noise[1])
    return far and abs(a[2] - b[2]) >= max(gap * min(a[2], b[2]), 2 * noise[2] + 0.1) - 1e-9


def _spots(text: str) -> list[Spot]:
    """Return the points of a text, in thousandths, with the depth in metres that follows each."""
    found = []
    for match in PAIR.finditer(text):
        x, y = number(match[1]), number(match[2])
        after = measures(text[match.end() :])
        if x is None or y is None or not after:
            continue
        if "." in match[0] and max(x, y) <= 1:
            x, y = SIDE * x, SIDE * y
        found.append((x, y, round(after[0][0] * (after[0][1] or 1.0), 6)))
    return found
