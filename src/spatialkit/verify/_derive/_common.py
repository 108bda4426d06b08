"""What all derivations need: whose marks are whose, what an option or a number must be, what is wrong at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from spatialkit.samples import Sample
from spatialkit.verify._names import Text, Thing, things
from spatialkit.verify._reading import amount
from spatialkit.verify._truth import EDGE, Length
from spatialkit.verify._world import World

__all__ = [
    "EDGE",
    "LETTERS",
    "SPARE",
    "STEP",
    "Derivation",
    "Fault",
    "badly_rounded",
    "cast_of",
    "chosen",
    "marked",
    "must_be",
    "one_of",
    "short",
    "sure_enough",
    "told",
    "within",
]

Derivation = Callable[[Sample, World, Text, Text], Iterable[str]]
LETTERS = "ABCDEFGH"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
STEP = 0.1  # metres to which numbers are rounded
SPARE = 1.05  # noise is derived to first order


class Fault(Exception):
    """What is wrong with a sample, so that nothing more can be derived."""


def cast_of(sample: Sample, roles: Sequence[str], kind: str = "", optional: Sequence[str] = ()) -> dict[str, Thing]:
    """Return the things of a sample by role, which must be these and, if ``kind`` is given, marked so.

    With "named" as kind nothing may be marked.
    """
    found = {thing.role: thing for thing in things(sample).values()}
    if not set(roles) <= set(found) <= {*roles, *optional}:
        raise Fault(f"the sample has the roles {sorted(found)}, expected {sorted(roles)}")
    for thing in found.values():
        drawn = "named" if thing.mark is None else thing.mark.kind
        if kind and drawn != kind:
            raise Fault(f"{thing.role!r} is {'not marked' if drawn == 'named' else f'marked by a {drawn}'}, not {kind}")
    return found


def marked(sample: Sample, wanted: set[str], kind: str) -> dict[str, Thing]:
    """Return the marked things by colour; they must be of the wanted colours and kind."""
    colours = [mark.colour for mark in sample.marks]
    if set(colours) != wanted or len(set(colours)) != len(colours):
        raise Fault(f"marks are coloured {colours}, expected {sorted(wanted)}")
    for mark in sample.marks:
        if mark.kind != kind:
            raise Fault(f"the {mark.colour} mark is a {mark.kind}, expected a {kind}")
    return {thing.token: thing for thing in things(sample).values() if thing.mark is not None}


def must_be(sample: Sample, *formats: str) -> None:
    """Raise if a sample has another format than these."""
    if sample.format not in formats:
        raise Fault(f"format {sample.format!r} is not one of this task")


def badly_rounded(said: str, value: float, decimals: int = 1, doubt: float = 0.0) -> bool:
    """Return whether a text is not the value, off by ``doubt`` at most, to so many decimals; on the edge either is."""
    _, _, behind = said.partition(".")
    return len(behind) != decimals or abs(float(said) - value) > 0.5 * 10.0**-decimals + doubt + EDGE


def within(value: float, least: float, most: float, unit: str = "m") -> Iterator[str]:
    """Yield if a value is not among those that are asked about."""
    if not least - EDGE <= value <= most + EDGE:
        yield f"the value {value:.4f} {unit} is not between {least:g} and {most:g} {unit}"


def sure_enough(length: Length, world: World, what: str = "the value") -> Iterator[str]:
    """Yield if the stated noise moves a length by more than a number to one decimal may be off."""
    if length.noise > max(STEP, world.rules.quantity_tolerance * abs(length.value)) * SPARE:
        yield f"{what} {length.value:.4f} m is not sure: the stated noise moves it by {length.noise:.3f} m"


def told(
    sample: Sample, length: Length, said: Sequence[str], unit: str = "m", decimals: int = 1, *, doubt: float = 0.0
) -> Iterator[str]:
    """Yield what is wrong with a number as answer: the right option, or the only number that is said.

    ``doubt`` is how far the value itself may be off, where it could not be worked out exactly.
    """
    value, half = length.value, 0.5 * 10.0**-decimals + doubt
    if sample.format == "select":
        true = []
        for letter, option in zip(LETTERS, sample.options, strict=False):
            number = amount(option)
            if number is None:
                raise Fault(f"option {letter} {option!r} is no number")
            gap = abs(number - value)
            if gap <= half + EDGE:
                true.append(letter)
            elif gap <= half + length.noise:
                yield f"option {letter} {option!r} is within the noise ({length.noise:.3f} m) of {value:.4f} {unit}"
        yield from chosen(sample, true, f"{value:.4f} {unit}")
        return
    if sample.format == "fill":
        said = [sample.answer] if NUMBER.fullmatch(sample.answer) else []
    else:
        must_be(sample, "sentence")
    if len(said) != 1:
        raise Fault(f"the answer {sample.answer!r} does not say one number")
    if badly_rounded(said[0], value, decimals, doubt):
        yield f"the answer says {said[0]} {unit}, it is {value:.4f} {unit}"


def chosen(sample: Sample, true: list[str], fact: str) -> Iterator[str]:
    """Yield what is wrong with the options, of which those with the letters ``true`` hold."""
    if len(sample.options) < 2 or len(set(sample.options)) != len(sample.options):
        yield f"options are {list(sample.options)}, expected at least two different ones"
    listed = [f"{letter}. {option}".rstrip() for letter, option in zip(LETTERS, sample.options, strict=False)]
    if [line.rstrip() for line in sample.question.split("\n")[1:]] != listed:
        yield "the options in the question are not those of the sample"
    if len(true) != 1:
        yield f"{len(true)} options are true ({', '.join(true) or 'none'}), expected exactly one: it is {fact}"
    elif sample.answer != true[0]:
        yield f"the answer is {sample.answer!r}, the true option is {true[0]!r}: it is {fact}"


def one_of(found: set[str], what: str) -> str:
    """Return the only one of some cues that a text gives."""
    if len(found) != 1:
        raise Fault(f"the question does not say {what} once: found {sorted(found)}")
    return next(iter(found))


def short(values: Iterable[float]) -> str:
    """Return some lengths as they stand in a message."""
    return ", ".join(f"{value:.3f}" for value in values)
