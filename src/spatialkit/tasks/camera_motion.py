"""Where another camera stands, as a camera sees it."""

from __future__ import annotations

from typing import Any

from spatialkit.answers import PixelDepth
from spatialkit.relations import Things
from spatialkit.tasks.base import CAMERA, Task, camera
from spatialkit.views import pair


class CameraMotionInfer(Task):
    """The place of the second camera, in the first image and in depth."""

    level = "medium"
    roles = {"first": CAMERA, "second": camera(1)}
    variants = {"camera_motion_infer": pair()}
    answer = PixelDepth()
    formats = ("fill", "select", "sentence")
    questions = (
        "Where in the first image would {second} appear, and at what depth?",
        "At which point of the first image, and at what depth, do you place {second}?",
        "Which point of the first image, and what depth, would you give for {second}?",
        "For {first}, at which point of its image and at what depth is {second}?",
        "If you drew {second} into the first image, at which point would it be, and at what depth?",
        "Give the position of {second} as a point of the first image with its depth.",
        "Seen through {first}, at what point of the image and at what depth do you find {second}?",
        "Someone took the second image. At which point of the first image, and at what depth, was their camera?",
        "Work out at what point of the first image, and at what depth, {second} was when it took its picture.",
    )
    statements = (
        "In the first image, {second} is {answer}.",
        "I place {second} in the first image {answer}.",
        "Seen through {first}, you find {second} {answer}.",
        "In the first image, {second} would appear {answer}.",
        "For {first}, the position of {second} is {answer}.",
        "Drawn into the first image, {second} would be {answer}.",
        "My estimate is that {second} stands, in the first image, {answer}.",
        "You would have to look for {second} in the first image {answer}.",
    )
    notes = (
        "It does not matter whether the view is blocked. Depth is how far ahead of the camera of the first image "
        "something lies along that camera's viewing direction.",
        "The optical centre of the camera counts, hidden or not. Depth is measured along the viewing direction of the "
        "camera of the first image.",
        "What stands in between does not matter. The depth is how far away the camera is along the viewing axis of the "
        "camera of the first image.",
    )

    def measure(self, first: Things, second: Things) -> Any:  # type: ignore[override]
        """Return x, y in thousandths of the first image and the depth in metres (n, 3) of the second camera."""
        return first.observer.project(second.centre)
