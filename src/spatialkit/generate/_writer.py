"""From a fact to its samples: marks, names, text in each format, provenance."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Sequence
from typing import Any

from spatialkit import formats as fmt
from spatialkit import labels
from spatialkit.answers import Asked
from spatialkit.generate._candidates import Ledger
from spatialkit.generate._cast import Cast
from spatialkit.generate._facts import Fact
from spatialkit.samples import Format, ImageRef, Mark, Sample
from spatialkit.tasks.base import MARKED, OBJECTS, Variant, placeholders

__all__ = ["Writer"]


class Writer:
    """Turns the facts of one task and scene into samples; letters, ranks and truth values come in shuffled blocks."""

    def __init__(self, variant: Variant, cast: Cast, seed: int, rng: random.Random, ledger: Ledger) -> None:
        self._variant, self._cast, self._seed, self._rng, self._ledger = variant, cast, seed, rng, ledger
        task = variant.task
        count = task.answer.option_count
        self._letters, self._ranks, self._truths = (_blocks(n, rng) for n in (count, count, 2))
        self._truth = next(self._truths)
        self._refs: dict[tuple[int, ...], tuple[tuple[ImageRef, ...], list[str]]] = {}
        self._palettes: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
        self._starts: dict[tuple[int, ...], int] = {}
        used = placeholders((*task.questions, *task.notes, *task.claims, *task.statements))
        self._boxes = [  # what is not marked may be shown by its box, by any answer type
            name
            for name, role in variant.cast.items()
            if role.kind == "named" or (role.kind in MARKED and f"{name}_box" in used)
        ]
        self._gaps = any(role.optional or role.kind == "route" for role in variant.cast.values())
        self._listing = "things" in used
        self._needs = {text: placeholders((text,)) & set(task.facts) for text in task.statements}

    def samples(self, number: int, fact: Fact, chosen: Sequence[Format]) -> Iterator[Sample]:
        """Yield the fact in each of the chosen formats that can carry it."""
        task, scene, rng = self._variant.task, self._cast.scene, self._rng
        marks = self._marks(fact)
        names = self._names(fact, marks)
        images, frames = self._images(fact.view)
        provenance = self._provenance(fact, frames)
        first = self._first_wording(fact)
        for place, kind in enumerate(chosen):
            pool = task.claims if kind == "judge" else task.questions
            words = fmt.Wordings(pool[(first + place) % len(pool)], rng.choice(task.notes), names)
            written = self._write(kind, fact, words)
            if written is None:
                self._ledger.count(self._variant.id, f"no fitting {kind}")
                continue
            yield Sample(
                id=f"{scene.id}-{self._variant.id}-{number:05d}-{kind}",
                task=self._variant.id,
                format=kind,
                dataset=scene.dataset,
                scene=scene.id,
                images=images,
                question=written.question,
                answer=written.answer,
                options=written.options,
                marks=marks,
                provenance=provenance,
            )

    def _first_wording(self, fact: Fact) -> int:
        """Return where in the pool of wordings to begin; what is asked again is asked in other words."""
        if not self._variant.about_scene:
            return self._rng.randrange(len(self._variant.task.questions))
        things = tuple(fact.items.values())
        if things not in self._starts:
            self._starts[things] = self._rng.randrange(len(self._variant.task.questions))
        return self._starts[things] + fact.turn

    def _write(self, kind: Format, fact: Fact, words: fmt.Wordings) -> fmt.Written | None:
        answer, rules, rng = self._variant.task.answer, self._cast.rules, self._rng
        if kind in ("select", "judge"):
            asked = Asked(fact.answer, fact.value, fact.noise, fact.others, next(self._ranks))
        if kind == "select":
            options = answer.options(asked, rng, rules) if fact.fair else None
            if options is None:
                return None
            letter = next(self._letters)
            placed = fmt.place_options(options, fact.answer, letter, rng)
            return fmt.select(words, answer, placed, letter, rules, rng)
        if kind == "judge":
            claim = answer.claim(asked, bool(self._truth), rng)
            if claim is None:
                return None
            self._truth = next(self._truths)
            return fmt.judge(words, answer, claim, rng)
        if kind == "fill":
            return fmt.fill(words, answer, fact.answer, rng)
        statements = [text for text, needs in self._needs.items() if needs <= fact.facts.keys()]
        return fmt.sentence(words, answer, fact.answer, rng.choice(statements), rules, rng) if statements else None

    def _images(self, view: tuple[int, ...]) -> tuple[tuple[ImageRef, ...], list[str]]:
        """Return the images of a view and the ids of their frames."""
        if view not in self._refs:
            frames = [self._cast.scene.frames[i] for i in view]
            refs = tuple(ImageRef(f.id, f.camera.width, f.camera.height) for f in frames)
            self._refs[view] = refs, [f.id for f in frames]
        return self._refs[view]

    def _marks(self, fact: Fact) -> tuple[Mark, ...]:
        roles, scene, table = self._variant.cast, self._cast.scene, self._cast.table
        marked = [name for name in fact.items if roles[name].kind in MARKED]
        marks = []
        for name, colour in zip(marked, self._colours(tuple(marked)), strict=True):
            role, image, item = roles[name], fact.images[name], fact.items[name]
            xy = (table.anchor if role.kind == "point" else table.visible_rect)[fact.view[image], item].tolist()
            kind: Any = role.kind
            marks.append(Mark(kind, colour, image, tuple(xy), name, scene.objects[item].id, role.text))
        return tuple(marks)

    def _colours(self, marked: tuple[str, ...]) -> tuple[str, ...]:
        """Return a colour for each mark: different ones, unless texts tell the marks apart."""
        if marked not in self._palettes:
            roles = [self._variant.cast[name] for name in marked]
            free = all(role.text for role in roles)
            palettes = itertools.product(*(role.colours for role in roles))
            self._palettes[marked] = [p for p in palettes if free or len(set(p)) == len(p)]
        return self._rng.choice(self._palettes[marked])

    def _names(self, fact: Fact, marks: Sequence[Mark]) -> dict[str, str]:
        """Return what the placeholders of the wordings stand for."""
        views, scene, variant = self._variant.views, self._cast.scene, self._variant
        names = dict(views.words)
        words = iter(fact.words)
        for name, role in variant.roles.items():
            if role.kind == "camera":
                names[name] = views.camera(role.image or 0)
            elif role.kind == "word":
                names[name] = role.words[next(words)][0]
        for name, item in fact.items.items():
            kind = variant.cast[name].kind
            if kind == "named":
                names[name] = f"the {scene.objects[item].label}"
            elif kind == "route":
                walk = self._cast.floor.walks[item]
                names["start"], names["goal"] = (views.image(fact.view.index(k)) for k in (walk.start, walk.goal))
            elif kind == "category":
                names[name] = self._cast.categories[item]
                names[f"{name}_plural"] = labels.plural(names[name])
        for mark in marks:
            label = scene.objects[fact.items[mark.role]].label
            text = f"{mark.text}, " if mark.text else ""
            names[mark.role] = f"the {label} ({text}{mark.colour} {mark.kind}{views.place(mark.image)})"
        if self._listing:
            names["things"] = labels.join([names[name] for name in fact.items])
        for name in self._boxes:
            names[f"{name}_box"] = self._box(fact, name)
        for name, value in fact.facts.items():
            names[name] = fmt.filled(variant.task.facts[name].phrase(value), names)
        return names

    def _box(self, fact: Fact, name: str) -> str:
        """Return the visible box of what fills a role, in thousandths, and in which image that is."""
        image = fact.images[name]
        rect = self._cast.rects[fact.view[image], fact.items[name]].tolist()
        said = f"[{', '.join(str(round(x)) for x in rect)}]"
        return said if len(fact.view) == 1 else f"{self._variant.views.image(image)}, {said}"

    def _provenance(self, fact: Fact, frames: list[str]) -> dict[str, Any]:
        scene, variant = self._cast.scene, self._variant
        kinds = {name: role.kind for name, role in variant.cast.items()}
        words = [(name, role) for name, role in variant.roles.items() if role.kind == "word"]
        return {
            "seed": self._seed,
            "frames": frames,
            "objects": {name: scene.objects[i].id for name, i in fact.items.items() if kinds[name] in OBJECTS},
            "labels": {n: self._cast.labels[i] for n, i in fact.items.items() if kinds[n] in OBJECTS},
            "categories": {n: self._cast.categories[i] for n, i in fact.items.items() if kinds[n] == "category"},
            "images": dict(fact.images),
            "words": {name: role.words[i][0] for (name, role), i in zip(words, fact.words, strict=True)},
            "value": _plain(fact.value) if self._gaps else fact.value,
            "noise": _plain(fact.noise) if self._gaps else fact.noise,
            "margin": fact.margin,
            "facts": {name: list(x) if isinstance(x, tuple) else x for name, x in fact.facts.items()},
            "rules": self._cast.rules.digest,
        } | {
            name: {
                "from": scene.frames[walk.start].id,
                "to": scene.frames[walk.goal].id,
                "points": walk.points.tolist(),
                "clearance": _plain(walk.clearance),
            }
            for name, walk in ((n, self._cast.floor.walks[i]) for n, i in fact.items.items() if kinds[n] == "route")
        }


def _plain(value: Any) -> Any:
    """Return nested lists of numbers as JSON can have them: None where there is none."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if math.isfinite(value) else None


def _blocks(count: int, rng: random.Random) -> Iterator[int]:
    """Yield the numbers below ``count`` in shuffled blocks, so that each comes as often."""
    while True:
        block = list(range(count))
        rng.shuffle(block)
        yield from block
