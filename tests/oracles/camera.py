"""The pinhole camera by homogeneous matrices, point by point."""

import numpy as np


def projection_matrix(camera, world_from_cam):
    """(3, 4) K [R | t], from world to homogeneous pixels."""
    return camera.matrix @ np.linalg.inv(world_from_cam)[:3]


def project_points(points, camera, world_from_cam):
    matrix = projection_matrix(camera, world_from_cam)
    out = np.empty((len(points), 3))
    for i, point in enumerate(points):
        x, y, w = matrix @ np.append(point, 1.0)
        out[i] = (x / w, y / w, w) if w > 0 else (np.nan, np.nan, w)
    return out


def unproject_depth(depth, camera, world_from_cam):
    out = np.full((*depth.shape, 3), np.nan)
    inverse = np.linalg.inv(camera.matrix)
    for v, u in np.argwhere(depth > 0):
        ray = inverse @ (u, v, 1.0)
        out[v, u] = (world_from_cam @ np.append(ray * depth[v, u], 1.0))[:3]
    return out


def pixel_rays(camera, world_from_cam):
    """Directions (H, W, 3) through the pixel centres, world frame, of depth 1 along the camera's axis."""
    v, u = np.mgrid[: camera.height, : camera.width]
    in_cam = np.stack([u, v, np.ones_like(u)], axis=-1) @ np.linalg.inv(camera.matrix).T
    return in_cam @ np.asarray(world_from_cam)[:3, :3].T
