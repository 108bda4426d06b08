"""Imports go down only: read from the sources, including those inside functions."""

from __future__ import annotations

import ast
import itertools
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from spatialkit import errors

PACKAGE = Path(errors.__file__).parent
PROJECT = Path(__file__).parents[1]

FLOORS = {
    0: ["_core", "_loops", "errors", "_check", "_threads", "registry", "_images"],
    1: ["_arguments", "geometry", "bvh", "lenses", "poses", "footprints", "roadmap", "rules", "labels"],
    2: ["scene", "observe", "surfaces", "navigation"],
    3: ["relations", "answers", "formats", "views", "samples", "search", "draw", "ground", "walks"],
    4: ["tasks", "generate", "verify", "audit"],
    5: ["adapters", "writers", "bench", "gallery", "recipes"],
    6: ["cli", "run", "_workers", "testing", "__main__"],
}
FLOOR = {unit: floor for floor, units in FLOORS.items() for unit in units}

# The highest floor that these may use besides themselves: an adapter makes a scene and knows nothing of questions.
KNOWS_UP_TO = {"adapters": 2, "writers": 3}

# Where a package is not called as its distribution is.
DISTRIBUTION = {"PIL": "pillow", "cv2": "opencv_python_headless", "sklearn": "scikit_learn"}

HEAVY = {
    "PIL",
    "deflate",
    "hypothesis",
    "jinja2",
    "msgspec",
    "numba",
    "plotly",
    "pyarrow",
    "pyquaternion",
    "ray",
    "rich",
    "scipy",
}
HEAVY |= {"embreex", "shapely", "sklearn", "torch", "transformers", "trimesh", "typer"}
MAY_BE_HEAVY = {"_loops", "cli", "gallery", "testing"}  # never loaded by `import spatialkit`

FILES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def unit_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_names(node: ast.AST, package: str, *, late: bool = True) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of what is imported below ``node``; inside functions only if ``late``."""
    if isinstance(node, ast.Import):
        yield from ((node.lineno, alias.name) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        parents = package.split(".")
        above = parents[: len(parents) - node.level + 1] if node.level else []
        base = ".".join([*above, *filter(None, [node.module])])
        yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
    elif late or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        children: list[ast.AST] = list(ast.iter_child_nodes(node))
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            children = list(node.orelse)  # what only annotations need is not a dependency
        for child in children:
            yield from imported_names(child, package, late=late)


def imports(path: Path, *, late: bool = True) -> list[tuple[int, str]]:
    package = ".".join(["spatialkit", *path.relative_to(PACKAGE).parts[:-1]])
    return list(imported_names(ast.parse(path.read_text(encoding="utf-8")), package, late=late))


def used_units(path: Path) -> Iterator[tuple[int, str]]:
    """Line and first name below ``spatialkit`` of each import from this package."""
    for line, name in imports(path):
        head, *rest = name.split(".")
        if head == "spatialkit":
            yield line, rest[0] if rest else ""


def test_every_module_has_a_floor() -> None:
    assert sorted({unit_of(path) for path in FILES} - set(FLOOR)) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_only(path: Path) -> None:
    unit = unit_of(path)
    top = KNOWS_UP_TO.get(unit, FLOOR[unit])
    wrong = []
    for line, used in used_units(path):
        if used in (unit, "__version__"):
            continue
        if used not in FLOOR:
            wrong.append(f"{path}:{line}: import {used!r} from the module that defines it, not from the package's root")
        elif FLOOR[used] > top:
            wrong.append(f"{path}:{line}: {unit} (floor {FLOOR[unit]}, knows up to {top}) uses {used} ({FLOOR[used]})")
    assert wrong == []


def test_modules_of_one_floor_do_not_import_each_other_in_circles() -> None:
    uses = {unit: set[str]() for unit in FLOOR}
    for path in FILES:
        uses[unit_of(path)] |= {used for _, used in used_units(path) if used in FLOOR and used != unit_of(path)}
    while leaves := {unit for unit, used in uses.items() if not used}:
        uses = {unit: used - leaves for unit, used in uses.items() if unit not in leaves}
    assert uses == {}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_heavy_packages_are_imported_where_they_are_used(path: Path) -> None:
    if unit_of(path) in MAY_BE_HEAVY:
        return
    heavy = [f"{path}:{line}: {name}" for line, name in imports(path, late=False) if name.partition(".")[0] in HEAVY]
    assert heavy == []


def test_imported_packages_are_declared() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *itertools.chain(*project["optional-dependencies"].values())]
    declared = {re.split(r"[\[<>=! ]", requirement)[0].replace("-", "_").lower() for requirement in wanted}
    used = {name.partition(".")[0] for path in FILES for _, name in imports(path)}
    third_party = used - sys.stdlib_module_names - {"spatialkit"}
    assert {DISTRIBUTION.get(name, name.lower()) for name in third_party} - declared == set()


def test_imports_are_found_wherever_they_stand() -> None:
    source = """
import a.b
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from c import d
else:
    from e import f
class C:
    def method(self):
        from ..g import h
        from . import i
"""
    tree = ast.parse(source)
    early = ["a.b", "typing.TYPE_CHECKING", "e.f"]
    assert [name for _, name in imported_names(tree, "spatialkit.tasks", late=False)] == early
    late = [*early, "spatialkit.g.h", "spatialkit.tasks.i"]
    assert [name for _, name in imported_names(tree, "spatialkit.tasks")] == late
