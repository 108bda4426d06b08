"""Run the targets on damaged inputs: ``python -m tests.fuzz --seconds 60 --seed 0``; faults make it end with 1.

``--targets NAME --replay FILE`` runs one input. ``--atheris NAME`` hands one target to Atheris (``pip install
atheris``), which looks for inputs by coverage; what follows are its own options.
"""

import sys
from contextlib import ExitStack

with ExitStack() as stack:
    if "--atheris" in sys.argv:
        import atheris

        stack.enter_context(atheris.instrument_imports(include=["spatialkit"]))
    from tests.fuzz.cli import main
    from tests.fuzz.targets import TARGETS

if __name__ == "__main__":
    sys.exit(main("tests.fuzz", TARGETS, __doc__))
