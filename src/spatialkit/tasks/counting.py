"""How many things of a kind a place holds."""

from __future__ import annotations

from typing import Any

import numpy as np

from spatialkit.answers import Quantity
from spatialkit.relations import Things
from spatialkit.tasks.base import Task, category
from spatialkit.views import video


class ObjCount(Task):
    """The number of things of a kind."""

    level = "high"
    roles = {"a": category()}
    variants = {"obj_count": video()}
    answer = Quantity("", digits=0, least="least_count", most="most_count")
    formats = ("fill", "sentence")
    questions = (
        "How many {a_plural} are there in the video?",
        "Count the {a_plural} that the video shows. How many do you get?",
        "What is the number of {a_plural} shown in the video?",
        "Tell me how many {a_plural} the video shows in all.",
        "How many {a_plural} would you count if you walked along with the camera?",
        "Give the number of {a_plural} that come into view in the course of the video.",
        "Watch the whole video. How many {a_plural} does it show?",
        "Someone makes a list of all {a_plural} in this video. How many entries does it have?",
        "Across all frames together, how many {a_plural} can be seen?",
    )
    statements = (
        "There are {answer} {a_plural} in the video.",
        "The video shows {answer} {a_plural}.",
        "I count {answer} {a_plural}.",
        "The place shown has {answer} {a_plural}.",
        "In all, {answer} {a_plural} come into view.",
        "Counting the {a_plural} gives {answer}.",
        "The number of {a_plural} is {answer}.",
        "All frames together show {answer} {a_plural}.",
    )
    notes = (
        "Count each one once, however many frames show it.",
        "One that is seen again later does not count again.",
        "Different frames may show the same ones; each counts only once.",
    )

    def measure(self, a: Things) -> Any:  # type: ignore[override]
        """Return how many (n,) there are; NaN where the video never shows some of them well."""
        return np.where(a.unseen == 0, a.count, np.nan)
