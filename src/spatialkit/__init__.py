"""Spatial questions with provably right answers from 3D-annotated scenes, and the compiled geometry behind them.

Conventions, everywhere: metres; camera axes x right, y down, z forward; transforms named ``target_from_source``; pixel
centres at integers. A bare import loads numpy and the compiled core, nothing heavier.
"""

try:
    from spatialkit import _core as _core
except ImportError as error:
    raise ImportError(
        "spatialkit's compiled core (spatialkit._core) is missing or was built for another Python. In a checkout, "
        "build it with `pip install -e .` (needs a C++ compiler), and do not run Python inside the folder src. "
        f"Python said: {error}"
    ) from error

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from spatialkit.errors import SpatialkitError
from spatialkit.geometry import (
    box_distance,
    box_iou,
    boxes_in_frustum,
    points_in_image,
    project_boxes,
    project_points,
    rasterize,
    relative_pose,
    shared_surface,
    unproject_depth,
    visible_points,
)

if TYPE_CHECKING:
    from spatialkit import adapters, tasks, writers
    from spatialkit.adapters import load_scene
    from spatialkit.bench.score import score
    from spatialkit.draw import draw
    from spatialkit.generate import generate
    from spatialkit.observe import Observations, observe
    from spatialkit.rules import Rules
    from spatialkit.samples import Mark, Sample
    from spatialkit.scene import Camera, Frame, OrientedBox, Scene, SceneObject
    from spatialkit.surfaces import Surface
    from spatialkit.tasks import Role, Task
    from spatialkit.verify import verify
    from spatialkit.views import Views
    from spatialkit.writers import read, write

__version__ = "0.1.0"

# All but the geometry is imported when it is first asked for.
_SUBPACKAGES = ("adapters", "tasks", "writers")
_HOME = {
    name: f"spatialkit.{module}"
    for module, names in {
        "adapters": "load_scene",
        "bench.score": "score",
        "draw": "draw",
        "generate": "generate",
        "observe": "Observations observe",
        "rules": "Rules",
        "samples": "Mark Sample",
        "scene": "Camera Frame OrientedBox Scene SceneObject",
        "surfaces": "Surface",
        "tasks": "Role Task",
        "verify": "verify",
        "views": "Views",
        "writers": "read write",
    }.items()
    for name in names.split()
}


class _Package(ModuleType):
    """The package, in which no function gives way to the module of the same name when that is imported."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name in _HOME:
        globals()[name] = getattr(import_module(_HOME[name]), name)
    elif name in _SUBPACKAGES:
        globals()[name] = import_module(f"spatialkit.{name}")
    else:
        raise AttributeError(f"module 'spatialkit' has no attribute {name!r}")
    return globals()[name]


def __dir__() -> list[str]:
    return sorted(__all__)


__all__ = [
    "Camera",
    "Frame",
    "Mark",
    "Observations",
    "OrientedBox",
    "Role",
    "Rules",
    "Sample",
    "Scene",
    "SceneObject",
    "SpatialkitError",
    "Surface",
    "Task",
    "Views",
    "__version__",
    "adapters",
    "box_distance",
    "box_iou",
    "boxes_in_frustum",
    "draw",
    "generate",
    "load_scene",
    "observe",
    "points_in_image",
    "project_boxes",
    "project_points",
    "rasterize",
    "read",
    "relative_pose",
    "score",
    "shared_surface",
    "tasks",
    "unproject_depth",
    "verify",
    "visible_points",
    "write",
    "writers",
]
