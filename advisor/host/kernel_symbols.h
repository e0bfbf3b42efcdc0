// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "advisor/host/root.h"
#include "advisor/model/result.h"

namespace faultline::host {

/// Functions of the running kernel by address, from /proc/kallsyms. Reading it takes some 50 ms and a few megabytes.
class KernelSymbols {
 public:
  /// Errors: permission when kernel.kptr_restrict hides the addresses (they read as zeros), not_found without
  /// CONFIG_KALLSYMS, io.
  static Result<KernelSymbols> read(const Root& root);
  /// The same from a text, for tests: lines of "ADDRESS TYPE NAME[\t[MODULE]]".
  static Result<KernelSymbols> parse(std::string_view text);

  /// The function that holds an address, without compiler suffixes (".isra.0", ".cold"); empty when unknown.
  [[nodiscard]] std::string_view name_of(std::uint64_t address) const;
  [[nodiscard]] std::size_t size() const { return symbols_.size(); }

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
};

}  // namespace faultline::host
