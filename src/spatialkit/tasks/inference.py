"""Which of several things is nearest to another, or to the observer, and which is farthest."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.answers import Choice, Quantity
from spatialkit.relations import Things, distance
from spatialkit.tasks.base import CAMERA, Task, named, point, word
from spatialkit.views import multi, single, video

Array = npt.NDArray[Any]

OF_TWO = {"closer to": 1.0, "farther from": -1.0}
OF_FOUR = {"nearest to": 1.0, "farthest from": -1.0}

AMONG_FOUR = (
    "Which of these is {extreme} {anchor}: {a}, {b}, {c} or {d}?",
    "Out of {d}, {c}, {b} and {a}, which do you find {extreme} {anchor}?",
    "Compare {b}, {d}, {a} and {c}: which of them is {extreme} {anchor}?",
    "Of these four, {c}, {a}, {d} and {b}, which one is {extreme} {anchor}?",
    "Among {a}, {c}, {b} and {d}, look for the one {extreme} {anchor}.",
    "Choosing among {d}, {a}, {c} and {b}, name the one {extreme} {anchor}.",
    "Think of a tape measure held to {b}, {a}, {d} and {c} in turn: which one is {extreme} {anchor}?",
    "Which one would you call {extreme} {anchor}, given the choice of {c}, {d}, {b} and {a}?",
)
SHOW_IT = (
    "Show it by its box {in_largest}.",
    "Give its box {in_largest}.",
    "Point it out by its box {in_largest}.",
    "Put a box around it {in_largest}.",
    "Then give the box around it {in_largest}.",
    "Do so by giving its box {in_largest}.",
    "Describe it by its box {in_largest}.",
    "Say where it is {in_largest}, by means of its box.",
)
BETWEEN_CENTRES = (
    "Distances run in a straight line from centre to centre of the objects' 3D boxes.",
    "What counts is the straight line between the centres of the objects' 3D boxes.",
    "Take each object at the centre of its 3D box and measure in a straight line.",
)


def distances(anchor: Things, *candidates: Things) -> Array:
    """Return the distances (n, k) of k candidates from the anchor, centre to centre in metres."""
    return np.stack([distance(anchor.centre, thing.centre) for thing in candidates], axis=1)


class DistanceInferCenterOO(Task):
    """Which of two things is closer to a third, or farther from it."""

    level = "high"
    roles = {"anchor": point("red"), "a": point("green"), "b": point("blue"), "extreme": word(**OF_TWO)}
    variants = {"distance_infer_center_oo": single(), "distance_infer_center_oo_mv": multi()}
    answer = Choice(of=("a", "b"))
    facts = {"distance": Quantity(), "other": Quantity()}
    questions = (
        "Which is {extreme} {anchor}: {a} or {b}?",
        "Of {b} and {a}, which do you find {extreme} {anchor}?",
        "Compare {a} with {b}: which of the two is {extreme} {anchor}?",
        "Decide which of the two is {extreme} {anchor}, {b} or {a}.",
        "Which one turns out to be {extreme} {anchor} when you measure, {a} or {b}?",
        "If you had to name the one {extreme} {anchor}, would it be {b} or {a}?",
        "You have the choice of {a} and {b}. Which one is {extreme} {anchor}?",
        "Look at {b} and at {a}: which one is {extreme} {anchor}?",
    )
    statements = (
        "It is {answer} that you find {extreme} {anchor}: {distance} away, against {other} for the other one.",
        "The one {extreme} {anchor} is {answer}, at a distance of {distance}; the other one is {other} away.",
        "I find {answer} {extreme} {anchor}, with {distance} in between, compared with {other}.",
        "At a distance of {distance}, the one {extreme} {anchor} is {answer}; for the other one I get {other}.",
        "I would name {answer} as the one {extreme} {anchor}, estimating {distance} as against {other}.",
        "My choice for the one {extreme} {anchor} is {answer}: {distance} as against {other}.",
        "With {distance} against {other}, it must be {answer} that you find {extreme} {anchor}.",
        "You find {answer} {extreme} {anchor}: that is {distance}, while the other distance is {other}.",
    )
    notes = BETWEEN_CENTRES

    def measure(self, anchor: Things, a: Things, b: Things, extreme: Array) -> Any:  # type: ignore[override]
        """Return the signed distances (n, 2) in metres; the distance of the right one and of the other are facts."""
        signed = extreme[:, None] * distances(anchor, a, b)
        return signed, {"distance": np.abs(signed.min(axis=1)), "other": np.abs(signed.max(axis=1))}


class DistanceInferCenterOOVideo(Task):
    """Which of four things in a video is nearest to a fifth, or farthest from it."""

    level = "high"
    roles = {
        "anchor": point("blue", text="objectA"),
        "a": point("blue", text="object0"),
        "b": point("blue", text="object1"),
        "c": point("blue", text="object2"),
        "d": point("blue", text="object3"),
        "extreme": word(**OF_FOUR),
    }
    variants = {"distance_infer_center_oo_video": video()}
    answer = Choice(of=("a", "b", "c", "d"))
    facts = {"distance": Quantity()}
    questions = AMONG_FOUR
    statements = (
        "It is {answer} that you find {extreme} {anchor}, {distance} away.",
        "The one {extreme} {anchor} is {answer}, at a distance of {distance}.",
        "At {distance}, {answer} must be the one {extreme} {anchor}.",
        "I find {answer} {extreme} {anchor}, with {distance} in between.",
        "Of the four, the one {extreme} {anchor} is {answer}, with a distance of {distance}.",
        "My choice for the one {extreme} {anchor} is {answer}, {distance} away.",
        "You find {answer} {extreme} {anchor}; the distance is {distance}.",
        "Among these four, {answer} would be the one {extreme} {anchor}: I estimate {distance}.",
    )
    notes = BETWEEN_CENTRES

    def measure(  # type: ignore[override]
        self, anchor: Things, a: Things, b: Things, c: Things, d: Things, extreme: Array
    ) -> Any:
        """Return the signed distances (n, 4) in metres; the distance of the right one is a fact."""
        signed = extreme[:, None] * distances(anchor, a, b, c, d)
        return signed, {"distance": np.abs(signed.min(axis=1))}


class DistanceInferCenterOC(Task):
    """Which of four things is nearest to the observer, or farthest away; nothing is marked, a box answers."""

    level = "high"
    roles = {"anchor": CAMERA, "a": named(), "b": named(), "c": named(), "d": named(), "extreme": word(**OF_FOUR)}
    variants = {"distance_infer_center_oc": single(), "distance_infer_center_oc_mv": multi()}
    answer = Choice(of=("a", "b", "c", "d"), by="box")
    questions = tuple(f"{which} {show}" for which, show in zip(AMONG_FOUR, SHOW_IT, strict=True))
    statements = (
        "The one {extreme} {anchor} is to be found here: {answer}.",
        "Of the four, the one {extreme} {anchor} is in this place: {answer}.",
        "You see the one {extreme} {anchor} here: {answer}.",
        "This is where you find the one {extreme} {anchor}: {answer}.",
        "The box of the one {extreme} {anchor} is this: {answer}.",
        "My choice for the one {extreme} {anchor} is here: {answer}.",
        "Look here for the one {extreme} {anchor}: {answer}.",
        "Among these things, the one {extreme} {anchor} has this box: {answer}.",
    )
    notes = (
        "The distance of an object is that from {anchor} to the centre of its 3D box, in a straight line; the box to "
        "give encloses what the image shows of the object.",
        "Distances run in a straight line from {anchor} to the centres of the objects' 3D boxes. A box in an image "
        "holds the part of the object that is visible there.",
        "Measure in a straight line from {anchor} to the centre of each object's 3D box. In the image, draw the box "
        "around what can be seen of the object.",
    )

    def measure(  # type: ignore[override]
        self, anchor: Things, a: Things, b: Things, c: Things, d: Things, extreme: Array
    ) -> Array:
        """Return the signed distances (n, 4) in metres."""
        return extreme[:, None] * distances(anchor, a, b, c, d)
