"""From a scene to samples: fill the roles, measure, admit, balance, say."""

from __future__ import annotations

import hashlib
import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit import formats as fmt
from spatialkit import labels
from spatialkit.errors import ArgumentError, UnknownName
from spatialkit.geometry import box_iou
from spatialkit.observe import Observations, observe
from spatialkit.relations import Observer, Things
from spatialkit.rules import Rules
from spatialkit.samples import FORMATS, Format, ImageRef, Mark, Sample
from spatialkit.scene import Scene
from spatialkit.tasks.base import Role, Task, Variant, registry
from spatialkit.views import distinct_frames

__all__ = ["Ledger", "generate", "resolve"]

Array = npt.NDArray[Any]
PROBED = 256  # admissible tuples of a view whose doubt is worked out


class Ledger(Counter[tuple[str, str]]):
    """How many candidates of each task fell under which rule; "admitted" counts those that passed all."""

    def count(self, task: str, rule: str, number: int = 1) -> None:
        """Add ``number`` candidates."""
        if number:
            self[task, rule] += int(number)

    def merge(self, other: Mapping[tuple[str, str], int]) -> None:
        """Add the counts of another ledger."""
        self.update(other)

    def rows(self) -> list[tuple[str, str, int]]:
        """Return (task, rule, count), sorted."""
        return [(task, rule, count) for (task, rule), count in sorted(self.items())]


def generate(
    tasks: str | Task | Iterable[str | Task],
    scene: Scene,
    *,
    seed: int = 0,
    per_task: int = 10,
    formats: Iterable[str] | None = None,
    rules: Rules | None = None,
    ledger: Ledger | None = None,
) -> Iterator[Sample]:
    """Yield samples of a scene: for each task id up to ``per_task`` facts, each in every format of the task.

    What is yielded depends on seed, task id, scene and rules alone.

    Parameters
    ----------
    tasks
        "all", a task id, a ``Task``, or several of them.
    scene
        Where the questions are about.
    seed
        Any whole number.
    per_task
        Most facts per task id; fewer come where fewer are admissible.
    formats
        Of "fill", "select", "sentence", "judge"; None: all that a task has.
    rules
        Thresholds; None: the defaults.
    ledger
        Counts, per task, the candidates that fell under each rule.

    Raises
    ------
    UnknownName
        For a task id or format that does not exist.
    ArgumentError
        When the scene has neither depth nor a surface, or ``per_task`` is not a whole number of at least 1.
    """
    rules = Rules() if rules is None else rules
    ledger = Ledger() if ledger is None else ledger
    if isinstance(per_task, bool) or not isinstance(per_task, int) or per_task < 1:
        raise ArgumentError("per_task", found=repr(per_task), expected="a whole number of at least 1")
    wanted = FORMATS if formats is None else ((formats,) if isinstance(formats, str) else tuple(formats))
    for name in wanted:
        if name not in FORMATS:
            raise UnknownName("format", str(name), FORMATS)
    variants = resolve(tasks)
    return _generate(variants, scene, seed, per_task, wanted, rules, ledger)


def resolve(tasks: str | Task | Iterable[str | Task]) -> list[Variant]:
    """Return the variants that "all", ids or tasks stand for, in the order given.

    Raises
    ------
    UnknownName
        Naming near ids.
    """
    if tasks == "all":
        return list(registry.values())
    if isinstance(tasks, str | Task):
        tasks = [tasks]
    return [
        variant for item in tasks for variant in (item.all_variants() if isinstance(item, Task) else [registry[item]])
    ]


def _generate(
    variants: list[Variant],
    scene: Scene,
    seed: int,
    per_task: int,
    wanted: Sequence[str],
    rules: Rules,
    ledger: Ledger,
) -> Iterator[Sample]:
    cast = _Cast(scene, observe(scene), rules)
    for variant in variants:
        chosen: list[Format] = [name for name in variant.formats if name in wanted]
        if not chosen:
            continue
        if variant.task.answer.metric and not scene.metric:
            ledger.count(variant.id, "scene is not metric")
            continue
        rng = random.Random(_digest(seed, variant.id, scene.dataset, scene.id))
        writer = _Writer(variant, cast, seed, rng, ledger)
        for number, fact in enumerate(_facts(variant, cast, per_task, rng, ledger)):
            yield from writer.samples(number, fact, chosen)


def _digest(*parts: object) -> int:
    return int.from_bytes(hashlib.blake2b(repr(parts).encode(), digest_size=16).digest(), "big")


class _Cast:
    """Who may play in a scene: objects that may be asked about, frames that may be shown, where each can be marked."""

    def __init__(self, scene: Scene, table: Observations, rules: Rules) -> None:
        self.scene, self.table, self.rules = scene, table, rules
        self.centres, sizes, rotations = scene.boxes
        self.poses = np.array([f.world_from_cam for f in scene.frames]).reshape(-1, 4, 4)
        times = [f.time for f in scene.frames]
        self.times = np.array([i if t is None else t for i, t in enumerate(times)], dtype=np.float64)
        if None in times or (np.diff(self.times) <= 0).any():
            self.times = np.arange(len(times), dtype=np.float64)
        self.distinct = distinct_frames(self.poses, table.usable, rules)
        self.labels = np.array([labels.normalise(o.label) for o in scene.objects], dtype=object)
        self.refused = self._refused(sizes, rotations)
        self.parts = self._parts(sizes, rotations)
        self.markable = {"point": self._points(), "box": self._boxes()}

    def _refused(self, sizes: Array, rotations: Array) -> dict[str, Array]:
        """Objects that are never asked about, by rule."""
        names = self.labels
        spans = np.einsum("nij,nj->ni", np.abs(rotations), sizes)
        wide = spans > self.rules.largest_share * np.where(self.table.extent > 0, self.table.extent, np.inf)
        return {
            "placeholder label": np.array([n in self.rules.placeholders for n in names], dtype=bool),
            "structure label": np.array([n in self.rules.structure for n in names], dtype=bool),
            "as large as the room": wide.sum(axis=1) >= 2,
            "too small": sizes.max(axis=1, initial=0.0) < self.rules.smallest_side,
        }

    def _parts(self, sizes: Array, rotations: Array) -> Array:
        """Pairs (N, N) of which one lies mostly within the other."""
        boxes = (self.centres, sizes, rotations)
        iou = box_iou(boxes, boxes)
        volume = sizes.prod(axis=1)
        both = iou * (volume[:, None] + volume) / (1 + iou)
        return np.asarray(both > self.rules.part_overlap * np.minimum(volume[:, None], volume))

    def _visible(self) -> Array:
        allowed = ~np.any(list(self.refused.values()), axis=0)
        table, rules = self.table, self.rules
        seen = (table.visible_share >= rules.visible_share) & (table.pixel_share >= rules.pixel_share) & allowed
        if rules.centre_in_image:
            for i, frame in enumerate(self.scene.frames):
                u, v, _ = table.centre[i].T
                with np.errstate(invalid="ignore"):
                    seen[i] &= (abs(u + 0.5 - frame.camera.width / 2) <= frame.camera.width / 2) & (
                        abs(v + 0.5 - frame.camera.height / 2) <= frame.camera.height / 2
                    )
        return np.asarray(seen)

    def _points(self) -> Array:
        return np.asarray(self._visible() & np.isfinite(self.table.anchor).all(axis=2))

    def _boxes(self) -> Array:
        rect = self.table.visible_rect
        size = np.array([(f.camera.width, f.camera.height) for f in self.scene.frames]).reshape(-1, 1, 2)
        with np.errstate(invalid="ignore"):
            large = ((rect[..., 2:] - rect[..., :2]) >= self.rules.box_side * size).all(axis=2)
        return np.asarray(self._visible() & large)

    def mark(self, kind: str, frame: Array, item: Array) -> Array:
        """Return where objects are marked: (n, 2) points or (n, 4) boxes, pixels."""
        return np.asarray((self.table.anchor if kind == "point" else self.table.visible_rect)[frame, item])


@dataclass(frozen=True, eq=False)
class _Pool:
    """Admitted candidates of one view: per role the object and its image, and what was measured."""

    view: tuple[int, ...]
    items: dict[str, Array]
    images: dict[str, Array]
    values: Array
    noise: Array
    margin: Array
    facts: dict[str, Array]
    strata: list[Any]
    labels: list[tuple[str, ...]]

    def subject(self, index: int) -> Any:
        """Return what a candidate is about: its objects, and for a single object also where it is seen from."""
        things = frozenset(int(x[index]) for x in self.items.values())
        return things if len(things) > 1 else (things, self.view)


@dataclass(frozen=True, slots=True)
class _Fact:
    """One admitted candidate."""

    view: tuple[int, ...]
    items: dict[str, int]
    images: dict[str, int]
    value: Any
    noise: Any
    margin: float
    facts: dict[str, float]


def _facts(variant: Variant, cast: _Cast, per_task: int, rng: random.Random, ledger: Ledger) -> Iterator[_Fact]:
    """Yield up to ``per_task`` facts, their answers balanced, spread over the views."""
    frames = np.flatnonzero(cast.table.usable) if variant.views.kind == "video" else cast.distinct
    drawn = variant.views.draw(cast.table.shared, frames, cast.times, cast.rules, rng)
    pools: list[tuple[_Pool, list[int]]] = []
    used: Counter[Any] = Counter()
    asked: set[Any] = set()
    made = shown = 0
    for view in itertools.islice(drawn, 16 + 2 * per_task):
        shown += 1
        if made == per_task:
            return
        pool = _pool(variant, cast, view, rng, ledger)
        if pool is None:
            continue
        order = list(range(len(pool.strata)))
        rng.shuffle(order)
        pools.append((pool, order))
        fact = _next(pool, order, used, asked)
        if fact is not None:
            made += 1
            yield fact
    while pools and made < per_task:
        left = []
        for pool, order in pools:
            fact = _next(pool, order, used, asked) if made < per_task else None
            if fact is not None:
                made += 1
                yield fact
                left.append((pool, order))
        pools = left
    if not shown:
        ledger.count(variant.id, "too few frames, or none that overlap as they should")
    elif not made:
        ledger.count(variant.id, "no admissible candidate")


def _next(pool: _Pool, order: list[int], used: Counter[Any], asked: set[Any]) -> _Fact | None:
    """Take the candidate whose answer, then whose labels, came up least so far; none about the same objects again."""
    order[:] = [i for i in order if pool.subject(i) not in asked]
    if not order:
        return None
    best = min(order, key=lambda i: (used[pool.strata[i]], sum(used[label] for label in pool.labels[i])))
    used.update([pool.strata[best], *pool.labels[best]])
    asked.add(pool.subject(best))
    return _Fact(
        view=pool.view,
        items={r: int(x[best]) for r, x in pool.items.items()},
        images={r: int(x[best]) for r, x in pool.images.items()},
        value=pool.values[best],
        noise=pool.noise[best],
        margin=float(np.min(pool.margin[best] - pool.noise[best])),
        facts={name: float(x[best]) for name, x in pool.facts.items()},
    )


def _pool(variant: Variant, cast: _Cast, view: tuple[int, ...], rng: random.Random, ledger: Ledger) -> _Pool | None:
    """Return the admitted candidates of one view; what fell, and why, goes to the ledger."""
    roles = {name: role for name, role in variant.roles.items() if role.kind != "camera"}
    generator = np.random.default_rng(rng.getrandbits(64))
    tuples = _tuples(roles, cast, view, generator)
    if tuples is None:
        ledger.count(variant.id, "too few objects to mark")
        return None
    items, images = tuples

    def keep(mask: Array) -> None:
        for table in (items, images):
            for name in table:
                table[name] = table[name][mask]

    def drop(rule: str, mask: Array) -> None:
        ledger.count(variant.id, rule, int(mask.sum()))
        keep(~mask)

    drop("one is part of the other", _any_pair(roles, lambda a, b: cast.parts[items[a], items[b]], items))
    drop("marks too close", _marks_collide(roles, cast, view, items, images))
    if variant.views.kind == "multi":
        drop("one image would do", _one_image(variant, images))
    stage = _Stage(variant, cast, view, items, images)
    values, facts = stage.measure()
    answer, rules = variant.task.answer, cast.rules
    refused = answer.refuse(values, rules)
    refused |= {f"{name} out of range": ~((f >= rules.least) & (f <= rules.most)) for name, f in facts.items()}
    alive = np.ones(len(values), dtype=bool)
    for rule, mask in refused.items():
        ledger.count(variant.id, rule, int((mask & alive).sum()))
        alive &= ~mask
    chosen = np.flatnonzero(alive)
    if not len(chosen):
        return None
    if len(chosen) > PROBED:
        chosen = np.sort(generator.choice(chosen, PROBED, replace=False))
    keep(chosen)
    values, facts = values[chosen], {name: f[chosen] for name, f in facts.items()}
    margin = answer.margin(values, rules)
    noise = _Stage(variant, cast, view, items, images).noise()
    sure = np.all(np.asarray(noise <= margin).reshape(len(values), -1), axis=1)
    ledger.count(variant.id, "noise could change the answer", int((~sure).sum()))
    ledger.count(variant.id, "admitted", int(sure.sum()))
    if not sure.any():
        return None
    keep(sure)
    values = values[sure]
    return _Pool(
        view,
        items,
        images,
        values,
        noise[sure],
        margin[sure],
        {name: f[sure] for name, f in facts.items()},
        answer.strata(values, rules),
        list(zip(*(cast.labels[item] for item in items.values()), strict=True)),
    )


def _tuples(
    roles: Mapping[str, Role], cast: _Cast, view: tuple[int, ...], generator: np.random.Generator
) -> tuple[dict[str, Array], dict[str, Array]] | None:
    """Return, per role, objects and images of all tuples of distinct objects, or of a random part if there are many."""
    places = {name: np.nonzero(cast.markable[role.kind][list(view)]) for name, role in roles.items()}
    sizes = [len(image) for image, _ in places.values()]
    total = int(np.prod(sizes, dtype=np.float64)) if sizes else 0
    if not total:
        return None
    if total <= cast.rules.search:
        index = np.unravel_index(np.arange(total), sizes)
    else:
        picked = np.stack([generator.integers(0, size, cast.rules.search) for size in sizes])
        index = tuple(np.unique(picked, axis=1))
    images = {name: places[name][0][i] for name, i in zip(roles, index, strict=True)}
    items = {name: places[name][1][i] for name, i in zip(roles, index, strict=True)}
    distinct = ~_any_pair(roles, lambda a, b: items[a] == items[b], items)
    if not distinct.any():
        return None
    return {n: x[distinct] for n, x in items.items()}, {n: x[distinct] for n, x in images.items()}


def _one_image(variant: Variant, images: Mapping[str, Array]) -> Array:
    """Return where everything that the question is about stands in one image, the observer's included if it has one."""
    shown = np.stack(list(images.values()))
    if variant.task.observed or "camera" in (role.kind for role in variant.roles.values()):
        shown = np.vstack([shown, np.zeros_like(shown[:1])])
    return np.asarray((shown == shown[0]).all(axis=0))


def _any_pair(roles: Mapping[str, Role], test: Callable[[str, str], Array], items: Mapping[str, Array]) -> Array:
    """Return where any two roles pass a test."""
    found = np.zeros(len(next(iter(items.values()))), dtype=bool)
    for a, b in itertools.combinations(roles, 2):
        found |= test(a, b)
    return found


def _marks_collide(
    roles: Mapping[str, Role],
    cast: _Cast,
    view: tuple[int, ...],
    items: Mapping[str, Array],
    images: Mapping[str, Array],
) -> Array:
    """Return where two marks on the same image could be taken for one another."""
    frames = np.array(view)
    width = np.array([cast.scene.frames[i].camera.width for i in view], dtype=np.float64)
    marks = {name: cast.mark(role.kind, frames[images[name]], items[name]) for name, role in roles.items()}

    def collide(a: str, b: str) -> Array:
        same = images[a] == images[b]
        if roles[a].kind == roles[b].kind == "point":
            apart = np.linalg.norm(marks[a] - marks[b], axis=1)
            return np.asarray(same & (apart < cast.rules.mark_gap * width[images[a]]))
        if roles[a].kind == roles[b].kind == "box":
            return np.asarray(same & (_overlap(marks[a], marks[b]) > cast.rules.mark_overlap))
        return np.zeros(len(same), dtype=bool)

    return _any_pair(roles, collide, items)


def _overlap(a: Array, b: Array) -> Array:
    """Return the intersection over union of rectangles (n, 4)."""
    low, high = np.maximum(a[:, :2], b[:, :2]), np.minimum(a[:, 2:], b[:, 2:])
    both = np.clip(high - low, 0, None).prod(axis=1)
    area = (a[:, 2:] - a[:, :2]).prod(axis=1) + (b[:, 2:] - b[:, :2]).prod(axis=1)
    return np.asarray(both / np.maximum(area - both, 1e-12))


class _Stage:
    """The candidates of one view with their geometry, which can be shaken to see what noise does to the value."""

    def __init__(
        self,
        variant: Variant,
        cast: _Cast,
        view: tuple[int, ...],
        items: Mapping[str, Array],
        images: Mapping[str, Array],
    ) -> None:
        self._variant, self._cast, self._images = variant, cast, images
        self._observer = cast.poses[view[0]]
        self._poses = {name: cast.poses[list(view)][image] for name, image in images.items()}
        self._centres = {name: cast.centres[item] for name, item in items.items()}
        self._count = len(next(iter(items.values())))

    def measure(self) -> tuple[Array, dict[str, Array]]:
        """Return the task's raw values and the facts that it gives."""
        return self._at(self._observer, self._poses, self._centres)

    def noise(self) -> Array:
        """Return how far the scene's stated noise can move each component of the value: a first-order bound.

        Every centre and every camera is moved by the stated distance and every camera turned by the stated angle, along
        the direction that matters most; the changes add up.
        """
        base = self.measure()[0]
        total = np.zeros_like(base)
        for shaken in self._shaken():
            squares = [np.square(self._at(*geometry)[0] - base) for geometry in shaken]
            total += np.sqrt(np.sum(squares, axis=0))
        return total

    def _shaken(self) -> Iterator[Iterator[tuple[Array, dict[str, Array], dict[str, Array]]]]:
        """Yield, for each thing that may be off, the geometry with it moved along (or turned about) each axis."""
        sensor = self._cast.scene.sensor
        axes = self._observer[:3, :3].T * sensor.position
        for name in self._centres:
            yield ((self._observer, self._poses, self._centres | {name: self._centres[name] + s}) for s in axes)
        changes = [_shift(s) for s in np.eye(3) * sensor.position], [_turn(axis, sensor.rotation_deg) for axis in range(3)]
        for change in changes:
            yield (self._with_camera(m, None) for m in change)
            for name in self._poses:
                yield (self._with_camera(m, name) for m in change)

    def _with_camera(self, change: Array, role: str | None) -> tuple[Array, dict[str, Array], dict[str, Array]]:
        """Return the geometry with the observer's camera changed, or the one that marks a role if it is another."""
        if role is None:
            poses = {
                name: np.where((self._images[name] == 0)[:, None, None], pose @ change, pose)
                for name, pose in self._poses.items()
            }
            return self._observer @ change, poses, self._centres
        other = (self._images[role] != 0)[:, None, None]
        pose = self._poses[role]
        return self._observer, self._poses | {role: np.where(other, pose @ change, pose)}, self._centres

    def _at(
        self, observer: Array, poses: Mapping[str, Array], centres: Mapping[str, Array]
    ) -> tuple[Array, dict[str, Array]]:
        who = Observer(observer, self._cast.scene.up, self._cast.rules.steepest_deg)
        filled = {}
        for name, role in self._variant.roles.items():
            if role.kind == "camera":
                pose = np.broadcast_to(observer, (self._count, 4, 4))
                filled[name] = Things(pose[:, :3, 3], pose, who)
            else:
                filled[name] = Things(centres[name], poses[name], who)
        result = self._variant.task.measure(**filled)
        return result if isinstance(result, tuple) else (result, {})


def _shift(offset: Array) -> Array:
    change = np.eye(4)
    change[:3, 3] = offset
    return change


def _turn(axis: int, degrees: float) -> Array:
    """Return the rotation (4, 4) about one of the camera's own axes."""
    i, j = (axis + 1) % 3, (axis + 2) % 3
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    change = np.eye(4)
    change[i, i], change[i, j], change[j, i], change[j, j] = cos, -sin, sin, cos
    return change


class _Writer:
    """Turns the facts of one task and scene into samples; letters, ranks and truth values come in shuffled blocks."""

    def __init__(self, variant: Variant, cast: _Cast, seed: int, rng: random.Random, ledger: Ledger) -> None:
        self._variant, self._cast, self._seed, self._rng, self._ledger = variant, cast, seed, rng, ledger
        self._letters, self._ranks, self._truths = (_blocks(n, rng) for n in (4, 4, 2))

    def samples(self, number: int, fact: _Fact, chosen: Sequence[Format]) -> Iterator[Sample]:
        """Yield the fact in each of the chosen formats that can carry it."""
        task, scene = self._variant.task, self._cast.scene
        marks = self._marks(fact)
        refs = tuple(ImageRef(f.id, f.camera.width, f.camera.height) for f in (scene.frames[i] for i in fact.view))
        words = fmt.Wordings(task.questions, task.statements, task.claims, task.notes, self._names(fact, marks))
        for kind in chosen:
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

    def _write(self, kind: Format, fact: _Fact, words: fmt.Wordings) -> fmt.Written | None:
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
        return fmt.plain(kind, words, answer, truth, rng)

    def _marks(self, fact: _Fact) -> tuple[Mark, ...]:
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

    def _names(self, fact: _Fact, marks: Sequence[Mark]) -> dict[str, str]:
        """Return what the placeholders of the wordings stand for."""
        views, scene = self._variant.views, self._cast.scene
        names = dict(views.words)
        names |= {name: names["observer"] for name, role in self._variant.roles.items() if role.kind == "camera"}
        for mark in marks:
            label = scene.objects[fact.items[mark.role]].label
            names[mark.role] = f"the {label} ({mark.colour} {mark.kind}{views.place(mark.image)})"
        names |= {name: self._variant.task.answer.phrase(round(value, 1)) for name, value in fact.facts.items()}
        return names

    def _provenance(self, fact: _Fact) -> dict[str, Any]:
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
