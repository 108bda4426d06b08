"""A task of one's own: which is one class, and everything else follows.

Run it as ``python examples/04_own_task.py``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import spatialkit as sk
from spatialkit.answers import Quantity
from spatialkit.relations import Things
from spatialkit.tasks import point
from spatialkit.views import multi, single


class HeightDifference(sk.Task):
    """How much higher the centre of one thing is than that of another."""

    level = "low"
    roles = {"a": point("red"), "b": point("blue")}
    variants = {"height_difference_oo": single(), "height_difference_oo_mv": multi()}
    answer = Quantity("metres", digits=1)
    questions = (
        "By how many metres do the heights of {a} and {b} differ?",
        "What is the difference in height between {a} and {b}?",
    )
    statements = ("The heights of {a} and {b} differ by {answer}.",)
    notes = ("The height of an object is that of the centre of its 3D box. Answer in metres.",)

    def measure(self, a: Things, b: Things) -> Any:  # type: ignore[override]
        """Return the difference of the heights (n,) in metres."""
        return np.abs(a.level[:, 1] - b.level[:, 1])


scene = sk.load_scene("toy", scene_id="flat-0", frames=40, width=320, height=240)
for sample in sk.generate(HeightDifference(), scene, seed=0, per_task=2):
    print(f"{sample.question}\n-> {sample.answer}\n")
    assert sk.score(sample.task, predicted=sample.answer, expected=sample.answer) == 1
