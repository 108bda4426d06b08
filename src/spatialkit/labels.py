"""Words for things: which labels are structure or placeholders, and how a label stands in an English sentence."""

from __future__ import annotations

import re

__all__ = ["PLACEHOLDERS", "STRUCTURE", "alike", "article", "is_plural", "join", "normalise", "ordinal", "plural"]

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


# --- plurals and articles ---------------------------------------------------------------------------------------------
# Our own short tables, made for what stands in rooms: "clothes" is a plural, "gas" is none, and "decor" is not counted.

_IRREGULAR = {
    "child": "children",
    "foot": "feet",
    "goose": "geese",
    "human": "humans",
    "ottoman": "ottomans",
    "ox": "oxen",
    "person": "people",
    "quiz": "quizzes",
    "stomach": "stomachs",
    "tooth": "teeth",
}
_ENDINGS = (
    ("man", "men"),
    ("mouse", "mice"),
    *((f"{stem}f", f"{stem}ves") for stem in ("shel", "hal", "lea", "loa", "scar", "thie", "wol", "cal", "el")),
    *((f"{stem}fe", f"{stem}ves") for stem in ("kni", "wi")),
    *((word, f"{word}es") for word in ("potato", "tomato", "hero", "echo", "mango", "torpedo", "domino")),
    ("sis", "ses"),
)
_PLURALS = frozenset(_IRREGULAR.values()) | {"cacti", "dice", "media", "menus", "mice", "skis", "taxis"}
_ENDS_IN_S = frozenset({"alias", "atlas", "bias", "canvas", "christmas", "gas", "lens"})  # besides -us, -is, -ss
_SAME = frozenset({"aircraft", "chassis", "deer", "fish", "series", "sheep", "species"})
_MASS = frozenset({
    "bedding", "bread", "cardboard", "clothing", "clutter", "cookware", "crockery", "cutlery", "debris", "decor",
    "detergent", "dishware", "electronics", "equipment", "fabric", "foam", "foliage", "food", "footwear", "furniture",
    "garbage", "glassware", "hair", "insulation", "jewellery", "jewelry", "junk", "kitchenware", "laundry",
    "lighting", "luggage", "lumber", "machinery", "mail", "milk", "molding", "money", "moulding", "paperwork",
    "piping", "pottery", "rubbish", "shampoo", "silverware", "soap", "stationery", "storage", "stuff", "tableware",
    "trash", "vegetation", "water", "wine", "wiring", "wood",
})  # fmt: skip
_MASS_PHRASES = ("toilet paper", "wrapping paper", "bubble wrap")
_LISTED = re.compile(r"[/&,]| (?:and|or) ")
_AFTER_HEAD = re.compile(r" (?:of|with|without|for|in|on|to|from|at|by|under|behind|near|inside) | \(")
_PARTICLE = frozenset({"built", "lean", "plug", "pull", "slide", "walk"})  # "built in wardrobe": no head before "in"
_LIKE_YOU = ("uni", "use", "usa", "uten", "util", "ukul", "urin", "eu", "ewe", "one ", "once", "ufo", "usb", "u-", "u ")
_NOT_LIKE_YOU = ("unid", "unim", "unin")
_WITH_AN = ("hour", "heir", "honest", "honor", "honour", "hdmi", "led ", "x-ray", "xbox", "8", "11 ", "18 ")


_SYNONYMS = (  # labels that many use for the same things
    {"bin", "dustbin", "garbage bin", "garbage can", "rubbish bin", "trash bin", "trash can", "wastebasket"},
    {"ceiling lamp", "ceiling light", "pendant lamp"},
    {"closet", "wardrobe"},
    {"couch", "sofa"},
    {"cup", "mug"},
    {"cushion", "pillow"},
    {"flower pot", "potted plant", "plant"},
    {"fridge", "refrigerator"},
    {"monitor", "television", "tv"},
    {"bedside table", "nightstand"},
)


def alike(one: str, other: str) -> bool:
    """Return whether two labels may mean the same thing, though they are other words."""
    return any(one in same and other in same for same in _SYNONYMS)


def plural(label: str) -> str:
    """Return a label as it stands for several things: "bags of chips" for "bag of chips".

    What is plural already ("clothes", "kitchen cabinets"), is not counted ("furniture") or names a choice of things
    ("oven and stove", "couch/sofa") comes back unchanged.
    """
    before, head, after = _split(label)
    if _names_several(head) or head in _MASS or f"{before}{head}".endswith(_MASS_PHRASES) or _LISTED.search(label):
        return label
    return f"{before}{_several(head)}{after}"


def is_plural(label: str) -> bool:
    """Whether a label names several things, or takes a plural verb although it is one ("scissors")."""
    return _names_several(_split(label)[1]) or bool(re.search(r" and |&", label))


def article(label: str) -> str:
    """Return "a" or "an", as it sounds before this singular label."""
    text = f"{label.lower()} ".lstrip("\"'( ")
    if text.startswith(_LIKE_YOU) and not text.startswith(_NOT_LIKE_YOU):
        return "a"
    first = re.split(r"[ -]", text)[0]
    spelt_out = first[:1] in tuple("fhlmnrsx") and not re.search(r"[aeiouy]", first)  # an LCD, an MP3
    return "an" if text.startswith((*"aeiou", *_WITH_AN)) or spelt_out else "a"


def _split(label: str) -> tuple[str, str, str]:
    """Return a label as what stands before its head noun, the head, and what stands after it."""
    end = len(label)
    for match in _AFTER_HEAD.finditer(label):
        if match.start() and label[: match.start()].rpartition(" ")[2] not in _PARTICLE:
            end = match.start()
            break
    start = label.rfind(" ", 0, end) + 1
    return label[:start], label[start:end], label[end:]


def _names_several(word: str) -> bool:
    if word in _PLURALS or (word.endswith("men") and word != "specimen"):
        return True
    return word.endswith("s") and not word.endswith(("ss", "us", "is")) and word not in _ENDS_IN_S | _SAME


def _several(word: str) -> str:
    if word in _SAME:
        return word
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    for ending, several in _ENDINGS:
        if word.endswith(ending):
            return word.removesuffix(ending) + several
    if re.search(r"[^aeiou]y$", word):
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "z", "ch", "sh")) else f"{word}s"
