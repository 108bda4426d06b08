"""Our own scene folder: one JSON, images, 16-bit depth, optional id images and mesh (docs/scene-format.md)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np
import numpy.typing as npt

from spatialkit import _check
from spatialkit.adapters._readers import (
    check_type,
    image_header,
    inside,
    located,
    read_json,
    read_npz,
    safe_name,
)
from spatialkit.adapters.base import Adapter, need_root
from spatialkit.errors import ArgumentError, DataError, OutputError, UnknownName
from spatialkit.navigation import Graph, Route
from spatialkit.scene import Camera, Frame, OrientedBox, Scene, SceneObject, Sensor
from spatialkit.surfaces import Surface

if TYPE_CHECKING:
    from spatialkit.adapters._records import CameraRecord, FrameRecord, GraphRecord, ObjectRecord, SceneRecord

__all__ = ["Folder", "write_folder"]

Item = TypeVar("Item", Frame, SceneObject)
Points = tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]

FILE = "scene.json"
SIXTEEN = ("I;16", "I;16B", "I")  # what Pillow calls one channel of 16 bits
MODES = {"depth": ("16", SIXTEEN), "instances": ("8 or 16", ("L", *SIXTEEN))}
MESH: dict[str, tuple[tuple[int | str, ...], str]] = {
    "vertices": (("v", 3), "f"),
    "faces": (("f", 3), "iu"),
    "face_ids": (("f",), "iu"),
}
POINTS: dict[str, tuple[tuple[int | str, ...], str]] = {"points": (("p", 3), "f"), "ids": (("p",), "iu")}


class Folder(Adapter):
    """Reads scene folders that ``write_folder`` or anyone else wrote.

    Source
        docs/scene-format.md, format "spatialkit-scene", version 1.
    Axes
        Cameras OpenCV (x right, y down, z forward); poses ``world_from_cam``; pixel centres at integers.
    Units
        Metres; depth in counts of the frame's ``depth_unit`` metres.
    World
        Any orientation; ``up`` says which way is up.
    Depth
        16-bit PNG, along the camera's z axis.
    Invalid
        Depth 0; id image 0. A frame without a pose has to be left out of the file.
    """

    name: ClassVar[str] = "folder"
    summary: ClassVar[str] = "spatialkit's own scene folder: one scene.json, images, 16-bit depth, ids, mesh"

    def scenes(self, root: Path | None) -> list[str]:
        """Return the ids in every ``scene.json`` in ``root`` or one level below (its folder's name if unreadable)."""
        return list(_scene_folders(need_root(root, self.name)))

    def load(self, root: Path | None, scene_id: str) -> Scene:
        """Return the scene of that id."""
        folder = need_root(root, self.name)
        # The usual layout names the folder as the scene; only others need all the files to be looked through.
        if Path(scene_id).name == scene_id and _peek_id(folder / scene_id / FILE) == scene_id:
            return _read_folder(folder / scene_id)
        folders = _scene_folders(folder)
        if scene_id not in folders:
            raise UnknownName(f"scene in {folder}:", scene_id, folders)
        return _read_folder(folders[scene_id])


def _scene_folders(root: Path) -> dict[str, Path]:
    candidates = [root] if (root / FILE).is_file() else sorted(p for p in root.iterdir() if (p / FILE).is_file())
    if not candidates:
        raise DataError(root, "scenes", found=f"no {FILE} here or one folder below", expected=f"folders with {FILE}")
    folders: dict[str, Path] = {}
    for folder in candidates:
        scene_id = _peek_id(folder / FILE) or folder.resolve().name
        if scene_id in folders:
            found = f"{scene_id!r} also in {folders[scene_id] / FILE}"
            raise DataError(folder / FILE, "id", found=found, expected="a scene id used once")
        folders[scene_id] = folder
    return folders


def _peek_id(path: Path) -> str | None:
    """Return the id in a ``scene.json`` without building its values, None if it cannot be had."""
    import msgspec

    from spatialkit.adapters._records import HeadRecord

    try:
        return safe_name(msgspec.json.decode(path.read_bytes(), type=HeadRecord).id, path, "id")
    except (OSError, DataError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _read_folder(folder: Path) -> Scene:
    from spatialkit.adapters._records import FORMAT, VERSION, FrameRecord, ObjectRecord, SceneRecord

    path = folder / FILE
    record = check_type(read_json(path), SceneRecord, path, known_only=True)
    if record.format != FORMAT:
        raise DataError(path, "format", found=repr(record.format[:80]), expected=repr(FORMAT))
    if record.version != VERSION:
        raise DataError(path, "version", found=record.version, expected=VERSION)
    safe_name(record.id, path, "id")
    safe_name(record.dataset, path, "dataset")
    skipped: dict[str, str] = {}
    points = _read_points(folder, path, record)
    table = _id_table(path, record)

    def frame(value: Any, where: str) -> Frame:
        return _frame(folder, path, where, check_type(value, FrameRecord, path, where, known_only=True), table)

    def thing(value: Any, where: str) -> SceneObject:
        return _object(path, where, check_type(value, ObjectRecord, path, where, known_only=True), points)

    frames = _collect("frame", path, record.frames, frame, skipped)
    objects = _collect("object", path, record.objects, thing, skipped)
    try:
        return Scene(
            id=record.id,
            dataset=record.dataset,
            frames=tuple(frames),
            objects=tuple(objects),
            surface=_read_surface(folder, path, record),
            floor=_floor(path, record),
            up=np.array(record.up),
            sensor=_sensor(path, record),
            metric=record.metric,
            skipped=skipped,
            exhaustive=None if record.exhaustive is None else frozenset(record.exhaustive),
            graph=_graph(path, record),
            routes=_routes(path, record),
        )
    except ArgumentError as error:
        raise located(error, path, "") from None


def _collect(
    kind: str, path: Path, values: list[Any], build: Callable[[Any, str], Item], skipped: dict[str, str]
) -> list[Item]:
    """Build the records one by one; a bad one goes into ``skipped`` under its id or place."""
    kept: dict[str | int, Item] = {}
    for i, value in enumerate(values):
        where = f"{kind}s[{i}]"
        try:
            item = build(value, where)
            if item.id in kept:
                raise DataError(path, f"{where}.id", found=f"{item.id!r} a second time", expected="unique ids")
            kept[item.id] = item
        except DataError as error:
            known = value.get("id") if isinstance(value, dict) else None
            named = isinstance(known, str | int) and known not in kept and f"{kind} {known}" not in skipped
            skipped[f"{kind} {known}" if named else f"{kind} #{i}"] = str(error)
    return list(kept.values())


def _frame(folder: Path, path: Path, where: str, record: FrameRecord, table: npt.NDArray[np.int64] | None) -> Frame:
    safe_name(record.id, path, f"{where}.id")
    if record.up_rotation not in range(4):
        raise DataError(path, f"{where}.up_rotation", found=record.up_rotation, expected="0, 1, 2 or 3 quarter turns")
    if record.time is not None and not math.isfinite(record.time):
        raise DataError(path, f"{where}.time", found=record.time, expected="seconds")
    if record.instances is not None and table is None:
        raise DataError(path, "instance_ids", found="none", expected=f"the ids that {where}.instances counts in")
    camera = _camera(path, f"{where}.camera", record.camera)
    depth_camera = None
    if record.depth_camera is not None:
        depth_camera = _camera(path, f"{where}.depth_camera", record.depth_camera)
    image = _pixels(folder, path, where, "image", record, camera)
    depth = _pixels(folder, path, where, "depth", record, depth_camera or camera)
    ids = _pixels(folder, path, where, "instances", record, depth_camera or camera)
    try:
        return Frame(
            id=record.id,
            camera=camera,
            world_from_cam=np.array(_numbers(path, f"{where}.world_from_cam", record.world_from_cam, (4, 4))),
            image=image,
            depth=depth,
            instances=None if ids is None or table is None else IdImage(ids, table),
            depth_camera=depth_camera,
            depth_unit=record.depth_unit,
            time=record.time,
            up_rotation=record.up_rotation,
        )
    except ArgumentError as error:
        raise located(error, path, where) from None


@dataclass(frozen=True, eq=False)
class IdImage:
    """Loads an id image: pixel value k stands for the k-th entry of ``table``, whose entry 0 is -1, "no object"."""

    path: Path
    table: npt.NDArray[np.int64]

    def __call__(self) -> npt.NDArray[np.int64]:
        """Return the ids (h, w) as stored, not yet turned upright."""
        from spatialkit._images import read_image

        width, height, _ = image_header(self.path, "instances")
        counts = read_image(self.path, field="instances", size=(height, width))
        if counts.size and int(counts.max()) >= len(self.table):
            expected = f"at most {len(self.table) - 1}, the number of instance_ids"
            raise DataError(self.path, "instances", found=f"pixel value {counts.max()}", expected=expected)
        ids: npt.NDArray[np.int64] = self.table[counts]
        return ids


def _pixels(folder: Path, path: Path, where: str, kind: str, record: FrameRecord, camera: Camera) -> Path | None:
    """Return the image file that a frame names, its header held against the camera and the kind."""
    name: str | None = getattr(record, kind)
    if name is None:
        return None
    file = inside(folder, name, path, f"{where}.{kind}")
    width, height, mode = image_header(file, kind)
    wanted = (camera.width, camera.height) if record.up_rotation % 2 == 0 else (camera.height, camera.width)
    if (width, height) != wanted:
        expected = f"{wanted[0]} x {wanted[1]} pixels ({path.name}: {where})"
        raise DataError(file, kind, found=f"{width} x {height} pixels", expected=expected)
    bits, modes = MODES.get(kind, ("", ()))
    if modes and mode not in modes:
        raise DataError(file, kind, found=f"pixels of mode {mode}", expected=f"one channel of {bits} bits")
    return file


def _camera(path: Path, where: str, record: CameraRecord) -> Camera:
    try:
        return Camera(record.fx, record.fy, record.cx, record.cy, record.width, record.height)
    except ArgumentError as error:
        raise DataError(path, f"{where}.{error.name[7:]}", found=error.found, expected=error.expected) from None


def _object(path: Path, where: str, record: ObjectRecord, points: Points | None) -> SceneObject:
    centre, size = (_numbers(path, f"{where}.{k}", getattr(record, k), (3,)) for k in ("centre", "size"))
    axes = _numbers(path, f"{where}.world_from_box", record.world_from_box, (3, 3))
    try:
        own = None if points is None else points[0][points[1] == record.id]
        box = OrientedBox(centre, size, axes)
        return SceneObject(record.id, record.label, box, own if own is not None and len(own) else None)
    except ArgumentError as error:
        raise located(error, path, where) from None


def _numbers(path: Path, where: str, value: Any, shape: tuple[int | str, ...]) -> npt.NDArray[np.float64]:
    try:
        return _check.array(where, value, shape)
    except ArgumentError as error:
        raise DataError(path, where, found=error.found, expected=error.expected) from None


def _id_table(path: Path, record: SceneRecord) -> npt.NDArray[np.int64] | None:
    if record.instance_ids is None:
        return None
    for i, value in enumerate(record.instance_ids):
        if not 0 <= value < 2**63:
            raise DataError(path, f"instance_ids[{i}]", found=value, expected="a whole number from 0 to 2**63 - 1")
    return np.array([-1, *record.instance_ids], dtype=np.int64)


def _read_points(folder: Path, path: Path, record: SceneRecord) -> Points | None:
    if record.points is None:
        return None
    file = inside(folder, record.points, path, "points")
    arrays = read_npz(file, POINTS)
    if len(arrays["points"]) != len(arrays["ids"]):
        expected = f"{len(arrays['points'])}, one per point"
        raise DataError(file, "ids", found=f"{len(arrays['ids'])} values", expected=expected)
    return _numbers(file, "points", arrays["points"], ("p", 3)), arrays["ids"].astype(np.int64)


def _read_surface(folder: Path, path: Path, record: SceneRecord) -> Surface | None:
    if record.surface is None:
        return None
    file = inside(folder, record.surface.mesh, path, "surface.mesh")
    try:
        return Surface(**read_npz(file, MESH))
    except ArgumentError as error:
        raise DataError(file, error.name.removeprefix("Surface."), found=error.found, expected=error.expected) from None


def _floor(path: Path, record: SceneRecord) -> tuple[npt.NDArray[np.float64], ...] | None:
    if record.floor is None:
        return None
    polygons = tuple(_numbers(path, f"floor[{i}]", polygon, ("k", 2)) for i, polygon in enumerate(record.floor))
    for i, polygon in enumerate(polygons):
        if len(polygon) < 3:
            raise DataError(path, f"floor[{i}]", found=f"{len(polygon)} corners", expected="at least 3")
    return polygons


def _graph(path: Path, record: SceneRecord) -> Graph | None:
    given = record.graph
    if given is None:
        return None
    known = {name: k for k, name in enumerate(given.ids)}
    for i, edge in enumerate(given.edges):
        if len(edge) != 2 or not set(edge) <= known.keys():
            raise DataError(path, f"graph.edges[{i}]", found=repr(edge)[:80], expected="two of graph.ids")
    positions = _numbers(path, "graph.positions", given.positions, (len(given.ids), 3))
    heights = None if given.heights is None else _numbers(path, "graph.heights", given.heights, (len(given.ids),))
    try:
        edges = np.array([[known[name] for name in edge] for edge in given.edges], dtype=np.int64)
        return Graph(tuple(given.ids), positions, edges, heights)
    except ArgumentError as error:
        raise located(error, path, "graph") from None


def _routes(path: Path, record: SceneRecord) -> tuple[Route, ...]:
    routes = []
    for i, given in enumerate(record.routes or ()):
        where = f"routes[{i}]"
        if record.graph is None or not set(given.nodes) <= set(record.graph.ids):
            raise DataError(path, f"{where}.nodes", found=repr(given.nodes)[:80], expected="some of graph.ids")
        facing = _numbers(path, f"{where}.facing", given.facing, (3,))
        try:
            routes.append(Route(given.id, tuple(given.nodes), facing, given.instruction, given.language))
        except ArgumentError as error:
            raise located(error, path, where) from None
    return tuple(routes)


def _sensor(path: Path, record: SceneRecord) -> Sensor:
    if record.sensor is None:
        return Sensor()
    sensor = Sensor(*(getattr(record.sensor, f.name) for f in fields(Sensor)))
    for name, value in asdict(sensor).items():
        if not (math.isfinite(value) and value >= 0):
            raise DataError(path, f"sensor.{name}", found=value, expected="a value of at least 0")
    return sensor


def write_folder(scene: Scene, path: Path | str) -> Path:
    """Write a scene as a scene folder.

    Image files are copied as they are (JPEG, PNG); everything else becomes PNG: depth in 16 bits of the frame's
    ``depth_unit``, rounded to it. The folder appears only when it is complete.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OutputError
        When there is something at ``path`` already, or it cannot be written.
    DataError
        When an image of the scene cannot be loaded, or a depth does not fit 16 bits.
    """
    import shutil
    import tempfile

    target = Path(path)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise OutputError(f"{target}: already there and not empty; name a new folder")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        try:
            _write(scene, partial)
            partial.chmod(0o755)  # mkdtemp makes it private
            if target.exists():
                target.rmdir()
            partial.replace(target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise OutputError(f"{target}: cannot be written ({error.strerror or error})") from error
    return target


def _write(scene: Scene, folder: Path) -> None:
    import msgspec

    from spatialkit.adapters import _records as r

    safe_name(scene.id, folder, "id")
    ids: dict[int, int] = {}
    digits = max(6, len(str(len(scene.frames))))
    frames = [_write_frame(frame, folder, f"{i:0{digits}}", ids) for i, frame in enumerate(scene.frames)]
    with_points = [o for o in scene.objects if o.points is not None]
    if with_points:
        owners = np.concatenate([np.full(len(o.points), o.id) for o in with_points if o.points is not None])
        points = np.concatenate([o.points for o in with_points if o.points is not None])
        np.savez_compressed(folder / "points.npz", points=points, ids=owners.astype(np.int64))
    if scene.surface is not None:
        np.savez_compressed(folder / "mesh.npz", **{name: getattr(scene.surface, name) for name in MESH})
    record = r.SceneRecord(
        format=r.FORMAT,
        version=r.VERSION,
        id=scene.id,
        up=scene.up.tolist(),
        frames=frames,
        objects=[
            r.ObjectRecord(o.id, o.label, o.box.centre.tolist(), o.box.size.tolist(), o.box.world_from_box.tolist())
            for o in scene.objects
        ],
        dataset=scene.dataset,
        metric=scene.metric,
        sensor=r.SensorRecord(**asdict(scene.sensor)),
        instance_ids=list(ids) if any(frame.instances is not None for frame in scene.frames) else None,
        points="points.npz" if with_points else None,
        floor=None if scene.floor is None else [polygon.tolist() for polygon in scene.floor],
        surface=None if scene.surface is None else r.SurfaceRecord("mesh.npz"),
        exhaustive=None if scene.exhaustive is None else sorted(scene.exhaustive),
        graph=None if scene.graph is None else _graph_record(scene.graph),
        routes=[r.RouteRecord(w.id, list(w.nodes), w.facing.tolist(), w.instruction, w.language) for w in scene.routes]
        or None,
    )
    (folder / FILE).write_bytes(msgspec.json.format(msgspec.json.encode(_given(asdict(record))), indent=1))


def _graph_record(graph: Graph) -> GraphRecord:
    from spatialkit.adapters._records import GraphRecord

    edges = [[graph.ids[a], graph.ids[b]] for a, b in graph.edges.tolist()]
    heights = None if graph.heights is None else graph.heights.tolist()
    return GraphRecord(list(graph.ids), graph.positions.tolist(), edges, heights)


def _given(value: Any) -> Any:
    """Return plain values without the entries that are None."""
    if isinstance(value, dict):
        return {key: _given(inner) for key, inner in value.items() if inner is not None}
    return [_given(inner) for inner in value] if isinstance(value, list) else value


def _write_frame(frame: Frame, folder: Path, stem: str, ids: dict[int, int]) -> FrameRecord:
    from spatialkit.adapters import _records as r

    safe_name(frame.id, folder, f"frame {frame.id!r}: id")
    stored = -frame.up_rotation  # what loading turned upright is turned back

    def put(kind: str, pixels: Callable[[], npt.NDArray[Any]], suffixes: tuple[str, ...]) -> str | None:
        source = getattr(frame, kind)
        if source is None:
            return None
        (folder / kind).mkdir(exist_ok=True)
        if isinstance(source, Path) and source.suffix.lower() in suffixes:
            name = f"{kind}/{stem}{source.suffix.lower()}"
            (folder / name).write_bytes(source.read_bytes())
        else:
            name = f"{kind}/{stem}.png"
            _write_png(folder / name, np.rot90(pixels(), stored))
        return name

    def counts() -> npt.NDArray[np.uint16]:
        steps = np.rint(frame.load_depth() / np.float64(frame.depth_unit))
        if steps.size and steps.max() > 65535:
            expected = f"at most {65535 * frame.depth_unit:g} m, which 16 bits of depth_unit {frame.depth_unit:g} hold"
            found = f"{steps.max() * frame.depth_unit:g} m"
            raise DataError(f"frame {frame.id}", "depth", found=found, expected=expected)
        return steps.astype(np.uint16)

    def indices() -> npt.NDArray[np.uint16]:
        present, inverse = np.unique(frame.load_instances(), return_inverse=True)
        codes = [0 if i < 0 else ids.setdefault(int(i), len(ids) + 1) for i in present]
        if len(ids) > 65535:
            raise DataError(f"frame {frame.id}", "instances", found=f"{len(ids)} ids so far", expected="at most 65535")
        return np.array(codes, dtype=np.uint16)[inverse].reshape(inverse.shape)

    depth_camera = frame.depth_camera
    return r.FrameRecord(
        id=frame.id,
        camera=r.CameraRecord(**asdict(frame.camera)),
        world_from_cam=frame.world_from_cam.tolist(),
        image=put("image", frame.load_image, (".jpg", ".jpeg", ".png")),
        depth=put("depth", counts, (".png",)),
        instances=put("instances", indices, ()),
        depth_camera=None if depth_camera is None else r.CameraRecord(**asdict(depth_camera)),
        depth_unit=frame.depth_unit,
        time=frame.time,
        up_rotation=frame.up_rotation,
    )


def _write_png(path: Path, pixels: npt.NDArray[Any]) -> None:
    from PIL import Image

    Image.fromarray(np.ascontiguousarray(pixels)).save(path)
