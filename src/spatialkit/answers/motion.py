"""How a camera moves and turns from one image to another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from spatialkit.answers.base import Answer, Array, closeness, relative_accuracy, rounded
from spatialkit.answers.reading import NUMBER, UNIT, metres, number
from spatialkit.labels import join
from spatialkit.rules import Rules
from spatialkit.samples import Format

__all__ = ["Motion"]

Five = tuple[float, float, float, int, int]

PAIRS = (("right", "left"), ("up", "down"), ("forward", "backward"), ("up", "down"), ("right", "left"))
VERBS = ("move", "move", "move", "rotate", "rotate")
SAID = (
    ("{} metres to the right", "{} metres to the left"),
    ("{} metres up", "{} metres down"),
    ("{} metres forward", "{} metres backward"),
    ("tilts {} degrees up", "tilts {} degrees down"),
    ("turns {} degrees to the right", "turns {} degrees to the left"),
)
STILL = "stays where it is"
FLOOR = (0.2, 0.2, 0.2, 10.0, 10.0)  # below these, metres and degrees, errors are rewarded as if of these

WAY = "right|left|upwards?|up|downwards?|down|forwards?|ahead|backwards?|back"
DEGREES = "°|deg(?:rees?)?"
LOOSE = r"[\s:=_\"'`*]*"
PART = re.compile(
    rf"(?i)(?<![a-z])(?:(?P<way>{WAY})(?![a-z]){LOOSE}(?:by|about|for|of|roughly|approximately|~|≈)?{LOOSE}"
    rf"(?P<size>(?<![\d.]){NUMBER})(?:\s*(?P<unit>{DEGREES}|(?:{UNIT})(?![a-z])))?"
    rf"|(?P<size2>(?<![\d.]){NUMBER})(?:\s*(?P<unit2>{DEGREES}|(?:{UNIT})(?![a-z])))?"
    rf"[\s*_]*(?:to(?:wards?)?\s+(?:(?:the|its|your|my)\s+)?)?(?P<way2>{WAY})(?![a-z]))"
)
VERB = re.compile(
    r"(?i)(?P<turn>rotat|turn|tilt|pitch|yaw|pan|look)|mov|translat|shift|step|walk|slid|go(?=\b|es\b|ing\b)"
)
NO_MOTION = re.compile(rf"(?i)\b{STILL}\b|\bno (?:motion|movement)\b|\bdoes not move\b")


@dataclass(frozen=True)
class Motion(Answer):
    """Where a second camera is, and how it is turned, in the axes of the first.

    Raw values are (n, 6): right, down, forward in metres, then yaw to the right about the first camera's y, pitch up
    and roll in degrees. An answer has five signed parts, right, up and forward to a tenth of a metre, pitch up and yaw
    to the right in whole degrees; roll is not told. In the text every number is positive and the word carries the sign;
    a part that rounds to 0 has the word of the positive way.
    """

    formats: ClassVar[tuple[Format, ...]] = ("fill", "sentence")
    prompts: ClassVar[Mapping[Format, tuple[str, ...]]] = {
        "fill": tuple(
            text.format(
                "move_right:0.0,move_up:0.0,move_forward:0.0,rotate_up:0,rotate_right:0",
                "move_left, move_down, move_backward, rotate_down and rotate_left",
            )
            for text in (
                "Reply in the form {}, in metres to one decimal and whole degrees. For the opposite way write {}; all "
                "numbers are positive.",
                "Your whole reply should look like {}. The opposites are {}, never a minus sign; lengths are in metres "
                "to one decimal, angles in whole degrees.",
                "Fill in your numbers: {}. Metres have one decimal, degrees none. Where the way is the opposite one, "
                "put {} instead of a minus sign.",
                "Write just one line like {}, with metres to one decimal, whole degrees, and {} for the opposite ways; "
                "no number is negative.",
            )
        ),
    }

    def refuse(self, values: Array, rules: Rules) -> dict[str, Any]:
        moved = np.linalg.norm(values[:, :3], axis=1)
        yaw, pitch, roll = values[:, 3:].T
        turned = np.hypot(yaw, pitch)
        return {
            "no pose": ~np.isfinite(values).all(axis=1),
            "hardly any motion": (moved < rules.least_motion) & (turned < rules.least_turn_deg),
            "camera rolled": np.abs(roll) > rules.most_roll_deg,
            "tilted too far": np.abs(pitch) > rules.steepest_deg,
        }

    def margin(self, values: Array, rules: Rules) -> Array:
        """Return how far each part may move: by half the least motion or turn, or by a share of itself if that is more.

        A part that is told as more than 0 may not change its sign besides, so that near 0 its own size is the limit. A
        part that rounds to 0 tells no way. A digit may change: near an edge of rounding any noise does that.
        """
        half_step = np.array([0.05, 0.05, 0.05, 0.5, 0.5, np.inf])
        least = np.repeat([rules.least_motion / 2, rules.least_turn_deg / 2, np.inf], (3, 2, 1))
        size = np.abs(values)
        free = np.maximum(least, rules.quantity_tolerance * size)
        return np.asarray(np.where(size < half_step, free, np.minimum(size, free)))

    def decide(self, values: Array, rules: Rules) -> list[Any]:
        signed = np.nan_to_num(values[:, [0, 1, 2, 4, 3]]) * (1, -1, 1, 1, 1)
        shifts = rounded(signed[:, :3], 1).tolist()
        turns = np.rint(signed[:, 3:]).astype(np.int64).tolist()
        return [(*shift, *turn) for shift, turn in zip(shifts, turns, strict=True)]

    def strata(self, values: Array, rules: Rules) -> list[Any]:
        """Group by the way across, along and around: each to one side, to the other or neither."""
        told = np.abs(values[:, [0, 2, 3]]) >= (
            rules.least_motion / 2,
            rules.least_motion / 2,
            rules.least_turn_deg / 2,
        )
        ways = np.nan_to_num(np.sign(values[:, [0, 2, 3]]) * told)
        return list((ways @ (9, 3, 1)).astype(np.int64).tolist())

    def say(self, answer: Five) -> str:
        parts = []
        for verb, (positive, negative), size in zip(VERBS, PAIRS, answer, strict=True):
            digits = 1 if verb == "move" else 0
            parts.append(f"{verb}_{negative if size < 0 else positive}:{abs(size):.{digits}f}")
        return ",".join(parts)

    def phrase(self, answer: Five) -> str:
        """Return what the camera does, as "moves 1.2 metres forward and turns 45 degrees to the left"; no zeros."""
        parts = [
            SAID[i][size < 0].format(f"{abs(size):.1f}" if i < 3 else f"{abs(size):.0f}") if size else ""
            for i, size in enumerate(answer)
        ]
        moves = join([part for part in parts[:3] if part])
        return join([part for part in (moves and f"moves {moves}", parts[4], parts[3]) if part]) or STILL

    def parse(self, text: str) -> Five | None:
        """Read every number with a way beside it; degrees, or "rotate", "turn" and the like before it, tell a turn.

        What is not told is 0; the last word counts where a part is told twice.
        """
        parts = [0.0] * 5
        verbs = [(match.start(), match["turn"] is not None) for match in VERB.finditer(text)]
        found = bool(NO_MOTION.search(text))
        for match in PART.finditer(text):
            size = number(match["size"] or match["size2"])
            unit, way = match["unit"] or match["unit2"], (match["way"] or match["way2"]).lower()
            if size is None:
                continue
            length = bool(unit) and not re.fullmatch(DEGREES, unit, re.IGNORECASE)
            turn = not length if unit else next((t for at, t in reversed(verbs) if at < match.start()), False)
            place = _place(way, turn)
            if place is None:
                continue
            size *= metres(unit) if length else 1.0
            parts[place[0]] = round(size * place[1], 6) + 0.0
            found = True
        return (parts[0], parts[1], parts[2], parts[3], parts[4]) if found else None  # type: ignore[return-value]

    def score(self, predicted: Five, expected: Five) -> float:
        """Return the mean relative accuracy of the five signed parts; for a 0, whatever rounds to 0 is right."""
        total = 0.0
        for i, (guess, truth) in enumerate(zip(predicted, expected, strict=True)):
            if truth:
                total += relative_accuracy(guess, truth)
            else:
                total += abs(guess) < (0.05 if i < 3 else 0.5)
        return total / 5

    def reward(self, predicted: Five, expected: Five) -> float:
        """Return the mean of exp(-3 e) over the parts, e relative to the truth or to 0.2 m or 10°, if that is more."""
        parts = zip(predicted, expected, FLOOR, strict=True)
        return sum(closeness(abs(guess - truth), max(abs(truth), floor)) for guess, truth, floor in parts) / 5


def _place(way: str, turn: bool) -> tuple[int, int] | None:
    """Return the part of the answer that a way belongs to, and its sign; None for a turn that is none."""
    if way.startswith(("forward", "ahead", "back")):
        return None if turn else (2, -1 if way.startswith("back") else 1)
    if way.startswith(("up", "down")):
        return (3 if turn else 1), (1 if way.startswith("up") else -1)
    return (4 if turn else 0), (1 if way == "right" else -1)
