"""Reading image files: hostile until shown otherwise, so sizes are checked before pixels are decoded."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit import _core
from spatialkit.errors import DataError

__all__ = ["File", "decode_grey16", "read_image"]

File = Path | zipfile.Path
"""A file in a folder, or one in a zip archive, which is read in place."""

FORMATS = ("PNG", "JPEG", "PPM", "TIFF", "WEBP", "BMP")  # what datasets come in; other decoders stay shut
SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER = struct.Struct(">IIBBBBB")  # width, height, bits, colour type, compression, filters, interlacing
OVERHEAD = 1 << 20  # bytes of a depth image beside its pixels, at most; larger files are not read at once


def read_image(path: File, *, field: str, size: tuple[int, int]) -> npt.NDArray[Any]:
    """Return the pixels of an image file as an array (H, W) or (H, W, channels).

    Parameters
    ----------
    path
        A PNG, JPEG, PGM, PPM, TIFF, WebP or BMP file, whatever its name; 16-bit PNG and PGM keep their 16 bits.
    field
        What the image is, for the error message.
    size
        Expected (height, width) in pixels; checked before anything is decoded.

    Raises
    ------
    DataError
        When the file is missing, not an image, truncated, or of another size.
    """
    from PIL import Image, UnidentifiedImageError

    expected = f"an image of {size[1]} x {size[0]} pixels"
    try:
        if (quick := _read_grey16(path, size)) is not None:
            return quick
        with path.open("rb") as file, Image.open(file, formats=FORMATS) as image:
            if (image.height, image.width) != size:
                raise DataError(path, field, found=f"{image.width} x {image.height} pixels", expected=expected)
            indirect = image.mode in ("P", "1", "CMYK", "YCbCr")  # values that are no colours yet
            return np.array(image.convert("RGB") if indirect else image)
    except FileNotFoundError:
        raise DataError(path, field, found="no such file", expected=expected) from None
    except UnidentifiedImageError:
        raise DataError(path, field, found="not an image file", expected=expected) from None
    except DataError:
        raise
    except Exception as error:  # decoders raise what they like
        raise DataError(path, field, found=f"a damaged file ({error})", expected=expected) from None


def decode_grey16(data: bytes, size: tuple[int, int]) -> npt.NDArray[np.uint16] | None:
    """Return the pixels (H, W) uint16 of a PNG file as depth is stored in: 16 bits, grey, not interlaced.

    Parameters
    ----------
    data
        The whole file.
    size
        Expected (height, width) in pixels; nothing larger is unpacked.

    Returns
    -------
    pixels
        None where the file is anything else, which Pillow may read.

    Raises
    ------
    ValueError
        When the file is of this kind and damaged; says how.
    """
    import deflate

    height, width = size
    packed = list[memoryview]()
    for number, (kind, content) in enumerate(_chunks(data)):
        if number == 0:
            if kind != b"IHDR" or bytes(content) != HEADER.pack(width, height, 16, 0, 0, 0, 0):
                return None
        elif kind == b"IDAT":
            packed.append(content)
        elif kind == b"IEND":
            break
        elif kind[:1].isupper() or kind == b"tRNS":  # what has to be understood, and is not
            return None
    else:
        return None
    rows = height * (1 + 2 * width)
    try:
        unpacked = deflate.zlib_decompress(b"".join(packed), rows)
    except deflate.DeflateError:
        raise ValueError(f"what is packed is broken, or more than {rows} bytes") from None
    if len(unpacked) != rows:
        raise ValueError(f"{len(unpacked)} bytes of pixels, not {rows}")
    pixels = _core.unfilter16(np.frombuffer(unpacked, dtype=np.uint8).reshape(height, -1))
    if pixels is None:
        raise ValueError("a row with an unknown filter")
    return pixels


def _read_grey16(path: File, size: tuple[int, int]) -> npt.NDArray[np.uint16] | None:
    if path.suffix.lower() != ".png":
        return None
    most = 2 * size[0] * (1 + 2 * size[1]) + OVERHEAD
    with path.open("rb") as file:
        data = file.read(most + 1)
    return decode_grey16(data, size) if len(data) <= most else None


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Yield kind and content of each chunk of a PNG file; nothing where it is none."""
    import deflate

    view, at = memoryview(data), len(SIGNATURE)
    if data[:at] != SIGNATURE:
        return
    while at < len(data):
        length = int.from_bytes(view[at : at + 4])
        end = at + 8 + length
        if end + 4 > len(data):
            raise ValueError(f"it ends within a chunk, after {len(data)} bytes")
        kind = bytes(view[at + 4 : at + 8])
        if deflate.crc32(view[at + 4 : end]) != int.from_bytes(view[end : end + 4]):
            raise ValueError(f"the checksum of its chunk {kind!r} is wrong")
        yield kind, view[at + 8 : end]
        at = end + 4
    raise ValueError("it has no end")
