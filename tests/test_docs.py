"""The pages that are made from the code say what the code says."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image, ImageDraw

DOCS = Path(__file__).parents[1] / "docs"
ROW = re.compile(r"^\| `(\w+)` \| ([^|]+) \|", re.MULTILINE)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_tasks", DOCS / "make_tasks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_tasks_is_as_the_tasks_are(script: ModuleType) -> None:
    """After a change that is meant, ``python docs/make_tasks.py`` writes it anew; read the difference."""
    assert script.drift(*script.make()) == []


def test_drift_is_found_and_named(script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script, "DOCS", tmp_path)
    picture = Image.radial_gradient("L").convert("RGB")
    script.write("one\ntwo\n", {"a.webp": picture, "b.webp": picture})
    assert script.drift("one\ntwo\n", {"a.webp": picture, "b.webp": picture}) == []

    moved = picture.copy()
    ImageDraw.Draw(moved).ellipse((60, 60, 70, 70), fill="red")
    found = script.drift("one\n2\n", {"a.webp": moved, "c.webp": picture})
    assert [line.partition(": ")[0] for line in found] == [
        "docs/tasks.md, line 2",
        "docs/images/tasks/b.webp",
        "docs/images/tasks/a.webp",
        "docs/images/tasks/c.webp",
    ]
    script.write("one\n2\n", {"a.webp": moved, "c.webp": picture})
    assert script.drift("one\n2\n", {"a.webp": moved, "c.webp": picture}) == []


def test_pictures_are_light(script: ModuleType) -> None:
    heavy = [path.name for path in (DOCS / script.PICTURES).iterdir() if path.stat().st_size > script.HEAVIEST]
    assert heavy == []
