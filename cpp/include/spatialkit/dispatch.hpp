// Run-time choice of vector instructions: hot loops are compiled for several instruction sets and the widest one that
// the processor has is taken when the program is loaded. Results do not depend on the choice as long as the compiler
// may not contract or reorder floating-point operations (-ffp-contract=off, no fast-math), which the CMake target says.
#pragma once

#include <cstddef>  // brings in the C library's own macros, __GLIBC__ among them

// The clones need indirect functions, which GNU/Linux has and musl, macOS and Windows have not; sanitizers instrument
// the resolver, which runs before they are ready.
#if defined(SPATIALKIT_NO_DISPATCH) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SPATIALKIT_DISPATCH 0
#elif defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12 && defined(__x86_64__) && defined(__ELF__) && \
    defined(__GLIBC__)
#define SPATIALKIT_DISPATCH 1
#else
#define SPATIALKIT_DISPATCH 0
#endif

#if SPATIALKIT_DISPATCH
#define SPATIALKIT_CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define SPATIALKIT_CLONES
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

namespace spatialkit {

// The instruction set that the hot loops run with.
inline const char* vector_level() {
#if SPATIALKIT_DISPATCH
    if (__builtin_cpu_supports("x86-64-v4")) return "x86-64-v4";
    if (__builtin_cpu_supports("x86-64-v3")) return "x86-64-v3";
    return "x86-64";
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
