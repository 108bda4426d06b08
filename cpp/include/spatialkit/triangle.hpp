// One triangle and a ray, a point or another triangle.
//
// Everything here is as good as if the corners had been moved by a rounding error first: no area, normal or determinant
// is divided by that a sliver or a triangle without area would make small.
#pragma once

#include <utility>

#include "spatialkit/types.hpp"

namespace spatialkit {

struct Triangle {
    Vec3 a, b, c;
};

// A ray in coordinates of its own: `z` is the axis along which it goes fastest, and along it one unit at a time.
// After Woop, Benthin, Wald, Watertight Ray/Triangle Intersection, JCGT 2013.
struct Ray {
    Vec3 origin;
    int x, y, z;
    double shear_x, shear_y, sign;
    double speed;  // along z, of the direction that was given
};

SPATIALKIT_INLINE Ray ray(Vec3 origin, Vec3 direction) {
    const Vec3 size = absolute(direction);
    const int z = size.x >= size.y && size.x >= size.z ? 0 : size.y >= size.z ? 1 : 2;
    const int x = z == 2 ? 0 : z + 1, y = z == 0 ? 2 : z - 1;
    const double speed = size[z];
    return {origin, x, y, z, direction[x] / speed, direction[y] / speed, direction[z] < 0 ? -1.0 : 1.0, speed};
}

namespace detail {

// a b - c d to the last bits, and of the right sign (Kahan).
SPATIALKIT_INLINE double difference_of_products(double a, double b, double c, double d) {
    const double cd = c * d;
    return std::fma(a, b, -cd) - std::fma(c, d, -cd);
}

// A corner seen along the ray.
SPATIALKIT_INLINE Vec3 sheared(const Ray& ray, Vec3 p) {
    const double along = ray.sign * (p[ray.z] - ray.origin[ray.z]);
    return {p[ray.x] - ray.origin[ray.x] - ray.shear_x * along, p[ray.y] - ray.origin[ray.y] - ray.shear_y * along,
            along};
}

SPATIALKIT_INLINE bool on_one_side(double u, double v, double w) {
    return (u >= 0 && v >= 0 && w >= 0) || (u <= 0 && v <= 0 && w <= 0);
}

}  // namespace detail

// Whether the ray's line meets the triangle, border included, and how far along the ray's axis. Corners are sheared
// each by itself and signs are exact, so two triangles agree on their common edge: no ray passes between them. A
// triangle that the ray sees edge-on is not met.
SPATIALKIT_INLINE bool meets(const Ray& ray, const Triangle& triangle, double& along) {
    using detail::difference_of_products;
    const Vec3 a = detail::sheared(ray, triangle.a), b = detail::sheared(ray, triangle.b),
               c = detail::sheared(ray, triangle.c);
    const double u = difference_of_products(c.x, b.y, c.y, b.x), v = difference_of_products(a.x, c.y, a.y, c.x),
                 w = difference_of_products(b.x, a.y, b.y, a.x), sum = u + v + w;
    if (!detail::on_one_side(u, v, w) || sum == 0) return false;
    along = (u * a.z + v * b.z + w * c.z) / sum;
    return true;
}

namespace detail {

SPATIALKIT_INLINE Vec3 pick(bool first, Vec3 a, Vec3 b) {
    return {first ? a.x : b.x, first ? a.y : b.y, first ? a.z : b.z};
}

SPATIALKIT_INLINE double squared(Vec3 a) {
    return dot(a, a);
}

struct Foot {
    Vec3 point;
    bool inner;  // not one of the ends
};

// The point from a to b that is nearest to the origin.
SPATIALKIT_INLINE Foot nearest_on(Vec3 a, Vec3 b) {
    const Vec3 step = b - a;
    const double at = -dot(a, step), whole = dot(step, step);
    const bool before = !(at > 0), beyond = at >= whole;
    return {pick(before, a, pick(beyond, b, a + (at / whole) * step)), !before && !beyond};
}

}  // namespace detail

// The point of the triangle that is nearest to the origin: on one of its edges, or within. The point within is sought
// on the slice of the triangle across its longest edge that holds the origin's foot, which needs no normal. No
// branches: a loop over triangles runs in vectors. (The regions of a triangle, as in Ericson, Real-Time Collision
// Detection, 5.1.5, are told apart by determinants, which a sliver makes arbitrary.)
SPATIALKIT_INLINE Vec3 nearest_on(const Triangle& t) {
    using detail::pick, detail::squared, detail::Foot;
    const double ab = squared(t.b - t.a), bc = squared(t.c - t.b), ca = squared(t.a - t.c);
    const bool on_ab = ab >= bc && ab >= ca, on_bc = !on_ab && bc >= ca;
    const Vec3 from = pick(on_ab, t.a, pick(on_bc, t.b, t.c)), to = pick(on_ab, t.b, pick(on_bc, t.c, t.a)),
               top = pick(on_ab, t.c, pick(on_bc, t.a, t.b)), base = to - from;
    const double whole = dot(base, base), peak = dot(top - from, base);
    double at = -dot(from, base);
    at = at > 0 ? at : 0, at = at < whole ? at : whole;
    const bool rising = at < peak;
    const double part = rising ? at : whole - at, slope = rising ? peak : whole - peak;
    const double along = whole > 0 ? at / whole : 0, up = slope > 0 ? part / slope : 1;
    const Vec3 foot = pick(rising, from, to);
    const Foot slice = detail::nearest_on(from + along * base, foot + up * (top - foot));

    const Vec3 edge_ab = detail::nearest_on(t.a, t.b).point, edge_bc = detail::nearest_on(t.b, t.c).point,
               edge_ac = detail::nearest_on(t.a, t.c).point;
    Vec3 best = pick(squared(edge_bc) < squared(edge_ab), edge_bc, edge_ab);
    best = pick(squared(edge_ac) < squared(best), edge_ac, best);
    return pick(slice.inner && squared(slice.point) < squared(best), slice.point, best);
}

// Two points, one of each thing, and the square of what is between them.
struct Gap {
    double squared = std::numeric_limits<double>::infinity();
    Vec3 on_a{kNaN, kNaN, kNaN}, on_b{kNaN, kNaN, kNaN};
};

namespace detail {

inline void narrow(Gap& gap, Vec3 on_a, Vec3 between) {
    const double found = squared(between);
    if (found < gap.squared) gap = {found, on_a, on_a + between};
}

// Where two edges pass each other between their ends. The second place is the foot of the first: found each by itself,
// the two would slide along nearly parallel edges.
inline void narrow_by_edges(Gap& gap, Vec3 a, Vec3 a_end, Vec3 b, Vec3 b_end) {
    const Vec3 along_a = a_end - a, along_b = b_end - b, n = cross(along_a, along_b);
    const double share = dot(cross(b - a, along_b), n) / dot(n, n);
    if (!(share > 0 && share < 1)) return;
    const Vec3 p = a + share * along_a;
    narrow(gap, p, nearest_on(b - p, b_end - p).point);
}

inline bool edge_meets(Vec3 from, Vec3 to, const Triangle& triangle, Vec3& where) {
    const Vec3 direction = to - from;
    if (direction == Vec3{}) return false;
    const Ray edge = ray(from, direction);
    double along;
    if (!meets(edge, triangle, along) || !(along >= 0 && along <= edge.speed)) return false;
    where = from + (along / edge.speed) * direction;
    return true;
}

inline Triangle moved(const Triangle& t, Vec3 by) {
    return {t.a + by, t.b + by, t.c + by};
}

inline double reach(const Triangle& t) {
    double out = 0;
    for (const Vec3 p : {absolute(t.a), absolute(t.b), absolute(t.c)}) out = std::max({out, p.x, p.y, p.z});
    return out;
}

}  // namespace detail

// Between two triangles; 0 where they touch or intersect, which they do when an edge of one meets the other.
inline Gap gap(const Triangle& first, const Triangle& second, bool may_intersect = true) {
    const Vec3 origin = first.a;
    const Triangle a = detail::moved(first, -1 * origin), b = detail::moved(second, -1 * origin);
    const Vec3 corners_a[] = {a.a, a.b, a.c}, corners_b[] = {b.a, b.b, b.c};
    Gap out;
    for (const Vec3 p : corners_a) detail::narrow(out, p, nearest_on(detail::moved(b, -1 * p)));
    for (const Vec3 p : corners_b) {
        const Vec3 between = nearest_on(detail::moved(a, -1 * p));
        detail::narrow(out, p + between, -1 * between);
    }
    constexpr int kNext[] = {1, 2, 0};
    for (int i = 0; i < 3; ++i)
        for (int k = 0; k < 3; ++k)
            detail::narrow_by_edges(out, corners_a[i], corners_a[kNext[i]], corners_b[k], corners_b[kNext[k]]);
    Vec3 where;
    for (int i = 0; may_intersect && i < 3; ++i)
        if (detail::edge_meets(corners_a[i], corners_a[kNext[i]], b, where) ||
            detail::edge_meets(corners_b[i], corners_b[kNext[i]], a, where))
            out = {0, where, where};
    // Less than this is rounding of triangles that touch.
    const double touching = 16 * std::numeric_limits<double>::epsilon() * std::max(detail::reach(a), detail::reach(b));
    if (out.squared <= touching * touching) out.squared = 0;
    out.on_a = out.on_a + origin, out.on_b = out.on_b + origin;
    return out;
}

}  // namespace spatialkit
