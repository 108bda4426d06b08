"""Where one image shows what another one marks."""

from __future__ import annotations

from typing import Any

import numpy as np

from spatialkit.answers import Box
from spatialkit.relations import Things
from spatialkit.tasks._seeing import sightings
from spatialkit.tasks.base import Task, box
from spatialkit.views import pair


class PositionMatching(Task):
    """The box, in the second image, of a thing that is marked in the first."""

    level = "medium"
    roles = {"a": box("red", image=0)}
    variants = {"position_matching": pair()}
    answer = Box()
    formats = ("fill", "select", "sentence")
    questions = (
        "Find {a} again in the second image. What is its box there?",
        "Which box encloses {a} in the second image?",
        "Where does the second image show {a}? Give the box.",
        "Look for {a} in the second image and give the box around what you find.",
        "In the second image, what is the box around {a}?",
        "Which box would you draw around {a} in the second image?",
        "Suppose you had to draw a box around {a} in the second image as well. Which one would it be?",
        "Match {a} with the second image: which box do you get?",
        "Locate {a} in the second image by a box.",
    )
    statements = (
        "In the second image, the box of {a} is {answer}.",
        "The second image shows {a} within {answer}.",
        "The box around {a} in the second image is {answer}.",
        "Looking for {a} in the second image, you find the box {answer}.",
        "The box {answer} encloses {a} in the second image.",
        "In the second image, {answer} is the box around {a}.",
        "Matching {a} with the second image gives the box {answer}.",
        "The position of {a} in the second image is the box {answer}.",
    )
    notes = (
        "The box is the smallest one around what the second image shows of the object; hidden parts are left out.",
        "The box just encloses the part of the object that is visible in the second image, nothing more.",
        "Only what the second image shows of the object counts, and the box is drawn tightly around that.",
    )

    def measure(self, a: Things) -> Any:  # type: ignore[override]
        """Return the visible box (n, 4) in the second image, thousandths; NaN where it is not surely seen there."""
        seen = sightings(a)[:, 1:2] == 1
        return np.where(seen, a.rects[:, 1], np.nan)
