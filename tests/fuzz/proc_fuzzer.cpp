// SPDX-License-Identifier: Apache-2.0
// Any bytes as the texts of /proc that a target can shape: its name, its paths, its cgroup.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "advisor/host/cgroup.h"
#include "advisor/host/proc.h"
#include "advisor/target/arenas.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace faultline;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0: (void)host::parse_stat(text); break;
    case 1: (void)host::parse_status(text); break;
    case 2:
      if (const auto maps = host::parse_maps(text)) {
        for (const auto& one : *maps) {
          if (one.end < one.start) std::abort();
        }
        if (target::count_arenas(*maps) > maps->size() + 1) std::abort();
      }
      break;
    default: {
      const auto mounts = host::parse_cgroup_mounts(text);
      const auto cgroups = host::parse_cgroups(text);
      if (!cgroups || !mounts.v2) break;
      for (const auto& [controllers, path] : *cgroups) {
        const auto folder = host::cgroup_folder(*mounts.v2, path);
        if (folder && (*folder + "/").find("/../", mounts.v2->point.size()) != std::string::npos) std::abort();
      }
    }
  }
  return 0;
}
