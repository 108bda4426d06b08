"""Targets that break the law, each in its own way: what the fuzzer has to notice."""

from __future__ import annotations

import ctypes
import sys
import time
import warnings
from collections.abc import Callable

from spatialkit.errors import DataError
from tests.fuzz.cli import main
from tests.fuzz.harness import Target

BIG: list[bytearray] = []


class Loud:
    """Raises where nobody can catch it."""

    def __del__(self) -> None:
        raise ValueError("too late")


def breaking(do: Callable[[], object]) -> Target:
    """Return a target that takes its valid input and does something else with others."""
    return Target(lambda data: do() if data != b"valid" else None, lambda: [b"valid"])


def refuse() -> None:
    raise DataError("a.txt", "field", found="junk", expected="sense")


FAULTY = {
    "refuses": breaking(refuse),
    "raises": breaking(lambda: {}["key"]),
    "warns": breaking(lambda: warnings.warn("odd", stacklevel=1)),
    "raises unseen": breaking(lambda: Loud() and None),
    "eats": breaking(lambda: BIG.append(bytearray(3 << 30))),
    "takes much": breaking(lambda: len(b"1" * (1 << 29))),
    "crashes": breaking(lambda: ctypes.string_at(0)),
    "hangs": breaking(lambda: time.sleep(1000)),
    "refuses as well": breaking(refuse),
}

if __name__ == "__main__":
    sys.exit(main("tests.fuzz.faulty", FAULTY, __doc__))
