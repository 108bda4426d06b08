"""Files that once broke a reader, found by ``tests.fuzz``: each is one clear error now, and no warning."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spatialkit import _check
from spatialkit.adapters import adapters, load_scene
from spatialkit.adapters._readers import image_header, inside, read_npz, read_ply, safe_name
from spatialkit.adapters.folder import MESH
from spatialkit.bench.score import score
from spatialkit.errors import ArgumentError, DataError
from spatialkit.generate import generate
from spatialkit.navigation import Route
from spatialkit.rules import Rules
from spatialkit.verify import verify
from spatialkit.writers import read, writers
from spatialkit.writers._spool import Spool
from tests.contract.test_folder import edit, encode
from tests.encoders.scannet import SCENE_ID, make_room, write_scannet
from tests.golden.test_samples import room

HALF = "\ud800"  # half of a character, which JSON can write and UTF-8 cannot hold


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    encode(tmp_path / "room")
    return tmp_path / "room"


# ---- text that is none --------------------------------------------------------------------------------------------


def test_half_a_character_in_a_field_name(folder: Path) -> None:
    edit(folder, "frames", 0, HALF, value=1)
    assert "frame view 0" in load_scene("folder", folder).skipped
    edit(folder, HALF, value=1)
    with pytest.raises(DataError, match=r"scene\.json: top level: found the character '\\ud800', expected text that"):
        load_scene("folder", folder)


def test_half_a_character_in_the_name_of_a_file_or_scene(folder: Path) -> None:
    edit(folder, "frames", 0, "depth", value=f"{HALF}.png")
    assert r"frames[0].depth: found '\ud800.png'" in load_scene("folder", folder).skipped["frame view 0"]
    with pytest.raises(DataError, match=r"found '\\ud800'"):
        inside(folder, HALF, folder / "scene.json", "points")
    with pytest.raises(DataError, match=r"id: found '\\ud800'"):
        safe_name(HALF, folder / "scene.json", "id")


@pytest.mark.parametrize("line", [b'{"id": "\xff"}\n', b'{"provenance": {"a": ' + b"[" * 3000 + b"]" * 3000 + b"}}\n"])
def test_a_sample_that_is_no_utf8_or_too_deep(line: bytes, tmp_path: Path) -> None:
    rows = tmp_path / "provenance" / "d" / "t"
    rows.mkdir(parents=True)
    (rows / "fill_1.jsonl").write_bytes(line)
    for use in (read(tmp_path), writers["spar"].read_by_scene(tmp_path), writers["spar"].check(tmp_path)):
        with pytest.raises(DataError, match=r"fill_1\.jsonl: line 1: found .+, expected a sample"):
            list(use)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"images": [{"frame": "0", "width": 0, "height": 9}]},
            "images: found an image of 0 x 9 pixels, expected sides",
        ),
        (
            {"marks": [{"kind": "point", "colour": "red", "image": 0, "xy": [1e308, 0]}]},
            r"mark: found \(1e\+308, 0.0\)",
        ),
        (
            {"marks": [{"kind": "point", "colour": "red", "image": 0, "xy": [-1e9, 0]}]},
            r"mark: found .+, expected coordinates of at most",
        ),
    ],
)
def test_a_sample_with_sizes_that_no_image_has(changes: dict[str, object], message: str, tmp_path: Path) -> None:
    path = one_sample(tmp_path, **changes)
    with pytest.raises(DataError, match=rf"fill_1\.jsonl: line 1: {message}"):
        list(read(path))


def test_a_sample_with_names_too_long_for_a_file(tmp_path: Path) -> None:
    path = one_sample(tmp_path, scene="x" * 5000)
    assert any("no readable image" in line for line in writers["spar"].check(path))


def one_sample(path: Path, **changes: object) -> Path:
    """Write a sample as the provenance of a folder, with a row beside it."""
    sample = {"id": "a", "task": "obj_count", "format": "fill", "dataset": "d", "scene": "s", "question": "?"}
    sample |= {"answer": "3", "images": [{"frame": "0", "width": 9, "height": 9}], **changes}
    for folder in ("provenance/d/obj_count", "spar/d/qa_jsonl/train/obj_count/fill"):
        (path / folder).mkdir(parents=True)
        (path / folder / "fill_1.jsonl").write_text(json.dumps(sample) + "\n")
    return path


# ---- numbers beyond measure ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["least = " + "9" * 5000, "structure = " + "[" * 3000 + "]" * 3000])
def test_rules_beyond_what_the_parser_takes(text: str, tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(text)
    with pytest.raises(DataError, match=r"rules\.toml: rules: found an unreadable file \(.+\), expected a TOML file"):
        Rules.from_toml(tmp_path / "rules.toml")


@pytest.mark.parametrize("vector", [(0, 0, 1e308), (1e200, 1e200, 0)])
def test_directions_of_any_length(vector: tuple[float, ...], folder: Path) -> None:
    edit(folder, "up", value=list(vector))
    with pytest.raises(DataError, match=r"scene\.json: up: found length .+, expected a unit vector"):
        load_scene("folder", folder)
    with pytest.raises(ArgumentError, match=r"Route\.facing: found length"):
        Route("a", ("a", "b"), np.array(vector))
    np.testing.assert_allclose(_check.unit("up", (0, 0, 1.0005)), (0, 0, 1), rtol=0, atol=0)


def test_a_check_of_absurd_numbers_ends_with_findings(folder: Path) -> None:
    for k, (centre, sizes) in enumerate([([1e308, 1, 1], [1, 1, 1]), ([1e200, 1, 1], [1e200, 1, 1])]):
        edit(folder, "objects", k, "centre", value=centre)
        edit(folder, "objects", k, "size", value=sizes)
    edit(folder, "sensor", "depth_quadratic", value=1e308)
    assert list(adapters["folder"].check(folder))


@pytest.mark.parametrize("number", ["nan", "inf", "1e400"])
def test_the_size_of_images_in_notes_that_is_no_number(number: str, tmp_path: Path) -> None:
    write_scannet(tmp_path, make_room())
    notes = tmp_path / SCENE_ID / f"{SCENE_ID}.txt"
    lines = [line for line in notes.read_text().splitlines() if not line.startswith("colorWidth")]
    notes.write_text("\n".join([*lines, f"colorWidth = {number}"]) + "\n")
    assert load_scene("scannet", tmp_path, SCENE_ID).frames


def test_a_scan_that_is_beyond_the_horizon(tmp_path: Path) -> None:
    write_scannet(tmp_path, make_room())
    scan = tmp_path / SCENE_ID
    pose = sorted((scan / "pose").iterdir())[0]
    pose.write_text("1 0 0 1e308\n0 1 0 0\n0 0 1 0\n0 0 0 1\n")
    reason = load_scene("scannet", tmp_path, SCENE_ID).skipped[f"frame {int(pose.stem)}"]
    assert reason.endswith("translation: found 1e+308 m, expected at most 1e+06 m")
    mesh = scan / f"{SCENE_ID}_vh_clean_2.ply"
    sound = mesh.read_bytes()
    start = sound.index(b"end_header\n") + len(b"end_header\n")
    mesh.write_bytes(sound[:start] + struct.pack("<f", 3e38) + sound[start + 4 :])
    with pytest.raises(DataError, match=r"element vertex: found a coordinate of 3e\+38 m, expected at most 1e\+06 m"):
        load_scene("scannet", tmp_path, SCENE_ID)
    mesh.write_bytes(sound[:start] + bytes.fromhex("0000a07f") + sound[start + 4 :])  # a signalling NaN
    with pytest.raises(DataError, match="element vertex: found 1 vertices NaN or infinite"):
        load_scene("scannet", tmp_path, SCENE_ID)
    mesh.write_bytes(sound)
    assert len(read_ply(mesh)[0])
    notes = scan / f"{SCENE_ID}.txt"
    notes.write_text("axisAlignment = 1 0 0 1e308 0 1 0 0 0 0 1 0 0 0 0 1\n")
    with pytest.raises(DataError, match=r"translation: found 1e\+308 m, expected a rigid transform"):
        load_scene("scannet", tmp_path, SCENE_ID)


def test_an_expected_answer_of_thousands_of_digits() -> None:
    with pytest.raises(ArgumentError, match="expected an answer of type Sizes"):
        score("spatial_volume_infer", predicted="1 x 2 x 3 cm", expected="9" * 50_000)


@pytest.mark.parametrize("provenance", [{"words": "none"}, {"objects": 7}, {"images": [0], "objects": {"a": "b"}}])
def test_a_provenance_that_makes_no_sense_is_a_failure_of_its_sample(provenance: dict[str, object]) -> None:
    scene = room()
    sound, *_ = generate(["depth_prediction_oc"], scene, seed=5, per_task=1)
    report = verify([replace(sound, provenance=provenance), replace(sound, id="sound")], scene)
    assert {failure.sample_id for failure in report.failures} == {sound.id}
    assert report.by_task["depth_prediction_oc"].passed == 1


# ---- containers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_arrays_packed_as_numpy_never_does(way: int, tmp_path: Path) -> None:
    stream = io.BytesIO()
    np.save(stream, np.eye(3))
    with zipfile.ZipFile(tmp_path / "mesh.npz", "w", way) as archive:
        archive.writestr("vertices.npy", stream.getvalue())
    with pytest.raises(
        DataError, match=rf"mesh\.npz: vertices: found packed in way {way}, expected stored or deflated"
    ):
        read_npz(tmp_path / "mesh.npz", MESH)


def test_an_archive_whose_names_are_no_utf8(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "mesh.npz", "w") as archive:
        archive.writestr("vértices.npy", b"")
    data = (tmp_path / "mesh.npz").read_bytes()
    (tmp_path / "mesh.npz").write_bytes(data.replace("é".encode(), b"\xff\xff"))
    with pytest.raises(DataError, match=r"mesh\.npz: npz: found an unreadable file \(.+\), expected a NumPy"):
        read_npz(tmp_path / "mesh.npz", MESH)


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


@pytest.mark.parametrize("what", ["a broken animation", "too many pixels", "a format of nobody"])
def test_headers_that_a_decoder_warns_of(what: str, tmp_path: Path) -> None:
    Image.new("L", (4, 3)).save(tmp_path / "a.png")
    sound = (tmp_path / "a.png").read_bytes()
    if what == "a broken animation":
        (tmp_path / "a.png").write_bytes(sound[:33] + chunk(b"acTL", bytes(8)) + sound[33:])
    elif what == "too many pixels":
        size = chunk(b"IHDR", struct.pack(">IIBBBBB", 12000, 10000, 8, 0, 0, 0, 0))
        (tmp_path / "a.png").write_bytes(sound[:8] + size + sound[33:])
    else:
        Image.new("L", (4, 3)).save(tmp_path / "a.png", "GIF")
    with pytest.raises(DataError, match=r"a\.png: depth: found (a damaged file \(.+\)|not an image file), expected"):
        image_header(tmp_path / "a.png", "depth")


GROUPS = [[["obj_count", "fill", 1, -20]], [["obj_count", "fill", -1, 20]], [["obj_count", "fill", 1, 2**40]], []]


@pytest.mark.parametrize("groups", GROUPS)
def test_a_shard_whose_header_lies(groups: list[object], tmp_path: Path) -> None:
    head = json.dumps({"scene": "room", "dataset": "toy", "samples": 1, "groups": groups}).encode()
    (tmp_path / "a.jsonl").write_bytes(head + b"\n" + b'[5, {"a": 1}, {"b"}]')
    with pytest.raises(DataError, match=r"a\.jsonl: groups: found .+, expected 20 bytes, all that follows"):
        Spool([tmp_path / "a.jsonl"])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (b'[5, {"a": 1}, {"b\n', "row 1 of obj_count, fill: found JSON is malformed"),
        (b'"a string of letters"\n', r"row 1 of obj_count, fill: found Expected `array`, got `str`"),
        (b"[5,{},{}]\n[6,{},{}]\n", "rows: found 2 rows, keys from 5 to 6, expected 1 rows"),
        (b'[-5, {"a": 1}, {}]\n', "rows: found 1 rows, keys from -5 to -5, expected"),
        (b'[5, {"a": "\xff"}]\n', "row 1 of obj_count, fill: found "),
    ],
)
def test_a_shard_with_a_damaged_row(row: bytes, message: str, tmp_path: Path) -> None:
    groups = [["obj_count", "fill", 1, len(row)]]
    head = json.dumps({"scene": "room", "dataset": "toy", "samples": 1, "groups": groups}).encode()
    (tmp_path / "a.jsonl").write_bytes(head + b"\n" + row)
    spool = Spool([tmp_path / "a.jsonl"])
    with pytest.raises(DataError, match=message):
        [list(spool.rows(group)) for group in spool.groups()]


@pytest.mark.parametrize("line", [b"\xff\n", b"[" * 3000 + b"\n", b""])
def test_a_shard_without_a_header(line: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(line)
    with pytest.raises(DataError, match=r"a\.jsonl: first line: found .+, expected the header of a shard"):
        Spool([tmp_path / "a.jsonl"])
