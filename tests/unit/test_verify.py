"""Verification must pass what is right and catch each kind of fault; scene and samples are worked out by hand here.

The room is 10 m x 16 m x 4 m around the origin, z up. Cubes with sides of 0.4 m are seen by frame "0" at (0, 0, 1.5),
which looks along y through 160 pixels of focal length:

======  =====  ==================  ==================================================================
object  label  centre              in frame "0"
======  =====  ==================  ==================================================================
1       chair  (-1, 3, 0.9)        depth 3, 3.22 m away, pixels (91, 140) to (119, 165), to the left
2       table  (1, 4, 1.5)         depth 4, 4.12 m away, pixels (190, 112) to (210, 127), at eye level
3       lamp   (0, 5, 2.3)         depth 5, 5.06 m away, straight ahead
4       mug    (-2, 6, 0.3)        hidden behind the chair
5       sofa   (1, -3, 1.5)        behind the observer
======  =====  ==================  ==================================================================

Frame "1" stands 1 m further back; frame "2", at (0, 1, 1.5), looks the other way and sees the sofa 4 m ahead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from spatialkit.generate import generate
from spatialkit.rules import Rules
from spatialkit.samples import ImageRef, Mark, Sample
from spatialkit.scene import Camera, Frame, OrientedBox, Scene, SceneObject, Sensor
from spatialkit.surfaces import Surface
from spatialkit.verify import Report, derivations, verify
from spatialkit.verify._names import image_said
from spatialkit.verify._rays import RayCaster
from spatialkit.verify._reading import directions, reference_of, relation_claimed

CAMERA = Camera(160, 160, 159.5, 119.5, 320, 240)
LABELS = {1: "chair", 2: "table", 3: "lamp", 4: "mug", 5: "sofa"}
CENTRES = {1: (-1, 3, 0.9), 2: (1, 4, 1.5), 3: (0, 5, 2.3), 4: (-2, 6, 0.3), 5: (1, -3, 1.5)}
ALONG_Y = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]], dtype=np.float64)  # columns: right, down, ahead
AGAINST_Y = np.array([[-1, 0, 0], [0, 0, -1], [0, -1, 0]], dtype=np.float64)
QUADS = np.array([[0, 1, 3, 2], [4, 5, 7, 6], [0, 1, 5, 4], [2, 3, 7, 6], [0, 2, 6, 4], [1, 3, 7, 5]])


def pose(rotation: np.ndarray, eye: tuple[float, float, float]) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rotation, eye
    return matrix


def mesh(boxes: list[tuple[int, OrientedBox]]) -> Surface:
    faces = np.concatenate([QUADS[:, [0, 1, 2]], QUADS[:, [0, 2, 3]]])
    return Surface(
        np.concatenate([box.corners for _, box in boxes]),
        np.concatenate([faces + 8 * i for i in range(len(boxes))]),
        np.repeat([name for name, _ in boxes], len(faces)),
    )


def make_scene(**changes: Any) -> Scene:
    objects = tuple(SceneObject(i, LABELS[i], OrientedBox(CENTRES[i], (0.4, 0.4, 0.4))) for i in LABELS)
    frames = (
        Frame("0", CAMERA, pose(ALONG_Y, (0, 0, 1.5)), time=0.0),
        Frame("1", CAMERA, pose(ALONG_Y, (0, -1, 1.5)), time=1.0),
        Frame("2", CAMERA, pose(AGAINST_Y, (0, 1, 1.5)), time=2.0),
    )
    room = OrientedBox((0, 0, 2), (10, 16, 4))
    surface = mesh([(-1, room), *((item.id, item.box) for item in objects)])
    return replace(Scene("room", "test", frames, objects, surface), **changes)


SCENE = make_scene()
CHAIR = Mark("point", "blue", 0, (106, 150), "a", 1)
TABLE = Mark("point", "red", 0, (200, 119), "reference", 2)
LAMP = Mark("point", "green", 0, (160, 94), "b", 3)
CHAIR_BOX = Mark("box", "red", 0, (91, 140, 119, 165), "a", 1)
TABLE_BOX = Mark("box", "blue", 0, (190, 112, 210, 127), "b", 2)
SOFA_BOX = Mark("box", "green", 2, (109, 112, 129, 127), "a", 5)
METRES = "Depth ends at the centre of a 3D box. Answer in metres."
OBSERVED = "Left and right are as the observer sees them."


def sample(
    task: str, kind: Any, question: str, answer: str, marks: tuple[Mark, ...], *, options: tuple[str, ...] = ()
) -> Sample:
    count = 3 if task.endswith(("_mv", "_video")) else 1
    images = tuple(ImageRef(str(i), 320, 240) for i in range(count))
    lines = [f"{letter}. {option}" for letter, option in zip("ABCD", options, strict=False)]
    text = "\n".join([question, *lines])
    return Sample(f"{task}-{kind}", task, kind, "test", "room", images, text, answer, options, marks)


GIVEN = "The depth of the table (red point) is 4.0 metres. "
DEPTH = sample(
    "depth_prediction_oc",
    "fill",
    f"{GIVEN}What is the depth of the chair (blue point)? {METRES}",
    "3.0",
    (TABLE, CHAIR),
)
DEPTH_PAIR = sample(
    "depth_prediction_oo",
    "sentence",
    f"{GIVEN}By how much do the depths of the chair (blue point) and the lamp (green point) differ? {METRES}",
    "The depths of the chair (blue point) and the lamp (green point) differ by 2.0 metres.",
    (TABLE, CHAIR, LAMP),
)
DEPTH_VIEWS = sample(
    "depth_prediction_oc_mv",
    "sentence",
    "Take 4.0 metres as the depth of the table (red point in the first image). Work out the depth of the sofa "
    f"(blue point in the third image). {METRES}",
    "Judging by the table (red point in the first image), the depth of the sofa (blue point in the third image) is "
    "4.0 metres.",
    (TABLE, Mark("point", "blue", 2, (120, 120), "a", 5)),
)
DISTANCE = sample(
    "distance_prediction_oo",
    "select",
    f"How many metres separate the chair (red point) from the table (blue point)? {METRES}",
    "C",
    (replace(CHAIR, colour="red"), replace(TABLE, colour="blue", role="b")),
    options=("1.5", "3.1", "2.3", "4.0"),
)
DISTANCE_CAMERA = sample(
    "distance_prediction_oc",
    "sentence",
    f"Judge the distance from the camera to the chair (red point). {METRES}",
    "I judge the distance from the camera to the chair (red point) to be 3.2 metres.",
    (replace(CHAIR, colour="red"),),
)
RELATION = sample(
    "obj_spatial_relation_oo",
    "select",
    f"Where is the chair (red box) relative to the table (blue box) for the observer? {OBSERVED}",
    "B",
    (CHAIR_BOX, TABLE_BOX),
    options=("right, below, closer", "left, below, closer", "left, above, closer", "left, below, farther"),
)
RELATION_SAID = replace(
    RELATION,
    id="said",
    format="sentence",
    question=RELATION.question.split("\n")[0],
    options=(),
    answer="Compared with the table (blue box), the observer sees the chair (red box) more to the left, lower down and "
    "closer.",
)
RELATION_JUDGED = replace(
    RELATION_SAID,
    id="judged",
    format="judge",
    question=f"Is it right to place the chair (red box) to the left of the table (blue box)? {OBSERVED}",
    answer="Yes",
)
AROUND = sample(
    "obj_spatial_relation_oc_mv",
    "select",
    "Where is the sofa (green box in the third image), as seen from the camera of the first image?",
    "A",
    (SOFA_BOX,),
    options=("right, , behind", "right, , front", "left, , behind", "right, above, behind"),
)
AROUND_SAID = replace(
    AROUND,
    id="around said",
    format="sentence",
    question=AROUND.question.split("\n")[0],
    options=(),
    answer="From the camera of the first image you find the sofa (green box in the third image) on the right and "
    "behind.",
)
RIGHT = (
    DEPTH,
    DEPTH_PAIR,
    DEPTH_VIEWS,
    DISTANCE,
    DISTANCE_CAMERA,
    RELATION,
    RELATION_SAID,
    RELATION_JUDGED,
    AROUND,
    AROUND_SAID,
)


def reasons(item: Sample, scene: Scene = SCENE, rules: Rules | None = None) -> str:
    report = verify([item], scene, rules=rules)
    assert report.checked == 1
    return "\n".join(failure.reason for failure in report.failures)


def said(item: Sample, old: str, new: str, **changes: Any) -> Sample:
    """The sample with other words in question and answer."""
    assert old in item.question + item.answer
    options = tuple(option.replace(old, new) for option in item.options)
    question, answer = item.question.replace(old, new), item.answer.replace(old, new)
    return replace(item, question=question, answer=answer, options=options, **changes)


def marked(item: Sample, number: int, **changes: Any) -> Sample:
    """The sample with one of its marks changed."""
    marks = list(item.marks)
    marks[number] = replace(marks[number], **changes)
    return replace(item, marks=tuple(marks))


def test_right_samples_pass() -> None:
    report = verify(RIGHT, SCENE)
    assert [str(failure) for failure in report.failures] == []
    assert (report.checked, report.unchecked, report.ok) == (len(RIGHT), 0, True)
    assert report.by_task["obj_spatial_relation_oo"].passed == 3


def test_turning_and_moving_everything_changes_nothing() -> None:
    a, b = 0.7, 1.1
    turn = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    tilt = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    assert verify(RIGHT, SCENE.moved(pose(turn @ tilt, (5, -3, 2)))).ok


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (replace(DEPTH, answer="3.1"), "the answer says 3.1 m, it is 3.0000 m"),
        (replace(DEPTH, answer="3"), "the answer says 3 m"),
        (replace(DEPTH, answer=""), "does not say one number"),
        (said(DEPTH_PAIR, "differ by 2.0", "differ by 1.0"), "the answer says 1.0 m, it is 2.0000 m"),
        (said(DEPTH_PAIR, "2.0 metres.", "2.0 metres or 1.0 metres."), "does not say one number"),
        (said(DISTANCE_CAMERA, "3.2", "3.0"), "the answer says 3.0 m, it is 3.2187 m"),
        (said(DEPTH, "is 4.0", "is 4.2"), "gives 4.2 m as the depth of the red thing, it is 4.0000 m"),
        (said(DEPTH, "is 4.0 metres", "is known"), "does not give one depth"),
        (replace(DISTANCE, answer="B"), "the answer is 'B', the true option is 'C'"),
        (replace(RELATION, answer="A"), "the answer is 'A', the true option is 'B'"),
        (said(DISTANCE, "2.3", "2.9"), "0 options are true"),
        (said(DISTANCE, "2.3", "2.37"), "0 options are true"),
        (said(DISTANCE, "4.0", "2.30"), "2 options are true (C, D)"),
        (said(DISTANCE, "4.0", "2.39"), "within the noise"),
        (said(RELATION, "left, above, closer", "left, below, closer"), "options are"),
        (said(RELATION, "left, above, closer", "left, below,closer"), "2 options are true (B, C)"),
        (said(RELATION, "left, above, closer", "left, , front"), "is not a list of 3 directions"),
        (replace(DISTANCE, options=DISTANCE.options[::-1]), "not those of the sample"),
        (said(RELATION_SAID, "the left", "the right"), "it is ['below', 'closer', 'left']"),
        (said(RELATION_SAID, ", lower down and closer", " and closer"), "the sentence says ['closer', 'left']"),
        (
            said(AROUND_SAID, "on the right and", "on the right, below the camera and"),
            "says ['behind', 'below', 'right']",
        ),
        (replace(RELATION_JUDGED, answer="No"), "the answer is 'No' to whether it is ['left']"),
        (said(RELATION_JUDGED, "to the left", "to the right"), "the answer is 'Yes' to whether it is ['right']"),
        (replace(AROUND, answer="D"), "the true option is 'A'"),
        (said(RELATION_JUDGED, "to the left of", "beside"), "which is no relation"),
    ],
)
def test_wrong_answers_are_caught(item: Sample, reason: str) -> None:
    assert reason in reasons(item)


SWAPPED = replace(RELATION, marks=(replace(CHAIR_BOX, colour="blue"), replace(TABLE_BOX, colour="red")))
YELLOW = said(DEPTH, "red point", "yellow point", marks=(replace(TABLE, colour="yellow"), CHAIR))
POINTED = said(RELATION, "red box", "red point", marks=(replace(CHAIR_BOX, kind="point", xy=(106, 150)), TABLE_BOX))
ROLES = replace(RELATION, marks=(replace(CHAIR_BOX, role="b"), replace(TABLE_BOX, role="a")))


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (SWAPPED, "the text names the red box"),
        (ROLES, "their marks have the roles 'b' and 'a'"),
        (said(RELATION, "relative to", "and also"), "does not say what is to be placed"),
        (YELLOW, "expected ['blue', 'red']"),
        (said(DEPTH, "the chair (blue point)", "the chair"), "the blue point is drawn but not named"),
        (replace(DEPTH, marks=(TABLE,)), "the text names a blue point, no mark has that colour"),
        (replace(DEPTH, marks=(TABLE, replace(CHAIR, colour="red"))), "expected different ones"),
        (replace(DEPTH, marks=(TABLE, replace(CHAIR, object_id=2))), "expected different ones"),
        (said(DEPTH, "the chair", "the office chair"), "object 1 is 'chair'"),
        (said(DEPTH, "the chair", "the mug"), "object 1 is 'chair'"),
        (said(DEPTH, "blue point", "blue box"), "speaks of a blue box, the mark is a point"),
        (POINTED, "expected a box"),
        (said(DEPTH_VIEWS, "third image", "second image"), "it is drawn on image 3"),
        (said(DEPTH_VIEWS, "the third image", "Frame-2"), "it is drawn on image 3"),
        (said(DEPTH_VIEWS, "third image", "kitchen"), "names no image"),
        (said(AROUND, "the camera of the first", "the camera of the second"), "the first, is meant"),
        (said(AROUND, "the camera of the first image", "the camera"), "which image is the observer's"),
        (said(DEPTH, "Answer in", "Object 12 counts. Answer in"), "'Object 1' leaked"),
        (said(DEPTH, "Answer in", "None. Answer in"), "'None' leaked"),
        (said(DEPTH, "Answer in", "Think of 17. Answer in"), "'17.' in the question"),
        (said(DISTANCE_CAMERA, "the camera", "the door"), "does not name the camera"),
        (
            replace(DEPTH_PAIR, answer="The table (red point) and the lamp (green point) differ by 2.0 metres."),
            "the sentence speaks of ['red', 'green']",
        ),
    ],
)
def test_text_and_marks_that_disagree_are_caught(item: Sample, reason: str) -> None:
    assert reason in reasons(item)


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (marked(DEPTH, 1, xy=(80, 150)), "does not show object 1"),
        (marked(DEPTH, 1, xy=(200, 119)), "does not show object 1"),
        (marked(DEPTH, 1, xy=(106, 240)), "outside its image"),
        (marked(DEPTH, 1, image=1), "is on image 2 of 1"),
        (marked(DEPTH, 1, object_id=99), "which the scene does not have"),
        (marked(DEPTH, 1, xy=(106, 150, 107)), "has 3 coordinates"),
        (said(marked(DEPTH, 1, object_id=4), "chair", "mug"), "object 4 fills 0.000% of image '0'"),
        (said(marked(DEPTH, 1, object_id=5), "chair", "sofa"), "the centre of object 5 lies outside image '0'"),
        (marked(RELATION, 0, xy=(91, 140, 130, 165)), "is not tight: its right side"),
        (marked(RELATION, 0, xy=(80, 140, 119, 165)), "is not tight: its left side"),
        (marked(RELATION, 0, xy=(91, 130, 119, 165)), "is not tight: its upper side"),
        (marked(RELATION, 0, xy=(91, 140, 119, 175)), "is not tight: its lower side"),
        (marked(RELATION, 0, xy=(91, 140, 110, 165)), "leaves out pixel"),
        (marked(RELATION, 0, xy=(119, 165, 91, 140)), "wrong order"),
        (replace(DEPTH, images=(ImageRef("7", 320, 240),)), "'7' is no frame"),
        (replace(DEPTH, images=(ImageRef("0", 640, 480),)), "is said to have 640 x 480 pixels"),
        (replace(DEPTH, images=()), "has no image"),
        (replace(AROUND, images=AROUND.images[1:]), "2 images, expected at least 3"),
        (replace(AROUND, images=AROUND.images[:1] * 3), "shown twice"),
        (replace(DEPTH, provenance={"frames": ["1"]}), "the provenance states frames ['1']"),
        (replace(DEPTH, provenance={"objects": {"a": 2}}), "the provenance states objects {'a': 2}"),
        (replace(DEPTH, scene="attic"), "expected test/room"),
        (replace(DEPTH, format="essay"), "format 'essay'"),
    ],
)
def test_false_marks_and_images_are_caught(item: Sample, reason: str) -> None:
    assert reason in reasons(item)


def test_a_mark_on_the_next_pixel_counts_as_rounding() -> None:
    assert reasons(marked(DEPTH, 1, xy=(90, 150))) == ""
    assert "does not show" in reasons(marked(DEPTH, 1, xy=(89, 150)))


def test_marks_must_be_told_apart() -> None:
    near = replace(DISTANCE, marks=(replace(DISTANCE.marks[0], xy=(118, 150)), DISTANCE.marks[1]))
    assert reasons(near) == ""
    assert "pixels apart, expected at least 96.0" in reasons(near, rules=Rules(mark_gap=0.3))
    assert "overlap by" not in reasons(RELATION)
    assert "overlap by 1.00" in reasons(marked(RELATION, 1, xy=RELATION.marks[0].xy))


def test_what_may_be_asked_follows_the_rules() -> None:
    assert "is structure" in reasons(DEPTH, rules=Rules(structure=frozenset({"chair"})))
    assert "is at most 0.400 m long" in reasons(DEPTH, rules=Rules(smallest_side=0.5))
    assert "fills" in reasons(DEPTH, rules=Rules(pixel_share=0.05))
    assert "not between 0.3 and 2 m" in reasons(DEPTH, rules=Rules(most=2.0))
    assert "not between 2.5 and 20 m" in reasons(DEPTH_PAIR, rules=Rules(least_difference=2.5))
    assert "pixels, expected at least 20.0%" in reasons(RELATION, rules=Rules(box_side=0.2))


def test_words_that_are_not_sure_are_caught() -> None:
    """The sides are 2 m apart, the heights 0.6 m, the distances 0.9 m."""
    assert "not sure: above/below -0.600" in reasons(RELATION, rules=Rules(slot_word=0.7))
    assert reasons(RELATION_JUDGED, rules=Rules(slot_word=0.7)) == ""
    assert "not sure: right/left -2.000" in reasons(RELATION_JUDGED, rules=Rules(slot_word=3.0))
    empty = said(RELATION, "left, below, closer", "left, , closer")
    assert "0 options are true" in reasons(empty)
    assert reasons(empty, rules=Rules(slot_word=0.7, slot_empty=0.65)) == ""


def test_what_the_stated_noise_could_change_is_not_sure() -> None:
    """Two centres, each 0.3 m off in the worst case: 0.6 m; turning the observer by 10 degrees moves sides by more."""
    shaky = make_scene(sensor=Sensor(position=0.3, rotation_deg=0.0))
    assert "2.3152 m is not sure: the stated noise moves it by 0.599 m" in reasons(DISTANCE, shaky)
    assert "option B '3.1' is within the noise (0.599 m) of 2.3152 m" not in reasons(DISTANCE, shaky)
    assert "option B '2.9' is within the noise (0.599 m) of 2.3152 m" in reasons(said(DISTANCE, "3.1", "2.9"), shaky)
    assert "not sure: above/below -0.600 m" in reasons(RELATION, shaky)
    assert reasons(RELATION_JUDGED, shaky) == ""
    turning = make_scene(sensor=Sensor(position=0.0, rotation_deg=20.0))
    assert "not sure: right/left +1.000 m" in reasons(AROUND, turning)
    empty = said(RELATION, "left, below, closer", "left, , closer")
    assert "not sure" in reasons(empty, shaky, Rules(slot_word=0.7, slot_empty=0.65))


def test_words_on_which_picture_and_metres_disagree_are_not_sure() -> None:
    """1.0 m right of the axis at depth 2 is further right in the picture than 1.5 m at depth 8, and less in metres."""
    boxes = {1: OrientedBox((1, 2, 1.2), (0.4,) * 3), 2: OrientedBox((1.5, 7.5, 2.4), (0.4,) * 3)}
    objects = tuple(SceneObject(i, LABELS[i], box) for i, box in boxes.items())
    scene = make_scene(objects=objects, surface=mesh([*boxes.items()]))
    marks = (replace(CHAIR_BOX, xy=(218, 127, 266, 163)), replace(TABLE_BOX, xy=(187, 96, 196, 104)))
    item = replace(RELATION_JUDGED, marks=marks)
    found = reasons(item, scene)
    assert "whether it is left is not sure: right/left -0.500 m (otherwise -0.500, +0.600 m)" in found


def test_a_steep_observer_has_no_sides() -> None:
    assert "degrees up or down" not in reasons(RELATION)
    steep = np.array([[1, 0, 0], [0, np.sin(0.2), -np.cos(0.2)], [0, np.cos(0.2), np.sin(0.2)]]).T
    frames = (replace(SCENE.frames[0], world_from_cam=pose(np.array(steep), (0, 0, 1.5))), *SCENE.frames[1:])
    item = replace(AROUND, id="steep")
    found = reasons(item, make_scene(frames=frames), Rules(steepest_deg=5.0))
    assert "the observer looks 11.5 degrees up or down, expected at most 5" in found


def pictured(*, ids: bool = True, depth: bool = True) -> Scene:
    """The scene without a mesh: frame "0" with a depth image and ids of chair, table and lamp."""
    instances, metres = np.full((240, 320), -1), np.full((240, 320), 7.0)
    for name, away, (x1, y1, x2, y2) in (
        (1, 2.8, CHAIR_BOX.xy),
        (2, 3.8, TABLE_BOX.xy),
        (3, 4.8, (153, 86, 166, 101)),
    ):
        instances[int(y1) : int(y2) + 1, int(x1) : int(x2) + 1] = name
        metres[int(y1) : int(y2) + 1, int(x1) : int(x2) + 1] = away
    frame = replace(SCENE.frames[0], instances=instances if ids else None, depth=metres if depth else None)
    return make_scene(frames=(frame, *SCENE.frames[1:]), surface=None)


def test_images_decide_where_there_is_no_mesh() -> None:
    single = [DEPTH, DEPTH_PAIR, DISTANCE, DISTANCE_CAMERA, RELATION, RELATION_SAID, RELATION_JUDGED]
    for scene in (pictured(), pictured(depth=False), pictured(ids=False)):
        assert [str(failure) for failure in verify(single, scene).failures] == []
        assert "does not show object 1" in reasons(marked(DEPTH, 1, xy=(60, 150)), scene)
    assert "does not bound object 1" in reasons(marked(RELATION, 0, xy=(91, 140, 119, 168)), pictured())
    assert "reaches beyond the place" in reasons(marked(RELATION, 0, xy=(60, 140, 119, 165)), pictured(ids=False))
    far = pictured()
    assert isinstance(far.frames[0].depth, np.ndarray)
    far.frames[0].depth[:] = 9.0
    assert "does not show object 1" in reasons(DEPTH, far)


def test_ids_on_a_smaller_grid_than_the_image() -> None:
    scene = pictured()
    frame = scene.frames[0]
    assert isinstance(frame.instances, np.ndarray)
    assert isinstance(frame.depth, np.ndarray)
    half = replace(
        frame,
        instances=frame.instances[::2, ::2],
        depth=frame.depth[::2, ::2],
        depth_camera=Camera(80, 80, 79.75, 59.75, 160, 120),
    )
    scene = replace(scene, frames=(half, *scene.frames[1:]))
    assert reasons(RELATION, scene) == ""
    assert "does not bound object 1" in reasons(marked(RELATION, 0, xy=(91, 140, 119, 170)), scene)


def test_what_cannot_be_decided_is_not_passed() -> None:
    blind = verify([DEPTH], make_scene(surface=None))
    assert (blind.checked, blind.unchecked, blind.ok) == (0, 1, False)
    other = verify([replace(DEPTH, task="colour_guess")], SCENE)
    assert (other.checked, other.unchecked, other.ok, other.failures) == (0, 1, False, [])
    wrong = verify([marked(replace(DEPTH, task="colour_guess"), 1, xy=(80, 150))], SCENE)
    assert (wrong.checked, wrong.unchecked, wrong.ok) == (1, 0, False)
    assert verify([], SCENE).ok


def test_other_tasks_register_their_derivation(monkeypatch: pytest.MonkeyPatch) -> None:
    def derive(item: Sample, *_: object) -> Iterator[str]:
        if item.answer != "brown":
            yield f"the answer is {item.answer!r}, expected 'brown'"

    monkeypatch.setitem(derivations, "colour_guess", derive)
    assert verify([replace(DEPTH, task="colour_guess", answer="brown")], SCENE).ok
    assert "expected 'brown'" in reasons(replace(DEPTH, task="colour_guess", answer="grey"))


def test_an_id_is_used_once() -> None:
    report = verify([DEPTH, DEPTH], SCENE)
    assert [failure.reason for failure in report.failures] == ["its id occurs twice"]
    assert (report.by_task[DEPTH.task].passed, report.by_task[DEPTH.task].failed) == (1, 1)


def test_labels_may_hold_words_and_numbers_that_mean_something_elsewhere() -> None:
    label = "3 seater right front sofa"
    objects = tuple(replace(item, label=label if item.id == 1 else item.label) for item in SCENE.objects)
    scene = make_scene(objects=objects)
    items = [said(item, "the chair", f"the {label}") for item in (DEPTH, DEPTH_PAIR, DISTANCE, RELATION_SAID)]
    assert [str(failure) for failure in verify(items, scene).failures] == []


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("Seen by the observer, where is <red> relative to <blue>?", "blue"),
        ("Starting at <blue>, where is <red>?", "blue"),
        ("which way do you go from <green> to get to <red>?", "green"),
        ("Taking <blue> as the point of reference, where is <red>?", "blue"),
        ("<blue> is the reference and you look for <red> more to the left.", "blue"),
        ("Compared with <blue>, and relative to <red>, where?", None),
        ("Where are <red> and <blue>?", None),
    ],
)
def test_reading_what_is_compared_with_what(text: str, colour: str | None) -> None:
    assert reference_of(text) == colour


def test_reading_claims_places_and_directions() -> None:
    assert relation_claimed("Is it right to place <red> farther away than <blue>?") == ("red", "blue", {"farther"})
    assert relation_claimed("Where is <red>?") is None
    assert directions("higher up and nearer, further to the left, brighter") == {"above", "closer", "farther", "left"}
    assert [image_said(place, 4) for place in ("the second image", "the 12th image", "Frame-3", "the last image")] == [
        1,
        11,
        2,
        3,
    ]
    assert image_said("the kitchen", 4) is None


def test_first_hits_are_those_of_a_linear_solver() -> None:
    rng = np.random.default_rng(5)
    vertices = rng.normal(loc=(0, 0, 4), size=(300, 3))
    faces = np.sort(rng.permuted(np.tile(np.arange(300), (200, 1)), axis=1)[:, :3])
    directions_, origin = rng.normal(loc=(0, 0, 1), scale=0.3, size=(400, 3)), np.array([0.1, -0.2, 0.0])
    far, hit = RayCaster(vertices, faces).cast(origin, directions_)
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    for direction, distance, face in zip(directions_, far, hit, strict=True):
        matrix = np.stack([-np.broadcast_to(direction, a.shape), b - a, c - a], axis=-1)
        t, u, v = np.linalg.solve(matrix, (origin - a)[:, :, None])[:, :, 0].T
        times = np.where((u >= 0) & (v >= 0) & (u + v <= 1) & (t > 0.05), t, np.inf)
        assert face == (int(times.argmin()) if np.isfinite(times).any() else -1)
        assert distance == pytest.approx(times.min(), rel=1e-9)


WELL_SUPPLIED = [  # ids that have plenty to ask about in a room of boxes
    *(f"depth_prediction_{kind}{views}" for kind in ("oc", "oo") for views in ("", "_mv")),
    *(f"distance_prediction_{kind}" for kind in ("oc", "oo", "oc_mv", "oo_mv", "oo_video")),
    *(f"obj_spatial_relation_{kind}" for kind in ("oo", "oo_mv", "oc_mv")),
]


def generated(seed: int) -> tuple[Scene, list[Sample]]:
    """A room of turned boxes and questions about it."""
    rng = np.random.default_rng(seed)
    boxes = []
    for name in range(1, 15):
        angle = rng.uniform(0, 6)
        turn = [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
        centre = rng.uniform((-3, -2, 0.3), (3, 2, 1.8))
        boxes.append((name, OrientedBox(centre, rng.uniform(0.2, 0.8, 3), np.array(turn))))
    frames = []
    for k in range(40):
        angle, down = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.4)
        ahead = np.array([np.cos(angle) * np.cos(down), np.sin(angle) * np.cos(down), -np.sin(down)])
        right = np.array([np.sin(angle), -np.cos(angle), 0])
        turn = np.stack([right, np.cross(ahead, right), ahead], axis=1)
        frames.append(Frame(str(k), CAMERA, pose(turn, tuple(rng.uniform((-3, -2, 1.3), (3, 2, 1.7)))), time=float(k)))
    objects = tuple(SceneObject(name, list(LABELS.values())[name % 5], box) for name, box in boxes)
    surface = mesh([(-1, OrientedBox((0, 0, 1.4), (8, 6, 2.8))), *boxes])
    scene = Scene("room", "test", tuple(frames), objects, surface)
    return scene, list(generate(WELL_SUPPLIED, scene, seed=seed, per_task=6))


def test_generated_samples_pass_and_spoilt_ones_do_not() -> None:
    scene, samples = generated(3)
    report: Report = verify(samples, scene)
    assert [str(failure) for failure in report.failures] == []
    assert set(report.by_task) == set(WELL_SUPPLIED)
    spoilt = [spoil(item) for item in samples]
    passed = {item.id for item in spoilt} - {failure.sample_id for failure in verify(spoilt, scene).failures}
    assert passed == set()


def spoil(item: Sample) -> Sample:
    """The sample with another answer."""
    if item.format == "select":
        return replace(item, answer="ABCD"[("ABCD".index(item.answer) + 1) % len(item.options)])
    if item.format == "judge":
        return replace(item, answer="No" if item.answer == "Yes" else "Yes")
    if item.format == "fill":
        return replace(item, answer=f"{float(item.answer) + 0.2:.1f}")
    swap = {"left": "right", "right": "left", "higher": "lower", "lower": "higher", "above the": "below the"}
    swap |= {
        "below the": "above the",
        "closer": "farther",
        "farther away": "closer",
        "in front": "behind",
        "behind": "in front",
    }
    for old, new in swap.items():
        if item.task.startswith("obj") and old in item.answer:
            return replace(item, answer=item.answer.replace(old, new))
    number = item.answer.split(" metres")[0].split()[-1]
    return replace(item, answer=item.answer.replace(number + " metres", f"{float(number) + 0.2:.1f} metres"))
