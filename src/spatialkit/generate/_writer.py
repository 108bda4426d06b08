"""From a fact to its samples: marks, names, text in each format, provenance."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from spatialkit import formats as fmt
from spatialkit.generate._candidates import Ledger
from spatialkit.generate._cast import Cast
from spatialkit.generate._facts import Fact
from spatialkit.samples import Format, ImageRef, Mark, Sample
from spatialkit.tasks.base import Variant

__all__ = ["Writer"]


class Writer:
    """Turns the facts of one task and scene into samples; letters, ranks and truth values come in shuffled blocks."""

    def __init__(self, variant: Variant, cast: Cast, seed: int, rng: random.Random, ledger: Ledger) -> None:
        self._variant, self._cast, self._seed, self._rng, self._ledger = variant, cast, seed, rng, ledger
        self._letters, self._ranks, self._truths = (_blocks(n, rng) for n in (4, 4, 2))

    def samples(self, number: int, fact: Fact, chosen: Sequence[Format]) -> Iterator[Sample]:
        """Yield the fact in each of the chosen formats that can carry it."""
        task, scene = self._variant.task, self._cast.scene
        marks = self._marks(fact)
        refs = tuple(ImageRef(f.id, f.camera.width, f.camera.height) for f in (scene.frames[i] for i in fact.view))
        names = self._names(fact, marks)
        questions = itertools.cycle(self._rng.sample(task.questions, len(task.questions)))
        for kind in chosen:
            question = self._rng.choice(task.claims) if kind == "judge" else next(questions)
            words = fmt.Wordings(question, self._rng.choice(task.statements), self._rng.choice(task.notes), names)
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
                images=refs,
                question=written.question,
                answer=written.answer,
                options=written.options,
                marks=marks,
                provenance=self._provenance(fact),
            )

    def _write(self, kind: Format, fact: Fact, words: fmt.Wordings) -> fmt.Written | None:
        answer, rules, rng = self._variant.task.answer, self._cast.rules, self._rng
        truth = answer.decide(fact.value, rules)
        if kind == "select":
            rank, letter = next(self._ranks), next(self._letters)
            options = answer.options(fact.value, np.max(fact.noise), rank, rng, rules)
            if options is None:
                return None
            return fmt.select(words, answer, fmt.place_options(options, truth, letter, rng), letter, rng)
        if kind == "judge":
            claim = answer.claim(truth, bool(next(self._truths)), rng)
            return None if claim is None else fmt.judge(words, claim, rng)
        return (fmt.fill if kind == "fill" else fmt.sentence)(words, answer, truth, rng)

    def _marks(self, fact: Fact) -> tuple[Mark, ...]:
        roles, scene = self._variant.roles, self._cast.scene
        marked = {name: roles[name] for name in fact.items}
        palettes = [p for p in itertools.product(*(r.colours for r in marked.values())) if len(set(p)) == len(p)]
        marks = []
        for (name, role), colour in zip(marked.items(), self._rng.choice(palettes), strict=True):
            image, item = fact.images[name], fact.items[name]
            xy = self._cast.mark(role.kind, np.array(fact.view[image]), np.array(item))
            marks.append(
                Mark(
                    "point" if role.kind == "point" else "box",
                    colour,
                    image,
                    tuple(float(x) for x in xy),
                    role=name,
                    object_id=scene.objects[item].id,
                )
            )
        return tuple(marks)

    def _names(self, fact: Fact, marks: Sequence[Mark]) -> dict[str, str]:
        """Return what the placeholders of the wordings stand for."""
        views, scene = self._variant.views, self._cast.scene
        names = dict(views.words)
        names |= {name: names["observer"] for name, role in self._variant.roles.items() if role.kind == "camera"}
        for mark in marks:
            label = scene.objects[fact.items[mark.role]].label
            names[mark.role] = f"the {label} ({mark.colour} {mark.kind}{views.place(mark.image)})"
        names |= {name: self._variant.task.answer.phrase(round(value, 1)) for name, value in fact.facts.items()}
        return names

    def _provenance(self, fact: Fact) -> dict[str, Any]:
        scene = self._cast.scene
        return {
            "seed": self._seed,
            "frames": [scene.frames[i].id for i in fact.view],
            "objects": {name: scene.objects[i].id for name, i in fact.items.items()},
            "images": dict(fact.images),
            "value": np.asarray(fact.value).tolist(),
            "noise": np.asarray(fact.noise).tolist(),
            "margin": fact.margin,
            "given": fact.facts,
            "rules": self._cast.rules.digest,
        }


def _blocks(count: int, rng: random.Random) -> Iterator[int]:
    """Yield the numbers below ``count`` in shuffled blocks, so that each comes as often."""
    while True:
        block = list(range(count))
        rng.shuffle(block)
        yield from block
