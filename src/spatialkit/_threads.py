"""How many threads a call uses."""

from __future__ import annotations

import os
import sys

from spatialkit import _check

__all__ = ["MOST", "count", "cpus"]

MOST = 64


def cpus() -> int:
    """Return on how many CPUs this process may run."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def count(threads: int | None) -> int:
    """Return ``threads`` from 1 to 64, or the default where there are none given.

    That is as many as the process may use CPUs, and one in a process that another started (a worker, whose siblings
    have the other CPUs).
    """
    if threads is not None:
        return _check.whole("threads", threads, 1, MOST)
    # Loaded in every process that another started, and costs more than all else that a bare import loads.
    processes = sys.modules.get("multiprocessing.process")
    started = processes is not None and processes.parent_process() is not None
    return 1 if started else min(cpus(), MOST)
