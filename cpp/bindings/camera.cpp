// Points and depth through the pinhole camera.
#include "spatialkit/camera.hpp"

#include <pybind11/stl.h>

#include <optional>

#include "arrays.hpp"

namespace spatialkit::bindings {

namespace {

template <class T>
bool finite(const Array<T>& values) {
    const T* v = data("values", values, {kAny});
    py::gil_scoped_release release;
    return spatialkit::all_finite(v, count(values));
}

bool depths(const Array<float>& values) {
    const float* v = data("values", values, {kAny, kAny});
    py::gil_scoped_release release;
    return spatialkit::all_depths(v, static_cast<std::size_t>(values.size()));
}

// In one pass; what is not wanted is None.
template <class T>
bool project(const Array<T>& points, const Array<double>& camera_array, const Array<double>& world_from_cam,
             bool columns, double near_z, const std::optional<Array<T>>& out, const std::optional<Array<bool>>& inside,
             int threads) {
    const T* p = columns ? data("points", points, {3, kAny}) : data("points", points, {kAny, 3});
    const py::ssize_t n = points.shape(columns ? 1 : 0);
    const Camera c = camera("camera", camera_array);
    const Pose at = pose("world_from_cam", world_from_cam);
    if (!(near_z >= 0)) refuse("near", "a value of at least 0");
    threads = thread_count(threads);
    T* uvz = nullptr;
    bool* mask = nullptr;
    if (out) {
        columns ? data("out", *out, {3, n}) : data("out", *out, {n, 3});
        uvz = const_cast<Array<T>&>(*out).mutable_data();
    }
    if (inside) {
        data("inside", *inside, {n});
        mask = const_cast<Array<bool>&>(*inside).mutable_data();
    }
    py::gil_scoped_release release;
    return spatialkit::project_points(p, static_cast<std::size_t>(n), columns ? Layout::kColumns : Layout::kRows, c, at,
                                      near_z, uvz, mask, threads);
}

Array<float> unproject(const Array<float>& depth, const Array<double>& camera_array,
                       const Array<double>& world_from_cam, int threads) {
    const Camera c = camera("camera", camera_array);
    threads = thread_count(threads);
    const float* d = data("depth", depth, {c.height, c.width});
    const Pose at = pose("world_from_cam", world_from_cam);
    Array<float> out({py::ssize_t{c.height}, py::ssize_t{c.width}, py::ssize_t{3}});
    float* result = out.mutable_data();
    py::gil_scoped_release release;
    spatialkit::unproject_depth(d, c, at, result, threads);
    return out;
}

template <class T>
void add_project(py::module_& m) {
    m.def("project_points", &project<T>, py::arg("points").noconvert(), py::arg("camera").noconvert(),
          py::arg("world_from_cam").noconvert(), py::arg("columns").noconvert(), py::arg("near"),
          py::arg("out").noconvert(), py::arg("inside").noconvert(), py::arg("threads"));
}

}  // namespace

void add_camera(py::module_& m) {
    m.def("vector_level", &spatialkit::vector_level);
    m.def("all_depths", &depths, py::arg("values").noconvert());
    m.def("all_finite", &finite<float>, py::arg("values").noconvert());
    m.def("all_finite", &finite<double>, py::arg("values").noconvert());
    add_project<float>(m);
    add_project<double>(m);
    m.def("unproject_depth", &unproject, py::arg("depth").noconvert(), py::arg("camera").noconvert(),
          py::arg("world_from_cam").noconvert(), py::arg("threads"));
}

}  // namespace spatialkit::bindings
