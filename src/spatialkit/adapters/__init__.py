"""Adapters: from a dataset's own layout on disk to a ``Scene``."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from spatialkit.adapters.base import Adapter, Finding, adapters
from spatialkit.errors import ArgumentError, UnknownName
from spatialkit.scene import Scene

__all__ = ["Adapter", "Finding", "adapters", "load_scene"]


def load_scene(dataset: str, root: Path | str | None = None, scene_id: str | None = None, **options: Any) -> Scene:
    """Load one scene.

    Parameters
    ----------
    dataset
        Name of an adapter (``spatialkit adapters`` lists them).
    root
        The dataset's folder, or the folder of one scene; None for scenes made by code.
    scene_id
        Which scene; may be left out where there is only one, and for scenes made by code (the first).
    options
        Options of that adapter's ``load``.

    Raises
    ------
    UnknownName
        No such dataset, scene or option.
    DataError
        The scene on disk cannot be used; names file and field.
    """
    adapter = adapters[dataset]
    known = [
        p.name
        for p in inspect.signature(adapter.load).parameters.values()
        if p.kind is inspect.Parameter.KEYWORD_ONLY or p.default is not inspect.Parameter.empty
    ]
    for option in options:
        if option not in known:
            raise UnknownName(f"option of dataset {dataset!r}:", option, known)
    path = None if root is None else Path(root)
    if scene_id is None:
        ids = adapter.scenes(path)
        if adapter.takes_root and len(ids) != 1:
            some = ", ".join(ids[:5]) + (", …" if len(ids) > 5 else "")
            raise ArgumentError("scene_id", found="none", expected=f"one of the {len(ids)} scenes: {some}")
        scene_id = ids[0]
    return adapter.load(path, scene_id, **options)
