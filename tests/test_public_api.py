"""The flat public namespace, and what importing it costs."""

from __future__ import annotations

import inspect
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import spatialkit as sk

ROOT = Path(__file__).parents[1]

# Names of functions that are also names of the modules that hold them.
LIKE_THEIR_MODULE = ("draw", "generate", "observe", "verify")

NOT_ON_IMPORT = {"asyncio", "http", "multiprocessing", "sqlite3", "unittest", "xml"}  # costly parts of Python itself


def in_fresh_python(code: str, *options: str) -> str:
    done = subprocess.run([sys.executable, *options, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_all_names_exist_and_nothing_else_is_public() -> None:
    assert len(set(sk.__all__)) == len(sk.__all__)
    found = {name: getattr(sk, name) for name in {*vars(sk), *sk.__all__} if not name.startswith("_")}
    public = {name for name, value in found.items() if getattr(value, "__module__", "").startswith("spatialkit")}
    packages = {name for name in sk.__all__ if inspect.ismodule(getattr(sk, name))}
    assert packages == {"adapters", "tasks", "writers"}
    assert set(sk.__all__) == public | packages | {"__version__"} == set(dir(sk))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        sk.nothing  # noqa: B018


def test_public_names_are_documented() -> None:
    assert [name for name in sk.__all__ if name != "__version__" and not inspect.getdoc(getattr(sk, name))] == []


def test_star_import_gives_the_public_names() -> None:
    assert in_fresh_python("from spatialkit import *; print(Scene.__name__, generate.__name__)") == "Scene generate\n"


def test_version_is_the_one_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert sk.__version__ == project["version"]
    assert f"VERSION {sk.__version__} " in (ROOT / "cpp/CMakeLists.txt").read_text(encoding="utf-8")


def test_bare_import_loads_numpy_and_the_core_and_nothing_heavier() -> None:
    code = """
import sys
before = set(sys.modules)
import numpy
numpy_brought = set(sys.modules)
import spatialkit
top = lambda names: {name.partition(".")[0] for name in names}
print(*sorted(top(sys.modules) - top(before)))
print(*sorted(top(set(sys.modules) - numpy_brought)))
"""
    loaded, beyond_numpy = (set(line.split()) for line in in_fresh_python(code).splitlines())
    third_party = {name for name in loaded if name not in sys.stdlib_module_names}
    assert {"numpy", "spatialkit"} <= third_party
    assert third_party - {"numpy", "spatialkit"} == set()
    assert beyond_numpy & NOT_ON_IMPORT == set()


@pytest.mark.parametrize("name", LIKE_THEIR_MODULE)
def test_name_stays_the_function_after_its_module_is_imported(name: str) -> None:
    code = f"""
import spatialkit
import spatialkit.{name}
from spatialkit.{name} import {name} as function
assert inspect.isfunction(function) and spatialkit.{name} is function
import importlib
assert inspect.ismodule(importlib.import_module("spatialkit.{name}")) and spatialkit.{name} is function
"""
    in_fresh_python("import inspect" + code)


@pytest.mark.parametrize("name", LIKE_THEIR_MODULE)
def test_name_is_the_function_when_its_module_is_imported_first(name: str) -> None:
    in_fresh_python(f"import inspect, spatialkit.{name}; assert inspect.isfunction(spatialkit.{name})")


def test_missing_core_is_explained() -> None:
    code = """
import sys
sys.modules["spatialkit._core"] = None
try:
    import spatialkit
except ImportError as error:
    print(error)
"""
    said = in_fresh_python(code)
    assert "compiled core" in said
    assert "pip install -e ." in said
