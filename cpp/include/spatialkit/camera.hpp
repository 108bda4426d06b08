// The pinhole camera: x right, y down, z forward; pixel centres at integers, so the image is the rectangle
// [-0.5, width - 0.5] x [-0.5, height - 0.5].
#pragma once

#include <cstring>

#include "spatialkit/parallel.hpp"
#include "spatialkit/types.hpp"

namespace spatialkit {

struct Camera {
    double fx, fy, cx, cy;
    int width, height;

    friend bool operator==(const Camera&, const Camera&) = default;
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

// What lies side by side in memory: x, y, z of each point, or all x, then all y, then all z.
enum class Layout { kRows, kColumns };

// A camera at a pose, in the precision T of a loop over points: with p = point - origin, the depth is rows[2] . p, and
// u and v are rows[0] . p and rows[1] . p through the depth.
template <class T>
struct View {
    T rows[3][3];
    T origin[3], rounded[3];  // where the camera stands, and what rounding to T took off
    T right, bottom;

    View(const Camera& camera, const Pose& pose)
        : right(static_cast<T>(camera.width - 0.5)), bottom(static_cast<T>(camera.height - 0.5)) {
        const Rotation& axes = pose.world_from_local;
        const Vec3 each[3] = {camera.fx * axes.axis_x + camera.cx * axes.axis_z,
                              camera.fy * axes.axis_y + camera.cy * axes.axis_z, axes.axis_z};
        for (int i = 0; i < 3; ++i) {
            for (int k = 0; k < 3; ++k) rows[i][k] = static_cast<T>(each[i][k]);
            // Volatile: side by side, GCC 12 takes these conversions there and back for none.
            const volatile T stored = static_cast<T>(pose.origin[i]);
            origin[i] = stored;
            rounded[i] = static_cast<T>(pose.origin[i] - static_cast<double>(origin[i]));
        }
    }
};

namespace detail {

inline constexpr std::size_t kBlock = 256;    // points whose pixels stay in the first cache
inline constexpr std::size_t kPiece = 65536;  // points that are worth a thread

template <class T>
struct Pixels {
    T *u, *v, *z;
};

template <class T>
struct PixelBlock {
    alignas(64) T u[kBlock], v[kBlock], z[kBlock];

    SPATIALKIT_INLINE Pixels<T> all() { return {u, v, z}; }
};

// Points to pixels and depths. The origin is taken off first: large world coordinates then cost no precision. Returns
// whether all depths are finite; that of a point which is not finite never is.
template <std::size_t kStep, class P, class T>
SPATIALKIT_INLINE bool project_block(const P* SPATIALKIT_RESTRICT xs, const P* SPATIALKIT_RESTRICT ys,
                                     const P* SPATIALKIT_RESTRICT zs, std::size_t count, const View<T>& view,
                                     Pixels<T> out) {
    constexpr T kNone = std::numeric_limits<T>::quiet_NaN();
    const View<T> v = view;  // a copy that no store can change
    T *SPATIALKIT_RESTRICT us = out.u, *SPATIALKIT_RESTRICT vs = out.v, *SPATIALKIT_RESTRICT ds = out.z;
    unsigned odd = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const T x = static_cast<T>(xs[kStep * i]) - v.origin[0] - v.rounded[0];
        const T y = static_cast<T>(ys[kStep * i]) - v.origin[1] - v.rounded[1];
        const T z = static_cast<T>(zs[kStep * i]) - v.origin[2] - v.rounded[2];
        const T depth = v.rows[2][0] * x + v.rows[2][1] * y + v.rows[2][2] * z;
        const T scale = T{1} / depth;
        const T right = (v.rows[0][0] * x + v.rows[0][1] * y + v.rows[0][2] * z) * scale;
        const T down = (v.rows[1][0] * x + v.rows[1][1] * y + v.rows[1][2] * z) * scale;
        us[i] = depth > 0 ? right : kNone;
        vs[i] = depth > 0 ? down : kNone;
        ds[i] = depth;
        odd |= depth - depth == 0 ? 0u : 1u;
    }
    return odd == 0;
}

// Points `begin` to `begin + count` of `total`, in either layout.
template <class P, class T>
SPATIALKIT_INLINE bool project_block(const P* points, std::size_t total, Layout layout, std::size_t begin,
                                     std::size_t count, const View<T>& view, Pixels<T> out) {
    if (layout == Layout::kRows) {
        const P* p = points + 3 * begin;
        return project_block<3>(p, p + 1, p + 2, count, view, out);
    }
    const P* p = points + begin;
    return project_block<1>(p, p + total, p + 2 * total, count, view, out);
}

template <class T>
SPATIALKIT_INLINE void in_image(std::size_t count, const View<T>& view, T near_z, Pixels<T> pixels, bool* inside) {
    const T least = T(-0.5), right = view.right, bottom = view.bottom;
    for (std::size_t i = 0; i < count; ++i) {
        const T u = pixels.u[i], v = pixels.v[i];
        inside[i] = (u >= least) & (u < right) & (v >= least) & (v < bottom) & (pixels.z[i] > near_z);
    }
}

// Keeps the pixels that are marked, in order; returns how many, and which in `index`.
template <class T>
SPATIALKIT_INLINE std::size_t compact(std::size_t count, const bool* marked, PixelBlock<T>& block,
                                      std::uint32_t* index) {
    std::size_t left = 0;
    for (std::size_t begin = 0; begin < count; begin += 8) {
        const std::size_t n = std::min(count - begin, std::size_t{8});
        std::uint64_t eight = 0;
        std::memcpy(&eight, marked + begin, n);
        if (eight == 0) continue;
        for (std::size_t i = begin; i < begin + n; ++i) {
            index[left] = static_cast<std::uint32_t>(i);
            left += marked[i];
        }
    }
    for (std::size_t k = 0; k < left; ++k) {
        const std::size_t i = index[k];
        block.u[k] = block.u[i], block.v[k] = block.v[i], block.z[k] = block.z[i];
    }
    return left;
}

template <class T>
SPATIALKIT_INLINE bool project_points(const T* points, std::size_t total, Layout layout, const Camera& camera,
                                      const Pose& pose, double near_z, T* out, bool* inside, std::size_t begin,
                                      std::size_t end) {
    const View<T> view(camera, pose);
    PixelBlock<T> block;
    bool finite = true;
    for (; begin < end; begin += kBlock) {
        const std::size_t count = std::min(kBlock, end - begin);
        const bool direct = out != nullptr && layout == Layout::kColumns;
        const Pixels<T> to =
            direct ? Pixels<T>{out + begin, out + total + begin, out + 2 * total + begin} : block.all();
        finite &= project_block(points, total, layout, begin, count, view, to);
        if (inside != nullptr) in_image(count, view, static_cast<T>(near_z), to, inside + begin);
        if (out == nullptr || direct) continue;
        T* rows = out + 3 * begin;
        for (std::size_t i = 0; i < count; ++i) {
            rows[3 * i] = block.u[i];
            rows[3 * i + 1] = block.v[i];
            rows[3 * i + 2] = block.z[i];
        }
    }
    return finite;
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

SPATIALKIT_INLINE void unproject_depth(const float* depth, const Camera& camera, const Pose& pose, float* out,
                                       std::size_t top, std::size_t bottom) {
    for (std::size_t v = top; v < bottom; ++v) {
        const std::size_t row = v * static_cast<std::size_t>(camera.width);
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

template <class T>
SPATIALKIT_INLINE bool all_lengths(const T* values, std::size_t count) {
    unsigned odd = 0;
    for (std::size_t i = 0; i < count; ++i) odd |= (values[i] >= 0) & (values[i] - values[i] == 0) ? 0u : 1u;
    return odd == 0;
}

}  // namespace detail

// World points (count, 3) to u, v, depth in `out`, in the layout of the points, and whether each is in the image and
// farther than `near_z` in `inside` (count,); either may be null. u and v are NaN where the depth is not positive.
// Computed in the precision of the points. Returns false if the depth of a point is not finite.
template <class T>
inline bool project_points(const T* points, std::size_t count, Layout layout, const Camera& camera, const Pose& pose,
                           double near_z, T* out, bool* inside, int threads = 1) {
    return well_in_pieces(count, detail::kPiece, threads, [&](std::size_t begin, std::size_t end) {
        return detail::run<detail::project_points<T>>(points, count, layout, camera, pose, near_z, out, inside, begin,
                                                      end);
    });
}

// Depth image to world points (height, width, 3); NaN where there is no reading.
inline void unproject_depth(const float* depth, const Camera& camera, const Pose& pose, float* out, int threads = 1) {
    constexpr std::size_t kRows = 64;
    in_pieces(static_cast<std::size_t>(camera.height), kRows, threads, [&](std::size_t top, std::size_t bottom) {
        detail::run<detail::unproject_depth>(depth, camera, pose, out, top, bottom);
    });
}

// Whether all are finite and not below 0, as readings of depth and extents of boxes are.
inline bool all_depths(const float* values, std::size_t count) {
    return detail::run<detail::all_lengths<float>>(values, count);
}
inline bool all_extents(const double* values, std::size_t count) {
    return detail::run<detail::all_lengths<double>>(values, count);
}

inline bool all_finite(const float* values, std::size_t count) {
    return detail::run<detail::all_finite<float>>(values, count);
}
inline bool all_finite(const double* values, std::size_t count) {
    return detail::run<detail::all_finite<double>>(values, count);
}

}  // namespace spatialkit
