// SPDX-License-Identifier: Apache-2.0
// Any bytes as a snapshot: read it; where it is one, writing and reading it again must give the same document, and it
// must be possible to bill and to judge it.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "advisor/diagnosis/diagnose.h"
#include "advisor/documents/snapshot_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace faultline;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto first = documents::read_snapshot(text, "fuzz.json");
  if (!first) {
    if (first.error().where.empty() || first.error().why.empty()) std::abort();
    return 0;
  }
  const std::string written = documents::write_snapshot(*first);
  const auto second = documents::read_snapshot(written, "again.json");
  if (!second || documents::write_snapshot(*second) != written) std::abort();
  double sum = 0;
  for (const auto& line : diagnosis::bill_of(first->facts).lines) {
    if (!line.share) continue;
    if (!std::isfinite(*line.share) || *line.share < 0) std::abort();
    sum += *line.share;
  }
  if (sum > 1 + 1e-9) std::abort();
  (void)diagnosis::judge_ladder(*first);
  return 0;
}
