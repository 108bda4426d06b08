"""Scene types refuse what is wrong and keep what is right."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.spatial.transform import Rotation

from spatialkit.errors import ArgumentError, DataError, UnknownName
from spatialkit.scene import Camera, Frame, OrientedBox, Scene, SceneObject
from spatialkit.surfaces import Surface

CAMERA = Camera(100, 110, 31.5, 23.5, 64, 48)


def test_camera_sizes_and_focal_lengths_are_checked() -> None:
    for bad in ({"fx": 0}, {"fy": -1}, {"cx": np.nan}, {"width": 0}, {"height": 2.5}, {"width": 70000}):
        with pytest.raises(ArgumentError, match=f"Camera.{next(iter(bad))}"):
            Camera(**({"fx": 1, "fy": 1, "cx": 0, "cy": 0, "width": 4, "height": 4} | bad))


def test_a_resized_camera_sees_the_same_corners() -> None:
    half = CAMERA.resized(32, 24)
    rays = [(-0.5 - c.cx) / c.fx for c in (CAMERA, half)]
    assert rays[0] == pytest.approx(rays[1])
    assert half.resized(64, 48).matrix == pytest.approx(CAMERA.matrix)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_turned_camera_describes_the_turned_pixels(turns: int) -> None:
    ids = np.arange(48 * 64).reshape(48, 64)
    turned, camera = np.rot90(ids, turns), CAMERA.turned(turns)
    assert turned.shape == (camera.height, camera.width)
    # the ray of a pixel, expressed in axes that turn with the image, is the ray of the same pixel before
    row, column = 5, 40
    new_row, new_column = np.argwhere(turned == ids[row, column])[0]
    x, y = (column - CAMERA.cx) / CAMERA.fx, (row - CAMERA.cy) / CAMERA.fy
    for _ in range(turns):
        x, y = y, -x
    assert ((new_column - camera.cx) / camera.fx, (new_row - camera.cy) / camera.fy) == pytest.approx((x, y))


def test_camera_from_a_matrix_refuses_skew() -> None:
    assert Camera.from_matrix(CAMERA.matrix, 64, 48) == CAMERA
    skewed = CAMERA.matrix
    skewed[0, 1] = 2
    with pytest.raises(ArgumentError, match="without skew"):
        Camera.from_matrix(skewed, 64, 48)


def test_six_digit_poses_are_made_orthonormal_and_worse_ones_refused() -> None:
    pose = np.eye(4)
    pose[:3, :3] = Rotation.from_rotvec([0.3, -0.2, 1.1]).as_matrix().round(6)
    kept = Frame("0", CAMERA, pose).world_from_cam[:3, :3]
    np.testing.assert_allclose(kept @ kept.T, np.eye(3), atol=1e-15)
    np.testing.assert_allclose(kept, pose[:3, :3], atol=2e-6)
    pose[:3, :3] *= 1.01
    with pytest.raises(ArgumentError, match="orthonormal"):
        Frame("0", CAMERA, pose)


@pytest.mark.parametrize(
    ("pose", "message"),
    [
        (np.full((4, 4), -np.inf), "NaN or infinite"),
        (np.zeros((4, 4)), "last row"),
        (np.diag([1.0, 1.0, -1.0, 1.0]), "reflection"),
        (np.eye(3), r"found shape \(3, 3\), expected shape \(4, 4\)"),
    ],
)
def test_poses_that_are_none_are_refused(pose: np.ndarray, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        Frame("0", CAMERA, pose)


def test_boxes_and_objects_are_checked() -> None:
    with pytest.raises(ArgumentError, match=r"OrientedBox\.size"):
        OrientedBox(np.zeros(3), np.array([1, 0, 1]))
    box = OrientedBox([1, 2, 3], [1, 2, 4])
    assert box.corners.min(axis=0) == pytest.approx([0.5, 1, 1])
    for bad in (-1, 2**63, 1.5, True):
        with pytest.raises(ArgumentError, match=r"SceneObject\.id"):
            SceneObject(bad, "chair", box)  # type: ignore[arg-type]
    assert SceneObject(2**63 - 1, " office   chair", box).label == "office chair"


def test_ids_are_unique_in_a_scene() -> None:
    box = OrientedBox(np.zeros(3), np.ones(3))
    with pytest.raises(ArgumentError, match="id 3 twice"):
        Scene("s", "d", (), (SceneObject(3, "a", box), SceneObject(3, "b", box)))
    with pytest.raises(ArgumentError, match="id 'f' twice"):
        Scene("s", "d", (Frame("f", CAMERA, np.eye(4)),) * 2, ())


def test_up_is_a_unit_vector() -> None:
    with pytest.raises(ArgumentError, match=r"Scene\.up"):
        Scene("s", "d", (), (), up=[0, 2, 0])


def test_surface_indices_are_checked() -> None:
    with pytest.raises(ArgumentError, match="indices 0 to 3"):
        Surface(np.zeros((3, 3)), [[0, 1, 3]], [0])
    with pytest.raises(ArgumentError, match=r"Surface\.face_ids"):
        Surface(np.zeros((3, 3)), [[0, 1, 2]], [0, 1])


def test_depth_is_scaled_and_turned_upright(tmp_path: Path) -> None:
    counts = np.arange(64 * 48, dtype=np.uint16).reshape(48, 64)
    path = tmp_path / "d.png"
    Image.fromarray(counts).save(path)
    plain = Frame("0", CAMERA, np.eye(4), depth=path, depth_unit=0.001)
    np.testing.assert_allclose(plain.load_depth(), counts * 0.001, rtol=1e-6)
    upright = Frame("0", CAMERA.turned(1), np.eye(4), depth=path, up_rotation=1)
    np.testing.assert_array_equal(upright.load_depth(), np.rot90(plain.load_depth()))


def test_a_damaged_image_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "d.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 9999, (48, 64), dtype=np.uint16)).save(path)
    whole = path.read_bytes()

    def load() -> np.ndarray:
        return Frame("0", CAMERA, np.eye(4), depth=path).load_depth()

    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"d\.png: depth: found a damaged file"):
        load()
    path.write_bytes(b"no image")
    with pytest.raises(DataError, match="not an image file"):
        load()
    Image.fromarray(np.zeros((4, 4), np.uint16)).save(path)
    with pytest.raises(DataError, match="found 4 x 4 pixels, expected an image of 64 x 48"):
        load()
    path.unlink()
    with pytest.raises(DataError, match="no such file"):
        load()


def test_a_frame_without_depth_says_so() -> None:
    with pytest.raises(DataError, match="frame 7: depth: found none"):
        Frame("7", CAMERA, np.eye(4)).load_depth()


@pytest.mark.parametrize(
    "error",
    [
        ArgumentError("points", found="shape (3, 2)", expected="shape (n, 3)"),
        DataError("a.json", "id", found=1, expected="a string"),
        UnknownName("task", "depht", ["depth"]),
    ],
)
def test_errors_survive_the_way_home_from_a_worker(error: Exception) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
