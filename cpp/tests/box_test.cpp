#include <vector>

#include "check.hpp"

using namespace spatialkit;

namespace {

const Camera kSquare{100, 100, 50, 50, 101, 101};  // image from -0.5 to 100.5, its middle on the axis

Box cube(Vec3 centre, double half) {
    return {{Rotation{}, centre}, {half, half, half}};
}

void box_ahead_has_the_rectangle_of_its_corners() {
    Rect rect;
    CHECK(project_box(view_volume(kSquare, 0.05), kSquare, Pose{}, cube({0, 0, 5}, 1), rect));
    CHECK_NEAR(rect.x1, 25, 1e-12);
    CHECK_NEAR(rect.y2, 75, 1e-12);
}

void box_around_the_camera_fills_the_image() {
    Rect rect;
    CHECK(project_box(view_volume(kSquare, 0.05), kSquare, Pose{}, cube({0, 0, 0}, 1), rect));
    CHECK(rect.x1 == -0.5 && rect.y1 == -0.5 && rect.x2 == 100.5 && rect.y2 == 100.5);
}

void box_behind_or_beside_has_none() {
    Rect rect;
    CHECK(!project_box(view_volume(kSquare, 0.05), kSquare, Pose{}, cube({0, 0, -5}, 1), rect));
    CHECK(std::isnan(rect.x1) && std::isnan(rect.y2));
    CHECK(!project_box(view_volume(kSquare, 0.05), kSquare, Pose{}, cube({9, 0, 5}, 1), rect));
    CHECK(!project_box(view_volume(kSquare, 0.05), kSquare, Pose{}, cube({0, 0, 0}, 0.04), rect));
}

void floor_under_the_camera_reaches_the_lower_border() {
    // A slab 1.5 m below, from behind the camera to 10 m ahead.
    Rect rect;
    const Box slab{{Rotation{}, {0, 1.5, 0}}, {20, 0, 10}};
    CHECK(project_box(view_volume(kSquare, 0.05), kSquare, Pose{}, slab, rect));
    CHECK(rect.x1 == -0.5 && rect.x2 == 100.5 && rect.y2 == 100.5);
    CHECK_NEAR(rect.y1, 65, 1e-12);
}

// Points of the box that are in view lie in its rectangle, and the cull keeps the box.
void rectangles_hold_what_is_in_view() {
    test::Random random{2};
    int seen = 0;
    for (int i = 0; i < 2000; ++i) {
        const Pose pose = random.pose(2);
        const Box box = random.box(2, 2);
        const ViewVolume volume = view_volume(test::kCamera, 0.05);
        Rect rect;
        const bool valid = project_box(volume, test::kCamera, pose, box, rect);
        if (valid) CHECK(test::in_frustum(test::kCamera, pose, box));
        for (int k = 0; k < 200; ++k) {
            const Vec3 at{random.uniform(-1, 1) * box.half.x, random.uniform(-1, 1) * box.half.y,
                          random.uniform(-1, 1) * box.half.z};
            const Vec3 p = to_local(pose, to_world(box.pose, at));
            if (outside(volume, p) != 0) continue;
            ++seen;
            const Pixel pixel = project(test::kCamera, p);
            CHECK(valid);
            CHECK(pixel.u >= rect.x1 - 1e-9 && pixel.u <= rect.x2 + 1e-9);
            CHECK(pixel.v >= rect.y1 - 1e-9 && pixel.v <= rect.y2 + 1e-9);
        }
    }
    CHECK(seen > 10000);
}

void a_box_that_touches_the_volume_is_kept() {
    test::Random random{3};
    for (int i = 0; i < 20000; ++i) {
        // A corner exactly on a plane of the volume, up to rounding.
        const Pose pose = random.pose(100);
        Box box = random.box(0, 3);
        const double z = random.uniform(0.1, 50);
        const bool left = random.bits() % 2 == 0;
        const Vec3 on_border = unproject(test::kCamera, {left ? -0.5 : 639.5, random.uniform(0, 479)}, z);
        const int which = static_cast<int>(random.bits() % 8);
        box.pose.origin = to_world(pose, on_border) - rotate(box.pose.world_from_local, corner(box.half, which));
        CHECK(test::in_frustum(test::kCamera, pose, box));
    }
}

void not_a_number_is_not_in_view() {
    Rect rect;
    const Box bad = cube({kNaN, 0, 5}, 1), huge = cube({0, 0, 5}, 1e308);
    CHECK(!project_box(view_volume(kSquare, 0.05), kSquare, Pose{}, bad, rect));
    project_box(view_volume(kSquare, 0.05), kSquare, Pose{}, huge, rect);
}

void rotations_are_judged() {
    const double identity[] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    const double mirrored[] = {-1, 0, 0, 0, 1, 0, 0, 0, 1};
    const double stretched[] = {1.01, 0, 0, 0, 1, 0, 0, 0, 1};
    const double bad[] = {kNaN, 0, 0, 0, 1, 0, 0, 0, 1};
    CHECK(rotation_error(identity, 1) == 0 && rotation_error(identity, 0) == 0);
    CHECK(std::isinf(rotation_error(mirrored, 1)) && std::isinf(rotation_error(bad, 1)));
    CHECK_NEAR(rotation_error(stretched, 1), 0.0201, 1e-12);
}

// A box counts the same wherever it stands, and however many there are.
void boxes_are_judged_alike_alone_and_among_many() {
    test::Random random{14};
    constexpr std::size_t kCount = 27;
    std::vector<double> centres, sizes, turns;
    for (std::size_t i = 0; i < kCount; ++i) {
        const Box box = random.box(3, 2);
        const Vec3 c = box.pose.origin, x = box.pose.world_from_local.axis_x, y = box.pose.world_from_local.axis_y,
                   z = box.pose.world_from_local.axis_z;
        centres.insert(centres.end(), {c.x, c.y, c.z});
        sizes.insert(sizes.end(), {2 * box.half.x, 2 * box.half.y, 2 * box.half.z});
        turns.insert(turns.end(), {x.x, y.x, z.x, x.y, y.y, z.y, x.z, y.z, z.z});
    }
    const BoxArrays all{centres.data(), sizes.data(), turns.data(), kCount};
    const Pose pose = random.pose(3);
    bool kept[kCount + 1], alone;
    for (std::size_t count = 0; count <= kCount; ++count) {
        std::fill_n(kept, kCount + 1, true);
        boxes_in_frustum(all.part(0, count), test::kCamera, pose, 0.05, kept);
        CHECK(count == kCount || kept[count]);  // nothing is written beyond the last one
        double worst = 0;
        for (std::size_t i = 0; i < count; ++i) {
            boxes_in_frustum(all.part(i, i + 1), test::kCamera, pose, 0.05, &alone);
            CHECK(kept[i] == alone);
            worst = std::max(worst, rotation_error(turns.data() + 9 * i, 1));
        }
        CHECK(rotation_error(turns.data(), count) == worst);
    }
    for (std::size_t i = 0; i < 9 * kCount; ++i) {
        std::vector<double> bad = turns;
        bad[i] = i % 2 == 0 ? kNaN : 1e200;
        CHECK(std::isinf(rotation_error(bad.data(), kCount)));
    }
}

// Blocks that are left out at once hold no point of the box.
void points_of_a_box_are_in_it() {
    test::Random random{12};
    constexpr std::size_t kCount = 700;
    int in = 0;
    for (int round = 0; round < 200; ++round) {
        const Box box = random.box(3, 2);
        const Rotation& r = box.pose.world_from_local;
        const Vec3 c = box.pose.origin, h = box.half;
        const double centre[] = {c.x, c.y, c.z}, size[] = {2 * h.x, 2 * h.y, 2 * h.z};
        const double turn[] = {r.axis_x.x, r.axis_y.x, r.axis_z.x, r.axis_x.y, r.axis_y.y,
                               r.axis_z.y, r.axis_x.z, r.axis_y.z, r.axis_z.z};
        std::vector<double> points;
        for (std::size_t i = 0; i < kCount; ++i) {
            const Vec3 p = random.point(i % 3 == 0 ? 1 : 4);
            points.insert(points.end(), {p.x, p.y, p.z});
        }
        bool inside[kCount];
        points_in_boxes(points.data(), 0, kCount, {centre, size, turn, 1}, inside);
        for (std::size_t i = 0; i < kCount; ++i) {
            const Vec3 p = absolute(to_local(box.pose, load(points.data() + 3 * i)));
            CHECK(inside[i] == (p.x <= h.x && p.y <= h.y && p.z <= h.z));
            in += inside[i];
        }
    }
    CHECK(in > 1000);
}

}  // namespace

int main() {
    box_ahead_has_the_rectangle_of_its_corners();
    box_around_the_camera_fills_the_image();
    box_behind_or_beside_has_none();
    floor_under_the_camera_reaches_the_lower_border();
    rectangles_hold_what_is_in_view();
    a_box_that_touches_the_volume_is_kept();
    not_a_number_is_not_in_view();
    rotations_are_judged();
    boxes_are_judged_alike_alone_and_among_many();
    points_of_a_box_are_in_it();
    return failures != 0;
}
