"""How SPAR-7M is read by the code published with it, retold from a description of that code.

Only what decides whether our files are read right is here: which rows an index entry gives, which images and tokens a
row has, and where in which image each mark is drawn. Coordinates are thousandths of width and height, each in
one more list; ``*_img_idx`` lists the image of each mark in an order that each task has of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

VIDEO_FROM = 11  # images

# task -> which field is drawn on which entry of img_idx; None: on the only image (or the first of two)
SINGLE: dict[str, list[str]] = {
    "obj_spatial_relation_oo": ["red_bbox", "blue_bbox"],
    "depth_prediction_oc": ["red_point", "blue_point"],
    "depth_prediction_oo": ["red_point", "blue_point", "green_point"],
    "distance_prediction_oc": ["red_point"],
    "distance_prediction_oo": ["red_point", "blue_point"],
    "distance_infer_center_oc": [],
    "distance_infer_center_oo": ["red_point", "blue_point", "green_point"],
    "spatial_volume_infer": ["red_bbox"],
    "spatial_imagination_oc": ["red_bbox", "blue_bbox", "green_bbox"],
    "spatial_imagination_oo": ["red_bbox", "blue_bbox", "green_bbox", "yellow_bbox"],
    "position_matching": ["red_bbox"],
}
SEVERAL: dict[str, list[str]] = {
    "depth_prediction_oc_mv": ["red_point", "blue_point"],
    "depth_prediction_oo_mv": ["red_point", "blue_point", "green_point"],
    "distance_prediction_oc_mv": ["red_point"],
    "distance_prediction_oo_mv": ["red_point", "blue_point"],
    "distance_prediction_oo_video": ["red_point", "blue_point"],
    "distance_infer_center_oo_mv": ["red_point", "green_point", "blue_point"],
    "spatial_imagination_oc_mv": ["green_bbox", "blue_bbox", "red_bbox"],
    "spatial_imagination_oc_video": ["green_bbox", "blue_bbox", "red_bbox"],
    "spatial_imagination_oo_mv": ["green_bbox", "blue_bbox", "red_bbox", "yellow_bbox"],
    "spatial_imagination_oo_video": ["green_bbox", "blue_bbox", "red_bbox", "yellow_bbox"],
    "obj_frame_locate": ["red_bbox"],
}
UNMARKED = {
    "view_change_infer", "camera_motion_infer", "distance_infer_center_oc_mv", "appearance_order", "room_size", "nav",
    "obj_count", "spatial_imagination_oc_video_hard", "spatial_imagination_oo_video_hard",
}  # fmt: skip


@dataclass
class Drawn:
    """A mark as the published code draws it: pixels, already cut to whole numbers."""

    field: str
    image: int
    xy: tuple[int, ...]


@dataclass
class Item:
    """A row as training code sees it."""

    id: str
    prompt: str
    answer: str
    images: list[Image.Image]
    marks: list[Drawn]


def items(index: Path, base: Path) -> Iterator[Item]:
    """Yield every row that an index file gives; paths in it are relative to ``base``."""
    for entry in json.loads(index.read_text()).values():
        rows = (base / entry["annotation"]).read_text().splitlines()
        if entry["repeat_time"] < 1:
            rows = rows[: int(len(rows) * entry["repeat_time"])]
        for row in rows:
            yield item(json.loads(row), base / entry["root"])


def item(row: dict[str, Any], root: Path) -> Item:
    """Open the images of a row, draw its marks, and put the image tokens before its question."""
    images = [Image.open(root / name).convert("RGB") for name in row["image"]]
    marks = list(placed(row, [image.size for image in images]))
    for mark in marks:
        paint(images[mark.image], mark)
    question, answer = (turn["value"] for turn in row["conversations"])
    assert [turn["from"] for turn in row["conversations"]] == ["human", "gpt"]
    return Item(row["id"], tokens(len(images), row["type"]) + question, answer, images, marks)


def tokens(count: int, kind: str) -> str:
    if kind == "nav" or count >= VIDEO_FROM:
        return "".join(f"Frame-{i}: <image>\n" for i in range(1, count + 1))
    return "<image>\n" * count


def placed(row: dict[str, Any], sizes: list[tuple[int, int]]) -> Iterator[Drawn]:
    """Yield where each mark of a row is drawn; a field that the task needs and the row lacks is a KeyError."""
    task = row["type"]
    if task in UNMARKED:
        return
    if task in SINGLE:
        for field in SINGLE[task]:
            yield Drawn(field, 0, pixels(row[field][0], sizes[0]))
    elif task in SEVERAL:
        where = row[index_field(SEVERAL[task][0])][0]
        for slot, field in enumerate(SEVERAL[task]):
            yield Drawn(field, where[slot], pixels(row[field][0], sizes[where[slot]]))
    elif task == "obj_spatial_relation_oc_mv":
        image = row["bbox_img_idx"][0][0]
        for field in ("red_bbox", "blue_bbox", "green_bbox"):
            if row.get(field):
                yield Drawn(field, image, pixels(row[field][0], sizes[image]))
    elif task == "obj_spatial_relation_oo_mv":
        present = [field for field in ("red_bbox", "blue_bbox", "green_bbox") if field in row]
        assert len(present) == 2
        pair = present if "green_bbox" not in present else [next(f for f in present if f != "green_bbox"), "green_bbox"]
        for slot, field in enumerate(pair):
            image = row["bbox_img_idx"][0][slot]
            yield Drawn(field, image, pixels(row[field][0], sizes[image]))
    elif task in ("spatial_imagination_map_mv", "distance_infer_center_oo_video"):
        field = "bbox_list" if task.endswith("map_mv") else "point_list"
        where = row[index_field(field)][0]
        for image, xy in zip(where, row[field][0], strict=True):
            yield Drawn(field, image, pixels(xy, sizes[image]))
    else:
        raise ValueError(f"no drawing for {task}")


def index_field(field: str) -> str:
    return "bbox_img_idx" if "bbox" in field else "point_img_idx"


def pixels(thousandths: list[int], size: tuple[int, int]) -> tuple[int, ...]:
    return tuple(int(k / 1000 * size[i % 2]) for i, k in enumerate(thousandths))


def paint(image: Image.Image, mark: Drawn) -> None:
    """Draw a filled circle of radius 20, or an outline 20 wide whose outer edge is 17.5 outside the box."""
    pen = ImageDraw.Draw(image)
    colour = mark.field.split("_")[0].replace("point", "blue").replace("bbox", "blue")
    if len(mark.xy) == 2:
        x, y = mark.xy
        pen.ellipse((x - 20, y - 20, x + 20, y + 20), fill=colour)
    else:
        x1, y1, x2, y2 = mark.xy
        pen.rectangle((x1 - 17, y1 - 17, x2 + 17, y2 + 17), outline=colour, width=20)
