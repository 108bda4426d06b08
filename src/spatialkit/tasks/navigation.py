"""How to walk from one place to another."""

from __future__ import annotations

from typing import Any

from spatialkit.answers import Route
from spatialkit.tasks.base import ROUTE, Task
from spatialkit.views import video


class Navigation(Task):
    """The shortest way on foot between the places where two frames were taken, as turns and straight lengths."""

    level = "high"
    roles = {"route": ROUTE}
    variants = {"nav_video": video(formats=("sentence",))}
    answer = Route()
    questions = (
        "You stand where {start} was taken and look the way its camera does. By what turns and moves do you walk to "
        "where {goal} was taken?",
        "Suppose you are where the camera was in {start}, facing as it did. How do you walk to where it was in {goal}?",
        "From the place of {start}, looking as its camera does, which way on foot leads to the place of {goal}?",
        "Guide someone who stands where {start} was taken, facing as the camera did, to where {goal} was taken.",
        "A visitor stands at the camera's position in {start} and faces as the camera does. Tell them how to walk to "
        "the camera's position in {goal}.",
        "Starting at the camera of {start} and facing as it does, how would you get on foot to where the camera of "
        "{goal} is?",
        "Which turns and lengths make up the walk from where {start} was taken, facing as its camera did, to where "
        "{goal} was taken?",
        "A robot stands below the camera of {start} and faces as it does. What turns and moves take it to the spot "
        "below the camera of {goal}?",
        "Plan the walk from the spot where {start} was taken to the spot where {goal} was taken. You begin by facing "
        "as the camera of {start} does.",
        "Say how to walk from the camera's place in {start} to its place in {goal}, if you set out facing the way the "
        "camera does in {start}.",
    )
    statements = (
        "To get from where {start} was taken to where {goal} was taken, {answer}.",
        "From the place of {start} to that of {goal}, the way is this: {answer}.",
        "Standing where {start} was taken and looking as its camera does, {answer} to reach where {goal} was taken.",
        "If you set out from the camera of {start}, looking as it does, {answer} to get to the camera of {goal}.",
        "Here is the way from {start} to {goal}: {answer}.",
        "Starting at the camera's place in {start}, {answer} to reach its place in {goal}.",
        "Looking as the camera of {start} does, {answer}; then you stand where {goal} was taken.",
        "The shortest way from where {start} was taken to where {goal} was taken is as follows: {answer}.",
        "Begin where {start} was taken, looking as its camera does: {answer}, which brings you to where {goal} was "
        "taken.",
    )
    notes = (
        "Each turn is given in degrees to the right or left of the direction one is facing at that moment, to the "
        "nearest fifteen, each move in metres along the floor, with one decimal. The way meant is the shortest for a "
        "person 0.4 m wide who keeps clear of furniture and walls and takes each corner in one turn.",
        "Take the shortest way over the floor on which a person 0.4 m wide does not touch furniture or walls. Turns "
        "are in degrees, one at each corner, counted from where one faces just before and rounded to the nearest "
        "fifteen; lengths are in metres with one decimal.",
        "Angles are in degrees, in steps of fifteen, right or left from one's own direction at the time, and lengths "
        "in metres with one decimal. Walk on free floor only, by the shortest way that leaves room for a person 0.4 m "
        "wide, turning once at each corner; doors count as open.",
    )

    def measure(self, route: Any) -> Any:  # type: ignore[override]
        """Return the legs (n, L, 2) of the walk: degrees to the right, then metres; NaN after the last."""
        return route.legs
