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
        "Compared with {first}, where is {second}, and which way is it turned?",
        "Work out how far the camera moved, and by what angles it turned, between the first image and the second.",
        "Someone takes the first image, then the second. How do they move and turn the camera in between?",
        "Give the change in the position and the direction of the camera from the first image to the second.",
    )
    statements = (
        "From the first image to the second, the camera {answer}.",
        "Between the two images, the camera {answer}.",
        "The camera {answer} between the first image and the second.",
        "After the first image, the camera {answer} to take the second.",
        "To take the second image, the camera {answer}.",
        "Comparing the two images, I find that the camera {answer}.",
        "Before the second image is taken, the camera {answer}.",
        "On its way to the second image, the camera {answer}.",
        "What happens from the first image to the second is that the camera {answer}.",
    )
    notes = (
        "Moves go along the axes of the first camera, even where it is tilted: forward is its viewing direction, right "
        "and up are those of the first image. The turn to the right or left comes first, about the upright axis of "
        "that image, then the tilt up or down; a slight roll, if there is one, is left out.",
        "Right, up and forward are those of the first image: along its width, its height and its viewing direction. "
        "The camera first turns to the right or left about the axis along the image's height, then it tilts up or "
        "down. Leave out any roll about the viewing direction.",
        "All directions are meant as the first camera has them when it takes its image, tilted or not. It moves, then "
        "turns to the right or left about the axis that runs up and down in its image, and tilts up or down last; how "
        "it may roll about its viewing direction is not asked for.",
    )

    def measure(self, first: Things, second: Things) -> Any:  # type: ignore[override]
        """Return right, down, forward in metres and yaw, pitch, roll in degrees (n, 6)."""
        return motion(relative_pose(first, second))
