// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "advisor/model/snapshot.h"

namespace faultline {

/// Counts call stacks in bounded memory, however long the window: past the cap of different ones the rest is one line.
class StackTally {
 public:
  void add(std::string folded);
  /// Most frequent first.
  [[nodiscard]] std::vector<FoldedStack> take();

 private:
  static constexpr std::size_t most_stacks = 5000;
  std::map<std::string, std::uint64_t> counts_;
  std::uint64_t others_ = 0;
};

}  // namespace faultline
