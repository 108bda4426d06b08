"""Samples: one question with its answer, its images and where everything came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["COLOURS", "FORMATS", "ImageRef", "Mark", "Sample"]

Format = Literal["fill", "select", "sentence", "judge"]
FORMATS: tuple[Format, ...] = ("fill", "select", "sentence", "judge")
COLOURS = ("red", "green", "blue", "yellow")


@dataclass(frozen=True, slots=True)
class ImageRef:
    """An image of a sample: the frame it is, and the size of its (upright) pixels."""

    frame: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Mark:
    """Something drawn on one image of a sample.

    Parameters
    ----------
    kind
        "point" or "box".
    colour
        One of ``COLOURS``.
    image
        0-based index into the sample's images.
    xy
        (x, y) of a point or (x1, y1, x2, y2) of a box, pixels of the upright image.
    role
        The task's role that it marks; "" for none.
    object_id
        The object that it marks.
    text
        A label drawn beside it; "" for none.
    """

    kind: Literal["point", "box"]
    colour: str
    image: int
    xy: tuple[float, ...]
    role: str = ""
    object_id: int = -1
    text: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """One question with its answer.

    Parameters
    ----------
    id
        Unique in a run: scene, task, number and format.
    task, format
        SPAR's task id, and "fill", "select", "sentence" or "judge".
    dataset, scene
        Where it comes from.
    images
        In the order in which the question speaks of them; the first is the observer's.
    question, answer
        The full text asked, options included, and the expected reply (a letter for "select").
    options
        The options of a "select" question in the order of their letters; empty otherwise.
    marks
        What is drawn on the images.
    provenance
        Plain JSON values: seed, variant, objects by role, raw value, margin, versions and digest of the rules.
    """

    id: str
    task: str
    format: Format
    dataset: str
    scene: str
    images: tuple[ImageRef, ...]
    question: str
    answer: str
    options: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
