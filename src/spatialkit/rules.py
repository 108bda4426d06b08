"""Every threshold that decides what may be asked and when an answer is sure enough: one frozen object."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from spatialkit import labels
from spatialkit.errors import ArgumentError, DataError

__all__ = ["Rules"]


SHARES = frozenset(
    {"largest_share", "visible_share", "pixel_share", "part_overlap", "mark_gap", "mark_overlap", "point_on_object"}
    | {"point_covers", "box_side", "box_filled", "quantity_tolerance", "shared_least", "shared_most", "option_gap"}
    | {"gap_share", "size_tolerance", "seen_share", "named_pixels"}
)

ORDERED = (
    ("least", "most"),
    ("slot_empty", "slot_word"),
    ("shared_least", "shared_most"),
    ("least_count", "most_count"),
    ("least_area", "most_area"),
)
MOST = 1e9  # of anything
LIMITS: dict[str, tuple[float, float]] = {  # closer than from 0 to MOST: what is beyond makes questions without sense
    **dict.fromkeys(SHARES, (0, 1)),
    **dict.fromkeys(("visible_share", "seen_share", "shared_bin"), (0.001, 1)),
    "pixel_share": (1e-6, 1),
    **dict.fromkeys(("quantity_tolerance", "size_tolerance"), (0, 0.5)),
    "slot_word": (0.01, MOST),
    **dict.fromkeys(("least_gap", "least_slack", "least_motion", "least_turn_deg"), (0.001, MOST)),
    **dict.fromkeys(("steepest_deg", "most_roll_deg"), (0, 89)),
    "duplicate_rotation_deg": (0, 180),
    "first_apart": (1, MOST),
    "multi_images": (3, 5),
    "video_frames": (8, 128),
    "search": (1, 10**6),
}


@dataclass(frozen=True)
class Rules:
    """What may be asked, and when an answer is admitted. Lengths in metres, shares in [0, 1].

    Parameters
    ----------
    structure, placeholders
        Labels that are never the object of a question.
    largest_share
        An object that spans more than this share of the room on two axes is structure.
    smallest_side
        Shortest admissible longest side of an object.
    visible_share, pixel_share
        An object can be marked in a frame where at least these shares of its surface and of the image are its own.
    centre_in_image
        Mark an object only where the centre of its box projects into the image.
    part_overlap
        Two objects are not asked about together when this share of the smaller box lies in the other.
    mark_gap
        Smallest distance of two point marks on an image, as a share of its width.
    mark_overlap
        Two box marks on an image are too alike when this share of the smaller lies in the other, unless that one is
        four times as large.
    point_on_object
        Least share of a point mark that lies on its object.
    point_covers
        Largest share of an object's visible pixels that its point mark covers.
    box_side
        Shortest side of a marked box, as a share of the image's side.
    box_filled
        Least share of a marked box that its object fills.
    least, most
        Range of depths and distances that are asked for.
    least_difference
        Smallest difference of two depths that is asked for.
    quantity_tolerance
        A number is said when the stated noise moves it by no more than this share (or one rounding step).
    slot_word, slot_empty
        A direction is said from ``slot_word`` on, called indistinguishable up to ``slot_empty``; refused between.
    steepest_deg
        An observer who looks more steeply up or down than this has no left and right.
    duplicate_translation, duplicate_rotation_deg
        A frame closer than both to one that is kept is a near-duplicate.
    shared_least, shared_most, shared_bin
        Frames shown together share this much of what they see; drawn from bins of this width, each as often.
    option_gap
        Distractors differ from the truth and from each other by at least this share.
    least_gap, gap_share
        The nearest of several is nearer than the next by at least these metres and this share of the larger distance.
    stand_apart
        Least horizontal distance between where an imagined observer stands and what they face.
    least_motion, least_turn_deg, most_roll_deg
        A change of view moves or turns the camera at least this much, and does not roll it more.
    least_size, size_tolerance
        Shortest side whose length is asked for; sizes are said when the stated noise moves them by no more than this
        share.
    least_count, most_count
        Range of the numbers of objects that are asked for.
    seen_share
        Besides ``pixel_share``, the share of an object's surface from which on it is surely seen in a frame; below a
        tenth of both it is not seen.
    named_pixels
        Share of an image's pixels that what is asked about by its name alone, without a mark, fills at least.
    first_apart
        First appearances in a video are at least this many of its frames apart.
    least_area, most_area
        Range of floor areas that are asked for, square metres.
    least_slack
        What fits has at least this much room to spare, what does not is too large by as much.
    multi_images, video_frames
        Number of images in questions over several views, from 3 to 5, and over a video, from 8 to 128.
    search
        Most role tuples that are tried per view.
    """

    structure: frozenset[str] = field(default=labels.STRUCTURE)
    placeholders: frozenset[str] = field(default=labels.PLACEHOLDERS)
    largest_share: float = 0.6
    smallest_side: float = 0.05
    visible_share: float = 0.25
    pixel_share: float = 0.001
    centre_in_image: bool = True
    part_overlap: float = 0.8
    mark_gap: float = 0.04
    mark_overlap: float = 0.7
    point_on_object: float = 0.4
    point_covers: float = 0.5
    box_side: float = 0.01
    box_filled: float = 0.2
    least: float = 0.3
    most: float = 20.0
    least_difference: float = 0.3
    quantity_tolerance: float = 0.1
    slot_word: float = 0.25
    slot_empty: float = 0.08
    steepest_deg: float = 60.0
    duplicate_translation: float = 0.2
    duplicate_rotation_deg: float = 15.0
    shared_least: float = 0.05
    shared_most: float = 0.7
    shared_bin: float = 0.05
    option_gap: float = 0.15
    least_gap: float = 0.3
    gap_share: float = 0.1
    stand_apart: float = 0.5
    least_motion: float = 0.2
    least_turn_deg: float = 10.0
    most_roll_deg: float = 15.0
    least_size: float = 0.05
    size_tolerance: float = 0.25
    least_count: int = 2
    most_count: int = 15
    seen_share: float = 0.05
    named_pixels: float = 0.003
    first_apart: int = 2
    least_area: float = 3.0
    most_area: float = 500.0
    least_slack: float = 0.1
    multi_images: int = 3
    video_frames: int = 32
    search: int = 20000

    def __post_init__(self) -> None:
        for item in fields(self):
            value: Any = getattr(self, item.name)
            if item.name in ("structure", "placeholders"):
                listed = isinstance(value, list | tuple | set | frozenset)
                if not listed or not all(isinstance(x, str) for x in value):
                    raise ArgumentError(f"Rules.{item.name}", found=value, expected="a set of labels")
                object.__setattr__(self, item.name, frozenset(labels.normalise(x) for x in value))
                continue
            wanted: type[Any] = type(item.default)
            if wanted is float and type(value) is int and abs(value) < MOST:
                value = float(value)
                object.__setattr__(self, item.name, value)
            if type(value) is not wanted:
                expected = "true or false" if wanted is bool else f"a {wanted.__name__}"
                raise ArgumentError(f"Rules.{item.name}", found=repr(value), expected=expected)
            low, high = LIMITS.get(item.name, (0, MOST))
            if not low <= value <= high:
                raise ArgumentError(f"Rules.{item.name}", found=value, expected=f"from {low:g} to {high:g}")
        for less, more in ORDERED:
            if getattr(self, less) >= getattr(self, more):
                found = f"{getattr(self, less):g}"
                raise ArgumentError(f"Rules.{less}", found=found, expected=f"less than {more}, {getattr(self, more):g}")

    @classmethod
    def from_toml(cls, path: str | Path) -> Rules:
        """Read rules from a TOML file; what it does not name keeps its default.

        Raises
        ------
        DataError
            When the file cannot be read, names an unknown rule or gives a value of the wrong type.
        """
        import difflib
        import tomllib

        try:
            table = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise DataError(path, "rules", found=f"an unreadable file ({error})", expected="a TOML file") from None
        known = [item.name for item in fields(cls)]
        for name in table:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=2) or known
                raise DataError(path, name, found="an unknown rule", expected=f"one of {', '.join(near)}")
        try:
            return cls(**table)
        except ArgumentError as error:
            field = error.name.removeprefix("Rules.")
            raise DataError(path, field, found=error.found, expected=error.expected) from None

    def to_dict(self) -> dict[str, Any]:
        """Return every rule as plain JSON values, sets as sorted lists."""
        return {k: sorted(v) if isinstance(v, frozenset) else v for k, v in asdict(self).items()}

    @cached_property
    def digest(self) -> str:
        """Eight hex digits that change with any rule; stored with each sample."""
        return hashlib.blake2b(json.dumps(self.to_dict(), sort_keys=True).encode(), digest_size=4).hexdigest()
