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
        "Mark {second} in the first image: which point do you choose, and how deep does it lie?",
        "For {first}, at which image point and at what depth does {second} stand?",
        "If you drew {second} into the first image, at which point would it be, and at what depth?",
        "Give the position of {second} as a point of the first image with its depth.",
        "Seen through {first}, at what image point and what depth do you find {second}?",
        "Someone took the second image. At which point and depth in the first image did they hold {second}?",
        "Work out at what point of the first image, and how deep, {second} was when it took its picture.",
    )
    statements = (
        "In the first image, {second} is at {answer}.",
        "The place of {second} in the first image is {answer}.",
        "I place {second} in the first image at {answer}.",
        "Seen through {first}, you find {second} at {answer}.",
        "In the first image, {second} would appear at {answer}.",
        "For {first}, the position of {second} is {answer}.",
        "Drawn into the first image, {second} would be at {answer}.",
        "My estimate is that {second} stands, in the first image, at {answer}.",
    )
    notes = (
        "The point is (x, y): from the top left corner of the first image, in thousandths of its width and its height, "
        "whether or not something stands in front. The depth, in metres, is how far ahead of the camera of the first "
        "image it lies along that camera's viewing direction.",
        "Count x and y from the top left corner of the first image in thousandths of its width and height; things in "
        "between do not matter. Depth is measured in metres along the viewing direction of the camera of the first "
        "image.",
        "What counts is the optical centre of the camera, hidden or not. Its point (x, y) in the first image runs from "
        "(0, 0) at the top left to (1000, 1000) at the bottom right; its depth is the distance along the viewing "
        "direction of the camera of the first image, in metres.",
    )

    def measure(self, first: Things, second: Things) -> Any:  # type: ignore[override]
        """Return x, y in thousandths of the first image and the depth in metres (n, 3) of the second camera."""
        return first.observer.project(second.centre)
