// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/pressure.h"

#include "advisor/host/proc.h"
#include "advisor/host/text_scan.h"

namespace faultline::host {
namespace {

std::optional<CpuPressure> read_file(const Root& root, const std::string& path) {
  // Where PSI is off at boot the files are missing, or are there and refuse to be read (EOPNOTSUPP).
  const auto text = root.read(path);
  if (!text) return std::nullopt;
  const auto seconds = parse_some_seconds(*text);
  if (!seconds) return std::nullopt;
  return CpuPressure{path, *seconds};
}

std::optional<std::string> own_folder(const Root& root, const CgroupMounts& mounts, pid_t pid) {
  const auto cgroups = read_cgroups(root, pid);
  if (!cgroups || !mounts.v2) return std::nullopt;
  const auto v2 = cgroups->find("");
  if (v2 == cgroups->end() || v2->second == "/") return std::nullopt;
  return cgroup_folder(*mounts.v2, v2->second);
}

}  // namespace

Result<CpuPressure> read_cpu_pressure(const Root& root, const CgroupMounts& mounts, pid_t pid) {
  if (const auto folder = own_folder(root, mounts, pid)) {
    if (auto own = read_file(root, *folder + "/cpu.pressure")) return *own;
  }
  if (auto host = read_file(root, "/proc/pressure/cpu")) return *host;
  return fail(ErrorKind::unsupported, "cannot read", "/proc/pressure/cpu", "the kernel does not count pressure (PSI)",
              "boot with psi=1, on a kernel with CONFIG_PSI");
}

std::optional<double> parse_some_seconds(std::string_view pressure) {
  constexpr std::string_view total = "total=";
  while (!pressure.empty()) {
    std::string_view line = take_until(pressure, '\n');
    if (take_word(line) != "some") continue;
    for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
      if (!word.starts_with(total)) continue;
      const auto microseconds = to_number(word.substr(total.size()));
      if (!microseconds) return std::nullopt;
      return static_cast<double>(*microseconds) * 1e-6;
    }
  }
  return std::nullopt;
}

}  // namespace faultline::host
