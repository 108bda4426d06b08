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
    unsigned on[kCapacity];  // bit k is set where the point was cut at plane k: it lies there, whatever rounding says
    int size = 0;

    SPATIALKIT_INLINE void add(Vec3 p, unsigned planes = 0) {
        if (size == kCapacity) return;
        point[size] = p;
        on[size++] = planes;
    }
};

// Sutherland-Hodgman against plane k. The cut of an edge is always taken from its inner end, so two polygons that
// share the edge get the same point, to the last bit, whatever their winding.
inline Polygon clipped(const Polygon& polygon, const Plane& plane, int k) {
    Polygon out;
    for (int i = 0; i < polygon.size; ++i) {
        const int next = i + 1 < polygon.size ? i + 1 : 0;
        const Vec3 a = polygon.point[i], b = polygon.point[next];
        const double ha = plane.height(a), hb = plane.height(b);
        const bool a_in = ha >= 0, b_in = hb >= 0;
        if (a_in) out.add(a, polygon.on[i]);
        if (a_in != b_in)
            out.add(a_in ? a + (ha / (ha - hb)) * (b - a) : b + (hb / (hb - ha)) * (a - b),
                    (polygon.on[i] & polygon.on[next]) | 1u << static_cast<unsigned>(k));
    }
    return out;
}

inline Polygon clipped(Polygon polygon, const ViewVolume& volume, unsigned planes) {
    for (int k = 0; k < kViewPlanes && polygon.size > 0; ++k)
        if (planes >> k & 1u) polygon = clipped(polygon, volume.plane[k], k);
    return polygon;
}

// A coordinate held to the image's range along an axis of `size` pixels. Cuts at its border project to it only up to
// rounding, which near the camera's centre is large, so they are put there; `on_low` and `on_high` say so.
inline double within(double coordinate, int size, bool on_low = false, bool on_high = false) {
    const double last = size - 0.5;
    if (on_low || coordinate < -0.5) return -0.5;
    return on_high || coordinate > last ? last : coordinate;
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
    const auto extend = [&](Vec3 p, unsigned on) {
        Pixel pixel = project(camera, p);
        pixel = {within(pixel.u, camera.width, on & kLeft, on & kRight),
                 within(pixel.v, camera.height, on & kTop, on & kBottom)};
        bounds = {std::min(bounds.x1, pixel.u), std::min(bounds.y1, pixel.v), std::max(bounds.x2, pixel.u),
                  std::max(bounds.y2, pixel.v)};
    };
    if (any == 0) {
        for (const Vec3& p : corners) extend(p, 0);
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
            for (int i = 0; i < polygon.size; ++i) extend(polygon.point[i], polygon.on[i]);
        }
    }
    if (!(bounds.x1 <= bounds.x2) || !(bounds.y1 <= bounds.y2)) return false;
    rect = bounds;
    return true;
}

// rects (n, 4): x1, y1, x2, y2, NaN where not valid.
inline void project_boxes(const BoxArrays& boxes, const Camera& camera, const Pose& pose, double near_z, double* rects,
                          bool* valid, int threads = 1) {
    constexpr std::size_t kPiece = 512;
    const ViewVolume volume = view_volume(camera, near_z);
    in_pieces(boxes.count, kPiece, threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            Rect rect;
            valid[i] = project_box(volume, camera, pose, boxes[i], rect);
            double* out = rects + 4 * i;
            out[0] = rect.x1, out[1] = rect.y1, out[2] = rect.x2, out[3] = rect.y2;
        }
    });
}

}  // namespace spatialkit
