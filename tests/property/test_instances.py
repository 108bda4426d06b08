"""Instance marks of the core against their definition, on random blobs with holes in the depth."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spatialkit import _core
from tests.oracles.instances import instance_marks


@given(
    seed=st.integers(0, 10**6),
    height=st.integers(1, 70),
    width=st.integers(1, 70),
    block=st.sampled_from([1, 6, 35]),
    holes=st.sampled_from([0.0, 0.05]),
    room=st.integers(0, 40),
)
def test_marks_are_those_of_the_definition(
    seed: int, height: int, width: int, block: int, holes: float, room: int
) -> None:
    rng = np.random.default_rng(seed)
    ids = np.array([7, 2**62, 3, 99], dtype=np.int64)
    coarse = rng.choice(np.append(ids, -1), size=(height // block + 1, width // block + 1))
    instances = np.ascontiguousarray(np.kron(coarse, np.ones((block, block), np.int64))[:height, :width])
    depth = np.where(rng.random((height, width)) < holes, 0, 2).astype(np.float32)
    targets = rng.uniform(-5, 45, (4, 2))
    targets[rng.random(4) < 0.3] = np.nan
    found = _core.instance_marks(instances, depth, ids, targets, room)
    for ours, defined in zip(found, instance_marks(instances, depth, ids, targets, room), strict=True):
        np.testing.assert_allclose(ours, defined, atol=1e-12)


def test_an_unsorted_table_of_64_bit_ids_and_unknown_ids() -> None:
    ids = np.array([2**63 - 1, 0, 5], dtype=np.int64)
    instances = np.array([[0, 0, 4], [2**63 - 1, -1, 4]], dtype=np.int64)
    pixels, rect, anchor, _ = _core.instance_marks(instances, np.ones((2, 3), np.float32), ids, np.zeros((3, 2)), 0)
    assert pixels.tolist() == [1, 2, 0]
    assert rect[1].tolist() == [0, 0, 1, 0]
    assert anchor[0].tolist() == [0, 1]
    assert np.isnan(anchor[2]).all()
