"""What a task is: roles, views, one formula, one answer type and its wordings. Everything else is derived."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy.typing as npt

from spatialkit.answers import Answer
from spatialkit.errors import ArgumentError
from spatialkit.registry import Registry, home_of
from spatialkit.samples import COLOURS, Format
from spatialkit.views import Views

__all__ = ["CAMERA", "Role", "Task", "Variant", "box", "point", "registry"]


@dataclass(frozen=True, slots=True)
class Role:
    """A part that something plays in a question.

    ``kind`` is "point" or "box" for an object that is marked so, "camera" for the observer. ``colours`` are those that
    the mark may have; roles of one question get different ones.
    """

    kind: Literal["point", "box", "camera"]
    colours: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        unknown = [c for c in self.colours if c not in COLOURS]
        if unknown or (self.kind != "camera" and not self.colours):
            raise ArgumentError("Role.colours", found=self.colours, expected=f"some of {', '.join(COLOURS)}")


def point(*colours: str) -> Role:
    """Return the role of an object that is marked by a point on its visible surface."""
    return Role("point", colours)


def box(*colours: str) -> Role:
    """Return the role of an object that is marked by the box of its visible pixels."""
    return Role("box", colours)


CAMERA = Role("camera")
"""The observer: whoever holds the camera of the first image."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One task id: a task with the views that belong to the id."""

    id: str
    task: Task
    views: Views

    @property
    def roles(self) -> dict[str, Role]:
        """The roles of this id, by name."""
        return {name: self.views.roles.get(name, role) for name, role in self.task.roles.items()}

    @property
    def formats(self) -> tuple[Format, ...]:
        """The formats of this id."""
        return self.views.formats or self.task.formats or self.task.answer.formats


class Task(ABC):
    """A family of questions. Subclasses declare the class variables and ``measure``; subclassing registers their ids.

    Attributes
    ----------
    level
        "low", "medium" or "high", as SPAR orders its tasks.
    roles
        Role by name; the names are the parameters of ``measure`` and the placeholders of the wordings.
    variants
        Views by task id.
    answer
        The answer type.
    questions, statements
        Wordings of the question, and of an answer in a sentence. Placeholders: the roles, {observer}, {in_image}, the
        facts that ``measure`` gives; in statements also {answer}.
    claims
        Wordings of yes-or-no questions, with {relation}; needed for the format "judge".
    notes
        Wordings of what the terms of the question mean; one of them follows each question.
    formats
        Formats of all variants; None: those of the answer type.
    """

    level: ClassVar[Literal["low", "medium", "high"]]
    roles: ClassVar[Mapping[str, Role]]
    variants: ClassVar[Mapping[str, Views]]
    answer: ClassVar[Answer]
    questions: ClassVar[tuple[str, ...]]
    statements: ClassVar[tuple[str, ...]]
    claims: ClassVar[tuple[str, ...]] = ()
    notes: ClassVar[tuple[str, ...]] = ("",)
    formats: ClassVar[tuple[Format, ...] | None] = None

    @abstractmethod
    def measure(self, **roles: Any) -> npt.NDArray[Any] | tuple[npt.NDArray[Any], dict[str, npt.NDArray[Any]]]:
        """Return the raw value of each candidate, first axis n; or that and facts (n,) which the question gives."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if inspect.isabstract(cls) or "variants" not in cls.__dict__:
            return
        task = cls()
        for variant in task.all_variants():
            registry.add(variant.id, variant, home=home_of(cls))

    @property
    def observed(self) -> bool:
        """Whether the wordings speak of the observer, so that the first image matters whatever is marked in it."""
        return any("{observer}" in text for text in (*self.questions, *self.notes))

    def all_variants(self) -> list[Variant]:
        """Return one ``Variant`` for each id of this task."""
        return [Variant(name, self, views) for name, views in self.variants.items()]


def _builtin() -> None:
    from spatialkit.tasks import depth, distance, relation  # noqa: F401


registry: Registry[Variant] = Registry("task", builtin=_builtin, group="spatialkit.tasks")
"""Every task id, in the order of definition."""
