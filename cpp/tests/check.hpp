// The little that native tests need: checks that go on after a failure and say where it was, and repeatable numbers.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>

#include "spatialkit/spatialkit.hpp"

inline int failures = 0;

#define CHECK(condition)                                                              \
    do {                                                                              \
        if (!(condition)) {                                                           \
            std::printf("%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition); \
            ++failures;                                                               \
        }                                                                             \
    } while (false)

#define CHECK_NEAR(value, expected, within)                                                                \
    do {                                                                                                   \
        const double value_ = (value), expected_ = (expected);                                             \
        if (!(std::fabs(value_ - expected_) <= (within))) {                                                \
            std::printf("%s:%d: %s is %.17g, not %.17g\n", __FILE__, __LINE__, #value, value_, expected_); \
            ++failures;                                                                                    \
        }                                                                                                  \
    } while (false)

namespace test {

// SplitMix64: the same numbers with every compiler.
struct Random {
    std::uint64_t state;

    std::uint64_t bits() {
        std::uint64_t x = state += 0x9e3779b97f4a7c15u;
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
        return x ^ (x >> 31);
    }
    double uniform(double low, double high) {
        return low + (high - low) * (static_cast<double>(bits() >> 11) * 0x1p-53);
    }
    spatialkit::Vec3 point(double reach) {
        return {uniform(-reach, reach), uniform(-reach, reach), uniform(-reach, reach)};
    }
    // From a quaternion in the unit ball.
    spatialkit::Rotation rotation() {
        double w, x, y, z, n;
        do {
            w = uniform(-1, 1), x = uniform(-1, 1), y = uniform(-1, 1), z = uniform(-1, 1);
            n = w * w + x * x + y * y + z * z;
        } while (n > 1 || n < 0.01);
        const double s = 2 / n;
        return {{1 - s * (y * y + z * z), s * (x * y + w * z), s * (x * z - w * y)},
                {s * (x * y - w * z), 1 - s * (x * x + z * z), s * (y * z + w * x)},
                {s * (x * z + w * y), s * (y * z - w * x), 1 - s * (x * x + y * y)}};
    }
    spatialkit::Pose pose(double reach) { return {rotation(), point(reach)}; }
    spatialkit::Box box(double reach, double size) {
        return {pose(reach), {uniform(0, size), uniform(0, size), uniform(0, size)}};
    }
};

inline const spatialkit::Camera kCamera{577, 580, 318.2, 241.7, 640, 480};

inline bool in_frustum(const spatialkit::Camera& camera, const spatialkit::Pose& pose, const spatialkit::Box& box) {
    const spatialkit::Vec3 c = box.pose.origin, h = box.half;
    const spatialkit::Rotation& r = box.pose.world_from_local;
    const double centre[] = {c.x, c.y, c.z}, size[] = {2 * h.x, 2 * h.y, 2 * h.z};
    const double turn[] = {r.axis_x.x, r.axis_y.x, r.axis_z.x, r.axis_x.y, r.axis_y.y,
                           r.axis_z.y, r.axis_x.z, r.axis_y.z, r.axis_z.z};
    bool inside = false;
    spatialkit::boxes_in_frustum({centre, size, turn, 1}, camera, pose, 0.05, &inside);
    return inside;
}

}  // namespace test
