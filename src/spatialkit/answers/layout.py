"""Where several things are on a map seen from above."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from spatialkit.answers.base import Answer, Array, closeness, rounded
from spatialkit.answers.reading import PLAIN, conclusions, number
from spatialkit.labels import join
from spatialkit.rules import Rules
from spatialkit.samples import Format

__all__ = ["Layout"]

Spots = tuple[tuple[float, float], ...]

LEAST = 3  # things on a map
NEAR, SHARE = 0.25, 0.1  # metres, and share of the distance, within which a place is right
SPOT = re.compile(
    rf"(?i)(?:\bobject[\s_-]*(\d+)\b[^(\[\d]{{0,20}})?[(\[]\s*(?:x\s*[=:]\s*)?({PLAIN})\s*(?:m|metres|meters)?\s*[,;]"
    rf"\s*(?:y\s*[=:]\s*)?({PLAIN})\s*(?:m|metres|meters)?\s*[)\]]"
)


@dataclass(frozen=True)
class Layout(Answer):
    """The places of the things ``of`` on a map, to the right of the observer and ahead.

    Raw values are (n, k, 2) in metres; NaN for things that are absent, which come last. Answers name things by their
    number, "Object0" the first. A parsed answer has NaN for a thing that is left out before another.
    """

    of: tuple[str, ...]

    formats: ClassVar[tuple[Format, ...]] = ("fill", "sentence")
    prompts: ClassVar[Mapping[Format, tuple[str, ...]]] = {
        "fill": (
            "Reply in the form Object0: (0.0, 0.0). Object1: (0.0, 0.0). and so on, with your numbers.",
            "Give one place for each object, like this: Object0: (0.0, 0.0). Object1: (0.0, 0.0).",
            "Your whole reply should be a list of places, as in Object0: (0.0, 0.0). Object1: (0.0, 0.0).",
            "Write down just the places, each as in Object0: (0.0, 0.0).",
        )
    }

    def refuse(self, values: Array, rules: Rules) -> dict[str, Any]:
        distance = np.hypot(values[..., 0], values[..., 1])
        return {
            "too few things": np.isfinite(distance).sum(axis=1) < LEAST,
            "above most": (distance > rules.most).any(axis=1),
        }

    def margin(self, values: Array, rules: Rules) -> Array:
        """Return a share of the distance or one step of rounding, the larger; infinite for what is absent."""
        distance = np.hypot(values[..., 0], values[..., 1])
        free = np.where(np.isnan(distance), np.inf, np.maximum(0.1, rules.quantity_tolerance * distance))
        return np.asarray(np.broadcast_to(free[..., None], values.shape))

    def decide(self, values: Array, rules: Rules) -> list[Any]:
        present = np.isfinite(values).all(axis=2).sum(axis=1).tolist()
        rows = rounded(values, 1).tolist()
        return [tuple([(x, y) for x, y in row[:k]]) for row, k in zip(rows, present, strict=True)]

    def strata(self, values: Array, rules: Rules) -> list[Any]:
        """Group by the number of things."""
        return list(np.isfinite(values).all(axis=2).sum(axis=1).tolist())

    def say(self, answer: Spots) -> str:
        return " ".join(f"Object{i}: ({x:.1f}, {y:.1f})." for i, (x, y) in enumerate(answer))

    def phrase(self, answer: Spots) -> str:
        return join([f"Object{i} at ({x:.1f}, {y:.1f})" for i, (x, y) in enumerate(answer)])

    def parse(self, text: str) -> Spots | None:
        """Read pairs of numbers in brackets, each after the name of its object, or all in order where none is named."""
        for tail in (*conclusions(text), text):
            if (found := _spots(tail)) is not None:
                return found
        return None

    def score(self, predicted: Spots, expected: Spots) -> float:
        """Return the share of the things that are within 0.25 m or a tenth of their distance, the larger."""
        right = sum(error <= max(NEAR, SHARE * distance) + 1e-9 for error, distance in _errors(predicted, expected))
        return right / len(expected)

    def reward(self, predicted: Spots, expected: Spots) -> float:
        """Return the mean of exp(-3 e) over the things, e the error by the distance, or by 1 m if that is more."""
        return sum(closeness(error, max(1.0, far)) for error, far in _errors(predicted, expected)) / len(expected)


def _errors(predicted: Spots, expected: Spots) -> list[tuple[float, float]]:
    """Return, per thing expected, how far off it is, infinite where it is missing, and how far away."""
    found = []
    for i, (x, y) in enumerate(expected):
        u, v = predicted[i] if i < len(predicted) else (math.nan, math.nan)
        off = math.hypot(u - x, v - y)
        found.append((math.inf if math.isnan(off) else off, math.hypot(x, y)))
    return found


def _spots(text: str) -> Spots | None:
    named: dict[int, tuple[float, float]] = {}
    listed = []
    for match in SPOT.finditer(text):
        x, y = number(match[2]), number(match[3])
        if x is None or y is None:
            continue
        if match[1]:
            named[int(match[1])] = x, y
        listed.append((x, y))
    if not named:
        return tuple(listed) or None
    if max(named) > 1000:
        return None
    return tuple(named.get(i, (math.nan, math.nan)) for i in range(max(named) + 1))
