// Oriented boxes as arrays, and whether their rotations are rotations.
#pragma once

#include "spatialkit/types.hpp"

namespace spatialkit {

// Boxes as three arrays: centres (n, 3), full sizes (n, 3), world_from_box (n, 3, 3) row by row.
struct BoxArrays {
    const double* centres;
    const double* sizes;
    const double* rotations;
    std::size_t count;

    BoxArrays part(std::size_t begin, std::size_t end) const {
        return {centres + 3 * begin, sizes + 3 * begin, rotations + 9 * begin, end - begin};
    }

    SPATIALKIT_INLINE Box operator[](std::size_t i) const {
        const double* c = centres + 3 * i;
        const double* s = sizes + 3 * i;
        const double* r = rotations + 9 * i;
        return {{{{r[0], r[3], r[6]}, {r[1], r[4], r[7]}, {r[2], r[5], r[8]}}, {c[0], c[1], c[2]}},
                {0.5 * s[0], 0.5 * s[1], 0.5 * s[2]}};
    }
};

namespace detail {

inline constexpr std::size_t kBoxLanes = 8;

// Rows of numbers about kBoxLanes boxes, one number after the other, so that loops over boxes run in vectors. Where
// there are fewer boxes, the last one is there several times.
template <std::size_t kWidth>
struct Lanes {
    alignas(64) double of[kWidth][kBoxLanes];

    SPATIALKIT_INLINE Lanes(const double* rows, std::size_t count) {
        constexpr std::size_t kAhead = 4 * kBoxLanes;
        if (count >= kAhead + kBoxLanes)
            for (std::size_t i = 0; i < kWidth * kBoxLanes; i += 8) SPATIALKIT_PREFETCH(rows + kWidth * kAhead + i);
        if (count >= kBoxLanes) {
            for (std::size_t k = 0; k < kWidth; ++k)
                for (std::size_t i = 0; i < kBoxLanes; ++i) of[k][i] = rows[kWidth * i + k];
        } else {
            for (std::size_t i = 0; i < kBoxLanes; ++i)
                for (std::size_t k = 0; k < kWidth; ++k) of[k][i] = rows[kWidth * std::min(i, count - 1) + k];
        }
    }

    // Of three numbers a row, or column k of a rotation.
    SPATIALKIT_INLINE Vec3 vector(std::size_t i, std::size_t k = 0) const {
        return {of[k][i], of[k + kWidth / 3][i], of[k + 2 * (kWidth / 3)][i]};
    }
};

// Of a matrix with columns x, y and z: the largest entry of |R^T R - I|; infinite for a reflection or what has a NaN.
SPATIALKIT_INLINE double column_error(Vec3 x, Vec3 y, Vec3 z) {
    constexpr double kInfinite = std::numeric_limits<double>::infinity();
    const auto larger = [](double a, double b) { return a > b ? a : b; };
    const double stretched =
        larger(larger(std::fabs(dot(x, x) - 1), std::fabs(dot(y, y) - 1)), std::fabs(dot(z, z) - 1));
    const double leaning = larger(larger(std::fabs(dot(x, y)), std::fabs(dot(y, z))), std::fabs(dot(z, x)));
    const double error = larger(stretched, leaning);
    // Where there is a NaN the determinant is one.
    return (dot(cross(x, y), z) > 0) & (error < kInfinite) ? error : kInfinite;
}

SPATIALKIT_INLINE double rotation_error(const double* rotations, std::size_t count) {
    double worst[kBoxLanes] = {};
    for (std::size_t begin = 0; begin < count; begin += kBoxLanes) {
        const Lanes<9> turns(rotations + 9 * begin, count - begin);
        for (std::size_t i = 0; i < kBoxLanes; ++i) {
            const double error = column_error(turns.vector(i, 0), turns.vector(i, 1), turns.vector(i, 2));
            worst[i] = error > worst[i] ? error : worst[i];
        }
    }
    return *std::max_element(worst, worst + kBoxLanes);
}

}  // namespace detail

// Closer to a rotation than this nothing is mended.
inline constexpr double kExactRotation = 1e-12;

// How far the columns of the worst of the matrices (n, 3, 3) are from orthonormal: the largest entry of |R^T R - I|;
// infinite where one is a reflection or not a number.
inline double rotation_error(const double* rotations, std::size_t count) {
    return detail::run<detail::rotation_error>(rotations, count);
}

namespace detail {

SPATIALKIT_INLINE void points_in_boxes(const double* points, std::size_t begin, std::size_t end, const BoxArrays& boxes,
                                       bool* out) {
    constexpr std::size_t kGroup = 256;
    // The spheres about a block of points and a box are this much apart before none of it is looked at: far more than
    // rounding makes.
    constexpr double kSure = 1 + 1e-9;
    std::fill(out + begin * boxes.count, out + end * boxes.count, false);
    double x[kGroup], y[kGroup], z[kGroup];
    std::int64_t in[kGroup];
    for (; begin < end; begin += kGroup) {
        const std::size_t count = std::min(kGroup, end - begin);
        Vec3 low{points[3 * begin], points[3 * begin + 1], points[3 * begin + 2]}, high = low;
        for (std::size_t i = 0; i < count; ++i) {
            const double* p = points + 3 * (begin + i);
            x[i] = p[0], y[i] = p[1], z[i] = p[2];
            low = {std::min(low.x, p[0]), std::min(low.y, p[1]), std::min(low.z, p[2])};
            high = {std::max(high.x, p[0]), std::max(high.y, p[1]), std::max(high.z, p[2])};
        }
        const Vec3 middle = 0.5 * (low + high);
        const double radius = length(high - middle), size = length(absolute(low) + absolute(high));
        for (std::size_t k = 0; k < boxes.count; ++k) {
            const Box box = boxes[k];
            const Vec3 centre = box.pose.origin, half = box.half;
            if (length(centre - middle) > kSure * (radius + length(half)) + (kSure - 1) * size) continue;
            const Rotation r = box.pose.world_from_local;
            for (std::size_t i = 0; i < count; ++i) {
                const Vec3 p = absolute(rotate_back(r, {x[i] - centre.x, y[i] - centre.y, z[i] - centre.z}));
                in[i] = (p.x <= half.x) & (p.y <= half.y) & (p.z <= half.z) ? 1 : 0;
            }
            bool* to = out + begin * boxes.count + k;
            for (std::size_t i = 0; i < count; ++i) to[i * boxes.count] = in[i] != 0;
        }
    }
}

}  // namespace detail

// Whether each of the points (n, 3) from `begin` to `end` is in each of the boxes, border included: out (n,
// boxes.count), of which their rows are set.
inline void points_in_boxes(const double* points, std::size_t begin, std::size_t end, const BoxArrays& boxes,
                            bool* out) {
    detail::run<detail::points_in_boxes>(points, begin, end, boxes, out);
}

}  // namespace spatialkit
