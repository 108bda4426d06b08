"""Every example and every Python block of the front pages runs as a user would run it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PYTHON_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
BLOCKS = [
    pytest.param(block, id=f"{page.name}-{number}")
    for page in PAGES
    for number, block in enumerate(PYTHON_BLOCK.findall(page.read_text(encoding="utf-8")), 1)
]


def run(arguments: list[str], folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def test_there_are_examples() -> None:
    assert EXAMPLES
    assert BLOCKS


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_example(path: Path, tmp_path: Path) -> None:
    """An example takes the folder it writes to; one that needs a real capture finds it under SPATIALKIT_REAL_DATA."""
    if "SPATIALKIT_REAL_DATA" in path.read_text(encoding="utf-8") and not os.environ.get("SPATIALKIT_REAL_DATA"):
        pytest.skip("needs a real capture: set SPATIALKIT_REAL_DATA to the folder that holds it")
    kept = os.environ.get("SPATIALKIT_EXAMPLES_OUT")
    out = (ROOT / kept if kept else tmp_path) / path.stem
    out.mkdir(parents=True, exist_ok=True)
    assert run([str(path), str(out)], out).strip(), "an example tells what it found or made"


@pytest.mark.parametrize("block", BLOCKS)
def test_documented_code(block: str, tmp_path: Path) -> None:
    run(["-c", block], tmp_path)
