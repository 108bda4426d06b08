"""Registration of adapters, and the one way to load a scene."""

import numpy as np
import pytest

from spatialkit.adapters import Adapter, Finding, adapters, load_scene
from spatialkit.errors import ArgumentError, DataError, DuplicateName, UnknownName
from spatialkit.scene import Scene


@pytest.fixture
def shelf():
    """An adapter of the test's own, gone afterwards."""

    class Shelf(Adapter):
        """Knows two empty places and one that is broken."""

        name = "shelf"
        summary = "for a test"

        def scenes(self, root):
            return ["one", "two"]

        def load(self, root, scene_id, *, tidy=False):
            if scene_id == "two":
                raise DataError("two.json", "frames", found="none", expected="some")
            return Scene(scene_id, self.name, (), (), skipped={"book 3": "lent out", "tidy": str(tidy)})

    yield Shelf
    del adapters._items["shelf"], adapters._homes["shelf"]


def test_the_built_in_ones_are_there():
    assert {"folder", "scannet", "toy"} <= set(adapters)
    assert all(a.summary and a.name == name for name, a in adapters.items())


def test_subclassing_registers(shelf):
    assert isinstance(adapters["shelf"], shelf)
    assert load_scene("shelf", None, "one", tidy=True).skipped["tidy"] == "True"


def test_a_class_without_a_name_is_a_base_for_others(shelf):
    class Common(shelf):
        """Shares code."""

    assert type(adapters["shelf"]) is shelf


def test_two_of_one_name_name_both_files(shelf):
    body = {"name": "shelf", "__module__": "json"}
    with pytest.raises(DuplicateName, match=r"'shelf' is defined twice: in .*test_adapters\.py and in .*json"):
        type("Other", (Adapter,), body)
    assert type(adapters["shelf"]) is shelf


def test_an_unknown_name_suggests_near_ones(shelf):
    with pytest.raises(UnknownName, match=r"unknown dataset 'scanet'; did you mean scannet"):
        load_scene("scanet")
    with pytest.raises(UnknownName, match=r"unknown option of dataset 'shelf': 'tiddy'; did you mean tidy"):
        load_scene("shelf", None, "one", tiddy=True)


def test_which_scene_is_asked_for_only_where_there_are_several_on_disk(shelf, tmp_path):
    with pytest.raises(ArgumentError, match=r"scene_id: found none, expected one of the 2 scenes: one, two"):
        load_scene("shelf", tmp_path)
    shelf.takes_root = False
    assert load_scene("shelf").id == "one"


def test_a_check_names_what_is_left_out_and_goes_on(shelf):
    found = list(adapters["shelf"].check(None))
    assert Finding("warning", "one", "left out: book 3: lent out") in found
    assert Finding("error", "one", "no frames: no questions at all") in found
    assert [f.message for f in found if f.where == "two"] == ["two.json: frames: found none, expected some"]
    assert {f.where for f in adapters["shelf"].check(None, ["two"])} == {"two"}


@pytest.mark.parametrize("name", ["folder", "scannet"])
def test_no_root_is_one_clear_error(name, tmp_path):
    with pytest.raises(DataError, match=rf"{name}: root: found none, expected the folder that holds the scenes"):
        adapters[name].scenes(None)
    with pytest.raises(DataError, match=r"gone: root: found no such folder"):
        adapters[name].load(tmp_path / "gone", "x")
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"file: root: found a file"):
        adapters[name].scenes(tmp_path / "file")
    with pytest.raises(DataError, match="scenes: found no "):
        adapters[name].scenes(tmp_path)


def test_mistakes_are_rigid():
    """What the self-test tries in place of a pose has to be one."""
    from spatialkit.adapters._selftest import MISTAKES

    q, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = q * np.linalg.det(q), (1, 2, 3)
    for mistake in MISTAKES.values():
        wrong = mistake(pose)
        np.testing.assert_allclose(wrong[:3, :3] @ wrong[:3, :3].T, np.eye(3), atol=1e-12)
        assert np.linalg.det(wrong[:3, :3]) > 0
