"""How far apart two things are, or one thing and the camera."""

from __future__ import annotations

import numpy.typing as npt

from spatialkit.answers import Quantity
from spatialkit.relations import Things, distance
from spatialkit.tasks.base import CAMERA, Task, point
from spatialkit.views import multi, single, video


class DistancePrediction(Task):
    """The straight line between two centres, in metres."""

    level = "low"
    roles = {"a": point("red"), "b": point("blue")}
    variants = {
        "distance_prediction_oc": single(b=CAMERA),
        "distance_prediction_oo": single(),
        "distance_prediction_oc_mv": multi(b=CAMERA),
        "distance_prediction_oo_mv": multi(),
        "distance_prediction_oo_video": video(),
    }
    answer = Quantity()
    questions = (
        "What is the straight-line distance between {a} and {b}?",
        "How many metres separate {a} from {b}?",
        "Estimate the length of a straight line from {a} to {b}.",
        "How long would a string have to be to reach directly from {b} to {a}?",
        "Estimate the straight-line distance from {b} to {a}.",
        "If you measured in a straight line, what distance would you find between {b} and {a}?",
        "Work out the length of the direct line between {a} and {b}.",
        "Give the direct distance from {a} to {b}.",
        "How far would something have to fly, going straight, to get from {b} to {a}?",
    )
    statements = (
        "The straight-line distance between {a} and {b} is {answer}.",
        "From {a} to {b} it is {answer} in a straight line.",
        "A straight line from {b} to {a} measures {answer}.",
        "The direct way from {a} to {b} measures {answer}.",
        "A distance of {answer} separates {a} from {b}.",
        "Between {b} and {a} there is a distance of {answer}.",
        "A string stretched from {a} to {b} would be {answer} long.",
        "I estimate the distance from {b} to {a} at {answer}.",
    )
    notes = (
        "Objects are measured at the centres of their 3D boxes, through walls if need be. The unit is metres.",
        "For an object, the centre of its 3D box counts; walls between do not. All lengths are in metres.",
        "Take each object at the centre of its 3D bounding box, and the line through whatever stands between. Lengths "
        "are in metres.",
    )

    def measure(self, a: Things, b: Things) -> npt.NDArray:  # type: ignore[override, type-arg]
        """Return the distance (n,) in metres."""
        return distance(a.centre, b.centre)
