// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/page_nodes.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>
#include <sys/mman.h>
#include <unistd.h>

#include "advisor/host/numa_topology.h"
#include "tests/unit/advisor/support/child.h"

namespace faultline::host {
namespace {

constexpr std::uint64_t page = 4096;
constexpr std::size_t touched_bytes = 32U << 20U;

Mapping data(std::uint64_t start, std::uint64_t pages) {
  Mapping mapping;
  mapping.start = start;
  mapping.end = start + pages * page;
  mapping.readable = mapping.writable = true;
  return mapping;
}

TEST(SpreadAddresses, MeetsEachMappingByItsSizeAndNoOther) {
  Mapping file = data(0x100000000, 1000);
  file.inode = 7;
  Mapping code = data(0x200000000, 1000);
  code.writable = false;
  Mapping shared = data(0x300000000, 1000);
  shared.shared = true;
  const std::vector<Mapping> mappings{data(0x10000000, 3000), file, code, shared, data(0x400000000, 1000)};
  const auto addresses = spread_addresses(mappings, 400, 0);
  EXPECT_NEAR(static_cast<double>(addresses.size()), 400, 1);
  const auto in_last = std::count_if(addresses.begin(), addresses.end(), [](auto at) { return at >= 0x400000000; });
  EXPECT_NEAR(static_cast<double>(in_last), 100, 2);
  for (const auto at : addresses) {
    EXPECT_EQ(at % page, 0U);
    const bool inside =
        (at >= 0x10000000 && at < 0x10000000 + 3000 * page) || (at >= 0x400000000 && at < 0x400000000 + 1000 * page);
    EXPECT_TRUE(inside) << at;
  }
}

TEST(SpreadAddresses, MeetsBothNodesOfInterleavedMemory) {
  // 16 pages a step: equal distances would meet pages of one parity only.
  const auto addresses = spread_addresses(std::vector<Mapping>{data(0x10000000, 16000)}, 1000, 0);
  const auto odd = std::count_if(addresses.begin(), addresses.end(), [](auto at) { return at / page % 2 == 1; });
  EXPECT_NEAR(static_cast<double>(odd), 500, 50);
}

TEST(SpreadAddresses, AnotherRoundMeetsOtherPages) {
  const std::vector<Mapping> mappings{data(0x10000000, 1U << 20U)};
  std::set<std::uint64_t> all;
  for (std::size_t round = 0; round < 4; ++round) {
    for (const auto at : spread_addresses(mappings, 1000, round)) all.insert(at);
  }
  EXPECT_GT(all.size(), 3900U);
}

TEST(SpreadAddresses, OfNothingThereIsNone) {
  EXPECT_TRUE(spread_addresses({}, 100, 0).empty());
  EXPECT_TRUE(spread_addresses(std::vector<Mapping>{data(0x1000, 1)}, 0, 0).empty());
}

class SampledChild : public ::testing::Test {
 protected:
  static void touch_and_stay() {
    void* const memory =
        ::mmap(nullptr, touched_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED) ::_exit(1);
    test::Child::say_ready();
    ::pause();
  }
};

TEST_F(SampledChild, ItsPagesAreOnNodesThatThereAre) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer reserves terabytes, among which a sample of pages finds none that is resident";
#endif
  const test::Child child(touch_and_stay);
  const auto root = Root::open();
  const auto mappings = read_maps(*root, child.pid());
  ASSERT_TRUE(mappings);
  const auto addresses = spread_addresses(*mappings, 2000, 0);
  const auto sample = sample_page_nodes(child.pid(), addresses);
  if (!sample && sample.error().kind == ErrorKind::unsupported) GTEST_SKIP() << "a kernel without move_pages(2)";
  ASSERT_TRUE(sample) << sample.error().why;
  EXPECT_EQ(sample->asked, addresses.size());
  EXPECT_GT(sample->resident(), 500U);
  const auto topology = read_numa_topology(*root);
  for (const auto& [node, pages] : sample->on_node) EXPECT_NE(topology->find(node), nullptr) << node;
  if (topology->nodes.size() == 1) {
    EXPECT_EQ(sample->on_node.size(), 1U);
    EXPECT_EQ(sample->on_node.begin()->first, topology->nodes.front().id);
  }
}

TEST_F(SampledChild, WhatIsNotResidentIsNotCounted) {
  const test::Child child([] {
    void* const memory =
        ::mmap(nullptr, touched_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    const auto at = reinterpret_cast<std::uint64_t>(memory);
    if (::write(STDOUT_FILENO, "ready\n", 6) != 6 || ::write(STDOUT_FILENO, &at, sizeof at) != sizeof at) ::_exit(1);
    ::pause();
  });
  std::uint64_t at = 0;
  for (std::size_t i = 0; i < sizeof at; ++i) {
    at |= static_cast<std::uint64_t>(static_cast<unsigned char>(child.hear())) << (8 * i);
  }
  const auto sample = sample_page_nodes(child.pid(), std::vector<std::uint64_t>{at, at + page, at + 9 * page});
  if (!sample && sample.error().kind == ErrorKind::unsupported) GTEST_SKIP() << "a kernel without move_pages(2)";
  ASSERT_TRUE(sample) << sample.error().why;
  EXPECT_EQ(sample->asked, 3U);
  EXPECT_EQ(sample->resident(), 0U);
}

TEST_F(SampledChild, AProcessThatIsNotThereIsGone) {
  const auto sample = sample_page_nodes(1 << 22, std::vector<std::uint64_t>{0x1000});
  ASSERT_FALSE(sample);
  EXPECT_EQ(sample.error().kind, ErrorKind::gone);
}

}  // namespace
}  // namespace faultline::host
