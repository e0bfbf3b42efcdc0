// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/probe_site.h"

#include <array>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>

namespace faultline::host {
namespace {

using namespace std::string_view_literals;

struct SiteCase {
  const char* name;
  std::string_view bytes;
  std::optional<unsigned> site;
};

class ProbeSite : public ::testing::TestWithParam<SiteCase> {};

TEST_P(ProbeSite, IsWhereTheKernelCarriesTheInstructionOut) {
#ifndef __x86_64__
  GTEST_SKIP() << "x86-64 only";
#endif
  const auto site = probe_sites(GetParam().bytes);
  ASSERT_EQ(site.has_value(), GetParam().site.has_value());
  if (site) {
    EXPECT_EQ(site->first, *GetParam().site);
  } else {
    EXPECT_EQ(site.error().kind, ErrorKind::refused);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Entries, ProbeSite,
    ::testing::Values(
        SiteCase{"push_rax", "\x50\x48\x89"sv, 0}, SiteCase{"push_rdi", "\x57\x48\x89"sv, 0},
        SiteCase{"push_r8", "\x41\x50\x55"sv, 0}, SiteCase{"push_r15", "\x41\x57\x41"sv, 0},
        SiteCase{"nop", "\x90\x55"sv, 0}, SiteCase{"endbr64_push_rbp", "\xf3\x0f\x1e\xfa\x55\x48"sv, 4},
        SiteCase{"endbr64_push_r12", "\xf3\x0f\x1e\xfa\x41\x54"sv, 4},
        SiteCase{"endbr64_nop5", "\xf3\x0f\x1e\xfa\x0f\x1f"sv, std::nullopt},
        SiteCase{"nop5", "\x0f\x1f\x44\x00\x00"sv, std::nullopt}, SiteCase{"two_byte_nop", "\x66\x90"sv, std::nullopt},
        SiteCase{"pop_rax", "\x58"sv, std::nullopt}, SiteCase{"mov", "\x48\x89\xfb"sv, std::nullopt},
        SiteCase{"cmpb", "\x80\x3d\x71\x0e"sv, std::nullopt},
        SiteCase{"rex_without_push", "\x41\x89\xfc"sv, std::nullopt},
        SiteCase{"rex_w_push", "\x48\x50"sv, std::nullopt}, SiteCase{"jmp", "\xe9\x01\x02\x03\x04"sv, std::nullopt},
        SiteCase{"breakpoint", "\xcc\x54\x55"sv, std::nullopt},
        SiteCase{"endbr32", "\xf3\x0f\x1e\xfb\x55"sv, std::nullopt}, SiteCase{"cut_rex", "\x41"sv, std::nullopt},
        SiteCase{"cut_endbr64", "\xf3\x0f\x1e\xfa"sv, std::nullopt}, SiteCase{"empty", ""sv, std::nullopt}),
    [](const auto& info) { return info.param.name; });

TEST(ProbeSites, TheSecondIsTheNextInstructionIfItMayBeProbedToo) {
#ifndef __x86_64__
  GTEST_SKIP() << "x86-64 only";
#endif
  EXPECT_EQ(probe_sites("\x41\x54\x55\x53\x48\x89"sv)->second, 2U);
  EXPECT_EQ(probe_sites("\x55\x41\x54\x48"sv)->second, 1U);
  EXPECT_EQ(probe_sites("\xf3\x0f\x1e\xfa\x41\x57\x41\x56"sv)->second, 6U);
  EXPECT_EQ(probe_sites("\x41\x55\x48\x89\xf8"sv)->second, std::nullopt);
  EXPECT_EQ(probe_sites("\x55"sv)->second, std::nullopt);
  EXPECT_EQ(probe_sites("\x90\x0f\x1f\x44"sv)->second, std::nullopt);
}

TEST(ProbeSiteRefused, SaysWhatTheFunctionBeginsWith) {
#ifdef __x86_64__
  EXPECT_THAT(probe_sites("\x80\x3d\x71\x0e\x14"sv).error().why, ::testing::HasSubstr("begins with 80 3d 71 0e"));
#endif
}

}  // namespace
}  // namespace faultline::host
