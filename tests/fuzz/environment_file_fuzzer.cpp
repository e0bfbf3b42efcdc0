// SPDX-License-Identifier: Apache-2.0
// Any bytes as an EnvironmentFile=: only what is allowed comes out.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "advisor/host/environment_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto assignments = faultline::host::parse_environment_file(
      text, [](std::string_view name) { return !name.empty() && name[0] == 'A'; });
  for (const auto& [name, value] : assignments) {
    if (name.empty() || name[0] != 'A' || value.size() > size) std::abort();
  }
  return 0;
}
