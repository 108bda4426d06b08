#include <vector>

#include "check.hpp"

using namespace spatialkit;

namespace {

const Camera kSmall{10, 10, 4, 4, 9, 9};

struct Flat {
    std::vector<float> depth;
    explicit Flat(float d) : depth(81, d) {}
    DepthBuffer buffer(const std::int64_t* instances = nullptr) const { return {depth.data(), instances, kSmall}; }
};

bool sees(const DepthBuffer& buffer, Vec3 p, Tolerance tolerance) {
    const double point[] = {p.x, p.y, p.z};
    bool visible = true;
    visible_points(point, 1, Layout::kRows, buffer, Pose{}, tolerance, 0.05, &visible);
    return visible;
}

void tolerance_grows_with_depth_and_slope() {
    Flat wall(2);
    CHECK(sees(wall.buffer(), {0, 0, 2.019}, {0.02, 0}));
    CHECK(!sees(wall.buffer(), {0, 0, 2.021}, {0.02, 0}));
    CHECK(!sees(wall.buffer(), {0, 0, 1.979}, {0.02, 0}));
    CHECK(sees(wall.buffer(), {0, 0, 2.05}, {0.01, 0.01}));
    for (int y = 0; y < 9; ++y)
        for (int x = 0; x < 9; ++x)
            wall.depth[static_cast<std::size_t>(9 * y + x)] = 2 + 0.1f * static_cast<float>(x - 4);
    CHECK(sees(wall.buffer(), {0, 0, 2.055}, {0.01, 0}));
    CHECK(!sees(wall.buffer(), {0, 0, 2.065}, {0.01, 0}));
}

void a_depth_edge_is_no_slope() {
    Flat wall(2);
    for (int y = 0; y < 9; ++y)
        for (int x = 5; x < 9; ++x) wall.depth[static_cast<std::size_t>(9 * y + x)] = 9;
    CHECK(!sees(wall.buffer(), {0, 0, 2.02}, {0.01, 0}));
}

void no_reading_sees_nothing() {
    const Flat hole(0);
    CHECK(!sees(hole.buffer(), {0, 0, 0.06}, {10, 10}));
    const Flat wall(2);
    CHECK(!sees(wall.buffer(), {0, 0, -2}, {10, 10}));
    CHECK(!sees(wall.buffer(), {5, 0, 2}, {10, 10}));
    CHECK(!sees(wall.buffer(), {kNaN, 0, 2}, {10, 10}));
    CHECK(!sees(wall.buffer(), {0, 0, kNaN}, {10, 10}));
}

void a_hole_is_filled_by_its_nearest_neighbour() {
    Flat wall(2);
    for (int y = 0; y < 9; ++y)
        for (int x = 5; x < 9; ++x) wall.depth[static_cast<std::size_t>(9 * y + x)] = 9;  // right of the hole
    wall.depth[9 * 4 + 4] = 0;
    CHECK(sees(wall.buffer(), {-0.02, 0, 2}, {0.01, 0}));
    CHECK(!sees(wall.buffer(), {0.02, 0, 2}, {0.01, 0}));
    CHECK(sees(wall.buffer(), {0.02, 0.04, 2}, {0.01, 0}));
    Match match;
    CHECK(matches_depth(wall.buffer(), {0.01, 0}, project(wall.buffer().camera, {0.02, 0.04, 2}), 2, match));
    CHECK(!match.nearest && match.y == 5);
}

// Point by point, with all five readings.
template <class T>
bool sees_directly(const T* point, const DepthBuffer& buffer, const Pose& pose, Tolerance tolerance, double near_z) {
    T uvz[3];
    bool inside;
    project_points(point, 1, Layout::kRows, buffer.camera, pose, near_z, uvz, &inside);
    if (!inside) return false;
    std::int32_t found;
    detail::agreement<T>(buffer, tolerance, {uvz, uvz + 1, uvz + 2}, 1, &found);
    Match match;
    const Pixel pixel{static_cast<double>(uvz[0]), static_cast<double>(uvz[1])};
    return found == detail::kVisible ||
           (found == detail::kOpen && matches_depth(buffer, tolerance, pixel, static_cast<double>(uvz[2]), match));
}

// Images of all shapes with holes and readings without bounds; points at, before and behind them, and on borders.
template <class T>
void few_readings_say_what_all_five_do() {
    test::Random random{21};
    const double odd[] = {0, 0, 1e-30, 1e30, std::numeric_limits<double>::infinity()};
    const auto some = [&](std::size_t n) { return static_cast<std::size_t>(random.bits() % n); };
    int seen = 0, missed = 0;
    for (int round = 0; round < 1500; ++round) {
        const int width = 1 + static_cast<int>(some(round % 3 == 0 ? 3 : 40)), height = 1 + static_cast<int>(some(9));
        const Camera camera{random.uniform(1, 30),
                            random.uniform(1, 30),
                            random.uniform(0, width),
                            random.uniform(0, height),
                            width,
                            height};
        const std::size_t pixels = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
        std::vector<float> depth(pixels);
        const double rough = round % 2 == 0 ? 0.02 : 2;
        for (float& d : depth) d = static_cast<float>(some(8) == 0 ? odd[some(5)] : 2 + random.uniform(0, rough));
        const DepthBuffer buffer{depth.data(), nullptr, camera};
        const Pose pose = round % 4 == 0 ? Pose{} : random.pose(3);
        const Tolerance tolerance{some(3) == 0 ? 0 : random.uniform(0, 0.05), some(3) == 0 ? 0 : 0.004};
        const std::size_t count = 1 + some(600);
        std::vector<T> points(3 * count);
        for (std::size_t i = 0; i < count; ++i) {
            const bool whole = some(4) == 0;
            const double u = random.uniform(-2, width + 1), v = random.uniform(-2, height + 1);
            const Pixel at{whole ? std::round(u) - 0.5 : u, whole ? std::round(v) : v};
            const double z = some(3) == 0 ? random.uniform(-1, 9) : 2 + random.uniform(-0.03, rough + 0.03);
            const Vec3 p = to_world(pose, unproject(camera, at, z));
            for (std::size_t k = 0; k < 3; ++k) points[3 * i + k] = static_cast<T>(p[static_cast<int>(k)]);
            if (some(200) == 0) points[3 * i + some(3)] = static_cast<T>(some(2) == 0 ? kNaN : 1e30);
        }
        bool visible[600];
        visible_points(points.data(), count, Layout::kRows, buffer, pose, tolerance, 0.05, visible);
        for (std::size_t i = 0; i < count; ++i) {
            const bool expected = sees_directly(points.data() + 3 * i, buffer, pose, tolerance, 0.05);
            CHECK(visible[i] == expected);
            expected ? ++seen : ++missed;
        }
    }
    CHECK(seen > 20000 && missed > 20000);
}

struct Observed {
    std::vector<std::uint8_t> seen;
    std::vector<double> area, pixels, rect, anchor;
};

Observed observe(const std::vector<float>& points, const std::vector<std::int32_t>& owners, const DepthBuffer& buffer,
                 const std::vector<std::int64_t>& ids, const std::vector<double>& targets) {
    const std::size_t p = owners.size(), n = ids.size();
    const std::vector<float> normals(3 * p, 0.0f), areas(p, 0.01f);
    Observed out{std::vector<std::uint8_t>((p + 7) / 8), std::vector<double>(n), std::vector<double>(n),
                 std::vector<double>(4 * n), std::vector<double>(2 * n)};
    observe_frame({points.data(), normals.data(), areas.data(), owners.data(), p}, {ids.data(), targets.data(), n},
                  kSmall, Pose{}, buffer, {0.01, 0}, 0.05,
                  {out.seen.data(), out.area.data(), out.pixels.data(), out.rect.data(), out.anchor.data()});
    return out;
}

void a_frame_is_tallied_by_object() {
    const Flat wall(2);
    const std::vector<float> points = {0, 0, 2, 0.2f, 0, 2, 0, 0, 3, -0.4f, 0.2f, 2};
    const Observed out = observe(points, {0, 0, 0, -1}, wall.buffer(), {7, 8}, {0.3, 0, 2, 0, 0, 2});
    CHECK(out.seen[0] == 0b1011);
    CHECK_NEAR(out.area[0], 0.02, 1e-9);
    CHECK_NEAR(out.pixels[0], 2 * 0.01 * 100 / 4, 0.01);
    CHECK_NEAR(out.rect[0], 4, 1e-6);
    CHECK_NEAR(out.rect[2], 5, 1e-6);
    CHECK_NEAR(out.anchor[0], 5, 1e-6);
    CHECK(out.area[1] == 0 && std::isnan(out.rect[4]) && std::isnan(out.anchor[2]));
}

void instance_ids_decide_with_depth() {
    const Flat wall(2);
    std::vector<std::int64_t> ids(81, 7);
    ids[9 * 4 + 5] = 8;
    const std::vector<float> points = {0, 0, 2, 0.2f, 0, 2, -0.4f, 0, 2};
    const Observed out = observe(points, {0, 0, 0}, wall.buffer(ids.data()), {7}, {0.1, 0, 2});
    CHECK(out.seen[0] == 0b101);
    CHECK_NEAR(out.anchor[0], 2, 1e-6);  // pixel 4 is nearer to the target but has a neighbour of another object
}

void a_target_behind_the_camera_gives_the_middle() {
    const Flat wall(2);
    const std::vector<float> points = {-0.4f, 0, 2, 0, 0, 2, 0.4f, 0, 2};
    const Observed out = observe(points, {0, 0, 0}, wall.buffer(), {7}, {0, 0, -1});
    CHECK_NEAR(out.anchor[0], 4, 1e-6);
}

}  // namespace

int main() {
    tolerance_grows_with_depth_and_slope();
    a_depth_edge_is_no_slope();
    no_reading_sees_nothing();
    a_hole_is_filled_by_its_nearest_neighbour();
    few_readings_say_what_all_five_do<double>();
    few_readings_say_what_all_five_do<float>();
    a_frame_is_tallied_by_object();
    instance_ids_decide_with_depth();
    a_target_behind_the_camera_gives_the_middle();
    return failures != 0;
}
