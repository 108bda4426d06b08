"""Samples of a small room, word for word: what changes here changes for everyone who made data before.

After a change that is meant, ``python -m tests.golden.test_samples`` writes the file anew; read the difference.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from spatialkit.generate import generate
from spatialkit.samples import Sample
from spatialkit.scene import Camera, Frame, OrientedBox, Scene, SceneObject
from spatialkit.surfaces import Surface
from spatialkit.testing import mesh_of_boxes

FILE = Path(__file__).with_name("samples.json")

THINGS = {  # centre, size, yaw in degrees
    "sofa": ((1.0, 3.2, 0.4), (1.8, 0.8, 0.8), 10),
    "coffee table": ((1.4, 1.9, 0.225), (0.9, 0.5, 0.45), 0),
    "floor lamp": ((2.6, 3.4, 0.8), (0.4, 0.4, 1.6), 30),
    "bookshelf": ((3.6, 2.4, 1.0), (0.3, 1.2, 2.0), 0),
    "stool": ((2.9, 1.2, 0.25), (0.4, 0.4, 0.5), 45),
}


def room() -> Scene:
    """Five boxes in a room of 4 x 4 x 2.5 m, seen by 40 cameras that walk a quarter circle around its middle."""
    boxes = [OrientedBox((2, 2, 1.25), (4, 4, 2.5))]
    for centre, size, yaw in THINGS.values():
        c, s = math.cos(math.radians(yaw)), math.sin(math.radians(yaw))
        boxes.append(OrientedBox(centre, size, [[c, -s, 0], [s, c, 0], [0, 0, 1]]))
    objects = tuple(
        SceneObject(i + 1, label, box) for i, (label, box) in enumerate(zip(THINGS, boxes[1:], strict=True))
    )
    vertices, faces = mesh_of_boxes(boxes)
    surface = Surface(vertices, faces, np.repeat([-1, 1, 2, 3, 4, 5], 12))
    return Scene("room", "golden", tuple(frame(i) for i in range(40)), objects, surface)


def frame(number: int) -> Frame:
    """A camera at eye height that looks at the middle of the room, slightly down."""
    turn, down = math.radians(180 + 90 * number / 39), math.radians(12)
    eye = np.array([2.4 + 1.9 * math.cos(turn), 2.2 + 1.9 * math.sin(turn), 1.5])
    ahead = np.array([-math.cos(turn) * math.cos(down), -math.sin(turn) * math.cos(down), -math.sin(down)])
    right = np.cross(ahead, (0, 0, 1))
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(ahead, right), ahead], axis=1)
    pose[:3, 3] = eye
    return Frame(f"{number:03d}", Camera(120, 120, 79.5, 59.5, 160, 120), pose, time=number / 5)


def plain(sample: Sample) -> dict[str, Any]:
    """What a reader of the sample sees."""
    marks = [f"{m.colour} {m.kind} on image {m.image} at {[round(x) for x in m.xy]}" for m in sample.marks]
    frames = [image.frame for image in sample.images]
    return {"id": sample.id, "question": sample.question, "answer": sample.answer, "frames": frames, "marks": marks}


def made() -> list[dict[str, Any]]:
    return [plain(s) for s in generate("all", room(), seed=7, per_task=2)]


def test_the_samples_are_word_for_word_those_on_file() -> None:
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    new = made()
    assert [s["id"] for s in new] == [s["id"] for s in kept]
    for now, then in zip(new, kept, strict=True):
        assert now == then


if __name__ == "__main__":
    FILE.write_text(json.dumps(made(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
