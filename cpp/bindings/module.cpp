// The Python module spatialkit._core: a table of contents.
#include "arrays.hpp"

PYBIND11_MODULE(_core, m, pybind11::mod_gil_not_used()) {
    using namespace spatialkit::bindings;
    m.doc() = "Compiled core of spatialkit: arrays in, arrays out. Use the functions of spatialkit.geometry.";
    add_camera(m);
    add_boxes(m);
    add_raster(m);
    add_bvh(m);
    add_visibility(m);
    add_overlap(m);
    add_instances(m);
    add_images(m);
}
