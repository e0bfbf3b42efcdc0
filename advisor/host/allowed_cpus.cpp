// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/allowed_cpus.h"

#include <fmt/format.h>
#include <string>

#include "advisor/host/text_scan.h"

namespace faultline::host {
namespace {

// Far above the largest NR_CPUS (8192 on x86, 10240 on s390 and arm64 in recent kernels).
constexpr unsigned most_cpus = 65536;

constexpr std::string_view key = "\nCpus_allowed_list:";

}  // namespace

Result<std::set<unsigned>> read_allowed_cpus(const Root& root, pid_t pid) {
  const std::string path = fmt::format("/proc/{}/status", pid);
  const auto text = root.read(path);
  if (!text) return tl::unexpected(text.error());
  const auto at = text->find(key);
  if (at == std::string::npos) return fail(ErrorKind::unsupported, "cannot read", path, "no Cpus_allowed_list in it");
  std::string_view rest = std::string_view(*text).substr(at + key.size());
  auto cpus = parse_cpu_list(trimmed(take_until(rest, '\n')));
  if (!cpus) return fail(ErrorKind::input, "cannot make sense of", path, "Cpus_allowed_list is no list of CPUs");
  return *cpus;
}

std::optional<std::set<unsigned>> parse_cpu_list(std::string_view list) {
  std::set<unsigned> cpus;
  if (list.empty() || list.back() == ',') return std::nullopt;
  while (!list.empty()) {
    std::string_view range = take_until(list, ',');
    const bool is_one = range.find('-') == std::string_view::npos;
    const auto first = to_number<unsigned>(take_until(range, '-'));
    const auto last = is_one ? first : to_number<unsigned>(range);
    if (!first || !last || *last < *first || *last >= most_cpus) return std::nullopt;
    for (unsigned cpu = *first; cpu <= *last; ++cpu) cpus.insert(cpu);
  }
  return cpus;
}

}  // namespace faultline::host
