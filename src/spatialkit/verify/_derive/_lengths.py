"""How deep, and how far apart."""

from __future__ import annotations

from collections.abc import Iterator

from spatialkit.samples import Sample
from spatialkit.verify import _truth
from spatialkit.verify._derive._common import Fault, badly_rounded, marked, sure_enough, told, within
from spatialkit.verify._names import Text
from spatialkit.verify._reading import amounts, reference_given, spoken_of, tokens
from spatialkit.verify._truth import Length
from spatialkit.verify._world import World

__all__ = ["depth", "distance"]


def depth(sample: Sample, world: World, question: Text, answer: Text) -> Iterator[str]:
    """Check the depth of the blue thing, or the difference of blue and green; that of the red one is given."""
    pair = "_oo" in sample.task
    wanted = {"red", "blue", "green"} if pair else {"red", "blue"}
    things = marked(sample, wanted, "point")
    given = reference_given(question.plain)
    if given is None:
        raise Fault("the question does not give one depth of one thing")
    colour, said = given
    if colour != "red" or things["red"].role != "reference":
        yield f"the question gives the depth of the {colour} thing, expected the red one in the role 'reference'"
    seen = {token: (thing.object_id, thing.frame) for token, thing in things.items()}
    depths = {token: _truth.deep(world, *where) for token, where in seen.items()}
    if badly_rounded(said, depths[colour].value):
        yield f"the question gives {said} m as the depth of the {colour} thing, it is {depths[colour].value:.4f} m"
    yield from sure_enough(depths[colour], world, f"the given depth of the {colour} thing,")
    asked = [c for c in tokens(question.plain) if c != colour]
    if set(asked) != wanted - {"red"}:
        raise Fault(f"the question asks about {asked}, expected {sorted(wanted - {'red'})}")
    least_deep = min(length.value for length in depths.values())
    if least_deep <= 0:
        yield f"a depth of {least_deep:.3f} m lies behind its camera"
    if pair:
        value, least = _truth.deeper(world, seen["blue"], seen["green"]), world.rules.least_difference
    else:
        value, least = depths["blue"], world.rules.least
    yield from _number(sample, world, value, least, answer, set(asked))


def distance(sample: Sample, world: World, question: Text, answer: Text) -> Iterator[str]:
    """Check the distance between the centres of the red and the blue thing, or of the red one from the observer."""
    from_camera = "_oc" in sample.task
    wanted = {"red"} if from_camera else {"red", "blue"}
    things = marked(sample, wanted, "point")
    if from_camera != bool("camera" in question.plain.lower() or "observer" in question.plain.lower()):
        yield f"the question {'does not name' if from_camera else 'names'} the camera"
    if from_camera:
        value = _truth.from_eye(world, things["red"].object_id, sample.images[0].frame)
    else:
        value = _truth.apart(world, things["red"].object_id, things["blue"].object_id)
    yield from _number(sample, world, value, world.rules.least, answer, wanted)


def _number(sample: Sample, world: World, length: Length, least: float, answer: Text, asked: set[str]) -> Iterator[str]:
    yield from sure_enough(length, world)
    yield from within(length.value, least, world.rules.most)
    if sample.format == "sentence" and set(spoken_of(answer.plain)) != asked:
        yield f"the sentence speaks of {spoken_of(answer.plain)}, expected {sorted(asked)}"
    yield from told(sample, length, amounts(answer.plain))
