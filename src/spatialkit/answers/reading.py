"""Reading replies: letters, yes and no, numbers and lengths, whatever stands around them."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = [
    "NUMBER",
    "PLAIN",
    "UNIT",
    "conclusions",
    "measures",
    "metres",
    "number",
    "read_choice",
    "read_yes_no",
    "tidied",
    "without_marks",
    "without_names",
]

CHOICES = tuple(  # how models give a letter, the plainest forms first
    re.compile(pattern)
    for pattern in (
        r"^\W*([A-Da-d])\W*$",
        r"(?i:\banswer\b(?:\s+(?:is|would be|should be))?\s*[:=]?\s*\W*(?:option\s+\W*)?)([A-D]|[b-d](?!\w))\b",
        r"(?i:\b(?:option|choice)\s+\W*)([A-Da-d])\b",
        r"\(([A-Da-d])\)",
        r"^\W*([A-D])[.:,)]",
        r"^\W*([B-D]|A(?=\s+(?:because|since|is)\b))\s",  # "A" alone may be the article
        r"\b([A-D])\W*$",
    )
)
MARK = r"\((?:\w+, )?(?:red|green|blue|yellow) (?:point|box)(?: in [^()]*)?\)"
MARKS = re.compile(rf"(?i){MARK}")
NAMED = re.compile(rf"(?i)\bthe ((?:(?!\bthe\b).)+?) {MARK}")
YES_NO = re.compile(r"(?i)\b(yes|no)\b")
NOT_THAT = re.compile(r"(?i)\b(?:not|neither|nor)\s+(?:an?\s+)?\W*(?:yes|no)\b")
EITHER = re.compile(r"\(?\b[A-D]\b\)?\s*(?:\bor\b|/|\band\b|&)\s*\(?\b[A-D]\b")
LARGEST = 1e12  # what is larger is no answer to anything
LONGEST = 2000  # characters of a reply that are read
CONCLUSIONS = 20  # of a reply that are read: what says "the answer is" more often says nothing
BLANKS = re.compile(r"\s+")
RUNS = re.compile(r"[\d.,]{21,}|[^\w\s]{21,}")
CONCLUSION = re.compile(r"(?i)\banswer\b\W{0,4}(?:is|would be|should be|[:=>])\s*:?")

NUMBER = r"[-+−]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
PLAIN = r"[-+−]?(?:\d+\.?\d*|\.\d+)"  # one of several, with commas between them
PER_METRE = (
    ("mm|millimet(?:re|er)s?", 0.001),
    ("cm|centimet(?:re|er)s?", 0.01),
    ("km|kilomet(?:re|er)s?", 1000.0),
    ("m|met(?:re|er)s?", 1.0),
    ("ft|feet|foot", 0.3048),
    ("inch(?:es)?", 0.0254),
)
UNIT = "|".join(pattern for pattern, _ in PER_METRE)
UNITS = tuple((re.compile(rf"(?i:{pattern})"), factor) for pattern, factor in PER_METRE)
MEASURE = re.compile(rf"(?<![\w.^])({NUMBER})(?:\s*({UNIT})(?![\w²^]))?", re.IGNORECASE)
THOUSANDS = re.compile(r",(?=\d{3}(?:\D|$))")


def tidied(reply: str) -> str:
    """Return a reply as it is read: white space as one space or line end, no number without an end, head and tail only.

    So that what runs on, as models at times do, is read in no time. What is left out lies in the middle.
    """
    if len(reply) > LONGEST:
        reply = f"{reply[: LONGEST // 4]} {reply[-3 * LONGEST // 4 :]}"
    reply = BLANKS.sub(lambda blanks: "\n" if "\n" in blanks[0] else " ", reply)
    return RUNS.sub(lambda run: run[0][:20], reply)


def read_choice(text: str) -> str | None:
    """Return the letter that a reply chooses; None where it names none, or several in the same way."""
    if EITHER.search(text):
        return None
    for pattern in CHOICES:
        found = {letter.upper() for letter in pattern.findall(text)}
        if found:
            return found.pop() if len(found) == 1 else None
    return None


def read_yes_no(text: str) -> str | None:
    """Return "Yes" or "No" as a reply says, or None if it says neither or both."""
    if NOT_THAT.search(text):
        return None
    found = {word.lower() for word in YES_NO.findall(text)}
    return found.pop().capitalize() if len(found) == 1 else None


def without_names(text: str, names_from: str) -> str:
    """Return a text without the things that another one names with a mark, so that no label is taken for an answer.

    "the left shoe (red box)" in ``names_from`` takes the left shoe out of ``text``, however it is marked there.
    """
    for label in sorted({match[1] for match in NAMED.finditer(names_from)}, key=len, reverse=True):
        text = re.sub(rf"(?i)(?<![\w'’]){re.escape(label)}(?!\w)", " ", text)  # a clock, but not 4 o'clock
    return text


def without_marks(text: str) -> str:
    """Return a text without what it says in brackets about marks: "(red box in Frame-12)"."""
    return MARKS.sub(" ", text)


def conclusions(text: str) -> Iterator[str]:
    """Yield what follows "the answer is" and the like, the last one first; no more than a few of them."""
    for match in list(CONCLUSION.finditer(text))[: -1 - CONCLUSIONS : -1]:
        yield text[match.end() :]


def number(text: str) -> float | None:
    """Return the number that a match of ``NUMBER`` writes; None for something like "1,2,3", or beyond all measure."""
    try:
        value = float(THOUSANDS.sub("", text.replace("−", "-")).rstrip(",."))
    except ValueError:
        return None
    return value if abs(value) < LARGEST else None


def metres(unit: str) -> float:
    """Return how many metres a unit of length has, by any of its names."""
    return next(factor for pattern, factor in UNITS if pattern.fullmatch(unit))


def measures(text: str) -> list[tuple[float, float | None]]:
    """Return each number of a text with the length of its unit in metres, None where it has no unit of length."""
    read = ((number(match[1]), match[2]) for match in MEASURE.finditer(text))
    return [(value, metres(unit) if unit else None) for value, unit in read if value is not None]
