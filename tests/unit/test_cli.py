"""The command line: what it prints, its exit codes, and one clear line for everything that goes wrong."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

import spatialkit.run
from spatialkit import __version__
from spatialkit._threads import cpus
from spatialkit.adapters.folder import write_folder
from spatialkit.cli import app
from spatialkit.cli._console import table
from spatialkit.cli._runs import parse_shard
from spatialkit.errors import OutputError
from spatialkit.tasks import registry
from tests.unit.test_run import contents, tiny_scene

COMMANDS = ("demo", "tasks", "adapters", "writers", "check", "generate", "view", "verify", "audit")


class Done(NamedTuple):
    code: int
    out: str
    err: str


Cli = Callable[..., Done]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run a command in this process."""

    def run(*args: object) -> Done:
        with pytest.raises(SystemExit) as stop:
            app([str(a) for a in args], prog_name="spatialkit")
        out, err = capsys.readouterr()
        code = stop.value.code
        return Done(code if isinstance(code, int) else 0 if code is None else 1, out, err)

    return run


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two scenes in scene folders."""
    root = tmp_path_factory.mktemp("rooms")
    for name in "ab":
        write_folder(tiny_scene(name), root / name)
    return root


@pytest.fixture(scope="module")
def made(rooms: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run over them."""
    out = tmp_path_factory.mktemp("made") / "questions"
    with pytest.raises(SystemExit) as stop:
        app(["generate", "folder", str(rooms), "--out", str(out), "--per-task", "2", "--workers", "1"])
    assert not stop.value.code
    return out


def one_clear_line(done: Done, code: int, *says: str) -> None:
    assert done.code == code
    last = done.err.strip().splitlines()[-1]
    assert last.startswith("spatialkit: ")
    for text in says:
        assert text in last
    assert "Traceback" not in done.err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str, cli: Cli) -> None:
    done = cli(name, "--help")
    assert done.code == 0
    assert f"Example: spatialkit {name}" in done.out


def test_no_command_shows_what_there_is(cli: Cli) -> None:
    done = cli()
    assert all(name in done.out + done.err for name in COMMANDS)
    assert cli("--version").out == f"spatialkit {__version__}\n"


def test_tasks_lists_every_id_and_shows_one(cli: Cli) -> None:
    lines = cli("tasks").out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(registry)
    assert "fill, select, sentence" in lines[1]
    one = cli("tasks", "distance_prediction_oo_video").out
    for text in ("32 frames", "red point", "quantity", "wordings", "[fill]", "[sentence]", "\nA. ", "  -> "):
        assert text in one


def test_adapters_and_writers_have_a_line_each(cli: Cli) -> None:
    assert {line.split()[0] for line in cli("adapters").out.splitlines()} >= {"toy", "folder", "scannet"}
    assert any(line.startswith("spar ") for line in cli("writers").out.splitlines())


def test_check_reports_a_good_folder_and_a_bad_one(cli: Cli, rooms: Path, tmp_path: Path) -> None:
    done = cli("check", "folder", rooms)
    assert done.code == 0
    assert "0 errors" in done.out
    done = cli("check", "folder", tmp_path)
    assert done.code == 1
    assert str(tmp_path) in done.out
    assert "error" in done.out
    one_clear_line(cli("check", "folder", rooms, "--scenes", "zz"), 2, "unknown scene 'zz'")


def test_generate_writes_reports_and_is_the_same_again(cli: Cli, rooms: Path, made: Path, tmp_path: Path) -> None:
    out = tmp_path / "again"
    done = cli("generate", "folder", rooms, "--out", out, "--per-task", 2, "--workers", 2)
    assert done.code == 0
    assert contents(out) == contents(made)
    assert "questions about 2 of 2 scenes" in done.out
    assert "[1/2]" in done.err
    [line] = [line for line in done.out.splitlines() if line.startswith("depth_prediction_oc_mv")]
    assert line.split()[1:3] == ["0", "none:"]
    again = cli("generate", "folder", rooms, "--out", out, "--per-task", 2)
    assert (again.code, again.out) == (0, done.out)


def test_generate_takes_patterns_formats_and_rules(cli: Cli, rooms: Path, tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text("least = 0.5\n")
    options = ("--tasks", "depth_*,distance_prediction_oo", "--formats", "fill,select", "--scenes", "a", "--seed", 5)
    done = cli("generate", "folder", rooms, "-o", tmp_path / "o", *options, "--rules", tmp_path / "rules.toml")
    assert done.code == 0
    run = json.loads((tmp_path / "o/manifest.json").read_text())["run"]
    assert run["tasks"] == [name for name in registry if name.startswith("depth_") or name == "distance_prediction_oo"]
    assert (run["formats"], run["scenes"], run["seed"], run["rules"]["least"]) == (["fill", "select"], ["a"], 5, 0.5)


def test_parts_are_made_apart_and_put_together(cli: Cli, rooms: Path, made: Path, tmp_path: Path) -> None:
    common = ("generate", "folder", rooms, "-o", tmp_path / "o", "--per-task", 2, "--workers", 1)
    for part in ("0/2", "1/2"):
        assert "without --shard" in cli(*common, "--shard", part).out
    one_clear_line(cli("view", tmp_path / "o"), 1, "no questions yet")
    assert cli(*common).code == 0
    assert contents(tmp_path / "o") == contents(made)


def test_view_writes_a_page(cli: Cli, made: Path) -> None:
    done = cli("view", made, "--limit", 20)
    assert done.code == 0
    page = made / "gallery/index.html"
    assert done.out == f"Gallery: {page}\n"
    assert 12 <= page.read_text().count("<article ") <= 24


def test_verify_works_the_answers_out_again(cli: Cli, made: Path, rooms: Path) -> None:
    done = cli("verify", made, rooms)
    assert done.code == 0, done.err
    assert "100 % right" in done.out


def test_verify_finds_a_wrong_answer(cli: Cli, rooms: Path, tmp_path: Path) -> None:
    out = tmp_path / "o"
    cli(
        "generate",
        "folder",
        rooms,
        "-o",
        out,
        "--tasks",
        "distance_prediction_oc",
        "--formats",
        "fill",
        "--scenes",
        "a",
    )
    [file] = (out / "provenance/tiny/distance_prediction_oc").iterdir()
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    rows[0]["answer"] = "17.3"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = cli("verify", out)
    assert done.code == 1
    assert f"wrong: {rows[0]['id']}" in done.err


def test_verify_finds_a_row_an_image_and_a_task_that_it_cannot_vouch_for(cli: Cli, made: Path, tmp_path: Path) -> None:
    out = tmp_path / "o"
    shutil.copytree(made, out)
    assert cli("verify", out).code == 0
    [rows] = (out / "spar/tiny/qa_jsonl/train/depth_prediction_oc/fill").iterdir()
    content = rows.read_text()
    rows.write_text(content.replace('"gpt","value":"', '"gpt","value":"9', 1))
    done = cli("verify", out)
    assert done.code == 1
    assert "line 1: conversations" in done.err
    assert "files differ from what was checked in 1 places" in done.out
    rows.write_text(content)
    image = min((out / "spar").rglob("*.jpg"))
    image.write_bytes(b"")
    done = cli("verify", out)
    assert (done.code, f"differs: {image}" in done.err) == (1, True)


def test_verify_does_not_pass_what_it_cannot_check_or_does_not_find(cli: Cli, made: Path, tmp_path: Path) -> None:
    out = tmp_path / "o"
    shutil.copytree(made, out)
    file = min((out / "provenance/tiny/depth_prediction_oc").iterdir())
    content = file.read_text()
    file.write_text(content.replace('"task":"depth_prediction_oc"', '"task":"my_own"'))
    done = cli("verify", out)
    assert done.code == 1
    assert "my_own" in done.out
    file.unlink()
    done = cli("verify", out)
    assert done.code == 1
    assert "in its manifest" in done.err
    file.write_text(content.replace('"image":0', '"image":7', 1))
    one_clear_line(cli("verify", out), 1, "line 1: mark", "on image 7 of 1")


def test_help_shows_defaults(cli: Cli) -> None:
    for name, defaults in {
        "check": ["all"],
        "demo": ["one for each core"],
        "generate": ["all", "one for each core", "all that a task has"],
    }.items():
        shown = " ".join(cli(name, "--help").out.replace("│", " ").split())
        assert [d for d in defaults if f"[default: ({d})]" not in shown] == []


def test_a_refusal_comes_before_any_progress(cli: Cli, made: Path, rooms: Path) -> None:
    done = cli("generate", "folder", rooms, "-o", made, "--seed", 9)
    assert "to do" not in done.err


def test_a_format_that_a_task_has_not_is_said(cli: Cli, rooms: Path, tmp_path: Path) -> None:
    options = ("-o", tmp_path / "o", "--tasks", "depth_prediction_oc", "--formats", "judge", "--workers", 1)
    done = cli("generate", "folder", rooms, *options)
    assert done.code == 1
    assert "none: has no judge, only " in done.out


def test_what_to_know_before_training_is_said_once(cli: Cli, made: Path, rooms: Path) -> None:
    done = cli("generate", "folder", rooms, "-o", made, "--per-task", 2)
    assert done.err.count("note: SPAR's loader draws points") == 1


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("check", "toy", "."), ("ROOT: found .", "toy needs no folder")),
        (("generate", "toy", ".", "--out", "o"), ("ROOT: found .", "toy needs no folder")),
        (("generate", "toy", "--out", "o", "--tasks", ""), ("--tasks: found ''",)),
        (("generate", "toy", "--out", "o", "--formats", ","), ("--formats: found ','",)),
        (("tasks", "depth_predicton_oc"), ("unknown task", "did you mean depth_prediction_oc")),
        (("check", "scanet", "."), ("unknown dataset 'scanet'", "did you mean scannet")),
        (("generate", "toi", "--out", "o"), ("unknown dataset 'toi'", "toy")),
        (("generate", "toy", "--out", "o", "--tasks", "dept_oc"), ("unknown task 'dept_oc'",)),
        (("generate", "toy", "--out", "o", "--formats", "fil"), ("unknown format 'fil'", "did you mean fill")),
        (("generate", "toy", "--out", "o", "--scenes", "flatt"), ("unknown scene 'flatt'",)),
        (("generate", "toy", "--out", "o", "--writer", "spat"), ("unknown writer 'spat'", "did you mean spar")),
        (("generate", "toy", "--out", "o", "--shard", "1"), ("--shard", "'1'", "I/N")),
        (("generate", "toy", "--out", "o", "--shard", "4/4"), ("shard", "4/4")),
    ],
)
def test_bad_use_is_one_clear_line_and_exit_2(args: tuple[str, ...], says: tuple[str, ...], cli: Cli) -> None:
    one_clear_line(cli(*args), 2, *says)
    assert not Path("o").exists()


@pytest.mark.parametrize(
    "args", [("generate",), ("generate", "toy"), ("generate", "toy", "-o", "o", "--per-task", "0"), ("x",)]
)
def test_missing_and_malformed_arguments_exit_2(args: tuple[str, ...], cli: Cli) -> None:
    done = cli(*args)
    assert done.code == 2
    assert "Traceback" not in done.err


def test_failed_work_is_one_clear_line_and_exit_1(cli: Cli, rooms: Path, made: Path, tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text("leest = 1\n")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").write_text("")
    toy = ("generate", "toy", "--out", tmp_path / "o")
    one_clear_line(cli(*toy, "--rules", tmp_path / "rules.toml"), 1, "rules.toml: leest", "least")
    one_clear_line(cli("generate", "scannet", tmp_path / "gone", "--out", tmp_path / "o"), 1, "gone", "no such folder")
    one_clear_line(cli("generate", "folder", "--out", tmp_path / "o"), 1, "root: found none")
    one_clear_line(cli("generate", "toy", "--out", tmp_path / "full"), 1, "full: not empty")
    one_clear_line(
        cli("generate", "folder", rooms, "--out", made, "--seed", 9), 1, "another run", "seed 0 there, 9 here"
    )
    for name in ("view", "verify", "audit"):
        one_clear_line(cli(name, tmp_path), 1, "manifest.json")
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize("kind", ["image", "depth"])
def test_a_damaged_frame_is_left_out_by_name_and_the_rest_is_made(kind: str, cli: Cli, tmp_path: Path) -> None:
    room = write_folder(tiny_scene("b"), tmp_path / "b")
    damaged = room / kind / "000001.png"
    damaged.write_bytes(damaged.read_bytes()[: damaged.stat().st_size // 2])
    out = tmp_path / "o"
    tasks = ("--tasks", "distance_prediction_oc", "--per-task", 50)  # one thing from one view: every frame comes up
    done = cli("generate", "folder", room, "-o", out, *tasks, "--workers", 1)
    assert done.code == 0
    [line] = [line for line in done.err.splitlines() if line.startswith("left out of scene b: ")]
    assert line.count("000001") <= 2  # the frame, and its file
    assert f"{kind}/000001.png: {kind}: found a damaged file" in line
    assert json.loads((out / "manifest.json").read_text())["left_out"]["b"]
    assert cli("verify", out).code == 0


def test_scenes_that_fail_are_named_and_the_rest_is_made(cli: Cli, tmp_path: Path) -> None:
    for name in "ab":
        write_folder(tiny_scene(name), tmp_path / "rooms" / name)
    (tmp_path / "rooms/b/mesh.npz").write_bytes(b"PK not really")
    common = ("generate", "folder", tmp_path / "rooms", "-o", tmp_path / "o", "--tasks", "depth_prediction_oc")
    done = cli(*common, "--workers", 1)
    assert (done.code, "about 1 of 2 scenes" in done.out) == (0, True)
    assert "skipped scene b: " in done.err
    assert "mesh.npz" in done.err


def test_ctrl_c_says_how_to_go_on(cli: Cli, rooms: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(spatialkit.run, "run", interrupted)
    done = cli("generate", "folder", rooms, "-o", tmp_path / "o")
    one_clear_line(done, 130, "interrupted", "half-written", "same command continues")


def test_a_full_disk_is_one_clear_line(cli: Cli, rooms: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OutputError("o/x.jsonl: cannot be written: no space left on device")

    monkeypatch.setattr(spatialkit.run, "write_shard", full)
    done = cli("generate", "folder", rooms, "-o", tmp_path / "o", "--workers", 1)
    one_clear_line(done, 1, "o/x.jsonl", "no space left")


def test_the_module_runs_and_helps_without_heavy_imports() -> None:
    code = (
        "import sys, spatialkit.cli; print(sorted({'scipy', 'numba', 'PIL', 'msgspec', 'jinja2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    done = subprocess.run([sys.executable, "-m", "spatialkit", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"spatialkit {__version__}\n"


def test_small_helpers() -> None:
    assert parse_shard(None) is None
    assert parse_shard("0/3") == (0, 3)
    assert table([("a", "long text"), ("bbb", "")], ("x", "y")) == "x    y\na    long text\nbbb"
    assert cpus() >= 1
