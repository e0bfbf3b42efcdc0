// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace faultline::hosts {

/// What an emulated machine with two NUMA nodes said of services that were placed on it (tests/hosts/numa/init).
class TwoNodes {
 public:
  /// Boots it the first time; says in `why_not` why that can't be done here.
  static const TwoNodes* booted(std::string& why_not);

  /// A file of the machine's output, e.g. "remote/snapshot.json"; empty when it is not there.
  [[nodiscard]] std::string read(const std::string& file) const;

 private:
  explicit TwoNodes(std::filesystem::path out) : out_(std::move(out)) {}
  std::filesystem::path out_;
};

/// MiB by node of the line "Total" of numastat -p, whose last column is the sum of all nodes.
std::map<unsigned, double> total_of_numastat(const std::string& text);

}  // namespace faultline::hosts
