"""Lenses: what is projected looks back the same way, nothing is shown twice, and images are made pinhole images."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spatialkit.errors import ArgumentError
from spatialkit.lenses import BrownConrady, Equirectangular, KannalaBrandt, Lens, RayMatrix, resample, sources
from spatialkit.scene import Camera

small = st.floats(-0.3, 0.3)
seeds = st.integers(0, 2**32 - 1)
LENSES = {
    "brown": BrownConrady(533.0, 535.0, 341.0, 233.0, (-0.29, 0.11, 0.001, -0.0004, -0.02)),
    "fisheye": KannalaBrandt(789.0, 790.0, 879.0, 585.0, (-0.029, -0.0059, -0.0013, 0.0002)),
    "panorama": Equirectangular(1024, 512),
    "shifted": RayMatrix(np.array([[0.002, 1e-5, -0.9], [0, 0.0021, -0.5], [1e-5, 2e-5, 1.0]])),
}


def directions(seed: int, count: int = 200) -> np.ndarray:
    rays = np.random.default_rng(seed).normal(size=(count, 3))
    return np.asarray(rays / np.linalg.norm(rays, axis=1, keepdims=True))


def looks_back(lens: Lens, rays: np.ndarray) -> np.ndarray:
    """Check that what is seen is seen in the direction it is in; return what is."""
    pixels = lens.project(rays)
    seen = np.isfinite(pixels).all(axis=1)
    np.testing.assert_array_equal(np.isfinite(pixels).any(axis=1), seen)
    back = lens.unproject(pixels[seen])
    again = lens.project(3.7 * back)
    kept = np.isfinite(again).all(axis=1)  # at the very end of its reach rounding may take a ray out of it
    assert kept.sum() >= len(kept) - 1
    np.testing.assert_allclose(again[kept], pixels[seen][kept], rtol=1e-7, atol=1e-6)
    # Where a lens squeezes directions together, pixels tell little of them.
    moved = lens.project(rays[seen] + 1e-6 * rays[seen][:, [1, 2, 0]]) - pixels[seen]
    with np.errstate(invalid="ignore"):
        clear = np.linalg.norm(moved, axis=1) > 1e-5
    np.testing.assert_allclose(back[clear], rays[seen][clear], atol=1e-7)
    return np.asarray(seen)


@given(seeds)
@pytest.mark.parametrize("name", LENSES)
def test_what_is_seen_is_seen_where_it_is(name: str, seed: int) -> None:
    rays = directions(seed)
    seen = looks_back(LENSES[name], rays)
    assert seen.all() if name == "panorama" else 0 < seen.sum() < len(rays)
    if name == "brown":
        assert (rays[seen, 2] > 0).all()


@given(seeds, st.tuples(small, small, st.floats(-0.01, 0.01), st.floats(-0.01, 0.01), small))
@example(0, (0.0, -0.25, 0.0, 0.0, 1e-40))
@example(0, (-0.3, 0.0, 0.0, 0.0, 7e-87))
@example(0, (-0.3, 1e-320, 0.0, 0.0, -5e-324))
def test_radial_reach_ends_before_anything_is_seen_twice(
    seed: int, k: tuple[float, float, float, float, float]
) -> None:
    lens = BrownConrady(500.0, 500.0, 320.0, 240.0, (*k[:2], 0.0, 0.0, k[4]))
    rays = directions(seed)
    seen = looks_back(lens, rays[rays[:, 2] > 0.05])
    across = np.tan(np.linspace(0, 1.5, 400))
    far = lens.project(np.stack([across, 0 * across, 1 + 0 * across], axis=1))[:, 0]
    assert (np.diff(far[np.isfinite(far)]) > 0).all()
    assert seen.any()


@given(st.tuples(small, st.floats(-0.1, 0.1), st.floats(-0.03, 0.03), st.floats(-0.01, 0.01)))
def test_a_fisheye_shows_larger_angles_farther_out(k: tuple[float, float, float, float]) -> None:
    lens = KannalaBrandt(300.0, 300.0, 0.0, 0.0, k)
    angle = np.linspace(0, np.pi, 500)
    pixels = lens.project(np.stack([np.sin(angle), 0 * angle, np.cos(angle)], axis=1))[:, 0]
    seen = np.isfinite(pixels)
    assert seen[0]
    assert (np.diff(seen.astype(int)) <= 0).all()  # up to some angle, and none beyond
    assert (np.diff(pixels[seen]) > 0).all()


def test_a_panorama_has_forward_in_its_middle() -> None:
    lens = Equirectangular(360, 180)
    pixels = lens.project(np.array([(0, 0, 2.0), (1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -3, 0)]))
    np.testing.assert_allclose(pixels[:3], [(179.5, 89.5), (269.5, 89.5), (89.5, 89.5)], atol=1e-9)
    np.testing.assert_allclose(pixels[3:, 1], [179.5, -0.5], atol=1e-9)
    assert np.isnan(lens.project(np.zeros((1, 3)))).all()
    assert np.isnan(lens.unproject(np.array([(5.0, 181.0)]))).all()


def test_pixels_that_no_ray_ends_in_have_none() -> None:
    barrel = BrownConrady(500.0, 500.0, 320.0, 240.0, (-0.3, 0.0, 0.0, 0.0))  # grows up to 1 / sqrt(0.9)
    reach = 1 / np.sqrt(0.9)
    edge = 500 * reach * (1 - 0.3 * reach**2) + 320
    rays = barrel.unproject(np.array([(edge - 0.01, 240.0), (edge + 0.01, 240.0), (1e6, 0.0)]))
    np.testing.assert_array_equal(np.isnan(rays).any(axis=1), [False, True, True])
    points = np.array([(0.99 * reach, 0, 1), (1.01 * reach, 0, 1), (0, 0, -1.0), (0, 0, 0)])
    np.testing.assert_array_equal(np.isnan(barrel.project(points)).any(axis=1), [False, True, True, True])
    fisheye = KannalaBrandt(100.0, 100.0, 0.0, 0.0)
    np.testing.assert_array_equal(np.isnan(fisheye.unproject([[314.0, 0.0], [315.0, 0.0]])).any(axis=1), [False, True])


@pytest.mark.parametrize("name", LENSES)
def test_a_resampled_image_is_what_a_pinhole_camera_sees(name: str) -> None:
    """Paint a pattern of directions through the lens; the pinhole image has the pattern where it belongs."""
    lens, camera = LENSES[name], Camera(300.0, 310.0, 79.5, 59.5, 160, 120)
    width, height = (1024, 512) if name == "panorama" else (1800, 1200)
    v, u = np.mgrid[:height, :width]
    rays = lens.unproject(np.stack([u.ravel(), v.ravel()], axis=1))

    def pattern(rays: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):
            return np.asarray(100 + 80 * np.sin(8 * rays[:, 0]) * np.cos(7 * rays[:, 1]))

    image = np.nan_to_num(pattern(rays)).reshape(height, width)
    places = sources(lens, camera)
    y, x = np.mgrid[:120, :160]
    wanted = np.stack([(x - 79.5) / 300, (y - 59.5) / 310, np.ones(x.shape)], axis=2).reshape(-1, 3)
    wanted = pattern(wanted / np.linalg.norm(wanted, axis=1, keepdims=True)).reshape(120, 160)
    whole = resample(image, places)
    shown = (places > 1).all(axis=2) & (places[..., 0] < width - 2) & (places[..., 1] < height - 2)
    assert shown.mean() > 0.9
    assert np.abs(whole - wanted)[shown].max() < 0.2
    colour = resample(np.stack([image, image / 2], axis=2).astype(np.uint8), places)
    assert colour.shape == (120, 160, 2)
    assert colour.dtype == np.uint8
    near = resample(image, places, nearest=True)
    assert set(near[shown].tolist()) <= set(image.ravel().tolist())
    assert np.abs(near - wanted)[shown].max() < 5


def test_nothing_is_taken_from_beyond_the_image() -> None:
    image = np.arange(1, 7, dtype=np.uint16).reshape(2, 3)
    places = np.array([[(-0.5, 0), (2.49, 1.49), (2.5, 0), (np.nan, 0)]])
    np.testing.assert_array_equal(resample(image, places, nearest=True), [[1, 6, 0, 0]])
    np.testing.assert_array_equal(resample(image, places), [[1, 6, 0, 0]])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: BrownConrady(0, 1, 0, 0), "BrownConrady.fx: found 0.0, expected a value above 0 pixels"),
        (lambda: BrownConrady(1, 1, 0, 0, (1, 2, 3)), "found 3 coefficients, expected 4 or 5 or 8 coefficients"),
        (lambda: KannalaBrandt(1, 1, 0, np.nan), "KannalaBrandt.cy: found 1 of 1 values NaN"),
        (lambda: KannalaBrandt(1, 1, 0, 0, (0, 0, np.inf, 0)), "KannalaBrandt.k: found 1 of 4 values NaN or infinite"),
        (lambda: Equirectangular(0, 5), "Equirectangular.width: found 0, expected a whole number"),
        (lambda: RayMatrix(np.ones((3, 3))), "RayMatrix.rays: found .* expected a matrix that has an inverse"),
        (lambda: LENSES["brown"].project([[1, 2]]), r"points: found shape \(1, 2\), expected shape \(n, 3\)"),
        (lambda: LENSES["brown"].unproject([[1, np.nan]]), "pixels: found 1 of 2 values NaN"),
        (lambda: resample(np.zeros(3), np.zeros((1, 1, 2))), r"image: found shape \(3,\)"),
    ],
)
def test_bad_input_is_named(make: object, said: str) -> None:
    assert callable(make)
    with pytest.raises(ArgumentError, match=said):
        make()
