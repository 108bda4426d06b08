"""Whether the images of a sample are frames of its scene, as many and in the order that its kind of question needs."""

from __future__ import annotations

from collections.abc import Iterator

from spatialkit.samples import Sample
from spatialkit.verify._world import World

__all__ = ["check_images"]

VIDEOS = ("obj_frame_locate", "appearance_order", "obj_count", "room_size")
PAIRS = ("position_matching", "camera_motion_infer", "view_change_infer")
FEWEST = {"video": 8, "multi": 3}


def check_images(sample: Sample, world: World) -> Iterator[str]:
    """Yield what is wrong with the images of a sample."""
    if not sample.images:
        yield "the sample has no image"
    for image in sample.images:
        if image.frame not in world.scene.frame_index:
            yield f"image {image.frame!r} is no frame of scene {world.scene.id}"
            continue
        camera = world.frame(image.frame).camera
        if (image.width, image.height) != (camera.width, camera.height):
            yield (
                f"image {image.frame!r} is said to have {image.width} x {image.height} pixels, "
                f"its camera has {camera.width} x {camera.height}"
            )
    frames = [image.frame for image in sample.images]
    if len(set(frames)) != len(frames):
        yield "a frame is shown twice"
    stated = sample.provenance.get("frames")
    if stated is not None and list(stated) != frames:
        yield f"the provenance states frames {list(stated)}, shown are {frames}"
    yield from _number(sample, world, frames)


def _number(sample: Sample, world: World, frames: list[str]) -> Iterator[str]:
    count = len(frames)
    if sample.task in VIDEOS or "_video" in sample.task:
        times = [world.frame(frame).time for frame in frames if frame in world.scene.frame_index]
        known = [time for time in times if time is not None]
        if count < FEWEST["video"]:
            yield f"a video of {count} frames, expected at least {FEWEST['video']}"
        if known != sorted(known):
            yield "the frames of the video are not in the order of time"
    elif sample.task in PAIRS and count != 2:
        yield f"{count} images, expected 2"
    elif (sample.task.endswith("_mv") or sample.task == "first_passed") and count < FEWEST["multi"]:
        yield f"{count} images, expected at least {FEWEST['multi']}"
