"""The spar writer against an independent reader of SPAR-7M, and its record field by field."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from spatialkit.errors import ArgumentError, DataError, OutputError, UnknownName
from spatialkit.generate import generate
from spatialkit.samples import ImageRef, Mark, Sample
from spatialkit.scene import Camera, Frame, Scene
from spatialkit.writers import read, write, writers
from spatialkit.writers.spar import DRAWINGS, thousandths
from tests.oracles import spar_loader
from tests.unit.test_run import tiny_scene

WIDTH, HEIGHT = 1296, 242  # as wide as ScanNet's images, so that thousandths are coarser than pixels
CAMERA = Camera(1170.0, 1170.0, 647.5, 120.5, WIDTH, HEIGHT)
DEPTH_CAMERA = CAMERA.resized(64, 48)
NAMES = {"point": "point", "box": "bbox"}


def make_scene(count: int = 4, *, scene_id: str = "room_00", depth: bool = True) -> Scene:
    rng = np.random.default_rng(3)
    frames = []
    for i in range(count):
        pose = np.eye(4)
        pose[:3, 3] = (0.1 * i, -2.5, 1.6)
        image = np.full((HEIGHT, WIDTH, 3), rng.integers(90, 160, 3), np.uint8)
        metres = np.full((48, 64), 1.2345 + i, np.float32)
        frames.append(
            Frame(str(35 * i), CAMERA, pose, image=image, depth=metres if depth else None, depth_camera=DEPTH_CAMERA)
        )
    return Scene(scene_id, "toy", tuple(frames), ())


def make_sample(
    task: str,
    marks: Sequence[Mark] = (),
    *,
    scene: Scene,
    frames: Sequence[int] = (0,),
    number: int = 0,
    **changes: Any,
) -> Sample:
    values = {
        "id": f"{scene.id}-{task}-{number:05d}-fill",
        "task": task,
        "format": "fill",
        "dataset": scene.dataset,
        "scene": scene.id,
        "images": tuple(ImageRef(scene.frames[i].id, WIDTH, HEIGHT) for i in frames),
        "question": "How deep is the lamp?",
        "answer": "1.5",
        "marks": tuple(marks),
        "provenance": {"seed": 0, "value": 1.5},
    }
    return Sample(**(values | changes))


def mark(kind: str, colour: str, image: int) -> Mark:
    """A mark whose place depends on its colour and image."""
    at = {"red": 0.15, "green": 0.35, "blue": 0.55, "yellow": 0.75}[colour]
    x, y = round(at * WIDTH + 11 * image), round((1 - at) * HEIGHT)
    xy = (x, y) if kind == "point" else (x - 0.5, y - 0.5, x + 90.5, y + 20.5)
    return Mark(kind, colour, image, tuple(float(v) for v in xy), role=colour, object_id=7)  # type: ignore[arg-type]


def rows_of(out: Path, task: str, form: str = "fill") -> list[dict[str, Any]]:
    [file] = (out / "spar/toy/qa_jsonl/train" / task / form).iterdir()
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert file.name == f"{form}_{len(rows)}.jsonl"
    return rows


def index_of(out: Path) -> Path:
    [index] = (out / "data_jsons").iterdir()
    return index


def every_spar_task() -> list[Any]:
    """Each task with its marks spread over as many images as it has."""
    cases = []
    for task, drawing in DRAWINGS.items():
        count = (
            32 if "video" in task or task in ("obj_frame_locate", "appearance_order", "obj_count", "room_size") else 1
        )
        count = 3 if task.endswith("_mv") else count
        count = 2 if task in ("position_matching", "camera_motion_infer", "view_change_infer") else count
        if task == "distance_infer_center_oo_video":
            choices: list[tuple[str, ...]] = [("red", "blue", "blue", "green")]
        elif task == "spatial_imagination_map_mv":
            choices = [("red", "red", "red")]
        elif task == "obj_spatial_relation_oc_mv":
            choices = [("red",), ("blue",), ("green",)]
        elif task == "obj_spatial_relation_oo_mv":
            choices = [("red", "blue"), ("green", "blue"), ("green", "red")]
        else:
            choices = (
                [drawing.colours, tuple(reversed(drawing.colours))] if len(drawing.colours) > 1 else [drawing.colours]
            )
        cases += [pytest.param(task, drawing.kind, some, count, id=f"{task}-{'-'.join(some)}") for some in choices]
    return cases


@pytest.mark.parametrize(("task", "kind", "colours", "count"), every_spar_task())
def test_the_loader_draws_each_mark_where_the_sample_has_it(
    task: str, kind: str, colours: tuple[str, ...], count: int, tmp_path: Path
) -> None:
    scene = make_scene(max(count, 1) if count < 32 else 32)
    spread = [0 if task == "position_matching" else (2 * i + 1) % count for i in range(len(colours))]
    marks = [mark(kind, colour, image) for colour, image in zip(colours, spread, strict=True)]
    write([make_sample(task, marks, scene=scene, frames=range(count))], tmp_path, scenes=scene)
    [item] = spar_loader.items(index_of(tmp_path), tmp_path)
    assert len(item.images) == count
    assert len(item.marks) == len(marks)
    for mine in marks:
        fields = (f"{mine.colour}_{NAMES[kind]}", f"{NAMES[kind]}_list")
        near = [m for m in item.marks if m.image == mine.image and m.field in fields and apart(m.xy, mine.xy) <= 2]
        assert len(near) == 1
        assert kind == "box" or apart(near[0].xy, mine.xy) <= 1


def test_the_loader_draws_what_the_engine_makes(tmp_path: Path) -> None:
    scene = tiny_scene("a")
    samples = {s.id: s for s in generate("all", scene, per_task=2)}
    write(samples.values(), tmp_path, scenes=scene)
    by_record = {}
    for file in sorted((tmp_path / "provenance").rglob("*.jsonl")):
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        by_record |= {row["record"]: samples[row["id"]] for row in rows}
    items = list(spar_loader.items(index_of(tmp_path), tmp_path))
    assert len(items) == len(samples) > 20
    for item in items:
        sample = by_record[item.id]
        assert (item.prompt, item.answer) == ("<image>\n" * len(sample.images) + sample.question, sample.answer)
        drawn = {(m.field, m.image): m.xy for m in item.marks}
        assert len(drawn) == len(sample.marks)
        for mine in sample.marks:
            where = drawn[f"{mine.colour}_{NAMES[mine.kind]}", mine.image]
            assert apart(where, mine.xy) <= (0.5 if mine.kind == "point" else 1.1)


def apart(a: Sequence[float], b: Sequence[float]) -> float:
    """The largest difference of a coordinate, in pixels."""
    return float(np.abs(np.subtract(a, b)).max())


def test_the_record_is_what_spar_has(tmp_path: Path) -> None:
    scene = make_scene(1, scene_id="scene0261_00")
    marks = (Mark("point", "red", 0, (717.0, 96.0)), Mark("point", "blue", 0, (831.0, 203.0)))
    sample = make_sample("depth_prediction_oc", marks, scene=scene, question="Wie tief?\nA. 1 Å", answer="B")
    [record] = writers["spar"].write_scene([sample], tmp_path, scene, first=16)
    assert list(record.items()) == [
        ("id", "scene0261_00_16"),
        ("conversations", [{"from": "human", "value": "Wie tief?\nA. 1 Å"}, {"from": "gpt", "value": "B"}]),
        ("image", ["scene0261_00/image_color/0.jpg"]),
        ("type", "depth_prediction_oc"),
        ("depth", ["scene0261_00/image_depth/0.png"]),
        ("red_point", [[554, 399]]),
        ("blue_point", [[642, 841]]),
    ]


def test_depth_oo_mv_and_distance_infer_differ_in_the_order_of_images(tmp_path: Path) -> None:
    scene = make_scene(3)
    marks = [mark("point", "red", 0), mark("point", "green", 1), mark("point", "blue", 2)]
    tasks = ("depth_prediction_oo_mv", "distance_infer_center_oo_mv")
    write([make_sample(t, marks, scene=scene, frames=range(3)) for t in tasks], tmp_path, scenes=scene)
    assert rows_of(tmp_path, tasks[0])[0]["point_img_idx"] == [[0, 2, 1]]
    assert rows_of(tmp_path, tasks[1])[0]["point_img_idx"] == [[0, 1, 2]]


def test_tree_images_depth_poses_and_intrinsics(tmp_path: Path) -> None:
    scene = make_scene(32)
    stills = make_sample("view_change_infer", scene=scene, frames=(3, 1))
    video = make_sample("obj_count", scene=scene, frames=range(32))
    write([stills, video], tmp_path, scenes=scene)
    folder = tmp_path / "spar/toy/images/room_00"
    assert sorted(p.name for p in (folder / "image_color").iterdir()) == ["105.jpg", "35.jpg"]
    assert sorted(p.name for p in folder.iterdir()) == [
        "image_color", "image_depth", "intrinsic", "pose", "video_color", "video_depth", "video_idx.txt", "video_pose",
    ]  # fmt: skip
    assert (folder / "video_color/frame31_1085.jpg").exists()
    assert (folder / "video_idx.txt").read_text().split() == [str(35 * i) for i in range(32)]
    with Image.open(folder / "image_color/35.jpg") as image:
        assert (image.format, image.size) == ("JPEG", (WIDTH, HEIGHT))
        assert np.abs(np.asarray(image).astype(int) - scene.frames[1].load_image()).max() <= 3
    with Image.open(folder / "image_depth/35.png") as image:
        counts = np.asarray(image)
    assert counts.dtype == np.uint16
    assert (counts == 2234).all() or (counts == 2235).all()  # 2.2345 m
    assert np.loadtxt(folder / "pose/105.txt") == pytest.approx(scene.frames[3].world_from_cam, abs=1e-8)
    assert np.loadtxt(folder / "intrinsic/intrinsic_color.txt")[:3, :3] == pytest.approx(CAMERA.matrix)
    assert np.loadtxt(folder / "intrinsic/intrinsic_depth.txt")[:3, :3] == pytest.approx(DEPTH_CAMERA.matrix)
    assert rows_of(tmp_path, "obj_count")[0]["depth"][2] == "room_00/video_depth/frame2_70.png"


def test_a_stored_jpeg_is_copied_bit_for_bit_unless_it_lies_on_its_side(tmp_path: Path) -> None:
    stored = tmp_path / "stored.jpeg"
    Image.effect_noise((64, 48), 40).convert("RGB").save(stored, quality=31)
    upright = Camera(50, 50, 31.5, 23.5, 64, 48)
    frames = (
        Frame("a", upright, np.eye(4), image=stored),
        Frame("b", upright.turned(1), np.eye(4), image=stored, up_rotation=1),
    )
    scene = Scene("room", "toy", frames, ())
    refs = (ImageRef("a", 64, 48), ImageRef("b", 48, 64))
    write([make_sample("view_change_infer", scene=scene, images=refs, frames=())], tmp_path / "o", scenes=scene)
    folder = tmp_path / "o/spar/toy/images/room/image_color"
    assert (folder / "a.jpg").read_bytes() == stored.read_bytes()
    with Image.open(folder / "b.jpg") as turned:
        assert turned.size == (48, 64)
        assert np.abs(np.asarray(turned).astype(int) - frames[1].load_image()).mean() < 6


def test_frames_without_depth_have_no_depth_field(tmp_path: Path) -> None:
    scene = make_scene(2, depth=False)
    write([make_sample("view_change_infer", scene=scene, frames=(0, 1))], tmp_path, scenes=scene)
    assert "depth" not in rows_of(tmp_path, "view_change_infer")[0]
    assert not (tmp_path / "spar/toy/images/room_00/image_depth").exists()


def test_prompts_have_the_tokens_of_stills_and_videos(tmp_path: Path) -> None:
    scene = make_scene(32)
    for task, count, start in (
        ("view_change_infer", 2, "<image>\n<image>\nHow"),
        ("obj_count", 32, "Frame-1: <image>\n"),
    ):
        out = tmp_path / task
        write([make_sample(task, scene=scene, frames=range(count))], out, scenes=scene)
        assert "<" not in rows_of(out, task)[0]["conversations"][0]["value"]
        [item] = spar_loader.items(index_of(out), out)
        assert item.prompt.startswith(start)


def test_rows_are_shuffled_by_the_seed_alone(tmp_path: Path) -> None:
    scenes = {f"room_{i}": make_scene(1, scene_id=f"room_{i}") for i in range(3)}
    samples = [make_sample("obj_count", scene=s, number=i, answer=str(i)) for s in scenes.values() for i in range(20)]
    for name, order, seed in (("a", samples, 0), ("b", samples[::-1], 0), ("c", samples, 1)):
        write(order, tmp_path / name, scenes=scenes, seed=seed)
    a, b, c = ([r["conversations"][1]["value"] for r in rows_of(tmp_path / n, "obj_count")] for n in "abc")
    places = {n: [r["id"].rsplit("_", 1)[0] for r in rows_of(tmp_path / n, "obj_count")] for n in "ac"}
    assert a == b
    assert a != c
    assert sorted(a) == sorted(c)
    assert len(set(places["a"][:15])) == 3  # a share taken from the front holds every scene


def test_ids_count_up_within_a_scene(tmp_path: Path) -> None:
    scene = make_scene(1)
    tasks = ("obj_count", "room_size", "obj_count")
    write([make_sample(t, scene=scene, number=i) for i, t in enumerate(tasks)], tmp_path, scenes=scene)
    ids = [r["id"] for t in ("obj_count", "room_size") for r in rows_of(tmp_path, t)]
    assert sorted(ids) == ["room_00_0", "room_00_1", "room_00_2"]


def test_the_index_names_every_file_as_the_authors_mix_expects(tmp_path: Path) -> None:
    scene = make_scene(1)
    write([make_sample("obj_count", scene=scene, number=i) for i in range(3)], tmp_path, scenes=scene)
    assert index_of(tmp_path).name == "toy_0k.json"
    assert json.loads(index_of(tmp_path).read_text()) == {
        "toy_obj_count_fill": {
            "root": "spar/toy/images",
            "annotation": "spar/toy/qa_jsonl/train/obj_count/fill/fill_3.jsonl",
            "repeat_time": 1,
            "length": 3,
        }
    }


def test_reading_gives_back_what_was_written(tmp_path: Path) -> None:
    scene = make_scene(2)
    marks = [mark("box", "red", 0)]
    samples = [
        make_sample("position_matching", marks, scene=scene, frames=(0, 1), format="select", options=("a", "b")),
        make_sample("obj_count", scene=scene, number=1),
        make_sample("obj_count", scene=scene, number=2),
    ]
    assert write(samples, tmp_path, scenes=scene) == {"obj_count": 2, "position_matching": 1}
    assert sorted(read(tmp_path), key=lambda s: s.id) == sorted(samples, key=lambda s: s.id)
    assert [s.task for s in read(tmp_path, each=1)] == ["obj_count", "position_matching"]
    [(name, some)] = writers["spar"].read_by_scene(tmp_path)
    assert (name, len(some)) == ("room_00", 3)
    for sample in samples:
        for i in range(len(sample.images)):
            assert (tmp_path / writers["spar"].image_path(sample, i)).exists()


def test_provenance_lies_line_by_line_beside_the_rows(tmp_path: Path) -> None:
    scene = make_scene(1)
    write([make_sample("obj_count", scene=scene, number=i) for i in range(9)], tmp_path, scenes=scene)
    [file] = (tmp_path / "provenance/toy/obj_count").iterdir()
    beside = [json.loads(line) for line in file.read_text().splitlines()]
    assert [b["record"] for b in beside] == [r["id"] for r in rows_of(tmp_path, "obj_count")]
    assert beside[0]["provenance"] == {"seed": 0, "value": 1.5}


@pytest.mark.parametrize("hostile", ["../../etc/x", ".hidden", "a/b", "con\n", "ä%2F", "nul\0"])
def test_no_id_leads_out_of_the_folder(hostile: str, tmp_path: Path) -> None:
    frame = Frame(hostile, Camera(50, 50, 3, 3, 8, 8), np.eye(4), image=np.zeros((8, 8, 3), np.uint8))
    scene = Scene(hostile, "toy", (frame,), ())
    sample = make_sample("obj_count", scene=scene, images=(ImageRef(hostile, 8, 8),), frames=())
    write([sample], tmp_path / "out", scenes=scene)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out"]
    [item] = spar_loader.items(index_of(tmp_path / "out"), tmp_path / "out")
    assert item.images[0].size == (8, 8)
    assert next(iter(read(tmp_path / "out"))) == sample


@pytest.mark.parametrize(
    ("task", "marks"),
    [
        ("depth_prediction_oc", [mark("point", "red", 0)]),
        ("depth_prediction_oc", [mark("point", "red", 0), mark("point", "green", 0)]),
        ("depth_prediction_oc", [mark("box", "red", 0), mark("box", "blue", 0)]),
        ("obj_spatial_relation_oo_mv", [mark("box", c, 0) for c in ("red", "blue", "green")]),
        ("obj_count", [mark("point", "red", 0)]),
        ("spatial_imagination_map_mv", []),
    ],
)
def test_marks_that_the_loader_would_not_draw_are_refused(task: str, marks: list[Mark], tmp_path: Path) -> None:
    scene = make_scene(1)
    with pytest.raises(ArgumentError, match=f"marks of {task}.*found .*expected"):
        write([make_sample(task, marks, scene=scene)], tmp_path, scenes=scene)


def test_a_task_of_ones_own_may_mark_as_it_likes(tmp_path: Path) -> None:
    scene = make_scene(2)
    marks = [mark("point", "yellow", 1), mark("point", "red", 0), mark("box", "green", 1), mark("box", "green", 0)]
    write([make_sample("my_task", marks, scene=scene, frames=(0, 1))], tmp_path, scenes=scene)
    [row] = rows_of(tmp_path, "my_task")
    assert (row["point_img_idx"], row["bbox_img_idx"]) == ([[0, 1]], [[1, 0]])
    assert len(row["bbox_list"][0]) == 2


def test_a_missing_scene_or_frame_or_folder_is_named(tmp_path: Path) -> None:
    scene, other = make_scene(1), make_scene(1, scene_id="other")
    sample = make_sample("obj_count", scene=scene)
    with pytest.raises(ArgumentError, match="'room_00'"):
        write([sample], tmp_path, scenes={"other": other})
    with pytest.raises(ArgumentError, match="frame 'gone'"):
        write([make_sample("obj_count", scene=scene, images=(ImageRef("gone", 8, 8),))], tmp_path, scenes=scene)
    with pytest.raises(UnknownName, match="did you mean spar"):
        write([sample], tmp_path, "spat", scenes=scene)
    with pytest.raises(DataError, match="provenance"):
        list(read(tmp_path / "nothing"))


def test_a_folder_that_has_samples_is_refused(tmp_path: Path) -> None:
    scene = make_scene(1)
    write([make_sample("obj_count", scene=scene)], tmp_path, scenes=scene)
    with pytest.raises(OutputError, match="holds samples already"):
        write([make_sample("obj_count", scene=scene)], tmp_path, scenes=scene)


def test_a_damaged_row_is_named_with_its_line(tmp_path: Path) -> None:
    scene = make_scene(1)
    write([make_sample("obj_count", scene=scene, number=i) for i in range(2)], tmp_path, scenes=scene)
    [file] = (tmp_path / "provenance/toy/obj_count").iterdir()
    file.write_bytes(file.read_bytes().splitlines(keepends=True)[0] + b'{"id": 3}\n')
    with pytest.raises(DataError, match=r"fill_2.jsonl: line 2"):
        list(read(tmp_path))


def change_row(out: Path, change: Any) -> None:
    """Change the first row of position_matching in place."""
    [file] = (out / "spar/toy/qa_jsonl/train/position_matching/fill").iterdir()
    lines = file.read_text().splitlines()
    file.write_text("".join(f"{line}\n" for line in [*change(json.loads(lines[0])), *lines[1:]]))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda row: [json.dumps(row | {"bbox_img_idx": [[1]]})], "line 1: bbox_img_idx: not as its sample"),
        (lambda row: [json.dumps(row | {"red_bbox": [[1, 2, 3, 4]]})], "red_bbox"),
        (lambda row: [json.dumps(row | {"conversations": [row["conversations"][0]] * 2})], "line 1: conversations"),
        (lambda row: [json.dumps(row | {"image": row["image"][::-1]})], "line 1: image"),
        (lambda row: [json.dumps({k: v for k, v in row.items() if k != "depth"})], "line 1: depth"),
        (lambda row: [json.dumps(row | {"blue_point": [[1, 2]]})], "line 1: blue_point"),
        (lambda row: ["{"], "line 1: no row of its sample"),
        (lambda row: [], "line 2: missing"),
        (lambda row: [json.dumps(row)] * 2, "line 2: id"),
    ],
)
def test_rows_that_differ_from_the_provenance_are_found(change: Any, says: str, tmp_path: Path) -> None:
    scene = make_scene(2)
    samples = [
        make_sample("position_matching", [mark("box", "red", 0)], scene=scene, frames=(0, 1), number=i)
        for i in range(2)
    ]
    write(samples, tmp_path, scenes=scene)
    assert list(writers["spar"].check(tmp_path)) == []
    change_row(tmp_path, change)
    found = list(writers["spar"].check(tmp_path))
    assert any(says in line for line in found), found


def test_images_that_are_gone_damaged_or_of_another_size_are_found_once_each(tmp_path: Path) -> None:
    scene = make_scene(3)
    write(
        [make_sample("position_matching", [mark("box", "red", 0)], scene=scene, frames=(0, 1, 2), number=i)
         for i in range(2)],
        tmp_path, scenes=scene,
    )  # fmt: skip
    folder = tmp_path / "spar/toy/images/room_00/image_color"
    (folder / "0.jpg").unlink()
    (folder / "35.jpg").write_bytes(b"no image")
    Image.new("RGB", (8, 6)).save(folder / "70.jpg")
    found = list(writers["spar"].check(tmp_path))
    assert len(found) == 3
    for line, name, says in zip(found, ("0", "35", "70"), ("no such image", "no readable", "8 x 6"), strict=True):
        assert f"{name}.jpg: " in line
        assert says in line


@pytest.mark.parametrize(("image", "xy"), [(5, [1.0, 2.0, 3.0, 4.0]), (-1, [1.0, 2.0, 3.0, 4.0]), (0, [1.0])])
def test_a_mark_that_cannot_be_is_named_with_its_line(image: int, xy: list[float], tmp_path: Path) -> None:
    scene = make_scene(1)
    write([make_sample("position_matching", [mark("box", "red", 0)], scene=scene)], tmp_path, scenes=scene)
    [file] = (tmp_path / "provenance/toy/position_matching").iterdir()
    row = json.loads(file.read_text())
    row["marks"][0] |= {"image": image, "xy": xy}
    file.write_text(json.dumps(row) + "\n")
    for use in (read, writers["spar"].read_by_scene, writers["spar"].check):
        with pytest.raises(DataError, match=r"fill_1.jsonl: line 1: mark: found a box of"):
            list(use(tmp_path))


class FullDisk:
    """A file on a disk without space."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def __enter__(self) -> FullDisk:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)

    def write(self, data: bytes) -> int:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("full_from", [0, 1, 4])
def test_a_full_disk_names_the_path_and_leaves_nothing_half_written(
    full_from: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_scene(1)
    real, opened = Path.open, []

    def fill_up(path: Path, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        file = real(path, mode, *args, **kwargs)
        if "w" in mode:
            opened.append(path)
        return FullDisk(file) if "w" in mode and len(opened) > full_from else file

    monkeypatch.setattr(Path, "open", fill_up)
    with pytest.raises(OutputError, match=f"{tmp_path}.*no space left"):
        write([make_sample("obj_count", scene=scene)], tmp_path, scenes=scene)
    monkeypatch.undo()
    assert not [p for p in tmp_path.rglob("*") if p.name.startswith(".")]
    assert not list(tmp_path.rglob("*.jsonl"))


@given(st.integers(1, 4000), st.data())
def test_thousandths_come_back_to_the_pixel(size: int, data: st.DataObject) -> None:
    pixel = data.draw(st.integers(0, size - 1))
    k = thousandths(pixel, size)
    back = int(k / 1000 * size)
    assert 0 <= k <= 1000
    assert 0 <= back < size
    assert abs(back - pixel) <= (0 if size <= 1000 else 1 + size // 2000)
