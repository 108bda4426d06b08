"""Readers that adapters share: JSON, small matrices, image headers, npz arrays and PLY meshes.

Every file is hostile until shown otherwise: sizes are checked against the file before memory is taken, nothing is
unpickled, and each error is one ``DataError`` that names file and field.
"""

from __future__ import annotations

import re
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import is_dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any, TypeVar, get_args, get_type_hints

import numpy as np
import numpy.typing as npt

from spatialkit._images import FORMATS, File
from spatialkit.errors import ArgumentError, DataError

__all__ = [
    "check_type",
    "image_header",
    "inside",
    "located",
    "opened",
    "read_json",
    "read_matrix",
    "read_npz",
    "read_ply",
    "safe_name",
]

T = TypeVar("T")
# What NumPy raises on a damaged header, which it parses as Python literals.
BAD_HEADER = (KeyError, ValueError, TypeError, SyntaxError, tokenize.TokenError, RecursionError, MemoryError)
DEFLATE_LIMIT = 1032  # the most that one byte of a deflate stream can become


def located(error: ArgumentError, path: File, where: str) -> DataError:
    """Return the error of a value as an error of the file that holds it."""
    name = re.sub(r"^[A-Z]\w*\.", "", error.name.rsplit(": ", 1)[-1])  # "frame 3: x" and "Camera.x" are both x
    return DataError(path, f"{where}.{name}" if where else name, found=error.found, expected=error.expected)


def need_file(path: File, field: str, expected: str) -> File:
    """Return ``path`` if it is a regular file, else raise; devices and pipes are never opened."""
    if not path.is_file():
        found = "something that is not a file" if path.exists() else "no such file"
        raise DataError(path, field, found=found, expected=expected)
    return path


@contextmanager
def opened(path: File, field: str, expected: str, *, limit: int = 1 << 40) -> Iterator[tuple[IO[bytes], int]]:
    """Open a file, or one that is packed; give it with its size in bytes, which is at most ``limit``.

    Raises
    ------
    DataError
        Also for what goes wrong while it is read.
    """
    need_file(path, field, expected)
    try:
        size, possible = _sizes(path)
        if size > limit:
            raise DataError(path, field, found=f"{size} bytes", expected=f"{expected} (at most {limit} bytes)")
        if size > possible:
            raise DataError(path, field, found=f"a size of {size} bytes that cannot be", expected=expected)
        with path.open("rb") as stream:
            yield stream, size
    except OSError as error:
        raise DataError(path, field, found=error.strerror or "an unreadable file", expected=expected) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise DataError(path, field, found=f"badly packed ({error})", expected=expected) from None


def _sizes(path: File) -> tuple[int, int]:
    """Return the size of a file in bytes, and the most that it can be: what is packed may lie about it."""
    if isinstance(path, Path):
        return (size := path.stat().st_size), size
    packed = path.root.getinfo(path.at)
    return packed.file_size, DEFLATE_LIMIT * max(packed.compress_size, 1)


def read_text(path: File, field: str, expected: str, *, limit: int) -> str:
    """Return a text file of at most ``limit`` bytes."""
    with opened(path, field, expected, limit=limit) as (stream, _):
        data = stream.read()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(path, field, found=f"a byte that is not UTF-8 at {error.start}", expected=expected) from None


def read_json(path: File, *, limit: int = 1 << 30) -> Any:
    """Return the plain values of a JSON file.

    The literals NaN, Infinity and -Infinity, which Python writes, are read as such, so that the record that holds
    them can be named instead of the whole file being refused.
    """
    import json

    text = read_text(path, "JSON", "a JSON file", limit=limit)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        found = f"{error.msg} at line {error.lineno}, column {error.colno}"
        raise DataError(path, "JSON", found=found, expected="well-formed JSON") from None
    except (RecursionError, ValueError) as error:
        raise DataError(path, "JSON", found=f"unreadable values ({error})", expected="well-formed JSON") from None


def check_type(value: Any, kind: type[T], path: File, where: str = "", *, known_only: bool = False) -> T:
    """Return plain JSON values as ``kind`` (a dataclass or a standard type), strictly: nothing is converted.

    Parameters
    ----------
    value
        As the JSON reader gave it.
    kind
        What it has to be; fields without a default are required.
    path, where
        The file, and the place in it, for the error message.
    known_only
        Refuse fields that ``kind`` does not have; for formats of our own.

    Raises
    ------
    DataError
        Naming the field, the type found and the one expected.
    """
    import msgspec

    try:
        record = msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        text, _, at = str(error).partition(" - at `")
        field = where + at.rstrip("`").removeprefix("$")
        if match := re.fullmatch(r"Object missing required field `(.+)`", text):
            field, found, expected = f"{field}.{match[1]}", "none", "a value (the field is required)"
        elif match := re.fullmatch(r"Expected (.+), got (.+)", text):
            found, expected = match[2].replace("`", ""), match[1].replace("`", "")
        else:
            found, expected = text.replace("`", ""), "a valid value"
        raise DataError(path, field.lstrip(".") or "top level", found=found, expected=expected) from None
    except UnicodeEncodeError as error:  # JSON can write half a character: "\\ud800"
        found = f"the character {error.object[error.start]!r}"
        raise DataError(path, where or "top level", found=found, expected="text that UTF-8 can hold") from None
    if known_only:
        _refuse_unknown(value, kind, path, where)
    return record


def _refuse_unknown(value: Any, kind: Any, path: File, where: str) -> None:
    if not (isinstance(value, dict) and isinstance(kind, type) and is_dataclass(kind)):
        return
    types = _field_types(kind)
    for key, inner in value.items():
        field = f"{where}.{str(key)[:80]}".lstrip(".")
        if key not in types:
            raise DataError(path, field, found="an unknown field", expected=f"one of {', '.join(types)}")
        for part in types[key]:
            _refuse_unknown(inner, part, path, field)


@cache
def _field_types(kind: type) -> dict[str, tuple[Any, ...]]:
    """Return the types that each field of a dataclass may have: ``A | None`` gives both."""
    return {name: get_args(hint) or (hint,) for name, hint in get_type_hints(kind).items()}


def read_matrix(path: File, field: str, shape: tuple[int, int]) -> npt.NDArray[np.float64]:
    """Return a small text matrix of whitespace-separated numbers; NaN and infinity are left for the caller to judge."""
    expected = f"{shape[0]} x {shape[1]} numbers"
    words = read_text(path, field, expected, limit=1 << 16).replace(",", " ").split()
    if len(words) != shape[0] * shape[1]:
        raise DataError(path, field, found=f"{len(words)} values", expected=expected)
    try:
        return np.array([float(word) for word in words]).reshape(shape)
    except ValueError as error:
        raise DataError(path, field, found=str(error), expected=expected) from None


def image_header(path: File, field: str) -> tuple[int, int, str]:
    """Return (width, height, mode) of an image file without decoding it; ``mode`` is Pillow's."""
    from PIL import Image, UnidentifiedImageError

    with opened(path, field, "an image file") as (stream, _):
        try:
            with Image.open(stream, formats=FORMATS) as image:
                return image.width, image.height, image.mode
        except UnidentifiedImageError:
            raise DataError(path, field, found="not an image file", expected="an image file") from None
        except Exception as error:  # decoders raise what they like
            raise DataError(path, field, found=f"a damaged file ({error})", expected="an image file") from None


def safe_name(value: str, path: Path, field: str) -> str:
    """Return an id that may become part of a file name: no separators, no control characters, not hidden."""
    if not value or len(value) > 200 or value.startswith(".") or re.search(r"[/\\\x00-\x1f\x7f\ud800-\udfff]", value):
        expected = "1 to 200 characters, no / or \\, not starting with a dot"
        raise DataError(path, field, found=repr(value[:80]), expected=expected)
    return value


def inside(folder: Path, name: str, path: Path, field: str) -> Path:
    """Return the file ``name`` of ``folder``, where ``path`` and ``field`` say who names it.

    Raises
    ------
    DataError
        When it is absolute, climbs out of the folder (also through symbolic links) or is not a file.
    """
    expected = "a file inside the scene's folder, as a relative path"
    if (
        not name
        or re.search(r"[\x00\ud800-\udfff]", name)
        or Path(name).is_absolute()
        or ".." in re.split(r"[/\\]", name)
    ):
        raise DataError(path, field, found=repr(name[:200]), expected=expected)
    target = folder / name
    try:
        resolved = target.resolve()
    except (OSError, RuntimeError):  # a loop of links
        raise DataError(path, field, found=f"{name!r}, a loop of links", expected=expected) from None
    if not resolved.is_relative_to(folder.resolve()):
        raise DataError(path, field, found=f"{name!r}, which leads outside", expected=expected)
    try:
        there = target.is_file()
    except OSError:
        there = False
    if not there:
        raise DataError(path, field, found=f"{name!r}, which is no file", expected=expected)
    return target


def read_npz(path: Path, arrays: Mapping[str, tuple[tuple[int | str, ...], str]]) -> dict[str, npt.NDArray[Any]]:
    """Return the named arrays of a NumPy ``.npz`` file.

    Parameters
    ----------
    path
        The file. Nothing in it is unpickled; each array's header must agree with the bytes that are there.
    arrays
        Name to (shape, dtype kinds): a string in the shape stands for any size; kinds are NumPy's letters, "f", "iu".
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return {name: _npz_member(archive, path, name, *wanted) for name, wanted in arrays.items()}
    except DataError:
        raise
    except Exception as error:  # zipfile raises what it likes
        raise DataError(path, "npz", found=f"an unreadable file ({error})", expected="a NumPy .npz file") from None


def _npz_member(
    archive: zipfile.ZipFile, path: Path, name: str, shape: tuple[int | str, ...], kinds: str
) -> npt.NDArray[Any]:
    text = f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
    expected = f"an array of shape {text}, dtype kind {' or '.join(kinds)}"
    try:
        info = archive.getinfo(f"{name}.npy")
    except KeyError:
        raise DataError(path, name, found="none", expected=expected) from None
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DataError(path, name, found=f"packed in way {info.compress_type}", expected="stored or deflated")
    if info.file_size > DEFLATE_LIMIT * max(info.compress_size, 1) or info.compress_size > path.stat().st_size:
        raise DataError(path, name, found=f"a size of {info.file_size} bytes that cannot be", expected=expected)
    with archive.open(info) as stream:
        try:
            version = np.lib.format.read_magic(stream)
            read_header = {
                (1, 0): np.lib.format.read_array_header_1_0,
                (2, 0): np.lib.format.read_array_header_2_0,
            }[version]
            with warnings.catch_warnings():  # NumPy remarks on headers of Python 2
                warnings.simplefilter("ignore")
                have, fortran, dtype = read_header(stream)
            if dtype.kind not in kinds or len(have) != len(shape):
                raise DataError(path, name, found=f"shape {have}, dtype {dtype}", expected=expected)
            if any(isinstance(want, int) and want != size for want, size in zip(shape, have, strict=True)):
                raise DataError(path, name, found=f"shape {have}, dtype {dtype}", expected=expected)
            bytes_wanted = int(np.prod([int(size) for size in have], dtype=object)) * dtype.itemsize
            if bytes_wanted != info.file_size - stream.tell():
                found = f"{info.file_size - stream.tell()} bytes for shape {have}, dtype {dtype}"
                raise DataError(path, name, found=found, expected=f"{bytes_wanted} bytes")
            data = stream.read()
            return np.frombuffer(data, dtype).reshape(have, order="F" if fortran else "C").copy()
        except (*BAD_HEADER, zlib.error) as error:
            if isinstance(error, DataError):
                raise
            raise DataError(path, name, found=f"a damaged array ({error})", expected=expected) from None


SIDES, CORNERS = " sides", " corners"  # of a face; no property of a file can have a space in its name
PLY_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2", "ushort": "u2",
    "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4", "float": "f4", "float32": "f4",
    "double": "f8", "float64": "f8",
}  # fmt: skip


def read_ply(path: File) -> tuple[npt.NDArray[Any], npt.NDArray[np.int32]]:
    """Return the vertices and triangles of a binary PLY file.

    Our own reader rather than a library's: it keeps every vertex property, and holds the counts of the header against
    the size of the file before it takes memory.

    Returns
    -------
    vertices
        Structured array (v,) with the file's own properties: ``x``, ``y``, ``z``, colours, labels.
    faces
        (f, 3) int32 indices.

    Raises
    ------
    DataError
        No PLY, ASCII, counts that the file cannot hold, polygons of other than three corners, indices out of range.
    """
    with opened(path, "mesh", "a binary PLY file") as (stream, size):
        order, elements = _ply_header(path, stream)
        found: dict[str, npt.NDArray[Any]] = {}
        for name, count, properties in elements:
            dtype = _ply_dtype(path, name, order, properties)
            left = size - stream.tell()
            if count * dtype.itemsize > left:
                lie = f"{count} of {dtype.itemsize} bytes each, but {left} bytes left"
                raise DataError(path, f"element {name}", found=lie, expected="counts that the file can hold")
            found[name] = np.frombuffer(stream.read(count * dtype.itemsize), dtype)
        if left := size - stream.tell():
            raise DataError(
                path, "header", found=f"{left} bytes more than it counts", expected="counts of all there is"
            )
    for name, fields in {"vertex": ("x", "y", "z"), "face": (SIDES, CORNERS)}.items():
        if name not in found or not set(fields) <= set(found[name].dtype.names or ()):
            wanted = ", ".join(fields) if name == "vertex" else "a list of corners"
            raise DataError(path, f"element {name}", found="none", expected=f"elements with {wanted}")
    sides = found["face"][SIDES]
    if not (sides == 3).all():
        found_sides = f"a polygon of {sides[np.flatnonzero(sides != 3)[0]]} corners"
        raise DataError(path, "element face", found=found_sides, expected="triangles")
    corners = found["face"][CORNERS].astype(np.int64)
    if corners.size and not 0 <= corners.min() <= corners.max() < len(found["vertex"]):
        raise DataError(
            path,
            "element face",
            found=f"indices {corners.min()} to {corners.max()}",
            expected=f"indices from 0 to {len(found['vertex']) - 1}",
        )
    return found["vertex"], corners.astype(np.int32)


def _ply_header(path: File, stream: Any) -> tuple[str, list[tuple[str, int, list[list[str]]]]]:
    lines: list[str] = []
    while not lines or lines[-1] != "end_header":
        line = stream.readline(1024)
        if not line.endswith(b"\n") or len(lines) > 1000 or (not lines and line.strip() != b"ply"):
            raise DataError(path, "header", found=repr(line[:40]), expected="the header of a PLY file")
        lines.append(line.decode("ascii", "replace").strip())
    order = ""
    elements: list[tuple[str, int, list[list[str]]]] = []
    for words in (line.split() for line in lines[1:-1]):
        match words:
            case ["format", "binary_little_endian", _]:
                order = "<"
            case ["format", "binary_big_endian", _]:
                order = ">"
            case ["element", name, count] if count.isdigit() and len(count) < 16:
                elements.append((name, int(count), []))
            case ["property", *rest] if elements and len(rest) in (2, 4):
                elements[-1][2].append(rest)
            case ["comment" | "obj_info", *_] | []:
                pass
            case _:
                expected = "a binary PLY header"
                raise DataError(path, "header", found=repr(" ".join(words))[:80], expected=expected)
    if not order:
        raise DataError(path, "header", found="no binary format", expected="binary_little_endian or binary_big_endian")
    return order, elements


def _ply_dtype(path: File, element: str, order: str, properties: list[list[str]]) -> np.dtype[Any]:
    fields: list[tuple[Any, ...]] = []
    for words in properties:
        try:
            if words[0] != "list":
                kind, name = words
                fields.append((name, order + PLY_TYPES[kind]))
            else:  # a list is read as a triangle; the number of sides is checked afterwards
                _, count, kind, _ = words
                if PLY_TYPES[count][0] == "f" or PLY_TYPES[kind][0] == "f":
                    raise ValueError("no indices")
                fields += [(SIDES, order + PLY_TYPES[count]), (CORNERS, order + PLY_TYPES[kind], (3,))]
        except (KeyError, ValueError):
            raise DataError(path, f"element {element}", found=" ".join(words), expected="a known property") from None
    if not fields:
        raise DataError(path, f"element {element}", found="no properties", expected="at least one")
    try:
        return np.dtype(fields)
    except ValueError:
        raise DataError(path, f"element {element}", found="a property twice", expected="each property once") from None
