"""ScanNet v2 as its own Python exporter leaves it on disk."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from spatialkit import _check
from spatialkit.adapters._readers import (
    check_type,
    image_header,
    located,
    need_file,
    read_json,
    read_matrix,
    read_ply,
    read_text,
)
from spatialkit.adapters.base import Adapter, need_root
from spatialkit.errors import ArgumentError, DataError, UnknownName
from spatialkit.scene import Camera, Frame, OrientedBox, Scene, SceneObject, Sensor
from spatialkit.surfaces import Surface

__all__ = ["ScanNet"]

Array = npt.NDArray[Any]
FARTHEST = 1e6  # metres from the origin of the recording; beyond, boxes and poses are nonsense
THINNEST = 0.001  # metres; a flat object's box gets this thickness, for a box without volume is none


class ScanNet(Adapter):
    """Reads ScanNet v2 scenes: frames of the official Python exporter, mesh, segments and aggregation.

    Source
        The ScanNet toolkit: README (file names), SensReader/python (export layout), SensReader/c++ (depth shift, lost
        poses), BenchmarkScripts/3d_helpers (object ids, segments), and votenet's ScanNet loader (aligned boxes).
    Layout
        ``ROOT/scans/ID``, ``ROOT/ID`` or the scene's folder itself. In it ``color/I.jpg``, ``depth/I.png``,
        ``pose/I.txt``, ``intrinsic/{intrinsic,extrinsic}_{color,depth}.txt`` (or all four in ``exported/``);
        ``ID_vh_clean_2.ply`` with ``ID_vh_clean_2.0.010000.segs.json`` and ``ID.aggregation.json``; ``ID.txt``. The
        aggregation of the full mesh, ``ID_vh_clean.aggregation.json``, counts other segments and is never used.
    Axes
        Cameras OpenCV; poses are camera to world. Intrinsics are taken as written, pixel centres at integers. Where
        ``ID.txt`` tells that images were resized on export, which leaves the intrinsics as they were, they are scaled.
    Units
        Metres; depth in counts of 1 mm.
    World
        z up. ``axisAlignment`` of ``ID.txt`` (identity where it is absent) moves poses and mesh into the aligned frame.
    Depth
        Along the camera's z axis, of another size and other intrinsics than the colour. The extrinsics between sensor
        and camera must be the identity, as exported scans have them; others are refused.
    Invalid
        Depth 0. A pose of -inf, NaN or zeros is lost tracking: the frame is left out by name.
    Objects
        Id is ``objectId + 1``; label is the annotator's free text in lower case. A vertex that several objects claim
        belongs to the last of them, as in the official scripts. The box spans the object's vertices along the axes of
        the aligned frame, and is at least 1 mm thick. A face belongs to an object if at least two of its vertices do.
    Noise
        Structured light: the random error grows with the square of depth, to about 4 cm at 5 m (Khoshelham and
        Elberink, 2012, "Accuracy and resolution of Kinect depth data"), 0.16 % of z². The tolerance, 1 cm + 0.4 % of
        z², is 2.5 times that, and 1 cm for the mesh, which was fused on a grid of that order.
    """

    name: ClassVar[str] = "scannet"
    summary: ClassVar[str] = "ScanNet v2, frames as the official Python exporter writes them"

    def scenes(self, root: Path | None) -> list[str]:
        """Return the ids of the scans: names of the folders that hold exported frames or the mesh."""
        return list(_scene_folders(need_root(root, self.name)))

    def load(self, root: Path | None, scene_id: str, *, stride: int = 1, max_frames: int | None = None) -> Scene:
        """Return one scan.

        Parameters
        ----------
        root, scene_id
            Where it is, and which.
        stride
            Take every k-th exported frame, in the order of their numbers.
        max_frames
            Take no more frames than that.

        Raises
        ------
        DataError
            Intrinsics, segments or mesh are missing, damaged or disagree.
        """
        folders = _scene_folders(need_root(root, self.name))
        if scene_id not in folders:
            raise UnknownName(f"scene in {root}:", scene_id, folders)
        if stride < 1:
            raise ArgumentError("stride", found=stride, expected="at least 1")
        if max_frames is not None and max_frames < 1:
            raise ArgumentError("max_frames", found=max_frames, expected="at least 1")
        folder = folders[scene_id]
        skipped: dict[str, str] = {}
        notes = _read_notes(folder / f"{scene_id}.txt", skipped)
        aligned_from_world = _alignment(folder / f"{scene_id}.txt", notes)
        frames = list(_frames(folder, notes, aligned_from_world, stride, max_frames, skipped))
        surface, objects = _annotation(folder, scene_id, aligned_from_world, skipped)
        return Scene(
            id=scene_id,
            dataset=self.name,
            frames=tuple(frames),
            objects=tuple(objects),
            surface=surface,
            sensor=Sensor(depth_constant=0.01, depth_quadratic=0.004),
            skipped=skipped,
        )


def _scene_folders(root: Path) -> dict[str, Path]:
    def is_scene(folder: Path) -> bool:
        marks = ("color", "pose", "exported/color", f"{folder.name}_vh_clean_2.ply")
        return folder.is_dir() and any((folder / mark).exists() for mark in marks)

    root = root.resolve()
    for candidates in ([root], (root / "scans").glob("*"), root.glob("*")):
        found = {folder.name: folder for folder in sorted(candidates) if is_scene(folder)}
        if found:
            return found
    expected = "folders of scans, with color/ and pose/ or ID_vh_clean_2.ply in them"
    raise DataError(root, "scenes", found="no scan here, in scans/ or one folder below", expected=expected)


def _read_notes(path: Path, skipped: dict[str, str]) -> dict[str, str]:
    """Return the ``key = value`` lines of a scan's text file; none, and a word about it, where there is no file."""
    if not path.exists():
        skipped["axis alignment"] = f"{path}: no such file; poses and mesh stay in the frame of the recording"
        return {}
    lines = read_text(path, "notes", "lines of key = value", limit=1 << 20).splitlines()
    return {key.strip(): value.strip() for key, sign, value in (line.partition("=") for line in lines) if sign}


def _notes_number(notes: dict[str, str], key: str) -> float | None:
    try:
        number = float(notes[key])
    except (KeyError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _alignment(path: Path, notes: dict[str, str]) -> npt.NDArray[np.float64]:
    if "axisAlignment" not in notes:
        return np.eye(4)
    words = notes["axisAlignment"].split()
    expected = "a rigid transform, 16 numbers by rows"
    try:
        return _near(_check.rigid("axisAlignment", np.array([float(word) for word in words]).reshape(4, 4)))
    except ArgumentError as error:
        raise DataError(path, error.name, found=error.found, expected=expected) from None
    except ValueError:
        found = f"{len(words)} values: {notes['axisAlignment'][:60]!r}"
        raise DataError(path, "axisAlignment", found=found, expected=expected) from None


def _near(pose: Array) -> Array:
    """Return a rigid transform that does not lead beyond ``FARTHEST``; refuse others."""
    if (far := float(np.abs(pose[:3, 3]).max())) > FARTHEST:
        raise ArgumentError("translation", found=f"{far:g} m", expected=f"at most {FARTHEST:g} m")
    return pose


# ---- frames -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lens:
    """Reads the camera of one of the two sensors, "color" or "depth", for images of a given size."""

    folder: Path
    kind: str
    notes: dict[str, str]

    def camera(self, width: int, height: int) -> Camera:
        """Return the camera of images of that size, which the exporter may have resized."""
        path = self.folder / "intrinsic" / f"intrinsic_{self.kind}.txt"
        k = read_matrix(path, f"intrinsic_{self.kind}", (4, 4))
        noted = [_notes_number(self.notes, f"{self.kind}{side}") for side in ("Width", "Height")]
        full = (width, height) if None in noted else (int(noted[0] or 0), int(noted[1] or 0))
        try:
            camera = Camera.from_matrix(k[:3, :3], *full)
            if full != (width, height) and not self._scaled(k, width / full[0]):
                camera = camera.resized(width, height)
            elif full != (width, height):
                camera = Camera.from_matrix(k[:3, :3], width, height)
        except ArgumentError as error:
            raise located(error, path, f"intrinsic_{self.kind}") from None
        if not (0.25 < camera.cx / width < 0.75 and 0.25 < camera.cy / height < 0.75):
            found = f"principal point ({camera.cx:g}, {camera.cy:g}) of images of {width} x {height} pixels"
            expected = "one near the middle: the intrinsics of images of this size"
            raise DataError(path, f"intrinsic_{self.kind}", found=found, expected=expected)
        return camera

    def _scaled(self, k: Array, ratio: float) -> bool:
        """Tell whether the intrinsics were scaled with the images already, from the focal length noted at export."""
        full = _notes_number(self.notes, f"fx_{self.kind}")
        return bool(full and abs(k[0, 0] - full * ratio) < abs(k[0, 0] - full))

    def check_extrinsic(self) -> None:
        """Refuse a sensor that is not where the pose is; an absent file counts as the identity."""
        path = self.folder / "intrinsic" / f"extrinsic_{self.kind}.txt"
        if path.exists():
            off = np.abs(read_matrix(path, f"extrinsic_{self.kind}", (4, 4)) - np.eye(4)).max()
            if not off <= 1e-4:
                found = f"a transform {off:.3g} away from the identity"
                raise DataError(path, f"extrinsic_{self.kind}", found=found, expected="the identity")


def _frames(
    folder: Path,
    notes: dict[str, str],
    aligned_from_world: Array,
    stride: int,
    max_frames: int | None,
    skipped: dict[str, str],
) -> Iterator[Frame]:
    base = folder if (folder / "color").is_dir() or not (folder / "exported").is_dir() else folder / "exported"
    colour, depth = _numbered(base / "color", "jpg"), _numbered(base / "depth", "png")
    if not colour:
        skipped["frames"] = f"{base / 'color'}: no exported frames"
        return
    if not depth:
        skipped["depth"] = f"{base / 'depth'}: no exported depth; the mesh stands in for it"
    if orphans := sorted(set(depth) - set(colour)):
        skipped[f"{len(orphans)} depth images"] = f"{depth[orphans[0]]} and others have no colour image"
    lenses = {"color": Lens(base, "color", notes)} | ({"depth": Lens(base, "depth", notes)} if depth else {})
    for lens in lenses.values():
        lens.check_extrinsic()
    cameras: dict[tuple[str, int, int], Camera] = {}

    def camera(kind: str, path: Path) -> Camera:
        width, height, _ = image_header(path, kind)
        if (kind, width, height) not in cameras:
            cameras[kind, width, height] = lenses[kind].camera(width, height)
        return cameras[kind, width, height]

    # The first readable image of each kind shows whether the intrinsics are good at all: that is no matter of a frame.
    for kind, files in (("color", colour), ("depth", depth)):
        for path in files.values():
            try:
                image_header(path, kind)
            except DataError:
                continue
            camera(kind, path)
            break
    for number in list(colour)[::stride][:max_frames]:
        try:
            pose = _pose(base / "pose" / f"{colour[number].stem}.txt", aligned_from_world)
            image_camera = camera("color", colour[number])
        except DataError as error:
            skipped[f"frame {number}"] = str(error)
            continue
        depth_file, depth_camera = depth.get(number), None
        try:
            if depth_file is not None:
                depth_camera = camera("depth", depth_file)
            elif depth:
                skipped[f"depth of frame {number}"] = f"{base / 'depth' / f'{number}.png'}: no such file"
        except DataError as error:
            skipped[f"depth of frame {number}"] = str(error)
            depth_file = None
        yield Frame(
            id=str(number),
            camera=image_camera,
            world_from_cam=pose,
            image=colour[number],
            depth=depth_file,
            depth_camera=depth_camera,
            depth_unit=0.001,
        )


def _numbered(folder: Path, suffix: str) -> dict[int, Path]:
    """Return the files ``I.suffix`` by number, in numeric order: 2 before 10."""
    pattern = re.compile(rf"(\d{{1,9}})\.{suffix}", re.IGNORECASE)
    files = folder.iterdir() if folder.is_dir() else iter(())
    matches = {path: pattern.fullmatch(path.name) for path in files}
    return dict(sorted((int(match[1]), path) for path, match in matches.items() if match))


def _pose(path: Path, aligned_from_world: Array) -> Array:
    pose = read_matrix(path, "pose", (4, 4))
    if not np.isfinite(pose).all() or not pose[:3, :3].any():
        lost = "zeros" if not pose[:3, :3].any() else "values that are not finite"
        raise DataError(path, "pose", found=f"{lost}: tracking was lost", expected="a pose, camera to world")
    try:
        return np.asarray(aligned_from_world @ _near(_check.rigid("pose", pose)))
    except ArgumentError as error:
        raise DataError(path, error.name, found=error.found, expected=error.expected) from None


# ---- mesh and objects ---------------------------------------------------------------------------------------------


# The fields of these three are called as in the files.


@dataclass(frozen=True)
class Segments:
    """Of ``segs.json``: the segment of each vertex."""

    segIndices: list[int]


@dataclass(frozen=True)
class Aggregation:
    """Of ``aggregation.json``: the segments of each object, checked one by one."""

    segGroups: list[Any]
    segmentsFile: str = ""


@dataclass(frozen=True)
class Group:
    """One object of ``aggregation.json``."""

    objectId: int
    segments: list[int]
    label: str


def _annotation(
    folder: Path, scene_id: str, aligned_from_world: Array, skipped: dict[str, str]
) -> tuple[Surface | None, list[SceneObject]]:
    """Return the mesh with the id of its object on each face, and the objects, all in the aligned frame."""
    mesh = folder / f"{scene_id}_vh_clean_2.ply"
    segments = folder / f"{scene_id}_vh_clean_2.0.010000.segs.json"
    groups = folder / f"{scene_id}.aggregation.json"
    there = {path: path.exists() for path in (mesh, segments, groups)}
    if not (there[segments] or there[groups]) and not (folder / f"{scene_id}_vh_clean.aggregation.json").exists():
        skipped["objects"] = f"{groups}: no such file; the scan is not annotated"
        if not there[mesh]:
            skipped["mesh"] = f"{mesh}: no such file"
            return None, []
        vertices, faces = _read_mesh(mesh, aligned_from_world)
        return Surface(vertices, faces, np.full(len(faces), -1)), []
    need_file(mesh, "mesh", "the mesh that segments and aggregation speak of")
    need_file(segments, "segments", "the segments of the mesh, which the aggregation counts in")
    need_file(groups, "aggregation", "the objects of the mesh (that of _vh_clean counts other segments)")
    vertices, faces = _read_mesh(mesh, aligned_from_world)
    indices = _read_segments(segments, len(vertices))
    owner, labels = _read_groups(groups, indices, skipped)
    a, b, c = owner[faces].T if len(faces) else np.zeros((3, 0), dtype=np.int64)
    face_ids = np.where((a == b) | (a == c), a, np.where(b == c, b, -1))
    objects = [SceneObject(key, label.lower(), _box(vertices[owner == key])) for key, label in labels.items()]
    return Surface(vertices, faces, face_ids), objects


def _read_mesh(path: Path, aligned_from_world: Array) -> tuple[Array, Array]:
    corners, faces = read_ply(path)
    with np.errstate(invalid="ignore"):  # a signalling NaN, refused below
        vertices = np.stack([corners[axis].astype(np.float64) for axis in "xyz"], axis=1)
    if not np.isfinite(vertices).all():
        bad = int((~np.isfinite(vertices).all(axis=1)).sum())
        raise DataError(path, "element vertex", found=f"{bad} vertices NaN or infinite", expected="finite metres")
    if len(vertices) and (far := float(np.abs(vertices).max())) > FARTHEST:
        raise DataError(path, "element vertex", found=f"a coordinate of {far:g} m", expected=f"at most {FARTHEST:g} m")
    return vertices @ aligned_from_world[:3, :3].T + aligned_from_world[:3, 3], faces


def _read_segments(path: Path, vertices: int) -> npt.NDArray[np.int64]:
    record = check_type(read_json(path), Segments, path)
    if len(record.segIndices) != vertices:
        found = f"{len(record.segIndices)} values"
        raise DataError(path, "segIndices", found=found, expected=f"{vertices}, one per vertex of the mesh")
    try:
        return np.array(record.segIndices, dtype=np.int64)
    except OverflowError:
        raise DataError(path, "segIndices", found="a number beyond 64 bits", expected="segment ids") from None


def _read_groups(
    path: Path, segments: npt.NDArray[np.int64], skipped: dict[str, str]
) -> tuple[npt.NDArray[np.int64], dict[int, str]]:
    """Return the object id of each vertex, -1 for none, and id -> label; bad and empty ones are left out by name."""
    record = check_type(read_json(path), Aggregation, path)
    if record.segmentsFile.endswith("_vh_clean.segs.json"):
        expected = "that of _vh_clean_2, the mesh that is read"
        raise DataError(path, "segmentsFile", found=record.segmentsFile[:120], expected=expected)
    owner = np.full(len(segments), -1, dtype=np.int64)
    by_segment = np.argsort(segments, kind="stable")
    ranked = segments[by_segment]
    labels: dict[int, str] = {}
    places: dict[int, str] = {}
    for i, value in enumerate(record.segGroups):
        where = f"segGroups[{i}]"
        try:
            group = check_type(value, Group, path, where)
            key = group.objectId + 1
            if not 0 < key < 2**63 or key in labels:
                expected = "a whole number of at least 0, used once"
                raise DataError(path, f"{where}.objectId", found=group.objectId, expected=expected)
            wanted = np.unique(np.array([s for s in group.segments if abs(s) < 2**63], dtype=np.int64))
            starts, ends = np.searchsorted(ranked, wanted), np.searchsorted(ranked, wanted, side="right")
            for start, end in zip(starts, ends, strict=True):
                owner[by_segment[start:end]] = key  # what two objects claim is the later one's
            labels[key] = group.label
            places[key] = f"{where}.segments: found {len(group.segments)} segments"
        except DataError as error:
            known = value.get("objectId") if isinstance(value, dict) else None
            free = isinstance(known, int) and known + 1 not in labels and f"object {known + 1}" not in skipped
            skipped[f"object {int(known or 0) + 1}" if free else f"object #{i}"] = str(error)
    for key in sorted(set(labels) - set(owner.tolist())):
        reason = f"{path}: {places[key]} with no vertex of their own, expected segments of the mesh"
        skipped[f"object {key}"] = f"{reason} ({labels.pop(key)!r})"
    return owner, labels


def _box(points: Array) -> OrientedBox:
    low, high = points.min(axis=0), points.max(axis=0)
    return OrientedBox((low + high) / 2, np.maximum(high - low, THINNEST))
