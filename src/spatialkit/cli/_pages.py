"""Galleries and pictures of a folder of questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spatialkit.cli._console import progress
from spatialkit.errors import OutputError

if TYPE_CHECKING:
    from PIL import Image

    from spatialkit.samples import Sample
    from spatialkit.writers import Writer

__all__ = [
    "GALLERY",
    "PICTURES",
    "draw_pictures",
    "pictured",
    "side_by_side",
    "some_questions",
    "the_writer_of",
    "write_page",
]

GALLERY, PICTURES = "gallery", "pictures"
MOST_SIDE_BY_SIDE = 10  # images of one sample in one picture


def write_page(folder: Path, writer: Writer, *, limit: int) -> Path:
    """Write the gallery of a folder; return its page."""
    from PIL import Image

    from spatialkit.gallery import write_gallery
    from spatialkit.run import read_manifest

    manifest = read_manifest(folder)
    groups = sum(len(formats) for formats in manifest.get("counts", {}).values())
    if not groups:
        raise OutputError(f"{folder}: has no questions yet; run `spatialkit generate` to its end first")

    def load(sample: Sample, index: int) -> Image.Image:
        from spatialkit.errors import DataError

        path = folder / writer.image_path(sample, index)
        try:
            with Image.open(path) as image:
                return image.convert("RGB")
        except OSError as error:
            raise DataError(path, "image", found=f"unreadable ({error})", expected="a JPEG file") from None

    made = manifest["run"]
    each = max(1, limit // groups)
    found = sum(min(each, n) for formats in manifest["counts"].values() for n in formats.values())
    shown = min(limit, found)
    with progress("questions", shown, lines=False) as step:

        def samples() -> Iterator[Sample]:
            for i, sample in enumerate(writer.read(folder, each=each)):
                if (i + 1) * shown // found > i * shown // found:  # evenly, where there are more groups than the limit
                    yield sample
                    step("")

        shown_of = f"{shown} of " if shown < manifest["samples"] else ""
        scenes = f"{len(made['scenes'])} scene{'' if len(made['scenes']) == 1 else 's'}"
        note = f"{shown_of}{manifest['samples']} questions about {scenes} of {made['dataset']}, seed {made['seed']}"
        write_gallery(samples(), folder / GALLERY, load, title=f"Questions in {folder.resolve().name}", note=note)
    return folder / GALLERY / "index.html"


def draw_pictures(folder: Path, writer: Writer) -> Path:
    """Write one picture for each task, its images side by side with the marks drawn; return their folder."""
    from PIL import Image

    from spatialkit.draw import draw_marks
    from spatialkit.writers._files import writing

    seen: set[str] = set()
    for sample in writer.read(folder, each=1):
        if sample.task in seen:
            continue
        seen.add(sample.task)
        images = []
        for index in pictured(sample):
            with Image.open(folder / writer.image_path(sample, index)) as image:
                images.append(draw_marks(image, [m for m in sample.marks if m.image == index]))
        with writing(folder / PICTURES / f"{sample.task}.png") as file:
            side_by_side(images).save(file, "PNG")
    return folder / PICTURES


def pictured(sample: Sample) -> list[int]:
    """Return which images stand for a sample: of a video those that carry marks, or a few where none does."""
    count = len(sample.images)
    if count <= MOST_SIDE_BY_SIDE:
        return list(range(count))
    return sorted({mark.image for mark in sample.marks}) or list(range(0, count, count // MOST_SIDE_BY_SIDE + 1))


def side_by_side(images: Sequence[Image.Image]) -> Image.Image:
    """Return images in a row, as high as the highest."""
    from PIL import Image

    gap = 8
    row = Image.new("RGB", (sum(i.width + gap for i in images) - gap, max(i.height for i in images)), "white")
    x = 0
    for image in images:
        row.paste(image, (x, 0))
        x += image.width + gap
    return row


def some_questions(folder: Path, writer: Writer, count: int) -> list[Sample]:
    """Return the first question of a few tasks that differ in kind."""
    firsts: dict[str, Sample] = {}
    for sample in writer.read(folder, each=1):
        firsts.setdefault(sample.task.split("_")[0], sample)
    return list(firsts.values())[:count]


def the_writer_of(folder: Path) -> Writer:
    """Return the writer that wrote a folder, as its manifest says."""
    from spatialkit.run import read_manifest
    from spatialkit.writers import writers as known

    return known[read_manifest(folder)["run"]["writer"]]
