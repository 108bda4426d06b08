"""Whether the text fits the drawing: everything that is drawn is named, and nothing is said that should not be."""

from __future__ import annotations

import re
from collections.abc import Iterator

from spatialkit.rules import Rules
from spatialkit.samples import Sample
from spatialkit.verify._names import PLACE, Text, image_said, things
from spatialkit.verify._reading import cameras

__all__ = ["check_wording"]

LEAK = re.compile(r"\b(?:None|NaN|nan|null|inf)\b|[{}]|\b(?i:object|id)[ _#-]?\d")
ABOUT_IMAGES = ("first_passed", "nav_video")  # questions about the cameras of any images
FORMS = re.compile(  # how a reply is to be written, and where places in an image are counted from
    r"\b[xy][12]\b|[(\[]0(?:\.0)?, 0(?:\.0)?[)\]]|[(\[]1000, 1000[)\]]|\bObject\d: |:0(?:\.0)?\b|\b0 cm\b"
)


def check_wording(sample: Sample, question: Text, answer: Text, rules: Rules) -> Iterator[str]:
    """Yield where the text and the marks do not agree, and what should not be in the text."""
    yield from question.faults
    yield from answer.faults
    named = set(re.findall(r"<(\w+)>", question.plain))
    for thing in things(sample).values():
        if thing.token not in named:
            if thing.mark is not None:
                yield f"the {thing.mark.colour} {thing.mark.kind} is drawn but not named in the question"
            else:
                yield f"object {thing.object_id}, {thing.role!r} by the provenance, is not named in the question"
    stem, reply = question.plain.split("\n")[0], answer.plain
    for mark in sample.marks:
        if mark.text:
            stem, reply = (re.sub(rf"\b{re.escape(mark.text)}\b", " ", x, flags=re.IGNORECASE) for x in (stem, reply))
    for text in (FORMS.sub(" ", stem), reply):
        leak = LEAK.search(text)
        if leak is not None:
            yield f"{leak[0]!r} leaked into the text"
    yield from _images(sample, stem)
    yield from _numbers(stem, rules)
    for role, word in sample.provenance.get("words", {}).items():
        if not re.search(rf"\b{re.escape(word)}\b", stem):
            yield f"the provenance states {word!r} for {role!r}, which the question does not say"


def _images(sample: Sample, stem: str) -> Iterator[str]:
    """Yield images that the text has no reason to speak of, and the lack of one that it must."""
    count = len(sample.images)
    if sample.task not in ABOUT_IMAGES and count != 2:
        for image in cameras(stem):
            if image != 0:
                yield f"the text speaks of the camera of image {image + 1} where the observer's, the first, is meant"
        for match in PLACE.finditer(stem):
            if image_said(match[0], count) != 0:
                yield f"the text speaks of {match[0]!r} where only the observer's image, the first, is meant"
    observed = re.search(r"\bobserver\b" if not sample.marks else r"\bobserver\b|\bcamera\b", stem)
    said = cameras(stem) or re.search(r"\bfirst image\b|\bFrame-1\b", stem)
    if count > 1 and observed and not said and "depth" not in stem.lower():
        yield "the question does not say which image is the observer's"


def _numbers(stem: str, rules: Rules) -> Iterator[str]:
    rest = re.sub(r"\b3D\b|\b\d+ (?:images|frames)\b|\bFrame-\d+|<\w+>", "", FORMS.sub(" ", stem))
    rest = re.sub(r"(?<![\w.])\d+\.\d (?:metres?|meters?|m)\b", "", rest)
    least = re.search(r"\bno more than (\d+(?:\.\d+)?) cm\b", rest)
    if least is not None:
        if abs(float(least[1]) - 100 * rules.slot_empty) > 0.01:
            yield f"the question calls up to {least[1]} cm no difference, the rules {rules.slot_empty} m"
        rest = rest.replace(least[0], "")
    number = re.search(r"\S*\d\S*", rest)
    if number is not None:
        yield f"{number[0]!r} in the question is neither an amount nor an image"
