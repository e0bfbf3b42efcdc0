// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/kernel_symbols.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "advisor/host/learn_or_read.h"

namespace faultline::host {
namespace {

constexpr const char* text =
    "ffffffff81000000 T _text\n"
    "ffffffff81001000 t do_anonymous_page.isra.0\n"
    "ffffffff81000ff0 t __pfx_do_anonymous_page\n"
    "ffffffff81002000 D a_variable\n"
    "ffffffff81003000 W clear_page_erms\n"
    "ffffffffc0000000 t a_function\t[a_module]\n";

TEST(KernelSymbols, NamesTheFunctionThatHoldsAnAddress) {
  const auto symbols = KernelSymbols::parse(text);
  ASSERT_TRUE(symbols);
  EXPECT_EQ(symbols->name_of(0xffffffff81001000), "do_anonymous_page");
  EXPECT_EQ(symbols->name_of(0xffffffff81001fff), "do_anonymous_page");
  EXPECT_EQ(symbols->name_of(0xffffffff81003004), "clear_page_erms");
  EXPECT_EQ(symbols->name_of(0xffffffffc0000010), "a_function");
}

TEST(KernelSymbols, AnAddressInNoFunctionHasNoName) {
  const auto symbols = KernelSymbols::parse(text);
  ASSERT_TRUE(symbols);
  EXPECT_EQ(symbols->name_of(0x1000), "");
  EXPECT_EQ(symbols->name_of(0xffffffffd0000000), "");
}

TEST(KernelSymbols, HiddenAddressesAreADenialAndNoNames) {
  const auto hidden = KernelSymbols::parse("0000000000000000 T _text\n0000000000000000 t do_anonymous_page\n");
  ASSERT_FALSE(hidden);
  EXPECT_EQ(hidden.error().kind, ErrorKind::permission);
  EXPECT_NE(hidden.error().hint.find("kptr_restrict"), std::string::npos);
}

TEST(KernelSymbols, AListWithoutFunctionsIsAnError) {
  for (const char* none : {"", "\n\n", "nonsense\n", "ffffffff81002000 D a_variable\n"}) {
    const auto symbols = KernelSymbols::parse(none);
    ASSERT_FALSE(symbols) << none;
    EXPECT_EQ(symbols.error().kind, ErrorKind::not_found);
  }
}

TEST(KernelSymbols, AskedForMeansTheSameAsReadFromTheList) {
  if (::geteuid() != 0) GTEST_SKIP() << "kernel addresses are hidden from ordinary users";
  const auto namer = KernelNamer::open();
  if (!namer) GTEST_SKIP() << namer.error().why;
  const auto root = Root::open();
  ASSERT_TRUE(root);
  const auto listed = KernelSymbols::read(*root);
  if (!listed && listed.error().kind == ErrorKind::permission) GTEST_SKIP() << listed.error().why;
  auto asked = KernelSymbols::open(*root);
  ASSERT_TRUE(listed && asked);
  const auto text = root->read("/proc/kallsyms", 64U << 20U);
  ASSERT_TRUE(text);
  std::vector<std::uint64_t> addresses;
  for (const char* name : {"handle_mm_fault", "do_madvise", "down_read_killable", "vm_mmap_pgoff", "__vm_munmap"}) {
    const auto at = text->find(std::string(" ") + name + "\n");
    if (at == std::string::npos) continue;
    addresses.push_back(std::stoull(text->substr(text->rfind('\n', at) + 1, 16), nullptr, 16) + 9);
  }
  ASSERT_GE(addresses.size(), 2U);
  EXPECT_EQ(asked->name_of(addresses[0]), "") << "nobody asked yet";
  EXPECT_EQ(asked->learn({0x1000}).error().kind, ErrorKind::not_found) << "nothing was named: it may name nothing";
  ASSERT_TRUE(asked->learn(addresses));
  EXPECT_TRUE(asked->learn({0x1000})) << "one that is in no function";
  for (const std::uint64_t address : addresses) {
    EXPECT_EQ(asked->name_of(address), listed->name_of(address));
    EXPECT_EQ(asked->name_of(address + 1), listed->name_of(address + 1)) << "a whole function is learnt";
  }
  EXPECT_EQ(asked->name_of(0x1000), "");
}

TEST(KernelSymbols, AreReadFromTheListWhereTheKernelNamesNone) {
  if (::geteuid() != 0) GTEST_SKIP() << "kernel addresses are hidden from ordinary users";
  const auto root = Root::open();
  ASSERT_TRUE(root);
  auto symbols = KernelSymbols::open(*root);
  const auto text = root->read("/proc/kallsyms", 64U << 20U);
  if (!symbols || !text) GTEST_SKIP() << "the kernel's functions are hidden here";
  const auto at = text->find(" handle_mm_fault\n");
  ASSERT_NE(at, std::string::npos);
  const auto address = std::stoull(text->substr(text->rfind('\n', at) + 1, 16), nullptr, 16);
  if (address == 0) GTEST_SKIP() << "kernel.kptr_restrict hides addresses";
  learn_or_read(symbols, *root, {0x1000});
  ASSERT_TRUE(symbols);
  EXPECT_EQ(symbols->name_of(address + 4), "handle_mm_fault");
}

TEST(KernelFunction, IsReadFromTheKernelsOwnWords) {
  const auto function = parse_kernel_function(0xffffffff810002e0, "do_mincore.isra.0+0xe0/0x120 [some_module]");
  ASSERT_TRUE(function);
  EXPECT_EQ(function->start, 0xffffffff81000200);
  EXPECT_EQ(function->end, 0xffffffff81000320);
  EXPECT_EQ(function->name, "do_mincore.isra.0");
  for (const char* none : {"", "0xffffffff810002e0", "do_mincore", "do_mincore+0xe0", "do_mincore+e0/120", "+0x1/0x2",
                           "f+0x3/0x2", "f+0x/0x2", "f+0xfffffffffffffffff/0x2"}) {
    EXPECT_FALSE(parse_kernel_function(0xffffffff810002e0, none)) << none;
  }
}

TEST(KernelSymbols, ReadsThoseOfTheRunningKernel) {
  if (::geteuid() != 0) GTEST_SKIP() << "kernel addresses are hidden from ordinary users";
  const auto root = Root::open();
  ASSERT_TRUE(root);
  const auto symbols = KernelSymbols::read(*root);
  if (!symbols && symbols.error().kind == ErrorKind::permission) GTEST_SKIP() << symbols.error().why;
  ASSERT_TRUE(symbols) << symbols.error().why;
  const auto listed = root->read("/proc/kallsyms", 64U << 20U);
  ASSERT_TRUE(listed);
  const auto at = listed->find(" handle_mm_fault\n");
  ASSERT_NE(at, std::string::npos);
  const auto line_start = listed->rfind('\n', at) + 1;
  const auto address = std::stoull(listed->substr(line_start, 16), nullptr, 16);
  EXPECT_EQ(symbols->name_of(address + 4), "handle_mm_fault");
}

}  // namespace
}  // namespace faultline::host
