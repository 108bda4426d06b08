"""Downloads as their owners ship them: folders, and zip archives that are read in place, under one set of names."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path, PurePosixPath

from spatialkit._images import File, read_image
from spatialkit.errors import DataError
from spatialkit.scene import ImageSource

__all__ = ["File", "Tree", "source"]


class Tree:
    """A folder, and what lies in zip archives as if it had been unpacked there.

    Parameters
    ----------
    folder
        Where files are looked for first.
    archives
        Zip files, each with the folder in it whose content belongs into ``folder``, "" for all of it.

    Raises
    ------
    DataError
        When an archive is damaged or none; its names are read here, its contents only when asked for.
    """

    def __init__(self, folder: Path, archives: Mapping[Path, str] | None = None) -> None:
        self.folder = folder
        self._packed: dict[str, tuple[zipfile.ZipFile, str]] = {}
        self._children: dict[str, set[str]] = {}
        for path, inner in (archives or {}).items():
            self._add(path, PurePosixPath(inner))

    def _add(self, path: Path, inner: PurePosixPath) -> None:
        try:
            archive = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile) as error:
            raise DataError(path, "archive", found=f"an unreadable file ({error})", expected="a zip archive") from None
        for info in archive.infolist():
            name = PurePosixPath(info.filename)
            if info.is_dir() or ".." in name.parts or not name.is_relative_to(inner):
                continue
            name = name.relative_to(inner)
            self._packed.setdefault(str(name), (archive, info.filename))
            for parent, child in zip(name.parents, (name, *name.parents), strict=False):
                self._children.setdefault(str(parent), set()).add(child.name)

    def __truediv__(self, name: str) -> File:
        """Return a file by its name in the folder, whether it is there or not."""
        if name in self._packed and not (self.folder / name).exists():
            archive, inner = self._packed[name]
            return zipfile.Path(archive, inner)
        return self.folder / name

    def __contains__(self, name: str) -> bool:
        """Whether there is such a file or folder."""
        return name in self._packed or name in self._children or (self.folder / name).exists()

    def names(self, folder: str = ".") -> list[str]:
        """Return the names of what lies in one folder, sorted; none where there is no such folder."""
        here = self.folder / folder
        unpacked = {path.name for path in here.iterdir()} if here.is_dir() else set()
        return sorted(unpacked | self._children.get(str(PurePosixPath(folder)), set()))


def source(file: File, field: str, size: tuple[int, int]) -> ImageSource:
    """Return what ``Frame`` takes for an image (height, width) in a file: the path, or how to read what is packed."""
    return file if isinstance(file, Path) else partial(read_image, file, field=field, size=size)
