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
    double* anchor;  // (n, 2) the one nearest to the target among those well inside the object; NaN if none
    double* disc;    // (n,) share of the disc of radius `room` around the anchor that shows the object; NaN if none
};

namespace detail {

// Object ids in ascending order with their index, so that a pixel's id is found by bisection.
inline std::vector<std::pair<std::int64_t, std::size_t>> sorted_ids(const std::int64_t* ids, std::size_t count) {
    std::vector<std::pair<std::int64_t, std::size_t>> sorted(count);
    for (std::size_t i = 0; i < count; ++i) sorted[i] = {ids[i], i};
    std::sort(sorted.begin(), sorted.end());
    return sorted;
}

// How many steps (up, down, left, right) each pixel is from the nearest that does not carry the same id, or from the
// image's border: the chamfer of Rosenfeld and Pfaltz (1966), one pass down and one up. 0 where no object shows.
inline const std::vector<std::int32_t>& steps_inside(const DepthBuffer& buffer) {
    const int w = buffer.camera.width, h = buffer.camera.height;
    std::vector<std::int32_t>& steps = scratch<std::int32_t>();
    steps.assign(static_cast<std::size_t>(w) * static_cast<std::size_t>(h), 0);
    const auto shows = [&](std::size_t at) { return buffer.instances[at] >= 0 && buffer.depth[at] > 0; };
    const auto beside = [&](std::size_t at, int x, int y) {  // steps of a neighbour, 0 if it is no part of the same
        if (!buffer.contains(x, y)) return 0;
        const std::size_t there = buffer.index(x, y);
        return buffer.instances[there] == buffer.instances[at] ? steps[there] : 0;
    };
    for (int y = 0; y < h; ++y) {
        for (int x = 0; x < w; ++x) {
            const std::size_t at = buffer.index(x, y);
            if (shows(at)) steps[at] = 1 + std::min(beside(at, x - 1, y), beside(at, x, y - 1));
        }
    }
    for (int y = h - 1; y >= 0; --y) {
        for (int x = w - 1; x >= 0; --x) {
            const std::size_t at = buffer.index(x, y);
            if (shows(at)) steps[at] = std::min(steps[at], 1 + std::min(beside(at, x + 1, y), beside(at, x, y + 1)));
        }
    }
    return steps;
}

// A pixel of an object.
struct Owned {
    std::uint16_t x, y;
    std::uint32_t object;
    std::int32_t steps;
};

// Share of the pixels within `radius` of (x, y), the image's outside included, that carry the id and have a reading.
inline double disc_share(const DepthBuffer& buffer, int x, int y, int radius, std::int64_t id) {
    int all = 0, own = 0;
    for (int dy = -radius; dy <= radius; ++dy) {
        for (int dx = -radius; dx <= radius; ++dx) {
            if (dx * dx + dy * dy > radius * radius) continue;
            all += 1;
            own += buffer.reading(x + dx, y + dy) > 0 && buffer.instances[buffer.index(x + dx, y + dy)] == id;
        }
    }
    return static_cast<double>(own) / all;
}

}  // namespace detail

// `buffer.instances` must not be null; `targets` (n, 2) are pixels of the buffer, NaN for the middle of the object's
// own. An anchor is `room` steps inside its object; where the object is too narrow for that, half as far as it is
// possible.
inline void instance_marks(const DepthBuffer& buffer, const std::int64_t* ids, const double* targets, std::size_t count,
                           int room, const InstanceTally& tally) {
    std::fill_n(tally.pixels, count, 0.0);
    std::fill_n(tally.rect, 4 * count, kNaN);
    std::fill_n(tally.anchor, 2 * count, kNaN);
    std::fill_n(tally.disc, count, kNaN);
    const auto sorted = detail::sorted_ids(ids, count);
    const std::vector<std::int32_t>& steps = detail::steps_inside(buffer);
    std::vector<detail::Owned>& owned = detail::scratch<detail::Owned>();
    owned.clear();
    std::vector<std::int32_t> deepest(count, 0);
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
            owned.push_back({static_cast<std::uint16_t>(x), static_cast<std::uint16_t>(y),
                             static_cast<std::uint32_t>(last), steps[at]});
            deepest[last] = std::max(deepest[last], steps[at]);
        }
    }
    std::vector<detail::AnchorChoice> choice(count);
    for (std::size_t i = 0; i < count; ++i) {
        const double* rect = tally.rect + 4 * i;
        const bool given = std::isfinite(targets[2 * i]) && std::isfinite(targets[2 * i + 1]);
        choice[i].wanted =
            given ? Pixel{targets[2 * i], targets[2 * i + 1]} : Pixel{(rect[0] + rect[2]) / 2, (rect[1] + rect[3]) / 2};
    }
    for (const detail::Owned& pixel : owned) {
        const Pixel here{static_cast<double>(pixel.x), static_cast<double>(pixel.y)};
        const std::size_t object = pixel.object;
        const std::int32_t wanted = std::min(room, (deepest[object] + 1) / 2);
        if (choice[object].offer(here, pixel.steps >= wanted)) {
            tally.anchor[2 * object] = here.u;
            tally.anchor[2 * object + 1] = here.v;
        }
    }
    for (std::size_t i = 0; i < count; ++i) {
        if (tally.pixels[i] > 0)
            tally.disc[i] = detail::disc_share(buffer, static_cast<int>(tally.anchor[2 * i]),
                                               static_cast<int>(tally.anchor[2 * i + 1]), room, ids[i]);
    }
}

}  // namespace spatialkit
