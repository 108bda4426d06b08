"""Whatever is generated passes verification, and no answer, name, option or image of it can be changed unnoticed."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from spatialkit.adapters import load_scene
from spatialkit.generate import generate
from spatialkit.samples import Sample
from spatialkit.scene import Scene
from spatialkit.verify import derivations, verify

NUMBER = re.compile(r"(?<![\w.-])-?\d+(?:\.\d+)?(?!\w)")
NAME = re.compile(r"the (?:(?!\bthe\b)[^().,:;?])* \([^()]*(?:point|box)[^()]*\)")
CAMERA = re.compile(r"the camera of the \w+ image")
OPPOSITE = (
    ("left", "right"),
    ("higher", "lower"),
    ("above", "below"),
    ("closer", "farther away"),
    ("in front", "behind"),
    ("north", "south"),
    ("east", "west"),
)
# Roles that may change places: the question stays the same.
ALIKE = ("depth_prediction_oo", "distance_prediction_oo", "distance_infer", "larger_object", "would_it_fit", "_map_mv")


TASKS = [task for task in derivations if task != "nav_video"]  # walks have tests of their own


@pytest.fixture(scope="module")
def flat() -> Scene:
    return load_scene("toy", None, "flat-0", frames=64, width=320, height=240)


@pytest.fixture(scope="module")
def samples(flat: Scene) -> list[Sample]:
    return list(generate(TASKS, flat, seed=2, per_task=4))


def test_all_that_is_generated_passes(samples: list[Sample], flat: Scene) -> None:
    report = verify(samples, flat)
    assert [str(failure) for failure in report.failures] == []
    assert report.ok
    assert set(report.by_task) == set(TASKS)


def test_every_lie_is_caught(samples: list[Sample], flat: Scene) -> None:
    lies = [replace(lie, id=f"lie {i}") for i, lie in enumerate(x for item in samples for x in lies_about(item))]
    caught = {failure.sample_id for failure in verify(lies, flat).failures}
    missed = [(lie.task, lie.question, lie.answer) for lie in lies if lie.id not in caught]
    assert missed == []
    told = Counter(lie.task for lie in lies)
    assert set(told) == set(TASKS)
    assert min(told.values()) >= 4


def lies_about(item: Sample) -> Iterator[Sample]:
    """Changes of a true sample each of which makes it false."""
    yield from wrong_numbers(item)
    yield from wrong_words(item)
    yield from wrong_names(item)
    yield from wrong_choices(item)
    yield from wrong_lists(item)
    yield from wrong_provenance(item)
    yield from nonsense(item)


def wrong_numbers(item: Sample) -> Iterator[Sample]:
    """Each number of the answer off by a step of rounding, of a box by eight thousandths."""
    sizes = item.provenance["value"] if item.task == "spatial_volume_infer" else ()
    for match in NUMBER.finditer(item.answer):
        if item.answer[: match.start()].endswith("Frame-"):
            continue
        off = 8 if "[" in item.answer else 1
        if any(math.isclose(100.0 * size, float(match[0]) + 0.5) for size in sizes):
            off = -1  # the truth lies halfway: the next number up would be as right as this one
        number = f"{float(match[0]) + off / 10:.1f}" if "." in match[0] else str(int(match[0]) + off)
        yield replace(item, answer=item.answer[: match.start()] + number + item.answer[match.end() :])


def wrong_words(item: Sample) -> Iterator[Sample]:
    """Each direction of a sentence turned round."""
    if item.format != "sentence":
        return
    for old, new in (*OPPOSITE, *((b, a) for a, b in OPPOSITE)):
        for match in re.finditer(rf"\b{old}\b", item.answer):
            yield replace(item, answer=item.answer[: match.start()] + new + item.answer[match.end() :])


def wrong_names(item: Sample) -> Iterator[Sample]:
    """Two names in each other's place; a name that is not that of its mark."""
    stem, *rest = item.question.split("\n")
    names = list(dict.fromkeys(NAME.findall(stem)))
    for name in names:
        label = name[4 : name.index(" (")]
        yield replace(item, question=item.question.replace(name, name.replace(label, "gadget")))
        if len(item.images) > 1:
            place = re.search(r"(\w+) image\)|Frame-(\d+)\)", name)
            assert place is not None
            old, new = place[0], "Frame-40)" if place[2] else f"{'third' if place[1] != 'third' else 'first'} image)"
            yield replace(item, question=item.question.replace(name, name.replace(old, new)))
    if any(part in item.task for part in ALIKE):
        return
    for a, b in itertools.combinations(names, 2):
        yield replace(item, question="\n".join([swapped(stem, a, b), *rest]))


def wrong_choices(item: Sample) -> Iterator[Sample]:
    """Another letter, another option in its place, the true one twice; No for Yes; the opposite asked."""
    letters = "ABCD"[: len(item.options)]
    if item.format == "select":
        yield from (replace(item, answer=letter) for letter in letters if letter != item.answer)
        true = letters.index(item.answer)
        other = (true + 1) % len(letters)
        for at, source in ((other, true), (true, other)):
            options = list(item.options)
            options[at] = options[source]
            lines = [f"{letter}. {text}" for letter, text in zip(letters, options, strict=True)]
            question = "\n".join([item.question.split("\n")[0], *lines])
            yield replace(item, options=tuple(options), question=question)
    if item.format == "judge":
        yield replace(item, answer="No" if item.answer == "Yes" else "Yes")
    cameras = sorted(set(CAMERA.findall(item.question)))
    if item.task in ("camera_motion_infer", "first_passed") and item.format != "select":
        for a, b in itertools.combinations(cameras, 2):
            if a in item.answer or b in item.answer:
                yield replace(item, answer=swapped(item.answer, a, b))


def wrong_lists(item: Sample) -> Iterator[Sample]:
    """A frame more or less; two things in each other's place in an order; one thing of a kind more."""
    if item.task == "obj_frame_locate":
        found = re.search(r"Frame-\d+(?:(?:, | and )Frame-\d+)*(?=\.?$)", item.answer)
        assert found is not None
        listed = re.findall(r"Frame-\d+", found[0])
        for changed in (listed[1:], listed[:-1], [*listed, f"Frame-{len(item.images) + 1}"]):
            yield replace(item, answer=item.answer.replace(found[0], ", ".join(changed) or "no frame"))
        for number in range(1, len(item.images) + 1):
            if f"Frame-{number}" not in listed:
                changed = sorted([*listed, f"Frame-{number}"], key=lambda frame: int(frame[6:]))
                yield replace(item, answer=item.answer.replace(found[0], ", ".join(changed)))
    if item.task == "appearance_order":
        order = sorted(item.provenance["categories"].values(), key=lambda kind: item.answer.lower().rfind(kind))
        for a, b in itertools.pairwise(order):
            yield replace(item, answer=swapped(item.answer, a, b))


def wrong_provenance(item: Sample) -> Iterator[Sample]:
    """Other words, kinds, objects or frames than those that the text speaks of."""
    for role, word in item.provenance["words"].items():
        yield stated(item, words={role: f"not {word}"})
    for role in item.provenance["categories"]:
        yield stated(item, categories={**item.provenance["categories"], role: "gadget"})
    for role, name in item.provenance["objects"].items():
        yield stated(item, objects={**item.provenance["objects"], role: name + 1})
    frames = [image.frame for image in item.images]
    yield stated(item, frames=[*frames[1:], frames[0], "more"])


def nonsense(item: Sample) -> Iterator[Sample]:
    """Texts that say nothing, and samples that lack what they speak of."""
    for text in ("", "?", "left", "0", "the chair (red point)", "[1, 2, 3, 4]", "Frame-0"):
        if text != item.answer:
            yield replace(item, answer=text)
    yield replace(item, question="")
    yield replace(item, question="\n".join(item.question.split("\n")[1:]))
    yield replace(item, images=())
    if item.options:
        yield replace(item, options=())
        yield replace(item, options=("?",) * len(item.options))
    if item.marks:
        yield replace(item, marks=())
        yield replace(item, marks=item.marks[1:])
    yield replace(item, format="judge" if item.format != "judge" else "fill")


def stated(item: Sample, **changes: object) -> Sample:
    return replace(item, provenance={**item.provenance, **changes})


def swapped(text: str, a: str, b: str) -> str:
    return text.replace(a, "\0").replace(b, a).replace("\0", b)
