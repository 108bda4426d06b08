"""Everything that reads bytes, as functions of the bytes alone, each with valid inputs to begin from."""

from __future__ import annotations

import atexit
import io
import json
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from spatialkit import _core
from spatialkit._images import read_image
from spatialkit.adapters import adapters, load_scene
from spatialkit.adapters._connectivity import read_connectivity, read_episodes
from spatialkit.adapters._readers import image_header, read_json, read_matrix, read_npz, read_ply
from spatialkit.adapters.folder import MESH
from spatialkit.answers import tidied
from spatialkit.audit import audit
from spatialkit.bench.score import reward, score
from spatialkit.errors import SpatialkitError
from spatialkit.generate import generate
from spatialkit.rules import Rules
from spatialkit.run import MANIFEST, read_manifest
from spatialkit.samples import Sample
from spatialkit.scene import Scene
from spatialkit.tasks.base import registry
from spatialkit.verify import verify
from spatialkit.writers import read, write, writers
from spatialkit.writers._spool import Spool, write_shard
from tests.contract import test_folder as folders
from tests.encoders import matterport, scannet
from tests.fuzz.harness import Target
from tests.golden.test_samples import room
from tests.unit.test_images import png

__all__ = ["TARGETS"]


@cache
def scratch() -> Path:
    """Return a folder that is gone when the process ends."""
    path = Path(tempfile.mkdtemp(prefix="spatialkit-fuzz-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def at_path(name: str, use: Callable[[Path], object]) -> Callable[[bytes], object]:
    """Return a function of bytes that writes them to a file of that name and uses it."""

    def run(data: bytes) -> object:
        path = scratch() / name
        path.write_bytes(data)
        return use(path)

    return run


# ---- images -------------------------------------------------------------------------------------------------------

HEIGHT, WIDTH = 24, 32


def saved(mode: str, form: str, **options: Any) -> bytes:
    levels = np.random.default_rng(1).integers(0, 255, (HEIGHT, WIDTH, 4)).astype(np.uint8)
    pixels = levels[..., 0].astype(np.uint16) * 200 if mode == "I;16" else levels
    image = Image.fromarray(pixels) if mode == "I;16" else Image.fromarray(pixels, "RGBA").convert(mode)
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def images() -> list[bytes]:
    pixels = np.random.default_rng(2).integers(0, 65536, (HEIGHT, WIDTH)).astype(np.uint16)
    grey = [png(pixels, np.arange(HEIGHT) % 5), png(pixels, np.full(HEIGHT, 4), parts=3)]
    plain = [saved(mode, "PNG") for mode in ("I;16", "L", "RGB", "RGBA", "P", "1", "LA")]
    jpegs = [saved("RGB", "JPEG"), saved("L", "JPEG", progressive=True), saved("CMYK", "JPEG")]
    others = [saved("RGB", "WEBP"), saved("I;16", "TIFF"), saved("RGB", "TIFF", compression="tiff_lzw")]
    return grey + plain + jpegs + others + [saved("RGB", "PPM"), saved("L", "PPM"), saved("RGB", "BMP")]


def unfilter(data: bytes) -> object:
    """Undo the filters of rows whose width the first two bytes give."""
    bytes_of_row = 1 + 2 * (1 + int.from_bytes(data[:2], "little") % 300)
    rows = np.frombuffer(data[2:], np.uint8)
    return _core.unfilter16(rows[: len(rows) // bytes_of_row * bytes_of_row].reshape(-1, bytes_of_row).copy())


def rows_of_pixels() -> list[bytes]:
    rng = random.Random(3)
    return [
        (width - 1).to_bytes(2, "little") + b"".join(bytes([y % 5]) + rng.randbytes(2 * width) for y in range(9))
        for width in (1, 7, 8, 9, 33, 160)
    ]


# ---- scenes -------------------------------------------------------------------------------------------------------


def look_through(scene: Scene) -> None:
    """Load every image of a scene; each may be refused."""
    for frame in scene.frames:
        for load in (frame.load_image, frame.load_depth, frame.load_instances):
            with suppress(SpatialkitError):
                load()


@cache
def folder_scene() -> Path:
    """Return a scene folder with everything that one can hold, and two frames."""
    path = scratch() / "folder" / "room"
    folders.encode(path)
    record = json.loads((path / "scene.json").read_text())
    record["frames"] = record["frames"][:2]
    np.savez(path / "points.npz", points=np.arange(9.0).reshape(3, 3), ids=np.array([11, 7, 11]))
    np.savez_compressed(path / "mesh.npz", vertices=np.eye(3), faces=np.array([[0, 1, 2]]), face_ids=np.array([7]))
    record |= {
        "points": "points.npz",
        "surface": {"mesh": "mesh.npz"},
        "floor": [[[0, 0], [4, 0], [4, 4], [0, 4]]],
        "exhaustive": ["thing 1"],
        "graph": {
            "ids": ["a", "b"],
            "positions": [[1, 1, 1.5], [3, 3, 1.5]],
            "edges": [["a", "b"]],
            "heights": [1.5, 1.5],
        },
        "routes": [{"id": "r", "nodes": ["a", "b"], "facing": [1, 0, 0], "instruction": "Walk on.", "language": "en"}],
    }
    (path / "scene.json").write_text(json.dumps(record))
    return path


def small_scannet() -> Path:
    """Return a ScanNet scan of two frames."""
    path = scratch() / "scannet"
    scannet.write_scannet(path, scannet.make_room())
    scan = path / scannet.SCENE_ID
    for kind in ("color", "depth", "pose"):
        for extra in sorted((scan / kind).iterdir(), key=lambda file: int(file.stem))[2:]:
            extra.unlink()
    return scan


small_scannet = cache(small_scannet)


def part_of(
    base: Callable[[], Path], find: Callable[[Path], str], use: Callable[[Path], object]
) -> tuple[Callable[[bytes], object], Callable[[], list[bytes]]]:
    """Return what runs ``use`` on a folder with one file replaced, and what is in that file when it is sound."""

    @cache
    def sound() -> bytes:
        return (base() / find(base())).read_bytes()

    def run(data: bytes) -> object:
        original, path = sound(), base() / find(base())
        path.write_bytes(data)
        try:
            return use(base())
        finally:
            path.write_bytes(original)

    return run, lambda: [sound()]


def read_folder(path: Path) -> None:
    look_through(load_scene("folder", path))


def check_folder(path: Path) -> None:
    for _ in adapters["folder"].check(path):
        pass


def read_scannet(path: Path) -> None:
    look_through(load_scene("scannet", path, scannet.SCENE_ID))


def first(pattern: str) -> Callable[[Path], str]:
    return lambda folder: sorted(folder.glob(pattern))[0].relative_to(folder).as_posix()


# ---- meshes, arrays, text -----------------------------------------------------------------------------------------


def meshes() -> list[bytes]:
    def mesh(order: str, more: str = "", color: bytes = b"") -> bytes:
        sign = "<" if order == "little" else ">"
        head = (
            f"ply\nformat binary_{order}_endian 1.0\ncomment x\nelement vertex 4\nproperty float x\nproperty float y\n"
        )
        head += f"property float z\n{more}element face 2\nproperty list uchar int vertex_indices\nend_header\n"
        points = np.arange(12, dtype=f"{sign}f4").reshape(4, 3)
        sides = [b"\3" + np.array(face, f"{sign}i4").tobytes() for face in ([0, 1, 2], [1, 2, 3])]
        return head.encode() + b"".join(p.tobytes() + color for p in points) + b"".join(sides)

    return [mesh("little"), mesh("big"), mesh("little", "property uchar red\nproperty ushort label\n", b"\1\2\0")]


def arrays() -> list[bytes]:
    out = []
    for save in (np.savez, np.savez_compressed):
        stream = io.BytesIO()
        save(stream, vertices=np.eye(3), faces=np.array([[0, 1, 2]]), face_ids=np.array([7]))
        out.append(stream.getvalue())
    return out


MATRICES = [b"1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n", b"-0.1 2e3 0 0.5,1 2 3 4 5 6 7 8 9 10 11 12\n"]


def rules() -> list[bytes]:
    some = 'least = 0.5\nmost = 12\nstructure = ["wall", "floor"]\ncentre_in_image = false\nvideo_frames = 16\n'
    return [some.encode(), b'# mine\n"search" = 5_000\nmark_gap = 4e-2\n']


# ---- navigation ---------------------------------------------------------------------------------------------------


@cache
def graph() -> Any:
    path = matterport.write_json(scratch() / "graph.json", matterport.panoramas())
    return read_connectivity(path)


def episodes(path: Path) -> object:
    return read_episodes(path, scan=matterport.SCAN, graph=graph())


def episode_files(name: str) -> list[bytes]:
    walk = ["a0", "b1", "c2", "d3"]
    path = scratch() / f"seed-{name}"
    if ".jsonl" in name:
        matterport.write_lines(path, [matterport.rxr(walk, "north"), matterport.rxr(walk[1:], "east", 12)])
    else:
        matterport.write_json(path, [matterport.r2r(walk, "north"), matterport.r2r(walk[:2], "west", 8)])
    return [path.read_bytes()]


# ---- samples ------------------------------------------------------------------------------------------------------


@cache
def world() -> Scene:
    return room()


@cache
def samples() -> list[Sample]:
    return list(generate("all", world(), seed=5, per_task=1))


def lines_of_samples() -> list[bytes]:
    import msgspec

    every = [msgspec.json.encode(sample) for sample in samples()]
    return [b"\n".join(every[k : k + 3]) + b"\n" for k in range(0, len(every), 3)]


@cache
def written() -> Path:
    """Return a folder of samples as the writer leaves it, images included."""
    path = scratch() / "written"
    scene = folders_as_frames()
    write([s for s in samples() if len(s.images) < 4 and s.format == "fill"][:6], path, scenes={scene.id: scene})
    return path


def folders_as_frames() -> Scene:
    """Return the room with images of one colour."""
    from dataclasses import replace

    frames = [replace(f, image=np.zeros((f.camera.height, f.camera.width, 3), np.uint8)) for f in world().frames]
    return replace(world(), frames=tuple(frames))


def read_samples(path: Path) -> None:
    for _ in read(path):
        pass


def read_scenes(path: Path) -> None:
    for _ in writers["spar"].read_by_scene(path):
        pass


def check_samples(path: Path) -> None:
    for _ in writers["spar"].check(path):
        pass


def use_samples(use: Callable[[list[Sample]], object]) -> Callable[[bytes], object]:
    """Return what reads samples as from a folder of them, and uses them."""

    def run(data: bytes) -> object:
        path = scratch() / "lines" / "provenance" / "d" / "t"
        path.mkdir(parents=True, exist_ok=True)
        (path / "fill_1.jsonl").write_bytes(data)
        return use(list(read(scratch() / "lines")))

    return run


def read_shard(path: Path) -> None:
    spool = Spool([path])
    for group in spool.groups():
        for _ in spool.rows(group):
            pass


def shards() -> list[bytes]:
    some = samples()[:4]
    path = scratch() / "seed.jsonl"
    write_shard(
        path, some, [{"id": s.id} for s in some], scene="room", dataset="golden", seed=1, notes={"frame 9": "x"}
    )
    return [path.read_bytes()]


def manifests() -> list[bytes]:
    run = {"spatialkit": "0.1.0", "dataset": "toy", "root": None, "seed": 0, "per_task": 1, "tasks": ["obj_count"]}
    run |= {"formats": ["fill"], "writer": "spar", "rules": Rules().to_dict(), "scenes": ["a"]}
    empty: dict[str, Any] = {"skipped": {}, "left_out": {}, "ledger": {}, "notes": [], "files": ["a/b.jsonl"]}
    manifest = {"run": run, "complete": True, "samples": 1, "counts": {"obj_count": {"fill": 1}}} | empty
    return [json.dumps(manifest).encode()]


# ---- replies ------------------------------------------------------------------------------------------------------


@cache
def asked() -> dict[str, list[str]]:
    """Return expected answers by task, one task for each type of answer that the samples have."""
    tasks: dict[str, str] = {}
    for sample in samples():
        tasks.setdefault(type(registry[sample.task].task.answer).__name__, sample.task)
    return {task: [s.answer for s in samples() if s.task == task] for task in tasks.values()}


def reply(data: bytes) -> object:
    """Read a text as an answer of each task; score it as a reply, and as the expected answer itself."""
    text = data.decode("utf-8", "surrogateescape" if data[:1] > b"m" else "replace")
    for name in registry:
        registry[name].task.answer.parse(tidied(text))
    for task, answers in asked().items():
        for expected in answers:
            for judge in (score, reward):
                got = judge(task, predicted=text, expected=expected)
                if not 0 <= got <= 1:
                    raise AssertionError(f"{judge.__name__} of {task} is {got}")
        with suppress(SpatialkitError):
            score(task, predicted=answers[0], expected=text)
    return None


def replies() -> list[bytes]:
    said = [s.answer for s in samples()]
    dressed = ["**The answer is {}**", "Let me see. {} because it is nearer, not {}.", "{}\n\n{}"]
    return [text.encode() for text in (*said, *(d.format(a, a) for d in dressed for a in said))]


# -------------------------------------------------------------------------------------------------------------------


def _targets() -> Iterator[tuple[str, Target]]:
    yield "unfilter", Target(unfilter, rows_of_pixels)
    use = at_path("image.png", lambda path: read_image(path, field="depth", size=(HEIGHT, WIDTH)))
    yield "image", Target(use, images)
    yield "image header", Target(at_path("header.png", lambda path: image_header(path, "color")), images)
    yield "ply", Target(at_path("mesh.ply", read_ply), meshes)
    yield "npz", Target(at_path("mesh.npz", lambda path: read_npz(path, MESH)), arrays)
    yield "json", Target(at_path("any.json", read_json), lambda: [b'{"a": [1, 2.5e3, null, true, "\\u00e9"]}'])
    yield "matrix", Target(at_path("pose.txt", lambda path: read_matrix(path, "pose", (4, 4))), lambda: MATRICES)
    yield "rules", Target(at_path("rules.toml", Rules.from_toml), rules)
    for name in ("scene.json", "mesh.npz", "points.npz", "rgb_0.png", "depth_0.png", "ids_0.png"):
        yield f"folder: {name}", Target(*part_of(folder_scene, lambda _, name=name: name, read_folder))
    yield "check of a folder", Target(*part_of(folder_scene, lambda _: "scene.json", check_folder))
    for name, pattern in {
        "notes": f"{scannet.SCENE_ID}.txt",
        "pose": "pose/*.txt",
        "intrinsics": "intrinsic/intrinsic_depth.txt",
        "extrinsics": "intrinsic/extrinsic_color.txt",
        "mesh": "*_vh_clean_2.ply",
        "segments": "*_vh_clean_2.0.010000.segs.json",
        "aggregation": f"{scannet.SCENE_ID}.aggregation.json",
        "colour": "color/*.jpg",
        "depth": "depth/*.png",
    }.items():
        yield f"scannet: {name}", Target(*part_of(small_scannet, first(pattern), read_scannet))
    panoramas = json.dumps(matterport.panoramas()).encode()
    yield "connectivity", Target(at_path("connectivity.json", read_connectivity), lambda: [panoramas])
    for name in ("episodes.json", "episodes.jsonl", "episodes.json.gz", "episodes.jsonl.gz"):
        yield name, Target(at_path(name, episodes), lambda name=name: episode_files(name))
    provenance = first("provenance/*/*/*.jsonl")
    yield "samples", Target(*part_of(written, provenance, read_samples))
    yield "samples by scene", Target(*part_of(written, provenance, read_scenes))
    yield "check of samples", Target(*part_of(written, provenance, check_samples))
    yield "check of rows", Target(*part_of(written, first("spar/*/qa_jsonl/train/*/*/*.jsonl"), check_samples))
    yield "check of images", Target(*part_of(written, first("spar/*/images/*/*/*.jpg"), check_samples))
    yield "verify", Target(use_samples(lambda some: verify(some, world())), lines_of_samples)
    yield "audit", Target(use_samples(lambda some: audit(some * 3)), lines_of_samples)
    yield "shard", Target(at_path("shard.jsonl", read_shard), shards)
    yield "manifest", Target(at_path(MANIFEST, lambda path: read_manifest(path.parent)), manifests)
    yield "reply", Target(reply, replies)


TARGETS: dict[str, Target] = dict(_targets())
