// Vectors, rotations, poses and boxes: plain values, float64, metres.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "spatialkit/dispatch.hpp"

namespace spatialkit {

namespace detail {

// A vector that this thread used before, with what it holds. Fresh memory of megabytes would be mapped page by page in
// each call, and the system lets one thread do that at a time.
template <class T>
inline std::vector<T>& scratch() {
    thread_local std::vector<T> kept;
    return kept;
}

}  // namespace detail

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct Vec3 {
    double x = 0, y = 0, z = 0;

    SPATIALKIT_INLINE double operator[](int i) const { return i == 0 ? x : i == 1 ? y : z; }
    friend SPATIALKIT_INLINE Vec3 operator+(Vec3 a, Vec3 b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
    friend SPATIALKIT_INLINE Vec3 operator-(Vec3 a, Vec3 b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
    friend SPATIALKIT_INLINE Vec3 operator*(double s, Vec3 a) { return {s * a.x, s * a.y, s * a.z}; }
    friend SPATIALKIT_INLINE bool operator==(Vec3 a, Vec3 b) { return a.x == b.x && a.y == b.y && a.z == b.z; }
};

SPATIALKIT_INLINE double dot(Vec3 a, Vec3 b) {
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

SPATIALKIT_INLINE Vec3 cross(Vec3 a, Vec3 b) {
    return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

SPATIALKIT_INLINE double length(Vec3 a) {
    return std::sqrt(dot(a, a));
}

SPATIALKIT_INLINE Vec3 absolute(Vec3 a) {
    return {std::fabs(a.x), std::fabs(a.y), std::fabs(a.z)};
}

SPATIALKIT_INLINE bool is_finite(Vec3 a) {
    return std::isfinite(a.x) && std::isfinite(a.y) && std::isfinite(a.z);
}

// A rotation, kept as its columns: the axes of the source frame, seen in the target frame.
struct Rotation {
    Vec3 axis_x{1, 0, 0}, axis_y{0, 1, 0}, axis_z{0, 0, 1};

    SPATIALKIT_INLINE Vec3 axis(int i) const { return i == 0 ? axis_x : i == 1 ? axis_y : axis_z; }
};

SPATIALKIT_INLINE Vec3 rotate(const Rotation& r, Vec3 p) {
    return p.x * r.axis_x + p.y * r.axis_y + p.z * r.axis_z;
}

SPATIALKIT_INLINE Vec3 rotate_back(const Rotation& r, Vec3 p) {
    return {dot(r.axis_x, p), dot(r.axis_y, p), dot(r.axis_z, p)};
}

// Rotation of b's frame seen in a's: a^T b.
SPATIALKIT_INLINE Rotation relative(const Rotation& a, const Rotation& b) {
    return {rotate_back(a, b.axis_x), rotate_back(a, b.axis_y), rotate_back(a, b.axis_z)};
}

// A rigid frame: where it stands in the world and how it is turned.
struct Pose {
    Rotation world_from_local;
    Vec3 origin;
};

// The origin is taken off before the rotation: large world coordinates then cost no precision.
SPATIALKIT_INLINE Vec3 to_local(const Pose& pose, Vec3 p_in_world) {
    return rotate_back(pose.world_from_local, p_in_world - pose.origin);
}

SPATIALKIT_INLINE Vec3 to_world(const Pose& pose, Vec3 p_in_local) {
    return rotate(pose.world_from_local, p_in_local) + pose.origin;
}

// A solid box: its frame stands in its centre, `half` are the half extents along its axes (zero is allowed).
struct Box {
    Pose pose;
    Vec3 half;
};

// Corner i takes bit k of i as the side of axis k.
SPATIALKIT_INLINE Vec3 corner(Vec3 half, int i) {
    return {i & 1 ? half.x : -half.x, i & 2 ? half.y : -half.y, i & 4 ? half.z : -half.z};
}

// Corners of the six faces in cyclic order, seen from outside counter-clockwise.
inline constexpr int kBoxFaces[6][4] = {{0, 4, 6, 2}, {1, 3, 7, 5}, {0, 1, 5, 4},
                                        {2, 6, 7, 3}, {0, 2, 3, 1}, {4, 5, 7, 6}};

// The twelve edges: the two corners of each.
inline constexpr int kBoxEdges[12][2] = {{0, 1}, {2, 3}, {4, 5}, {6, 7}, {0, 2}, {1, 3},
                                         {4, 6}, {5, 7}, {0, 4}, {1, 5}, {2, 6}, {3, 7}};

// Depth tolerance: constant + quadratic * z^2 metres.
struct Tolerance {
    double constant, quadratic;

    SPATIALKIT_INLINE double at(double z) const { return constant + quadratic * z * z; }
};

}  // namespace spatialkit
