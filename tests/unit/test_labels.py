"""Words for things: plurals, articles, ordinals and lists."""

from __future__ import annotations

import pytest

from spatialkit.labels import alike, article, is_plural, join, normalise, ordinal, plural

PLURALS = {
    "bag of chips": "bags of chips",
    "basis": "bases",
    "bench": "benches",
    "blackboard (small)": "blackboards (small)",
    "bookshelf": "bookshelves",
    "bottle of hand sanitizer": "bottles of hand sanitizer",
    "box": "boxes",
    "box of tissues": "boxes of tissues",
    "boy": "boys",
    "built in wardrobe": "built in wardrobes",
    "bunch of grapes": "bunches of grapes",
    "bus": "buses",
    "cactus": "cactuses",
    "canvas": "canvases",
    "case of water bottles": "cases of water bottles",
    "chair": "chairs",
    "chest of drawers": "chests of drawers",
    "child": "children",
    "christmas tree": "christmas trees",
    "cloth": "cloths",
    "coffee table": "coffee tables",
    "computer mouse": "computer mice",
    "couch": "couches",
    "cup": "cups",
    "desk lamp": "desk lamps",
    "dish": "dishes",
    "doorway": "doorways",
    "dvd": "dvds",
    "fire hydrant": "fire hydrants",
    "fish": "fish",
    "foot rest": "foot rests",
    "gas": "gases",
    "gas stove": "gas stoves",
    "glass": "glasses",
    "handkerchief": "handkerchiefs",
    "human": "humans",
    "kitchen knife": "kitchen knives",
    "knife": "knives",
    "lamp with shade": "lamps with shade",
    "leaf": "leaves",
    "lens": "lenses",
    "loaf of bread": "loaves of bread",
    "man": "men",
    "mattress": "mattresses",
    "mirror": "mirrors",
    "monkey": "monkeys",
    "mouse": "mice",
    "ottoman": "ottomans",
    "paper": "papers",
    "person": "people",
    "photo": "photos",
    "piano": "pianos",
    "picture on wall": "pictures on wall",
    "potato": "potatoes",
    "potted plant": "potted plants",
    "puppy": "puppies",
    "quiz": "quizzes",
    "radio": "radios",
    "roof": "roofs",
    "scarf": "scarves",
    "shelf": "shelves",
    "snowman": "snowmen",
    "sofa": "sofas",
    "stack of papers": "stacks of papers",
    "stand for tv": "stands for tv",
    "stereo": "stereos",
    "stomach": "stomachs",
    "tomato": "tomatoes",
    "tooth": "teeth",
    "toothbrush": "toothbrushes",
    "toy": "toys",
    "trash can": "trash cans",
    "tray": "trays",
    "tv": "tvs",
    "tv stand": "tv stands",
    "wall cabinet": "wall cabinets",
    "walk in closet": "walk in closets",
    "washing machine": "washing machines",
    "watch": "watches",
    "woman": "women",
    "x box": "x boxes",
}
MANY = (
    "bags of chips", "binoculars", "blinds", "bookshelves", "boxes", "boxes of tissues", "cabinet doors", "clothes",
    "curtains", "dice", "dishes", "glasses", "hanging clothes", "headphones", "jeans", "kitchen cabinets", "menus",
    "mice", "pants", "people", "scissors", "shelves", "shoes", "stairs", "tongs", "trousers", "window blinds", "women",
)  # fmt: skip
NOT_COUNTED = ("bedding", "kitchen cutlery", "furniture", "laundry", "luggage", "toilet paper", "gift wrapping paper")
CHOICES = ("couch/sofa", "oven and stove", "salt and pepper shaker", "sink, basin")


@pytest.mark.parametrize(("label", "several"), PLURALS.items())
def test_plural(label: str, several: str) -> None:
    assert plural(label) == several
    assert plural(several) == several
    assert not is_plural(label)


@pytest.mark.parametrize("label", MANY)
def test_a_plural_stays_what_it_is(label: str) -> None:
    assert plural(label) == label
    assert is_plural(label)


@pytest.mark.parametrize("label", [*NOT_COUNTED, *CHOICES])
def test_what_is_not_counted_has_no_plural(label: str) -> None:
    assert plural(label) == label


def test_several_things_named_together_take_a_plural_verb() -> None:
    assert is_plural("oven and stove")
    assert not is_plural("furniture")
    assert not is_plural("couch/sofa")


@pytest.mark.parametrize(
    ("label", "word"),
    [
        ("apple", "an"), ("8 ball", "an"), ("bed", "a"), ("electric kettle", "an"), ("european plug", "a"),
        ("hdmi cable", "an"), ("hook", "a"), ("hourglass", "an"), ("ironing board", "an"), ("l-shaped sofa", "an"),
        ("lcd", "an"), ("led strip", "an"), ("ledge", "a"), ("mp3 player", "an"), ("one way sign", "a"),
        ("onion", "an"), ("oven", "an"), ("tv", "a"), ("ukulele", "a"), ("umbrella", "an"), ("unicycle", "a"),
        ("unidentified box", "an"), ("urinal", "a"), ("urn", "an"), ("usb stick", "a"), ("utensil holder", "a"),
        ("x-ray", "an"), ("gym bag", "a"), ("1 litre bottle", "a"),
    ],
)  # fmt: skip
def test_article(label: str, word: str) -> None:
    assert article(label) == word


def test_ordinals_lists_and_normal_form() -> None:
    assert [ordinal(k) for k in (0, 1, 9, 10, 11, 12, 20, 21, 22)] == [
        "first", "second", "tenth", "11th", "12th", "13th", "21st", "22nd", "23rd",
    ]  # fmt: skip
    assert [join(list(parts)) for parts in ("", "a", "ab", "abc")] == ["", "a", "a and b", "a, b and c"]
    assert normalise("  Coffee_Table ") == "coffee table"


def test_labels_for_the_same_things_are_alike_both_ways() -> None:
    assert alike("mug", "cup")
    assert alike("cup", "mug")
    assert alike("sofa", "couch")
    assert not alike("mug", "sofa")
    assert not alike("lamp", "table")
