"""From samples to what a blind model sees of them: a question, options, which one is right."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from spatialkit.answers import without_names
from spatialkit.errors import ArgumentError
from spatialkit.samples import COLOURS, Sample

__all__ = ["Item", "as_number", "nameless", "numbers_of", "read", "things_in", "words_of"]

YES_NO = ("Yes", "No")
WORD = re.compile(r"[^\W\d_][\w'’-]*")
NUMBER = re.compile(r"(?<![\w.-])[-+−]?\d+(?:\.\d+)?(?!\w)")  # neither "3D" nor "Frame-12"
MARKED = re.compile(rf"(?i)\bthe ((?:(?!\bthe\b)[^().?!,])+?) \((?:[^(),]+, )?(?:{'|'.join(COLOURS)}) (?:point|box)\b")
PLACE = re.compile(r"(?i)\b(?:image|frame|point|box|object)s?[\s#-]*\d+")


@dataclass(frozen=True, slots=True)
class Item:
    """One sample as a blind model sees it.

    Parameters
    ----------
    scene, fact
        What it shares with others: the scene, and the fact that its other formats ask about as well.
    stem
        The question without its options.
    options
        What there is to choose from, in the order of the letters; ("Yes", "No") to judge; empty where none are given.
    truth
        Index of the right option; -1 where there are none.
    answer
        The answer in its plainest form, which equal answers share.
    names
        What things are called in it.
    """

    scene: str
    fact: str
    stem: str
    options: tuple[str, ...]
    truth: int
    answer: str
    names: tuple[str, ...] = ()


def read(samples: Iterable[Sample]) -> dict[tuple[str, str], list[Item]]:
    """Return the samples of each task and format.

    Raises
    ------
    ArgumentError
        For a "select" sample whose answer is not the letter of one of its options, a "judge" sample whose answer is
        neither Yes nor No.
    """
    groups: defaultdict[tuple[str, str], list[Item]] = defaultdict(list)
    answers = _Answers()
    for sample in samples:
        groups[sample.task, sample.format].append(_item(sample, answers))
    return dict(groups)


def _item(sample: Sample, answers: _Answers) -> Item:
    stem, answer, truth = sample.question, sample.answer.strip(), -1
    options: tuple[str, ...] = ()
    if sample.format == "select":
        options = sample.options
        truth = ord(answer) - ord("A") if len(answer) == 1 else -1
        if not 0 <= truth < len(options) or len(options) < 2:
            expected = f"the letter of one of its {len(options)} options"
            raise ArgumentError(f"samples: {sample.id}", found=f"answer {answer!r}", expected=expected)
        lines = {f"{chr(ord('A') + i)}. {option}".strip() for i, option in enumerate(options)}
        stem = "\n".join(line for line in stem.split("\n") if line.strip() not in lines)
        answer = options[truth].strip()
    elif sample.format == "judge":
        if answer not in YES_NO:
            raise ArgumentError(f"samples: {sample.id}", found=f"answer {answer!r}", expected="Yes or No")
        options, truth = YES_NO, YES_NO.index(answer)
    elif sample.format == "sentence":
        answer = answers.plainest(sample)
    scene = f"{sample.dataset}/{sample.scene}"
    fact = f"{scene}/{sample.id.removesuffix('-' + sample.format)}"
    told = (sample.provenance.get(key, {}) for key in ("labels", "categories"))
    labels = [str(label).lower() for names in told if isinstance(names, Mapping) for label in names.values()]
    names = tuple(sorted({*things_in(stem), *filter(None, labels)}))
    return Item(scene, fact, stem, options, truth, answer, names)


def things_in(stem: str) -> list[str]:
    """Return what the marked things of a question are called, in the order in which it speaks of them."""
    return [match[1].lower() for match in MARKED.finditer(stem)]


def nameless(items: Iterable[Item]) -> list[Item]:
    """Return questions and options in which all things are called the same."""
    found = []
    for item in items:
        names = "|".join(re.escape(name) for name in sorted(item.names, key=len, reverse=True))
        hide = re.compile(rf"(?i)\b(?:{names})\w*") if names else re.compile("$^")
        options = tuple(hide.sub("thing", option) for option in item.options)
        found.append(replace(item, stem=hide.sub("thing", item.stem), options=options, names=()))
    return found


class _Answers:
    """What sentences say, read by the answer types of the tasks that are known."""

    def __init__(self) -> None:
        from spatialkit.tasks.base import registry

        self._registry = registry

    def plainest(self, sample: Sample) -> str:
        """Return the answer that a sentence gives; the sentence itself where it cannot be read."""
        if sample.task not in self._registry:
            return sample.answer
        answer: Any = self._registry[sample.task].task.answer
        whole = getattr(answer, "speaks_of_things", False)
        value = answer.parse(sample.answer if whole else without_names(sample.answer, sample.question))
        said = sample.answer if value is None else str(answer.say(value))
        return said if "{" not in said else str(value)  # a role is to be filled in: which one, the value tells


def words_of(text: str) -> list[str]:
    """Return the words of a text, lower case, in order."""
    return [word.lower() for word in WORD.findall(text)]


def numbers_of(text: str) -> list[float]:
    """Return the numbers of a text that do not count images, frames or things."""
    return [float(found.replace("−", "-")) for found in NUMBER.findall(PLACE.sub(" ", text))]


def as_number(text: str) -> float | None:
    """Return the number that a text is, with or without a unit behind it; None if it is anything else."""
    found = re.fullmatch(r"\s*([-+−]?\d+(?:\.\d+)?)\s*[^\d\s]*\s*", text)
    return float(found[1].replace("−", "-")) if found else None
