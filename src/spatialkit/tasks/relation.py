"""Where a thing is: beside, above or nearer than another, or around the observer."""

from __future__ import annotations

from typing import Any

from spatialkit.answers import Directions, Slot
from spatialkit.relations import Things, from_observer, to_each_other
from spatialkit.tasks.base import CAMERA, Task, box
from spatialkit.views import multi, single

CLOSER = Slot(
    "closer",
    "farther",
    "closer",
    "farther away",
    "closer than",
    "farther away than",
    synonyms=(("nearer", "closer"), ("further", "farther")),
)
UP_DOWN = (("higher", "above"), ("lower", "below"))


class ObjSpatialRelationOO(Task):
    """One thing relative to another, as the observer sees them."""

    level = "high"
    roles = {"a": box("red"), "b": box("blue")}
    variants = {
        "obj_spatial_relation_oo": single(),
        "obj_spatial_relation_oo_mv": multi(a=box("red", "blue"), b=box("blue", "green")),
    }
    answer = Directions(
        (
            Slot("right", "left", "more to the right", "more to the left", "to the right of", "to the left of"),
            Slot("above", "below", "higher up", "lower down", "higher up than", "lower down than", synonyms=UP_DOWN),
            CLOSER,
        )
    )
    questions = (
        "Seen by the observer, where would you place {a} relative to {b}?",
        "Describe the position of {a} in relation to {b}, from the observer's point of view.",
        "Compared with {b}, where does the observer find {a}?",
        "For the observer, what is the position of {a} with respect to {b}?",
        "As the observer sees it, which way is it from {b} to {a}?",
        "Going by the observer's view, in which direction from {b} would you look for {a}?",
        "How would the observer describe the position of {a} in relation to {b}?",
        "Taking {b} as the point of reference, where does the observer place {a}?",
    )
    statements = (
        "With {b} for comparison, the observer finds {a} {answer}.",
        "Relative to {b}, you find {a} {answer}.",
        "With {b} as the point of reference, the position of {a} is {answer}.",
        "Compared with {b}, the observer would place {a} {answer}.",
        "Going by the observer's view, with {b} as the reference, you look for {a} {answer}.",
        "Set against {b}, the position of {a} is {answer}.",
        "As the observer sees it, the position of {a} is {answer}, compared with {b}.",
        "Measured against {b}, the position of {a} is {answer}.",
    )
    claims = (
        "From the observer's point of view, would you place {a} {relation} {b}?",
        "Does the observer find {a} {relation} {b}?",
        "Is it right to place {a} {relation} {b}, as seen by the observer?",
        "Would the observer place {a} {relation} {b}?",
        "Judging from the observer's position, do you find {a} {relation} {b}?",
        "To the observer, is the position of {a} {relation} that of {b}?",
        "Would it be true to say that the observer finds {a} {relation} {b}?",
        "Seen from the observer's position, would you look for {a} {relation} {b}?",
    )
    notes = (
        "The observer is {observer}. Left and right are measured across the direction in which the observer looks, "
        "above and below go by height, closer and farther by the distance from the observer; objects are compared at "
        "the centres of their 3D boxes.",
        "The observer looks through {observer}. Compare the centres of the objects' 3D boxes: left or right across the "
        "observer's line of sight, above or below in height, closer or farther in distance from the observer.",
        "Take the view of {observer} as the observer's. Left and right are the observer's own, that is, across the "
        "way they face; above and below follow gravity, closer and farther are distances from the observer, all for "
        "the centres of 3D boxes.",
    )

    def measure(self, a: Things, b: Things) -> Any:  # type: ignore[override]
        """Return all readings (n, readings, 3) of right, up, nearer in metres."""
        return to_each_other(a, b)


class ObjSpatialRelationOC(Task):
    """One thing relative to the observer."""

    level = "high"
    roles = {"a": box("red", "blue", "green"), "b": CAMERA}
    variants = {"obj_spatial_relation_oc_mv": multi(formats=("select", "sentence"))}
    answer = Directions(
        (
            Slot("right", "left", "on the right", "on the left"),
            Slot("above", "below", "higher than the camera", "lower than the camera", synonyms=UP_DOWN),
            Slot("front", "behind", "in front", "behind", synonyms=(("ahead", "front"), ("back", "behind"))),
        )
    )
    questions = (
        "Where do you find {a}, as seen from {b}?",
        "In which direction do you find {a} from {b}?",
        "Standing at {b} and looking the way it does, where would you find {a}?",
        "Describe the position of {a} relative to {b}.",
        "Which way would someone holding {b} have to point to show {a}?",
        "Where would you place {a} relative to {b}?",
        "Holding {b}, in which direction would you look for {a}?",
        "What would an observer at {b} say about the position of {a}?",
    )
    statements = (
        "As seen from {b}, the position of {a} is {answer}.",
        "From {b} you find {a} {answer}.",
        "Standing at {b} and looking the way it does, you have {a} {answer}.",
        "The position of {a} relative to {b} is {answer}.",
        "Someone holding {b} has {a} {answer}.",
        "Seen from {b}, you would look for {a} {answer}.",
        "For an observer at {b}, the position of {a} is {answer}.",
        "Looking through {b}, you would have {a} {answer}.",
    )
    notes = (
        "Left, right, front and behind are those of someone who looks through that camera with a level head; above and "
        "below compare heights with the camera; the object counts at the centre of its 3D box.",
        "Think of an observer with a level head who faces the way the camera does. The centre of the object's 3D box "
        "decides: left or right, above or below the camera's height, in front or behind.",
        "The directions are the observer's own, head level and facing where the camera faces; above and below go by "
        "height from the camera to the centre of the object's 3D box.",
    )

    def measure(self, a: Things, b: Things) -> Any:  # type: ignore[override]
        """Return all readings (n, readings, 3) of right, up, forward in metres."""
        return from_observer(a)
