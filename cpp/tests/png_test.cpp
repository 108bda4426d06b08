// PNG filters undone: against their definition, for every width and filter, and on bytes that nobody filtered.
#include "spatialkit/png.hpp"

#include <cstdlib>

#include "check.hpp"

namespace {

// ISO/IEC 15948, 9.2 to 9.4, a byte at a time; false for an unknown filter.
bool by_definition(std::vector<std::uint8_t>& rows, std::size_t height, std::size_t width,
                   std::vector<std::uint16_t>& out) {
    const std::size_t bytes = 2 * width;
    for (std::size_t y = 0; y < height; ++y) {
        std::uint8_t* x = rows.data() + y * (bytes + 1) + 1;
        for (std::size_t i = 0; i < bytes; ++i) {
            const int a = i >= 2 ? x[i - 2] : 0, b = y > 0 ? (x - bytes - 1)[i] : 0;
            const int c = i >= 2 && y > 0 ? (x - bytes - 1)[i - 2] : 0, p = a + b - c;
            const int pa = std::abs(p - a), pb = std::abs(p - b), pc = std::abs(p - c);
            const int predicted[] = {0, a, b, (a + b) / 2, pa <= pb && pa <= pc ? a : pb <= pc ? b : c};
            if (x[-1] > 4) return false;
            x[i] = static_cast<std::uint8_t>(x[i] + predicted[x[-1]]);
        }
        for (std::size_t k = 0; k < width; ++k)
            out[y * width + k] = static_cast<std::uint16_t>(x[2 * k] << 8 | x[2 * k + 1]);
    }
    return true;
}

// Memory of exactly the size needed, so that the address sanitizer sees each byte too far.
void compare(std::vector<std::uint8_t> rows, std::size_t height, std::size_t width) {
    std::vector<std::uint8_t> copy = rows;
    std::vector<std::uint16_t> out(height * width), expected(height * width);
    const bool known = by_definition(copy, height, width, expected);
    CHECK(spatialkit::unfilter16(rows.data(), height, width, out.data()) == known);
    CHECK(!known || out == expected);
}

}  // namespace

int main() {
    test::Random random{5};
    const auto byte = [&] { return static_cast<std::uint8_t>(random.bits()); };
    for (std::size_t width = 1; width <= 70; ++width) {
        for (int filter = 0; filter <= 5; ++filter) {
            std::vector<std::uint8_t> rows;
            for (std::size_t y = 0; y < 4; ++y) {
                rows.push_back(static_cast<std::uint8_t>(y == 2 ? random.bits() % 5 : filter));
                for (std::size_t i = 0; i < 2 * width; ++i) rows.push_back(byte());
            }
            compare(rows, 4, width);
        }
    }
    for (int round = 0; round < 2000; ++round) {
        const std::size_t height = random.bits() % 6, width = 1 + random.bits() % 40;
        std::vector<std::uint8_t> rows;
        for (std::size_t i = 0; i < height * (2 * width + 1); ++i) {
            // Mostly filters that there are, and runs of the extremes, where sums wrap around.
            const bool begins = i % (2 * width + 1) == 0;
            const std::uint8_t plain =
                begins && random.bits() % 8 ? static_cast<std::uint8_t>(random.bits() % 5) : byte();
            rows.push_back(!begins && random.bits() % 4 == 0 ? static_cast<std::uint8_t>(random.bits() % 2 ? 255 : 0)
                                                             : plain);
        }
        compare(rows, height, width);
    }
    return failures != 0;
}
