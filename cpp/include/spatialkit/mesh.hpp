// Triangles in clusters that lie close together, each with its own vertices and bounds, so that what looks at a mesh
// again and again passes over most of it without touching a triangle.
#pragma once

#include <array>
#include <vector>

#include "spatialkit/box.hpp"

namespace spatialkit {

inline constexpr std::size_t kClusterFaces = 64;

struct Mesh {
    // Face k of a cluster is faces[first_face + k], its corners are corners[3 * (first_face + k)] and the next two,
    // counted from the cluster's first vertex.
    struct Cluster {
        std::size_t first_face, face_count, first_vertex, vertex_count;
    };
    std::vector<Cluster> clusters;
    std::vector<double> centres, sizes, rotations;  // bounds of the clusters, boxes along the world's axes
    std::vector<std::int32_t> faces;                // where each stood in the list
    std::vector<std::uint8_t> corners;
    std::vector<double> x, y, z;

    BoxArrays bounds() const { return {centres.data(), sizes.data(), rotations.data(), clusters.size()}; }
};

namespace detail {

inline constexpr unsigned kGridBits = 10;
static_assert(3 * kClusterFaces <= 256, "corners of a cluster are numbered by a byte");

struct AxisBounds {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    bool bounded = true;

    void add(double coordinate) {
        bounded &= std::fabs(coordinate) < 1e300;  // nor is a NaN
        low = std::min(low, coordinate), high = std::max(high, coordinate);
    }
    double centre() const { return bounded ? 0.5 * low + 0.5 * high : 0; }
    double size() const {  // a little larger: centre and half of it are rounded
        constexpr double kRounding = 4 * std::numeric_limits<double>::epsilon();
        return bounded ? (high - low) + kRounding * (std::fabs(low) + std::fabs(high)) : 1e301;
    }
};

// Bits of a number of kGridBits, two zeros after each.
inline std::uint32_t spread(std::uint32_t bits) {
    bits = (bits | bits << 16) & 0x030000ffu;
    bits = (bits | bits << 8) & 0x0300f00fu;
    bits = (bits | bits << 4) & 0x030c30c3u;
    return (bits | bits << 2) & 0x09249249u;
}

// Sorts by the lower 3 * kGridBits bits; what has equal ones keeps its order.
inline void sort_by_place(std::vector<std::uint64_t>& keyed) {
    std::vector<std::uint64_t> sorted(keyed.size());
    for (unsigned digit = 0; digit < 3; ++digit) {
        const auto place = [&](std::uint64_t key) {
            return static_cast<std::size_t>(key >> (digit * kGridBits) & ((1u << kGridBits) - 1));
        };
        std::array<std::size_t, (1u << kGridBits) + 1> starts{};
        for (const std::uint64_t key : keyed) ++starts[place(key) + 1];
        for (std::size_t i = 1; i < starts.size(); ++i) starts[i] += starts[i - 1];
        for (const std::uint64_t key : keyed) sorted[starts[place(key)]++] = key;
        keyed.swap(sorted);
    }
}

// Faces in the order of a curve that fills the mesh's bounds (G. M. Morton, "A computer oriented geodetic data base",
// IBM, 1966): neighbours in the order are neighbours in space.
inline std::vector<std::int32_t> by_place(const double* vertices, std::size_t vertex_count, const std::int32_t* faces,
                                          std::size_t face_count) {
    AxisBounds extent[3];
    for (std::size_t i = 0; i < 3 * vertex_count; ++i)
        if (std::fabs(vertices[i]) < 1e300) extent[i % 3].add(vertices[i]);
    const double size = std::max({extent[0].size(), extent[1].size(), extent[2].size()});
    const double scale = ((1u << kGridBits) - 1) / size;
    std::vector<std::uint64_t> keyed(face_count);
    for (std::size_t f = 0; f < face_count; ++f) {
        std::uint64_t key = static_cast<std::uint64_t>(f) << 32;
        for (std::size_t k = 0; k < 3; ++k) {
            double middle = 0;
            for (std::size_t corner = 0; corner < 3; ++corner)
                middle += vertices[3 * static_cast<std::size_t>(faces[3 * f + corner]) + k] / 3;
            const double cell = (middle - extent[k].low) * scale;
            const bool inside = cell > 0 && cell < (1u << kGridBits);
            key |= std::uint64_t{spread(inside ? static_cast<std::uint32_t>(cell) : 0u)} << k;
        }
        keyed[f] = key;
    }
    sort_by_place(keyed);
    std::vector<std::int32_t> order(face_count);
    for (std::size_t i = 0; i < face_count; ++i) order[i] = static_cast<std::int32_t>(keyed[i] >> 32);
    return order;
}

}  // namespace detail

// Vertices (n, 3) in the world and faces (m, 3), indices in range, both fewer than 2^31, as a mesh in clusters.
inline Mesh clustered(const double* vertices, std::size_t vertex_count, const std::int32_t* faces,
                      std::size_t face_count) {
    Mesh mesh;
    mesh.faces = detail::by_place(vertices, vertex_count, faces, face_count);
    mesh.corners.resize(3 * face_count);
    constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();
    std::vector<std::size_t> stands(vertex_count, kNowhere);  // where a vertex was put last
    for (std::size_t first = 0; first < face_count; first += kClusterFaces) {
        const std::size_t count = std::min(kClusterFaces, face_count - first), begin = mesh.x.size();
        detail::AxisBounds extent[3];
        for (std::size_t c = 3 * first; c < 3 * (first + count); ++c) {
            const auto face = static_cast<std::size_t>(mesh.faces[c / 3]);
            const auto vertex = static_cast<std::size_t>(faces[3 * face + c % 3]);
            if (stands[vertex] == kNowhere || stands[vertex] < begin) {
                stands[vertex] = mesh.x.size();
                const double* p = vertices + 3 * vertex;
                for (std::size_t k = 0; k < 3; ++k) extent[k].add(p[k]);
                mesh.x.push_back(p[0]), mesh.y.push_back(p[1]), mesh.z.push_back(p[2]);
            }
            mesh.corners[c] = static_cast<std::uint8_t>(stands[vertex] - begin);
        }
        mesh.clusters.push_back({first, count, begin, mesh.x.size() - begin});
        for (const detail::AxisBounds& along : extent) {
            mesh.centres.push_back(along.centre());
            mesh.sizes.push_back(along.size());
        }
        mesh.rotations.insert(mesh.rotations.end(), {1, 0, 0, 0, 1, 0, 0, 0, 1});
    }
    return mesh;
}

}  // namespace spatialkit
