"""Checks on values that callers pass: each returns the value in the form the core wants, or raises one clear error."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit import _core
from spatialkit.errors import ArgumentError

__all__ = [
    "array",
    "at_least_zero",
    "instance",
    "is_ready",
    "mesh",
    "positive",
    "rigid",
    "rotation",
    "text",
    "tolerance",
    "unit",
    "whole",
]

EXACT_WITHIN = 1e-12  # closer than this nothing is changed, so that a scene reads back as it was written
ORTHONORMAL_WITHIN = 1e-3  # pose files carry six digits; what is farther off is not a rotation


def array(
    name: str,
    value: Any,
    shape: tuple[int | str, ...],
    dtype: npt.DTypeLike | tuple[npt.DTypeLike, ...] = np.float64,
    *,
    finite: bool = True,
) -> npt.NDArray[Any]:
    """Return ``value`` as a C-contiguous array of that shape and dtype.

    Parameters
    ----------
    name
        How the caller calls it; opens the error message.
    shape
        Sizes; a string stands for any size, the same string for the same size.
    dtype
        Wanted dtype, or several of which the value's own is kept if it is among them (else the first is taken).
    finite
        Refuse NaN and infinity.

    Raises
    ------
    ArgumentError
        Naming the shape or dtype found and the one expected.
    """
    kinds = dtype if isinstance(dtype, tuple) else (dtype,)
    out: npt.NDArray[Any] = value if is_ready(value, shape, kinds) else _converted(name, value, shape, kinds)
    if finite and out.dtype.kind == "f" and not _core.all_finite(out.reshape(-1)):
        bad = int(out.size - np.isfinite(out).sum())
        raise ArgumentError(name, found=f"{bad} of {out.size} values NaN or infinite", expected="finite values")
    return out


def is_ready(value: Any, shape: tuple[int | str, ...], kinds: tuple[npt.DTypeLike, ...]) -> bool:
    """Tell whether the core takes a value as it is, as most are; a small call takes no longer than a slow check."""
    if type(value) is not np.ndarray:
        return False
    dtype, flags = value.dtype, value.flags
    ready = dtype.type in kinds and dtype.isnative and flags.c_contiguous and flags.aligned
    return ready and (value.shape == shape or _fits(value.shape, shape))


def _converted(
    name: str, value: Any, shape: tuple[int | str, ...], kinds: tuple[npt.DTypeLike, ...]
) -> npt.NDArray[Any]:
    wanted = tuple(np.dtype(d) for d in kinds)
    try:
        found = np.asarray(value)
    except (ValueError, TypeError) as error:
        raise ArgumentError(name, found=f"no array ({error})", expected=f"an array of shape {_text(shape)}") from None
    if found.dtype.kind not in "biuf":
        raise ArgumentError(name, found=f"dtype {found.dtype}", expected=f"numbers ({wanted[0]})")
    if not _fits(found.shape, shape):
        raise ArgumentError(name, found=f"shape {found.shape}", expected=f"shape {_text(shape)}")
    target = found.dtype if found.dtype in wanted else wanted[0]
    if target.kind in "iu" and found.dtype != target:
        if found.dtype.kind == "f":
            raise ArgumentError(name, found=f"dtype {found.dtype}", expected=f"integers ({target})")
        limits = np.iinfo(target)
        if found.size and (int(found.min()) < limits.min or int(found.max()) > limits.max):
            raise ArgumentError(
                name, found=f"values {found.min()} to {found.max()}", expected=f"values that fit {target}"
            )
    out: npt.NDArray[Any] = found
    if found.dtype != target or not (found.flags.c_contiguous and found.flags.aligned):
        with np.errstate(over="ignore"):  # what does not fit becomes infinite, and that is refused below
            out = np.require(found, target, ["C", "A"])
    return out


def mesh(name: str, vertices: Any, faces: Any) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int32]]:
    """Return vertices (v, 3) and faces (f, 3) of a mesh whose indices are in range; ``name`` is what it is given to."""
    points = array(f"{name}.vertices", vertices, ("v", 3))
    indices = array(f"{name}.faces", faces, ("f", 3), np.int32)
    if indices.size and (int(indices.min()) < 0 or int(indices.max()) >= len(points)):
        raise ArgumentError(
            f"{name}.faces",
            found=f"indices {indices.min()} to {indices.max()}",
            expected=f"indices from 0 to {len(points) - 1}",
        )
    return points, indices


def rotation(name: str, value: Any) -> npt.NDArray[np.float64]:
    """Return ``value`` (3, 3) as the nearest rotation; refuse what is farther than 1e-3 from one."""
    matrix = array(name, value, (3, 3))
    if _core.rotation_error(matrix[None]) < EXACT_WITHIN:
        return matrix
    largest = float(np.abs(matrix).max())
    off = float(np.abs(matrix.T @ matrix - np.eye(3)).max()) if largest < 1e3 else largest  # no overflow
    if off > ORTHONORMAL_WITHIN:
        raise ArgumentError(
            name, found=f"columns {off:.2g} away from orthonormal", expected=f"a rotation within {ORTHONORMAL_WITHIN:g}"
        )
    if np.linalg.det(matrix) < 0:
        raise ArgumentError(name, found="a reflection (determinant -1)", expected="a rotation (determinant +1)")
    u, _, vt = np.linalg.svd(matrix)
    return np.ascontiguousarray(u @ vt)


def unit(name: str, value: Any) -> npt.NDArray[np.float64]:
    """Return ``value`` (3,) as a vector of length 1; refuse what is farther than 1e-3 from that."""
    vector = array(name, value, (3,))
    length = math.hypot(*vector.tolist())  # which does not overflow before the length does
    if abs(length - 1.0) > ORTHONORMAL_WITHIN:
        raise ArgumentError(name, found=f"length {length:g}", expected="a unit vector")
    return vector if abs(length - 1.0) < EXACT_WITHIN else vector / length


def rigid(name: str, value: Any) -> npt.NDArray[np.float64]:
    """Return ``value`` (4, 4) as a rigid transform, its rotation re-orthonormalised; refuse anything else."""
    matrix = array(name, value, (4, 4), finite=False).copy()
    if _core.is_pose(matrix):
        return matrix
    array(name, matrix, (4, 4))
    last = matrix[3].tolist()
    if max(map(abs, last[:3])) > 1e-6 or abs(last[3] - 1.0) > 1e-6:
        raise ArgumentError(name, found=f"last row {last}", expected="last row [0, 0, 0, 1]")
    matrix[:3, :3] = rotation(f"{name}[:3, :3]", matrix[:3, :3])
    matrix[3] = (0.0, 0.0, 0.0, 1.0)
    return matrix


def tolerance(value: Any) -> tuple[float, float]:
    """Return a depth tolerance ``(constant, quadratic)``: ``constant + quadratic * depth**2`` metres."""
    constant, quadratic = (float(x) for x in array("tolerance", value, (2,)))
    if constant < 0 or quadratic < 0:
        raise ArgumentError("tolerance", found=(constant, quadratic), expected="two values of at least 0")
    return constant, quadratic


def positive(name: str, value: Any, *, unit: str = "") -> float:
    """Return ``value`` as a finite float above zero."""
    if type(value) is float and 0 < value < np.inf:
        return value
    number = float(array(name, value, ()))
    if number <= 0:
        raise ArgumentError(name, found=number, expected=f"a value above 0{' ' + unit if unit else ''}")
    return number


def at_least_zero(name: str, value: Any) -> float:
    """Return ``value`` as a finite float of at least zero."""
    number = float(array(name, value, ()))
    if number < 0:
        raise ArgumentError(name, found=number, expected="a value of at least 0")
    return number


def whole(name: str, value: Any, low: int, high: int) -> int:
    """Return ``value`` as an int from ``low`` to ``high``."""
    if type(value) is int and low <= value <= high:
        return value
    expected = f"a whole number from {low} to {high}"
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise ArgumentError(name, found=repr(value), expected=expected)
    if not low <= value <= high or int(value) != value:
        raise ArgumentError(name, found=value, expected=expected)
    return int(value)


def text(name: str, value: Any) -> str:
    """Return ``value`` as a string that can be written as UTF-8."""
    instance(name, value, str)
    try:
        value.encode()
    except UnicodeEncodeError as error:
        found = f"the character {value[error.start]!r}"
        raise ArgumentError(name, found=found, expected="text that UTF-8 can hold") from None
    return str(value)


def instance(name: str, value: Any, *kinds: type) -> None:
    """Refuse a value of another type."""
    if not isinstance(value, kinds):
        expected = " or ".join(kind.__name__ for kind in kinds)
        raise ArgumentError(name, found=type(value).__name__, expected=expected)


def _fits(found: tuple[int, ...], wanted: tuple[int | str, ...]) -> bool:
    if len(found) != len(wanted):
        return False
    if found[1:] == wanted[1:]:
        return not wanted or isinstance(wanted[0], str) or found[0] == wanted[0]
    named: dict[str, int] = {}
    for have, want in zip(found, wanted, strict=True):
        if (named.setdefault(want, have) if isinstance(want, str) else want) != have:
            return False
    return True


def _text(shape: tuple[int | str, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
