"""Navigation graphs of Matterport3D panoramas, and the episodes of R2R and RxR on them.

Sources: ``connectivity/README.md`` and ``README.md`` of https://github.com/peteanderson80/Matterport3DSimulator, the
README of https://github.com/google-research-datasets/RxR.

* Graph: ``<scan>_connectivity.json``, a list of ``{image_id, pose, included, visible, unobstructed, height}``; metres,
  z up; ``pose`` is 4 x 4, row by row; ``height`` is that of the panorama above the floor. Two panoramas are joined
  where both are ``included`` and ``unobstructed`` says so, each of the other.
* Episodes: R2R is a JSON list with ``scan, path_id, path, heading, instructions``; an RxR guide file has one JSON
  object a line, perhaps gzipped, with ``scan, instruction_id, path, heading, language, instruction``. ``heading`` is in
  radians: 0 faces +y, turning right is positive. It need not point along the path.
"""

from __future__ import annotations

import gzip
import json
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

from spatialkit import _check
from spatialkit.adapters._readers import check_type, located, need_file, read_json
from spatialkit.errors import ArgumentError, DataError
from spatialkit.navigation import Graph, Route

__all__ = ["read_connectivity", "read_episodes"]

LARGEST_GRAPH = 1 << 27  # bytes; the largest scan has some 350 panoramas and less than 2 MB
MOST_PANORAMAS = 5000
LARGEST_FILE = 1 << 33  # bytes of episodes, unpacked
LONGEST_LINE = 1 << 22  # bytes of one episode
HIGHEST = 10.0  # metres of a panorama above its floor
MOST_HEADING = 4 * math.pi  # radians: what is larger was meant in degrees


@dataclass(frozen=True)
class _Panorama:
    image_id: str
    pose: list[float]
    included: bool
    unobstructed: list[bool]
    height: float


@dataclass(frozen=True)
class _Episode:
    """What R2R and RxR share, and what each has besides."""

    scan: str
    path: list[str]
    heading: float
    path_id: int | str = ""
    instructions: list[str] = field(default_factory=list)
    instruction: str | None = None
    instruction_id: int | str = ""
    language: str = ""


def read_connectivity(path: Path) -> Graph:
    """Return the graph of one scan: its included panoramas and the pairs that one can walk between.

    Raises
    ------
    DataError
        No such file or no list of panoramas; a pose that is no rigid transform row by row; ``unobstructed`` of another
        length than the list, or said of one panorama but not of the other; a panorama twice.
    """
    records = read_json(path, limit=LARGEST_GRAPH)
    if not isinstance(records, list) or not 0 < len(records) <= MOST_PANORAMAS:
        found = f"{len(records)} panoramas" if isinstance(records, list) else type(records).__name__
        raise DataError(path, "top level", found=found, expected=f"a list of 1 to {MOST_PANORAMAS} panoramas")
    panoramas = [check_type(record, _Panorama, path, f"[{k}]") for k, record in enumerate(records)]
    kept = [k for k, panorama in enumerate(panoramas) if panorama.included]
    positions = np.array([_position(panoramas[k], path, f"[{k}]") for k in kept]).reshape(-1, 3)
    open_to = np.zeros((len(panoramas), len(panoramas)), dtype=bool)
    for k, panorama in enumerate(panoramas):
        if len(panorama.unobstructed) != len(panoramas):
            found = f"{len(panorama.unobstructed)} values"
            raise DataError(path, f"[{k}].unobstructed", found=found, expected=f"one for each of {len(panoramas)}")
        open_to[k] = panorama.unobstructed
    open_to = open_to[np.ix_(kept, kept)]
    one_way = np.argwhere(open_to & ~open_to.T)
    if len(one_way):
        a, b = (kept[k] for k in one_way[0])
        found = f"true for [{b}], which has false for [{a}]"
        raise DataError(path, f"[{a}].unobstructed", found=found, expected="the same both ways")
    edges = np.argwhere(np.triu(open_to, 1))
    heights = np.array([panoramas[k].height for k in kept])
    try:
        return Graph(tuple(panoramas[k].image_id for k in kept), positions, edges, heights)
    except ArgumentError as error:
        raise located(error, path, "") from None


def read_episodes(path: Path, *, scan: str, graph: Graph) -> tuple[tuple[Route, ...], dict[str, str]]:
    """Return the routes of one scan from a file of R2R (``.json``) or RxR (``.jsonl``), either also as ``.gz``.

    Parameters
    ----------
    path
        The file, with episodes of any scans.
    scan
        Which of them are wanted.
    graph
        Of that scan; every place of a route has to be in it, and each step has to be one of its edges.

    Returns
    -------
    routes
        One for each instruction, its id ``<path_id>_<number>`` (R2R) or the ``instruction_id`` (RxR).
    skipped
        What is wrong with the others, by id or line.

    Raises
    ------
    DataError
        No such file, not JSON, or larger than such a file can be.
    """
    routes: dict[str, Route] = {}
    skipped: dict[str, str] = {}
    for where, record in _records(path):
        if not isinstance(record, dict) or record.get("scan", scan) != scan:
            if not isinstance(record, dict):
                skipped[where] = f"found {type(record).__name__}, expected an episode"
            continue
        try:
            episode = check_type(record, _Episode, path, where)
            for route in _routes(episode, graph, path, where):
                if route.id in routes:
                    raise DataError(path, f"{where}.id", found=f"{route.id!r} again", expected="one of a kind")
                routes[route.id] = route
        except DataError as error:
            skipped[_name(record, where)] = f"{error.field}: found {error.found}, expected {error.expected}"
    return tuple(routes.values()), skipped


def _routes(episode: _Episode, graph: Graph, path: Path, where: str) -> Iterator[Route]:
    if not abs(episode.heading) <= MOST_HEADING:
        raise DataError(path, f"{where}.heading", found=episode.heading, expected="radians")
    for node in episode.path:
        if node not in graph.index:
            raise DataError(path, f"{where}.path", found=repr(node[:80]), expected="included panoramas of the scan")
    for a, b in zip(episode.path, episode.path[1:], strict=False):
        if (graph.index[a], graph.index[b]) not in graph.joined:
            raise DataError(path, f"{where}.path", found=f"{a} to {b}", expected="steps along edges of the graph")
    facing = np.array([math.sin(episode.heading), math.cos(episode.heading), 0.0])
    if episode.instruction is not None:
        told = [(str(episode.instruction_id), episode.instruction)]
    else:
        told = [(f"{episode.path_id}_{k}", text) for k, text in enumerate(episode.instructions)]
    if not told or not told[0][0]:
        raise DataError(path, f"{where}.instruction", found="none", expected="an instruction with an id")
    try:
        for name, text in told:
            yield Route(name, tuple(episode.path), facing, " ".join(text.split()), episode.language)
    except ArgumentError as error:
        raise located(error, path, where) from None


def _position(panorama: _Panorama, path: Path, where: str) -> Any:
    if len(panorama.pose) != 16:
        raise DataError(path, f"{where}.pose", found=f"{len(panorama.pose)} values", expected="16, row by row")
    if not 0 <= panorama.height <= HIGHEST:
        raise DataError(path, f"{where}.height", found=panorama.height, expected=f"0 to {HIGHEST:g} metres")
    try:
        return _check.rigid("pose", np.array(panorama.pose).reshape(4, 4))[:3, 3]
    except ArgumentError as error:
        raise located(error, path, where) from None


def _name(record: dict[str, Any], where: str) -> str:
    found = record.get("instruction_id", record.get("path_id"))
    return f"episode {found}" if isinstance(found, int | str) and str(found) else where


def _records(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield the values of a file and where each stands in it."""
    need_file(path, "episodes", "a .json or .jsonl file, or either with .gz")
    lines = path.name.removesuffix(".gz").endswith(".jsonl")
    try:
        with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as stream:
            if not lines:
                yield from _listed(path, stream)
                return
            read = 0
            for number, line in enumerate(iter(lambda: stream.readline(LONGEST_LINE + 1), b""), 1):
                read += len(line)
                if len(line) > LONGEST_LINE or read > LARGEST_FILE:
                    found = f"more than {LONGEST_LINE if len(line) > LONGEST_LINE else LARGEST_FILE} bytes"
                    raise DataError(path, f"line {number}", found=found, expected="an episode a line")
                if line.strip():
                    yield f"line {number}", _parsed(path, f"line {number}", line)
    except (OSError, EOFError, zlib.error) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(path, "episodes", found=f"an unreadable file ({error})", expected="a whole file") from None


def _listed(path: Path, stream: IO[bytes] | gzip.GzipFile) -> Iterator[tuple[str, Any]]:
    text = stream.read(LARGEST_GRAPH + 1)
    if len(text) > LARGEST_GRAPH:
        raise DataError(path, "JSON", found=f"more than {LARGEST_GRAPH} bytes", expected="a list of episodes")
    values = _parsed(path, "JSON", text)
    if not isinstance(values, list):
        raise DataError(path, "top level", found=type(values).__name__, expected="a list of episodes")
    yield from ((f"[{k}]", value) for k, value in enumerate(values))


def _parsed(path: Path, where: str, text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(path, where, found=f"unreadable values ({error})", expected="well-formed JSON") from None
