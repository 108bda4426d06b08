// The tree over a mesh and what it is asked.
#include "spatialkit/bvh.hpp"

#include "arrays.hpp"
#include "spatialkit/proximity.hpp"
#include "spatialkit/rays.hpp"

namespace spatialkit::bindings {

namespace {

constexpr std::size_t kPiece = 1024;  // rays or points that a thread takes at a time

bool all_within_reach(const double* values, std::size_t size) {
    bool within = true;
    for (std::size_t i = 0; i < size; ++i) within &= std::fabs(values[i]) <= Bvh::kFarthest;
    return within;
}

bool are_places(const Array<double>& points) {
    const double* p = data("points", points, {kAny, 3});
    py::gil_scoped_release release;
    return all_within_reach(p, 3 * count(points));
}

bool are_directions(const Array<double>& directions) {
    const double* d = data("directions", directions, {kAny, 3});
    py::gil_scoped_release release;
    bool fits = all_finite(d, 3 * count(directions));
    for (std::size_t i = 0; i < count(directions); ++i) fits &= !(load(d + 3 * i) == Vec3{});
    return fits;
}

// A mesh whose indices and coordinates the tree can take.
struct Mesh {
    const double* vertices;
    const std::int32_t* faces;
    std::size_t face_count;

    Mesh(const Array<double>& vertex_array, const Array<std::int32_t>& face_array)
        : vertices(data("vertices", vertex_array, {kAny, 3})),
          faces(data("faces", face_array, {kAny, 3})),
          face_count(count(face_array)),
          vertex_count_(count(vertex_array)) {
        if (face_count > std::size_t{1} << 29) refuse("faces", "no more than 2^29 faces");
    }

    void check() const {
        check_indices(faces, 3 * face_count, vertex_count_);
        if (!all_within_reach(vertices, 3 * vertex_count_)) refuse("vertices", "coordinates within 1e50");
    }

  private:
    std::size_t vertex_count_;
};

Bvh build(const Array<double>& vertices, const Array<std::int32_t>& faces, int threads) {
    const Mesh mesh(vertices, faces);
    threads = thread_count(threads);
    py::gil_scoped_release release;
    mesh.check();
    return build_bvh(mesh.vertices, mesh.faces, mesh.face_count, threads);
}

Bvh restore(const Array<double>& vertices, const Array<std::int32_t>& faces, const Array<std::int32_t>& children,
            const Array<std::int32_t>& leaves, int threads) {
    const Mesh mesh(vertices, faces);
    const std::int32_t* child = data("children", children, {kAny, Bvh::kWidth});
    const std::int32_t* leaf = data("leaves", leaves, {kAny, Bvh::kLeaf});
    threads = thread_count(threads);
    py::gil_scoped_release release;
    mesh.check();
    auto tree = restore_bvh({child, child + children.size()}, {leaf, leaf + leaves.size()}, mesh.vertices, mesh.faces,
                            mesh.face_count, threads);
    if (!tree) refuse("children and leaves", "a tree over the faces");
    return *std::move(tree);
}

py::tuple arrays(const Bvh& tree) {
    const auto rows = [](const std::vector<std::int32_t>& from, py::ssize_t width) {
        return Array<std::int32_t>({static_cast<py::ssize_t>(from.size()) / width, width}, from.data());
    };
    return py::make_tuple(rows(tree.children, Bvh::kWidth), rows(tree.leaves, Bvh::kLeaf));
}

RayArrays rays(const Array<double>& origins, const Array<double>& directions) {
    const double* o = data("origins", origins, {kAny, 3});
    return {o, data("directions", directions, {origins.shape(0), 3})};
}

py::tuple nearest(const Bvh& tree, const Array<double>& origins, const Array<double>& directions, int threads) {
    const RayArrays r = rays(origins, directions);
    threads = thread_count(threads);
    Array<double> distance(origins.shape(0));
    Array<std::int32_t> face(origins.shape(0));
    double* distance_out = distance.mutable_data();
    std::int32_t* face_out = face.mutable_data();
    {
        py::gil_scoped_release release;
        in_pieces(count(origins), kPiece, threads, [&](std::size_t begin, std::size_t end) {
            nearest_hit(tree, r, begin, end, distance_out, face_out);
        });
    }
    return py::make_tuple(distance, face);
}

Array<bool> any(const Bvh& tree, const Array<double>& origins, const Array<double>& directions,
                const Array<double>& lower, const Array<double>& upper, int threads) {
    const RayArrays r = rays(origins, directions);
    const double* low = data("lower", lower, {origins.shape(0)});
    const double* high = data("upper", upper, {origins.shape(0)});
    threads = thread_count(threads);
    Array<bool> hit(origins.shape(0));
    bool* out = hit.mutable_data();
    py::gil_scoped_release release;
    in_pieces(count(origins), kPiece, threads,
              [&](std::size_t begin, std::size_t end) { any_hit(tree, r, low, high, begin, end, out); });
    return hit;
}

py::tuple closest(const Bvh& tree, const Array<double>& points, int threads) {
    const double* p = data("points", points, {kAny, 3});
    threads = thread_count(threads);
    Array<double> on({points.shape(0), py::ssize_t{3}}), distance(points.shape(0));
    Array<std::int32_t> face(points.shape(0));
    double *on_out = on.mutable_data(), *distance_out = distance.mutable_data();
    std::int32_t* face_out = face.mutable_data();
    {
        py::gil_scoped_release release;
        in_pieces(count(points), kPiece, threads, [&](std::size_t begin, std::size_t end) {
            closest_point(tree, p, begin, end, on_out, distance_out, face_out);
        });
    }
    return py::make_tuple(on, distance, face);
}

py::tuple between(const Bvh& a, const Bvh& b) {
    Gap found;
    {
        py::gil_scoped_release release;
        found = gap(a, b);
    }
    Array<double> ends({2, 3});
    double* out = ends.mutable_data();
    for (const Vec3 p : {found.on_a, found.on_b}) *out++ = p.x, *out++ = p.y, *out++ = p.z;
    return py::make_tuple(std::sqrt(found.squared), ends);
}

}  // namespace

void add_bvh(py::module_& m) {
    m.def("are_places", &are_places, py::arg("points").noconvert());
    m.def("are_directions", &are_directions, py::arg("directions").noconvert());
    py::class_<Bvh>(m, "Bvh")
        .def_readonly_static("FARTHEST", &Bvh::kFarthest)
        .def(py::init(&build), py::arg("vertices").noconvert(), py::arg("faces").noconvert(), py::arg("threads"))
        .def_static("restore", &restore, py::arg("vertices").noconvert(), py::arg("faces").noconvert(),
                    py::arg("children").noconvert(), py::arg("leaves").noconvert(), py::arg("threads"))
        .def("arrays", &arrays)
        .def("nearest_hit", &nearest, py::arg("origins").noconvert(), py::arg("directions").noconvert(),
             py::arg("threads"))
        .def("any_hit", &any, py::arg("origins").noconvert(), py::arg("directions").noconvert(),
             py::arg("lower").noconvert(), py::arg("upper").noconvert(), py::arg("threads"))
        .def("closest_point", &closest, py::arg("points").noconvert(), py::arg("threads"))
        .def("gap", &between, py::arg("other"));
}

}  // namespace spatialkit::bindings
