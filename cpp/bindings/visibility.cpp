// Points and surface samples against a depth buffer.
#include "spatialkit/visibility.hpp"

#include <pybind11/stl.h>

#include <optional>

#include "arrays.hpp"

namespace spatialkit::bindings {

namespace {

template <class T>
py::tuple visible(const Array<T>& points, const Array<double>& camera_array, const Array<double>& world_from_cam,
                  bool columns, const Array<float>& depth, double constant, double quadratic, double near_z,
                  int threads) {
    const T* p = columns ? data("points", points, {3, kAny}) : data("points", points, {kAny, 3});
    const py::ssize_t n = points.shape(columns ? 1 : 0);
    const View from = view(camera_array, world_from_cam, near_z);
    const DepthBuffer buffer{data("depth", depth, {from.camera.height, from.camera.width}), nullptr, from.camera};
    const Tolerance within = tolerance(constant, quadratic);
    threads = thread_count(threads);
    Array<bool> out(n);
    bool* flag = out.mutable_data();
    bool finite;
    {
        py::gil_scoped_release release;
        finite = spatialkit::visible_points(p, static_cast<std::size_t>(n), columns ? Layout::kColumns : Layout::kRows,
                                            buffer, from.pose, within, from.near_z, flag, threads);
    }
    return py::make_tuple(out, finite);
}

void check_owners(const std::int32_t* owners, std::size_t size, std::size_t objects) {
    bool fits = true;
    for (std::size_t i = 0; i < size; ++i)
        fits &= owners[i] >= -1 && (owners[i] < 0 || static_cast<std::size_t>(owners[i]) < objects);
    if (!fits) refuse("owners", "indices from -1 to " + std::to_string(objects) + " - 1");
}

py::tuple observe(const Array<float>& points, const Array<float>& normals, const Array<float>& areas,
                  const Array<std::int32_t>& owners, const Array<std::int64_t>& object_ids,
                  const Array<double>& targets, const Array<double>& camera_array, const Array<double>& world_from_cam,
                  const Array<float>& depth, const Array<double>& depth_camera_array,
                  const std::optional<Array<std::int64_t>>& instances, double constant, double quadratic, double near_z,
                  bool places) {
    const py::ssize_t p = points.ndim() > 0 ? points.shape(0) : 0, n = object_ids.ndim() > 0 ? object_ids.shape(0) : 0;
    const SurfaceSamples samples{data("points", points, {p, 3}), data("normals", normals, {p, 3}),
                                 data("areas", areas, {p}), data("owners", owners, {p}), static_cast<std::size_t>(p)};
    const ObservedObjects objects{data("object_ids", object_ids, {n}), data("targets", targets, {n, 3}),
                                  static_cast<std::size_t>(n)};
    const View from = view(camera_array, world_from_cam, near_z);
    const Camera dc = camera("depth_camera", depth_camera_array);
    const DepthBuffer buffer{data("depth", depth, {dc.height, dc.width}),
                             instances ? data("instances", *instances, {dc.height, dc.width}) : nullptr, dc};
    const Tolerance within = tolerance(constant, quadratic);
    Array<std::uint8_t> seen((p + 7) / 8);
    const py::ssize_t m = places ? n : 0;
    Array<double> area(n), pixels(m), rect({m, py::ssize_t{4}}), anchor({m, py::ssize_t{2}});
    const FrameTally tally{seen.mutable_data(), area.mutable_data(), places ? pixels.mutable_data() : nullptr,
                           rect.mutable_data(), anchor.mutable_data()};
    {
        py::gil_scoped_release release;
        check_owners(samples.owners, samples.count, objects.count);
        spatialkit::observe_frame(samples, objects, from.camera, from.pose, buffer, within, from.near_z, tally);
    }
    return py::make_tuple(seen, area, pixels, rect, anchor);
}

template <class T>
void add_visible(py::module_& m) {
    m.def("visible_points", &visible<T>, py::arg("points").noconvert(), py::arg("camera").noconvert(),
          py::arg("world_from_cam").noconvert(), py::arg("columns").noconvert(), py::arg("depth").noconvert(),
          py::arg("constant"), py::arg("quadratic"), py::arg("near"), py::arg("threads"));
}

}  // namespace

void add_visibility(py::module_& m) {
    add_visible<float>(m);
    add_visible<double>(m);
    m.def("observe_frame", &observe, py::arg("points").noconvert(), py::arg("normals").noconvert(),
          py::arg("areas").noconvert(), py::arg("owners").noconvert(), py::arg("object_ids").noconvert(),
          py::arg("targets").noconvert(), py::arg("camera").noconvert(), py::arg("world_from_cam").noconvert(),
          py::arg("depth").noconvert(), py::arg("depth_camera").noconvert(), py::arg("instances").noconvert(),
          py::arg("constant"), py::arg("quadratic"), py::arg("near"), py::arg("places").noconvert());
}

}  // namespace spatialkit::bindings
