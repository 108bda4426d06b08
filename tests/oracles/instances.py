"""What an instance image says of each object, pixel by pixel: the definition that the core is held to."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import distance_transform_cdt


def instance_marks(instances, depth, object_ids, targets, room):
    """Return pixels (n,), rect (n, 4), anchor (n, 2) and disc share (n,) of each object."""
    n = len(object_ids)
    pixels, rect, anchor, disc = np.zeros(n), np.full((n, 4), np.nan), np.full((n, 2), np.nan), np.full(n, np.nan)
    for i, key in enumerate(object_ids):
        own = (instances == key) & (depth > 0)
        if not own.any():
            continue
        rows, columns = np.nonzero(own)
        pixels[i] = len(rows)
        rect[i] = columns.min(), rows.min(), columns.max(), rows.max()
        steps = distance_transform_cdt(np.pad(own, 1), metric="taxicab")[1:-1, 1:-1]
        target = targets[i] if np.isfinite(targets[i]).all() else (rect[i, :2] + rect[i, 2:]) / 2
        allowed = np.argwhere(own & (steps >= min(room, (steps.max() + 1) // 2)))[:, ::-1]
        anchor[i] = allowed[np.argmin(((allowed - target) ** 2).sum(axis=1))]
        dx, dy = np.meshgrid(np.arange(-room, room + 1), np.arange(-room, room + 1))
        inside = dx**2 + dy**2 <= room**2
        padded = np.pad(own, room)
        x, y = anchor[i].astype(int)
        disc[i] = padded[y : y + 2 * room + 1, x : x + 2 * room + 1][inside].mean()
    return pixels, rect, anchor, disc
