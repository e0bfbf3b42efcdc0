// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "advisor/host/fd.h"
#include "advisor/model/result.h"

namespace faultline::host {

/// Functions of one executable or library by their place in the file, so that no load address has to be known: a
/// mapping tells the file's offset of an address.
class FunctionTable {
 public:
  struct Function {
    std::uint64_t offset = 0;  ///< in the file
    std::uint64_t bytes = 0;   ///< 0 where the symbol has no size
    std::string_view name;     ///< as in the symbol table, mangled; without its version
  };

  /// From .symtab, where there is one, and .dynsym, with libelf over pread: a file that is cut short while it is read
  /// costs an error and no signal. Tables past a size are left out. Errors: input, io.
  static Result<FunctionTable> read(const Fd& file);

  /// The function that holds an offset; of functions without a size the nearest before it. Nothing where none does.
  [[nodiscard]] std::optional<Function> at(std::uint64_t offset) const;
  /// The function of a name.
  [[nodiscard]] std::optional<Function> find(std::string_view name) const;
  /// Where the function before an offset ends; 0 when there is none.
  [[nodiscard]] std::uint64_t end_of_function_before(std::uint64_t offset) const;
  [[nodiscard]] bool empty() const { return rows_.empty(); }

 private:
  struct Row {
    std::uint64_t offset, bytes;
    std::uint32_t name_at, name_bytes;
  };
  friend class FunctionTableReader;
  [[nodiscard]] Function function(const Row& row) const;
  std::vector<Row> rows_;  ///< by offset
  std::string names_;
};

}  // namespace faultline::host
