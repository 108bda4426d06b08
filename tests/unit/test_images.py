"""Depth images: every filter of PNG to the last bit, and nothing that a file says is believed."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from spatialkit._images import decode_grey16, read_image
from spatialkit.errors import DataError

Array = np.ndarray


def chunk(kind: bytes, content: bytes, *, crc: int | None = None, length: int | None = None) -> bytes:
    check = zlib.crc32(kind + content) if crc is None else crc
    return struct.pack(">I", len(content) if length is None else length) + kind + content + struct.pack(">I", check)


def header(width: int, height: int, bits: int = 16, colour: int = 0, interlace: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlace))


def filtered(pixels: Array, kinds: Array) -> bytes:
    """Filter rows as the standard defines it, byte by byte, with numpy on whole rows of the original."""
    height, width = pixels.shape
    data = np.zeros((height + 1, 2 * width + 2), dtype=np.int64)
    data[1:, 2:] = pixels.astype(">u2").view(np.uint8).reshape(height, -1)
    x, a, b, c = data[1:, 2:], data[1:, :-2], data[:-1, 2:], data[:-1, :-2]
    distances = np.abs(np.stack([a + b - c - a, a + b - c - b, a + b - c - c]))
    paeth = np.choose(distances.argmin(axis=0), [a, b, c])
    rows = np.choose(kinds[:, None], [x, x - a, x - b, x - (a + b) // 2, x - paeth]) % 256
    return np.column_stack([kinds, rows]).astype(np.uint8).tobytes()


def png(pixels: Array, kinds: Array, *, parts: int = 1, before: bytes = b"") -> bytes:
    packed = zlib.compress(filtered(pixels, kinds))
    size = -(-len(packed) // parts)
    body = b"".join(chunk(b"IDAT", packed[i : i + size]) for i in range(0, len(packed), size))
    return b"\x89PNG\r\n\x1a\n" + header(pixels.shape[1], pixels.shape[0]) + before + body + chunk(b"IEND", b"")


def example(height: int = 5, width: int = 7) -> tuple[Array, bytes]:
    pixels = np.random.default_rng(3).integers(0, 65536, (height, width)).astype(np.uint16)
    return pixels, png(pixels, np.arange(height) % 5)


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 40), st.integers(1, 4), st.booleans())
def test_every_filter_is_undone_to_the_last_bit(seed: int, height: int, width: int, parts: int, smooth: bool) -> None:
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 65536, (height, width)).astype(np.uint16)
    if smooth:
        pixels = (2000 + np.cumsum(random.integers(-300, 300, (height, width)), axis=1)).astype(np.uint16)
    data = png(pixels, random.integers(0, 5, height), parts=parts, before=chunk(b"tEXt", b"Comment\0 hello"))
    np.testing.assert_array_equal(np.array(Image.open(io.BytesIO(data))), pixels)  # the writer is a writer
    found = decode_grey16(data, (height, width))
    assert found is not None
    assert found.dtype == np.uint16
    np.testing.assert_array_equal(found, pixels)


@pytest.mark.parametrize("size", [(1, 1), (3, 8), (480, 640), (33, 1001)])
def test_what_pillow_writes_is_read(size: tuple[int, int], tmp_path: Path) -> None:
    v, u = np.mgrid[: size[0], : size[1]]
    pixels = (1000 + 3 * u + 5 * v + 700 * (u > v)).astype(np.uint16)
    Image.fromarray(pixels).save(tmp_path / "depth.PNG")
    found = decode_grey16((tmp_path / "depth.PNG").read_bytes(), size)
    assert found is not None
    np.testing.assert_array_equal(found, pixels)
    np.testing.assert_array_equal(read_image(tmp_path / "depth.PNG", field="depth", size=size), pixels)


def test_other_kinds_of_png_are_left_to_pillow(tmp_path: Path) -> None:
    grey = np.arange(48, dtype=np.uint8).reshape(6, 8)
    colour = np.stack([grey, grey + 1, grey + 2], axis=2)
    for pixels in (grey, colour):
        Image.fromarray(pixels).save(tmp_path / "a.png")
        assert decode_grey16((tmp_path / "a.png").read_bytes(), (6, 8)) is None
        np.testing.assert_array_equal(read_image(tmp_path / "a.png", field="image", size=(6, 8)), pixels)
    pixels, data = example()
    see_through = png(pixels, np.zeros(5, dtype=int), before=chunk(b"tRNS", b"\0\0"))
    interlaced = data[:8] + header(7, 5, interlace=1) + data[33:]
    for other in (see_through, interlaced, b"", b"GIF89a" + data):
        assert decode_grey16(other, (5, 7)) is None


DAMAGE = {
    "cut off": lambda data: data[:-30],
    "wrong checksum": lambda data: data[:60] + bytes([data[60] ^ 1]) + data[61:],
    "no end": lambda data: data[:-12],
    "size of a chunk beyond the file": lambda data: data[:33] + b"\x7f\xff\xff\xff" + data[37:],
    "no pixels": lambda data: data[:33] + chunk(b"IEND", b""),
    "fewer rows than said": lambda data: data[:33] + chunk(b"IDAT", zlib.compress(b"\0" * 15)) + chunk(b"IEND", b""),
    "a filter that is none": lambda data: data[:33] + chunk(b"IDAT", zlib.compress(b"\7" * 75)) + chunk(b"IEND", b""),
    "no deflate": lambda data: data[:33] + chunk(b"IDAT", b"hello, world") + chunk(b"IEND", b""),
}


@pytest.mark.parametrize("how", DAMAGE)
def test_damaged_files_are_one_clear_error(how: str, tmp_path: Path) -> None:
    _, data = example()
    (tmp_path / "bad.png").write_bytes(DAMAGE[how](data))
    with pytest.raises(DataError, match=r"bad\.png: depth: found a damaged file \(.+\), expected an image of 7 x 5"):
        read_image(tmp_path / "bad.png", field="depth", size=(5, 7))


@pytest.mark.parametrize("error", [RuntimeError("no item"), AttributeError("rawmode"), MemoryError()])
def test_whatever_a_decoder_raises_is_one_clear_error(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*arguments: object, **options: object) -> None:
        raise error

    (tmp_path / "a.jpg").write_bytes(b"?")
    monkeypatch.setattr(Image, "open", fails)
    with pytest.raises(DataError, match=r"a\.jpg: image: found a damaged file"):
        read_image(tmp_path / "a.jpg", field="image", size=(5, 7))


def test_formats_that_no_dataset_comes_in_are_not_opened(tmp_path: Path) -> None:
    Image.new("RGB", (7, 5)).save(tmp_path / "a.gif")
    with pytest.raises(DataError, match="found not an image file"):
        read_image(tmp_path / "a.gif", field="image", size=(5, 7))


def test_another_size_is_named_and_nothing_is_unpacked(tmp_path: Path) -> None:
    _, data = example()
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(DataError, match="found 7 x 5 pixels, expected an image of 8 x 5 pixels"):
        read_image(tmp_path / "a.png", field="depth", size=(5, 8))


def test_a_bomb_is_not_unpacked() -> None:
    bomb = chunk(b"IDAT", zlib.compress(b"\0" * 200_000_000))
    data = b"\x89PNG\r\n\x1a\n" + header(7, 5) + bomb + chunk(b"IEND", b"")
    tracemalloc.start()
    with pytest.raises(ValueError, match="more than 75 bytes"):
        decode_grey16(data, (5, 7))
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


@given(st.data())
def test_no_file_breaks_the_reader(data: st.DataObject) -> None:
    pixels, whole = example()
    bad = bytearray(whole)
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=4)):
        bad[at] = data.draw(st.integers(0, 255))
    try:
        found = decode_grey16(bytes(bad[: data.draw(st.integers(0, len(bad)))]), (5, 7))
    except ValueError:
        return
    assert found is None or np.array_equal(found, pixels)
