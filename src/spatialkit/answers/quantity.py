"""A number with a unit."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from spatialkit.answers.base import Answer, Array, Asked, closeness, octaves, relative_accuracy, rounded
from spatialkit.answers.fair import Chains, Remembered, chains
from spatialkit.answers.reading import conclusions, measures
from spatialkit.rules import Rules
from spatialkit.samples import Format

__all__ = ["Quantity"]

NUMBERED = re.compile(r"(?i)\b(?:image|frame|point|box|object)s?[\s#-]*\d+")
SPELT = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
WORDS = {word: number for number, word in enumerate(SPELT.split(), start=1)}
WORD = re.compile(rf"(?i)\b({'|'.join(WORDS)})\b")
IN_METRES = {"metres": 1.0, "centimetres": 0.01}


@dataclass(frozen=True)
class Quantity(Answer):
    """A number with a unit, rounded to ``digits``. Raw values are (n,).

    Parameters
    ----------
    unit
        As it is said, "metres"; "" for a number of things, which noise and scale leave alone.
    digits
        Digits after the point.
    least, most
        Names of the rules that hold the smallest and the largest value asked for.
    tolerance
        Name of the rule that holds the share by which a value may be off and still be said.
    """

    unit: str = "metres"
    digits: int = 1
    least: str = "least"
    most: str = "most"
    tolerance: str = "quantity_tolerance"

    formats: ClassVar[tuple[Format, ...]] = ("fill", "select", "sentence")
    variety: ClassVar[int] = 4
    guessed: ClassVar[bool] = True
    prompts: ClassVar[Mapping[Format, tuple[str, ...]]] = {
        "fill": (
            "Reply with one number and nothing else.",
            "Your whole reply should be a single number.",
            "Write down just the number.",
            "Only a number is wanted as the reply.",
        )
    }

    def __post_init__(self) -> None:
        if not self.unit:
            object.__setattr__(self, "metric", False)
            object.__setattr__(self, "shaken", False)

    @property
    def _step(self) -> float:
        return float(10.0**-self.digits)

    def refuse(self, values: Array, rules: Rules) -> dict[str, Any]:
        return {
            f"below {self.least}": ~(values >= getattr(rules, self.least)),
            f"above {self.most}": values > getattr(rules, self.most),
        }

    def margin(self, values: Array, rules: Rules) -> Array:
        """Return a share of the value or one step of rounding, the larger; half a step for a number of things."""
        if not self.unit:
            return np.full(values.shape, self._step / 2)
        return np.asarray(np.maximum(self._step, getattr(rules, self.tolerance) * values))

    def decide(self, values: Array, rules: Rules) -> list[Any]:
        return list(rounded(values, self.digits).tolist())

    def strata(self, values: Array, rules: Rules) -> list[Any]:
        """Group numbers by octave, so that large and small ones are asked about alike; numbers of things singly."""
        return octaves(values) if self.unit else self.decide(values, rules)

    def say(self, answer: float) -> str:
        return f"{answer:.{self.digits}f}"

    def phrase(self, answer: float) -> str:
        return f"{self.say(answer)} {self.unit}" if self.unit else self.say(answer)

    def parse(self, text: str) -> float | None:
        """Read what follows "the answer is", or the last number that does not belong to an image, frame or mark.

        A length in another unit is converted, a number with a unit preferred to one without. Numbers of things may be
        words, up to twenty, where there are no digits.
        """
        text = NUMBERED.sub(" ", text)
        for tail in conclusions(text):
            if found := self._numbers(tail):
                return found[0]
        found = self._numbers(text)
        return found[-1] if found else None

    def _numbers(self, text: str) -> list[float]:
        found = measures(text)
        per = IN_METRES.get(self.unit)
        if per and (lengths := [value * unit / per for value, unit in found if unit is not None]):
            return [float(f"{length:.12g}") for length in lengths]  # 250 cm are 2.5 m, not 2.5000000000000004
        if not found and not self.unit:
            words = [WORDS[word.lower()] for word in WORD.findall(text)]
            return [float(word) for word in words if word > 1 or len(words) == 1]  # "one" may be a pronoun
        return [value for value, _ in found]

    def score(self, predicted: float, expected: float) -> float:
        return relative_accuracy(predicted, expected)

    def reward(self, predicted: float, expected: float) -> float:
        """Return exp(-3 e), e the relative error; where 0 is expected, the error in steps of rounding."""
        return closeness(abs(predicted - expected), max(abs(expected), self._step))

    def options(self, asked: Asked, rng: random.Random, rules: Rules) -> list[Any] | None:
        """Return four numbers well apart, rising.

        The wrong ones are answers of other questions (see ``fair``). Where none are known, they make a ladder, each
        farther from the last by a random ratio, with the truth at its rank; the most usual number of a ladder is then
        right more often than one in four.
        """
        if not asked.others:
            return self._rungs(asked, float(asked.noise) + self._step / 2, rng, rules)
        doubt = getattr(rules, self.tolerance) if self.unit else 0.0
        found = rng.choice(self._chains(asked.others, rules.option_gap, doubt)).get(asked.answer)
        chain = rng.choice(found) if found else None
        return list(chain) if chain is not None and asked.even(chain, rng) else None

    @cached_property
    def _chains(self) -> Remembered[Chains]:
        return Remembered(self._chained)

    def _chained(self, others: Sequence[float], rng: random.Random, gap: float, doubt: float) -> Chains:
        """Return the chains of four that answers make, each number larger than the last by a random ratio.

        So much larger that neither could be the other for all noise that is admitted: if that were looked at for each
        answer by itself, the uncertain ones would be wrong options more often than right ones.
        """
        step = self._step

        def follows(last: float, spread: float) -> float:
            if not self.unit:
                return last + max(gap * (1 + spread) * last, step) - 1e-9
            sure = (last + step / 2) / (1 - doubt) + step / 2  # whichever way both were rounded
            return max(last * (1 + gap * (1 + spread)), sure, last + 2 * step) - 1e-9

        return chains(others, 4, follows, rng)

    def _rungs(self, asked: Asked, doubt: float, rng: random.Random, rules: Rules) -> list[float] | None:
        truth, value, rank = float(asked.answer), float(asked.value), asked.rank
        below = self._ladder(truth, value, doubt, -1, 3, rng, rules)
        if below is None:  # whichever rank was drawn: a value that cannot stand last must not stand first
            return None
        above = self._ladder(truth, value, doubt, +1, 3 - rank, rng, rules)
        return None if above is None else [*reversed(below[:rank]), truth, *above]

    def _ladder(
        self, truth: float, value: float, doubt: float, sign: int, count: int, rng: random.Random, rules: Rules
    ) -> list[float] | None:
        """Return ``count`` rounded numbers leading away from the truth, each farther by a random ratio."""
        rungs, last = [], truth
        for _ in range(count):
            ratio = 1 + rules.option_gap * rng.uniform(1.05, 1.6)
            gap = max(last * (ratio - 1) if sign > 0 else last * (1 - 1 / ratio), self._step)
            step = round(last + sign * gap, self.digits)
            while abs(step - value) <= doubt or not self._apart(step, last, rules):
                step = round(step + sign * self._step, self.digits)
                if step <= 0:
                    return None
            if step < self._step / 2:
                return None
            rungs.append(step)
            last = step
        return rungs

    def _apart(self, a: float, b: float, rules: Rules) -> bool:
        gap = abs(a - b)
        return gap > self._step * 0.99 and gap >= rules.option_gap * min(a, b) - 1e-9
