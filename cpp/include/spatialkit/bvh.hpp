// A tree of boxes over the triangles of a mesh: how it is laid out, built and checked. rays.hpp and proximity.hpp ask
// it.
#pragma once

#include <bit>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "spatialkit/camera.hpp"
#include "spatialkit/parallel.hpp"
#include "spatialkit/triangle.hpp"

namespace spatialkit {

// Nodes have up to eight children, whose boxes lie in columns, so that a loop over them runs in vectors; so have leaves
// up to four triangles. A child comes after its parent. Corners of a triangle are stored in the order of their
// coordinates: what is computed on an edge or of a face is then the same to the last bit for all that share it.
struct Bvh {
    static constexpr int kWidth = 8, kLeaf = 4;
    static constexpr int kMostDepth = 80;
    static constexpr double kFarthest = 1e50;  // of a coordinate, so that no product overflows

    std::vector<double> bounds;          // (nodes, 6, kWidth): least x, y, z, greatest x, y, z of each child
    std::vector<std::int32_t> children;  // (nodes, kWidth): a node, ~leaf, or 0 for none
    std::vector<std::int32_t> leaves;    // (leaves, kLeaf) faces; a leaf with fewer repeats its last
    std::vector<double> corners;         // (leaves, 3 corners, 3 axes, kLeaf)

    std::size_t nodes() const { return children.size() / kWidth; }

    SPATIALKIT_INLINE const double* box(std::int32_t node) const {
        return bounds.data() + 6 * kWidth * static_cast<std::size_t>(node);
    }
    SPATIALKIT_INLINE const std::int32_t* children_of(std::int32_t node) const {
        return children.data() + kWidth * static_cast<std::size_t>(node);
    }
    SPATIALKIT_INLINE const double* corners_of(std::size_t leaf) const { return corners.data() + 9 * kLeaf * leaf; }
    SPATIALKIT_INLINE const std::int32_t* faces_of(std::size_t leaf) const { return leaves.data() + kLeaf * leaf; }
    SPATIALKIT_INLINE Triangle triangle(std::size_t leaf, int lane) const {
        const double* c = corners_of(leaf) + lane;
        return {{c[0], c[kLeaf], c[2 * kLeaf]},
                {c[3 * kLeaf], c[4 * kLeaf], c[5 * kLeaf]},
                {c[6 * kLeaf], c[7 * kLeaf], c[8 * kLeaf]}};
    }
};

// From the least to the greatest coordinates; nothing at first.
struct Bounds {
    static constexpr double kInfinity = std::numeric_limits<double>::infinity();
    Vec3 low{kInfinity, kInfinity, kInfinity}, high{-kInfinity, -kInfinity, -kInfinity};

    SPATIALKIT_INLINE void add(Vec3 p) { add(Bounds{p, p}); }
    SPATIALKIT_INLINE void add(const Bounds& other) {
        const Vec3 p = other.low, q = other.high;
        low = {p.x < low.x ? p.x : low.x, p.y < low.y ? p.y : low.y, p.z < low.z ? p.z : low.z};
        high = {q.x > high.x ? q.x : high.x, q.y > high.y ? q.y : high.y, q.z > high.z ? q.z : high.z};
    }
    bool empty() const { return !(low.x <= high.x); }
};

SPATIALKIT_INLINE Bounds child_bounds(const Bvh& tree, std::int32_t node, int lane) {
    const double* b = tree.box(node) + lane;
    constexpr int w = Bvh::kWidth;
    return {{b[0], b[w], b[2 * w]}, {b[3 * w], b[4 * w], b[5 * w]}};
}

inline Bounds node_bounds(const Bvh& tree, std::int32_t node) {
    Bounds out;
    for (int lane = 0; lane < Bvh::kWidth; ++lane) out.add(child_bounds(tree, node, lane));
    return out;
}

namespace detail {

// From a table, because compilers make no vectors of a shift.
alignas(64) inline constexpr std::int64_t kBit[Bvh::kWidth] = {1, 2, 4, 8, 16, 32, 64, 128};

struct Waiting {
    double entry;
    std::int32_t child;
};

// Walks the tree, what has the least entry first. seeker.enter says which children of a node are worth going to and
// sets their entries; those above seeker.most are left out; seeker.visit is shown each leaf, until it says that this is
// enough.
template <class Seeker>
SPATIALKIT_INLINE void walk(const Bvh& tree, double entry_of_all, Seeker& seeker) {
    Waiting waiting[Bvh::kWidth * Bvh::kMostDepth], next{entry_of_all, 0};
    int count = 0;
    while (true) {
        if (next.child < 0) {
            if (seeker.visit(static_cast<std::size_t>(~next.child))) return;
        } else {
            double entry[Bvh::kWidth];
            const std::int32_t* children = tree.children_of(next.child);
            unsigned bits = seeker.enter(tree.box(next.child), entry);
            if (bits != 0) {
                // The nearest is next and never waits; the others do so in order.
                const int first = count;
                next = {entry[std::countr_zero(bits)], children[std::countr_zero(bits)]};
                for (bits &= bits - 1; bits != 0; bits &= bits - 1) {
                    Waiting other{entry[std::countr_zero(bits)], children[std::countr_zero(bits)]};
                    if (other.entry < next.entry) std::swap(other, next);
                    int at = count++;
                    for (; at > first && waiting[at - 1].entry < other.entry; --at) waiting[at] = waiting[at - 1];
                    waiting[at] = other;
                }
                continue;
            }
        }
        do {
            if (count == 0) return;
            next = waiting[--count];
        } while (next.entry > seeker.most);
    }
}

// A face while the tree is built: its box and the double of the box's centre decide where it goes, and for that the
// precision of a float is enough. Coordinates are shares of the mesh's extent; the fourth is there for the vectors.
struct Part {
    float low[4], high[4];
    std::int32_t face;

    SPATIALKIT_INLINE float centre(int axis) const { return low[axis] + high[axis]; }
};

struct PartBounds {
    float low[4], high[4];

    SPATIALKIT_INLINE PartBounds() {
        for (int k = 0; k < 4; ++k) low[k] = std::numeric_limits<float>::max(), high[k] = -low[k];
    }
    SPATIALKIT_INLINE void add(const float* other_low, const float* other_high) {
        for (int k = 0; k < 4; ++k) low[k] = other_low[k] < low[k] ? other_low[k] : low[k];
        for (int k = 0; k < 4; ++k) high[k] = other_high[k] > high[k] ? other_high[k] : high[k];
    }
    SPATIALKIT_INLINE float area() const {
        const float x = high[0] - low[0], y = high[1] - low[1], z = high[2] - low[2];
        return x * y + y * z + z * x;
    }
};

// Parts in a row, whose subtree takes the slots from `slot` on: 2 (end - begin) - 1 are enough for any. So each thread
// knows where to write, and the tree is the same however many there are.
struct Range {
    std::int32_t begin, end, slot;
    int depth;

    std::int32_t size() const { return end - begin; }
};

struct BinaryNode {
    std::int32_t begin, end, right;  // the left child is in the next slot
    float area;

    bool is_leaf() const { return end - begin <= Bvh::kLeaf; }
};

// Deeper than this ranges are halved, which ends after another 31 levels.
inline constexpr int kMostByArea = 48;
static_assert(kMostByArea + 31 < Bvh::kMostDepth);

inline constexpr int kBins = 16;

struct Bins {
    PartBounds bounds[3][kBins];
    std::int32_t count[3][kBins] = {};
};

// Which bin a part belongs to, along each axis. Not a number, where an axis has no extent, goes to the last.
struct Binning {
    float low[4], scale[4];

    SPATIALKIT_INLINE int bin(float centre, int axis) const {
        const float at = (centre - low[axis]) * scale[axis];
        return at < kBins - 1 ? static_cast<int>(at) : kBins - 1;
    }
};

struct Cut {
    int axis = -1, bin = 0;  // the left side takes the bins up to this one
};

// The cheapest cut by area times leaves (surface area heuristic, binned: Wald, On fast construction of SAH-based
// bounding volume hierarchies, 2007).
inline Cut cheapest(const Bins& bins) {
    const auto leaves = [](std::int32_t parts) { return static_cast<float>((parts + Bvh::kLeaf - 1) / Bvh::kLeaf); };
    Cut best;
    float least = std::numeric_limits<float>::infinity();
    for (int axis = 0; axis < 3; ++axis) {
        float right[kBins];
        PartBounds sum;
        std::int32_t count = 0;
        for (int i = kBins - 1; i > 0; --i) {
            sum.add(bins.bounds[axis][i].low, bins.bounds[axis][i].high);
            count += bins.count[axis][i];
            right[i] = count == 0 ? -1 : sum.area() * leaves(count);
        }
        sum = PartBounds{}, count = 0;
        for (int i = 0; i + 1 < kBins; ++i) {
            sum.add(bins.bounds[axis][i].low, bins.bounds[axis][i].high);
            count += bins.count[axis][i];
            if (count == 0 || right[i + 1] < 0) continue;
            const float cost = sum.area() * leaves(count) + right[i + 1];
            if (cost < least) least = cost, best = {axis, i};
        }
    }
    return best;
}

struct Builder {
    std::vector<Part> parts;
    std::vector<BinaryNode> nodes;  // by slot

    // Where the right half of a range begins, after its parts were moved to their sides.
    std::int32_t split(const Range& range) {
        Part* const begin = parts.data() + range.begin;
        Part* const end = parts.data() + range.end;
        PartBounds centres;
        for (const Part* p = begin; p != end; ++p) {
            float centre[4];
            for (int k = 0; k < 4; ++k) centre[k] = p->low[k] + p->high[k];
            centres.add(centre, centre);
        }
        Binning binning;
        int longest = 0;
        for (int k = 0; k < 3; ++k) {
            const float extent = centres.high[k] - centres.low[k];
            binning.low[k] = centres.low[k], binning.scale[k] = kBins / extent;
            if (extent > centres.high[longest] - centres.low[longest]) longest = k;
        }
        const std::int32_t half = range.begin + (range.size() / 2 + Bvh::kLeaf - 1) / Bvh::kLeaf * Bvh::kLeaf;
        if (!(centres.high[longest] > centres.low[longest])) return half;
        if (range.depth < kMostByArea) {
            Bins bins;
            for (const Part* p = begin; p != end; ++p)
                for (int axis = 0; axis < 3; ++axis) {
                    const int bin = binning.bin(p->centre(axis), axis);
                    bins.bounds[axis][bin].add(p->low, p->high);
                    ++bins.count[axis][bin];
                }
            const Cut cut = cheapest(bins);
            const auto is_left = [&](const Part& p) { return binning.bin(p.centre(cut.axis), cut.axis) <= cut.bin; };
            if (cut.axis >= 0) return static_cast<std::int32_t>(std::partition(begin, end, is_left) - parts.data());
        }
        std::nth_element(begin, parts.data() + half, end, [&](const Part& p, const Part& q) {
            const float a = p.centre(longest), b = q.centre(longest);
            return a != b ? a < b : p.face < q.face;
        });
        return half;
    }

    // Writes the node of a range; returns its sides, if it has any.
    bool open(const Range& range, Range& left, Range& right) {
        PartBounds bounds;
        for (std::int32_t i = range.begin; i < range.end; ++i) {
            const Part& p = parts[static_cast<std::size_t>(i)];
            bounds.add(p.low, p.high);
        }
        BinaryNode& node = nodes[static_cast<std::size_t>(range.slot)];
        node = {range.begin, range.end, 0, bounds.area()};
        if (node.is_leaf()) return false;
        const std::int32_t middle = split(range);
        node.right = range.slot + 2 * (middle - range.begin);
        left = {range.begin, middle, range.slot + 1, range.depth + 1};
        right = {middle, range.end, node.right, range.depth + 1};
        return true;
    }

    void build_alone(const Range& whole) {
        Range waiting[Bvh::kMostDepth + 1];
        int count = 0;
        waiting[count++] = whole;
        while (count > 0) {
            Range left, right;
            if (!open(waiting[--count], left, right)) continue;
            waiting[count++] = right;
            waiting[count++] = left;
        }
    }

    void build(int threads) {
        constexpr std::int32_t kSmall = 8192;
        std::vector<Range> waiting{{0, static_cast<std::int32_t>(parts.size()), 0, 0}};
        std::mutex mutex;
        std::condition_variable changed;
        int busy = 0;
        // Ranges that are small enough are not worth handing on.
        const auto work = [&] {
            std::unique_lock lock(mutex);
            while (true) {
                changed.wait(lock, [&] { return !waiting.empty() || busy == 0; });
                if (waiting.empty()) return;
                const Range range = waiting.back();
                waiting.pop_back();
                ++busy;
                lock.unlock();
                Range left, right;
                bool opened = false;
                if (range.size() <= kSmall)
                    build_alone(range);
                else
                    opened = open(range, left, right);
                lock.lock();
                --busy;
                if (opened) waiting.push_back(right), waiting.push_back(left);
                changed.notify_all();
            }
        };
        waiting.reserve(parts.size() / kSmall * 2 + 64);
        side_by_side(std::min(static_cast<std::size_t>(threads), parts.size() / kSmall + 1), work);
    }
};

// The faces as parts.
inline std::vector<Part> parts(const double* vertices, const std::int32_t* faces, std::size_t face_count, int threads) {
    const auto corner = [=](std::size_t f, std::size_t k) {
        return load(vertices + 3 * static_cast<std::size_t>(faces[3 * f + k]));
    };
    Bounds all;
    for (std::size_t f = 0; f < face_count; ++f)
        for (std::size_t k = 0; k < 3; ++k) all.add(corner(f, k));
    const Vec3 extent = all.high - all.low, middle = all.low + 0.5 * extent;
    const double largest = std::max({extent.x, extent.y, extent.z}), inverse = 1 / largest;
    const double scale = std::isfinite(inverse) ? inverse : 0;
    std::vector<Part> out(face_count);
    in_pieces(face_count, 16384, threads, [&, scale](std::size_t begin, std::size_t end) {
        for (std::size_t f = begin; f < end; ++f) {
            Bounds bounds;
            for (std::size_t k = 0; k < 3; ++k) bounds.add(scale * (corner(f, k) - middle));
            Part& part = out[f];
            for (int k = 0; k < 3; ++k) part.low[k] = static_cast<float>(bounds.low[k]);
            for (int k = 0; k < 3; ++k) part.high[k] = static_cast<float>(bounds.high[k]);
            part.low[3] = part.high[3] = 0;
            part.face = static_cast<std::int32_t>(f);
        }
    });
    return out;
}

inline bool comes_first(Vec3 a, Vec3 b) {
    return a.x != b.x ? a.x < b.x : a.y != b.y ? a.y < b.y : a.z < b.z;
}

// Takes the binary tree together: of a node's children the largest is opened until there are eight.
inline void collapse(const Builder& binary, Bvh& tree) {
    struct Item {
        std::int32_t slot, node;
    };
    const auto at = [&](std::int32_t slot) -> const BinaryNode& {
        return binary.nodes[static_cast<std::size_t>(slot)];
    };
    tree.children.assign(Bvh::kWidth, 0);
    const auto add_leaf = [&](const BinaryNode& node) {
        const auto leaf = static_cast<std::int32_t>(tree.leaves.size() / Bvh::kLeaf);
        for (std::int32_t i = 0; i < Bvh::kLeaf; ++i)
            tree.leaves.push_back(binary.parts[static_cast<std::size_t>(std::min(node.begin + i, node.end - 1))].face);
        return ~leaf;
    };
    if (at(0).is_leaf()) {
        tree.children[0] = add_leaf(at(0));
        return;
    }
    std::vector<Item> waiting{{0, 0}};
    while (!waiting.empty()) {
        const Item item = waiting.back();
        waiting.pop_back();
        std::int32_t open[Bvh::kWidth] = {item.slot + 1, at(item.slot).right};
        int count = 2;
        while (count < Bvh::kWidth) {
            int largest = -1;
            for (int i = 0; i < count; ++i)
                if (!at(open[i]).is_leaf() && (largest < 0 || at(open[i]).area > at(open[largest]).area)) largest = i;
            if (largest < 0) break;
            const std::int32_t slot = open[largest];
            open[largest] = slot + 1;
            open[count++] = at(slot).right;
        }
        for (int i = 0; i < count; ++i) {
            const std::size_t place = Bvh::kWidth * static_cast<std::size_t>(item.node) + static_cast<std::size_t>(i);
            if (at(open[i]).is_leaf()) {
                tree.children[place] = add_leaf(at(open[i]));
            } else {
                const auto node = static_cast<std::int32_t>(tree.nodes());
                tree.children[place] = node;
                tree.children.resize(tree.children.size() + Bvh::kWidth);
                waiting.push_back({open[i], node});
            }
        }
    }
}

// Copies the corners of the faces to the leaves.
inline void fill_corners(Bvh& tree, const double* vertices, const std::int32_t* faces, int threads) {
    constexpr auto kLeaf = static_cast<std::size_t>(Bvh::kLeaf);
    tree.corners.resize(9 * tree.leaves.size());
    in_pieces(tree.leaves.size(), 16384, threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const std::int32_t* face = faces + 3 * static_cast<std::size_t>(tree.leaves[i]);
            Vec3 p[3];
            // adding 0 leaves one zero of the two
            for (int k = 0; k < 3; ++k) p[k] = load(vertices + 3 * static_cast<std::size_t>(face[k])) + Vec3{};
            std::sort(p, p + 3, comes_first);
            double* to = tree.corners.data() + 9 * kLeaf * (i / kLeaf) + i % kLeaf;
            for (const Vec3 c : p)
                for (int axis = 0; axis < 3; ++axis, to += kLeaf) *to = c[axis];
        }
    });
}

// The boxes of all nodes, from the leaves up.
inline void fill_bounds(Bvh& tree) {
    tree.bounds.resize(6 * tree.children.size());
    for (std::size_t n = tree.nodes(); n-- > 0;) {
        const auto node = static_cast<std::int32_t>(n);
        for (int lane = 0; lane < Bvh::kWidth; ++lane) {
            const std::int32_t child = tree.children_of(node)[lane];
            Bounds bounds;
            if (child > 0) bounds = node_bounds(tree, child);
            for (int i = 0; child < 0 && i < Bvh::kLeaf; ++i) {
                const Triangle t = tree.triangle(static_cast<std::size_t>(~child), i);
                bounds.add(t.a), bounds.add(t.b), bounds.add(t.c);
            }
            double* to = tree.bounds.data() + 6 * Bvh::kWidth * n + lane;
            for (int axis = 0; axis < 3; ++axis) {
                to[axis * Bvh::kWidth] = bounds.low[axis];
                to[(3 + axis) * Bvh::kWidth] = bounds.high[axis];
            }
        }
    }
}

}  // namespace detail

// The tree of a mesh: vertices (v, 3), none farther than kFarthest along an axis, and faces (f, 3), indices in range.
// It does not depend on the number of threads.
inline Bvh build_bvh(const double* vertices, const std::int32_t* faces, std::size_t face_count, int threads) {
    Bvh tree;
    tree.children.assign(Bvh::kWidth, 0);
    if (face_count > 0) {
        detail::Builder builder;
        builder.parts = detail::parts(vertices, faces, face_count, threads);
        builder.nodes.resize(2 * face_count);
        builder.build(threads);
        detail::collapse(builder, tree);
    }
    detail::fill_corners(tree, vertices, faces, threads);
    detail::fill_bounds(tree);
    return tree;
}

// A tree from stored parts of it and the mesh, as for build_bvh. Nothing unless all of the parts is one tree of bounded
// depth that holds each leaf once and each face: then walking it ends, and finds what there is.
inline std::optional<Bvh> restore_bvh(std::vector<std::int32_t> children, std::vector<std::int32_t> leaves,
                                      const double* vertices, const std::int32_t* faces, std::size_t face_count,
                                      int threads) {
    Bvh tree;
    tree.children = std::move(children), tree.leaves = std::move(leaves);
    const std::size_t nodes = tree.nodes(), leaf_count = tree.leaves.size() / Bvh::kLeaf;
    if (nodes == 0 || nodes * Bvh::kWidth != tree.children.size()) return {};
    if (leaf_count * Bvh::kLeaf != tree.leaves.size()) return {};
    std::vector<int> depth(nodes);  // 0 where no parent was met yet
    std::vector<char> has_leaf(leaf_count), has_face(face_count);
    depth[0] = 1;
    for (std::size_t n = 0; n < nodes; ++n) {
        if (depth[n] == 0 || depth[n] > Bvh::kMostDepth) return {};
        for (int lane = 0; lane < Bvh::kWidth; ++lane) {
            const std::int32_t child = tree.children_of(static_cast<std::int32_t>(n))[lane];
            const auto c = static_cast<std::size_t>(child < 0 ? ~child : child);
            if (child < 0) {
                if (c >= leaf_count || has_leaf[c]) return {};
                has_leaf[c] = true;
            } else if (child > 0) {
                if (c <= n || c >= nodes || depth[c] != 0) return {};
                depth[c] = depth[n] + 1;
            }
        }
    }
    for (const std::int32_t face : tree.leaves) {
        if (face < 0 || static_cast<std::size_t>(face) >= face_count) return {};
        has_face[static_cast<std::size_t>(face)] = true;
    }
    for (const auto& has : {has_leaf, has_face})
        if (!std::all_of(has.begin(), has.end(), [](char c) { return c; })) return {};
    detail::fill_corners(tree, vertices, faces, threads);
    detail::fill_bounds(tree);
    return tree;
}

}  // namespace spatialkit
