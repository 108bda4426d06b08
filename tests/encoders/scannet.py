"""A small furnished room, and its encoding in ScanNet's own layout as the official Python exporter leaves it.

The room is given in the axis-aligned world frame (z up). What is written lies in the frame of the recording: with A the
``axisAlignment`` of ``<id>.txt``, ``x_aligned = A x_recorded``, so poses and vertices are multiplied by A's inverse.

Layout: https://github.com/ScanNet/ScanNet (README.md; SensReader/python/SensorData.py for the export;
BenchmarkScripts/3d_helpers/export_train_mesh_for_evaluation.py for the annotation).
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

__all__ = [
    "COLOUR_K",
    "COLOUR_SIZE",
    "DEPTH_K",
    "DEPTH_SIZE",
    "FLOOR",
    "NOTHING",
    "SCENE_ID",
    "WALL",
    "Furniture",
    "Room",
    "Traps",
    "make_room",
    "palette",
    "shared_segment",
    "write_label_table",
    "write_scannet",
]

Array = npt.NDArray[Any]

SCENE_ID = "scene0000_00"
ROOM_LOW, ROOM_HIGH = np.array([-2.5, -2.0, 0.0]), np.array([2.5, 2.0, 2.6])
WALL, FLOOR = 8, 9  # objectId of the two structural groups; furniture has 0 to 7
NOTHING = -1
CEILING_SEGMENTS = (4011, 4012)  # in no group: unannotated
FLOOR_RIPPLE = 0.003  # metres; a reconstructed floor is never quite flat

# A real scan has 1296 x 968 and 640 x 480; these are a quarter of that, with centres and focal lengths to match.
COLOUR_SIZE, DEPTH_SIZE = (324, 242), (160, 120)  # width, height
COLOUR_K = np.array([[292.546997, 0.0, 161.5625], [0.0, 293.121002, 120.5625], [0.0, 0.0, 1.0]])
DEPTH_K = np.array([[142.905930, 0.0, 79.5], [0.0, 142.905930, 59.5], [0.0, 0.0, 1.0]])


@dataclass(frozen=True, eq=False)
class Furniture:
    """A solid box in the room: ``low_z`` is its underside; ``yaw`` in degrees about z; all else metres."""

    object_id: int  # 0-based, as aggregation.json counts
    label: str
    xy: tuple[float, float]
    low_z: float
    size: tuple[float, float, float]
    yaw: float = 0.0

    @property
    def world_from_box(self) -> Array:
        """Pose (4, 4) of the box; its origin is the box's centre."""
        pose = np.eye(4)
        pose[:3, :3] = turn_about_z(self.yaw)
        pose[:3, 3] = *self.xy, self.low_z + self.size[2] / 2
        return pose


FURNITURE = (
    Furniture(0, "table", (0.45, 0.25), 0.0, (1.3, 0.8, 0.74)),
    Furniture(1, "office chair", (-0.75, 0.35), 0.0, (0.52, 0.55, 0.93), yaw=33.0),
    Furniture(2, "couch", (0.2, -1.45), 0.0, (1.8, 0.8, 0.82)),
    Furniture(3, "bookshelf", (-2.25, 0.6), 0.0, (0.34, 1.1, 1.9)),
    Furniture(4, "printer", (0.7, 0.3), 0.74, (0.42, 0.38, 0.27), yaw=-12.0),
    Furniture(5, "whiteboard", (0.4, 1.96), 1.1, (1.4, 0.04, 0.9)),
    Furniture(6, "nightstand", (1.95, -1.3), 0.0, (0.5, 0.45, 0.6), yaw=8.0),
    Furniture(7, "trash can", (2.1, 1.55), 0.0, (0.3, 0.3, 0.42)),
)


@dataclass(frozen=True, eq=False)
class Room:
    """The truth that an adapter has to give back, all of it in the aligned frame.

    Parameters
    ----------
    aligned_from_recorded
        (4, 4), the yaw and translation that ``axisAlignment`` states.
    poses
        (f, 4, 4) ``world_from_cam``, OpenCV axes.
    depth_mm, ids
        (f, h, w) planar depth in millimetres, 0 where there is no reading; objectId seen, -1 for none.
    colour
        (f, H, W, 3) uint8.
    vertices, faces
        (v, 3) metres; (t, 3).
    segments, owners
        (v,) segment id and objectId of each vertex, -1 for the unannotated ceiling.
    labels
        By objectId.
    """

    aligned_from_recorded: Array
    poses: Array
    depth_mm: Array
    ids: Array
    colour: Array
    vertices: Array
    faces: Array
    segments: Array
    owners: Array
    labels: Mapping[int, str]

    def box(self, object_id: int) -> tuple[Array, Array]:
        """Centre and full size (3,) of the vertices of one object, axis-aligned."""
        return centre_and_size(self.vertices[self.owners == object_id])

    def segments_of(self, object_id: int) -> list[int]:
        """Segment ids of one object, ascending."""
        return sorted({int(s) for s in self.segments[self.owners == object_id]})


@dataclass(frozen=True)
class Traps:
    """What is wrong, or merely unusual, in the files; nothing by default. Frames are named by number.

    Parameters
    ----------
    lost_tracking, nan_pose, zero_pose
        The pose is all -inf, all nan, all 0.
    missing_pose, short_pose, scaled_pose, wordy_pose
        There is no pose file; it has three rows; its rotation is scaled by 1.5; it holds words.
    truncated_depth, missing_depth
        The depth image is cut off after its header; is not there (and is not counted in ``numDepthFrames``).
    inverse_poses
        All poses are those of the recording seen from the camera.
    moved_depth
        ``extrinsic_depth.txt`` puts the depth camera 5 cm beside the colour camera.
    colour_size, depth_size
        (width, height) of that export; as with the exporter's ``image_size``, the intrinsics stay those of the sensor.
    frame_skip
        Only every so manieth frame of the recording was exported, under its number there.
    one_depth_fewer
        ``numDepthFrames`` says one less than there is.
    axis_alignment, scene_text
        False: that line, that file, is missing.
    empty_group, flat_object
        A group without segments (objectId 10); a picture without any thickness (objectId 11).
    unknown_segment
        A group whose segments are nowhere on the mesh (objectId 12).
    covered_group
        A later group (objectId 13) takes every segment of the printer.
    shared_segment
        The printer's top is a segment of the table, too; the table's group stands earlier in the file.
    repeated_object
        Two groups claim objectId 1.
    labels
        Other labels, by objectId.
    other_group_ids
        The field ``id`` of the groups is not equal to ``objectId``.
    extra_colour_files
        Things in ``color/`` that are no frames.
    segments_file, aggregation_file, mesh_file, colour_intrinsics, depth_intrinsics
        False: that file is missing.
    segments_short
        ``segIndices`` has one entry less than the mesh has vertices.
    cut_aggregation, cut_segments
        That JSON is cut off in the middle.
    header_vertices, header_faces
        Added to the counts in the PLY header.
    mesh_cut
        Bytes missing from the end of the mesh.
    wild_index, nan_vertex
        A face refers to a vertex that is not there; a vertex is not a number.
    """

    lost_tracking: tuple[int, ...] = ()
    nan_pose: tuple[int, ...] = ()
    zero_pose: tuple[int, ...] = ()
    missing_pose: tuple[int, ...] = ()
    short_pose: tuple[int, ...] = ()
    scaled_pose: tuple[int, ...] = ()
    wordy_pose: tuple[int, ...] = ()
    truncated_depth: tuple[int, ...] = ()
    missing_depth: tuple[int, ...] = ()
    inverse_poses: bool = False
    moved_depth: bool = False
    colour_size: tuple[int, int] | None = None
    depth_size: tuple[int, int] | None = None
    frame_skip: int = 1
    one_depth_fewer: bool = False
    axis_alignment: bool = True
    scene_text: bool = True
    empty_group: bool = False
    flat_object: bool = False
    unknown_segment: bool = False
    covered_group: bool = False
    shared_segment: bool = False
    repeated_object: bool = False
    labels: Mapping[int, Any] = field(default_factory=dict)
    other_group_ids: bool = False
    extra_colour_files: bool = False
    segments_file: bool = True
    aggregation_file: bool = True
    mesh_file: bool = True
    colour_intrinsics: bool = True
    depth_intrinsics: bool = True
    segments_short: bool = False
    cut_aggregation: bool = False
    cut_segments: bool = False
    header_vertices: int = 0
    header_faces: int = 0
    mesh_cut: int = 0
    wild_index: bool = False
    nan_vertex: bool = False


# --- the room -----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def make_room() -> Room:
    """Build the room: twelve cameras, eight pieces of furniture, a tessellated mesh, exact depth."""
    alignment = np.eye(4)
    alignment[:3, :3] = turn_about_z(27.0)
    alignment[:3, 3] = -1.87, -3.16, -0.07
    poses = np.stack([_camera_pose(i) for i in range(12)])
    depth, ids = zip(*(_render(DEPTH_K, DEPTH_SIZE, pose) for pose in poses), strict=True)
    colour_ids = [_render(COLOUR_K, COLOUR_SIZE, pose)[1] for pose in poses]
    vertices, faces, segments, owners = _mesh()
    return Room(
        aligned_from_recorded=alignment,
        poses=poses,
        depth_mm=np.stack([_with_holes(d, seed) for seed, d in enumerate(depth)]),
        ids=np.stack(ids),
        colour=np.stack([palette()[i] for i in colour_ids]),
        vertices=vertices,
        faces=faces,
        segments=segments,
        owners=owners,
        labels={**{f.object_id: f.label for f in FURNITURE}, WALL: "wall", FLOOR: "floor"},
    )


def turn_about_z(degrees: float) -> Array:
    """Return the rotation (3, 3) about z, counter-clockwise seen from above."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def centre_and_size(points: Array) -> tuple[Array, Array]:
    """Return the centre and full size (3,) of the axis-aligned box around points (n, 3)."""
    low, high = points.min(axis=0), points.max(axis=0)
    return (low + high) / 2, high - low


def _camera_pose(i: int) -> Array:
    """Stand on an oval under the ceiling, look at the furniture, tilt the head a little."""
    angle = 2 * np.pi * i / 12 + 0.15
    eye = np.array([2.05 * np.cos(angle), 1.6 * np.sin(angle), 2.05 + 0.2 * np.sin(3 * angle)])
    forward = np.array([-0.7 * eye[0], -0.8 * eye[1], 0.75 + 0.3 * np.cos(2 * angle)]) - eye
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, (0.0, 0.0, 1.0))
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    roll = np.radians(6.0 * np.sin(5 * angle))
    pose = np.eye(4)
    pose[:3, 0] = np.cos(roll) * right + np.sin(roll) * down
    pose[:3, 1] = np.cos(roll) * down - np.sin(roll) * right
    pose[:3, 2] = forward
    pose[:3, 3] = eye
    return pose


def _render(k: Array, size: tuple[int, int], pose: Array) -> tuple[Array, Array]:
    """Depth along z in metres (h, w) and objectId (h, w), by cutting each pixel's ray with the boxes and the room."""
    width, height = size
    u, v = (grid.ravel() for grid in np.meshgrid(np.arange(width), np.arange(height)))
    rays = np.stack([(u - k[0, 2]) / k[0, 0], (v - k[1, 2]) / k[1, 1], np.ones(len(u))])
    directions = pose[:3, :3] @ rays  # (3, n); z in the camera is 1, so the ray parameter is the depth
    ends = np.where(directions > 0, (ROOM_HIGH - pose[:3, 3])[:, None], (ROOM_LOW - pose[:3, 3])[:, None]) / directions
    depth, axis = ends.min(axis=0), ends.argmin(axis=0)
    ids = np.where(axis < 2, WALL, np.where(directions[2] < 0, FLOOR, NOTHING))
    for item in FURNITURE:
        box_from_world = np.linalg.inv(item.world_from_box)
        origin = box_from_world[:3, :3] @ pose[:3, 3:] + box_from_world[:3, 3:]
        step = box_from_world[:3, :3] @ directions
        half = np.array(item.size)[:, None] / 2
        with np.errstate(divide="ignore"):
            a, b = (-half - origin) / step, (half - origin) / step
        enter, leave = np.minimum(a, b).max(axis=0), np.maximum(a, b).min(axis=0)
        hit = (enter < leave) & (enter > 0) & (enter < depth)
        depth, ids = np.where(hit, enter, depth), np.where(hit, item.object_id, ids)
    return depth.reshape(height, width), ids.reshape(height, width)


def _with_holes(depth: Array, seed: int) -> Array:
    """Return the depth in whole millimetres, 2 % of the pixels without a reading."""
    lost = np.random.default_rng([20, seed]).random(depth.shape) < 0.02
    return np.where(lost, 0, np.rint(depth * 1000)).astype(np.uint16)


def palette() -> Array:
    """Return one flat colour per objectId; the last row, index -1, is the ceiling's."""
    return np.random.default_rng(7).integers(40, 216, (FLOOR + 2, 3)).astype(np.uint8)


def _mesh() -> tuple[Array, Array, Array, Array]:
    """Tessellate everything: vertices (v, 3), faces (t, 3), segment id (v,), objectId (v,)."""
    parts: list[tuple[Array, Array, Array, int]] = []  # vertices, faces, segment ids, objectId
    for item in FURNITURE:
        sides = [_panel(np.array(item.size), axis, sign, (6, 6)) for axis in range(3) for sign in (-0.5, 0.5)]
        for side, (points, faces) in enumerate(sides):
            world = points @ item.world_from_box[:3, :3].T + item.world_from_box[:3, 3]
            # segment ids of real scans are vertex numbers: large, with gaps, in no order of objects
            segment = 13 + 37 * ((item.object_id * 6 + side) * 29 % 101)
            parts.append((world, faces, np.full(len(world), segment), item.object_id))
    middle = (ROOM_LOW + ROOM_HIGH) / 2
    for axis in range(3):
        for sign in (-0.5, 0.5):
            points, faces = _panel(ROOM_HIGH - ROOM_LOW, axis, sign, (20, 16))
            world = points + middle
            near = (world[:, 0] > 0).astype(np.int64)
            if axis < 2:
                parts.append((world, faces, 4000 + 2 * axis + int(sign > 0) + np.zeros_like(near), WALL))
            elif sign < 0:
                world[:, 2] += FLOOR_RIPPLE * np.cos(7.0 * world[:, 0]) * np.cos(5.0 * world[:, 1])
                parts.append((world, faces, 4008 + near, FLOOR))
            else:
                parts.append((world, faces, np.array(CEILING_SEGMENTS)[near], NOTHING))
    starts = np.cumsum([0, *(len(p[0]) for p in parts)])
    vertices = np.concatenate([p[0] for p in parts])
    faces = np.concatenate([p[1] + start for p, start in zip(parts, starts[:-1], strict=True)])
    segments = np.concatenate([p[2] for p in parts])
    owners = np.concatenate([np.full(len(p[0]), p[3]) for p in parts])
    faces = np.concatenate([faces, _seams(vertices, owners)])
    return vertices, faces, segments, owners


def _panel(size: Array, axis: int, sign: float, cells: tuple[int, int]) -> tuple[Array, Array]:
    """One side of a box about the origin as a grid: vertices and two triangles a cell."""
    first, second = (k for k in range(3) if k != axis)
    a, b = np.meshgrid(np.linspace(-0.5, 0.5, cells[0] + 1), np.linspace(-0.5, 0.5, cells[1] + 1), indexing="ij")
    points = np.empty((a.size, 3))
    points[:, first], points[:, second], points[:, axis] = a.ravel(), b.ravel(), sign
    number = np.arange(a.size).reshape(a.shape)
    corner = [number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]]
    triangles = [np.stack([corner[i] for i in pick], axis=-1).reshape(-1, 3) for pick in ((0, 1, 2), (0, 2, 3))]
    return points * size, np.concatenate(triangles)


def _seams(vertices: Array, owners: Array) -> Array:
    """Triangles (s, 3) that join standing furniture to the floor: a reconstruction is one connected sheet."""
    floor = np.flatnonzero(owners == FLOOR)
    seams = []
    for item in FURNITURE:
        foot = np.flatnonzero((owners == item.object_id) & (vertices[:, 2] < 1e-9))
        for a, b in pairwise(foot[:4]):
            nearest = floor[np.linalg.norm(vertices[floor, :2] - vertices[a, :2], axis=1).argmin()]
            seams.append((a, b, nearest))
    return np.array(seams)


# --- the files ----------------------------------------------------------------------------------------------------


def write_scannet(scans: Path, room: Room, traps: Traps | None = None, *, scene_id: str = SCENE_ID) -> Path:
    """Write one scene as ``scans/<scene_id>`` and return that folder."""
    traps = traps or Traps()
    folder = scans / scene_id
    recorded_from_aligned = np.linalg.inv(room.aligned_from_recorded)
    _write_stream(folder, room, traps, recorded_from_aligned)
    if traps.scene_text:
        _write_scene_text(folder / f"{scene_id}.txt", room, traps)
    if traps.mesh_file:
        _write_mesh(folder / f"{scene_id}_vh_clean_2.ply", room, traps, recorded_from_aligned)
    _write_annotation(folder, scene_id, room, traps)
    _write_decoys(folder, scene_id, room)
    return folder


def write_label_table(path: Path, room: Room) -> None:
    """Write ``scannetv2-labels.combined.tsv`` (its first nine columns) for the room's labels."""
    rows = ["id\traw_category\tcategory\tcount\tnyu40id\teigen13id\tnyuClass\tnyu40class\teigen13class"]
    for number, label in enumerate(sorted(room.labels.values()), start=1):
        rows.append(f"{number}\t{label}\t{label}\t{9 * number}\t40\t7\t{label}\totherprop\tObjects")
    path.write_text("\n".join(rows) + "\n")


def _write_stream(folder: Path, room: Room, traps: Traps, recorded_from_aligned: Array) -> None:
    """Write color/, depth/, pose/ and intrinsic/, as the exporter of the recording does."""
    for name in ("color", "depth", "pose", "intrinsic"):
        (folder / name).mkdir(parents=True)
    for i, pose in enumerate(room.poses):
        name = i * traps.frame_skip
        (folder / "color" / f"{name}.jpg").write_bytes(_encoded("colour", i, traps.colour_size))
        if i not in traps.missing_depth:
            png = _encoded("depth_mm", i, traps.depth_size)
            (folder / "depth" / f"{name}.png").write_bytes(png[: len(png) // 2] if i in traps.truncated_depth else png)
        if i not in traps.missing_pose:
            (folder / "pose" / f"{name}.txt").write_text(_pose_text(i, recorded_from_aligned @ pose, traps))
    for name, k in (("color", COLOUR_K), ("depth", DEPTH_K)):
        extrinsic = np.eye(4)
        extrinsic[0, 3] = 0.05 if name == "depth" and traps.moved_depth else 0.0
        (folder / "intrinsic" / f"extrinsic_{name}.txt").write_text(_matrix_text(extrinsic))
        if traps.colour_intrinsics if name == "color" else traps.depth_intrinsics:
            matrix = np.eye(4)
            matrix[:3, :3] = k
            (folder / "intrinsic" / f"intrinsic_{name}.txt").write_text(_matrix_text(matrix))
    if traps.extra_colour_files:
        (folder / "color" / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0 no image")
        (folder / "color" / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
        (folder / "color" / "preview.jpg").write_bytes(_encoded("colour", 0))
        (folder / "color" / "3 (copy).jpg").write_bytes(_encoded("colour", 3))
        (folder / "color" / "12.jpg.part").write_bytes(_encoded("colour", 3)[:100])


def _matrix_text(matrix: Array) -> str:
    """Return a 4 x 4 matrix as numpy.savetxt writes the stream's float32 with ``%f``: six decimals, -inf as it is."""
    return "".join(" ".join(f"{x:f}" for x in row) + "\n" for row in matrix.astype(np.float32))


def _pose_text(i: int, recorded_pose: Array, traps: Traps) -> str:
    constant = {"lost_tracking": -np.inf, "nan_pose": np.nan, "zero_pose": 0.0}
    for name, value in constant.items():
        if i in getattr(traps, name):
            return _matrix_text(np.full((4, 4), value))
    if i in traps.short_pose:
        return _matrix_text(recorded_pose[:3])
    if i in traps.scaled_pose:
        return _matrix_text(recorded_pose @ np.diag([1.5, 1.5, 1.5, 1.0]))
    if traps.inverse_poses:
        return _matrix_text(np.linalg.inv(recorded_pose))
    if i in traps.wordy_pose:
        return "tracking was lost here\n"
    return _matrix_text(recorded_pose)


@lru_cache(maxsize=64)
def _encoded(kind: str, i: int, size: tuple[int, int] | None = None) -> bytes:
    """Colour as JPEG or depth as PNG; resampled to the nearest pixel where a size is given."""
    image = Image.fromarray(getattr(make_room(), kind)[i])
    if size:
        image = image.resize(size, Image.Resampling.NEAREST)
    buffer = io.BytesIO()
    if kind == "colour":
        image.save(buffer, "JPEG", quality=92)
    else:
        image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _write_scene_text(path: Path, room: Room, traps: Traps) -> None:
    colour, depth = len(room.poses), len(room.poses) - len(traps.missing_depth) - int(traps.one_depth_fewer)
    sizes = {"color": COLOUR_SIZE, "depth": DEPTH_SIZE}
    rig = np.eye(4)  # between the two sensors as calibrated; poses and images of the export do not refer to it
    rig[:3, :3], rig[:3, 3] = turn_about_z(0.4), (-0.0379, -0.0034, -0.0219)
    values: dict[str, object] = {
        "colorToDepthExtrinsics": _row_text(rig),
        "numColorFrames": colour,
        "numDepthFrames": depth,
        "numIMUmeasurements": 25,
        "sceneType": "Copy/Mail Room",
    }
    if traps.axis_alignment:
        values["axisAlignment"] = _row_text(room.aligned_from_recorded)
    for name, k in (("color", COLOUR_K), ("depth", DEPTH_K)):
        values |= {f"{name}Width": sizes[name][0], f"{name}Height": sizes[name][1]}
        values |= {f"fx_{name}": f"{k[0, 0]:f}", f"fy_{name}": f"{k[1, 1]:f}"}
        values |= {f"mx_{name}": f"{k[0, 2]:f}", f"my_{name}": f"{k[1, 2]:f}"}
    path.write_text("".join(f"{key} = {values[key]}\n" for key in sorted(values)))


def _row_text(matrix: Array) -> str:
    """Sixteen numbers, row by row; the original has a space before the line end, too."""
    return "".join(f"{x:f} " for x in matrix.ravel())


def _write_mesh(path: Path, room: Room, traps: Traps, recorded_from_aligned: Array) -> None:
    """Write the decimated mesh: binary little-endian PLY, coloured vertices, triangles as lists."""
    points, faces, owners, _ = _with_picture(room, traps)
    points = points @ recorded_from_aligned[:3, :3].T + recorded_from_aligned[:3, 3]
    vertex = np.zeros(len(points), dtype=[("p", "<f4", 3), ("rgba", "u1", 4)])
    vertex["p"] = points
    vertex["rgba"][:, :3] = palette()[np.minimum(owners, FLOOR)]
    vertex["rgba"][:, 3] = 255
    face = np.zeros(len(faces), dtype=[("n", "u1"), ("i", "<i4", 3)])
    face["n"], face["i"] = 3, faces
    if traps.nan_vertex:
        vertex["p"][5, 1] = np.nan
    if traps.wild_index:
        face["i"][7, 2] = len(points)
    header = "\n".join(
        [
            "ply",
            "format binary_little_endian 1.0",
            "comment VCGLIB generated",
            f"element vertex {len(points) + traps.header_vertices}",
            *(f"property float {axis}" for axis in "xyz"),
            *(f"property uchar {channel}" for channel in ("red", "green", "blue", "alpha")),
            f"element face {len(faces) + traps.header_faces}",
            "property list uchar int vertex_indices",
            "end_header\n",
        ]
    )
    data = header.encode() + vertex.tobytes() + face.tobytes()
    path.write_bytes(data[: len(data) - traps.mesh_cut])


PICTURE, PICTURE_SEGMENT = 11, 4100


def _with_picture(room: Room, traps: Traps) -> tuple[Array, Array, Array, Array]:
    """Return vertices, faces, owners and segments, with the picture without thickness where it is asked for."""
    if not traps.flat_object:
        return room.vertices, room.faces, room.owners, room.segments
    points, faces = _panel(np.array([0.6, 1.0, 0.4]), 1, 0.0, (10, 10))
    points += np.array([-1.2, 2.0, 1.5])
    return (
        np.concatenate([room.vertices, points]),
        np.concatenate([room.faces, faces + len(room.vertices)]),
        np.concatenate([room.owners, np.full(len(points), PICTURE)]),
        np.concatenate([room.segments, np.full(len(points), PICTURE_SEGMENT)]),
    )


def _write_annotation(folder: Path, scene_id: str, room: Room, traps: Traps) -> None:
    """Write the segmentation of the decimated mesh and the groups of segments that are objects."""
    segments_name = f"{scene_id}_vh_clean_2.0.010000.segs.json"
    indices = _with_picture(room, traps)[3].tolist()
    segs = {
        "params": {"kThresh": "0.0001", "segMinVerts": "20", "minPoints": "750", "maxPoints": "30000"},
        "sceneId": f"{scene_id}_vh_clean_2",
        "segIndices": indices[:-1] if traps.segments_short else indices,
    }
    aggregation = {
        "sceneId": f"scannet.{scene_id}",
        "appId": "Aggregator.v2",
        "segGroups": _groups(room, traps),
        "segmentsFile": f"scannet.{segments_name}",
    }
    if traps.segments_file:
        _write_json(folder / segments_name, segs, cut=traps.cut_segments)
    if traps.aggregation_file:
        _write_json(folder / f"{scene_id}.aggregation.json", aggregation, cut=traps.cut_aggregation)


def _groups(room: Room, traps: Traps) -> list[dict[str, Any]]:
    order = sorted(room.labels, key=lambda i: i * 7 % 10)  # annotators do not count from the left
    members = {i: room.segments_of(i) for i in order}
    labels: dict[int, Any] = dict(room.labels)
    if traps.shared_segment:
        members[0] = [*members[0], shared_segment(room)]
    if traps.empty_group:
        members[10], labels[10] = [], "ghost"
    if traps.flat_object:
        members[PICTURE], labels[PICTURE] = [PICTURE_SEGMENT], "picture"
    if traps.unknown_segment:
        members[12], labels[12] = [987654], "phantom"
    if traps.covered_group:
        members[13], labels[13] = members[4], "photocopier"
    labels |= traps.labels
    groups = [{"id": i, "objectId": i, "segments": s, "label": labels[i]} for i, s in members.items()]
    if traps.other_group_ids:
        groups = [{**group, "id": 100 - group["id"]} for group in groups]
    if traps.repeated_object:
        groups.append({"id": 1, "objectId": 1, "segments": members[6][:2], "label": "twin"})
    return groups


def shared_segment(room: Room) -> int:
    """Return the printer's top, far above the table: whose it is shows in the table's box."""
    mine = np.flatnonzero(room.owners == 4)
    top = room.vertices[mine, 2] > room.vertices[mine, 2].max() - 1e-9
    segments, counts = np.unique(room.segments[mine[top]], return_counts=True)
    return int(segments[counts.argmax()])


def _write_json(path: Path, value: object, *, cut: bool = False) -> None:
    text = json.dumps(value)
    path.write_text(text[: len(text) // 2] if cut else text)


def _write_decoys(folder: Path, scene_id: str, room: Room) -> None:
    """Write what lies beside those files in a full download, with contents that must not be mixed up with theirs."""
    wrong = [{"id": i, "objectId": i, "segments": [i], "label": "decoy"} for i in range(30)]
    hires = {"sceneId": f"scannet.{scene_id}", "appId": "Aggregator.v2", "segGroups": wrong}
    _write_json(folder / f"{scene_id}_vh_clean.aggregation.json", hires)
    _write_json(folder / f"{scene_id}_vh_clean.segs.json", {"segIndices": list(range(30))})
    (folder / f"{scene_id}_vh_clean.ply").write_bytes(b"ply\nformat binary_little_endian 1.0\njunk")
    (folder / f"{scene_id}_vh_clean_2.labels.ply").write_bytes(b"ply\nformat ascii 1.0\njunk")
    (folder / f"{scene_id}_2d-instance-filt.zip").write_bytes(b"PK\x05\x06" + b"\0" * 18)
