// SPDX-License-Identifier: Apache-2.0
// Calls of the allocator as this kernel shows them.
#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <gmock/gmock.h>
#include <optional>
#include <thread>

#include "advisor/host/function_table.h"
#include "advisor/host/hit_cost.h"
#include "advisor/host/probe_site.h"
#include "advisor/host/proc.h"
#include "advisor/host/safe_open.h"
#include "tests/unit/advisor/support/probe_here.h"
#include "tests/unit/advisor/support/working_child.h"

namespace faultline::host {
namespace {

using test::WorkingChild;
using Size = AllocationEntry::Size;
using Site = AddressSpaceProbe::Site;

constexpr int calls = 300;

void call_malloc(std::size_t bytes) {
  for (int i = 0; i < calls; ++i) {
    void* volatile block = std::malloc(bytes);
    std::free(block);
  }
}

class AllocationProbe : public test::ProbeHere {
 protected:
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "the sanitizer replaces malloc";
#endif
    ProbeHere::SetUp();
    if (IsSkipped()) return;
    const auto maps = read_maps(machine_->root, ::getpid());
    ASSERT_TRUE(maps);
    for (const Mapping& one : *maps) {
      if (one.executable && one.path.find("/libc.so.6") != std::string::npos) libc_ = one;
    }
    if (libc_.path.empty()) GTEST_SKIP() << "malloc is not glibc's here";
    file_ = Fd(::open(libc_.path.c_str(), O_RDONLY | O_CLOEXEC));
    functions_ = *FunctionTable::read(file_);
    const auto cost = measure_hit_cost(*probe_, *machine_);
    if (!cost) GTEST_SKIP() << cost.error().what << ": " << cost.error().why;
    hit_cost_ = *cost;
  }

  std::optional<AllocationEntry> entry(const char* name, Size size) {
    const auto function = functions_.find(name);
    if (!function) return std::nullopt;
    const auto sites = probe_sites(*read_at(file_, function->offset, probe_site_bytes));
    if (!sites) return std::nullopt;
    AllocationEntry found{size, function->offset + sites->first};
    if (sites->second) found.second = function->offset + *sites->second;
    return found;
  }

  /// Skips where this libc's function begins with what may not be probed.
  void probe_malloc(pid_t process) {
    const auto malloc_entry = entry("malloc", Size::first);
    if (!malloc_entry) GTEST_SKIP() << "malloc of this libc may not be probed";
    const auto attached = probe_->attach_entries(process, file_, {*malloc_entry}, Site::first);
    ASSERT_TRUE(attached) << attached.error().why;
  }

  [[nodiscard]] std::string code_in(pid_t process, std::uint64_t offset) const {
    std::ifstream memory(fmt::format("/proc/{}/mem", process), std::ios::binary);
    memory.seekg(static_cast<std::streamoff>(libc_.start + offset - libc_.offset));
    std::string bytes(8, '\0');
    memory.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return bytes;
  }

  Mapping libc_;
  Fd file_;
  FunctionTable functions_;
  HitCost hit_cost_;
};

TEST_F(AllocationProbe, AHitHasACost) {
  RecordProperty("hit_ns", std::to_string(hit_cost_.seconds * 1e9));
  EXPECT_GT(hit_cost_.seconds, 10e-9);
  EXPECT_LT(hit_cost_.seconds, 1e-3);
}

TEST_F(AllocationProbe, CountsEachCallOnceWithItsSize) {
  const WorkingChild child([] { call_malloc(3000); });
  ASSERT_TRUE(probe_->follow(child.pid(), 0));
  probe_malloc(child.pid());
  if (IsSkipped()) return;
  child.work();
  const auto seen = probe_->allocations(0);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->by_log2_bytes[11], static_cast<std::uint64_t>(calls));
  EXPECT_GE(seen->hits, seen->counted);
  EXPECT_EQ(probe_->allocations(1)->hits, 0U);
}

TEST_F(AllocationProbe, CountsNothingOfOtherProcesses) {
  const WorkingChild probed([] { call_malloc(3000); });
  const WorkingChild other([] { call_malloc(3000); });
  ASSERT_TRUE(probe_->follow(probed.pid(), 0));
  ASSERT_TRUE(probe_->follow(other.pid(), 1));
  probe_malloc(probed.pid());
  if (IsSkipped()) return;
  other.work();
  EXPECT_EQ(probe_->allocations(1)->hits, 0U) << "the breakpoint is in the other process too";
}

TEST_F(AllocationProbe, ASecondInstructionIsAHitAndNoCall) {
  const WorkingChild child([] { call_malloc(3000); });
  ASSERT_TRUE(probe_->follow(child.pid(), 0));
  const auto malloc_entry = entry("malloc", Size::first);
  if (!malloc_entry || !malloc_entry->second) GTEST_SKIP() << "malloc of this libc has no second site";
  probe_malloc(child.pid());
  ASSERT_TRUE(probe_->attach_entries(child.pid(), file_, {*malloc_entry}, Site::second));
  child.work();
  EXPECT_EQ(probe_->allocations(0)->by_log2_bytes[11], static_cast<std::uint64_t>(calls));
  EXPECT_EQ(probe_->allocations(0)->hits, 2 * probe_->allocations(0)->counted);
}

TEST_F(AllocationProbe, CountsAllThreadsOfTheProcess) {
  const WorkingChild child([] {
    std::thread one([] { call_malloc(3000); });
    std::thread two([] { call_malloc(3000); });
    one.join();
    two.join();
  });
  ASSERT_TRUE(probe_->follow(child.pid(), 0));
  probe_malloc(child.pid());
  if (IsSkipped()) return;
  child.work();
  EXPECT_EQ(probe_->allocations(0)->by_log2_bytes[11], 2U * calls);
}

TEST_F(AllocationProbe, LeavesTheCodeAsItFoundIt) {
  const WorkingChild child([] { call_malloc(3000); });
  ASSERT_TRUE(probe_->follow(child.pid(), 0));
  probe_malloc(child.pid());
  if (IsSkipped()) return;
  const std::uint64_t site = entry("malloc", Size::first)->offset;
  const auto in_file = read_at(file_, site, 8);
  ASSERT_TRUE(in_file);
  EXPECT_NE(code_in(child.pid(), site), *in_file) << "the breakpoint should be seen";
  child.work();
  probe_->detach_entries(Site::first);
  probe_->wait_detached();
  EXPECT_EQ(code_in(child.pid(), site), *in_file);
  const auto hits = probe_->allocations(0)->hits;
  child.work();
  EXPECT_EQ(probe_->allocations(0)->hits, hits);
}

TEST_F(AllocationProbe, LeavesTheCodeOfAProcessThatWasForkedMeanwhileAsItWas) {
  // The grandchild has the breakpoint in its copy of the memory, and its number is sent back.
  std::array<int, 2> numbers{};
  ASSERT_EQ(::pipe(numbers.data()), 0);
  const WorkingChild child([&] {
    const pid_t parent = ::getpid();
    const pid_t forked = ::fork();
    if (forked == 0) {
      test::end_with_parent(parent);
      for (;;) call_malloc(3000);
    }
    if (::write(numbers[1], &forked, sizeof forked) < 0) ::_exit(1);
  });
  ASSERT_TRUE(probe_->follow(child.pid(), 0));
  probe_malloc(child.pid());
  if (IsSkipped()) return;
  child.work();
  pid_t forked = 0;
  ASSERT_EQ(::read(numbers[0], &forked, sizeof forked), static_cast<ssize_t>(sizeof forked));
  ASSERT_GT(forked, 0);
  probe_->detach_entries(Site::first);
  probe_->wait_detached();
  const std::uint64_t site = entry("malloc", Size::first)->offset;
  EXPECT_EQ(code_in(forked, site), *read_at(file_, site, 8));
  EXPECT_EQ(code_in(child.pid(), site), *read_at(file_, site, 8));
  const auto before = read_stat(machine_->root, forked)->cpu_seconds;
  for (int i = 0;
       i < 3000 && read_stat(machine_->root, forked) && read_stat(machine_->root, forked)->cpu_seconds < before + 0.05;
       ++i) {
    ::usleep(10000);
  }
  EXPECT_FALSE(read_stat(machine_->root, forked)->ended()) << "it no longer allocates";
}

TEST_F(AllocationProbe, ReallocOfNothingIsCountedByMallocAlone) {
  const WorkingChild child([] {
    for (int i = 0; i < calls; ++i) {
      void* volatile block = std::realloc(nullptr, 3000);
      block = std::realloc(block, 70000);
      std::free(block);
    }
  });
  ASSERT_TRUE(probe_->follow(child.pid(), 0));
  const auto first = entry("malloc", Size::first), again = entry("realloc", Size::again_or_malloc);
  if (!first || !again) GTEST_SKIP() << "functions of this libc may not be probed";
  ASSERT_TRUE(probe_->attach_entries(child.pid(), file_, {*first, *again}, Site::first));
  child.work();
  EXPECT_EQ(probe_->allocations(0)->by_log2_bytes[11], static_cast<std::uint64_t>(calls));
  EXPECT_EQ(probe_->allocations(0)->by_log2_bytes[16], static_cast<std::uint64_t>(calls));
}

TEST_F(AllocationProbe, AProcessThatEndedIsAnErrorAndNoHarm) {
  std::optional<WorkingChild> child;
  child.emplace([] {});
  const pid_t gone = child->pid();
  child.reset();
  const auto malloc_entry = entry("malloc", Size::first);
  if (!malloc_entry) GTEST_SKIP() << "malloc of this libc may not be probed";
  const auto attached = probe_->attach_entries(gone, file_, {*malloc_entry}, Site::first);
  ASSERT_FALSE(attached);
  EXPECT_EQ(attached.error().kind, ErrorKind::gone);
  probe_->detach_entries(Site::first);
}

}  // namespace
}  // namespace faultline::host
