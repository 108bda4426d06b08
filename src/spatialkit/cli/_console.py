"""What is printed: lines, tables, progress; and how a command ends."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

import typer

__all__ = ["BAD_USE", "DONE", "FAILED", "INTERRUPTED", "fail", "first_line", "mention", "progress", "table", "warn"]

MENTIONED = 10  # things left out that are named on the terminal
DONE, FAILED, BAD_USE, INTERRUPTED = 0, 1, 2, 130


def fail(message: str, code: int) -> NoReturn:
    """Print one line on stderr and exit."""
    warn(f"spatialkit: {' '.join(message.split())}")
    raise typer.Exit(code)


def warn(line: str) -> None:
    """Print a line on stderr."""
    typer.echo(line, err=True)


def mention(head: str, lines: Iterable[str], rest: str = "") -> int:
    """Print the first lines on stderr and how many more there are; return how many there are in all."""
    count = 0
    for line in lines:
        count += 1
        if count <= MENTIONED:
            warn(f"{head}{line}")
    if count > MENTIONED:
        warn(f"… and {count - MENTIONED} more{rest}")
    return count


@contextmanager
def progress(unit: str, total: int, *, lines: bool = True) -> Iterator[Callable[[str], None]]:
    """Give a function that says that one more is done: a bar on a terminal, else plain lines (or none)."""
    if sys.stderr.isatty() and total:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
        )

        columns = (
            SpinnerColumn(),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn(unit),
            TimeElapsedColumn(),
            TextColumn("{task.fields[at]}", markup=False),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(unit, total=total, at="")
            yield lambda line: bar.update(task, advance=1, at=line[:60])
        return
    done = 0
    if lines:
        warn(f"{total} {unit if total != 1 else unit.removesuffix('s')} to do")

    def step(line: str) -> None:
        nonlocal done
        done += 1
        if lines:
            warn(f"[{done}/{total}] {line}")

    yield step


def table(rows: Iterable[Sequence[str]], head: Sequence[str] | None = None) -> str:
    """Return rows in aligned columns, the last one as long as it is."""
    lines = [*([head] if head else []), *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]) - 1)] if lines else []
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[-1]]).rstrip()
        for line in lines
    )


def first_line(text: str | None) -> str:
    """Return the first line of a docstring."""
    return (text or "").strip().partition("\n")[0]
