"""The answer of each task, derived anew from its marks and its words; a file for each kind of question."""

from __future__ import annotations

from spatialkit.verify._derive import _bodies, _cameras, _choices, _lengths, _places, _seeing, _walks
from spatialkit.verify._derive._common import Derivation, Fault

__all__ = ["BUILTIN", "Derivation", "Fault"]

ELSEWHERE = ("", "_mv", "_video", "_video_hard")

BUILTIN: dict[str, Derivation] = {
    "depth_prediction_oc": _lengths.depth,
    "depth_prediction_oo": _lengths.depth,
    "depth_prediction_oc_mv": _lengths.depth,
    "depth_prediction_oo_mv": _lengths.depth,
    "distance_prediction_oc": _lengths.distance,
    "distance_prediction_oo": _lengths.distance,
    "distance_prediction_oc_mv": _lengths.distance,
    "distance_prediction_oo_mv": _lengths.distance,
    "distance_prediction_oo_video": _lengths.distance,
    "spatial_volume_infer": _bodies.size,
    "position_matching": _seeing.matching,
    "camera_motion_infer": _cameras.other_camera,
    "view_change_infer": _cameras.motion,
    "obj_frame_locate": _seeing.frames_with,
    "distance_infer_center_oo": _choices.nearest,
    "distance_infer_center_oo_mv": _choices.nearest,
    "distance_infer_center_oo_video": _choices.nearest,
    "distance_infer_center_oc": _choices.nearest,
    "distance_infer_center_oc_mv": _choices.nearest,
    "obj_spatial_relation_oo": _places.beside,
    "obj_spatial_relation_oo_mv": _places.beside,
    "obj_spatial_relation_oc_mv": _places.around,
    **{f"spatial_imagination_oc{views}": _places.imagined for views in ELSEWHERE},
    **{f"spatial_imagination_oo{views}": _places.imagined for views in ELSEWHERE},
    "spatial_imagination_map_mv": _places.on_plan,
    "appearance_order": _seeing.appearance,
    "obj_count": _seeing.count,
    "room_size": _bodies.floor,
    "relation_in_camera_frame": _places.beside,
    "relation_in_object_frame": _places.from_elsewhere,
    "relation_in_world_frame": _places.by_compass,
    "larger_object": _choices.larger,
    "larger_object_mv": _choices.larger,
    "first_passed": _choices.first_passed,
    "nav_video": _walks.walk,
    "would_it_fit": _bodies.fits,
    "would_it_fit_mv": _bodies.fits,
}
"""Derivation by task id."""
