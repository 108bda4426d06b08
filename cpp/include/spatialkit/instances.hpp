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

// Pixels beside each other that show the same object.
struct Run {
    std::int32_t owner;
    int y, x0, x1;  // the last one belongs to it
};

// The index of the object that each pixel shows, -1 for none, and the runs of those that show one, in reading order.
inline void find_owners(const DepthBuffer& buffer, const std::int64_t* ids, std::size_t count, std::int32_t* owners,
                        std::vector<Run>& runs) {
    const auto sorted = sorted_ids(ids, count);
    const auto owner_of = [&](std::int64_t id) {
        const auto found = std::lower_bound(sorted.begin(), sorted.end(), std::make_pair(id, std::size_t{0}));
        return found != sorted.end() && found->first == id ? static_cast<std::int32_t>(found->second) : -1;
    };
    const int w = buffer.camera.width, h = buffer.camera.height;
    runs.clear();
    std::int64_t last = -1;
    std::int32_t owner = -1;  // neighbours mostly carry the same id
    for (int y = 0; y < h; ++y) {
        bool open = false;
        for (int x = 0; x < w; ++x) {
            const std::size_t at = buffer.index(x, y);
            const std::int64_t id = buffer.depth[at] > 0 ? buffer.instances[at] : -1;
            if (id != last) {
                last = id, owner = id < 0 ? -1 : owner_of(id);
                open = false;
            }
            owners[at] = owner;
            if (owner < 0) continue;
            if (!open) runs.push_back({owner, y, x, x});
            open = true;
            runs.back().x1 = x;
        }
    }
}

// How many steps (up, down, left, right) each pixel is from the nearest that shows something else, or from outside the
// image: along the columns first, whose minimum along the rows is the distance in the plane (P. Felzenszwalb and
// D. Huttenlocher, "Distance transforms of sampled functions", 2012).
SPATIALKIT_INLINE void steps_inside(const std::int32_t* owners, int width, int height, std::int32_t* steps) {
    const auto w = static_cast<std::size_t>(width), h = static_cast<std::size_t>(height);
    std::vector<std::int32_t> below(w, 0);
    std::int32_t* SPATIALKIT_RESTRICT down = below.data();
    std::fill_n(steps, w, 1);
    for (std::size_t at = w; at < w * h; ++at) steps[at] = owners[at] == owners[at - w] ? steps[at - w] + 1 : 1;
    for (std::size_t y = h; y-- > 0;) {
        std::int32_t* SPATIALKIT_RESTRICT row = steps + y * w;
        const std::int32_t* own = owners + y * w;
        const std::int32_t* under = y + 1 < h ? own + w : own;  // below the last row `below` is 0 anyway
        for (std::size_t x = 0; x < w; ++x) {
            down[x] = own[x] == under[x] ? down[x] + 1 : 1;
            row[x] = std::min(row[x], down[x]);
        }
        row[0] = 1, row[w - 1] = 1;
        for (std::size_t x = 1; x < w; ++x) row[x] = std::min(row[x], own[x] == own[x - 1] ? row[x - 1] + 1 : 1);
        for (std::size_t x = w - 1; x-- > 0;) row[x] = std::min(row[x], own[x] == own[x + 1] ? row[x + 1] + 1 : 1);
    }
}

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
    const int width = buffer.camera.width, height = buffer.camera.height;
    const std::size_t size = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    std::vector<std::int32_t>& images = detail::scratch<std::int32_t>();
    images.resize(2 * size);
    std::int32_t* owners = images.data();
    std::int32_t* steps = owners + size;
    std::vector<detail::Run>& runs = detail::scratch<detail::Run>();
    detail::find_owners(buffer, ids, count, owners, runs);
    detail::run<detail::steps_inside>(owners, width, height, steps);
    std::vector<std::int32_t> deepest(count, 0);
    for (const detail::Run& run : runs) {
        const auto object = static_cast<std::size_t>(run.owner);
        double* rect = tally.rect + 4 * object;
        rect[0] = std::fmin(rect[0], run.x0), rect[1] = std::fmin(rect[1], run.y);
        rect[2] = std::fmax(rect[2], run.x1), rect[3] = std::fmax(rect[3], run.y);
        tally.pixels[object] += run.x1 - run.x0 + 1;
        const std::int32_t* first = steps + buffer.index(run.x0, run.y);
        deepest[object] = std::max(deepest[object], *std::max_element(first, first + (run.x1 - run.x0 + 1)));
    }
    std::vector<detail::AnchorChoice> choice(count);
    for (std::size_t i = 0; i < count; ++i) {
        const double* rect = tally.rect + 4 * i;
        const bool given = std::isfinite(targets[2 * i]) && std::isfinite(targets[2 * i + 1]);
        choice[i].wanted =
            given ? Pixel{targets[2 * i], targets[2 * i + 1]} : Pixel{(rect[0] + rect[2]) / 2, (rect[1] + rect[3]) / 2};
    }
    for (const detail::Run& run : runs) {
        const auto object = static_cast<std::size_t>(run.owner);
        detail::AnchorChoice& chosen = choice[object];
        const double nearest = std::clamp<double>(chosen.wanted.u, run.x0, run.x1);
        if (!(chosen.to({nearest, static_cast<double>(run.y)}) < chosen.distance)) continue;
        const std::int32_t wanted = std::min(room, (deepest[object] + 1) / 2);
        for (int x = run.x0; x <= run.x1; ++x) {
            const Pixel here{static_cast<double>(x), static_cast<double>(run.y)};
            if (steps[buffer.index(x, run.y)] < wanted || !chosen.offer(here, 0)) continue;
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
