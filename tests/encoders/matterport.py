"""A small navigation graph, and episodes on it, in the layouts of Matterport3D connectivity files, R2R and RxR.

Headings are made from compass points and turns by hand, poses from rotation vectors, so that no formula is shared with
the reader.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

__all__ = ["COMPASS", "PLACES", "SCAN", "WAYS", "Place", "panoramas", "r2r", "rxr", "write_json", "write_lines"]

SCAN = "2t7WUuJeko7"
COMPASS = {"north": 0.0, "east": 1.5707963267948966, "south": 3.141592653589793, "west": 4.71238898038469}  # radians


@dataclass(frozen=True)
class Place:
    """A panorama: its id, where on the floor it stands (metres), and how high above it the camera was."""

    name: str
    at: tuple[float, float, float]
    height: float = 1.5
    included: bool = True


# A corridor to the north, a door to the east, a room behind it; an excluded panorama and one on its own.
PLACES = (
    Place("a0", (0.0, 0.0, 0.0)),
    Place("b1", (0.0, 2.0, 0.0), 1.6),
    Place("c2", (0.0, 4.0, 0.0)),
    Place("d3", (3.0, 4.0, 0.0), 1.45),
    Place("e4", (3.0, 1.0, 0.0)),
    Place("f5", (1.5, 4.0, 0.0), included=False),
    Place("g6", (9.0, 9.0, 0.0)),
)
WAYS = (("a0", "b1"), ("b1", "c2"), ("c2", "d3"), ("d3", "e4"), ("c2", "f5"), ("f5", "d3"))


def panoramas(places: tuple[Place, ...] = PLACES, ways: tuple[tuple[str, str], ...] = WAYS) -> list[dict[str, Any]]:
    """Return the records of a connectivity file; each panorama is turned by another angle."""
    open_ways = {frozenset(way) for way in ways}
    records = []
    for k, place in enumerate(places):
        turn = Rotation.from_rotvec([0.0, 0.0, 0.7 * k]) * Rotation.from_rotvec([-np.pi / 2, 0.0, 0.0])
        rows = [[*row, shift] for row, shift in zip(turn.as_matrix().tolist(), place.at, strict=True)]
        rows[2][3] += place.height
        flags = [frozenset((place.name, other.name)) in open_ways for other in places]
        records.append(
            {
                "image_id": place.name,
                "pose": [round(x, 6) for row in [*rows, [0.0, 0.0, 0.0, 1.0]] for x in row],
                "included": place.included,
                "visible": [True] * len(places),
                "unobstructed": flags,
                "height": place.height,
            }
        )
    return records


def r2r(path: list[str], facing: str, number: int = 7, **changes: Any) -> dict[str, Any]:
    """Return an R2R episode."""
    record = {
        "distance": 9.9,
        "scan": SCAN,
        "path_id": number,
        "path": path,
        "heading": COMPASS[facing],
        "instructions": ["Walk up the hall.  Stop by the door. ", "Go north.", "Keep going.\n"],
    }
    return record | changes


def rxr(path: list[str], facing: str, number: int = 11, **changes: Any) -> dict[str, Any]:
    """Return a line of an RxR guide file; a time is missing, as in the real ones."""
    record = {
        "split": "train",
        "instruction_id": number,
        "annotator_id": 30,
        "language": "hi-IN",
        "path_id": 4,
        "scan": SCAN,
        "path": path,
        "heading": COMPASS[facing],
        "instruction": "आप एक गलियारे में हैं",
        "timed_instruction": [{"word": "आप", "start_time": 0.1, "end_time": 0.4}, {"word": "एक"}],
        "edit_distance": 0.02,
    }
    return record | changes


def write_json(path: Path, value: Any) -> Path:
    """Write JSON, gzipped where the name says so."""
    data = json.dumps(value, ensure_ascii=False).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def write_lines(path: Path, records: list[Any]) -> Path:
    """Write one JSON value a line, gzipped where the name says so."""
    data = b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def without(places: tuple[Place, ...], name: str) -> tuple[Place, ...]:
    """Return the places with one of them excluded."""
    return tuple(replace(place, included=place.included and place.name != name) for place in places)
