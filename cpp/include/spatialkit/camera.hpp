// The pinhole camera: x right, y down, z forward; pixel centres at integers, so the image is the rectangle
// [-0.5, width - 0.5] x [-0.5, height - 0.5].
#pragma once

#include "spatialkit/types.hpp"

namespace spatialkit {

struct Camera {
    double fx, fy, cx, cy;
    int width, height;
};

struct Pixel {
    double u, v;
};

SPATIALKIT_INLINE Pixel project(const Camera& camera, Vec3 p_in_cam) {
    return {camera.fx * p_in_cam.x / p_in_cam.z + camera.cx, camera.fy * p_in_cam.y / p_in_cam.z + camera.cy};
}

// Half open on the right and below, so that the nearest pixel of a point in the image is always one of the image.
SPATIALKIT_INLINE bool in_image(const Camera& camera, Pixel p) {
    return p.u >= -0.5 && p.u < camera.width - 0.5 && p.v >= -0.5 && p.v < camera.height - 0.5;
}

// The nearest pixel of a coordinate that is in the image.
SPATIALKIT_INLINE int nearest(double coordinate, int size) {
    const int index = static_cast<int>(coordinate + 0.5);
    return index < size ? index : size - 1;
}

SPATIALKIT_INLINE Vec3 unproject(const Camera& camera, Pixel p, double z) {
    return {(p.u - camera.cx) / camera.fx * z, (p.v - camera.cy) / camera.fy * z, z};
}

template <class T>
SPATIALKIT_INLINE Vec3 load(const T* xyz) {
    return {static_cast<double>(xyz[0]), static_cast<double>(xyz[1]), static_cast<double>(xyz[2])};
}

namespace detail {

template <class T>
SPATIALKIT_INLINE void project_points(const T* points, std::size_t count, const Camera& camera, const Pose& pose,
                                      T* out) {
    for (std::size_t i = 0; i < count; ++i) {
        const Vec3 p = to_local(pose, load(points + 3 * i));
        const Pixel pixel = project(camera, p);
        const bool ahead = p.z > 0;
        out[3 * i] = static_cast<T>(ahead ? pixel.u : kNaN);
        out[3 * i + 1] = static_cast<T>(ahead ? pixel.v : kNaN);
        out[3 * i + 2] = static_cast<T>(p.z);
    }
}

template <class T>
SPATIALKIT_INLINE bool all_finite(const T* values, std::size_t count) {
    // x - x is 0 for a finite x and NaN otherwise; a sum without early exit keeps the loop in vector registers.
    constexpr std::size_t kLanes = 16;
    T sums[kLanes] = {};
    std::size_t i = 0;
    for (; i + kLanes <= count; i += kLanes)
        for (std::size_t k = 0; k < kLanes; ++k) sums[k] += values[i + k] - values[i + k];
    T sum = 0;
    for (const T s : sums) sum += s;
    for (; i < count; ++i) sum += values[i] - values[i];
    return sum == 0;
}

}  // namespace detail

// World points (count, 3) to u, v, depth; u and v are NaN where the depth is not positive.
SPATIALKIT_CLONES inline void project_points(const float* points, std::size_t count, const Camera& camera,
                                             const Pose& pose, float* out) {
    detail::project_points(points, count, camera, pose, out);
}
SPATIALKIT_CLONES inline void project_points(const double* points, std::size_t count, const Camera& camera,
                                             const Pose& pose, double* out) {
    detail::project_points(points, count, camera, pose, out);
}

// Depth image to world points (height, width, 3); NaN where there is no reading.
SPATIALKIT_CLONES inline void unproject_depth(const float* depth, const Camera& camera, const Pose& pose, float* out) {
    for (int v = 0; v < camera.height; ++v) {
        const std::size_t row = static_cast<std::size_t>(v) * static_cast<std::size_t>(camera.width);
        for (int u = 0; u < camera.width; ++u) {
            const std::size_t i = row + static_cast<std::size_t>(u);
            const Pixel pixel{static_cast<double>(u), static_cast<double>(v)};
            const double z = depth[i] > 0 ? static_cast<double>(depth[i]) : kNaN;
            const Vec3 p = to_world(pose, unproject(camera, pixel, z));
            out[3 * i] = static_cast<float>(p.x);
            out[3 * i + 1] = static_cast<float>(p.y);
            out[3 * i + 2] = static_cast<float>(p.z);
        }
    }
}

SPATIALKIT_CLONES inline bool all_finite(const float* values, std::size_t count) {
    return detail::all_finite(values, count);
}
SPATIALKIT_CLONES inline bool all_finite(const double* values, std::size_t count) {
    return detail::all_finite(values, count);
}

}  // namespace spatialkit
