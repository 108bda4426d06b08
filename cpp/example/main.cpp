// Which corners of a box does a camera see, behind a wall with a window? Headers only, no Python.
#include <cstdio>
#include <vector>

#include "spatialkit/spatialkit.hpp"

int main() {
    using namespace spatialkit;
    const Camera camera{500, 500, 319.5, 239.5, 640, 480};
    const Pose pose;  // at the origin, looks along z, y is down
    constexpr double kNear = 0.05;

    // The wall is 2 m ahead, with a window of 1 m by 1 m in front of us: four strips of two triangles.
    std::vector<double> vertices;
    std::vector<std::int32_t> faces;
    const auto strip = [&](double x0, double y0, double x1, double y1) {
        const auto first = static_cast<std::int32_t>(vertices.size() / 3);
        for (const auto& [x, y] : {std::pair{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}})
            vertices.insert(vertices.end(), {x, y, 2});
        for (const int k : {0, 1, 2, 0, 2, 3}) faces.push_back(first + k);
    };
    strip(-3, -2, -0.5, 2), strip(0.5, -2, 3, 2), strip(-0.5, -2, 0.5, -0.5), strip(-0.5, 0.5, 0.5, 2);
    std::vector<float> depth(640 * 480);
    std::vector<std::int32_t> face(depth.size());
    const Mesh mesh = clustered(vertices.data(), vertices.size() / 3, faces.data(), faces.size() / 3);
    rasterize(mesh, camera, pose, kNear, 1, depth.data(), face.data());

    // A box of 1 m by 0.4 m by 0.4 m, 4 m ahead and 1 m to the right.
    const Box box{{Rotation{}, {1, 0, 4}}, {0.5, 0.2, 0.2}};
    Rect rect;
    if (!project_box(view_volume(camera, kNear), camera, pose, box, rect)) return 1;
    std::printf("the box spans %.1f to %.1f by %.1f to %.1f pixels\n", rect.x1, rect.x2, rect.y1, rect.y2);

    std::vector<double> corners;
    for (int i = 0; i < 8; ++i) {
        const Vec3 p = to_world(box.pose, corner(box.half, i));
        corners.insert(corners.end(), {p.x, p.y, p.z});
    }
    double uvz[24];
    bool inside[8];
    project_points(corners.data(), 8, Layout::kRows, camera, pose, kNear, uvz, inside);
    int open = 0;
    for (int i = 0; i < 8; ++i) {
        if (!inside[i]) continue;
        const auto at = static_cast<std::size_t>(nearest(uvz[3 * i + 1], 480)) * 640 +
                        static_cast<std::size_t>(nearest(uvz[3 * i], 640));
        const bool before = depth[at] > 0 && static_cast<double>(depth[at]) < uvz[3 * i + 2];
        open += before ? 0 : 1;
    }
    std::printf("%d of its 8 corners lie behind the open window (%s)\n", open, vector_level());
    return open == 4 ? 0 : 1;
}
