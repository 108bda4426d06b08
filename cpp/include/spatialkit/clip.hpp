// Oriented box to its exact rectangle in the image.
#pragma once

#include "spatialkit/box.hpp"
#include "spatialkit/frustum.hpp"

namespace spatialkit {

struct Rect {
    double x1, y1, x2, y2;
};

// A convex polygon under clipping: a quadrilateral or triangle gains at most one corner per plane of the view volume.
struct Polygon {
    static constexpr int kCapacity = 12;
    Vec3 point[kCapacity];
    int size = 0;

    SPATIALKIT_INLINE void add(Vec3 p) {
        if (size < kCapacity) point[size++] = p;
    }
};

// Sutherland-Hodgman against one plane. The cut of an edge is always taken from its inner end, so two polygons that
// share the edge get the same point, to the last bit, whatever their winding.
inline Polygon clipped(const Polygon& polygon, const Plane& plane) {
    Polygon out;
    for (int i = 0; i < polygon.size; ++i) {
        const Vec3 a = polygon.point[i], b = polygon.point[i + 1 < polygon.size ? i + 1 : 0];
        const double ha = plane.height(a), hb = plane.height(b);
        const bool a_in = ha >= 0, b_in = hb >= 0;
        if (a_in) out.add(a);
        if (a_in != b_in) out.add(a_in ? a + (ha / (ha - hb)) * (b - a) : b + (hb / (hb - ha)) * (a - b));
    }
    return out;
}

inline Polygon clipped(Polygon polygon, const ViewVolume& volume, unsigned planes) {
    for (int k = 0; k < kViewPlanes && polygon.size > 0; ++k)
        if (planes >> k & 1u) polygon = clipped(polygon, volume.plane[k]);
    return polygon;
}

// A coordinate held to the image's range along an axis of `size` pixels. Cuts at the border project to it only up to
// rounding, so what is within a billionth of a pixel is put on it.
inline double within(double coordinate, int size) {
    constexpr double kNearBorder = 1e-9;
    const double last = size - 0.5;
    if (coordinate < -0.5 + kNearBorder) return -0.5;
    return coordinate > last - kNearBorder ? last : coordinate;
}

// The bounds in the image of what of the solid box lies in the view volume; false when nothing does.
//
// Each viewing ray that meets the box also leaves it through one of its faces, beyond the near plane, because a box is
// bounded and the view volume is not. So the projections of the six faces, clipped, cover the projection of the solid
// also where the camera stands inside the box.
inline bool project_box(const ViewVolume& volume, const Camera& camera, const Pose& pose, const Box& box, Rect& rect) {
    Vec3 corners[8];
    unsigned code[8], all = ~0u, any = 0;
    const Vec3 centre = to_local(pose, box.pose.origin);
    const Rotation axes = relative(pose.world_from_local, box.pose.world_from_local);
    for (int i = 0; i < 8; ++i) {
        corners[i] = centre + rotate(axes, corner(box.half, i));
        code[i] = outside(volume, corners[i]);
        all &= code[i];
        any |= code[i];
    }
    rect = {kNaN, kNaN, kNaN, kNaN};
    if (all != 0) return false;
    constexpr double kInf = std::numeric_limits<double>::infinity();
    Rect bounds{kInf, kInf, -kInf, -kInf};
    const auto extend = [&](Vec3 p) {
        const Pixel pixel = project(camera, p);
        bounds = {std::min(bounds.x1, pixel.u), std::min(bounds.y1, pixel.v), std::max(bounds.x2, pixel.u),
                  std::max(bounds.y2, pixel.v)};
    };
    if (any == 0) {
        for (const Vec3& p : corners) extend(p);
    } else {
        for (const auto& face : kBoxFaces) {
            Polygon polygon;
            unsigned face_all = ~0u, face_any = 0;
            for (const int i : face) {
                polygon.add(corners[i]);
                face_all &= code[i];
                face_any |= code[i];
            }
            if (face_all != 0) continue;
            polygon = clipped(polygon, volume, face_any);
            for (int i = 0; i < polygon.size; ++i) extend(polygon.point[i]);
        }
    }
    if (!(bounds.x1 <= bounds.x2) || !(bounds.y1 <= bounds.y2)) return false;
    rect = {within(bounds.x1, camera.width), within(bounds.y1, camera.height), within(bounds.x2, camera.width),
            within(bounds.y2, camera.height)};
    return true;
}

// rects (n, 4): x1, y1, x2, y2, NaN where not valid.
inline void project_boxes(const BoxArrays& boxes, const Camera& camera, const Pose& pose, double near_z, double* rects,
                          bool* valid) {
    const ViewVolume volume = view_volume(camera, near_z);
    for (std::size_t i = 0; i < boxes.count; ++i) {
        Rect rect;
        valid[i] = project_box(volume, camera, pose, boxes[i], rect);
        double* out = rects + 4 * i;
        out[0] = rect.x1, out[1] = rect.y1, out[2] = rect.x2, out[3] = rect.y2;
    }
}

}  // namespace spatialkit
