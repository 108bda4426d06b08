// Triangles to depth and face index: a z-buffer whose coverage is exact.
//
// Projected vertices are snapped to a fixed grid (2^-18 pixel for a 640 x 480 image) and the edge functions are
// evaluated in 64-bit integers, so there is no rounding in the decision which pixel centre is in which triangle: a
// centre on an edge that two triangles share belongs to exactly one of them, and no centre falls between them.
// Depth comes from the plane of the unsnapped triangle (1/z is linear in the image).
#pragma once

#include <bit>
#include <memory>
#include <tuple>
#include <vector>

#include "spatialkit/clip.hpp"
#include "spatialkit/mesh.hpp"
#include "spatialkit/parallel.hpp"

namespace spatialkit {

inline constexpr std::size_t kMostFaces = std::size_t{1} << 29;  // of a mesh that is rasterised

namespace detail {

// Grid coordinates of a vertex; at most 2^30 in size, so that products of two differences fit 64 bits.
struct GridPoint {
    std::int64_t x, y;
};

// What a pixel shows, in one number: its depth, rounded to the precision of a float, as the bits of a double, whose
// order is that of positive numbers, and in the 29 bits that the rounding frees the face. The least is what is nearest
// and, of equal depths, the lowest face.
using Shown = std::int64_t;

inline constexpr Shown kFaceOf = static_cast<Shown>(kMostFaces) - 1;
inline constexpr Shown kNothing = std::numeric_limits<Shown>::max();

SPATIALKIT_INLINE Shown shown(double z, Shown face) {
    constexpr Shown kHalf = (kFaceOf + 1) / 2;
    return ((std::bit_cast<Shown>(z) + kHalf) & ~kFaceOf) | face;
}

// Beyond the depth of the number is nothing.
SPATIALKIT_INLINE Shown nothing_until(double z) {
    return shown(z, kFaceOf);
}

SPATIALKIT_INLINE bool shows_nothing(Shown pixel) {
    return (pixel & kFaceOf) == kFaceOf;
}

SPATIALKIT_INLINE std::int32_t face_of(Shown pixel) {
    return static_cast<std::int32_t>(pixel & kFaceOf);
}

SPATIALKIT_INLINE float depth_of(Shown pixel) {
    return static_cast<float>(std::bit_cast<double>(pixel & ~kFaceOf));
}

struct PixelRect {
    int x0, y0, x1, y1;  // the last ones belong to it

    SPATIALKIT_INLINE bool empty() const { return x0 > x1 || y0 > y1; }
};

inline constexpr int kTileBits = 3, kTile = 1 << kTileBits;  // a row of a tile is what the widest vectors hold

inline std::size_t tiles_along(int pixels) {
    return static_cast<std::size_t>((pixels + kTile - 1) >> kTileBits);
}

// Rows of the image in work, from `top` on, and the farthest of each of its tiles: what is farther is behind all of
// it. A tile that is drawn into is brought up to date later, which is safe, because depths only become less. Until
// start() the pixels are what the last image left.
class Canvas {
  public:
    Canvas(int width, int top, int bottom)
        : width_(width),
          top_(top),
          bottom_(bottom),
          columns_(tiles_along(width)),
          stride_((columns_ + 1) * kTile),
          pixels_(scratch<Shown>()),
          farthest_(columns_ * tiles_along(bottom - top), kNothing),
          changed_(farthest_.size(), false) {
        pixels_.resize(stride_ * tiles_along(bottom - top) * kTile);
    }

    // Shows nothing yet.
    void start() {
        fill([](std::size_t, std::size_t) { return kNothing; });
    }

    // The same, and draws nothing beyond a depth at each pixel (x, y) of the image, 0 for nothing at all.
    template <class Limit>
    void start(const Limit& limit) {
        fill([&](std::size_t x, std::size_t y) { return nothing_until(limit(x, y)); });
        draw_into({0, top_, width_ - 1, bottom_ - 1});
        update();
    }

    // A row of whole tiles, and one tile more.
    SPATIALKIT_INLINE Shown* row(int y) { return pixels_.data() + static_cast<std::size_t>(y - top_) * stride_; }
    std::size_t stride() const { return stride_; }

    SPATIALKIT_INLINE bool hides(const PixelRect& rect, Shown nearest) const {
        for (int y = (rect.y0 - top_) >> kTileBits; y <= (rect.y1 - top_) >> kTileBits; ++y)
            for (int x = rect.x0 >> kTileBits; x <= rect.x1 >> kTileBits; ++x)
                if (!(farthest_[tile(x, y)] < nearest)) return false;
        return true;
    }

    SPATIALKIT_INLINE void draw_into(const PixelRect& rect) {
        for (int y = (rect.y0 - top_) >> kTileBits; y <= (rect.y1 - top_) >> kTileBits; ++y)
            for (int x = rect.x0 >> kTileBits; x <= rect.x1 >> kTileBits; ++x) {
                const std::size_t at = tile(x, y);
                if (changed_[at]) continue;
                changed_[at] = true;
                list_.push_back(at);
            }
    }

    SPATIALKIT_INLINE void update() {
        for (const std::size_t at : list_) {
            const Shown* first = pixels_.data() + at % columns_ * kTile + at / columns_ * kTile * stride_;
            Shown most[kTile] = {};
            for (std::size_t y = 0; y < kTile; ++y)
                for (std::size_t x = 0; x < kTile; ++x) most[x] = std::max(most[x], first[y * stride_ + x]);
            farthest_[at] = *std::max_element(most, most + kTile);
            changed_[at] = false;
        }
        list_.clear();
    }

  private:
    int width_, top_, bottom_;
    std::size_t columns_, stride_;
    std::vector<Shown>& pixels_;
    std::vector<Shown> farthest_;
    std::vector<char> changed_;
    std::vector<std::size_t> list_;

    template <class First>
    void fill(const First& first) {
        const auto width = static_cast<std::size_t>(width_), top = static_cast<std::size_t>(top_);
        const auto rows = static_cast<std::size_t>(bottom_ - top_);
        Shown* pixel = pixels_.data();
        for (std::size_t y = 0; y < rows; ++y) {
            for (std::size_t x = 0; x < width; ++x) *pixel++ = first(x, top + y);
            pixel = std::fill_n(pixel, stride_ - width, 0);  // beyond the image nothing can be drawn
        }
        std::fill(pixel, pixels_.data() + pixels_.size(), 0);
    }

    SPATIALKIT_INLINE std::size_t tile(int x, int y) const {
        return static_cast<std::size_t>(y) * columns_ + static_cast<std::size_t>(x);
    }
};

// Some rows of an image, and what its loops work with.
struct RasterTarget {
    Camera camera;
    double near_z;
    int top, bottom;
    ViewVolume image, guard;
    double margin;  // pixels between image and guard band
    int bits;       // fractional bits of the grid
    Canvas canvas;
    std::vector<double> column, along;              // the number of each column; what depth gains up to it
    std::vector<std::int64_t> side0, side1, side2;  // of the three edges of a triangle each pixel of a row is on

    RasterTarget(const Camera& camera_, double near_z_, int top_, int bottom_)
        : camera(camera_),
          near_z(near_z_),
          top(top_),
          bottom(bottom_),
          image(view_volume(camera, near_z)),
          margin(std::max(camera.width, camera.height)),
          bits(30 - std::bit_width(4 * static_cast<unsigned>(margin))),
          canvas(camera.width, top, bottom),
          column(canvas.stride()),
          along(canvas.stride()),
          side0(canvas.stride()),
          side1(canvas.stride()),
          side2(canvas.stride()) {
        guard = view_volume(camera, near_z, margin);
        for (std::size_t x = 0; x < column.size(); ++x) column[x] = static_cast<double>(x);
    }
};

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
SPATIALKIT_INLINE void draw(RasterTarget& target, GridPoint ga, GridPoint gb, GridPoint gc, Vec3 a, Vec3 b, Vec3 c,
                            std::int32_t face) {
    const int bits = target.bits;
    const std::int64_t up = (std::int64_t{1} << bits) - 1;
    const auto first = [&](std::int64_t p, std::int64_t q, std::int64_t r, int least) {
        return static_cast<int>(std::max<std::int64_t>((std::min({p, q, r}) + up) >> bits, least));
    };
    const auto last = [&](std::int64_t p, std::int64_t q, std::int64_t r, int size) {
        return static_cast<int>(std::min<std::int64_t>(std::max({p, q, r}) >> bits, size - 1));
    };
    const PixelRect rect{first(ga.x, gb.x, gc.x, 0), first(ga.y, gb.y, gc.y, target.top),
                         last(ga.x, gb.x, gc.x, target.camera.width), last(ga.y, gb.y, gc.y, target.bottom)};
    if (rect.empty()) return;
    if (target.canvas.hides(rect, shown(std::max(std::min({a.z, b.z, c.z}), target.near_z), 0))) return;
    const std::int64_t area = (gb.x - ga.x) * (gc.y - ga.y) - (gb.y - ga.y) * (gc.x - ga.x);
    if (area == 0) return;
    if (area < 0) std::swap(gb, gc);
    const Edge e0 = edge(ga, gb, rect.x0, rect.y0, bits), e1 = edge(gb, gc, rect.x0, rect.y0, bits),
               e2 = edge(gc, ga, rect.x0, rect.y0, bits);
    const DepthPlane plane = depth_plane(target, a, b, c);
    target.canvas.draw_into(rect);
    // Whole vectors: what they draw beyond the rectangle is on the wrong side of an edge, or beyond the image.
    const std::size_t count = (static_cast<std::size_t>(rect.x1 - rect.x0) + kTile) & ~std::size_t{kTile - 1};
    std::int64_t* SPATIALKIT_RESTRICT s0 = target.side0.data();
    std::int64_t* SPATIALKIT_RESTRICT s1 = target.side1.data();
    std::int64_t* SPATIALKIT_RESTRICT s2 = target.side2.data();
    double* SPATIALKIT_RESTRICT along = target.along.data();
    const double* SPATIALKIT_RESTRICT column = target.column.data() + rect.x0;
    std::int64_t w0 = e0.value, w1 = e1.value, w2 = e2.value;
    for (std::size_t k = 0; k < count; ++k) {
        along[k] = column[k] * plane.per_u;
        s0[k] = w0, s1[k] = w1, s2[k] = w2;
        w0 += e0.per_x, w1 += e1.per_x, w2 += e2.per_x;
    }
    w0 = 0, w1 = 0, w2 = 0;
    for (int y = rect.y0; y <= rect.y1; ++y) {
        Shown* SPATIALKIT_RESTRICT row = target.canvas.row(y) + rect.x0;
        const double at_row = plane.at_origin + y * plane.per_v;
        for (std::size_t k = 0; k < count; ++k) {
            const double z = 1.0 / (at_row + along[k]);
            const Shown mine = shown(z >= plane.least ? (z <= plane.most ? z : plane.most) : plane.least, face);
            const std::int64_t outside_of_one = ((s0[k] + w0) | (s1[k] + w1) | (s2[k] + w2)) >> 63;
            row[k] = std::min(row[k], mine | (outside_of_one & kNothing));
        }
        w0 += e0.per_y, w1 += e1.per_y, w2 += e2.per_y;
    }
}

// A face that leaves the guard band: cut, then drawn as a fan. Cuts of an edge are the same for both of its faces.
inline void draw_clipped(RasterTarget& target, Vec3 a, Vec3 b, Vec3 c, unsigned planes, std::int32_t face) {
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

// A cluster that may be in the image: where, and how near it comes.
struct Candidate {
    double nearest;
    std::size_t cluster;
    PixelRect rect;
};

// The pixels of the image that may show coordinates from low to high at depths from nearest to farthest.
inline std::pair<int, int> pixels_between(double low, double high, double nearest, double farthest, double focal,
                                          double centre, int least, int most) {
    const double from = focal * std::min(low / nearest, low / farthest) + centre - 1;
    const double to = focal * std::max(high / nearest, high / farthest) + centre + 1;
    return {static_cast<int>(std::min(std::max<double>(from, least), most + 1.0)),
            static_cast<int>(std::max(std::min<double>(to, most), least - 1.0))};
}

inline std::vector<Candidate> candidates(const Mesh& mesh, const RasterTarget& target, const Pose& pose) {
    constexpr double kRounding = 64 * std::numeric_limits<double>::epsilon();
    const std::size_t count = mesh.clusters.size();
    const BoxArrays bounds = mesh.bounds();
    const std::unique_ptr<bool[]> inside(new bool[count]);
    spatialkit::boxes_in_frustum(bounds, target.camera, pose, target.near_z, inside.get());
    std::vector<Candidate> found;
    const Rotation& axes = pose.world_from_local;
    for (std::size_t i = 0; i < count; ++i) {
        if (!inside[i]) continue;
        const Box box = bounds[i];
        const Vec3 place = absolute(box.pose.origin) + absolute(pose.origin) + box.half;
        const double loss = kRounding * (place.x + place.y + place.z);
        const Vec3 middle = to_local(pose, box.pose.origin);
        const Vec3 half{dot(absolute(axes.axis_x), box.half) + loss, dot(absolute(axes.axis_y), box.half) + loss,
                        dot(absolute(axes.axis_z), box.half) + loss};
        const double nearest = middle.z - half.z, farthest = middle.z + half.z;
        PixelRect rect{0, target.top, target.camera.width - 1, target.bottom - 1};
        if (nearest > target.near_z) {
            const Camera& camera = target.camera;
            std::tie(rect.x0, rect.x1) = pixels_between(middle.x - half.x, middle.x + half.x, nearest, farthest,
                                                        camera.fx, camera.cx, rect.x0, rect.x1);
            std::tie(rect.y0, rect.y1) = pixels_between(middle.y - half.y, middle.y + half.y, nearest, farthest,
                                                        camera.fy, camera.cy, rect.y0, rect.y1);
            if (rect.empty()) continue;
        }
        found.push_back({std::max(nearest, target.near_z), i, rect});
    }
    return found;
}

// The vertices of a cluster as the camera sees them.
struct ClusterVertices {
    static constexpr std::size_t kMost = 3 * kClusterFaces;
    double x[kMost], y[kMost], z[kMost];
    std::int64_t grid_x[kMost], grid_y[kMost];  // only where not outside the guard band
    std::uint32_t image[kMost], guard[kMost];   // planes that the vertex is outside of

    SPATIALKIT_INLINE Vec3 place(std::size_t i) const { return {x[i], y[i], z[i]}; }
    SPATIALKIT_INLINE GridPoint grid(std::size_t i) const { return {grid_x[i], grid_y[i]}; }
};

SPATIALKIT_INLINE void see(const RasterTarget& target, const Pose& pose, const Mesh& mesh, const Mesh::Cluster& cluster,
                           ClusterVertices& seen) {
    const double* SPATIALKIT_RESTRICT x = mesh.x.data() + cluster.first_vertex;
    const double* SPATIALKIT_RESTRICT y = mesh.y.data() + cluster.first_vertex;
    const double* SPATIALKIT_RESTRICT z = mesh.z.data() + cluster.first_vertex;
    for (std::size_t i = 0; i < cluster.vertex_count; ++i) {
        const Vec3 p = to_local(pose, {x[i], y[i], z[i]});
        seen.x[i] = p.x, seen.y[i] = p.y, seen.z[i] = p.z;
    }
    for (std::size_t i = 0; i < cluster.vertex_count; ++i) {
        seen.image[i] = outside(target.image, seen.place(i));
        seen.guard[i] = outside(target.guard, seen.place(i));
    }
    for (std::size_t i = 0; i < cluster.vertex_count; ++i) {
        const GridPoint grid = snapped(target, seen.place(i));
        seen.grid_x[i] = grid.x, seen.grid_y[i] = grid.y;
    }
}

SPATIALKIT_INLINE void draw_mesh(RasterTarget* into, const Mesh& mesh, const Pose& pose) {
    RasterTarget& target = *into;
    std::vector<Candidate> order = candidates(mesh, target, pose);
    // The near ones first: they hide the others.
    std::sort(order.begin(), order.end(), [](const Candidate& a, const Candidate& b) {
        return a.nearest != b.nearest ? a.nearest < b.nearest : a.cluster < b.cluster;
    });
    ClusterVertices seen;
    for (const Candidate& candidate : order) {
        if (target.canvas.hides(candidate.rect, shown(candidate.nearest, 0))) continue;
        const Mesh::Cluster& cluster = mesh.clusters[candidate.cluster];
        see(target, pose, mesh, cluster, seen);
        const std::uint8_t* corner = mesh.corners.data() + 3 * cluster.first_face;
        for (std::size_t f = 0; f < cluster.face_count; ++f, corner += 3) {
            const std::size_t a = corner[0], b = corner[1], c = corner[2];
            if ((seen.image[a] & seen.image[b] & seen.image[c]) != 0) continue;
            const std::int32_t face = mesh.faces[cluster.first_face + f];
            const unsigned cut = seen.guard[a] | seen.guard[b] | seen.guard[c];
            if (cut == 0)
                draw(target, seen.grid(a), seen.grid(b), seen.grid(c), seen.place(a), seen.place(b), seen.place(c),
                     face);
            else
                draw_clipped(target, seen.place(a), seen.place(b), seen.place(c), cut, face);
        }
        target.canvas.update();
    }
}

template <class Put>
SPATIALKIT_INLINE void put_rows(RasterTarget* target, const Put* put) {
    const auto width = static_cast<std::size_t>(target->camera.width);
    for (int y = target->top; y < target->bottom; ++y) {
        const Shown* row = target->canvas.row(y);
        for (std::size_t x = 0; x < width; ++x) (*put)(static_cast<std::size_t>(y) * width + x, row[x]);
    }
}

// Bands of an image, drawn by threads: start(target) before, put(pixel index, what it shows) after.
template <class Start, class Put>
void draw_bands(const Mesh& mesh, const Camera& camera, const Pose& pose, double near_z, int threads,
                const Start& start, const Put& put) {
    constexpr std::size_t kFewest = 64;  // rows; each band looks at all clusters
    const auto rows = static_cast<std::size_t>(camera.height), each = rows / static_cast<std::size_t>(threads) + 1;
    const std::size_t band = std::max(kFewest, (each + kTile - 1) / kTile * kTile);
    in_pieces(rows, band, threads, [&](std::size_t top, std::size_t bottom) {
        RasterTarget target(camera, near_z, static_cast<int>(top), static_cast<int>(bottom));
        start(target);
        run<draw_mesh>(&target, mesh, pose);
        run<put_rows<Put>>(&target, &put);
    });
}

}  // namespace detail

// A mesh of fewer than kMostFaces faces, both sides seen, to depth (height, width), 0 where nothing is, and face index,
// -1 there.
inline void rasterize(const Mesh& mesh, const Camera& camera, const Pose& pose, double near_z, int threads,
                      float* depth, std::int32_t* face) {
    const auto put = [&](std::size_t at, detail::Shown pixel) {
        const bool nothing = detail::shows_nothing(pixel);
        depth[at] = nothing ? 0.0f : detail::depth_of(pixel);
        face[at] = nothing ? -1 : detail::face_of(pixel);
    };
    detail::draw_bands(
        mesh, camera, pose, near_z, threads, [](detail::RasterTarget& target) { target.canvas.start(); }, put);
}

// The ids (height, width) of the faces (m,) that a depth image shows: that of the nearest face at each pixel if it lies
// within the tolerance of the reading, else -1. What lies behind the readings is not even drawn.
inline void ids_in_depth(const Mesh& mesh, const std::int64_t* face_ids, const Camera& camera, const Pose& pose,
                         double near_z, const float* depth, const Tolerance& tolerance, int threads,
                         std::int64_t* ids) {
    const auto start = [&](detail::RasterTarget& target) {
        constexpr double kRounding = 1 + 1e-6;
        target.canvas.start([&](std::size_t x, std::size_t y) {
            const double reading = depth[y * static_cast<std::size_t>(camera.width) + x];
            return reading > 0 ? (reading + tolerance.at(reading)) * kRounding : 0.0;
        });
    };
    const auto put = [&](std::size_t at, detail::Shown pixel) {
        const double reading = depth[at], drawn = detail::depth_of(pixel);
        const bool fits = !detail::shows_nothing(pixel) && std::fabs(drawn - reading) <= tolerance.at(reading);
        ids[at] = fits ? face_ids[detail::face_of(pixel)] : -1;
    };
    detail::draw_bands(mesh, camera, pose, near_z, threads, start, put);
}

}  // namespace spatialkit
