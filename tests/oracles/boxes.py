"""What of a box is in view, in two ways: a planar hull met with the image, and half spaces."""

import numpy as np
import shapely
from scipy.optimize import linprog
from scipy.spatial import HalfspaceIntersection

EDGES = [(i, i | 1 << k) for i in range(8) for k in range(3) if not i >> k & 1]


def canvas(camera):
    return shapely.box(-0.5, -0.5, camera.width - 0.5, camera.height - 0.5)


def corners_in_camera(box, world_from_cam):
    return (box.corners - world_from_cam[:3, 3]) @ world_from_cam[:3, :3]


def rectangle_by_hull(box, camera, world_from_cam, near):
    """Bounds of (hull of the projected part beyond the near plane) met with the image, or None.

    The part of a convex solid beyond a plane is the hull of its corners there and of the cuts of its edges.
    """
    corners = corners_in_camera(box, world_from_cam)
    beyond = [p for p in corners if p[2] >= near]
    for i, k in EDGES:
        a, b = corners[i], corners[k]
        if (a[2] < near) != (b[2] < near):
            cut = a + (near - a[2]) / (b[2] - a[2]) * (b - a)
            beyond.append((*cut[:2], near))
    if not beyond:
        return None
    p = np.array(beyond)
    uv = p[:, :2] / p[:, 2:] * (camera.fx, camera.fy) + (camera.cx, camera.cy)
    seen = shapely.MultiPoint(uv).convex_hull.intersection(canvas(camera))
    return None if seen.is_empty else np.array(seen.bounds)


def half_spaces(box, camera, world_from_cam, near):
    """Rows (a, b) with a.x + b <= 0 for x in the box and in the view volume; camera coordinates."""
    rotation = world_from_cam[:3, :3].T @ box.world_from_box
    centre = world_from_cam[:3, :3].T @ (box.centre - world_from_cam[:3, 3])
    rows = [(*(s * a), -s * (a @ centre) - h) for a, h in zip(rotation.T, box.size / 2, strict=True) for s in (1, -1)]
    inverse = np.linalg.inv(camera.matrix)
    left, top, right, bottom = -0.5, -0.5, camera.width - 0.5, camera.height - 0.5
    ring = [inverse @ (u, v, 1.0) for u, v in ((left, top), (right, top), (right, bottom), (left, bottom))]
    for a, b in zip(ring, [*ring[1:], ring[0]], strict=True):
        normal = np.cross(b, a)
        rows.append((*(normal / np.linalg.norm(normal)), 0.0))
    rows.append((0.0, 0.0, -1.0, near))
    return np.array(rows)


def roomiest(rows):
    """The centre and radius of the largest ball within half spaces (a negative radius: there is no such point)."""
    widths = np.linalg.norm(rows[:, :3], axis=1, keepdims=True)
    found = linprog(
        (0, 0, 0, -1), A_ub=np.hstack([rows[:, :3], widths]), b_ub=-rows[:, 3], bounds=[(None, None)] * 3 + [(-1, None)]
    )
    return (found.x[:3], found.x[3]) if found.status == 0 else (None, -1.0)


def rectangle_by_half_spaces(box, camera, world_from_cam, near):
    """Bounds of the projected corners of (box and view volume), and how roomy that is; None where it is empty."""
    rows = half_spaces(box, camera, world_from_cam, near)
    inner, radius = roomiest(rows)
    if radius <= 1e-6:
        return None, radius
    p = HalfspaceIntersection(rows, inner).intersections
    uv = p[:, :2] / p[:, 2:] * (camera.fx, camera.fy) + (camera.cx, camera.cy)
    return np.concatenate([uv.min(axis=0), uv.max(axis=0)]), radius
