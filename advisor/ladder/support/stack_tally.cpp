// SPDX-License-Identifier: Apache-2.0
#include "advisor/ladder/support/stack_tally.h"

#include <algorithm>

namespace faultline {

void StackTally::add(std::string folded) {
  const auto known = counts_.find(folded);
  if (known != counts_.end()) {
    ++known->second;
  } else if (counts_.size() < most_stacks) {
    counts_.emplace(std::move(folded), 1);
  } else {
    ++others_;
  }
}

std::vector<FoldedStack> StackTally::take() {
  std::vector<FoldedStack> stacks;
  stacks.reserve(counts_.size() + 1);
  for (auto& [frames, samples] : counts_) stacks.push_back({frames, samples});
  if (others_ > 0) stacks.push_back({"[other stacks]", others_});
  std::stable_sort(stacks.begin(), stacks.end(),
                   [](const FoldedStack& a, const FoldedStack& b) { return a.samples > b.samples; });
  counts_.clear();
  return stacks;
}

}  // namespace faultline
