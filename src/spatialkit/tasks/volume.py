"""How large things are."""

from __future__ import annotations

from typing import Any

from spatialkit.answers import Sizes
from spatialkit.relations import Things
from spatialkit.tasks._boxes import upright
from spatialkit.tasks.base import Task, box
from spatialkit.views import single


class SpatialVolumeInfer(Task):
    """Length, width and height of the box around a thing."""

    level = "low"
    roles = {"a": box("red")}
    variants = {"spatial_volume_infer": single()}
    answer = Sizes()
    formats = ("fill", "sentence")
    questions = (
        "What are the length, the width and the height of {a}?",
        "Estimate the size of {a}: length, width and height.",
        "Give the length, width and height of {a}.",
        "If you measured {a}, what length, width and height would you find?",
        "Going by the image, what would you put down as the length, width and height of {a}?",
        "State the dimensions of {a} as length, width and height.",
        "Work out the dimensions of {a}: length, then width, then height.",
        "A mover wants to know the measurements of {a}. What length, width and height would you tell them?",
        "Picture a box that just encloses {a}. What are its length, width and height?",
    )
    statements = (
        "The size of {a} is {answer}.",
        "I estimate the size of {a} at {answer}.",
        "The dimensions of {a} are {answer}.",
        "My estimate for {a} is {answer}.",
        "Measuring {a} would give {answer}.",
        "For {a} I get {answer}.",
        "A box just around {a} measures {answer}.",
        "The measurements of {a} come to {answer}.",
    )
    notes = (
        "The sides of the object's 3D box count, in whole centimetres: the height is its vertical side, the length the "
        "longer and the width the shorter of the two horizontal ones.",
        "What is measured is the object's 3D box. Its height runs vertically; of its horizontal sides the longer is "
        "the length, the shorter one the width. All in whole centimetres.",
        "Take the object's 3D box: length is its longer horizontal side, width its shorter horizontal side, height the "
        "side that runs up and down. The unit is the centimetre, without decimals.",
    )

    def measure(self, a: Things) -> Any:  # type: ignore[override]
        """Return length, width, height (n, 3) in metres; NaN for boxes that stand askew."""
        return upright(a, within_deg=10.0)
