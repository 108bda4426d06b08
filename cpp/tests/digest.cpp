// Prints the instruction set it runs with and a digest of what every kernel makes of the same input. Built for several
// instruction sets, and told to use each of them; the digests have to be equal. Exits with 77 where the processor lacks
// the set it was built for.
#include "every_kernel.hpp"

namespace {

bool supported() {
#if defined(__GNUC__) && defined(__x86_64__)
#if defined(__AVX512F__)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#elif defined(__AVX2__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
#endif
    return true;
}

}  // namespace

int main() {
    if (!supported()) return 77;
    std::printf("%s\n", spatialkit::vector_level());
    for (const test::Result& result : test::every_kernel(test::Input{9}))
        std::printf("%s %016llx\n", result.kernel.c_str(), static_cast<unsigned long long>(result.digest));
    return 0;
}
