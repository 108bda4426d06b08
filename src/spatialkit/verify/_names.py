"""Who a text speaks of: every thing and camera that it names becomes a token, and what remains is plain English.

"The desk lamp (red point in the second image)" becomes "<red>", a mark that carries a text goes by it, "<object0>", a
thing without a mark by its role, "<stand>", and "the camera of the second image" becomes "<camera2>".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from spatialkit.labels import plural
from spatialkit.samples import COLOURS, Mark, Sample
from spatialkit.scene import Scene

__all__ = ["PLACE", "Text", "Thing", "akin", "called", "image_said", "things"]

NAMED = re.compile(rf"\s*\((?:(\w+), )?({'|'.join(COLOURS)}) (point|box)(?: in ([^()]*))?\)", re.IGNORECASE)
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
PLACE = re.compile(
    rf"(?:the )?(?:({'|'.join(ORDINALS)}|last)|(\d+)(?:st|nd|rd|th)) (?:image|frame)|frame[- ]?(\d+)", re.IGNORECASE
)
PART = 3  # letters of each part of a word made of two: a bookshelf is a shelf, a bear is no ear
CAMERA = re.compile(rf"\b(?:the camera of|that of the camera of) ({PLACE.pattern})", re.IGNORECASE)


@dataclass(frozen=True)
class Thing:
    """An object that a sample speaks of: its token in texts, its role, the frame that shows it, its mark or None."""

    token: str
    role: str
    object_id: int
    frame: str
    mark: Mark | None = None


def things(sample: Sample) -> dict[str, Thing]:
    """Return by token what a sample speaks of: what is marked, and what its provenance states besides."""
    found = {}
    for mark in sample.marks:
        token = mark.text or mark.colour
        found[token] = Thing(token, mark.role, mark.object_id, sample.images[mark.image].frame, mark)
    marked = {mark.role for mark in sample.marks}
    images = sample.provenance.get("images", {})
    for role, object_id in sample.provenance.get("objects", {}).items():
        if role not in marked:
            found[role] = Thing(role, role, object_id, sample.images[images.get(role, 0)].frame)
    return found


def called(label: str) -> str:
    """Return a label as it stands in a text."""
    return " ".join(label.replace("_", " ").split())


@lru_cache(maxsize=65536)
def akin(one: str, other: str) -> bool:
    """Return whether a thing with the label ``other`` may be called ``one``.

    An office chair or an armchair may be called a chair. What is labelled a chair may be an office chair, too; of
    an armchair, the label would say so.
    """
    if one == other or plural(one) == other or one == plural(other):
        return True
    before = other.removesuffix(one)
    joined = before != other and len(before) >= PART and len(one) >= PART
    return joined or other.endswith(f" {one}") or one.endswith(f" {other}")


@dataclass(frozen=True)
class Text:
    """A text whose named things are tokens, and what was wrong with the names."""

    plain: str
    faults: tuple[str, ...]

    @classmethod
    def read(cls, text: str, sample: Sample, scene: Scene) -> Text:
        """Read a text of a sample; faults are names that do not belong to the mark of their colour."""
        plain, faults, done = "", [], 0
        for match in NAMED.finditer(text):
            word, colour, kind, place = match[1], match[2].lower(), match[3].lower(), match[4]
            before = text[done : match.start()]
            mark, fault = _mark_of(word, colour, kind, sample)
            if mark is None:
                faults.append(fault)
            else:
                faults += _misplaced(mark, kind, place, len(sample.images))
                before, wrong = _without_label(before, mark, scene)
                faults += wrong
                before += f"<{mark.text or mark.colour}>"
            plain, done = plain + before, match.end()
        plain = _without_cameras(plain + text[done:], len(sample.images))
        return cls(_without_bare_names(plain, sample, scene), tuple(faults))


def _mark_of(word: str | None, colour: str, kind: str, sample: Sample) -> tuple[Mark | None, str]:
    """Return the mark that a name means, or None and why there is none."""
    if word:
        marks = [mark for mark in sample.marks if mark.text == word]
        if not marks:
            return None, f"the text names {word!r}, no mark carries that text"
        if marks[0].colour != colour:
            return None, f"the text calls {word} {colour}, its mark is {marks[0].colour}"
        return marks[0], ""
    marks = [mark for mark in sample.marks if mark.colour == colour]
    if not marks:
        return None, f"the text names a {colour} {kind}, no mark has that colour"
    if len(marks) > 1:
        return None, f"the text names a {colour} {kind}, {len(marks)} marks have that colour"
    if marks[0].text:
        return None, f"the text names a {colour} {kind} without the text {marks[0].text!r} of its mark"
    return marks[0], ""


def _misplaced(mark: Mark, kind: str, place: str | None, images: int) -> Iterator[str]:
    if kind != mark.kind:
        yield f"the text speaks of a {mark.colour} {kind}, the mark is a {mark.kind}"
    if place is None:
        if images > 1:
            yield f"the text does not say in which image the {mark.colour} {kind} is"
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
    label = called(scene.objects[scene.object_index[mark.object_id]].label)
    match = re.search(rf"(?:^|(?<=\W))(?:the|an?) {re.escape(label)}$", before, re.IGNORECASE)
    if match is not None and label:
        return before[: match.start()], []
    said = " ".join(before.split()[-4:])
    return before, [f"the text names the {mark.colour} {mark.kind} {said!r}, object {mark.object_id} is {label!r}"]


def _without_cameras(plain: str, images: int) -> str:
    """Put a token for each camera that is named by its image."""

    def token(match: re.Match[str]) -> str:
        image = image_said(match[1], images)
        return match[0] if image is None else f"<camera{image + 1}>"

    return CAMERA.sub(token, plain)


def _without_bare_names(plain: str, sample: Sample, scene: Scene) -> str:
    """Put a token for each thing that is named without a mark, long labels first."""
    bare = []
    for thing in things(sample).values():
        if thing.mark is None and thing.object_id in scene.object_index:
            label = called(scene.objects[scene.object_index[thing.object_id]].label)
            bare.append((label, thing.token))
    for label, token in sorted(bare, key=lambda pair: -len(pair[0])):
        if label:
            plain = re.sub(rf"\bthe {re.escape(label)}(?![\w'-])", f"<{token}>", plain, flags=re.IGNORECASE)
    return plain
