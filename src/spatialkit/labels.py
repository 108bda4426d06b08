"""Words for things: which labels are structure or placeholders, and how a label stands in an English sentence."""

from __future__ import annotations

__all__ = ["PLACEHOLDERS", "STRUCTURE", "join", "normalise", "ordinal"]

STRUCTURE = frozenset(
    {
        "apartment",
        "baseboard",
        "beam",
        "building",
        "built in",
        "ceiling",
        "ceiling beam",
        "column",
        "door frame",
        "doorframe",
        "floor",
        "ground",
        "hallway",
        "house",
        "pillar",
        "room",
        "shell",
        "skirting board",
        "staircase",
        "stairs",
        "structure",
        "wall",
        "window frame",
        "window sill",
        "windowsill",
    }
)
"""Parts of the building: never the object of a question."""

PLACEHOLDERS = frozenset(
    {
        "",
        "accessory",
        "n/a",
        "none",
        "null",
        "object",
        "other",
        "other furniture",
        "other structure",
        "otherfurniture",
        "otherprop",
        "otherstructure",
        "remove",
        "split",
        "stuff",
        "thing",
        "unannotated",
        "undefined",
        "unknown",
        "unlabeled",
        "unlabelled",
        "void",
    }
)
"""Labels that name nothing."""

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def normalise(label: str) -> str:
    """Return a label as it is compared: lower case, single spaces, underscores as spaces."""
    return " ".join(label.replace("_", " ").lower().split())


def ordinal(index: int) -> str:
    """Return "first" for 0, "second" for 1, and so on; "12th" beyond ten."""
    if index < len(_ORDINALS):
        return _ORDINALS[index]
    number = index + 1
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def join(parts: list[str], last: str = "and") -> str:
    """Return "a", "a and b" or "a, b and c"."""
    return f" {last} ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)
