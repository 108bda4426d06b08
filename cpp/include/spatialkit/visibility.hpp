// Which surface samples a frame sees, and what that says about each object.
//
// A sample is seen when it is in the image beyond the near plane and its depth agrees with the frame's depth buffer:
// with the reading of its nearest pixel or, where that is a hole, of the nearest of the four pixels around it that has
// one. The tolerance grows with depth, as a sensor's noise does, and with the slope of the buffer: a pixel's reading is
// taken in its centre, up to half a pixel on each axis from where the sample falls.
#pragma once

#include <cstring>
#include <vector>

#include "spatialkit/camera.hpp"

namespace spatialkit {

struct DepthBuffer {
    const float* depth;             // (height, width) metres, 0 for no reading
    const std::int64_t* instances;  // object id of each pixel, or null
    Camera camera;

    SPATIALKIT_INLINE std::size_t index(int x, int y) const {
        return static_cast<std::size_t>(y) * static_cast<std::size_t>(camera.width) + static_cast<std::size_t>(x);
    }
    SPATIALKIT_INLINE bool contains(int x, int y) const {
        return x >= 0 && x < camera.width && y >= 0 && y < camera.height;
    }
    // The reading, 0 beyond the border.
    SPATIALKIT_INLINE double reading(int x, int y) const {
        return contains(x, y) ? static_cast<double>(depth[index(x, y)]) : 0.0;
    }
};

namespace detail {

// The smaller step from reading `d` to its two neighbours along an axis; 0 where neither has a reading. The smaller
// one, because a depth edge makes the other large and says nothing about the surface.
SPATIALKIT_INLINE double axis_slope(double d, double before, double after) {
    const double down = before > 0 ? std::fabs(d - before) : std::numeric_limits<double>::infinity();
    const double up = after > 0 ? std::fabs(d - after) : std::numeric_limits<double>::infinity();
    const double least = down < up ? down : up;
    return std::isfinite(least) ? least : 0.0;
}

}  // namespace detail

// Change of the depth from one pixel to the next along each axis, metres.
struct Slope {
    double x, y;
};

SPATIALKIT_INLINE Slope depth_slope(const DepthBuffer& buffer, int x, int y) {
    const double d = buffer.reading(x, y);
    return {detail::axis_slope(d, buffer.reading(x - 1, y), buffer.reading(x + 1, y)),
            detail::axis_slope(d, buffer.reading(x, y - 1), buffer.reading(x, y + 1))};
}

// The pixel of the depth buffer that a visible point agrees with, and how far readings may differ from its depth there.
struct Match {
    int x, y;
    double z, allowed;
    Slope slope;
    bool nearest;  // whether it is the nearest pixel, and not the nearest that has a reading
};

// Moves x, y from a pixel without a reading to the next nearest of the four around `pixel` that has one, if any.
inline bool nearest_reading(const DepthBuffer& buffer, Pixel pixel, int& x, int& y) {
    const double du = pixel.u - x, dv = pixel.v - y;
    const int x_other = du > 0 ? x + 1 : x - 1, y_other = dv > 0 ? y + 1 : y - 1;
    const bool x_first = std::fabs(du) >= std::fabs(dv);
    const int order[3][2] = {{x_first ? x_other : x, x_first ? y : y_other},
                             {x_first ? x : x_other, x_first ? y_other : y},
                             {x_other, y_other}};
    for (const auto& at : order) {
        if (!(buffer.reading(at[0], at[1]) > 0)) continue;
        x = at[0], y = at[1];
        return true;
    }
    return false;
}

// Whether a point in the image agrees with the buffer.
SPATIALKIT_INLINE bool matches_depth(const DepthBuffer& buffer, Tolerance tolerance, Pixel pixel, double z,
                                     Match& match) {
    int x = nearest(pixel.u, buffer.camera.width), y = nearest(pixel.v, buffer.camera.height);
    const bool has_reading = buffer.depth[buffer.index(x, y)] > 0;
    if (!has_reading && !nearest_reading(buffer, pixel, x, y)) return false;
    const Slope slope = depth_slope(buffer, x, y);
    const double allowed = tolerance.at(z) + 0.5 * (slope.x + slope.y);
    match = {x, y, z, allowed, slope, has_reading};
    return std::fabs(z - static_cast<double>(buffer.depth[buffer.index(x, y)])) <= allowed;
}

// Whether the four neighbours of a visible point's pixel show the same surface (and the same object), so that a point
// rounded to a pixel, or moved by one, is still on it. A neighbour is a whole pixel away: one more slope is allowed.
SPATIALKIT_INLINE bool is_interior(const DepthBuffer& buffer, const Match& match, std::int64_t id) {
    constexpr int kStep[4][2] = {{-1, 0}, {1, 0}, {0, -1}, {0, 1}};
    const double allowed = match.allowed + std::max(match.slope.x, match.slope.y);
    for (const auto& step : kStep) {
        const int x = match.x + step[0], y = match.y + step[1];
        const double d = buffer.reading(x, y);
        if (!(d > 0) || !(std::fabs(match.z - d) <= allowed)) return false;
        if (buffer.instances != nullptr && buffer.instances[buffer.index(x, y)] != id) return false;
    }
    return true;
}

namespace detail {

// What `matches_depth` says of many points, without branches; kOpen where that takes a closer look.
enum Agreement : std::int32_t { kHidden = 0, kVisible = 1, kOpen = 2 };

template <class T>
SPATIALKIT_INLINE T least_step(T d, T before, T after) {
    constexpr T kNone = std::numeric_limits<T>::infinity();
    const T down = before > 0 ? std::fabs(d - before) : kNone, up = after > 0 ? std::fabs(d - after) : kNone;
    const T least = down < up ? down : up;
    return least < kNone ? least : T{0};
}

// Open where the nearest pixel has no reading.
template <class T>
SPATIALKIT_INLINE void agreement(const DepthBuffer& buffer, Tolerance tolerance, Pixels<T> at, std::size_t count,
                                 std::int32_t* found) {
    const int width = buffer.camera.width, last_x = width - 1, last_y = buffer.camera.height - 1;
    const float* SPATIALKIT_RESTRICT depth = buffer.depth;
    const T *SPATIALKIT_RESTRICT us = at.u, *SPATIALKIT_RESTRICT vs = at.v, *SPATIALKIT_RESTRICT zs = at.z;
    std::int32_t* SPATIALKIT_RESTRICT to = found;
    const T constant = static_cast<T>(tolerance.constant), quadratic = static_cast<T>(tolerance.quadratic);
    for (std::size_t k = 0; k < count; ++k) {
        const T z = zs[k];
        int x = static_cast<int>(us[k] + T(0.5)), y = static_cast<int>(vs[k] + T(0.5));
        x = x < last_x ? x : last_x, y = y < last_y ? y : last_y;
        const int i = y * width + x;
        const int left = i - (x > 0), right = i + (x < last_x);
        const int above = i - (y > 0 ? width : 0), below = i + (y < last_y ? width : 0);
        const T d = static_cast<T>(depth[i]), before = static_cast<T>(depth[left]),
                after = static_cast<T>(depth[right]);
        const T over = static_cast<T>(depth[above]), under = static_cast<T>(depth[below]);
        // Beyond the border there is no reading; the pixel itself would say that there is no slope.
        const T l = x > 0 ? before : T{0}, r = x < last_x ? after : T{0};
        const T a = y > 0 ? over : T{0}, b = y < last_y ? under : T{0};
        const T allowed = constant + quadratic * z * z + T(0.5) * (least_step(d, l, r) + least_step(d, a, b));
        to[k] = d > 0 ? (std::fabs(z - d) <= allowed ? kVisible : kHidden) : kOpen;
    }
}

// The readings that a block of points meets: of the nearest pixel and the next one in its row, which stand side by side
// in memory, and of one above or below.
template <class T>
struct Readings {
    std::int32_t pair[kBlock], across[kBlock];  // where: the first of the two, and the one above or below
    T inside[kBlock], second[kBlock];           // 1 or 0: whether in the image, whether the nearest pixel is the second
    float along[2 * kBlock], beyond[kBlock];
};

// Finds where to read, for points in the image; whether there are any. The image has two rows and columns at least.
template <class T>
SPATIALKIT_INLINE bool find_pixels(const Camera& camera, const View<T>& view, T near_z, Pixels<T> at, std::size_t count,
                                   Readings<T>& readings) {
    const T least = T(-0.5), right = view.right, bottom = view.bottom;
    const int width = camera.width, last_x = width - 1, last_y = camera.height - 1;
    unsigned any = 0;
    for (std::size_t k = 0; k < count; ++k) {
        const T u = at.u[k], v = at.v[k];
        const bool inside = (u >= least) & (u < right) & (v >= least) & (v < bottom) & (at.z[k] > near_z);
        int x = static_cast<int>((inside ? u : T{0}) + T(0.5)), y = static_cast<int>((inside ? v : T{0}) + T(0.5));
        x = x < last_x ? x : last_x, y = y < last_y ? y : last_y;
        const int i = y * width + x;
        readings.pair[k] = x < last_x ? i : i - 1;
        readings.across[k] = y < last_y ? i + width : i - width;
        readings.second[k] = x < last_x ? T{0} : T{1};
        readings.inside[k] = inside ? T{1} : T{0};
        any |= inside ? 1u : 0u;
    }
    return any != 0;
}

// What three readings tell. Two neighbours bound the slope, which is that to the nearer reading on each axis: a point
// that is too far off even so is hidden, one that needs no slope is visible. Roundings keep the order, so the answers
// are those of `agreement`. Visible ones are set in `visible`, open ones in `open`; returns whether there are any open.
template <class T>
SPATIALKIT_INLINE bool first_look(const float* depth, Tolerance tolerance, const T* zs, std::size_t count,
                                  Readings<T>& readings, bool* visible, bool* open) {
    // One by one: for so few each, loads that gather into vectors take thrice as long.
    for (std::size_t k = 0; k < count; ++k) {
        std::memcpy(readings.along + 2 * k, depth + readings.pair[k], 2 * sizeof(float));
        std::memcpy(readings.beyond + k, depth + readings.across[k], sizeof(float));
    }
    const T constant = static_cast<T>(tolerance.constant), quadratic = static_cast<T>(tolerance.quadratic);
    std::int32_t found[kBlock];
    std::int32_t all = 0;
    for (std::size_t k = 0; k < count; ++k) {
        const T z = zs[k], first = static_cast<T>(readings.along[2 * k]),
                next = static_cast<T>(readings.along[2 * k + 1]);
        const T d = readings.second[k] > 0 ? next : first, across = static_cast<T>(readings.beyond[k]);
        const T off = std::fabs(z - d), sure = constant + quadratic * z * z;
        const T most = sure + T(0.5) * (std::fabs(first - next) + std::fabs(d - across));
        const bool known = (first > 0) & (next > 0) & (across > 0), within = off <= most;
        const std::int32_t unsure = known & !within ? kHidden : kOpen;
        const std::int32_t says = (d > 0) & (off <= sure) ? kVisible : unsure;
        found[k] = readings.inside[k] > 0 ? says : kHidden;
        all |= found[k];
    }
    for (std::size_t k = 0; k < count; ++k) visible[k] = found[k] == kVisible;
    if ((all & kOpen) == 0) return false;
    for (std::size_t k = 0; k < count; ++k) open[k] = found[k] == kOpen;
    return true;
}

template <class T>
SPATIALKIT_INLINE bool visible_points(const T* points, std::size_t total, Layout layout, const DepthBuffer& buffer,
                                      const Pose& pose, Tolerance tolerance, double near_z, bool* visible,
                                      std::size_t begin, std::size_t end) {
    const View<T> view(buffer.camera, pose);
    const bool narrow = buffer.camera.width < 2 || buffer.camera.height < 2;
    PixelBlock<T> block;
    Readings<T> readings;
    bool open[kBlock];
    std::int32_t found[kBlock];
    std::uint32_t index[kBlock];
    Match match;
    bool finite = true;
    for (; begin < end; begin += kBlock) {
        const std::size_t count = std::min(kBlock, end - begin);
        bool* seen = visible + begin;
        finite &= project_block(points, total, layout, begin, count, view, block.all());
        if (narrow) {
            in_image(count, view, static_cast<T>(near_z), block.all(), open);
            std::fill_n(seen, count, false);
        } else if (!find_pixels(buffer.camera, view, static_cast<T>(near_z), block.all(), count, readings)) {
            std::fill_n(seen, count, false);
            continue;
        } else if (!first_look(buffer.depth, tolerance, block.z, count, readings, seen, open)) {
            continue;
        }
        const std::size_t left = compact(count, open, block, index);
        agreement(buffer, tolerance, block.all(), left, found);
        for (std::size_t k = 0; k < left; ++k) {
            const Pixel pixel{static_cast<double>(block.u[k]), static_cast<double>(block.v[k])};
            const double z = static_cast<double>(block.z[k]);
            seen[index[k]] =
                found[k] == kVisible || (found[k] == kOpen && matches_depth(buffer, tolerance, pixel, z, match));
        }
    }
    return finite;
}

}  // namespace detail

// Returns false if the depth of a point is not finite.
template <class T>
inline bool visible_points(const T* points, std::size_t count, Layout layout, const DepthBuffer& buffer,
                           const Pose& pose, Tolerance tolerance, double near_z, bool* visible, int threads = 1) {
    return well_in_pieces(count, detail::kPiece, threads, [&](std::size_t begin, std::size_t end) {
        return detail::run<detail::visible_points<T>>(points, count, layout, buffer, pose, tolerance, near_z, visible,
                                                      begin, end);
    });
}

// Samples of the surface of all objects, in the world.
struct SurfaceSamples {
    const float* points;         // (count, 3)
    const float* normals;        // (count, 3), unit or zero where unknown
    const float* areas;          // (count,) square metres that a sample stands for
    const std::int32_t* owners;  // (count,) index of the object, -1 for none
    std::size_t count;
};

struct ObservedObjects {
    const std::int64_t* ids;  // (count,) as they stand in the instance image
    const double* targets;    // (count, 3) world point whose projection the anchor should be near
    std::size_t count;
};

// What a frame sees; all arrays are the caller's.
struct FrameTally {
    std::uint8_t* seen;  // (ceil(samples / 8),) one bit a sample, lowest bit first
    double* area;        // (n,) square metres seen
    double* pixels;      // (n,) area of the visible surface in the image, pixels; null: neither it nor what follows
    double* rect;        // (n, 4) bounds of the visible samples in the image, NaN if none
    double* anchor;      // (n, 2) pixel, NaN if none
};

namespace detail {

// A visible sample of an object, kept for the choice of the anchor.
struct Sighting {
    Pixel pixel;
    std::int32_t owner;
    int safety;  // 2 off the outline, 1 on it, 0 beside a hole of the buffer
};

// The anchor being chosen: where it should be, and how good the best sample so far is.
struct AnchorChoice {
    Pixel wanted;
    double distance = std::numeric_limits<double>::infinity();
    int safety = 0;

    SPATIALKIT_INLINE double to(Pixel pixel) const {
        const double du = pixel.u - wanted.u, dv = pixel.v - wanted.v;
        return du * du + dv * dv;
    }

    // Take a pixel if it is better than the best so far: off the outline before on it, then nearer to the target.
    SPATIALKIT_INLINE bool offer(Pixel pixel, int its_safety) {
        const double d = to(pixel);
        if (!(its_safety == safety ? d < distance : its_safety > safety)) return false;
        distance = d, safety = its_safety;
        return true;
    }
};

// Area in the image, in pixels, of a small surface piece at depth z (the Jacobian of the pinhole projection).
SPATIALKIT_INLINE double image_area(const Camera& camera, Vec3 from_camera, Vec3 normal, double z, double area) {
    const bool unknown = normal == Vec3{0, 0, 0};
    const double towards = unknown ? length(from_camera) : std::fabs(dot(normal, from_camera));
    return area * camera.fx * camera.fy * towards / (z * z * z);
}

inline void choose_anchors(const std::vector<Sighting>& sightings, const ObservedObjects& objects, const Camera& camera,
                           const Pose& pose, double near_z, double* anchor) {
    struct Mean {
        double u = 0, v = 0, count = 0;
    };
    std::vector<Mean> mean(objects.count);
    for (const Sighting& s : sightings) {
        Mean& m = mean[static_cast<std::size_t>(s.owner)];
        m.u += s.pixel.u, m.v += s.pixel.v, m.count += 1;
    }
    std::vector<AnchorChoice> choice(objects.count);
    for (std::size_t i = 0; i < objects.count; ++i) {
        const Vec3 target = to_local(pose, load(objects.targets + 3 * i));
        const Pixel centre{mean[i].u / mean[i].count, mean[i].v / mean[i].count};
        choice[i].wanted = target.z > near_z ? project(camera, target) : centre;
    }
    for (const Sighting& s : sightings) {
        if (!choice[static_cast<std::size_t>(s.owner)].offer(s.pixel, s.safety)) continue;
        double* out = anchor + 2 * static_cast<std::size_t>(s.owner);
        out[0] = s.pixel.u, out[1] = s.pixel.v;
    }
}

// Whether the pixel shows the object that a sample belongs to. What belongs to none has no id that could stand in the
// instance image: depth alone decides.
SPATIALKIT_INLINE bool shows(const DepthBuffer& buffer, const Match& match, std::int32_t owner,
                             const ObservedObjects& objects) {
    return owner < 0 || buffer.instances == nullptr ||
           buffer.instances[buffer.index(match.x, match.y)] == objects.ids[static_cast<std::size_t>(owner)];
}

// One sample that the buffer agrees with.
SPATIALKIT_INLINE void tally_sample(const SurfaceSamples& samples, std::size_t i, Pixel pixel, double z,
                                    const Match& match, const ObservedObjects& objects, const Camera& camera,
                                    const Pose& pose, const DepthBuffer& buffer, const FrameTally& tally,
                                    std::vector<Sighting>& sightings) {
    const std::int32_t owner = samples.owners[i];
    if (!shows(buffer, match, owner, objects)) return;
    tally.seen[i / 8] = static_cast<std::uint8_t>(tally.seen[i / 8] | 1u << (i % 8));
    if (owner < 0) return;
    const std::size_t object = static_cast<std::size_t>(owner);
    const std::int64_t id = objects.ids[object];
    const double area = static_cast<double>(samples.areas[i]);
    const Vec3 from_camera = load(samples.points + 3 * i) - pose.origin;
    tally.area[object] += area;
    tally.pixels[object] += image_area(camera, from_camera, load(samples.normals + 3 * i), z, area);
    double* rect = tally.rect + 4 * object;  // fmin and fmax take the number where the other is NaN
    rect[0] = std::fmin(rect[0], pixel.u), rect[1] = std::fmin(rect[1], pixel.v);
    rect[2] = std::fmax(rect[2], pixel.u), rect[3] = std::fmax(rect[3], pixel.v);
    const int safety = !match.nearest ? 0 : is_interior(buffer, match, id) ? 2 : 1;
    sightings.push_back({pixel, owner, safety});
}

// How much is seen, and no places: what the ids of pixels tell better.
SPATIALKIT_INLINE void observe_shares(const SurfaceSamples& samples, const ObservedObjects& objects,
                                      const Camera& camera, const Pose& pose, const DepthBuffer& buffer,
                                      Tolerance tolerance, double near_z, const FrameTally& tally) {
    const View<double> view(camera, pose), buffer_view(buffer.camera, pose);
    const bool same = camera == buffer.camera;
    PixelBlock<double> image, own;
    PixelBlock<double>& depth = same ? image : own;
    bool inside[kBlock], covered[kBlock];
    std::int32_t found[kBlock];
    std::uint32_t index[kBlock];
    Match match;
    for (std::size_t begin = 0; begin < samples.count; begin += kBlock) {
        const std::size_t count = std::min(kBlock, samples.count - begin);
        project_block(samples.points, samples.count, Layout::kRows, begin, count, view, image.all());
        in_image(count, view, near_z, image.all(), inside);
        if (!same) {
            project_block(samples.points, samples.count, Layout::kRows, begin, count, buffer_view, depth.all());
            in_image(count, buffer_view, near_z, depth.all(), covered);
            for (std::size_t i = 0; i < count; ++i) inside[i] &= covered[i];
        }
        const std::size_t left = compact(count, inside, depth, index);
        agreement(buffer, tolerance, depth.all(), left, found);
        for (std::size_t k = 0; k < left; ++k) {
            if (found[k] == kHidden) continue;
            match.x = nearest(depth.u[k], buffer.camera.width), match.y = nearest(depth.v[k], buffer.camera.height);
            if (found[k] == kOpen && !matches_depth(buffer, tolerance, {depth.u[k], depth.v[k]}, depth.z[k], match))
                continue;
            const std::size_t i = begin + index[k];
            const std::int32_t owner = samples.owners[i];
            if (!shows(buffer, match, owner, objects)) continue;
            tally.seen[i / 8] = static_cast<std::uint8_t>(tally.seen[i / 8] | 1u << (i % 8));
            if (owner >= 0) tally.area[static_cast<std::size_t>(owner)] += static_cast<double>(samples.areas[i]);
        }
    }
}

SPATIALKIT_INLINE void observe_frame(const SurfaceSamples& samples, const ObservedObjects& objects,
                                     const Camera& camera, const Pose& pose, const DepthBuffer& buffer,
                                     Tolerance tolerance, double near_z, const FrameTally& tally) {
    std::fill_n(tally.seen, (samples.count + 7) / 8, std::uint8_t{0});
    std::fill_n(tally.area, objects.count, 0.0);
    if (tally.pixels == nullptr) {
        observe_shares(samples, objects, camera, pose, buffer, tolerance, near_z, tally);
        return;
    }
    std::fill_n(tally.pixels, objects.count, 0.0);
    std::fill_n(tally.rect, 4 * objects.count, kNaN);
    std::fill_n(tally.anchor, 2 * objects.count, kNaN);
    std::vector<detail::Sighting>& sightings = detail::scratch<detail::Sighting>();
    sightings.clear();
    const View<double> view(camera, pose), buffer_view(buffer.camera, pose);
    const bool same = camera == buffer.camera;
    detail::PixelBlock<double> image, own;
    detail::PixelBlock<double>& depth = same ? image : own;
    bool inside[detail::kBlock], covered[detail::kBlock];
    Match match;
    for (std::size_t begin = 0; begin < samples.count; begin += detail::kBlock) {
        const std::size_t count = std::min(detail::kBlock, samples.count - begin);
        detail::project_block(samples.points, samples.count, Layout::kRows, begin, count, view, image.all());
        detail::in_image(count, view, near_z, image.all(), inside);
        if (!same) {
            detail::project_block(samples.points, samples.count, Layout::kRows, begin, count, buffer_view, depth.all());
            detail::in_image(count, buffer_view, near_z, depth.all(), covered);
            for (std::size_t i = 0; i < count; ++i) inside[i] &= covered[i];
        }
        for (std::size_t i = 0; i < count; ++i) {
            if (!inside[i]) continue;
            if (!matches_depth(buffer, tolerance, {depth.u[i], depth.v[i]}, depth.z[i], match)) continue;
            detail::tally_sample(samples, begin + i, {image.u[i], image.v[i]}, image.z[i], match, objects, camera, pose,
                                 buffer, tally, sightings);
        }
    }
    detail::choose_anchors(sightings, objects, camera, pose, near_z, tally.anchor);
}

}  // namespace detail

inline void observe_frame(const SurfaceSamples& samples, const ObservedObjects& objects, const Camera& camera,
                          const Pose& pose, const DepthBuffer& buffer, Tolerance tolerance, double near_z,
                          const FrameTally& tally) {
    detail::run<detail::observe_frame>(samples, objects, camera, pose, buffer, tolerance, near_z, tally);
}

}  // namespace spatialkit
