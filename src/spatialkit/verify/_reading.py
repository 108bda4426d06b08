"""Reading plain English with tokens for what it names: what is given, what compared with what, which way, how many."""

from __future__ import annotations

import re

__all__ = [
    "T",
    "amount",
    "amounts",
    "cameras",
    "directions",
    "named_by",
    "reference_given",
    "reference_of",
    "relation_claimed",
    "spoken_of",
    "tokens",
]

T = r"<((?!camera)\w+)>"
AMOUNT = re.compile(r"(?<![\w.])(-?\d+(?:\.\d+)?) ?(?:metres|metre|meters|meter|m)\b")
REFERENCES = tuple(
    re.compile(cue, re.IGNORECASE)
    for cue in (
        rf"(?:relative to|in relation to|compared (?:with|to)|comparing it (?:with|to)|with respect to) {T}",
        rf"(?:set against|measured against|starting (?:at|from)|go from|way is it from|direction from) {T}",
        rf"(?:with|taking) {T} as the (?:point of )?reference",
        rf"with {T} for comparison",
        rf"compares? <\w+> (?:with|to) {T}",
        rf"{T} is the (?:point of )?reference",
    )
)
GIVEN = tuple(
    re.compile(cue, re.IGNORECASE)
    for cue in (
        rf"(?:depth|that) of {T} is #",
        rf"depth of # for {T}",
        rf"{T},? at a depth of #",
        rf"take # as the depth of {T}",
    )
)
ASIDE = re.compile(rf"(?:judging by|going by|compared with|given) {T}, ", re.IGNORECASE)
WORDS = {
    "left": r"left",
    "right": r"right",
    "above": r"above|higher",
    "below": r"below|lower",
    "closer": r"closer|nearer",
    "farther": r"(?:farther|further)(?! to the (?:north|south|east|west))",
    "front": r"front|ahead",
    "behind": r"behind",
    "north": r"(?:north(?:east|west)?)",
    "south": r"(?:south(?:east|west)?)",
    "east": r"(?:north|south)?east",
    "west": r"(?:north|south)?west",
}


def tokens(plain: str) -> list[str]:
    """Return the tokens of the things that a text names, in order, each once; cameras are no things."""
    return list(dict.fromkeys(re.findall(T, plain)))


def cameras(plain: str) -> list[int]:
    """Return the images (0-based) whose cameras a text names, in order, each once."""
    return [int(number) - 1 for number in dict.fromkeys(re.findall(r"<camera(\d+)>", plain))]


def named_by(cue: str, plain: str) -> str | None:
    """Return the token after a cue, a regular expression; None where none or several things follow it."""
    found = set(re.findall(rf"(?i:{cue}) {T}", plain))
    return found.pop() if len(found) == 1 else None


def amounts(plain: str) -> list[str]:
    """Return the numbers of metres in a text, as written."""
    return AMOUNT.findall(plain)


def amount(text: str) -> float | None:
    """Return the only number in a short text such as an option, None for none or several."""
    found = re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?", text)
    return float(found[0]) if len(found) == 1 else None


def reference_given(plain: str) -> tuple[str, str] | None:
    """Return the colour of the thing whose depth the question gives, and that depth as written."""
    given = amounts(plain)
    marked = AMOUNT.sub("#", plain)
    found = {match[1] for cue in GIVEN for match in cue.finditer(marked)}
    return (found.pop(), given[0]) if len(given) == 1 and len(found) == 1 else None


def reference_of(plain: str) -> str | None:
    """Return the colour of the thing that another one is compared with, None where that is not said once."""
    found = {match[1] for cue in REFERENCES for match in cue.finditer(plain)}
    return found.pop() if len(found) == 1 else None


def spoken_of(plain: str) -> list[str]:
    """Return the colours that a sentence speaks about, without those that it only judges by."""
    return tokens(ASIDE.sub("", plain))


def relation_claimed(plain: str) -> tuple[str, str, frozenset[str]] | None:
    """Return of "is <a> left of <b>": a, b and the words between them; None where no two things have such between."""
    found = []
    for match in re.finditer(rf"{T}(?=([^<>?]*?){T})", plain):
        words = directions(match[2])
        if words:
            found.append((match[1], match[3], words))
    return found[0] if len(found) == 1 else None


def directions(plain: str) -> frozenset[str]:
    """Return the direction words of a text, by their plain names."""
    return frozenset(word for word, forms in WORDS.items() if re.search(rf"\b(?:{forms})\b", plain, re.IGNORECASE))
