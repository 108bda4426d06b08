"""A task with an answer type of its own: the hour on a clock face around the observer.

Run it as ``python examples/05_own_answer_type.py``.

An answer type turns raw values into answers and back. It says how far a value may move before something else is said;
with that, and the noise that the scene states, questions whose answer is in doubt are left out.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

import spatialkit as sk
from spatialkit.answers import Answer, Asked
from spatialkit.bench import reward
from spatialkit.relations import Things
from spatialkit.rules import Rules
from spatialkit.samples import Format
from spatialkit.tasks import CAMERA, point
from spatialkit.views import multi

Array = npt.NDArray[Any]

HOUR = 30.0  # degrees
NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
SAID = re.compile(rf"(?i)\b(1[0-2]|[1-9]|{'|'.join(NUMBERS)})\s*(?::00\b|o['’]?\s?clock\b)")


class Clock(Answer):
    """An hour of the clock face around the observer. Raw values are (n, 2): metres to the right and ahead, level."""

    formats = ("fill", "select", "sentence")
    metric = False  # a direction is the same at any scale, so the scene need not be in metres
    variety: ClassVar[int] = 4  # wrong options come from questions of the same kind, which need this many answers
    prompts: ClassVar[Mapping[Format, tuple[str, ...]]] = {
        "fill": (
            "Reply with the hour, as in 12 o'clock, and nothing else.",
            "Your whole reply should be an hour of the clock, such as 12 o'clock.",
            "Write down just the hour, in the form 12 o'clock.",
            "Only the hour is wanted as the reply, written like 12 o'clock.",
        )
    }
    clear: float = 10.0  # degrees; what lies farther from the middle of its hour is not asked about

    @staticmethod
    def _bearing(values: Array) -> tuple[Array, Array]:
        """Return the nearest hour (n,), from 0 to 11, and how many degrees (n,) beside its middle a thing lies."""
        degrees = np.degrees(np.arctan2(values[:, 0], values[:, 1]))
        hour = np.round(degrees / HOUR)
        return hour % 12, np.abs(degrees - HOUR * hour)

    def refuse(self, values: Array, rules: Rules) -> dict[str, Any]:
        """Return who may not be asked; the names of these rules appear in the ledger."""
        return {
            "too near to have a direction": ~(np.hypot(*values.T) >= rules.stand_apart),
            "between two hours": self._bearing(values)[1] > self.clear,
        }

    def margin(self, values: Array, rules: Rules) -> Array:
        """Return the distance to the nearer edge of the hour's wedge, shared between the two components."""
        beside = np.radians(HOUR / 2 - self._bearing(values)[1])
        metres = np.hypot(*values.T) * np.sin(beside) / np.sqrt(2)
        return np.repeat(metres[:, None], 2, axis=1)

    def decide(self, values: Array, rules: Rules) -> list[Any]:
        """Return hours from 1 to 12. What is asked is balanced over them, since ``strata`` is not overridden."""
        return [int(hour) or 12 for hour in np.nan_to_num(self._bearing(values)[0])]

    def say(self, answer: int) -> str:
        """Return "3 o'clock"."""
        return f"{answer} o'clock"

    def phrase(self, answer: int) -> str:
        """Return "at 3 o'clock", as sentences have it."""
        return f"at {self.say(answer)}"

    def parse(self, text: str) -> int | None:
        """Read the last hour that is said, in digits or as a word; or a reply that is a number from 1 to 12."""
        found = SAID.findall(text) or re.findall(r"^\W*(1[0-2]|[1-9])\W*$", text)
        if not found:
            return None
        last = found[-1].lower()
        return int(last) if last.isdigit() else NUMBERS.index(last) + 1

    def score(self, predicted: int, expected: int) -> float:
        """Return 1 for the same hour, else 0."""
        return float(predicted == expected)

    def reward(self, predicted: int, expected: int) -> float:
        """Return 1 for the same hour, less by a third for each hour beside it: a signal to learn from."""
        apart = abs(predicted - expected) % 12
        return max(0.0, 1 - min(apart, 12 - apart) / 3)

    def options(self, asked: Asked, rng: random.Random, rules: Rules) -> list[Any] | None:
        """Return three hours beside the true one, drawn as often as each is true of the other questions."""
        shuffled = rng.sample(asked.others, len(asked.others))
        wrong = [hour for hour in dict.fromkeys(shuffled) if hour != asked.answer]
        return [asked.answer, *wrong[:3]] if len(wrong) >= 3 else None


class ClockDirection(sk.Task):
    """At which hour of the clock a thing is for the observer."""

    level = "high"
    beyond = True  # not an id of SPAR
    roles = {"a": point("red"), "b": CAMERA}
    variants = {"clock_direction_oc_mv": multi()}  # in one image everything would be between eleven and one
    answer = Clock()
    questions = (  # give eight or more of each: a model learns what does not vary
        "For {b}, at what o'clock do you find {a}?",
        "Imagine a clock face lying around {b}, with twelve straight ahead. At which hour would you put {a}?",
    )
    statements = ("Seen from {b}, you find {a} {answer}.", "For {b}, the position of {a} is {answer}.")
    notes = ("Twelve is straight ahead, three to the right; heights do not count. An object is where its centre is.",)

    def measure(self, a: Things, b: Things) -> Any:  # type: ignore[override]
        """Return how far (n, 2) the thing is to the right of the observer and ahead, metres on the level."""
        return a.level[:, [0, 2]]


scene = sk.load_scene("toy", scene_id="flat-0", frames=40, width=320, height=240)
for sample in sk.generate(ClockDirection(), scene, seed=0, per_task=6, formats=["select", "sentence"]):
    print(f"{sample.question}\n-> {sample.answer}\n")
    assert sk.score(sample.task, predicted=sample.answer, expected=sample.answer) == 1

for reply in ("4 o'clock", "I think it is at five o’clock.", "Behind you, at 6:00.", "no idea"):
    points, earned = (
        judge("clock_direction_oc_mv", predicted=reply, expected="4 o'clock") for judge in (sk.score, reward)
    )
    print(f"{reply!r} for 4 o'clock: score {points:.2f}, reward {earned:.2f}")
