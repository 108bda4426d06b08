"""The pages that are made from the code say what the code says."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image, ImageDraw

from spatialkit import answers
from spatialkit.answers import Answer
from spatialkit.rules import Rules
from spatialkit.tasks.base import groups

DOCS = Path(__file__).parents[1] / "docs"
RULE = re.compile(r"^\| (`\w+`(?:, `\w+`)*) \| ([^|]+) \|", re.MULTILINE)


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


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def test_the_page_of_rules_has_all_of_them_with_their_defaults() -> None:
    written = {}
    for names, defaults in RULE.findall(page("rules.md")):
        listed = names.replace("`", "").split(", ")
        values = defaults.split(", ") if len(listed) > 1 else [defaults]
        written |= dict(zip(listed, values, strict=True))
    assert set(written) == {item.name for item in fields(Rules)}
    for item in fields(Rules):
        value = getattr(Rules(), item.name)
        if isinstance(value, frozenset):
            named = {label for label in written[item.name].split(", ") if label != "…"}
            assert named <= value
        else:
            assert written[item.name] == str(value).lower(), item.name


def test_differences_speak_of_every_id() -> None:
    text = page("differences.md")
    assert [name for name in (*groups()["all"], *groups()["beyond"]) if f"`{name}`" not in text] == []


def test_the_page_on_tasks_speaks_of_every_answer_type_and_role() -> None:
    text = page("adding-a-task.md")
    types = [kind for kind in vars(answers).values() if isinstance(kind, type) and issubclass(kind, Answer)]
    assert [kind.__name__ for kind in types if f"| `{kind.__name__}(" not in text and kind is not Answer] == []
    roles = ("point(", "box(", "named()", "category()", "CAMERA", "camera(", "word(", "ROOM", "ROUTE")
    assert [role for role in roles if f"`{role}" not in text] == []
