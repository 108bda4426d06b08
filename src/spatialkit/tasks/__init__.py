"""Tasks: what can be asked of a scene, a family a file."""

from spatialkit.tasks.base import (
    CAMERA,
    ROOM,
    ROUTE,
    Role,
    Task,
    Variant,
    box,
    camera,
    category,
    groups,
    named,
    point,
    registry,
    word,
)

__all__ = [
    "CAMERA",
    "ROOM",
    "ROUTE",
    "Role",
    "Task",
    "Variant",
    "box",
    "camera",
    "category",
    "groups",
    "named",
    "point",
    "registry",
    "word",
]
