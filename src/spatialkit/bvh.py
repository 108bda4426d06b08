"""A tree over the triangles of a mesh: what rays meet, what is nearest to a point, how far two meshes are apart.

Everything is computed in float64 and exact to its rounding, also on slivers and faces without area: a result is what
holds for a mesh whose coordinates, seen from the ray or point, were moved by a few units of their last place. Nothing
depends on the number of threads or on the processor.

Errors: whatever has the wrong shape, type or range raises :class:`spatialkit.errors.ArgumentError`, which names the
argument, what was found and what was expected. Coordinates go up to 1e50.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit import _check, _core, _threads
from spatialkit.errors import ArgumentError

__all__ = ["Bvh"]

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
Bool = npt.NDArray[np.bool_]


class Bvh:
    """A bounding volume hierarchy over a triangle mesh; ``Surface.bvh`` is that of a scene's surface.

    It does not follow later changes of the arrays that it was made from. It can be pickled; unpickling checks it.

    Parameters
    ----------
    vertices
        (v, 3) metres.
    faces
        (f, 3) indices into ``vertices``; either winding, both sides are met. There may be none.
    threads
        For building, from 1 to 64; the tree does not depend on it. By default as many as the process may use CPUs, and
        one in a process that another started (a worker, whose siblings have the other CPUs). The same holds for
        ``threads`` of the methods, which share out the rays or points.

    Raises
    ------
    ArgumentError
        Wrong shapes, vertices that are not finite or beyond 1e50, or an index out of range.

    Notes
    -----
    Built by the surface area heuristic over binned centres (Wald, On fast construction of SAH-based bounding volume
    hierarchies, 2007), then eight children a node.
    """

    def __init__(self, vertices: npt.ArrayLike, faces: npt.ArrayLike, *, threads: int | None = None) -> None:
        points, indices = _mesh(vertices, faces)
        points, indices = points.copy(), indices.copy()  # the caller may change theirs
        self._keep(points, indices, _core.Bvh(points, indices, _threads.count(threads)))

    def _keep(self, vertices: F64, faces: I32, tree: _core.Bvh) -> None:
        self._vertices, self._faces, self._tree = vertices, faces, tree

    def __repr__(self) -> str:
        return f"Bvh({len(self._faces):,} faces)"

    def __getstate__(self) -> dict[str, npt.NDArray[Any]]:
        children, leaves = self._tree.arrays()
        return {"vertices": self._vertices, "faces": self._faces, "children": children, "leaves": leaves}

    def __setstate__(self, state: Any) -> None:
        if not isinstance(state, dict) or not {"vertices", "faces", "children", "leaves"} <= state.keys():
            raise ArgumentError("Bvh", found="another state", expected="vertices, faces, children and leaves")
        vertices, faces = _mesh(state["vertices"], state["faces"])
        children = _check.array("Bvh.children", state["children"], ("n", 8), np.int32)
        leaves = _check.array("Bvh.leaves", state["leaves"], ("n", 4), np.int32)
        try:
            tree = _core.Bvh.restore(vertices, faces, children, leaves, 1)
        except ValueError:
            raise ArgumentError(
                "Bvh", found="children and leaves that are no tree over the faces", expected="those that were pickled"
            ) from None
        self._keep(vertices, faces, tree)

    def nearest_hit(
        self, origins: npt.ArrayLike, directions: npt.ArrayLike, *, threads: int | None = None
    ) -> tuple[F64, I32]:
        """Find the first face that each ray meets.

        Rays are watertight: where faces share an edge or a corner none slips through between them. A face that a ray
        sees edge-on is not met.

        Parameters
        ----------
        origins
            (n, 3) metres.
        directions
            (n, 3), none of them zero; of any length.
        threads
            As for the class.

        Returns
        -------
        distance
            (n,) the least t of at least 0 for which ``origin + t * direction`` is on a face, so metres only where the
            direction has length 1; infinite where there is none.
        face
            (n,) int32 index of the face, -1 where there is none; of faces at the same distance, to the last bit, the
            lowest.

        Notes
        -----
        Woop, Benthin, Wald, Watertight Ray/Triangle Intersection, JCGT 2013, with exact signs.
        """
        return self._tree.nearest_hit(*_rays(origins, directions), _threads.count(threads))

    def any_hit(
        self,
        origins: npt.ArrayLike,
        directions: npt.ArrayLike,
        *,
        lower: npt.ArrayLike = 0.0,
        upper: npt.ArrayLike = np.inf,
        threads: int | None = None,
    ) -> Bool:
        """Tell which rays meet any face; as :meth:`nearest_hit` otherwise.

        Parameters
        ----------
        origins, directions
            (n, 3) each.
        lower, upper
            Only hits at ``origin + t * direction`` with ``lower < t < upper`` count: a number each, or one for each ray
            (n,). With ``target - origin`` as direction, and 1 as upper, it is what stands between the two.
        threads
            As for the class.

        Returns
        -------
        hit
            (n,) bool.
        """
        start, direction = _rays(origins, directions)
        limits = (_limit("lower", lower, len(start)), _limit("upper", upper, len(start)))
        return self._tree.any_hit(start, direction, *limits, _threads.count(threads))

    def closest_point(self, points: npt.ArrayLike, *, threads: int | None = None) -> tuple[F64, F64, I32]:
        """Find the point of the surface that is nearest to each point.

        Parameters
        ----------
        points
            (n, 3) metres.
        threads
            As for the class.

        Returns
        -------
        closest
            (n, 3) metres, on the surface; NaN where the mesh has no faces.
        distance
            (n,) metres; infinite where the mesh has no faces.
        face
            (n,) int32 index of the face it is on, -1 where there are none; of faces at the same distance, to the last
            bit, the lowest.
        """
        return self._tree.closest_point(_places("points", points), _threads.count(threads))

    def distance(self, other: Bvh) -> float:
        """Return the least distance of a point of this surface and one of another.

        Parameters
        ----------
        other
            The tree of the other mesh.

        Returns
        -------
        distance
            Metres, the same whichever comes first: 0 where they touch or intersect, infinite where one has no faces. A
            mesh that lies inside a closed one without touching it is apart from it: surfaces are not solids.
        """
        return self.closest_to(other)[1]

    def closest_to(self, other: Bvh) -> tuple[F64, float]:
        """Find where two surfaces come nearest to each other; as :meth:`distance` otherwise.

        Returns
        -------
        points
            (2, 3) metres: one of the points of this surface, and one of the other, that are so near; NaN where one mesh
            has no faces.
        distance
            Metres between the surfaces.
        """
        _check.instance("other", other, Bvh)
        distance, points = self._tree.gap(other._tree)
        return points, distance


def _mesh(vertices: Any, faces: Any) -> tuple[F64, I32]:
    points, indices = _check.mesh("Bvh", vertices, faces)
    return _places("Bvh.vertices", points), indices


def _places(name: str, points: Any) -> F64:
    array = _check.array(name, points, ("n", 3), finite=False)
    if not _core.are_places(array):
        _check.array(name, array, array.shape)  # says what is not finite
        farthest = f"{_core.Bvh.FARTHEST:g}"
        raise ArgumentError(name, found=f"{np.abs(array).max():g}", expected=f"coordinates within {farthest}")
    return array


def _rays(origins: Any, directions: Any) -> tuple[F64, F64]:
    start = _places("origins", origins)
    direction = _check.array("directions", directions, (len(start), 3), finite=False)
    if not _core.are_directions(direction):
        _check.array("directions", direction, direction.shape)
        first = int(np.flatnonzero(~direction.any(axis=1))[0])
        raise ArgumentError(f"directions[{first}]", found="zero", expected="a direction to go in")
    return start, direction


def _limit(name: str, value: Any, count: int) -> F64:
    shape = () if np.ndim(value) == 0 else (count,)
    array = _check.array(name, value, shape, finite=False)
    if np.isnan(array).any():
        raise ArgumentError(name, found="NaN", expected="numbers, which may be infinite")
    return np.ascontiguousarray(np.broadcast_to(array, (count,)))
