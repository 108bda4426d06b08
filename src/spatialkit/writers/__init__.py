"""Writers: samples to the files that training code reads, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from spatialkit.samples import Sample
from spatialkit.writers.base import Writer, writers

if TYPE_CHECKING:
    from spatialkit.scene import Scene

__all__ = ["Writer", "read", "write", "writers"]


def write(
    samples: Iterable[Sample],
    path: str | Path,
    writer: str | Writer = "spar",
    *,
    scenes: Mapping[str, Scene] | Scene,
    seed: int = 0,
) -> dict[str, int]:
    """Write samples, their images and where they came from to a folder; return how many of each task.

    Parameters
    ----------
    samples
        As ``generate`` yields them; one scene's lie together.
    path
        A new folder, or one without samples.
    writer
        A name in ``writers``, or a writer.
    scenes
        The scene, or the scenes by id.
    seed
        Shuffles the rows of each file.

    Raises
    ------
    UnknownName
        No such writer; suggests near ones.
    ArgumentError
        A sample's scene is missing, or its marks are not what the format has for its task.
    OutputError
        The folder holds samples already, or a file cannot be written; nothing is left half-written.
    """
    chosen = writers[writer] if isinstance(writer, str) else writer
    by_id = scenes if isinstance(scenes, Mapping) else {scenes.id: scenes}
    return chosen.write(samples, Path(path), scenes=by_id, seed=seed)


def read(path: str | Path, writer: str | Writer = "spar", *, each: int | None = None) -> Iterator[Sample]:
    """Yield the samples in a folder that spatialkit wrote, at most ``each`` of every task and format.

    Raises
    ------
    UnknownName
        No such writer; suggests near ones.
    DataError
        The folder has no provenance of samples, or a row is damaged.
    """
    chosen = writers[writer] if isinstance(writer, str) else writer
    return chosen.read(Path(path), each=each)
