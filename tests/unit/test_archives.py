"""Files in zip archives, read in place: the same as unpacked, and one clear error where they are damaged."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spatialkit.adapters._archives import Tree, source
from spatialkit.adapters._readers import image_header, read_json, read_matrix, read_text
from spatialkit.errors import DataError
from spatialkit.scene import Camera, Frame

DEPTH = np.arange(12, dtype=np.uint16).reshape(3, 4)


def png(pixels: np.ndarray) -> bytes:
    """Return the bytes of a PNG file."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, format="PNG")
    return stream.getvalue()


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A scene of which some files are packed in two archives, one of them with a folder around everything."""
    (tmp_path / "scene").mkdir()
    (tmp_path / "scene" / "pose.txt").write_text("1 0 0 1")
    with zipfile.ZipFile(tmp_path / "depth.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Data/scene/depth/0.png", png(DEPTH))
        archive.writestr("Data/scene/boxes.json", json.dumps({"a": [1]}))
        archive.writestr("Data/other/boxes.json", "{}")
        archive.writestr("Data/scene/../../climbing.txt", "x")
    with zipfile.ZipFile(tmp_path / "rest.zip", "w") as archive:
        archive.writestr("pose.txt", "packed, but the folder has it")
        archive.writestr("depth/1.png", b"no image")
    return Tree(tmp_path / "scene", {tmp_path / "depth.zip": "Data/scene", tmp_path / "rest.zip": ""})


def test_packed_files_are_read_as_if_they_were_unpacked(tree: Tree) -> None:
    assert tree.names() == ["boxes.json", "depth", "pose.txt"]
    assert tree.names("depth") == ["0.png", "1.png"]
    assert tree.names("nowhere") == []
    assert "depth" in tree
    assert "depth/0.png" in tree
    assert "climbing.txt" not in tree
    assert "nowhere" not in tree
    assert read_json(tree / "boxes.json") == {"a": [1]}
    assert read_matrix(tree / "pose.txt", "pose", (2, 2)).tolist() == [[1, 0], [0, 1]]
    assert image_header(tree / "depth/0.png", "depth")[:2] == (4, 3)


def test_a_packed_image_is_decoded_when_the_frame_is(tree: Tree) -> None:
    camera = Camera(4, 4, 1.5, 1, 4, 3)
    frame = Frame("0", camera, np.eye(4), depth=source(tree / "depth/0.png", "depth", (3, 4)))
    np.testing.assert_allclose(frame.load_depth(), DEPTH / 1000, rtol=1e-6)
    broken = Frame("1", camera, np.eye(4), depth=source(tree / "depth/1.png", "depth", (3, 4)))
    with pytest.raises(DataError, match=r"rest\.zip/depth/1\.png: depth: found not an image file"):
        broken.load_depth()
    unpacked = source(tree / "pose.txt", "image", (3, 4))
    assert unpacked == tree.folder / "pose.txt"


def test_what_is_damaged_is_named(tree: Tree, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.txt: notes: found no such file"):
        read_text(tree / "nowhere.txt", "notes", "words", limit=10)
    with pytest.raises(DataError, match=r"boxes\.json: JSON: found 10 bytes, expected a JSON file \(at most 5 bytes\)"):
        read_json(tree / "boxes.json", limit=5)
    (tmp_path / "none.zip").write_bytes(b"PK no")
    with pytest.raises(DataError, match=r"none\.zip: archive: found an unreadable file"):
        Tree(tmp_path, {tmp_path / "none.zip": ""})
    data = bytearray((tmp_path / "depth.zip").read_bytes())
    at = data.index(b"boxes.json") + len("boxes.json")
    data[at : at + 4] = b"\xff\xff\xff\xff"
    (tmp_path / "bad.zip").write_bytes(data)
    with pytest.raises(DataError, match=r"bad\.zip/Data/scene/boxes\.json: JSON: found badly packed"):
        read_json(Tree(tmp_path / "new", {tmp_path / "bad.zip": "Data/scene"}) / "boxes.json")


def test_a_packed_size_that_cannot_be_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "lie.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", "abc")
    data = (tmp_path / "lie.zip").read_bytes()
    size, lie = (3).to_bytes(4, "little"), (1 << 31).to_bytes(4, "little")
    at = data.rindex(b"PK\x01\x02") + 24
    assert data[at : at + 4] == size
    (tmp_path / "lie.zip").write_bytes(data[:at] + lie + data[at + 4 :])
    with pytest.raises(DataError, match="a size of 2147483648 bytes that cannot be"):
        read_text(Tree(tmp_path / "x", {tmp_path / "lie.zip": ""}) / "a.txt", "notes", "words", limit=1 << 32)
