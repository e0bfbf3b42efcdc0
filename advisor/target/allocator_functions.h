// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace faultline::target {

/// Whether a mapped file is an allocator as a whole: libjemalloc.so.2, libtcmalloc_minimal.so.4, libmimalloc.so.2…
bool is_allocator_library(std::string_view file_name);

/// Whether a mapped file is glibc: libc.so.6, or libc-2.31.so before 2.34.
bool is_glibc(std::string_view file_name);

/// Whether a mapped file is a C library, glibc or musl: a program that maps one has its allocator there, or names it.
bool is_c_library(std::string_view file_name);

/// Whether a function, by its symbol, is part of an allocator, wherever it is linked: glibc's internal ones, C++'s
/// operators, and the prefixed ones of jemalloc, mimalloc, tcmalloc and Rust. The one table of such names.
bool is_allocator_function(std::string_view symbol);

}  // namespace faultline::target
