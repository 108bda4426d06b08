// A loop shared out among threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace spatialkit {

namespace detail {

// Runs `work` here and in up to `threads` - 1 further threads; fewer where the system gives no more. What one of them
// throws is thrown when all are done.
template <class Work>
inline void side_by_side(std::size_t threads, const Work& work) {
    std::exception_ptr error;
    std::mutex guard;
    const auto careful = [&] {
        try {
            work();
        } catch (...) {
            const std::lock_guard lock(guard);
            error = std::current_exception();
        }
    };
    std::vector<std::thread> others;
    try {
        others.reserve(threads);
        while (others.size() + 1 < threads) others.emplace_back(careful);
    } catch (const std::exception&) {  // no more threads, or no memory for them
    }
    careful();
    for (std::thread& other : others) other.join();
    if (error) std::rethrow_exception(error);
}

}  // namespace detail

// Calls work(begin, end) for pieces of 0 to `count`, in any order. Results must not depend on who did what.
template <class Work>
inline void in_pieces(std::size_t count, std::size_t piece, int threads, const Work& work) {
    const std::size_t pieces = (count + piece - 1) / piece;
    if (threads <= 1 || pieces <= 1) {
        work(std::size_t{0}, count);
        return;
    }
    std::atomic<std::size_t> next{0};
    detail::side_by_side(std::min(static_cast<std::size_t>(threads), pieces), [&] {
        for (std::size_t i = next++; i < pieces; i = next++) work(i * piece, std::min((i + 1) * piece, count));
    });
}

// The same for work that says whether all is well; whether it is everywhere.
template <class Work>
inline bool well_in_pieces(std::size_t count, std::size_t piece, int threads, const Work& work) {
    std::atomic<bool> well{true};
    in_pieces(count, piece, threads, [&](std::size_t begin, std::size_t end) {
        if (!work(begin, end)) well = false;
    });
    return well;
}

}  // namespace spatialkit
