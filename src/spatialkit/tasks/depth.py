"""How deep things lie in their images, given the depth of another thing."""

from __future__ import annotations

from typing import Any

import numpy as np

from spatialkit.answers import Quantity
from spatialkit.relations import Things
from spatialkit.tasks.base import Task, point
from spatialkit.views import multi, single

NOTES = (
    "Depth is the distance, along the viewing direction of the camera{in_image}, to the centre of an object's 3D box. "
    "The unit is metres.",
    "An object's depth is how far the centre of its 3D box lies in front of the camera{in_image}, measured along the "
    "viewing direction. Lengths are in metres.",
    "Depth is measured along the viewing axis of the camera{in_image}: how far the centre of an object's 3D box lies "
    "in that direction. All depths are in metres.",
)


class DepthPredictionOC(Task):
    """The depth of one thing, the depth of another being given."""

    level = "low"
    roles = {"reference": point("red"), "a": point("blue")}
    variants = {"depth_prediction_oc": single(), "depth_prediction_oc_mv": multi()}
    answer = Quantity()
    facts = {"given": Quantity()}
    questions = (
        "The depth of {reference} is {given}. What is the depth of {a}?",
        "Given a depth of {given} for {reference}, estimate the depth of {a}.",
        "Knowing that the depth of {reference} is {given}, at what depth would you put {a}?",
        "Use {reference}, at a depth of {given}, as a yardstick: what depth do you get for {a}?",
        "Take {given} as the depth of {reference}. Work out the depth of {a}.",
        "With {reference} at a depth of {given}, at what depth do you find {a}?",
        "What would you say is the depth of {a}, if that of {reference} is {given}?",
        "Someone measured a depth of {given} for {reference}. What depth would they measure for {a}?",
    )
    statements = (
        "The depth of {a} is {answer}.",
        "For {a} the depth comes to {answer}.",
        "I put {a} at a depth of {answer}.",
        "Judging by {reference}, the depth of {a} is {answer}.",
        "You find {a} at a depth of {answer}.",
        "A depth of {answer} is my estimate for {a}.",
        "My estimate for the depth of {a} is {answer}.",
        "Going by {reference}, I estimate the depth of {a} at {answer}.",
    )
    notes = NOTES

    def measure(self, reference: Things, a: Things) -> Any:  # type: ignore[override]
        """Return the depth (n,) of ``a`` in metres; the depth of ``reference`` is given."""
        return a.depth, {"given": reference.depth}


class DepthPredictionOO(Task):
    """How much the depths of two things differ, the depth of a third being given."""

    level = "low"
    roles = {"reference": point("red"), "a": point("blue"), "b": point("green")}
    variants = {"depth_prediction_oo": single(), "depth_prediction_oo_mv": multi()}
    answer = Quantity(least="least_difference")
    facts = {"given": Quantity()}
    questions = (
        "The depth of {reference} is {given}. By how much do the depths of {a} and {b} differ?",
        "Given a depth of {given} for {reference}, what is the difference in depth between {a} and {b}?",
        "With {reference} at a depth of {given}, estimate by how many metres {a} and {b} differ in depth.",
        "Take {given} as the depth of {reference}. How large is the gap in depth between {b} and {a}?",
        "Use {reference}, at a depth of {given}, as a yardstick: how much do {a} and {b} differ in depth?",
        "Knowing that the depth of {reference} is {given}, work out the difference in depth between {b} and {a}.",
        "If the depth of {reference} is {given}, what do you get when you subtract the smaller depth from the larger "
        "for {a} and {b}?",
        "Someone measured a depth of {given} for {reference}. What difference in depth would they find between {b} "
        "and {a}?",
    )
    statements = (
        "The depths of {a} and {b} differ by {answer}.",
        "Between {a} and {b} the difference in depth is {answer}.",
        "The difference in depth comes to {answer} for {a} and {b}.",
        "The gap in depth between {b} and {a} is {answer}.",
        "Subtracting the smaller depth from the larger, for {a} and {b}, gives {answer}.",
        "I estimate the difference in depth between {b} and {a} at {answer}.",
        "The depth of {a} and that of {b} differ by {answer}.",
        "There is a difference in depth of {answer} between {b} and {a}.",
    )
    notes = NOTES

    def measure(self, reference: Things, a: Things, b: Things) -> Any:  # type: ignore[override]
        """Return the difference (n,) of the depths of ``a`` and ``b`` in metres; that of ``reference`` is given."""
        return np.asarray(np.abs(a.depth - b.depth), dtype=np.float64), {"given": reference.depth}
