"""Strategies for what nobody would capture on purpose: cameras, boxes and poses at the ends of what numbers can say."""

import numpy as np
from hypothesis import strategies as st

from spatialkit.scene import Camera
from spatialkit.testing import poses, rotations

SIDES = np.array([-1.0, 0.0, 1.0])


def powers(low, high):
    """Draw 10 to any power in a range, whole powers often."""
    return st.one_of(st.integers(low, high), st.floats(low, high)).map(lambda p: 10.0**p)


def extreme_cameras(largest=640):
    """Draw focal lengths of 1e-3 to 1e6 pixels, not the same on both axes; the principal point may be far outside."""

    def build(size, focal, stretch, off):
        width, height = size
        cx, cy = (width - 1) / 2 + off[0] * width, (height - 1) / 2 + off[1] * height
        return Camera(focal, focal * stretch, cx, cy, width, height)

    sizes = st.sampled_from([(1, 1), (1, 64), (7, 5), (largest, largest * 3 // 4)])
    off = st.sampled_from([0.0, 0.0, 0.5, -1.0, 3.0])
    return st.builds(build, sizes, powers(-3, 6), st.one_of(st.just(1.0), powers(-2, 2)), st.tuples(off, off))


def far_poses():
    """Draw poses at the origin, in a room and a thousand kilometres away."""
    return st.one_of(poses(0.0), poses(3.0), poses(1e6))


def extents(low=-3, high=1):
    """Draw three extents, a slab of a millimetre or the same on all sides among them."""
    one = st.one_of(powers(low, high), st.sampled_from([1e-3, 1.0]))
    return st.tuples(one, one, one).map(np.array)


@st.composite
def boxes_about(draw, pose, near):
    """Draw a box (centre, size, world_from_box): its centre, face, edge or corner at the camera or the near plane."""
    scale = draw(st.sampled_from([1.0, 1.0, near if 1e-100 < near < 1e100 else 1.0]))
    size = scale * draw(extents())
    turn = draw(st.one_of(rotations(), st.just(np.ascontiguousarray(pose[:3, :3]))))
    at = np.array([draw(st.sampled_from(SIDES)) for _ in range(3)])
    ahead = draw(st.sampled_from([0.0, near, near * (1 + 1e-12), near * (1 - 1e-6), scale, -scale, 3 * scale]))
    aside = np.array([draw(st.sampled_from([0.0, 0.0, 0.3, -2.0])) for _ in range(2)]) * scale
    spot = pose[:3, 3] + pose[:3, :3] @ (*aside, ahead)
    return spot - turn @ (at * size / 2), size, turn
