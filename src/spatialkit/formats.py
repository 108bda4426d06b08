"""From a fact to text: the four formats in which each fact can be asked."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spatialkit.answers import Answer, Claim
from spatialkit.samples import Format

__all__ = ["LETTERS", "Wordings", "Written", "judge", "place_options", "plain", "select"]

LETTERS = "ABCD"

PROMPTS: Mapping[Format, tuple[str, ...]] = {
    "fill": (
        "Reply with one number and nothing else.",
        "Your whole reply should be a single number.",
        "Write down just the number.",
        "Only a number is wanted as the reply.",
    ),
    "select": (
        "Choose one of the options and reply with its letter only.",
        "Only one option is right. Reply with its letter.",
        "Reply with the letter of the right option, nothing else.",
        "Pick one option; its letter is your whole reply.",
    ),
    "sentence": (
        "Reply in one sentence.",
        "Put your reply into a sentence.",
        "A single sentence will do.",
        "Say it in a full sentence.",
    ),
    "judge": (
        "Reply with Yes or No.",
        "Only Yes or No is wanted as the reply.",
        "Your whole reply should be Yes or No.",
        "Write down just Yes or No.",
    ),
}


@dataclass(frozen=True, slots=True)
class Wordings:
    """The wordings of a task and what their placeholders stand for in one sample."""

    questions: Sequence[str]
    statements: Sequence[str]
    claims: Sequence[str]
    notes: Sequence[str]
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Written:
    """The text of one sample."""

    question: str
    answer: str
    options: tuple[str, ...] = ()


def plain(kind: Format, words: Wordings, answer: Answer, value: Any, rng: random.Random) -> Written:
    """Ask for the answer itself ("fill") or for a sentence that contains it ("sentence")."""
    question = _ask(words.questions, words, kind, rng)
    if kind == "fill":
        return Written(question, answer.say(value))
    statement = rng.choice(words.statements)
    return Written(question, _sentence(statement, {**words.names, "answer": answer.phrase(value)}))


def select(words: Wordings, answer: Answer, options: Sequence[Any], truth: int, rng: random.Random) -> Written:
    """Ask for one of the options, given in the order of their letters."""
    said = tuple(answer.say(option) for option in options)
    stem = _ask(words.questions, words, "select", rng, answer.option_note)
    lines = [f"{letter}. {option}" for letter, option in zip(LETTERS, said, strict=False)]
    return Written("\n".join([stem, *lines]), LETTERS[truth], said)


def judge(words: Wordings, claim: Claim, rng: random.Random) -> Written:
    """Ask whether a claim holds."""
    named = Wordings(
        words.questions, words.statements, words.claims, words.notes, {**words.names, "relation": claim.relation}
    )
    return Written(_ask(words.claims, named, "judge", rng), "Yes" if claim.true else "No")


def place_options(options: Sequence[Any], truth: Any, letter: int, rng: random.Random) -> list[Any]:
    """Return the options in random order, but the true one at the given letter."""
    others = [option for option in options if option != truth]
    rng.shuffle(others)
    return [*others[:letter], truth, *others[letter:]]


def _ask(pool: Sequence[str], words: Wordings, kind: Format, rng: random.Random, extra: str = "") -> str:
    parts = [rng.choice(pool), rng.choice(words.notes), extra, rng.choice(PROMPTS[kind])]
    return " ".join(_sentence(part, words.names) for part in parts if part)


def _sentence(template: str, names: Mapping[str, str]) -> str:
    text = template.format(**names)
    return text[:1].upper() + text[1:]
