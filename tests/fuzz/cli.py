"""The command line of the fuzzer, for any targets."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.fuzz.harness import HANGING, SAVED, Target, child, explore


def main(module: str, targets: Mapping[str, Target], doc: str | None) -> int:
    """Do what the arguments of ``python -m module`` say; return the exit status."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=doc)
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument("--seconds", type=float, default=60.0, help="for all targets together (default: 60)")
    amount.add_argument("--inputs", type=int, help="for each target, in place of a time")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--targets", nargs="*", metavar="NAME", default=list(targets), help=", ".join(targets))
    parser.add_argument("--save", type=Path, default=SAVED, help=f"where inputs that fail go (default: {SAVED})")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="run this input only")
    parser.add_argument("--atheris", nargs=argparse.REMAINDER, metavar="NAME")
    parser.add_argument("--patience", type=float, default=HANGING, help="seconds that one input may take")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if unknown := set(chosen.targets) - set(targets):
        parser.error(f"no target {', '.join(sorted(unknown))}; known: {', '.join(targets)}")
    if chosen.atheris is not None:
        return by_coverage(targets, *chosen.atheris)
    if chosen.replay is not None:
        for name in chosen.targets:
            targets[name](chosen.replay.read_bytes())
        return 0
    seconds = None if chosen.inputs else chosen.seconds / max(len(chosen.targets), 1)
    if chosen.child is not None:
        child(targets, chosen.targets, chosen.seed, chosen.inputs, seconds, chosen.child, chosen.patience)
        return 0
    report = explore(
        module, chosen.targets, chosen.seed, chosen.inputs, chosen.seconds, chosen.save, patience=chosen.patience
    )
    for name, count in report.counts.items():
        print(f"{name}: {count} inputs")
    for fault in report.faults:
        print(f"\n{fault}")
    print(f"\n{sum(report.counts.values())} inputs, {len(report.faults)} faults")
    return 1 if report.faults or set(report.counts) != set(chosen.targets) else 0


def by_coverage(targets: Mapping[str, Target], name: str, *options: str) -> int:
    """Hand a target to Atheris, with its valid inputs as the corpus."""
    import atheris

    corpus = SAVED / "corpus" / name.replace(" ", "_")
    corpus.mkdir(parents=True, exist_ok=True)
    for i, seed in enumerate(targets[name].seeds()):
        (corpus / str(i)).write_bytes(seed)
    atheris.Setup([sys.argv[0], *options, str(corpus)], targets[name])
    atheris.Fuzz()
    return 0
