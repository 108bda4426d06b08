"""What a camera sees of a mesh: by a loop over triangles, and by rays that Embree casts."""

import numpy as np
import trimesh
from trimesh.ray.ray_pyembree import RayMeshIntersector

from tests.oracles.camera import pixel_rays


def nearest_hits(surface, camera, world_from_cam, near):
    """Depth (H, W), 0 where nothing is, and face (H, W), -1 there: every ray against every triangle, float64."""
    rays = pixel_rays(camera, world_from_cam).reshape(-1, 3)
    eye = np.asarray(world_from_cam)[:3, 3]
    depth = np.full(len(rays), np.inf)
    face = np.full(len(rays), -1)
    for i, (a, b, c) in enumerate(surface.vertices[surface.faces]):
        normal = np.cross(b - a, c - a)
        with np.errstate(divide="ignore", invalid="ignore"):
            z = (normal @ (a - eye)) / (rays @ normal)
        # A ray passes a triangle on the same side of its three edges.
        sides = np.stack([rays @ np.cross(p - eye, q - eye) for p, q in ((a, b), (b, c), (c, a))])
        inside = (sides >= 0).all(axis=0) | (sides <= 0).all(axis=0)
        closer = inside & (z >= near) & (z < depth)
        depth[closer], face[closer] = z[closer], i
    shape = (camera.height, camera.width)
    return np.where(face < 0, 0.0, depth).reshape(shape), face.reshape(shape)


class Rays:
    """Exact ray casts against a mesh."""

    def __init__(self, surface):
        mesh = trimesh.Trimesh(surface.vertices, surface.faces, process=False)
        self.intersector = RayMeshIntersector(mesh, scale_to_box=False)
        self.surface = surface

    def image(self, camera, world_from_cam):
        """Depth along the camera's axis (H, W), 0 where nothing is, and face index (H, W), -1 there."""
        directions = pixel_rays(camera, world_from_cam).reshape(-1, 3)
        eye = np.broadcast_to(np.asarray(world_from_cam)[:3, 3], directions.shape)
        face = self.intersector.intersects_first(eye, directions).astype(np.int64)
        corners = self.surface.vertices[self.surface.faces[face]]
        normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        towards = np.einsum("ij,ij->i", normal, corners[:, 0] - eye)
        z = towards / np.einsum("ij,ij->i", normal, directions)
        shape = (camera.height, camera.width)
        return np.where(face < 0, 0.0, z).reshape(shape), face.reshape(shape)

    def sees(self, points, faces, eye):
        """Whether nothing stands between an eye and points of given faces (n,) (a hair's breadth before them)."""
        direction = points - eye
        length = np.linalg.norm(direction, axis=1)
        _, ray, where = self.hits(np.broadcast_to(eye, points.shape), direction)
        first = np.full(len(points), np.inf)
        np.minimum.at(first, ray, np.linalg.norm(where - eye, axis=1))
        return first >= length * (1 - 1e-5) - 1e-4

    def hits(self, origins, directions):
        where, ray, face = self.intersector.intersects_location(origins, directions, multiple_hits=False)
        return face, ray, where
