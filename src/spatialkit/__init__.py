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

from spatialkit import adapters, tasks, writers
from spatialkit.adapters import load_scene
from spatialkit.bench.score import score
from spatialkit.draw import draw
from spatialkit.errors import SpatialkitError
from spatialkit.generate import generate
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

# The functions observe, generate, draw and verify share their names with their modules. They are imported here, once
# and eagerly, so that the function is what `spatialkit.observe` means whatever is imported later.

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
