// Triangles to depth and face index.
#include "spatialkit/raster.hpp"

#include "arrays.hpp"

namespace spatialkit::bindings {

namespace {

py::tuple rasterize(const Array<double>& vertices, const Array<std::int32_t>& faces, const Array<double>& camera_array,
                    const Array<double>& world_from_cam, double near_z) {
    const double* v = data("vertices", vertices, {kAny, 3});
    const std::int32_t* f = data("faces", faces, {kAny, 3});
    if (faces.shape(0) > std::numeric_limits<std::int32_t>::max()) refuse("faces", "fewer than 2^31 faces");
    const Camera c = camera("camera", camera_array);
    const Pose at = pose("world_from_cam", world_from_cam);
    near_z = near_plane(near_z);
    Array<float> depth({c.height, c.width});
    Array<std::int32_t> index({c.height, c.width});
    float* depth_out = depth.mutable_data();
    std::int32_t* index_out = index.mutable_data();
    {
        py::gil_scoped_release release;
        check_indices(f, 3 * count(faces), count(vertices));
        spatialkit::rasterize(v, count(vertices), f, count(faces), c, at, near_z, depth_out, index_out);
    }
    return py::make_tuple(depth, index);
}

}  // namespace

void add_raster(py::module_& m) {
    m.def("rasterize", &rasterize, py::arg("vertices").noconvert(), py::arg("faces").noconvert(),
          py::arg("camera").noconvert(), py::arg("world_from_cam").noconvert(), py::arg("near"));
}

}  // namespace spatialkit::bindings
