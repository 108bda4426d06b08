// Instance images: pixels, bounds and anchors of objects.
#include "spatialkit/instances.hpp"

#include "arrays.hpp"

namespace spatialkit::bindings {

namespace {

py::tuple marks(const Array<std::int64_t>& instances, const Array<float>& depth, const Array<std::int64_t>& object_ids,
                const Array<double>& targets, int room) {
    const py::ssize_t n = object_ids.ndim() > 0 ? object_ids.shape(0) : 0;
    const std::int64_t* ids = data("instances", instances, {kAny, kAny});
    const py::ssize_t h = instances.shape(0), w = instances.shape(1);
    if (h > 65535 || w > 65535) refuse("instances", "at most 65535 x 65535 pixels");
    if (room < 0 || room > 4096) refuse("room", "a value from 0 to 4096");
    const Camera c{1, 1, 0, 0, static_cast<int>(w), static_cast<int>(h)};  // only its size is used
    const DepthBuffer buffer{data("depth", depth, {h, w}), ids, c};
    const std::int64_t* object = data("object_ids", object_ids, {n});
    const double* target = data("targets", targets, {n, 2});
    Array<double> pixels(n), rect({n, py::ssize_t{4}}), anchor({n, py::ssize_t{2}}), disc(n);
    const InstanceTally tally{pixels.mutable_data(), rect.mutable_data(), anchor.mutable_data(), disc.mutable_data()};
    {
        py::gil_scoped_release release;
        spatialkit::instance_marks(buffer, object, target, static_cast<std::size_t>(n), room, tally);
    }
    return py::make_tuple(pixels, rect, anchor, disc);
}

}  // namespace

void add_instances(py::module_& m) {
    m.def("instance_marks", &marks, py::arg("instances").noconvert(), py::arg("depth").noconvert(),
          py::arg("object_ids").noconvert(), py::arg("targets").noconvert(), py::arg("room"));
}

}  // namespace spatialkit::bindings
