"""What a ray hits first, in float64 and face by face: the definition that rasterised answers are held against."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["RayCaster"]

Array = npt.NDArray[Any]
LEAF = 4  # faces in a leaf of the tree
NEAR = 0.05  # depth (m) before which a camera sees nothing


class RayCaster:
    """A balanced tree of bounding boxes over triangles (v, 3), (f, 3), asked for the first hit along rays."""

    def __init__(self, vertices: Array, faces: Array) -> None:
        corners = np.asarray(vertices, dtype=np.float64)[np.asarray(faces)]
        depth = max(0, int(np.ceil(np.log2(max(1, len(corners)) / LEAF))))
        # Faces are repeated to fill the tree: a face met twice is still the same first hit.
        order = np.arange(2**depth * LEAF) % max(1, len(corners))
        centres = corners.mean(axis=1)
        for level in range(depth):
            rows = order.reshape(2**level, -1)
            points = centres[rows]
            axis = np.argmax(np.ptp(points, axis=1), axis=1)
            along = np.take_along_axis(points, axis[:, None, None], axis=2)[:, :, 0]
            order = np.take_along_axis(rows, np.argsort(along, axis=1, kind="stable"), axis=1).ravel()
        self._order, self._corners = order, corners[order]
        low = self._corners.reshape(-1, LEAF * 3, 3).min(axis=1)
        high = self._corners.reshape(-1, LEAF * 3, 3).max(axis=1)
        lows, highs = [low], [high]
        for _ in range(depth):
            low, high = low.reshape(-1, 2, 3).min(axis=1), high.reshape(-1, 2, 3).max(axis=1)
            lows.insert(0, low)
            highs.insert(0, high)
        self._low, self._high, self._leaves = np.concatenate(lows), np.concatenate(highs), 2**depth

    def cast(self, origins: Array, directions: Array, *, start: float = NEAR) -> tuple[Array, Array]:
        """Return the first hit along rays (n, 3): multiple of the direction (inf for none), and face (-1 for none)."""
        far, slot = _kernel()(
            np.ascontiguousarray(np.broadcast_to(origins, directions.shape), dtype=np.float64),
            np.ascontiguousarray(directions, dtype=np.float64),
            self._low,
            self._high,
            self._corners,
            self._leaves,
            start,
        )
        return far, np.where(slot >= 0, self._order[slot], -1)


@cache
def _kernel() -> Callable[..., tuple[Array, Array]]:
    from numba import njit

    @njit(error_model="numpy")
    def cast(origins, directions, low, high, corners, leaves, start):  # type: ignore[no-untyped-def] # pragma: no cover
        n = len(directions)
        far = np.full(n, np.inf)
        hit = np.full(n, -1, dtype=np.int64)
        stack = np.empty(64, dtype=np.int64)
        for r in range(n):
            o, d = origins[r], directions[r]
            top = 1
            stack[0] = 0
            while top > 0:
                top -= 1
                node = stack[top]
                enter, leave = start, far[r]
                for k in range(3):
                    if d[k] == 0.0:
                        if o[k] < low[node, k] or o[k] > high[node, k]:
                            leave = -1.0
                    else:
                        a, b = (low[node, k] - o[k]) / d[k], (high[node, k] - o[k]) / d[k]
                        enter, leave = max(enter, min(a, b)), min(leave, max(a, b))
                if enter > leave * (1 + 1e-12) + 1e-12:
                    continue
                if node < leaves - 1:
                    stack[top], stack[top + 1] = 2 * node + 1, 2 * node + 2
                    top += 2
                    continue
                first = (node - leaves + 1) * LEAF
                for slot in range(first, first + LEAF):
                    # T. Moeller and B. Trumbore, Fast, minimum storage ray/triangle intersection, 1997
                    ax, ay, az = corners[slot, 0, 0], corners[slot, 0, 1], corners[slot, 0, 2]
                    ex, ey, ez = corners[slot, 1, 0] - ax, corners[slot, 1, 1] - ay, corners[slot, 1, 2] - az
                    fx, fy, fz = corners[slot, 2, 0] - ax, corners[slot, 2, 1] - ay, corners[slot, 2, 2] - az
                    px, py, pz = d[1] * fz - d[2] * fy, d[2] * fx - d[0] * fz, d[0] * fy - d[1] * fx
                    det = ex * px + ey * py + ez * pz
                    if det == 0.0:
                        continue
                    sx, sy, sz = o[0] - ax, o[1] - ay, o[2] - az
                    qx, qy, qz = sy * ez - sz * ey, sz * ex - sx * ez, sx * ey - sy * ex
                    u = (sx * px + sy * py + sz * pz) / det
                    v = (d[0] * qx + d[1] * qy + d[2] * qz) / det
                    t = (fx * qx + fy * qy + fz * qz) / det
                    # Rays through a shared edge belong to both faces rather than to none.
                    if u >= -1e-10 and v >= -1e-10 and u + v <= 1 + 1e-10 and start < t < far[r]:
                        far[r], hit[r] = t, slot
        return far, hit

    kernel: Callable[..., tuple[Array, Array]] = cast
    return kernel
