"""From a scene to samples: fill the roles, measure, admit, balance, say."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Iterator, Sequence

from spatialkit import _check
from spatialkit.errors import ArgumentError, UnknownName
from spatialkit.generate._candidates import Ledger
from spatialkit.generate._cast import Cast
from spatialkit.generate._facts import Quota, facts
from spatialkit.generate._writer import Writer
from spatialkit.observe import observe
from spatialkit.rules import Rules
from spatialkit.samples import FORMATS, Format, Sample
from spatialkit.scene import Scene
from spatialkit.tasks.base import Task, Variant, groups, registry

__all__ = ["Ledger", "generate", "resolve"]


def generate(
    tasks: str | Task | Iterable[str | Task],
    scene: Scene,
    *,
    seed: int = 0,
    per_task: int = 10,
    formats: str | Iterable[str] | None = None,
    rules: Rules | None = None,
    ledger: Ledger | None = None,
) -> Iterator[Sample]:
    """Yield samples of a scene: for each task id up to ``per_task`` facts, each in every format of the task.

    What is yielded for a task depends on the arguments, the task and the scene alone, not on the other tasks.

    Parameters
    ----------
    tasks
        "all" (SPAR's ids), "beyond" (the other ids), a task id, a ``Task``, or several of them.
    scene
        Where the questions are about.
    seed
        Any whole number.
    per_task
        Most facts per task id; fewer come where fewer are admissible. A fact that none of the formats can carry, for
        want of fair options, does not count.
    formats
        Of "fill", "select", "sentence", "judge"; None: all that a task has.
    rules
        Thresholds; None: the defaults.
    ledger
        Counts, per task, the candidates that fell under each rule.

    Raises
    ------
    UnknownName
        For a task id or format that does not exist.
    ArgumentError
        When the scene has neither depth nor a surface, an argument is of another type, ``per_task`` is not a whole
        number of at least 1 or ``seed`` no whole number, there are no tasks or formats, or something that is neither an
        id nor a task stands among the tasks.
    """
    rules = Rules() if rules is None else rules
    ledger = Ledger() if ledger is None else ledger
    if isinstance(per_task, bool) or not isinstance(per_task, int) or per_task < 1:
        raise ArgumentError("per_task", found=repr(per_task), expected="a whole number of at least 1")
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise ArgumentError("seed", found=repr(seed), expected="a whole number")
    for name, value, kind in (("scene", scene, Scene), ("rules", rules, Rules), ("ledger", ledger, Ledger)):
        _check.instance(name, value, kind)
    return _generate(resolve(tasks), scene, seed, per_task, _wanted(formats), rules, ledger)


def _wanted(formats: str | Iterable[str] | None) -> tuple[str, ...]:
    """Return the formats that are asked for."""
    if formats is None:
        return FORMATS
    _check.instance("formats", formats, str, Iterable)
    wanted = (formats,) if isinstance(formats, str) else tuple(formats)
    if not wanted:
        raise ArgumentError("formats", found="none", expected=f"None, for all, or some of {', '.join(FORMATS)}")
    for name in wanted:
        if name not in FORMATS:
            raise UnknownName("format", str(name), FORMATS)
    return wanted


def resolve(tasks: str | Task | Iterable[str | Task]) -> list[Variant]:
    """Return the variants that "all", "beyond", ids or tasks stand for, in the order given, each once.

    Raises
    ------
    UnknownName
        Naming near ids.
    ArgumentError
        For what is neither an id nor a task, and for none at all.
    """
    found: dict[int, Variant] = {}
    if not isinstance(tasks, str | Task | Iterable):
        raise ArgumentError("tasks", found=repr(tasks)[:80], expected="a task id, a Task object, or several of them")
    for item in [tasks] if isinstance(tasks, str | Task) else tasks:
        if isinstance(item, Task):
            variants = item.all_variants()
        elif not isinstance(item, str):
            raise ArgumentError("tasks", found=repr(item)[:80], expected="a task id, a Task object, or several of them")
        else:
            variants = [registry[name] for name in groups().get(item, [item])]
        found |= {id(variant): variant for variant in variants}
    if not found:
        raise ArgumentError("tasks", found="none", expected="a task id, a Task object, or several of them")
    return list(found.values())


def _generate(
    variants: list[Variant],
    scene: Scene,
    seed: int,
    per_task: int,
    wanted: Sequence[str],
    rules: Rules,
    ledger: Ledger,
) -> Iterator[Sample]:
    cast = Cast(scene, observe(scene), rules)
    for variant in variants:
        chosen: list[Format] = [name for name in variant.formats if name in wanted]
        if not chosen:
            continue
        if variant.task.answer.metric and not scene.metric:
            ledger.count(variant.id, "scene is not metric")
            continue
        rng = random.Random(_digest(seed, variant.id, scene.dataset, scene.id))
        writer = Writer(variant, cast, seed, rng, ledger)
        quota = Quota(per_task)
        for number, fact in enumerate(facts(variant, cast, quota, chosen, rng, ledger)):
            made = False
            for sample in writer.samples(number, fact, chosen):
                made = True
                yield sample
            if not made:
                quota.missing += 1


def _digest(*parts: object) -> int:
    return int.from_bytes(hashlib.blake2b(repr(parts).encode(), digest_size=16).digest(), "big")
