"""The move and the turn from one camera to another, by hand and against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from spatialkit.tasks.view_change import motion


def pose(rotation: Rotation, *move: float) -> np.ndarray:
    whole = np.eye(4)
    whole[:3, :3], whole[:3, 3] = rotation.as_matrix(), move
    return whole[None]


def test_turns_are_those_of_intrinsic_rotations_about_y_x_z() -> None:
    rng = np.random.default_rng(0)
    angles = rng.uniform((-180, -89, -180), (180, 89, 180), (500, 3))
    moves = rng.normal(size=(500, 3))
    poses = np.concatenate(
        [pose(r, *m) for r, m in zip(Rotation.from_euler("YXZ", angles, degrees=True), moves, strict=True)]
    )
    assert motion(poses) == pytest.approx(np.concatenate([moves, angles], axis=1), abs=1e-8)


@pytest.mark.parametrize(
    ("looks_at", "turns"),
    [
        ((1, 0, 1), (45, 0)),
        ((-1, 0, 1), (-45, 0)),
        ((0, -1, 1), (0, 45)),
        ((0, 1, 1), (0, -45)),
        ((1, 0, -1), (135, 0)),
    ],
)
def test_right_and_up_are_positive(looks_at: tuple[float, ...], turns: tuple[float, ...]) -> None:
    ahead = np.array(looks_at) / np.linalg.norm(looks_at)
    right = np.cross([0, 1, 0], ahead)
    right /= np.linalg.norm(right)
    axes = Rotation.from_matrix(np.stack([right, np.cross(ahead, right), ahead], axis=1))
    assert motion(pose(axes, 1, 2, 3)) == pytest.approx(np.array([[1, 2, 3, *turns, 0]]), abs=1e-9)


def test_roll_is_clockwise_for_who_looks_through_the_camera() -> None:
    clockwise = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]])  # what was right is now down
    assert motion(pose(Rotation.from_matrix(clockwise), 0, 0, 0))[0, 5] == pytest.approx(90)
