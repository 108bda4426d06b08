"""Tasks: what can be asked of a scene, a family a file."""

from spatialkit.tasks.base import CAMERA, Role, Task, Variant, box, point, registry

__all__ = ["CAMERA", "Role", "Task", "Variant", "box", "point", "registry"]
