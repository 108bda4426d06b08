"""Overlap and distance of boxes as problems for general solvers, and shared surface by sets."""

import numpy as np
from scipy.optimize import lsq_linear
from scipy.spatial import ConvexHull, HalfspaceIntersection

from tests.oracles.boxes import roomiest


def half_spaces(box):
    normals = np.concatenate([box.world_from_box.T, -box.world_from_box.T])
    reach = np.tile(box.size / 2, 2)
    return np.hstack([normals, (-(normals @ box.centre) - reach)[:, None]])


def intersection_volume(a, b):
    """Volume of the hull of the corners of all twelve half spaces; 0 where they leave no room."""
    rows = np.concatenate([half_spaces(a), half_spaces(b)])
    inner, radius = roomiest(rows)
    if radius <= 1e-9:
        return 0.0
    return ConvexHull(HalfspaceIntersection(rows, inner).intersections).volume


def box_iou(a, b):
    shared = intersection_volume(a, b)
    return shared / (np.prod(a.size) + np.prod(b.size) - shared)


def axis_aligned_iou(a, b):
    """Closed form for boxes whose axes are the world's."""
    low = np.maximum(a.centre - a.size / 2, b.centre - b.size / 2)
    high = np.minimum(a.centre + a.size / 2, b.centre + b.size / 2)
    shared = np.prod(np.maximum(high - low, 0.0))
    return shared / (np.prod(a.size) + np.prod(b.size) - shared)


def box_distance(a, b):
    """Least distance of a point of a and a point of b: bounded least squares in the two boxes' own coordinates."""
    matrix = np.hstack([a.world_from_box, -b.world_from_box])
    reach = np.concatenate([a.size, b.size]) / 2
    found = lsq_linear(matrix, b.centre - a.centre, bounds=(-reach, reach), method="bvls", tol=1e-14, max_iter=500)
    return float(np.sqrt(2 * found.cost))


def shared_surface(seen):
    sets = [set(np.flatnonzero(row)) for row in seen]
    return np.array([[len(a & b) / max(len(a | b), 1) for b in sets] for a in sets])
