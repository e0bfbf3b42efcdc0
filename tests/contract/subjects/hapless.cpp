// SPDX-License-Identifier: Apache-2.0
// A process with bad luck, for tests/contract: it gets into the state that its first argument names, prints a line, and
// works in a function of its own.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <pthread.h>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

#ifndef FUNCTION_OF_ITS_OWN
#define FUNCTION_OF_ITS_OWN works_in_the_first_program
#endif

namespace {

void* volatile kept;

/// Half of the time in malloc and free, or what the sampler sees of it.
void allocate() {
  for (int i = 0; i < 1000; ++i) {
    kept = std::malloc(64);
    std::free(kept);
  }
}

void* wait_for_ever(void* /*unused*/) {
  for (;;) ::pause();
}

void start_threads(int count) {
  constexpr std::size_t small_stack_bytes = 32768;
  pthread_attr_t small;
  ::pthread_attr_init(&small);
  ::pthread_attr_setstacksize(&small, small_stack_bytes);
  pthread_t thread{};
  for (int i = 0; i < count && ::pthread_create(&thread, &small, wait_for_ever, nullptr) == 0;) ++i;
}

/// Neighbours of other rights are mappings of their own.
void make_mappings(int count) {
  constexpr std::size_t page_bytes = 4096;
  void* const all = ::mmap(nullptr, static_cast<std::size_t>(count) * page_bytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (all == MAP_FAILED) std::abort();
  for (int i = 0; i < count; i += 2) {
    if (::mprotect(static_cast<char*>(all) + static_cast<std::size_t>(i) * page_bytes, page_bytes, PROT_READ) != 0)
      break;
  }
}

}  // namespace

extern "C" [[gnu::noinline]] void FUNCTION_OF_ITS_OWN(std::chrono::steady_clock::time_point until) {
  while (std::chrono::steady_clock::now() < until) allocate();
}

namespace {

void* work(void* /*unused*/) {
  FUNCTION_OF_ITS_OWN(std::chrono::steady_clock::time_point::max());
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  const std::string_view fate = argc > 1 ? argv[1] : "work";
  if (fate == "threads") start_threads(std::atoi(argv[2]));
  if (fate == "mappings") make_mappings(std::atoi(argv[2]));
  std::puts("ready");
  std::fflush(stdout);
  if (fate == "exec") {
    FUNCTION_OF_ITS_OWN(std::chrono::steady_clock::now() + 700ms);
    ::execv(argv[2], argv + 2);
    return 1;
  }
  if (fate == "main-ends") {
    pthread_t thread{};
    ::pthread_create(&thread, nullptr, work, nullptr);
    ::pthread_exit(nullptr);
  }
  work(nullptr);
}
