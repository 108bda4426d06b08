"""Checking samples against the scene they came from, by code that shares no formula with the tasks.

Everything is derived again from object boxes, camera poses and the words of the sample, in float64: what the question
asks, what is true, whether each mark sits on a visible part of its object, whether text and drawing agree. Where the
tasks measure samples of a surface, this casts rays; where they compute, this reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from spatialkit.errors import SpatialkitError
from spatialkit.rules import Rules
from spatialkit.samples import FORMATS, Sample
from spatialkit.scene import Scene
from spatialkit.verify._bare import check_bare, provable
from spatialkit.verify._derive import BUILTIN, Derivation, Fault
from spatialkit.verify._marks import check_marks
from spatialkit.verify._names import Text
from spatialkit.verify._shown import check_images
from spatialkit.verify._together import check_together
from spatialkit.verify._wording import check_wording
from spatialkit.verify._world import World

__all__ = ["Count", "Failure", "Fault", "Report", "derivations", "verify"]

derivations: dict[str, Derivation] = dict(BUILTIN)
"""Derivation by task id; add those of other tasks here.

A derivation is called with a sample, the ``World`` (the scene, its rules, its rays), the question and the answer as
``Text``. It yields a sentence for each thing that is wrong, or raises ``Fault`` when it cannot go on.
"""


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that is wrong with a sample: what was found and what was expected."""

    sample_id: str
    reason: str

    def __str__(self) -> str:
        return f"{self.sample_id}: {self.reason}"


@dataclass(slots=True)
class Count:
    """How the samples of one task fared: each is exactly one of the three."""

    passed: int = 0
    failed: int = 0
    unchecked: int = 0


@dataclass
class Report:
    """What verification found.

    Parameters
    ----------
    failures
        Everything that is wrong; a sample may have several.
    by_task
        Counts of samples by task id. A sample counts as unchecked when nothing was found wrong with it but its task
        has no derivation, or the scene holds neither mesh nor depth nor instance images to prove its marks by.
    """

    failures: list[Failure] = field(default_factory=list)
    by_task: dict[str, Count] = field(default_factory=dict)

    @property
    def checked(self) -> int:
        """Number of samples that were decided, passed or failed."""
        return sum(count.passed + count.failed for count in self.by_task.values())

    @property
    def unchecked(self) -> int:
        """Number of samples that were not decided."""
        return sum(count.unchecked for count in self.by_task.values())

    @property
    def ok(self) -> bool:
        """Whether every sample was decided and none failed."""
        return not self.failures and not self.unchecked


def verify(samples: Iterable[Sample], scene: Scene, *, rules: Rules | None = None) -> Report:
    """Hold samples against their scene.

    Parameters
    ----------
    samples
        Samples of this scene.
    scene
        The scene that they were made from.
    rules
        The rules that they were made by; None: the defaults.

    Returns
    -------
    Report
        Failures and counts; ``report.ok`` says whether everything was checked and right.
    """
    world, report, seen = World(scene, rules or Rules()), Report(), set[str]()
    for sample in samples:
        reasons = list(_reasons(sample, world))
        if sample.id in seen:
            reasons.append("its id occurs twice")
        seen.add(sample.id)
        count = report.by_task.setdefault(sample.task, Count())
        if reasons:
            count.failed += 1
        elif sample.task in derivations and provable(sample, world):
            count.passed += 1
        else:
            count.unchecked += 1
        report.failures += [Failure(sample.id, reason) for reason in reasons]
    return report


def _reasons(sample: Sample, world: World) -> Iterator[str]:
    """Yield what is wrong with a sample, whatever it says: a provenance is free, and so are derivations of others."""
    try:
        yield from _check(sample, world)
    except SpatialkitError:
        raise
    except Exception as error:
        yield f"what it says cannot be followed ({type(error).__name__}: {error})"


def _check(sample: Sample, world: World) -> Iterator[str]:
    scene = world.scene
    if (sample.dataset, sample.scene) != (scene.dataset, scene.id):
        yield f"the sample is of scene {sample.dataset}/{sample.scene}, expected {scene.dataset}/{scene.id}"
        return
    if sample.format not in FORMATS:
        yield f"format {sample.format!r}, expected one of {', '.join(FORMATS)}"
    wrong = list(check_images(sample, world))
    for check in (check_marks, check_bare):
        wrong += check(sample, world) if not wrong else []
    yield from wrong
    if wrong:
        return
    question, answer = Text.read(sample.question, sample, scene), Text.read(sample.answer, sample, scene)
    yield from check_wording(sample, question, answer, world.rules)
    yield from check_together(sample, world)
    if sample.task in derivations:
        try:
            yield from derivations[sample.task](sample, world, question, answer)
        except Fault as fault:
            yield str(fault)
