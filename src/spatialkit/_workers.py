"""Processes that work for this one, and end with it, with nothing left half-written."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import connection, get_context, parent_process
from multiprocessing.process import BaseProcess
from typing import NoReturn

from spatialkit.writers._files import remove_partial_files

__all__ = ["worker_pool"]


@contextmanager
def worker_pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Give a pool of processes; when the block ends early, they are stopped and remove what they had half written."""
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_start_worker)
    try:
        yield pool
    except BaseException:
        processes: list[BaseProcess] = list((pool._processes or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()
        for process in processes:
            process.join(10)
            if process.is_alive():
                process.kill()
        raise
    pool.shutdown()


def _start_worker() -> None:
    """Leave Ctrl-C to the parent; end when it says so or is gone, with nothing left half-written."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: _end_worker())
    threading.Thread(target=_watch_parent, daemon=True).start()


def _end_worker() -> NoReturn:
    # Raising instead would not do: an exception can get lost in a callback or a destructor.
    remove_partial_files()
    os._exit(1)


def _watch_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        _end_worker()
