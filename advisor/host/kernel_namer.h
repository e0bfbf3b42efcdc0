// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "advisor/model/result.h"

namespace faultline::host {

/// A function of the kernel: where it begins and ends, and its name as the symbol table has it.
struct KernelFunction {
  std::uint64_t start = 0, end = 0;
  std::string name;
};

/// "do_mincore+0xe0/0x120 [module]" for an address: the kernel's %pS (Documentation/core-api/printk-formats.rst).
/// Nothing for a text without offset and size: an address in no function.
std::optional<KernelFunction> parse_kernel_function(std::uint64_t address, std::string_view text);

/// Asks the kernel for the names of addresses, by a BPF program that is run for them: some 2 us an address, where
/// reading /proc/kallsyms takes 50 ms. Names are had whatever kernel.kptr_restrict is.
class KernelNamer {
 public:
  /// Errors: unsupported (built without BPF; kernels before Linux 5.14), permission.
  static Result<KernelNamer> open();
  KernelNamer(KernelNamer&&) noexcept;
  KernelNamer& operator=(KernelNamer&&) noexcept;
  ~KernelNamer();

  /// The functions that hold these addresses; of those in none nothing. Errors: io.
  [[nodiscard]] Result<std::vector<KernelFunction>> functions(const std::vector<std::uint64_t>& addresses);

 private:
  struct Object;
  explicit KernelNamer(std::unique_ptr<Object> object);
  std::unique_ptr<Object> object_;
};

}  // namespace faultline::host
