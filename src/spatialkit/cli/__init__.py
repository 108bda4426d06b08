"""The command line: ``spatialkit COMMAND …``. Exit codes: 0 done, 1 the work failed, 2 bad use, 130 interrupted."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, ParamSpec

import typer

from spatialkit.cli._console import BAD_USE, DONE, FAILED, INTERRUPTED, fail, first_line, mention, progress, table, warn
from spatialkit.cli._pages import draw_pictures, some_questions, the_writer_of, write_page
from spatialkit.cli._runs import carry_out, finish, make_plan, parse_shard, refuse_idle_root, split
from spatialkit.cli._tasks import answer_name, describe_role, describe_views, examples_of
from spatialkit.errors import ArgumentError, SpatialkitError, UnknownName

__all__ = ["app", "main"]


app = typer.Typer(
    name="spatialkit",
    help="Spatial questions with provably right answers from 3D-annotated scenes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

P = ParamSpec("P")


def command(example: str) -> Callable[[Callable[P, int]], Callable[P, None]]:
    """Make a command of a function that returns an exit code; what goes wrong becomes one line on stderr."""

    def decorate(function: Callable[P, int]) -> Callable[P, None]:
        @app.command(epilog=f"Example: {example}")
        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> None:
            try:
                code = function(*args, **kwargs)
            except SpatialkitError as error:
                fail(str(error), BAD_USE if isinstance(error, UnknownName | ArgumentError) else FAILED)
            except KeyboardInterrupt:
                fail("interrupted", INTERRUPTED)
            if code:
                raise typer.Exit(code)

        return run

    return decorate


def main() -> None:
    """Run the command that the program's arguments name, and exit."""
    app()


def show_version(wanted: bool) -> None:
    """Print the version and exit."""
    if wanted:
        from spatialkit import __version__

        typer.echo(f"spatialkit {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Spatial questions with provably right answers from 3D-annotated scenes."""


Dataset = Annotated[
    str, typer.Argument(metavar="DATASET", help="What reads the scenes; `spatialkit adapters` lists them.")
]
Root = Annotated[Path | None, typer.Argument(metavar="[ROOT]", help="The dataset's folder; `toy` needs none.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A folder that `generate` or `demo` wrote.")]
Scenes = Annotated[
    str | None,
    typer.Option("--scenes", metavar="IDS", help="Scenes, with commas; * and ? as in a shell.", show_default="all"),
]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, metavar="N", help="Processes.", show_default="one for each core")
]


@command("spatialkit demo --out demo")
def demo(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Where everything goes.")] = Path("demo"),
    per_task: Annotated[int, typer.Option(min=1, metavar="N", help="Facts of each task.")] = 3,
    seed: Annotated[int, typer.Option(help="Another seed, other questions.")] = 0,
    workers: Workers = None,
) -> int:
    """Make questions about the built-in furnished flat: data, drawn pictures, a gallery."""
    from spatialkit.adapters import adapters as known

    plan = make_plan("toy", None, per_task=per_task, seed=seed, scenes=known["toy"].scenes(None)[0])
    report = carry_out(plan, out, workers=workers)
    if not report.samples:
        return finish(plan, report)
    pictures = draw_pictures(out, plan.the_writer)
    page = write_page(out, plan.the_writer, limit=600)
    finish(plan, report)
    for sample in some_questions(out, plan.the_writer, 3):
        typer.echo(f"\n{sample.question}\n  -> {sample.answer}")
    typer.echo(f"\nPictures: {pictures}\nGallery:  {page}")
    return DONE


@command("spatialkit tasks depth_prediction_oc")
def tasks(
    task: Annotated[str | None, typer.Argument(metavar="[ID]", help="One task, with its wordings.")] = None,
) -> int:
    """List what can be asked, or show one task."""
    from spatialkit.tasks import registry

    if task is None:
        rows = [
            (v.id, v.task.level, describe_views(v.views), answer_name(v), ", ".join(v.formats))
            for v in registry.values()
        ]
        typer.echo(table(rows, ("id", "level", "shows", "answer", "formats")))
        return DONE
    variant = registry[task]
    facts = [
        ("id", variant.id),
        ("about", first_line(type(variant.task).__doc__)),
        ("level", variant.task.level),
        ("shows", describe_views(variant.views)),
        ("roles", ", ".join(f"{name} ({describe_role(role)})" for name, role in variant.roles.items()) or "none"),
        ("answer", f"{answer_name(variant)}: {first_line(type(variant.task.answer).__doc__)}"),
        ("formats", ", ".join(variant.formats)),
        ("wordings", f"{len(variant.task.questions)} questions, {len(variant.task.statements)} sentences"),
    ]
    typer.echo(table(facts))
    for sample in examples_of(variant):
        typer.echo(f"\n[{sample.format}]  {sample.question}\n  -> {sample.answer}")
    return DONE


@command("spatialkit adapters")
def adapters() -> int:
    """List the datasets that can be read."""
    from spatialkit.adapters import adapters as known

    typer.echo(table([(name, known[name].summary) for name in known], ("dataset", "reads")))
    return DONE


@command("spatialkit writers")
def writers() -> int:
    """List the formats that can be written."""
    from spatialkit.writers import writers as known

    typer.echo(table([(name, known[name].summary) for name in known], ("writer", "writes")))
    return DONE


@command("spatialkit check scannet /data/scannet --scenes scene0000_00")
def check(dataset: Dataset, root: Root = None, scenes: Scenes = None) -> int:
    """Say what is there, what is missing and what that disables; test that the geometry agrees with itself."""
    from spatialkit.adapters import adapters as known
    from spatialkit.run import select

    adapter = known[dataset]
    refuse_idle_root(adapter, root)
    ids = None if scenes is None else select("scene", split("scenes", scenes), adapter.scenes(root))
    counts = {"ok": 0, "warning": 0, "error": 0}
    colours = {"ok": typer.colors.GREEN, "warning": typer.colors.YELLOW, "error": typer.colors.RED}
    for finding in adapter.check(root, ids):
        counts[finding.severity] += 1
        label = typer.style(f"{finding.severity:8}", fg=colours[finding.severity])
        typer.echo(f"{label} {finding.where}: {finding.message}")
    typer.echo(f"{counts['error']} errors, {counts['warning']} warnings, {counts['ok']} ok")
    return FAILED if counts["error"] else DONE


@command("spatialkit generate scannet /data/scannet --out questions --tasks 'depth_*' --per-task 20")
def generate(
    dataset: Dataset,
    root: Root = None,
    *,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="A new folder, or that of a run to continue.")
    ],
    tasks: Annotated[
        str | None,
        typer.Option(metavar="IDS", help="Task ids, with commas; * and ? as in a shell.", show_default="all"),
    ] = None,
    formats: Annotated[
        str | None,
        typer.Option(metavar="NAMES", help="fill, select, sentence, judge.", show_default="all that a task has"),
    ] = None,
    per_task: Annotated[int, typer.Option(min=1, metavar="N", help="Facts of each task in each scene, at most.")] = 10,
    scenes: Scenes = None,
    seed: Annotated[int, typer.Option(help="Decides every draw.")] = 0,
    rules: Annotated[Path | None, typer.Option(metavar="FILE", help="TOML file with other thresholds.")] = None,
    workers: Workers = None,
    shard: Annotated[
        str | None,
        typer.Option(
            metavar="I/N", help="Make only part I of N (I from 0); a last call without this puts them together."
        ),
    ] = None,
    writer: Annotated[str, typer.Option(metavar="NAME", help="`spatialkit writers` lists them.")] = "spar",
) -> int:
    """Make questions about the scenes of a dataset. Killed or interrupted, the same command continues."""
    plan = make_plan(dataset, root, tasks=tasks, formats=formats, per_task=per_task, scenes=scenes, seed=seed,
                     rules=rules, writer=writer)  # fmt: skip
    return finish(plan, carry_out(plan, out, workers=workers, shard=parse_shard(shard)))


@command("spatialkit view questions --limit 100")
def view(
    folder: Folder,
    limit: Annotated[
        int, typer.Option(min=1, metavar="N", help="Questions shown, spread over tasks and formats.")
    ] = 600,
    show: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
) -> int:
    """Write an offline gallery of a folder's questions: DIR/gallery/index.html."""
    page = write_page(folder, the_writer_of(folder), limit=limit)
    typer.echo(f"Gallery: {page}")
    if show:
        typer.launch(page.resolve().as_uri())
    return DONE


@command("spatialkit verify questions")
def verify(
    folder: Folder,
    root: Annotated[
        Path | None, typer.Argument(metavar="[ROOT]", help="The dataset's folder, if it has moved.")
    ] = None,
) -> int:
    """Work every answer out again from the scenes, by code that shares no formula with the tasks.

    The files to train on, images included, must say what was checked. Exit code 0: all was checked, all is right.
    """
    from spatialkit.adapters import adapters as known
    from spatialkit.adapters import load_scene
    from spatialkit.rules import Rules
    from spatialkit.run import read_manifest
    from spatialkit.verify import verify as verify_samples

    manifest = read_manifest(folder)
    made, writer = manifest["run"], the_writer_of(folder)
    refuse_idle_root(known[made["dataset"]], root)
    root = root if root is not None or made["root"] is None else Path(made["root"])
    rules = Rules(**made["rules"])
    counts: dict[str, list[int]] = {}
    with progress("scenes", len(made["scenes"])) as step:
        for scene_id, samples in writer.read_by_scene(folder):
            report = verify_samples(samples, load_scene(made["dataset"], root, scene_id), rules=rules)
            for failure in report.failures:
                warn(f"wrong: {failure}")
            for task, count in report.by_task.items():
                sums = counts.setdefault(task, [0, 0, 0])
                sums[:] = sums[0] + count.passed, sums[1] + count.failed, sums[2] + count.unchecked
            step(f"{scene_id}: {len(samples)} questions")
    right, wrong, unchecked = (sum(sums[i] for sums in counts.values()) for i in range(3))
    total = right + wrong + unchecked
    differ = mention("differs: ", writer.check(folder))
    if total != manifest["samples"]:
        differ += mention("differs: ", [f"{folder}: {total} questions, {manifest['samples']} in its manifest"])
    head = ("task", "right", "wrong", "not checked")
    typer.echo(table([(task, *map(str, sums)) for task, sums in sorted(counts.items())], head))
    share = f"{100 * right / (right + wrong):.4g} %" if right + wrong else "none"
    files = f"files differ from what was checked in {differ} places" if differ else "the files say what was checked"
    typer.echo(f"{right + wrong} answers worked out again: {share} right; {unchecked} not checked; {files}")
    return DONE if right and not wrong and not unchecked and not differ else FAILED


@command("spatialkit audit questions")
def audit(
    folder: Folder,
    limit: Annotated[
        float, typer.Option(metavar="POINTS", help="What may be right without looking, percentage points above chance.")
    ] = 3.0,
    text: Annotated[bool, typer.Option(help="Let small models read the questions (scikit-learn).")] = True,
    names: Annotated[bool, typer.Option(help="Let them read what things are called.")] = True,
    seed: Annotated[int, typer.Option(help="Decides which scenes are learnt from and which are held out.")] = 0,
) -> int:
    """Look for shortcuts: how much can be answered without an image? Details go to DIR/audit.json.

    Exit code 0: no task is surely beyond the limit; 1: some are.
    """
    import json

    from spatialkit.audit import audit as audit_samples
    from spatialkit.writers._files import writing

    report = audit_samples(the_writer_of(folder).read(folder), limit=limit, seed=seed, text=text, names=names)
    with writing(folder / "audit.json") as file:
        file.write(json.dumps(report.to_dict(), indent=1, ensure_ascii=False).encode() + b"\n")
    rows = []
    for row in report.rows:
        above, low, high = row.above
        figures = (str(row.samples), f"{100 * row.chance:.0f} %", f"{above:+.1f}", f"{low:+.1f} to {high:+.1f}")
        rows.append((row.task, row.format, *figures, row.verdict, str(row.best)))
    typer.echo(table(rows, ("task", "format", "samples", "chance", "above", "surely", "verdict", "by")))
    beyond = [row for row in report.rows if row.verdict == "beyond"]
    for row in beyond:
        for clue in row.clues:
            warn(f"{row.task} {row.format}: {clue}")
    typer.echo(
        f"{len(beyond)} of {len(rows)} beyond {limit:g} points above chance, "
        f"{sum(row.verdict == 'too few' for row in report.rows)} with too few samples to tell"
        f"{'' if text else '; no model has read the questions'}"
    )
    return DONE if report.ok else FAILED
