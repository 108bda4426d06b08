// How much two oriented boxes overlap, and how far they are apart.
#pragma once

#include <utility>

#include "spatialkit/box.hpp"
#include "spatialkit/parallel.hpp"

namespace spatialkit {

namespace detail {

// A convex face under clipping, as directed edges in no particular order. Neighbouring faces hold each shared edge in
// opposite directions with bitwise equal ends, and clipping keeps that so, which is what makes the volume exact to
// rounding in every degenerate position: the surface stays closed, whatever the signs of distances near zero are.
struct Face {
    static constexpr int kCapacity = 24;
    double end[kCapacity][6];  // x, y, z of where an edge begins, then of where it ends; only `size` are set
    int size;

    SPATIALKIT_INLINE Vec3 from(int e) const { return {end[e][0], end[e][1], end[e][2]}; }
    SPATIALKIT_INLINE Vec3 to(int e) const { return {end[e][3], end[e][4], end[e][5]}; }
    SPATIALKIT_INLINE void add(Vec3 a, Vec3 b) {
        if (size == kCapacity || a == b) return;
        double* e = end[size++];
        e[0] = a.x, e[1] = a.y, e[2] = a.z, e[3] = b.x, e[4] = b.y, e[5] = b.z;
    }
};

struct Polyhedron {
    static constexpr int kCapacity = 12;
    Face face[kCapacity];
    int size = 0;

    SPATIALKIT_INLINE Face& next() {
        face[size].size = 0;
        return face[size];
    }
};

// How far a solid reaches along an axis.
struct Extent {
    double low, high;
};

SPATIALKIT_INLINE Extent extent(const Polyhedron& solid, int axis) {
    Extent out{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
    for (int f = 0; f < solid.size; ++f) {
        for (int e = 0; e < solid.face[f].size; ++e) {
            const double at = solid.face[f].end[e][axis];
            out.low = at < out.low ? at : out.low;
            out.high = at > out.high ? at : out.high;
        }
    }
    return out;
}

// What is left of a solid when all beyond `limit` along `sign` * axis is cut off; the cut is closed by a new face.
SPATIALKIT_INLINE void clip(const Polyhedron& solid, int axis, double sign, double limit, Polyhedron& out) {
    out.size = 0;
    double exits[Face::kCapacity][3], entries[Face::kCapacity][3];
    Face cap;
    cap.size = 0;
    for (int f = 0; f < solid.size; ++f) {
        const Face& face = solid.face[f];
        Face& kept = out.next();
        int exit_count = 0, entry_count = 0;
        for (int e = 0; e < face.size; ++e) {
            const double da = limit - sign * face.end[e][axis], db = limit - sign * face.end[e][3 + axis];
            const bool a_in = da >= 0, b_in = db >= 0;  // at least 0 inside
            if (!a_in && !b_in) continue;
            const Vec3 a = face.from(e), b = face.to(e);
            if (a_in && b_in) {
                kept.add(a, b);
                continue;
            }
            const Vec3 cut = a_in ? a + (da / (da - db)) * (b - a) : b + (db / (db - da)) * (a - b);
            a_in ? kept.add(a, cut) : kept.add(cut, b);
            double* end = a_in ? exits[exit_count++] : entries[entry_count++];
            end[0] = cut.x, end[1] = cut.y, end[2] = cut.z;
        }
        for (int k = 0; k < std::min(exit_count, entry_count); ++k) {
            const Vec3 exit{exits[k][0], exits[k][1], exits[k][2]}, entry{entries[k][0], entries[k][1], entries[k][2]};
            kept.add(exit, entry);
            cap.add(entry, exit);
        }
        if (kept.size > 0) ++out.size;
    }
    if (cap.size == 0 || out.size == Polyhedron::kCapacity) return;
    Face& closing = out.next();
    for (int e = 0; e < cap.size; ++e) closing.add(cap.from(e), cap.to(e));
    ++out.size;
}

// By the divergence theorem: a third of the sum over faces of (point on the face) . (area vector of the face). The
// area vector is half the sum of from x to over the edges, in any order; ends are taken relative to the point, so the
// terms stay small.
inline double volume(const Polyhedron& solid) {
    double six_volumes = 0;
    for (int f = 0; f < solid.size; ++f) {
        const Face& face = solid.face[f];
        const Vec3 point = face.from(0);
        Vec3 twice_area;
        for (int e = 0; e < face.size; ++e) twice_area = twice_area + cross(face.from(e) - point, face.to(e) - point);
        six_volumes += dot(point, twice_area);
    }
    return six_volumes / 6;
}

// Box `b` seen from box `a`'s frame.
inline Pose relative(const Box& a, const Box& b) {
    return {relative(a.pose.world_from_local, b.pose.world_from_local), to_local(a.pose, b.pose.origin)};
}

inline void polyhedron(const Box& box, const Pose& pose, Polyhedron& solid) {
    Vec3 corners[8];
    for (int i = 0; i < 8; ++i) corners[i] = to_world(pose, corner(box.half, i));
    solid.size = 0;
    for (const auto& loop : kBoxFaces) {
        Face& face = solid.next();
        for (int i = 0; i < 4; ++i) face.add(corners[loop[i]], corners[loop[(i + 1) % 4]]);
        if (face.size > 0) ++solid.size;
    }
}

// Cuts a convex outline (count, 2) off beyond `limit` along `sign` * axis; returns how many corners are left.
SPATIALKIT_INLINE int clip(const double (*outline)[2], int count, int axis, double sign, double limit,
                           double (*out)[2]) {
    int left = 0;
    for (int i = 0; i < count; ++i) {
        const double *a = outline[i], *b = outline[i + 1 < count ? i + 1 : 0];
        const double da = limit - sign * a[axis], db = limit - sign * b[axis];  // at least 0 inside
        if (da >= 0) out[left][0] = a[0], out[left][1] = a[1], ++left;
        if ((da >= 0) == (db >= 0)) continue;
        const double share = da / (da - db);
        out[left][0] = a[0] + share * (b[0] - a[0]), out[left][1] = a[1] + share * (b[1] - a[1]), ++left;
    }
    return left;
}

// Volume that the box |p| <= half shares with one that stands as upright: what their outlines share, times the height.
inline double upright_volume(Vec3 half, Vec3 other_half, const Pose& other) {
    const Vec3 at = other.origin;
    const double height = std::min(half.z, at.z + other_half.z) - std::max(-half.z, at.z - other_half.z);
    if (!(height > 0)) return 0;
    double buffers[2][12][2], (*outline)[2] = buffers[0], (*spare)[2] = buffers[1];
    const Vec3 x = other_half.x * other.world_from_local.axis_x, y = other_half.y * other.world_from_local.axis_y;
    constexpr int kSigns[4][2] = {{1, 1}, {-1, 1}, {-1, -1}, {1, -1}};
    int count = 4;
    for (int i = 0; i < 4; ++i) {
        outline[i][0] = at.x + kSigns[i][0] * x.x + kSigns[i][1] * y.x;
        outline[i][1] = at.y + kSigns[i][0] * x.y + kSigns[i][1] * y.y;
    }
    for (int axis = 0; axis < 2; ++axis) {
        for (const double sign : {1.0, -1.0}) {
            count = clip(outline, count, axis, sign, half[axis], spare);
            std::swap(outline, spare);
        }
    }
    double twice_area = 0;
    for (int i = 2; i < count; ++i)
        twice_area += (outline[i - 1][0] - outline[0][0]) * (outline[i][1] - outline[0][1]) -
                      (outline[i - 1][1] - outline[0][1]) * (outline[i][0] - outline[0][0]);
    return 0.5 * std::fabs(twice_area) * height;
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
    const Pose other = detail::relative(a, b);
    const Vec3 up = other.world_from_local.axis_z;
    const double most = std::min(box_volume(a), box_volume(b));
    if (up.x == 0 && up.y == 0) return std::clamp(detail::upright_volume(a.half, b.half, other), 0.0, most);
    detail::Polyhedron solids[2], *solid = &solids[0], *spare = &solids[1];
    detail::polyhedron(b, other, *solid);
    for (int axis = 0; axis < 3; ++axis) {
        const detail::Extent reach = detail::extent(*solid, axis);
        if (!(reach.low <= a.half[axis]) || !(reach.high >= -a.half[axis])) return 0;
        for (const double sign : {1.0, -1.0}) {
            if ((sign > 0 ? reach.high : -reach.low) <= a.half[axis]) continue;  // nothing to cut off
            detail::clip(*solid, axis, sign, a.half[axis], *spare);
            std::swap(solid, spare);
        }
    }
    return std::clamp(detail::volume(*solid), 0.0, most);
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

namespace detail {

SPATIALKIT_INLINE void all_ious(const BoxArrays& a, const BoxArrays& b, double* out) {
    for (std::size_t i = 0; i < a.count; ++i) {
        const Box box = a[i];
        for (std::size_t k = 0; k < b.count; ++k) out[i * b.count + k] = box_iou(box, b[k]);
    }
}

SPATIALKIT_INLINE void all_distances(const BoxArrays& a, const BoxArrays& b, double* out) {
    for (std::size_t i = 0; i < a.count; ++i) {
        const Box box = a[i];
        for (std::size_t k = 0; k < b.count; ++k) out[i * b.count + k] = box_distance(box, b[k]);
    }
}

// Rows of the table of all pairs that are worth a thread.
inline std::size_t rows_of_pairs(std::size_t columns) {
    constexpr std::size_t kPairs = 128;
    return kPairs / std::max<std::size_t>(columns, 1) + 1;
}

}  // namespace detail

// Each of `a` with each of `b`, (a.count, b.count).
inline void box_iou(const BoxArrays& a, const BoxArrays& b, double* out, int threads = 1) {
    in_pieces(a.count, detail::rows_of_pairs(b.count), threads, [&](std::size_t begin, std::size_t end) {
        detail::run<detail::all_ious>(a.part(begin, end), b, out + begin * b.count);
    });
}

inline void box_distance(const BoxArrays& a, const BoxArrays& b, double* out, int threads = 1) {
    in_pieces(a.count, detail::rows_of_pairs(b.count), threads, [&](std::size_t begin, std::size_t end) {
        detail::run<detail::all_distances>(a.part(begin, end), b, out + begin * b.count);
    });
}

}  // namespace spatialkit
