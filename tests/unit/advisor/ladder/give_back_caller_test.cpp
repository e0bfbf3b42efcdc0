// SPDX-License-Identifier: Apache-2.0
// Who gives memory back, told from samples of real processes that do it each in their way.
#include "advisor/ladder/support/give_back_caller.h"

#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/mman.h>
#include <thread>
#include <vector>

#include "advisor/host/sample_feed.h"
#include "advisor/ladder/support/kernel_families.h"
#include "advisor/target/activity.h"
#include "advisor/target/process_watch.h"
#include "tests/unit/advisor/support/working_child.h"

namespace faultline {
namespace {

using test::WorkingChild;

constexpr std::size_t buffer_bytes = 8U << 20U;

/// Not to be optimised away with the malloc before it and the free behind it.
void fill(void* memory, std::size_t bytes) {
  std::memset(memory, 1, bytes);
  asm volatile("" : : "r"(memory) : "memory");
}

[[noreturn]] void free_blocks_of_an_arena() {
  std::thread worker([] {
    for (;;) {
      std::vector<void*> blocks;
      for (int i = 0; i < 2000; ++i) {
        blocks.push_back(std::malloc(4096));
        fill(blocks.back(), 4096);
      }
      for (void* block : blocks) std::free(block);
    }
  });
  worker.join();
  std::abort();
}

/// Above the mmap threshold, which is fixed: each block is mapped and unmapped by malloc.
[[noreturn]] void free_mapped_blocks() {
  ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
  for (;;) {
    void* block = std::malloc(buffer_bytes);
    fill(block, buffer_bytes);
    std::free(block);
  }
}

[[noreturn]] void advise_an_own_buffer() {
  void* buffer = ::mmap(nullptr, buffer_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (;;) {
    fill(buffer, buffer_bytes);
    ::madvise(buffer, buffer_bytes, MADV_DONTNEED);
  }
}

[[noreturn]] void map_over_an_own_buffer() {
  const auto map = [](void* at, int fixed) {
    return ::mmap(at, buffer_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | fixed, -1, 0);
  };
  for (void* buffer = map(nullptr, 0);; buffer = map(buffer, MAP_FIXED)) fill(buffer, buffer_bytes);
}

[[noreturn]] void unmap_an_own_buffer() {
  for (;;) {
    void* buffer = ::mmap(nullptr, buffer_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    fill(buffer, buffer_bytes);
    ::munmap(buffer, buffer_bytes);
  }
}

/// Keeps the heap in brk's memory and free from trimming it.
void keep_all_in_the_heap() {
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
}

[[noreturn]] void trim_holes_by_hand() {
  keep_all_in_the_heap();
  void* block = std::malloc(buffer_bytes);
  void* guard = std::malloc(buffer_bytes);  // keeps the block away from the top
  fill(guard, buffer_bytes);
  for (;;) {
    fill(block, buffer_bytes);
    std::free(block);
    ::malloc_trim(1 << 30);  // a pad that leaves the top alone
    block = std::malloc(buffer_bytes);
  }
}

[[noreturn]] void trim_top_by_hand() {
  keep_all_in_the_heap();
  for (;;) {
    void* block = std::malloc(buffer_bytes);
    fill(block, buffer_bytes);
    std::free(block);
    ::malloc_trim(0);
  }
}

[[noreturn]] void free_at_the_top() {
  ::mallopt(M_TRIM_THRESHOLD, 1 << 20);
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
  for (;;) {
    void* block = std::malloc(buffer_bytes);
    fill(block, buffer_bytes);
    std::free(block);
  }
}

[[noreturn]] void start_threads_that_end() {
  for (;;) {
    std::thread([] {
      char scratch[256 << 10];
      fill(scratch, sizeof scratch);
    }).join();
  }
}

struct Callers {
  int allocator = 0, program = 0, unknown = 0;
};

Callers callers_of(void (*work)()) {
  constexpr int enough = 15;
  const auto machine = host::inspect_machine();
  const WorkingChild child(work);
  target::Target target;
  target.name = "pid";
  target.main_pid = child.pid();
  const auto watch = target::ProcessWatch::begin(*machine, target);
  auto feed = host::SampleFeed::open(*machine);
  target::Activity activity;
  target::CodeFiles files;
  target::UserCode code;
  feed.start();
  child.tell();
  Callers callers;
  for (int look = 0; look < 400 && callers.allocator + callers.program + callers.unknown < enough; ++look) {
    ::usleep(50000);
    activity.take(feed.take(), *watch);
    if (!code.knows(child.pid())) code.learn(*machine, child.pid(), files);
    for (const host::Sample& sample : activity.samples()) {
      std::vector<std::string_view> names;
      for (std::size_t i = 0; i < sample.kernel.size(); ++i) {
        names.push_back(feed.kernel_symbols()->name_of(sample.kernel[i] - (i == 0 ? 0 : 1)));
      }
      if (!classify(names).has(KernelWork::give_back)) continue;
      switch (give_back_caller(code, sample)) {
        case GiveBackCaller::allocator: ++callers.allocator; break;
        case GiveBackCaller::program: ++callers.program; break;
        case GiveBackCaller::unknown: ++callers.unknown; break;
      }
    }
  }
  return callers;
}

class WhoGivesBack : public testing::Test {
 protected:
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "the sanitizer replaces malloc";
#endif
    const auto machine = host::inspect_machine();
    const auto feed = host::SampleFeed::open(*machine);
    if (feed.mode() != host::FeedMode::cpu_wide || !feed.kernel_symbols()) {
      GTEST_SKIP() << "sampling with kernel stacks is not permitted here";
    }
  }
};

TEST_F(WhoGivesBack, AThreadsArenaThatIsTrimmedIsTheAllocators) {
  const Callers callers = callers_of(free_blocks_of_an_arena);
  EXPECT_GE(callers.allocator, 10);
  EXPECT_EQ(callers.program, 0);
}

TEST_F(WhoGivesBack, AMappedBlockThatIsFreedIsTheAllocators) {
  const Callers callers = callers_of(free_mapped_blocks);
  EXPECT_GE(callers.allocator, 10);
  EXPECT_EQ(callers.program, 0);
}

TEST_F(WhoGivesBack, AdviceOfTheProgramIsTheProgramsOwn) {
  const Callers callers = callers_of(advise_an_own_buffer);
  EXPECT_GE(callers.program, 10);
  EXPECT_EQ(callers.allocator, 0);
}

TEST_F(WhoGivesBack, ABufferThatTheProgramUnmapsIsTheProgramsOwn) {
  const Callers callers = callers_of(unmap_an_own_buffer);
  EXPECT_GE(callers.program, 10);
  EXPECT_EQ(callers.allocator, 0);
}

TEST_F(WhoGivesBack, ABufferThatTheProgramMapsOverIsTheProgramsOwn) {
  const Callers callers = callers_of(map_over_an_own_buffer);
  EXPECT_GE(callers.program, 10);
  EXPECT_EQ(callers.allocator, 0);
}

TEST_F(WhoGivesBack, TheStackOfAThreadThatEndsIsTheProgramsOwn) {
  const Callers callers = callers_of(start_threads_that_end);
  EXPECT_GE(callers.program, 10);
  EXPECT_EQ(callers.allocator, 0);
}

TEST_F(WhoGivesBack, TrimmingHolesByHandIsTheProgramsOwn) {
  const Callers callers = callers_of(trim_holes_by_hand);
  EXPECT_GE(callers.program, 10);
  EXPECT_EQ(callers.allocator, 0);
}

TEST_F(WhoGivesBack, TrimmingTheTopByHandIsTheProgramsOwn) {
  const Callers callers = callers_of(trim_top_by_hand);
  EXPECT_GE(callers.program, 10);
  EXPECT_EQ(callers.allocator, 0);
}

TEST_F(WhoGivesBack, ATopThatFreeTrimsIsTheAllocators) {
  const Callers callers = callers_of(free_at_the_top);
  EXPECT_GE(callers.allocator, 10);
  EXPECT_EQ(callers.program, 0);
}

}  // namespace
}  // namespace faultline
