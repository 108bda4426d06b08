"""The observations table: against the instance images, with and without a mesh, and when frames are broken."""

from __future__ import annotations

import importlib
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from spatialkit.adapters import load_scene
from spatialkit.errors import ArgumentError
from spatialkit.observe import observe
from spatialkit.scene import Camera, Frame, OrientedBox, Scene, SceneObject
from spatialkit.surfaces import Surface, sample_scene


@cache
def flat() -> Scene:
    return load_scene("toy", None, "flat-3", rooms=1, clutter=0.5, frames=8, width=160, height=120)


@cache
def pixel_counts() -> np.ndarray:
    counts = np.zeros((len(flat().frames), len(flat().objects)), dtype=int)
    for i, frame in enumerate(flat().frames):
        ids, number = np.unique(frame.load_instances(), return_counts=True)
        for k, n in zip(ids, number, strict=True):
            if k >= 0:
                counts[i, flat().object_index[int(k)]] = n
    return counts


def without_mesh(scene: Scene, *, instances: bool) -> Scene:
    """The same pictures as arrays, as a capture without a mesh has them."""
    frames = tuple(
        replace(f, depth=f.load_depth(), instances=f.load_instances() if instances else None) for f in scene.frames
    )
    return replace(scene, surface=None, frames=frames)


def test_pixels_and_boxes_are_those_of_the_instance_images() -> None:
    table, counts = observe(flat()), pixel_counts()
    np.testing.assert_allclose(table.pixel_share * 160 * 120, counts, atol=1e-6)
    for i, frame in enumerate(flat().frames):
        ids = frame.load_instances()
        for j in np.flatnonzero(counts[i]):
            rows, columns = np.nonzero(ids == flat().objects[j].id)
            expected = (columns.min(), rows.min(), columns.max(), rows.max())
            np.testing.assert_array_equal(table.visible_rect[i, j], expected)
            u, v = table.anchor[i, j].astype(int)
            assert ids[v, u] == flat().objects[j].id


def test_anchors_keep_off_the_outline_by_a_mark_where_the_object_is_wide_enough() -> None:
    from scipy.ndimage import distance_transform_cdt

    table, room, wide = observe(flat()), round(20 / 1296 * 160), 0
    for i, frame in enumerate(flat().frames):
        ids = frame.load_instances()
        for j in np.flatnonzero(pixel_counts()[i]):
            steps = distance_transform_cdt(np.pad(ids == flat().objects[j].id, 1), metric="taxicab")[1:-1, 1:-1]
            u, v = table.anchor[i, j].astype(int)
            assert steps[v, u] >= min(room, (steps.max() + 1) // 2)
            allowed = np.argwhere(steps >= min(room, (steps.max() + 1) // 2))[:, ::-1]
            if np.isfinite(table.centre[i, j]).all():
                nearest = np.linalg.norm(allowed - table.centre[i, j, :2], axis=1).min()
                assert np.linalg.norm(table.anchor[i, j] - table.centre[i, j, :2]) == pytest.approx(nearest)
            wide += steps.max() > room
    assert wide > 20


def test_what_is_not_seen_has_no_place_in_the_image() -> None:
    table, counts = observe(flat()), pixel_counts()
    unseen = counts == 0
    assert unseen.any()
    assert np.isnan(table.anchor[unseen]).all()
    assert np.isnan(table.visible_rect[unseen]).all()
    assert (table.visible_share[unseen] < 0.05).all()


def test_the_projected_box_contains_the_visible_one() -> None:
    table = observe(flat())
    seen = np.isfinite(table.visible_rect).all(axis=2)
    assert seen.sum() > 50
    amodal, visible = table.amodal_rect[seen], table.visible_rect[seen]
    assert (amodal[:, :2] <= visible[:, :2] + 1e-6).all()
    assert (amodal[:, 2:] >= visible[:, 2:] - 1e-6).all()


def test_the_mesh_gives_ids_where_the_frame_has_none() -> None:
    frames = tuple(replace(f, depth=f.load_depth(), instances=None) for f in flat().frames)
    table, truth = observe(replace(flat(), frames=frames)), observe(flat())
    np.testing.assert_array_equal(table.visible_rect, truth.visible_rect)
    np.testing.assert_array_equal(table.anchor, truth.anchor)
    np.testing.assert_array_equal(table.pixel_share, truth.pixel_share)


def test_what_stands_before_the_mesh_is_not_taken_for_it() -> None:
    """A hand before the lens: the mesh knows nothing of it, the sensor does."""
    depth = flat().frames[3].load_depth().copy()
    depth[:, :80] = 0.4
    frames = list(flat().frames)
    frames[3] = replace(frames[3], depth=depth, instances=None)
    table = observe(replace(flat(), frames=tuple(frames)))
    anchors = table.anchor[3][np.isfinite(table.anchor[3]).all(axis=1)]
    assert len(anchors) > 3
    assert (anchors[:, 0] >= 80).all()


def test_without_mesh_and_ids_depth_alone_places_marks_on_the_same_objects() -> None:
    """Points of the objects' own surface, tested against depth, with nothing else to say whose a pixel is."""
    truth = observe(flat())
    samples = sample_scene(flat(), {})
    points = [samples.points[samples.owners == i] + samples.origin for i in range(len(flat().objects))]
    objects = tuple(replace(o, points=p) for o, p in zip(flat().objects, points, strict=True))
    table = observe(replace(without_mesh(flat(), instances=False), objects=objects))
    assert set(table.surface_source) == {"points"}
    assert np.isnan(table.disc).all()
    large = (truth.pixel_share * 160 * 120 > 150) & np.isfinite(table.anchor).all(axis=2)
    hits = []
    for i, j in zip(*np.nonzero(large), strict=True):
        u, v = np.round(table.anchor[i, j]).astype(int)
        hits.append(flat().frames[i].load_instances()[v, u] == flat().objects[j].id)
    assert len(hits) > 20
    assert np.mean(hits) > 0.95


def test_a_capture_with_ids_and_no_mesh_sees_the_same_objects() -> None:
    table = observe(without_mesh(flat(), instances=True))
    np.testing.assert_allclose(table.pixel_share * 160 * 120, pixel_counts(), atol=1e-6)
    large = table.pixel_share * 160 * 120 > 300
    assert set(np.array(table.surface_source)[large.any(axis=0)]) == {"instances"}
    assert np.median(table.visible_share[large]) > 0.6
    assert table.visible_share.max() <= 1


def test_without_ids_objects_take_the_depth_in_their_box() -> None:
    table = observe(without_mesh(flat(), instances=False))
    assert "depth" in table.surface_source
    large = pixel_counts() > 400
    assert (table.visible_share[large] > 0.05).mean() > 0.9


def test_shared_surface_is_an_intersection_over_union() -> None:
    shared = observe(flat()).shared
    np.testing.assert_array_equal(shared, shared.T)
    assert ((shared >= 0) & (shared <= 1)).all()
    assert (np.diag(shared) == 1).all()


def test_a_broken_frame_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    bad = tmp_path / "gone.png"
    frames = list(flat().frames)
    frames[2] = replace(frames[2], depth=bad)
    table = observe(replace(flat(), frames=tuple(frames)))
    assert list(table.skipped) == [frames[2].id]
    assert "gone.png" in table.skipped[frames[2].id]
    assert table.usable.tolist() == [i != 2 for i in range(8)]
    assert (table.visible_share[2] == 0).all()
    np.testing.assert_array_equal(table.visible_share[3], observe(flat()).visible_share[3])


def test_threads_change_nothing() -> None:
    broken = replace(flat().frames[3], depth=np.full((7, 5), 2.0, dtype=np.float32))
    scene = replace(flat(), frames=(*flat().frames[:3], broken, *flat().frames[4:]))
    one, *others = (vars(observe(replace(scene), threads=threads)) for threads in (1, 2, 3))
    assert list(one["skipped"]) == [broken.id]
    for other in others:
        assert other.keys() == one.keys()
        for name, value in one.items():
            if isinstance(value, np.ndarray):
                np.testing.assert_array_equal(other[name], value)
            else:
                assert other[name] == value


@pytest.mark.parametrize("threads", [0, 65, 1.5, "2"])
def test_threads_are_a_number_from_one(threads: object) -> None:
    with pytest.raises(ArgumentError, match=r"threads: found .*, expected a whole number from 1 to 64"):
        observe(flat(), threads=threads)  # type: ignore[arg-type]


def test_who_asks_at_the_same_time_gets_the_same_table() -> None:
    scene = replace(flat())
    with ThreadPoolExecutor(4) as pool:
        tables = list(pool.map(lambda _: observe(scene, threads=1), range(4)))
    assert all(table is tables[0] for table in tables)


def test_other_errors_come_through_from_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*arguments: object) -> None:
        raise RuntimeError("not expected")

    monkeypatch.setattr(importlib.import_module("spatialkit.observe"), "_observe_frame", fails)
    with pytest.raises(RuntimeError, match="not expected"):
        observe(replace(flat()), threads=2)


def test_a_scene_without_depth_and_mesh_is_refused() -> None:
    frames = tuple(replace(f, depth=None, instances=None) for f in flat().frames)
    with pytest.raises(ArgumentError, match="neither depth images nor a surface"):
        observe(replace(flat(), surface=None, frames=frames))


def test_a_scene_without_objects_has_an_empty_table() -> None:
    table = observe(replace(flat(), objects=()))
    assert table.visible_share.shape == (8, 0)
    assert table.shared.max() == 1


def test_the_table_is_remembered_with_the_scene() -> None:
    assert observe(flat()) is observe(flat())
    assert len(importlib.import_module("spatialkit.observe")._cache) > 0


def test_samples_lie_on_their_object_and_stand_for_all_of_its_surface() -> None:
    samples = sample_scene(flat(), {})
    areas = [flat().surface.face_areas[flat().surface.face_ids == o.id].sum() for o in flat().objects]
    np.testing.assert_allclose(samples.total_area, areas, rtol=1e-4)
    for i, item in enumerate(flat().objects):
        own = samples.points[samples.owners == i] + samples.origin
        assert len(own) >= 400
        local = (own - item.box.centre) @ item.box.world_from_box
        assert (np.abs(local) <= item.box.size / 2 + 1e-4).all()
    assert samples.common % 8 == 0
    assert (samples.owners[: samples.common] == -1).all()


def test_an_object_without_any_surface_takes_that_of_its_box() -> None:
    ghost = SceneObject(999_999, "ghost", OrientedBox([0, 0, 50], [1, 2, 3]))
    samples = sample_scene(replace(flat(), objects=(ghost,)), {})
    assert samples.source == ("box",)
    assert samples.total_area[0] == pytest.approx(22)


def test_samples_are_even_over_a_mesh_of_uneven_triangles() -> None:
    vertices = np.array([[0, 0, 0], [4, 0, 0], [4, 1, 0], [0, 1, 0], [0.1, 0, 0], [0.1, 1, 0]], dtype=float)
    faces = [[0, 4, 5], [0, 5, 3], [4, 1, 2], [4, 2, 5]]
    scene = Scene("s", "d", (), (), Surface(vertices, faces, [-1] * 4))
    samples = sample_scene(scene, {})
    counts, _, _ = np.histogram2d(samples.points[:, 0], samples.points[:, 1], bins=(8, 2))
    np.testing.assert_allclose(counts / samples.common, 1 / 16, rtol=0.05)


@pytest.mark.parametrize("instances", [None, True])
def test_a_scene_far_from_the_origin_is_seen_alike(instances: bool | None) -> None:
    near = flat() if instances is None else without_mesh(flat(), instances=instances)
    far = np.eye(4)
    far[:3, 3] = (5e5, 5e6, -3e4)
    here, there = observe(near), observe(near.moved(far))
    np.testing.assert_allclose(there.visible_share, here.visible_share, atol=0.01)
    np.testing.assert_allclose(there.shared, here.shared, atol=0.01)


def test_nobody_can_change_what_is_remembered() -> None:
    with pytest.raises(ValueError, match="read-only"):
        observe(flat()).visible_share[0, 0] = 5


def test_points_that_are_kept_do_not_grow_with_the_number_of_frames() -> None:
    few = without_mesh(flat(), instances=True)
    again = (replace(f, id=f"{f.id}-{k}", time=None) for k in range(12) for f in few.frames)
    many = replace(few, frames=tuple(again))
    once, often = sample_scene(few, {}), sample_scene(many, {})
    assert often.common == once.common <= 16384
    counts = [np.bincount(s.owners[s.common :], minlength=len(few.objects)) for s in (once, often)]
    assert counts[1].max() <= 4000
    assert counts[1].sum() < 2 * counts[0].sum()
    np.testing.assert_allclose(often.extent, once.extent, rtol=0.05)


def test_without_depth_the_mesh_tells_what_is_visible() -> None:
    seen, told = observe(flat()), observe(flat().without_depth())
    assert all(frame.depth is None for frame in flat().without_depth().frames)
    assert flat().frames[0].depth is not None
    assert np.abs(seen.visible_share - told.visible_share).max() < 0.1
    # The toy's depth images are drawn from its mesh: the same pixels, but for depth in whole millimetres.
    counts = pixel_counts() / (160 * 120)
    assert np.abs(told.pixel_share - counts).max() < 0.002
    with pytest.raises(ArgumentError, match="found no surface"):
        without_mesh(flat(), instances=True).without_depth()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_while_a_thread_observes_does_not_wait_for_it() -> None:
    """The child has no such thread: it makes a table of its own."""
    inside, go_on = Event(), Event()

    def slow() -> np.ndarray:
        inside.set()
        assert go_on.wait(60)
        return np.full((48, 64), 2.0, np.float32)

    def quick() -> np.ndarray:
        return np.full((48, 64), 2.0, np.float32)

    depth = [slow]
    camera = Camera(60, 60, 31.5, 23.5, 64, 48)
    frame = Frame("0", camera, np.eye(4), depth=lambda: depth[0]())
    scene = Scene("s", "d", (frame,), (SceneObject(1, "wall", OrientedBox((0, 0, 2), (1, 1, 0.1))),))
    with ThreadPoolExecutor(1) as pool:
        table = pool.submit(observe, scene, threads=1)
        assert inside.wait(60)
        child = os.fork()
        if child == 0:
            signal.alarm(30)  # a child that waits for ever dies of it
            depth[0] = quick
            os._exit(0 if observe(scene, threads=1).usable.all() else 1)
        go_on.set()
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert table.result().usable.all()
