// Prints a digest of the bytes that every kernel makes of the same input. Built for several instruction sets; the
// digests have to be equal. Exits with 77 where the processor lacks the set it was built for.
#include <vector>

#include "check.hpp"

using namespace spatialkit;

namespace {

struct Digest {
    std::uint64_t value = 0xcbf29ce484222325u;  // FNV-1a

    template <class T>
    void add(const std::vector<T>& data) {
        const auto* bytes = reinterpret_cast<const unsigned char*>(data.data());
        for (std::size_t i = 0; i < data.size() * sizeof(T); ++i) value = (value ^ bytes[i]) * 0x100000001b3u;
        std::printf("%016llx\n", static_cast<unsigned long long>(value));
    }
};

bool supported() {
#if defined(__GNUC__) && defined(__x86_64__)
#if defined(__AVX512F__)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#elif defined(__AVX2__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
#endif
    return true;
}

}  // namespace

int main() {
    if (!supported()) return 77;
    constexpr std::size_t kPoints = 20011, kBoxes = 60, kFaces = 5003, kObjects = 20, kFrames = 17, kRays = 4001;
    const Camera camera = test::kCamera;
    const auto pixels = static_cast<std::size_t>(camera.width) * static_cast<std::size_t>(camera.height);
    test::Random random{9};
    const Pose pose = random.pose(1);
    Digest digest;

    std::vector<double> points;
    for (std::size_t i = 0; i < 3 * kPoints; ++i) points.push_back(random.uniform(-4, 4));
    std::vector<float> single(points.begin(), points.end()), single_out(3 * kPoints);
    std::vector<double> out(3 * kPoints);
    for (const Layout layout : {Layout::kRows, Layout::kColumns}) {
        project_points(points.data(), kPoints, layout, camera, pose, 0.05, out.data(), nullptr);
        project_points(single.data(), kPoints, layout, camera, pose, 0.05, single_out.data(), nullptr);
        digest.add(out), digest.add(single_out);
    }

    std::vector<std::int32_t> faces;
    for (std::size_t i = 0; i < 3 * kFaces; ++i) faces.push_back(static_cast<std::int32_t>(random.bits() % kPoints));
    std::vector<float> depth(pixels), world(3 * pixels);
    std::vector<std::int32_t> face(pixels);
    rasterize(points.data(), kPoints, faces.data(), kFaces, camera, pose, 0.05, depth.data(), face.data());
    unproject_depth(depth.data(), camera, pose, world.data());
    digest.add(depth), digest.add(face), digest.add(world);

    const Bvh tree = build_bvh(points.data(), faces.data(), kFaces, 1);
    std::vector<double> distance(kRays), closest(3 * kRays);
    std::vector<std::int32_t> met(kRays);
    const std::vector<double> lower(kRays, 0.1), upper(kRays, 0.9);
    bool hit[kRays];
    const RayArrays rays{points.data(), points.data() + 3 * kRays};
    digest.add(tree.children), digest.add(tree.leaves), digest.add(tree.bounds), digest.add(tree.corners);
    nearest_hit(tree, rays, 0, kRays, distance.data(), met.data());
    digest.add(distance), digest.add(met);
    any_hit(tree, rays, lower.data(), upper.data(), 0, kRays, hit);
    digest.add(std::vector<char>(hit, hit + kRays));
    closest_point(tree, points.data(), 0, kRays, closest.data(), distance.data(), met.data());
    digest.add(closest), digest.add(distance), digest.add(met);
    const std::vector<double> aside = {9, 1, 2, 9, 3, 1, 10, 2, 2};
    const Gap apart = gap(tree, build_bvh(aside.data(), std::vector<std::int32_t>{0, 1, 2}.data(), 1, 1));
    digest.add(std::vector<double>{apart.squared, apart.on_a.x, apart.on_a.y, apart.on_a.z, apart.on_b.x});

    const std::vector<float> areas(kPoints, 0.01f);
    std::vector<std::int32_t> owners;
    std::vector<std::int64_t> ids, instances;
    std::vector<double> targets, pixel_targets(2 * kObjects, 200.0);
    for (std::size_t i = 0; i < kPoints; ++i) owners.push_back(static_cast<std::int32_t>(i % (kObjects + 1)) - 1);
    for (std::size_t i = 0; i < kObjects; ++i) ids.push_back(static_cast<std::int64_t>(i * 7));
    for (std::size_t i = 0; i < pixels; ++i) instances.push_back(static_cast<std::int64_t>(i / 97 % (kObjects * 7)));
    for (std::size_t i = 0; i < 3 * kObjects; ++i) targets.push_back(random.uniform(-4, 4));
    std::vector<std::uint8_t> seen((kPoints + 7) / 8);
    std::vector<double> area(kObjects), in_pixels(kObjects), rect(4 * kObjects), anchor(2 * kObjects), disc(kObjects);
    observe_frame({single.data(), single.data(), areas.data(), owners.data(), kPoints},
                  {ids.data(), targets.data(), kObjects}, camera, pose, {depth.data(), nullptr, camera}, {0.5, 0.1},
                  0.05, {seen.data(), area.data(), in_pixels.data(), rect.data(), anchor.data()});
    digest.add(seen), digest.add(area), digest.add(in_pixels), digest.add(rect), digest.add(anchor);
    instance_marks({depth.data(), instances.data(), camera}, ids.data(), pixel_targets.data(), kObjects, 4,
                   {in_pixels.data(), rect.data(), anchor.data(), disc.data()});
    digest.add(in_pixels), digest.add(rect), digest.add(anchor), digest.add(disc);

    std::vector<double> centres, sizes, rotations;
    for (std::size_t i = 0; i < kBoxes; ++i) {
        const Box box = random.box(2, 2);
        const Rotation& r = box.pose.world_from_local;
        centres.insert(centres.end(), {box.pose.origin.x, box.pose.origin.y, box.pose.origin.z});
        sizes.insert(sizes.end(), {box.half.x, box.half.y, box.half.z});
        for (int k = 0; k < 3; ++k) rotations.insert(rotations.end(), {r.axis_x[k], r.axis_y[k], r.axis_z[k]});
    }
    const BoxArrays boxes{centres.data(), sizes.data(), rotations.data(), kBoxes};
    std::vector<double> rects(4 * kBoxes), pairs(kBoxes * kBoxes), shared(kFrames * kFrames);
    bool valid[kBoxes], inside[kBoxes];
    project_boxes(boxes, camera, pose, 0.05, rects.data(), valid);
    boxes_in_frustum(boxes, camera, pose, 0.05, inside);
    digest.add(rects), digest.add(std::vector<char>(valid, valid + kBoxes)),
        digest.add(std::vector<char>(inside, inside + kBoxes));
    std::vector<char> within(kPoints * kBoxes);
    points_in_boxes(points.data(), 0, kPoints, boxes, reinterpret_cast<bool*>(within.data()));
    digest.add(within);
    box_iou(boxes, boxes, pairs.data());
    digest.add(pairs);
    box_distance(boxes, boxes, pairs.data());
    digest.add(pairs);
    digest.add(std::vector<double>{rotation_error(rotations.data(), kBoxes)});
    shared_surface(seen.data(), kFrames, seen.size() / kFrames, shared.data());
    digest.add(shared);
    return 0;
}
