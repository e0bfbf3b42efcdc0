// SPDX-License-Identifier: Apache-2.0
#ifdef FAULTLINE_HAS_BPF

#include "advisor/host/support/needed_types.h"

#include <bpf/btf.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>

namespace faultline::host {
namespace {

struct BtfEnd {
  void operator()(btf* types) const { ::btf__free(types); }
};
using Types = std::unique_ptr<btf, BtfEnd>;

/// As a compiler writes of a program that reads these: offsets are its own, and not the kernel's.
Types program_types() {
  Types types(::btf__new_empty());
  const int number = ::btf__add_int(types.get(), "unsigned long", 8, 0);
  const int inner = ::btf__add_struct(types.get(), "sched_info", 8);
  ::btf__add_field(types.get(), "run_delay", number, 0, 0);
  const int pointer = ::btf__add_ptr(types.get(), 0);
  ::btf__add_struct(types.get(), "task_struct", 24);
  ::btf__add_field(types.get(), "mm", pointer, 0, 0);
  ::btf__add_field(types.get(), "sched_info", inner, 64, 0);
  ::btf__add_field(types.get(), "no_kernel_has_this", number, 128, 0);
  ::btf__add_struct(types.get(), "of_the_program_alone", 8);
  ::btf__add_field(types.get(), "number", number, 0, 0);
  return types;
}

/// By libbpf; nothing where it is not there.
std::optional<std::uint32_t> bit_offset(const btf& types, const char* name, const char* field) {
  const btf_type* const type =
      ::btf__type_by_id(&types, static_cast<__u32>(::btf__find_by_name_kind(&types, name, BTF_KIND_STRUCT)));
  if (type == nullptr) return std::nullopt;
  for (__u32 i = 0; i < ::btf_vlen(type); ++i) {
    if (std::string(::btf__name_by_offset(&types, ::btf_members(type)[i].name_off)) == field) {
      return ::btf_member_bit_offset(type, i);
    }
  }
  return std::nullopt;
}

TEST(NeededTypes, HaveTheRunningKernelsOffsets) {
  if (!std::filesystem::exists("/sys/kernel/btf/vmlinux")) GTEST_SKIP() << "this kernel has no BTF";
  const Types kernel(::btf__load_vmlinux_btf());
  ASSERT_TRUE(kernel);
  const Types program = program_types();
  const auto bytes = needed_types(*program);
  ASSERT_TRUE(bytes);
  EXPECT_LT(bytes->size(), 1024U);
  const Types needed(::btf__new(bytes->data(), static_cast<__u32>(bytes->size())));
  ASSERT_TRUE(needed) << "libbpf takes it";
  for (const auto& [name, field] :
       {std::pair("task_struct", "mm"), std::pair("task_struct", "sched_info"), std::pair("sched_info", "run_delay")}) {
    EXPECT_EQ(bit_offset(*needed, name, field), bit_offset(*kernel, name, field)) << name << '.' << field;
  }
  EXPECT_FALSE(bit_offset(*needed, "task_struct", "no_kernel_has_this"));
  EXPECT_LE(::btf__find_by_name_kind(needed.get(), "of_the_program_alone", BTF_KIND_STRUCT), 0);
}

TEST(NeededTypes, AreNotToldByAFileThatIsNoTypeInformation) {
  const Types program = program_types();
  EXPECT_FALSE(needed_types(*program, ""));
  EXPECT_FALSE(needed_types(*program, std::string(4096, '\x7f')));
}

}  // namespace
}  // namespace faultline::host

#endif
