// The view volume of a camera: what lies beyond the near plane and between the four planes of the image border.
#pragma once

#include "spatialkit/camera.hpp"

namespace spatialkit {

// The half space where dot(normal, p) >= offset.
struct Plane {
    Vec3 normal;
    double offset;

    SPATIALKIT_INLINE double height(Vec3 p) const { return dot(normal, p) - offset; }
};

inline constexpr int kViewPlanes = 5;

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

// Whether a box may reach into the view volume: false only where it lies wholly outside one of the planes, with an
// allowance for rounding, so a box that intersects the volume is never dropped. A box near an edge of the volume may
// be kept although it misses it.
SPATIALKIT_INLINE bool may_intersect(const ViewVolume& volume, const Pose& camera_pose, const Box& box) {
    // A few dozen operations on numbers of size `reach` lose at most this share of it.
    constexpr double kRounding = 64 * std::numeric_limits<double>::epsilon();
    const Vec3 centre = to_local(camera_pose, box.pose.origin);
    const Rotation axes = relative(camera_pose.world_from_local, box.pose.world_from_local);
    const Vec3 far_origin = absolute(box.pose.origin) + absolute(camera_pose.origin) + box.half;
    const double reach = far_origin.x + far_origin.y + far_origin.z;
    bool outside_one = false;
    for (const Plane& plane : volume.plane) {
        const double radius = box.half.x * std::fabs(dot(plane.normal, axes.axis_x)) +
                              box.half.y * std::fabs(dot(plane.normal, axes.axis_y)) +
                              box.half.z * std::fabs(dot(plane.normal, axes.axis_z));
        const Vec3 n = absolute(plane.normal);
        const double slack = kRounding * ((n.x + n.y + n.z) * reach + std::fabs(plane.offset));
        outside_one |= plane.height(centre) + radius < -slack;
    }
    return !outside_one;
}

}  // namespace spatialkit
