// Triangles to depth and face index or object id.
#include "spatialkit/raster.hpp"

#include "arrays.hpp"

namespace spatialkit::bindings {

namespace {

Mesh mesh(const Array<double>& vertices, const Array<std::int32_t>& faces) {
    const double* v = data("vertices", vertices, {kAny, 3});
    const std::int32_t* f = data("faces", faces, {kAny, 3});
    if (count(faces) >= kMostFaces) refuse("faces", "fewer than " + std::to_string(kMostFaces) + " faces");
    const py::gil_scoped_release release;
    check_indices(f, 3 * count(faces), count(vertices));
    return clustered(v, count(vertices), f, count(faces));
}

py::tuple rasterize(const Mesh& of, const Array<double>& camera_array, const Array<double>& world_from_cam,
                    double near_z, int threads) {
    const View from = view(camera_array, world_from_cam, near_z);
    threads = thread_count(threads);
    Array<float> depth({from.camera.height, from.camera.width});
    Array<std::int32_t> index({from.camera.height, from.camera.width});
    float* depth_out = depth.mutable_data();
    std::int32_t* index_out = index.mutable_data();
    {
        const py::gil_scoped_release release;
        spatialkit::rasterize(of, from.camera, from.pose, from.near_z, threads, depth_out, index_out);
    }
    return py::make_tuple(depth, index);
}

Array<std::int64_t> ids_in_depth(const Mesh& of, const Array<std::int64_t>& face_ids, const Array<double>& camera_array,
                                 const Array<double>& world_from_cam, double near_z, const Array<float>& depth,
                                 double constant, double quadratic, int threads) {
    const std::int64_t* ids = data("face_ids", face_ids, {static_cast<py::ssize_t>(of.faces.size())});
    const View from = view(camera_array, world_from_cam, near_z);
    threads = thread_count(threads);
    const float* readings = data("depth", depth, {from.camera.height, from.camera.width});
    const Tolerance allowed = tolerance(constant, quadratic);
    Array<std::int64_t> out({from.camera.height, from.camera.width});
    std::int64_t* id = out.mutable_data();
    const py::gil_scoped_release release;
    spatialkit::ids_in_depth(of, ids, from.camera, from.pose, from.near_z, readings, allowed, threads, id);
    return out;
}

Array<std::int64_t> ids_of_faces(const Array<std::int32_t>& index, const Array<std::int64_t>& face_ids) {
    const std::int32_t* face = data("index", index, {kAny, kAny});
    const std::int64_t* ids = data("face_ids", face_ids, {kAny});
    Array<std::int64_t> out({index.shape(0), index.shape(1)});
    std::int64_t* id = out.mutable_data();
    const auto pixels = static_cast<std::size_t>(index.size());
    const auto faces = static_cast<std::int32_t>(std::min<std::size_t>(count(face_ids), kMostFaces));
    const py::gil_scoped_release release;
    for (std::size_t i = 0; i < pixels; ++i) id[i] = face[i] >= 0 && face[i] < faces ? ids[face[i]] : -1;
    return out;
}

}  // namespace

void add_raster(py::module_& m) {
    py::class_<Mesh>(m, "Mesh").def(py::init(&mesh), py::arg("vertices").noconvert(), py::arg("faces").noconvert());
    m.def("rasterize", &rasterize, py::arg("mesh"), py::arg("camera").noconvert(),
          py::arg("world_from_cam").noconvert(), py::arg("near"), py::arg("threads"));
    m.def("ids_in_depth", &ids_in_depth, py::arg("mesh"), py::arg("face_ids").noconvert(),
          py::arg("camera").noconvert(), py::arg("world_from_cam").noconvert(), py::arg("near"),
          py::arg("depth").noconvert(), py::arg("constant"), py::arg("quadratic"), py::arg("threads"));
    m.def("ids_of_faces", &ids_of_faces, py::arg("index").noconvert(), py::arg("face_ids").noconvert());
}

}  // namespace spatialkit::bindings
