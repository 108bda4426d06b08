"""From the options of a command to a run, and what came of it."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from spatialkit import _threads
from spatialkit.cli._console import DONE, FAILED, INTERRUPTED, fail, mention, progress, table, warn
from spatialkit.errors import ArgumentError

if TYPE_CHECKING:
    from spatialkit.adapters.base import Adapter
    from spatialkit.run import Outcome, Plan, Report

__all__ = ["carry_out", "finish", "make_plan", "parse_shard", "refuse_idle_root", "split"]


def make_plan(
    dataset: str,
    root: Path | None,
    *,
    tasks: str | None = None,
    formats: str | None = None,
    per_task: int = 10,
    scenes: str | None = None,
    seed: int = 0,
    rules: Path | None = None,
    writer: str = "spar",
) -> Plan:
    """Resolve names and patterns; whatever is unknown is refused here, before any work."""
    from spatialkit.adapters import adapters as known
    from spatialkit.rules import Rules
    from spatialkit.run import Plan, select
    from spatialkit.samples import FORMATS
    from spatialkit.tasks import groups, registry
    from spatialkit.writers import writers as known_writers

    adapter = known[dataset]
    refuse_idle_root(adapter, root)
    known_writers[writer]
    return Plan(
        dataset,
        root,
        tasks=select("task", split("tasks", tasks), list(registry), groups()),
        formats=None if formats is None else select("format", split("formats", formats), FORMATS),
        per_task=per_task,
        seed=seed,
        rules=Rules() if rules is None else Rules.from_toml(rules),
        writer=writer,
        scenes=select("scene", split("scenes", scenes), adapter.scenes(root)),
    )


def carry_out(plan: Plan, out: Path, *, workers: int | None, shard: tuple[int, int] | None = None) -> Report:
    """Run the plan with progress shown; Ctrl-C (or SIGTERM) says how to continue."""
    from spatialkit.run import run

    if hasattr(signal, "SIGTERM"):
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with ExitStack() as shown:
            steps: list[Callable[[str], None]] = []

            def begin(count: int) -> None:
                if count:
                    steps.append(shown.enter_context(progress("scenes", count)))

            def tell(outcome: Outcome) -> None:
                what = f"skipped: {outcome.error}" if outcome.error else f"{outcome.samples} questions"
                steps[0](f"{outcome.scene}: {what}")

            return run(plan, out, workers=workers or _threads.cpus(), shard=shard, begin=begin, tell=tell)
    except KeyboardInterrupt:
        fail(f"interrupted; nothing in {out} is half-written. The same command continues the run", INTERRUPTED)


def finish(plan: Plan, report: Report) -> int:
    """Print what a run made and what not; return the exit code."""
    from spatialkit.tasks import registry

    rows = []
    for task in plan.tasks:
        counts = report.counts.get(task, {})
        fell = {rule: n for rule, n in report.ledger.get(task, {}).items() if rule != "admitted"}
        worst = max(fell, key=lambda rule: fell[rule], default="")
        why = "" if counts or not worst else f"none: {worst} ({fell[worst]})"
        if not set(plan.formats or registry[task].formats) & set(registry[task].formats):
            why = f"none: has no {' or '.join(plan.formats or ())}, only {', '.join(registry[task].formats)}"
        rows.append((task, str(sum(counts.values())), why or ", ".join(f"{n} {form}" for form, n in counts.items())))
    typer.echo(table(rows, ("task", "questions", "")))
    for scene, reason in report.skipped.items():
        warn(f"skipped scene {scene}: {reason}")
    left_out = (f"{scene}: {name}: {why}" for scene, names in report.left_out.items() for name, why in names.items())
    mention("left out of scene ", left_out, f"; {report.out / 'manifest.json'} names them all")
    for note in report.notes:
        warn(f"note: {note}")
    scenes = len(plan.scenes) - len(report.skipped)
    if not report.complete:
        typer.echo(f"{report.samples} questions in this part; the same command without --shard puts the parts together")
        return FAILED if report.skipped else DONE
    typer.echo(f"{report.samples} questions about {scenes} of {len(plan.scenes)} scenes in {report.out}")
    return DONE if report.samples else FAILED


def split(option: str, text: str | None) -> list[str] | None:
    """Split a list that is written with commas."""
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise ArgumentError(f"--{option}", found=repr(text), expected="names, with commas between them")
    return parts


def refuse_idle_root(adapter: Adapter, root: Path | None) -> None:
    """Refuse a folder for an adapter whose scenes are made by code: it would be ignored."""
    if root is not None and not adapter.takes_root:
        raise ArgumentError("ROOT", found=root, expected=f"none: {adapter.name} needs no folder")


def parse_shard(text: str | None) -> tuple[int, int] | None:
    """Read "i/n"."""
    if text is None:
        return None
    part, _, parts = text.partition("/")
    if not (part.isdecimal() and parts.isdecimal()):
        raise ArgumentError("--shard", found=repr(text), expected="I/N, as 0/4")
    return int(part), int(parts)
