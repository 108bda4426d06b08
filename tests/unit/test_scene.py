"""Scene types refuse what is wrong and keep what is right."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.spatial.transform import Rotation

from spatialkit.errors import ArgumentError, DataError, UnknownName
from spatialkit.footprints import ground_axes
from spatialkit.scene import Camera, Frame, OrientedBox, Scene, SceneObject, Sensor
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


@pytest.mark.parametrize("axis", ["x", "y", "z"])
def test_a_moved_scene_keeps_its_floor_where_up_is_an_axis(axis: str) -> None:
    floor = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 3.0]])
    scene = Scene("s", "d", (), (), floor=(floor,))
    move = np.eye(4)
    move[:3, :3] = Rotation.from_euler(axis, 90, degrees=True).as_matrix()
    move[:3, 3] = (5, 6, 7)
    moved = scene.moved(move)
    flat = np.flatnonzero(np.abs(moved.up) < 0.5)
    expected = np.c_[floor, np.zeros(3)] @ move[:3, :3].T + move[:3, 3]
    assert moved.floor is not None
    np.testing.assert_allclose(moved.floor[0], expected[:, flat], atol=1e-12)
    np.testing.assert_allclose(moved.moved(np.linalg.inv(move)).floor[0], floor, atol=1e-12)


def test_a_tilted_scene_keeps_its_floor_along_its_own_ground() -> None:
    floor = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 3.0]])
    tilt = np.eye(4)
    tilt[:3, :3] = Rotation.from_euler("xy", [30, 50], degrees=True).as_matrix()
    tilt[:3, 3] = (5, 6, 7)
    moved = Scene("s", "d", (), (), floor=(floor,)).moved(tilt)
    corners = np.c_[floor, np.zeros(3)] @ tilt[:3, :3].T + tilt[:3, 3]
    np.testing.assert_allclose(moved.floor[0], corners @ ground_axes(moved.up).T, atol=1e-12)


BOX = OrientedBox(np.zeros(3), np.ones(3))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Sensor(-1.0), r"sensor\.depth_constant: found -1\.0"),
        (lambda: Sensor(position=np.nan), r"sensor\.position: found 1 of 1 values NaN"),
        (lambda: SceneObject(1, "x", None), r"object 1: box: found NoneType, expected OrientedBox"),
        (lambda: Scene("s", "d", (), (), surface=5), r"scene s: surface: found int, expected Surface or NoneType"),
        (lambda: Scene("s", "d", None, ()), r"scene s: frames: found NoneType"),
        (lambda: Scene("s", "d", (), (5,)), r"scene s: objects: found int, expected SceneObject"),
        (lambda: Scene("s", "d", (), (), floor=(np.zeros((2, 3)),)), r"floor: found shape \(2, 3\)"),
        (lambda: Frame(5, CAMERA, np.eye(4)), r"Frame\.id: found int, expected str"),
        (lambda: Frame("f", None, np.eye(4)), r"frame f: camera: found NoneType, expected Camera"),
        (lambda: Frame("f", CAMERA, np.eye(4), time=np.nan), r"frame f: time: found"),
        (lambda: Frame("f", CAMERA, np.eye(4), up_rotation=0.5), r"frame f: up_rotation: found 0\.5"),
        (lambda: Frame("f", CAMERA, np.eye(4), depth=5), r"frame f: depth: found int"),
        (lambda: Surface(np.zeros((3, 3)), [[0, 1, 2]], [-2]), r"Surface\.face_ids: found id -2"),
        (lambda: CAMERA.resized(0, 5), r"width: found 0, expected a whole number from 1"),
        (lambda: CAMERA.turned(None), r"quarter_turns: found None"),
        (lambda: Camera(1, 1, 0, 0, "x", 4), r"Camera\.width: found 'x'"),
    ],
)
def test_nonsense_is_refused_by_name(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        make()


@pytest.mark.parametrize("last", [1.0, 0.5, -3.0])
def test_times_that_do_not_increase_are_refused_by_the_name_of_the_frame(last: float) -> None:
    def scene(*times: float | None) -> Scene:
        return Scene("s", "d", tuple(Frame(f"f{i}", CAMERA, np.eye(4), time=t) for i, t in enumerate(times)), ())

    assert len(scene(0.0, None, 1.0).frames) == len(scene(None, None, None).frames)
    with pytest.raises(
        ArgumentError, match=rf"frame f3: time: found {last:g} s, expected more than the 1 s of frame f1"
    ):
        scene(0.0, 1.0, None, last)


def test_a_path_may_be_a_string(tmp_path: Path) -> None:
    path = tmp_path / "d.png"
    Image.fromarray(np.ones((48, 64), np.uint16)).save(path)
    assert Frame("0", CAMERA, np.eye(4), depth=str(path)).load_depth().max() == pytest.approx(0.001)


def test_what_a_function_makes_is_checked() -> None:
    with pytest.raises(DataError, match="frame 0: depth: found NoneType"):
        Frame("0", CAMERA, np.eye(4), depth=lambda: None).load_depth()
    with pytest.raises(DataError, match="found dtype bool"):
        Frame("0", CAMERA, np.eye(4), depth=np.ones((48, 64), bool)).load_depth()
