"""In which order things come into view."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.answers import Ordering
from spatialkit.relations import Things
from spatialkit.tasks._seeing import sightings
from spatialkit.tasks.base import Task, category
from spatialkit.views import video

Array = npt.NDArray[Any]


def first(frames: Array) -> Array:
    """Return the index (n,) of the first true frame of each row (n, V); infinite where there is none."""
    return np.where(frames.any(axis=1), frames.argmax(axis=1), np.inf)


class AppearanceOrder(Task):
    """The order in which four kinds of things first come into view."""

    level = "high"
    roles = {"a": category(), "b": category(), "c": category(), "d": category()}
    variants = {"appearance_order": video()}
    answer = Ordering(of=("a", "b", "c", "d"))
    formats = ("fill", "sentence")
    questions = (
        "In which order do these first come into view in the video: {a}, {b}, {c}, {d}?",
        "Put these in the order of their first appearance in the video: {a}, {b}, {c}, {d}.",
        "Sort by when the video first shows them: {a}, {b}, {c}, {d}.",
        "Which of these does the video show first, which second, third and last: {a}, {b}, {c}, {d}?",
        "Watch for these four and list them as they turn up: {a}, {b}, {c}, {d}.",
        "Someone notes when they first see each of these in the video: {a}, {b}, {c}, {d}. What order do they write "
        "down?",
        "Here are four kinds of things: {a}, {b}, {c}, {d}. From the earliest to the latest, in what order "
        "do they come into view?",
        "Order the following from the first to appear to the last: {a}, {b}, {c}, {d}.",
        "As the video goes on, in what order are these seen for the first time: {a}, {b}, {c}, {d}?",
    )
    statements = (
        "They first come into view in this order: {answer}.",
        "In order of first appearance: {answer}.",
        "From the first to the last to appear, they are: {answer}.",
        "The video shows them for the first time in this order: {answer}.",
        "Sorted by first appearance, the list reads: {answer}.",
        "First appearances, from the earliest to the latest: {answer}.",
        "They turn up in the following order: {answer}.",
        "My order, by when each is first seen, is this: {answer}.",
    )
    notes = (
        "A kind of thing appears in the first frame in which any one of that kind can be seen, at least in part. "
        "Reflections do not count.",
        "What counts for each is the first frame that shows one of its kind, be it only a part of it, but not just in "
        "a mirror.",
        "Only first appearances matter: the earliest frame in which something of that kind is in view, partly or as a "
        "whole, and not only as a reflection.",
    )

    def measure(self, **kinds: Things) -> Any:
        """Return for each kind (n, 4, 2) from which frame on it is possibly seen, and surely seen; infinite: never."""
        seen = [sightings(kind) for kind in kinds.values()]
        return np.stack([np.stack([first(s > 0), first(s == 1)], axis=1) for s in seen], axis=1)
