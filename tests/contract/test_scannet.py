"""The ScanNet adapter against scenes written in the official layout by an independent encoder."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spatialkit.adapters import adapters, load_scene
from spatialkit.errors import DataError, SpatialkitError
from spatialkit.generate import generate
from spatialkit.geometry import rasterize
from spatialkit.scene import Camera, Frame, Scene, SceneObject
from spatialkit.verify import verify
from tests.encoders.scannet import (
    COLOUR_K,
    COLOUR_SIZE,
    DEPTH_K,
    DEPTH_SIZE,
    FLOOR,
    NOTHING,
    SCENE_ID,
    Room,
    Traps,
    make_room,
    palette,
    shared_segment,
    write_label_table,
    write_scannet,
)

MILLIMETRE = 1e-3
ROOM = make_room()
FRAMES = range(len(ROOM.poses))
MESH = f"{SCENE_ID}_vh_clean_2.ply"
SEGMENTS = f"{SCENE_ID}_vh_clean_2.0.010000.segs.json"
AGGREGATION = f"{SCENE_ID}.aggregation.json"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset root as a download leaves it, with two good scenes."""
    path = tmp_path_factory.mktemp("scannet")
    write_scannet(path / "scans", ROOM)
    write_scannet(path / "scans", ROOM, scene_id="scene0000_01")
    write_label_table(path / "scannetv2-labels.combined.tsv", ROOM)
    (path / "scans" / "downloads.log").write_text("done\n")
    return path


@pytest.fixture(scope="module")
def scene(root: Path) -> Scene:
    """The good scene, loaded."""
    return load_scene("scannet", root, SCENE_ID)


def load(tmp_path: Path, **traps: Any) -> Scene:
    """Write the room with these traps and load it."""
    write_scannet(tmp_path / "scans", ROOM, Traps(**traps))
    return load_scene("scannet", tmp_path, SCENE_ID)


def load_unless_refused(root: Path, file: str) -> Scene | None:
    """Load the scene, or hold the error to naming the file and return None."""
    try:
        return load_scene("scannet", root, SCENE_ID)
    except DataError as error:
        refusal = str(error)
    assert file in refusal
    return None


def number(frame: Frame) -> int:
    """Return the number of a frame in the recording, from its id."""
    return int(re.findall(r"\d+", frame.id)[-1])


def numbers(scene: Scene) -> list[int]:
    """Return the numbers of all frames, in the scene's order."""
    return [number(frame) for frame in scene.frames]


def names_frame(scene: Scene, i: int) -> bool:
    """Tell whether ``scene.skipped`` has an entry about frame ``i``."""
    return any(re.search(rf"(?<!\d)0*{i}(?!\d)", name) for name in scene.skipped)


def names_object(scene: Scene, label: str, object_id: int) -> bool:
    """Tell whether ``scene.skipped`` has one entry, about the object of this label or scene id."""
    (entry,) = scene.skipped.items()
    return label in " ".join(entry) or bool(re.search(rf"(?<!\d){object_id}(?!\d)", entry[0]))


def skipped_text(scene: Scene) -> str:
    """Return names and reasons of all that was skipped."""
    return "\n".join(f"{name}: {reason}" for name, reason in scene.skipped.items())


def by_id(scene: Scene) -> dict[int, SceneObject]:
    """Return the objects by their id in the scene."""
    return {o.id: o for o in scene.objects}


def assert_box(found: SceneObject, object_id: int, room: Room = ROOM) -> None:
    """Hold one box to the bounds of that object's vertices, axis-aligned in the aligned frame."""
    centre, size = room.box(object_id)
    assert np.abs(found.box.centre - centre).max() < MILLIMETRE
    assert np.abs(found.box.size - size).max() < MILLIMETRE
    assert np.abs(found.box.world_from_box - np.eye(3)).max() < 1e-6


def assert_poses(scene: Scene, expected: np.ndarray) -> None:
    """Hold all poses of a scene to (f, 4, 4): 1 mm and 0.1 degrees."""
    assert len(scene.frames) == len(expected)
    for frame, pose in zip(scene.frames, expected, strict=True):
        assert np.linalg.norm(frame.world_from_cam[:3, 3] - pose[:3, 3]) < MILLIMETRE
        turn = frame.world_from_cam[:3, :3].T @ pose[:3, :3]
        # the angle from the antisymmetric part: arccos of the trace is useless near zero
        sine = np.linalg.norm([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]]) / 2
        assert np.degrees(np.arctan2(sine, (np.trace(turn) - 1) / 2)) < 0.1


def assert_all_frames_but(scene: Scene, *left_out: int) -> None:
    """Hold a scene to all frames except some, each of which is named, and nothing else of the stream is."""
    kept = [i for i in FRAMES if i not in left_out]
    assert numbers(scene) == kept
    assert_poses(scene, ROOM.poses[kept])
    for i in left_out:
        assert names_frame(scene, i), f"frame {i} was left out without a word: {skipped_text(scene)}"
    assert len(scene.skipped) == len(left_out), skipped_text(scene)


# --- a good scene -------------------------------------------------------------------------------------------------


def test_good_scene_is_complete(scene: Scene) -> None:
    assert (scene.id, scene.dataset, scene.metric) == (SCENE_ID, "scannet", True)
    assert np.allclose(scene.up, (0, 0, 1))
    assert len(scene.objects) == len(ROOM.labels)
    assert not scene.skipped


def test_frames_are_in_numeric_order(scene: Scene) -> None:
    assert numbers(scene) == list(FRAMES)


def test_poses_are_in_the_aligned_frame(scene: Scene) -> None:
    assert_poses(scene, ROOM.poses)


def test_intrinsics_are_exact(scene: Scene) -> None:
    colour, depth = (Camera.from_matrix(k, *size) for k, size in ((COLOUR_K, COLOUR_SIZE), (DEPTH_K, DEPTH_SIZE)))
    for frame in scene.frames:
        assert frame.camera == colour
        assert frame.depth_camera == depth


def test_depth_is_in_metres_along_z(scene: Scene) -> None:
    for frame, millimetres in zip(scene.frames, ROOM.depth_mm, strict=True):
        metres = frame.load_depth()
        assert metres.dtype == np.float32
        assert np.abs(metres - millimetres / 1000.0).max() < 1e-5
        assert ((metres == 0) == (millimetres == 0)).all()


def test_images_belong_to_their_frames(scene: Scene) -> None:
    for frame, truth in zip(scene.frames, ROOM.colour, strict=True):
        image = frame.load_image()
        assert image.shape == (COLOUR_SIZE[1], COLOUR_SIZE[0], 3)
        assert image.dtype == np.uint8
        assert np.median(np.abs(image.astype(int) - truth)) < 5  # JPEG


def test_object_ids_count_from_one(scene: Scene) -> None:
    assert sorted(by_id(scene)) == [i + 1 for i in sorted(ROOM.labels)]


def test_labels(scene: Scene) -> None:
    assert {i: o.label for i, o in by_id(scene).items()} == {i + 1: label for i, label in ROOM.labels.items()}


@pytest.mark.parametrize("object_id", sorted(ROOM.labels), ids=lambda i: ROOM.labels[i])
def test_boxes_bound_the_aligned_vertices(scene: Scene, object_id: int) -> None:
    assert_box(by_id(scene)[object_id + 1], object_id)


def test_surface_is_in_the_aligned_frame(scene: Scene) -> None:
    assert scene.surface is not None
    assert scene.surface.vertices.shape == ROOM.vertices.shape
    assert np.abs(scene.surface.vertices - ROOM.vertices).max() < MILLIMETRE
    assert np.array_equal(scene.surface.faces, ROOM.faces)


def test_faces_carry_scene_ids(scene: Scene) -> None:
    assert scene.surface is not None
    corners = np.where(ROOM.owners == NOTHING, -1, ROOM.owners + 1)[ROOM.faces]
    pure = (corners == corners[:, :1]).all(axis=1)
    assert 0.5 < pure.mean() < 1.0  # both kinds are there
    assert np.array_equal(scene.surface.face_ids[pure], corners[pure, 0])
    seams = scene.surface.face_ids[~pure, None]
    assert ((seams == corners[~pure]).any(axis=1) | (seams[:, 0] == -1)).all()


# --- the parts agree with each other: files of one scene, no look at the truth but for who owns a pixel ---------------


def unprojected(frame: Frame) -> tuple[np.ndarray, np.ndarray]:
    """World points (n, 3) of all depth readings of a frame, and the rows and columns (2, n) they come from."""
    depth, camera = frame.load_depth().astype(float), frame.buffer_camera
    v, u = np.nonzero(depth)
    z = depth[v, u]
    points = np.stack([(u - camera.cx) / camera.fx * z, (v - camera.cy) / camera.fy * z, z], axis=1)
    return points @ frame.world_from_cam[:3, :3].T + frame.world_from_cam[:3, 3], np.stack([v, u])


def projected(points: np.ndarray, camera: Camera, frame: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Pixels (n, 2) as (u, v) and depths (n,) of world points."""
    local = (points - frame.world_from_cam[:3, 3]) @ frame.world_from_cam[:3, :3]
    z = local[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        pixels = local[:, :2] / z[:, None] * (camera.fx, camera.fy) + (camera.cx, camera.cy)
    return pixels, z


def test_depth_readings_of_an_object_lie_in_its_box(scene: Scene) -> None:
    seen = set()
    for frame, ids in zip(scene.frames, ROOM.ids, strict=True):
        points, (v, u) = unprojected(frame)
        for found in scene.objects:
            mine = points[ids[v, u] == found.id - 1]
            if len(mine) == 0:
                continue
            seen.add(found.id)
            inside = np.abs((mine - found.box.centre) @ found.box.world_from_box) - found.box.size / 2
            assert inside.max() < 0.005, f"frame {frame.id}, object {found.id}"
            corner_depths = projected(found.box.corners, frame.buffer_camera, frame)[1]
            z = projected(mine, frame.buffer_camera, frame)[1]
            assert corner_depths.min() - 0.005 < z.min()
            assert z.max() < corner_depths.max() + 0.005
    assert seen == {o.id for o in scene.objects}


def test_no_frame_sees_through_the_mesh_of_an_object(scene: Scene) -> None:
    assert scene.surface is not None
    touched = 0
    for frame in scene.frames:
        depth = frame.load_depth().astype(float)
        depth[depth == 0] = np.nan
        near = np.nanmin(np.lib.stride_tricks.sliding_window_view(np.pad(depth, 1, mode="edge"), (3, 3)), axis=(2, 3))
        for found in scene.objects:
            vertices = scene.surface.vertices[np.unique(scene.surface.faces[scene.surface.face_ids == found.id])]
            pixels, z = projected(vertices, frame.buffer_camera, frame)
            ahead = z > 0.1
            u, v = np.rint(pixels[ahead]).astype(int).T
            z = z[ahead]
            within = (u >= 0) & (u < DEPTH_SIZE[0]) & (v >= 0) & (v < DEPTH_SIZE[1])
            behind = near[v[within], u[within]] - z[within]
            assert (behind < 0.02 + 0.01 * z[within]).all(), f"frame {frame.id}, object {found.id}"
            touched += int((np.abs(behind) < 0.02).sum())
    assert touched > 2000


def test_rasterised_surface_agrees_with_the_sensor(scene: Scene) -> None:
    assert scene.surface is not None
    for frame, truth in zip(scene.frames, ROOM.ids, strict=True):
        depth, ids = rasterize(scene.surface, frame.buffer_camera, frame.world_from_cam)
        sensor = frame.load_depth()
        both = (sensor > 0) & (depth > 0)
        assert both.mean() > 0.95
        difference = np.abs(depth - sensor)[both]
        assert np.median(difference) < 0.003
        assert (difference < 0.03).mean() > 0.97
        assert (ids == np.where(truth == NOTHING, -1, truth + 1)).mean() > 0.97


def test_colour_camera_sees_what_the_depth_camera_measures(scene: Scene) -> None:
    for frame, ids in zip(scene.frames, ROOM.ids, strict=True):
        points, (v, u) = unprojected(frame)
        pixels, _ = projected(points, frame.camera, frame)
        column, row = np.rint(pixels).astype(int).T
        within = (column >= 0) & (column < COLOUR_SIZE[0]) & (row >= 0) & (row < COLOUR_SIZE[1])
        assert within.mean() > 0.9
        image = frame.load_image().astype(int)[row[within], column[within]]
        off = np.abs(image - palette()[ids[v, u][within]]).max(axis=1)
        assert (off < 12).mean() > 0.96  # the rest are edges, softened by JPEG


# --- where the root may be ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("below", ["", "scans", f"scans/{SCENE_ID}"], ids=["dataset", "scans", "scene"])
def test_root_may_be_given_at_any_level(root: Path, below: str) -> None:
    found = load_scene("scannet", root / below, SCENE_ID)
    assert found.id == SCENE_ID
    assert len(found.frames) == len(FRAMES)
    assert len(found.objects) == len(ROOM.labels)


def test_root_may_be_a_string(root: Path) -> None:
    assert load_scene("scannet", str(root), SCENE_ID).id == SCENE_ID


@pytest.mark.parametrize(
    ("below", "expected"),
    [("", [SCENE_ID, "scene0000_01"]), ("scans", [SCENE_ID, "scene0000_01"]), (f"scans/{SCENE_ID}", [SCENE_ID])],
    ids=["dataset", "scans", "scene"],
)
def test_scenes_are_listed(root: Path, below: str, expected: list[str]) -> None:
    assert list(adapters["scannet"].scenes(root / below)) == expected


def test_unknown_scene_is_named(root: Path) -> None:
    with pytest.raises(SpatialkitError, match="scene9999_00"):
        load_scene("scannet", root, "scene9999_00")


@pytest.mark.parametrize("scene_id", ["../scans/scene0000_00", "..", "scene0000_00/../scene0000_01", ""])
def test_scene_id_is_a_name_not_a_path(root: Path, scene_id: str) -> None:
    with pytest.raises(SpatialkitError):
        load_scene("scannet", root / "scans", scene_id)


def test_missing_root_is_named(tmp_path: Path) -> None:
    with pytest.raises(SpatialkitError, match="nowhere"):
        load_scene("scannet", tmp_path / "nowhere", SCENE_ID)


# --- frames ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "trap", ["lost_tracking", "nan_pose", "zero_pose", "missing_pose", "short_pose", "scaled_pose", "wordy_pose"]
)
def test_frame_without_a_pose_is_left_out_by_name(tmp_path: Path, trap: str) -> None:
    assert_all_frames_but(load(tmp_path, **{trap: (3, 10)}), 3, 10)


def test_reason_says_that_tracking_was_lost(tmp_path: Path) -> None:
    found = load(tmp_path, lost_tracking=(4,))
    assert re.search("track|pose|finite", skipped_text(found))


def test_scan_without_axis_alignment_stays_as_recorded(tmp_path: Path) -> None:
    found = load(tmp_path, axis_alignment=False)
    recorded_from_aligned = np.linalg.inv(ROOM.aligned_from_recorded)
    assert_poses(found, recorded_from_aligned @ ROOM.poses)
    assert found.surface is not None
    vertices = ROOM.vertices @ recorded_from_aligned[:3, :3].T + recorded_from_aligned[:3, 3]
    assert np.abs(found.surface.vertices - vertices).max() < MILLIMETRE
    couch = by_id(found)[3].box
    low, high = vertices[ROOM.owners == 2].min(axis=0), vertices[ROOM.owners == 2].max(axis=0)
    assert np.abs(couch.centre - (low + high) / 2).max() < MILLIMETRE
    assert np.abs(couch.size - (high - low)).max() < MILLIMETRE


def test_counts_in_the_scene_text_may_differ(tmp_path: Path) -> None:
    assert_all_frames_but(load(tmp_path, one_depth_fewer=True))


def test_colour_frame_without_depth(tmp_path: Path) -> None:
    found = load(tmp_path, missing_depth=(11,))
    if 11 in numbers(found):
        assert numbers(found) == list(FRAMES)
        with pytest.raises(DataError, match="depth"):
            found.frames[11].load_depth()
    else:
        assert_all_frames_but(found, 11)
    assert found.frames[10].load_depth().max() > 1


def test_skipped_export_keeps_the_numbers_of_the_recording(tmp_path: Path) -> None:
    found = load(tmp_path, frame_skip=10)
    assert numbers(found) == [10 * i for i in FRAMES]
    assert_poses(found, ROOM.poses)


def test_colour_exported_smaller_than_its_intrinsics(tmp_path: Path) -> None:
    """The exporter resizes images but not intrinsics; <id>.txt has the sensor's size."""
    found = load(tmp_path, colour_size=(162, 121))
    expected = Camera.from_matrix(COLOUR_K, *COLOUR_SIZE).resized(162, 121)
    for frame in found.frames:
        assert frame.load_image().shape == (121, 162, 3)
        assert np.abs(frame.camera.array - expected.array).max() < 0.5
        assert frame.buffer_camera == Camera.from_matrix(DEPTH_K, *DEPTH_SIZE)


def test_depth_exported_smaller_than_its_intrinsics(tmp_path: Path) -> None:
    found = load(tmp_path, depth_size=(80, 60))
    expected = Camera.from_matrix(DEPTH_K, *DEPTH_SIZE).resized(80, 60)
    for frame in found.frames:
        assert frame.load_depth().shape == (60, 80)
        assert np.abs(frame.buffer_camera.array - expected.array).max() < 0.5
        assert frame.camera == Camera.from_matrix(COLOUR_K, *COLOUR_SIZE)


def test_things_beside_the_images_are_no_frames(tmp_path: Path) -> None:
    found = load(tmp_path, extra_colour_files=True)
    assert numbers(found) == list(FRAMES)
    assert_poses(found, ROOM.poses)


def test_truncated_depth_is_named(tmp_path: Path) -> None:
    found = load(tmp_path, truncated_depth=(7,))
    if 7 in numbers(found):
        with pytest.raises(DataError, match=r"7\.png"):
            found.frames[numbers(found).index(7)].load_depth()
    else:
        assert_all_frames_but(found, 7)
    for frame in found.frames:
        if number(frame) != 7:
            assert np.abs(frame.load_depth() - ROOM.depth_mm[number(frame)] / 1000.0).max() < 1e-5


@pytest.mark.parametrize("kind", ["colour", "depth"])
def test_missing_intrinsics_are_never_guessed(tmp_path: Path, kind: str) -> None:
    """The same numbers stand in <id>.txt, which may be used; the other camera's may not."""
    write_scannet(tmp_path / "scans", ROOM, Traps(**{f"{kind}_intrinsics": False}))
    found = load_unless_refused(tmp_path, f"intrinsic_{'color' if kind == 'colour' else 'depth'}.txt")
    if found is None:
        return
    for frame in found.frames:
        assert np.allclose(frame.camera.matrix, COLOUR_K, atol=1e-5)
        if frame.depth is None:
            assert "intrinsic_depth" in skipped_text(found)
        else:
            assert np.allclose(frame.buffer_camera.matrix, DEPTH_K, atol=1e-5)


def test_depth_camera_beside_the_colour_camera_is_not_ignored(tmp_path: Path) -> None:
    """A frame has one pose for both, so this cannot be expressed: better no scene than one that is off by 5 cm."""
    with pytest.raises(DataError, match=r"extrinsic_depth\.txt"):
        load(tmp_path, moved_depth=True)


# --- objects --------------------------------------------------------------------------------------------------------


def test_empty_group_is_left_out_by_name(tmp_path: Path) -> None:
    found = load(tmp_path, empty_group=True)
    assert 11 not in by_id(found)
    assert len(found.objects) == len(ROOM.labels)
    assert names_object(found, "ghost", 11)


def test_group_of_unknown_segments_is_left_out_by_name(tmp_path: Path) -> None:
    found = load(tmp_path, unknown_segment=True)
    assert 13 not in by_id(found)
    assert len(found.objects) == len(ROOM.labels)
    assert names_object(found, "phantom", 13)


def test_segment_in_two_groups_goes_to_the_later_one(tmp_path: Path) -> None:
    """The official scripts write ids group after group, so what comes later stands."""
    found = load(tmp_path, shared_segment=True)
    assert found.surface is not None
    shared = (ROOM.segments[ROOM.faces] == shared_segment(ROOM)).all(axis=1)
    assert shared.sum() == 72
    assert set(found.surface.face_ids[shared].tolist()) == {5}
    for object_id in ROOM.labels:
        assert_box(by_id(found)[object_id + 1], object_id)


def test_group_without_a_vertex_left_is_named(tmp_path: Path) -> None:
    found = load(tmp_path, covered_group=True)
    assert 5 not in by_id(found)
    assert names_object(found, "printer", 5)
    assert by_id(found)[14].label == "photocopier"
    assert_box(by_id(found)[14], 4)


def test_flat_object_has_a_thin_box_or_is_named(tmp_path: Path) -> None:
    found = load(tmp_path, flat_object=True)
    picture = by_id(found).get(12)
    if picture is None:
        assert names_object(found, "picture", 12)
    else:
        assert np.abs(picture.box.centre - (-1.2, 2.0, 1.5)).max() < 0.03
        assert np.abs(picture.box.size[[0, 2]] - (0.6, 0.4)).max() < MILLIMETRE
        assert 0 < picture.box.size[1] < 0.05
    assert set(by_id(found)) >= {i + 1 for i in ROOM.labels}


def test_group_id_is_not_the_object_id(tmp_path: Path) -> None:
    found = load(tmp_path, other_group_ids=True)
    assert {i: o.label for i, o in by_id(found).items()} == {i + 1: label for i, label in ROOM.labels.items()}
    for object_id in ROOM.labels:
        assert_box(by_id(found)[object_id + 1], object_id)


def test_two_groups_with_one_object_id(tmp_path: Path) -> None:
    """No guess which is meant without a word: an error that names the file, or an entry in ``skipped``."""
    write_scannet(tmp_path / "scans", ROOM, Traps(repeated_object=True))
    found = load_unless_refused(tmp_path, AGGREGATION)
    if found is not None:
        assert len(found.skipped) == 1
        assert len(found.objects) == len(ROOM.labels)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("  Office   Chair ", {"office chair"}),
        ("COUCH", {"couch"}),
        ("coffee\ttable\n", {"coffee table"}),
        ("kitchen cabinets", {"kitchen cabinets", "kitchen cabinet"}),
        ("tv/monitor (wall-mounted), 42''", {"tv/monitor (wall-mounted), 42''"}),
        ("papier-mâché globe", {"papier-mâché globe"}),
    ],
)
def test_label_is_free_text(tmp_path: Path, written: str, expected: set[str]) -> None:
    found = load(tmp_path, labels={3: written})
    assert by_id(found)[4].label in expected
    assert_box(by_id(found)[4], 3)


@pytest.mark.parametrize("written", ["", "   ", None, 17])
def test_label_that_says_nothing(tmp_path: Path, written: object) -> None:
    write_scannet(tmp_path / "scans", ROOM, Traps(labels={3: written}))
    found = load_unless_refused(tmp_path, AGGREGATION)
    if found is None:
        assert not isinstance(written, str)
        return
    if 4 in by_id(found):
        assert by_id(found)[4].label == ""
    else:
        assert names_object(found, "bookshelf", 4)
    assert len(found.objects) >= len(ROOM.labels) - 1


def test_objects_of_one_label_stay_apart(tmp_path: Path) -> None:
    found = load(tmp_path, labels={1: "chair", 2: "chair", 7: "chair"})
    assert [o.label for o in found.objects].count("chair") == 3
    for object_id in (1, 2, 7):
        assert_box(by_id(found)[object_id + 1], object_id)


# --- broken files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("traps", "file"),
    [
        ({"header_vertices": 1}, MESH),
        ({"header_vertices": -1}, MESH),
        ({"header_vertices": 10**12}, MESH),
        ({"header_vertices": -(10**6)}, MESH),
        ({"header_faces": 1}, MESH),
        ({"header_faces": -1}, MESH),
        ({"header_faces": 10**12}, MESH),
        ({"mesh_cut": 5}, MESH),
        ({"mesh_cut": 120_000}, MESH),
        ({"wild_index": True}, MESH),
        ({"nan_vertex": True}, MESH),
        ({"segments_short": True}, SEGMENTS),
        ({"cut_segments": True}, SEGMENTS),
        ({"cut_aggregation": True}, AGGREGATION),
    ],
    ids=lambda value: "-".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else "",
)
def test_broken_file_is_named(tmp_path: Path, traps: dict[str, Any], file: str) -> None:
    with pytest.raises(DataError, match=re.escape(file)):
        load(tmp_path, **traps)


@pytest.mark.parametrize(
    ("trap", "file"),
    [("mesh_file", MESH), ("segments_file", SEGMENTS), ("aggregation_file", AGGREGATION)],
)
def test_missing_annotation_is_named_and_leaves_no_objects(tmp_path: Path, trap: str, file: str) -> None:
    """Test scans have no annotation at all: an error that names the file, or frames without objects and a word why."""
    write_scannet(tmp_path / "scans", ROOM, Traps(**{trap: False}))
    found = load_unless_refused(tmp_path, file)
    if found is None:
        return
    assert file in skipped_text(found)
    assert not found.objects
    assert numbers(found) == list(FRAMES)
    if trap == "mesh_file":
        assert found.surface is None
    else:
        assert found.surface is not None
        assert (found.surface.face_ids == -1).all()
        assert np.abs(found.surface.vertices - ROOM.vertices).max() < MILLIMETRE


def test_missing_scene_text(tmp_path: Path) -> None:
    """Without it nobody knows the alignment: an error, or the frame of the recording and a word about it."""
    write_scannet(tmp_path / "scans", ROOM, Traps(scene_text=False))
    found = load_unless_refused(tmp_path, f"{SCENE_ID}.txt")
    if found is None:
        return
    assert f"{SCENE_ID}.txt" in skipped_text(found)
    assert_poses(found, np.linalg.inv(ROOM.aligned_from_recorded) @ ROOM.poses)


def hostile(folder: Path) -> Iterator[tuple[str, Path, bytes]]:
    """Contents that no exporter writes: what is done, which file, its bytes."""
    yield "alignment of 15 numbers", folder / f"{SCENE_ID}.txt", b"axisAlignment = " + b"1.0 " * 15 + b"\n"
    yield "alignment of words", folder / f"{SCENE_ID}.txt", b"axisAlignment = " + b"one " * 16 + b"\n"
    yield "alignment that scales", folder / f"{SCENE_ID}.txt", b"axisAlignment = 2 0 0 0 0 2 0 0 0 0 2 0 0 0 0 1\n"
    yield "text that is none", folder / f"{SCENE_ID}.txt", b"axisAlignment = \xff\xfe\x00\n"
    yield "intrinsics of zeros", folder / "intrinsic" / "intrinsic_color.txt", b"0 0 0 0\n" * 4
    yield "intrinsics cut off", folder / "intrinsic" / "intrinsic_depth.txt", b"142.9 0 79.5 0\n0 142.9"
    yield "aggregation is a list", folder / AGGREGATION, b"[]"
    yield "aggregation without groups", folder / AGGREGATION, b'{"sceneId": "x"}'
    yield "group without segments", folder / AGGREGATION, b'{"segGroups": [{"objectId": 0, "label": "a"}]}'
    yield "groups are a word", folder / AGGREGATION, b'{"segGroups": "none"}'
    yield "segments are words", folder / SEGMENTS, json.dumps({"segIndices": ["a"] * len(ROOM.vertices)}).encode()
    yield "segments are nested", folder / SEGMENTS, json.dumps({"segIndices": [[1]] * len(ROOM.vertices)}).encode()
    yield "segments too long", folder / SEGMENTS, json.dumps({"segIndices": [1] * (len(ROOM.vertices) + 1)}).encode()
    yield "no segments", folder / SEGMENTS, b"{}"
    yield "mesh is no mesh", folder / MESH, b"solid room\n"
    yield "mesh is empty", folder / MESH, b""
    yield "mesh is all header", folder / MESH, b"ply\n" + b"comment x\n" * 1000
    yield (
        "mesh has no z",
        folder / MESH,
        (
            b"ply\nformat binary_little_endian 1.0\nelement vertex 1\nproperty float x\nproperty float y\n"
            b"element face 0\nproperty list uchar int vertex_indices\nend_header\n" + bytes(8)
        ),
    )


HOSTILE = [what for what, _, _ in hostile(Path())]


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_file_is_named(tmp_path: Path, what: str) -> None:
    folder = write_scannet(tmp_path / "scans", ROOM)
    path, content = next((path, content) for name, path, content in hostile(folder) if name == what)
    path.write_bytes(content)
    found = load_unless_refused(tmp_path, path.name)
    if found is None:
        return
    # a bad object or depth camera may be skipped instead, but never in silence
    assert what in {"group without segments", "intrinsics cut off"}
    assert found.skipped


def test_other_scenes_still_load(root: Path, scene: Scene) -> None:
    other = load_scene("scannet", root, "scene0000_01")
    assert other.id == "scene0000_01"
    assert {o.id for o in other.objects} == {o.id for o in scene.objects}


def test_structure_is_annotated_like_anything_else(scene: Scene) -> None:
    assert by_id(scene)[FLOOR + 1].label == "floor"


# --- check ----------------------------------------------------------------------------------------------------------


def test_check_has_nothing_against_a_good_scene(root: Path) -> None:
    findings = list(adapters["scannet"].check(root))
    assert findings
    assert {finding.severity for finding in findings} == {"ok"}, findings


@pytest.mark.parametrize(
    ("traps", "wanted"),
    [
        ({"inverse_poses": True}, r"severity='error'.*depth"),
        ({"truncated_depth": (5,)}, r"depth/5\.png"),
        ({"lost_tracking": (5,)}, r"pose/5\.txt|frame 5\b"),
        ({"missing_pose": (5,)}, r"pose/5\.txt|frame 5\b"),
        ({"empty_group": True}, "ghost|object 11"),
        ({"segments_file": False}, re.escape(SEGMENTS)),
        ({"header_vertices": 1}, re.escape(MESH)),
        ({"depth_intrinsics": False}, r"intrinsic_depth\.txt"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_check_reports_what_is_wrong(tmp_path: Path, traps: dict[str, Any], wanted: str) -> None:
    write_scannet(tmp_path / "scans", ROOM, Traps(**traps))
    report = "\n".join(repr(finding) for finding in adapters["scannet"].check(tmp_path))
    assert re.search(wanted, report.replace(str(tmp_path), "")), report


def test_what_is_asked_of_images_finer_than_their_depth_is_verified(scene: Scene) -> None:
    """Boxes bound what the image shows, of which a pixel of the depth covers several pixels."""
    samples = list(generate(["spatial_volume_infer", "distance_infer_center_oc"], scene, seed=1, per_task=30))
    assert len(samples) > 60
    report = verify(samples, scene)
    assert len(samples) >= 60
    assert not report.failures
    assert not report.unchecked
