// How near points and meshes are to a mesh.
#pragma once

#include "spatialkit/bvh.hpp"

namespace spatialkit {

namespace detail {

// A distance that is found may be smaller than that to a box around what it was found on, by rounding of numbers as
// large as `reach`; only what is farther than this is left out.
SPATIALKIT_INLINE double with_rounding(double squared, double reach) {
    const double most = std::sqrt(squared) + 32 * std::numeric_limits<double>::epsilon() * reach;
    return most * most;
}

// Squared distances of the children's boxes to the box from `low` to `high`; bits of those that are at most `most`.
SPATIALKIT_INLINE unsigned nearer(const double* box, Vec3 low, Vec3 high, double most,
                                  double* SPATIALKIT_RESTRICT squared) {
    constexpr int w = Bvh::kWidth;
    const auto apart = [](double low_a, double high_a, double low_b, double high_b) {
        const double below = low_a - high_b, above = low_b - high_a, larger = below > above ? below : above;
        return larger > 0 ? larger : 0;
    };
    std::int64_t bits = 0;
    for (int i = 0; i < w; ++i) {
        const double x = apart(box[i], box[3 * w + i], low.x, high.x),
                     y = apart(box[w + i], box[4 * w + i], low.y, high.y),
                     z = apart(box[2 * w + i], box[5 * w + i], low.z, high.z);
        squared[i] = x * x + y * y + z * z;
        bits |= squared[i] <= most ? kBit[i] : 0;
    }
    return static_cast<unsigned>(bits);
}

// The nearest points of a leaf's triangles, from p.
struct Feet {
    double x[Bvh::kLeaf], y[Bvh::kLeaf], z[Bvh::kLeaf], squared[Bvh::kLeaf];
};

SPATIALKIT_INLINE void feet(const double* c, Vec3 p, Feet& out) {
    constexpr int n = Bvh::kLeaf;
    for (int i = 0; i < n; ++i) {
        const Vec3 foot = nearest_on(Triangle{{c[i] - p.x, c[n + i] - p.y, c[2 * n + i] - p.z},
                                              {c[3 * n + i] - p.x, c[4 * n + i] - p.y, c[5 * n + i] - p.z},
                                              {c[6 * n + i] - p.x, c[7 * n + i] - p.y, c[8 * n + i] - p.z}});
        out.x[i] = foot.x, out.y[i] = foot.y, out.z[i] = foot.z;
        out.squared[i] = squared(foot);
    }
}

SPATIALKIT_INLINE double reach(const Bounds& bounds, Vec3 p) {
    const Vec3 low = absolute(bounds.low - p), high = absolute(bounds.high - p);
    return std::max(low.x, high.x) + std::max(low.y, high.y) + std::max(low.z, high.z);
}

// What is known of a point that seeks the nearest one of the surface. Entries are squared distances.
struct NearestPoint {
    const Bvh& tree;
    Vec3 p;
    double reach;
    double most = std::numeric_limits<double>::max();  // finite: the boxes of no child are not
    double squared = std::numeric_limits<double>::infinity();
    Vec3 foot{kNaN, kNaN, kNaN};  // from p
    std::int32_t face = -1;

    SPATIALKIT_INLINE unsigned enter(const double* box, double* entry) const { return nearer(box, p, p, most, entry); }
    SPATIALKIT_INLINE bool visit(std::size_t leaf) {
        const std::int32_t* faces = tree.faces_of(leaf);
        Feet found;
        feet(tree.corners_of(leaf), p, found);
        for (int k = 0; k < Bvh::kLeaf; ++k) {
            const double s = found.squared[k];
            if (!(s < squared) && !(s == squared && faces[k] < face)) continue;
            squared = s, face = faces[k], foot = {found.x[k], found.y[k], found.z[k]};
            most = with_rounding(squared, reach);
        }
        return false;
    }
};

}  // namespace detail

namespace detail {

SPATIALKIT_INLINE void closest_point(const Bvh& tree, const double* points, std::size_t begin, std::size_t end,
                                     double* closest, double* distance, std::int32_t* face) {
    const Bounds bounds = node_bounds(tree, 0);
    for (std::size_t i = begin; i < end; ++i) {
        const Vec3 p = load(points + 3 * i);
        NearestPoint nearest{tree, p, reach(bounds, p)};
        walk(tree, 0, nearest);
        const Vec3 on = p + nearest.foot;
        closest[3 * i] = on.x, closest[3 * i + 1] = on.y, closest[3 * i + 2] = on.z;
        distance[i] = std::sqrt(nearest.squared), face[i] = nearest.face;
    }
}

}  // namespace detail

// The point of the surface that is nearest to each point (n, 3), its distance and its face, of equally near ones the
// lowest; NaN, infinite and -1 where there are no faces.
inline void closest_point(const Bvh& tree, const double* points, std::size_t begin, std::size_t end, double* closest,
                          double* distance, std::int32_t* face) {
    detail::run<detail::closest_point>(tree, points, begin, end, closest, distance, face);
}

namespace detail {

// A part of each of two meshes: nodes or leaves and their boxes.
struct Pair {
    double squared;  // between the boxes
    std::int32_t a, b;
    Bounds box_a, box_b;
};

SPATIALKIT_INLINE double squared_apart(const Bounds& a, const Bounds& b) {
    const auto apart = [](double low_a, double high_a, double low_b, double high_b) {
        return std::max({low_a - high_b, low_b - high_a, 0.0});
    };
    return squared(Vec3{apart(a.low.x, a.high.x, b.low.x, b.high.x), apart(a.low.y, a.high.y, b.low.y, b.high.y),
                        apart(a.low.z, a.high.z, b.low.z, b.high.z)});
}

SPATIALKIT_INLINE Bounds triangle_bounds(const Triangle& t) {
    Bounds out;
    out.add(t.a), out.add(t.b), out.add(t.c);
    return out;
}

// The triangles of two leaves, all pairs that are not farther than what is known.
inline void narrow_by_leaves(Gap& best, const Bvh& a, std::size_t leaf_a, const Bvh& b, std::size_t leaf_b) {
    for (int i = 0; i < Bvh::kLeaf; ++i) {
        const Triangle first = a.triangle(leaf_a, i);
        const Bounds bounds = triangle_bounds(first);
        for (int k = 0; k < Bvh::kLeaf; ++k) {
            const Triangle second = b.triangle(leaf_b, k);
            const double boxes = squared_apart(bounds, triangle_bounds(second));
            if (!(boxes < best.squared)) continue;
            const Gap found = gap(first, second, boxes == 0);
            if (found.squared < best.squared) best = found;
        }
    }
}

// Replaces one side of a pair by the children of its node, the nearest on top.
SPATIALKIT_INLINE void open(const Bvh& tree, const Pair& pair, bool is_a, double most, std::vector<Pair>& waiting) {
    const std::int32_t node = is_a ? pair.a : pair.b;
    const Bounds& other = is_a ? pair.box_b : pair.box_a;
    const std::size_t first = waiting.size();
    double squared[Bvh::kWidth];
    for (unsigned bits = nearer(tree.box(node), other.low, other.high, most, squared); bits != 0; bits &= bits - 1) {
        const int k = std::countr_zero(bits);
        const std::int32_t child = tree.children_of(node)[k];
        if (child == 0) continue;
        Pair next = pair;
        next.squared = squared[k];
        (is_a ? next.a : next.b) = child;
        (is_a ? next.box_a : next.box_b) = child_bounds(tree, node, k);
        waiting.push_back(next);
        for (std::size_t at = waiting.size() - 1; at > first && waiting[at - 1].squared < waiting[at].squared; --at)
            std::swap(waiting[at - 1], waiting[at]);
    }
}

SPATIALKIT_INLINE Gap gap_in_order(const Bvh& a, const Bvh& b) {
    Gap best;
    const Bounds whole_a = node_bounds(a, 0), whole_b = node_bounds(b, 0);
    if (whole_a.empty() || whole_b.empty()) return best;
    std::vector<Pair> waiting{{0, 0, 0, whole_a, whole_b}};
    while (!waiting.empty()) {
        const Pair next = waiting.back();
        waiting.pop_back();
        if (!(next.squared < best.squared)) continue;
        if (next.a < 0 && next.b < 0) {
            narrow_by_leaves(best, a, static_cast<std::size_t>(~next.a), b, static_cast<std::size_t>(~next.b));
            continue;
        }
        const Vec3 size_a = next.box_a.high - next.box_a.low, size_b = next.box_b.high - next.box_b.low;
        const bool open_a = next.b < 0 || (next.a >= 0 && squared(size_a) >= squared(size_b));
        open(open_a ? a : b, next, open_a, best.squared, waiting);
    }
    return best;
}

}  // namespace detail

// Between two meshes: 0 where they touch or intersect, infinite where one has no faces. The same to the last bit
// whichever comes first.
inline Gap gap(const Bvh& a, const Bvh& b) {
    if (a.corners <= b.corners) return detail::run<detail::gap_in_order>(a, b);
    Gap out = detail::run<detail::gap_in_order>(b, a);
    std::swap(out.on_a, out.on_b);
    return out;
}

}  // namespace spatialkit
