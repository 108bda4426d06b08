"""What is larger than something else, and what comes first on a way."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.answers import Choice
from spatialkit.relations import Things
from spatialkit.tasks.base import CAMERA, Task, box, camera, point, word
from spatialkit.views import multi, single

Array = npt.NDArray[Any]
MOST_APART = 1.5  # octaves between two volumes, the larger almost three times the smaller
LEAST_WAY = 1.0  # metres; the direction from one thing to another that is nearer hangs on where exactly they are


class LargerObject(Task):
    """Which of two things has the larger volume, or the smaller."""

    level = "low"
    beyond = True
    roles = {"a": box("red"), "b": box("blue"), "extent": word(larger=-1.0, smaller=1.0)}
    variants = {"larger_object": single(), "larger_object_mv": multi()}
    answer = Choice(of=("a", "b"))
    formats = ("fill", "sentence")  # offered as a choice, the names alone would tell
    questions = (
        "Which is {extent}: {a} or {b}?",
        "Of {b} and {a}, which would you call the {extent} one?",
        "Compare {a} with {b}: which of the two is {extent}?",
        "Which has the {extent} volume, {b} or {a}?",
        "Decide which of the two is the {extent} one, {a} or {b}.",
        "Measured by volume, which one is {extent}: {b} or {a}?",
        "If you had to name the {extent} one, would it be {a} or {b}?",
        "You have the choice of {b} and {a}. Which one is {extent}?",
    )
    statements = (
        "The {extent} one is {answer}.",
        "The volume of {answer} is the {extent} one.",
        "I would say that the {extent} one is {answer}.",
        "Of the two, the {extent} one is {answer}.",
        "Measured by volume, I take {answer} to be {extent}.",
        "My choice for the {extent} one is {answer}.",
        "The {extent} volume is that of {answer}.",
        "Comparing the two, I find {answer} {extent}.",
    )
    notes = (
        "What counts is the volume of an object's 3D box: length times width times height.",
        "Size means the volume of the 3D box around the whole object, parts that are hidden included.",
        "Compare the volumes of the 3D boxes around the whole objects, including what is not in view.",
    )

    def measure(self, a: Things, b: Things, extent: Array) -> Array:  # type: ignore[override]
        """Return the signed binary logarithms (n, 2) of the volumes in cubic metres.

        A gap of 0.3, the least that is asked about, is then a volume larger by 23 %; the share that must lie between
        asks more of small things, a volume twice as large around a litre. NaN where one is so much larger that what the
        two are called tells which.
        """
        sizes = np.log2(np.stack([a.size.prod(axis=1), b.size.prod(axis=1)], axis=1))
        told = np.abs(sizes[:, :1] - sizes[:, 1:]) > MOST_APART
        return np.asarray(extent[:, None] * np.where(told, np.nan, sizes))


class FirstPassed(Task):
    """Which of three cameras comes first, or last, on the way from one thing to another."""

    level = "high"
    beyond = True
    roles = {
        "a": point("red"),
        "b": point("blue"),
        "first": CAMERA,
        "second": camera(1),
        "third": camera(2),
        "order": word(first=1.0, last=-1.0),
    }
    variants = {"first_passed": multi()}
    answer = Choice(of=("first", "second", "third"))
    formats = ("select", "sentence")
    questions = (
        "On a floor plan, extend the line from {a} to {b} both ways and go along it in that direction. Which do you "
        "come level with {order}: {first}, {second} or {third}?",
        "In the direction from {a} to {b}, which comes {order}: {third}, {second} or {first}?",
        "Going the way that leads from {a} to {b}, which do you come to {order}: {second}, {first} or {third}?",
        "Think of a line on the floor that runs from {a} to {b} and on beyond both. Along it, in that direction, which "
        "comes {order}: {first}, {third} or {second}?",
        "Put {third}, {first} and {second} in order along the direction from {a} to {b}. Which comes {order}?",
        "You follow the direction that leads from {a} to {b}. Which is {order} on the way: {second}, {third} or "
        "{first}?",
        "Of {first}, {second} and {third}, which comes {order} for someone who goes in the direction from {a} to {b}?",
        "Line up {second}, {first} and {third} in the direction from {a} to {b}: which stands {order}?",
    )
    statements = (  # without {a} and {b}: a reader of the reply would take them for what it names
        "It is {answer} that comes {order}.",
        "That is {answer}, as the {order} of the three.",
        "I think {answer} is {order} on the way.",
        "{answer} is the one that comes {order}.",
        "I would pick {answer} as the {order} in this direction.",
        "It is {answer} that you come level with {order}.",
        "I would say {answer}, which comes {order} in this direction.",
        "{answer} is {order}, measured along this line.",
    )
    notes = (
        "Only the direction on the level from the centre of the one 3D box to that of the other counts; a camera may "
        "stand before the one, beyond the other or to the side.",
        "On a plan seen from overhead, draw the straight line through the centres of the two 3D boxes, endless both "
        "ways; each camera counts at the point of that line which is nearest to it.",
        "What counts is how far along the level direction from centre to centre of the two 3D boxes a camera is, not "
        "how far to the side of it, and the places before and beyond the two count as well.",
    )

    def measure(  # type: ignore[override]
        self, a: Things, b: Things, first: Things, second: Things, third: Things, order: Array
    ) -> Array:
        """Return how far along the level direction from ``a`` to ``b`` each camera is, signed, (n, 3) metres."""
        way = (b.level - a.level)[:, [0, 2]]
        length = np.linalg.norm(way, axis=1)
        direction = way / np.where(length >= LEAST_WAY, length, np.nan)[:, None]
        along = [np.einsum("ni,ni->n", (c.level - a.level)[:, [0, 2]], direction) for c in (first, second, third)]
        return np.asarray(order[:, None] * np.stack(along, axis=1))
