"""Write docs/tasks.md, a page of every task with an example of each, and its pictures in docs/images/tasks.

Run it as ``python docs/make_tasks.py``. With ``--check`` nothing is written: it compares the page word for word and the
pictures by what they show, names what has drifted, and exits 1 if anything has. What is asked comes from the built-in
flat and a fixed seed, so the page changes only when the tasks do.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import spatialkit as sk
from spatialkit.answers import Quantity
from spatialkit.cli._console import first_line
from spatialkit.cli._tasks import describe_views
from spatialkit.draw import draw_marks
from spatialkit.samples import Sample
from spatialkit.tasks.base import MARKED, Role, Variant, registry
from spatialkit.views import Views

DOCS = Path(__file__).resolve().parent
PAGE, PICTURES = Path("tasks.md"), Path("images/tasks")
SIZE, FRAMES, SEED = (480, 360), 64, 0
FACTS = (6, 30)  # facts among which the example is looked for: some, then more if it does not come in all formats

LEVELS = {
    "low": "Low: perception",
    "medium": "Medium: from perception to reasoning",
    "high": "High: reasoning",
}
WIDEST, GAP, CAPTION = 960, 4, 18  # pixels across a picture, between its images, and of a caption
FEWEST = 8  # frames of a video that are shown where nothing is marked
HEAVIEST = 30_000  # bytes of a picture
CELL, FAR = 8, 16.0  # a picture has drifted where the mean grey of 8 x 8 pixels is off by this many of 255 levels

HEAD = """\
---
hide: [toc]
---

# Tasks

<!-- Made by `python docs/make_tasks.py`: change the tasks or that script, not this page. -->

Every task id, each with an example from the built-in flat. `spatialkit tasks` prints the list, `spatialkit tasks ID`
one of them. How an example is asked changes from sample to sample: each id has several wordings.

* **Shows**: how many images. In several images the first is the observer's; frames of a video are called `Frame-1`,
  `Frame-2` and so on.
* **Marks**: what is drawn on the images. What is not marked is called by its name.
* **Answer**: the [answer type](adding-a-task.md#answer-types), which says what is right and how a reply is scored.
* **Formats**: *fill* wants the answer alone, *select* a letter, *sentence* a sentence, *judge* Yes or No.

Below each picture stands the question as its first format asks it, then the answer in each format; of options the right
one is bold. Pictures are made smaller here; of a video only some frames are shown, those with marks if there are any.
"""
BEYOND = """\
## Beyond SPAR

Ids of our own. `--tasks all` does not include them; `--tasks beyond` stands for all of these.
"""
COLUMNS = ("Id", "Level", "Shows", "Marks", "Answer", "Formats", "About")


def main() -> int:
    """Write the page, or say what has drifted; return the exit code."""
    parser = argparse.ArgumentParser(description="Write docs/tasks.md and its pictures.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if anything has drifted")
    check = parser.parse_args().check
    page, pictures = make()
    if check:
        found = drift(page, pictures)
        print("\n".join(found) or f"docs/{PAGE} is as the tasks are")
        return 1 if found else 0
    write(page, pictures)
    print(f"{len(pictures)} tasks written to docs/{PAGE}")
    return 0


def make() -> tuple[str, dict[str, Image.Image]]:
    """Return the text of the page, and the picture of each task by its file name."""
    width, height = SIZE
    scene = sk.load_scene("toy", scene_id="flat-0", frames=FRAMES, width=width, height=height)
    gallery = Gallery(scene)
    ours = [v for v in registry.values() if type(v.task).__module__.startswith("spatialkit.")]
    spar = [v for level in LEVELS for v in ours if v.task.level == level and not v.task.beyond]
    beyond = [v for v in ours if v.task.beyond]
    pictures: dict[str, Image.Image] = {}

    def entry(variant: Variant) -> str:
        samples = example(variant, scene)
        if samples:
            pictures[f"{variant.id}.webp"] = gallery.picture(samples[0], variant.views)
        return section(variant, samples)

    parts = [HEAD, table(spar), BEYOND, table(beyond), f"## Examples of SPAR's tasks ({len(spar)} ids)\n"]
    for level, title in LEVELS.items():
        parts += [f"### {title}\n", *(entry(v) for v in spar if v.task.level == level)]
    parts += ["## Examples beyond SPAR\n", *(entry(v) for v in beyond)]
    return "\n".join(parts), pictures


def example(variant: Variant, scene: sk.Scene) -> list[Sample]:
    """Return the samples of one fact: the first of those that come in the most formats."""
    best: list[Sample] = []
    for per_task in FACTS:
        facts: dict[str, list[Sample]] = {}
        for sample in sk.generate(variant.id, scene, seed=SEED, per_task=per_task):
            facts.setdefault(sample.id.rpartition("-")[0], []).append(sample)
        best = max(facts.values(), key=len, default=[])
        if len(best) == len(variant.formats):
            break
    return best


def table(variants: Iterable[Variant]) -> str:
    """Return a table of tasks."""
    rows = [COLUMNS, ("---",) * len(COLUMNS)]
    for v in variants:
        link = f"[{escaped(v.id)}](#{v.id})"
        about = escaped(first_line(type(v.task).__doc__))
        rows.append((link, v.task.level, describe_views(v.views), marks(v), kind(v), ", ".join(v.formats), about))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def marks(variant: Variant) -> str:
    """Say what is drawn: "red point, blue or green box", "blue points object0 to object3"."""
    alike: dict[str, list[Role]] = {}
    for role in variant.cast.values():
        if role.kind in MARKED:
            alike.setdefault(f"{' or '.join(role.colours)} {role.kind}", []).append(role)
    said = []
    for name, roles in alike.items():
        texts = " to ".join(dict.fromkeys(role.text for role in (roles[0], roles[-1]) if role.text))
        ending = ("es" if name.endswith("x") else "s") if len(roles) > 1 else ""
        least = sum(not role.optional for role in roles)
        said.append(f"{name}{ending} {texts}".strip() + (f", at least {least}" if least < len(roles) else ""))
    return ", ".join(said) or "none"


def kind(variant: Variant) -> str:
    """Return the answer type, of a quantity with its unit."""
    answer = variant.task.answer
    if isinstance(answer, Quantity):
        return f"Quantity ({answer.unit or 'number of things'})"
    return type(answer).__name__


def section(variant: Variant, samples: list[Sample]) -> str:
    """Return the part of the page about one task."""
    facts = f"{describe_views(variant.views)} · marks: {marks(variant)} · answer: {kind(variant)}"
    lines = [f"#### {variant.id}", "", f"{escaped(first_line(type(variant.task).__doc__))} *{facts}*", ""]
    if not samples:
        return "\n".join([*lines, "The built-in flat has no example.", ""])
    lines += [f"![Example of {variant.id}]({PICTURES.as_posix()}/{variant.id}.webp)", ""]
    lines += [f"> {escaped(stem(samples[0]))}", "", "| Format | Answer |", "| --- | --- |"]
    lines += [f"| {sample.format} | {reply(sample)} |" for sample in samples]
    return "\n".join([*lines, ""])


def stem(sample: Sample) -> str:
    """Return what is asked, without options."""
    return sample.question.partition("\nA. ")[0]


def reply(sample: Sample) -> str:
    """Return the answer; among its options, or after the claim that is judged."""
    if sample.format == "select":
        options = [f"{letter}. {escaped(said)}" for letter, said in zip("ABCD", sample.options, strict=False)]
        return " <br> ".join(f"**{line.strip()}**" if line.startswith(sample.answer) else line for line in options)
    if sample.format == "judge":
        return f"{escaped(stem(sample).partition('? ')[0])}? **{sample.answer}**"
    return escaped(sample.answer)


def escaped(text: str) -> str:
    """Return a text without anything that Markdown would take for its own."""
    for character in r"\`*_[]|":
        text = text.replace(character, f"\\{character}")
    return text.replace("<", "&lt;").replace("\n", " ")


class Gallery:
    """Makes pictures of examples, reading each image of the scene once."""

    def __init__(self, scene: sk.Scene) -> None:
        self._scene = scene
        self._images: dict[str, Image.Image] = {}

    def picture(self, sample: Sample, views: Views) -> Image.Image:
        """Return the images of a sample side by side, or those frames of a video that matter."""
        shown = self._chosen(sample) if views.kind == "video" else list(range(len(sample.images)))
        columns = min(len(shown), 4 if len(shown) > 3 else 3)
        width = min(SIZE[0], (WIDEST + GAP) // columns - GAP)
        height = width * SIZE[1] // SIZE[0]
        under = 0 if views.kind == "single" else CAPTION
        rows = -(-len(shown) // columns)
        sheet = Image.new("RGB", (columns * (width + GAP) - GAP, rows * (height + under)), "white")
        for place, image in enumerate(shown):
            x, y = place % columns * (width + GAP), place // columns * (height + under)
            marked = draw_marks(self._image(sample.images[image].frame), (m for m in sample.marks if m.image == image))
            sheet.paste(marked.resize((width, height), Image.Resampling.LANCZOS), (x, y))
            if under:
                name = views.image(image).removeprefix("the ")
                font = ImageFont.load_default(CAPTION * 0.7)
                ImageDraw.Draw(sheet).text((x + 4, y + height + 1), name, fill="black", font=font)
        return sheet

    @staticmethod
    def _chosen(sample: Sample) -> list[int]:
        """Return the frames with marks; else those with named things, or of which the question speaks; else some."""
        marked = {mark.image for mark in sample.marks}
        placed = {image for role, image in sample.provenance["images"].items() if role in sample.provenance["objects"]}
        spoken = {int(number) - 1 for number in re.findall(r"Frame-(\d+)", sample.question)}
        count = len(sample.images)
        return sorted(marked or placed or spoken or range(0, count, max(1, count // FEWEST)))

    def _image(self, frame: str) -> Image.Image:
        if frame not in self._images:
            self._images[frame] = Image.fromarray(self._scene.frames[self._scene.frame_index[frame]].load_image())
        return self._images[frame]


def write(page: str, pictures: dict[str, Image.Image]) -> None:
    """Write the page and its pictures, leave alone those that show the same, and remove what no task makes."""
    folder = DOCS / PICTURES
    folder.mkdir(parents=True, exist_ok=True)
    (DOCS / PAGE).write_text(page, encoding="utf-8")
    for path in folder.iterdir():
        if path.name not in pictures:
            path.unlink()
    for name, picture in pictures.items():
        if not alike(folder / name, picture):
            (folder / name).write_bytes(encoded(picture))


def encoded(picture: Image.Image) -> bytes:
    """Return a WebP file of at most 30 kB."""
    for quality in range(80, 10, -10):
        file = io.BytesIO()
        picture.save(file, "WEBP", quality=quality, method=6)
        if len(file.getvalue()) <= HEAVIEST:
            break
    return file.getvalue()


def drift(page: str, pictures: dict[str, Image.Image]) -> list[str]:
    """Return what of the page and its pictures on disk is not as it would be written now, one line each."""
    written = (DOCS / PAGE).read_text(encoding="utf-8") if (DOCS / PAGE).exists() else ""
    found = []
    if written != page:
        lines = [written.splitlines(), page.splitlines()]
        number = next((i for i, (a, b) in enumerate(zip(*lines, strict=False)) if a != b), min(map(len, lines)))
        found.append(f"docs/{PAGE}, line {number + 1}: no longer what the tasks say; run python docs/make_tasks.py")
    on_disk = {path.name for path in (DOCS / PICTURES).glob("*")}
    found += [f"docs/{PICTURES.as_posix()}/{name}: of no task" for name in sorted(on_disk - set(pictures))]
    for name, picture in pictures.items():
        if not alike(DOCS / PICTURES / name, picture):
            found.append(f"docs/{PICTURES.as_posix()}/{name}: missing, or no longer what the task shows")
    return found


def alike(path: Path, picture: Image.Image) -> bool:
    """Return whether a file shows the picture, whatever encoder wrote it."""
    if not path.exists():
        return False
    with Image.open(path) as file:
        return file.size == picture.size and difference(file, picture) <= FAR


def difference(a: Image.Image, b: Image.Image) -> float:
    """Return the largest difference of two pictures of one size: of the mean greys of small cells.

    Greys, because encoders keep colours at half the resolution, each in its own way; the text tells the colours.
    """
    one, other = (np.asarray(x.convert("L").reduce(CELL), dtype=np.float64) for x in (a, b))
    return float(np.abs(one - other).max())


if __name__ == "__main__":
    sys.exit(main())
