"""The benchmarks, without a clock: their input, and that they time only what agrees."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks import growth, runner, samples
from benchmarks.chart import chart
from benchmarks.page import markers, with_section
from benchmarks.runner import Disagreement, Outcome, Result, Row, check, run, table
from benchmarks.scene import IDS, SIZE, Room, build_room
from spatialkit.adapters import load_scene
from spatialkit.generate import generate

ROWS = [row for row in command.ROWS.values() if not row.missing]  # an absent peer is a row that says so, see below


@pytest.fixture(scope="module")
def tiny() -> Room:
    return build_room(cameras=3, boxes=40, detail=0.2)


def arrays(room: Room) -> Iterator[np.ndarray]:
    yield from (room.surface.vertices, room.surface.faces, room.surface.face_ids, room.owners, room.poses)
    yield from (part for boxes in room.boxes for part in boxes)
    yield room.depth_counts


def test_room_is_the_same_each_time(tiny: Room) -> None:
    again = build_room(cameras=3, boxes=40, detail=0.2)
    assert all(np.array_equal(a, b) for a, b in zip(arrays(tiny), arrays(again), strict=True))


def test_more_cameras_only_add_to_the_room(tiny: Room) -> None:
    assert np.array_equal(build_room(cameras=5, boxes=1, detail=0.2).poses[:3], tiny.poses)


def test_full_room_has_the_counts_that_the_documentation_states() -> None:
    room = build_room(boxes=1)
    assert (len(room.surface.vertices), len(room.surface.faces)) == (159_582, 300_168)
    assert np.unique(room.surface.face_ids).tolist() == list(range(IDS))
    assert np.unique(room.owners).tolist() == list(range(IDS))
    assert room.poses.shape == (100, 4, 4)
    page = Path(__file__).parents[2] / "docs/performance.md"
    assert "300,168 triangles over 159,582" in " ".join(page.read_text(encoding="utf-8").split())


def test_cameras_stand_in_the_room_with_the_stated_tilt() -> None:
    poses = build_room(boxes=1, detail=0.1).poses
    right, _, view = np.moveaxis(poses[:, :3, :3], 2, 0)
    pitch = np.degrees(np.arcsin(view[:, 2]))
    roll = np.degrees(np.arcsin(right[:, 2] / np.cos(np.radians(pitch))))
    assert pitch.min() >= -45 - 1e-9
    assert pitch.max() <= 5 + 1e-9
    assert np.abs(roll).max() <= 8 + 1e-9
    assert ((poses[:, :3, 3] > 0) & (poses[:, :3, 3] < SIZE)).all()


def test_every_pixel_has_a_depth_in_a_closed_room(tiny: Room) -> None:
    assert tiny.depth_counts.dtype == np.uint16
    assert tiny.depth_counts.shape == (3, 480, 640)
    assert tiny.depth_counts.min() > 0
    assert tiny.depth.max() < np.linalg.norm(SIZE)


def test_boxes_are_seen_missed_and_reach_behind_the_camera() -> None:
    room = build_room(cameras=1, boxes=400, detail=0.1)
    _, valid = command.ROWS["4"].ours(room, 0)
    centres, sizes, rotations = room.boxes[0]
    view = room.poses[0, :3, 2]
    ahead = (centres - room.poses[0, :3, 3]) @ view
    reach = np.abs(np.einsum("nij,i->nj", rotations, view) * sizes / 2).sum(axis=1)
    assert np.abs(rotations.transpose(0, 2, 1) @ rotations - np.eye(3)).max() < 1e-12
    assert 100 < valid.sum() < 350
    assert (valid & (np.abs(ahead) < reach)).sum() > 20  # across the camera's plane, and seen


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_contenders_agree(row: Row, tiny: Room) -> None:
    # Another machine's BLAS rounds other points across a border, and one is already too many of so few.
    _, total = check(replace(row, allowed=50 * row.allowed), tiny)
    assert total >= (3 * 40 if row.frames is None else 9)


def shifted(row: Row) -> Row:
    """Let the peer return what belongs to the next frame."""
    return replace(row, peer=lambda room, frame: row.peer(room, (frame + 1) % len(room.poses)))


def slightly_off(row: Row) -> Row:
    """Let one of the peer's results be wrong in one frame."""

    def peer(room: Room, frame: int) -> Result:
        parts = tuple(part.copy() for part in row.peer(room, frame))
        values, flags = parts[0], parts[-1]
        if frame == min(1, row.frames - 1 if row.frames else 1):
            first = np.argwhere(flags if flags.any() else ~flags)[0]
            at = tuple(first[: flags.ndim])
            values[at] = ~values[at] if values.dtype == np.bool_ else values[at] + 1
        return parts

    return replace(row, peer=peer)


SPOILT = [(row, slightly_off) for row in ROWS] + [(row, shifted) for row in ROWS if row.frames is None]


@pytest.mark.parametrize(("row", "spoil"), SPOILT, ids=lambda x: getattr(x, "number", None) or x.__name__)
def test_planted_disagreement_is_refused_and_not_timed(row: Row, spoil: object, tiny: Room) -> None:
    assert callable(spoil)
    bad = spoil(row)
    with pytest.raises(Disagreement, match=f"row {row.number.replace('+', '[+]')}: "):
        check(bad, tiny)

    def clock() -> float:
        pytest.fail("timed although the results differ")

    outcome = run(bad, tiny, clock=clock)
    assert outcome.refused
    assert outcome.ratio is None
    assert "results differ" in outcome.note


def simple(**changes: object) -> Row:
    def same(room: Room, frame: int) -> Result:
        return (room.poses[frame],)

    row = Row("9", "look at a pose", "the same", 2.0, same, same, lambda a, b: (int((a[0] != b[0]).sum()), a[0].size))
    return replace(row, **changes)  # type: ignore[arg-type]


def test_share_that_may_differ_is_respected(tiny: Room) -> None:
    def one_in_sixteen(ours: Result, peer: Result) -> tuple[int, int]:
        return 1, 16

    assert check(simple(differing=one_in_sixteen, allowed=1 / 16), tiny) == (3, 48)
    with pytest.raises(Disagreement, match="3 of 48"):
        check(simple(differing=one_in_sixteen, allowed=1 / 17), tiny)


def test_nothing_compared_is_no_agreement(tiny: Room) -> None:
    with pytest.raises(Disagreement, match="0 of 0"):
        check(simple(differing=lambda ours, peer: (0, 0)), tiny)


def test_contenders_take_turns_and_the_median_ratio_is_reported(tiny: Room) -> None:
    now, calls = 0.0, list[str]()

    def working(name: str, cost: float) -> runner.Contender:
        def work(room: Room, frame: int) -> Result:
            nonlocal now
            now += cost * (50 if len(calls) == 6 else 1)  # the first timed call is held up
            calls.append(name)
            return (room.poses[frame],)

        return work

    row = simple(ours=working("a", 1.0), peer=working("b", 3.0))
    outcome = run(row, tiny, clock=lambda: now)
    assert "".join(calls) == "ab" * 3 + ("aaabbb" + "bbbaaa") * 3 + "aaabbb"
    assert (outcome.ratio, outcome.ours_ms, outcome.peer_ms) == (3.0, 1000.0, 3000.0)
    assert runner.ROUNDS >= 7


def test_missing_peer_is_named_in_the_table(tiny: Room) -> None:
    outcome = run(simple(needs=("numpy", "no_such_peer")), tiny)
    assert not outcome.refused
    assert "not installed: no_such_peer" in table([outcome]).splitlines()[-1]


def test_table_is_markdown_with_one_line_a_row() -> None:
    timed = Outcome(simple(), "0 of 48", ratio=12.345, ours_ms=0.5, peer_ms=6.1725)
    open_goal = Outcome(simple(number="9+", goal=None), "0 of 48", ratio=0.5, ours_ms=1.0, peer_ms=0.5)
    lines = table([timed, open_goal]).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert {line.count("|") for line in lines} == {len(runner.HEADER) + 1}
    assert [cell.strip() for cell in lines[2].split("|")[1:6]] == ["9", "look at a pose", "the same", "≥ 2x", "12.3x"]
    assert "| –" in lines[3]


def test_command_names_unknown_rows_and_refuses_to_write_half_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, said in ((["--rows", "1,77"], "no row 77"), (["--quick", "--write", "page.md"], "whole table")):
        with pytest.raises(SystemExit) as stopped:
            command.main(arguments)
        assert stopped.value.code == 2
        assert said in capsys.readouterr().err


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> Outcome:
    """Spare the command the work: every row comes to the same outcome."""
    outcome = Outcome(simple(), "0 of 48", ratio=4.0, ours_ms=1.0, peer_ms=4.0)
    monkeypatch.setattr(command, "build_room", lambda cameras: build_room(cameras=1, boxes=1, detail=0.1))
    monkeypatch.setattr(command, "run", lambda row, room: outcome)
    return outcome


@pytest.mark.usefixtures("prepared")
def test_command_writes_the_page_and_the_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, figures = tmp_path / "page.md", tmp_path / "figures.json"
    begin, end = markers(command.SECTION)
    page.write_text(f"above\n\n{begin}\nold\n{end}\n\nbelow\n", encoding="utf-8")
    for _ in range(2):
        assert command.main(["--write", str(page), "--json", str(figures)]) == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"above\n\n{begin}\n\n| row")
    assert text.endswith(f"{end}\n\nbelow\n")
    assert text.count("| 9 ") == len(command.ROWS)
    assert "old" not in text
    assert f"numpy {np.__version__}" in text
    assert "| 9 " in capsys.readouterr().out
    stored = json.loads(figures.read_text(encoding="utf-8"))
    assert [row["ratio"] for row in stored["rows"]] == [4.0] * len(command.ROWS)
    assert set(stored["machine"]) >= {"CPU", "cores", "Python", "numpy", "vector instructions of the core"}


def test_command_fails_when_a_row_is_refused(prepared: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = replace(prepared, ratio=None, refused=True, note="refused: row 9: 1 of 2 results differ")
    monkeypatch.setattr(command, "run", lambda row, room: refused)
    assert command.main(["--rows", "1"]) == 1


def test_page_without_markers_is_refused_with_its_reason() -> None:
    with pytest.raises(SystemExit, match="has no"):
        with_section("nothing here", command.SECTION, "table")


def test_page_of_the_documentation_has_its_markers() -> None:
    page = (Path(__file__).parents[2] / "docs/performance.md").read_text(encoding="utf-8")
    assert "| row" in with_section(page, command.SECTION, "| row")


def test_rates_of_samples_are_those_of_what_was_made() -> None:
    scene = load_scene("toy", None, "flat-1", rooms=1, frames=12, width=160, height=120)
    tasks = ["distance_prediction_oo", "view_change_infer"]
    rates = samples.measure(scene, tasks, per_task=3)
    assert [rate.task for rate in rates] == tasks
    assert [rate.samples for rate in rates] == [sum(1 for _ in generate(task, scene, per_task=3)) for task in tasks]
    assert all(rate.size > 500 * rate.samples > 0 for rate in rates)
    text = samples.report([replace(rate, seconds=0.5) for rate in rates], 3)
    assert f"**{sum(rate.samples for rate in rates):,} samples a second**" in text


def test_the_page_has_a_place_for_the_rates() -> None:
    page = (Path(__file__).parents[2] / "docs/performance.md").read_text("utf-8")
    assert "\n\nfigures\n\n" in with_section(page, samples.SECTION, "figures")


def test_growth_is_measured_by_the_least_of_the_rounds_and_its_power_at_the_end() -> None:
    now = 0.0

    def prepare(count: int) -> growth.Work:
        calls = 0

        def work() -> None:
            nonlocal now, calls
            calls += 1
            now += count**2 * (1 if calls == 5 else 3)  # only one round was undisturbed

        return work

    grown = growth.Growth("kernel", "things", [1, 10, 100], {"curve": prepare})
    found = growth.measure(grown, most=10, clock=lambda: now)
    assert found == {"curve": [(1, 1.0), (10, 100.0)]}
    assert growth.exponent(found["curve"]) == pytest.approx(2)


def test_every_growth_prepares_work_at_its_least_count() -> None:
    for grown in growth.GROWTHS:
        for prepare in grown.curves.values():
            assert prepare(min(grown.counts))() is not None


def test_growth_is_drawn_and_put_into_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    times = {"curve": [(10.0, 1e-5), (1000.0, 1e-3)]}
    monkeypatch.setattr(growth, "measure", lambda grown, most: times)
    page = tmp_path / "page.md"
    page.write_text("\nold\n".join(markers(growth.SECTION)), "utf-8")
    assert growth.main(["--write", str(page)]) == 0
    text = page.read_text("utf-8")
    for grown in growth.GROWTHS:
        assert f"| `{grown.kernel}` | curve | 1,000.0" in text
        assert f"images/{growth.filename(grown.kernel)}" in text
        assert (tmp_path / "images" / growth.filename(grown.kernel)).exists()
    assert "n^1.00" in text
    with pytest.raises(SystemExit):
        growth.main(["--quick", "--write", str(page)])


def test_a_chart_places_points_by_their_logarithms_and_escapes_its_words() -> None:
    drawn = chart("a < b", "things", {"x & y": [(10, 1e-5), (100, 1e-4), (1000, 1e-3)]})
    root = ElementTree.fromstring(drawn)
    circles = [
        (float(c.get("cx", "")), float(c.get("cy", ""))) for c in root.iter("{http://www.w3.org/2000/svg}circle")
    ]
    (x0, y0), (x1, y1), (x2, y2) = circles
    assert x1 == pytest.approx((x0 + x2) / 2)
    assert y1 == pytest.approx((y0 + y2) / 2)
    assert x0 < x2
    assert y0 > y2
    words = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"a < b", "x & y", "10", "1 k", "10 µs", "1 ms"} <= set(words)


def test_the_page_has_a_place_for_the_charts() -> None:
    page = (Path(__file__).parents[2] / "docs/performance.md").read_text("utf-8")
    assert "\n\ncharts\n\n" in with_section(page, growth.SECTION, "charts")
