"""The floor of a scene as questions need it: how large it is, where the video goes, and the walks over it."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spatialkit.errors import ArgumentError
from spatialkit.rules import Rules
from spatialkit.scene import Scene

if TYPE_CHECKING:
    from spatialkit.walks import Walk

__all__ = ["Floor"]

Array = npt.NDArray[Any]


class Floor:
    """The floor of a scene and, once they have been looked for, the walks over it: ``walks``, numbered by view."""

    def __init__(self, scene: Scene, poses: Array, rules: Rules) -> None:
        self._scene, self._poses, self._rules = scene, poses, rules
        self.walks: list[Walk] = []
        self.walks_by_view: dict[tuple[int, ...], list[int]] = {}

    @cached_property
    def _plan(self) -> tuple[tuple[Array, ...], str]:
        """The scene's floor polygons, or the floor of its mesh; none, and what is wrong, where none is sound."""
        from spatialkit.footprints import floor_from_surface, floor_shape

        scene = self._scene
        try:
            if scene.floor:
                floor_shape(scene.floor)
                return scene.floor, ""
            if scene.surface is not None:
                return floor_from_surface(scene.surface.vertices, scene.surface.faces, scene.up), ""
        except ArgumentError as error:
            return (), f": {error}"
        return (), ""

    @property
    def fault(self) -> str:
        """What is wrong with the plan of the floor, after a colon; "" where nothing is, or there is none."""
        return self._plan[1]

    @cached_property
    def area(self) -> float | None:
        """Area of the whole floor in square metres; None where no plan of it is known."""
        from spatialkit.footprints import floor_area

        return floor_area(self._plan[0]) if self._plan[0] else None

    def every_room_is_entered(self, view: tuple[int, ...]) -> bool:
        """Return whether some frame was taken over each polygon of the floor."""
        import shapely

        from spatialkit.footprints import floor_shape, ground_axes

        places = self._poses[list(view), :3, 3] @ ground_axes(self._scene.up).T
        return all(shapely.contains_xy(floor_shape([floor]), places).any() for floor in self._plan[0])

    @cached_property
    def _sound(self) -> Scene:
        """The scene without floor polygons that make no sense."""
        return replace(self._scene, floor=None) if self._scene.floor and not self._plan[0] else self._scene

    def look_for_walks(self, shown: Array, video: tuple[int, ...], most: int, seed: int) -> dict[str, int]:
        """Look for walks between frames of a video, or along the scene's routes; return how many fell by which rule."""
        from spatialkit.walks import walks

        self.walks, self.walks_by_view = [], {}
        scene, fell = self._sound, dict[str, int]()
        frames = shown.tolist() if scene.graph is not None and scene.routes else video
        rng = np.random.default_rng(seed)
        try:
            self.walks = walks(scene, frames, self._rules, rng, most=most, refused=fell)
        except ArgumentError as error:
            fell[f"no plan of the floor: {error}"] = 1
        for number, walk in enumerate(self.walks):
            self.walks_by_view.setdefault(walk.along or video, []).append(number)
        return fell

    @property
    def legs(self) -> tuple[Array, Array]:
        """Legs (W, L, 2) of the walks and their noise, NaN and 0 after the last."""
        most = max(len(walk.legs) for walk in self.walks)
        legs, noise = np.full((len(self.walks), most, 2), np.nan), np.zeros((len(self.walks), most, 2))
        for i, walk in enumerate(self.walks):
            legs[i, : len(walk.legs)], noise[i, : len(walk.legs)] = walk.legs, walk.noise
        return legs, noise
