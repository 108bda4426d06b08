// Oriented boxes in the image.
#include "arrays.hpp"
#include "spatialkit/clip.hpp"
#include "spatialkit/parallel.hpp"

namespace spatialkit::bindings {

namespace {

py::tuple project(const Array<double>& centres, const Array<double>& sizes, const Array<double>& rotations,
                  const Array<double>& camera_array, const Array<double>& world_from_cam, double near_z, int threads) {
    const BoxArrays arrays = boxes(centres, sizes, rotations);
    const View from = view(camera_array, world_from_cam, near_z);
    threads = thread_count(threads);
    Array<double> rects({centres.shape(0), py::ssize_t{4}});
    Array<bool> valid(centres.shape(0));
    double* rect = rects.mutable_data();
    bool* flag = valid.mutable_data();
    {
        py::gil_scoped_release release;
        spatialkit::project_boxes(arrays, from.camera, from.pose, from.near_z, rect, flag, threads);
    }
    return py::make_tuple(rects, valid);
}

py::tuple in_frustum(const Array<double>& centres, const Array<double>& sizes, const Array<double>& rotations,
                     const Array<double>& camera_array, const Array<double>& world_from_cam, double near_z,
                     int threads) {
    const BoxArrays arrays = boxes(centres, sizes, rotations);
    const View from = view(camera_array, world_from_cam, near_z);
    threads = thread_count(threads);
    Array<bool> out(centres.shape(0));
    bool* flag = out.mutable_data();
    bool sound;
    {
        py::gil_scoped_release release;
        sound = spatialkit::boxes_in_frustum(arrays, from.camera, from.pose, from.near_z, flag, threads);
    }
    return py::make_tuple(out, sound);
}

Array<bool> spheres_in_frustum(const Array<double>& centres, const Array<double>& radii,
                               const Array<double>& camera_array, const Array<double>& world_from_cam, double near_z,
                               int threads) {
    const double* centre = data("centres", centres, {kAny, 3});
    const double* radius = data("radii", radii, {centres.shape(0)});
    const View from = view(camera_array, world_from_cam, near_z);
    threads = thread_count(threads);
    Array<bool> out(centres.shape(0));
    bool* flag = out.mutable_data();
    py::gil_scoped_release release;
    spatialkit::spheres_in_frustum(centre, radius, count(centres), from.camera, from.pose, from.near_z, flag, threads);
    return out;
}

Array<bool> contain(const Array<double>& points, const Array<double>& centres, const Array<double>& sizes,
                    const Array<double>& rotations, int threads) {
    const double* p = data("points", points, {kAny, 3});
    const BoxArrays arrays = boxes(centres, sizes, rotations);
    threads = thread_count(threads);
    Array<bool> out({points.shape(0), centres.shape(0)});
    bool* inside = out.mutable_data();
    py::gil_scoped_release release;
    in_pieces(count(points), 8192, threads,
              [&](std::size_t begin, std::size_t end) { spatialkit::points_in_boxes(p, begin, end, arrays, inside); });
    return out;
}

bool are_boxes(const Array<double>& centres, const Array<double>& sizes, const Array<double>& rotations) {
    const BoxArrays arrays = boxes(centres, sizes, rotations);
    py::gil_scoped_release release;
    const std::size_t n = 3 * arrays.count;
    return all_finite(arrays.centres, n) && all_extents(arrays.sizes, n) &&
           spatialkit::rotation_error(arrays.rotations, arrays.count) < kExactRotation;
}

bool is_pose(const Array<double>& matrix) {
    const double* m = data("matrix", matrix, {4, 4});
    const double rotation[9] = {m[0], m[1], m[2], m[4], m[5], m[6], m[8], m[9], m[10]};
    return m[12] == 0 && m[13] == 0 && m[14] == 0 && m[15] == 1 && is_finite({m[3], m[7], m[11]}) &&
           spatialkit::rotation_error(rotation, 1) < kExactRotation;
}

double rotation_error(const Array<double>& rotations) {
    const double* r = data("rotations", rotations, {kAny, 3, 3});
    py::gil_scoped_release release;
    return spatialkit::rotation_error(r, count(rotations));
}

}  // namespace

void add_boxes(py::module_& m) {
    m.def("are_boxes", &are_boxes, py::arg("centres").noconvert(), py::arg("sizes").noconvert(),
          py::arg("rotations").noconvert());
    m.def("is_pose", &is_pose, py::arg("matrix").noconvert());
    m.def("rotation_error", &rotation_error, py::arg("rotations").noconvert());
    m.def("project_boxes", &project, py::arg("centres").noconvert(), py::arg("sizes").noconvert(),
          py::arg("rotations").noconvert(), py::arg("camera").noconvert(), py::arg("world_from_cam").noconvert(),
          py::arg("near"), py::arg("threads"));
    m.def("boxes_in_frustum", &in_frustum, py::arg("centres").noconvert(), py::arg("sizes").noconvert(),
          py::arg("rotations").noconvert(), py::arg("camera").noconvert(), py::arg("world_from_cam").noconvert(),
          py::arg("near"), py::arg("threads"));
    m.def("spheres_in_frustum", &spheres_in_frustum, py::arg("centres").noconvert(), py::arg("radii").noconvert(),
          py::arg("camera").noconvert(), py::arg("world_from_cam").noconvert(), py::arg("near"), py::arg("threads"));
    m.def("points_in_boxes", &contain, py::arg("points").noconvert(), py::arg("centres").noconvert(),
          py::arg("sizes").noconvert(), py::arg("rotations").noconvert(), py::arg("threads"));
}

}  // namespace spatialkit::bindings
