"""Surfaces: the triangle mesh of a scene."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit import _check
from spatialkit.errors import ArgumentError

__all__ = ["Surface"]


@dataclass(frozen=True, eq=False)
class Surface:
    """A triangle mesh whose faces know their object.

    Parameters
    ----------
    vertices
        (v, 3) metres, world frame.
    faces
        (f, 3) indices into ``vertices``; either winding, both sides are seen.
    face_ids
        (f,) id of the object each face belongs to, -1 for none.

    Raises
    ------
    ArgumentError
        Wrong shapes, non-finite vertices, or an index out of range.
    """

    vertices: npt.NDArray[np.float64]
    faces: npt.NDArray[np.int32]
    face_ids: npt.NDArray[np.int64]

    def __post_init__(self) -> None:
        vertices = _check.array("Surface.vertices", self.vertices, ("v", 3))
        faces = _check.array("Surface.faces", self.faces, ("f", 3), np.int32)
        ids = _check.array("Surface.face_ids", self.face_ids, (len(faces),), np.int64)
        if faces.size and (int(faces.min()) < 0 or int(faces.max()) >= len(vertices)):
            raise ArgumentError(
                "Surface.faces",
                found=f"indices {faces.min()} to {faces.max()}",
                expected=f"indices from 0 to {len(vertices) - 1}",
            )
        object.__setattr__(self, "vertices", vertices)
        object.__setattr__(self, "faces", faces)
        object.__setattr__(self, "face_ids", ids)

    @cached_property
    def face_areas(self) -> npt.NDArray[Any]:
        """Area of each face (f,), square metres."""
        a, b, c = (self.vertices[self.faces[:, k]] for k in range(3))
        return 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1)
