// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/page_kinds.h"

#include <cstdint>
#include <map>
#include <sys/types.h>
#include <utility>

#include "advisor/host/proc.h"

namespace faultline::measure {

void know_kinds(WatchedFaults& watched, const std::vector<KnownPage>& before, const host::Root& root) {
  std::map<std::pair<pid_t, std::uint64_t>, target::PageKind> known;
  for (const KnownPage& page : before) {
    const bool is_settled = page.kind && page.kind != target::PageKind::gone;
    if (is_settled) known[{page.seen.process, page.seen.address}] = *page.kind;
  }
  std::map<pid_t, Result<std::vector<host::Mapping>>> mappings;
  for (KnownPage& page : watched.pages) {
    if (const auto kind = known.find({page.seen.process, page.seen.address}); kind != known.end()) {
      page.kind = kind->second;
      continue;
    }
    auto maps = mappings.find(page.seen.process);
    if (maps == mappings.end()) {
      maps = mappings.emplace(page.seen.process, host::read_maps(root, page.seen.process)).first;
    }
    if (maps->second) {
      page.kind = target::page_kind(*maps->second, page.seen.address);
    } else {
      watched.why_no_kind = "the mappings could not be read: " + maps->second.error().why;
    }
  }
}

}  // namespace faultline::measure
