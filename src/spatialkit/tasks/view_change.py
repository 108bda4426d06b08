"""How the camera has moved and turned from one image to the next."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.answers import Motion
from spatialkit.relations import Things, relative_pose
from spatialkit.tasks.base import CAMERA, Task, camera
from spatialkit.views import pair

Array = npt.NDArray[Any]


def motion(first_from_second: Array) -> Array:
    """Return the move and the turns (n, 6) of a pose (n, 4, 4): right, down, forward in metres, then degrees.

    The turns are yaw (positive to the right), pitch (positive up) and roll (positive clockwise for who looks through
    the camera): in this order about the camera's own y, x and z axes they carry the first camera's axes onto the
    second's, that is, R = Ry(yaw) Rx(pitch) Rz(roll).
    """
    rotation = first_from_second[:, :3, :3]
    ahead = rotation[:, :, 2]
    yaw = np.arctan2(ahead[:, 0], ahead[:, 2])
    pitch = np.arctan2(-ahead[:, 1], np.hypot(ahead[:, 0], ahead[:, 2]))
    roll = np.arctan2(rotation[:, 1, 0], rotation[:, 1, 1])
    return np.concatenate([first_from_second[:, :3, 3], np.degrees(np.stack([yaw, pitch, roll], axis=1))], axis=1)


class ViewChangeInfer(Task):
    """The second camera from the first: the move and the turn."""

    level = "medium"
    roles = {"first": CAMERA, "second": camera(1)}
    variants = {"view_change_infer": pair()}
    answer = Motion()
    formats = ("fill", "sentence")
    questions = (
        "How did the camera move and turn from the first image to the second?",
        "Describe the move and the turn that take the camera from the first image to the second.",
        "What motion of the camera lies between the first image and the second?",
        "Starting from the first image, how must the camera move and turn to take the second?",
        "By what move and what turn do you get from {first} to {second}?",
        "Compared with {first}, where is {second} and which way is it turned?",
        "Work out how far the camera moved, and by what angles it turned, between the first image and the second.",
        "Someone takes the first image, then the second. How do they move and turn the camera in between?",
        "Give the change of the camera's position and direction from the first image to the second.",
    )
    statements = (
        "From the first image to the second, the camera must {answer}.",
        "To get from {first} to {second}, you {answer}.",
        "Starting from the first image, {answer} to take the second.",
        "Between the two images, you have to {answer}.",
        "To take the second image after the first, {answer}.",
        "The camera has to {answer} to get from the first image to the second.",
        "Going from the first image to the second means to {answer}.",
        "Whoever took the first image has to {answer} to take the second.",
    )
    notes = (
        "Directions are those of the camera of the first image: right, down and forward along its own axes, even where "
        "it is tilted. It turns to the right or left first, about its own vertical axis, and then up or down. Lengths "
        "are in metres, turns in whole degrees.",
        "All moves run along the axes of the first camera: forward is its viewing direction, right and down are those "
        "of its image. Of the turns, the one to the left or right comes first, about that camera's own vertical axis; "
        "the one up or down follows. Use metres and whole degrees.",
        "Left, right, up, down, forward and back are meant as in the first image. First comes the turn to the left or "
        "right about the upright axis of that image, then the turn up or down. Moves are in metres, turns in whole "
        "degrees.",
    )

    def measure(self, first: Things, second: Things) -> Any:  # type: ignore[override]
        """Return right, down, forward in metres and yaw, pitch, roll in degrees (n, 6)."""
        return motion(relative_pose(first, second))
