"""Gallery: samples as one HTML page with their drawn images; offline, nothing loaded from elsewhere."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spatialkit.draw import draw_marks
from spatialkit.samples import Sample
from spatialkit.writers._files import writing

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["write_gallery"]

SIDE, SIDE_OF_MANY, MANY = 960, 400, 8  # longest side of an image in pixels; smaller where there are many
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass
class Picture:
    """One image of a sample as the page shows it."""

    file: str
    width: int
    height: int
    name: str
    marked: bool


@dataclass
class Card:
    """One sample as the page shows it; ``stem`` is the question without the lines of its options."""

    sample: Sample
    pictures: list[Picture]
    stem: str
    options: list[tuple[str, str, bool]]
    details: str


def write_gallery(
    samples: Iterable[Sample],
    path: str | Path,
    load: Callable[[Sample, int], Image.Image],
    *,
    title: str = "spatialkit",
    note: str = "",
) -> int:
    """Write ``index.html`` and its images to the folder ``path``; return how many samples it shows.

    Parameters
    ----------
    samples
        Shown in this order; read one by one, never held together.
    path
        Made if it is not there.
    load
        Returns an image of a sample, without marks; called once for images that look the same.
    title, note
        Head of the page.

    Raises
    ------
    OutputError
        When a file cannot be written.
    """
    path = Path(path)
    pictures = _Pictures(path, load)
    filters: dict[str, dict[str, int]] = {"task": {}, "format": {}, "scene": {}}
    shown = 0

    def cards() -> Iterator[Card]:
        nonlocal shown
        for sample in samples:
            for name, counts in filters.items():
                value = getattr(sample, name)
                counts[value] = counts.get(value, 0) + 1
            shown += 1
            yield _card(sample, [pictures.of(sample, i) for i in range(len(sample.images))])

    with writing(path / "index.html") as page:
        # The cards are rendered one by one as the stream is written; the filters, after them, know what came.
        stream = _template().stream(cards=cards(), filters=filters, title=title, note=note)
        stream.enable_buffering(16)
        stream.dump(page, encoding="utf-8")
    return shown


def _template() -> Any:
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(files(__package__).joinpath("template.html").read_text(encoding="utf-8"))


def _card(sample: Sample, pictures: list[Picture]) -> Card:
    lines = [f"{letter}. {option}" for letter, option in zip(LETTERS, sample.options, strict=False)]
    ending = "\n" + "\n".join(lines)
    listed = bool(lines) and sample.question.endswith(ending)
    options = [(LETTERS[i], text, sample.answer == LETTERS[i]) for i, text in enumerate(sample.options) if listed]
    details = {key: value for key, value in asdict(sample).items() if key not in ("question", "answer", "options")}
    return Card(
        sample,
        pictures,
        sample.question.removesuffix(ending) if listed else sample.question,
        options,
        json.dumps(details, indent=1, ensure_ascii=False, default=str),
    )


class _Pictures:
    """Drawn images, each written once however many samples show it."""

    def __init__(self, folder: Path, load: Callable[[Sample, int], Image.Image]) -> None:
        self._folder, self._load = folder, load
        self._done: dict[str, Picture] = {}

    def of(self, sample: Sample, index: int) -> Picture:
        """Return image ``index`` of a sample with its marks drawn."""
        ref = sample.images[index]
        marks = [mark for mark in sample.marks if mark.image == index]
        side = SIDE if marks or len(sample.images) < MANY else SIDE_OF_MANY
        look = (sample.dataset, sample.scene, ref.frame, side, [(m.kind, m.colour, m.xy, m.text) for m in marks])
        name = hashlib.blake2b(repr(look).encode(), digest_size=10).hexdigest()
        if name not in self._done:
            image = draw_marks(self._load(sample, index), marks)
            image.thumbnail((side, side))
            file = f"images/{name}.jpg"
            with writing(self._folder / file) as target:
                image.save(target, "JPEG", quality=88)
            self._done[name] = Picture(file, image.width, image.height, ref.frame, bool(marks))
        return self._done[name]
