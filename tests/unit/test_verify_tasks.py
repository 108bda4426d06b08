"""Verification of each kind of question: what is right by hand must pass, and each lie about it must be caught.

The room is that of ``test_verify``. Here are what the samples need besides: a rod, 1.2 m x 0.2 m x 1.6 m, across the
view; an observer who walks backwards, 0.9 m at a time, as frames "w0" to "w11"; and a plan of the floor.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from spatialkit.rules import Rules
from spatialkit.samples import ImageRef, Mark, Sample
from spatialkit.scene import Frame, OrientedBox, Scene, SceneObject
from spatialkit.verify import derivations, verify
from spatialkit.verify._together import check_together
from spatialkit.verify._world import World
from tests.unit.test_verify import ALONG_Y, CAMERA, CENTRES, LABELS, marked, mesh, pose, said
from tests.unit.test_verify import RIGHT as OLD

TURN = np.radians(30)
TURNED = np.array([[np.cos(TURN), 0, np.sin(TURN)], [-np.sin(TURN), 0, np.cos(TURN)], [0, -1, 0]])  # 30 degrees right
ROD = OrientedBox((0.2, 6, 1.5), (1.2, 0.2, 1.6))
BOXES = {i: OrientedBox(CENTRES[i], (0.4, 0.4, 0.4)) for i in (1, 2, 3, 5)} | {6: ROD}
BOXES |= {7: OrientedBox((-2.5, 7, 1.5), (0.2, 0.2, 2)), 8: OrientedBox((3, 7, 1.5), (0.2, 0.2, 2))}
NAMES = LABELS | {6: "rod", 7: "pole", 8: "pole"}
PLAN = (
    np.array([[-3.0, -4], [2, -4], [2, 0], [-3, 0]]),  # 20 square metres
    np.array([[-3.0, -1], [4, -1], [4, 3], [-3, 3]]),  # 28, of which 5 are shared
)


def make_scene(**changes: Any) -> Scene:
    frames = [
        Frame("0", CAMERA, pose(ALONG_Y, (0, 0, 1.5)), time=0.0),
        Frame("1", CAMERA, pose(ALONG_Y, (0.3, -1, 1.5)), time=1.0),
        Frame("2", CAMERA, pose(TURNED, (0.5, 1.2, 1.7)), time=2.0),
        *(Frame(f"w{k}", CAMERA, pose(ALONG_Y, (0, 6.5 - 0.9 * k, 1.5)), time=10.0 + k) for k in range(12)),
    ]
    objects = tuple(SceneObject(i, NAMES[i], box) for i, box in BOXES.items())
    surface = mesh([(-1, OrientedBox((0, 0, 2), (10, 16, 4))), *BOXES.items()])
    return replace(Scene("room", "test", tuple(frames), objects, surface, PLAN), **changes)


SCENE = make_scene()


def rect(box: OrientedBox, eye: tuple[float, float, float]) -> tuple[float, ...]:
    """Bounds of the pixels of a box seen along y with nothing before it."""
    away = box.corners - eye
    u, v = 160 * away[:, 0] / away[:, 1] + 159.5, -160 * away[:, 2] / away[:, 1] + 119.5
    return tuple(float(round(x)) for x in (u.min(), v.min(), u.max(), v.max()))


def drawn(colour: Any, role: str, name: int, kind: Any = "box", text: str = "", image: int = 0) -> Mark:
    eye = tuple(SCENE.frames[image].world_from_cam[:3, 3])
    x1, y1, x2, y2 = rect(BOXES[name], eye)
    centre = (round((x1 + x2) / 2), round((y1 + y2) / 2))
    return Mark(kind, colour, image, (x1, y1, x2, y2) if kind == "box" else centre, role, name, text)


def sample(
    task: str,
    kind: Any,
    question: str,
    answer: str,
    marks: tuple[Mark, ...] = (),
    *,
    options: tuple[str, ...] = (),
    frames: tuple[str, ...] = ("0",),
    **provenance: Any,
) -> Sample:
    images = tuple(ImageRef(name, 320, 240) for name in frames)
    lines = [f"{letter}. {option}" for letter, option in zip("ABCD", options, strict=False)]
    text = "\n".join([question, *lines])
    name = f"{task}-{kind}"
    return Sample(name, task, kind, "test", "room", images, text, answer, options, marks, provenance)


WALK = tuple(f"w{k}" for k in range(12))
PAIR = ("0", "2")
MOVED = "At first the observer looks through the camera; options tell what comes after the move."
STAND, FACE = drawn("green", "stand", 2), drawn("blue", "face", 1)

# From the table one looks to the chair 2 m to the left, 1 m nearer: forward (-0.894, -0.447), right (-0.447, 0.894).
# The lamp is then (-1, 1, 0.8) away: 1.34 m to the right, 0.8 m up, 0.45 m ahead; before, it is straight ahead and up.
IMAGINED = sample(
    "spatial_imagination_oc",
    "sentence",
    "Where does the observer find the lamp (red box) at first, and where after moving to the centre of the table "
    f"(green box) and turning to face the chair (blue box)? {MOVED}",
    "At first the observer finds the lamp (red box) above eye level and in front; after the move to the table (green "
    "box), facing the chair (blue box), they find the lamp (red box) on the right, above eye level and in front.",
    (STAND, FACE, drawn("red", "target", 3)),
)
IMAGINED_CHOSEN = replace(
    IMAGINED,
    id="imagined",
    format="select",
    question=f"{IMAGINED.question}\nA. left, above, front\nB. right, above, front\nC. right, , front\nD. left, , front",
    answer="B",
    options=("left, above, front", "right, above, front", "right, , front", "left, , front"),
)
# For the camera the chair is 1.2 m to the left of the rod, 0.6 m lower, 2.86 m nearer. From the lamp one looks to the
# table along (0.707, -0.707), right is (-0.707, -0.707): the chair is 2.1 m to the right, the rod 0.8 m to the left,
# half as far.
IMAGINED_PAIR = sample(
    "spatial_imagination_oo",
    "sentence",
    "Compared with the rod (yellow box), where does the observer find the chair (red box) at first, and where after "
    f"moving to the centre of the lamp (green box) and turning to face the table (blue box)? {MOVED}",
    "To begin with, the position of the chair (red box) relative to the rod (yellow box) is more to the left, "
    "lower down "
    "and closer. Once at the lamp (green box) and facing the table (blue box), the observer finds the chair (red box) "
    "more to the right, lower down and farther away.",
    (drawn("green", "stand", 3), drawn("blue", "face", 2), drawn("red", "target", 1), drawn("yellow", "reference", 6)),
)
# Frame "w0" looks away from all of them.
IMAGINED_UNMARKED = sample(
    "spatial_imagination_oc_video_hard",
    "sentence",
    "Where does the observer find the lamp at first, and where after moving to the centre of the table and "
    "turning to face "
    "the chair? At first the observer looks through the camera of Frame-1.",
    "At first the observer finds the lamp above eye level and behind; after the move to the table, facing the "
    "chair, they "
    "find the lamp on the right, above eye level and in front.",
    frames=WALK,
    objects={"stand": 2, "face": 1, "target": 3},
    images={"stand": 9, "face": 9, "target": 9},
)
ELSEWHERE = sample(
    "relation_in_object_frame",
    "select",
    "As seen by someone who stands at the centre of the lamp (green box) and faces the table (yellow box), where "
    "would you "
    "place the chair (red box) relative to the rod (blue box)?",
    "C",
    (drawn("red", "a", 1), drawn("blue", "b", 6), drawn("green", "stand", 3), drawn("yellow", "face", 2)),
    options=("left, below, farther", "left, below, closer", "right, below, farther", "right, below, closer"),
)
ELSEWHERE_JUDGED = sample(
    "relation_in_object_frame",
    "judge",
    "Would you say that you find the chair (red box) to the right of the rod (blue box), as seen by someone who "
    "stands at "
    "the centre of the lamp (green box) and faces the table (yellow box)?",
    "Yes",
    ELSEWHERE.marks,
)
COMPASS = sample(
    "relation_in_world_frame",
    "sentence",
    "Compared with the table (blue box), where do you find the chair (red box), if the camera looks north?",
    "Set against the table (blue box), the position of the chair (red box) is farther to the west, lower down "
    "and farther "
    "to the south, going by this compass.",
    (drawn("red", "a", 1), drawn("blue", "b", 2)),
)
PLACES = sample(
    "spatial_imagination_map_mv",
    "sentence",
    "Where on a ground plan would you put the chair (object0, red box in the first image), the table (object1, "
    "red box in "
    "the first image) and the lamp (object2, red box in the second image)? The origin is the camera of the first "
    "image.",
    "On the plan I would put them like this: Object0 at (-1.0, 3.0), Object1 at (1.0, 4.0) and Object2 at (0.0, 5.0).",
    (
        drawn("red", "object0", 1, text="object0"),
        drawn("red", "object1", 2, text="object1"),
        drawn("red", "object2", 3, text="object2", image=1),
    ),
    frames=("0", "1", "2"),
)
# The chair is (-1, 3, -0.6) from the camera, the lamp (0, 5, 0.8), the table (1, 4, 0), the rod (0.2, 6, 0).
NEAREST = sample(
    "distance_infer_center_oo",
    "sentence",
    "Which is closer to the table (red point): the chair (green point) or the lamp (blue point)?",
    "With 1.6 metres against 2.3 metres, the lamp (blue point) is the one closer to the table (red point).",
    (drawn("red", "anchor", 2, "point"), drawn("green", "a", 1, "point"), drawn("blue", "b", 3, "point")),
    words={"extreme": "closer to"},
)
NEAREST_NAMED = replace(NEAREST, id="named", format="fill", answer="the lamp (blue point)")
FARTHEST_BOX = sample(
    "distance_infer_center_oc",
    "select",
    "Which of these is farthest from the camera: the chair, the rod, the table or the lamp? Give its box.",
    "D",
    options=("[284, 583, 375, 692]", "[594, 467, 659, 533]", "[478, 362, 522, 425]", "[466, 408, 569, 592]"),
    objects={"a": 1, "b": 6, "c": 2, "d": 3},
    images={"a": 0, "b": 0, "c": 0, "d": 0},
    words={"extreme": "farthest from"},
)
SIZE = sample(
    "spatial_volume_infer",
    "sentence",
    "What are the length, the width and the height of the rod (red box)?",
    "The size of the rod (red box) is 120 cm in length, 20 cm in width and 160 cm in height.",
    (drawn("red", "a", 6),),
)
SIZE_FILLED = replace(SIZE, id="size", format="fill", answer="length 120 cm, width 20 cm, height 160 cm")
LARGER = sample(
    "larger_object",
    "sentence",
    "Which is larger: the rod (red box) or the chair (blue box)?",
    "The larger one is the rod (red box).",
    (drawn("red", "a", 6), drawn("blue", "b", 1)),
    words={"extent": "larger"},
)
# Frame "1" stands 1 m behind, frame "2" 1.2 m ahead on the way from the chair to the lamp, (0.447, 0.894) on the level:
# along it the cameras are at -2.24, -3.0 and -0.94.
PASSED = sample(
    "first_passed",
    "select",
    "In the direction from the chair (red point in the first image) to the lamp (blue point in the second "
    "image), which "
    "comes last: the camera of the third image, the camera of the second image or the camera of the first image?",
    "A",
    (drawn("red", "a", 1, "point"), drawn("blue", "b", 3, "point", image=1)),
    options=("the camera of the third image", "the camera of the first image", "the camera of the second image"),
    frames=("0", "1", "2"),
    words={"order": "last"},
)
# Between the chair, x to -0.8, y 2.8 to 3.2, and the table, x from 0.8, y 3.8 to 4.2, there are (1.6, 0.6): 1.709 m.
FITS = sample(
    "would_it_fit",
    "judge",
    "Would the rod (red box) fit through the gap between the chair (blue box) and the table (green box)?",
    "Yes",
    (drawn("red", "a", 6), drawn("blue", "b", 1), drawn("green", "c", 2)),
)
NOT_TOO_WIDE = said(replace(FITS, id="wide", answer="No"), "fit through", "be too wide for")
# In camera 0, frame "2" is 0.5 m to the right, 0.2 m up, 1.2 m ahead: pixel (226.17, 92.83) of 320 x 240.
SECOND = sample(
    "camera_motion_infer",
    "sentence",
    "Where in the first image would the camera of the second image appear, and at what depth?",
    "In the first image, the camera of the second image is at (708, 389), at a depth of 1.2 metres.",
    frames=PAIR,
)
SECOND_CHOSEN = replace(
    SECOND,
    id="second",
    format="select",
    question=f"{SECOND.question}\nA. (708, 389), 2.2\nB. (208, 389), 1.2\nC. (708, 389), 1.2\nD. (208, 389), 2.2",
    answer="C",
    options=("(708, 389), 2.2", "(208, 389), 1.2", "(708, 389), 1.2", "(208, 389), 2.2"),
)
MOTION = sample(
    "view_change_infer",
    "fill",
    "How did the camera move and turn from the first image to the second? Reply in the form move_right:0.0,move_up:0.0,"
    "move_forward:0.0,rotate_up:0,rotate_right:0.",
    "move_right:0.5,move_up:0.2,move_forward:1.2,rotate_up:0,rotate_right:30",
    frames=PAIR,
)
MOTION_TOLD = replace(
    MOTION,
    id="motion",
    format="sentence",
    answer="The camera moves 0.5 metres to the right, 0.2 metres up and 1.2 metres forward and turns 30 degrees to the "
    "right.",
)
# From (0.3, -1, 1.5) the table is (0.7, 5, 0) away: its front face spans (183.2, 112.8) to (189.5, 126.2) and more.
AGAIN = sample(
    "position_matching",
    "fill",
    "Find the table (red box in the first image) again in the second image. What is its box there?",
    "[550, 471, 594, 529]",
    (drawn("red", "a", 2),),
    frames=("0", "1"),
)
# The lamp is at (0, 5, 2.3), 0.8 m above the eye, which sees up to 0.74 times the distance: beyond 1.08 m. The walk
# starts beyond it, at y = 6.5, and looks on; frame "w2" is at 4.7, too near, "w3" at 3.8, 1.2 m away.
SHOWN = sample(
    "obj_frame_locate",
    "sentence",
    "In which frames can you see the lamp (red box in Frame-6)?",
    "You can see the lamp (red box in Frame-6) in Frame-4, Frame-5, Frame-6, Frame-7, Frame-8, Frame-9, Frame-10, "
    "Frame-11, Frame-12.",
    (Mark("box", "red", 5, (149, 63, 170, 89), "a", 3),),
    frames=WALK,
)
# The rod is seen from y = 5.6 on, "w1", the lamp from "w3"; the table, at 4, from 2.9, "w4", and the chair, at 3, low
# and to the left, from 2.0, "w5".
ORDER = sample(
    "appearance_order",
    "fill",
    "Put these in the order of their first appearance in the video: chair, lamp, rod, table.",
    "rod, lamp, table, chair",
    frames=WALK,
    categories={"a": "chair", "b": "lamp", "c": "rod", "d": "table"},
)
ORDER_TOLD = replace(
    ORDER, id="order", format="sentence", answer="In order of first appearance: rod, lamp, table, chair."
)
COUNT = sample(
    "obj_count",
    "sentence",
    "How many poles are there in the video? Count each one once, however many frames show it.",
    "There are 2 poles in the video.",
    frames=WALK,
    categories={"a": "pole"},
)
SIZE_OF_PLACE = sample(
    "room_size", "fill", "What is the floor area of the place in this video?", "43", frames=WALK, categories={}
)
RIGHT = (
    IMAGINED,
    IMAGINED_CHOSEN,
    IMAGINED_PAIR,
    IMAGINED_UNMARKED,
    ELSEWHERE,
    ELSEWHERE_JUDGED,
    COMPASS,
    PLACES,
    NEAREST,
    NEAREST_NAMED,
    FARTHEST_BOX,
    SIZE,
    SIZE_FILLED,
    LARGER,
    PASSED,
    FITS,
    NOT_TOO_WIDE,
    SECOND,
    SECOND_CHOSEN,
    MOTION,
    MOTION_TOLD,
    AGAIN,
    SHOWN,
    ORDER,
    ORDER_TOLD,
    COUNT,
    SIZE_OF_PLACE,
)
LOOSE = Rules(visible_share=0.05, pixel_share=0.0005, first_apart=1)


def reasons(item: Sample, scene: Scene = SCENE, rules: Rules = LOOSE) -> str:
    report = verify([item], scene, rules=rules)
    return "\n".join(failure.reason for failure in report.failures)


@pytest.mark.parametrize("item", RIGHT, ids=lambda item: item.id)
def test_right_samples_pass(item: Sample) -> None:
    assert reasons(item) == ""


def test_every_kind_of_question_has_a_sample_here_or_in_test_verify() -> None:
    known = {item.task for item in (*RIGHT, *OLD)}
    bases = {task.removesuffix("_hard").removesuffix("_video").removesuffix("_mv") for task in derivations}
    bases.add("nav")
    assert bases - {task.removesuffix("_hard").removesuffix("_video").removesuffix("_mv") for task in known} == {
        "relation_in_camera_frame",  # read and derived as obj_spatial_relation_oo
        "nav",  # walks have tests of their own
    }


def options(item: Sample, *new: str) -> Sample:
    """The sample with other options."""
    lines = [f"{letter}. {option}" for letter, option in zip("ABCD", new, strict=False)]
    return replace(item, options=new, question="\n".join([item.question.split("\n")[0], *lines]))


def stated(item: Sample, **changes: Any) -> Sample:
    return replace(item, provenance={**item.provenance, **changes})


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (said(IMAGINED, "on the right, above", "on the left, above"), "['above', 'front', 'left'] after the move"),
        (said(IMAGINED, "lamp (red box) above eye level and in", "lamp (red box) in"), "['front'] before the move"),
        (said(IMAGINED, "centre of the table (green box)", "centre of the chair (blue box)"), "observer to stand blue"),
        (said(IMAGINED, "; after the move", " and after the move"), "does not tell before from after"),
        (said(IMAGINED, "move to the table (green box)", "move to the lamp (red box)"), "the sentence speaks of"),
        (marked(marked(IMAGINED, 0, role="face"), 1, role="stand"), "tells the observer to stand green"),
        (replace(IMAGINED_CHOSEN, answer="A"), "the true option is 'B'"),
        (said(IMAGINED_CHOSEN, "options tell what comes after the move", "level"), "does not say that the options"),
        (said(IMAGINED_PAIR, "right, lower down and farther away", "right, lower down and closer"), "after the move"),
        (said(IMAGINED_PAIR, "Compared with the rod (yellow box)", "Seen by the rod (yellow box)"), "expected red and"),
        (said(IMAGINED_PAIR, "relative to the rod (yellow box)", "near the rod (yellow box)"), "does not compare"),
        (said(IMAGINED_UNMARKED, "the lamp", "the rod"), "object 3, 'target' by the provenance, is not named"),
        (stated(IMAGINED_UNMARKED, objects={"stand": 2, "face": 1, "target": 6}), "object 6, 'target' by the prov"),
        (said(IMAGINED_UNMARKED, "level and behind", "level and in front"), "['above', 'front'] before the move"),
        (replace(ELSEWHERE, answer="D"), "the true option is 'C'"),
        (
            said(ELSEWHERE, "faces the table (yellow box)", "knows the table (yellow box)"),
            "the observer to face nothing",
        ),
        (replace(ELSEWHERE_JUDGED, answer="No"), "to whether it is ['right']"),
        (said(COMPASS, "farther to the west", "farther to the east"), "says ['below', 'east', 'south']"),
        (said(COMPASS, ", if the camera looks north", ""), "does not say where north is"),
        (said(COMPASS, "and farther to the south", "and closer"), "says ['below', 'closer', 'west']"),
        (said(PLACES, "(1.0, 4.0)", "(1.0, 4.2)"), "puts object1 4.2 m ahead, it is 4.0000 m"),
        (said(PLACES, "(1.0, 4.0)", "(-1.0, 4.0)"), "puts object1 -1.0 m to the right"),
        (said(PLACES, " and Object2 at (0.0, 5.0)", ""), "expected each of 3 things once"),
        (said(PLACES, "(object0, red", "(object1, red"), "the text names the red box 'you put the chair', object 2"),
        (marked(PLACES, 0, text="object1"), "carry the texts"),
    ],
)
def test_lies_about_places_are_caught(item: Sample, reason: str) -> None:
    assert reason in reasons(item)


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (
            said(NEAREST, "1.6 metres against 2.3", "2.3 metres against 1.6"),
            "tells a distance of 2.3 m, it is 1.6248 m",
        ),
        (said(NEAREST, "1.6 metres against 2.3", "1.6 metres against 2.5"), "tells a distance of 2.5 m"),
        (
            said(NEAREST, "metres, the lamp (blue point)", "metres, the chair (green point)"),
            "names ['green'], it is blue",
        ),
        (stated(said(NEAREST, "closer to", "farther from"), words={"extreme": "farther from"}), "it is green"),
        (said(NEAREST, "closer to", "farther from"), "the provenance states 'closer to' for 'extreme'"),
        (replace(NEAREST_NAMED, answer="the chair (green point)"), "names ['green'], it is blue"),
        (replace(NEAREST_NAMED, answer="It is the lamp (blue point)."), "is not the name of a thing alone"),
        (replace(NEAREST_NAMED, answer="the table (red point)"), "names [], it is blue"),
        (marked(marked(NEAREST, 0, role="a"), 1, role="anchor"), "measures from red, the provenance from green"),
        (replace(FARTHEST_BOX, answer="C"), "the true option is 'D'"),
        (said(FARTHEST_BOX, "[466, 408, 569, 592]", "[466, 408, 569, 660]"), "is the box of none of the things"),
        (said(FARTHEST_BOX, "farthest from", "nearest to"), "the provenance states 'farthest from'"),
        (said(FARTHEST_BOX, "the rod,", "the door,"), "object 6, 'b' by the provenance, is not named"),
        (said(LARGER, "one is the rod (red box)", "one is the chair (blue box)"), "names ['blue'], it is red"),
        (said(LARGER, "larger", "smaller"), "names ['red'], it is blue"),
        (said(LARGER, "Which is larger", "Which is smaller"), "does not say what the question asks"),
        (replace(PASSED, answer="B"), "the true option is 'A'"),
        (stated(said(PASSED, "comes last", "comes first"), words={"order": "first"}), "the true option is 'C'"),
        (said(PASSED, "comes last", "comes"), "first or last once"),
        (options(PASSED, *PASSED.options[:2], PASSED.options[1]), "expected each of ['camera1', 'camera2', 'camera3']"),
        (
            replace(FITS, answer="No"),
            "the answer is 'No' to whether it fits: the gap is 1.709 m wide, the thing 0.200 m",
        ),
        (said(FITS, "fit through", "be too wide for"), "the answer is 'Yes' to whether it does not fit"),
        (said(FITS, "between the chair (blue box) and", "between the rod (red box) and"), "the provenance between"),
        (said(FITS, "fit through", "reach"), "does not claim that it fits"),
    ],
)
def test_lies_about_choices_and_gaps_are_caught(item: Sample, reason: str) -> None:
    assert reason in reasons(item)


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (said(SIZE, "120 cm", "130 cm"), "a length of 130 cm, it is 120.00 cm"),
        (said(SIZE, "20 cm in width and 160 cm in height", "160 cm in width and 20 cm in height"), "a width of 160 cm"),
        (said(SIZE, " and 160 cm in height", ""), "does not tell one height in cm"),
        (said(SIZE_FILLED, "width 20 cm, height 160 cm", "width 160 cm, height 20 cm"), "a height of 20 cm"),
        (replace(SIZE_FILLED, answer="120 x 20 x 160 cm"), "does not have the form"),
        (said(SECOND, "(708, 389)", "(718, 389)"), "it is (708.3, 388.9), 1.2000 m"),
        (said(SECOND, "(708, 389)", "(292, 389)"), "the answer says (292, 389), 1.2 m"),
        (said(SECOND, "depth of 1.2", "depth of 1.3"), "the answer says (708, 389), 1.3 m"),
        (replace(SECOND_CHOSEN, answer="A"), "the true option is 'C'"),
        (options(SECOND_CHOSEN, *SECOND_CHOSEN.options[:3], "(708, 390), 1.2"), "is within the noise"),
        (said(MOTION, "move_right:0.5", "move_left:0.5"), "moves -0.5 m right, it is 0.5000 m"),
        (said(MOTION, "rotate_right:30", "rotate_left:30"), "turned by -30 degrees to the right"),
        (said(MOTION, "rotate_right:30", "rotate_right:31"), "aim lies -1.00 degrees farther to the right"),
        (said(MOTION, "rotate_up:0,rotate_right:30", "rotate_down:2,rotate_right:30"), "tilts by -2 degrees up"),
        (said(MOTION, "move_forward:1.2", "move_forward:-1.2"), "does not have the form"),
        (said(MOTION_TOLD, "1.2 metres forward", "1.2 metres backward"), "moves -1.2 m forward"),
        (said(MOTION_TOLD, ", 0.2 metres up", ""), "moves 0.0 m up, it is 0.2000 m"),
        (replace(MOTION_TOLD, answer="The camera stays where it is."), "moves 0.0 m right"),
        (said(AGAIN, "[550, 471, 594, 529]", "[550, 471, 650, 529]"), "is not tight: its right side"),
        (said(AGAIN, "[550, 471, 594, 529]", "[450, 471, 494, 529]"), "leaves out pixel"),
        (said(AGAIN, "[550, 471, 594, 529]", "[594, 471, 550, 529]"), "is no box in thousandths"),
        (said(AGAIN, "again in the second image", "again"), "the second image is to be searched"),
        (said(SHOWN, "in Frame-4, Frame-5", "in Frame-5"), "leaves out Frame-4"),
        (said(SHOWN, "in Frame-4", "in Frame-2, Frame-4"), "lists Frame-2, which shows 0.0% to 0.0%"),
        (said(SHOWN, ", Frame-12", ", Frame-12, Frame-13"), "of 12"),
        (said(ORDER, "lamp, table, chair", "table, lamp, chair"), "has table before lamp"),
        (said(ORDER, "rod, lamp, table, chair", "rod, lamp, table"), "does not list"),
        (said(ORDER_TOLD, "rod, lamp", "lamp, rod"), "has lamp before rod"),
        (said(ORDER, "chair, lamp, rod", "sofa, lamp, rod"), "the question does not list"),
        (said(COUNT, "are 2", "are 3"), "the answer says 3 poles, there are 2"),
        (said(COUNT, "poles", "rods"), "does not ask for poles"),
        (stated(COUNT, categories={"a": "table"}), "does not ask for tables"),
        (replace(SIZE_OF_PLACE, answer="48"), "the answer says 48 m2, it is 43.0000 m2"),
        (replace(SIZE_OF_PLACE, images=SIZE_OF_PLACE.images[:5]), "a video of 5 frames"),
    ],
)
def test_lies_about_sizes_cameras_and_frames_are_caught(item: Sample, reason: str) -> None:
    assert reason in reasons(item)


def relabelled(**names: str) -> Scene:
    """The scene with other labels, by object: o1="stool"."""
    labels = NAMES | {int(key[1:]): name for key, name in names.items()}
    return make_scene(objects=tuple(replace(item, label=labels[item.id]) for item in SCENE.objects))


def test_a_name_without_a_mark_means_one_thing() -> None:
    assert "not told apart from object 6, a 'desk lamp'" in reasons(IMAGINED_UNMARKED, relabelled(o6="desk lamp"))
    assert "not told apart from object 6, a 'armchair'" in reasons(IMAGINED_UNMARKED, relabelled(o6="armchair"))
    assert "goes by the name of 'pole' as well" in reasons(COUNT, relabelled(o6="flag pole"))
    assert "there are 3" in reasons(COUNT, relabelled(o6="pole"))
    assert "not every pole" in reasons(COUNT, make_scene(exhaustive=frozenset({"rod"})))
    assert reasons(COUNT, make_scene(exhaustive=frozenset({"pole"}))) == ""


def test_what_was_counted_must_have_been_in_view() -> None:
    hidden = tuple(replace(item, label="pole" if item.id == 5 else item.label) for item in SCENE.objects)
    short = replace(COUNT, answer="There are 3 poles in the video.", images=COUNT.images[:9])
    assert reasons(replace(short, answer=COUNT.answer)) == ""
    assert "object 5, one of the poles, is in no frame" in reasons(short, make_scene(objects=hidden))


def test_choices_that_are_too_close_are_not_sure() -> None:
    assert "only 0.690 m behind blue, expected at least 0.700 m" in reasons(
        NEAREST, rules=replace(LOOSE, least_gap=0.7)
    )
    assert "whether it fits is not sure" in reasons(FITS, rules=replace(LOOSE, least_slack=1.6))
    assert "too large by" not in reasons(FITS)
    assert "whether camera3 comes before camera1 is not sure" in reasons(PASSED, rules=replace(LOOSE, least_gap=1.4))
    assert "faces" not in reasons(IMAGINED, rules=replace(LOOSE, stand_apart=2.2))
    assert "what is 2.24 m away, expected at least 2.3" in reasons(IMAGINED, rules=replace(LOOSE, stand_apart=2.3))
    assert "of 0.200 m is not sure" in reasons(SIZE, rules=replace(LOOSE, size_tolerance=0.1))
    assert "hardly moves" in reasons(MOTION, rules=replace(LOOSE, least_motion=2.0, least_turn_deg=40.0))


def test_noise_that_could_turn_an_answer_is_seen() -> None:
    shaky = make_scene(sensor=replace(SCENE.sensor, position=0.3))
    assert "comes before green is not sure" in reasons(NEAREST, shaky)
    assert "how far object0 is to the right is not sure" in reasons(PLACES, shaky)
    assert "whether it moves up or down is not sure" in reasons(MOTION, shaky)
    assert "the point is not sure" in reasons(SECOND, shaky)
    assert "which is larger is not sure" in reasons(LARGER, make_scene(sensor=replace(SCENE.sensor, position=0.6)))


def test_what_lies_within_another_thing_is_not_asked_about_with_it() -> None:
    inner = OrientedBox(ROD.centre, (0.2, 0.1, 0.4))
    scene = make_scene(objects=tuple(replace(x, box=inner) if x.id == 1 else x for x in SCENE.objects))
    assert list(check_together(LARGER, World(SCENE, LOOSE))) == []
    assert list(check_together(LARGER, World(scene, LOOSE))) == ["objects 6 and 1 lie within each other for 100%"]


def test_several_images_are_not_shown_for_one() -> None:
    task = replace(LARGER, task="larger_object_mv", images=tuple(ImageRef(name, 320, 240) for name in ("0", "1", "2")))
    alone = said(said(task, "(red box)", "(red box in the first image)"), "(blue box)", "(blue box in the first image)")
    assert "image '0' alone would do" in reasons(alone)
