// Runs each kernel with numbers of points, pixels and boxes that fill vectors and leave a rest.
#include "every_kernel.hpp"

#include <memory>
#include <string_view>

namespace test {

namespace {

class Digest {
  public:
    std::vector<Result> results;

    template <class T>
    void add(std::string_view kernel, const std::vector<T>& data) {
        std::uint64_t value = 0xcbf29ce484222325u;  // FNV-1a
        const auto* bytes = reinterpret_cast<const unsigned char*>(data.data());
        for (std::size_t i = 0; i < data.size() * sizeof(T); ++i) value = (value ^ bytes[i]) * 0x100000001b3u;
        results.push_back({std::string(kernel), value});
    }
};

// Flags that a kernel writes as bool.
struct Flags {
    std::unique_ptr<bool[]> data;
    std::size_t count;

    explicit Flags(std::size_t n) : data(new bool[n]()), count(n) {}
    std::vector<char> all() const { return {data.get(), data.get() + count}; }
};

template <class T>
void each_point_kernel(const Input& in, const std::vector<T>& points, const std::string& type, Digest& digest) {
    using namespace spatialkit;
    for (const Layout layout : {Layout::kRows, Layout::kColumns}) {
        const std::string suffix = "<" + type + (layout == Layout::kRows ? ", rows>" : ", columns>");
        for (const std::size_t count : {Input::kPoints, std::size_t{1}, std::size_t{15}, std::size_t{258}}) {
            std::vector<T> out(points.begin(), points.begin() + static_cast<std::ptrdiff_t>(3 * count));
            Flags inside(count), visible(count), finite(2);
            finite.data[0] =
                project_points(points.data(), count, layout, in.camera, in.pose, 0.05, out.data(), inside.data.get());
            digest.add("project_points" + suffix, out), digest.add("in image" + suffix, inside.all());
            finite.data[1] = visible_points(points.data(), count, layout, {in.depth.data(), nullptr, in.depth_camera},
                                            in.pose, {0.5, 0.1}, 0.05, visible.data.get());
            digest.add("visible_points" + suffix, visible.all()), digest.add("finite" + suffix, finite.all());
        }
    }
    for (const double odd : {0.0, double(kNaN), std::numeric_limits<double>::infinity(), -1.0}) {
        std::vector<T> values(points.begin(), points.begin() + 999);
        values[997] = static_cast<T>(odd);
        digest.add("all_finite<" + type + ">", std::vector<char>{all_finite(values.data(), values.size())});
    }
}

// In pieces, which compile faster than one large function.
void each_image_kernel(const Input& in, Digest& digest) {
    using namespace spatialkit;
    const std::size_t pixels = in.image_depth.size();
    std::vector<float> depth(pixels), world(3 * pixels);
    std::vector<std::int32_t> face(pixels);
    const std::size_t faces = in.faces.size() / 3;
    const Mesh mesh = clustered(in.points.data(), Input::kPoints, in.faces.data(), faces);
    rasterize(mesh, in.camera, in.pose, 0.05, 1, depth.data(), face.data());
    digest.add("rasterize, depth", depth), digest.add("rasterize, face", face);
    std::vector<std::int64_t> face_ids(faces), ids(pixels);
    for (std::size_t f = 0; f < faces; ++f) face_ids[f] = static_cast<std::int64_t>(f / 3);
    ids_in_depth(mesh, face_ids.data(), in.camera, in.pose, 0.05, in.image_depth.data(), {0.2, 0.1}, 1, ids.data());
    digest.add("ids_in_depth", ids);
    unproject_depth(in.image_depth.data(), in.camera, in.pose, world.data());
    digest.add("unproject_depth", world);
    for (const float odd : {0.0f, -1.0f, std::numeric_limits<float>::infinity()}) {
        depth[pixels - 2] = odd;
        digest.add("all_depths", std::vector<char>{all_depths(depth.data(), pixels)});
    }
    std::vector<std::uint8_t> rows = in.rows;
    std::vector<std::uint16_t> image(Input::kRows * Input::kColumns);
    unfilter16(rows.data(), Input::kRows, Input::kColumns, image.data());
    digest.add("unfilter16", image);
}

void each_tree_kernel(const Input& in, Digest& digest) {
    using namespace spatialkit;
    constexpr std::size_t n = 4001;
    const Bvh tree = build_bvh(in.points.data(), in.faces.data(), in.faces.size() / 3, 1);
    digest.add("build_bvh, children", tree.children), digest.add("build_bvh, leaves", tree.leaves);
    digest.add("build_bvh, bounds", tree.bounds), digest.add("build_bvh, corners", tree.corners);
    std::vector<double> distance(n), closest(3 * n);
    std::vector<std::int32_t> face(n);
    const std::vector<double> lower(n, 0.1), upper(n, 0.9);
    Flags hit(n);
    const RayArrays rays{in.points.data(), in.points.data() + 3 * n};
    nearest_hit(tree, rays, 0, n, distance.data(), face.data());
    digest.add("nearest_hit, distance", distance), digest.add("nearest_hit, face", face);
    any_hit(tree, rays, lower.data(), upper.data(), 0, n, hit.data.get());
    digest.add("any_hit", hit.all());
    closest_point(tree, in.points.data(), 0, n, closest.data(), distance.data(), face.data());
    digest.add("closest_point", closest), digest.add("closest_point, distance", distance);
    digest.add("closest_point, face", face);
    const std::vector<double> aside = {9, 1, 2, 9, 3, 1, 10, 2, 2};
    const Gap apart = gap(tree, build_bvh(aside.data(), std::vector<std::int32_t>{0, 1, 2}.data(), 1, 1));
    digest.add("gap", std::vector<double>{apart.squared, apart.on_a.x, apart.on_a.y, apart.on_a.z, apart.on_b.x});
}

void each_object_kernel(const Input& in, Digest& digest) {
    using namespace spatialkit;
    constexpr std::size_t n = Input::kObjects;
    std::vector<std::uint8_t> seen((Input::kPoints + 7) / 8);
    std::vector<double> area(n), in_pixels(n), rect(4 * n), anchor(2 * n), disc(n);
    const DepthBuffer buffers[] = {{in.depth.data(), nullptr, in.depth_camera},
                                   {in.depth.data(), in.instances.data(), in.depth_camera},
                                   {in.image_depth.data(), in.image_instances.data(), in.camera}};
    for (const DepthBuffer& buffer : buffers) {
        observe_frame({in.single.data(), in.normals.data(), in.areas.data(), in.owners.data(), Input::kPoints},
                      {in.ids.data(), in.targets.data(), n}, in.camera, in.pose, buffer, {0.5, 0.1}, 0.05,
                      {seen.data(), area.data(), in_pixels.data(), rect.data(), anchor.data()});
        digest.add("observe_frame, seen", seen), digest.add("observe_frame, area", area);
        digest.add("observe_frame, pixels", in_pixels), digest.add("observe_frame, rect", rect);
        digest.add("observe_frame, anchor", anchor);
    }
    instance_marks(buffers[1], in.ids.data(), in.pixel_targets.data(), n, 4,
                   {in_pixels.data(), rect.data(), anchor.data(), disc.data()});
    digest.add("instance_marks, pixels", in_pixels), digest.add("instance_marks, rect", rect);
    digest.add("instance_marks, anchor", anchor), digest.add("instance_marks, disc", disc);

    std::vector<double> shared(Input::kFrames * Input::kFrames);
    shared_surface(in.seen.data(), Input::kFrames, in.seen.size() / Input::kFrames, shared.data());
    digest.add("shared_surface", shared);
}

void each_box_kernel(const Input& in, const spatialkit::BoxArrays& boxes, const std::string& suffix, Digest& digest) {
    using namespace spatialkit;
    std::vector<double> rects(4 * boxes.count), pairs(boxes.count * boxes.count);
    Flags valid(boxes.count), inside(boxes.count);
    project_boxes(boxes, in.camera, in.pose, 0.05, rects.data(), valid.data.get());
    boxes_in_frustum(boxes, in.camera, in.pose, 0.05, inside.data.get());
    digest.add("project_boxes" + suffix, rects), digest.add("project_boxes, valid" + suffix, valid.all());
    digest.add("boxes_in_frustum" + suffix, inside.all());
    Flags within(1000 * boxes.count);
    points_in_boxes(in.points.data(), 0, 1000, boxes, within.data.get());
    digest.add("points_in_boxes" + suffix, within.all());
    box_iou(boxes, boxes, pairs.data());
    digest.add("box_iou" + suffix, pairs);
    box_distance(boxes, boxes, pairs.data());
    digest.add("box_distance" + suffix, pairs);
    digest.add("rotation_error" + suffix, std::vector<double>{rotation_error(boxes.rotations, boxes.count)});
}

}  // namespace

std::vector<Result> every_kernel(const Input& in) {
    Digest digest;
    each_point_kernel(in, in.points, "double", digest);
    each_point_kernel(in, in.single, "float", digest);
    each_image_kernel(in, digest);
    each_tree_kernel(in, digest);
    each_object_kernel(in, digest);
    each_box_kernel(in, in.turned.arrays(), ", turned", digest);
    each_box_kernel(in, in.upright.arrays(), ", upright", digest);
    return digest.results;
}

}  // namespace test
