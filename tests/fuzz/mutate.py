"""Damage that respects structure: what is packed or has a checksum is changed inside and put together again."""

from __future__ import annotations

import gzip
import io
import json
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["mutated"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
SIZES = (0, 1, 2, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**64 - 1)
NUMBERS = (
    *("0", "-0", "-1", "1e308", "-1e308", "1e400", "1e-320", "nan", "NaN", "inf", "-Infinity", "9" * 5000, "0x10"),
    *("1" * 25, str(2**31), str(2**63), str(2**64), "-" + str(2**63), "1_000", "١٢", "", "1e", "--1", "1,5", "true"),
)
WORDS = (
    *("", " ", "\x00", "\ufeff", "\u202e", "\ud800", "é", "e\u0301", "💡", "..", "../..", "/etc/passwd", "a/b", "a\\b"),
    *("C:x", "~", "null", "%s", "{a}", "{", "}", "\n", "\r\n", "\u2028", "x" * 3000, "(red point)", "A", "yes no"),
)
DEEP = 3000
LONGEST = 1 << 20  # bytes of an input; changes upon changes could make any size
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 0.5, -0.0, 1e308, 1e-320, float("nan"), float("inf"), 2**31, 2**53, 2**63, 2**64),
    *(-(2**63), 10**400, [], {}, [[]], [None], [0] * 16, {"": 0}, [[1, 2], [3]], *WORDS),
)


def mutated(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """Return a damaged file: some changes, most of them in keeping with what it is."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        kind = next((change for fits, change in KINDS if fits(data)), None)
        try:
            data = kind(data, rng) if kind and rng.random() < 0.8 else _bytes(data, rng, others)
        except Exception:  # damaged already, beyond what could be taken apart
            data = _bytes(data, rng, others)
    return data[:LONGEST]


# ---- any bytes ----------------------------------------------------------------------------------------------------


def _bytes(data: bytes, rng: random.Random, others: Sequence[bytes] = ()) -> bytes:
    out = bytearray(data)
    at = rng.randrange(len(out) + 1) if rng.random() < 0.6 else rng.randrange(min(len(out), 200) + 1)
    length = min(rng.choice((1, 2, 4, 8, 30, 200, 5000)), len(out) - at)
    match rng.randrange(8):
        case 0:
            for _ in range(rng.choice((1, 2, 8))):
                if out:
                    out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
        case 1:
            del out[at:]
        case 2:
            del out[at : at + length]
        case 3:
            out[at:at] = out[at : at + length] * rng.choice((1, 2, 50))
        case 4:
            size = rng.choice(SIZES)
            order = rng.choice(("little", "big"))
            width = rng.choice((1, 2, 4, 8))
            out[at : at + width] = (size % 256**width).to_bytes(width, order)
        case 5:
            out[at : at + length] = bytes(rng.randrange(256) for _ in range(length))
        case 6:
            out[at:at] = rng.choice(
                (b"\xff\xfe", b"\xef\xbb\xbf", b"\0", b"\n", b"\r", b"\xc3(", b"\xed\xa0\x80", b"[" * DEEP)
            )
        case _:
            other = rng.choice(others) if others else data
            cut = rng.randrange(len(other) + 1)
            out[at:] = other[cut:]
    return bytes(out)


# ---- text ---------------------------------------------------------------------------------------------------------

NUMBER = re.compile(rb"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?")


def _text(data: bytes, rng: random.Random) -> bytes:
    """Change a number, a word or a line."""
    what = rng.randrange(4)
    if what == 0 and (found := list(NUMBER.finditer(data))):
        match = rng.choice(found)
        return data[: match.start()] + rng.choice(NUMBERS).encode() + data[match.end() :]
    if what == 1 and (found := list(re.finditer(rb"\w+", data))):
        match, word = rng.choice(found), rng.choice((*WORDS, *NUMBERS))
        return data[: match.start()] + word.encode("utf-8", "surrogatepass") + data[match.end() :]
    lines = data.splitlines(keepends=True)
    if not lines:
        return data
    at = rng.randrange(len(lines))
    match rng.randrange(4):
        case 0:
            del lines[at]
        case 1:
            lines.insert(rng.randrange(len(lines) + 1), lines[at])
        case 2:
            lines[at] = _bytes(lines[at], rng)
        case _:
            lines.insert(at, rng.choice((b"\n", b" = \n", b"#\n", b"x" * 5000 + b"\n", b"\xff\n")))
    return b"".join(lines)


# ---- JSON ---------------------------------------------------------------------------------------------------------


def _is_json(data: bytes) -> bool:
    return data.lstrip()[:1] in (b"{", b"[")


def _json(data: bytes, rng: random.Random) -> bytes:
    """Change one value of a JSON text, or of one of its lines."""
    lines = data.splitlines(keepends=True)
    if len(lines) > 1 and all(_is_json(line) for line in lines[:3]):
        at = rng.randrange(len(lines))
        lines[at] = _json(lines[at].rstrip(b"\n"), rng) + b"\n"
        return b"".join(lines)
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return _text(data, rng)
    if rng.random() < 0.1:
        return _text(data, rng)
    changed = _changed(value, rng)
    try:
        text = json.dumps(changed, ensure_ascii=rng.random() < 0.5)
    except (ValueError, RecursionError):
        return data
    if rng.random() < 0.03:
        text = text.replace("0", "[" * DEEP + "]" * DEEP, 1)
    return text.encode("utf-8", "surrogatepass")


def _changed(value: Any, rng: random.Random) -> Any:
    """Return a JSON value with one change somewhere inside."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = rng.choice(list(value))
        out = dict(value)
        match rng.randrange(12):
            case 0:
                del out[key]
            case 1:
                out[rng.choice((*WORDS, key + "x"))] = out.pop(key)
            case 2:
                out[rng.choice(WORDS)] = rng.choice(VALUES)
            case _:
                out[key] = _changed(value[key], rng)
        return out
    if isinstance(value, list) and value and rng.random() < 0.9:
        out, at = list(value), rng.randrange(len(value))
        match rng.randrange(8):
            case 0:
                del out[at]
            case 1:
                out.insert(rng.randrange(len(out) + 1), out[at])
            case 2:
                out *= rng.choice((0, 2, 20)) if len(out) < 100 else 2
            case _:
                out[at] = _changed(value[at], rng)
        return out
    if isinstance(value, str) and rng.random() < 0.4:
        at = rng.randrange(len(value) + 1)
        return value[:at] + rng.choice(WORDS) + value[rng.choice((at, at + 1, len(value))) :]
    if isinstance(value, int | float) and not isinstance(value, bool) and rng.random() < 0.5:
        return rng.choice(
            (value + 1, -value, value * 1000, value * 1e300 if abs(value) < 1e8 else 0, value + 0.5, str(value))
        )
    return rng.choice(VALUES)


# ---- containers ---------------------------------------------------------------------------------------------------


def _gzip(data: bytes, rng: random.Random) -> bytes:
    try:
        inner = gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        return _bytes(data, rng)
    return gzip.compress(mutated(inner, rng, ()), mtime=0)


def _zip(data: bytes, rng: random.Random) -> bytes:
    """Change a member of an archive, its name or how it is packed."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    except Exception:  # damaged already: what it raises is not our concern
        return _bytes(data, rng)
    if not members:
        return data
    at = rng.randrange(len(members))
    name, content = members[at]
    match rng.randrange(10):
        case 0:
            members[at] = (rng.choice(("", "x.npy", "../x.npy", name + "x", name.removesuffix(".npy"))), content)
        case 1:
            del members[at]
        case 2:
            members[at] = (name, content + bytes(rng.choice((1, 10**6, 3 * 10**7))))
        case _:
            members[at] = (name, _npy(content, rng))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", rng.choice((0, 8, 8, 12, 14))) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name or "_"), content, archive.compression)
    return stream.getvalue()


DTYPES = (
    *("'<f4'", "'>f8'", "'<f2'", "'<i8'", "'|u1'", "'|O'", "'<U9999'", "'|V16'", "'<M8[s]'", "'<c16'", "'|S0'"),
    *("[('a', '<f8')]", "'<f16'", "'f99'", "None", "'|b1'", "'<u8'", "('<f8', (2,))"),
)
SHAPES = (
    *("()", "(0,)", "(0, 3)", "(-1, 3)", "(3,)", "(4, 3, 1)", "(99999999999999999999, 3)", "(3, 3.0)", "(True, 3)"),
    *("(2**40, 3)", "[4, 3]", "3", "None", "(1152921504606846976, 16)", "(0, 99999999999)"),
)


def _npy(data: bytes, rng: random.Random) -> bytes:
    """Change the header of an array, keeping its length right, or its content."""
    if data[:6] != b"\x93NUMPY" or rng.random() < 0.2:
        return _bytes(data, rng)
    length = struct.unpack("<H", data[8:10])[0]
    header, content = data[10 : 10 + length].decode("latin-1").strip(), data[10 + length :]
    match rng.randrange(5):
        case 0:
            header = re.sub(r"'descr': '[^']*'", f"'descr': {rng.choice(DTYPES)}", header)
        case 1:
            header = re.sub(r"\([^)]*\)", rng.choice(SHAPES), header)
        case 2:
            header = re.sub(r"True|False", rng.choice(("True", "0", "None", "'x'", "[]")), header)
        case 3:
            header = _text(header.encode(), rng).decode("latin-1")
        case _:
            content = _values(content, rng)
    text = header.encode("latin-1", "replace") + b"\n"
    version = rng.choice((1, 1, 1, 2, 3, 9))
    size = struct.pack("<H", len(text) % 65536) if version == 1 else struct.pack("<I", len(text))
    return b"\x93NUMPY" + bytes((version, 0)) + size + text + content


def _values(data: bytes, rng: random.Random) -> bytes:
    """Put odd numbers in the place of some."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 20))):
        odd = rng.choice((float("nan"), float("inf"), -1e308, 1e-320, 0.0))
        new = rng.choice((struct.pack("<d", odd), struct.pack("<q", rng.choice((-1, 2**31, 2**62, -(2**63))))))
        at = rng.randrange(len(out) // 8 + 1) * 8
        out[at : at + 8] = new
    return bytes(out[: len(data)])


def _png(data: bytes, rng: random.Random) -> bytes:
    """Change the chunks of a picture, with checksums that are right."""
    chunks, at = [], len(SIGNATURE)
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    if not chunks:
        return _bytes(data, rng)
    number = rng.randrange(len(chunks))
    kind, content = chunks[number]
    match rng.randrange(8):
        case 0:
            del chunks[number]
        case 1:
            chunks.insert(rng.randrange(len(chunks) + 1), chunks[number])
        case 2:
            chunks[number] = (
                rng.choice((b"IDAT", b"PLTE", b"tRNS", b"IEND", b"acTL", b"fdAT", b"iCCP", b"zTXt", b"\xff" * 4)),
                content,
            )
        case 3:
            name = rng.choice((b"tRNS", b"PLTE", b"gAMA", b"iCCP", b"zTXt", b"eXIf", b"acTL", b"pHYs"))
            chunks.insert(
                1, (name, rng.choice((b"", bytes(3), b"a\0\0" + zlib.compress(bytes(10**6)), rng.randbytes(30))))
            )
        case 4 | 5 if packed := b"".join(c for k, c in chunks if k == b"IDAT"):
            try:
                rows = zlib.decompress(packed)
            except zlib.error:
                return _bytes(data, rng)
            rows = rows * 500 if rng.random() < 0.1 else _bytes(rows, rng)
            first = next(i for i, (k, _) in enumerate(chunks) if k == b"IDAT")
            chunks = [c for c in chunks if c[0] != b"IDAT"]
            chunks.insert(first, (b"IDAT", zlib.compress(rows)))
        case _:
            chunks[number] = (kind, _bytes(content, rng))
    return SIGNATURE + b"".join(
        struct.pack(">I", len(c)) + k + c + struct.pack(">I", zlib.crc32(k + c)) for k, c in chunks
    )


def _ply(data: bytes, rng: random.Random) -> bytes:
    head, end, body = data.partition(b"end_header\n")
    if rng.random() < 0.6:
        return _text(head, rng) + end + body
    return head + end + (_values(body, rng) if rng.random() < 0.5 else _bytes(body, rng))


def _is_text(data: bytes) -> bool:
    return b"\0" not in data[:1000]


KINDS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes, random.Random], bytes]], ...] = (
    (lambda data: data.startswith(SIGNATURE), _png),
    (lambda data: data.startswith(b"PK"), _zip),
    (lambda data: data.startswith(b"\x1f\x8b"), _gzip),
    (lambda data: data.startswith(b"ply"), _ply),
    (_is_json, _json),
    (_is_text, _text),
)
