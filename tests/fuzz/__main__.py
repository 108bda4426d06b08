"""Run the targets on damaged inputs: ``python -m tests.fuzz --seconds 60 --seed 0``; faults make it end with 1.

``--targets NAME --replay FILE`` runs one input. ``--atheris NAME`` hands one target to Atheris (``pip install
atheris``), which looks for inputs by coverage; what follows are its own options.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.fuzz.harness import SAVED, child, explore
from tests.fuzz.targets import TARGETS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument("--seconds", type=float, default=60.0, help="for all targets together (default: 60)")
    amount.add_argument("--inputs", type=int, help="for each target, in place of a time")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--targets", nargs="*", metavar="NAME", default=list(TARGETS), help=", ".join(TARGETS))
    parser.add_argument("--save", type=Path, default=SAVED, help=f"where inputs that fail go (default: {SAVED})")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="run this input only")
    parser.add_argument("--atheris", nargs=argparse.REMAINDER, metavar="NAME")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if unknown := set(chosen.targets) - set(TARGETS):
        parser.error(f"no target {', '.join(sorted(unknown))}; known: {', '.join(TARGETS)}")
    if chosen.atheris is not None:
        return by_coverage(*chosen.atheris)
    if chosen.replay is not None:
        for name in chosen.targets:
            TARGETS[name](chosen.replay.read_bytes())
        return 0
    seconds = None if chosen.inputs else chosen.seconds / max(len(chosen.targets), 1)
    if chosen.child is not None:
        child(TARGETS, chosen.targets, chosen.seed, chosen.inputs, seconds, chosen.child)
        return 0
    report = explore("tests.fuzz", chosen.targets, chosen.seed, chosen.inputs, chosen.seconds, chosen.save)
    for name, count in report.counts.items():
        print(f"{name}: {count} inputs")
    for fault in report.faults:
        print(f"\n{fault}")
    print(f"\n{sum(report.counts.values())} inputs, {len(report.faults)} faults")
    return 1 if report.faults or set(report.counts) != set(chosen.targets) else 0


def by_coverage(name: str, *options: str) -> int:
    """Hand a target to Atheris, with its valid inputs as the corpus."""
    import atheris

    corpus = SAVED / "corpus" / name.replace(" ", "_")
    corpus.mkdir(parents=True, exist_ok=True)
    for i, seed in enumerate(TARGETS[name].seeds()):
        (corpus / str(i)).write_bytes(seed)
    atheris.instrument_all()
    atheris.Setup([sys.argv[0], *options, str(corpus)], TARGETS[name])
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
