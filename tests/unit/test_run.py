"""Runs: equal bytes however they are made, resumable, and honest about what failed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spatialkit.adapters.base import Adapter
from spatialkit.errors import ArgumentError, DataError, OutputError, SpatialkitError, UnknownName
from spatialkit.geometry import rasterize
from spatialkit.rules import Rules
from spatialkit.run import Outcome, Plan, Report, read_manifest, run, select
from spatialkit.scene import Camera, Frame, OrientedBox, Scene, SceneObject
from spatialkit.surfaces import Surface
from spatialkit.writers import read

SCENES = ("a", "b", "c", "d")
TASKS = ("depth_prediction_oc", "obj_spatial_relation_oo")
CAMERA = Camera(90.0, 90.0, 79.5, 59.5, 160, 120)
CUBE = np.array([[0, 1, 3], [0, 3, 2], [4, 5, 7], [4, 7, 6], [0, 1, 5], [0, 5, 4], [2, 3, 7], [2, 7, 6], [0, 2, 6],
                 [0, 6, 4], [1, 3, 7], [1, 7, 5]])  # fmt: skip


def tiny_scene(scene_id: str) -> Scene:
    """A dozen cubes on a floor, seen from four places."""
    rng = np.random.default_rng(ord(scene_id))
    grid = [(x, y) for x in (-1.5, -0.5, 0.5, 1.5) for y in (1.2, 2.4, 3.6)]
    objects = [
        SceneObject(i, f"thing {i}", OrientedBox((x + rng.uniform(-0.2, 0.2), y, 0.2), rng.uniform(0.2, 0.4, 3)))
        for i, (x, y) in enumerate(grid)
    ]
    floor = np.array([[-9, -9, 0], [9, -9, 0], [9, 9, 0], [-9, 9, 0]], float)
    surface = Surface(
        np.concatenate([floor, *(o.box.corners for o in objects)]),
        np.concatenate([[[0, 1, 2], [0, 2, 3]], *(CUBE + 4 + 8 * i for i in range(len(objects)))]),
        np.concatenate([[-1, -1], np.repeat(np.arange(len(objects)), 12)]),
    )
    frames = []
    for i, x in enumerate((-0.9, -0.3, 0.3, 0.9)):
        pose = np.array([[1, 0, 0, x], [0, -0.5, 0.866025403784, -1.5], [0, -0.866025403784, -0.5, 2.2], [0, 0, 0, 1]])
        depth, ids = rasterize(surface, CAMERA, pose)
        image = np.repeat((40 * (ids % 5) + 50).astype(np.uint8)[:, :, None], 3, axis=2)
        frames.append(Frame(str(10 * i), CAMERA, pose, image=image, depth=depth))
    return Scene(scene_id, "tiny", tuple(frames), tuple(objects), surface, skipped={"frame 99": "no pose"})


class Tiny(Adapter):
    """Not registered, for the class has no name. A file in ``traps`` that is named like a scene springs on loading."""

    def __init__(self, traps: Path | None = None) -> None:
        self.name = "tiny"  # type: ignore[misc]
        self.traps = traps

    def scenes(self, root: Path | None) -> list[str]:
        return list(SCENES)

    def load(self, root: Path | None, scene_id: str) -> Scene:
        spring = self.traps / scene_id if self.traps else None
        if spring is not None and spring.exists():
            what = spring.read_text()
            if what == "data":
                raise DataError("pose.txt", "row 1", found="-inf", expected="finite numbers")
            if what == "bug":
                raise ZeroDivisionError("division by zero")
            spring.unlink()
            signal.raise_signal(getattr(signal, what))
        return tiny_scene(scene_id)


@pytest.fixture
def traps(tmp_path: Path) -> Path:
    folder = tmp_path / "traps"
    folder.mkdir()
    return folder


def plan(traps: Path | None = None, **changes: Any) -> Plan:
    settings = {"dataset": Tiny(traps), "root": None, "scenes": SCENES, "tasks": TASKS, "per_task": 3}
    return Plan(**(settings | changes))


def contents(out: Path) -> dict[str, str]:
    """Digest of every file by its path."""
    files = sorted(p for p in out.rglob("*") if p.is_file())
    return {p.relative_to(out).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], Report]:
    """What an undisturbed run in one process writes."""
    out = tmp_path_factory.mktemp("reference") / "out"
    report = run(plan(), out)
    return contents(out), report


def nothing_half_written(out: Path) -> bool:
    lines = [line for path in out.rglob("*.jsonl") for line in path.read_text(encoding="utf-8").splitlines()]
    return not list(out.rglob("*.part")) and all(json.loads(line) for line in lines)


def test_a_run_writes_what_it_reports(reference: tuple[dict[str, str], Report]) -> None:
    files, report = reference
    assert report.complete
    assert report.skipped == {}
    assert report.left_out == {scene: {"frame 99": "no pose"} for scene in SCENES}
    assert set(report.counts) == set(TASKS)
    assert report.counts["depth_prediction_oc"] == {"fill": 12, "sentence": 12}  # too few for options that are fair
    assert report.samples == sum(n for formats in report.counts.values() for n in formats.values())
    assert report.ledger["depth_prediction_oc"]["admitted"] >= 12
    manifest = read_manifest(report.out)
    assert manifest["run"] == plan().describe()
    assert manifest["run"]["rules"] == Rules().to_dict()
    assert manifest["samples"] == report.samples == len(list(read(report.out)))
    assert set(manifest["files"]) <= set(files)
    assert not [name for name in files if name.startswith(".")]


@pytest.mark.parametrize("workers", [2, 3])
def test_workers_do_not_change_a_byte(workers: int, reference: tuple[dict[str, str], Report], tmp_path: Path) -> None:
    told: list[Outcome] = []
    run(plan(), tmp_path / "out", workers=workers, tell=told.append)
    assert contents(tmp_path / "out") == reference[0]
    assert sorted(outcome.scene for outcome in told) == list(SCENES)


def test_another_seed_changes_the_samples(reference: tuple[dict[str, str], Report], tmp_path: Path) -> None:
    run(plan(seed=1), tmp_path / "out")
    other = contents(tmp_path / "out")
    rows = [name for name in other if name.endswith(".jsonl")]
    assert all(other[name] != reference[0].get(name) for name in rows)


def test_a_finished_run_is_not_made_again(tmp_path: Path) -> None:
    first = run(plan(), tmp_path / "out")
    told: list[Outcome] = []
    assert run(plan(), tmp_path / "out", tell=told.append) == first
    assert told == []


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_leaves_nothing_half_written_and_the_next_call_goes_on(
    workers: int,
    reference: tuple[dict[str, str], Report],
    traps: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    out = tmp_path / "out"
    # A shell starts what runs in the background with Ctrl-C switched off.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))

    def interrupt(outcome: Outcome) -> None:
        if outcome.scene == "b":
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run(plan(), out, workers=workers, tell=interrupt)
    assert nothing_half_written(out)
    assert (out / ".shards/b.jsonl").exists()
    assert not (out / "provenance").exists()
    told: list[Outcome] = []
    run(plan(), out, tell=told.append)
    assert "b" not in [outcome.scene for outcome in told]
    assert contents(out) == reference[0]


KILLED = """
import sys
from pathlib import Path
from tests.unit.test_run import plan, run
if __name__ == "__main__":
    run(plan(Path(sys.argv[1])), sys.argv[2], workers=int(sys.argv[3]))
"""


def test_a_killed_run_goes_on_with_the_scenes_that_are_missing(
    reference: tuple[dict[str, str], Report], traps: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (traps / "c").write_text("SIGKILL")
    done = subprocess.run([sys.executable, "-c", KILLED, str(traps), str(out), "1"], check=False)
    assert done.returncode == -signal.SIGKILL
    assert sorted(p.name for p in (out / ".shards").iterdir()) == ["a.jsonl", "b.jsonl"]
    told: list[Outcome] = []
    run(plan(), out, tell=told.append)
    assert [outcome.scene for outcome in told] == ["c", "d"]
    assert contents(out) == reference[0]


def test_a_killed_worker_is_one_clear_error_and_the_next_call_goes_on(
    reference: tuple[dict[str, str], Report], traps: Path, tmp_path: Path
) -> None:
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    (traps / "a").write_text("SIGKILL")
    done = subprocess.run(
        [sys.executable, str(script), str(traps), str(tmp_path / "out"), "2"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "a worker process was killed" in done.stderr.splitlines()[-1], done.stderr
    run(plan(), tmp_path / "out", workers=2)
    assert contents(tmp_path / "out") == reference[0]


def test_a_worker_that_is_killed_while_scenes_are_handed_out_is_the_same_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def submit(pool: ProcessPoolExecutor, *work: object) -> None:
        pool._broken = "a process ended"
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr(ProcessPoolExecutor, "submit", submit)
    with pytest.raises(SpatialkitError, match="a worker process was killed"):
        run(plan(), tmp_path / "out", workers=2)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_scene_that_fails_is_skipped_by_name_and_made_later(
    workers: int, reference: tuple[dict[str, str], Report], traps: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (traps / "b").write_text("data")
    (traps / "d").write_text("bug")
    report = run(plan(traps), out, workers=workers)
    assert list(report.skipped) == ["b", "d"]
    assert report.skipped["b"] == "pose.txt: row 1: found -inf, expected finite numbers"
    assert report.skipped["d"].startswith("ZeroDivisionError: division by zero (test_run.py, line ")
    assert report.counts["depth_prediction_oc"]["fill"] == 6
    assert len(list(read(out))) == report.samples
    for trap in traps.iterdir():
        trap.unlink()
    told: list[Outcome] = []
    assert run(plan(traps), out, workers=workers, tell=told.append).skipped == {}
    assert sorted(outcome.scene for outcome in told) == ["b", "d"]
    assert contents(out) == reference[0]


def test_parts_made_apart_are_put_together(reference: tuple[dict[str, str], Report], tmp_path: Path) -> None:
    out = tmp_path / "out"
    parts = [run(plan(), out, shard=(i, 3)) for i in (2, 0, 1)]
    assert not any(part.complete for part in parts)
    assert [part.counts["depth_prediction_oc"]["fill"] for part in parts] == [3, 6, 3]
    assert not (out / "provenance").exists()
    told: list[Outcome] = []
    assert run(plan(), out, tell=told.append).complete
    assert told == []
    assert contents(out) == reference[0]


HOLDS = """
import sys
from pathlib import Path
from spatialkit.writers._files import locked
with locked(Path(sys.argv[1]) / ".lock", shared=len(sys.argv) > 2):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holding(out: Path, *options: str) -> Iterator[None]:
    """Have another process hold the lock of a folder; it ends by SIGKILL, as with no time to tidy up."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(out), *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield
        process.kill()


def test_two_processes_do_not_write_one_folder_and_a_killed_one_does_not_block(
    reference: tuple[dict[str, str], Report], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with holding(out):
        for options in ({}, {"shard": (0, 2)}):
            with pytest.raises(OutputError, match="out: another process is writing there"):
                run(plan(), out, **options)
    assert (out / ".lock").exists()
    run(plan(), out)
    assert contents(out) == reference[0]


def test_parts_are_made_at_the_same_time_but_not_put_together_meanwhile(
    reference: tuple[dict[str, str], Report], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with holding(out, "shared"):
        for i in range(2):
            assert not run(plan(), out, shard=(i, 2)).complete
        with pytest.raises(OutputError, match="another process"):
            run(plan(), out)
    run(plan(), out)
    assert contents(out) == reference[0]


def test_samples_that_vanish_during_a_run_are_an_error(tmp_path: Path) -> None:
    def vanish(outcome: Outcome) -> None:
        if outcome.scene == "b":
            (tmp_path / "out/.shards/b.jsonl").unlink()

    with pytest.raises(OutputError, match=r"scene b .*gone"):
        run(plan(), tmp_path / "out", tell=vanish)
    assert not (tmp_path / "out/provenance").exists()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"seed": 7}, "seed 0 there, 7 here"),
        ({"tasks": TASKS[:1]}, "tasks: -obj_spatial_relation_oo"),
        ({"per_task": 4}, "per_task 3 there, 4 here"),
        ({"formats": ("fill",)}, r"formats None there, \['fill'\] here"),
        ({"rules": Rules(least=0.5)}, "rule least 0.3 there, 0.5 here"),
        ({"scenes": SCENES[::-1]}, "order of scenes"),
        ({"root": Path("elsewhere")}, "root None there"),
    ],
)
def test_a_folder_that_holds_another_run_is_refused(changes: dict[str, Any], says: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(plan(scenes=SCENES[:1]) if "scenes" not in changes else plan(), out)
    before = contents(out)
    with pytest.raises(OutputError, match=f"out: holds another run .*{says}"):
        run(plan(**({"scenes": SCENES[:1]} | changes)), out)
    assert contents(out) == before


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(OutputError, match="not empty, and not a run of spatialkit"):
        run(plan(), tmp_path)
    with pytest.raises(OutputError, match=r"thesis.tex.*cannot be written"):
        run(plan(), tmp_path / "thesis.tex")
    (tmp_path / "x").mkdir()
    (tmp_path / "x/manifest.json").write_text("[]")
    with pytest.raises(OutputError, match="not a manifest of spatialkit"):
        run(plan(), tmp_path / "x")
    with pytest.raises(OutputError, match=r"no manifest.json"):
        read_manifest(tmp_path / "y")


def damage(manifest: dict[str, Any], change: str) -> None:
    run_ = manifest["run"]
    match change:
        case "rule":
            run_["rules"]["leest"] = 1
        case "rule value":
            run_["rules"]["least"] = "x"
        case "root":
            run_["root"] = 5
        case "counts":
            manifest["counts"] = "x"
        case "samples":
            del manifest["samples"]
        case "writer":
            del run_["writer"]
        case _:
            manifest["files"] = [change]


@pytest.mark.parametrize(
    "change",
    ["rule", "rule value", "root", "counts", "samples", "writer", "../precious", "/etc/x", "a/../../precious", "c:x"],
)
def test_a_damaged_manifest_is_one_error_and_nothing_outside_is_removed(change: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (tmp_path / "precious").write_text("")
    run(plan(scenes=("a",)), out)
    manifest = json.loads((out / "manifest.json").read_text())
    damage(manifest, change)
    (out / "manifest.json").write_text(json.dumps(manifest | {"complete": False}))
    for use in (read_manifest, lambda folder: run(plan(scenes=("a",)), folder)):
        with pytest.raises(OutputError, match=r"manifest.json: not a manifest of spatialkit"):
            use(out)
    assert (tmp_path / "precious").exists()


def test_a_manifest_nested_without_end_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"run":' + "[" * 100_000)
    with pytest.raises(OutputError, match="not a manifest"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("gone", ["provenance", "spar/tiny/qa_jsonl", "data_jsons"])
def test_what_is_gone_from_a_finished_run_is_named_and_made_again(
    gone: str, reference: tuple[dict[str, str], Report], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    first = run(plan(), out)
    shutil.rmtree(out / gone)
    again = run(plan(), out)
    assert any(gone in note and "gone" in note for note in again.notes)
    assert contents(out) == reference[0]
    assert run(plan(), out) == first


def test_narrow_images_are_remarked_on_once(reference: tuple[dict[str, str], Report]) -> None:
    [note] = reference[1].notes
    assert "160 pixels" in note


def test_a_full_disk_stops_the_run_by_name_and_the_next_call_goes_on(
    reference: tuple[dict[str, str], Report], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    real = Path.replace

    def full(self: Path, target: Path) -> Path:
        if Path(target).name == "c.jsonl":
            raise OSError(28, "No space left on device")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OutputError, match=r"c\.jsonl: cannot be written: no space left on device; free some space"):
        run(plan(), out)
    assert nothing_half_written(out)
    monkeypatch.undo()
    run(plan(), out)
    assert contents(out) == reference[0]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"per_task": 0}, "per_task"),
        ({"scenes": ()}, "scenes"),
        ({"tasks": ()}, "tasks"),
        ({"formats": ("fil",)}, "fill"),
    ],
)
def test_bad_plans_are_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises((ArgumentError, UnknownName), match=says):
        plan(**changes)


@pytest.mark.parametrize(
    ("options", "says"), [({"workers": 0}, "workers"), ({"shard": (2, 2)}, "2/2"), ({"shard": (-1, 2)}, "-1/2")]
)
def test_bad_options_are_refused(options: dict[str, Any], says: str, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=says):
        run(plan(), tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_select_takes_names_and_patterns_in_the_order_known() -> None:
    known = ["depth_oc", "depth_oo", "room_size"]
    assert select("task", None, known) == select("task", ["all"], known) == tuple(known)
    assert select("task", ["room_size", "depth_o?"], known) == ("depth_oc", "depth_oo", "room_size")
    with pytest.raises(UnknownName, match="did you mean depth_oc"):
        select("task", ["room_size", "deph_oc"], known)
