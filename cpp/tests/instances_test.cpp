#include <vector>

#include "check.hpp"

using namespace spatialkit;

namespace {

const Camera kSmall{1, 1, 0, 0, 12, 9};

struct Marks {
    double pixels[2], rect[8], anchor[4], disc[2];
};

Marks marks(const std::vector<std::int64_t>& instances, const std::vector<float>& depth, const double (&targets)[4]) {
    const std::int64_t ids[] = {std::int64_t{1} << 40, 7};
    Marks out;
    instance_marks({depth.data(), instances.data(), kSmall}, ids, targets, 2, 2,
                   {out.pixels, out.rect, out.anchor, out.disc});
    return out;
}

// A block of the first object from (2, 1) to (10, 7), one pixel of the second at (0, 0).
void marks_of_a_block_and_of_a_pixel() {
    std::vector<std::int64_t> instances(12 * 9, -1);
    std::vector<float> depth(12 * 9, 2.0f);
    for (std::size_t y = 1; y <= 7; ++y)
        for (std::size_t x = 2; x <= 10; ++x) instances[12 * y + x] = std::int64_t{1} << 40;
    instances[0] = 7;
    instances[1] = 99;  // an object that is not asked for
    depth[12 * 1 + 2] = 0;
    const Marks found = marks(instances, depth, {-50, 4, kNaN, kNaN});
    CHECK(found.pixels[0] == 62 && found.pixels[1] == 1);
    CHECK(found.rect[0] == 2 && found.rect[1] == 1 && found.rect[2] == 10 && found.rect[3] == 7);
    CHECK(found.anchor[0] == 3 && found.anchor[1] == 4);  // as far left as one may go two steps inside
    CHECK(found.disc[0] > 0.5 && found.disc[0] <= 1 && found.disc[1] > 0 && found.disc[1] < 0.2);
    CHECK(found.anchor[2] == 0 && found.anchor[3] == 0);  // no room: the pixel itself
}

void what_is_not_there_has_no_marks() {
    const Marks found = marks(std::vector<std::int64_t>(12 * 9, 3), std::vector<float>(12 * 9, 1.0f), {0, 0, 0, 0});
    CHECK(found.pixels[0] == 0 && std::isnan(found.rect[0]) && std::isnan(found.anchor[3]));
}

}  // namespace

int main() {
    marks_of_a_block_and_of_a_pixel();
    what_is_not_there_has_no_marks();
    return failures != 0;
}
