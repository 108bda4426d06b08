"""Make a few questions of the built-in flat and save them with their pictures.

Run it as ``python examples/01_questions.py FOLDER``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import spatialkit as sk

out = Path(sys.argv[1] if len(sys.argv) > 1 else "questions")
out.mkdir(parents=True, exist_ok=True)

scene = sk.load_scene("toy", scene_id="flat-0", frames=40, width=320, height=240)
tasks = ["depth_prediction_oo", "distance_prediction_oc", "obj_spatial_relation_oo"]

for sample in sk.generate(tasks, scene, seed=1, per_task=1):
    for number, picture in enumerate(sk.draw(sample, scene), start=1):
        picture.save(out / f"{sample.id}-{number}.png")
    print(f"{sample.question}\n-> {sample.answer}\n")

print(f"pictures are in {out}")
