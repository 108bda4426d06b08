"""What can be seen of options without knowing what they are about: their order, their likeness, their size."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.audit._reading import Item, numbers_of, words_of

__all__ = ["STATISTICS", "credits_of", "numbers_in", "parts_of", "place_name", "size_of", "statistics"]

Array = npt.NDArray[Any]

STATISTICS = (
    "letter",
    "natural order",
    "length",
    "parts shared with others",
    "empty parts",
    "words shared with the question",
    "distance from the question's number",
    "gap to its neighbour",
    "distance from the others",
)
"""Names of the statistics, in the order in which ``statistics`` returns them."""

DIGITS = re.compile(r"(?:(?<!\w)[-+−])?\d+(?:\.\d+)?")  # the dash of "Frame-12" is no sign


def statistics(item: Item) -> list[list[float]]:
    """Return each of ``STATISTICS`` for each option; one that does not apply is the same for all options."""
    options = item.options
    none = [0.0] * len(options)
    numbers = numbers_in(options)
    if numbers is None or len(numbers[0]) > 1:
        names = sorted({option.strip().lower() for option in options})
        order = [float(names.index(option.strip().lower())) for option in options]
    else:
        order = [vector[0] for vector in numbers]
    parts = [parts_of(option) for option in options]
    shared = [sum(part in other for other in parts if other is not mine for part in mine) for mine in parts]
    stem = set(words_of(item.stem))
    echo = [len(stem & set(words_of(option))) for option in options]
    away = gap = far = none
    if numbers is not None:
        told = numbers_of(item.stem)
        if told and len(numbers[0]) == 1:
            away = [_apart(vector, (told[0],)) for vector in numbers]
        between = [[_apart(a, b) for b in numbers if b is not a] for a in numbers]
        gap, far = [min(row) for row in between], [sum(row) for row in between]
    return [
        [float(i) for i in range(len(options))],
        order,
        [float(len(option)) for option in options],
        [float(count) for count in shared],
        [float(sum(not word for _, word in mine)) for mine in parts],
        [float(count) for count in echo],
        away,
        gap,
        far,
    ]


def numbers_in(options: Sequence[str]) -> list[tuple[float, ...]] | None:
    """Return the numbers of each option where the options differ in nothing else; None where they do."""
    if len({DIGITS.sub("#", option) for option in options}) > 1:
        return None
    found = [tuple(float(n.replace("−", "-")) for n in DIGITS.findall(option)) for option in options]
    return found if found and found[0] else None


def parts_of(option: str) -> frozenset[tuple[int, str]]:
    """Return the parts of an option: what stands between commas, by place, or else its words."""
    if "," in option:
        return frozenset((i, part.strip(" []().").lower()) for i, part in enumerate(option.split(","), 1))
    return frozenset((0, word) for word in words_of(option))


def place_name(place: int, count: int) -> str:
    """Return what a place in an order of ``count`` is called, 0 the smallest."""
    if place in (0, count - 1):
        return f"the {'most' if place else 'least'}"
    return f"number {place + 1} of {count}"


def size_of(number: float) -> str:
    """Return the class of a number that covers half an octave, as text."""
    if number == 0:
        return "0"
    step = math.floor(2 * math.log2(abs(number)))
    return f"{'-' if number < 0 else ''}{2 ** (step / 2):.3g} to {2 ** ((step + 1) / 2):.3g}"


def _apart(a: Sequence[float], b: Sequence[float]) -> float:
    """Return how far apart numbers are: by their ratio where all are positive, else by their difference."""
    if min(*a, *b) > 0:
        return sum(abs(math.log(x / y)) for x, y in zip(a, b, strict=True))
    return sum(abs(x - y) for x, y in zip(a, b, strict=True))


def credits_of(values: Array, truth: Array) -> Array:
    """Return how often picking the p-th smallest value finds the truth, (n, k) for all p.

    Parameters
    ----------
    values
        (n, k), of the options.
    truth
        (n,) index of the right option.

    Returns
    -------
    Array
        Between options of equal value one is picked at random: the credit is one over their number.
    """
    values = np.round(values, 9)
    ordered = np.sort(values, axis=1)
    right = np.take_along_axis(values, truth[:, None], axis=1) == ordered
    equal = (values[:, None, :] == ordered[:, :, None]).sum(axis=2)
    return np.asarray(right / equal)
