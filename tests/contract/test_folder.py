"""The scene folder: what is written by hand is read as documented, what is wrong is named, and writing keeps all."""

import importlib.util
import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from spatialkit.adapters import Finding, adapters, load_scene
from spatialkit.adapters.folder import write_folder
from spatialkit.errors import DataError, OutputError, UnknownName
from spatialkit.geometry import unproject_depth
from spatialkit.labels import normalise
from spatialkit.navigation import Graph, Route
from spatialkit.scene import Camera, Frame, OrientedBox, Scene, SceneObject, Sensor
from spatialkit.surfaces import Surface

WIDTH, HEIGHT, FOCAL = 64, 48, 40.0
CENTRES = np.array([[1.0, 1.0, 0.4], [3.0, 1.2, 0.5], [1.2, 2.8, 0.45], [2.9, 3.0, 0.6], [2.0, 0.6, 1.5]])
SIZES = np.array([[0.8, 0.6, 0.8], [0.6, 0.6, 1.0], [0.7, 0.9, 0.9], [0.5, 0.7, 1.2], [0.6, 0.4, 0.5]])
IDS = [7, 2**40 + 1, 0, 2**62, 11]
ROOM = np.array([4.0, 4.0, 2.5])


def look(eye, target):
    """Pose of a level camera: x right, y down, z forward, world z up."""
    forward = np.subtract(target, eye) / np.linalg.norm(np.subtract(target, eye))
    right = np.cross(forward, (0, 0, 1.0))
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
    pose[:3, 3] = eye
    return pose


def cast(pose):
    """Depth (H, W) in millimetres and object index (H, W), -1 for the room itself, by slabs."""
    v, u = np.mgrid[:HEIGHT, :WIDTH]
    ways = np.stack([(u - 31.5) / FOCAL, (v - 23.5) / FOCAL, np.ones_like(u, float)], axis=-1) @ pose[:3, :3].T
    eye = pose[:3, 3]
    with np.errstate(divide="ignore"):
        depth = np.maximum(-eye / ways, (ROOM - eye) / ways).min(axis=-1)
        index = np.full((HEIGHT, WIDTH), -1)
        for i, (centre, size) in enumerate(zip(CENTRES, SIZES, strict=True)):
            a, b = (centre - size / 2 - eye) / ways, (centre + size / 2 - eye) / ways
            near, far = np.minimum(a, b).max(axis=-1), np.maximum(a, b).min(axis=-1)
            hit = (near < far) & (near > 0) & (near < depth)
            depth, index = np.where(hit, near, depth), np.where(hit, i, index)
    return np.rint(depth * 1000).astype(np.uint16), index


def poses():
    """Eight cameras on a walk through the room, looking at things from changing heights."""
    turns = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    return [
        look((2 + 0.9 * np.cos(a), 2 + 0.7 * np.sin(a), 1.5 + 0.2 * np.sin(3 * a)), (2 - np.cos(a), 2 - np.sin(a), 0.7))
        for a in turns
    ]


def encode(folder: Path, *, ids=True, change=lambda pose: pose, **top):
    """Write the room as a scene folder, by hand from the documented format."""
    folder.mkdir(parents=True, exist_ok=True)
    frames = []
    for i, pose in enumerate(poses()):
        depth, index = cast(pose)
        Image.fromarray(np.full((HEIGHT, WIDTH, 3), 10 * i, np.uint8)).save(folder / f"rgb_{i}.png")
        Image.fromarray(depth).save(folder / f"depth_{i}.png")
        Image.fromarray((index + 1).astype(np.uint8)).save(folder / f"ids_{i}.png")
        frames.append(
            {
                "id": f"view {i}",
                "camera": {"fx": FOCAL, "fy": FOCAL, "cx": 31.5, "cy": 23.5, "width": WIDTH, "height": HEIGHT},
                "world_from_cam": change(pose).tolist(),
                "image": f"rgb_{i}.png",
                "depth": f"depth_{i}.png",
                "time": i / 2,
            }
            | ({"instances": f"ids_{i}.png"} if ids else {})
        )
    record = {
        "format": "spatialkit-scene",
        "version": 1,
        "id": folder.name,
        "up": [0, 0, 1],
        "frames": frames,
        "objects": [
            {
                "id": i,
                "label": f"thing {k}",
                "centre": c.tolist(),
                "size": s.tolist(),
                "world_from_box": np.eye(3).tolist(),
            }
            for k, (i, c, s) in enumerate(zip(IDS, CENTRES, SIZES, strict=True))
        ],
        "instance_ids": IDS,
        "sensor": {"depth_constant": 0.005, "depth_quadratic": 0.0, "position": 0.01, "rotation_deg": 0.5},
    } | top
    (folder / "scene.json").write_text(json.dumps(record))
    return record


@pytest.fixture
def room(tmp_path):
    encode(tmp_path / "room")
    return tmp_path / "room"


def edit(folder: Path, *keys, value=...):
    """Set (or, without a value, remove) one entry of scene.json."""
    record = json.loads((folder / "scene.json").read_text())
    at = record
    for key in keys[:-1]:
        at = at[key]
    if value is ...:
        del at[keys[-1]]
    else:
        at[keys[-1]] = value
    (folder / "scene.json").write_text(json.dumps(record))


def test_reads_what_is_documented(room):
    scene = load_scene("folder", room)
    assert scene.skipped == {}
    assert [o.id for o in scene.objects] == IDS
    assert scene.sensor == Sensor(0.005, 0.0, 0.01, 0.5)
    for i, (frame, pose) in enumerate(zip(scene.frames, poses(), strict=True)):
        depth, index = cast(pose)
        assert frame.id == f"view {i}"
        assert frame.time == i / 2
        np.testing.assert_allclose(frame.world_from_cam, pose, atol=1e-12)
        np.testing.assert_allclose(frame.load_depth(), depth / 1000, atol=1e-6)
        np.testing.assert_array_equal(frame.load_instances(), np.array([-1, *IDS])[index + 1])
        assert (frame.load_image() == 10 * i).all()


def test_a_root_holds_many_scenes_or_is_one(tmp_path):
    for name in ("b", "a"):
        encode(tmp_path / name)
    encode(tmp_path / "renamed", id="c")
    assert adapters["folder"].scenes(tmp_path) == ["a", "b", "c"]
    assert adapters["folder"].scenes(tmp_path / "b") == ["b"]
    assert load_scene("folder", tmp_path, "c").id == "c"
    assert load_scene("folder", tmp_path / "renamed", "c").id == "c"
    with pytest.raises(UnknownName, match=r"'d'.*known: a, b, c"):
        load_scene("folder", tmp_path, "d")
    with pytest.raises(UnknownName, match="scene"):
        load_scene("folder", tmp_path / "a", "../b")


def test_two_scenes_of_one_id_are_refused(tmp_path):
    encode(tmp_path / "a")
    encode(tmp_path / "b", id="a")
    with pytest.raises(DataError, match=r"b/scene\.json: id: found 'a' also in .*a/scene\.json"):
        adapters["folder"].scenes(tmp_path)


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        (["format"], "other", "scene.json: format: found 'other', expected 'spatialkit-scene'"),
        (["version"], 2, "scene.json: version: found 2, expected 1"),
        (["up"], "z", "scene.json: up: found str, expected array"),
        (["up"], [0, 0, 2], "scene.json: up: found length 2, expected a unit vector"),
        (["metric"], 1, "scene.json: metric: found int, expected bool"),
        (["id"], "../x", "scene.json: id: found '../x'"),
        (["id"], ..., "scene.json: id: found none"),
        (["extra"], 1, "scene.json: extra: found an unknown field"),
        (["sensor", "position"], -1.0, "scene.json: sensor.position: found -1.0"),
        (["sensor", "noise"], 1.0, "scene.json: sensor.noise: found an unknown field"),
        (["instance_ids"], [-4], "scene.json: instance_ids[0]: found -4"),
        (["instance_ids"], [2**63], "scene.json: instance_ids[0]: found 9223372036854775808"),
        (["floor"], [[[0, 0], [1, 0]]], "scene.json: floor[0]: found 2 corners"),
        (["graph"], {"ids": ["a"], "positions": [[0, 0, 0]], "edges": [["a", "b"]]}, "graph.edges[0]: found"),
        (["graph"], {"ids": ["a", "a"], "positions": [[0, 0, 0]] * 2, "edges": []}, "graph.ids: found"),
        (["routes"], [{"id": "1", "nodes": ["a", "b"], "facing": [0, 1, 0]}], "routes[0].nodes: found ['a', 'b']"),
        (["surface"], {"mesh": "mesh.npz"}, "scene.json: surface.mesh: found 'mesh.npz', which is no file"),
        (["points"], "../p.npz", "scene.json: points: found '../p.npz'"),
    ],
)
def test_a_broken_scene_is_refused(room, keys, value, message):
    edit(room, *keys, value=value)
    with pytest.raises(DataError) as caught:
        load_scene("folder", room, "room")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "text", ['{"id": ', "[1, 2]", "\xff", "[" * 100_000, '{"id": "room", "version": ' + "9" * 9999]
)
def test_json_that_is_none_is_one_error(room, text):
    (room / "scene.json").write_text(text, encoding="latin-1")
    with pytest.raises(DataError, match=r"scene\.json: "):
        load_scene("folder", room, "room")


NAN_POSE = np.full((4, 4), -np.inf).tolist()
SHEAR = [[1, 0.1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        (["camera"], ..., "frames[2].camera: found none"),
        (["camera", "fx"], ..., "frames[2].camera.fx: found none"),
        (["camera", "fx"], -1.0, "frames[2].camera.fx: found -1.0"),
        (["camera", "fy"], "40", "frames[2].camera.fy: found str, expected float"),
        (["camera", "width"], 63, "rgb_2.png: image: found 64 x 48 pixels, expected 63 x 48 pixels"),
        (["camera", "width"], 10**9, "frames[2].camera.width: found 1000000000"),
        (["world_from_cam"], NAN_POSE, "frames[2].world_from_cam: found 16 of 16 values NaN or infinite"),
        (["world_from_cam"], SHEAR, "frames[2].world_from_cam[:3, :3]: found columns 0.1 away from orthonormal"),
        (["world_from_cam"], [[1.0]], "frames[2].world_from_cam: found shape (1, 1), expected shape (4, 4)"),
        (["world_from_cam"], [[1.0], []], "frames[2].world_from_cam: found no array"),
        (["image"], "none.png", "frames[2].image: found 'none.png', which is no file"),
        (["depth"], "/etc/passwd", "frames[2].depth: found '/etc/passwd'"),
        (["depth"], "../room/depth_2.png", "frames[2].depth: found '../room/depth_2.png'"),
        (["depth"], "rgb_2.png", "rgb_2.png: depth: found pixels of mode RGB, expected one channel of 16 bits"),
        (["depth"], "scene.json", "scene.json: depth: found not an image file"),
        (["depth_unit"], 0.0, "frames[2].depth_unit: found 0.0"),
        (["up_rotation"], 5, "frames[2].up_rotation: found 5"),
        (["up_rotation"], 1, "rgb_2.png: image: found 64 x 48 pixels, expected 48 x 64 pixels"),
        (["time"], float("nan"), "frames[2].time: found nan"),
        (["shutter"], 1, "frames[2].shutter: found an unknown field"),
        (["id"], "view 1", "frames[2].id: found 'view 1' a second time"),
        (["id"], "a/b", "frames[2].id: found 'a/b'"),
    ],
)
def test_a_bad_frame_is_left_out_by_name(room, keys, value, message):
    edit(room, "frames", 2, *keys, value=value)
    scene = load_scene("folder", room, "room")
    assert [f.id for f in scene.frames] == [f"view {i}" for i in range(8) if i != 2]
    ((name, reason),) = scene.skipped.items()
    assert name in ("frame view 2", "frame #2", "frame a/b")
    assert message in reason
    assert str(room) in reason


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        (["label"], ..., "objects[1].label: found none, expected a value (the field is required)"),
        (["label"], None, "objects[1].label: found null, expected str"),
        (["size"], [1, 1, 0], "objects[1].size: found [1.0, 1.0, 0.0], expected three full extents above 0 m"),
        (["size"], [1, 1], "objects[1].size: found shape (2,), expected shape (3,)"),
        (["centre"], [0, 0, float("nan")], "objects[1].centre: found 1 of 3 values NaN"),
        (["world_from_box"], np.diag([1, 1, -1]).tolist(), "objects[1].world_from_box: found a reflection"),
        (["id"], -1, "objects[1].id: found -1"),
        (["id"], 7, "objects[1].id: found 7 a second time"),
        (["id"], 1.5, "objects[1].id: found float, expected int"),
    ],
)
def test_a_bad_object_is_left_out_by_name(room, keys, value, message):
    edit(room, "objects", 1, *keys, value=value)
    scene = load_scene("folder", room, "room")
    assert [o.id for o in scene.objects] == [IDS[0], *IDS[2:]]
    ((name, reason),) = scene.skipped.items()
    assert name.startswith("object ")
    assert f"scene.json: {message}" in reason


def test_a_link_out_of_the_folder_is_not_followed(room, tmp_path):
    (room / "depth_3.png").rename(tmp_path / "outside.png")
    (room / "depth_3.png").symlink_to(tmp_path / "outside.png")
    reason = load_scene("folder", room, "room").skipped["frame view 3"]
    assert "frames[3].depth: found 'depth_3.png', which leads outside" in reason


def test_a_pipe_is_not_opened(room):
    (room / "depth_3.png").unlink()
    os.mkfifo(room / "depth_3.png")
    assert "which is no file" in load_scene("folder", room, "room").skipped["frame view 3"]


def test_a_truncated_depth_is_one_error_and_one_finding(room):
    data = (room / "depth_4.png").read_bytes()
    (room / "depth_4.png").write_bytes(data[: len(data) // 2])
    frame = load_scene("folder", room, "room").frames[4]
    with pytest.raises(DataError, match=r"depth_4\.png: depth: found a damaged file"):
        frame.load_depth()
    errors = [f for f in adapters["folder"].check(room) if f.severity == "error"]
    assert len(errors) == 1
    assert "depth_4.png: depth: found a damaged file" in errors[0].message


def test_an_id_beyond_the_table_is_named(room):
    edit(room, "instance_ids", value=IDS[:2])
    scene = load_scene("folder", room, "room")
    with pytest.raises(DataError, match=r"ids_\d\.png: instances: found pixel value \d, expected at most 2"):
        list(map(Frame.load_instances, scene.frames))


def test_ids_without_a_table_are_refused(room):
    edit(room, "instance_ids")
    scene = load_scene("folder", room, "room")
    assert not scene.frames
    assert "scene.json: instance_ids: found none" in scene.skipped["frame view 0"]


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.text(max_size=5)
    | st.floats(-1e100, 1e100)
    | st.sampled_from([np.inf, -np.inf, np.nan]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def places(value, path=()):
    """Every place in a JSON value."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_junk_anywhere_is_an_error_of_ours_or_left_out(template, data):
    record = json.loads((template / "scene.json").read_text())
    record["frames"], record["objects"] = record["frames"][:2], record["objects"][:2]
    *path, last = data.draw(st.sampled_from([p for p in places(record) if p]))
    at = record
    for key in path:
        at = at[key]
    at[last] = data.draw(JUNK)
    folder = template.parent / "junk"
    (folder / "scene.json").write_text(json.dumps(record))
    try:
        scene = load_scene("folder", folder)
    except DataError as error:
        message = str(error)
    else:
        message = ""
    if message:
        assert message.startswith(str(folder))
        assert len(message) < 1000
        return
    assert len(scene.frames) + sum(name.startswith("frame") for name in scene.skipped) >= min(2, len(record["frames"]))
    assert all(str(folder) in reason for reason in scene.skipped.values())


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    top = tmp_path_factory.mktemp("template")
    encode(top / "room")
    encode(top / "junk")
    return top / "room"


# ---- what a check says --------------------------------------------------------------------------------------------


def findings(folder: Path) -> list[Finding]:
    return list(adapters["folder"].check(folder))


@pytest.mark.parametrize("ids", [True, False])
def test_a_sound_scene_has_only_good_findings(tmp_path, ids):
    encode(tmp_path / "room", ids=ids)
    found = findings(tmp_path)
    assert [f for f in found if f.severity != "ok"] == []
    assert any("depth between neighbouring views" in f.message for f in found)
    assert any(("object pixels: 100%" if ids else "that reach a box end inside one") in f.message for f in found)


MISTAKES = {
    "c2w for w2c": np.linalg.inv,
    "OpenGL axes": lambda t: t @ np.diag([1.0, -1, -1, 1]),
    "backward": lambda t: t @ np.diag([-1.0, 1, -1, 1]),
    "rolled over": lambda t: t @ np.diag([-1.0, -1, 1, 1]),
    "world y and z": lambda t: np.array([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]]) @ t,
    "shifted": lambda t: np.array([[0.0, -1, 0, 3], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]) @ t,
}


@pytest.mark.parametrize("ids", [True, False])
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_an_error(tmp_path, mistake, ids):
    encode(tmp_path / "room", ids=ids, change=MISTAKES[mistake])
    found = findings(tmp_path)
    errors = [f.message for f in found if f.severity == "error"]
    if mistake in ("world y and z", "shifted") and not ids:  # poses and boxes in two frames: only ids prove it
        assert any(f.severity == "warning" for f in found)
        return
    assert errors
    if mistake == "c2w for w2c":
        assert any("the other way round" in e for e in errors)
    if mistake == "OpenGL axes":
        assert any("OpenGL" in e for e in errors)


def test_a_check_says_what_is_missing(tmp_path):
    record = encode(tmp_path / "room", ids=False)
    for frame in record["frames"]:
        del frame["depth"]
    record["objects"] = []
    (tmp_path / "room" / "scene.json").write_text(json.dumps(record))
    messages = {f.message for f in findings(tmp_path) if f.severity == "error"}
    assert messages == {
        "no objects: no questions about objects",
        "neither depth nor mesh: visibility is unknown, so nothing can be asked",
    }


def test_a_check_goes_on_after_a_broken_scene(tmp_path):
    encode(tmp_path / "a")
    encode(tmp_path / "b")
    (tmp_path / "a" / "scene.json").write_text("{")
    found = findings(tmp_path)
    assert [f.where for f in found if f.severity == "error"] == ["a"]
    assert any(f.where == "b" and f.severity == "ok" for f in found)
    missing = list(adapters["folder"].check(tmp_path / "none"))
    assert [f.severity for f in missing] == ["error"]
    assert "no such folder" in missing[0].message


# ---- writing ------------------------------------------------------------------------------------------------------


def same(a: Scene, b: Scene) -> None:
    for name in ("id", "dataset", "sensor", "metric"):
        assert getattr(a, name) == getattr(b, name)
    np.testing.assert_allclose(a.up, b.up, rtol=0, atol=4e-15)
    assert [(o.id, o.label) for o in a.objects] == [(o.id, o.label) for o in b.objects]
    for one, other in zip(a.objects, b.objects, strict=True):
        np.testing.assert_array_equal(one.box.centre, other.box.centre)
        np.testing.assert_array_equal(one.box.size, other.box.size)
        np.testing.assert_allclose(one.box.world_from_box, other.box.world_from_box, rtol=0, atol=4e-15)
        assert (one.points is None) == (other.points is None)
        if one.points is not None:
            np.testing.assert_array_equal(one.points, other.points)
    for one, other in zip(a.frames, b.frames, strict=True):
        for name in ("id", "camera", "depth_camera", "depth_unit", "time", "up_rotation"):
            assert getattr(one, name) == getattr(other, name)
        np.testing.assert_allclose(one.world_from_cam, other.world_from_cam, rtol=0, atol=4e-15)
        for kind in ("image", "depth", "instances"):
            assert (getattr(one, kind) is None) == (getattr(other, kind) is None)
            if getattr(one, kind) is not None:
                np.testing.assert_array_equal(getattr(one, f"load_{kind}")(), getattr(other, f"load_{kind}")())
    assert (a.surface is None) == (b.surface is None)
    if a.surface is not None and b.surface is not None:
        for name in ("vertices", "faces", "face_ids"):
            np.testing.assert_array_equal(getattr(a.surface, name), getattr(b.surface, name))
    assert (a.floor is None) == (b.floor is None)
    for one, other in zip(a.floor or (), b.floor or (), strict=True):
        np.testing.assert_array_equal(one, other)
    assert a.exhaustive == b.exhaustive
    assert (a.graph is None) == (b.graph is None)
    if a.graph is not None and b.graph is not None:
        for name in ("ids", "positions", "edges", "heights"):
            np.testing.assert_array_equal(getattr(a.graph, name), getattr(b.graph, name))
    for route, again in zip(a.routes, b.routes, strict=True):
        for name in ("id", "nodes", "facing", "instruction", "language"):
            np.testing.assert_array_equal(getattr(route, name), getattr(again, name))


UP = np.array([0.0, 0.0, 1.0])


@st.composite
def scenes(draw):
    """Small scenes with anything optional drawn: depth cameras, rotations, ids of 64 bits, meshes, points."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    ids = draw(st.lists(st.integers(0, 2**63 - 1), max_size=4, unique=True))

    def rotation():
        q, r = np.linalg.qr(rng.normal(size=(3, 3)))
        q = q * np.sign(np.diag(r))
        return q if np.linalg.det(q) > 0 else -q

    def camera(size):
        return Camera(*rng.uniform(3, 9, 4), *size)

    frames = []
    for i in range(draw(st.integers(0, 3))):
        turn = draw(st.integers(0, 3))
        size = draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
        own = draw(st.none() | st.tuples(st.integers(1, 5), st.integers(1, 5)))
        has = [draw(st.booleans()) for _ in range(3)]
        stored, buffer = ((s[::-1] if turn % 2 == 0 else s) for s in (size, own or size))
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = rotation(), rng.normal(size=3)
        frames.append(
            Frame(
                id=f"f{i}",
                camera=camera(size),
                world_from_cam=pose,
                image=rng.integers(0, 256, (*stored, 3), dtype=np.uint8) if has[0] else None,
                depth=rng.integers(0, 65536, buffer).astype(np.uint16) if has[1] else None,
                instances=rng.choice(np.array([-1, 5, *ids]), buffer) if has[2] else None,
                depth_camera=camera(own) if own else None,
                depth_unit=draw(st.sampled_from([0.001, 0.00025, 0.0123])),
                time=draw(st.none() | st.floats(i, i + 0.5)),
                up_rotation=turn,
            )
        )
    label = st.text("abc äö'<", max_size=9)
    vertices = rng.normal(size=(4, 3))
    face_ids = rng.choice(np.array([-1, *ids]), 3)
    graph = Graph(("p", "q", "r"), rng.normal(size=(3, 3)), np.array([[2, 0], [0, 1]]), draw(st.none() | st.just(UP)))
    joined = draw(st.booleans())
    return Scene(
        exhaustive=draw(st.none() | st.frozensets(label.map(normalise), max_size=3)),
        graph=graph if joined else None,
        routes=(Route("1", ("p", "r"), UP, "Go.", "en-GB"), Route("2", ("q", "p", "r"), UP)) if joined else (),
        id=draw(st.sampled_from(["a", "scene 1", "küche"])),
        dataset="made up",
        frames=tuple(frames),
        objects=tuple(
            SceneObject(
                i,
                draw(label),
                OrientedBox(rng.normal(size=3), rng.uniform(0.01, 3, 3), rotation()),
                rng.normal(size=(2, 3)) if draw(st.booleans()) else None,
            )
            for i in ids
        ),
        surface=Surface(vertices, rng.integers(0, 4, (3, 3)), face_ids) if draw(st.booleans()) else None,
        floor=(rng.normal(size=(3, 2)), rng.normal(size=(5, 2))) if draw(st.booleans()) else None,
        up=rotation()[0],
        sensor=Sensor(*rng.uniform(0, 1, 4).tolist()),
        metric=draw(st.booleans()),
    )


@settings(max_examples=40, deadline=None)
@given(scene=scenes())
def test_writing_and_reading_changes_nothing(tmp_path_factory, scene):
    top = tmp_path_factory.mktemp("trip")
    once = load_scene("folder", write_folder(scene, top / "one"))
    assert once.skipped == {}
    same(scene, once)
    twice = load_scene("folder", write_folder(once, top / "two"))
    same(once, twice)
    for kind in ("image", "depth", "instances"):
        for file in sorted((top / "one" / kind).glob("*")):
            assert file.read_bytes() == (top / "two" / kind / file.name).read_bytes()


def test_an_existing_folder_is_not_written_over(room, tmp_path):
    scene = load_scene("folder", room)
    with pytest.raises(OutputError, match="already there"):
        write_folder(scene, room)
    (tmp_path / "empty").mkdir()
    write_folder(scene, tmp_path / "empty")
    assert load_scene("folder", tmp_path / "empty").id == "room"


def test_a_failed_write_leaves_nothing(room, tmp_path):
    scene = load_scene("folder", room)
    (room / "ids_7.png").write_bytes(b"gone")
    with pytest.raises(DataError, match=r"ids_7\.png"):
        write_folder(scene, tmp_path / "out" / "copy")
    assert list((tmp_path / "out").iterdir()) == []


def test_depth_beyond_sixteen_bits_is_refused(tmp_path):
    camera = Camera(1, 1, 0, 0, 1, 1)
    scene = Scene("a", "made up", (Frame("f", camera, np.eye(4), depth=np.array([[66.0]])),), ())
    with pytest.raises(DataError, match=r"frame f: depth: found 66 m, expected at most 65\.535 m"):
        write_folder(scene, tmp_path / "a")


# ---- meshes and points --------------------------------------------------------------------------------------------


def mesh(folder: Path, **arrays):
    parts = {"vertices": np.eye(3), "faces": np.array([[0, 1, 2]]), "face_ids": np.array([7])} | arrays
    np.savez(folder / "mesh.npz", **{k: v for k, v in parts.items() if v is not None})
    edit(folder, "surface", value={"mesh": "mesh.npz"})


def test_reads_a_mesh(room):
    mesh(room)
    surface = load_scene("folder", room).surface
    np.testing.assert_array_equal(surface.face_ids, [7])
    np.testing.assert_array_equal(surface.vertices, np.eye(3))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"face_ids": None}, "mesh.npz: face_ids: found none"),
        ({"face_ids": np.array([1, 2])}, "mesh.npz: face_ids: found shape (2,), expected shape (1,)"),
        ({"faces": np.array([[0, 1, 3]])}, "mesh.npz: faces: found indices 0 to 3, expected indices from 0 to 2"),
        ({"faces": np.array([[0.0, 1, 2]])}, "mesh.npz: faces: found shape (1, 3), dtype float64"),
        ({"vertices": np.full((3, 3), np.nan)}, "mesh.npz: vertices: found 9 of 9 values NaN"),
        ({"vertices": np.array([None])}, "mesh.npz: vertices: found shape (1,), dtype object"),
    ],
)
def test_a_bad_mesh_is_refused(room, arrays, message):
    mesh(room, **arrays)
    with pytest.raises(DataError) as caught:
        load_scene("folder", room)
    assert message in str(caught.value)


def test_points_belong_to_their_object(room):
    np.savez(room / "points.npz", points=np.arange(9.0).reshape(3, 3), ids=np.array([11, 7, 11]))
    edit(room, "points", value="points.npz")
    scene = load_scene("folder", room)
    np.testing.assert_array_equal(scene.objects[4].points, [[0, 1, 2], [6, 7, 8]])
    np.testing.assert_array_equal(scene.objects[0].points, [[3, 4, 5]])
    assert scene.objects[1].points is None


# ---- a real capture -----------------------------------------------------------------------------------------------

REAL = os.environ.get("SPATIALKIT_REAL_DATA")


@pytest.mark.skipif(not REAL, reason="needs a real capture: set SPATIALKIT_REAL_DATA to the folder that holds it")
def test_the_real_kitchen(tmp_path):
    """Its depth agrees with its boxes to 2 cm for every pixel of an object, and across its cameras to 0.2 cm."""
    path = Path(__file__).parents[2] / "examples" / "02_convert_real_capture.py"
    spec = importlib.util.spec_from_file_location("convert_real_capture", path)
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    scene = load_scene("folder", write_folder(example.convert(Path(REAL or "") / "adt_kitchen"), tmp_path / "kitchen"))
    assert scene.skipped == {}
    assert len(scene.objects) == 330
    assert max(o.id for o in scene.objects) > 2**52
    centres, sizes, axes = scene.boxes
    for frame in scene.frames:
        up = frame.world_from_cam[:3, :3].T @ scene.up
        assert -up[1] > max(abs(up[0]), 0.5), "the image is upright"
        ids = frame.load_instances()
        known = np.isin(ids, list(scene.object_index))
        which = np.array([scene.object_index[int(i)] for i in ids[known]])
        world = unproject_depth(frame.load_depth(), frame.camera, frame.world_from_cam)[known]
        local = np.einsum("nj,njk->nk", world - centres[which], axes[which])
        assert np.maximum(np.abs(local) - sizes[which] / 2, 0).max() < 0.02
    found = findings(tmp_path)
    assert [f for f in found if f.severity != "ok"] == []
    (between,) = (f.message for f in found if "neighbouring views" in f.message)
    assert float(between.split("median difference ")[1].split()[0]) <= 0.2
