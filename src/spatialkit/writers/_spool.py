"""Shards: the samples of one scene in one file, and putting many of them in order without holding them in memory.

A shard is JSON lines. The first is a ``Header``; each other one is ``[key, record, sample]``: where the seed puts the
row, what the writer makes of the sample, and the sample itself. Rows lie together by task and format, so that a group
is read from each shard in one piece.
"""

from __future__ import annotations

import os
from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from spatialkit.errors import DataError
from spatialkit.samples import Sample
from spatialkit.writers._files import writing

__all__ = ["Group", "Header", "Row", "Spool", "write_shard"]

OPEN_FILES = 128  # most shards held open while rows are put in order


class Group(NamedTuple):
    """What one output file holds: the rows of one task in one format."""

    dataset: str
    task: str
    format: str


class Row(NamedTuple):
    """A row as it comes out of the spool: JSON of the writer's record and of the sample."""

    record: bytes
    sample: bytes


@dataclass
class Header:
    """First line of a shard: ``groups`` lists task, format, rows and bytes in the order in which they follow.

    ``narrowest`` is the width in pixels of the smallest image that carries a mark; 0 where none does.
    """

    scene: str
    dataset: str
    samples: int
    groups: list[tuple[str, str, int, int]] = field(default_factory=list)
    ledger: list[tuple[str, str, int]] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    narrowest: int = 0


def write_shard(
    path: Path,
    samples: Sequence[Sample],
    records: Sequence[Any],
    *,
    scene: str,
    dataset: str,
    seed: int,
    ledger: Sequence[tuple[str, str, int]] = (),
    notes: dict[str, str] | None = None,
) -> Header:
    """Write one scene's samples and what the writer made of them; the file appears whole or not at all."""
    import msgspec

    encode = msgspec.json.encode
    widths = [sample.images[mark.image].width for sample in samples for mark in sample.marks]
    header = Header(
        scene, dataset, len(samples), ledger=list(ledger), notes=dict(notes or {}), narrowest=min(widths, default=0)
    )
    body: list[bytes] = []
    order = sorted(range(len(samples)), key=lambda i: (samples[i].task, samples[i].format))
    for i in order:
        sample = samples[i]
        line = encode((_key(seed, sample.id), records[i], sample)) + b"\n"
        task, form, rows, size = header.groups.pop() if header.groups else (sample.task, sample.format, 0, 0)
        if (task, form) != (sample.task, sample.format):
            header.groups.append((task, form, rows, size))
            task, form, rows, size = sample.task, sample.format, 0, 0
        header.groups.append((task, form, rows + 1, size + len(line)))
        body.append(line)
    with writing(path) as file:
        file.write(encode(header) + b"\n")
        file.writelines(body)
    return header


def _key(seed: int, sample_id: str) -> int:
    """Return the place of a sample in the shuffled order: a hash, so that it depends on nothing but seed and id."""
    return int.from_bytes(blake2b(f"{seed}/{sample_id}".encode(), digest_size=8).digest(), "big")


class Spool:
    """Many shards, read back group by group with the rows of each in the order of their keys.

    Memory: the headers, and 32 bytes for each row of the group in work.
    """

    def __init__(self, shards: Sequence[Path]) -> None:
        self.shards = list(shards)
        self.headers: list[Header] = []
        self._starts: list[int] = []
        for path in self.shards:
            header, start = _read_header(path)
            self.headers.append(header)
            self._starts.append(start)

    def groups(self) -> dict[Group, int]:
        """Return the number of rows of each group, sorted by dataset, task and format."""
        counts: Counter[Group] = Counter()
        for header in self.headers:
            for task, form, rows, _ in header.groups:
                counts[Group(header.dataset, task, form)] += rows
        return {group: counts[group] for group in sorted(counts)}

    def rows(self, group: Group) -> Iterator[Row]:
        """Yield the rows of a group, shuffled."""
        import msgspec

        decoder = msgspec.json.Decoder(tuple[int, msgspec.Raw, msgspec.Raw])
        keys: list[np.ndarray[Any, np.dtype[np.uint64]]] = []
        places: list[np.ndarray[Any, np.dtype[np.int64]]] = []
        for index, lines in self._segments(group):
            path, offset, keyed, placed = self.shards[index], 0, [], []
            for number, line in enumerate(lines.splitlines(keepends=True), 1):
                field = f"row {number} of {group.task}, {group.format}"
                keyed.append(_decoded(decoder, line, path, field, "[key, record, sample]")[0])
                placed.append((index, offset, len(line)))
                offset += len(line)
            told = sum(g[2] for g in self.headers[index].groups if g[:2] == (group.task, group.format))
            if len(keyed) != told or not all(0 <= key < 2**64 for key in keyed):
                found = f"{len(keyed)} rows, keys from {min(keyed, default=0)} to {max(keyed, default=0)}"
                raise DataError(path, "rows", found=found, expected=f"{told} rows, keys of 64 bits")
            keys.append(np.array(keyed, np.uint64))
            places.append(np.array(placed, np.int64) + np.array([0, self._offset(index, group), 0]))
        if not keys:
            return
        where = np.concatenate(places)
        order = np.lexsort((where[:, 1], where[:, 0], np.concatenate(keys)))
        with _Handles(self.shards) as handles:
            for index, offset, size in where[order]:
                file = handles[int(index)]
                file.seek(int(offset))
                _, record, sample = decoder.decode(file.read(int(size)))
                yield Row(bytes(record), bytes(sample))

    def _segments(self, group: Group) -> Iterator[tuple[int, bytes]]:
        """Yield the index of each shard that has rows of the group, and those rows."""
        for index, header in enumerate(self.headers):
            size = sum(g[3] for g in header.groups if Group(header.dataset, g[0], g[1]) == group)
            if size:
                with self.shards[index].open("rb") as file:
                    file.seek(self._offset(index, group))
                    yield index, file.read(size)

    def _offset(self, index: int, group: Group) -> int:
        offset = self._starts[index]
        for task, form, _, size in self.headers[index].groups:
            if (task, form) == (group.task, group.format):
                return offset
            offset += size
        raise KeyError(group)


def _read_header(path: Path) -> tuple[Header, int]:
    """Return a shard's header and where its rows begin."""
    import msgspec

    with path.open("rb") as file:
        line = file.readline()
        left = os.fstat(file.fileno()).st_size - len(line)
    header: Header = _decoded(msgspec.json.Decoder(Header), line, path, "first line", "the header of a shard")
    sizes = [size for _, _, rows, size in header.groups if rows >= 0 <= size]
    if len(sizes) != len(header.groups) or sum(sizes) != left:
        found = f"{sum(sizes)} bytes of rows in {len(sizes)} of {len(header.groups)} groups"
        raise DataError(path, "groups", found=found, expected=f"{left} bytes, all that follows")
    return header, len(line)


def _decoded(decoder: Any, line: bytes, path: Path, field: str, expected: str) -> Any:
    import msgspec

    try:
        return decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(path, field, found=f"{error}", expected=expected) from None


class _Handles:
    """Open files by index, the least recently used closed when there are too many."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._open: OrderedDict[int, BinaryIO] = OrderedDict()

    def __enter__(self) -> _Handles:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._open.values():
            file.close()

    def __getitem__(self, index: int) -> BinaryIO:
        if index in self._open:
            self._open.move_to_end(index)
        else:
            if len(self._open) >= OPEN_FILES:
                self._open.popitem(last=False)[1].close()
            self._open[index] = self._paths[index].open("rb")
        return self._open[index]
