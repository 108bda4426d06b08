"""Whether something holds."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from spatialkit.answers.base import Answer, Array, Asked, Claim
from spatialkit.answers.reading import read_yes_no
from spatialkit.rules import Rules
from spatialkit.samples import Format

__all__ = ["Judgement"]


@dataclass(frozen=True)
class Judgement(Answer):
    """Whether something holds. Raw values are (n,) in metres: by how much it holds, or, negative, by how much not.

    Parameters
    ----------
    holds, fails
        What is claimed: that it holds, or that it does not. Either is true of half of the questions.
    """

    holds: str
    fails: str

    formats: ClassVar[tuple[Format, ...]] = ("judge",)
    of: ClassVar[tuple[bool, ...]] = (True, False)  # type: ignore[misc]

    def refuse(self, values: Array, rules: Rules) -> dict[str, Any]:
        return {"too close to call": ~(np.abs(values) >= rules.least_slack)}

    def margin(self, values: Array, rules: Rules) -> Array:
        return np.abs(values)

    def decide(self, values: Array, rules: Rules) -> list[Any]:
        return list((values > 0).tolist())

    def say(self, answer: bool) -> str:
        return "Yes" if answer else "No"

    def phrase(self, answer: bool) -> str:
        return self.holds if answer else self.fails

    def parse(self, text: str) -> bool | None:
        word = read_yes_no(text)
        return None if word is None else word == "Yes"

    def score(self, predicted: bool, expected: bool) -> float:
        return float(predicted == expected)

    def claim(self, asked: Asked, true: bool, rng: random.Random) -> Claim | None:
        return Claim(self.holds if asked.answer == true else self.fails, true)
