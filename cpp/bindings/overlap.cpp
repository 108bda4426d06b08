// Pairs of boxes and pairs of frames.
#include "spatialkit/overlap.hpp"

#include "arrays.hpp"
#include "spatialkit/covisibility.hpp"

namespace spatialkit::bindings {

namespace {

using PairKernel = void (*)(const BoxArrays&, const BoxArrays&, double*, int);

// A kernel over all pairs of two lists of boxes, (n,) and (m,) to (n, m).
void add_pairs(py::module_& m, const char* name, PairKernel kernel) {
    m.def(
        name,
        [kernel](const Array<double>& centres_a, const Array<double>& sizes_a, const Array<double>& rotations_a,
                 const Array<double>& centres_b, const Array<double>& sizes_b, const Array<double>& rotations_b,
                 int threads) {
            const BoxArrays a = boxes(centres_a, sizes_a, rotations_a), b = boxes(centres_b, sizes_b, rotations_b);
            Array<double> out({centres_a.shape(0), centres_b.shape(0)});
            double* result = out.mutable_data();
            threads = thread_count(threads);
            py::gil_scoped_release release;
            kernel(a, b, result, threads);
            return out;
        },
        py::arg("centres_a").noconvert(), py::arg("sizes_a").noconvert(), py::arg("rotations_a").noconvert(),
        py::arg("centres_b").noconvert(), py::arg("sizes_b").noconvert(), py::arg("rotations_b").noconvert(),
        py::arg("threads"));
}

Array<double> shared(const Array<std::uint8_t>& seen, int threads) {
    threads = thread_count(threads);
    const std::uint8_t* bits = data("seen", seen, {kAny, kAny});
    const std::size_t frames = count(seen), bytes = static_cast<std::size_t>(seen.shape(1));
    Array<double> out({seen.shape(0), seen.shape(0)});
    double* result = out.mutable_data();
    py::gil_scoped_release release;
    spatialkit::shared_surface(bits, frames, bytes, result, threads);
    return out;
}

}  // namespace

void add_overlap(py::module_& m) {
    add_pairs(m, "box_iou", &spatialkit::box_iou);
    add_pairs(m, "box_distance", &spatialkit::box_distance);
    m.def("shared_surface", &shared, py::arg("seen").noconvert(), py::arg("threads"));
}

}  // namespace spatialkit::bindings
