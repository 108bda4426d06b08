"""What a video shows when: the order in which things appear, and the frames that show a thing."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from spatialkit.answers.base import Answer, Array
from spatialkit.answers.reading import conclusions, without_marks
from spatialkit.labels import join, normalise
from spatialkit.rules import Rules
from spatialkit.samples import Format

__all__ = ["FrameSet", "Ordering"]

BRACKETS = re.compile(r"\([^()]*\)|</?\w+>")
BULLET = re.compile(r"(?:^|(?<=\s))(?:\(?\d+[.):]|[-*•])\s+")
BREAK = re.compile(r"(?i)\s*(?:[,;\n]|->|→|=>|>|\bfollowed by\b|\bthen\b|\bbefore\b)\s*")
AND = re.compile(r"(?i)\s+(?:and|&)\s+")
VERB = re.compile(r"(?i)\b(?:the|is|are|was|were|be|see|sees|seen|shows?|appears?|comes?|came|follows|reads)\b")
ORDER = re.compile(
    r"(?i)^(?:(?:and|at|in|first|firstly|second|secondly|third|thirdly|fourth|fourthly|next|after|that|finally|last|lastly"
    r"|by|of|all|an?|you|we|it|i|as)\b\s*)+"
)


@dataclass(frozen=True)
class Ordering(Answer):
    """The things ``of`` in the order in which a video first shows them.

    Raw values are (n, k, 2): the position in the video, from 0, from which on each thing is perhaps seen, and that from
    which on it surely is; infinite if never. A decided answer is a tuple of roles, a parsed one a tuple of labels.
    """

    of: tuple[str, ...] = ("a", "b", "c", "d")

    formats: ClassVar[tuple[Format, ...]] = ("fill", "sentence")
    metric = False
    shaken = False
    speaks_of_things: ClassVar[bool] = True
    prompts: ClassVar[Mapping[Format, tuple[str, ...]]] = {
        "fill": (
            "Reply with the names in their order, separated by commas, and nothing else.",
            "Write down just the names in order, with commas between them.",
            "Your whole reply should be a list of the names in order, separated by commas.",
            "List the names in order, with commas between them; nothing else is wanted.",
        )
    }

    def refuse(self, values: Array, rules: Rules) -> dict[str, Any]:
        never = ~np.isfinite(values).all(axis=(1, 2))
        with np.errstate(invalid="ignore"):
            gaps = self._gaps(values)
        return {"never seen": never, "seen at almost the same time": ~(gaps >= rules.first_apart).all(axis=1)}

    @staticmethod
    def _gaps(values: Array) -> Array:
        """Return (n, k - 1): from where one thing is surely seen to where the next is perhaps seen."""
        order = values[..., 0].argsort(axis=1, kind="stable")
        sorted_values = np.take_along_axis(values, order[..., None], axis=1)
        return np.asarray(sorted_values[:, 1:, 0] - sorted_values[:, :-1, 1])

    def margin(self, values: Array, rules: Rules) -> Array:
        """Return half the smallest gap between two things, for all of them."""
        return np.asarray(np.broadcast_to(self._gaps(values).min(axis=1)[:, None, None] / 2, values.shape))

    def decide(self, values: Array, rules: Rules) -> list[Any]:
        roles = self.of
        order = values[..., 0].argsort(axis=1, kind="stable").tolist()
        return [tuple([roles[i] for i in row]) for row in order]

    def say(self, answer: tuple[str, ...]) -> str:
        return ", ".join([f"{{{role}}}" for role in answer])

    def parse(self, text: str) -> tuple[str, ...] | None:
        """Read a list of labels: with commas, a numbered one, one with arrows, or "first … then … and finally …".

        A label may hold the word "and" where the list has as many labels as things are asked for without splitting it.
        """
        for tail in (*conclusions(text), text):
            labels = _listed(tail, len(self.of))
            if len(labels) > 1:
                return labels
        return None

    def score(self, predicted: tuple[str, ...], expected: tuple[str, ...]) -> float:
        """Return 1 for exactly this order, else 0."""
        return float(len(predicted) == len(expected) and all(map(_alike, predicted, expected)))

    def reward(self, predicted: tuple[str, ...], expected: tuple[str, ...]) -> float:
        """Return the share of all pairs that come in the right order, less if there are more things than expected."""
        places = [next((i for i, x in enumerate(predicted) if _alike(x, label)), None) for label in expected]
        pairs = list(itertools.combinations(places, 2))
        right = sum(a is not None and b is not None and a < b for a, b in pairs)
        return right / max(len(pairs), 1) * min(1.0, len(expected) / max(len(predicted), 1))


def _alike(a: str, b: str) -> bool:
    """Return whether two labels are the same but for a plural."""
    return a.rstrip("s") == b.rstrip("s")


def _listed(text: str, count: int) -> tuple[str, ...]:
    """Return the labels in a list, ``count`` of them if it can be read so."""
    text = BULLET.sub("\n", BRACKETS.sub(" ", text.replace("**", "").replace("`", "").strip()))
    before, _, after = text.rpartition(":")
    if BREAK.search(after.strip()) or not BREAK.search(before.strip()):
        text = after
    pieces = [piece for piece in BREAK.split(text) if piece.strip(" .")]
    if len(pieces) != count:
        pieces = [part for piece in pieces for part in AND.split(piece)]
    labels = (_label(piece, last=not i) for i, piece in enumerate(pieces))
    return tuple(label for label in labels if label)


def _label(piece: str, *, last: bool) -> str:
    """Return the label in a piece of a list: the first or the last part that says more than an order."""
    parts = [ORDER.sub("", part.strip(" .!\"'")) for part in VERB.split(piece)]
    parts = [part for part in parts if part]
    return normalise(parts[-1 if last else 0]) if parts else ""


FRAMES = re.compile(
    r"(?i)\bframes?[\s#:_-]*\d+(?:\s*(?:,\s*and|,|;|and|&|to|-|–|through|until)\s*(?:frames?[\s#:_-]*)?\d+(?![\d.]*\d*\s*m))*"
)
WORD = re.compile(r"(?i)frames?[\s#:_-]*")
RANGE = re.compile(r"(?i)(\d+)(?:\s*(?:-|–|to|through|until)\s*(\d+))?")
LONGEST = 100_000  # frames; a longer range is a slip


@dataclass(frozen=True)
class FrameSet(Answer):
    """The frames of a video that show a thing.

    Raw values are (n, V): 1 for a frame that shows it, 0 for one that does not, 0.5 where that is unclear. An answer is
    a tuple of positions from 0; the text counts from 1, as the frames are called.
    """

    formats: ClassVar[tuple[Format, ...]] = ("fill", "sentence")
    metric = False
    shaken = False
    prompts: ClassVar[Mapping[Format, tuple[str, ...]]] = {
        "fill": (
            "Reply with the frames, as in Frame-1, Frame-2, and nothing else.",
            "List just the frames, like this: Frame-1, Frame-2.",
            "Your whole reply should be a list of frames in the form Frame-1, Frame-2.",
            "Write down all of these frames, separated by commas, as in Frame-1, Frame-2.",
        )
    }

    def refuse(self, values: Array, rules: Rules) -> dict[str, Any]:
        return {
            "unclear in some frame": ~np.isin(values, (0, 1)).all(axis=1),
            "seen in no frame": (values == 0).all(axis=1),
            "seen in every frame": (values == 1).all(axis=1),
        }

    def margin(self, values: Array, rules: Rules) -> Array:
        return np.full(values.shape, 0.5)

    def decide(self, values: Array, rules: Rules) -> list[Any]:
        rows, columns = np.nonzero(values > 0.5)
        frames = columns.tolist()
        ends = np.searchsorted(rows, np.arange(len(values) + 1)).tolist()
        return [tuple(frames[i:j]) for i, j in itertools.pairwise(ends)]

    def strata(self, values: Array, rules: Rules) -> list[Any]:
        """Group by the number of frames, in octaves."""
        return list(np.floor(np.log2(np.maximum((values > 0.5).sum(axis=1), 0.5))).tolist())

    def say(self, answer: tuple[int, ...]) -> str:
        return ", ".join([f"Frame-{i + 1}" for i in answer])

    def phrase(self, answer: tuple[int, ...]) -> str:
        return join([f"Frame-{i + 1}" for i in answer])

    def parse(self, text: str) -> tuple[int, ...] | None:
        """Read "Frame-3", "frames 3, 7 and 9" and "3-5"; numbers that do not belong to frames only if none do."""
        text = without_marks(text)
        for tail in (*conclusions(text), text):
            spoken = " , ".join(match[0] for match in FRAMES.finditer(tail)) or tail
            if frames := _numbers(WORD.sub("", spoken)):
                return frames
        return None

    def score(self, predicted: tuple[int, ...], expected: tuple[int, ...]) -> float:
        """Return the F1 of the frames: the harmonic mean of the shares that are right and that are found."""
        both = len(set(predicted) & set(expected))
        total = len(predicted) + len(expected)
        return 2 * both / total if total else 1.0


def _numbers(text: str) -> tuple[int, ...]:
    found: set[int] = set()
    for match in RANGE.finditer(text):
        first, last = int(match[1]), int(match[2] or match[1])
        if first >= 1 and last - first < LONGEST:
            found.update(range(first - 1, last))
    return tuple(sorted(found))
