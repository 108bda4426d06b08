"""What every answer type does: decide, say, read back, measure doubt, make wrong options and score."""

from __future__ import annotations

import math
import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from spatialkit.rules import Rules
from spatialkit.samples import Format

__all__ = ["Answer", "Asked", "Claim", "closeness", "octaves", "relative_accuracy", "rounded"]

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement to be judged: ``relation`` is put between two things; ``true`` says whether it holds."""

    relation: str
    true: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """One question for which options are wanted.

    Parameters
    ----------
    answer
        The true answer.
    value
        The raw value that it was decided from, as nested lists of floats, or one float.
    noise
        How far each component of the value may be off; nested alike, or one float for all.
    others
        Answers of the questions that are asked in its place, drawn as this one was: they tell how often each answer is
        true, and thereby what a reader who cannot see would guess. A tuple that serves many questions is counted once.
    rank
        Where the truth is to stand in the natural order of the options, if they have one.
    likely
        By how much the question makes an answer more likely than it is among ``others``; None: not at all.
    """

    answer: Any
    value: Any
    noise: Any = 0.0
    others: Sequence[Any] = ()
    rank: int = 0
    likely: Callable[[Any], float] | None = None

    def even(self, options: Sequence[Any], rng: random.Random) -> bool:
        """Return whether to show options: less often, the likelier the true one among them is without looking."""
        if self.likely is None:
            return True
        return rng.random() * self.likely(self.answer) <= min(map(self.likely, options))


class Answer(ABC):
    """How the raw value of a task becomes an answer.

    Raw values are arrays whose first axis runs over candidates. ``decide`` turns them into answers, plain Python
    values; everything after works on one answer.

    Attributes
    ----------
    formats
        The formats that it can carry.
    metric
        False where the answer is the same at any scale of the scene.
    shaken
        False where noise of the geometry is not probed.
    speaks_of_things
        True where the answer itself names things.
    prompts
        Prompts that describe the form of a reply, by format, in place of the general ones.
    option_count
        How many options a choice has.
    boxed
        True where options show things by their boxes.
    of
        The answers that all questions have as their options, where that is so: each must be right as often as another.
    guessed
        True where it looks at ``Asked.likely``: for a number, or a tuple of words.
    variety
        How many different answers must be known for wrong ones to be taken from them.
    """

    formats: ClassVar[tuple[Format, ...]]
    metric: bool = True
    shaken: bool = True
    speaks_of_things: ClassVar[bool] = False
    prompts: ClassVar[Mapping[Format, tuple[str, ...]]] = {}
    option_count: int = 4
    variety: ClassVar[int] = 2
    boxed: bool = False
    of: tuple[Any, ...] = ()
    guessed: ClassVar[bool] = False

    @abstractmethod
    def refuse(self, values: Array, rules: Rules) -> dict[str, Any]:
        """Return, by the name of the rule, a mask (n,) of the candidates that may not be asked."""

    @abstractmethod
    def margin(self, values: Array, rules: Rules) -> Array:
        """Return how far each component of the value can move before something else is said; shape of ``values``."""

    @abstractmethod
    def decide(self, values: Array, rules: Rules) -> list[Any]:
        """Return the answers that raw values mean, plain Python values."""

    def strata(self, values: Array, rules: Rules) -> list[Any]:
        """Return, per candidate, the group that answers are balanced over."""
        return self.decide(values, rules)

    @abstractmethod
    def say(self, answer: Any) -> str:
        """Return the answer alone, as a reply would give it; "{a}" in it stands for the name of the role ``a``."""

    def phrase(self, answer: Any) -> str:
        """Return the answer as a part of a sentence."""
        return self.say(answer)

    @abstractmethod
    def parse(self, text: str) -> Any | None:
        """Return the answer that a reply gives, or None if it gives none."""

    @abstractmethod
    def score(self, predicted: Any, expected: Any) -> float:
        """Return how good an answer is, in [0, 1]; both as ``parse`` gives them."""

    def reward(self, predicted: Any, expected: Any) -> float:
        """Return how good an answer is, in [0, 1], in finer steps than the score; 1 for the truth itself."""
        return self.score(predicted, expected)

    def option_note(self, options: Sequence[Any], rules: Rules) -> str:
        """Return what a reader of these options must know beyond the question; "" for nothing."""
        return ""

    def omission_note(self, rules: Rules) -> str:
        """Return what may be left out of a sentence; "" for nothing."""
        return ""

    def options(self, asked: Asked, rng: random.Random, rules: Rules) -> list[Any] | None:
        """Return ``option_count`` answers, all said differently, the truth among them; None where they do not fit.

        Who reads the options alone, and knows how often each answer is true, shall learn nothing. Some questions get
        no options for that reason: those whose answer would otherwise give itself away by being the usual one.
        """
        return None

    def claim(self, asked: Asked, true: bool, rng: random.Random) -> Claim | None:
        """Return a claim about the answer that is true or not, as wanted; None where none can be made.

        Who reads the claim, and knows how often each answer is true, shall learn nothing: where what is claimed is true
        more often than its opposite, some questions get no claim.
        """
        return None


def relative_accuracy(predicted: float, expected: float) -> float:
    """Return the mean relative accuracy over the thresholds 0.50, 0.55, … 0.95 (Yang et al., 2024).

    Where 0 is expected, only 0 is right.
    """
    error = abs(predicted - expected)
    # the limits in exact hundredths of the expected value: 0.1 of 1.0 must not fail by a rounding of 1e-17
    return sum(100 * error <= (50 - 5 * k) * abs(expected) + 1e-9 for k in range(10)) / 10


def closeness(error: float, scale: float) -> float:
    """Return exp(-3 error / scale): 1 without an error, and less the larger it is, 0.05 where it reaches ``scale``."""
    return math.exp(-3 * error / scale) if error < math.inf else 0.0


def rounded(values: Array, digits: int) -> Array:
    """Return rounded values, with 0 for -0."""
    return np.asarray(np.round(values, digits) + 0.0)


def octaves(values: Array) -> list[float]:
    """Return the octave of each positive value (n,), so that large and small ones are asked about alike."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return list(np.floor(np.log2(values)).tolist())
