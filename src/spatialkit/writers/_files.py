"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote
from uuid import uuid4

from spatialkit.errors import OutputError

__all__ = ["PARTIAL", "cannot_write", "file_name", "locked", "make_folder", "remove_partial_files", "writing"]

PARTIAL = ".part"  # ending of a file in work; one that a killed run left is overwritten by the next, or may be deleted

_in_work: set[Path] = set()


@contextmanager
def writing(path: Path, *, shared: bool = False) -> Iterator[BinaryIO]:
    """Open ``path`` for writing; the file appears, complete, when the block ends without an error.

    Folders above it are made. Whatever was there before stays until then. ``shared``: several processes may write
    this file at once; the last one wins.

    Raises
    ------
    OutputError
        When it cannot be written (no space, no permission, a file where a folder should be); names the path.
    """
    make_folder(path.parent)
    partial = path.with_name(f".{path.name}{'.' + uuid4().hex if shared else ''}{PARTIAL}")
    _in_work.add(partial)
    try:
        with cannot_write(path):
            file = partial.open("wb")
        try:
            # An error of the block that names another file is not about writing this one.
            with file:
                yield file
        except OSError as error:
            if error.filename is None or os.fspath(error.filename) == os.fspath(partial):
                raise OutputError(describe(path, error)) from error
            raise
        with cannot_write(path):
            partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    finally:
        _in_work.discard(partial)


def remove_partial_files() -> None:
    """Remove what this process has half written; for a process that is about to end without unwinding."""
    for partial in list(_in_work):
        partial.unlink(missing_ok=True)


def make_folder(path: Path) -> None:
    """Make a folder and those above it; an OutputError names what is in the way."""
    with cannot_write(path):
        path.mkdir(parents=True, exist_ok=True)


@contextmanager
def locked(path: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold the lock file ``path``; the operating system lets go of it when the process ends, however it ends.

    ``shared``: others may hold it at the same time, if shared too. The file is removed by who held it alone.

    Raises
    ------
    OutputError
        When another process holds it, or the file cannot be made.
    """
    make_folder(path.parent)
    while True:
        with cannot_write(path):
            file = path.open("a+b")
        with file:
            if not _lock(file, shared=shared):
                raise OutputError(f"{path.parent}: another process is writing there; wait, or choose another folder")
            try:
                # The holder before may have removed the file after it was opened here: then this lock guards nothing.
                if not os.path.samestat(path.stat(), os.fstat(file.fileno())):
                    continue
            except FileNotFoundError:
                continue
            try:
                yield
                return
            finally:
                if not shared:
                    with suppress(OSError):  # Windows does not remove an open file; an unlocked one does no harm
                        path.unlink()


def _lock(file: BinaryIO, *, shared: bool) -> bool:
    """Lock an open file without waiting; return False when another process has it."""
    if sys.platform == "win32":
        import msvcrt

        # There are no shared locks: a share is a byte of its own, and the whole is all of them.
        whole = 1 << 20
        file.seek(1 + os.getpid() % (whole - 1) if shared else 0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1 if shared else whole)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        # A file system without locks (ENOLCK, ENOTSUP) does not stop a run.
        return error.errno not in (errno.EWOULDBLOCK, errno.EACCES)
    return True


@contextmanager
def cannot_write(path: Path) -> Iterator[None]:
    """Turn an OSError of the block into an OutputError that names the path."""
    try:
        yield
    except OSError as error:
        raise OutputError(describe(path, error)) from error


def describe(path: Path, error: OSError) -> str:
    """Say why a path cannot be written."""
    hint = "; free some space and run the same command again" if error.errno == errno.ENOSPC else ""
    return f"{path}: cannot be written: {(error.strerror or str(error)).lower()}{hint}"


def file_name(name: str) -> str:
    """Return an id as one safe path component; plain ids stay as they are, the rest is percent-encoded reversibly."""
    quoted = quote(name, safe="+,=@ ")
    return f"%2E{quoted[1:]}" if quoted.startswith(".") else quoted
