#include <vector>

#include "check.hpp"

using namespace spatialkit;

namespace {

void pixel_centres_are_at_integers() {
    const Camera camera{100, 100, 0, 0, 4, 3};
    const Pixel p = project(camera, {0, 0, 2});
    CHECK(p.u == 0 && p.v == 0);
    CHECK(in_image(camera, {-0.5, -0.5}));
    CHECK(!in_image(camera, {3.5, 0}) && !in_image(camera, {0, 2.5}) && !in_image(camera, {-0.51, 0}));
    CHECK(nearest(3.4999999999999996, 4) == 3 && nearest(-0.5, 4) == 0 && nearest(0.49, 4) == 0);
}

void unprojection_inverts_projection() {
    test::Random random{1};
    for (int i = 0; i < 1000; ++i) {
        const Pose pose = random.pose(1e4);
        const double z = random.uniform(0.1, 20);
        const Pixel pixel{random.uniform(-0.5, 639.5), random.uniform(-0.5, 479.5)};
        const Vec3 world = to_world(pose, unproject(test::kCamera, pixel, z));
        const Pixel again = project(test::kCamera, to_local(pose, world));
        CHECK_NEAR(again.u, pixel.u, 1e-6);
        CHECK_NEAR(again.v, pixel.v, 1e-6);
    }
}

void single_precision_loses_nothing_far_from_the_origin() {
    const Pose pose{{}, {32768.912109375, 524288.90625, -70000.03}};
    const float points[] = {32769.5f, 524290.0f, -69997.0f};
    float out[3];
    CHECK(project_points(points, 1, Layout::kRows, test::kCamera, pose, 0, out, nullptr));
    const Pixel exact = project(test::kCamera, to_local(pose, load(points)));
    CHECK_NEAR(static_cast<double>(out[0]), exact.u, 1e-3);
    CHECK_NEAR(static_cast<double>(out[1]), exact.v, 1e-3);
}

void what_is_not_ahead_has_no_pixel() {
    const double points[] = {0, 0, 0, 1, 2, -3, 1, 2, 3};
    double out[9];
    bool inside[3];
    CHECK(project_points(points, 3, Layout::kRows, test::kCamera, Pose{}, 0.05, out, inside));
    CHECK(std::isnan(out[0]) && std::isnan(out[1]) && out[2] == 0);
    CHECK(std::isnan(out[3]) && out[5] == -3);
    CHECK(out[8] == 3 && std::isfinite(out[6]));
    CHECK(!inside[0] && !inside[1] && inside[2] == in_image(test::kCamera, {out[6], out[7]}));
    const float depth[] = {0, 2};
    float world[6];
    unproject_depth(depth, Camera{1, 1, 0, 0, 2, 1}, Pose{}, world);
    CHECK(std::isnan(world[0]) && std::isnan(world[2]) && world[3] == 2 && world[5] == 2);
}

void finite_is_noticed_in_every_place() {
    for (std::size_t n = 0; n < 40; ++n) {
        std::vector<float> single(n, 1e38f);
        std::vector<double> real(n, -1e308);
        CHECK(all_finite(single.data(), n) && all_finite(real.data(), n));
        for (std::size_t i = 0; i < n; ++i) {
            single[i] = std::numeric_limits<float>::infinity();
            real[i] = kNaN;
            CHECK(!all_finite(single.data(), n) && !all_finite(real.data(), n));
            single[i] = 0, real[i] = 0;
        }
    }
}

}  // namespace

int main() {
    pixel_centres_are_at_integers();
    unprojection_inverts_projection();
    single_precision_loses_nothing_far_from_the_origin();
    what_is_not_ahead_has_no_pixel();
    finite_is_noticed_in_every_place();
    return failures != 0;
}
