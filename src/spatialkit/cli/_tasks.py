"""Tasks, described."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spatialkit.samples import Sample

__all__ = ["answer_name", "describe_role", "describe_views", "examples_of"]

EXAMPLE = {"frames": 64, "width": 320, "height": 240}  # how the built-in flat is rendered for an example


def describe_views(views: Any) -> str:
    """Say how many images a variant shows."""
    from spatialkit.rules import Rules

    count = views.images(Rules())
    return f"{count} {'frame' if views.kind == 'video' else 'image'}{'' if count == 1 else 's'}"


def describe_role(role: Any) -> str:
    """Say what fills a role."""
    if role.kind == "camera":
        return "the observer" if not role.image else f"the camera of image {role.image + 1}"
    if role.kind == "word":
        return " or ".join(word for word, _ in role.words)
    what = {
        "named": "an object, by its name",
        "category": "all objects of one name",
        "room": "the floor",
        "route": "a walk",
    }
    text = f", {role.text!r} beside it" if role.text else ""
    return what.get(role.kind) or f"{' or '.join(role.colours)} {role.kind}{text}"


def examples_of(variant: Any) -> list[Sample]:
    """Return one fact about the built-in flat, in each format of a task."""
    from spatialkit.adapters import load_scene
    from spatialkit.generate import generate

    scene = load_scene("toy", None, "flat-0", **EXAMPLE)
    made = list(generate(variant.id, scene, per_task=8))
    facts: dict[str, list[Sample]] = {}
    for sample in made:
        facts.setdefault(sample.id.rpartition("-")[0], []).append(sample)
    return max(facts.values(), key=len, default=[])


def answer_name(variant: Any) -> str:
    """Say what kind of answer a variant has."""
    return type(variant.task.answer).__name__.lower()
