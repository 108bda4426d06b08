// How much of what two frames see is the same surface.
#pragma once

#include <bit>
#include <cstring>
#include <vector>

#include "spatialkit/parallel.hpp"
#include "spatialkit/types.hpp"

namespace spatialkit {

namespace detail {

// Bits of each frame in whole words, the tail filled with zeros, and how many are set.
struct PackedRows {
    std::size_t words;
    std::vector<std::uint64_t> bits, count;

    PackedRows(const std::uint8_t* seen, std::size_t frames, std::size_t bytes)
        : words((bytes + 7) / 8), bits(frames * words), count(frames) {
        for (std::size_t f = 0; f < frames; ++f) {
            if (bytes > 0) std::memcpy(bits.data() + f * words, seen + f * bytes, bytes);
            for (std::size_t w = 0; w < words; ++w)
                count[f] += static_cast<std::uint64_t>(std::popcount(bits[f * words + w]));
        }
    }
};

SPATIALKIT_INLINE void count_shared(const PackedRows& rows, double* out, std::size_t begin, std::size_t end) {
    const std::size_t frames = rows.count.size(), words = rows.words;
    for (std::size_t a = begin; a < end; ++a) {
        for (std::size_t b = a; b < frames; ++b) {
            const std::uint64_t* row_a = rows.bits.data() + a * words;
            const std::uint64_t* row_b = rows.bits.data() + b * words;
            std::uint64_t both = 0;
            for (std::size_t w = 0; w < words; ++w)
                both += static_cast<std::uint64_t>(std::popcount(row_a[w] & row_b[w]));
            const std::uint64_t either = rows.count[a] + rows.count[b] - both;
            const double share = either > 0 ? static_cast<double>(both) / static_cast<double>(either) : 0.0;
            out[a * frames + b] = out[b * frames + a] = share;
        }
    }
}

}  // namespace detail

// One row of packed bits a frame, (frames, bytes), to intersection over union (frames, frames); 0 where both are empty.
inline void shared_surface(const std::uint8_t* seen, std::size_t frames, std::size_t bytes, double* out,
                           int threads = 1) {
    constexpr std::size_t kRows = 8;
    const detail::PackedRows rows(seen, frames, bytes);
    in_pieces(frames, kRows, threads, [&](std::size_t begin, std::size_t end) {
        detail::run_with_counting<detail::count_shared>(rows, out, begin, end);
    });
}

}  // namespace spatialkit
