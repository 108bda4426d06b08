"""One relation in three frames of reference: the camera's, that of someone standing elsewhere, and the compass's."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from spatialkit.answers import Directions, Slot
from spatialkit.relations import Things, standing, to_each_other
from spatialkit.tasks.base import Task, box
from spatialkit.tasks.relation import UP_DOWN, ObjSpatialRelationOO
from spatialkit.views import single

PAIR = {"a": box("red"), "b": box("blue")}

QUESTIONS = (
    "{view}, where would you place {a} relative to {b}?",
    "Where do you find {a} in relation to {b}, {view}?",
    "Describe the position of {a} relative to {b}, {view}.",
    "Taking {b} as the point of reference, where would you place {a}, {view}?",
    "Compared with {b}, where do you find {a}, {view}?",
    "{view}, what is the position of {a} with respect to {b}?",
    "In which direction from {b} would you look for {a}, {view}?",
    "How would you describe the position of {a} in relation to {b}, {view}?",
)
STATEMENTS = (
    "{view}, the position of {a} relative to {b} is {answer}.",
    "Compared with {b}, you find {a} {answer}, {view}.",
    "{view}, you would place {a} {answer}, with {b} as the reference.",
    "With {b} for comparison, the position of {a} is {answer}, {view}.",
    "{view}, you would look for {a} {answer}, compared with {b}.",
    "Set against {b}, the position of {a} is {answer}, {view}.",
    "{view}, you find {a} {answer}, with {b} for comparison.",
    "Measured against {b}, the position of {a} is {answer}, {view}.",
)
CLAIMS = (
    "{view}, would you place {a} {relation} {b}?",
    "Do you find {a} {relation} {b}, {view}?",
    "Is it right to place {a} {relation} {b}, {view}?",
    "{view}, would it be true to say that you find {a} {relation} {b}?",
    "Would you look for {a} {relation} {b}, {view}?",
    "{view}, is the position of {a} {relation} that of {b}?",
    "Would you say that you find {a} {relation} {b}, {view}?",
    "{view}, does it hold that you find {a} {relation} {b}?",
)


def seen(view: str, wordings: tuple[str, ...]) -> tuple[str, ...]:
    """Put a point of view into wordings."""
    return tuple(text.replace("{view}", view) for text in wordings)


class RelationInFrame(Task):
    """What the three have in common, where one of them does not say otherwise."""

    level = "high"
    beyond = True
    roles = PAIR
    formats = ("select", "sentence", "judge")
    answer = ObjSpatialRelationOO.answer


class RelationInCameraFrame(RelationInFrame):
    """One thing relative to another, for the camera."""

    VIEW = "as seen from {observer}"

    variants = {"relation_in_camera_frame": single()}
    questions = seen(VIEW, QUESTIONS)
    statements = seen(VIEW, STATEMENTS)
    claims = seen(VIEW, CLAIMS)
    notes = (
        "Left and right are those of {observer}, above and below go by height, closer and farther by the distance "
        "from that camera; objects are compared at the centres of their 3D boxes.",
        "Compare the centres of the objects' 3D boxes: left or right as {observer} looks, above or below in height, "
        "closer or farther in distance from that camera.",
        "The frame of reference is that of {observer}: its left and right, heights along gravity, distances from it, "
        "all for the centres of 3D boxes.",
    )

    def measure(self, a: Things, b: Things) -> Any:  # type: ignore[override]
        """Return all readings (n, readings, 3) of right, up, nearer in metres."""
        return to_each_other(a, b)


class RelationInObjectFrame(RelationInFrame):
    """One thing relative to another, for someone who stands at a third and faces a fourth."""

    VIEW = "from the point of view of someone who stands at the centre of {stand} and faces {face}"

    roles = {**PAIR, "stand": box("green"), "face": box("yellow")}
    variants = {"relation_in_object_frame": single()}
    questions = seen(VIEW, QUESTIONS)
    statements = seen(VIEW, STATEMENTS)
    claims = seen(VIEW, CLAIMS)
    notes = (
        "Left and right are measured across the line along which the one who stands there looks, head level, also for "
        "what is behind them; above and below go by height, closer and farther by the distance from the place where "
        "they stand; objects are taken at the centres of their 3D boxes.",
        "Not the camera but the one who stands there decides: left or right is how far across their level line of "
        "sight something lies, even behind their back, closer or farther its distance from them; above and below are "
        "differences in height. For each object, the centre of its 3D box counts.",
        "The frame of reference is that of the one who stands there with a level head: sides are measured across the "
        "line of their view, which also runs on behind them, distances from where they stand, heights along gravity, "
        "all for the centres of 3D boxes.",
    )

    def measure(self, a: Things, b: Things, stand: Things, face: Things) -> Any:  # type: ignore[override]
        """Return all readings (n, readings, 3) of right, up, nearer in metres."""
        someone = standing(stand, face)
        return to_each_other(a.by(someone), b.by(someone))


class RelationInWorldFrame(RelationInFrame):
    """One thing relative to another by the compass, north being where the camera looks."""

    VIEW = "if {observer} looks north"
    COMPASS = "going by this compass"  # a statement must not name a point of the compass that is not its answer

    variants = {"relation_in_world_frame": single()}
    answer = Directions(
        (
            Slot(
                "east",
                "west",
                "farther to the east",
                "farther to the west",
                "to the east of",
                "to the west of",
                synonyms=(("northeast", "east"), ("southeast", "east"), ("northwest", "west"), ("southwest", "west")),
            ),
            Slot("above", "below", "higher up", "lower down", "higher up than", "lower down than", synonyms=UP_DOWN),
            Slot(
                "north",
                "south",
                "farther to the north",
                "farther to the south",
                "to the north of",
                "to the south of",
                synonyms=(
                    ("northeast", "north"),
                    ("southeast", "south"),
                    ("northwest", "north"),
                    ("southwest", "south"),
                ),
            ),
        )
    )
    questions = seen(VIEW, QUESTIONS)
    statements = seen(COMPASS, STATEMENTS)
    claims = seen(VIEW, CLAIMS)
    notes = (
        "North is the direction in which {observer} looks, taken on the level, and east is to its right; above and "
        "below go by height. Objects are compared at the centres of their 3D boxes.",
        "Call north the level direction in which {observer} faces; the other points of the compass follow from it. "
        "Compare the centres of the objects' 3D boxes, above and below in height.",
        "The compass is set so that {observer} faces north, its right-hand side east. Compass and height, along "
        "gravity, compare the centres of 3D boxes.",
    )

    def measure(self, a: Things, b: Things) -> npt.NDArray[Any]:  # type: ignore[override]
        """Return the offsets (n, 1, 3) to the east, up, to the north in metres."""
        return (a.level - b.level)[:, None]
