// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/kernel_symbols.h"

#include <gtest/gtest.h>
#include <unistd.h>

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
