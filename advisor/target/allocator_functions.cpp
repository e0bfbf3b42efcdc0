// SPDX-License-Identifier: Apache-2.0
#include "advisor/target/allocator_functions.h"

#include <algorithm>
#include <array>

#include "advisor/target/starts_with.h"

namespace faultline::target {
namespace {

constexpr std::array<std::string_view, 7> libraries{"libjemalloc", "libtcmalloc", "libmimalloc", "libtbbmalloc",
                                                    "libsnmalloc", "libhoard",    "libscudo"};

// The public functions and, where a symbol table is there to name them, the internal ones of glibc 2.17 to 2.43
// (malloc/malloc.c, malloc/arena.c), sorted.
constexpr auto functions = std::to_array<std::string_view>({
    "__libc_calloc",
    "__libc_free",
    "__libc_malloc",
    "__libc_malloc2",
    "__libc_memalign",
    "__libc_pvalloc",
    "__libc_realloc",
    "__libc_valloc",
    "_int_free",
    "_int_free_chunk",
    "_int_free_create_chunk",
    "_int_free_maybe_trim",
    "_int_free_merge_chunk",
    "_int_malloc",
    "_int_memalign",
    "_int_realloc",
    "_mid_memalign",
    "aligned_alloc",
    "alloc_perturb",
    "arena_get2",
    "arena_get_retry",
    "calloc",
    "cfree",
    "free",
    "free_perturb",
    "grow_heap",
    "heap_trim",
    "int_mallinfo",
    "malloc",
    "malloc_consolidate",
    "memalign",
    "munmap_chunk",
    "new_heap",
    "posix_memalign",
    "ptmalloc_init",
    "pvalloc",
    "realloc",
    "reused_arena",
    "shrink_heap",
    "sysmalloc",
    "sysmalloc_mmap",
    "systrim",
    "tcache_init",
    "unlink_chunk",
    "valloc",
});
static_assert(std::is_sorted(functions.begin(), functions.end()));

// operator new and delete, mangled (Itanium ABI: nw na dl da); jemalloc, mimalloc, tcmalloc and their prefixed builds.
// Long enough that no other library's functions begin so.
constexpr auto function_prefixes = std::to_array<std::string_view>({
    "_Znwm",        "_Znam",          "_ZdlPv",         "_ZdaPv",  // C++
    "je_malloc",    "je_calloc",      "je_realloc",     "je_free",     "je_sdalloc",    "je_arena_",  "je_tcache_",
    "je_large_",  // jemalloc
    "_rjem_",       "mi_malloc",      "mi_calloc",      "mi_realloc",  "mi_zalloc",     "mi_free",    "mi_heap_malloc",
    "_mi_",  // mimalloc
    "tc_malloc",    "tc_calloc",      "tc_realloc",     "tc_free",     "tc_new",        "tc_delete",  "tc_memalign",
    "_ZN8tcmalloc",  // tcmalloc
    "__rust_alloc", "__rust_dealloc", "__rust_realloc", "__rdl_alloc", "__rdl_dealloc", "__rg_alloc", "__rg_dealloc",
});

}  // namespace

bool is_allocator_library(std::string_view file_name) { return starts_with_one_of(file_name, libraries); }

bool is_glibc(std::string_view file_name) {
  return file_name.starts_with("libc.so.6") || file_name.starts_with("libc-2.");
}

bool is_c_library(std::string_view file_name) {
  return is_glibc(file_name) || file_name.starts_with("ld-musl") || file_name.starts_with("libc.musl");
}

bool is_allocator_function(std::string_view symbol) {
  return std::binary_search(functions.begin(), functions.end(), symbol) ||
         starts_with_one_of(symbol, function_prefixes);
}

}  // namespace faultline::target
