"""The gallery page: complete, offline, and safe whatever the samples say."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from spatialkit.errors import OutputError
from spatialkit.gallery import write_gallery
from spatialkit.samples import ImageRef, Mark, Sample

HOSTILE = "</pre></script><script>alert(1)</script><img src=x onerror='alert(2)'>\" onload=\"alert(3)"


class Page(HTMLParser):
    """What a browser would make of a page: its tags with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def sample(number: int = 0, **changes: Any) -> Sample:
    values = {
        "id": f"room-{number}",
        "task": "depth_prediction_oc",
        "format": "fill",
        "dataset": "toy",
        "scene": "room",
        "images": (ImageRef("f0", 64, 48), ImageRef("f1", 64, 48)),
        "question": "How deep is the lamp?",
        "answer": "1.5",
        "marks": (Mark("point", "red", 0, (20.0, 20.0), role="a", object_id=3),),
        "provenance": {"seed": 7},
    }
    return Sample(**(values | changes))


def load(sample: Sample, index: int) -> Image.Image:
    return Image.new("RGB", (64, 48), (90, 90, 90))


def make(folder: Path, *samples: Sample, **options: Any) -> Page:
    assert write_gallery(iter(samples), folder, load, **options) == len(samples)
    return Page((folder / "index.html").read_text(encoding="utf-8"))


def test_a_card_shows_images_question_answer_and_provenance(tmp_path: Path) -> None:
    page = make(tmp_path, sample(), title="My questions", note="3 rooms")
    for text in ("My questions", "3 rooms", "How deep is the lamp?", "1.5", '"seed": 7', '"object_id": 3'):
        assert text in page.text
    images = page.all("img")
    assert len(images) == 2
    drawn = Image.open(tmp_path / str(images[0]["src"]))
    red = drawn.convert("RGB").getpixel((20, 20))
    assert isinstance(red, tuple)
    assert red[0] > 200
    assert red[1] < 60
    [article] = page.all("article")
    assert (article["data-task"], article["data-format"], article["data-scene"]) == (
        "depth_prediction_oc",
        "fill",
        "room",
    )


def test_nothing_is_loaded_from_elsewhere(tmp_path: Path) -> None:
    page = make(tmp_path, sample(), sample(1, scene="other"))
    for tag, attrs in page.tags:
        for name in ("src", "href", "action", "data"):
            target = attrs.get(name)
            if target and target != "data:,":
                assert (tmp_path / target).is_file(), (tag, target)
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"https?://|@import|url\(", html)


@pytest.mark.parametrize("field", ["id", "task", "scene", "dataset", "question", "answer", "title", "note"])
def test_hostile_text_stays_text(field: str, tmp_path: Path) -> None:
    plain = make(tmp_path / "plain", sample())
    if field in ("title", "note"):
        page = make(tmp_path / "hostile", sample(), **{field: HOSTILE})
    else:
        page = make(tmp_path / "hostile", replace(sample(), **{field: HOSTILE}))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in plain.tags]
    assert [sorted(attrs) for _, attrs in page.tags] == [sorted(attrs) for _, attrs in plain.tags]
    assert HOSTILE in page.text or '\\"'.join(HOSTILE.split('"')) in page.text


def test_hostile_options_labels_and_frames_stay_text(tmp_path: Path) -> None:
    marks = (Mark("point", "red", 0, (20.0, 20.0), role=HOSTILE, text=HOSTILE[:20]),)
    hostile = sample(
        images=(ImageRef(HOSTILE, 64, 48),) * 2, marks=marks, provenance={HOSTILE: [HOSTILE]}, format="select",
        options=(HOSTILE, "b"), question=f"Which?\nA. {HOSTILE}\nB. b", answer="A",
    )  # fmt: skip
    page = make(tmp_path, hostile)
    assert len(page.all("script")) == 1
    assert len(page.all("img")) == 2
    assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)


def test_options_are_a_list_with_the_right_one_marked(tmp_path: Path) -> None:
    select = sample(format="select", question="How far?\nReply so.\nA. 1.0\nB. 2.0", answer="B", options=("1.0", "2.0"))
    page = make(tmp_path, select)
    assert [attrs.get("class") for attrs in page.all("li")] == [None, "right"]
    assert "A. 1.0" not in page.text
    other = make(tmp_path / "x", replace(select, question="Options come first: A. 1.0 B. 2.0"))
    assert other.all("li") == []
    assert "A. 1.0 B. 2.0" in other.text


def test_filters_hold_every_value_with_its_count(tmp_path: Path) -> None:
    page = make(tmp_path, sample(), sample(1, format="judge"), sample(2, scene="hall"), sample(3, scene="hall"))
    choices = [(a["data-filter"], a["value"]) for a in page.all("option") if "data-filter" in a]
    assert choices == [
        ("task", "depth_prediction_oc"), ("format", "fill"), ("format", "judge"), ("scene", "hall"), ("scene", "room"),
    ]  # fmt: skip
    assert "hall (2)" in page.text


def test_images_that_look_the_same_are_written_once(tmp_path: Path) -> None:
    other = sample(1, marks=(Mark("point", "blue", 1, (20.0, 20.0)),))
    make(tmp_path, sample(), replace(sample(), id="again"), other)
    assert len(list((tmp_path / "images").iterdir())) == 4  # two marked, two bare


def test_an_empty_gallery_is_a_page(tmp_path: Path) -> None:
    assert make(tmp_path).all("article") == []


def test_where_it_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"file.*cannot be written"):
        write_gallery([], tmp_path / "file", load)
