// The border between Python and the kernels: arrays are checked here once more, so that nothing a caller passes can
// make a kernel read beyond them. Friendly errors are the business of the Python layer above.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>

#include "spatialkit/box.hpp"
#include "spatialkit/camera.hpp"

namespace spatialkit::bindings {

namespace py = pybind11;

// C-contiguous; arguments are declared noconvert, so another dtype or layout is a TypeError.
template <class T>
using Array = py::array_t<T, py::array::c_style>;

inline constexpr py::ssize_t kAny = -1;

[[noreturn]] inline void refuse(const std::string& name, const std::string& expected) {
    throw std::invalid_argument(name + ": expected " + expected);
}

// The data of an array of that shape (kAny: any size).
template <class T>
const T* data(const char* name, const Array<T>& array, std::initializer_list<py::ssize_t> shape) {
    bool fits = array.ndim() == static_cast<py::ssize_t>(shape.size());
    py::ssize_t axis = 0;
    for (const py::ssize_t size : shape) {
        fits = fits && (size == kAny || array.shape(axis) == size);
        ++axis;
    }
    if (!fits) {
        std::string text;
        for (const py::ssize_t size : shape) text += (size == kAny ? "n" : std::to_string(size)) + ",";
        refuse(name, "shape (" + text + ")");
    }
    if (reinterpret_cast<std::uintptr_t>(array.data()) % alignof(T) != 0) refuse(name, "an aligned array");
    return array.data();
}

template <class T>
std::size_t count(const Array<T>& array) {
    return static_cast<std::size_t>(array.shape(0));
}

inline Camera camera(const char* name, const Array<double>& array) {
    const double* c = data(name, array, {6});
    const auto is_size = [](double s) { return s >= 1 && s <= 65535 && s == std::floor(s); };
    const bool fits = std::isfinite(c[0]) && c[0] > 0 && std::isfinite(c[1]) && c[1] > 0 && std::isfinite(c[2]) &&
                      std::isfinite(c[3]) && is_size(c[4]) && is_size(c[5]);
    if (!fits) refuse(name, "fx > 0, fy > 0, cx, cy, and width, height from 1 to 65535");
    return {c[0], c[1], c[2], c[3], static_cast<int>(c[4]), static_cast<int>(c[5])};
}

inline Pose pose(const char* name, const Array<double>& array) {
    const double* m = data(name, array, {4, 4});
    return {{{m[0], m[4], m[8]}, {m[1], m[5], m[9]}, {m[2], m[6], m[10]}}, {m[3], m[7], m[11]}};
}

inline BoxArrays boxes(const Array<double>& centres, const Array<double>& sizes, const Array<double>& rotations) {
    const double* c = data("centres", centres, {kAny, 3});
    const py::ssize_t n = centres.shape(0);
    return {c, data("sizes", sizes, {n, 3}), data("rotations", rotations, {n, 3, 3}), static_cast<std::size_t>(n)};
}

inline void check_indices(const std::int32_t* indices, std::size_t size, std::size_t limit) {
    bool fits = true;
    for (std::size_t i = 0; i < size; ++i) fits &= indices[i] >= 0 && static_cast<std::size_t>(indices[i]) < limit;
    if (!fits) refuse("faces", "indices from 0 to " + std::to_string(limit) + " - 1");
}

inline int thread_count(int threads) {
    if (threads < 1 || threads > 1024) refuse("threads", "1 to 1024");
    return threads;
}

inline double near_plane(double near_z) {
    if (!(near_z > 0) || !std::isfinite(near_z)) refuse("near", "a finite value above 0");
    return near_z;
}

// Where a kernel looks from, with which camera, and at what depth its view begins.
struct View {
    Camera camera;
    Pose pose;
    double near_z;
};

inline View view(const Array<double>& camera_array, const Array<double>& world_from_cam, double near_z) {
    return {camera("camera", camera_array), pose("world_from_cam", world_from_cam), near_plane(near_z)};
}

inline Tolerance tolerance(double constant, double quadratic) {
    if (!(constant >= 0) || !(quadratic >= 0)) refuse("tolerance", "two values of at least 0");
    return {constant, quadratic};
}

void add_camera(py::module_& m);
void add_boxes(py::module_& m);
void add_raster(py::module_& m);
void add_bvh(py::module_& m);
void add_visibility(py::module_& m);
void add_overlap(py::module_& m);
void add_instances(py::module_& m);
void add_images(py::module_& m);

}  // namespace spatialkit::bindings
