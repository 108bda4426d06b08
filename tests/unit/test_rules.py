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
        ("least = 'far'", r"rules\.toml: least: found 'far', expected a float of at least 0"),
        ("search = 1.5", r"rules\.toml: search: found 1\.5"),
        ("search = 0", r"search: found 0, expected more than 0"),
        ("least = -1", "least: found -1.0, expected a float of at least 0"),
        ("least = nan", "at least 0"),
        ("centre_in_image = 1", "centre_in_image: found 1, expected true or false"),
        ("structure = 'wall'", "structure: found wall, expected a set of labels"),
        ("structure = 5", "structure: found 5, expected a set of labels"),
        ("visible_share = 7", r"visible_share: found 7\.0, expected a share from 0 to 1"),
        ("slot_word = 0.01", r"slot_empty: found 0\.08, expected less than slot_word, 0\.01"),
        ("shared_bin = 0", "shared_bin: found 0.0, expected more than 0"),
        ("least = = 1", "an unreadable file"),
    ],
)
def test_a_wrong_file_is_one_clear_error(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        Rules.from_toml(path)


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
