// What an instance image says about each object: how many pixels show it, where they are, and which one to point at.
#pragma once

#include <algorithm>
#include <cstring>
#include <unordered_map>
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

// Pixels beside each other that show the same object.
struct Run {
    std::int32_t owner;
    int y, x0, x1;  // the last one belongs to it
};

using Steps = std::uint16_t;
inline constexpr std::size_t kMostSteps = 0x7fff;  // twice as many are a number, too

// Whose each pixel of a row is: the id that it carries, -1 where it has no reading.
SPATIALKIT_INLINE void read_row(const DepthBuffer& buffer, int y, std::int64_t* SPATIALKIT_RESTRICT carried) {
    const auto w = static_cast<std::size_t>(buffer.camera.width);
    const float* SPATIALKIT_RESTRICT depth = buffer.depth + buffer.index(0, y);
    const std::int64_t* SPATIALKIT_RESTRICT instances = buffer.instances + buffer.index(0, y);
    for (std::size_t x = 0; x < w; ++x) carried[x] = depth[x] > 0 ? instances[x] : -1;
}

// 1 for each pixel beside, above or below one that shows something else, or at the border of the image, and `most` for
// the others; in `starts` (height, width) which pixels differ from the one to their left.
SPATIALKIT_INLINE void find_outlines(const DepthBuffer& buffer, Steps most, std::int64_t* carried, Steps* steps,
                                     std::uint8_t* starts) {
    const auto w = static_cast<std::size_t>(buffer.camera.width);
    for (int y = 0; y < buffer.camera.height; ++y) {
        std::int64_t* SPATIALKIT_RESTRICT here = carried + static_cast<std::size_t>(y % 2) * (w + 1) + 1;
        const std::int64_t* SPATIALKIT_RESTRICT above = carried + static_cast<std::size_t>((y + 1) % 2) * (w + 1) + 1;
        Steps* SPATIALKIT_RESTRICT row = steps + buffer.index(0, y);
        std::uint8_t* SPATIALKIT_RESTRICT start = starts + buffer.index(0, y);
        read_row(buffer, y, here);
        for (std::size_t x = 0; x < w; ++x) start[x] = here[x] != here[static_cast<std::ptrdiff_t>(x) - 1];
        start[0] = 1;
        for (std::size_t x = 0; x + 1 < w; ++x) row[x] = start[x] | start[x + 1] ? Steps{1} : most;
        row[w - 1] = 1;
        if (y == 0) continue;
        Steps* SPATIALKIT_RESTRICT before = row - w;
        for (std::size_t x = 0; x < w; ++x) {
            const bool other = here[x] != above[x];
            row[x] = other ? Steps{1} : row[x];
            before[x] = other ? Steps{1} : before[x];
        }
    }
    std::fill_n(steps, w, Steps{1});
    std::fill_n(steps + buffer.index(0, buffer.camera.height - 1), w, Steps{1});
}

// How many steps (up, down, left, right) each pixel is from the nearest that shows something else, or from outside the
// image, but no more than `most`: along the columns first, whose minimum along the rows is the distance in the plane
// (P. Felzenszwalb and D. Huttenlocher, "Distance transforms of sampled functions", 2012). A row reaches twice as far
// with each of its passes.
SPATIALKIT_INLINE void steps_inside(const DepthBuffer& buffer, Steps most, std::int64_t* carried, Steps* steps,
                                    Steps* wide, std::uint8_t* starts) {
    find_outlines(buffer, most, carried, steps, starts);
    const auto w = static_cast<std::size_t>(buffer.camera.width), h = static_cast<std::size_t>(buffer.camera.height);
    const auto nearer = [](Steps own, Steps other, std::size_t away) {
        return std::min(own, static_cast<Steps>(other + away));
    };
    const auto pass_on = [&](std::size_t from, std::size_t to) {
        const Steps* SPATIALKIT_RESTRICT known = steps + from * w;
        Steps* SPATIALKIT_RESTRICT row = steps + to * w;
        for (std::size_t x = 0; x < w; ++x) row[x] = nearer(row[x], known[x], 1);
    };
    for (std::size_t y = 1; y < h; ++y) pass_on(y - 1, y);
    for (std::size_t y = h - 1; y > 0; --y) pass_on(y, y - 1);
    const std::size_t margin = most, length = w + 2 * margin;  // beyond the image nothing is near
    std::fill_n(wide, 2 * length, most);
    for (std::size_t y = 0; y < h; ++y) {
        Steps *from = wide + margin, *to = wide + length + margin;
        std::copy_n(steps + y * w, w, from);
        for (std::size_t away = 1; away < most; away *= 2) {
            const Steps* SPATIALKIT_RESTRICT old = from;
            Steps* SPATIALKIT_RESTRICT fresh = to;
            for (std::size_t x = 0; x < w; ++x)
                fresh[x] = nearer(nearer(old[x], (old - away)[x], away), (old + away)[x], away);
            std::swap(from, to);
        }
        std::copy_n(from, w, steps + y * w);
    }
}

// The runs of pixels that show one of the objects, in reading order.
inline void find_runs(const DepthBuffer& buffer, const std::int64_t* ids, std::size_t count, const std::uint8_t* starts,
                      std::vector<Run>& runs) {
    std::unordered_map<std::int64_t, std::int32_t> owner_of;
    for (std::size_t i = 0; i < count; ++i) owner_of.emplace(ids[i], static_cast<std::int32_t>(i));
    const int width = buffer.camera.width;
    runs.clear();
    for (int y = 0; y < buffer.camera.height; ++y) {
        const std::uint8_t* start = starts + buffer.index(0, y);
        for (int x = 0, end = 0; x < width; x = end) {
            const void* next = std::memchr(start + x + 1, 1, static_cast<std::size_t>(width - x - 1));
            end = next == nullptr ? width : static_cast<int>(static_cast<const std::uint8_t*>(next) - start);
            if (!(buffer.reading(x, y) > 0)) continue;
            const std::int64_t id = buffer.instances[buffer.index(x, y)];
            const auto found = id < 0 ? owner_of.end() : owner_of.find(id);
            if (found != owner_of.end()) runs.push_back({found->second, y, x, end - 1});
        }
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
    const auto width = static_cast<std::size_t>(buffer.camera.width);
    const auto height = static_cast<std::size_t>(buffer.camera.height);
    // Twice the room is as far inside as makes a difference, and half the image as far as one can be.
    const auto most = static_cast<detail::Steps>(std::min<std::size_t>(
        {2 * static_cast<std::size_t>(room), (std::min(width, height) + 1) / 2, detail::kMostSteps}));
    std::vector<detail::Steps>& steps = detail::scratch<detail::Steps>();
    std::vector<std::uint8_t>& starts = detail::scratch<std::uint8_t>();
    std::vector<detail::Run>& runs = detail::scratch<detail::Run>();
    std::vector<std::int64_t> carried(2 * (width + 1));
    steps.resize(width * height + 2 * (width + 2 * std::size_t{most}));
    starts.resize(width * height);
    detail::run<detail::steps_inside>(buffer, most, carried.data(), steps.data(), steps.data() + width * height,
                                      starts.data());
    detail::find_runs(buffer, ids, count, starts.data(), runs);
    std::vector<detail::Steps> deepest(count, 0);
    for (const detail::Run& run : runs) {
        const auto object = static_cast<std::size_t>(run.owner);
        double* rect = tally.rect + 4 * object;
        rect[0] = std::fmin(rect[0], run.x0), rect[1] = std::fmin(rect[1], run.y);
        rect[2] = std::fmax(rect[2], run.x1), rect[3] = std::fmax(rect[3], run.y);
        tally.pixels[object] += run.x1 - run.x0 + 1;
        const detail::Steps* row = steps.data() + buffer.index(0, run.y);
        for (int x = run.x0; x <= run.x1; ++x) deepest[object] = std::max(deepest[object], row[x]);
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
        const int wanted = std::min(room, (deepest[object] + 1) / 2);
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
