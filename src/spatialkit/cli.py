"""The command line: ``spatialkit COMMAND …``. Exit codes: 0 done, 1 the work failed, 2 bad use, 130 interrupted."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, ParamSpec

import typer

from spatialkit.errors import ArgumentError, OutputError, SpatialkitError, UnknownName

if TYPE_CHECKING:
    from PIL import Image

    from spatialkit.adapters.base import Adapter
    from spatialkit.run import Outcome, Plan, Report
    from spatialkit.samples import Sample
    from spatialkit.writers import Writer

__all__ = ["app", "main"]

GALLERY, PICTURES = "gallery", "pictures"
EXAMPLE = {"frames": 64, "width": 320, "height": 240}  # how the built-in flat is rendered for an example
MOST_SIDE_BY_SIDE = 10  # images of one sample in one picture
MENTIONED = 10  # things left out that are named on the terminal
DONE, FAILED, BAD_USE, INTERRUPTED = 0, 1, 2, 130

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


def fail(message: str, code: int) -> NoReturn:
    """Print one line on stderr and exit."""
    warn(f"spatialkit: {' '.join(message.split())}")
    raise typer.Exit(code)


def warn(line: str) -> None:
    """Print a line on stderr."""
    typer.echo(line, err=True)


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

            return run(plan, out, workers=workers or usable_cores(), shard=shard, begin=begin, tell=tell)
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


def write_page(folder: Path, writer: Writer, *, limit: int) -> Path:
    """Write the gallery of a folder; return its page."""
    from PIL import Image

    from spatialkit.gallery import write_gallery
    from spatialkit.run import read_manifest

    manifest = read_manifest(folder)
    groups = sum(len(formats) for formats in manifest.get("counts", {}).values())
    if not groups:
        raise OutputError(f"{folder}: has no questions yet; run `spatialkit generate` to its end first")

    def load(sample: Sample, index: int) -> Image.Image:
        from spatialkit.errors import DataError

        path = folder / writer.image_path(sample, index)
        try:
            with Image.open(path) as image:
                return image.convert("RGB")
        except OSError as error:
            raise DataError(path, "image", found=f"unreadable ({error})", expected="a JPEG file") from None

    made = manifest["run"]
    each = max(1, limit // groups)
    found = sum(min(each, n) for formats in manifest["counts"].values() for n in formats.values())
    shown = min(limit, found)
    with progress("questions", shown, lines=False) as step:

        def samples() -> Iterator[Sample]:
            for i, sample in enumerate(writer.read(folder, each=each)):
                if (i + 1) * shown // found > i * shown // found:  # evenly, where there are more groups than the limit
                    yield sample
                    step("")

        shown_of = f"{shown} of " if shown < manifest["samples"] else ""
        scenes = f"{len(made['scenes'])} scene{'' if len(made['scenes']) == 1 else 's'}"
        note = f"{shown_of}{manifest['samples']} questions about {scenes} of {made['dataset']}, seed {made['seed']}"
        write_gallery(samples(), folder / GALLERY, load, title=f"Questions in {folder.resolve().name}", note=note)
    return folder / GALLERY / "index.html"


def draw_pictures(folder: Path, writer: Writer) -> Path:
    """Write one picture for each task, its images side by side with the marks drawn; return their folder."""
    from PIL import Image

    from spatialkit.draw import draw_marks
    from spatialkit.writers._files import writing

    seen: set[str] = set()
    for sample in writer.read(folder, each=1):
        if sample.task in seen:
            continue
        seen.add(sample.task)
        images = []
        for index in pictured(sample):
            with Image.open(folder / writer.image_path(sample, index)) as image:
                images.append(draw_marks(image, [m for m in sample.marks if m.image == index]))
        with writing(folder / PICTURES / f"{sample.task}.png") as file:
            side_by_side(images).save(file, "PNG")
    return folder / PICTURES


def pictured(sample: Sample) -> list[int]:
    """Return which images stand for a sample: of a video those that carry marks, or a few where none does."""
    count = len(sample.images)
    if count <= MOST_SIDE_BY_SIDE:
        return list(range(count))
    return sorted({mark.image for mark in sample.marks}) or list(range(0, count, count // MOST_SIDE_BY_SIDE + 1))


def side_by_side(images: Sequence[Image.Image]) -> Image.Image:
    """Return images in a row, as high as the highest."""
    from PIL import Image

    gap = 8
    row = Image.new("RGB", (sum(i.width + gap for i in images) - gap, max(i.height for i in images)), "white")
    x = 0
    for image in images:
        row.paste(image, (x, 0))
        x += image.width + gap
    return row


def some_questions(folder: Path, writer: Writer, count: int) -> list[Sample]:
    """Return the first question of a few tasks that differ in kind."""
    firsts: dict[str, Sample] = {}
    for sample in writer.read(folder, each=1):
        firsts.setdefault(sample.task.split("_")[0], sample)
    return list(firsts.values())[:count]


def the_writer_of(folder: Path) -> Writer:
    """Return the writer that wrote a folder, as its manifest says."""
    from spatialkit.run import read_manifest
    from spatialkit.writers import writers as known

    return known[read_manifest(folder)["run"]["writer"]]


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


def usable_cores() -> int:
    """Return on how many cores this process may run."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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


def table(rows: Iterable[Sequence[str]], head: Sequence[str] | None = None) -> str:
    """Return rows in aligned columns, the last one as long as it is."""
    lines = [*([head] if head else []), *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]) - 1)] if lines else []
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[-1]]).rstrip()
        for line in lines
    )


def describe_views(views: Any) -> str:
    """Say how many images a variant shows."""
    from spatialkit.rules import Rules

    count = views.images(Rules())
    return f"{count} {'frame' if views.kind == 'video' else 'image'}{'' if count == 1 else 's'}"


def describe_role(role: Any) -> str:
    """Say what fills a role."""
    if role.kind == "camera":
        return "the observer" if not role.image else f"the camera of image {role.image + 1}"
    if role.kind == "word":
        return " or ".join(word for word, _ in role.words)
    what = {
        "named": "an object, by its name",
        "category": "all objects of one name",
        "room": "the floor",
        "route": "a walk",
    }
    text = f", {role.text!r} beside it" if role.text else ""
    return what.get(role.kind) or f"{' or '.join(role.colours)} {role.kind}{text}"


def examples_of(variant: Any) -> list[Sample]:
    """Return one fact about the built-in flat, in each format of a task."""
    from spatialkit.adapters import load_scene
    from spatialkit.generate import generate

    scene = load_scene("toy", None, "flat-0", **EXAMPLE)
    made = list(generate(variant.id, scene, per_task=8))
    facts: dict[str, list[Sample]] = {}
    for sample in made:
        facts.setdefault(sample.id.rpartition("-")[0], []).append(sample)
    return max(facts.values(), key=len, default=[])


def answer_name(variant: Any) -> str:
    """Say what kind of answer a variant has."""
    return type(variant.task.answer).__name__.lower()


def first_line(text: str | None) -> str:
    """Return the first line of a docstring."""
    return (text or "").strip().partition("\n")[0]
