// Triangles to depth and face index: a z-buffer whose coverage is exact.
//
// Projected vertices are snapped to a fixed grid (2^-18 pixel for a 640 x 480 image) and the edge functions are
// evaluated in 64-bit integers, so there is no rounding in the decision which pixel centre is in which triangle: a
// centre on an edge that two triangles share belongs to exactly one of them, and no centre falls between them.
// Depth comes from the plane of the unsnapped triangle (1/z is linear in the image).
#pragma once

#include <vector>

#include "spatialkit/clip.hpp"

namespace spatialkit {

namespace detail {

// Grid coordinates of a vertex; at most 2^30 in size, so that products of two differences fit 64 bits.
struct GridPoint {
    std::int64_t x, y;
};

struct RasterVertex {
    Vec3 p;          // in camera coordinates
    GridPoint grid;  // only where not outside the guard band
    unsigned image;  // planes of the image that it is outside of
    unsigned guard;  // the same for the guard band
};

// The farthest depth in each tile of the image: what is farther than that is behind all of it. A tile that is drawn
// into is brought up to date later, which is safe, because depths only become less.
class Tiles {
  public:
    static constexpr int kBits = 3, kSize = 1 << kBits;

    Tiles(int width, int height)
        : columns_((width + kSize - 1) >> kBits),
          farthest_(static_cast<std::size_t>(columns_) * static_cast<std::size_t>((height + kSize - 1) >> kBits),
                    std::numeric_limits<float>::infinity()),
          changed_(farthest_.size(), false) {}

    // Whether all pixels from (x0, y0) to (x1, y1) are nearer than `nearest` as it would be stored.
    SPATIALKIT_INLINE bool hide(int x0, int y0, int x1, int y1, double nearest) const {
        const float stored = static_cast<float>(nearest);
        for (int y = y0 >> kBits; y <= y1 >> kBits; ++y)
            for (int x = x0 >> kBits; x <= x1 >> kBits; ++x)
                if (!(farthest_[index(x, y)] < stored)) return false;
        return true;
    }

    SPATIALKIT_INLINE void draw_into(int x0, int y0, int x1, int y1) {
        for (int y = y0 >> kBits; y <= y1 >> kBits; ++y)
            for (int x = x0 >> kBits; x <= x1 >> kBits; ++x) {
                const std::size_t tile = index(x, y);
                if (changed_[tile]) continue;
                changed_[tile] = true;
                list_.push_back(tile);
            }
    }

    void update(const float* depth, int width, int height) {
        for (const std::size_t tile : list_) {
            const int x0 = static_cast<int>(tile % static_cast<std::size_t>(columns_)) << kBits;
            const int y0 = static_cast<int>(tile / static_cast<std::size_t>(columns_)) << kBits;
            float most = 0;
            for (int y = y0; y < std::min(y0 + kSize, height); ++y)
                for (int x = x0; x < std::min(x0 + kSize, width); ++x)
                    most = std::max(most, depth[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                                                static_cast<std::size_t>(x)]);
            farthest_[tile] = most;
            changed_[tile] = false;
        }
        list_.clear();
    }

  private:
    int columns_;
    std::vector<float> farthest_;
    std::vector<char> changed_;
    std::vector<std::size_t> list_;

    SPATIALKIT_INLINE std::size_t index(int x, int y) const {
        return static_cast<std::size_t>(y) * static_cast<std::size_t>(columns_) + static_cast<std::size_t>(x);
    }
};

struct RasterTarget {
    Camera camera;
    double near_z;
    ViewVolume image, guard;
    double margin;  // pixels between image and guard band
    int bits;       // fractional bits of the grid
    float* depth;
    std::int32_t* face;
    Tiles* tiles;
};

inline RasterTarget raster_target(const Camera& camera, double near_z, float* depth, std::int32_t* face, Tiles* tiles) {
    const int size = std::max(camera.width, camera.height);
    const double margin = size;
    int bits = 28;  // an extent of 4 * size pixels has to fit 30 bits
    for (int s = size; s > 0; s >>= 1) --bits;
    return {camera, near_z, view_volume(camera, near_z), view_volume(camera, near_z, margin), margin, bits, depth,
            face,   tiles};
}

// Clamped to the guard band, which also turns NaN into a number.
SPATIALKIT_INLINE std::int64_t snapped(double coordinate, double low, double high, double scale) {
    if (!(coordinate >= low)) coordinate = low;
    if (coordinate > high) coordinate = high;
    return static_cast<std::int64_t>(std::floor(coordinate * scale + 0.5));
}

SPATIALKIT_INLINE GridPoint snapped(const RasterTarget& target, Vec3 p) {
    const Pixel pixel = project(target.camera, p);
    const double scale = static_cast<double>(std::int64_t{1} << target.bits), low = -0.5 - target.margin;
    return {snapped(pixel.u, low, target.camera.width - 0.5 + target.margin, scale),
            snapped(pixel.v, low, target.camera.height - 0.5 + target.margin, scale)};
}

// 1/z over the image for the plane of a triangle, and the range its depth cannot leave. Where a sliver's plane is
// ill-conditioned the range still holds the result to the triangle.
struct DepthPlane {
    double at_origin, per_u, per_v, least, most;

    SPATIALKIT_INLINE double inverse(double u, double v) const { return at_origin + v * per_v + u * per_u; }

    // Whether it is surely behind a depth there; spares most divisions.
    SPATIALKIT_INLINE bool is_behind(double u, double v, double depth) const {
        constexpr double kSure = 1e-6;  // far above the rounding of a float
        const double inverse_z = inverse(u, v);
        return inverse_z > 0 && inverse_z * depth < 1 - kSure && most > depth * (1 + kSure);
    }

    SPATIALKIT_INLINE float at(double u, double v) const {
        const double z = 1.0 / inverse(u, v);
        return static_cast<float>(z >= least ? (z <= most ? z : most) : least);
    }
};

SPATIALKIT_INLINE DepthPlane depth_plane(const RasterTarget& target, Vec3 a, Vec3 b, Vec3 c) {
    const Vec3 normal = cross(b - a, c - a);
    const double scale = 1.0 / dot(normal, a);
    const double per_u = normal.x * scale / target.camera.fx, per_v = normal.y * scale / target.camera.fy;
    return {normal.z * scale - per_u * target.camera.cx - per_v * target.camera.cy, per_u, per_v,
            std::max(std::min({a.z, b.z, c.z}), target.near_z), std::max({a.z, b.z, c.z})};
}

struct Edge {
    std::int64_t value, per_x, per_y;  // at the first pixel of the bounds, and its steps
};

// Positive to the inner side of a -> b. A centre exactly on the edge counts for one of the two directions only.
SPATIALKIT_INLINE Edge edge(GridPoint a, GridPoint b, int x, int y, int bits) {
    const std::int64_t dx = b.x - a.x, dy = b.y - a.y, one = std::int64_t{1} << bits;
    const std::int64_t px = x * one, py = y * one;
    const bool owns = dy < 0 || (dy == 0 && dx > 0);
    return {dx * (py - a.y) - dy * (px - a.x) - (owns ? 0 : 1), -dy * one, dx * one};
}

// Draws one snapped triangle of `face`; `a`, `b`, `c` are the camera-space corners of the whole face.
SPATIALKIT_INLINE void draw(const RasterTarget& target, GridPoint ga, GridPoint gb, GridPoint gc, Vec3 a, Vec3 b,
                            Vec3 c, std::int32_t face) {
    const int bits = target.bits;
    const std::int64_t up = (std::int64_t{1} << bits) - 1;
    const auto first = [&](std::int64_t p, std::int64_t q, std::int64_t r) {
        return static_cast<int>(std::max<std::int64_t>((std::min({p, q, r}) + up) >> bits, 0));
    };
    const auto last = [&](std::int64_t p, std::int64_t q, std::int64_t r, int size) {
        return static_cast<int>(std::min<std::int64_t>(std::max({p, q, r}) >> bits, size - 1));
    };
    const int x0 = first(ga.x, gb.x, gc.x), x1 = last(ga.x, gb.x, gc.x, target.camera.width);
    const int y0 = first(ga.y, gb.y, gc.y), y1 = last(ga.y, gb.y, gc.y, target.camera.height);
    if (x0 > x1 || y0 > y1) return;
    if (target.tiles->hide(x0, y0, x1, y1, std::max(std::min({a.z, b.z, c.z}), target.near_z))) return;
    const std::int64_t area = (gb.x - ga.x) * (gc.y - ga.y) - (gb.y - ga.y) * (gc.x - ga.x);
    if (area == 0) return;
    if (area < 0) std::swap(gb, gc);
    Edge e0 = edge(ga, gb, x0, y0, bits), e1 = edge(gb, gc, x0, y0, bits), e2 = edge(gc, ga, x0, y0, bits);
    const DepthPlane plane = depth_plane(target, a, b, c);
    target.tiles->draw_into(x0, y0, x1, y1);
    const auto put = [&](std::size_t i, int x, int y) {
        const float before = target.depth[i];
        if (plane.is_behind(x, y, static_cast<double>(before))) return;
        const float z = plane.at(x, y);
        if (!(z < before) && !(z == before && face < target.face[i])) return;  // of equal depths the lowest face
        target.depth[i] = z;
        target.face[i] = face;
    };
    for (int y = y0; y <= y1; ++y) {
        const std::size_t row = static_cast<std::size_t>(y) * static_cast<std::size_t>(target.camera.width);
        std::int64_t w0 = e0.value, w1 = e1.value, w2 = e2.value;
        for (int x = x0; x <= x1; ++x) {
            if ((w0 | w1 | w2) >= 0) put(row + static_cast<std::size_t>(x), x, y);
            w0 += e0.per_x, w1 += e1.per_x, w2 += e2.per_x;
        }
        e0.value += e0.per_y, e1.value += e1.per_y, e2.value += e2.per_y;
    }
}

// A face that leaves the guard band: cut, then drawn as a fan. Cuts of an edge are the same for both of its faces.
inline void draw_clipped(const RasterTarget& target, Vec3 a, Vec3 b, Vec3 c, unsigned planes, std::int32_t face) {
    Polygon polygon;
    polygon.add(a), polygon.add(b), polygon.add(c);
    polygon = clipped(polygon, target.guard, planes);
    GridPoint grid[Polygon::kCapacity];
    for (int i = 0; i < polygon.size; ++i) {
        if (!is_finite(polygon.point[i])) return;
        grid[i] = snapped(target, polygon.point[i]);
    }
    for (int i = 2; i < polygon.size; ++i) draw(target, grid[0], grid[i - 1], grid[i], a, b, c, face);
}

// Faces in a row, of which some may be in the image, and their nearest depth.
struct Cluster {
    std::size_t begin, end;
    double nearest = std::numeric_limits<double>::infinity();

    SPATIALKIT_INLINE void add(const RasterVertex& vertex) {
        nearest = vertex.p.z < nearest ? vertex.p.z : nearest;  // a NaN is not
    }
};

SPATIALKIT_INLINE void rasterize(const double* vertices, std::size_t vertex_count, const std::int32_t* faces,
                                 std::size_t face_count, const Camera& camera, const Pose& pose, double near_z,
                                 float* depth, std::int32_t* face_index) {
    detail::Tiles tiles(camera.width, camera.height);
    const detail::RasterTarget target = detail::raster_target(camera, near_z, depth, face_index, &tiles);
    const std::size_t pixels = static_cast<std::size_t>(camera.width) * static_cast<std::size_t>(camera.height);
    std::fill_n(depth, pixels, std::numeric_limits<float>::infinity());
    std::fill_n(face_index, pixels, -1);

    std::vector<detail::RasterVertex>& projected = detail::scratch<detail::RasterVertex>();
    projected.resize(vertex_count);
    for (std::size_t i = 0; i < vertex_count; ++i) {
        detail::RasterVertex& vertex = projected[i];
        vertex.p = to_local(pose, load(vertices + 3 * i));
        vertex.image = outside(target.image, vertex.p);
        vertex.guard = outside(target.guard, vertex.p);
        if (vertex.guard == 0) vertex.grid = detail::snapped(target, vertex.p);
    }
    // Faces that are neighbours in the list mostly are so in space. The near ones come first: they hide the others.
    constexpr std::size_t kCluster = 128;
    const auto corner = [&](std::size_t f, int k) -> const detail::RasterVertex& {
        return projected[static_cast<std::size_t>(faces[3 * f + static_cast<std::size_t>(k)])];
    };
    std::vector<std::int32_t>& kept = detail::scratch<std::int32_t>();
    kept.clear();
    std::vector<detail::Cluster> clusters;
    for (std::size_t first = 0; first < face_count; first += kCluster) {
        detail::Cluster cluster{kept.size(), kept.size()};
        for (std::size_t f = first; f < std::min(first + kCluster, face_count); ++f) {
            const detail::RasterVertex &a = corner(f, 0), &b = corner(f, 1), &c = corner(f, 2);
            if ((a.image & b.image & c.image) != 0) continue;
            cluster.add(a), cluster.add(b), cluster.add(c);
            kept.push_back(static_cast<std::int32_t>(f));
        }
        cluster.end = kept.size();
        if (cluster.begin < cluster.end) clusters.push_back(cluster);
    }
    std::sort(clusters.begin(), clusters.end(), [](const detail::Cluster& a, const detail::Cluster& b) {
        return a.nearest != b.nearest ? a.nearest < b.nearest : a.begin < b.begin;
    });
    for (const detail::Cluster& cluster : clusters) {
        for (std::size_t k = cluster.begin; k < cluster.end; ++k) {
            const std::size_t f = static_cast<std::size_t>(kept[k]);
            const detail::RasterVertex &a = corner(f, 0), &b = corner(f, 1), &c = corner(f, 2);
            const unsigned cut = a.guard | b.guard | c.guard;
            if (cut == 0)
                detail::draw(target, a.grid, b.grid, c.grid, a.p, b.p, c.p, kept[k]);
            else
                detail::draw_clipped(target, a.p, b.p, c.p, cut, kept[k]);
        }
        tiles.update(depth, camera.width, camera.height);
    }
    for (std::size_t i = 0; i < pixels; ++i) depth[i] = face_index[i] < 0 ? 0.0f : depth[i];
}

}  // namespace detail

// Vertices (n, 3) in the world and faces (m, 3), indices in range, both sides seen, to depth (height, width), 0 where
// nothing is, and face index, -1 there.
inline void rasterize(const double* vertices, std::size_t vertex_count, const std::int32_t* faces,
                      std::size_t face_count, const Camera& camera, const Pose& pose, double near_z, float* depth,
                      std::int32_t* face_index) {
    detail::run<detail::rasterize>(vertices, vertex_count, faces, face_count, camera, pose, near_z, depth, face_index);
}

}  // namespace spatialkit
