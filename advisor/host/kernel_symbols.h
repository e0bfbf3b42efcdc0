// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "advisor/host/kernel_namer.h"
#include "advisor/host/root.h"
#include "advisor/model/result.h"

namespace faultline::host {

/// Functions of the running kernel by address: the kernel is asked for those that are met (KernelNamer), or all are
/// read from /proc/kallsyms, which takes some 50 ms and a few megabytes.
class KernelSymbols {
 public:
  /// The cheaper of the two that this machine allows. Errors: as read().
  static Result<KernelSymbols> open(const Root& root);
  /// Errors: permission when kernel.kptr_restrict hides the addresses (they read as zeros), not_found without
  /// CONFIG_KALLSYMS, io.
  static Result<KernelSymbols> read(const Root& root);
  /// The same from a text, for tests: lines of "ADDRESS TYPE NAME[\t[MODULE]]".
  static Result<KernelSymbols> parse(std::string_view text);

  /// Makes the names of these addresses known, where the kernel is asked; else all are. Errors: io; not_found when it
  /// names none of the first that it is asked for.
  Result<void> learn(const std::vector<std::uint64_t>& addresses);
  /// The function that holds an address, without compiler suffixes (".isra.0", ".cold"); empty when unknown.
  [[nodiscard]] std::string_view name_of(std::uint64_t address) const;

 private:
  struct Symbol {
    std::uint64_t address;
    std::uint32_t name_at;
    std::uint32_t name_bytes;
  };
  void add_line(std::string_view line);
  Result<KernelSymbols> finished() &&;
  std::string names_;
  std::vector<Symbol> symbols_;
  struct Learnt {
    std::uint64_t end = 0;
    std::string name;
  };
  [[nodiscard]] const Learnt* find_learnt(std::uint64_t address) const;
  std::optional<KernelNamer> namer_;
  std::map<std::uint64_t, Learnt> learnt_;  ///< by start
};

}  // namespace faultline::host
