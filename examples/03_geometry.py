"""The geometry alone: what each camera of a flat sees of each thing in it.

Run it as ``python examples/03_geometry.py``.
"""

from __future__ import annotations

import numpy as np

import spatialkit as sk

scene = sk.load_scene("toy", scene_id="flat-0", frames=40, width=320, height=240)
assert scene.surface is not None

# One frame, function by function: which boxes are in view, where they are, what hides what.
frame = scene.frames[0]
in_view = sk.boxes_in_frustum(scene.boxes, frame.camera, frame.world_from_cam)
rects, valid = sk.project_boxes(scene.boxes, frame.camera, frame.world_from_cam)
depth, ids = sk.rasterize(scene.surface, frame.camera, frame.world_from_cam)
centres = scene.boxes[0]
seen = sk.visible_points(centres, frame.camera, frame.world_from_cam, depth)
print(f"{in_view.sum()} boxes may be in view, {valid.sum()} are, {len(np.unique(ids)) - 1} objects show")
print(f"{seen.sum()} of {len(centres)} box centres lie on a visible surface (most are inside their object)")

# Two boxes.
table = next(o.box for o in scene.objects if o.label == "dining table")
chairs = [o.box for o in scene.objects if o.label == "chair"]
print("chairs are", sk.box_distance(chairs, [table])[:, 0].round(2), "m from the dining table")

# Everything at once: one pass over all frames.
table_of_views = sk.observe(scene)
best = table_of_views.visible_share.argmax(axis=0)
for item, i in list(zip(scene.objects, best, strict=True))[:5]:
    share = table_of_views.visible_share[i, scene.object_index[item.id]]
    print(f"{item.label}: best seen in frame {scene.frames[i].id}, {share:.0%} of its surface")
