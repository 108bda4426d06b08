"""What a declaration of a task must keep to, said when it is declared."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from spatialkit.answers import Quantity
from spatialkit.errors import ArgumentError
from spatialkit.generate import generate, resolve
from spatialkit.tasks.base import CAMERA, Role, Task, camera, point, registry, word
from spatialkit.views import pair, single

SOUND: dict[str, Any] = {
    "level": "low",
    "roles": {"a": point("red"), "b": CAMERA},
    "variants": {"declared_for_a_test": single()},
    "answer": Quantity(),
    "questions": ("How far is {a} from {b}?",),
    "statements": ("{a} is {answer} away.",),
    "measure": lambda self, a, b: np.ones(len(a.centre)),
}


def declare(**changes: Any) -> None:
    try:
        type("Declared", (Task,), SOUND | changes)
    finally:
        for name in [name for name in registry if name.startswith("declared_for")]:
            registry._items.pop(name)


def test_a_sound_declaration_is_taken() -> None:
    declare()
    declare(variants={"declared_for_a_test": pair()}, roles={"a": point("red"), "b": camera(1)})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"questions": "How far is {a}?"}, "questions: found 'How far"),
        ({"questions": ()}, "at least one of each"),
        ({"questions": ("How far is {zzz}?",)}, "found {zzz} in"),
        ({"questions": ("How far is {a?",)}, "braces only around placeholders"),
        ({"statements": ("It is far.",)}, "a text with {answer}"),
        ({"claims": ("Is {a} far?",)}, "a text with {relation}"),
        ({"formats": ("xyz",)}, "formats: found 'xyz'"),
        ({"roles": {"a": point("red"), "b": camera(1)}}, "image: found 1"),
        ({"roles": {"a": point("red"), "b": camera(-1)}}, "image: found -1"),
    ],
)
def test_what_could_not_be_asked_is_refused_with_its_place(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        declare(**changes)
    assert message in str(caught.value)


def test_roles_have_the_colours_and_words_that_they_need() -> None:
    for wrong in (lambda: point(), lambda: point("pink"), lambda: word(), lambda: Role("named", ("red",))):
        with pytest.raises(ArgumentError):
            wrong()


@pytest.mark.parametrize("tasks", [5, None, [5], [["all"]], [Task]])
def test_what_is_no_task_is_refused(tasks: Any) -> None:
    with pytest.raises(ArgumentError, match="tasks"):
        resolve(tasks)


@pytest.mark.parametrize("seed", [1.5, "x", None, True])
def test_a_seed_is_a_whole_number(seed: Any) -> None:
    with pytest.raises(ArgumentError, match="seed"):
        generate("all", None, seed=seed)  # type: ignore[arg-type]


def test_tasks_are_listed_alike_whichever_was_imported_first() -> None:
    listed = [
        subprocess.run(
            [sys.executable, "-c", f"import spatialkit.tasks.{first}\nprint(*spatialkit.tasks.registry)"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for first in ("inference", "base", "volume")
    ]
    assert listed[0].startswith("depth_prediction_oc ")
    assert len(set(listed)) == 1
