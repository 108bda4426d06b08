"""How long, wide and high a thing is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from spatialkit.answers.base import Answer, Array, closeness, octaves, relative_accuracy
from spatialkit.answers.reading import PLAIN, UNIT, conclusions, metres, number
from spatialkit.rules import Rules
from spatialkit.samples import Format

__all__ = ["Sizes"]

Extents = tuple[float, float, float]

SIDES = (r"length|long|l", r"width|wide|w|breadth|depth|deep", r"height|high|tall|h")
SIDE = re.compile(
    rf"(?i)(?<![a-z])(?:(?P<l>{SIDES[0]})|(?P<w>{SIDES[1]})|(?P<h>{SIDES[2]}))(?![a-z])"
    rf"|(?<![\w.])(?P<size>{PLAIN})\s*(?P<unit>(?:{UNIT})(?![a-z]))?"
)
THREE = re.compile(
    rf"(?i)({PLAIN})\s*({UNIT})?\s*(?:x|×|\*|by|,)\s*({PLAIN})\s*({UNIT})?\s*(?:x|×|\*|by|,|,?\s*and)\s*({PLAIN})\s*({UNIT})?(?![a-z])"
)


@dataclass(frozen=True)
class Sizes(Answer):
    """Length, width and height of a thing. Raw values are (n, 3) in metres; answers are in whole centimetres."""

    formats: ClassVar[tuple[Format, ...]] = ("fill", "sentence")
    prompts: ClassVar[Mapping[Format, tuple[str, ...]]] = {
        "fill": (
            "Reply in the form length 0 cm, width 0 cm, height 0 cm, with your numbers.",
            "Your whole reply should look like this: length 0 cm, width 0 cm, height 0 cm.",
            "Put whole centimetres into length 0 cm, width 0 cm, height 0 cm, and write nothing else.",
            "Write down just length 0 cm, width 0 cm, height 0 cm, with whole numbers instead of the zeros.",
        )
    }

    def refuse(self, values: Array, rules: Rules) -> dict[str, Any]:
        return {
            "below least_size": ~(values >= rules.least_size).all(axis=1),
            "above most": (values > rules.most).any(axis=1),
        }

    def margin(self, values: Array, rules: Rules) -> Array:
        return np.maximum(0.01, rules.size_tolerance * values)

    def decide(self, values: Array, rules: Rules) -> list[Any]:
        return [tuple(row) for row in np.nan_to_num(np.rint(100 * values)).astype(np.int64).tolist()]

    def strata(self, values: Array, rules: Rules) -> list[Any]:
        """Group by the octave of the longest side."""
        return octaves(values.max(axis=1))

    def say(self, answer: Extents) -> str:
        return "length {:.0f} cm, width {:.0f} cm, height {:.0f} cm".format(*answer)

    def phrase(self, answer: Extents) -> str:
        return "{:.0f} cm in length, {:.0f} cm in width and {:.0f} cm in height".format(*answer)

    def parse(self, text: str) -> Extents | None:
        """Read the three sides by their names, before or after the numbers; else three numbers, "120 x 60 x 75 cm".

        Numbers without a unit are centimetres, or what the last one of the three has.
        """
        for tail in (*conclusions(text), text):
            if (found := _by_name(tail) or _in_a_row(tail)) is not None:
                return found
        return None

    def score(self, predicted: Extents, expected: Extents) -> float:
        """Return the mean of the relative accuracies of the three sides."""
        return sum(map(relative_accuracy, predicted, expected)) / 3

    def reward(self, predicted: Extents, expected: Extents) -> float:
        """Return the mean of exp(-3 e) over the sides, e the relative error."""
        return sum(closeness(abs(a - b), max(b, 1.0)) for a, b in zip(predicted, expected, strict=True)) / 3


def _centimetres(size: str, unit: str | None) -> float | None:
    value = number(size)
    return None if value is None else float(f"{value * 100 * metres(unit or 'cm'):.12g}")


def _by_name(text: str) -> Extents | None:
    """Return the sides where each name stands beside its number: all names first, or all numbers first."""
    found = list(SIDE.finditer(text))
    if sum(match["unit"] is not None for match in found) == 3:  # then other numbers mean something else
        found = [match for match in found if match["size"] is None or match["unit"]]
    names = [side for match in found for side in "lwh" if match[side]]
    sizes = [_centimetres(match["size"], match["unit"]) for match in found if match["size"]]
    order = [match["size"] is None for match in found]
    if sorted(names) != ["h", "l", "w"] or order not in (
        [True, False] * 3,
        [False, True] * 3,
        [True] * 3 + [False] * 3,
    ):
        return None
    by_side = dict(zip(names, sizes, strict=True))
    if by_side["l"] is None or by_side["w"] is None or by_side["h"] is None:
        return None
    return by_side["l"], by_side["w"], by_side["h"]


def _in_a_row(text: str) -> Extents | None:
    found = None
    for match in THREE.finditer(text):
        parts = [_centimetres(match[i], match[i + 1] or match[6]) for i in (1, 3, 5)]
        if None not in parts:
            found = parts
    return None if found is None else (found[0] or 0.0, found[1] or 0.0, found[2] or 0.0)
