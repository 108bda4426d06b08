// What rays meet of a mesh.
//
// Boxes are padded by what the test of a triangle may be off (Woop, Benthin, Wald 2013; Ize, Robust BVH ray traversal,
// JCGT 2013), so a ray never misses the box of a triangle that it meets, whatever the order of the walk.
#pragma once

#include "spatialkit/bvh.hpp"

namespace spatialkit {

namespace detail {

// A ray before the boxes of a node. Lengths are in units along its axis.
struct SlabRay {
    Ray ray;
    double near_origin[3], far_origin[3], inverse[3];
    int near_row[3], far_row[3];
    double least;
};

// What a length along a ray is not below, in spite of its rounding.
SPATIALKIT_INLINE double lowered(double along) {
    constexpr double kShare = 4 * std::numeric_limits<double>::epsilon();
    return along > 0 ? (1 - kShare) * along : (1 + kShare) * along;
}

inline constexpr double kRoundingOfRays = 8 * std::numeric_limits<double>::epsilon();

SPATIALKIT_INLINE SlabRay slab_ray(const Ray& ray, Vec3 direction, const Bounds& bounds, double least) {
    const Vec3 low = absolute(bounds.low - ray.origin), high = absolute(bounds.high - ray.origin);
    const double along = std::max(low[ray.z], high[ray.z]);
    SlabRay out{ray, {}, {}, {}, {}, {}, least};
    for (int k = 0; k < 3; ++k) {
        // What is added to the origin must not vanish in it.
        const double pad = kRoundingOfRays * (std::max(low[k], high[k]) + along) +
                           2 * std::numeric_limits<double>::epsilon() * std::fabs(ray.origin[k]);
        const double inverse = std::min(ray.speed / std::fabs(direction[k]), 1e300);  // finite, or 0 times it is none
        const bool back = direction[k] < 0;
        out.inverse[k] = back ? -inverse : inverse;
        out.near_origin[k] = back ? ray.origin[k] - pad : ray.origin[k] + pad;
        out.far_origin[k] = back ? ray.origin[k] + pad : ray.origin[k] - pad;
        out.near_row[k] = back ? 3 + k : k;
        out.far_row[k] = back ? k : 3 + k;
    }
    return out;
}

// Bits of the children whose boxes the ray enters before `most`, and where it does.
SPATIALKIT_INLINE unsigned entered(const SlabRay& r, const double* box, double most,
                                   double* SPATIALKIT_RESTRICT entry) {
    const double *nx = box + Bvh::kWidth * r.near_row[0], *ny = box + Bvh::kWidth * r.near_row[1],
                 *nz = box + Bvh::kWidth * r.near_row[2], *fx = box + Bvh::kWidth * r.far_row[0],
                 *fy = box + Bvh::kWidth * r.far_row[1], *fz = box + Bvh::kWidth * r.far_row[2];
    std::int64_t bits = 0;
    for (int i = 0; i < Bvh::kWidth; ++i) {
        const double x0 = (nx[i] - r.near_origin[0]) * r.inverse[0], x1 = (fx[i] - r.far_origin[0]) * r.inverse[0];
        const double y0 = (ny[i] - r.near_origin[1]) * r.inverse[1], y1 = (fy[i] - r.far_origin[1]) * r.inverse[1];
        const double z0 = (nz[i] - r.near_origin[2]) * r.inverse[2], z1 = (fz[i] - r.far_origin[2]) * r.inverse[2];
        double in = x0 > y0 ? x0 : y0, out = x1 < y1 ? x1 : y1;
        in = z0 > in ? z0 : in, out = z1 < out ? z1 : out;
        in = r.least > in ? r.least : in, out = most < out ? most : out;
        entry[i] = in;
        bits |= in <= out ? kBit[i] : 0;
    }
    return static_cast<unsigned>(bits);
}

// Bits of the triangles of a leaf that the ray's line may meet: those that `meets` is worth asking about.
SPATIALKIT_INLINE unsigned may_meet(const Ray& r, const double* corners) {
    constexpr int n = Bvh::kLeaf;
    const double *ax = corners + n * r.x, *ay = corners + n * r.y, *az = corners + n * r.z;
    const double ox = r.origin[r.x], oy = r.origin[r.y], oz = r.origin[r.z];
    const double kx = r.sign * r.shear_x, ky = r.sign * r.shear_y;
    std::int64_t bits = 0;
    for (int i = 0; i < n; ++i) {
        const double za = az[i] - oz, zb = az[3 * n + i] - oz, zc = az[6 * n + i] - oz;
        const double xa = ax[i] - ox - kx * za, xb = ax[3 * n + i] - ox - kx * zb, xc = ax[6 * n + i] - ox - kx * zc;
        const double ya = ay[i] - oy - ky * za, yb = ay[3 * n + i] - oy - ky * zb, yc = ay[6 * n + i] - oy - ky * zc;
        const double u = xc * yb - yc * xb, v = xa * yc - ya * xc, w = xb * ya - yb * xa;
        double low = u < v ? u : v, high = u > v ? u : v;
        low = w < low ? w : low, high = w > high ? w : high;
        bits |= (low >= 0) | (high <= 0) ? kBit[i] : 0;
    }
    return static_cast<unsigned>(bits);
}

}  // namespace detail

// Rays as two arrays (n, 3); a direction is not zero and need not be of length 1.
struct RayArrays {
    const double* origins;
    const double* directions;
};

namespace detail {

// What is known of a ray that seeks its first face.
struct NearestHit {
    const Bvh& tree;
    const SlabRay& slabs;
    const Ray& ray = slabs.ray;
    double most = std::numeric_limits<double>::infinity(), t = most;
    std::int32_t face = -1;

    SPATIALKIT_INLINE unsigned enter(const double* box, double* entry) const {
        return entered(slabs, box, most, entry);
    }
    SPATIALKIT_INLINE bool visit(std::size_t leaf) {
        const std::int32_t* faces = tree.faces_of(leaf);
        for (unsigned bits = may_meet(ray, tree.corners_of(leaf)); bits != 0; bits &= bits - 1) {
            const int lane = std::countr_zero(bits);
            double along;
            if (!meets(ray, tree.triangle(leaf, lane), along) || !(along >= 0)) continue;
            const double found = along / ray.speed + 0.0;  // never -0
            if (!(found < t) && !(found == t && faces[lane] < face)) continue;
            t = found, face = faces[lane], most = -lowered(-along);
        }
        return false;
    }
};

// The same of a ray that seeks any between two.
struct AnyHit {
    const Bvh& tree;
    const SlabRay& slabs;
    double lower, upper, most;
    const Ray& ray = slabs.ray;
    bool hit = false;

    SPATIALKIT_INLINE unsigned enter(const double* box, double* entry) const {
        return entered(slabs, box, most, entry);
    }
    SPATIALKIT_INLINE bool visit(std::size_t leaf) {
        for (unsigned bits = may_meet(ray, tree.corners_of(leaf)); bits != 0; bits &= bits - 1) {
            double along;
            if (!meets(ray, tree.triangle(leaf, std::countr_zero(bits)), along)) continue;
            const double found = along / ray.speed + 0.0;  // never -0
            if (found > lower && found < upper) return hit = true;
        }
        return false;
    }
};

}  // namespace detail

namespace detail {

SPATIALKIT_INLINE void nearest_hit(const Bvh& tree, RayArrays rays, std::size_t begin, std::size_t end,
                                   double* distance, std::int32_t* face) {
    const Bounds bounds = node_bounds(tree, 0);
    for (std::size_t i = begin; i < end; ++i) {
        const Vec3 direction = load(rays.directions + 3 * i);
        const Ray r = ray(load(rays.origins + 3 * i), direction);
        const SlabRay slabs = slab_ray(r, direction, bounds, 0);
        NearestHit nearest{tree, slabs};
        walk(tree, 0, nearest);
        distance[i] = nearest.t, face[i] = nearest.face;
    }
}

}  // namespace detail

// The first face that each ray meets at a t of at least 0, from origin + t direction, and that t; -1 and infinite where
// there is none. Of faces at the same t the lowest.
inline void nearest_hit(const Bvh& tree, RayArrays rays, std::size_t begin, std::size_t end, double* distance,
                        std::int32_t* face) {
    detail::run<detail::nearest_hit>(tree, rays, begin, end, distance, face);
}

namespace detail {

SPATIALKIT_INLINE void any_hit(const Bvh& tree, RayArrays rays, const double* lower, const double* upper,
                               std::size_t begin, std::size_t end, bool* hit) {
    const Bounds bounds = node_bounds(tree, 0);
    for (std::size_t i = begin; i < end; ++i) {
        const Vec3 direction = load(rays.directions + 3 * i);
        const Ray r = ray(load(rays.origins + 3 * i), direction);
        const double least = lower[i] * r.speed, most = upper[i] * r.speed;
        const SlabRay slabs = slab_ray(r, direction, bounds, lowered(least));
        AnyHit any{tree, slabs, lower[i], upper[i], -lowered(-most)};
        walk(tree, slabs.least, any);
        hit[i] = any.hit;
    }
}

}  // namespace detail

// Whether each ray meets anything at a t between lower and upper (n,), these two not counted.
inline void any_hit(const Bvh& tree, RayArrays rays, const double* lower, const double* upper, std::size_t begin,
                    std::size_t end, bool* hit) {
    detail::run<detail::any_hit>(tree, rays, lower, upper, begin, end, hit);
}

}  // namespace spatialkit
