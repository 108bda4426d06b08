"""How much floor a place has."""

from __future__ import annotations

from typing import Any

from spatialkit.answers import Quantity
from spatialkit.relations import Space
from spatialkit.tasks.base import ROOM, Task
from spatialkit.views import video


class RoomSize(Task):
    """The area of the whole floor."""

    level = "high"
    roles = {"room": ROOM}
    variants = {"room_size": video()}
    answer = Quantity("square metres", digits=0, least="least_area", most="most_area")
    formats = ("fill", "select", "sentence")
    questions = (
        "How large is the floor of the place that the video shows?",
        "What is the floor area of the place in this video?",
        "Estimate the floor area of the place that the camera goes through.",
        "How many square metres of floor does the place in the video have?",
        "If carpet were laid over the whole floor shown, how many square metres would it take?",
        "Work out the size of the place in the video by its floor area.",
        "An estate agent lists the place in this video. What floor area should the listing give?",
        "Judging by the whole video, how much floor area is there?",
        "Give the floor area of the place you see in the video.",
    )
    statements = (
        "The floor area is {answer}.",
        "The place has a floor area of {answer}.",
        "I estimate the floor area at {answer}.",
        "There are {answer} of floor in the place shown.",
        "The floor of the place measures {answer}.",
        "The place in the video covers {answer}.",
        "My estimate of the floor area is {answer}.",
        "Going by the video, the floor area comes to {answer}.",
    )
    notes = (
        "The whole floor counts: that of every room that is shown, also where furniture stands on it. Give whole "
        "square metres.",
        "Count the floor of all rooms that the video shows, that under furniture included. The unit is the square "
        "metre, without decimals.",
        "Floor area is that of all rooms shown together, whether the floor is free or something stands on it, in "
        "whole square metres.",
    )

    def measure(self, room: Space) -> Any:  # type: ignore[override]
        """Return the area (n,) of the floor in square metres."""
        return room.area
