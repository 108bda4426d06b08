"""What an adapter is: it lists the scenes of a dataset on disk and loads one; everything else is derived."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from spatialkit.errors import DataError, SpatialkitError
from spatialkit.registry import Registry, home_of
from spatialkit.scene import Scene

__all__ = ["Adapter", "Finding", "adapters"]

BUILTIN = ("folder", "scannet", "toy")


def _import_builtin() -> None:
    import importlib

    for module in BUILTIN:
        importlib.import_module(f"spatialkit.adapters.{module}")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a check: ``severity`` "ok", "warning" or "error", ``where`` it was found, and what it means."""

    severity: Literal["ok", "warning", "error"]
    where: str
    message: str


class Adapter:
    """Reads one dataset's layout; registered by subclassing with a ``name``.

    All changes of convention happen inside ``load``: what it returns is in metres, OpenCV camera axes, planar depth,
    pixel centres at integers, ``world_from_cam`` poses. The docstring of each adapter states source, axes, units,
    world, depth and invalid values of the layout it reads.

    Attributes
    ----------
    name
        How the command line and ``load_scene`` call it; two adapters of one name raise ``DuplicateName``.
    summary
        One line for the list of adapters.
    takes_root
        False for an adapter whose scenes are made by code: a folder given to it is refused.
    """

    name: ClassVar[str]
    summary: ClassVar[str] = ""
    takes_root: ClassVar[bool] = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "name" in cls.__dict__:
            adapters.add(cls.name, cls(), home=home_of(cls))

    def scenes(self, root: Path | None) -> list[str]:
        """Return the ids of the scenes under ``root``, which may also be the folder of one scene.

        Raises
        ------
        DataError
            When there is no such folder or no scene in it.
        """
        raise NotImplementedError

    def load(self, root: Path | None, scene_id: str) -> Scene:
        """Return one scene; what had to be left out of it stands in ``Scene.skipped``, name to reason.

        An adapter may take options of its own as keyword arguments with defaults.

        Raises
        ------
        DataError
            When the scene cannot be used at all; names file and field.
        UnknownName
            When there is no such scene.
        """
        raise NotImplementedError

    def check(self, root: Path | None, scene_ids: Iterable[str] | None = None) -> Iterator[Finding]:
        """Yield what is there, what is missing and what that disables, and whether the geometry agrees with itself."""
        from spatialkit.adapters._selftest import inspect_scene

        try:
            ids = list(self.scenes(root) if scene_ids is None else scene_ids)
        except SpatialkitError as error:
            yield Finding("error", str(root), str(error))
            return
        for scene_id in ids:
            try:
                scene = self.load(root, scene_id)
            except SpatialkitError as error:
                yield Finding("error", scene_id, str(error))
                continue
            with np.errstate(over="ignore", invalid="ignore"):  # absurd numbers show in what is found
                lines = list(inspect_scene(scene))
            yield from (Finding(severity, scene.id, message) for severity, message in lines)


adapters: Registry[Adapter] = Registry("dataset", builtin=_import_builtin, group="spatialkit.adapters")


def need_root(root: Path | str | None, name: str) -> Path:
    """Return ``root`` as the path of an existing folder, or raise the one clear error."""
    if root is None:
        raise DataError(name, "root", found="none", expected="the folder that holds the scenes")
    path = Path(root)
    if not path.is_dir():
        found = "a file" if path.exists() else "no such folder"
        raise DataError(path, "root", found=found, expected="the folder that holds the scenes")
    return path
