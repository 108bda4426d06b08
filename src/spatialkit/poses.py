"""Poses and rotations: relative poses, angles, upright images, and the border to quaternions.

A pose is a rigid transform (4, 4) in metres named ``target_from_source``. Quaternions are (w, x, y, z), Hamilton's
product, as in pyquaternion; scipy writes them (x, y, z, w).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from spatialkit import _check
from spatialkit.errors import ArgumentError

if TYPE_CHECKING:
    import pyquaternion

__all__ = [
    "angle_between",
    "interpolate_pose",
    "quaternion",
    "relative_pose",
    "rotation_from_quaternion",
    "to_pyquaternion",
    "upright",
]

F64 = npt.NDArray[np.float64]


class Turnable(Protocol):
    """A camera that knows itself after quarter turns of its image, as :class:`spatialkit.Camera` does."""

    def turned(self, quarter_turns: int) -> Any: ...


TurnableT = TypeVar("TurnableT", bound=Turnable)

# Axes of the image turned counter-clockwise once, seen in the camera of the image before: what was down is right now,
# what was left is down.
CAM_FROM_TURNED = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])


def relative_pose(world_from_a: npt.ArrayLike, world_from_b: npt.ArrayLike) -> F64:
    """Return ``a_from_b`` (4, 4): where b stands and how it is turned, seen from a.

    Parameters
    ----------
    world_from_a, world_from_b
        Poses (4, 4) in metres.
    """
    a, b = _check.rigid("world_from_a", world_from_a), _check.rigid("world_from_b", world_from_b)
    out = np.eye(4)
    out[:3, :3] = a[:3, :3].T @ b[:3, :3]
    out[:3, 3] = a[:3, :3].T @ (b[:3, 3] - a[:3, 3])
    return out


def angle_between(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Return the angle of the rotation from ``a`` to ``b`` (3, 3), radians from 0 to pi.

    Sine and cosine come from the skew part and the trace of the relative rotation, so that small angles and angles
    near pi are both exact to rounding (the arc cosine of the trace alone loses half of the digits at both ends).
    """
    r = _check.rotation("a", a).T @ _check.rotation("b", b)
    twice_sine = np.linalg.norm((r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1]))
    return float(np.arctan2(twice_sine, np.trace(r) - 1.0))


def upright(camera: TurnableT, world_from_cam: npt.ArrayLike, up: npt.ArrayLike) -> tuple[TurnableT, F64, int]:
    """Find the quarter turns that make the image's up agree best with the world's.

    Parameters
    ----------
    camera, world_from_cam
        Of the image as it is stored, and its pose (4, 4).
    up
        (3,) direction against gravity, world frame, any length above 0.

    Returns
    -------
    camera, world_from_cam
        Of the image after ``numpy.rot90(image, quarter_turns)``.
    quarter_turns
        0 to 3, counter-clockwise. 0 where the camera looks straight up or down and no turn is better.
    """
    pose = _check.rigid("world_from_cam", world_from_cam)
    direction = _check.array("up", up, (3,))
    length = float(np.linalg.norm(direction))
    if length == 0.0:
        raise ArgumentError("up", found="a vector of length 0", expected="a direction")
    right, down = pose[:3, 0] @ direction / length, pose[:3, 1] @ direction / length
    agreement = np.array([-down, right, down, -right])  # of the image's up with the world's, after 0 to 3 turns
    turns = int(np.argmax(agreement > agreement.max() - 1e-9))
    turned = pose.copy()
    turned[:3, :3] = pose[:3, :3] @ np.linalg.matrix_power(CAM_FROM_TURNED, turns)
    return camera.turned(turns), turned, turns


def quaternion(rotation: npt.ArrayLike) -> F64:
    """Return the unit quaternion (4,) w, x, y, z of a rotation (3, 3), with w >= 0."""
    from scipy.spatial.transform import Rotation

    xyzw = Rotation.from_matrix(_check.rotation("rotation", rotation)).as_quat(canonical=True)
    return np.array([xyzw[3], xyzw[0], xyzw[1], xyzw[2]])


def rotation_from_quaternion(wxyz: npt.ArrayLike | pyquaternion.Quaternion) -> F64:
    """Return the rotation (3, 3) of a quaternion w, x, y, z: an array (4,) or a ``pyquaternion.Quaternion``.

    It is normalised; one whose length is farther than 1e-3 from 1 is refused.
    """
    from scipy.spatial.transform import Rotation

    w, x, y, z = q = _check.array("quaternion", getattr(wxyz, "elements", wxyz), (4,))
    length = float(np.linalg.norm(q))
    if abs(length - 1.0) > _check.ORTHONORMAL_WITHIN:
        raise ArgumentError("quaternion", found=f"length {length:g}", expected="a unit quaternion (w, x, y, z)")
    return np.asarray(Rotation.from_quat([x, y, z, w]).as_matrix(), dtype=np.float64)


def to_pyquaternion(rotation: npt.ArrayLike) -> pyquaternion.Quaternion:
    """Return a rotation (3, 3) as a ``pyquaternion.Quaternion``."""
    from pyquaternion import Quaternion

    return Quaternion(array=quaternion(rotation))


def interpolate_pose(world_from_a: npt.ArrayLike, world_from_b: npt.ArrayLike, share: float) -> F64:
    """Return the pose (4, 4) at ``share`` (0 to 1) of the way from a to b.

    The place moves on a straight line, the rotation at constant speed along the shorter arc (slerp: Shoemake,
    Animating Rotation with Quaternion Curves, 1985).
    """
    from pyquaternion import Quaternion

    a, b = _check.rigid("world_from_a", world_from_a), _check.rigid("world_from_b", world_from_b)
    t = float(_check.array("share", share, ()))
    if not 0.0 <= t <= 1.0:
        raise ArgumentError("share", found=t, expected="a value from 0 to 1")
    between = Quaternion.slerp(to_pyquaternion(a[:3, :3]), to_pyquaternion(b[:3, :3]), t)
    out = np.eye(4)
    out[:3, :3] = rotation_from_quaternion(between)
    out[:3, 3] = (1.0 - t) * a[:3, 3] + t * b[:3, 3]
    return out
