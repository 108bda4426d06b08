"""Rules: read from a file, written whole, refused when wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spatialkit.errors import ArgumentError, DataError
from spatialkit.rules import Rules


def test_a_file_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text('least = 1\nstructure = ["Wall", "Big_Column"]\n')
    rules = Rules.from_toml(path)
    assert rules == Rules(least=1.0, structure=frozenset({"wall", "big column"}))
    assert rules.digest != Rules().digest
    assert Rules.from_toml(path).digest == rules.digest


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("leest = 1", r"rules\.toml: leest: found an unknown rule, expected one of least"),
        ("least = 'far'", r"rules\.toml: least: found 'far', expected a float"),
        ("search = 1.5", r"rules\.toml: search: found 1\.5"),
        ("search = 0", r"search: found 0, expected from 1 to 1e\+06"),
        ("least = -1", r"least: found -1\.0, expected from 0 to 1e\+09"),
        ("least = nan", r"least: found nan, expected from 0 to 1e\+09"),
        ("most = inf", r"most: found inf, expected from 0 to 1e\+09"),
        ("centre_in_image = 1", "centre_in_image: found 1, expected true or false"),
        ("structure = 'wall'", "structure: found wall, expected a set of labels"),
        ("structure = 5", "structure: found 5, expected a set of labels"),
        ("visible_share = 7", r"visible_share: found 7\.0, expected from 0\.001 to 1"),
        ("mark_gap = 1.5", r"mark_gap: found 1\.5, expected from 0 to 1"),
        ("slot_word = 0.01", r"slot_empty: found 0\.08, expected less than slot_word, 0\.01"),
        ("shared_bin = 0", "shared_bin: found 0.0, expected from 0.001 to 1"),
        ("least = = 1", "an unreadable file"),
    ],
)
def test_a_wrong_file_is_one_clear_error(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        Rules.from_toml(path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("visible_share", 0),  # what is not seen cannot be asked about
        ("pixel_share", 0),
        ("seen_share", 0.0),
        ("shared_bin", 1e-300),
        ("slot_word", 1e-300),  # nobody sees so little to the left
        ("least_gap", 0),  # of two at the same distance none is the nearest
        ("least_slack", 0),
        ("least_motion", 0),
        ("least_turn_deg", 0),
        ("first_apart", 0),  # what comes at the same time has no order
        ("steepest_deg", 90.0),  # who looks straight down has no left
        ("most_roll_deg", 180),
        ("duplicate_rotation_deg", 181),
        ("quantity_tolerance", 1.0),  # half as much and twice as much are not the same
        ("size_tolerance", 0.6),
        ("most", 10**400),
        ("least_count", -1),
        ("search", 10**7),
        ("multi_images", 2),
        ("video_frames", 129),
    ],
)
def test_a_threshold_that_makes_no_sense_is_refused(name: str, value: float) -> None:
    with pytest.raises(ArgumentError, match=rf"^Rules\.{name}: found .+, expected "):
        Rules(**{"slot_empty": 0.0, name: value})


@pytest.mark.parametrize(
    ("low", "high"), [("least", "most"), ("least_count", "most_count"), ("least_area", "most_area")]
)
def test_a_least_that_is_more_than_the_most_is_refused(low: str, high: str) -> None:
    with pytest.raises(ArgumentError, match=rf"^Rules\.{low}: found 9, expected less than {high}, 8"):
        Rules(**{low: 9, high: 8})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.toml"):
        Rules.from_toml(tmp_path / "none.toml")


def test_rules_become_plain_json() -> None:
    table = json.loads(json.dumps(Rules().to_dict()))
    assert table["least"] == 0.3
    assert table["structure"] == sorted(table["structure"])
    assert Rules(**table) == Rules()


def test_a_wrong_type_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"Rules\.most"):
        Rules(most="20")  # type: ignore[arg-type]
