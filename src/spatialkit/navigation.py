"""Places joined by ways that somebody has walked, and routes between them that somebody has described."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from spatialkit import _check
from spatialkit.errors import ArgumentError

__all__ = ["Graph", "Route"]


@dataclass(frozen=True, eq=False)
class Graph:
    """Places where one can stand, and which pairs of them are joined by a straight way.

    Parameters
    ----------
    ids
        Of the places; unique.
    positions
        (n, 3) metres, world frame: where the camera stood.
    edges
        (m, 2) indices of places that are joined; walked either way. Kept sorted, each pair once.
    heights
        (n,) metres of the positions above the floor; None: they lie on it.

    Raises
    ------
    ArgumentError
        Wrong shapes, an id twice, an index out of range, or a place joined to itself.
    """

    ids: tuple[str, ...]
    positions: npt.NDArray[np.float64]
    edges: npt.NDArray[np.int64]
    heights: npt.NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        ids = tuple(_check.text("Graph.ids", name) for name in self.ids)
        n = len(ids)
        if len(set(ids)) < n:
            twice = next(name for k, name in enumerate(ids) if name in ids[:k])
            raise ArgumentError("Graph.ids", found=f"id {twice!r} twice", expected="unique ids")
        edges = _check.array("Graph.edges", np.asarray(self.edges).reshape(-1, 2), ("m", 2), np.int64)
        if edges.size and not 0 <= edges.min() <= edges.max() < n:
            found = f"indices {edges.min()} to {edges.max()}"
            raise ArgumentError("Graph.edges", found=found, expected=f"indices from 0 to {n - 1}")
        if (edges[:, 0] == edges[:, 1]).any():
            raise ArgumentError("Graph.edges", found="a place joined to itself", expected="two different places")
        object.__setattr__(self, "ids", ids)
        object.__setattr__(self, "positions", _check.array("Graph.positions", self.positions, (n, 3)))
        object.__setattr__(self, "edges", np.unique(np.sort(edges, axis=1), axis=0))
        if self.heights is not None:
            object.__setattr__(self, "heights", _check.array("Graph.heights", self.heights, (n,)))

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Position in ``ids`` by id."""
        return {name: k for k, name in enumerate(self.ids)}

    @cached_property
    def joined(self) -> frozenset[tuple[int, int]]:
        """The pairs of ``edges``, in both orders."""
        pairs = {(int(a), int(b)) for a, b in self.edges}
        return frozenset(pairs | {(b, a) for a, b in pairs})

    def on_floor(self, up: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the points (n, 3) of the floor below the positions; ``up`` (3,) is a unit vector."""
        if self.heights is None:
            return self.positions
        return np.asarray(self.positions - self.heights[:, None] * up)


@dataclass(frozen=True, eq=False)
class Route:
    """A way through a graph as somebody described it.

    Parameters
    ----------
    id
        Unique in the scene.
    nodes
        Ids of the places in the order they are passed; at least two.
    facing
        (3,) unit vector, world frame: where one looks at the start, which need not be along the way.
    instruction
        What was said; free text in ``language``.
    language
        A tag such as "en-US"; "" where it is not known.
    """

    id: str
    nodes: tuple[str, ...]
    facing: npt.NDArray[np.float64]
    instruction: str = ""
    language: str = ""

    def __post_init__(self) -> None:
        for name in ("id", "instruction", "language"):
            _check.text(f"Route.{name}", getattr(self, name))
        nodes = tuple(_check.text("Route.nodes", node) for node in self.nodes)
        if len(nodes) < 2:
            raise ArgumentError("Route.nodes", found=f"{len(nodes)} places", expected="at least 2")
        object.__setattr__(self, "nodes", nodes)
        object.__setattr__(self, "facing", _check.unit("Route.facing", self.facing))
