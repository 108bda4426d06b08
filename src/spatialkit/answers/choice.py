"""Which of several things it is: named, or shown by its box in an image."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from spatialkit.answers.base import Answer, Array, Asked
from spatialkit.answers.image import BOX_NOTE, Rect, iou, read_boxes
from spatialkit.answers.reading import MARK, MARKS, conclusions
from spatialkit.labels import normalise, ordinal
from spatialkit.rules import Rules
from spatialkit.samples import COLOURS, Format

__all__ = ["Choice", "Located", "Named"]

COLOUR = "|".join(COLOURS)
NTH = "|".join(ordinal(i) for i in range(10))
ARTICLE = r"(?:the|a|an)\b"
MARKED = re.compile(rf"(?i)(?:\b{ARTICLE}\s+)?((?:(?!\b{ARTICLE})[^().,:;!?\n]){{0,100}}?)\s*(?P<mark>{MARK})")
IN_MARK = re.compile(rf"(?i)\((?:(\w+), )?({COLOUR}) ")
COLOURED = re.compile(rf"(?i)\b({COLOUR})\b")
TEXT = re.compile(r"(?i)\b(object|point)[\s-]?(\d+)\b")
CAMERA = re.compile(
    rf"(?i)\b(?:the )?(?:camera (?:of|for|in|that took)(?: the)? "
    rf"(?:({NTH}) (?:image|picture)|(?:image|picture)[ #-]?(\d+))|({NTH}) camera|camera[ #-]?(\d+))\b"
)
IMAGE = re.compile(rf"(?i)\b(?:({NTH})\s+(?:image|picture|frame|view)|(?:image|picture|frame|view)[\s#-]*(\d+))\b")
# What follows these is what the answer is compared with, or measured from.
ASIDE = re.compile(
    r"(?i)(?:(?<!\bcome )(?<!\bcomes )(?<!\bgoes )\bto"
    r"|\b(?:towards?|from|past|than|of|compared with|between|for|beside|or|and))"
    rf"\s+(?:{ARTICLE}\s+)?(?:[\w-]+\s+){{0,3}}?$"
)
OPENING = re.compile(
    rf"(?i)^(?:(?:it|that|this)(?:\s+is|'s|’s)|i\s+(?:would\s+|'d\s+)?(?:say|think|choose|pick)|{ARTICLE})\s+"
)
CLOSING = re.compile(r"(?i)\s*(?:,|;|\b(?:is|are|because|since|as|which|that|seems?|looks?|lies?)\b).*$", re.DOTALL)
ENOUGH = 0.5  # the intersection over union from which a box is taken for the right one


@dataclass(frozen=True, slots=True)
class Named:
    """What a reply names: the colour of its mark, its label, the text of its mark; "" for what it does not say."""

    colour: str = ""
    label: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Located:
    """Where a reply sees something: the number of the image from 1, None if it tells none, and a box in thousandths."""

    image: int | None
    box: Rect


@dataclass(frozen=True)
class Choice(Answer):
    """One of the things ``of``: that with the smallest raw value (n, k), in metres.

    Parameters
    ----------
    of
        The roles, in the order of the values.
    by
        "name": the answer names the thing. "box": it gives the thing's box in an image.
    """

    of: tuple[str, ...]
    by: Literal["name", "box"] = "name"

    formats: ClassVar[tuple[Format, ...]] = ("fill", "select", "sentence")
    speaks_of_things: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "option_count", len(self.of))
        object.__setattr__(self, "boxed", self.by == "box")
        object.__setattr__(self, "prompts", NAME_PROMPTS if self.by == "name" else BOX_PROMPTS)

    def refuse(self, values: Array, rules: Rules) -> dict[str, Any]:
        best, second = np.partition(values, 1, axis=1)[:, :2].T
        larger = np.maximum(np.abs(best), np.abs(second))
        return {
            "not all are known": ~np.isfinite(values).all(axis=1),
            "gap too small": ~(second - best >= np.maximum(rules.least_gap, rules.gap_share * larger)),
        }

    def margin(self, values: Array, rules: Rules) -> Array:
        """Return half the gap to the smallest value; for that itself, half of the smallest gap."""
        best, second = np.partition(values, 1, axis=1)[:, :2].T
        gap = values - best[:, None]
        return np.asarray(np.where(gap > 0, gap, (second - best)[:, None]) / 2)

    def decide(self, values: Array, rules: Rules) -> list[Any]:
        return [self.of[i] for i in values.argmin(axis=1).tolist()]

    def say(self, answer: str) -> str:
        return f"{{{answer}}}" if self.by == "name" else f"{{{answer}_box}}"

    def parse(self, text: str) -> Named | Located | None:
        """Return what the reply names, or the box that it gives.

        Where several things are named, the answer is what follows "the answer is"; else what is not named to compare
        with ("than the lamp", "to the door"), else what is named most often, else what is named first.
        """
        return _named(text) if self.by == "name" else _located(text)

    def score(self, predicted: Named | Located, expected: Named | Located) -> float:
        """Return 1 for the same thing, else 0.

        Names are the same by the texts of their marks, where these have texts, else by their colours, else by labels.
        Boxes are the same when the image is, and their intersection over union is at least 0.5.
        """
        if isinstance(predicted, Named) and isinstance(expected, Named):
            return float(_same(predicted, expected))
        return float(self.reward(predicted, expected) >= ENOUGH)

    def reward(self, predicted: Named | Located, expected: Named | Located) -> float:
        """Return the intersection over union of boxes in the same image; names are right or wrong."""
        if isinstance(predicted, Located) and isinstance(expected, Located):
            same = expected.image is None or predicted.image == expected.image
            return iou(predicted.box, expected.box) if same else 0.0
        return self.score(predicted, expected) if type(predicted) is type(expected) else 0.0

    def option_note(self, options: Any, rules: Rules) -> str:
        return BOX_NOTE if self.by == "box" else ""

    def options(self, asked: Asked, rng: random.Random, rules: Rules) -> list[Any] | None:
        """Return all the things."""
        return list(self.of)


NAME_PROMPTS = {
    "fill": (
        "Reply with the name of the object and nothing else.",
        "Name the object; nothing else is wanted.",
        "Your whole reply should be the name of the object, as it stands in the question.",
        "Write down just which object it is.",
    )
}
BOX_PROMPTS = {  # "{box_form}" is how a box is written, with its image where there are several
    "fill": (
        f"{BOX_NOTE} Reply in the form {{box_form}} and write nothing else.",
        f"Your whole reply should have the form {{box_form}}. {BOX_NOTE}",
        f"Write down just {{box_form}}, with your numbers. {BOX_NOTE}",
        f"{BOX_NOTE} Nothing but {{box_form}}, with the right numbers, is wanted.",
    ),
    "sentence": (
        f"{BOX_NOTE} Reply in one sentence that gives the box in the form {{box_form}}.",
        f"Put {{box_form}}, with your numbers, into a full sentence. {BOX_NOTE}",
        f"{BOX_NOTE} A single sentence that contains {{box_form}}, with the right numbers, will do.",
        f"Answer in one sentence; write the box as {{box_form}}. {BOX_NOTE}",
    ),
}


def _named(text: str) -> Named | None:
    for tail in conclusions(text):
        if found := _mentions(tail):
            return found[0][0]
    found = _mentions(text)
    if not found:
        return _bare(text)
    subjects = [name for name, aside in found if not aside]
    if subjects and len(set(subjects)) == 1:
        return subjects[0]
    (name, most), *rest = Counter(name for name, _ in found).most_common(2)
    if not rest or most > rest[0][1]:
        return name
    return subjects[0] if subjects else found[0][0]


def _mentions(text: str) -> list[tuple[Named, bool]]:
    """Return what a text names in order, each with whether it is named only to compare with.

    Marked things and numbered cameras; if there are none, colours, or else texts of marks.
    """
    found = []
    for match in MARKED.finditer(text):
        inner = IN_MARK.match(match["mark"])
        assert inner is not None
        found.append((match.start(), Named(inner[2].lower(), normalise(match[1]), (inner[1] or "").lower())))
    unmarked = MARKS.sub(lambda match: " " * len(match[0]), text)
    for match in CAMERA.finditer(unmarked):
        found.append((match.start(), Named(text=f"camera{_nth(match)}")))
    if not found:
        found = [(match.start(), Named(colour=match[0].lower())) for match in COLOURED.finditer(text)]
    if not found:
        found = [(match.start(), Named(text=match[1].lower() + match[2])) for match in TEXT.finditer(text)]
    found.sort(key=lambda at: at[0])
    return [(name, ASIDE.search(text, max(0, at - 60), at) is not None) for at, name in found]


def _nth(match: re.Match[str]) -> int:
    """Return the number that the groups of a match give as an ordinal or in digits, from 1."""
    said = next(group for group in match.groups() if group)
    return int(said) if said.isdigit() else NTH.split("|").index(said.lower()) + 1


def _bare(text: str) -> Named | None:
    """Return the label that is all that a text says."""
    tails = [*conclusions(text), text]
    label = tails[0].strip().strip("*_`\"'().!: \n")
    label = OPENING.sub("", OPENING.sub("", label))
    label = normalise(CLOSING.sub("", label))
    return Named(label=label) if label else None


def _same(predicted: Named, expected: Named) -> bool:
    for part in ("text", "label") if expected.text else ("colour", "label"):
        ours, theirs = getattr(predicted, part), getattr(expected, part)
        if ours and theirs:
            return bool(ours == theirs)
    return False


def _located(text: str) -> Located | None:
    for tail in (*conclusions(text), text):
        if boxes := read_boxes(tail):
            box, start, end = boxes[-1]
            before = list(IMAGE.finditer(tail, 0, start))
            match = before[-1] if before else IMAGE.search(tail, end)
            if match is None:
                return Located(None, box)
            return Located(_nth(match), box)
    return None
