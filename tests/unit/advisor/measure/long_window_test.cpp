// SPDX-License-Identifier: Apache-2.0
// A long window keeps no more than a short one: many short slices of a target whose threads come and go.
#include <cstdio>
#include <gtest/gtest.h>
#include <optional>
#include <thread>
#include <unistd.h>

#include "advisor/measure/measure.h"
#include "tests/unit/advisor/support/child.h"

namespace faultline::measure {
namespace {

// What an allocator and the first samples of a function may take; half a megabyte is seen. 25 KB a slice are more.
constexpr double most_growth_bytes = 2e6;

double resident_bytes() {
  unsigned long size = 0;
  unsigned long resident = 0;
  std::FILE* const file = std::fopen("/proc/self/statm", "re");
  if (file == nullptr) return 0;
  const bool is_read = std::fscanf(file, "%lu %lu", &size, &resident) == 2;  // NOLINT(cert-err34-c): the kernel's own
  std::fclose(file);
  return is_read ? static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) : 0;
}

TEST(LongWindow, KeepsNoMoreThanAShortOne) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer keeps memory that was freed";
#endif
  const auto machine = host::inspect_machine();
  ASSERT_TRUE(machine);
  const test::Child child([] {
    test::Child::say_ready();
    for (;;) std::thread([] { ::usleep(2000); }).join();
  });
  target::Target target;
  target.name = "pid:" + std::to_string(child.pid());
  target.main_pid = child.pid();
  Options options;
  options.window_seconds = 6;
  options.slice_seconds = 0.01;
  std::optional<double> at_a_third;
  double last = 0;
  options.on_progress = [&](double seconds) {
    last = resident_bytes();
    if (seconds >= options.window_seconds / 3 && !at_a_third) at_a_third = last;
  };
  const auto snapshots = measure(*machine, {target}, options);
  ASSERT_EQ(snapshots.size(), 1U);
  ASSERT_TRUE(snapshots[0]) << snapshots[0].error().why;
  EXPECT_GT(snapshots[0]->window.slices, 20U);
  ASSERT_TRUE(at_a_third);
  EXPECT_LT(last - *at_a_third, most_growth_bytes);
}

TEST(LongWindow, HasNoMoreSlicesThanAReportCanShow) {
  const auto machine = host::inspect_machine();
  ASSERT_TRUE(machine);
  const test::Child child([] {
    test::Child::say_ready();
    for (;;) ::pause();
  });
  target::Target target;
  target.name = "pid:" + std::to_string(child.pid());
  target.main_pid = child.pid();
  Options options;
  options.window_seconds = 2;
  options.slice_seconds = 0.001;
  const auto snapshots = measure(*machine, {target}, options);
  ASSERT_EQ(snapshots.size(), 1U);
  ASSERT_TRUE(snapshots[0]) << snapshots[0].error().why;
  EXPECT_GT(snapshots[0]->window.slices, 0U);
  EXPECT_LE(snapshots[0]->window.slices, most_slices);
  for (const auto& [name, fact] : snapshots[0]->facts.all()) EXPECT_LE(fact.slices.size(), most_slices) << name;
}

}  // namespace
}  // namespace faultline::measure
