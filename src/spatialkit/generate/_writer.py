"""From a fact to its samples: marks, names, text in each format, provenance."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Sequence
from typing import Any

from spatialkit import formats as fmt
from spatialkit import labels
from spatialkit.generate._candidates import Ledger
from spatialkit.generate._cast import Cast
from spatialkit.generate._facts import Fact, blocks
from spatialkit.samples import Format, ImageRef, Mark, Sample
from spatialkit.tasks.base import OBJECTS, Variant, placeholders

__all__ = ["Writer"]


class Writer:
    """Turns the facts of one task and scene into samples; letters, wordings and truth come in shuffled blocks."""

    def __init__(self, variant: Variant, cast: Cast, seed: int, rng: random.Random, ledger: Ledger) -> None:
        self._variant, self._cast, self._seed, self._rng, self._ledger = variant, cast, seed, rng, ledger
        task, views = variant.task, variant.views
        count = task.answer.option_count
        self._letters, self._truths = blocks(range(count), rng), blocks(range(2), rng)
        self._truth = next(self._truths)
        self._firsts, self._notes = blocks(range(len(task.questions)), rng), blocks(task.notes, rng)
        self._prompts = {kind: blocks(fmt.prompts(task.answer, kind), rng) for kind in variant.formats}
        self._said: dict[frozenset[str], Iterator[str]] = {}
        self._refs: dict[tuple[int, ...], tuple[tuple[ImageRef, ...], list[str]]] = {}
        self._colours: dict[tuple[str, ...], Iterator[tuple[str, ...]]] = {}
        self._starts: dict[tuple[int, ...], int] = {}
        self._gaps = any(role.optional or role.kind == "route" for role in variant.cast.values())
        self._listing = "things" in placeholders((*task.questions, *task.notes, *task.claims, *task.statements))
        cameras = {name: role.image or 0 for name, role in variant.roles.items() if role.kind == "camera"}
        self._names = views.words | {name: views.camera(image) for name, image in cameras.items()}
        self._words = [(name, [said for said, _ in r.words]) for name, r in variant.roles.items() if r.kind == "word"]
        self._objects = [name for name, role in variant.cast.items() if role.kind in OBJECTS]
        self._categories = [name for name, role in variant.cast.items() if role.kind == "category"]
        self._routes = [name for name, role in variant.cast.items() if role.kind == "route"]

    def samples(self, number: int, fact: Fact, chosen: Sequence[Format]) -> Iterator[Sample]:
        """Yield the fact in each of the chosen formats that can carry it."""
        task, scene = self._variant.task, self._cast.scene
        marks = self._marks(fact)
        names = self._named(fact, marks)
        images, frames = self._images(fact.view)
        provenance = self._provenance(fact, frames)
        first = self._first_wording(fact)
        for place, kind in enumerate(chosen):
            pool = task.claims if kind == "judge" else task.questions
            question = pool[(first + place) % len(pool)]
            words = fmt.Wordings(question, next(self._notes), next(self._prompts[kind]), names)
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
            return next(self._firsts)
        things = tuple(fact.items.values())
        if things not in self._starts:
            self._starts[things] = next(self._firsts)
        return self._starts[things] + fact.turn

    def _write(self, kind: Format, fact: Fact, words: fmt.Wordings) -> fmt.Written | None:
        answer, rules, rng = self._variant.task.answer, self._cast.rules, self._rng
        if kind == "fill":
            return fmt.fill(words, answer, fact.asked.answer)
        if kind == "sentence":
            statement = self._statement(frozenset(fact.facts))
            return None if statement is None else fmt.sentence(words, answer, fact.asked.answer, statement, rules)
        if kind == "select":
            if fact.options is None:
                return None
            letter = next(self._letters)
            options = fmt.place_options(fact.options, fact.asked.answer, letter, rng)
            return fmt.select(words, answer, options, letter, rules)
        claim = answer.claim(fact.asked, bool(self._truth), rng) if fact.fair else None
        if claim is None:
            return None
        self._truth = next(self._truths)
        return fmt.judge(words, claim)

    def _statement(self, facts: frozenset[str]) -> str | None:
        """Return a statement that says no other facts than these, None if there is none."""
        if facts not in self._said:
            task = self._variant.task
            texts = [text for text in task.statements if placeholders((text,)) & task.facts.keys() <= facts]
            self._said[facts] = blocks(texts, self._rng)
        return next(self._said[facts], None)

    def _images(self, view: tuple[int, ...]) -> tuple[tuple[ImageRef, ...], list[str]]:
        """Return the images of a view and the ids of their frames."""
        if view not in self._refs:
            frames = [self._cast.scene.frames[i] for i in view]
            refs = tuple(ImageRef(f.id, f.camera.width, f.camera.height) for f in frames)
            self._refs[view] = refs, [f.id for f in frames]
        return self._refs[view]

    def _marks(self, fact: Fact) -> tuple[Mark, ...]:
        if not fact.marks:
            return ()
        roles, scene = self._variant.cast, self._cast.scene
        marks = []
        for (name, xy), colour in zip(fact.marks.items(), next(self._palettes(tuple(fact.marks))), strict=True):
            role, thing = roles[name], scene.objects[fact.items[name]].id
            kind: Any = role.kind
            marks.append(Mark(kind, colour, fact.images[name], tuple(xy), name, thing, role.text))
        return tuple(marks)

    def _palettes(self, marked: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """Return colours for the marks: different ones, unless texts tell the marks apart."""
        if marked not in self._colours:
            roles = [self._variant.cast[name] for name in marked]
            free = all(role.text for role in roles)
            palettes = itertools.product(*(role.colours for role in roles))
            self._colours[marked] = blocks([p for p in palettes if free or len(set(p)) == len(p)], self._rng)
        return self._colours[marked]

    def _named(self, fact: Fact, marks: Sequence[Mark]) -> dict[str, str]:
        """Return what the placeholders of the wordings stand for."""
        variant, scene = self._variant, self._cast.scene
        views, names = variant.views, self._names.copy()
        for (name, words), word in zip(self._words, fact.words, strict=True):
            names[name] = words[word]
        for name in self._routes:
            walk = self._cast.floor.walks[fact.items[name]]
            names["start"], names["goal"] = (views.image(fact.view.index(k)) for k in (walk.start, walk.goal))
        for name in self._categories:
            names[name] = self._cast.categories[fact.items[name]]
            names[f"{name}_plural"] = labels.plural(names[name])
        for name in self._objects:
            if name in fact.items and name not in fact.marks:
                names[name] = f"the {scene.objects[fact.items[name]].label}"
        for mark in marks:
            label = scene.objects[fact.items[mark.role]].label
            text = f"{mark.text}, " if mark.text else ""
            names[mark.role] = f"the {label} ({text}{mark.colour} {mark.kind}{views.place(mark.image)})"
        if self._listing:
            names["things"] = labels.join([names[name] for name in fact.items])
        for name, rect in fact.boxes.items():
            said = f"[{', '.join([str(round(x)) for x in rect])}]"
            names[f"{name}_box"] = said if len(fact.view) == 1 else f"{views.image(fact.images[name])}, {said}"
        for name, value in fact.facts.items():
            names[name] = fmt.filled(variant.task.facts[name].phrase(value), names)
        return names

    def _provenance(self, fact: Fact, frames: list[str]) -> dict[str, Any]:
        scene, cast = self._cast.scene, self._cast
        things = {name: fact.items[name] for name in self._objects if name in fact.items}
        found: dict[str, Any] = {
            "seed": self._seed,
            "frames": frames,
            "objects": {name: scene.objects[i].id for name, i in things.items()},
            "labels": {name: cast.labels[i] for name, i in things.items()},
            "categories": {name: cast.categories[fact.items[name]] for name in self._categories},
            "images": fact.images,
            "words": {name: words[word] for (name, words), word in zip(self._words, fact.words, strict=True)},
            "value": _plain(fact.asked.value) if self._gaps else fact.asked.value,
            "noise": _plain(fact.asked.noise) if self._gaps else fact.asked.noise,
            "margin": fact.margin,
            "facts": {name: list(x) if isinstance(x, tuple) else x for name, x in fact.facts.items()},
            "rules": cast.rules.digest,
        }
        for name in self._routes:
            walk = cast.floor.walks[fact.items[name]]
            found[name] = {
                "from": scene.frames[walk.start].id,
                "to": scene.frames[walk.goal].id,
                "points": walk.points.tolist(),
                "clearance": _plain(walk.clearance),
            }
        return found


def _plain(value: Any) -> Any:
    """Return nested lists of numbers as JSON can have them: None where there is none."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if math.isfinite(value) else None
