"""Print what pyproject.toml asks for, one requirement a line: ``build`` for the build system, else names of extras.

Lets tools be installed without rebuilding the package, also by a pip that knows no dependency groups.
"""

import sys
import tomllib
from pathlib import Path


def main(names: list[str]) -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    for name in names:
        if name == "build":
            # cmake and ninja from the index: nothing but a C++ compiler is asked of the system.
            print(*project["build-system"]["requires"], "cmake>=3.26", "ninja", sep="\n")
        else:
            print(*project["project"]["optional-dependencies"][name], sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
