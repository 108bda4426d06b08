"""Searches over role tuples and frames: uniform, complete, bounded."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialkit.search import Places, Tuples, draw_tuples, fewest_frames


def places(kind: str, *views: list[tuple[int, int, tuple[float, ...]]], optional: bool = False) -> Places:
    """Return places given for each view as (item, image, mark)."""
    flat = [place for view in views for place in view]
    marks = np.zeros((len(flat), 4))
    for row, (_, _, mark) in zip(marks, flat, strict=True):
        row[: len(mark)] = mark
    starts = np.cumsum([0, *(len(view) for view in views)])
    items, images = (np.array([place[k] for place in flat], dtype=int) for k in (0, 1))
    return Places(kind, optional, starts, items, images, marks, np.full(len(flat), 10.0))


def points(count: int, image: int = 0) -> list[tuple[int, int, tuple[float, ...]]]:
    return [(i, image, (100.0 * i, 0.0)) for i in range(count)]


def draw(*roles: Places, parts: np.ndarray | None = None, seed: int = 0, **options: object) -> Tuples:
    count = 1 + max(int(role.items.max(initial=0)) for role in roles)
    settings = {"most": 10_000, "search": 20_000, "overlap": 0.7, "several": False, "observed": False} | options
    return draw_tuples(list(roles), np.zeros((count, count), bool) if parts is None else parts, seed=seed, **settings)


def found(tuples: Tuples) -> list[tuple[int, ...]]:
    return [tuple(row) for row in tuples.items.tolist()]


def test_all_tuples_of_different_things_are_found_once() -> None:
    role = places("point", points(6), points(4))
    tuples = draw(role, role)
    for view, count in ((0, 6), (1, 4)):
        expected = sorted(itertools.permutations(range(count), 2))
        assert sorted(t for t, v in zip(found(tuples), tuples.view, strict=True) if v == view) == expected


@pytest.mark.parametrize("search", [50, 20_000])  # at random, and by trying all
def test_every_admissible_tuple_is_as_likely(search: int) -> None:
    role = places("point", points(9))
    parts = np.zeros((9, 9), bool)
    parts[0, 1:5] = parts[1:5, 0] = True
    counts = Counter(
        t for seed in range(600) for t in found(draw(role, role, parts=parts, most=8, search=search, seed=seed))
    )
    admissible = {t for t in itertools.permutations(range(9), 2) if not parts[t]}
    assert set(counts) == admissible
    mean = 600 * 8 / len(admissible)
    assert all(abs(count - mean) < 5 * mean**0.5 for count in counts.values())


def test_a_search_is_bounded_and_finds_no_tuple_twice() -> None:
    role = places("point", points(40))
    tuples = draw(role, role, role, most=500, search=2000)
    assert len(set(found(tuples))) == len(found(tuples)) == 500
    none = draw(role, role, role, parts=np.ones((40, 40), bool), search=2000)
    assert len(none.view) == 0
    assert none.fell.sum() <= 2000


def test_the_same_seed_draws_the_same_and_another_one_others() -> None:
    role = places("point", points(30))
    one, again, other = (draw(role, role, most=20, search=100, seed=seed) for seed in (5, 5, 6))
    assert found(one) == found(again) != found(other)


def test_marks_that_could_be_taken_for_one_another_do_not_stand_together() -> None:
    near = [(0, 0, (0.0, 0.0)), (1, 0, (9.0, 0.0)), (2, 0, (11.0, 0.0)), (3, 1, (0.0, 0.0))]
    assert sorted(t for t in found(draw(places("point", near), places("point", near))) if t[0] < t[1]) == [
        (0, 2),
        (0, 3),
        (1, 3),
        (2, 3),
    ]
    boxes = [(0, 0, (0.0, 0.0, 10.0, 10.0)), (1, 0, (1.0, 1.0, 11.0, 11.0)), (2, 0, (0.0, 0.0, 40.0, 40.0))]
    tuples = draw(places("box", boxes), places("box", boxes))
    assert sorted(t for t in found(tuples) if t[0] < t[1]) == [(0, 2), (1, 2)]  # the third is four times as large
    assert tuples.fell.tolist() == [0, 2, 0]


def test_what_one_image_would_show_whole_falls_where_several_are_shown() -> None:
    role = places("point", [*points(3, 0), *[(i, 1, (100.0 * i, 0.0)) for i in range(3)]])
    seen = {tuple(row) for row in draw(role, role, several=True).images.tolist()}
    assert seen == {(0, 1), (1, 0)}
    watched = {tuple(row) for row in draw(role, role, several=True, observed=True).images.tolist()}
    assert watched == {(0, 1), (1, 0), (1, 1)}


def test_optional_roles_are_left_out_from_the_end_and_each_number_comes_as_often() -> None:
    role, spare = places("point", points(12)), places("point", points(12), optional=True)
    tuples = draw(role, spare, spare, most=3000, search=6000)
    left_out = (tuples.items == -1).sum(axis=1)
    assert ((tuples.items == -1) == (np.arange(3) >= 3 - left_out[:, None])).all()
    assert set(left_out.tolist()) == {0, 1, 2}
    assert ((tuples.images == -1) == (tuples.items == -1)).all()


def test_categories_do_not_count_as_objects() -> None:
    kinds = places("category", [(0, 0, ()), (1, 0, ())])
    things = places("point", points(2))
    assert sorted(found(draw(kinds, things, parts=np.ones((2, 2), bool)))) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert sorted(found(draw(kinds, kinds))) == [(0, 1), (1, 0)]


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.integers(1, 8))
def test_a_cover_shows_all_that_is_wanted_with_no_frame_that_adds_nothing(seed: int, frames: int, things: int) -> None:
    rng = np.random.default_rng(seed)
    shows, wanted = rng.random((frames, things)) < 0.4, rng.random(things) < 0.7
    chosen = fewest_frames(shows, wanted, most=frames)
    possible = shows.any(axis=0) >= wanted
    if not possible.all() or not wanted.any():
        assert len(chosen) == 0
        return
    assert (shows[chosen].any(axis=0) >= wanted).all()
    for k in range(len(chosen)):
        assert (shows[chosen[k]] & wanted & ~shows[chosen[:k]].any(axis=0)).any()
    least = next(n for n in range(1, frames + 1) if any(
        (shows[list(some)].any(axis=0) >= wanted).all() for some in itertools.combinations(range(frames), n)
    ))  # fmt: skip
    assert len(chosen) <= np.floor((1 + np.log(wanted.sum())) * least)


def test_a_cover_gives_up_beyond_so_many_frames() -> None:
    assert fewest_frames(np.eye(4, dtype=bool), np.ones(4, bool), most=3).tolist() == []
    assert fewest_frames(np.eye(4, dtype=bool), np.array([0, 1, 0, 1], bool), most=3).tolist() == [1, 3]
