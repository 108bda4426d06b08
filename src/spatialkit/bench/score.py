"""How good a reply is: a function of the reply and the expected answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spatialkit import _check
from spatialkit.answers import Answer, read_choice, read_yes_no, tidied, without_names
from spatialkit.errors import ArgumentError, UnknownName
from spatialkit.tasks.base import Task, registry

__all__ = ["SCORERS", "reward", "score"]

Compare = Callable[[Any, Any], float]


def score(task: str | Task, *, predicted: str, expected: str, scorer: str = "strict") -> float:
    """Return how good a reply is, in [0, 1].

    Parameters
    ----------
    task
        Task id, or the task itself.
    predicted
        What was replied, in whatever words.
    expected
        The answer of the sample: a letter, "Yes" or "No", or what the task's answer type says.
    scorer
        "strict": letters and yes/no must be right, numbers are scored by mean relative accuracy, directions must be
        right in all parts; each answer type says how in its ``score``. A reply without an answer scores 0.

    Raises
    ------
    UnknownName
        For a task id or scorer that does not exist.
    ArgumentError
        When ``expected`` is not an answer of that task, or one of the two is no text.
    """
    if scorer not in SCORERS:
        raise UnknownName("scorer", scorer, SCORERS)
    return SCORERS[scorer](_answer_of(task), predicted, expected)


def reward(task: str | Task, *, predicted: str, expected: str) -> float:
    """Return how good a reply is, in [0, 1], in finer steps than ``score``: a signal to learn from.

    Letters and yes/no are right or wrong; other answers earn the more the nearer they are, as their type says in its
    ``reward``. A reply without an answer earns 0.

    Parameters
    ----------
    task, predicted, expected
        As for ``score``.

    Raises
    ------
    UnknownName
        For a task id that does not exist.
    ArgumentError
        When ``expected`` is not an answer of that task, or one of the two is no text.
    """
    answer = _answer_of(task)
    return _compared(answer, predicted, expected, answer.reward)


def _answer_of(task: str | Task) -> Answer:
    return (task if isinstance(task, Task) else registry[task].task).answer


def _strict(answer: Answer, predicted: str, expected: str) -> float:
    return _compared(answer, predicted, expected, answer.score)


def _compared(answer: Answer, predicted: str, expected: str, compare: Compare) -> float:
    """Return how a reply compares with the expected answer; 0 where it gives none."""
    for name, text in (("predicted", predicted), ("expected", expected)):
        _check.instance(name, text, str)
    predicted = tidied(predicted)
    if expected in ("A", "B", "C", "D"):
        return float(read_choice(predicted) == expected)
    if expected in ("Yes", "No"):
        return float(read_yes_no(predicted) == expected)
    truth, reply = (_read(answer, text, expected) for text in (tidied(expected), predicted))
    if truth is None:
        raise ArgumentError("expected", found=repr(expected), expected=f"an answer of type {type(answer).__name__}")
    return 0.0 if reply is None else float(compare(reply, truth))


def _read(answer: Answer, text: str, expected: str) -> Any:
    """Return the answer in a text, read without the things that it or the expected one names, unless they answer."""
    return answer.parse(text if answer.speaks_of_things else without_names(text, f"{expected}\n{text}"))


SCORERS: dict[str, Callable[[Answer, str, str], float]] = {"strict": _strict}
