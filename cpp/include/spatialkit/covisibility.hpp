// How much of what two frames see is the same surface.
#pragma once

#include <bit>
#include <cstring>
#include <vector>

#include "spatialkit/types.hpp"

namespace spatialkit {

namespace detail {

SPATIALKIT_INLINE void count_shared(const std::uint8_t* seen, std::size_t frames, std::size_t bytes, double* out) {
    // Rows are copied to whole words once, the tail filled with zeros.
    const std::size_t words = (bytes + 7) / 8;
    std::vector<std::uint64_t> rows(frames * words);
    std::vector<std::uint64_t> count(frames);
    for (std::size_t f = 0; f < frames; ++f) {
        if (bytes > 0) std::memcpy(rows.data() + f * words, seen + f * bytes, bytes);
        for (std::size_t w = 0; w < words; ++w)
            count[f] += static_cast<std::uint64_t>(std::popcount(rows[f * words + w]));
    }
    for (std::size_t a = 0; a < frames; ++a) {
        for (std::size_t b = a; b < frames; ++b) {
            const std::uint64_t* row_a = rows.data() + a * words;
            const std::uint64_t* row_b = rows.data() + b * words;
            std::uint64_t both = 0;
            for (std::size_t w = 0; w < words; ++w)
                both += static_cast<std::uint64_t>(std::popcount(row_a[w] & row_b[w]));
            const std::uint64_t either = count[a] + count[b] - both;
            const double share = either > 0 ? static_cast<double>(both) / static_cast<double>(either) : 0.0;
            out[a * frames + b] = out[b * frames + a] = share;
        }
    }
}

}  // namespace detail

// One row of packed bits a frame, (frames, bytes), to intersection over union (frames, frames); 0 where both are empty.
inline void shared_surface(const std::uint8_t* seen, std::size_t frames, std::size_t bytes, double* out) {
    detail::run_with_counting<detail::count_shared>(seen, frames, bytes, out);
}

}  // namespace spatialkit
