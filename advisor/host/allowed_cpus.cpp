// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/allowed_cpus.h"

#include <fmt/format.h>
#include <string>
#include <string_view>

#include "advisor/host/cpu_list.h"
#include "advisor/host/text_scan.h"

namespace faultline::host {
namespace {

constexpr std::string_view key = "\nCpus_allowed_list:";

}  // namespace

Result<std::set<unsigned>> read_allowed_cpus(const Root& root, pid_t pid) {
  const std::string path = fmt::format("/proc/{}/status", pid);
  const auto text = root.read(path);
  if (!text) return tl::unexpected(text.error());
  const auto at = text->find(key);
  if (at == std::string::npos) return fail(ErrorKind::unsupported, "cannot read", path, "no Cpus_allowed_list in it");
  std::string_view rest = std::string_view(*text).substr(at + key.size());
  const auto list = parse_cpu_list(trimmed(take_until(rest, '\n')));
  if (!list || list->ranges.empty()) {
    return fail(ErrorKind::input, "cannot make sense of", path, "Cpus_allowed_list is no list of CPUs");
  }
  std::set<unsigned> cpus;
  for (const auto& [first, last] : list->ranges) {
    for (unsigned cpu = first; cpu <= last; ++cpu) cpus.insert(cpu);
  }
  return cpus;
}

}  // namespace faultline::host
