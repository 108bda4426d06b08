"""Answer types: each one decides, says, reads back, measures doubt, makes wrong options and scores."""

from spatialkit.answers.base import Answer, Asked, Claim
from spatialkit.answers.choice import Choice, Located, Named
from spatialkit.answers.directions import Directions, Slot
from spatialkit.answers.image import Box, PixelDepth
from spatialkit.answers.judgement import Judgement
from spatialkit.answers.layout import Layout
from spatialkit.answers.motion import Motion
from spatialkit.answers.quantity import Quantity
from spatialkit.answers.reading import read_choice, read_yes_no, tidied, without_names
from spatialkit.answers.route import Route
from spatialkit.answers.sequence import FrameSet, Ordering
from spatialkit.answers.sizes import Sizes

__all__ = [
    "Answer",
    "Asked",
    "Box",
    "Choice",
    "Claim",
    "Directions",
    "FrameSet",
    "Judgement",
    "Layout",
    "Located",
    "Motion",
    "Named",
    "Ordering",
    "PixelDepth",
    "Quantity",
    "Route",
    "Sizes",
    "Slot",
    "read_choice",
    "read_yes_no",
    "tidied",
    "without_names",
]
