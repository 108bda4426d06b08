"""Visibility of samples as its definition says, sample by sample."""

import numpy as np

from tests.oracles.camera import project_points

NEIGHBOURS = ((-1, 0), (1, 0), (0, -1), (0, 1))


def reading(depth, x, y):
    inside = 0 <= y < depth.shape[0] and 0 <= x < depth.shape[1]
    return float(depth[y, x]) if inside else 0.0


def slopes(depth, x, y):
    """Along each axis the smaller step to a neighbour that has a reading."""
    d = reading(depth, x, y)
    steps = []
    for pair in (NEIGHBOURS[:2], NEIGHBOURS[2:]):
        near = [reading(depth, x + dx, y + dy) for dx, dy in pair]
        steps.append(min((abs(d - n) for n in near if n > 0), default=0.0))
    return steps


def visible(point, camera, world_from_cam, depth, tolerance, near):
    """(pixel x, y, depth z, tolerance there, slopes, whether the pixel is the nearest) of a point seen, else None."""
    u, v, z = project_points(point[None], camera, world_from_cam)[0]
    if not z > near or not (-0.5 <= u < camera.width - 0.5 and -0.5 <= v < camera.height - 0.5):
        return None
    around = [(int(x), int(y)) for x in (np.floor(u), np.floor(u) + 1) for y in (np.floor(v), np.floor(v) + 1)]
    around.sort(key=lambda at: (u - at[0]) ** 2 + (v - at[1]) ** 2)
    x, y = next((at for at in around if reading(depth, *at) > 0), (None, None))
    if x is None:
        return None
    steps = slopes(depth, x, y)
    allowed = tolerance[0] + tolerance[1] * z**2 + 0.5 * sum(steps)
    fits = abs(z - reading(depth, x, y)) <= allowed
    return (x, y, z, allowed, steps, (x, y) == around[0]) if fits else None


def observe(
    points, normals, areas, owners, ids, targets, camera, pose, depth, depth_camera, instances, tolerance, near
):
    """Seen (p,), area (n,), pixels (n,), rect (n, 4), anchor (n, 2), and the pixel that it should be near (n, 2)."""
    n = len(ids)
    seen, area, pixels = np.zeros(len(points), bool), np.zeros(n), np.zeros(n)
    rect, anchor, goal = np.full((n, 4), np.nan), np.full((n, 2), np.nan), np.full((n, 2), np.nan)
    sightings = [[] for _ in ids]
    for i, point in enumerate(points.astype(float)):
        u, v, z = project_points(point[None], camera, pose)[0]
        match = visible(point, depth_camera, pose, depth, tolerance, near)
        in_image = -0.5 <= u < camera.width - 0.5 and -0.5 <= v < camera.height - 0.5
        if match is None or not in_image:
            continue
        x, y, z, allowed, steps, nearest = match
        owner = owners[i]
        if owner >= 0 and instances is not None and instances[y, x] != ids[owner]:
            continue
        seen[i] = True
        if owner < 0:
            continue
        view = point - pose[:3, 3]
        facing = abs(view @ normals[i]) if normals[i].any() else np.linalg.norm(view)
        area[owner] += areas[i]
        pixels[owner] += areas[i] * facing * camera.fx * camera.fy / z**3
        around = [(x + dx, y + dy) for dx, dy in NEIGHBOURS]
        interior = all(
            reading(depth, *p) > 0
            and abs(reading(depth, *p) - z) <= allowed + max(steps)
            and (instances is None or instances[p[1], p[0]] == ids[owner])
            for p in around
        )
        sightings[owner].append((u, v, nearest + (nearest and interior)))
    for k, found in enumerate(sightings):
        if not found:
            continue
        uv = np.array([s[:2] for s in found])
        rect[k] = (*uv.min(axis=0), *uv.max(axis=0))
        wanted = project_points(targets[k : k + 1], camera, pose)[0]
        goal[k] = wanted[:2] if wanted[2] > near else uv.mean(axis=0)
        best = max(s[2] for s in found)
        candidates = np.array([s[:2] for s in found if s[2] == best])
        anchor[k] = candidates[np.argmin(((candidates - goal[k]) ** 2).sum(axis=1))]
    return seen, area, pixels, rect, anchor, goal
