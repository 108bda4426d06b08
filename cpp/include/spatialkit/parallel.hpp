// Work on many things, split among threads. Results never depend on how many there are.
#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <system_error>
#include <thread>
#include <vector>

namespace spatialkit {

// Calls body(begin, end) for parts of [0, count), one a thread, of whole grains but for the last: a thread that is
// started for less than a grain would cost more than it saves.
template <class Body>
void in_parallel(std::size_t count, std::size_t grain, int threads, const Body& body) {
    const std::size_t grains = (count + grain - 1) / grain;
    const std::size_t parts = std::min(static_cast<std::size_t>(std::max(threads, 1)), grains);
    if (parts <= 1) {
        body(std::size_t{0}, count);
        return;
    }
    std::vector<std::exception_ptr> errors(parts);
    const auto part = [&](std::size_t p) {
        try {
            body(grains * p / parts * grain, std::min(grains * (p + 1) / parts * grain, count));
        } catch (...) {
            errors[p] = std::current_exception();
        }
    };
    std::vector<std::thread> others;
    others.reserve(parts - 1);
    std::size_t started = 1;
    try {
        for (; started < parts; ++started) others.emplace_back(part, started);
    } catch (const std::system_error&) {  // no more threads to be had
    }
    part(0);
    for (std::size_t p = started; p < parts; ++p) part(p);
    for (std::thread& other : others) other.join();
    for (const std::exception_ptr& error : errors)
        if (error) std::rethrow_exception(error);
}

}  // namespace spatialkit
