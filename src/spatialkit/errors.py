"""Everything that spatialkit raises on purpose.

::

    SpatialkitError
    ├── ArgumentError   (ValueError)   an array or option that a caller passed is wrong
    ├── DataError       (ValueError)   a file or record on disk is wrong; names file and field
    ├── UnknownName     (LookupError)  no such task, adapter or writer; suggests near ones
    ├── DuplicateName                  two plug-ins claim one name; names both files
    └── OutputError                    results cannot be written where they were asked for
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import zipfile

__all__ = ["ArgumentError", "DataError", "DuplicateName", "OutputError", "SpatialkitError", "UnknownName"]


class SpatialkitError(Exception):
    """Base of every error that spatialkit raises on purpose."""


class ArgumentError(SpatialkitError, ValueError):
    """A value that a caller passed is wrong: ``name: found …, expected …``."""

    def __init__(self, name: str, *, found: object, expected: object) -> None:
        super().__init__(f"{name}: found {found}, expected {expected}")
        self.name, self.found, self.expected = name, found, expected

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), (self.name,), {"found": self.found, "expected": self.expected})


class DataError(SpatialkitError, ValueError):
    """Something on disk is wrong: ``file: field: found …, expected …``."""

    def __init__(self, path: str | Path | zipfile.Path, field: str, *, found: object, expected: object) -> None:
        super().__init__(f"{path}: {field}: found {found}, expected {expected}")
        self.path, self.field, self.found, self.expected = str(path), field, found, expected

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), (self.path, self.field), {"found": self.found, "expected": self.expected})


class UnknownName(SpatialkitError, LookupError):
    """No such task, adapter, writer or option; the message suggests near names."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(known) or 'none'}"
        super().__init__(f"unknown {kind} {name!r}; {hint}")
        self.kind, self.name, self.known = kind, name, known

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.kind, self.name, self.known)


class DuplicateName(SpatialkitError):
    """Two plug-ins claim the same name."""


class OutputError(SpatialkitError):
    """Results cannot be written where they were asked for."""


def _rebuild(cls: type[SpatialkitError], args: tuple[object, ...], kwargs: dict[str, object]) -> SpatialkitError:
    """Unpickle an error whose constructor takes keywords (worker processes send errors home)."""
    return cls(*args, **kwargs)
