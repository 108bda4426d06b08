"""What is wrong in a ScanNet scan is said in one line that names the file and the field."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spatialkit.adapters import adapters, load_scene
from spatialkit.errors import ArgumentError, DataError, UnknownName

ID = "scene0001_00"
CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype=np.float32)
SIDES = np.array([(0, 1, 2), (1, 3, 2), (4, 6, 5), (5, 6, 7), (0, 2, 4), (2, 6, 4), (1, 5, 3), (3, 5, 7)])
K = "{f} 0 {cx} 0\n0 {f} {cy} 0\n0 0 1 0\n0 0 0 1\n"
HEADER = """ply
format binary_little_endian 1.0
element vertex {0}
property float x
property float y
property float z
element face {1}
property list uchar int vertex_indices
end_header
"""


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """Two boxes, three frames: the smallest whole scan."""
    folder = tmp_path / "scans" / ID
    for name in ("color", "depth", "pose", "intrinsic"):
        (folder / name).mkdir(parents=True)
    for i in (0, 2, 10):
        Image.fromarray(np.full((12, 16, 3), i, np.uint8)).save(folder / "color" / f"{i}.jpg")
        Image.fromarray(np.full((6, 8), 1000 + i, np.uint16)).save(folder / "depth" / f"{i}.png")
        (folder / "pose" / f"{i}.txt").write_text(f"1 0 0 {i}\n0 1 0 0\n0 0 1 0\n0 0 0 1\n")
    (folder / "intrinsic" / "intrinsic_color.txt").write_text(K.format(f=10, cx=7.5, cy=5.5))
    (folder / "intrinsic" / "intrinsic_depth.txt").write_text(K.format(f=5, cx=3.5, cy=2.5))
    vertices = np.concatenate([CORNERS, np.add(CORNERS, (3, 0, 0))]).astype("<f4")
    faces = np.zeros(16, dtype=[("n", "u1"), ("i", "<i4", 3)])
    faces["n"], faces["i"] = 3, np.concatenate([SIDES, SIDES + 8])
    mesh = HEADER.format(16, 16).encode() + vertices.tobytes() + faces.tobytes()
    (folder / f"{ID}_vh_clean_2.ply").write_bytes(mesh)
    write(folder, "segs", {"segIndices": [7] * 8 + [9] * 8})
    groups = [
        {"id": i, "objectId": i, "segments": [s], "label": w} for i, (s, w) in enumerate([(7, "box"), (9, "crate")])
    ]
    write(folder, "aggregation", {"segGroups": groups})
    (folder / f"{ID}.txt").write_text("axisAlignment = 0 -1 0 5 1 0 0 0 0 0 1 0 0 0 0 1\nsceneType = Kitchen\n")
    return folder


FILES = {"segs": f"{ID}_vh_clean_2.0.010000.segs.json", "aggregation": f"{ID}.aggregation.json"}


def write(folder: Path, kind: str, value: object) -> None:
    (folder / FILES[kind]).write_text(json.dumps(value))


def change(folder: Path, index: int, **fields: object) -> None:
    """Change fields of one group of the aggregation; ``...`` removes one."""
    record = json.loads((folder / FILES["aggregation"]).read_text())
    for name, value in fields.items():
        if value is ...:
            del record["segGroups"][index][name]
        else:
            record["segGroups"][index][name] = value
    write(folder, "aggregation", record)


def refused(folder: Path) -> str:
    with pytest.raises(DataError) as caught:
        load_scene("scannet", folder, ID)
    assert str(folder) in str(caught.value)
    return str(caught.value)


def test_a_whole_scan_has_nothing_left_out(scan):
    scene = load_scene("scannet", scan)
    assert scene.skipped == {}
    assert [f.id for f in scene.frames] == ["0", "2", "10"]
    assert [(o.id, o.label, o.box.centre.tolist()) for o in scene.objects] == [
        (1, "box", [4.5, 0.5, 0.5]),
        (2, "crate", [4.5, 3.5, 0.5]),
    ]
    np.testing.assert_allclose(scene.frames[2].world_from_cam[:3, 3], [5, 10, 0])
    np.testing.assert_array_equal(scene.surface.face_ids, [1] * 8 + [2] * 8)


def test_root_scans_and_the_scan_itself(scan):
    for root in (scan, scan.parent, scan.parent.parent):
        assert adapters["scannet"].scenes(root) == [ID]
    with pytest.raises(UnknownName, match=ID):
        load_scene("scannet", scan, "scene0001_01")
    with pytest.raises(DataError, match="scenes: found no scan"):
        adapters["scannet"].scenes(scan / "color")


def test_every_kth_frame(scan):
    assert [f.id for f in load_scene("scannet", scan, ID, stride=2).frames] == ["0", "10"]
    assert [f.id for f in load_scene("scannet", scan, ID, max_frames=2).frames] == ["0", "2"]
    with pytest.raises(ArgumentError, match="stride: found 0"):
        load_scene("scannet", scan, ID, stride=0)
    with pytest.raises(UnknownName, match="did you mean stride"):
        load_scene("scannet", scan, ID, strid=2)


@pytest.mark.parametrize("kind", ["color", "depth"])
def test_missing_intrinsics(scan, kind):
    (scan / "intrinsic" / f"intrinsic_{kind}.txt").unlink()
    assert f"intrinsic_{kind}.txt: intrinsic_{kind}: found no such file" in refused(scan)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (K.format(f=-10, cx=7.5, cy=5.5), "intrinsic_color.fx: found -10.0"),
        (K.format(f=10, cx=648, cy=484), "found principal point (648, 484) of images of 16 x 12 pixels"),
        (K.format(f="x", cx=7.5, cy=5.5), "intrinsic_color: found could not convert string to float: 'x'"),
        (K.format(f="nan", cx=7.5, cy=5.5), "intrinsic_color.matrix: found 2 of 9 values NaN"),
        ("10 3 7.5 0 0 10 5.5 0 0 0 1 0 0 0 0 1", "intrinsic_color.matrix: found [[10.0, 3.0, 7.5]"),
        ("10 0 7.5 0 10 5.5 0 0 1", "intrinsic_color: found 9 values, expected 4 x 4 numbers"),
    ],
)
def test_bad_intrinsics(scan, text, message):
    (scan / "intrinsic" / "intrinsic_color.txt").write_text(text)
    found = refused(scan)
    assert "intrinsic_color.txt: " in found
    assert message in found


def test_a_sensor_beside_the_camera_is_refused(scan):
    (scan / "intrinsic" / "extrinsic_depth.txt").write_text("1 0 0 0.05 0 1 0 0 0 0 1 0 0 0 0 1")
    assert "extrinsic_depth.txt: extrinsic_depth: found a transform 0.05 away from the identity" in refused(scan)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("-inf " * 16, "pose: found values that are not finite: tracking was lost"),
        ("0 " * 15 + "1", "pose: found zeros: tracking was lost"),
        ("2 0 0 0 0 2 0 0 0 0 2 0 0 0 0 1", "pose[:3, :3]: found columns 3 away from orthonormal"),
        ("1 0 0", "pose: found 3 values, expected 4 x 4 numbers"),
    ],
)
def test_a_lost_pose_leaves_the_frame_out(scan, text, message):
    (scan / "pose" / "2.txt").write_text(text)
    scene = load_scene("scannet", scan)
    assert [f.id for f in scene.frames] == ["0", "10"]
    assert list(scene.skipped) == ["frame 2"]
    assert f"{scan / 'pose' / '2.txt'}: {message}" in scene.skipped["frame 2"]


def test_a_truncated_depth_is_named(scan):
    path = scan / "depth" / "10.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 65536, (6, 8)).astype(np.uint16)).save(path)
    path.write_bytes(path.read_bytes()[:60])
    scene = load_scene("scannet", scan)
    with pytest.raises(DataError, match=r"10\.png: depth: found a damaged file"):
        scene.frames[2].load_depth()
    assert any(
        f.severity == "error" and f"{path}: depth: found a damaged file" in f.message
        for f in adapters["scannet"].check(scan)
    )


def test_missing_depth_is_counted(scan):
    (scan / "depth" / "2.png").unlink()
    scene = load_scene("scannet", scan)
    assert [f.depth is None for f in scene.frames] == [False, True, False]
    assert scene.skipped == {"depth of frame 2": f"{scan / 'depth' / '2.png'}: no such file"}


def test_a_mesh_without_segments(scan):
    (scan / FILES["segs"]).unlink()
    assert f"{FILES['segs']}: segments: found no such file" in refused(scan)


def test_segments_of_another_mesh(scan):
    write(scan, "segs", {"segIndices": [7] * 8})
    assert f"{FILES['segs']}: segIndices: found 8 values, expected 16, one per vertex" in refused(scan)


def test_only_the_aggregation_of_the_full_mesh(scan):
    (scan / FILES["aggregation"]).rename(scan / f"{ID}_vh_clean.aggregation.json")
    assert f"{FILES['aggregation']}: aggregation: found no such file" in refused(scan)


def test_an_aggregation_that_speaks_of_the_full_mesh(scan):
    record = json.loads((scan / FILES["aggregation"]).read_text())
    write(scan, "aggregation", record | {"segmentsFile": f"scannet.{ID}_vh_clean.segs.json"})
    assert f"{FILES['aggregation']}: segmentsFile: found scannet." in refused(scan)


def test_a_scan_without_annotation_is_a_place_without_objects(scan):
    (scan / FILES["segs"]).unlink()
    (scan / FILES["aggregation"]).unlink()
    scene = load_scene("scannet", scan)
    assert scene.objects == ()
    assert (scene.surface.face_ids == -1).all()
    assert FILES["aggregation"] in scene.skipped["objects"]


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("segs", {"segIndices": "7"}, "segIndices: found str, expected array"),
        ("segs", {"segIndices": [7] * 15 + [1.5]}, "segIndices[15]: found float, expected int"),
        ("segs", {"segIndices": [7] * 15 + [2**70]}, "segIndices: found a number beyond 64 bits"),
        ("segs", [], "top level: found array, expected object"),
        ("aggregation", {"segGroups": {}}, "segGroups: found object, expected array"),
        ("aggregation", {}, "segGroups: found none, expected a value"),
    ],
)
def test_json_of_a_wrong_type(scan, kind, value, message):
    write(scan, kind, value)
    assert f"{FILES[kind]}: {message}" in refused(scan)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"label": ...}, "segGroups[1].label: found none, expected a value (the field is required)"),
        ({"label": None}, "segGroups[1].label: found null, expected str"),
        ({"segments": []}, "segGroups[1].segments: found 0 segments with no vertex of their own"),
        ({"segments": [8, 2**80]}, "segGroups[1].segments: found 2 segments with no vertex of their own"),
        ({"segments": ["9"]}, "segGroups[1].segments[0]: found str, expected int"),
        ({"objectId": 0}, "segGroups[1].objectId: found 0, expected a whole number of at least 0, used once"),
        ({"objectId": -3}, "segGroups[1].objectId: found -3"),
        ({"objectId": "1"}, "segGroups[1].objectId: found str, expected int"),
    ],
)
def test_a_bad_object_is_left_out_by_name(scan, fields, message):
    change(scan, 1, **fields)
    scene = load_scene("scannet", scan)
    assert [o.id for o in scene.objects] == [1]
    ((name, reason),) = scene.skipped.items()
    assert name.startswith("object ")
    assert f"{scan / FILES['aggregation']}: {message}" in reason
    assert set(scene.surface.face_ids.tolist()) == {1, -1}


@pytest.mark.parametrize("text", ["1 2 3", "x " * 16, "2 " * 16, "nan " * 16])
def test_a_bad_alignment(scan, text):
    (scan / f"{ID}.txt").write_text(f"axisAlignment = {text}\n")
    assert f"{ID}.txt: axisAlignment" in refused(scan)


def test_images_resized_on_export_scale_the_intrinsics(scan):
    (scan / f"{ID}.txt").write_text("colorWidth = 32\ncolorHeight = 24\nfx_color = 20\n")
    (scan / "intrinsic" / "intrinsic_color.txt").write_text(K.format(f=20, cx=15.5, cy=11.5))
    camera = load_scene("scannet", scan).frames[0].camera
    assert (camera.fx, camera.cx, camera.cy, camera.width) == (10, 7.5, 5.5, 16)
    (scan / "intrinsic" / "intrinsic_color.txt").write_text(K.format(f=10, cx=7.5, cy=5.5))
    camera = load_scene("scannet", scan).frames[0].camera
    assert (camera.fx, camera.cx, camera.cy, camera.width) == (10, 7.5, 5.5, 16)
