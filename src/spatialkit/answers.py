"""Answer types: each one decides, says, reads back, measures doubt, makes wrong options and scores."""

from __future__ import annotations

import itertools
import random
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from spatialkit.labels import join
from spatialkit.rules import Rules
from spatialkit.samples import Format

__all__ = ["Answer", "Claim", "Directions", "Quantity", "read_choice", "read_yes_no", "without_names"]

Array = npt.NDArray[Any]
Triple = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement to be judged: ``relation`` is put between two things; ``true`` says whether it holds."""

    relation: str
    true: bool


class Answer(ABC):
    """How the raw value of a task becomes an answer.

    Raw values are arrays whose first axis runs over candidates. ``decide`` turns one raw value into the answer, a plain
    Python value; everything after works on answers.
    """

    formats: ClassVar[tuple[Format, ...]]
    metric: ClassVar[bool] = True  # False where the answer is the same at any scale of the scene
    omission_note: ClassVar[str] = ""  # what may be left out of a sentence

    @abstractmethod
    def refuse(self, values: Array, rules: Rules) -> dict[str, Array]:
        """Return, by the name of the rule, a mask (n,) of the candidates that may not be asked."""

    @abstractmethod
    def margin(self, values: Array, rules: Rules) -> Array:
        """Return how far each component of the value can move before something else is said; shape of ``values``."""

    @abstractmethod
    def decide(self, value: Any, rules: Rules) -> Any:
        """Return the answer that a raw value means."""

    def strata(self, values: Array, rules: Rules) -> list[Any]:
        """Return, per candidate, the group that answers are balanced over."""
        return [self.decide(value, rules) for value in values]

    @abstractmethod
    def say(self, answer: Any) -> str:
        """Return the answer alone, as a reply would give it."""

    @abstractmethod
    def phrase(self, answer: Any) -> str:
        """Return the answer as a part of a sentence."""

    @abstractmethod
    def parse(self, text: str) -> Any | None:
        """Return the answer that a reply gives, or None if it gives none."""

    @abstractmethod
    def score(self, predicted: Any, expected: Any) -> float:
        """Return how good an answer is, in [0, 1]."""

    def option_note(self, options: Sequence[Any]) -> str:
        """Return what a reader of these options must know beyond the question; "" for nothing."""
        return ""

    def options(self, value: Any, noise: Any, rank: int, rng: random.Random, rules: Rules) -> list[Any] | None:
        """Return four answers, the true one at ``rank`` in their natural order (if any); None where they do not fit."""
        return None

    def claim(self, answer: Any, true: bool, rng: random.Random) -> Claim | None:
        """Return a claim about the answer that is true or not, as asked; None where none can be made."""
        return None


@dataclass(frozen=True)
class Quantity(Answer):
    """A number with a unit, rounded to ``digits``.

    Parameters
    ----------
    unit
        As it is said, "metres".
    digits
        Digits after the point.
    least
        Name of the rule that holds the smallest value asked for.
    """

    unit: str = "metres"
    digits: int = 1
    least: str = "least"

    formats: ClassVar[tuple[Format, ...]] = ("fill", "select", "sentence")

    @property
    def _step(self) -> float:
        return float(10.0**-self.digits)

    def refuse(self, values: Array, rules: Rules) -> dict[str, Array]:
        least = getattr(rules, self.least)
        return {
            f"below {self.least}": ~(values >= least),
            "above most": values > rules.most,
        }

    def margin(self, values: Array, rules: Rules) -> Array:
        return np.maximum(self._step, rules.quantity_tolerance * values)

    def decide(self, value: Any, rules: Rules) -> float:
        return self._round(float(value))

    def _round(self, number: float) -> float:
        return round(number, self.digits)

    def strata(self, values: Array, rules: Rules) -> list[Any]:
        """Group numbers by octave, so that large and small ones are asked about alike."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return list(np.floor(np.log2(values)).tolist())

    def say(self, answer: float) -> str:
        return f"{answer:.{self.digits}f}"

    def phrase(self, answer: float) -> str:
        return f"{self.say(answer)} {self.unit}"

    def parse(self, text: str) -> float | None:
        """Read the last number that is not the number of an image, a frame or a point."""
        text = re.sub(r"(?i)\b(image|frame|point|box|object)s?[\s#-]*\d+", " ", text)
        found = re.findall(r"(?<![\w.])[-+−]?\d[\d,]*\.?\d*(?:[eE][-+]?\d+)?", text)
        if not found:
            return None
        try:
            return float(re.sub(r",(?=\d{3}(\D|$))", "", found[-1].replace("−", "-")).rstrip(",."))
        except ValueError:
            return None

    def score(self, predicted: float, expected: float) -> float:
        """Return the mean relative accuracy over the thresholds 0.50, 0.55, … 0.95 (Yang et al., 2024)."""
        error = abs(predicted - expected)
        # the limits in exact hundredths of the expected value: 0.1 of 1.0 must not fail by a rounding of 1e-17
        return sum(100 * error <= (50 - 5 * k) * abs(expected) + 1e-9 for k in range(10)) / 10

    def options(self, value: Any, noise: Any, rank: int, rng: random.Random, rules: Rules) -> list[Any] | None:
        truth = self.decide(value, rules)
        doubt = float(noise) + self._step / 2
        below = self._ladder(truth, float(value), doubt, -1, 3, rng, rules)
        if below is None:  # whichever rank was drawn: a value that cannot stand last must not stand first
            return None
        above = self._ladder(truth, float(value), doubt, +1, 3 - rank, rng, rules)
        return None if above is None else [*reversed(below[:rank]), truth, *above]

    def _ladder(
        self, truth: float, value: float, doubt: float, sign: int, count: int, rng: random.Random, rules: Rules
    ) -> list[float] | None:
        """Return ``count`` rounded numbers leading away from the truth, each farther by a random ratio."""
        rungs, last = [], truth
        for _ in range(count):
            ratio = 1 + rules.option_gap * rng.uniform(1.1, 2.5)
            gap = max(last * (ratio - 1) if sign > 0 else last * (1 - 1 / ratio), self._step)
            step = self._round(last + sign * gap)
            while abs(step - value) <= doubt or not self._apart(step, last, rules):
                step = self._round(step + sign * self._step)
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


@dataclass(frozen=True)
class Slot:
    """One part of a direction: the word for a positive and for a negative offset, and how sentences put them."""

    positive: str
    negative: str
    positive_phrase: str
    negative_phrase: str
    positive_relation: str = ""
    negative_relation: str = ""
    synonyms: tuple[tuple[str, str], ...] = ()

    def pattern(self, word: str) -> str:
        """Return a regular expression for a word and its synonyms."""
        return rf"\b(?:{'|'.join([word, *(alias for alias, meant in self.synonyms if meant == word)])})\b"


@dataclass(frozen=True)
class Directions(Answer):
    """Three words, each from a pair, each possibly missing: left/right, above/below and a third.

    Raw values are (readings, 3) offsets in metres; every reading must say the same words.
    """

    slots: tuple[Slot, Slot, Slot]

    formats: ClassVar[tuple[Format, ...]] = ("select", "sentence", "judge")
    omission_note = "Leave out whatever shows no clear difference, that is, less than a hand's width."

    def refuse(self, values: Array, rules: Rules) -> dict[str, Array]:
        size = np.abs(values)
        between = (size > rules.slot_empty) & (size < rules.slot_word)
        words = self._words(values, rules)
        return {
            "observer looks too steeply": ~np.isfinite(values).all(axis=(1, 2)),
            "slot neither word nor empty": between.any(axis=(1, 2)),
            "readings disagree": (words != words[:, :1]).any(axis=(1, 2)),
            "nothing to tell apart": (words == 0).all(axis=(1, 2)),
        }

    def margin(self, values: Array, rules: Rules) -> Array:
        return np.abs(np.abs(values) - (rules.slot_word + rules.slot_empty) / 2)

    @staticmethod
    def _words(values: Array, rules: Rules) -> Array:
        """Return 1, -1 or 0 for the positive word, the negative word and neither; the refused band is split midway."""
        return np.where(np.abs(values) >= (rules.slot_word + rules.slot_empty) / 2, np.sign(values), 0)

    def decide(self, value: Any, rules: Rules) -> Triple:
        words = [
            slot.positive if sign > 0 else slot.negative if sign < 0 else ""
            for slot, sign in zip(self.slots, self._words(np.asarray(value)[0], rules), strict=True)
        ]
        return words[0], words[1], words[2]

    def say(self, answer: Triple) -> str:
        return ", ".join(answer)

    def phrase(self, answer: Triple) -> str:
        return join(
            [
                slot.positive_phrase if word == slot.positive else slot.negative_phrase
                for slot, word in zip(self.slots, answer, strict=True)
                if word
            ]
        )

    def parse(self, text: str) -> Triple | None:
        """Read the words wherever they stand; a part with both of its words, or a reply with none, is no answer."""
        words = []
        for slot in self.slots:
            found = [w for w in (slot.positive, slot.negative) if re.search(slot.pattern(w), text, re.IGNORECASE)]
            if len(found) > 1:
                return None
            words.append(found[0] if found else "")
        return (words[0], words[1], words[2]) if any(words) else None

    def option_note(self, options: Sequence[Any]) -> str:
        if all(word for option in options for word in option):
            return ""
        return "A missing word means that there is no clear difference in that respect, less than a hand's width."

    def score(self, predicted: Triple, expected: Triple) -> float:
        return float(predicted == expected)

    def options(self, value: Any, noise: Any, rank: int, rng: random.Random, rules: Rules) -> list[Any] | None:
        """Return a grid: two of the parts, each right or wrong. Each option then differs from the others alike."""
        truth = self.decide(value, rules)
        offsets = np.asarray(value)[0]
        wrong = [self._other(*part, rng) for part in zip(self.slots, truth, offsets, strict=True)]
        first, second = sorted(rng.sample(range(3), 2))
        options = []
        for flip_first, flip_second in itertools.product((False, True), repeat=2):
            option = list(truth)
            if flip_first:
                option[first] = wrong[first]
            if flip_second:
                option[second] = wrong[second]
            options.append(tuple(option))
        if ("", "", "") in options:
            return None
        rng.shuffle(options)
        return options

    @staticmethod
    def _other(slot: Slot, word: str, offset: float, rng: random.Random) -> str:
        """Return a wrong word; where the true answer is none, the one against what little difference there is."""
        if not word:
            return slot.negative if offset > 0 else slot.positive
        return rng.choice([w for w in (slot.positive, slot.negative, "") if w != word])

    def claim(self, answer: Triple, true: bool, rng: random.Random) -> Claim | None:
        spoken = [
            (slot, word) for slot, word in zip(self.slots, answer, strict=True) if word and slot.positive_relation
        ]
        if not spoken:
            return None
        slot, word = rng.choice(spoken)
        positive = (word == slot.positive) == true
        return Claim(slot.positive_relation if positive else slot.negative_relation, true)


CHOICES = (  # how models give a letter, the plainest forms first
    r"^\W*([A-Da-d])\W*$",
    r"(?i:\banswer\b(?:\s+(?:is|would be|should be))?\s*[:=]?\s*\W*(?:option\s+\W*)?)([A-D]|[b-d](?!\w))\b",
    r"(?i:\b(?:option|choice)\s+\W*)([A-Da-d])\b",
    r"\(([A-Da-d])\)",
    r"^\W*([A-D])[.:,)]",
    r"^\W*([B-D]|A(?=\s+(?:because|since|is)\b))\s",  # "A" alone may be the article
    r"\b([A-D])\W*$",
)


def read_choice(text: str) -> str | None:
    """Return the letter that a reply chooses; None where it names none, or several in the same way."""
    for pattern in CHOICES:
        found = {letter.upper() for letter in re.findall(pattern, text)}
        if found:
            return found.pop() if len(found) == 1 else None
    return None


NAMED = re.compile(r"(?i)\bthe ((?:(?!\bthe\b).)+?) \((?:red|green|blue|yellow) (?:point|box)(?: in [^()]*)?\)")


def without_names(text: str, names_from: str) -> str:
    """Return a text without the things that another one names with a mark, so that no label is taken for an answer.

    "the left shoe (red box)" in ``names_from`` takes the left shoe out of ``text``, however it is marked there.
    """
    for label in sorted({match[1] for match in NAMED.finditer(names_from)}, key=len, reverse=True):
        text = re.sub(rf"(?i)\b{re.escape(label)}(?!\w)", " ", text)
    return text


def read_yes_no(text: str) -> str | None:
    """Return "Yes" or "No" as a reply says, or None if it says neither or both."""
    found = {word.lower() for word in re.findall(r"(?i)\b(yes|no)\b", text)}
    return found.pop().capitalize() if len(found) == 1 else None
