// How much two oriented boxes overlap, and how far they are apart.
#pragma once

#include <utility>

#include "spatialkit/box.hpp"

namespace spatialkit {

namespace detail {

// A convex face under clipping, as directed edges in no particular order. Neighbouring faces hold each shared edge in
// opposite directions with bitwise equal ends, and clipping keeps that so, which is what makes the volume exact to
// rounding in every degenerate position: the surface stays closed, whatever the signs of distances near zero are.
struct Face {
    static constexpr int kCapacity = 24;
    struct Edge {
        Vec3 from, to;
    };
    Edge edge[kCapacity];
    int size = 0;

    void add(Vec3 from, Vec3 to) {
        if (size < kCapacity && !(from == to)) edge[size++] = {from, to};
    }
};

struct Polyhedron {
    static constexpr int kCapacity = 12;
    Face face[kCapacity];
    int size = 0;
};

// Cuts off what lies beyond `limit` along `sign` * axis; the cut is closed by a new face.
inline void clip(Polyhedron& solid, int axis, double sign, double limit) {
    const auto depth = [&](Vec3 p) { return limit - sign * p[axis]; };  // at least 0 inside
    Face cap;
    int kept = 0;
    for (int f = 0; f < solid.size; ++f) {
        const Face& face = solid.face[f];
        Face out;
        Vec3 exits[Face::kCapacity], entries[Face::kCapacity];
        int exit_count = 0, entry_count = 0;
        for (int e = 0; e < face.size; ++e) {
            const Vec3 a = face.edge[e].from, b = face.edge[e].to;
            const double da = depth(a), db = depth(b);
            const bool a_in = da >= 0, b_in = db >= 0;
            if (a_in && b_in) {
                out.add(a, b);
            } else if (a_in) {
                const Vec3 cut = a + (da / (da - db)) * (b - a);
                out.add(a, cut);
                exits[exit_count++] = cut;
            } else if (b_in) {
                const Vec3 cut = b + (db / (db - da)) * (a - b);
                out.add(cut, b);
                entries[entry_count++] = cut;
            }
        }
        for (int k = 0; k < std::min(exit_count, entry_count); ++k) {
            out.add(exits[k], entries[k]);
            cap.add(entries[k], exits[k]);
        }
        if (out.size > 0) solid.face[kept++] = out;
    }
    solid.size = kept;
    if (cap.size > 0 && solid.size < Polyhedron::kCapacity) solid.face[solid.size++] = cap;
}

// By the divergence theorem: a third of the sum over faces of (point on the face) . (area vector of the face). The
// area vector is half the sum of from x to over the edges, in any order; ends are taken relative to the point, so the
// terms stay small.
inline double volume(const Polyhedron& solid) {
    double six_volumes = 0;
    for (int f = 0; f < solid.size; ++f) {
        const Face& face = solid.face[f];
        const Vec3 point = face.edge[0].from;
        Vec3 twice_area;
        for (int e = 0; e < face.size; ++e)
            twice_area = twice_area + cross(face.edge[e].from - point, face.edge[e].to - point);
        six_volumes += dot(point, twice_area);
    }
    return six_volumes / 6;
}

// Box `b` seen from box `a`'s frame.
inline Pose relative(const Box& a, const Box& b) {
    return {relative(a.pose.world_from_local, b.pose.world_from_local), to_local(a.pose, b.pose.origin)};
}

inline Polyhedron polyhedron(const Box& box, const Pose& pose) {
    Polyhedron solid;
    Vec3 corners[8];
    for (int i = 0; i < 8; ++i) corners[i] = to_world(pose, corner(box.half, i));
    for (const auto& loop : kBoxFaces) {
        Face& face = solid.face[solid.size++];
        for (int i = 0; i < 4; ++i) face.add(corners[loop[i]], corners[loop[(i + 1) % 4]]);
        if (face.size == 0) --solid.size;
    }
    return solid;
}

inline bool spheres_apart(const Box& a, const Box& b) {
    const Vec3 between = a.pose.origin - b.pose.origin;
    const double reach = length(a.half) + length(b.half);
    return dot(between, between) > reach * reach * (1 + 1e-12);
}

// A fixed order of two boxes, so that the result is the same to the last bit whichever comes first.
inline bool comes_first(const Box& a, const Box& b) {
    const Vec3 keys_a[] = {a.half, a.pose.origin, a.pose.world_from_local.axis_x, a.pose.world_from_local.axis_y};
    const Vec3 keys_b[] = {b.half, b.pose.origin, b.pose.world_from_local.axis_x, b.pose.world_from_local.axis_y};
    for (int k = 0; k < 4; ++k)
        for (int i = 0; i < 3; ++i)
            if (keys_a[k][i] != keys_b[k][i]) return keys_a[k][i] < keys_b[k][i];
    return true;
}

}  // namespace detail

inline double box_volume(const Box& box) {
    return 8 * box.half.x * box.half.y * box.half.z;
}

// Volume that two boxes share.
inline double intersection_volume(const Box& first, const Box& second) {
    if (detail::spheres_apart(first, second)) return 0;
    const bool in_order = detail::comes_first(first, second);
    const Box& a = in_order ? first : second;
    const Box& b = in_order ? second : first;
    detail::Polyhedron solid = detail::polyhedron(b, detail::relative(a, b));
    for (int axis = 0; axis < 3 && solid.size > 0; ++axis) {
        detail::clip(solid, axis, 1, a.half[axis]);
        detail::clip(solid, axis, -1, a.half[axis]);
    }
    return std::clamp(detail::volume(solid), 0.0, std::min(box_volume(a), box_volume(b)));
}

// Intersection over union, 0 to 1; 0 where both boxes have no volume.
inline double box_iou(const Box& a, const Box& b) {
    const double shared = intersection_volume(a, b), together = box_volume(a) + box_volume(b) - shared;
    return together > 0 ? std::clamp(shared / together, 0.0, 1.0) : 0.0;
}

namespace detail {

// Distance from a point to the solid box |x| <= half.
inline double distance_to_box(Vec3 half, Vec3 p) {
    const Vec3 beyond = absolute(p) - half;
    return length({std::max(beyond.x, 0.0), std::max(beyond.y, 0.0), std::max(beyond.z, 0.0)});
}

// Whether the segment meets the solid box |x| <= half: its parameter range is cut by the three slabs.
inline bool meets_box(Vec3 half, Vec3 from, Vec3 to) {
    double low = 0, high = 1;
    for (int axis = 0; axis < 3; ++axis) {
        const double start = from[axis], step = to[axis] - start;
        if (step == 0) {
            if (std::fabs(start) > half[axis]) return false;
            continue;
        }
        const double t0 = (-half[axis] - start) / step, t1 = (half[axis] - start) / step;
        low = std::max(low, std::min(t0, t1));
        high = std::min(high, std::max(t0, t1));
    }
    return low <= high;
}

struct Segment {
    Vec3 from, step;
};

// Distance between two segments where the closest points are inside of both; infinite otherwise, because the ends are
// measured as corners. Lines: s = (r x e).n / n.n, t = (r x d).n / n.n with n = d x e.
inline double crossing_distance(const Segment& a, const Segment& b) {
    const Vec3 n = cross(a.step, b.step), between = b.from - a.from;
    const double nn = dot(n, n);
    if (!(nn > 0)) return std::numeric_limits<double>::infinity();  // parallel: an end is among the closest points
    const double s = std::clamp(dot(cross(between, b.step), n) / nn, 0.0, 1.0);
    const double t = std::clamp(dot(cross(between, a.step), n) / nn, 0.0, 1.0);
    return length(between + t * b.step - s * a.step);
}

// From the solid box |x| <= half to the corners of another box; 0 where an edge of the other meets it.
inline double one_sided_distance(Vec3 half, const Vec3 (&corners)[8]) {
    double least = std::numeric_limits<double>::infinity();
    for (const Vec3& p : corners) least = std::min(least, distance_to_box(half, p));
    if (least == 0) return 0;
    for (const auto& e : kBoxEdges)
        if (meets_box(half, corners[e[0]], corners[e[1]])) return 0;
    return least;
}

inline Segment segment(const Vec3 (&corners)[8], const int (&edge)[2]) {
    return {corners[edge[0]], corners[edge[1]] - corners[edge[0]]};
}

}  // namespace detail

namespace detail {

// Distances below this are rounding of boxes that touch.
inline double touching(const Box& a, const Box& b) {
    const Vec3 sum = absolute(a.pose.origin) + absolute(b.pose.origin) + a.half + b.half;
    return 64 * std::numeric_limits<double>::epsilon() * (sum.x + sum.y + sum.z);
}

}  // namespace detail

// Distance between two solid boxes, 0 where they touch or overlap. Two convex polyhedra meet exactly when an edge of
// one meets the other; apart, their closest points are a corner and a face, or two edges.
inline double box_distance(const Box& first, const Box& second) {
    const bool in_order = detail::comes_first(first, second);
    const Box& a = in_order ? first : second;
    const Box& b = in_order ? second : first;
    const double zero = detail::touching(a, b);
    const Pose b_in_a = detail::relative(a, b), a_in_b = detail::relative(b, a);
    Vec3 corners_b[8], corners_a_from_b[8], corners_a[8];
    for (int i = 0; i < 8; ++i) {
        corners_a[i] = corner(a.half, i);
        corners_b[i] = to_world(b_in_a, corner(b.half, i));
        corners_a_from_b[i] = to_world(a_in_b, corner(a.half, i));
    }
    double least = detail::one_sided_distance(a.half, corners_b);
    if (least <= zero) return 0;
    least = std::min(least, detail::one_sided_distance(b.half, corners_a_from_b));
    if (least <= zero) return 0;
    for (const auto& ea : kBoxEdges)
        for (const auto& eb : kBoxEdges)
            least = std::min(least,
                             detail::crossing_distance(detail::segment(corners_a, ea), detail::segment(corners_b, eb)));
    return least <= zero ? 0 : least;
}

// All pairs: out (a.count, b.count).
SPATIALKIT_CLONES inline void box_iou(const BoxArrays& a, const BoxArrays& b, double* out) {
    for (std::size_t i = 0; i < a.count; ++i) {
        const Box box = a[i];
        for (std::size_t k = 0; k < b.count; ++k) out[i * b.count + k] = box_iou(box, b[k]);
    }
}

SPATIALKIT_CLONES inline void box_distance(const BoxArrays& a, const BoxArrays& b, double* out) {
    for (std::size_t i = 0; i < a.count; ++i) {
        const Box box = a[i];
        for (std::size_t k = 0; k < b.count; ++k) out[i * b.count + k] = box_distance(box, b[k]);
    }
}

}  // namespace spatialkit
