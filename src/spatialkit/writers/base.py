"""What a writer is: samples in, files in someone's format out."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from spatialkit._images import FORMATS
from spatialkit.errors import ArgumentError, DataError, OutputError
from spatialkit.registry import Registry, home_of
from spatialkit.samples import ImageRef, Sample
from spatialkit.writers._files import file_name, make_folder, writing
from spatialkit.writers._spool import Group, Spool, write_shard

if TYPE_CHECKING:
    from spatialkit.scene import Scene

__all__ = ["Writer", "writers"]

PROVENANCE = "provenance"
COORDINATES = {"point": 2, "box": 4}
LARGEST = 65535  # pixels of an image's side


def _load_builtin() -> None:
    from spatialkit.writers import spar  # noqa: F401  (registers itself)


writers: Registry[Writer] = Registry("writer", builtin=_load_builtin, group="spatialkit.writers")


class GroupFiles(NamedTuple):
    """Where the rows of a group went, and their provenance; relative to the output folder."""

    group: Group
    rows: Path
    provenance: Path
    length: int


class Writer(ABC):
    """A format that samples can be written in. Subclasses register themselves under their ``name``.

    Writing is in two steps, because scenes are made one by one, perhaps by many processes, while the rows of all of
    them are shuffled together: ``write_scene`` writes what belongs to one scene and turns its samples into records;
    ``write_rows`` puts the records of all scenes into their files. ``write`` does both.

    Attributes
    ----------
    name
        What it is called on the command line.
    summary
        One line on what it writes.
    """

    name: ClassVar[str] = ""
    summary: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.name and not inspect.isabstract(cls):
            writers.add(cls.name, cls(), home=home_of(cls))

    @abstractmethod
    def write_scene(self, samples: Sequence[Sample], path: Path, scene: Scene, *, first: int = 0) -> list[Any]:
        """Write the images (and the like) that the samples of one scene need, and return one JSON record for each.

        ``first`` is the running number of the first sample in its scene. Every file appears whole or not at all.
        """

    @abstractmethod
    def write_rows(self, spool: Spool, path: Path) -> list[Path]:
        """Write the rows of all scenes and what indexes them; return the files, relative to ``path``."""

    @abstractmethod
    def image_path(self, sample: Sample, index: int) -> Path:
        """Return where image ``index`` of a sample lies, relative to the output folder."""

    def remarks(self, spool: Spool) -> list[str]:
        """Return what to know before training on these samples in this format, a line each."""
        return []

    def write(
        self, samples: Iterable[Sample], path: Path, *, scenes: Mapping[str, Scene], seed: int = 0
    ) -> dict[str, int]:
        """Write samples to the folder ``path``; return how many of each task.

        Parameters
        ----------
        samples
            Of any number of scenes; one scene's lie together (those of a scene in work are held in memory).
        path
            A new folder, or one without samples.
        scenes
            By id; each is asked for its frames only.
        seed
            Shuffles the rows of each file.

        Raises
        ------
        ArgumentError
            When a sample's scene is not among ``scenes``.
        OutputError
            When the folder holds samples already, or a file cannot be written; nothing is left half-written.
        """
        import tempfile

        make_folder(path)
        if (path / PROVENANCE).exists():
            raise OutputError(f"{path}: holds samples already; choose another folder or delete it")
        written: Counter[str] = Counter()
        counts: Counter[str] = Counter()
        shards: list[Path] = []
        with tempfile.TemporaryDirectory(prefix=".spool-", dir=path) as temporary:
            for (dataset, scene_id), some in groupby(samples, key=lambda s: (s.dataset, s.scene)):
                if scene_id not in scenes:
                    raise ArgumentError(
                        "scenes", found=f"none with id {scene_id!r}", expected="the scene of each sample"
                    )
                group = list(some)
                records = self.write_scene(group, path, scenes[scene_id], first=written[scene_id])
                written[scene_id] += len(group)
                counts.update(s.task for s in group)
                shards.append(Path(temporary) / f"{len(shards)}.jsonl")
                write_shard(shards[-1], group, records, scene=scene_id, dataset=dataset, seed=seed)
            self.write_rows(Spool(shards), path)
        return dict(sorted(counts.items()))

    def read(self, path: Path, *, each: int | None = None) -> Iterator[Sample]:
        """Yield the samples in a folder that was written before, at most ``each`` of every task and format.

        Everything is read from the provenance beside the rows, so nothing is lost on the way.

        Raises
        ------
        DataError
            When the folder has no provenance, or a row of it is damaged.
        """
        import msgspec

        decoder = msgspec.json.Decoder(Sample)
        for file in provenance_files(path):
            for number, line in islice(_lines(file), each):
                yield _sample(decoder, line, file, number)

    def check(self, path: Path) -> Iterator[str]:
        """Yield how what training code reads differs from the samples in the provenance, a line for each difference.

        Every image must be there and open at its size; a writer adds what it can say of its rows.

        Raises
        ------
        DataError
            As ``read``.
        """
        seen: set[tuple[Path, ImageRef]] = set()
        for sample in self.read(path):
            for index, ref in enumerate(sample.images):
                image = self.image_path(sample, index)
                if (image, ref) not in seen:
                    seen.add((image, ref))
                    yield from _check_image(path / image, (ref.width, ref.height))

    def read_by_scene(self, path: Path) -> Iterator[tuple[str, list[Sample]]]:
        """Yield the samples in a folder scene by scene; only those of one scene are held in memory.

        Raises
        ------
        DataError
            As ``read``.
        """
        import msgspec

        class Where(msgspec.Struct):
            scene: str

        files = provenance_files(path)
        places: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
        where = msgspec.json.Decoder(Where)
        for index, file in enumerate(files):
            offset = 0
            for number, line in _lines(file):
                places[_decode(where, line, file, number).scene].append((index, number, offset))
                offset += len(line)
        decoder = msgspec.json.Decoder(Sample)
        for scene in sorted(places):
            samples = []
            for index, some in groupby(places[scene], key=lambda place: place[0]):
                with files[index].open("rb") as lines:
                    for _, number, offset in some:
                        lines.seek(offset)
                        samples.append(_sample(decoder, lines.readline(), files[index], number))
            yield scene, samples

    def _write_groups(self, spool: Spool, path: Path, row_file: str) -> Iterator[GroupFiles]:
        """Write each group's records to ``row_file``, and its samples to the same lines of a provenance file.

        ``row_file`` may use {dataset}, {task}, {format} and {count}.
        """
        import msgspec

        decode, encode = msgspec.json.decode, msgspec.json.encode
        for group, count in spool.groups().items():
            names = {key: file_name(value) for key, value in group._asdict().items()}
            rows = Path(row_file.format(**names, count=count))
            beside = Path(PROVENANCE, names["dataset"], names["task"], f"{names['format']}_{count}.jsonl")
            with writing(path / rows) as records, writing(path / beside) as samples:
                for row in spool.rows(group):
                    records.write(row.record + b"\n")
                    samples.write(encode({"record": decode(row.record)["id"], **decode(row.sample)}) + b"\n")
            yield GroupFiles(group, rows, beside, count)


def provenance_files(path: Path) -> list[Path]:
    files = sorted((path / PROVENANCE).glob("*/*/*.jsonl"))
    if not files:
        raise DataError(path, PROVENANCE, found="none", expected="a folder written by spatialkit")
    return files


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    with file.open("rb") as lines:
        yield from enumerate(lines, 1)


def _sample(decoder: Any, line: bytes, file: Path, number: int) -> Sample:
    """Return the sample of a line, its marks on images that it has and of sizes that an image can have."""
    sample: Sample = _decode(decoder, line, file, number)
    for ref in sample.images:
        if not (0 < ref.width <= LARGEST and 0 < ref.height <= LARGEST):
            found = f"an image of {ref.width} x {ref.height} pixels"
            raise DataError(file, f"line {number}: images", found=found, expected=f"sides of 1 to {LARGEST}")
    for mark in sample.marks:
        if not 0 <= mark.image < len(sample.images) or len(mark.xy) != COORDINATES[mark.kind]:
            found = f"a {mark.kind} of {len(mark.xy)} coordinates on image {mark.image} of {len(sample.images)}"
            expected = f"{COORDINATES[mark.kind]} coordinates, and images counted from 0"
            raise DataError(file, f"line {number}: mark", found=found, expected=expected)
        if not all(abs(x) <= LARGEST for x in mark.xy):
            expected = f"coordinates of at most {LARGEST} pixels"
            raise DataError(file, f"line {number}: mark", found=mark.xy, expected=expected)
    return sample


def _check_image(path: Path, size: tuple[int, int]) -> Iterator[str]:
    from PIL import Image

    try:
        with Image.open(path, formats=FORMATS) as image:
            if image.size != size:
                yield f"{path}: {image.width} x {image.height} pixels, but questions are about {size[0]} x {size[1]}"
    except FileNotFoundError:
        yield f"{path}: no such image"
    except Exception as error:  # decoders raise what they like
        yield f"{path}: no readable image ({error})"


def _decode(decoder: Any, line: bytes, file: Path, number: int) -> Any:
    import msgspec

    try:
        return decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(file, f"line {number}", found=str(error), expected="a sample") from None
