"""What a task is: roles, views, one formula, one answer type and its wordings. Everything else is derived."""

from __future__ import annotations

import inspect
import string
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from types import ModuleType
from typing import Any, ClassVar, Literal

import numpy.typing as npt

from spatialkit.answers import Answer
from spatialkit.errors import ArgumentError
from spatialkit.registry import Registry, home_of
from spatialkit.samples import COLOURS, FORMATS, Format
from spatialkit.views import Views

__all__ = [
    "CAMERA",
    "ROOM",
    "ROUTE",
    "Role",
    "Task",
    "Variant",
    "box",
    "camera",
    "category",
    "groups",
    "named",
    "placeholders",
    "point",
    "registry",
    "word",
]

FAMILIES = (
    *("depth", "distance", "volume"),
    *("matching", "camera_motion", "view_change", "frame_location"),
    *("inference", "relation", "imagination", "appearance", "counting", "room", "navigation"),
    *("frames", "comparison", "fitting"),
)
"""The modules of the built-in tasks: perception, from perception to reasoning, reasoning, and beyond SPAR."""

Kind = Literal["point", "box", "named", "category", "camera", "word", "room", "route"]
MARKED = ("point", "box")
OBJECTS = ("point", "box", "named")
CAST = (*OBJECTS, "category", "route")  # kinds that are filled with things of the scene


@dataclass(frozen=True, slots=True)
class Role:
    """A part that something plays in a question; made by ``point``, ``box``, ``named``, ``category`` and so on.

    Parameters
    ----------
    kind
        What fills it.
    colours
        Those that its mark may have; roles of one question get different ones, unless their marks carry texts.
    text
        Stands beside its mark and in its name.
    image
        The image in which it is marked, or whose camera it is; None: any.
    optional
        Whether some questions go without it.
    words
        Those that fill it, with the number that ``measure`` gets for each.
    """

    kind: Kind
    colours: tuple[str, ...] = ()
    text: str = ""
    image: int | None = None
    optional: bool = False
    words: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        unknown = [c for c in self.colours if c not in COLOURS]
        if unknown or (self.kind in MARKED) != bool(self.colours):
            raise ArgumentError("Role.colours", found=self.colours, expected=f"some of {', '.join(COLOURS)}")
        if (self.kind == "word") != bool(self.words):
            raise ArgumentError("Role.words", found=self.words, expected="words with their numbers")


def point(*colours: str, text: str = "", image: int | None = None, optional: bool = False) -> Role:
    """Return the role of an object that is marked by a point on its visible surface, in one of these colours."""
    return Role("point", colours, text, image, optional)


def box(*colours: str, text: str = "", image: int | None = None, optional: bool = False) -> Role:
    """Return the role of an object that is marked by the box of its visible pixels, in one of these colours."""
    return Role("box", colours, text, image, optional)


def named() -> Role:
    """Return the role of an object that is not marked: no other thing that the images show has its label."""
    return Role("named")


def category() -> Role:
    """Return the role of all objects with one label."""
    return Role("category")


def camera(image: int) -> Role:
    """Return the role of the camera of an image, counted from 0."""
    return Role("camera", image=image)


def word(**words: float) -> Role:
    """Return the role of a word in the question; ``measure`` gets the number given for it."""
    return Role("word", words=tuple(words.items()))


CAMERA = camera(0)
"""The observer: whoever holds the camera of the first image."""

ROOM = Role("room")
"""The whole floor of the scene."""

ROUTE = Role("route")
"""A walk through the scene."""


@dataclass(frozen=True)
class Variant:
    """One task id: a task with the views that belong to the id."""

    id: str
    task: Task
    views: Views

    @cached_property
    def roles(self) -> dict[str, Role]:
        """The roles of this id, by name."""
        return {name: self.views.roles.get(name, role) for name, role in self.task.roles.items()}

    @cached_property
    def cast(self) -> dict[str, Role]:
        """The roles that things of the scene fill."""
        return {name: role for name, role in self.roles.items() if role.kind in CAST}

    @cached_property
    def boxed(self) -> frozenset[str]:
        """The roles whose box a text may tell: of what is not marked by any answer type, of others where it is used."""
        task = self.task
        used = placeholders((*task.questions, *task.notes, *task.claims, *task.statements))
        return frozenset(
            name
            for name, role in self.cast.items()
            if role.kind == "named" or (role.kind in MARKED and f"{name}_box" in used)
        )

    @cached_property
    def about_scene(self) -> bool:
        """Whether its facts are about the whole scene, wherever it is seen from."""
        kinds = {role.kind for role in self.roles.values() if role.kind != "word"}
        return len(self.cast) <= 1 and bool(kinds) and kinds <= {"category", "room"}

    @cached_property
    def needed(self) -> frozenset[str]:
        """The facts without which nothing can be asked: of a question, or of all that can be said."""
        task, spoken = self.task, self.formats == ("sentence",)
        said = [placeholders((text,)) for text in task.statements] if spoken else []
        always = frozenset.intersection(*said) if said else frozenset()
        return frozenset(task.facts) & (task.asked | always)

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
        Wordings of the question, and of an answer in a sentence. Placeholders: the roles ({a}; for what is marked or
        named also {a_box}, for a category {a_plural}), {things} for all of them, the facts, and those of
        ``Views.words``; in statements also {answer}.
    claims
        Wordings of yes-or-no questions, with {relation}; needed for the format "judge".
    notes
        Wordings of what the terms of the question mean; one of them follows each question.
    facts
        Answer types of the further values that ``measure`` gives, by name. What a question or a note says must be
        admissible for any question; what only a statement says, for a sentence.
    formats
        Formats of all variants; None: those of the answer type.
    beyond
        Whether the ids are our own, not SPAR's.
    """

    level: ClassVar[Literal["low", "medium", "high"]]
    roles: ClassVar[Mapping[str, Role]]
    variants: ClassVar[Mapping[str, Views]]
    answer: ClassVar[Answer]
    questions: ClassVar[tuple[str, ...]]
    statements: ClassVar[tuple[str, ...]]
    claims: ClassVar[tuple[str, ...]] = ()
    notes: ClassVar[tuple[str, ...]] = ("",)
    facts: ClassVar[Mapping[str, Answer]] = {}
    formats: ClassVar[tuple[Format, ...] | None] = None
    beyond: ClassVar[bool] = False

    @abstractmethod
    def measure(self, **roles: Any) -> npt.NDArray[Any] | tuple[npt.NDArray[Any], dict[str, npt.NDArray[Any]]]:
        """Return the raw value of each candidate, first axis n; or that and the facts, in the same way."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if inspect.isabstract(cls) or "variants" not in cls.__dict__:
            return
        task = cls()
        task.check()
        for variant in task.all_variants():
            registry.add(variant.id, variant, home=home_of(cls))

    def check(self) -> None:
        """Refuse a declaration that could not be asked.

        Raises
        ------
        ArgumentError
            For wordings that are no tuple of texts or have unknown placeholders, statements without {answer}, unknown
            formats, and cameras of images that are not shown.
        """
        me = type(self).__name__
        for pool in ("questions", "statements", "claims", "notes"):
            texts = getattr(self, pool)
            if not isinstance(texts, tuple) or not all(isinstance(text, str) for text in texts):
                raise ArgumentError(f"{me}.{pool}", found=repr(texts)[:80], expected="a tuple of texts")
            for text in texts:
                self._check_text(f"{me}.{pool}", pool, text)
        if not self.questions or not self.statements:
            raise ArgumentError(f"{me}.questions, statements", found="none", expected="at least one of each")
        for variant in self.all_variants():
            count = {"single": 1}.get(variant.views.kind, variant.views.count)
            for name, role in variant.roles.items():
                if role.image is not None and (role.image < 0 or (count is not None and role.image >= count)):
                    expected = f"an image that {variant.id} shows"
                    raise ArgumentError(f"{me}.roles[{name!r}].image", found=role.image, expected=expected)
            for kind in variant.formats:
                if kind not in FORMATS:
                    raise ArgumentError(f"{me}: formats", found=repr(kind), expected=f"some of {', '.join(FORMATS)}")

    def _check_text(self, name: str, pool: str, text: str) -> None:
        known = {*self.roles, *self.facts, "things", "start", "goal", "answer", "relation", *Views("single").words}
        known |= {f"{role}_{what}" for role in self.roles for what in ("box", "plural")}
        try:
            found = placeholders((text,))
        except ValueError as error:
            raise ArgumentError(name, found=f"{text!r} ({error})", expected="braces only around placeholders") from None
        if not found <= known:
            unknown = ", ".join(sorted(found - known))
            raise ArgumentError(name, found=f"{{{unknown}}} in {text!r}", expected="roles and facts of the task")
        wanted = {"statements": "answer", "claims": "relation"}.get(pool)
        if wanted and wanted not in found:
            raise ArgumentError(name, found=repr(text), expected=f"a text with {{{wanted}}}")

    @cached_property
    def asked(self) -> frozenset[str]:
        """The placeholders of its questions, claims and notes."""
        return placeholders((*self.questions, *self.claims, *self.notes))

    @property
    def observed(self) -> bool:
        """Whether the wordings speak of the observer, so that the first image matters whatever is marked in it."""
        return "observer" in self.asked

    def all_variants(self) -> list[Variant]:
        """Return one ``Variant`` for each id of this task."""
        return [Variant(name, self, views) for name, views in self.variants.items()]


def placeholders(texts: Sequence[str]) -> frozenset[str]:
    """Return the names in braces."""
    return frozenset(name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name)


def _builtin() -> list[ModuleType]:
    return [import_module(f"spatialkit.tasks.{name}") for name in FAMILIES]


registry: Registry[Variant] = Registry("task", builtin=_builtin, group="spatialkit.tasks")
"""Every task id, in the order of definition."""


def groups() -> dict[str, list[str]]:
    """Return the ids by group: "all" of SPAR's, and what is "beyond" them."""
    found: dict[str, list[str]] = {"all": [], "beyond": []}
    for variant in registry.values():
        found["beyond" if variant.task.beyond else "all"].append(variant.id)
    return found
