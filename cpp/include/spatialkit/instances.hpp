// What an instance image says about each object: how many pixels show it, where they are, and which one to point at.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "spatialkit/visibility.hpp"

namespace spatialkit {

// What the pixels of one frame say; all arrays are the caller's.
struct InstanceTally {
    double* pixels;  // (n,) pixels that carry the object's id and have a reading
    double* rect;    // (n, 4) bounds of their centres, NaN if none
    double* anchor;  // (n, 2) the one nearest to the target, off the object's outline if it can be; NaN if none
};

namespace detail {

// Object ids in ascending order with their index, so that a pixel's id is found by bisection.
inline std::vector<std::pair<std::int64_t, std::size_t>> sorted_ids(const std::int64_t* ids, std::size_t count) {
    std::vector<std::pair<std::int64_t, std::size_t>> sorted(count);
    for (std::size_t i = 0; i < count; ++i) sorted[i] = {ids[i], i};
    std::sort(sorted.begin(), sorted.end());
    return sorted;
}

// Whether the four neighbours of a pixel carry the same id and have a reading.
SPATIALKIT_INLINE bool is_inside(const DepthBuffer& buffer, int x, int y, std::int64_t id) {
    constexpr int kStep[4][2] = {{-1, 0}, {1, 0}, {0, -1}, {0, 1}};
    for (const auto& step : kStep) {
        const int nx = x + step[0], ny = y + step[1];
        if (!(buffer.reading(nx, ny) > 0) || buffer.instances[buffer.index(nx, ny)] != id) return false;
    }
    return true;
}

}  // namespace detail

// `buffer.instances` must not be null; `targets` (n, 2) are pixels of the buffer, NaN for the middle of the object's
// own.
inline void instance_marks(const DepthBuffer& buffer, const std::int64_t* ids, const double* targets, std::size_t count,
                           const InstanceTally& tally) {
    std::fill_n(tally.pixels, count, 0.0);
    std::fill_n(tally.rect, 4 * count, kNaN);
    std::fill_n(tally.anchor, 2 * count, kNaN);
    const auto sorted = detail::sorted_ids(ids, count);
    struct Owned {
        int x, y;
        std::size_t object;
        bool inside;
    };
    std::vector<Owned> owned;
    std::int64_t last_id = -1;
    std::size_t last = count;  // neighbours mostly carry the same id
    for (int y = 0; y < buffer.camera.height; ++y) {
        for (int x = 0; x < buffer.camera.width; ++x) {
            const std::size_t at = buffer.index(x, y);
            const std::int64_t id = buffer.instances[at];
            if (id < 0 || !(buffer.depth[at] > 0)) continue;
            if (id != last_id) {
                const auto found = std::lower_bound(sorted.begin(), sorted.end(), std::make_pair(id, std::size_t{0}));
                last_id = id, last = found != sorted.end() && found->first == id ? found->second : count;
            }
            if (last == count) continue;
            double* rect = tally.rect + 4 * last;
            rect[0] = std::fmin(rect[0], x), rect[1] = std::fmin(rect[1], y);
            rect[2] = std::fmax(rect[2], x), rect[3] = std::fmax(rect[3], y);
            tally.pixels[last] += 1;
            owned.push_back({x, y, last, detail::is_inside(buffer, x, y, id)});
        }
    }
    std::vector<detail::AnchorChoice> choice(count);
    for (std::size_t i = 0; i < count; ++i) {
        const double* rect = tally.rect + 4 * i;
        const bool given = std::isfinite(targets[2 * i]) && std::isfinite(targets[2 * i + 1]);
        choice[i].wanted =
            given ? Pixel{targets[2 * i], targets[2 * i + 1]} : Pixel{(rect[0] + rect[2]) / 2, (rect[1] + rect[3]) / 2};
    }
    for (const Owned& pixel : owned) {
        const Pixel here{static_cast<double>(pixel.x), static_cast<double>(pixel.y)};
        if (choice[pixel.object].offer(here, pixel.inside)) {
            tally.anchor[2 * pixel.object] = here.u;
            tally.anchor[2 * pixel.object + 1] = here.v;
        }
    }
}

}  // namespace spatialkit
