"""What the array functions take, and the one clear error that they give for what they do not."""

import numpy as np
import pytest

import spatialkit.geometry as geometry
from spatialkit import _core
from spatialkit._arguments import boxes_arrays
from spatialkit.errors import ArgumentError
from spatialkit.scene import Camera, OrientedBox
from spatialkit.surfaces import Surface

CAMERA = Camera(40, 42, 15.5, 11.5, 32, 24)
POSE = np.array([[0.0, 0, 1, 0.1], [-1, 0, 0, 0.2], [0, -1, 0, 1.5], [0, 0, 0, 1]])  # looks along x, level, 1.5 m up
BOX = OrientedBox([3, 0, 1], [1, 1, 1])
WALL = Surface([[4, -9, -9], [4, 9, -9], [4, 9, 9], [4, -9, 9]], [[0, 1, 2], [0, 2, 3]], [2**40, 7])
POINTS = np.array([[4.0, 0.1, 1.4], [4.0, 0.5, 1.0], [-4.0, 0.0, 1.5]])
DEPTH = np.full((24, 32), 3.9, dtype=np.float32)

CALLS = {
    "project_points": lambda **k: geometry.project_points(**{"points": POINTS, **k}),
    "points_in_image": lambda **k: geometry.points_in_image(**{"points": POINTS, **k}),
    "unproject_depth": lambda **k: geometry.unproject_depth(**{"depth": DEPTH, **k}),
    "visible_points": lambda **k: geometry.visible_points(**{"points": POINTS, "depth": DEPTH, **k}),
    "project_boxes": lambda **k: geometry.project_boxes(**{"boxes": [BOX], **k}),
    "boxes_in_frustum": lambda **k: geometry.boxes_in_frustum(**{"boxes": [BOX], **k}),
    "rasterize": lambda **k: geometry.rasterize(**{"surface": WALL, **k}),
    "rasterize_faces": lambda **k: geometry.rasterize_faces(**{"surface": WALL, **k}),
}


def call(name, **arguments):
    return CALLS[name](**{"camera": CAMERA, "world_from_cam": POSE, **arguments})


def as_tuple(result):
    return result if isinstance(result, tuple) else (result,)


def test_a_wall_seen_straight_on():
    depth, ids = call("rasterize")
    np.testing.assert_allclose(depth, 3.9, rtol=1e-6)
    assert set(np.unique(ids)) == {7, 2**40}
    assert ids.dtype == np.int64
    np.testing.assert_array_equal(call("visible_points"), [True, True, False])
    u, v, z = call("project_points")[0]
    assert (u, v, z) == pytest.approx((15.5 + 40 * 0.1 / 3.9, 11.5 + 42 * 0.1 / 3.9, 3.9))
    assert np.isnan(call("project_points")[2, :2]).all()
    assert call("project_points")[2, 2] == pytest.approx(-4.1)
    np.testing.assert_allclose(call("unproject_depth")[..., 0], 4, rtol=1e-6)


def test_rectangle_of_a_box_ahead():
    rects, valid = call("project_boxes", boxes=[BOX, OrientedBox([-3, 0, 1], [1, 1, 1])])
    near = 3 - 0.5 - 0.1
    left, right = 15.5 - 40 * 0.3 / near, 15.5 + 40 * 0.7 / near
    np.testing.assert_allclose(rects[0], (left, 11.5, right, 23.5), atol=1e-9)
    np.testing.assert_array_equal(valid, [True, False])
    assert np.isnan(rects[1]).all()
    np.testing.assert_array_equal(call("boxes_in_frustum", boxes=[BOX, OrientedBox([-3, 0, 1], [1, 1, 1])]), valid)


def test_nothing_in_nothing_out():
    empty = np.zeros((0, 3))
    assert call("project_points", points=empty).shape == (0, 3)
    assert call("visible_points", points=empty).shape == (0,)
    for boxes in ([], (), (empty, empty, np.zeros((0, 3, 3)))):
        rects, valid = call("project_boxes", boxes=boxes)
        assert rects.shape == (0, 4)
        assert valid.shape == (0,)
        assert call("boxes_in_frustum", boxes=boxes).shape == (0,)
        assert geometry.box_iou(boxes, [BOX]).shape == (0, 1)
        assert geometry.box_distance([BOX], boxes).shape == (1, 0)
    depth, ids = call("rasterize", surface=Surface(empty, np.zeros((0, 3), int), np.zeros(0, int)))
    assert (depth == 0).all()
    assert (ids == -1).all()
    assert geometry.shared_surface(np.zeros((0, 9), bool)).shape == (0, 0)
    np.testing.assert_array_equal(geometry.shared_surface(np.zeros((2, 0), bool)), 0)


@pytest.mark.parametrize("name", CALLS)
def test_layout_and_real_type_of_the_input_do_not_matter(name):
    strided = {
        "points": np.repeat(POINTS, 2, axis=0)[::2],
        "depth": np.asfortranarray(DEPTH),
        "boxes": (np.array([[3, 0, 1]]), np.ones((1, 6))[:, ::2], np.asfortranarray(np.eye(3)[None])),
        "surface": WALL,
        "world_from_cam": np.asfortranarray(POSE),
    }
    takes = {"points": POINTS, "depth": DEPTH, "boxes": [BOX], "surface": WALL, "world_from_cam": POSE}
    used = {
        "project_points": ["points"],
        "points_in_image": ["points"],
        "unproject_depth": ["depth"],
        "visible_points": ["points", "depth"],
        "project_boxes": ["boxes"],
        "boxes_in_frustum": ["boxes"],
        "rasterize": ["surface"],
        "rasterize_faces": ["surface"],
    }[name]
    expected = as_tuple(call(name, **{k: takes[k] for k in used}))
    found = as_tuple(call(name, world_from_cam=strided["world_from_cam"], **{k: strided[k] for k in used}))
    for have, want in zip(found, expected, strict=True):
        np.testing.assert_array_equal(have, want)


def locked(array):
    array = array.copy()
    array.setflags(write=False)
    return array


@pytest.mark.parametrize(
    "form",
    [
        locked,
        lambda a: a.astype(a.dtype.newbyteorder()),
        lambda a: np.ascontiguousarray(a[::-1])[::-1],
        lambda a: np.stack([a, -a], axis=-1)[..., 0],
        np.ma.asarray,
        lambda a: a.tolist(),
        lambda a: np.frombuffer(b"?" + a.tobytes(), a.dtype, a.size, offset=1).reshape(a.shape),
    ],
    ids=["read-only", "other byte order", "backwards", "strided", "masked", "list", "unaligned"],
)
def test_how_arrays_lie_in_memory_does_not_matter(form):
    wall = Surface(form(WALL.vertices), form(WALL.faces), form(WALL.face_ids))
    boxes = form(np.array([[3.0, 0, 1]])), form(np.ones((1, 3))), form(np.eye(3)[None])
    pose, points, depth = form(POSE), form(POINTS), form(DEPTH)
    for name, given in (
        ("project_points", {"points": points}),
        ("points_in_image", {"points": points}),
        ("visible_points", {"points": points, "depth": depth}),
        ("unproject_depth", {"depth": depth}),
        ("project_boxes", {"boxes": boxes}),
        ("boxes_in_frustum", {"boxes": boxes}),
        ("rasterize", {"surface": wall}),
    ):
        found, expected = call(name, world_from_cam=pose, **given), call(name)
        for have, want in zip(as_tuple(found), as_tuple(expected), strict=True):
            np.testing.assert_array_equal(have, want)
    assert geometry.box_iou(boxes, boxes).tolist() == [[1.0]]
    assert geometry.box_distance(boxes, [BOX]).tolist() == [[0.0]]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -1e-30, 1e39])
@pytest.mark.parametrize("name", ["visible_points", "unproject_depth"])
def test_a_single_reading_that_is_none_is_refused(name, value):
    depth = DEPTH.astype(float)
    depth[7, 9] = value
    with pytest.raises(ArgumentError, match="depth: found "):
        call(name, depth=depth)
    depth[7, 9] = -0.0  # no reading, as 0
    call(name, depth=depth)


def test_float32_points_stay_float32():
    single = call("project_points", points=POINTS.astype(np.float32))
    assert single.dtype == np.float32
    assert call("project_points", points=POINTS.astype(np.int64)).dtype == np.float64
    np.testing.assert_array_equal(call("visible_points", points=POINTS.astype(np.float32)), call("visible_points"))


NAN_POINTS = np.array([[0, 0, np.nan]])
MIRROR = np.diag([-1.0, 1, 1])


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("project_points", {"points": np.zeros((4, 2))}, r"points: found shape \(4, 2\), expected shape \(n, 3\)"),
        ("project_points", {"points": NAN_POINTS}, "points: found 1 of 3 values NaN or infinite, expected finite"),
        ("project_points", {"points": [["a", "b", "c"]]}, "points: found dtype"),
        ("project_points", {"camera": CAMERA.matrix}, "camera: found an object of type ndarray, expected a Camera"),
        ("project_points", {"world_from_cam": np.eye(3)}, r"world_from_cam: found shape \(3, 3\), .* \(4, 4\)"),
        ("project_points", {"world_from_cam": 2 * np.eye(4)}, "world_from_cam"),
        ("project_points", {"world_from_cam": np.diag([-1.0, 1, 1, 1])}, "found a reflection"),
        ("unproject_depth", {"depth": DEPTH[:, :-1]}, r"depth: found shape \(24, 31\), expected shape \(24, 32\)"),
        ("unproject_depth", {"depth": DEPTH * np.nan}, "depth: found 768 of 768 values NaN"),
        ("unproject_depth", {"depth": DEPTH.astype(np.uint16)}, "depth: found dtype uint16, expected metres"),
        ("unproject_depth", {"depth": -DEPTH}, "depth: found -3.9 m, expected metres of at least 0"),
        ("visible_points", {"points": np.zeros(3)}, r"points: found shape \(3,\), expected shape \(n, 3\)"),
        ("visible_points", {"tolerance": 0.01}, r"tolerance: found shape \(\), expected shape \(2,\)"),
        ("visible_points", {"tolerance": (-1, 0)}, "tolerance: found"),
        ("visible_points", {"near": 0}, "near: found 0.0, expected a value above 0 m"),
        ("project_boxes", {"near": np.inf}, "near: found 1 of 1 values NaN or infinite"),
        (
            "project_boxes",
            {"boxes": None},
            "boxes: found an object of type NoneType, expected a sequence of OrientedBox",
        ),
        ("project_boxes", {"boxes": [1, 2]}, "boxes: found an object of type list, expected a sequence of OrientedBox"),
        ("project_boxes", {"boxes": np.zeros((4, 7))}, "boxes: found an object of type ndarray"),
        (
            "project_boxes",
            {"boxes": (np.zeros((2, 3)), np.ones((1, 3)), np.eye(3)[None])},
            r"boxes: sizes: found shape",
        ),
        ("project_boxes", {"boxes": ([[0, 0, 1]], [[1, -1, 1]], [np.eye(3)])}, "boxes: sizes: found extent -1"),
        (
            "boxes_in_frustum",
            {"boxes": ([[0, 0, 1]], [[1, 1, 1]], [MIRROR])},
            r"world_from_box\[0\]: found a reflection",
        ),
        ("boxes_in_frustum", {"boxes": ([[0, 0, 1]], [[1, 1, 1]], [np.ones((3, 3))])}, r"away from orthonormal"),
        ("boxes_in_frustum", {"boxes": ([[0, 0, np.inf]], [[1, 1, 1]], [np.eye(3)])}, "boxes: centres: found 1 of 3"),
    ],
)
def test_bad_input_is_named(name, arguments, message):
    with pytest.raises(ArgumentError, match=message):
        call(name, **arguments)


def test_bad_bits_are_named():
    with pytest.raises(ArgumentError, match="seen: found dtype float64, expected dtype bool"):
        geometry.shared_surface(np.ones((2, 2)))
    with pytest.raises(ArgumentError, match=r"seen: found shape \(2,\), expected shape \(f, p\)"):
        geometry.shared_surface(np.ones(2, bool))
    with pytest.raises(ArgumentError, match="b: found an object of type int"):
        geometry.box_iou([BOX], 3)


def test_rotations_of_six_digits_are_taken():
    turn = np.array([[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]]) + 3e-7
    centres, sizes, rotations = boxes_arrays("boxes", ([[0, 0, 1]], [[1, 0, 1]], [turn]))
    np.testing.assert_allclose(rotations[0].T @ rotations[0], np.eye(3), atol=1e-15)
    np.testing.assert_allclose(rotations[0], turn, atol=1e-6)
    assert sizes[0, 1] == 0
    assert geometry.box_iou((centres, sizes, rotations), [BOX])[0, 0] == 0


def test_boxes_whose_numbers_have_no_finite_sum_are_boxes():
    centres = np.array([[0, 0, 1e308], [0, 0, 1]])
    arrays = centres, np.full((2, 3), 1e308), np.tile(np.eye(3), (2, 1, 1))
    assert _core.are_boxes(*arrays)
    inside, sound = _core.boxes_in_frustum(*arrays, CAMERA.array, np.eye(4), 0.05, 1)
    assert not sound
    assert geometry.boxes_in_frustum(arrays, CAMERA, np.eye(4)).tolist() == inside.tolist() == [True, True]


def test_boxes_turned_by_almost_a_rotation_are_culled_as_if_turned_by_it():
    turn = np.array([[0.36, 0.48, -0.8], [-0.8, 0.6, 0.0], [0.48, 0.64, 0.6]]) + 4e-7
    rough = [[0, 0, 1], [9, 0, 1]], np.ones((2, 3)), [turn, np.eye(3)]
    assert geometry.boxes_in_frustum(rough, CAMERA, np.eye(4)).tolist() == [True, False]


def test_a_tuple_of_three_boxes_is_a_sequence_of_boxes():
    assert geometry.box_iou((BOX, BOX, BOX), [BOX]).shape == (3, 1)


# The core itself: whatever is passed, it raises and never crashes.


def test_project_points_names_what_it_cannot_write_into():
    locked = np.zeros((3, 3))
    locked.setflags(write=False)
    for out in ([0.0], np.zeros((2, 3)), np.zeros((3, 3), np.float32), np.zeros((3, 3), order="F"), locked, POINTS):
        with pytest.raises(
            ArgumentError, match=r"out: found .* expected a(n array of its own| writeable float64 array)"
        ):
            call("project_points", points=POINTS, out=out)
    for inside in ([True], np.zeros(2, bool), np.zeros(3, np.uint8), np.zeros(6, bool)[::2]):
        with pytest.raises(ArgumentError, match=r"inside: found .* expected a writeable bool array of shape \(3,\)"):
            call("project_points", points=POINTS, inside=inside)


def test_project_points_is_not_given_the_same_memory_twice():
    points, out = np.random.default_rng(0).normal(size=(30, 3)), np.zeros((30, 3))
    for memory in (points, out):
        with pytest.raises(ArgumentError, match="inside: found memory of the points or of out"):
            call("project_points", points=points, out=out, inside=memory.view(bool).reshape(-1)[300:330])


def core_calls():
    f, i = np.float64, np.int32
    boxes = (np.zeros((2, 3)), np.ones((2, 3)), np.tile(np.eye(3), (2, 1, 1)))
    camera, pose = CAMERA.array, np.eye(4)
    samples = (np.zeros((5, 3), "f4"), np.zeros((5, 3), "f4"), np.zeros(5, "f4"), np.zeros(5, i))
    objects = (np.zeros(1, np.int64), np.zeros((1, 3)))
    return {
        "all_finite": (np.zeros(4),),
        "project_points": (np.zeros((4, 3)), camera, pose, False, 0.05, np.zeros((4, 3)), np.zeros(4, bool), 1),
        "unproject_depth": (DEPTH, camera, pose, 1),
        "visible_points": (np.zeros((4, 3)), camera, pose, False, DEPTH, 0.01, 0.0, 0.05, 1),
        "rotation_error": (boxes[2],),
        "are_boxes": boxes,
        "is_pose": (pose,),
        "project_boxes": (*boxes, camera, pose, 0.05, 1),
        "boxes_in_frustum": (*boxes, camera, pose, 0.05, 1),
        "spheres_in_frustum": (np.zeros((4, 3)), np.ones(4), camera, pose, 0.05, 1),
        "Mesh": (np.zeros((4, 3)), np.zeros((2, 3), i)),
        "rasterize": (_core.Mesh(np.zeros((4, 3)), np.zeros((2, 3), i)), camera, pose, 0.05, 1),
        "ids_in_depth": (
            _core.Mesh(np.zeros((4, 3)), np.zeros((2, 3), i)),
            np.zeros(2, np.int64),
            camera,
            pose,
            0.05,
            DEPTH,
            0.01,
            0.0,
            1,
        ),
        "ids_of_faces": (np.zeros((3, 4), i), np.zeros(2, np.int64)),
        "observe_frame": (
            *samples,
            *objects,
            camera,
            pose,
            DEPTH,
            camera,
            np.zeros((24, 32), np.int64),
            0.01,
            0.0,
            0.05,
            True,
        ),
        "shared_surface": (np.zeros((3, 4), np.uint8), 1),
        "box_iou": (*boxes, *boxes, 1),
        "box_distance": (*boxes, *boxes, 1),
        "instance_marks": (np.zeros((24, 32), np.int64), DEPTH, np.zeros(1, np.int64), np.zeros((1, 2), f), 4),
    }


@pytest.mark.parametrize("name", core_calls())
def test_core_refuses_wrong_shapes_types_and_layouts(name):
    function, good = getattr(_core, name), core_calls()[name]
    function(*good)
    for at, value in enumerate(good):
        if not isinstance(value, np.ndarray):
            bad = [np.nan, "text", None] if isinstance(value, int | _core.Mesh) else [-1.0, np.nan, "text", None]
        else:
            bad = [value[None], value.astype(complex), value.astype(np.float16), np.zeros(()), 3]
            bad += [np.zeros((*value.shape[:-1], value.shape[-1] + 1), value.dtype)] if value.ndim > 1 else []
            bad += [np.asfortranarray(value)] if value.ndim > 1 and min(value.shape) > 1 else []
            bad += [np.repeat(value, 2)[::2]] if value.ndim == 1 and len(value) > 1 else []
        for wrong in bad:
            if name in ("shared_surface", "ids_of_faces") and isinstance(wrong, np.ndarray) and wrong.ndim == 2:
                continue
            with pytest.raises((ValueError, TypeError)):
                function(*good[:at], wrong, *good[at + 1 :])


def test_core_refuses_indices_out_of_range():
    good = core_calls()
    for bad in (4, -1, 2**31 - 1):
        faces = np.full((2, 3), bad, np.int32)
        with pytest.raises(ValueError, match="faces: expected indices"):
            _core.Mesh(np.zeros((4, 3)), faces)
    for bad in (1, -2):
        arguments = list(good["observe_frame"])
        arguments[3] = np.full(5, bad, np.int32)
        with pytest.raises(ValueError, match="owners: expected indices"):
            _core.observe_frame(*arguments)
    for bad in (
        [0, 1, 1, 1, 4, 4],
        [1, 1, 1, 1, 0, 4],
        [1, 1, 1, 1, 4, 1e9],
        [1, 1, np.nan, 1, 4, 4],
        [1, 1, 1, 1, 2.5, 4],
    ):
        with pytest.raises(ValueError, match="camera: expected"):
            _core.project_points(np.zeros((1, 3)), np.array(bad, dtype=float), np.eye(4), False, 0.0, None, None, 1)


def test_core_survives_numbers_beyond_sense():
    wild = np.array([[1e308, -1e308, 1e308], [np.nan, 0, 1], [np.inf, -np.inf, np.inf], [1e-320, 0, 1e-320]])
    turns = np.tile(np.eye(3), (4, 1, 1)) * 1e200
    faces = np.array(np.meshgrid(*[np.arange(4)] * 3)).reshape(3, -1).T.astype(np.int32).copy()
    for camera in (CAMERA.array, np.array([1e-300, 1e300, -1e300, 1e300, 7, 5])):
        _core.project_points(wild, camera, np.eye(4), False, 0.0, np.empty_like(wild), None, 1)
        depth, face = _core.rasterize(_core.Mesh(wild, faces), camera, np.eye(4), 1e-300, 2)
        assert ((depth == 0) == (face == -1)).all()
        _core.project_boxes(wild, np.abs(wild), turns, camera, np.eye(4), 0.05, 1)
        _core.boxes_in_frustum(wild, np.abs(wild), turns, camera, np.eye(4), 0.05, 1)
        buffer = np.full((int(camera[5]), int(camera[4])), np.inf, np.float32)
        _core.visible_points(wild, camera, np.eye(4), False, buffer, 0.0, 0.0, 0.05, 1)
    _core.box_iou(wild, np.abs(wild), turns, wild, np.abs(wild), turns, 1)
    _core.box_distance(wild, np.abs(wild), turns, wild, np.abs(wild), turns, 1)
