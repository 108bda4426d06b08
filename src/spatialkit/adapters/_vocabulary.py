"""Words for the labels of datasets: tables beside this module, each a file that names its source."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

__all__ = ["vocabulary"]


@cache
def vocabulary(name: str) -> Mapping[str, str]:
    """Return what a dataset calls things, to singular English nouns; "" for what is no thing.

    ``labels/NAME.tsv`` has a line for each: the dataset's own word or number, a tab, and ours; lines that begin with
    "#" say where the words come from.
    """
    text = resources.files(__package__).joinpath("labels", f"{name}.tsv").read_text("utf-8")
    lines = (line.partition("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {theirs: ours for theirs, _, ours in lines}
