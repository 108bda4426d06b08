#include <vector>

#include "check.hpp"

using namespace spatialkit;

namespace {

struct Image {
    std::vector<float> depth;
    std::vector<std::int32_t> face;
};

Image render(const std::vector<double>& vertices, const std::vector<std::int32_t>& faces, const Camera& camera,
             const Pose& pose = {}, double near_z = 0.05) {
    const auto pixels = static_cast<std::size_t>(camera.width) * static_cast<std::size_t>(camera.height);
    Image image{std::vector<float>(pixels), std::vector<std::int32_t>(pixels)};
    const Mesh mesh = clustered(vertices.data(), vertices.size() / 3, faces.data(), faces.size() / 3);
    rasterize(mesh, camera, pose, near_z, 1, image.depth.data(), image.face.data());
    Image split = image;
    rasterize(mesh, camera, pose, near_z, 3, split.depth.data(), split.face.data());
    CHECK(split.depth == image.depth && split.face == image.face);
    return image;
}

const Camera kUnit{1, 1, 0, 0, 8, 8};  // at depth 1, x and y are pixels

void nothing_is_zero_and_minus_one() {
    const Image image = render({}, {}, kUnit);
    for (const float d : image.depth) CHECK(d == 0);
    for (const std::int32_t f : image.face) CHECK(f == -1);
}

// A square from pixel centre 1 to pixel centre 5 on both axes, cut along the diagonal through pixel centres: each
// centre inside is drawn once, and of the four borders exactly two are drawn.
void shared_edges_through_centres_belong_to_one_face() {
    for (const bool flip : {false, true}) {
        const std::vector<double> vertices = {1, 1, 1, 5, 1, 1, 5, 5, 1, 1, 5, 1};
        std::vector<std::int32_t> faces = {0, 1, 2, 0, 2, 3};
        if (flip) std::swap(faces[1], faces[2]);
        const Image image = render(vertices, faces, kUnit);
        int drawn = 0;
        for (int y = 0; y < 8; ++y)
            for (int x = 0; x < 8; ++x) {
                const bool is_drawn = image.face[static_cast<std::size_t>(8 * y + x)] >= 0;
                drawn += is_drawn;
                if (x > 1 && x < 5 && y > 1 && y < 5) CHECK(is_drawn);
                if (x < 1 || x > 5 || y < 1 || y > 5) CHECK(!is_drawn);
            }
        CHECK(drawn == 16);
    }
}

// Fans of thin triangles around points on, near and off pixel centres, drawn one face at a time: each pixel of the
// fan's inside is covered by exactly one face.
void every_centre_is_covered_once() {
    test::Random random{4};
    const Camera camera{100, 100, 31.5, 31, 64, 64};
    for (int round = 0; round < 60; ++round) {
        const int spokes = 3 + static_cast<int>(random.bits() % 40);
        const double hub_u = round % 3 == 0 ? 32 : random.uniform(10, 50),
                     hub_v = round % 3 == 0 ? 32 : random.uniform(10, 50);
        const auto place = [&](std::vector<double>& to, double u, double v) {
            const Vec3 p = unproject(camera, {u, v}, random.uniform(1, 3));
            to.insert(to.end(), {p.x, p.y, p.z});
        };
        std::vector<double> vertices;
        place(vertices, hub_u, hub_v);
        for (int k = 0; k < spokes; ++k) {
            const double angle = 2 * 3.14159265358979 * k / spokes;
            place(vertices, hub_u + 9 * std::cos(angle), hub_v + 9 * std::sin(angle));
        }
        std::vector<int> covered(64 * 64);
        for (std::int32_t k = 0; k < spokes; ++k) {
            const Image image = render(vertices, {0, 1 + k, 1 + (k + 1) % spokes}, camera);
            for (std::size_t i = 0; i < covered.size(); ++i) covered[i] += image.face[i] >= 0;
        }
        const double inner = 9 * std::cos(3.14159265358979 / spokes) - 1e-3;
        for (int y = 0; y < 64; ++y)
            for (int x = 0; x < 64; ++x) {
                const int times = covered[static_cast<std::size_t>(64 * y + x)];
                CHECK(times <= 1);
                if (std::hypot(x - hub_u, y - hub_v) < inner) CHECK(times == 1);
            }
    }
}

// A closed mesh around the camera, with faces through the near plane and far out of the image: no pixel may be empty.
void a_closed_room_has_no_holes() {
    test::Random random{5};
    for (int round = 0; round < 40; ++round) {
        constexpr int kRings = 12, kSectors = 16;
        const double squeeze = round % 2 == 0 ? 1 : 0.03;
        std::vector<double> vertices;
        for (int r = 0; r <= kRings; ++r)
            for (int s = 0; s < kSectors; ++s) {
                const double a = 3.14159265358979 * r / kRings, b = 2 * 3.14159265358979 * s / kSectors;
                vertices.insert(vertices.end(), {3 * std::sin(a) * std::cos(b), 3 * std::sin(a) * std::sin(b),
                                                 3 * squeeze * std::cos(a)});
            }
        std::vector<std::int32_t> faces;
        for (int r = 0; r < kRings; ++r)
            for (int s = 0; s < kSectors; ++s) {
                const int a = r * kSectors + s, b = r * kSectors + (s + 1) % kSectors;
                faces.insert(faces.end(), {a, b, a + kSectors, b, b + kSectors, a + kSectors});
            }
        const Camera camera = test::kCamera;
        const Image image = render(vertices, faces, camera, {random.rotation(), {0.1, -0.2, 0.02 * squeeze}}, 1e-3);
        for (const std::int32_t f : image.face) CHECK(f >= 0);
    }
}

void depth_is_along_the_axis_and_cut_at_the_near_plane() {
    // A floor one metre below, from 5 m behind to 50 m ahead: depth is fy / (v - cy).
    const std::vector<double> vertices = {-50, 1, -5, 50, 1, -5, 50, 1, 50, -50, 1, 50};
    const Camera camera{300, 300, 100, 100, 201, 401};
    const Image image = render(vertices, {0, 1, 2, 0, 2, 3}, camera, {}, 2.0);
    for (int v = 0; v < 401; ++v) {
        const double expected = v > 100 ? 300.0 / (v - 100) : 0;
        const float found = image.depth[static_cast<std::size_t>(201 * v + 77)];
        if (expected >= 2.01 && expected < 49) CHECK_NEAR(found, expected, 1e-5 * expected);
        if (expected < 1.99) CHECK(found == 0);
    }
}

void of_equal_depths_the_lowest_face_stays() {
    const std::vector<double> vertices = {0, 0, 1, 8, 0, 1, 0, 8, 1};
    const Image image = render(vertices, {0, 2, 1, 0, 1, 2, 1, 2, 0}, kUnit);
    for (const std::int32_t f : image.face) CHECK(f <= 0);
    CHECK(image.face[9] == 0);
}

void bad_triangles_do_no_harm() {
    const double big = 1e300, inf = std::numeric_limits<double>::infinity();
    const std::vector<double> vertices = {0,    0, 1, 0,   0, 1, 5,      5, 1, big, 0, 1, -big, big, big,  0, 0, -1,
                                          kNaN, 0, 1, inf, 0, 1, 1e-300, 0, 0, 0,   0, 0, 3,    3,   0.05, 2, 7, 1e-9};
    std::vector<std::int32_t> faces;
    for (std::int32_t a = 0; a < 12; ++a)
        for (std::int32_t b = 0; b < 12; ++b)
            for (std::int32_t c = 0; c < 12; ++c) faces.insert(faces.end(), {a, b, c});
    for (const Camera& camera :
         {kUnit, test::kCamera, Camera{1e-3, 1e6, 1e7, -1e7, 300, 5}, Camera{9, 9, 0, 0, 1, 1}}) {
        const Image image = render(vertices, faces, camera);
        for (std::size_t i = 0; i < image.depth.size(); ++i)
            CHECK(image.face[i] < 0 ? image.depth[i] == 0 : image.depth[i] >= 0.04999f);
    }
    render(vertices, faces, Camera{3e4, 3e4, 3e4, 1, 65535, 3});
}

}  // namespace

int main() {
    nothing_is_zero_and_minus_one();
    shared_edges_through_centres_belong_to_one_face();
    every_centre_is_covered_once();
    a_closed_room_has_no_holes();
    depth_is_along_the_axis_and_cut_at_the_near_plane();
    of_equal_depths_the_lowest_face_stays();
    bad_triangles_do_no_harm();
    return failures != 0;
}
