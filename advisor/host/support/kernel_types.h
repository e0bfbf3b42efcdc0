// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace faultline::host {

/// A kernel's type information (Documentation/bpf/btf.rst), looked up where it lies: libbpf copies all 5 MB of it twice
/// and indexes it, which took 50 ms of CPU time, for the few structs that a probe needs.
class KernelTypes {
 public:
  struct Field {
    std::uint32_t bit_offset = 0;  ///< from the begin of the outermost struct
    std::uint32_t type = 0;
  };

  /// What `const`, `volatile` and typedef stand for.
  struct Type {
    std::uint32_t kind = 0;  ///< BTF_KIND_* of linux/btf.h
    std::uint32_t bytes = 0;
    std::uint32_t encoding = 0;  ///< of an integer, as BTF has it
    std::uint32_t element = 0;   ///< of an array
    std::uint32_t elements = 0;
  };

  /// `bytes`, as in /sys/kernel/btf/vmlinux, have to outlive this. Nothing where they are cut short or have kinds that
  /// are not known here. `structs` are those that can be asked for.
  static std::optional<KernelTypes> of(std::string_view bytes, const std::set<std::string>& structs);

  /// 0 where there is none.
  [[nodiscard]] std::uint32_t struct_named(const std::string& name) const;
  /// One of the names that were asked for is that of several structs.
  [[nodiscard]] bool is_ambiguous() const { return is_ambiguous_; }

  /// A field of a struct or union, or of one without a name in it. Bit fields are not found.
  [[nodiscard]] std::optional<Field> field(std::uint32_t type, std::string_view name) const;
  [[nodiscard]] std::optional<Type> type(std::uint32_t id) const;

 private:
  struct Record;
  [[nodiscard]] std::optional<Record> record_at(std::size_t place) const;
  [[nodiscard]] std::optional<Record> record_of(std::uint32_t id) const;
  [[nodiscard]] std::optional<Field> field_in(std::uint32_t type, std::string_view name, int depth) const;
  [[nodiscard]] std::string_view name_at(std::uint32_t offset) const;

  std::string_view types_, strings_;
  std::vector<std::uint32_t> places_;  ///< of each 32nd type
  std::map<std::string, std::uint32_t> structs_;
  bool is_ambiguous_ = false;
};

}  // namespace faultline::host
