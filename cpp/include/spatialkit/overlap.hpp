// How much two oriented boxes overlap, and how far they are apart.
#pragma once

#include <utility>

#include "spatialkit/box.hpp"
#include "spatialkit/parallel.hpp"
#include "spatialkit/shared_volume.hpp"

namespace spatialkit {

namespace detail {

// Box `b` seen from box `a`'s frame.
inline Pose relative(const Box& a, const Box& b) {
    return {relative(a.pose.world_from_local, b.pose.world_from_local), to_local(a.pose, b.pose.origin)};
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

// A fixed order of two boxes, so that the result is the same to the last bit whichever comes first: below 0 where `a`
// does, 0 where they are the same.
inline int order(const Box& a, const Box& b) {
    const Vec3 keys_a[] = {a.half, a.pose.origin, a.pose.world_from_local.axis_x, a.pose.world_from_local.axis_y};
    const Vec3 keys_b[] = {b.half, b.pose.origin, b.pose.world_from_local.axis_x, b.pose.world_from_local.axis_y};
    for (int k = 0; k < 4; ++k)
        for (int i = 0; i < 3; ++i)
            if (keys_a[k][i] != keys_b[k][i]) return keys_a[k][i] < keys_b[k][i] ? -1 : 1;
    return 0;
}

// Whether a face of one box has the other box beyond it.
inline bool face_between(Vec3 half, Vec3 other_half, const Pose& other) {
    const Rotation& turn = other.world_from_local;
    const Vec3 x = absolute(turn.axis_x), y = absolute(turn.axis_y), z = absolute(turn.axis_z);
    const Vec3 reach = other_half.x * x + other_half.y * y + other_half.z * z + half - absolute(other.origin);
    const Vec3 back = absolute(rotate_back(turn, other.origin));
    return reach.x <= 0 || reach.y <= 0 || reach.z <= 0 || dot(x, half) + other_half.x <= back.x ||
           dot(y, half) + other_half.y <= back.y || dot(z, half) + other_half.z <= back.z;
}

}  // namespace detail

inline double box_volume(const Box& box) {
    return 8 * box.half.x * box.half.y * box.half.z;
}

namespace detail {

// Finds the volumes that boxes share. Those that take long wait until all lanes are taken.
template <int kLanes>
class SharedVolumes {
  public:
    // Whether `volume` is what the boxes share; otherwise they are now in lane `waiting() - 1`.
    SPATIALKIT_INLINE bool known(const Box& first, const Box& second, double& volume) {
        volume = 0;
        if (spheres_apart(first, second)) return true;
        const int sign = order(first, second);
        const Box &a = sign <= 0 ? first : second, &b = sign <= 0 ? second : first;
        const double most = std::min(box_volume(a), box_volume(b));
        if (!(most > 0)) return true;
        if (sign == 0) {
            volume = most;
            return true;
        }
        const Pose other = relative(a, b);
        const Vec3 up = other.world_from_local.axis_z;
        if (up.x == 0 && up.y == 0) {
            volume = std::clamp(upright_volume(a.half, b.half, other), 0.0, most);
            return true;
        }
        if (face_between(a.half, b.half, other)) return true;
        most_[waiting_] = most;
        per_cube_[waiting_] = a.half.x * a.half.y * a.half.z;
        set_pair(a.half, b.half, other, waiting_++);
        return false;
    }

    int waiting() const { return waiting_; }

    // Sets the volumes of the pairs that wait, which then do no longer; returns their number.
    int find(double (&volume)[kLanes]) {
        const int count = waiting_;
        if (count > 0) run<shared_volumes<kLanes>>(pairs_, static_cast<double*>(volume));
        for (int n = 0; n < count; ++n)
            volume[n] = volume[n] > 0 ? std::min(volume[n] * per_cube_[n], most_[n]) : 0;  // 0 for what is no number
        waiting_ = 0;
        return count;
    }

  private:
    BoxPairs<kLanes> pairs_{};
    double most_[kLanes] = {}, per_cube_[kLanes] = {};
    int waiting_ = 0;

    // Along the thinnest axis of the first box the flux is least, and with it what rounding takes from it.
    SPATIALKIT_INLINE void set_pair(Vec3 half, Vec3 other_half, const Pose& other, int n) {
        const int z = half.x < half.y ? (half.x < half.z ? 0 : 2) : (half.y < half.z ? 1 : 2);
        for (int row = 0; row < 3; ++row) {
            const int from = (z + 1 + row) % 3;
            const double per_half = 1 / half[from];
            pairs_.middle[row][n] = other.origin[from] * per_half;
            for (int axis = 0; axis < 3; ++axis)
                pairs_.half[row][axis][n] = other.world_from_local.axis(axis)[from] * other_half[axis] * per_half;
        }
    }
};

SPATIALKIT_INLINE double over_union(double shared, double sum) {
    return sum > shared ? std::min(shared / (sum - shared), 1.0) : 0.0;
}

}  // namespace detail

// Volume that two boxes share.
inline double intersection_volume(const Box& first, const Box& second) {
    detail::SharedVolumes<1> pair;
    double volume[1];
    if (!pair.known(first, second, volume[0])) pair.find(volume);
    return volume[0];
}

// Intersection over union, 0 to 1; 0 where both boxes have no volume.
inline double box_iou(const Box& a, const Box& b) {
    return detail::over_union(intersection_volume(a, b), box_volume(a) + box_volume(b));
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
    const bool in_order = detail::order(first, second) <= 0;
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
    constexpr int kLanes = 8;
    SharedVolumes<kLanes> volumes;
    double volume[kLanes], sum[kLanes], *place[kLanes];
    const auto find = [&] {
        const int count = volumes.find(volume);
        for (int n = 0; n < count; ++n) *place[n] = over_union(volume[n], sum[n]);
    };
    for (std::size_t i = 0; i < a.count; ++i) {
        const Box one = a[i];
        for (std::size_t k = 0; k < b.count; ++k) {
            const Box other = b[k];
            const int n = volumes.waiting();
            sum[n] = box_volume(one) + box_volume(other), place[n] = out + i * b.count + k;
            if (volumes.known(one, other, volume[n])) *place[n] = over_union(volume[n], sum[n]);
            if (volumes.waiting() == kLanes) find();
        }
    }
    find();
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
