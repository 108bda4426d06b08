"""Where things are for an observer who has moved in thought, and where they are on a ground plan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from spatialkit.answers import Directions, Layout, Slot
from spatialkit.relations import Things, from_observer, standing, to_each_other
from spatialkit.tasks.base import Task, box, named
from spatialkit.tasks.relation import UP_DOWN, ObjSpatialRelationOO
from spatialkit.views import Views, multi, single, video

MARKED = {"stand": box("green"), "face": box("blue"), "target": box("red")}
MARKED_PAIR = {**MARKED, "reference": box("yellow")}

AROUND = Directions(
    (
        Slot("right", "left", "on the right", "on the left"),
        Slot("above", "below", "above eye level", "below eye level", synonyms=UP_DOWN),
        Slot("front", "behind", "in front", "behind", synonyms=(("ahead", "front"), ("back", "behind"))),
    )
)
COMPARED = ObjSpatialRelationOO.answer


MOVES = (
    "The observer starts at {observer}; after the move their eye is at the centre of what they moved to, and they look "
    "level towards the centre of what they face.",
    "At first the observer looks through {observer}. Having moved, they look out from the centre of the 3D box of what "
    "they moved to, with a level head, towards the centre of what they face.",
    "Before the move, take the view of {observer}; after it, that of an eye at the centre of what the observer moved "
    "to, which looks level towards the centre of what they face.",
)


def of_a_move(*terms: str) -> tuple[str, ...]:
    """Return what the move means, followed by what the terms mean."""
    return tuple(f"{move} {text}" for move, text in zip(MOVES, terms, strict=True))


def views(name: str, marked: dict[str, Any]) -> dict[str, Views]:
    """Return the four variants of a question about a move; in a video texts tell the marks apart, or nothing does."""
    texts: dict[str, Any] = {role: replace(mark, text=f"object{i}") for i, (role, mark) in enumerate(marked.items())}
    unmarked: dict[str, Any] = dict.fromkeys(marked, named())
    return {
        name: single(),
        f"{name}_mv": multi(cover=True),
        f"{name}_video": video(formats=("sentence",), **texts),
        f"{name}_video_hard": video(formats=("sentence",), **unmarked),
    }


class SpatialImaginationOC(Task):
    """Where a thing is from the observer, before and after a move to another thing."""

    level = "high"
    roles = MARKED
    variants = views("spatial_imagination_oc", MARKED)
    answer = replace(AROUND, after=True)
    facts = {"before": AROUND}
    formats = ("select", "sentence")
    questions = (
        "Where does the observer find {target} at first, and where after moving to the centre of {stand} and turning "
        "to face {face}?",
        "The observer moves to the centre of {stand} and turns to face {face}. Describe the position of {target} as "
        "the observer finds it before and after this.",
        "In which direction does the observer have {target} at the start, and in which after going to the centre of "
        "{stand} and facing {face}?",
        "Imagine that the observer goes to the centre of {stand} and turns towards {face}. How does this change where "
        "the observer finds {target}?",
        "Suppose the observer takes up a place at the centre of {stand} and looks towards {face}. Where would you say "
        "the observer finds {target} before and after doing so?",
        "From the starting place, and again from the centre of {stand} turned towards {face}: in which "
        "direction does the observer look for {target}?",
        "The observer looks for {target} twice, once from the starting place and once from the centre of {stand}, "
        "facing {face}. In which directions?",
        "What position does {target} have for the observer, first as things are and then from the centre of {stand}, "
        "facing {face}?",
    )
    statements = (
        "At first the observer finds {target} {before}; after the move to {stand}, facing {face}, they find {target} "
        "{answer}.",
        "To begin with, the position of {target} is {before}; once at {stand} and facing {face}, the observer has "
        "{target} {answer}.",
        "Seen from {observer}, the position of {target} is {before}; then, from {stand} and facing {face}, it is "
        "{answer}.",
        "The observer starts with {target} {before}; after moving to {stand} and turning to {face}, they have "
        "{target} {answer}.",
        "From the starting place the observer looks for {target} {before}; from {stand}, now facing {face}, they look "
        "for {target} {answer}.",
        "The position of {target} is {before} at the start; once the observer stands at {stand} and faces {face}, it "
        "is {answer}.",
        "While still in the old place, the observer finds {target} {before}; once moved to {stand} and turned to "
        "{face}, they find {target} {answer}.",
        "For the observer at the start, the position of {target} is {before}; at {stand} and facing {face}, they then "
        "find {target} {answer}.",
    )
    notes = of_a_move(
        "Left, right, in front and behind go by the way the observer faces at the time, above and below by height from "
        "the observer's eye; objects count at the centres of their 3D boxes.",
        "Left or right and in front or behind are the observer's own, above or below means higher or lower than their "
        "eye; the centre of a 3D box stands for its object.",
        "Sides are those of the observer at that moment, heights are compared with the eye, and each object is where "
        "the centre of its 3D box is.",
    )

    def measure(self, stand: Things, face: Things, target: Things) -> Any:  # type: ignore[override]
        """Return all readings (n, readings, 3) of right, up, forward in metres after the move; before it as a fact."""
        return from_observer(target.by(standing(stand, face))), {"before": from_observer(target)}


class SpatialImaginationOO(Task):
    """Where a thing is relative to another, as the observer sees them before and after a move to a third."""

    level = "high"
    roles = MARKED_PAIR
    variants = views("spatial_imagination_oo", MARKED_PAIR)
    answer = replace(COMPARED, after=True)
    facts = {"before": COMPARED}
    formats = ("select", "sentence")
    questions = (
        "Compared with {reference}, where does the observer find {target} at first, and where after moving to the "
        "centre of {stand} and turning to face {face}?",
        "The observer moves to the centre of {stand} and turns to face {face}. Describe the position of {target} "
        "relative to {reference} as the observer finds it before and after this.",
        "What position does {target} have relative to {reference}, as the observer sees it at the start and again "
        "after going to the centre of {stand} and facing {face}?",
        "Imagine that the observer goes to the centre of {stand} and turns towards {face}. How does this change where "
        "they find {target} in relation to {reference}?",
        "Suppose the observer takes up a place at the centre of {stand} and looks towards {face}. Where would they "
        "place {target} relative to {reference} before and after doing so?",
        "From the starting place, and again from the centre of {stand} turned towards {face}: where does the "
        "observer find {target}, with {reference} as the point of reference?",
        "The observer compares {target} with {reference} twice, once from the starting place and once from the centre "
        "of {stand}, facing {face}. What do they say about the position of {target}?",
        "Taking {reference} as the point of reference, where would the observer place {target}, first as things are "
        "and then from the centre of {stand}, facing {face}?",
    )
    statements = (
        "Compared with {reference}, the observer at first finds {target} {before}; after the move to {stand}, facing "
        "{face}, they find {target} {answer}.",
        "To begin with, the position of {target} relative to {reference} is {before}; once at {stand} and facing "
        "{face}, the observer finds {target} {answer}.",
        "Set against {reference}, the position of {target} is {before} as seen from {observer}; then, from {stand} and "
        "facing {face}, it is {answer}.",
        "The observer starts by placing {target} {before}, measured against {reference}; after moving to {stand} and "
        "turning to {face}, they place {target} {answer}.",
        "From the starting place, with {reference} for comparison, the observer looks for {target} {before}; from "
        "{stand}, now facing {face}, they look for {target} {answer}.",
        "With {reference} as the reference, the position of {target} is {before} at the start; once the observer "
        "stands at {stand} and faces {face}, it is {answer}.",
        "While still in the old place, the observer finds {target} {before}, compared with {reference}; once moved to "
        "{stand} and turned to {face}, they find {target} {answer}.",
        "For the observer at the start, the position of {target} relative to {reference} is {before}; at {stand} and "
        "facing {face}, they then find {target} {answer}.",
    )
    notes = of_a_move(
        "Left and right are measured across the line along which the observer looks at the time, also for what is "
        "behind them; above and below go by height, closer and farther by the distance from the observer; objects are "
        "compared at the centres of their 3D boxes.",
        "Left or right tells how far across the observer's line of sight things lie, even behind their back; above or "
        "below means a difference in height, closer or farther one in distance from the observer, always between "
        "centres of 3D boxes.",
        "Prolong the line along which the observer looks at that moment to what is behind them: sides are measured "
        "across it, distances from the observer, heights along gravity, and each object is where the centre of its 3D "
        "box is.",
    )

    def measure(  # type: ignore[override]
        self, stand: Things, face: Things, target: Things, reference: Things
    ) -> Any:
        """Return all readings (n, readings, 3) of right, up, nearer in metres after the move; before it as a fact."""
        moved = standing(stand, face)
        return to_each_other(target.by(moved), reference.by(moved)), {"before": to_each_other(target, reference)}


class SpatialImaginationMap(Task):
    """Where things are on a ground plan around the observer."""

    level = "high"
    roles = {f"object{i}": box("blue", text=f"object{i}", optional=i > 2) for i in range(6)}
    variants = {"spatial_imagination_map_mv": multi(formats=("sentence",))}
    answer = Layout(of=tuple(roles))
    questions = (
        "Where on a ground plan would you put {things}?",
        "Draw up a ground plan, seen from straight overhead, of {things}.",
        "Make a map of the place with {things} on it.",
        "Think of a map that shows the place from high up: what are the positions of {things} on it?",
        "Work out the positions of {things} on a ground plan.",
        "A plan of the place is to show {things}. What positions do you give them?",
        "Looking straight down on the whole place, what positions would you note for {things}?",
        "Put {things} on a map of the ground around the observer.",
    )
    statements = (
        "The positions on the ground plan are as follows: {answer}.",
        "On the plan I would put them like this: {answer}.",
        "This is the map: {answer}.",
        "Seen from overhead, the positions are these: {answer}.",
        "I arrive at these positions: {answer}.",
        "On a map around the observer the positions are: {answer}.",
        "My ground plan looks like this: {answer}.",
        "These are the positions that I would note: {answer}.",
    )
    notes = (
        "The origin of the plan is {observer}; x counts metres to its right, y metres straight ahead of it, both on "
        "the level. Each object counts at the centre of its 3D box. Give each place as (x, y), metres to one decimal.",
        "The plan is level. Its origin is where {observer} is, its y axis points where that camera looks, its x axis "
        "to the right of that. Put each object at the centre of its 3D box; write (x, y), in metres with one decimal.",
        "Measure on the level from {observer}: x is how far to its right, y how far ahead of it the centre of an "
        "object's 3D box lies, negative to its left and behind it. Write places as (x, y), metres with one decimal.",
    )

    def measure(self, **objects: Things) -> npt.NDArray[Any]:
        """Return metres to the right of the observer and ahead (n, 6, 2), NaN for objects that are absent."""
        return np.stack([thing.level[:, [0, 2]] for thing in objects.values()], axis=1)
