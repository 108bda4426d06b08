// Kernels share no state: many threads on one input, each with the result of one alone. Meant for ThreadSanitizer.
#include <thread>

#include "every_kernel.hpp"

int main() {
    constexpr std::size_t kThreads = 3;
    constexpr int kRounds = 1;
    const test::Input input{9}, other{10};
    const std::vector<test::Result> expected = test::every_kernel(input), expected_other = test::every_kernel(other);
    CHECK(!expected.empty() && expected != expected_other);

    std::vector<std::vector<std::vector<test::Result>>> found(kThreads);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < kThreads; ++t) {
        // Every other round is on another input, so that what a thread keeps for the next call is of no use to it.
        threads.emplace_back([&, t] {
            for (int k = 0; k < 2 * kRounds; ++k) found[t].push_back(test::every_kernel(k % 2 ? other : input));
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (const auto& rounds : found) {
        for (std::size_t k = 0; k < rounds.size(); ++k) {
            const std::vector<test::Result>& wanted = k % 2 ? expected_other : expected;
            for (std::size_t i = 0; i < wanted.size(); ++i) {
                if (rounds[k][i] == wanted[i]) continue;
                std::printf("%s differs in a thread\n", wanted[i].kernel.c_str());
                ++failures;
            }
        }
    }
    return failures != 0;
}
