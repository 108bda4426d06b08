"""The readers that adapters share: each kind of bad file is one error that names file and field."""

import io
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from spatialkit.adapters._readers import (
    check_type,
    image_header,
    inside,
    read_json,
    read_matrix,
    read_npz,
    read_ply,
    read_text,
    safe_name,
)
from spatialkit.errors import DataError

# ---- PLY ----------------------------------------------------------------------------------------------------------

VERTEX = np.dtype([("x", "<f4"), ("y", "<f4"), ("z", "<f4"), *[(c, "u1") for c in ("red", "green", "blue", "alpha")]])
FACE = np.dtype([("sides", "u1"), ("corners", "<i4", (3,))])
HEADER = """ply
format binary_little_endian 1.0
comment made by hand
element vertex {vertices}
property float x
property float y
property float z
property uchar red
property uchar green
property uchar blue
property uchar alpha
element face {faces}
property list uchar int vertex_indices
end_header
"""


def ply(
    path: Path, vertices: np.ndarray, faces: np.ndarray, header: str = HEADER, counts: dict[str, int] | None = None
) -> Path:
    """Write a mesh with ScanNet's vertex properties; ``counts`` are what the header says instead of the truth."""
    v, f = np.zeros(len(vertices), VERTEX), np.zeros(len(faces), FACE)
    for axis, column in zip("xyz", vertices.T, strict=True):
        v[axis] = column
    v["red"], f["sides"], f["corners"] = np.arange(len(v)) % 256, 3, faces
    text = header.format(**{"vertices": len(v), "faces": len(f)} | (counts or {}))
    path.write_bytes(text.encode() + v.tobytes() + f.tobytes())
    return path


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(0, 40))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_ply_reads_what_was_written(tmp_path, seed, n, m):
    rng = np.random.default_rng(seed)
    vertices, faces = rng.normal(size=(n, 3)).astype(np.float32), rng.integers(0, n, (m, 3))
    got, triangles = read_ply(ply(tmp_path / "m.ply", vertices, faces))
    np.testing.assert_array_equal(np.stack([got[a] for a in "xyz"], axis=1), vertices)
    np.testing.assert_array_equal(got["red"], np.arange(n))
    np.testing.assert_array_equal(triangles, faces)
    assert triangles.dtype == np.int32


def test_ply_of_another_writer_is_read(tmp_path):
    """Written by trimesh: other property names, other order of bytes in the list."""
    import trimesh

    box = trimesh.creation.box((1, 2, 3))
    box.export(tmp_path / "box.ply", encoding="binary")
    got, triangles = read_ply(tmp_path / "box.ply")
    np.testing.assert_allclose(np.stack([got[a] for a in "xyz"], axis=1), box.vertices, atol=1e-6)
    np.testing.assert_array_equal(triangles, box.faces)


def test_ply_big_endian_is_read(tmp_path):
    v, f = np.zeros(3, VERTEX.newbyteorder(">")), np.zeros(1, FACE.newbyteorder(">"))
    v["y"], f["sides"], f["corners"] = (0.5, 1.5, 2.5), 3, (2, 1, 0)
    header = HEADER.replace("little", "big").format(vertices=3, faces=1)
    (tmp_path / "m.ply").write_bytes(header.encode() + v.tobytes() + f.tobytes())
    got, triangles = read_ply(tmp_path / "m.ply")
    np.testing.assert_array_equal(got["y"], [0.5, 1.5, 2.5])
    np.testing.assert_array_equal(triangles, [[2, 1, 0]])


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({"vertices": 10**12}, "element vertex: found 1000000000000 of 16 bytes each, but "),
        ({"vertices": 5}, "element vertex: found 5 of 16 bytes each, but 77 bytes left"),
        ({"vertices": 3}, "header: found 16 bytes more than it counts"),
        ({"faces": 10**14}, "element face: found 100000000000000 of 13 bytes each, but 13 bytes left"),
        ({"faces": 0}, "header: found 13 bytes more than it counts"),
    ],
)
def test_ply_that_lies_about_its_size(tmp_path, counts, message):
    path = ply(tmp_path / "m.ply", np.eye(4, 3), np.array([[0, 1, 2]]), counts=counts)
    with pytest.raises(DataError) as caught:
        read_ply(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("ply\n", "PLY\n", "header: found b'PLY"),
        ("binary_little_endian", "ascii", "header: found 'format ascii 1.0'"),
        ("float x", "float128 x", "element vertex: found float128 x, expected a known property"),
        ("float y", "float x", "element vertex: found a property twice"),
        ("float y", "float w", "element vertex: found none, expected elements with x, y, z"),
        ("end_header\n", "", "header: found "),
        ("element vertex {vertices}", "element vertex -4", "header: found 'element vertex -4'"),
        ("element face {faces}", "element edge {faces}", "element face: found none"),
        ("format binary_little_endian 1.0\n", "", "header: found no binary format"),
        ("list uchar int", "list uchar float", "element face: found list uchar float vertex_indices"),
        ("property list uchar int vertex_indices\n", "", "element face: found no properties"),
    ],
)
def test_ply_with_a_bad_header(tmp_path, old, new, message):
    assert old in HEADER
    path = ply(tmp_path / "m.ply", np.eye(4, 3), np.array([[0, 1, 2]]), header=HEADER.replace(old, new))
    with pytest.raises(DataError) as caught:
        read_ply(path)
    assert message in str(caught.value)


def test_ply_faces_are_checked(tmp_path):
    with pytest.raises(DataError, match=r"element face: found indices 0 to 4, expected indices from 0 to 3"):
        read_ply(ply(tmp_path / "m.ply", np.eye(4, 3), np.array([[0, 1, 4]])))
    path = ply(tmp_path / "m.ply", np.eye(4, 3), np.array([[0, 1, 2]]))
    data = bytearray(path.read_bytes())
    data[-13] = 4
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"element face: found a polygon of 4 corners, expected triangles"):
        read_ply(path)
    with pytest.raises(DataError, match=r"gone\.ply: mesh: found no such file"):
        read_ply(tmp_path / "gone.ply")


@given(st.integers(0, 400), st.binary(max_size=6))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_ply_with_any_damage_is_one_error_or_well(tmp_path, at, junk):
    data = ply(tmp_path / "m.ply", np.eye(4, 3), np.array([[0, 1, 2]])).read_bytes()
    (tmp_path / "m.ply").write_bytes(data[:at] + junk + data[at + len(junk) :])
    try:
        _, triangles = read_ply(tmp_path / "m.ply")
    except DataError:
        return
    assert triangles.shape[1] == 3


# ---- npz ----------------------------------------------------------------------------------------------------------

WANTED = {"vertices": (("v", 3), "f"), "count": (("n",), "iu")}


def test_npz_reads_any_width_and_order(tmp_path):
    vertices = np.asfortranarray(np.arange(6, dtype=">f4").reshape(2, 3))
    np.savez_compressed(tmp_path / "a.npz", vertices=vertices, count=np.arange(3, dtype=np.uint8))
    got = read_npz(tmp_path / "a.npz", WANTED)
    np.testing.assert_array_equal(got["vertices"], vertices)
    np.testing.assert_array_equal(got["count"], [0, 1, 2])


def test_npz_holds_nothing_pickled(tmp_path):
    np.savez(tmp_path / "a.npz", vertices=np.array([[1, "x", None]], dtype=object), count=np.arange(1))
    with pytest.raises(DataError, match=r"a\.npz: vertices: found shape \(1, 3\), dtype object"):
        read_npz(tmp_path / "a.npz", WANTED)


def member(shape: str, data: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "<f8", "fortran_order": False, "shape": (1, 3)})
    return buffer.getvalue().replace(b"(1, 3)", shape.encode()) + data


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (member("(9, 3)"), "vertices: found 0 bytes for shape (9, 3), dtype float64, expected 216 bytes"),
        (member("(1, 3)", b"x" * 23), "vertices: found 23 bytes for shape (1, 3)"),
        (member("(1,-3)"), "vertices: found"),
        (member("(1, 3"), "vertices: found a damaged array"),
        (member("[" * 3000), "vertices: found a damaged array"),
        (b"no array at all", "vertices: found a damaged array"),
        (b"", "vertices: found a damaged array"),
    ],
)
def test_npz_that_lies_about_its_size(tmp_path, content, message):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("vertices.npy", content)
        archive.writestr("count.npy", b"")
    with pytest.raises(DataError) as caught:
        read_npz(tmp_path / "a.npz", WANTED)
    assert str(caught.value).startswith(f"{tmp_path / 'a.npz'}: ")
    assert message in str(caught.value)


def test_npz_that_is_none(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04 and then nothing")
    with pytest.raises(DataError, match=r"a\.npz: npz: found an unreadable file"):
        read_npz(tmp_path / "a.npz", WANTED)


@given(st.integers(0, 900), st.binary(min_size=1, max_size=4))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_npz_with_any_damage_is_one_error_or_well(tmp_path, at, junk):
    np.savez_compressed(tmp_path / "a.npz", vertices=np.eye(3), count=np.arange(3))
    data = (tmp_path / "a.npz").read_bytes()
    (tmp_path / "a.npz").write_bytes(data[:at] + junk + data[at + len(junk) :])
    try:
        got = read_npz(tmp_path / "a.npz", WANTED)
    except DataError:
        return
    assert got["vertices"].shape[1:] == (3,)


# ---- JSON, text, headers, names -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Inner:
    x: float


@dataclass(frozen=True)
class Outer:
    n: int
    inner: Inner | None = None
    many: list[Inner] = field(default_factory=list)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, "f.json: n: found none, expected a value (the field is required)"),
        ({"n": "1"}, "f.json: n: found str, expected int"),
        ({"n": True}, "f.json: n: found bool, expected int"),
        ({"n": 1.0}, "f.json: n: found float, expected int"),
        ({"n": 1, "inner": {"x": None}}, "f.json: inner.x: found null, expected float"),
        ({"n": 1, "many": [{"x": 1}, {}]}, "f.json: many[1].x: found none"),
        ({"n": 1, "inner": {"x": 1, "z": 2}}, "f.json: inner.z: found an unknown field, expected one of x"),
        ([], "f.json: top level: found array, expected object"),
    ],
)
def test_types_are_strict(value, message):
    with pytest.raises(DataError) as caught:
        check_type(value, Outer, Path("f.json"), known_only=True)
    assert str(caught.value).startswith(message)


def test_unknown_fields_pass_where_the_format_is_not_ours():
    assert check_type({"n": 1, "more": 2}, Outer, Path("f.json")) == Outer(1)
    assert check_type({"n": 1, "inner": {"x": 2}}, Outer, Path("f.json"), known_only=True) == Outer(1, Inner(2.0))


def test_json_keeps_what_python_writes(tmp_path):
    path = tmp_path / "f.json"
    path.write_text(json.dumps([float("-inf"), 2**63 - 1, 0.1]))
    assert read_json(path) == [float("-inf"), 2**63 - 1, 0.1]
    with pytest.raises(DataError, match=r"f\.json: JSON: found \d+ bytes, expected .*at most 5 bytes"):
        read_json(path, limit=5)
    path.write_text('{"a": 1,}')
    with pytest.raises(DataError, match=r"f\.json: JSON: found .* at line 1, column \d+, expected well-formed JSON"):
        read_json(path)


def test_matrix(tmp_path):
    path = tmp_path / "pose.txt"
    path.write_text("1 2,3\n-inf nan 6\r\n")
    np.testing.assert_array_equal(read_matrix(path, "pose", (2, 3)), [[1, 2, 3], [-np.inf, np.nan, 6]])
    for text, message in (("1 2", "found 2 values"), ("1 2 3 4 5 x", "could not convert"), ("", "found 0 values")):
        path.write_text(text)
        with pytest.raises(DataError, match=rf"pose\.txt: pose: .*{message}.*, expected 2 x 3 numbers"):
            read_matrix(path, "pose", (2, 3))
    path.write_bytes(b"1 \xff")
    with pytest.raises(DataError, match=r"pose\.txt: pose: found a byte that is not UTF-8 at 2"):
        read_text(path, "pose", "numbers", limit=100)


def test_image_header(tmp_path):
    Image.fromarray(np.zeros((2, 3), np.uint16)).save(tmp_path / "d.png")
    assert image_header(tmp_path / "d.png", "depth") == (3, 2, "I;16")
    (tmp_path / "d.png").write_bytes(b"\x89PNG\r\n\x1a\n....")
    with pytest.raises(DataError, match=r"d\.png: depth: found"):
        image_header(tmp_path / "d.png", "depth")
    with pytest.raises(DataError, match=r"e\.png: depth: found no such file"):
        image_header(tmp_path / "e.png", "depth")


@pytest.mark.parametrize("name", ["", ".", "..", ".hidden", "a/b", "a\\b", "a\x00", "a\n", "x" * 201])
def test_names_that_may_not_become_files(name):
    with pytest.raises(DataError, match=r"s\.json: id: found"):
        safe_name(name, Path("s.json"), "id")


@pytest.mark.parametrize(
    "name", ["", "../f", "a/../../f", "/etc/passwd", "a\\..\\..\\f", "a\x00", "link/f", "loop", "."]
)
def test_paths_stay_inside(tmp_path, name):
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "f").write_text("")
    (folder / "link").symlink_to(tmp_path)
    (folder / "loop").symlink_to(folder / "loop")
    with pytest.raises(DataError, match=r"s\.json: image: found"):
        inside(folder, name, folder / "s.json", "image")
    (folder / "ok").mkdir()
    (folder / "ok" / "f").write_text("")
    assert inside(folder, "ok/f", folder / "s.json", "image").read_text() == ""
