// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

struct btf;

namespace faultline::host {

/// Of the kernel's type information, what programs with the types `local` need: the structs that both have, with the
/// fields that both have, at the kernel's offsets. libbpf relocates by it as by the whole. Nothing where that can't be
/// told, so that the whole has to be taken.
std::optional<std::string> needed_types(const btf& local, std::string_view kernel);

/// The same by the running kernel's /sys/kernel/btf/vmlinux.
std::optional<std::string> needed_types(const btf& local);

}  // namespace faultline::host
