"""Whether what is named without a mark can be found: seen in the images, and the only one that goes by that name."""

from __future__ import annotations

from collections.abc import Iterator

from spatialkit.samples import Sample
from spatialkit.verify._marks import check_seen, check_worth
from spatialkit.verify._names import Thing, akin, called, things
from spatialkit.verify._sight import sights
from spatialkit.verify._world import World

__all__ = ["check_bare", "provable"]


def check_bare(sample: Sample, world: World) -> Iterator[str]:
    """Yield what is wrong with the things of a sample that carry no mark."""
    for thing in things(sample).values():
        if thing.mark is not None:
            continue
        if thing.object_id not in world.scene.object_index:
            yield f"{thing.role!r} is object {thing.object_id}, which the scene does not have"
            continue
        yield from check_worth(thing.object_id, world)
        yield from check_seen(thing.object_id, thing.frame, world)
        yield from _alone(thing, sample, world)


def _alone(thing: Thing, sample: Sample, world: World) -> Iterator[str]:
    """Yield another thing that the images show and that goes by the same name."""
    name = called(world.object(thing.object_id).label).lower()
    for other in world.scene.objects:
        if other.id == thing.object_id or not akin(name, called(other.label).lower()):
            continue
        for number, image in enumerate(sample.images, start=1):
            sight = sights(world).of(image.frame, other.id)
            if sight.surely_glimpsed(world.rules.seen_share, world.rules.pixel_share):
                yield f"the {name} is not told apart from object {other.id}, a {other.label!r} in image {number}"
                return


def provable(sample: Sample, world: World) -> bool:
    """Return whether the scene holds anything that shows where the things of a sample are visible."""
    seen = [(thing.frame, thing.object_id) for thing in things(sample).values()]
    if sample.provenance.get("categories"):
        ids = [item.id for item in world.scene.objects]
        seen += [(image.frame, ids[0]) for image in sample.images if ids]
    return all(world.evidence(frame, object_id) for frame, object_id in seen)
