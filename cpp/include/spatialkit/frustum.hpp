// The view volume of a camera: what lies beyond the near plane and between the four planes of the image border.
#pragma once

#include "spatialkit/box.hpp"
#include "spatialkit/camera.hpp"

namespace spatialkit {

// The half space where dot(normal, p) >= offset.
struct Plane {
    Vec3 normal;
    double offset;

    SPATIALKIT_INLINE double height(Vec3 p) const { return dot(normal, p) - offset; }
};

inline constexpr int kViewPlanes = 5;
inline constexpr unsigned kLeft = 2, kRight = 4, kTop = 8, kBottom = 16;  // bits of the planes at the image's border

// Near, left, right, top, bottom, in camera coordinates. The last four pass through the camera's centre.
struct ViewVolume {
    Plane plane[kViewPlanes];
};

// `margin` pixels are added around the image.
inline ViewVolume view_volume(const Camera& camera, double near_z, double margin = 0) {
    const double left = -0.5 - margin - camera.cx, right = camera.width - 0.5 + margin - camera.cx;
    const double top = -0.5 - margin - camera.cy, bottom = camera.height - 0.5 + margin - camera.cy;
    return {{{{0, 0, 1}, near_z},
             {{camera.fx, 0, -left}, 0},
             {{-camera.fx, 0, right}, 0},
             {{0, camera.fy, -top}, 0},
             {{0, -camera.fy, bottom}, 0}}};
}

// Bit k is set where the point is outside plane k; a point with NaN is outside of all.
SPATIALKIT_INLINE unsigned outside(const ViewVolume& volume, Vec3 p_in_cam) {
    unsigned code = 0;
    for (int k = 0; k < kViewPlanes; ++k)
        code |= (volume.plane[k].height(p_in_cam) >= 0 ? 0u : 1u) << static_cast<unsigned>(k);
    return code;
}

// The same volume in world coordinates relative to the camera's place.
inline ViewVolume in_world(ViewVolume volume, const Pose& camera_pose) {
    for (Plane& plane : volume.plane) plane.normal = rotate(camera_pose.world_from_local, plane.normal);
    return volume;
}

namespace detail {

SPATIALKIT_INLINE void boxes_in_frustum(const BoxArrays& boxes, const Camera& camera, const Pose& pose, double near_z,
                                        bool* inside) {
    // A few dozen operations on numbers of size `reach` lose at most this share of it.
    constexpr double kRounding = 64 * std::numeric_limits<double>::epsilon();
    constexpr std::size_t kGroup = 64;
    static_assert(kViewPlanes == 5);
    const ViewVolume volume = in_world(view_volume(camera, near_z), pose);
    const Vec3 origin = pose.origin, far_origin = absolute(origin);
    double loss[kViewPlanes];
    for (int k = 0; k < kViewPlanes; ++k) {
        const Vec3 n = absolute(volume.plane[k].normal);
        loss[k] = kRounding * (n.x + n.y + n.z);
    }
    // One number of the boxes after the other, so that the loop over boxes runs in vectors.
    double c[3][kGroup], h[3][kGroup], r[9][kGroup];
    std::int64_t kept[kGroup];
    for (std::size_t begin = 0; begin < boxes.count; begin += kGroup) {
        const std::size_t count = std::min(kGroup, boxes.count - begin);
        for (std::size_t i = 0; i < count; ++i) {
            for (std::size_t k = 0; k < 3; ++k) c[k][i] = boxes.centres[3 * (begin + i) + k];
            for (std::size_t k = 0; k < 3; ++k) h[k][i] = 0.5 * boxes.sizes[3 * (begin + i) + k];
            for (std::size_t k = 0; k < 9; ++k) r[k][i] = boxes.rotations[9 * (begin + i) + k];
        }
        for (std::size_t i = 0; i < count; ++i) {
            const Vec3 between{c[0][i] - origin.x, c[1][i] - origin.y, c[2][i] - origin.z};
            const double reach = std::fabs(c[0][i]) + std::fabs(c[1][i]) + std::fabs(c[2][i]) + far_origin.x +
                                 far_origin.y + far_origin.z + h[0][i] + h[1][i] + h[2][i];
            const auto reaches = [&](int k) {
                const Vec3 n = volume.plane[k].normal;
                const double radius = h[0][i] * std::fabs(n.x * r[0][i] + n.y * r[3][i] + n.z * r[6][i]) +
                                      h[1][i] * std::fabs(n.x * r[1][i] + n.y * r[4][i] + n.z * r[7][i]) +
                                      h[2][i] * std::fabs(n.x * r[2][i] + n.y * r[5][i] + n.z * r[8][i]);
                return volume.plane[k].height(between) + radius >= -loss[k] * reach;
            };
            std::int64_t in = reaches(0) ? 1 : 0;
            in = reaches(1) ? in : 0;
            in = reaches(2) ? in : 0;
            in = reaches(3) ? in : 0;
            kept[i] = reaches(4) ? in : 0;
        }
        for (std::size_t i = 0; i < count; ++i) inside[begin + i] = kept[i] != 0;
    }
}

}  // namespace detail

// Whether boxes may reach into the view volume: false only where one lies wholly outside one of the planes, with an
// allowance for rounding, so a box that intersects the volume is never dropped. A box near an edge of the volume may
// be kept although it misses it.
inline void boxes_in_frustum(const BoxArrays& boxes, const Camera& camera, const Pose& pose, double near_z,
                             bool* inside, int threads = 1) {
    constexpr std::size_t kPiece = 8192;
    in_pieces(boxes.count, kPiece, threads, [&](std::size_t begin, std::size_t end) {
        detail::run<detail::boxes_in_frustum>(boxes.part(begin, end), camera, pose, near_z, inside + begin);
    });
}

}  // namespace spatialkit
