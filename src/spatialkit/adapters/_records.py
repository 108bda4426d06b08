"""The records of a scene folder's ``scene.json``: checked strictly, nothing unknown is let through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = [
    "FORMAT",
    "VERSION",
    "CameraRecord",
    "FrameRecord",
    "HeadRecord",
    "ObjectRecord",
    "SceneRecord",
    "SensorRecord",
]

FORMAT = "spatialkit-scene"
VERSION = 1


@dataclass(frozen=True)
class HeadRecord:
    """The id alone, for listing scenes without building their records."""

    id: str


@dataclass(frozen=True)
class CameraRecord:
    """A pinhole camera, pixels; the centre of the top-left pixel is (0, 0)."""

    fx: float
    fy: float
    cx: float
    cy: float
    width: int
    height: int


@dataclass(frozen=True)
class FrameRecord:
    """A posed image; ``camera`` and ``world_from_cam`` describe the upright image."""

    id: str
    camera: CameraRecord
    world_from_cam: list[list[float]]
    image: str | None = None
    depth: str | None = None
    instances: str | None = None
    depth_camera: CameraRecord | None = None
    depth_unit: float = 0.001
    time: float | None = None
    up_rotation: int = 0


@dataclass(frozen=True)
class ObjectRecord:
    """An annotated object: full extents, columns of ``world_from_box`` are the box's axes."""

    id: int
    label: str
    centre: list[float]
    size: list[float]
    world_from_box: list[list[float]]


@dataclass(frozen=True)
class SensorRecord:
    """Stated noise: metres, 1/metre, metres, degrees."""

    depth_constant: float = 0.01
    depth_quadratic: float = 0.004
    position: float = 0.03
    rotation_deg: float = 1.0


@dataclass(frozen=True)
class SurfaceRecord:
    """Where the triangle mesh lies."""

    mesh: str


@dataclass(frozen=True)
class GraphRecord:
    """Places joined by ways that can be walked: ids, camera positions, pairs of ids; heights above the floor."""

    ids: list[str]
    positions: list[list[float]]
    edges: list[list[str]]
    heights: list[float] | None = None


@dataclass(frozen=True)
class RouteRecord:
    """A way through the graph that somebody has described."""

    id: str
    nodes: list[str]
    facing: list[float]
    instruction: str = ""
    language: str = ""


@dataclass(frozen=True)
class SceneRecord:
    """The whole file; frames and objects are checked one by one, so that a bad one can be left out by name."""

    format: str
    version: int
    id: str
    up: list[float]
    frames: list[Any]
    objects: list[Any]
    dataset: str = "folder"
    metric: bool = True
    sensor: SensorRecord | None = None
    instance_ids: list[int] | None = None
    points: str | None = None
    floor: list[list[list[float]]] | None = None
    surface: SurfaceRecord | None = None
    exhaustive: list[str] | None = None
    graph: GraphRecord | None = None
    routes: list[RouteRecord] | None = None
