import numpy as np
import pytest

from spatialkit import _check
from spatialkit.errors import ArgumentError


@pytest.mark.parametrize("value", [[[1, 2, 3]], np.ones((1, 6), np.float32)[:, ::2], np.ones((1, 3), np.uint8)])
def test_arrays_come_back_contiguous_and_converted(value):
    found = _check.array("x", value, ("n", 3))
    assert found.dtype == np.float64
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(found, np.asarray(value))


def test_an_array_in_the_form_of_the_core_is_taken_as_it_is():
    value = np.ones((2, 3))
    assert _check.array("x", value, ("n", 3)) is value
    kinds = (np.float64,)
    assert _check.is_ready(value, ("n", 3), kinds)
    assert _check.is_ready(value[:, :0], ("n", 0), kinds)
    locked = value.copy()
    locked.setflags(write=False)
    assert _check.is_ready(locked, (2, 3), kinds)
    matrix = np.ones((2, 3)).view(np.matrix)
    for other in (value.tolist(), value.T, value[:, ::2], value.astype(">f8"), value.astype("f4"), matrix, value[0]):
        assert not _check.is_ready(other, ("n", 3), kinds)


def test_a_value_of_no_axes_keeps_none():
    assert _check.array("x", 3, ()).shape == ()


def test_one_of_several_types_is_kept():
    both = (np.float64, np.float32)
    assert _check.array("x", np.ones(2, np.float32), ("n",), both).dtype == np.float32
    assert _check.array("x", np.ones(2, np.float16), ("n",), both).dtype == np.float64


@pytest.mark.parametrize(
    ("value", "shape", "dtype", "message"),
    [
        (np.ones(3), ("n", 3), float, r"^x: found shape \(3,\), expected shape \(n, 3\)$"),
        (np.ones((2, 3)), ("n", "n"), float, r"found shape \(2, 3\), expected shape \(n, n\)"),
        (np.ones((2, 3)), (2, 4), float, r"expected shape \(2, 4\)"),
        ([1, [2, 3]], ("n",), float, "found no array"),
        (["a"], ("n",), float, "found dtype <U1, expected numbers"),
        (np.array([1j]), ("n",), float, "found dtype complex128, expected numbers"),
        ([1.5], ("n",), np.int32, "found dtype float64, expected integers"),
        ([2**40], ("n",), np.int32, "values that fit int32"),
        ([-1], ("n",), np.uint8, "values that fit uint8"),
        ([1, np.nan, np.inf], ("n",), float, "found 2 of 3 values NaN or infinite, expected finite values"),
        ([1e300], ("n",), np.float32, "NaN or infinite"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow encountered in cast:RuntimeWarning")
def test_what_does_not_fit_is_named(value, shape, dtype, message):
    with pytest.raises(ArgumentError, match=message):
        _check.array("x", value, shape, dtype)


def test_nan_may_be_allowed():
    assert np.isnan(_check.array("x", [np.nan], (1,), finite=False)).all()


def test_rotations_are_brought_to_the_nearest():
    rough = np.round([[0.36, 0.48, -0.8], [-0.8, 0.6, 0.0], [0.48, 0.64, 0.6]], 6) + 4e-7
    found = _check.rotation("r", rough)
    np.testing.assert_allclose(found @ found.T, np.eye(3), atol=1e-15)
    np.testing.assert_allclose(found, rough, atol=1e-6)
    with pytest.raises(ArgumentError, match=r"r: found columns 0\.\d+ away from orthonormal"):
        _check.rotation("r", rough + 0.01)
    with pytest.raises(ArgumentError, match="reflection"):
        _check.rotation("r", -np.eye(3))


def test_rigid_transforms():
    pose = np.eye(4)
    pose[:3, 3] = 1e6
    found = _check.rigid("p", pose)
    np.testing.assert_array_equal(found, pose)
    found[0, 0] = 5
    assert pose[0, 0] == 1
    pose[3, 0] = 0.1
    with pytest.raises(ArgumentError, match=r"p: found last row \[0.1, 0.0, 0.0, 1.0\]"):
        _check.rigid("p", pose)


@pytest.mark.parametrize("value", [-1, 0, np.nan, -np.inf])
def test_positive(value):
    assert _check.positive("x", 2) == 2.0
    with pytest.raises(ArgumentError, match="x: found"):
        _check.positive("x", value, unit="m")


def test_tolerance():
    assert _check.tolerance((0.01, 0)) == (0.01, 0.0)
    with pytest.raises(ArgumentError, match=r"tolerance: found \(0.0, -1.0\), expected two values of at least 0"):
        _check.tolerance([0, -1])


def test_values_beyond_float32_and_unaligned_arrays_are_handled() -> None:
    with pytest.raises(ArgumentError, match="1 of 2 values NaN or infinite"):
        _check.array("depth", np.array([1.0, 1e300]), ("n",), np.float32)
    raw = np.frombuffer(b"\0" + np.arange(3.0).tobytes(), dtype=np.uint8)[1:]
    unaligned = np.ndarray((3,), np.float64, raw)
    assert not unaligned.flags.aligned
    assert _check.array("x", unaligned, ("n",)).flags.aligned
    assert _check.array("x", unaligned, ("n",)).tolist() == [0, 1, 2]
