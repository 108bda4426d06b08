"""Convert a real capture to a scene folder, and check it there.

The capture is one moment in a real kitchen, seen by three calibrated cameras: the test data of Aria Digital Twin,
undistorted to pinhole images. Run it as

    python examples/02_convert_real_capture.py DESTINATION --source KITCHEN

where KITCHEN holds ``scene.json`` and the files it names (default: ``adt_kitchen`` in ``$SPATIALKIT_REAL_DATA``).

What had to be decided, as with any capture of one's own:

* The world is y-up. That is said in the scene (``up``) and nothing is turned.
* The images lie on their side, rolled by 91 degrees. ``poses.upright`` finds the quarter turn; the pixels stay as they
  are stored and ``up_rotation`` says how to turn them.
* Depth and ids are drawn from the digital twin, which knows nothing of the wearer's hands. Outlines drawn by hand mask
  them, so that no mark can fall on a glove.
* Names are product names ("CoffeeCanisterLarge"). A question needs what a person would say, so a table below gives it;
  what is part of the building, cannot be told in the pictures or has no plain noun is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from spatialkit.adapters import adapters, load_scene
from spatialkit.adapters.folder import write_folder
from spatialkit.poses import upright
from spatialkit.scene import Camera, Frame, OrientedBox, Scene, SceneObject, Sensor

# Measured between the three cameras on surfaces of one object, beyond half a pixel of the depth's own slope: 95 % of
# the readings differ by less than 3 mm below 1 m, 8 mm at 2 to 3 m and 11 mm beyond. Boxes hold their pixels to 2 cm,
# but small things on the counter stand up to 5 cm beside their picture: the twin was scanned before, and things move.
SENSOR = Sensor(depth_constant=0.005, depth_quadratic=0.001, position=0.05, rotation_deg=1.0)

# Categories that a person would say as they are.
PLAIN = {
    "air purifier", "armchair", "bar stool", "bed frame", "blender", "book", "bookcase", "candle", "coffee maker",
    "coffee table", "console table", "curtain", "cutting board", "desk clock", "desk lamp", "dining chair",
    "dining table", "door", "dressing table", "figurine", "food processor", "frying pan", "hook", "magazine",
    "mattress", "mouse pad", "pet bowl", "picture", "pillow", "plate", "refrigerator", "remote control", "router",
    "speaker", "spice rack", "step stool", "television", "thermostat", "tissue box", "toaster", "trash can",
    "vase", "wall clock", "wallet", "wine rack",
}  # fmt: skip

# Other categories, where one word fits all that is in them.
CATEGORIES = {
    "baking pan": "muffin pan",
    "clothes basket": "laundry basket",
    "computer keyboard": "keyboard",
    "computer mouse": "computer mouse",
    "couch": "sofa",
    "cup": "mug",
    "hat": "baseball cap",
    "electronic device control": "remote control",
    "house plant": "potted plant",
    "keys": "car key",
    "light": "night light",
    "notebook": "sketchbook",
    "scissors": "pair of scissors",
    "side table": "nightstand",
    "smart home speaker": "smart speaker",
    "smart home video": "smart display",
    "step ladder": "stepladder",
    "surveillance camera": "security camera",
    "tea kettle": "kettle",
    "tv stand": "TV stand",
    "video game controller": "game controller",
    "wall-mounted coat rack": "coat rack",
}

# Names that say more than their category; None leaves the thing out.
NAMES = {
    "ApartmentEnv": None,  # the building itself
    "Apartment_CabinetDoor": "cabinet door",
    "Apartment_CabinetDrawer": "drawer",
    "Apartment_CabinetDrawerC": None,  # the front under the sink: door or drawer, the picture does not tell
    "Apartment_CabinetDrawerD": None,  # three drawers under one id
    "Apartment_ClosetDoor": None,  # annotated across an opening that shows no door
    "BambooPlate": "plate",
    "Banana": "banana",
    "BigScreenTV": "television",
    "BirdHouseToy": "toy birdhouse",
    "BlackCeramicBowl": "bowl",
    "BlackRoundTable": "side table",
    "BlackTablet": "tablet",
    "BlackWallShelf": "wall shelf",
    "BlasterGame": None,
    "BlasterGameBase": None,
    "Bleach": "bleach bottle",
    "BookBoxBig": "decorative box",
    "BookBoxSmall": "decorative box",
    "CakeMocha": "cake",
    "CandleDishMedium": "candle tray",
    "CandleDishSmall": "candle tray",
    "ChargingStation": "charging station",
    "ClotheSpray": "fabric spray",
    "CoatRackShoeBench": "coat rack",
    "CoffeeCanisterLarge": "coffee canister",
    "CoffeeCanisterSmall": "coffee canister",
    "CoffeePodMugCarousel": "mug rack",
    "CornerDisplayShelves": "corner shelf",
    "DecorativeBoxCubeLarge": "decorative box",
    "DecorativeBoxHexLarge": "decorative box",
    "DecorativeBoxHexMedium": "decorative box",
    "DecorativeBoxHexSmall": "decorative box",
    "DecorativeBoxRecSmall": "decorative box",
    "DinoToy": "toy dinosaur",
    "DishSoap": "dish soap bottle",
    "DisplayShelves": "display shelf",
    "DisplayShelves01": "display shelf",
    "DisplayUnit": None,
    "DvdPlayer": "DVD player",
    "FabricSoftener": "fabric softener bottle",
    "FireAlarm": "fire alarm",
    "Flask": "flask",
    "FloatingShelf": "floating shelf",
    "FloatingShelf03Pattern01": "floating shelf",
    "FloatingShelf03Pattern02": "floating shelf",
    "FloatingShelf04": "floating shelf",
    "GlassCabinet": "glass cabinet",
    "GreenApple": "apple",
    "GreenDecorationShort": None,
    "GreentDecorationMedium": None,
    "HandSoap": "soap dispenser",
    "HeatTrivet": "trivet",
    "Humidifier": "humidifier",
    "KitchIsland": "kitchen island",
    "KitchenKnife": "kitchen knife",
    "KitchenRack": "utensil rail",
    "LargePot": "cooking pot",
    "LaundaryDetergent": "detergent bottle",
    "Napkin1": None,  # a stack of them, as a cube
    "Orange": "orange",
    "PictureLedge": "picture ledge",
    "PlateHolder": None,  # not to be seen in the pictures
    "PortableCooktop": "portable cooktop",
    "RecordPlayer": "record player",
    "RedWingChair": "wing chair",
    "SpiceJarBBQ": "spice jar",
    "SpiceJarCurryPowder": "spice jar",
    "SpiceJarPepper": "spice jar",
    "SpiceJarSalt": "spice jar",
    "SprayStainRemover": "spray bottle",
    "SugarCanister": "sugar canister",
    "SupplyBinAccessory": None,
    "UtilityCart": "utility cart",
    "VinylHolder": "record holder",
    "VinylMusic1": "vinyl record",
    "VinylMusic2": "vinyl record",
    "VinylMusic3": "vinyl record",
    "VinylMusic4": "vinyl record",
    "VinylMusic5": "vinyl record",
    "VinylMusic6": "vinyl record",
    "WhitTableLamp": "table lamp",
    "WhiteCabinet": "cabinet",
    "WhiteClip": "clip",
    "WhiteContainer": "container",
    "WhiteContainerBox": "storage box",
    "WhiteFlatwareTray": "cutlery tray",
    "WhitePegboard": "pegboard",
    "WhitePictureLedge": "picture ledge",
    "WhiteUtensilTray": "utensil tray",
    "WhiteVase": "pitcher",  # it has a handle and a spout
    "WireShelvingUnitBlack": "shelving unit",
    "WireShelvingUnitBlackSmall": "shelving unit",
    "WoodenBoxLarge": None,  # its outline covers the sugar canister in the pictures
    "WoodenBoxSmall": "wooden box",
    "WoodenBowl": "wooden bowl",
    "WoodenFork": "wooden fork",
    "WoodenSpoon": "wooden spoon",
}

# Outlines of the wearer's hands and sleeves, (x, y) in pixels of the upright images, a little generous.
HANDS = {
    "214-1": [
        [(195, 1024), (225, 955), (255, 895), (272, 820), (282, 792), (315, 785), (345, 762), (400, 745), (445, 755),
         (485, 782), (500, 825), (495, 855), (462, 880), (450, 910), (440, 950), (410, 1000), (385, 1024)],
        [(900, 798), (925, 785), (965, 780), (1024, 795), (1024, 1024), (945, 1024), (930, 960), (918, 895),
         (905, 855)],
    ],
    "1201-1": [
        [(140, 640), (175, 600), (225, 553), (268, 528), (283, 505), (300, 478), (320, 460), (352, 452), (385, 458),
         (398, 482), (408, 505), (402, 520), (395, 535), (368, 552), (342, 572), (325, 600), (310, 640)],
    ],
    "1201-2": [
        [(148, 470), (155, 450), (172, 442), (192, 448), (197, 460), (212, 468), (222, 485), (222, 510), (230, 532),
         (252, 556), (285, 588), (318, 618), (340, 640), (225, 640), (194, 624), (183, 596), (166, 570), (155, 535),
         (153, 505)],
    ],
}  # fmt: skip


def label_of(name: str, category: str) -> str | None:
    """Return what a person would call the thing, None to leave it out."""
    stem = re.sub(r"(_\d+|_[A-Z])$", "", name)  # copies: Blender_1, CakeMocha_A
    for known in (name, stem, re.sub(r"[A-H]$", "", stem)):  # parts of a cabinet: Apartment_CabinetDoorA
        if known in NAMES:
            return NAMES[known]
    if category == "wall artwork":
        return "picture" if "WallDecor" in name else "picture frame"
    return category if category in PLAIN else CATEGORIES.get(category)


def hands(camera_name: str, width: int, height: int) -> npt.NDArray[np.bool_]:
    """Return where the wearer's hands are in the upright image (height, width)."""
    mask = Image.new("1", (width, height))
    for outline in HANDS[camera_name]:
        ImageDraw.Draw(mask).polygon(outline, fill=1)
    return np.array(mask)


def convert_frame(record: dict[str, Any], source: Path, up: list[float], depth_unit: float, start: int) -> Frame:
    """Return a frame of the upright image, its depth and ids without the wearer's hands."""
    stored = Camera.from_matrix(record["K"], record["width"], record["height"])
    camera, world_from_cam, turns = upright(stored, record["T_world_cam"], up)
    depth = np.array(Image.open(source / f"{record['name']}_depth.png"))
    with np.load(source / f"{record['name']}_inst.npz", allow_pickle=False) as file:
        ids = file["inst"].astype(np.int64)
    hidden = np.rot90(hands(record["camera"], camera.width, camera.height), -turns)
    return Frame(
        id=record["camera"],
        camera=camera,
        world_from_cam=world_from_cam,
        image=source / f"{record['name']}.jpg",
        depth=np.where(hidden, 0, depth),
        instances=np.where(hidden, -1, ids),
        depth_unit=depth_unit,
        time=(record["timestamp_ns"] - start) * 1e-9,
        up_rotation=turns,
    )


def convert(source: Path) -> Scene:
    """Return the capture as a scene."""
    record = json.loads((source / "scene.json").read_text("utf-8"))
    start = min(frame["timestamp_ns"] for frame in record["frames"])
    frames = [
        convert_frame(frame, source, record["world_up"], record["depth_unit_m"], start) for frame in record["frames"]
    ]
    objects = []
    skipped = {}
    for thing in record["objects"]:
        label = label_of(thing["name"], thing["category"])
        if label is None:
            skipped[f"object {thing['id']} ({thing['name']})"] = "part of the building, or nothing to point at and name"
        else:
            box = OrientedBox(thing["center"], thing["size"], thing["R"])
            objects.append(SceneObject(thing["id"], label, box))
    return Scene(
        id="kitchen",
        dataset="adt",
        frames=tuple(frames),
        objects=tuple(objects),
        up=np.array(record["world_up"], dtype=float),
        sensor=SENSOR,
        skipped=skipped,
    )


def main() -> None:
    """Convert, write, read again and check."""
    parser = argparse.ArgumentParser(description="Convert a real capture to a scene folder, and check it there.")
    parser.add_argument("destination", type=Path, help="folder to write; must not exist, or be empty")
    parser.add_argument("--source", type=Path, help="folder of the capture (adt_kitchen in $SPATIALKIT_REAL_DATA)")
    arguments = parser.parse_args()
    source = arguments.source or Path(os.environ.get("SPATIALKIT_REAL_DATA", ".")) / "adt_kitchen"

    scene = convert(source)
    write_folder(scene, arguments.destination)
    print(f"{len(scene.objects)} objects written to {arguments.destination}, {len(scene.skipped)} left out")
    labels = Counter(o.label for o in load_scene("folder", arguments.destination).objects)
    print(f"{len(labels)} labels, most often {', '.join(f'{n} x {label}' for label, n in labels.most_common(5))}")
    for finding in adapters["folder"].check(arguments.destination):
        print(f"{finding.severity:8}{finding.message}")


if __name__ == "__main__":
    main()
