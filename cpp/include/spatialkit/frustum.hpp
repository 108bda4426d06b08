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

// The view volume for solids: how far each plane may be wrong, of numbers of size 1.
struct Frustum {
    ViewVolume volume;
    Vec3 origin, far_origin;
    double loss[kViewPlanes], length[kViewPlanes];

    Frustum(const Camera& camera, const Pose& pose, double near_z)
        : volume(in_world(view_volume(camera, near_z), pose)), origin(pose.origin), far_origin(absolute(origin)) {
        // A few dozen operations lose at most this share.
        constexpr double kRounding = 64 * std::numeric_limits<double>::epsilon();
        for (int k = 0; k < kViewPlanes; ++k) {
            const Vec3 n = absolute(volume.plane[k].normal);
            loss[k] = kRounding * (n.x + n.y + n.z);
            length[k] = spatialkit::length(n);
        }
    }

    // The sum of all numbers that a solid's test works with.
    SPATIALKIT_INLINE double size(Vec3 centre, double radius) const {
        const Vec3 far_centre = absolute(centre);
        return far_centre.x + far_centre.y + far_centre.z + far_origin.x + far_origin.y + far_origin.z + radius;
    }

    // Whether something may reach over plane k: its centre seen from the camera, how far it goes along the normal.
    SPATIALKIT_INLINE bool reaches(int k, Vec3 between, double radius, double size) const {
        return volume.plane[k].height(between) + radius >= -loss[k] * size;
    }
};

SPATIALKIT_INLINE void spheres_in_frustum(const double* centres, const double* radii, std::size_t count,
                                          const Camera& camera, const Pose& pose, double near_z, bool* inside) {
    const Frustum frustum(camera, pose, near_z);
    for (std::size_t i = 0; i < count; ++i) {
        const Vec3 centre = load(centres + 3 * i), between = centre - frustum.origin;
        const double size = frustum.size(centre, radii[i]);
        bool in = true;
        for (int k = 0; k < kViewPlanes; ++k) in &= frustum.reaches(k, between, radii[i] * frustum.length[k], size);
        inside[i] = in;
    }
}

SPATIALKIT_INLINE bool boxes_in_frustum(const BoxArrays& boxes, const Camera& camera, const Pose& pose, double near_z,
                                        bool* inside) {
    static_assert(kViewPlanes == 5);
    double odd[kBoxLanes] = {};
    const Frustum frustum(camera, pose, near_z);
    for (std::size_t begin = 0; begin < boxes.count; begin += kBoxLanes) {
        const std::size_t count = boxes.count - begin;
        const Lanes<3> centres(boxes.centres + 3 * begin, count), sizes(boxes.sizes + 3 * begin, count);
        const Lanes<9> turns(boxes.rotations + 9 * begin, count);
        double kept[kBoxLanes];
        bool rest[kBoxLanes];
        for (std::size_t i = 0; i < kBoxLanes; ++i) {
            const Vec3 centre = centres.vector(i), between = centre - frustum.origin;
            const Vec3 half = 0.5 * sizes.vector(i);
            const Vec3 x = turns.vector(i, 0), y = turns.vector(i, 1), z = turns.vector(i, 2);
            const double size = frustum.size(centre, half.x + half.y + half.z);
            const double wrong = (half.x >= 0) & (half.y >= 0) & (half.z >= 0) & (size - size == 0) ? odd[i] : 1;
            odd[i] = column_error(x, y, z) < kExactRotation ? wrong : 1;
            const auto reaches = [&](int k) {
                const Vec3 n = frustum.volume.plane[k].normal;
                const double radius =
                    half.x * std::fabs(dot(n, x)) + half.y * std::fabs(dot(n, y)) + half.z * std::fabs(dot(n, z));
                return frustum.reaches(k, between, radius, size);
            };
            double in = reaches(0) ? 1 : 0;
            in = reaches(1) ? in : 0;
            in = reaches(2) ? in : 0;
            in = reaches(3) ? in : 0;
            kept[i] = reaches(4) ? in : 0;
        }
        bool* const to = count >= kBoxLanes ? inside + begin : rest;
        for (std::size_t i = 0; i < kBoxLanes; ++i) to[i] = kept[i] != 0;
        if (count < kBoxLanes) std::copy_n(rest, count, inside + begin);
    }
    return *std::max_element(odd, odd + kBoxLanes) == 0;
}

}  // namespace detail

// Whether boxes may reach into the view volume: false only where one lies wholly outside one of the planes, with an
// allowance for rounding, so a box that intersects the volume is never dropped. A box near an edge of the volume may
// be kept although it misses it. Returns whether all are boxes: finite, no extent below 0, exact rotations; false also
// where numbers are so large that their sum is not finite.
inline bool boxes_in_frustum(const BoxArrays& boxes, const Camera& camera, const Pose& pose, double near_z,
                             bool* inside, int threads = 1) {
    constexpr std::size_t kPiece = 8192;
    return well_in_pieces(boxes.count, kPiece, threads, [&](std::size_t begin, std::size_t end) {
        return detail::run<detail::boxes_in_frustum>(boxes.part(begin, end), camera, pose, near_z, inside + begin);
    });
}

// The same for spheres: centres (n, 3), radii (n,).
inline void spheres_in_frustum(const double* centres, const double* radii, std::size_t count, const Camera& camera,
                               const Pose& pose, double near_z, bool* inside, int threads = 1) {
    constexpr std::size_t kPiece = 16384;
    in_pieces(count, kPiece, threads, [&](std::size_t begin, std::size_t end) {
        detail::run<detail::spheres_in_frustum>(centres + 3 * begin, radii + begin, end - begin, camera, pose, near_z,
                                                inside + begin);
    });
}

}  // namespace spatialkit
