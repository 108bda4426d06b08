"""Reading a sample's text as a person would: which coloured thing is asked about, and what is said of it.

Every thing that a text names with its colour, "the desk lamp (red point in the second image)", becomes a token "<red>";
what remains is plain English, read by the cues of comparison, of giving, and of direction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from spatialkit.samples import COLOURS, Mark, Sample
from spatialkit.scene import Scene

__all__ = ["Text", "amount", "amounts", "directions", "reference_given", "reference_of", "relation_claimed", "tokens"]

NAMED = re.compile(rf"\s*\(({'|'.join(COLOURS)}) (point|box)(?: in ([^()]*))?\)", re.IGNORECASE)
AMOUNT = re.compile(r"(?<![\w.])(-?\d+(?:\.\d+)?) ?(?:metres|metre|meters|meter|m)\b")
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
PLACE = re.compile(
    rf"(?:the )?(?:({'|'.join(ORDINALS)}|last)|(\d+)(?:st|nd|rd|th)) (?:image|frame)|frame[- ]?(\d+)", re.IGNORECASE
)
T = r"<(\w+)>"
REFERENCES = tuple(
    re.compile(cue, re.IGNORECASE)
    for cue in (
        rf"(?:relative to|in relation to|compared (?:with|to)|comparing it (?:with|to)|with respect to) {T}",
        rf"(?:set against|measured against|starting (?:at|from)|go from|way is it from|direction from) {T}",
        rf"(?:with|taking) {T} as the (?:point of )?reference",
        rf"with {T} for comparison",
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
    "farther": r"farther|further",
    "front": r"front|ahead",
    "behind": r"behind",
}


@dataclass(frozen=True)
class Text:
    """A text whose named things are tokens, and what was wrong with the names."""

    plain: str
    faults: tuple[str, ...]

    @classmethod
    def read(cls, text: str, sample: Sample, scene: Scene) -> Text:
        """Read a text of a sample; faults are names that do not belong to the mark of their colour."""
        marks = {mark.colour: mark for mark in sample.marks}
        plain, faults, done = "", [], 0
        for match in NAMED.finditer(text):
            colour, kind, place = match[1].lower(), match[2].lower(), match[3]
            before = text[done : match.start()]
            mark = marks.get(colour)
            if mark is None:
                faults.append(f"the text names a {colour} {kind}, no mark has that colour")
            else:
                faults += _misplaced(mark, kind, place, len(sample.images))
                before, wrong = _without_label(before, mark, scene)
                faults += wrong
            plain, done = plain + before + f"<{colour}>", match.end()
        return cls(plain + text[done:], tuple(faults))


def _misplaced(mark: Mark, kind: str, place: str | None, images: int) -> Iterator[str]:
    if kind != mark.kind:
        yield f"the text speaks of a {mark.colour} {kind}, the mark is a {mark.kind}"
    if place is None:
        return
    said = image_said(place, images)
    if said is None:
        yield f"the text puts the {mark.colour} {kind} in {place!r}, which names no image"
    elif said != mark.image:
        yield f"the text puts the {mark.colour} {kind} in {place!r}, it is drawn on image {mark.image + 1}"


def image_said(place: str, images: int) -> int | None:
    """Return the image (0-based) that "the second image" or "Frame-12" means, None for neither."""
    match = PLACE.fullmatch(place.strip())
    if match is None:
        return None
    if match[1]:
        word = match[1].lower()
        return images - 1 if word == "last" else ORDINALS.index(word)
    return int(match[2] or match[3]) - 1


def _without_label(before: str, mark: Mark, scene: Scene) -> tuple[str, list[str]]:
    """Cut "the <label>" off the end of a text; a fault where another label stands there."""
    if mark.object_id not in scene.object_index:
        return before, []
    label = " ".join(scene.objects[scene.object_index[mark.object_id]].label.replace("_", " ").split())
    match = re.search(rf"(?:^|(?<=\W))(?:the|an?) {re.escape(label)}$", before, re.IGNORECASE)
    if match is not None and label:
        return before[: match.start()], []
    said = " ".join(before.split()[-4:])
    return before, [f"the text names the {mark.colour} {mark.kind} {said!r}, object {mark.object_id} is {label!r}"]


def tokens(plain: str) -> list[str]:
    """Return the colours of the things that a text names, in order, each once."""
    return list(dict.fromkeys(re.findall(T, plain)))


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
    """Return of "is <a> left of <b>": a, b and the words between them, None for another form."""
    match = re.search(rf"{T}([^<>?]*?){T}", plain)
    return (match[1], match[3], directions(match[2])) if match else None


def directions(plain: str) -> frozenset[str]:
    """Return the direction words of a text, by their plain names."""
    return frozenset(word for word, forms in WORDS.items() if re.search(rf"\b(?:{forms})\b", plain, re.IGNORECASE))
