// The filters of PNG (ISO/IEC 15948, 9.2) undone, for 16-bit grey images without interlacing: what depth is stored as.
#pragma once

#include <cstring>
#include <vector>

#include "spatialkit/types.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace spatialkit {

namespace detail {

inline constexpr std::size_t kPixelBytes = 2;

// Each byte grows by the one a pixel before: sums from the left, 8 pixels at a time where there are vectors.
inline void undo_sub(std::uint8_t* row, std::size_t bytes) {
    std::size_t i = 0;
#if defined(__SSE2__)
    __m128i carry = _mm_setzero_si128();
    for (; i + 16 <= bytes; i += 16) {
        __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(row + i));
        x = _mm_add_epi8(x, _mm_slli_si128(x, 2));
        x = _mm_add_epi8(x, _mm_slli_si128(x, 4));
        x = _mm_add_epi8(x, _mm_slli_si128(x, 8));
        x = _mm_add_epi8(x, carry);
        _mm_storeu_si128(reinterpret_cast<__m128i*>(row + i), x);
        carry = _mm_shufflehi_epi16(x, 0xff);
        carry = _mm_unpackhi_epi64(carry, carry);
    }
#endif
    for (i = i > kPixelBytes ? i : kPixelBytes; i < bytes; ++i)
        row[i] = static_cast<std::uint8_t>(row[i] + row[i - kPixelBytes]);
}

SPATIALKIT_INLINE void add_row(std::uint8_t* SPATIALKIT_RESTRICT row, const std::uint8_t* SPATIALKIT_RESTRICT up,
                               std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) row[i] = static_cast<std::uint8_t>(row[i] + up[i]);
}

inline void undo_up(std::uint8_t* row, const std::uint8_t* up, std::size_t bytes) {
    run<add_row>(row, up, bytes);
}

inline void undo_average(std::uint8_t* row, const std::uint8_t* up, std::size_t bytes) {
    int left[kPixelBytes] = {0, 0};
    for (std::size_t i = 0; i < bytes; i += kPixelBytes)
        for (std::size_t k = 0; k < kPixelBytes; ++k)
            left[k] = row[i + k] = static_cast<std::uint8_t>(row[i + k] + ((left[k] + up[i + k]) >> 1));
}

// Of left, up and the one between them the nearest to left + up - between, the earlier of two.
SPATIALKIT_INLINE int paeth(int left, int up, int between) {
    const int to_left = std::abs(up - between), to_up = std::abs(left - between);
    const int to_between = std::abs(left + up - 2 * between);
    const int other = to_up <= to_between ? up : between;
    return to_left <= to_up && to_left <= to_between ? left : other;
}

inline void undo_paeth(std::uint8_t* row, const std::uint8_t* up, std::size_t bytes) {
    int left[kPixelBytes] = {0, 0}, between[kPixelBytes] = {0, 0};
    for (std::size_t i = 0; i < bytes; i += kPixelBytes)
        for (std::size_t k = 0; k < kPixelBytes; ++k) {
            const int above = up[i + k];
            left[k] = row[i + k] = static_cast<std::uint8_t>(row[i + k] + paeth(left[k], above, between[k]));
            between[k] = above;
        }
}

}  // namespace detail

// Rows of `width` big-endian 16-bit pixels, the number of its filter before each, to pixels (height, width). The rows
// are changed in place. Returns false if a filter is none of the five.
inline bool unfilter16(std::uint8_t* rows, std::size_t height, std::size_t width, std::uint16_t* out) {
    const std::size_t bytes = detail::kPixelBytes * width;
    const std::vector<std::uint8_t> nothing(bytes, 0);
    const std::uint8_t* up = nothing.data();
    for (std::size_t y = 0; y < height; ++y) {
        std::uint8_t* row = rows + y * (bytes + 1) + 1;
        switch (row[-1]) {
            case 0:
                break;
            case 1:
                detail::undo_sub(row, bytes);
                break;
            case 2:
                detail::undo_up(row, up, bytes);
                break;
            case 3:
                detail::undo_average(row, up, bytes);
                break;
            case 4:
                detail::undo_paeth(row, up, bytes);
                break;
            default:
                return false;
        }
        for (std::size_t x = 0; x < width; ++x)
            out[y * width + x] = static_cast<std::uint16_t>(row[2 * x] << 8 | row[2 * x + 1]);
        up = row;
    }
    return true;
}

}  // namespace spatialkit
