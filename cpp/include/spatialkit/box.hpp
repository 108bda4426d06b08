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

    SPATIALKIT_INLINE Box operator[](std::size_t i) const {
        const double* c = centres + 3 * i;
        const double* s = sizes + 3 * i;
        const double* r = rotations + 9 * i;
        return {{{{r[0], r[3], r[6]}, {r[1], r[4], r[7]}, {r[2], r[5], r[8]}}, {c[0], c[1], c[2]}},
                {0.5 * s[0], 0.5 * s[1], 0.5 * s[2]}};
    }
};

// How far the columns of the worst of the matrices (n, 3, 3) are from orthonormal: the largest entry of |R^T R - I|;
// infinite where one is a reflection or not a number.
inline double rotation_error(const double* rotations, std::size_t count) {
    double worst = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const double* r = rotations + 9 * i;
        const Vec3 x{r[0], r[3], r[6]}, y{r[1], r[4], r[7]}, z{r[2], r[5], r[8]};
        const double error = std::max({std::fabs(dot(x, x) - 1), std::fabs(dot(y, y) - 1), std::fabs(dot(z, z) - 1),
                                       std::fabs(dot(x, y)), std::fabs(dot(y, z)), std::fabs(dot(z, x))});
        const bool proper = dot(cross(x, y), z) > 0 && error < std::numeric_limits<double>::infinity();
        worst = std::max(worst, proper ? error : std::numeric_limits<double>::infinity());
    }
    return worst;
}

}  // namespace spatialkit
