// Pixels of image files.
#include "arrays.hpp"
#include "spatialkit/png.hpp"

namespace spatialkit::bindings {

namespace {

// The rows are changed; None where one has no known filter.
py::object unfilter(Array<std::uint8_t>& rows) {
    data("rows", rows, {kAny, kAny});
    const py::ssize_t height = rows.shape(0), bytes = rows.shape(1) - 1;
    if (bytes < 2 || bytes % 2 != 0) refuse("rows", "shape (h, 1 + 2 w)");
    Array<std::uint16_t> out({height, bytes / 2});
    std::uint8_t* row = rows.mutable_data();
    std::uint16_t* pixels = out.mutable_data();
    bool known;
    {
        py::gil_scoped_release release;
        known =
            spatialkit::unfilter16(row, static_cast<std::size_t>(height), static_cast<std::size_t>(bytes / 2), pixels);
    }
    return known ? py::object(out) : py::none();
}

}  // namespace

void add_images(py::module_& m) {
    m.def("unfilter16", &unfilter, py::arg("rows").noconvert());
}

}  // namespace spatialkit::bindings
