"""Writer ``spar``: the tree, records and index files of SPAR-7M, so that its published loader reads them unchanged.

::

    <out>/spar/<dataset>/images/<scene>/
        image_color/<frame>.jpg   image_depth/<frame>.png (16 bit, mm)   pose/<frame>.txt (4 x 4, metres)
        video_color/frame<i>_<frame>.jpg   video_depth/…   video_pose/…   video_idx.txt
        intrinsic/{intrinsic,extrinsic}_{color,depth}.txt, or intrinsic/<frame>.txt where cameras differ
    <out>/spar/<dataset>/qa_jsonl/train/<task>/<format>/<format>_<count>.jsonl
    <out>/data_jsons/<dataset>_<thousands>k.json
    <out>/provenance/<dataset>/<task>/<format>_<count>.jsonl       (ours: the whole sample, line by line)

Poses are camera-to-world with OpenCV axes and belong to the upright image. Intrinsics count pixel centres at integers.
Marks are not baked in: the loader draws them. Its index takes a share of a file from the front, so rows are shuffled.

Sources: the dataset's readme, and the loader, drawing and index scripts published with it, github.com/fudan-zvg/spar.
"""

from __future__ import annotations

import json
import math
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from itertools import chain, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from spatialkit.errors import ArgumentError
from spatialkit.samples import Mark, Sample
from spatialkit.writers._files import file_name, writing
from spatialkit.writers._spool import Spool
from spatialkit.writers.base import GroupFiles, Writer, provenance_files

if TYPE_CHECKING:
    from PIL import Image

    from spatialkit.scene import Camera, Frame, Scene

__all__ = ["SparWriter", "thousandths"]

MOST_STILLS = 10  # the loader takes a sample of more images than this for a video
JPEG_QUALITY = 95
ROWS = "spar/{dataset}/qa_jsonl/train/{task}/{format}/{format}_{count}.jsonl"
WIDE_ENOUGH = 1000  # pixels; the loader draws points with a radius of 20 pixels, whatever the image's size


class Drawing(NamedTuple):
    """The marks that the published drawing code expects of a task.

    ``colours`` is the order in which ``point_img_idx`` or ``bbox_img_idx`` names the images of the marks; ``number`` is
    how many of the colours a record has, where that is not all; ``listed``: the marks are a list in any
    colour.
    """

    kind: str
    colours: tuple[str, ...]
    number: int | None = None
    listed: bool = False


def _points(*colours: str) -> Drawing:
    return Drawing("point", colours)


def _boxes(*colours: str, number: int | None = None) -> Drawing:
    return Drawing("box", colours, number)


NOTHING = Drawing("", ())
ANY = Drawing("", ("red", "blue", "green", "yellow"))  # a task that is not SPAR's
DRAWINGS = {
    "depth_prediction_oc": _points("red", "blue"),
    "depth_prediction_oc_mv": _points("red", "blue"),
    "depth_prediction_oo": _points("red", "blue", "green"),
    "depth_prediction_oo_mv": _points("red", "blue", "green"),
    "distance_prediction_oc": _points("red"),
    "distance_prediction_oc_mv": _points("red"),
    "distance_prediction_oo": _points("red", "blue"),
    "distance_prediction_oo_mv": _points("red", "blue"),
    "distance_prediction_oo_video": _points("red", "blue"),
    "spatial_volume_infer": _boxes("red"),
    "position_matching": _boxes("red"),
    "camera_motion_infer": NOTHING,
    "view_change_infer": NOTHING,
    "obj_frame_locate": _boxes("red"),
    "distance_infer_center_oc": NOTHING,
    "distance_infer_center_oc_mv": NOTHING,
    "distance_infer_center_oo": _points("red", "green", "blue"),
    "distance_infer_center_oo_mv": _points("red", "green", "blue"),
    "distance_infer_center_oo_video": Drawing("point", (), listed=True),  # the anchor first
    "obj_spatial_relation_oo": _boxes("red", "blue"),
    "obj_spatial_relation_oc_mv": _boxes("red", "blue", "green", number=1),
    "obj_spatial_relation_oo_mv": _boxes("red", "blue", "green", number=2),
    "spatial_imagination_oc": _boxes("green", "blue", "red"),
    "spatial_imagination_oc_mv": _boxes("green", "blue", "red"),
    "spatial_imagination_oc_video": _boxes("green", "blue", "red"),
    "spatial_imagination_oc_video_hard": NOTHING,
    "spatial_imagination_oo": _boxes("green", "blue", "red", "yellow"),
    "spatial_imagination_oo_mv": _boxes("green", "blue", "red", "yellow"),
    "spatial_imagination_oo_video": _boxes("green", "blue", "red", "yellow"),
    "spatial_imagination_oo_video_hard": NOTHING,
    "spatial_imagination_map_mv": Drawing("box", (), listed=True),
    "appearance_order": NOTHING,
    "obj_count": NOTHING,
    "room_size": NOTHING,
    "nav_video": NOTHING,
}
TYPES = {"nav_video": "nav"}  # the one task whose folder and type differ
FIELDS = {"point": "point", "box": "bbox"}


class SparWriter(Writer):
    """SPAR-7M as its authors published it, readable by their loader."""

    name = "spar"
    summary = "SPAR-7M's folders, records and index: images, depth, poses, jsonl rows; marks as fields"

    def write_scene(self, samples: Sequence[Sample], path: Path, scene: Scene, *, first: int = 0) -> list[Any]:
        """Write the frames that the samples show, once each, and return their records."""
        folder = path / _scene_folder(scene.dataset, scene.id)
        records = [self._record(sample, first + i, scene) for i, sample in enumerate(samples)]
        shown: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)  # names of each frame, by its id
        video: dict[str, None] = {}
        for sample in samples:
            for i, ref in enumerate(sample.images):
                shown[ref.frame][_kind(sample), _image_name(sample, i)] = None
                if _kind(sample) == "video":
                    video[ref.frame] = None
        for frame_id, names in shown.items():
            _write_frame(scene.frames[scene.frame_index[frame_id]], names, folder)
        if video:
            _write(folder / "video_idx.txt", "".join(f"{file_name(frame_id)}\n" for frame_id in video))
        if shown:
            _write_intrinsics(scene, set(shown), folder / "intrinsic")
        return records

    def write_rows(self, spool: Spool, path: Path) -> list[Path]:
        """Write one jsonl file for each task and format, and one index file for each dataset."""
        index: dict[str, list[GroupFiles]] = defaultdict(list)
        for files in self._write_groups(spool, path, ROWS):
            index[file_name(files.group.dataset)].append(files)
        written = [file for files in chain.from_iterable(index.values()) for file in (files.rows, files.provenance)]
        for dataset, groups in index.items():
            target = Path("data_jsons", f"{dataset}_{sum(g.length for g in groups) // 1000}k.json")
            entries = {
                f"{dataset}_{g.group.task}_{g.group.format}": {
                    "root": f"spar/{dataset}/images",
                    "annotation": g.rows.as_posix(),
                    "repeat_time": 1,
                    "length": g.length,
                }
                for g in groups
            }
            _write(path / target, json.dumps(entries, indent=4))
            written.append(target)
        return written

    def remarks(self, spool: Spool) -> list[str]:
        """Warn of images so small that points as the loader draws them may cover each other."""
        width = min((header.narrowest for header in spool.headers if header.narrowest), default=WIDE_ENOUGH)
        if width >= WIDE_ENOUGH:
            return []
        return [
            f"SPAR's loader draws points with a radius of 20 pixels; on images as narrow as here ({width} pixels) they "
            "may cover each other or small objects"
        ]

    def image_path(self, sample: Sample, index: int) -> Path:
        """Return where image ``index`` of a sample lies, relative to the output folder."""
        return _scene_folder(sample.dataset, sample.scene) / _relative(sample, index)

    def check(self, path: Path) -> Iterator[str]:
        """Yield where images and rows differ from the samples in the provenance."""
        yield from super().check(path)
        for beside in provenance_files(path):
            dataset, task, name = beside.parts[-3:]
            form, _, count = name.removesuffix(".jsonl").rpartition("_")
            rows = path / ROWS.format(dataset=dataset, task=task, format=form, count=count)
            if not rows.is_file():
                yield f"{rows}: no such file"
                continue
            with rows.open("rb") as written, beside.open("rb") as samples:
                for number, (row, line) in enumerate(zip_longest(written, samples), 1):
                    if row is None or line is None:
                        yield f"{rows}: line {number}: {'missing' if row is None else 'not in the provenance'}"
                        break
                    if wrong := _difference(row, line, path):
                        yield f"{rows}: line {number}: {wrong}"

    def _record(self, sample: Sample, number: int, scene: Scene) -> dict[str, Any]:
        for ref in sample.images:
            if ref.frame not in scene.frame_index:
                raise ArgumentError(
                    f"sample {sample.id}: image",
                    found=f"frame {ref.frame!r}",
                    expected=f"a frame of scene {scene.id!r}",
                )
        depth = all(scene.frames[scene.frame_index[ref.frame]].depth is not None for ref in sample.images)
        return _row(sample, f"{file_name(sample.scene)}_{number}", depth=depth)


def _row(sample: Sample, record_id: str, *, depth: bool) -> dict[str, Any]:
    """Return the record of a sample."""
    place, images = file_name(sample.scene), range(len(sample.images))
    record: dict[str, Any] = {
        "id": record_id,
        "conversations": [
            {"from": "human", "value": sample.question},
            {"from": "gpt", "value": sample.answer},
        ],
        "image": [f"{place}/{_relative(sample, i).as_posix()}" for i in images],
        "type": TYPES.get(sample.task, sample.task),
    }
    if depth:
        record["depth"] = [f"{place}/{_depth(sample, i).as_posix()}" for i in images]
    return record | _mark_fields(sample)


def _difference(row: bytes, line: bytes, path: Path) -> str:
    """Say in which fields a row differs from the sample on the same line of the provenance; "" if in none."""
    import msgspec

    sample = msgspec.json.decode(line, type=Sample)
    folder = path / _scene_folder(sample.dataset, sample.scene)
    depth = all(os.path.exists(folder / _depth(sample, i)) for i in range(len(sample.images)))  # whatever its name
    try:
        there = msgspec.json.decode(row, type=dict[str, Any])
        here = _row(sample, json.loads(line).get("record"), depth=depth)
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        return f"no row of its sample ({error})"
    fields = [name for name in here | there if here.get(name) != there.get(name)]
    return f"{', '.join(fields)}: not as its sample in the provenance" if fields else ""


def thousandths(pixel: float, size: int) -> int:
    """Return where the pixel ``pixel`` (centre at an integer) lies on an image side, as an integer from 0 to 1000.

    The loader takes pixel ``int(k / 1000 * size)``. Of the integers next to the pixel's centre, which lies at
    ``(pixel + 0.5) * 1000 / size``, this is the one that comes back nearest to it inside the image: to the same pixel
    on sides of up to 1000 pixels, to that or the next on sides of up to 2000.
    """
    centre = (pixel + 0.5) * 1000 / size
    choices = [
        k
        for k in range(math.floor(centre) - 1, math.floor(centre) + 3)
        if 0 <= k <= 1000 and int(k / 1000 * size) < size
    ]
    return min(choices, key=lambda k: (abs(int(k / 1000 * size) - round(pixel)), abs(k - centre)), default=0)


def _span(low: float, high: float, size: int) -> tuple[int, int]:
    """Return a side of a box, given in pixels, as two different integers from 0 to 1000: the nearest ones."""
    first, last = (min(max(round((x + 0.5) * 1000 / size), 0), 1000) for x in (low, high))
    if first < last:
        return first, last
    return (first, first + 1) if first < 1000 else (999, 1000)


def _coordinates(mark: Mark, sample: Sample) -> list[int]:
    ref = sample.images[mark.image]
    if mark.kind == "point":
        x, y = mark.xy
        return [thousandths(x, ref.width), thousandths(y, ref.height)]
    x1, y1, x2, y2 = mark.xy
    left, right = _span(x1, x2, ref.width)
    top, bottom = _span(y1, y2, ref.height)
    return [left, top, right, bottom]


def _mark_fields(sample: Sample) -> dict[str, Any]:
    """Return the fields of a record that say what is drawn where; each value is wrapped in one extra list."""
    drawing = DRAWINGS.get(sample.task, ANY)
    _check_marks(sample, drawing)
    fields: dict[str, Any] = {}
    for kind, name in FIELDS.items():
        marks = [m for m in sample.marks if m.kind == kind]
        if not marks:
            continue
        if drawing.listed or len({m.colour for m in marks}) < len(marks):
            fields[f"{name}_list"] = [[_coordinates(m, sample) for m in marks]]
        else:
            marks.sort(key=lambda m: drawing.colours.index(m.colour))
            fields |= {f"{m.colour}_{name}": [_coordinates(m, sample)] for m in marks}
        if len(sample.images) > 1:
            fields[f"{name}_img_idx"] = [[m.image for m in marks]]
    return fields


def _check_marks(sample: Sample, drawing: Drawing) -> None:
    """Refuse marks that the loader would not draw, or without which it would stop."""
    if drawing is ANY:
        return
    found = [m.colour for m in sample.marks]
    if drawing.listed:
        fits = bool(found) and all(m.kind == drawing.kind for m in sample.marks)
    else:
        fits = (
            all(m.kind == drawing.kind for m in sample.marks)
            and set(found) <= set(drawing.colours)
            and len(found) == len(set(found)) == (drawing.number or len(drawing.colours))
        )
    if not fits:
        colours = f"{drawing.number or 'each'} of {', '.join(drawing.colours)}" if drawing.colours else "any colour"
        raise ArgumentError(
            f"sample {sample.id}: marks of {sample.task}",
            found=" and ".join(f"{m.colour} {m.kind}" for m in sample.marks) or "none",
            expected=f"{drawing.kind} marks, {colours}" if drawing.kind else "none",
        )


def _kind(sample: Sample) -> str:
    return "video" if len(sample.images) > MOST_STILLS else "image"


def _image_name(sample: Sample, index: int) -> str:
    frame = file_name(sample.images[index].frame)
    return f"frame{index}_{frame}" if _kind(sample) == "video" else frame


def _relative(sample: Sample, index: int, *, what: str = "color", ending: str = "jpg") -> Path:
    """Return an image's path inside its scene's folder."""
    return Path(f"{_kind(sample)}_{what}", f"{_image_name(sample, index)}.{ending}")


def _depth(sample: Sample, index: int) -> Path:
    return _relative(sample, index, what="depth", ending="png")


def _scene_folder(dataset: str, scene: str) -> Path:
    return Path("spar", file_name(dataset), "images", file_name(scene))


def _write_frame(frame: Frame, names: Iterable[tuple[str, str]], folder: Path) -> None:
    """Write a frame's colour, depth and pose under each of its names, (kind, name) each."""
    colour = _jpeg(frame)
    depth = None if frame.depth is None else _depth_png(frame)
    for kind, name in names:
        _write(folder / f"{kind}_color" / f"{name}.jpg", colour)
        if depth is not None:
            _write(folder / f"{kind}_depth" / f"{name}.png", depth)
        _write_matrix(frame.world_from_cam, folder / ("pose" if kind == "image" else "video_pose") / f"{name}.txt")


def _jpeg(frame: Frame) -> bytes:
    """Return the upright image as JPEG; one that is stored so, unchanged."""
    from PIL import Image

    pixels = frame.load_image()
    stored = _bytes_if(frame.image, b"\xff\xd8\xff") if frame.up_rotation == 0 else None
    return stored or _encoded(Image.fromarray(pixels), "JPEG", quality=JPEG_QUALITY)


def _depth_png(frame: Frame) -> bytes:
    """Return the upright depth as PNG of 16 bits in millimetres, 0 where there is no reading or it is beyond 65 m."""
    from PIL import Image

    counts = np.rint(frame.load_depth().astype(np.float64) * 1000)
    counts[counts > 65535] = 0
    return _encoded(Image.fromarray(counts.astype(np.uint16)), "PNG")


def _encoded(image: Image.Image, form: str, **options: int) -> bytes:
    buffer = BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def _bytes_if(source: Any, magic: bytes) -> bytes | None:
    """Return the content of an image file that begins with these bytes."""
    if not isinstance(source, Path):
        return None
    content = source.read_bytes()
    return content if content.startswith(magic) else None


def _write_intrinsics(scene: Scene, shown: set[str], folder: Path) -> None:
    """Write the intrinsics: once where all frames share them, as ScanNet has it, else a file for each frame shown."""
    cameras = {frame.camera for frame in scene.frames}, {frame.buffer_camera for frame in scene.frames}
    if all(len(some) == 1 for some in cameras):
        for what, some in zip(("color", "depth"), cameras, strict=True):
            _write_matrix(_matrix(next(iter(some))), folder / f"intrinsic_{what}.txt")
            _write_matrix(np.eye(4), folder / f"extrinsic_{what}.txt")
        return
    for frame_id in sorted(shown):
        frame = scene.frames[scene.frame_index[frame_id]]
        _write_matrix(frame.camera.matrix, folder / f"{file_name(frame_id)}.txt")


def _matrix(camera: Camera) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the intrinsics as 4 x 4."""
    matrix = np.eye(4)
    matrix[:3, :3] = camera.matrix
    return matrix


def _write_matrix(matrix: np.ndarray[Any, np.dtype[np.float64]], path: Path) -> None:
    _write(path, "".join(" ".join(f"{x:.8f}" for x in row) + "\n" for row in matrix))


def _write(path: Path, content: bytes | str) -> None:
    with writing(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)
