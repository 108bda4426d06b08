#include <array>
#include <vector>

#include "check.hpp"

using namespace spatialkit;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Mesh {
    std::vector<double> vertices;
    std::vector<std::int32_t> faces;

    std::int32_t add(Vec3 p) {
        vertices.insert(vertices.end(), {p.x, p.y, p.z});
        return static_cast<std::int32_t>(vertices.size() / 3) - 1;
    }
    void add(Vec3 a, Vec3 b, Vec3 c) { faces.insert(faces.end(), {add(a), add(b), add(c)}); }
    std::size_t size() const { return faces.size() / 3; }
    Triangle triangle(std::size_t f) const {
        const auto corner = [&](std::size_t k) {
            return load(vertices.data() + 3 * static_cast<std::size_t>(faces[3 * f + k]));
        };
        return {corner(0), corner(1), corner(2)};
    }
    Bvh tree(int threads = 1) const { return build_bvh(vertices.data(), faces.data(), size(), threads); }
};

Mesh soup(test::Random& random, int count, double reach = 2) {
    Mesh mesh;
    for (int i = 0; i < count; ++i) {
        const Vec3 at = random.point(reach);
        const double size = std::exp(random.uniform(-4, 1));
        mesh.add(at, at + random.point(size), at + random.point(size));
    }
    return mesh;
}

struct Hit {
    double t;
    std::int32_t face;
};

Hit nearest(const Bvh& tree, Vec3 origin, Vec3 direction) {
    const double o[] = {origin.x, origin.y, origin.z}, d[] = {direction.x, direction.y, direction.z};
    Hit hit;
    nearest_hit(tree, {o, d}, 0, 1, &hit.t, &hit.face);
    return hit;
}

bool any(const Bvh& tree, Vec3 origin, Vec3 direction, double lower = 0, double upper = kInfinity) {
    const double o[] = {origin.x, origin.y, origin.z}, d[] = {direction.x, direction.y, direction.z};
    bool hit;
    any_hit(tree, {o, d}, &lower, &upper, 0, 1, &hit);
    return hit;
}

struct Foot {
    Vec3 point;
    double distance;
    std::int32_t face;
};

Foot closest(const Bvh& tree, Vec3 p) {
    const double at[] = {p.x, p.y, p.z};
    double on[3];
    Foot foot;
    closest_point(tree, at, 0, 1, on, &foot.distance, &foot.face);
    foot.point = load(on);
    return foot;
}

// The tree finds what asking every triangle finds, to the last bit.
void the_tree_leaves_nothing_out() {
    test::Random random{20};
    for (const int count : {1, 4, 5, 37, 800}) {
        const Mesh mesh = soup(random, count);
        const Bvh tree = mesh.tree();
        int hits = 0;
        for (int i = 0; i < 300; ++i) {
            const Vec3 origin = random.point(3), direction = random.point(1);
            const Ray r = ray(origin, direction);
            Hit expected{kInfinity, -1};
            double nearest_squared = kInfinity;
            std::int32_t nearest_face = -1;
            for (std::size_t f = 0; f < mesh.size(); ++f) {
                Triangle t = mesh.triangle(f);
                if (detail::comes_first(t.b, t.a)) std::swap(t.a, t.b);
                if (detail::comes_first(t.c, t.a)) std::swap(t.a, t.c);
                if (detail::comes_first(t.c, t.b)) std::swap(t.b, t.c);
                double along;
                if (meets(r, t, along) && along >= 0 && along / r.speed < expected.t)
                    expected = {along / r.speed, static_cast<std::int32_t>(f)};
                const double squared = detail::squared(nearest_on(detail::moved(t, -1 * origin)));
                if (squared < nearest_squared) nearest_squared = squared, nearest_face = static_cast<std::int32_t>(f);
            }
            const Hit found = nearest(tree, origin, direction);
            CHECK(found.t == expected.t && found.face == expected.face);
            CHECK(any(tree, origin, direction) == (found.face >= 0));
            const Foot foot = closest(tree, origin);
            CHECK(foot.distance == std::sqrt(nearest_squared) && foot.face == nearest_face);
            hits += found.face >= 0;
        }
        CHECK(hits > 0 || count < 37);
    }
}

void the_tree_is_the_same_for_any_number_of_threads() {
    test::Random random{21};
    const Mesh mesh = soup(random, 50000);
    const Bvh one = mesh.tree(1);
    for (const int threads : {2, 5}) {
        const Bvh several = mesh.tree(threads);
        CHECK(several.children == one.children && several.leaves == one.leaves);
        CHECK(several.bounds == one.bounds && several.corners == one.corners);
    }
}

// A fan of slivers around a point, seen along axes and diagonals: rays to its corners and edges meet it.
void no_ray_passes_between_faces() {
    test::Random random{22};
    for (int round = 0; round < 200; ++round) {
        const Pose pose = random.pose(round % 2 == 0 ? 1 : 1e5);
        const int spokes = 3 + static_cast<int>(random.bits() % 60);
        Mesh mesh;
        const std::int32_t hub = mesh.add(to_world(pose, {0.2, 0.1, 0}));
        for (int k = 0; k < spokes; ++k) {
            const double angle = 2 * 3.14159265358979 * k / spokes;
            mesh.add(to_world(pose, {std::cos(angle), std::sin(angle), random.uniform(-0.1, 0.1)}));
        }
        for (int k = 0; k < spokes; ++k) mesh.faces.insert(mesh.faces.end(), {hub, 1 + k, 1 + (k + 1) % spokes});
        const Bvh tree = mesh.tree();
        const Vec3 eye = to_world(pose, {0.1, 0.2, 5});
        for (std::size_t k = 0; k < static_cast<std::size_t>(spokes); ++k) {
            const Triangle t = mesh.triangle(k);
            for (const double share : {0.0, 1e-16, 1e-9, 0.25, 0.5, 0.7}) {
                const Vec3 target = t.a + share * (t.b - t.a);
                CHECK(nearest(tree, eye, target - eye).face >= 0);
                CHECK(any(tree, eye, target - eye, 0.9, 1.1));
            }
        }
    }
}

void known_gaps() {
    const Triangle base{{0, 0, 0}, {1, 0, 0}, {0, 1, 0}};
    const auto at = [&](const Triangle& t) { return std::sqrt(gap(base, t).squared); };
    CHECK(at(base) == 0);
    CHECK(at({{0.2, 0.2, 3}, {1, 0, 3}, {0, 1, 4}}) == 3);
    CHECK(at({{0.2, 0.2, -1}, {0.2, 0.2, 1}, {0.3, 0.3, 1}}) == 0);  // through it
    CHECK(at({{1, 0, 0}, {2, 0, 0}, {2, 1, 1}}) == 0);               // a corner in common
    CHECK(at({{0.1, 0.1, 0}, {0.2, 0.1, 0}, {0.1, 0.2, 0}}) == 0);   // within it
    CHECK_NEAR(at({{-1, -1, 1}, {2, -1, 1}, {2, -1, 5}}), std::sqrt(2.0), 1e-15);
    CHECK_NEAR(at({{0.5, -1, 0.25}, {0.5, -1, 5}, {0.5, 2, 0.25}}), 0.25, 1e-15);
    CHECK_NEAR(at({{5, 0, 0}, {5, 0, 0}, {5, 0, 0}}), 4, 1e-15);  // a point
    // Two edges that pass each other, nearly parallel.
    for (const double tilt : {1e-3, 1e-5, 1e-7})
        CHECK_NEAR(at({{-5, -0.5 - tilt, 0}, {6, -0.5 + tilt, 0}, {0, -3, 0}}), 0.5 - tilt / 11, tilt * tilt);
}

void gaps_of_meshes_are_those_of_their_triangles() {
    test::Random random{23};
    for (int round = 0; round < 60; ++round) {
        const Mesh a = soup(random, 1 + round, 1);
        Mesh b = soup(random, 20, 1);
        for (std::size_t i = 0; i < b.vertices.size(); i += 3) b.vertices[i] += round % 6;
        double least = kInfinity;
        for (std::size_t i = 0; i < a.size(); ++i)
            for (std::size_t k = 0; k < b.size(); ++k)
                least = std::min(least, gap(a.triangle(i), b.triangle(k)).squared);
        const Bvh tree_a = a.tree(), tree_b = b.tree();
        const Gap found = gap(tree_a, tree_b), back = gap(tree_b, tree_a);
        CHECK_NEAR(std::sqrt(found.squared), std::sqrt(least), 1e-14);
        CHECK(found.squared == back.squared && found.on_a == back.on_b);
        CHECK_NEAR(closest(tree_a, found.on_a).distance, 0, 1e-14);
        CHECK_NEAR(closest(tree_b, found.on_b).distance, 0, 1e-14);
    }
}

void nothing_is_met_of_nothing() {
    const Bvh tree = Mesh{}.tree();
    CHECK(nearest(tree, {}, {0, 0, 1}).face == -1 && !any(tree, {}, {0, 0, 1}));
    CHECK(closest(tree, {}).face == -1 && std::isinf(closest(tree, {}).distance));
    CHECK(std::isinf(gap(tree, tree).squared));
}

void hostile_meshes_are_no_deeper() {
    test::Random random{24};
    std::array<Mesh, 4> meshes;
    const Vec3 a{1, 2, 3};
    double scale = 1e-40;
    for (int i = 0; i < 20000; ++i, scale *= 1.01) {
        meshes[0].add(a, a, a);
        meshes[1].add(a, {2, 3, 3}, {2, 2, 2});
        meshes[2].add(scale * a, scale * Vec3{2, 3, 3}, scale * Vec3{2, 2, 2});
        meshes[3].add(random.point(1e50), random.point(1e-50), random.point(1));
    }
    for (const Mesh& mesh : meshes) {
        const Bvh tree = mesh.tree(2);
        for (int i = 0; i < 20; ++i) {
            const Vec3 p = random.point(5);
            const Hit hit = nearest(tree, p, random.point(1));
            CHECK(hit.face < 0 || std::isfinite(hit.t));
            CHECK(std::isfinite(closest(tree, p).distance));
        }
        CHECK(restore_bvh(tree.children, tree.leaves, mesh.vertices.data(), mesh.faces.data(), mesh.size(), 1));
    }
    CHECK(closest(meshes[1].tree(), {0, 0, 0}).face == 0);
    CHECK(nearest(meshes[1].tree(), {1.6, 2.3, 9}, {0, 0, -1}).face == 0);
}

void damaged_trees_are_refused() {
    test::Random random{25};
    const Mesh mesh = soup(random, 100);
    const Bvh tree = mesh.tree();
    const auto restored = [&](std::vector<std::int32_t> children, std::vector<std::int32_t> leaves) {
        return restore_bvh(std::move(children), std::move(leaves), mesh.vertices.data(), mesh.faces.data(), mesh.size(),
                           1);
    };
    const auto whole = restored(tree.children, tree.leaves);
    CHECK(whole && whole->bounds == tree.bounds && whole->corners == tree.corners);
    CHECK(!restored({}, tree.leaves) && !restored(tree.children, {}));
    int kept = 0;
    for (int i = 0; i < 3000; ++i) {
        std::vector<std::int32_t> children = tree.children, leaves = tree.leaves;
        const auto value = static_cast<std::int32_t>(random.bits() % 40) - 20;
        auto& part = i % 2 == 0 ? children : leaves;
        part[random.bits() % part.size()] = i % 7 == 0 ? std::numeric_limits<std::int32_t>::min() : value;
        const auto damaged = restored(children, leaves);
        if (!damaged) continue;
        ++kept;
        const Vec3 origin = random.point(3), direction = random.point(1);
        CHECK(nearest(*damaged, origin, direction).t == nearest(tree, origin, direction).t);
    }
    CHECK(kept < 300);
}

}  // namespace

int main() {
    the_tree_leaves_nothing_out();
    the_tree_is_the_same_for_any_number_of_threads();
    no_ray_passes_between_faces();
    known_gaps();
    gaps_of_meshes_are_those_of_their_triangles();
    nothing_is_met_of_nothing();
    hostile_meshes_are_no_deeper();
    damaged_trees_are_refused();
    return failures != 0;
}
