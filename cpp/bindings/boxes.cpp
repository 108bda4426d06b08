// Oriented boxes in the image.
#include "arrays.hpp"
#include "spatialkit/clip.hpp"

namespace spatialkit::bindings {

namespace {

py::tuple project(const Array<double>& centres, const Array<double>& sizes, const Array<double>& rotations,
                  const Array<double>& camera_array, const Array<double>& world_from_cam, double near_z) {
    const BoxArrays arrays = boxes(centres, sizes, rotations);
    const Camera c = camera("camera", camera_array);
    const Pose at = pose("world_from_cam", world_from_cam);
    near_z = near_plane(near_z);
    Array<double> rects({centres.shape(0), py::ssize_t{4}});
    Array<bool> valid(centres.shape(0));
    double* rect = rects.mutable_data();
    bool* flag = valid.mutable_data();
    {
        py::gil_scoped_release release;
        spatialkit::project_boxes(arrays, c, at, near_z, rect, flag);
    }
    return py::make_tuple(rects, valid);
}

Array<bool> in_frustum(const Array<double>& centres, const Array<double>& sizes, const Array<double>& rotations,
                       const Array<double>& camera_array, const Array<double>& world_from_cam, double near_z) {
    const BoxArrays arrays = boxes(centres, sizes, rotations);
    const Camera c = camera("camera", camera_array);
    const Pose at = pose("world_from_cam", world_from_cam);
    near_z = near_plane(near_z);
    Array<bool> out(centres.shape(0));
    bool* flag = out.mutable_data();
    py::gil_scoped_release release;
    spatialkit::boxes_in_frustum(arrays, c, at, near_z, flag);
    return out;
}

double rotation_error(const Array<double>& rotations) {
    const double* r = data("rotations", rotations, {kAny, 3, 3});
    py::gil_scoped_release release;
    return spatialkit::rotation_error(r, count(rotations));
}

}  // namespace

void add_boxes(py::module_& m) {
    m.def("rotation_error", &rotation_error, py::arg("rotations").noconvert());
    m.def("project_boxes", &project, py::arg("centres").noconvert(), py::arg("sizes").noconvert(),
          py::arg("rotations").noconvert(), py::arg("camera").noconvert(), py::arg("world_from_cam").noconvert(),
          py::arg("near"));
    m.def("boxes_in_frustum", &in_frustum, py::arg("centres").noconvert(), py::arg("sizes").noconvert(),
          py::arg("rotations").noconvert(), py::arg("camera").noconvert(), py::arg("world_from_cam").noconvert(),
          py::arg("near"));
}

}  // namespace spatialkit::bindings
