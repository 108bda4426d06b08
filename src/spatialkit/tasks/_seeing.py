"""How sure it is that an image shows a thing: seen, unseen, or too little of it to say either."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.relations import Things

__all__ = ["UNSEEN", "sightings"]

UNSEEN = 0.1  # below this share of what makes a thing surely seen, nobody would find it


def sightings(thing: Things) -> npt.NDArray[Any]:
    """Return for each shown image (n, V): 1 where the thing is surely seen, 0 where it is not, 0.5 where unclear.

    Surely seen is what shows ``seen_share`` of its surface and fills ``pixel_share`` of the image. Unseen is what stays
    below a tenth of both: a table's edge close by shows little of the table and yet fills the image.
    """
    rules = thing.observer.rules
    shown = np.stack([thing.visible / rules.seen_share, thing.pixels / rules.pixel_share])
    return np.where((shown >= 1).all(axis=0), 1.0, np.where((shown < UNSEEN).all(axis=0), 0.0, 0.5))
