"""How good a reply is: a function of the reply and the expected answer."""

from __future__ import annotations

from collections.abc import Callable

from spatialkit.answers import Answer, read_choice, read_yes_no, without_names
from spatialkit.errors import ArgumentError, UnknownName
from spatialkit.tasks.base import Task, registry

__all__ = ["SCORERS", "score"]


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
        right in all parts. A reply without an answer scores 0.

    Raises
    ------
    UnknownName
        For a task id or scorer that does not exist.
    ArgumentError
        When ``expected`` is not an answer of that task.
    """
    if scorer not in SCORERS:
        raise UnknownName("scorer", scorer, SCORERS)
    answer = (task if isinstance(task, Task) else registry[task].task).answer
    return SCORERS[scorer](answer, predicted, expected)


def _strict(answer: Answer, predicted: str, expected: str) -> float:
    if expected in ("A", "B", "C", "D"):
        return float(read_choice(predicted) == expected)
    if expected in ("Yes", "No"):
        return float(read_yes_no(predicted) == expected)
    truth = answer.parse(without_names(expected, expected))
    if truth is None:
        raise ArgumentError("expected", found=repr(expected), expected=f"an answer of type {type(answer).__name__}")
    reply = answer.parse(without_names(predicted, expected))
    return 0.0 if reply is None else float(answer.score(reply, truth))


SCORERS: dict[str, Callable[[Answer, str, str], float]] = {"strict": _strict}
