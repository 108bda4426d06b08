// Points and depth through the pinhole camera.
#include "spatialkit/camera.hpp"

#include "arrays.hpp"

namespace spatialkit::bindings {

namespace {

template <class T>
bool finite(const Array<T>& values) {
    const T* v = data("values", values, {kAny});
    py::gil_scoped_release release;
    return spatialkit::all_finite(v, count(values));
}

template <class T>
Array<T> project(const Array<T>& points, const Array<double>& camera_array, const Array<double>& world_from_cam) {
    const T* p = data("points", points, {kAny, 3});
    const Camera c = camera("camera", camera_array);
    const Pose at = pose("world_from_cam", world_from_cam);
    Array<T> out({points.shape(0), py::ssize_t{3}});
    T* result = out.mutable_data();
    py::gil_scoped_release release;
    spatialkit::project_points(p, count(points), c, at, result);
    return out;
}

Array<float> unproject(const Array<float>& depth, const Array<double>& camera_array,
                       const Array<double>& world_from_cam) {
    const Camera c = camera("camera", camera_array);
    const float* d = data("depth", depth, {c.height, c.width});
    const Pose at = pose("world_from_cam", world_from_cam);
    Array<float> out({py::ssize_t{c.height}, py::ssize_t{c.width}, py::ssize_t{3}});
    float* result = out.mutable_data();
    py::gil_scoped_release release;
    spatialkit::unproject_depth(d, c, at, result);
    return out;
}

}  // namespace

void add_camera(py::module_& m) {
    m.def("vector_level", &spatialkit::vector_level);
    m.def("all_finite", &finite<float>, py::arg("values").noconvert());
    m.def("all_finite", &finite<double>, py::arg("values").noconvert());
    m.def("project_points", &project<float>, py::arg("points").noconvert(), py::arg("camera").noconvert(),
          py::arg("world_from_cam").noconvert());
    m.def("project_points", &project<double>, py::arg("points").noconvert(), py::arg("camera").noconvert(),
          py::arg("world_from_cam").noconvert());
    m.def("unproject_depth", &unproject, py::arg("depth").noconvert(), py::arg("camera").noconvert(),
          py::arg("world_from_cam").noconvert());
}

}  // namespace spatialkit::bindings
