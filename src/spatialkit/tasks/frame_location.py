"""In which frames of a video a thing can be seen."""

from __future__ import annotations

from typing import Any

from spatialkit.answers import FrameSet
from spatialkit.relations import Things
from spatialkit.tasks._seeing import sightings
from spatialkit.tasks.base import Task, box
from spatialkit.views import video


class ObjFrameLocate(Task):
    """All frames that show a thing, one of them marking it."""

    level = "medium"
    roles = {"a": box("red")}
    variants = {"obj_frame_locate": video()}
    answer = FrameSet()
    formats = ("sentence",)
    questions = (
        "In which frames can you see {a}?",
        "Name all frames of the video that show {a}.",
        "Which frames have {a} in view?",
        "Go through the video. In which frames do you spot {a}?",
        "List every frame in which {a} can be seen.",
        "Where in the video can {a} be seen? Name the frames.",
        "Pick out all the frames that contain {a}.",
        "Which of the frames give a view of {a}?",
        "Track {a} through the video: which frames give at least a glimpse of it?",
    )
    statements = (
        "You can see {a} in {answer}.",
        "The video shows {a} in {answer}.",
        "I can spot {a} in {answer}.",
        "There is a view of {a} in {answer}.",
        "Tracking {a} through the video gives {answer}.",
        "I find {a} in {answer}.",
        "You get to see {a} in {answer}.",
        "The camera has {a} in view in {answer}.",
    )
    notes = (
        "A frame counts even if only a part of the object is in view, but not for a reflection of it; the frame with "
        "the mark counts too.",
        "Include the frame that carries the mark, and those in which the object is cut off or partly hidden; leave out "
        "those that show it in a mirror only.",
        "Only this one object counts, not others like it or its reflection. A part of it is enough, and the marked "
        "frame is one of those asked for.",
    )

    def measure(self, a: Things) -> Any:  # type: ignore[override]
        """Return 1 for frames (n, V) that show it, 0 for those that do not, 0.5 for those where that is unclear."""
        return sightings(a)
