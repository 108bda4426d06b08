"""Types of the compiled core: arrays in, arrays out; every argument is C-contiguous and checked by the caller.

``camera`` is ``Camera.array`` (6,): fx, fy, cx, cy, width, height. Poses are (4, 4) ``world_from_cam``. Boxes are
centres (n, 3), full sizes (n, 3), world_from_box (n, 3, 3). Real arrays are float64 unless said otherwise.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
Bool = npt.NDArray[np.bool_]

def vector_level() -> str: ...
def all_depths(values: F32) -> bool: ...  # (h, w) finite, at least 0
def all_finite(values: npt.NDArray[np.floating]) -> bool: ...
def project_points(
    points: npt.NDArray[np.floating],  # (n, 3), or (3, n) if columns
    camera: F64,
    world_from_cam: F64,
    columns: bool,
    near: float,
    out: npt.NDArray[np.floating] | None,  # like points
    inside: Bool | None,  # (n,) in the image and farther than near
    threads: int,
) -> bool: ...  # whether all depths are finite
def unproject_depth(depth: F32, camera: F64, world_from_cam: F64, threads: int) -> F32: ...
def visible_points(
    points: npt.NDArray[np.floating],
    camera: F64,
    world_from_cam: F64,
    columns: bool,  # as for project_points
    depth: F32,
    constant: float,
    quadratic: float,
    near: float,
    threads: int,
) -> tuple[Bool, bool]: ...  # also whether all depths are finite
def are_boxes(centres: F64, sizes: F64, rotations: F64) -> bool: ...  # nothing to refuse and nothing to mend
def is_pose(matrix: F64) -> bool: ...  # (4, 4) rigid to the last digits: nothing to mend
def rotation_error(rotations: F64) -> float: ...  # (n, 3, 3): largest |R^T R - I|, infinite for a reflection
def project_boxes(
    centres: F64, sizes: F64, rotations: F64, camera: F64, world_from_cam: F64, near: float, threads: int
) -> tuple[F64, Bool]: ...
def boxes_in_frustum(
    centres: F64, sizes: F64, rotations: F64, camera: F64, world_from_cam: F64, near: float, threads: int
) -> tuple[Bool, bool]: ...  # also whether all are boxes, as are_boxes says; false where that takes a closer look

class Mesh:  # vertices and faces, in clusters that lie close together
    def __init__(self, vertices: F64, faces: I32) -> None: ...

def spheres_in_frustum(
    centres: F64, radii: F64, camera: F64, world_from_cam: F64, near: float, threads: int
) -> Bool: ...
def points_in_boxes(points: F64, centres: F64, sizes: F64, rotations: F64, threads: int) -> Bool: ...  # (points, boxes)
def rasterize(
    mesh: Mesh, camera: F64, world_from_cam: F64, near: float, threads: int
) -> tuple[F32, I32]: ...  # depth (H, W), face index (H, W) with -1
def ids_in_depth(
    mesh: Mesh,
    face_ids: I64,  # (m,)
    camera: F64,
    world_from_cam: F64,
    near: float,
    depth: F32,  # (H, W) metres, 0 for no reading
    constant: float,
    quadratic: float,
    threads: int,
) -> I64: ...  # (H, W) id of the nearest face where it is within the tolerance of the reading, else -1
def ids_of_faces(index: I32, face_ids: I64) -> I64: ...  # (H, W), -1 where the index is
def are_places(points: F64) -> bool: ...  # (n, 3) none farther along an axis than a tree can take
def are_directions(directions: F64) -> bool: ...  # (n, 3) finite, none of them zero

class Bvh:
    FARTHEST: Final[float]  # of a coordinate
    def __init__(self, vertices: F64, faces: I32, threads: int) -> None: ...
    @staticmethod
    def restore(vertices: F64, faces: I32, children: I32, leaves: I32, threads: int) -> Bvh: ...
    def arrays(self) -> tuple[I32, I32]: ...  # children (nodes, 8), leaves (leaves, 4)
    def nearest_hit(self, origins: F64, directions: F64, threads: int) -> tuple[F64, I32]: ...
    def any_hit(self, origins: F64, directions: F64, lower: F64, upper: F64, threads: int) -> Bool: ...
    def closest_point(self, points: F64, threads: int) -> tuple[F64, F64, I32]: ...
    def gap(self, other: Bvh) -> tuple[float, F64]: ...  # the nearest point of each (2, 3)

def observe_frame(
    points: F32,  # (p, 3) surface samples, world
    normals: F32,  # (p, 3) unit, or zero where unknown
    areas: F32,  # (p,) square metres that each sample stands for
    owners: I32,  # (p,) index of the object, -1 for none
    object_ids: I64,  # (n,) ids as they stand in `instances`
    targets: F64,  # (n, 3) world point whose projection the anchor should be near: the object's centre
    camera: F64,
    world_from_cam: F64,
    depth: F32,
    depth_camera: F64,
    instances: I64 | None,  # (h, w) on the depth's grid: a sample is visible only where its object's id stands
    constant: float,
    quadratic: float,
    near: float,
    places: bool,  # False: the last three are empty
) -> tuple[U8, F64, F64, F64, F64]: ...
def unfilter16(rows: U8) -> npt.NDArray[np.uint16] | None: ...  # PNG rows (h, 1 + 2 w), changed; (h, w)

# seen: one bit a sample, packed as numpy.packbits(bitorder="little"); area (n,) seen, square metres;
# pixels (n,) area of the visible surface in pixels of `camera`; rect (n, 4) of visible samples, NaN if none;
# anchor (n, 2) pixel, NaN if none
def instance_marks(
    instances: I64,  # (h, w)
    depth: F32,  # (h, w) pixels without a reading do not count
    object_ids: I64,
    targets: F64,  # (n, 2) pixel that the anchor should be near, NaN for the middle
    room: int,  # pixels between an anchor and its object's outline, where the object is wide enough
) -> tuple[F64, F64, F64, F64]: ...

# pixels (n,), rect (n, 4) of pixel centres, anchor (n, 2), share (n,) of the disc of that radius around the anchor that
# shows the object; NaN if none
def shared_surface(
    seen: U8, threads: int
) -> F64: ...  # (f, bytes) packed bits -> (f, f) intersection over union, 0 where both empty
def box_iou(
    centres_a: F64, sizes_a: F64, rotations_a: F64, centres_b: F64, sizes_b: F64, rotations_b: F64, threads: int
) -> F64: ...
def box_distance(
    centres_a: F64, sizes_a: F64, rotations_a: F64, centres_b: F64, sizes_b: F64, rotations_b: F64, threads: int
) -> F64: ...
