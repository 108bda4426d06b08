"""A walk: turns and straight lengths."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from spatialkit.answers.base import Answer, Array, closeness, relative_accuracy, rounded
from spatialkit.answers.reading import NUMBER, UNIT, metres, number
from spatialkit.labels import join
from spatialkit.rules import Rules
from spatialkit.samples import Format

__all__ = ["Route"]

Leg = tuple[int, float]
Legs = tuple[Leg, ...]

STEP = 15  # degrees
NEAR = 30  # degrees by which a turn may be off
MOST = 8  # legs

TURN = r"(?:(?:turn|rotat|veer|bear|swing|fac)(?:s|e|es|ing|ed)?|take a)"
GO = r"(?:(?:go|walk|mov|head|continu|proceed|advanc|step)(?:s|e|es|p?ing|p?ed)?|straight|forwards?)"
DEGREES = r"(?:°|deg(?:rees?)?\b)"
ACTION = re.compile(
    rf"(?i)\b{TURN}\s+(?:(?P<how>slight(?:ly)?|sharp(?:ly)?|slight|sharp|about|by)\s+)*(?:to\s+)?(?:the\s+|your\s+)?"
    rf"(?:(?P<way>right|left|around|round|back)\b(?:\s+(?:by|about|for|through|of))*(?:\s*(?P<angle>{NUMBER})\s*{DEGREES})?"
    rf"|(?P<angle2>{NUMBER})\s*{DEGREES}\s*(?:to(?:wards?)?\s+)?(?:the\s+|your\s+)?(?P<way2>right|left|around|round)?)"
    rf"|\b{GO}\b[^.,;\d\n]{{0,30}}?(?P<size>(?<![\w.-]){NUMBER})\s*(?P<unit>(?:{UNIT})(?![a-z]))?"
)


@dataclass(frozen=True)
class Route(Answer):
    """A walk as legs: a turn on the spot, then straight on.

    Raw values are (n, legs, 2): degrees to the right, then metres; NaN after the last leg. Answers have turns in steps
    of 15 degrees, from -165 to 180, and lengths to a tenth of a metre. A turn of less than half a step is not told.
    """

    formats: ClassVar[tuple[Format, ...]] = ("fill", "sentence")
    prompts: ClassVar[Mapping[Format, tuple[str, ...]]] = {
        "fill": (
            "Reply in the form turn right 90 degrees, go 2.0 metres, and so on for each part of the way.",
            "Give one turn and one length after the other, like this: turn left 45 degrees, go 1.5 metres.",
            "Your whole reply should be a list such as turn right 30 degrees, go 1.0 metres, turn left 90 degrees, go "
            "2.5 metres.",
            "Write down just the turns and lengths in order, as in turn left 90 degrees, go 3.0 metres.",
        )
    }

    def refuse(self, values: Array, rules: Rules) -> dict[str, Any]:
        legs = np.isfinite(values).all(axis=2).sum(axis=1)
        return {"no way": legs == 0, "too many legs": legs > MOST}

    def margin(self, values: Array, rules: Rules) -> Array:
        """Return 15 degrees for turns, for lengths as for any number; infinite after the last leg."""
        margin = np.maximum(0.1, rules.quantity_tolerance * values)
        margin[..., 0] = STEP
        return np.asarray(np.where(np.isnan(values), np.inf, margin))

    def decide(self, values: Array, rules: Rules) -> list[Any]:
        present = np.isfinite(values).all(axis=2).sum(axis=1).tolist()
        known = np.nan_to_num(values)
        turns = (np.rint(known[..., 0] / STEP) * STEP).astype(np.int64)
        turns = 180 - (180 - turns) % 360
        lengths = rounded(known[..., 1], 1).tolist()
        return [
            tuple(zip(turn[:k], length[:k], strict=True))
            for turn, length, k in zip(turns.tolist(), lengths, present, strict=True)
        ]

    def strata(self, values: Array, rules: Rules) -> list[Any]:
        """Group by the number of legs."""
        return list(np.isfinite(values).all(axis=2).sum(axis=1).tolist())

    def _steps(self, answer: Legs) -> list[str]:
        steps = []
        for turn, length in answer:
            if turn:
                steps.append(f"turn {'right' if turn > 0 else 'left'} {abs(turn)} degrees")
            steps.append(f"go {length:.1f} metres")
        return steps

    def say(self, answer: Legs) -> str:
        return ", ".join(self._steps(answer))

    def phrase(self, answer: Legs) -> str:
        return join(self._steps(answer))

    def parse(self, text: str) -> Legs | None:
        """Read turns and lengths in their order; "turn left" alone is 90 degrees, "turn around" 180."""
        legs: list[Leg] = []
        turned: int | None = None
        for match in ACTION.finditer(text):
            if match["size"] is None:
                turned = _folded((turned or 0) + _angle(match))
                continue
            length = number(match["size"])
            if length is not None:
                legs.append((turned or 0, round(length * metres(match["unit"] or "m"), 6)))
                turned = None
        if turned is not None:
            legs.append((turned, 0.0))
        return tuple(legs) or None

    def score(self, predicted: Legs, expected: Legs) -> float:
        """Return the mean relative accuracy of the lengths, 0 where a leg is missing or a turn off by more than 30°."""
        if len(predicted) != len(expected):
            return 0.0
        if any(_off(a, b) > NEAR for (a, _), (b, _) in zip(predicted, expected, strict=True)):
            return 0.0
        return sum(relative_accuracy(a, b) for (_, a), (_, b) in zip(predicted, expected, strict=True)) / len(expected)

    def reward(self, predicted: Legs, expected: Legs) -> float:
        """Return the greatest likeness that legs can have when aligned in order, by the number of legs of the longer.

        Two legs are alike by half for the turn, falling to nothing 90° off, and by half for the length, as exp(-3 e)
        with e the relative error.
        """
        best = [0.0] * (len(expected) + 1)
        for guess in predicted:
            row = [0.0]
            for j, truth in enumerate(expected):
                row.append(max(best[j] + _likeness(guess, truth), best[j + 1], row[j]))
            best = row
        return best[-1] / max(len(predicted), len(expected))


def _angle(match: re.Match[str]) -> int:
    """Return the degrees of a turn, to the right."""
    way, said = (match["way"] or match["way2"] or "right").lower(), match["angle"] or match["angle2"]
    size = number(said) if said else None
    if size is None:
        size = 180.0 if way in ("around", "round", "back") else 90.0
        if match["how"] and match["how"].lower().startswith("slight"):
            size = 45.0
    return round(-size if way == "left" else size)


def _folded(angle: int) -> int:
    """Return an angle as one from -179 to 180 degrees."""
    return 180 - (180 - angle) % 360


def _off(a: int, b: int) -> int:
    """Return by how many degrees two turns differ."""
    return abs(_folded(a - b))


def _likeness(guess: Leg, truth: Leg) -> float:
    return (max(0.0, 1 - _off(guess[0], truth[0]) / 90) + closeness(abs(guess[1] - truth[1]), max(truth[1], 0.1))) / 2
