"""Navigation graphs and episodes against files written in the official layouts by an independent encoder."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spatialkit.adapters._connectivity import read_connectivity, read_episodes
from spatialkit.errors import ArgumentError, DataError
from spatialkit.navigation import Graph, Route
from spatialkit.walks import along
from tests.encoders.matterport import PLACES, SCAN, Place, panoramas, r2r, rxr, write_json, write_lines

UP = np.array([0.0, 0.0, 1.0])
NORTH = ["a0", "b1", "c2"]


@pytest.fixture
def graph(tmp_path: Path) -> Graph:
    return read_connectivity(write_json(tmp_path / f"{SCAN}_connectivity.json", panoramas()))


def test_places_stand_where_they_were_put_each_on_its_floor(graph: Graph) -> None:
    kept = [place for place in PLACES if place.included]
    assert graph.ids == tuple(place.name for place in kept)
    np.testing.assert_allclose(graph.on_floor(UP), [place.at for place in kept], atol=1e-6)
    np.testing.assert_allclose(graph.positions[1], (0, 2, 1.6), atol=1e-6)  # where the camera stood


def test_ways_join_included_places_only(graph: Graph) -> None:
    named = {tuple(graph.ids[k] for k in edge) for edge in graph.edges}
    assert named == {("a0", "b1"), ("b1", "c2"), ("c2", "d3"), ("d3", "e4")}
    assert (graph.index["d3"], graph.index["c2"]) in graph.joined


def broken(change: Any) -> Any:
    records = panoramas()
    change(records)
    return records


@pytest.mark.parametrize(
    ("change", "field", "found"),
    [
        (lambda r: r[0].update(pose=np.reshape(r[0]["pose"], (4, 4)).T.ravel().tolist()), r"\[0\]\.pose", "last row"),
        (lambda r: r[1].update(pose=r[1]["pose"][:12]), r"\[1\]\.pose", "12 values"),
        (lambda r: r[1]["pose"].__setitem__(0, float("nan")), r"\[1\]\.pose", "NaN"),
        (lambda r: r[2].update(unobstructed=[True]), r"\[2\]\.unobstructed", "1 values"),
        (lambda r: r[0]["unobstructed"].__setitem__(4, True), r"\[0\]\.unobstructed", r"true for \[4\]"),
        (lambda r: r[0].update(height=-1.0), r"\[0\]\.height", "-1"),
        (lambda r: r[0].update(height=1500.0), r"\[0\]\.height", "1500"),
        (lambda r: r[0].update(included="yes"), r"\[0\]\.included", "str"),
        (lambda r: r[0].pop("unobstructed"), r"\[0\]\.unobstructed", "none"),
        (lambda r: r[1].update(image_id="a0"), "ids", "'a0' twice"),
        (lambda r: r.clear(), "top level", "0 panoramas"),
    ],
)
def test_broken_graphs_are_refused_by_file_and_field(tmp_path: Path, change: Any, field: str, found: str) -> None:
    path = write_json(tmp_path / "x_connectivity.json", broken(change))
    with pytest.raises(DataError, match=rf"x_connectivity\.json: ({field}): found .*({found})"):
        read_connectivity(path)


@pytest.mark.parametrize("which", [0, 5])
def test_what_is_said_of_itself_or_by_an_excluded_panorama_does_no_harm(tmp_path: Path, which: int) -> None:
    records = broken(lambda r: r[which]["unobstructed"].__setitem__(0, True))
    assert len(read_connectivity(write_json(tmp_path / "x.json", records)).edges) == 4


@pytest.mark.parametrize("text", [b"", b"{", b'{"a": 1}', b"[1, 2]", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_graph_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "g.json").write_bytes(text)
    with pytest.raises(DataError, match=r"g\.json"):
        read_connectivity(tmp_path / "g.json")
    with pytest.raises(DataError, match="no such file"):
        read_connectivity(tmp_path / "none.json")


def read(path: Path, graph: Graph) -> tuple[tuple[Route, ...], dict[str, str]]:
    return read_episodes(path, scan=SCAN, graph=graph)


@pytest.mark.parametrize("name", ["R2R_train.json", "R2R_train.json.gz"])
def test_r2r_has_a_route_for_each_instruction(tmp_path: Path, graph: Graph, name: str) -> None:
    records = [r2r(NORTH, "east"), r2r(NORTH, "east", 8, scan="other"), r2r(["d3", "e4"], "south", 9)]
    routes, skipped = read(write_json(tmp_path / name, records), graph)
    assert [route.id for route in routes] == ["7_0", "7_1", "7_2", "9_0", "9_1", "9_2"]
    assert routes[0].nodes == tuple(NORTH)
    assert routes[0].instruction == "Walk up the hall. Stop by the door."
    assert skipped == {}


@pytest.mark.parametrize("name", ["rxr_train_guide.jsonl", "rxr_train_guide.jsonl.gz"])
def test_rxr_has_a_route_for_each_line(tmp_path: Path, graph: Graph, name: str) -> None:
    lines = [
        rxr(NORTH, "north"),
        rxr(NORTH, "west", 12, language="en-US", instruction="Go."),
        rxr([], "north", scan=""),
    ]
    routes, skipped = read(write_lines(tmp_path / name, lines), graph)
    assert [(route.id, route.language) for route in routes] == [("11", "hi-IN"), ("12", "en-US")]
    assert routes[0].instruction.startswith("आप")
    assert skipped == {}


@pytest.mark.parametrize(
    ("facing", "direction", "turn"),
    [("north", (0, 1, 0), 0), ("east", (1, 0, 0), -90), ("west", (-1, 0, 0), 90), ("south", (0, -1, 0), 180)],
)
def test_heading_0_is_north_and_grows_to_the_right(
    tmp_path: Path, graph: Graph, facing: str, direction: tuple[int, ...], turn: float
) -> None:
    (route,), _ = read(write_lines(tmp_path / "g.jsonl", [rxr([*NORTH, "d3", "e4"], facing)]), graph)
    np.testing.assert_allclose(route.facing, direction, atol=1e-9)
    points, legs = along(graph.on_floor(UP)[[graph.index[node] for node in route.nodes]], route.facing, UP)
    np.testing.assert_allclose(points[:, :2], [(0, 0), (0, 4), (3, 4), (3, 1)], atol=1e-6)
    assert abs(legs[0, 0]) == pytest.approx(180, abs=1e-4) if turn == 180 else legs[0, 0] == pytest.approx(turn)
    np.testing.assert_allclose(legs[1:, 0], 90, atol=1e-4)  # twice to the right
    np.testing.assert_allclose(legs[:, 1], (4, 3, 3), atol=1e-6)


def test_the_start_heading_is_not_along_the_path_so_the_first_action_is_a_turn(tmp_path: Path) -> None:
    """The numbers of the record in RxR's own README: bearing 97.4 degrees, heading 177.9, a floor that rises."""
    bearings, metres = np.radians((97.4, 101.0, 30.0, 35.0)), (1.40, 3.88, 1.50, 1.25)
    at, places = np.zeros(3), [Place("p0", (0.0, 0.0, 0.0))]
    for k, (bearing, length) in enumerate(zip(bearings, metres, strict=True), 1):
        east_north = length * np.exp(1j * (np.pi / 2 - bearing))
        at = at + np.array([east_north.real, east_north.imag, 0.0])
        places.append(Place(f"p{k}", tuple(at)))
    ways = tuple((f"p{k}", f"p{k + 1}") for k in range(4))
    graph = read_connectivity(write_json(tmp_path / "c.json", panoramas(tuple(places), ways)))
    line = rxr([place.name for place in places], "north", heading=float(np.radians(177.9)))
    (route,), _ = read(write_lines(tmp_path / "g.jsonl", [line]), graph)
    _, legs = along(graph.on_floor(UP)[[graph.index[node] for node in route.nodes]], route.facing, UP)
    np.testing.assert_allclose(legs[:, 1], (1.40 + 3.88, 1.50 + 1.25), atol=1e-5)  # bends of 4 and 5 degrees are none
    assert legs[0, 0] == pytest.approx(-80, abs=3)
    assert legs[1, 0] == pytest.approx(-70, abs=3)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"path": ["c2", "f5", "d3"]}, "'f5', expected included panoramas"),
        ({"path": ["a0", "c2"]}, "a0 to c2, expected steps along edges"),
        ({"path": ["a0", "nowhere"]}, "'nowhere'"),
        ({"path": ["a0"]}, "1 places, expected at least 2"),
        ({"path": "a0"}, "path: found str"),
        ({"heading": 177.9}, "177.9, expected radians"),
        ({"heading": float("nan")}, "nan, expected radians"),
        ({"instruction": None, "instructions": []}, "instruction: found none"),
        ({"instruction": 3}, "instruction: found int"),
    ],
)
def test_episodes_that_cannot_be_walked_are_skipped_by_name(
    tmp_path: Path, graph: Graph, changes: dict[str, Any], reason: str
) -> None:
    lines = [rxr(NORTH, "north"), rxr(NORTH, "north", 66) | changes, rxr(NORTH, "south", 13)]
    routes, skipped = read(write_lines(tmp_path / "g.jsonl", lines), graph)
    assert [route.id for route in routes] == ["11", "13"]
    assert list(skipped) == ["episode 66"]
    assert reason in skipped["episode 66"]


def test_an_id_that_comes_twice_and_values_that_are_no_episode_are_skipped(tmp_path: Path, graph: Graph) -> None:
    routes, skipped = read(write_lines(tmp_path / "g.jsonl", [rxr(NORTH, "north"), rxr(NORTH, "west"), 3, {}]), graph)
    assert len(routes) == 1
    assert set(skipped) == {"episode 11", "line 3", "line 4"}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("g.jsonl", b"{\n"),
        ("g.jsonl", b"\xff\n"),
        ("g.jsonl.gz", b"no gzip"),
        ("g.jsonl.gz", gzip.compress(json.dumps(rxr(NORTH, "north")).encode() * 50)[:-20]),
        ("g.jsonl.gz", gzip.compress(b" " * (1 << 23))),
        ("g.json", b"{}"),
        ("g.json", b""),
    ],
)
def test_damaged_files_of_episodes_are_refused(tmp_path: Path, graph: Graph, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match=name.replace(".", r"\.")):
        read(tmp_path / name, graph)
    with pytest.raises(DataError, match="no such file"):
        read(tmp_path / f"no-{name}", graph)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"ids": ("a", "a")}, "ids"),
        ({"positions": np.zeros((3, 3))}, "positions"),
        ({"edges": [(0, 2)]}, "edges"),
        ({"edges": [(1, 1)]}, "edges"),
        ({"heights": np.zeros(5)}, "heights"),
    ],
)
def test_graphs_are_checked(arguments: dict[str, Any], field: str) -> None:
    good: dict[str, Any] = {"ids": ("a", "b"), "positions": np.zeros((2, 3)), "edges": [(1, 0), (0, 1)]}
    assert Graph(**good).edges.tolist() == [[0, 1]]
    with pytest.raises(ArgumentError, match=rf"Graph\.{field}"):
        Graph(**good | arguments)


def test_routes_are_checked() -> None:
    for facing, nodes in (((0, 0, 2), ("a", "b")), ((0, 1, 0), ("a",))):
        with pytest.raises(ArgumentError, match=r"Route\."):
            Route("r", nodes, np.array(facing))
