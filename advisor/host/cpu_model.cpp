// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/cpu_model.h"

#include <optional>

#include "advisor/host/text_scan.h"

namespace faultline::host {

Result<CpuModel> read_cpu_model(const Root& root) {
  // A block a CPU of some 1.5 kB.
  constexpr std::size_t cap_bytes = 32U << 20U;
  return root.read("/proc/cpuinfo", cap_bytes).and_then([](const std::string& text) { return parse_cpu_model(text); });
}

Result<CpuModel> parse_cpu_model(std::string_view cpuinfo) {
  std::string vendor;
  std::optional<unsigned> family, model;
  while (!cpuinfo.empty()) {
    std::string_view line = take_until(cpuinfo, '\n');
    if (line.empty()) break;  // the first CPU stands for all
    const std::string_view key = trimmed(take_until(line, ':'));
    const std::string_view value = trimmed(line);
    if (key == "vendor_id") vendor = value;
    if (key == "cpu family") family = to_number<unsigned>(value);
    if (key == "model") model = to_number<unsigned>(value);
  }
  if (vendor.empty() || !family || !model) {
    return fail(ErrorKind::unsupported, "cannot tell the CPU", "/proc/cpuinfo", "no vendor, family and model in it");
  }
  return CpuModel{vendor, *family, *model};
}

}  // namespace faultline::host
