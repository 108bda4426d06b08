"""Runs: scenes times tasks into one output folder, by any number of processes, resumable.

Each scene is made on its own and ends as one shard in ``<out>/.shards``; when all are there, their rows are shuffled
into the final files. What a run writes depends on its plan alone: not on workers, order, interruptions or machine.
"""

from __future__ import annotations

import gc
import json
import shutil
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path, PurePosixPath, PureWindowsPath
from types import MappingProxyType
from typing import Any, TypedDict

from spatialkit import __version__
from spatialkit._workers import worker_pool
from spatialkit.adapters.base import Adapter, adapters
from spatialkit.errors import ArgumentError, DataError, OutputError, SpatialkitError, UnknownName
from spatialkit.observe import observe
from spatialkit.rules import Rules
from spatialkit.samples import FORMATS, Sample
from spatialkit.scene import Scene
from spatialkit.writers._files import PARTIAL, cannot_write, file_name, locked, make_folder, writing
from spatialkit.writers._spool import Spool, write_shard
from spatialkit.writers.base import Writer, writers

__all__ = ["Manifest", "Outcome", "Plan", "Report", "read_manifest", "run", "select", "settled"]

MANIFEST = "manifest.json"
SHARDS = ".shards"
LOCK = ".lock"
LONGEST = 200  # characters of a foreign error message


@dataclass(frozen=True)
class Plan:
    """What a run makes; two runs of equal plans write equal bytes.

    Parameters
    ----------
    dataset
        Name of an adapter, or an adapter.
    root
        The dataset's folder; None for scenes made by code.
    scenes
        Scene ids.
    tasks
        Task ids.
    formats
        Answer formats; None: all that each task has.
    per_task
        Samples of each task and format that each scene gives at most.
    seed
        Decides every draw and the order of the rows.
    rules
        What may be asked.
    writer
        Name of a writer, or a writer.
    """

    dataset: str | Adapter
    root: Path | None
    scenes: tuple[str, ...]
    tasks: tuple[str, ...]
    formats: tuple[str, ...] | None = None
    per_task: int = 10
    seed: int = 0
    rules: Rules = field(default_factory=Rules)
    writer: str | Writer = "spar"

    def __post_init__(self) -> None:
        if self.per_task < 1:
            raise ArgumentError("per_task", found=self.per_task, expected="at least 1")
        if not self.scenes or not self.tasks:
            raise ArgumentError(
                "scenes and tasks", found=f"{len(self.scenes)} and {len(self.tasks)}", expected="at least one of each"
            )
        for name in self.formats or ():
            if name not in FORMATS:
                raise UnknownName("format", name, FORMATS)

    @cached_property
    def the_adapter(self) -> Adapter:
        """The adapter itself."""
        return adapters[self.dataset] if isinstance(self.dataset, str) else self.dataset

    @cached_property
    def the_writer(self) -> Writer:
        """The writer itself."""
        return writers[self.writer] if isinstance(self.writer, str) else self.writer

    def describe(self) -> Settings:
        """Return the plan as plain JSON values, the program's version included."""
        return {
            "spatialkit": __version__,
            "dataset": self.the_adapter.name,
            "root": None if self.root is None else str(self.root.resolve()),
            "seed": self.seed,
            "per_task": self.per_task,
            "tasks": list(self.tasks),
            "formats": None if self.formats is None else list(self.formats),
            "writer": self.the_writer.name,
            "rules": self.rules.to_dict(),
            "scenes": list(self.scenes),
        }


class Settings(TypedDict):
    """A plan as plain JSON values, and the version of the program."""

    spatialkit: str
    dataset: str
    root: str | None
    seed: int
    per_task: int
    tasks: list[str]
    formats: list[str] | None
    writer: str
    rules: dict[str, Any]
    scenes: list[str]


class Manifest(TypedDict):
    """What lies in an output folder, as ``manifest.json`` says it; ``files`` are relative to the folder."""

    run: Settings
    complete: bool
    samples: int
    counts: dict[str, dict[str, int]]
    skipped: dict[str, str]
    left_out: dict[str, dict[str, str]]
    ledger: dict[str, dict[str, int]]
    notes: list[str]
    files: list[str]


@dataclass(frozen=True)
class Outcome:
    """What became of one scene: how many samples it gave, or why it was skipped."""

    scene: str
    samples: int = 0
    error: str = ""


@dataclass(frozen=True)
class Report:
    """What a run did.

    Parameters
    ----------
    out
        The output folder.
    complete
        False where other shards of the run (``shard``) have yet to be made and put together.
    counts
        Samples by task and format.
    skipped
        Scenes that failed, with the reason.
    left_out
        Frames and objects left out of scenes that did not fail: scene to name to reason.
    ledger
        Why candidates fell: task to rule to count.
    notes
        What to know before training on the files.
    """

    out: Path
    complete: bool
    counts: dict[str, dict[str, int]]
    skipped: dict[str, str]
    left_out: dict[str, dict[str, str]]
    ledger: dict[str, dict[str, int]]
    notes: list[str]

    @property
    def samples(self) -> int:
        """The number of samples."""
        return sum(sum(formats.values()) for formats in self.counts.values())


def select(
    kind: str,
    patterns: Iterable[str] | None,
    known: Sequence[str],
    groups: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> tuple[str, ...]:
    """Return the names that fit any of the patterns (``*`` and ``?`` as in a shell), in the order of ``known``.

    None stands for "all", which is a group of names, or every name where there is no such group.

    Raises
    ------
    UnknownName
        When a pattern fits nothing; suggests near names.
    """
    groups = {"all": ["*"], **groups}
    wanted = [p for pattern in patterns or ["all"] for p in groups.get(pattern, [pattern])]
    for pattern in wanted:
        if not any(fnmatchcase(name, pattern) for name in known):
            raise UnknownName(kind, pattern, known)
    return tuple(name for name in known if any(fnmatchcase(name, p) for p in wanted))


def run(
    plan: Plan,
    out: str | Path,
    *,
    workers: int = 1,
    shard: tuple[int, int] | None = None,
    begin: Callable[[int], None] = lambda count: None,
    tell: Callable[[Outcome], None] = lambda outcome: None,
) -> Report:
    """Make everything that the plan asks for in the folder ``out``, or what is still missing of it there.

    A scene that fails is skipped, by name, in the report; calling again tries it again.

    Parameters
    ----------
    plan
        What to make.
    out
        A new or empty folder, or that of an interrupted run of the same plan.
    workers
        Processes; 1 makes everything in this one.
    shard
        ``(i, n)``: only every n-th scene, from the i-th (0-based); to spread a run over machines that share ``out``. A
        call without ``shard`` then puts the parts together.
    begin
        Called with the number of scenes to make, once the folder is found to be fit.
    tell
        Called with each scene's outcome as it comes.

    Raises
    ------
    OutputError
        When ``out`` holds something else, another process works in it (other parts of the run may, while parts are
        made), or it cannot be written (disk full): nothing is left half-written.
    """
    out = Path(out)
    if workers < 1:
        raise ArgumentError("workers", found=workers, expected="at least 1")
    if shard is not None and not 0 <= shard[0] < shard[1]:
        raise ArgumentError("shard", found=f"{shard[0]}/{shard[1]}", expected="i/n with i from 0 to n - 1")
    with ExitStack() as locks:
        locks.enter_context(locked(out / LOCK, shared=shard is not None))
        if shard is not None:
            locks.enter_context(locked(out / f"{LOCK}-{shard[0]}-of-{shard[1]}"))
        return _run(plan, out, workers, shard, begin, tell)


def _run(
    plan: Plan,
    out: Path,
    workers: int,
    shard: tuple[int, int] | None,
    begin: Callable[[int], None],
    tell: Callable[[Outcome], None],
) -> Report:
    """Do what ``run`` says in a folder that is locked."""
    known = _claim(plan, out)
    missing = [name for name in known["files"] if not (out / name).exists()]
    if known["complete"] and not known["skipped"] and not missing:
        return _report(out, known)
    again = [f"made again, for it was gone: {name}" for name in missing]
    mine = plan.scenes if shard is None else plan.scenes[shard[0] :: shard[1]]
    todo = [scene for scene in mine if not _shard_path(out, scene).exists()]
    begin(len(todo))
    skipped: dict[str, str] = {}
    for outcome in _outcomes(plan, out, todo, workers):
        if outcome.error:
            skipped[outcome.scene] = outcome.error
        tell(outcome)
    shards = {scene: path for scene in mine if (path := _shard_path(out, scene)).exists()}
    if lost := [scene for scene in mine if scene not in shards and scene not in skipped]:
        raise OutputError(
            f"{out}: the samples of scene {lost[0]} (of {len(lost)}) are gone from {SHARDS}; does something else write "
            "there? Run the same command again"
        )
    spool = Spool(list(shards.values()))
    skipped = {scene: skipped[scene] for scene in mine if scene in skipped}
    if shard is not None:
        manifest = _manifest(plan, spool, skipped, files=[], complete=False)
    else:
        manifest = _put_together(plan, out, spool, skipped, known)
    report = _report(out, manifest)
    return replace(report, notes=report.notes + again)


def read_manifest(out: str | Path) -> Manifest:
    """Return the manifest of an output folder.

    Raises
    ------
    OutputError
        When the folder is not one that spatialkit wrote, or the manifest is damaged or from a version with other rules.
    """
    import msgspec

    path = Path(out) / MANIFEST
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
        Rules(**manifest["run"]["rules"])
        for name in manifest["files"]:
            if PureWindowsPath(name).anchor or PurePosixPath(name).anchor or ".." in PureWindowsPath(name).parts:
                raise ValueError(f"{name!r} is no file of the folder")
    except FileNotFoundError:
        raise OutputError(f"{out}: no {MANIFEST}; not a folder that spatialkit wrote") from None
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise OutputError(f"{path}: not a manifest of spatialkit ({type(error).__name__}: {error})") from None
    return manifest


def _claim(plan: Plan, out: Path) -> Manifest:
    """Make the folder ours, or find that it is; return the manifest that lies there."""
    with cannot_write(out):
        others = [path for path in out.iterdir() if not path.name.endswith(PARTIAL) and not path.name.startswith(LOCK)]
    if (out / MANIFEST).exists():
        known = read_manifest(out)
        if different := _differences(known["run"], plan.describe()):
            raise OutputError(f"{out}: holds another run ({'; '.join(different)}); choose another folder or delete it")
        return known
    if others:
        raise OutputError(f"{out}: not empty, and not a run of spatialkit; choose another folder")
    fresh = _manifest(plan, Spool([]), {}, files=[], complete=False)
    _write_manifest(out, fresh)
    return fresh


def _differences(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """Say in which settings two runs differ, a phrase each."""
    phrases = []
    for key in here:
        old, new = there.get(key), here[key]
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            phrases += [f"rule {p}" for p in _differences(old, new)]
        elif isinstance(old, list) and isinstance(new, list):
            some = [f"{s}{x}" for s, a, b in (("-", old, new), ("+", new, old)) for x in a if x not in b]
            phrases.append(
                f"{key}: {', '.join(some[:4])}{', …' if len(some) > 4 else ''}" if some else f"order of {key}"
            )
        else:
            phrases.append(f"{key} {old} there, {new} here")
    return phrases


def _shard_path(out: Path, scene: str) -> Path:
    return out / SHARDS / f"{file_name(scene)}.jsonl"


def _outcomes(plan: Plan, out: Path, scenes: Sequence[str], workers: int) -> Iterator[Outcome]:
    """Make the scenes and yield what became of each, in the order in which they end."""
    if workers == 1 or len(scenes) < 2:
        yield from (_make_scene(plan, out, scene) for scene in scenes)
        return
    with worker_pool(min(workers, len(scenes))) as pool:
        try:
            futures: list[Future[Outcome]] = [pool.submit(_make_scene, plan, out, scene) for scene in scenes]
            for future in as_completed(futures):
                yield future.result()
        except (BrokenProcessPool, OSError):  # a pool that breaks while it is filled shuts its own pipe
            if not pool._broken:
                raise
            raise SpatialkitError(
                f"{out}: a worker process was killed (out of memory?); run the same command again to continue, "
                "with fewer workers"
            ) from None


@contextmanager
def settled() -> Iterator[None]:
    """Let the garbage collector pass over all that is there by now: it would look through it again and again."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _make_scene(plan: Plan, out: Path, scene_id: str) -> Outcome:
    """Make one scene's images and its shard; whatever is wrong with the scene becomes its outcome."""
    from spatialkit.generate import Ledger, generate

    try:
        scene = plan.the_adapter.load(plan.root, scene_id)
        ledger = Ledger()
        observe(scene)
        with settled():
            samples = list(
                generate(
                    list(plan.tasks),
                    scene,
                    seed=plan.seed,
                    per_task=plan.per_task,
                    formats=plan.formats,
                    rules=plan.rules,
                    ledger=ledger,
                )
            )
        samples, records, unreadable = _write_scene(plan.the_writer, samples, out, scene)
        write_shard(
            _shard_path(out, scene_id),
            samples,
            records,
            scene=scene_id,
            dataset=scene.dataset,
            seed=plan.seed,
            ledger=ledger.rows(),
            notes={
                **scene.skipped,
                **{f"frame {name}": why for name, why in {**observe(scene).skipped, **unreadable}.items()},
            },
        )
    except OutputError:
        raise
    except SpatialkitError as error:
        return Outcome(scene_id, error=str(error))
    except Exception as error:
        return Outcome(scene_id, error=_describe(error))
    return Outcome(scene_id, samples=len(samples))


def _describe(error: Exception) -> str:
    """Return one line on an error that nobody foresaw, with the place where it arose."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    first = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {first[:LONGEST]} ({Path(place.filename).name}, line {place.lineno})"


def _write_scene(
    writer: Writer, samples: list[Sample], out: Path, scene: Scene
) -> tuple[list[Sample], list[Any], dict[str, str]]:
    """Write a scene, without the samples that show a frame whose image cannot be read; return those frames too."""
    try:
        return samples, writer.write_scene(samples, out, scene), {}
    except DataError:
        unreadable = _unreadable(samples, scene)
        if not unreadable:
            raise
    rest = [sample for sample in samples if not any(ref.frame in unreadable for ref in sample.images)]
    return rest, writer.write_scene(rest, out, scene), unreadable


def _unreadable(samples: list[Sample], scene: Scene) -> dict[str, str]:
    """Return the frames shown whose image or depth cannot be read, with the reason."""
    reasons = {}
    for name in dict.fromkeys(ref.frame for sample in samples for ref in sample.images):
        frame = scene.frames[scene.frame_index[name]]
        try:
            frame.load_image()
            if frame.depth is not None:
                frame.load_depth()
        except DataError as error:
            reasons[name] = str(error).removeprefix(f"frame {name}: ")
    return reasons


def _put_together(plan: Plan, out: Path, spool: Spool, skipped: dict[str, str], known: Manifest) -> Manifest:
    """Write the final files of all scenes and the manifest; return the manifest."""
    make_folder(out)
    files = [path.as_posix() for path in plan.the_writer.write_rows(spool, out)]
    manifest = _manifest(plan, spool, skipped, files=files, complete=True)
    _write_manifest(out, manifest)
    for stale in set(known["files"]) - set(files):
        (out / stale).unlink(missing_ok=True)
    if not skipped:  # else the shards stay, for the next call may add the scenes that failed
        shutil.rmtree(out / SHARDS, ignore_errors=True)
    return manifest


def _manifest(plan: Plan, spool: Spool, skipped: dict[str, str], *, files: list[str], complete: bool) -> Manifest:
    counts: dict[str, dict[str, int]] = {}
    for group, count in spool.groups().items():
        formats = counts.setdefault(group.task, {})
        formats[group.format] = formats.get(group.format, 0) + count
    ledger: Counter[tuple[str, str]] = Counter()
    for header in spool.headers:
        ledger.update({(task, rule): count for task, rule, count in header.ledger})
    fallen: dict[str, dict[str, int]] = {}
    for (task, rule), count in sorted(ledger.items()):
        fallen.setdefault(task, {})[rule] = count
    return {
        "run": plan.describe(),
        "complete": complete,
        "samples": sum(spool.groups().values()),
        "counts": counts,
        "skipped": skipped,
        "left_out": {header.scene: header.notes for header in spool.headers if header.notes},
        "ledger": fallen,
        "notes": plan.the_writer.remarks(spool),
        "files": files,
    }


def _write_manifest(out: Path, manifest: Manifest) -> None:
    with writing(out / MANIFEST, shared=True) as file:
        file.write(json.dumps(manifest, indent=2, ensure_ascii=False).encode() + b"\n")


def _report(out: Path, manifest: Manifest) -> Report:
    return Report(
        out,
        complete=manifest["complete"],
        counts=manifest["counts"],
        skipped=manifest["skipped"],
        left_out=manifest["left_out"],
        ledger=manifest["ledger"],
        notes=manifest["notes"],
    )
