#include <utility>
#include <vector>

#include "check.hpp"

using namespace spatialkit;

namespace {

Box at(Vec3 centre, Vec3 half, Rotation rotation = {}) {
    return {{rotation, centre}, half};
}

Rotation about_z(double angle) {
    return {{std::cos(angle), std::sin(angle), 0}, {-std::sin(angle), std::cos(angle), 0}, {0, 0, 1}};
}

void known_overlaps() {
    const Box cube = at({0, 0, 0}, {1, 1, 1});
    CHECK_NEAR(box_iou(cube, cube), 1, 1e-15);
    CHECK_NEAR(box_iou(cube, at({1, 0, 0}, {1, 1, 1})), 1.0 / 3, 1e-15);
    CHECK(box_iou(cube, at({2, 0, 0}, {1, 1, 1})) == 0);
    CHECK(box_iou(cube, at({5, 0, 0}, {1, 1, 1})) == 0);
    CHECK_NEAR(box_iou(cube, at({0.5, 0, 0}, {0.5, 1, 1})), 0.5, 1e-15);
    CHECK_NEAR(box_iou(cube, at({0.1, 0.2, 0}, {0.2, 0.3, 0.4}, about_z(0.3))), 0.024, 1e-15);
    // A square turned by 45 degrees shares an octagon: 8 (sqrt 2 - 1) of 4.
    const double shared = 2 * 8 * (std::sqrt(2.0) - 1);
    CHECK_NEAR(box_iou(cube, at({0, 0, 0}, {1, 1, 1}, about_z(std::atan(1.0)))), shared / (16 - shared), 1e-14);
}

void boxes_without_volume_share_none() {
    const Box flat = at({0, 0, 0}, {1, 1, 0});
    CHECK(box_iou(flat, flat) == 0);
    CHECK(box_iou(flat, at({0, 0, 0}, {1, 1, 1})) == 0);
    CHECK(box_iou(at({0, 0, 0}, {0, 0, 0}), at({0, 0, 0}, {0, 0, 0})) == 0);
}

// A copy moved and turned by less and less comes nearer and nearer to 1, without jumps.
void near_duplicates_are_near_one() {
    test::Random random{6};
    for (int i = 0; i < 3000; ++i) {
        Box a = random.box(5, 1);
        a.half = a.half + Vec3{0.05, 0.05, 0.05};
        for (double step = 1e-3; step > 1e-17; step *= 0.1) {
            Box b = a;
            b.pose.origin = b.pose.origin + random.point(step);
            const double iou = box_iou(a, b), least = 1 - 2 * step * 3 / 0.05 - 1e-12;
            CHECK(iou <= 1 && iou >= least);
        }
    }
}

void overlap_is_symmetric_and_additive() {
    test::Random random{7};
    for (int i = 0; i < 3000; ++i) {
        const Box a = random.box(1, 1), b = random.box(1, 1);
        CHECK(box_iou(a, b) == box_iou(b, a));
        CHECK(box_distance(a, b) == box_distance(b, a));
        // What a shares with b is what it shares with the two halves of b.
        Box left = b, right = b;
        left.half.x = right.half.x = b.half.x / 2;
        left.pose.origin = b.pose.origin - b.half.x / 2 * b.pose.world_from_local.axis_x;
        right.pose.origin = b.pose.origin + b.half.x / 2 * b.pose.world_from_local.axis_x;
        CHECK_NEAR(intersection_volume(a, left) + intersection_volume(a, right), intersection_volume(a, b), 1e-13);
    }
}

// A tetrahedron, a pyramid and a prism of a cube, whose volumes a pencil finds; in each the cube has the first place
// and the second, and each axis is once that along which the flux is taken.
void pieces_of_a_cube() {
    const double third = 1 / std::sqrt(3.0), half = std::sqrt(0.5), sixth = 1 / std::sqrt(6.0);
    const Rotation to_corner{{half, -half, 0}, {sixth, sixth, -2 * sixth}, {third, third, third}};
    const Rotation to_edge{{0, 0, 1}, {half, -half, 0}, {half, half, 0}};
    for (int axis = 0; axis < 3; ++axis) {
        Box cube = at({0, 0, 0}, {1, 1, 1});
        const auto beyond = [&](const Rotation& turn, double offset) {
            Box cut = at((offset + 4) * turn.axis_z, {4, 4, 4}, turn);
            if (axis == 1) cut.pose.world_from_local = {turn.axis_y, turn.axis_z, turn.axis_x};
            if (axis == 2) cut.pose.world_from_local = {turn.axis_z, turn.axis_x, turn.axis_y};
            CHECK(intersection_volume(cut, cube) == intersection_volume(cube, cut));
            return intersection_volume(cube, cut);
        };
        CHECK_NEAR(beyond(to_corner, 2 * third), 1.0 / 6, 1e-13);  // x + y + z >= 2
        CHECK_NEAR(beyond(to_corner, 0), 4, 1e-13);
        CHECK_NEAR(beyond(to_edge, half), 1, 1e-13);  // x + y >= 1
        CHECK(beyond(to_corner, 3.001 * third) == 0 && beyond(to_edge, 2.001 * half) == 0);
        CHECK(beyond(to_corner, -3.001 * third) == 8 && beyond(to_edge, -2.001 * half) == 8);
    }
}

// Crossed edges keep these apart, no face does.
void crossed_edges_keep_boxes_apart() {
    const double half = std::sqrt(0.5);
    const Rotation about_x{{1, 0, 0}, {0, half, half}, {0, -half, half}};
    const Rotation about_y{{half, 0, -half}, {0, 1, 0}, {half, 0, half}};
    for (const double gap : {1e-9, 0.01, 0.3}) {
        const Box below = at({0, 0, 0}, {1, 1, 1}, about_x),
                  above = at({0, 0, 2 * std::sqrt(2.0) + gap}, {1, 1, 1}, about_y);
        CHECK(intersection_volume(below, above) == 0);
        CHECK_NEAR(box_distance(below, above), gap, 1e-14);
    }
}

void arrays_are_as_single_pairs() {
    test::Random random{9};
    std::vector<double> centres, sizes, rotations;
    for (int i = 0; i < 23; ++i) {
        Box box = random.box(0.7, 1);
        if (i % 5 == 1) box.pose.world_from_local = about_z(i);
        if (i % 5 == 2) box.half.y = 0;
        if (i % 5 == 3) box.pose.origin = random.point(3);
        const Rotation& r = box.pose.world_from_local;
        for (int k = 0; k < 3; ++k) {
            centres.push_back(box.pose.origin[k]), sizes.push_back(2 * box.half[k]);
            for (int axis = 0; axis < 3; ++axis) rotations.push_back(r.axis(axis)[k]);
        }
    }
    const BoxArrays all{centres.data(), sizes.data(), rotations.data(), 23};
    for (std::size_t count : {0u, 1u, 2u, 3u, 9u, 23u}) {
        std::vector<double> ious(23 * count);
        box_iou(all, all.part(0, count), ious.data());
        for (std::size_t i = 0; i < 23; ++i)
            for (std::size_t k = 0; k < count; ++k) CHECK(ious[i * count + k] == box_iou(all[i], all[k]));
    }
}

void known_distances() {
    const Box cube = at({0, 0, 0}, {1, 1, 1});
    CHECK(box_distance(cube, cube) == 0 && box_distance(cube, at({2, 0, 0}, {1, 1, 1})) == 0);
    CHECK_NEAR(box_distance(cube, at({5, 0, 0}, {1, 1, 1})), 3, 1e-15);
    CHECK_NEAR(box_distance(cube, at({5, 5, 0}, {1, 1, 1})), 3 * std::sqrt(2.0), 1e-14);
    CHECK_NEAR(box_distance(cube, at({5, 5, 5}, {1, 1, 1})), 3 * std::sqrt(3.0), 1e-14);
    // A plate that passes through the cube, no corner of either in the other.
    CHECK(box_distance(cube, at({0, 0, 0}, {5, 5, 0.1})) == 0);
    CHECK(box_distance(cube, at({0, 0, 0}, {5, 0, 0}, about_z(0.4))) == 0);
    // Two rods across each other.
    CHECK_NEAR(box_distance(at({0, 0, 0}, {5, 0, 0}), at({0.3, 0, 0.7}, {0, 5, 0}, about_z(0.2))), 0.7, 1e-15);
    // Edge against edge.
    const double diagonal = std::sqrt(2.0);
    CHECK_NEAR(
        box_distance(cube, at({0, 0, 1 + diagonal + 0.25}, {1, 1, 1},
                              {{1, 0, 0}, {0, std::sqrt(0.5), std::sqrt(0.5)}, {0, -std::sqrt(0.5), std::sqrt(0.5)}})),
        0.25, 1e-14);
}

void overlapping_boxes_are_not_apart() {
    test::Random random{8};
    int apart = 0;
    for (int i = 0; i < 20000; ++i) {
        const Box a = random.box(1.2, 1), b = random.box(1.2, 1);
        const double shared = intersection_volume(a, b), distance = box_distance(a, b);
        if (shared > 1e-12) CHECK(distance == 0);
        if (distance > 0) {
            CHECK(shared <= 1e-15);
            ++apart;
        }
    }
    CHECK(apart > 1000);
}

void not_a_number_does_no_harm() {
    const Box bad = at({kNaN, 0, 0}, {1, 1, 1}), huge = at({0, 0, 0}, {1e308, 1e308, 1e308}), cube = at({}, {1, 1, 1});
    for (const auto& [a, b] : {std::pair{bad, cube}, {cube, bad}, {huge, cube}, {huge, huge}, {bad, bad}}) {
        box_iou(a, b);
        box_distance(a, b);
    }
}

void shared_bits() {
    // 11 samples, three frames.
    const std::uint8_t seen[] = {0b11111111, 0b111, 0b1111, 0, 0, 0};
    double share[9];
    shared_surface(seen, 3, 2, share);
    CHECK(share[0] == 1 && share[4] == 1 && share[8] == 0);
    CHECK(share[1] == 4.0 / 11 && share[3] == share[1] && share[2] == 0);
    shared_surface(seen, 3, 0, share);
    CHECK(share[0] == 0);
}

}  // namespace

int main() {
    known_overlaps();
    boxes_without_volume_share_none();
    near_duplicates_are_near_one();
    overlap_is_symmetric_and_additive();
    pieces_of_a_cube();
    crossed_edges_keep_boxes_apart();
    arrays_are_as_single_pairs();
    known_distances();
    overlapping_boxes_are_not_apart();
    not_a_number_does_no_harm();
    shared_bits();
    return failures != 0;
}
