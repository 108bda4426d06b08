"""From a fact to text: the four formats in which each fact can be asked."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from spatialkit.answers import Answer, Claim
from spatialkit.rules import Rules
from spatialkit.samples import Format

__all__ = [
    "LETTERS",
    "Wordings",
    "Written",
    "capitalised",
    "fill",
    "filled",
    "judge",
    "place_options",
    "prompts",
    "select",
    "sentence",
]

LETTERS = "ABCD"

PROMPTS: Mapping[Format, tuple[str, ...]] = {  # an answer type may have its own, which say what form is wanted
    "fill": (
        "Reply with the answer and nothing else.",
        "Your whole reply should be the answer.",
        "Write down just the answer.",
        "Only the answer is wanted as the reply.",
    ),
    "select": (
        "Choose one of the options and reply with its letter only.",
        "Only one option is correct. Reply with its letter.",
        "Reply with the letter of the correct option, nothing else.",
        "Pick one option; its letter is your whole reply.",
    ),
    "sentence": (
        "Reply in one sentence.",
        "Put your reply into a sentence.",
        "A single sentence will do.",
        "Answer in a full sentence.",
    ),
    "judge": (
        "Reply with Yes or No.",
        "Answer Yes or No.",
        "Your whole reply should be Yes or No.",
        "Write down just Yes or No.",
    ),
}


@dataclass(frozen=True, slots=True)
class Wordings:
    """The wordings of one sample and what their placeholders stand for."""

    question: str
    note: str
    prompt: str
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Written:
    """The text of one sample."""

    question: str
    answer: str
    options: tuple[str, ...] = ()


def prompts(answer: Answer, kind: Format) -> tuple[str, ...]:
    """Return the prompts that tell which form of reply is wanted."""
    return answer.prompts.get(kind) or PROMPTS[kind]


def fill(words: Wordings, answer: Answer, value: Any) -> Written:
    """Ask for the answer alone."""
    return Written(_ask(words), filled(answer.say(value), words.names))


def sentence(words: Wordings, answer: Answer, value: Any, statement: str, rules: Rules) -> Written:
    """Ask for a sentence that contains the answer; ``statement`` is its wording."""
    names = {**words.names, "answer": filled(answer.phrase(value), words.names)}
    return Written(_ask(words, answer.omission_note(rules)), capitalised(filled(statement, names)))


def select(words: Wordings, answer: Answer, options: Sequence[Any], truth: int, rules: Rules) -> Written:
    """Ask for one of the options, given in the order of their letters."""
    said = tuple([filled(answer.say(option), words.names) for option in options])
    stem = _ask(words, answer.option_note(options, rules))
    lines = [f"{letter}. {option}" for letter, option in zip(LETTERS, said, strict=False)]
    return Written("\n".join([stem, *lines]), LETTERS[truth], said)


def judge(words: Wordings, claim: Claim) -> Written:
    """Ask whether a claim holds; the question of the wordings is that of a claim."""
    names = {**words.names, "relation": claim.relation}
    return Written(_ask(replace(words, names=names)), "Yes" if claim.true else "No")


def place_options(options: Sequence[Any], truth: Any, letter: int, rng: random.Random) -> list[Any]:
    """Return the options in random order, but the true one at the given letter."""
    others = [option for option in options if option != truth]
    rng.shuffle(others)
    return [*others[:letter], truth, *others[letter:]]


def filled(template: str, names: Mapping[str, str]) -> str:
    """Return a template with its placeholders filled."""
    return template.format_map(names) if "{" in template else template


def capitalised(text: str) -> str:
    """Return a sentence that begins with a capital."""
    return text[:1].upper() + text[1:]


def _ask(words: Wordings, extra: str = "") -> str:
    parts = (words.question, words.note, extra, words.prompt)
    return " ".join([capitalised(filled(part, words.names)) for part in parts if part])
