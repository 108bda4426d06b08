"""Words for a direction: left or right, above or below, and a third pair."""

from __future__ import annotations

import itertools
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from spatialkit.answers.base import Answer, Array, Asked, Claim
from spatialkit.answers.fair import Remembered
from spatialkit.labels import join
from spatialkit.rules import Rules
from spatialkit.samples import Format

__all__ = ["Directions", "Slot"]

Triple = tuple[str, str, str]

# What may follow "to the left" in a reply; any other word makes it the name of a thing, as in "to the left shoe".
AFTER_SIDE = (
    "and|or|of|side|hand|in|at|but|then|than|from|to|with|as|when|where|while|which|that|relative|compared|after|before"
    "|once|now|a|an|the|is|are|it|its|slightly|just|also|from|for|if|by|on|so|because|again|still|here|there"
)
MOVED = re.compile(r"(?i)\b(?:after|once|then|now|from there)\b")

# A part of a direction is in one of four states. An empty part is told apart by the word that may stand against it:
# the one that is wrong by the sign of what little difference there is.
POSITIVE, NEGATIVE, NOT_POSITIVE, NOT_NEGATIVE = range(4)
AGAINST = ((POSITIVE, NEGATIVE), (POSITIVE, NOT_POSITIVE), (NEGATIVE, NOT_NEGATIVE))
State = tuple[int, int, int]
STATES: tuple[State, ...] = tuple((a, b, c) for a in range(4) for b in range(4) for c in range(4))
WORDS = (0, 1, 2, 2)  # state of a part -> place of its word in (positive, negative, "")


def _grids() -> tuple[tuple[State, ...], ...]:
    """Return all sets of four options: two parts, each with two states that may stand against each other."""
    grids = []
    for first, second in itertools.combinations(range(3), 2):
        third = 3 - first - second
        for ours, theirs, rest in itertools.product(AGAINST, AGAINST, range(4)):
            corners = []
            for pair in itertools.product(ours, theirs):
                state = [rest] * 3
                state[first], state[second], state[third] = *pair, rest
                corners.append((state[0], state[1], state[2]))
            if all(min(corner) < NOT_POSITIVE for corner in corners):
                grids.append(tuple(corners))
    return tuple(grids)


GRIDS = _grids()
CORNERS = np.array([[STATES.index(corner) for corner in grid] for grid in GRIDS])


def _against(truth: State, grid: Sequence[State]) -> tuple[int, ...]:
    """Return what each part of a state has against it in a grid: nothing, its opposite, or that it is empty."""
    found = []
    for part, mine in enumerate(truth):
        other = next((corner[part] for corner in grid if corner[part] != mine), None)
        found.append(0 if other is None else 1 if max(mine, other) < NOT_POSITIVE else 2)
    return tuple(found)


def _with(truth: State) -> tuple[int, ...]:
    """Return the grids of a state, in an order that is the same for its mirror image."""
    found = [k for k, grid in enumerate(GRIDS) if truth in grid]
    return tuple(sorted(found, key=lambda k: _against(truth, GRIDS[k])))


WITH = tuple(_with(state) for state in STATES)
HALVES = np.array([0.5 ** sum(part >= NOT_POSITIVE for part in state) for state in STATES])
NOTHING = np.array([min(state) >= NOT_POSITIVE for state in STATES])

ROUNDS = 8  # of sharing


def shares(often: Array) -> Array:
    """Return how often each grid (108,) is shown with each of its four corners as the truth.

    Parameters
    ----------
    often
        How often each state (64,) is the truth.

    A grid must be shown as often with one corner as the truth as with another: then who knows all frequencies, and sees
    the options alone, still has one chance in four. Every state shares what it has among its grids, in proportion to
    what the scarcest corner of each has left; a grid gets from all four corners the least of these shares. What is left
    is shared again. No state gives more than it has.
    """
    left, given = often.copy(), np.zeros(len(CORNERS))
    for _ in range(ROUNDS):
        scarcest = left[CORNERS].min(axis=1)
        wanted = np.bincount(CORNERS.ravel(), np.repeat(scarcest, 4), len(STATES))
        rate = left / np.maximum(wanted, 1e-300)
        more = scarcest * rate[CORNERS].min(axis=1)
        given += more
        left = np.maximum(left - np.bincount(CORNERS.ravel(), np.repeat(more, 4), len(STATES)), 0)
    return given


@dataclass(frozen=True, slots=True)
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

    Raw values are (n, readings, 3) offsets in metres; every reading must say the same words.

    Parameters
    ----------
    slots
        The three parts.
    after
        Whether a reply may first tell the direction before a move: only what follows the last cue of it is then read.
    """

    slots: tuple[Slot, Slot, Slot]
    after: bool = False

    formats: ClassVar[tuple[Format, ...]] = ("select", "sentence", "judge")
    variety: ClassVar[int] = 4
    guessed: ClassVar[bool] = True

    def refuse(self, values: Array, rules: Rules) -> dict[str, Any]:
        size = np.abs(values)
        between = (size > rules.slot_empty) & (size < rules.slot_word)
        words = self._words(values, rules)
        return {
            "no level view": ~np.isfinite(values).all(axis=(1, 2)),
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

    @cached_property
    def _triples(self) -> list[Triple]:
        """All triples by the number that their signs make in base three."""
        words = [(slot.negative, "", slot.positive) for slot in self.slots]
        return [(a, b, c) for a in words[0] for b in words[1] for c in words[2]]

    def decide(self, values: Array, rules: Rules) -> list[Any]:
        signs = np.nan_to_num(self._words(values[:, 0], rules)).astype(np.int64) + 1
        triples = self._triples
        return [triples[i] for i in (signs @ (9, 3, 1)).tolist()]

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

    @cached_property
    def _patterns(self) -> list[tuple[tuple[str, re.Pattern[str]], ...]]:
        return [
            tuple((word, re.compile(slot.pattern(word), re.IGNORECASE)) for word in (slot.positive, slot.negative))
            for slot in self.slots
        ]

    @cached_property
    def _named(self) -> re.Pattern[str]:
        words = "|".join(
            word
            for slot in self.slots
            for word in (slot.positive, slot.negative, *(alias for alias, _ in slot.synonyms))
        )
        return re.compile(rf"(?i)(?<!\bon )\bthe (?:{words}) (?!(?:{words}|{AFTER_SIDE})\b)[a-z]")

    def parse(self, text: str) -> Triple | None:
        """Read the words wherever they stand; a part with both of its words, or a reply with none, is no answer.

        A word in a name, as in "the left shoe", is passed over.
        """
        text = self._named.sub(" ", text)
        if self.after:
            *_, tail = MOVED.split(text)
            if any(pattern.search(tail) for pair in self._patterns for _, pattern in pair):
                text = tail
        words = []
        for pair in self._patterns:
            found = [word for word, pattern in pair if pattern.search(text)]
            if len(found) > 1:
                return None
            words.append(found[0] if found else "")
        return (words[0], words[1], words[2]) if any(words) else None

    def option_note(self, options: Sequence[Any], rules: Rules) -> str:
        notes = ["The options tell what comes after the move."] if self.after else []
        if not all(word for option in options for word in option):
            least = _length(rules.slot_empty)
            notes.append(
                f"A missing word means that there is no clear difference in that respect, no more than {least}."
            )
        return " ".join(notes)

    def omission_note(self, rules: Rules) -> str:
        return f"Leave out whatever shows no clear difference, that is, no more than {_length(rules.slot_empty)}."

    def score(self, predicted: Triple, expected: Triple) -> float:
        return float(predicted == expected)

    def reward(self, predicted: Triple, expected: Triple) -> float:
        """Return the share of the three parts that are right."""
        return sum(a == b for a, b in zip(predicted, expected, strict=True)) / 3

    def claim(self, asked: Asked, true: bool, rng: random.Random) -> Claim | None:
        parts = rng.sample(range(3), 3)
        part = next((i for i in parts if self.slots[i].positive_relation and self._even(asked, i, rng)), None)
        if part is None:
            return None
        slot, word = self.slots[part], asked.answer[part]
        positive = (word == slot.positive) == true
        return Claim(slot.positive_relation if positive else slot.negative_relation, true)

    def _even(self, asked: Asked, part: int, rng: random.Random) -> bool:
        """Return whether to claim something of a part: of the more usual of its two words as often as of the other."""
        word, slot = asked.answer[part], self.slots[part]
        if not word or not asked.others:
            return bool(word)
        opposite = slot.negative if word == slot.positive else slot.positive
        usual, other = (sum(answer[part] == w for answer in asked.others) for w in (word, opposite))
        wrong = (*asked.answer[:part], opposite, *asked.answer[part + 1 :])
        return bool(rng.random() * usual < other) and asked.even((asked.answer, wrong), rng)

    def options(self, asked: Asked, rng: random.Random, rules: Rules) -> list[Any] | None:
        """Return a grid: two of the parts, each right or wrong. Each option then differs from the others alike.

        The grid is drawn so that each of its four corners is as often the truth (see ``shares``), as far as the answers
        of other questions tell; where none are known, all directions count alike. Where the truth of a part is none,
        its wrong word is the one against what little difference there is, so that it is not arguably right.
        """
        truth = self._state(asked)
        often, given = self._shares(asked.others)
        left = rng.random() * often[truth]
        for grid in WITH[truth]:
            left -= given[grid]
            if left < 0:
                options = [self._by_state[corner] for corner in GRIDS[grid]]
                return options if asked.even(options, rng) else None
        return None

    def _state(self, asked: Asked) -> int:
        """Return the number of the state of the truth."""
        number = 0
        for i, (slot, word) in enumerate(zip(self.slots, asked.answer, strict=True)):
            if word:
                part = POSITIVE if word == slot.positive else NEGATIVE
            else:
                part = NOT_NEGATIVE if sum(reading[i] for reading in asked.value) > 0 else NOT_POSITIVE
            number = 4 * number + part
        return number

    @cached_property
    def _by_state(self) -> dict[State, Triple]:
        words = [(slot.positive, slot.negative, "") for slot in self.slots]
        return {s: (words[0][WORDS[s[0]]], words[1][WORDS[s[1]]], words[2][WORDS[s[2]]]) for s in STATES}

    @cached_property
    def _shares(self) -> Remembered[tuple[list[float], list[float]]]:
        return Remembered(self._shared)

    def _shared(self, others: Sequence[Any], rng: random.Random) -> tuple[list[float], list[float]]:
        """Return how often each state is the truth, and how often each grid is shown with one corner as the truth."""
        count = Counter(others)
        unseen = 0 if others else 1
        often = np.array([count[self._by_state[state]] + unseen for state in STATES]) * HALVES
        often[NOTHING] = 0
        return often.tolist(), shares(often).tolist()


def _length(metres: float) -> str:
    """Return "8 cm" for 0.08."""
    return f"{100 * metres:.3g} cm"
