// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/thread_place.h"

#include <fmt/format.h>

#include "advisor/host/text_scan.h"

namespace faultline::host {

Result<unsigned> read_last_cpu(const Root& root, pid_t pid, pid_t tid) {
  const std::string file = fmt::format("/proc/{}/task/{}/stat", pid, tid);
  const auto text = root.read(file);
  if (!text) return tl::unexpected(text.error());
  // The name may hold anything: the last ')' ends it. The state after it is field 3.
  const auto name_end = text->rfind(')');
  std::string_view rest =
      name_end == std::string::npos ? std::string_view{} : std::string_view(*text).substr(name_end + 1);
  constexpr int cpu_field = 39;
  for (int field = 3; field < cpu_field; ++field) (void)take_word(rest);
  const auto cpu = to_number<unsigned>(trimmed(take_word(rest)));
  if (!cpu) return fail(ErrorKind::input, "cannot make sense of", file, "no field 39");
  return *cpu;
}

Result<std::uint64_t> read_numa_pages_migrated(const Root& root, pid_t pid, pid_t tid) {
  const std::string file = fmt::format("/proc/{}/task/{}/sched", pid, tid);
  const auto text = root.read(file);
  if (!text) return tl::unexpected(text.error());
  std::string_view rest = *text;
  while (!rest.empty()) {
    std::string_view line = take_until(rest, '\n');
    if (trimmed(take_until(line, ':')) != "numa_pages_migrated") continue;
    if (const auto pages = to_number(trimmed(line))) return *pages;
  }
  return fail(ErrorKind::unsupported, "cannot make sense of", file, "no numa_pages_migrated in it",
              "a kernel with CONFIG_SCHED_DEBUG and CONFIG_NUMA_BALANCING");
}

}  // namespace faultline::host
