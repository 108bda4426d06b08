// Every kernel once, on one input: what has to come out the same with every instruction set and in every thread.
#pragma once

#include <string>
#include <vector>

#include "check.hpp"

namespace test {

struct Result {
    std::string kernel;
    std::uint64_t digest;

    friend bool operator==(const Result&, const Result&) = default;
};

// Boxes as the arrays that kernels take.
struct Boxes {
    std::vector<double> centres, sizes, rotations;

    void add(const spatialkit::Box& box) {
        const spatialkit::Rotation& r = box.pose.world_from_local;
        centres.insert(centres.end(), {box.pose.origin.x, box.pose.origin.y, box.pose.origin.z});
        sizes.insert(sizes.end(), {2 * box.half.x, 2 * box.half.y, 2 * box.half.z});
        for (int k = 0; k < 3; ++k) rotations.insert(rotations.end(), {r.axis_x[k], r.axis_y[k], r.axis_z[k]});
    }
    std::size_t count() const { return centres.size() / 3; }
    spatialkit::BoxArrays arrays() const { return {centres.data(), sizes.data(), rotations.data(), count()}; }
};

// What the kernels read. Sizes are odd, so that loops over vectors have a rest; none is read in its whole only.
struct Input {
    static constexpr std::size_t kPoints = 20011, kBoxes = 61, kObjects = 20, kFrames = 17, kRows = 60, kColumns = 333;

    spatialkit::Camera camera{130, 131, 79.3, 61.7, 163, 121}, depth_camera{117, 118, 80.1, 59.2, 161, 119};
    spatialkit::Pose pose;
    std::vector<double> points, targets, pixel_targets;
    std::vector<float> single, normals, areas, depth, image_depth;
    std::vector<std::int32_t> faces, owners;
    std::vector<std::int64_t> ids, instances, image_instances;
    Boxes turned, upright;
    std::vector<std::uint8_t> seen, rows;

    explicit Input(std::uint64_t seed) {
        using namespace spatialkit;
        Random random{seed};
        pose = random.pose(1);
        for (std::size_t i = 0; i < 3 * kPoints; ++i) points.push_back(random.uniform(-4, 4));
        single.assign(points.begin(), points.end());
        for (std::size_t i = 0; i < kPoints; ++i) {
            const Vec3 n = random.rotation().axis_x;
            for (int k = 0; k < 3; ++k) normals.push_back(i % 9 == 0 ? 0 : static_cast<float>(n[k]));
            areas.push_back(static_cast<float>(random.uniform(0, 0.01)));
            owners.push_back(static_cast<std::int32_t>(i % (kObjects + 1)) - 1);
        }
        // A strip that is connected, and faces that reach across the image and behind the camera.
        for (std::int32_t i = 0; i < 9000; ++i) faces.insert(faces.end(), {i, i + 1, i + 2});
        for (int i = 0; i < 900; ++i) faces.push_back(static_cast<std::int32_t>(random.bits() % kPoints));
        for (std::size_t i = 0; i < kObjects; ++i) ids.push_back(static_cast<std::int64_t>(i * 7));
        for (std::size_t i = 0; i < 3 * kObjects; ++i) targets.push_back(random.uniform(-4, 4));
        for (std::size_t i = 0; i < 2 * kObjects; ++i) pixel_targets.push_back(i % 5 == 4 ? kNaN : 9.0 * double(i));
        depth = readings(depth_camera, random), image_depth = readings(camera, random);
        instances = regions(depth_camera), image_instances = regions(camera);
        for (std::size_t i = 0; i < kBoxes; ++i) {
            turned.add(random.box(2, 1));
            Box box = random.box(2, 1);
            const double angle = random.uniform(-3, 3), c = std::cos(angle), s = std::sin(angle);
            box.pose.world_from_local = {{c, s, 0}, {-s, c, 0}, {0, 0, 1}};
            upright.add(box);
        }
        for (std::size_t i = 0; i < kFrames * 1001; ++i) seen.push_back(static_cast<std::uint8_t>(random.bits()));
        for (std::size_t y = 0; y < kRows; ++y) {
            rows.push_back(static_cast<std::uint8_t>(y % 5));  // the filter
            for (std::size_t x = 0; x < 2 * kColumns; ++x) rows.push_back(static_cast<std::uint8_t>(random.bits()));
        }
    }

  private:
    static std::size_t pixels(const spatialkit::Camera& c) {
        return static_cast<std::size_t>(c.width) * static_cast<std::size_t>(c.height);
    }
    // A ramp with steps and holes.
    static std::vector<float> readings(const spatialkit::Camera& c, Random& random) {
        std::vector<float> out;
        for (std::size_t i = 0; i < pixels(c); ++i) {
            const double z = 1 + 0.01 * double(i % 97) + (i / 1000 % 2 ? 1 : 0);
            out.push_back(random.bits() % 11 == 0 ? 0 : static_cast<float>(z));
        }
        return out;
    }
    static std::vector<std::int64_t> regions(const spatialkit::Camera& c) {
        std::vector<std::int64_t> out;
        for (std::size_t i = 0; i < pixels(c); ++i)
            out.push_back(static_cast<std::int64_t>(i / 13 % (kObjects * 7)) - (i % 31 == 0 ? 200 : 0));
        return out;
    }
};

std::vector<Result> every_kernel(const Input& input);

}  // namespace test
