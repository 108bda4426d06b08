"""Readers on damaged files, a fixed number of them (``make fuzz`` tries more); and that the fuzzer sees what breaks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.fuzz.faulty import FAULTY
from tests.fuzz.harness import explore
from tests.fuzz.targets import TARGETS

INPUTS = 15  # of each target


def test_readers_return_or_raise_our_errors(tmp_path: Path) -> None:
    report = explore("tests.fuzz", list(TARGETS), 0, INPUTS, 0, tmp_path)
    assert not report.faults, "\n\n".join(map(str, report.faults))
    assert report.counts == dict.fromkeys(TARGETS, INPUTS)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is limited on Linux only")
def test_every_way_to_break_is_noticed(tmp_path: Path) -> None:
    names = [name for name in FAULTY if name != "hangs"]
    report = explore("tests.fuzz.faulty", names, 0, 3, 0, tmp_path)
    found = {fault.target: fault for fault in report.faults}
    expected = {
        "raises": "KeyError: 'key'",
        "warns": "UserWarning: odd",
        "raises unseen": "ValueError: too late",
        "eats": "MemoryError",
        "takes much": "MiB of memory",
        "crashes": "ended with -11",
    }
    assert found.keys() == expected.keys()
    for name, what in expected.items():
        assert what in found[name].what
        assert Path(found[name].saved).is_file()
    assert set(report.counts) == set(names)


def test_what_hangs_is_ended(tmp_path: Path) -> None:
    report = explore("tests.fuzz.faulty", ["hangs"], 0, 3, 0, tmp_path, patience=1.0)
    assert "Timeout" in report.faults[0].trace


def test_inputs_can_be_made_again(tmp_path: Path) -> None:
    first, second = (explore("tests.fuzz.faulty", ["raises"], 7, 2, 0, tmp_path / name) for name in "ab")
    assert Path(first.faults[0].saved).read_bytes() == Path(second.faults[0].saved).read_bytes()
