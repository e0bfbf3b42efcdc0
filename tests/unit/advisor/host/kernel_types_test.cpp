// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/support/kernel_types.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <linux/btf.h>
#include <string>
#include <vector>

namespace faultline::host {
namespace {

/// Type information as the format has it (Documentation/bpf/btf.rst), built by hand.
class Built {
 public:
  std::uint32_t name(const std::string& text) {
    const auto offset = static_cast<std::uint32_t>(strings_.size());
    strings_ += text + '\0';
    return offset;
  }
  /// The id of the type.
  std::uint32_t add(std::uint32_t name, std::uint32_t kind, std::uint32_t size, const std::vector<std::uint32_t>& after,
                    std::uint32_t count = 0, bool has_bit_fields = false) {
    put(name);
    put((kind << 24U) | count | (has_bit_fields ? 1U << 31U : 0U));
    put(size);
    for (const std::uint32_t word : after) put(word);
    return ++types_added_;
  }
  [[nodiscard]] std::string bytes() const {
    btf_header header{};
    header.magic = BTF_MAGIC;
    header.version = BTF_VERSION;
    header.hdr_len = sizeof header;
    header.type_len = static_cast<std::uint32_t>(types_.size());
    header.str_off = header.type_len;
    header.str_len = static_cast<std::uint32_t>(strings_.size());
    return std::string(reinterpret_cast<const char*>(&header), sizeof header) + types_ + strings_;
  }

 private:
  void put(std::uint32_t word) { types_.append(reinterpret_cast<const char*>(&word), sizeof word); }
  std::string types_, strings_{'\0'};
  std::uint32_t types_added_ = 0;
};

/// struct outer { u32 first; struct { u32 flag : 1; union { u64 in_union; }; }; } and many types before it.
struct Example {
  Built built;
  std::uint32_t u64 = 0, alias = 0;
  Example() {
    for (int i = 0; i < 100; ++i) built.add(0, BTF_KIND_PTR, 0, {});
    const std::uint32_t u32 = built.add(built.name("u32"), BTF_KIND_INT, 4, {32});
    u64 = built.add(built.name("u64"), BTF_KIND_INT, 8, {64});
    const std::uint32_t is_const = built.add(0, BTF_KIND_CONST, u64, {});
    alias = built.add(built.name("alias"), BTF_KIND_TYPEDEF, is_const, {});
    const std::uint32_t in_union = built.add(0, BTF_KIND_UNION, 8, {built.name("in_union"), alias, 0}, 1);
    const std::uint32_t inner =
        built.add(0, BTF_KIND_STRUCT, 16, {built.name("flag"), u32, 0 | (1U << 24U), 0, in_union, 64}, 2, true);
    built.add(built.name("outer"), BTF_KIND_STRUCT, 24, {built.name("first"), u32, 0, 0, inner, 64}, 2);
  }
};

TEST(KernelTypes, FindsAFieldInAStructWithoutANameAtItsPlaceInTheOutermost) {
  const std::string bytes = Example().built.bytes();
  const auto types = KernelTypes::of(bytes, {"outer", "absent"});
  ASSERT_TRUE(types);
  EXPECT_EQ(types->struct_named("absent"), 0U);
  const std::uint32_t outer = types->struct_named("outer");
  ASSERT_NE(outer, 0U);
  EXPECT_EQ(types->type(outer)->bytes, 24U);
  const auto field = types->field(outer, "in_union");
  ASSERT_TRUE(field);
  EXPECT_EQ(field->bit_offset, 128U);
  EXPECT_FALSE(types->field(outer, "flag")) << "a bit field has no offset in bytes";
  EXPECT_FALSE(types->field(outer, "absent"));
}

TEST(KernelTypes, GoesThroughTypedefsAndQualifiers) {
  Example example;
  const std::string bytes = example.built.bytes();
  const auto types = KernelTypes::of(bytes, {});
  ASSERT_TRUE(types);
  const auto type = types->type(example.alias);
  ASSERT_TRUE(type);
  EXPECT_EQ(type->kind, std::uint32_t{BTF_KIND_INT});
  EXPECT_EQ(type->bytes, 8U);
}

TEST(KernelTypes, SaysWhereAStructIsThereTwice) {
  Example example;
  example.built.add(example.built.name("outer"), BTF_KIND_STRUCT, 8, {});
  const std::string bytes = example.built.bytes();
  EXPECT_TRUE(KernelTypes::of(bytes, {"outer"})->is_ambiguous());
  EXPECT_FALSE(KernelTypes::of(bytes, {"other"})->is_ambiguous());
}

TEST(KernelTypes, TakesNoFileThatIsCutShortAnywhere) {
  const std::string bytes = Example().built.bytes();
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const std::string cut = bytes.substr(0, length);
    EXPECT_FALSE(KernelTypes::of(cut, {"outer"})) << length << " of " << bytes.size() << " bytes";
  }
}

TEST(KernelTypes, TakesNoKindThatItDoesNotKnow) {
  Example example;
  example.built.add(0, 31, 0, {});
  EXPECT_FALSE(KernelTypes::of(example.built.bytes(), {"outer"}));
}

TEST(KernelTypes, EndsWhereTypesStandForThemselves) {
  Built built;
  const std::uint32_t loop = built.add(0, BTF_KIND_CONST, 1, {});
  const std::uint32_t holds_itself = built.add(built.name("loop"), BTF_KIND_STRUCT, 8, {0, 2, 0}, 1);
  const std::string bytes = built.bytes();
  const auto types = KernelTypes::of(bytes, {"loop"});
  ASSERT_TRUE(types);
  EXPECT_FALSE(types->type(loop));
  EXPECT_FALSE(types->field(holds_itself, "any"));
}

TEST(KernelTypes, KnowsTheRunningKernels) {
  const std::string path = "/sys/kernel/btf/vmlinux";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "this kernel has no BTF";
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const auto types = KernelTypes::of(bytes, {"task_struct", "mm_struct"});
  ASSERT_TRUE(types);
  EXPECT_FALSE(types->is_ambiguous());
  const auto mm = types->field(types->struct_named("task_struct"), "mm");
  ASSERT_TRUE(mm);
  EXPECT_EQ(types->type(mm->type)->kind, std::uint32_t{BTF_KIND_PTR});
  EXPECT_TRUE(types->field(types->struct_named("mm_struct"), "mmap_lock"));
}

}  // namespace
}  // namespace faultline::host
