"""Targets in a process of their own, so that a crash, a hang or a hunger for memory is a fault like any other."""

from __future__ import annotations

import faulthandler
import gc
import hashlib
import json
import random
import subprocess
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spatialkit.errors import SpatialkitError
from tests.fuzz.mutate import mutated

__all__ = ["SAVED", "Fault", "Report", "Target", "child", "explore"]

SAVED = Path("build/fuzz")
MOST_MEMORY = 1 << 31  # bytes of address space beyond what a target's valid inputs took
MOST_FOR_ONE = 1 << 28  # bytes of memory that one input, a few kilobytes, may take
HANGING = 30.0  # seconds; inputs take milliseconds
FIRST_SIGNS = 5  # faults of a target after which it is left


@dataclass(frozen=True)
class Target:
    """A function of bytes that may return or raise a ``SpatialkitError``, and valid inputs of it."""

    run: Callable[[bytes], object]
    seeds: Callable[[], list[bytes]]

    def __call__(self, data: bytes) -> None:
        """Hold the function to the law; what it raises else comes through."""
        with suppress(SpatialkitError):
            self.run(data)


@dataclass(frozen=True)
class Fault:
    """One input that broke the law."""

    target: str
    what: str
    number: int
    saved: str
    trace: str

    def __str__(self) -> str:
        return f"FAULT in {self.target}, input {self.number}: {self.what}\n  saved as {self.saved}\n{self.trace}"


@dataclass
class Report:
    """Inputs run by target, and what was wrong."""

    counts: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


# ---- the parent ---------------------------------------------------------------------------------------------------


def explore(
    module: str,
    targets: Sequence[str],
    seed: int,
    inputs: int | None,
    seconds: float,
    save: Path,
    *,
    patience: float = HANGING,
) -> Report:
    """Run targets of ``python -m module`` in children; what ends one counts as a fault, and the next goes on.

    Parameters
    ----------
    module
        Whose ``--child`` calls ``child`` below.
    targets, seed
        Names of targets; where their inputs come from.
    inputs, seconds
        How many inputs for each target or, where that is None, how long for all of them together.
    save
        Folder for the inputs that fail.
    patience
        Seconds after which an input counts as one that hangs.
    """
    save.mkdir(parents=True, exist_ok=True)
    report, todo = Report(), list(targets)
    current = save / "current"
    while todo:
        amount = ["--inputs", str(inputs)] if inputs else ["--seconds", str(seconds * len(todo) / len(targets))]
        command = [
            sys.executable,
            "-X",
            "faulthandler",
            "-m",
            module,
            "--child",
            str(save),
            "--seed",
            str(seed),
            *amount,
        ]
        command += ["--patience", str(patience)]
        process = subprocess.Popen(
            [*command, "--targets", *todo], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        out, errors = process.communicate()
        running = None
        for line in out.splitlines():
            told = json.loads(line)
            match told:
                case {"begin": name}:
                    running, number = name, -1
                case {"fault": values}:
                    report.faults.append(Fault(**values))
                case {"done": name, "inputs": count}:
                    report.counts[name] = count
                    todo.remove(name)
                    running = None
        if process.returncode == 0:
            break
        what = f"the process ended with {process.returncode}"
        if running is None:
            report.faults.append(Fault("none", what, -1, "", errors[-3000:]))
            break
        data = current.read_bytes() if current.exists() else b""
        saved = _save(save, running, data)
        number = int((save / "number").read_text() or -1) if (save / "number").exists() else -1
        report.faults.append(Fault(running, what, number, str(saved), errors[-3000:]))
        report.counts[running] = number + 1
        todo.remove(running)
    return report


def _save(folder: Path, target: str, data: bytes) -> Path:
    name = "".join(c if c.isalnum() else "_" for c in target)
    path = folder / f"{name}-{hashlib.blake2b(data, digest_size=4).hexdigest()}"
    path.write_bytes(data)
    return path


# ---- the child ----------------------------------------------------------------------------------------------------


def child(
    targets: Mapping[str, Target],
    names: Sequence[str],
    seed: int,
    inputs: int | None,
    seconds: float | None,
    save: Path,
    patience: float,
) -> None:
    """Run targets and tell of them in lines of JSON."""
    warnings.simplefilter("error")
    lost: list[BaseException] = []
    sys.unraisablehook = lambda event: lost.append(event.exc_value or RuntimeError(str(event)))
    for name in names:
        _tell(begin=name)
        (save / "number").write_text("-1")
        target = targets[name]
        seeds = target.seeds()
        for data in seeds:
            target(data)
        _limit_memory()
        count = _run(name, target, seeds, seed, inputs, seconds, save, patience, lost)
        _tell(done=name, inputs=count)


def _run(
    name: str,
    target: Target,
    seeds: Sequence[bytes],
    seed: int,
    inputs: int | None,
    seconds: float | None,
    save: Path,
    patience: float,
    lost: list[BaseException],
) -> int:
    end = time.monotonic() + (seconds or 0)
    known: set[str] = set()
    number = 0
    while number < inputs if inputs else time.monotonic() < end:
        rng = random.Random(f"{seed}/{name}/{number}")
        data = mutated(rng.choice(seeds), rng, seeds)
        (save / "current").write_bytes(data)
        (save / "number").write_text(str(number))
        if fault := _broken(target, data, patience, lost):
            what, where, trace = fault
            if where not in known:
                known.add(where)
                path = _save(save, name, data)
                _tell(fault={"target": name, "what": what, "number": number, "saved": str(path), "trace": trace})
            if len(known) >= FIRST_SIGNS:
                return number + 1
        number += 1
    return number


def _broken(target: Target, data: bytes, patience: float, lost: list[BaseException]) -> tuple[str, str, str] | None:
    """Run one input; return what was wrong, what it has in common with others like it, and the traceback."""
    before = _peak_memory()
    faulthandler.dump_traceback_later(patience, exit=True)
    try:
        target(data)
        if lost:
            gc.collect()
            raise lost.pop()
    except Exception as error:
        lost.clear()
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if "spatialkit" in frame.filename] or list(frames)
        place = f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else "?"
        what = f"{type(error).__name__}: {str(error)[:300]}"
        return what, f"{type(error).__name__} {place}", "".join(traceback.format_exception(error))[-3000:]
    finally:
        faulthandler.cancel_dump_traceback_later()
    if (taken := _peak_memory() - before) > MOST_FOR_ONE:
        return f"{taken >> 20} MiB of memory for {len(data)} bytes", "memory", ""
    return None


def _tell(**values: Any) -> None:
    print(json.dumps(values), flush=True)


def _peak_memory() -> int:
    """Return the most memory that this process has held, bytes; 0 where the system does not tell.

    Not getrusage: there a process begins with the most that the one held which started it.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    peak = next((line for line in status.read_text("utf-8").splitlines() if line.startswith("VmHWM")), "VmHWM 0 kB")
    return int(peak.split()[1]) << 10


def _limit_memory() -> None:
    """Let the address space grow by no more than ``MOST_MEMORY`` from here on."""
    status = Path("/proc/self/statm")
    if not status.exists():
        return
    import resource

    now = int(status.read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + MOST_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
