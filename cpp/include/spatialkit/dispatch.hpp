// Run-time choice of vector instructions: hot loops are compiled for several instruction sets, and each call takes the
// widest one that the processor has. Results do not depend on the choice as long as the compiler may not contract or
// reorder floating-point operations (-ffp-contract=off, no fast-math), which the CMake target says.
//
// The environment variable SPATIALKIT_LEVEL names a lower set to use instead, so that each can be tested on one
// machine.
#pragma once

#include <cstdlib>
#include <cstring>

#if !defined(SPATIALKIT_NO_DISPATCH) && defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12 && \
    defined(__x86_64__) && defined(__ELF__)
#define SPATIALKIT_DISPATCH 1
#else
#define SPATIALKIT_DISPATCH 0
#endif

// Bodies of hot loops: they must be inlined into each clone, or they would be compiled for the default set only.
#if defined(__GNUC__) || defined(__clang__)
#define SPATIALKIT_INLINE inline __attribute__((always_inline))
#elif defined(_MSC_VER)
#define SPATIALKIT_INLINE __forceinline
#else
#define SPATIALKIT_INLINE inline
#endif

// Memory that a loop reaches through this pointer only.
#if defined(_MSC_VER)
#define SPATIALKIT_RESTRICT __restrict
#else
#define SPATIALKIT_RESTRICT __restrict__
#endif

// Asks for memory that a loop comes to soon, and for its page: the processor itself does not look beyond pages.
#if defined(__GNUC__) || defined(__clang__)
#define SPATIALKIT_PREFETCH(address) __builtin_prefetch(address)
#else
#define SPATIALKIT_PREFETCH(address) static_cast<void>(address)
#endif

namespace spatialkit {

// Instruction sets; each holds those before it. No level of x86-64 has the instruction that counts the bits of whole
// vectors, which the last one adds.
enum class Level { kBase, kV3, kV4, kV4Counting };

inline constexpr const char* kLevelNames[] = {"x86-64", "x86-64-v3", "x86-64-v4", "x86-64-v4+vpopcntdq"};

namespace detail {

#if SPATIALKIT_DISPATCH
// Zero-initialised before anything runs, so even a call from another file's initialiser finds a level that works.
inline Level choose_level() {
    __builtin_cpu_init();
    Level level = Level::kBase;
    if (__builtin_cpu_supports("x86-64-v3")) level = Level::kV3;
    if (__builtin_cpu_supports("x86-64-v4")) level = Level::kV4;
    if (level == Level::kV4 && __builtin_cpu_supports("avx512vpopcntdq")) level = Level::kV4Counting;
    const char* wanted = std::getenv("SPATIALKIT_LEVEL");
    for (int i = 0; wanted != nullptr && i < static_cast<int>(level); ++i)
        if (std::strcmp(wanted, kLevelNames[i]) == 0) level = static_cast<Level>(i);
    return level;
}

inline const Level kLevel = choose_level();

template <auto kBody, class... Args>
inline auto run_base(const Args&... args) {
    return kBody(args...);
}
template <auto kBody, class... Args>
__attribute__((target("arch=x86-64-v3"))) inline auto run_v3(const Args&... args) {
    return kBody(args...);
}
template <auto kBody, class... Args>
__attribute__((target("arch=x86-64-v4"))) inline auto run_v4(const Args&... args) {
    return kBody(args...);
}
template <auto kBody, class... Args>
__attribute__((target("arch=x86-64-v4,avx512vpopcntdq"))) inline auto run_counting(const Args&... args) {
    return kBody(args...);
}
#endif

// Calls `kBody`, a SPATIALKIT_INLINE function, as compiled for the chosen instruction set.
template <auto kBody, class... Args>
inline auto run(const Args&... args) {
#if SPATIALKIT_DISPATCH
    if (kLevel >= Level::kV4) return run_v4<kBody>(args...);
    if (kLevel == Level::kV3) return run_v3<kBody>(args...);
    return run_base<kBody>(args...);
#else
    return kBody(args...);
#endif
}

// The same for loops that count bits.
template <auto kBody, class... Args>
inline auto run_with_counting(const Args&... args) {
#if SPATIALKIT_DISPATCH
    if (kLevel == Level::kV4Counting) return run_counting<kBody>(args...);
#endif
    return run<kBody>(args...);
}

}  // namespace detail

// The instruction set that the hot loops run with.
inline const char* vector_level() {
#if SPATIALKIT_DISPATCH
    return kLevelNames[static_cast<int>(detail::kLevel)];
#elif defined(__AVX512F__)
    return "x86-64-v4";
#elif defined(__AVX2__)
    return "x86-64-v3";
#elif defined(__x86_64__) || defined(_M_X64)
    return "x86-64";
#elif defined(__aarch64__) || defined(_M_ARM64)
    return "arm64";
#else
    return "scalar";
#endif
}

}  // namespace spatialkit
