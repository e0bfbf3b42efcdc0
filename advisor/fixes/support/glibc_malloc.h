// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "advisor/model/setting.h"
#include "advisor/model/snapshot.h"

namespace faultline {

/// Why no setting of glibc's malloc reaches the memory that the target works with: another allocator or a runtime
/// with a heap of its own (and its own knob is named), a static or secure program, or not known. Nothing when it does.
std::optional<std::string> glibc_malloc_refusal(const Snapshot& snapshot);

/// Why the allocator's settings would not stop the giving back: the program does it itself. Nothing when the
/// allocator does most of it, and when it is not known who does.
std::optional<std::string> giver_refusal(const Snapshot& snapshot);

/// What the main process will have after a restart: what it has now, with what its unit says now on top.
std::map<std::string, std::string> environment_after_restart(const Snapshot& snapshot);

/// One parameter of malloc under its two names, mallopt(3). Values are plain integers to both.
struct MallocParameter {
  std::string_view variable;  ///< "MALLOC_ARENA_MAX"
  std::string_view tunable;   ///< "glibc.malloc.arena_max"
};
inline constexpr MallocParameter arena_max{"MALLOC_ARENA_MAX", "glibc.malloc.arena_max"};
inline constexpr MallocParameter trim_threshold{"MALLOC_TRIM_THRESHOLD_", "glibc.malloc.trim_threshold"};
inline constexpr MallocParameter mmap_threshold{"MALLOC_MMAP_THRESHOLD_", "glibc.malloc.mmap_threshold"};
inline constexpr MallocParameter top_pad{"MALLOC_TOP_PAD_", "glibc.malloc.top_pad"};

/// What malloc reads for a parameter, as text: of the tunable where there is one, as that wins over the variable.
std::optional<std::string> malloc_value(const std::map<std::string, std::string>& environment,
                                        const MallocParameter& parameter);

using MallocValues = std::vector<std::pair<MallocParameter, std::uint64_t>>;
/// The settings that give malloc these values: variables, which every glibc reads; or one GLIBC_TUNABLES with the
/// parts that have to be in it, where the list already holds one of the parameters and would win (glibc manual,
/// "Tunables").
Settings malloc_settings(const std::map<std::string, std::string>& environment, const MallocValues& values);

/// Whether the environment says all of these values already.
bool says_all(const std::map<std::string, std::string>& environment, const MallocValues& values);

}  // namespace faultline
