"""A margin in compiled loops: things in the order of their distance, each asked about only if the order is sure.

Run it as ``python examples/06_numba_margin.py``.

The formulas of a task get thousands of candidates at once. Most are one line of NumPy; where that line would need
large temporary arrays or cannot be said at all, a few plain loops under ``numba.njit`` do the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

import spatialkit as sk
from spatialkit.answers import Ordering
from spatialkit.generate import Ledger
from spatialkit.relations import Things, distance
from spatialkit.rules import Rules
from spatialkit.tasks import CAMERA, named
from spatialkit.views import multi

Array = npt.NDArray[Any]


@njit(cache=True)
def gaps(values: Array) -> Array:
    """Return how far each value (n, k) is from the nearest other one of its row."""
    found = np.full(values.shape, np.inf)
    for row in range(values.shape[0]):
        for i in range(values.shape[1]):
            for j in range(i):
                gap = abs(values[row, i] - values[row, j])
                found[row, i] = min(found[row, i], gap)
                found[row, j] = min(found[row, j], gap)
    return found


def gaps_in_numpy(values: Array) -> Array:
    """Return the same by way of an array (n, k, k): slower, and a check of the loops."""
    every = np.abs(values[:, :, None] - values[:, None, :])
    return np.asarray(np.where(np.eye(values.shape[1], dtype=bool), np.inf, every).min(axis=2))


class NearestFirst(Ordering):
    """Things from the smallest raw value to the largest. Raw values are (n, k) in metres.

    Saying, reading and scoring a list of names is inherited; what decides the order is not.
    """

    metric = False  # the order is the same at any scale
    shaken = True  # but noise of the geometry can change it

    def refuse(self, values: Array, rules: Rules) -> dict[str, Any]:
        """Refuse what holds two distances that are nearly the same, in metres or as a share."""
        wanted = np.maximum(rules.least_gap, rules.gap_share * values)
        return {"gap too small": ~(gaps(values) >= wanted).all(axis=1)}

    def margin(self, values: Array, rules: Rules) -> Array:
        """Return how far each distance may be off: half of its gap, for the other one may be off as well."""
        return np.asarray(gaps(values) / 2)

    def decide(self, values: Array, rules: Rules) -> list[Any]:
        """Return the roles in order."""
        return [tuple(self.of[i] for i in row) for row in values.argsort(axis=1, kind="stable").tolist()]


class OrderOfDistance(sk.Task):
    """Four things in the order of their distance from the observer."""

    level = "high"
    beyond = True
    roles = {"eye": CAMERA, "a": named(), "b": named(), "c": named(), "d": named()}
    variants = {"order_of_distance_oc_mv": multi()}
    answer = NearestFirst(of=("a", "b", "c", "d"))
    questions = (
        "Put {a}, {b}, {c} and {d} in the order of their distance from {eye}, the nearest first.",
        "From the nearest to the farthest: in which order do {d}, {b}, {a} and {c} come for {eye}?",
    )
    statements = ("From the nearest to the farthest, they are: {answer}.",)
    notes = ("Distances run in a straight line to the centres of the objects' 3D boxes.",)

    def measure(self, eye: Things, **things: Things) -> Any:  # type: ignore[override]
        """Return the distances (n, 4) in metres."""
        return np.stack([distance(eye.centre, thing.centre) for thing in things.values()], axis=1)


values = np.random.default_rng(0).uniform(0.5, 8.0, (4096, 4))
np.testing.assert_array_equal(gaps(values), gaps_in_numpy(values))

scene = sk.load_scene("toy", scene_id="flat-0", frames=40, width=320, height=240)
ledger = Ledger()
for sample in sk.generate(OrderOfDistance(), scene, seed=0, per_task=3, formats=["fill"], ledger=ledger):
    print(f"{sample.question}\n-> {sample.answer}\n")

print("candidates by what became of them:")
for _, rule, count in ledger.rows():
    print(f"{count:6} {rule}")
