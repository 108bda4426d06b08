"""What images show: a thing again in another image, the frames that show it, what comes first, how many there are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from spatialkit import labels
from spatialkit.samples import Sample
from spatialkit.verify._derive._boxes import box_said, check_box, shared
from spatialkit.verify._derive._common import LETTERS, Fault, cast_of, chosen, must_be, within
from spatialkit.verify._names import PLACE, Text, akin, called, image_said
from spatialkit.verify._reading import tokens
from spatialkit.verify._sight import Sight, sights
from spatialkit.verify._world import World

__all__ = ["appearance", "count", "frames_with", "matching"]

ALIKE = 0.5  # intersection over union from which on a box is as good as another
FRAME = re.compile(r"\bFrame-(\d+)\b")
WHOLE = re.compile(r"(?<![\w.])\d+(?![\w.]*\d)")


def matching(sample: Sample, world: World, question: Text, answer: Text) -> Iterator[str]:
    """Check the box, in the second image, of what is marked in the first."""
    (thing,) = cast_of(sample, ("a",), "box").values()
    if thing.mark is None or thing.mark.image != 0:
        yield "the mark is not in the first image"
    others = {image_said(match[0], 2) for match in PLACE.finditer(question.plain.split("\n")[0])}
    if 1 not in others:
        yield "the question does not say that the second image is to be searched"
    frame = sample.images[1].frame
    if not sights(world).of(frame, thing.object_id).perhaps_seen(world.rules.seen_share, world.rules.pixel_share):
        yield f"the second image shows too little of object {thing.object_id}"
    if sample.format == "select":
        true, rects = [], []
        for letter, option in zip(LETTERS, sample.options, strict=False):
            _, rect = box_said(option, 2, image=1)
            rects.append(rect)
            if not list(check_box(thing.object_id, frame, rect, world)):
                true.append(letter)
        yield from chosen(sample, true, f"object {thing.object_id}")
        for letter, rect in zip(LETTERS, rects, strict=False):
            best = rects[LETTERS.index(true[0])] if true else None
            if best is not None and rect != best and shared(rect, best) >= ALIKE:
                yield f"option {letter} shares {shared(rect, best):.0%} with the true one"
        return
    if sample.format not in ("fill", "sentence"):
        raise Fault(f"format {sample.format!r} is not one of this task")
    _, rect = box_said(sample.answer, 2, alone=sample.format == "fill", image=1)
    if sample.format == "sentence" and tokens(answer.plain) != [thing.token]:
        yield f"the sentence does not speak of the {thing.token} thing"
    yield from check_box(thing.object_id, frame, rect, world)


def frames_with(sample: Sample, world: World, question: Text, answer: Text) -> Iterator[str]:
    """Check the list of all frames of a video that show a thing."""
    must_be(sample, "fill", "sentence")
    (thing,) = cast_of(sample, ("a",), "box").values()
    numbers = [int(number) for number in FRAME.findall(answer.plain)]
    if sample.format == "sentence" and tokens(answer.plain) != [thing.token]:
        yield f"the sentence does not speak of the {thing.token} thing"
    other_words = re.sub(r"Frame-\d+", "", answer.plain).strip(" ,")
    if not numbers or (other_words and sample.format == "fill"):
        raise Fault(f"the answer {sample.answer!r} is no list of frames")
    if numbers != sorted(set(numbers)) or numbers[-1] > len(sample.images):
        yield f"the answer lists frames {numbers}, expected each once, in order, of {len(sample.images)}"
    rules = world.rules
    for number, image in enumerate(sample.images, start=1):
        sight = sights(world).of(image.frame, thing.object_id)
        if number in numbers and not sight.perhaps_seen(rules.seen_share, rules.pixel_share):
            yield f"the answer lists Frame-{number}, which shows {_shown(sight)} of object {thing.object_id}"
        if number not in numbers and sight.surely_glimpsed(rules.seen_share, rules.pixel_share):
            yield f"the answer leaves out Frame-{number}, which shows {_shown(sight)} of object {thing.object_id}"


def appearance(sample: Sample, world: World, question: Text, answer: Text) -> Iterator[str]:
    """Check the order in which four kinds of things first come into view."""
    must_be(sample, "fill", "sentence")
    categories = sample.provenance.get("categories", {})
    kinds = sorted(categories.values())
    if len(kinds) != 4 or len(set(kinds)) != 4:
        raise Fault(f"the sample is about {kinds}, expected four kinds of things")
    for kind in kinds:
        yield from _kind(kind, world)
    asked = _listed(question.plain, kinds)
    if asked is None or sorted(asked) != kinds:
        raise Fault(f"the question does not list {kinds}")
    order = _listed(f": {sample.answer}." if sample.format == "fill" else sample.answer, kinds)
    if order is None or sorted(order) != kinds:
        raise Fault(f"the answer {sample.answer!r} does not list {kinds}")
    spans = {kind: _first_seen(kind, sample, world) for kind in kinds}
    for one, other in pairwise(order):
        earliest, latest = spans[one][1], spans[other][0]
        if earliest is not None and latest is not None and latest - earliest < world.rules.first_apart:
            yield (
                f"the answer has {one} before {other}: {one} is surely seen from Frame-{earliest + 1} on at the "
                f"earliest, {other} is in view in Frame-{latest + 1}"
            )
    for kind in order:
        if spans[kind][1] is None:
            yield f"no frame surely shows any {kind}"


def count(sample: Sample, world: World, question: Text, answer: Text) -> Iterator[str]:
    """Check how many things of a kind there are."""
    categories = sample.provenance.get("categories", {})
    if list(categories) != ["a"]:
        raise Fault(f"the sample is about {dict(categories)}, expected one kind of things")
    kind = categories["a"]
    yield from _kind(kind, world)
    several = labels.plural(kind)
    if several == kind:
        yield f"{kind!r} is not counted: it has no plural"
    rest = question.plain
    for longer in sorted({labels.plural(called(o.label)) for o in world.scene.objects}, key=len, reverse=True):
        if longer.endswith(f" {several}"):
            rest = re.sub(rf"\b{re.escape(longer)}\b", "", rest, flags=re.IGNORECASE)
    if not re.search(rf"\b{re.escape(several)}\b", rest, re.IGNORECASE):
        raise Fault(f"the question does not ask for {several}")
    ids = [item.id for item in world.scene.objects if called(item.label).lower() == kind]
    yield from within(len(ids), world.rules.least_count, world.rules.most_count, several)
    for object_id in ids:
        if not any(_perhaps(world, image.frame, object_id) for image in sample.images):
            yield f"object {object_id}, one of the {several}, is in no frame that is shown"
    said = [sample.answer] if sample.format == "fill" else WHOLE.findall(answer.plain.replace(several, ""))
    if sample.format not in ("fill", "sentence") or len(said) != 1 or not said[0].isdigit():
        raise Fault(f"the answer {sample.answer!r} does not say one number")
    if sample.format == "sentence" and several not in answer.plain:
        yield f"the sentence does not speak of {several}"
    if int(said[0]) != len(ids):
        yield f"the answer says {said[0]} {several}, there are {len(ids)}"


def _kind(kind: str, world: World) -> Iterator[str]:
    """Yield why all things of a label cannot be spoken of by it."""
    scene, rules = world.scene, world.rules
    known = {called(item.label).lower() for item in scene.objects}
    if kind not in known:
        raise Fault(f"the scene has no {kind!r}")
    if kind in rules.structure or kind in rules.placeholders:
        yield f"{kind!r} is structure or names nothing"
    if scene.exhaustive is not None and kind not in scene.exhaustive:
        yield f"not every {kind} of the scene is annotated"
    for other in sorted(known - {kind}):
        if akin(kind, other):
            yield f"{other!r} goes by the name of {kind!r} as well"


def _first_seen(kind: str, sample: Sample, world: World) -> tuple[int | None, int | None]:
    """Return the first frame (0-based) that shows some of a kind for certain, and the first that may surely show it."""
    ids = [item.id for item in world.scene.objects if called(item.label).lower() == kind]
    seen_share, pixel_share = world.rules.seen_share, world.rules.pixel_share
    glimpsed: int | None = None
    perhaps: int | None = None
    for i, image in enumerate(sample.images):
        here = [sights(world).of(image.frame, object_id) for object_id in ids]
        if glimpsed is None and any(sight.surely_glimpsed(seen_share, pixel_share) for sight in here):
            glimpsed = i
        if perhaps is None and any(sight.perhaps_seen(seen_share, pixel_share) for sight in here):
            perhaps = i
        if glimpsed is not None and perhaps is not None:
            break
    return glimpsed, perhaps


def _perhaps(world: World, frame: str, object_id: int) -> bool:
    return sights(world).of(frame, object_id).perhaps_seen(world.rules.seen_share, world.rules.pixel_share)


def _listed(plain: str, kinds: list[str]) -> list[str] | None:
    """Return the kinds that a text lists after a colon, in order; None where it lists something else."""
    one = "|".join(re.escape(kind) for kind in sorted(kinds, key=len, reverse=True))
    match = re.search(rf": ((?:{one})(?:, (?:{one}))*)(?=[.?]|$)", plain, re.IGNORECASE)
    return re.findall(rf"(?:{one})(?=, |$)", match[1].lower()) if match else None


def _shown(sight: Sight) -> str:
    surface, pixels = sight.surface, sight.pixels
    return f"{surface.low:.1%} to {surface.high:.1%} ({pixels.low:.3%} to {pixels.high:.3%} of the image)"
