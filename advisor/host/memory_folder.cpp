// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/memory_folder.h"

#include <fmt/format.h>

#include "advisor/host/proc.h"

namespace faultline::host {

std::string memory_folder(const Root& root, pid_t pid) {
  std::string folder = fmt::format("/proc/{}", pid);
  const auto main = read_stat(root, pid);
  if (!main || main->state != 'Z' || main->ended()) return folder;
  const auto threads = list_threads(root, pid);
  if (!threads) return folder;
  for (const pid_t tid : *threads) {
    const auto thread = root.read(fmt::format("{}/task/{}/stat", folder, tid)).and_then(parse_stat);
    if (thread && thread->state != 'Z' && thread->state != 'X') return fmt::format("{}/task/{}", folder, tid);
  }
  return folder;
}

}  // namespace faultline::host
