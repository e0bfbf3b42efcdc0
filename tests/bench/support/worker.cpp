// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/support/worker.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <new>
#include <sched.h>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace faultline::bench {
namespace {

constexpr std::size_t touched_pages = 1024;

std::int64_t nanoseconds(clockid_t clock) {
  timespec time{};
  if (clock_gettime(clock, &time) != 0) throw std::system_error(errno, std::generic_category(), "clock_gettime");
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

[[noreturn]] void become_worker(void (*load)(Counter&), Counter& operations, int cpu, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(EXIT_FAILURE);
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  ::sched_setaffinity(0, sizeof set, &set);
  load(operations);
  ::_exit(EXIT_FAILURE);
}

}  // namespace

void run_first_touch(Counter& operations) {
  const auto page_bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t bytes = touched_pages * page_bytes;
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) ::_exit(EXIT_FAILURE);
  ::madvise(memory, bytes, MADV_NOHUGEPAGE);
  auto* const first = static_cast<volatile char*>(memory);
  for (;;) {
    for (std::size_t page = 0; page < touched_pages; ++page) {
      first[page * page_bytes] = 1;
      operations.fetch_add(1, std::memory_order_relaxed);
    }
    ::madvise(memory, bytes, MADV_DONTNEED);
  }
}

void run_file_faults(Counter& operations) {
  const auto page_bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::vector<char> content(touched_pages * page_bytes, 'x');
  const int fd = ::open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0 || ::write(fd, content.data(), content.size()) != static_cast<ssize_t>(content.size()) ||
      ::fsync(fd) != 0) {
    ::_exit(EXIT_FAILURE);
  }
  void* memory = ::mmap(nullptr, content.size(), PROT_READ, MAP_SHARED, fd, 0);
  // Without reading ahead: each page is a fault that waits for the disk.
  if (memory == MAP_FAILED || ::madvise(memory, content.size(), MADV_RANDOM) != 0) ::_exit(EXIT_FAILURE);
  const auto* const first = static_cast<const volatile char*>(memory);
  for (;;) {
    for (std::size_t page = 0; page < touched_pages; ++page) {
      (void)first[page * page_bytes];
      operations.fetch_add(1, std::memory_order_relaxed);
    }
    ::madvise(memory, content.size(), MADV_DONTNEED);
    ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  }
}

void run_ping_pong(Counter& operations) {
  std::array<int, 2> there{};
  std::array<int, 2> back{};
  if (::pipe(there.data()) != 0 || ::pipe(back.data()) != 0) ::_exit(EXIT_FAILURE);
  std::thread echo([&] {
    char byte = 0;
    while (::read(there[0], &byte, 1) == 1 && ::write(back[1], &byte, 1) == 1) {
    }
  });
  char byte = 0;
  while (::write(there[1], &byte, 1) == 1 && ::read(back[0], &byte, 1) == 1) {
    operations.fetch_add(1, std::memory_order_relaxed);
  }
  ::_exit(EXIT_FAILURE);
}

Worker::Worker(void (*load)(Counter&), int cpu) {
  void* shared = ::mmap(nullptr, sizeof(Counter), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
  operations_ = new (shared) Counter(0);
  const pid_t bench = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) become_worker(load, *operations_, cpu, bench);
  if (pid_ < 0) {
    const int why = errno;
    ::munmap(shared, sizeof(Counter));
    throw std::system_error(why, std::generic_category(), "fork");
  }
  while (operations_->load(std::memory_order_relaxed) == 0) ::usleep(1000);
}

Worker::~Worker() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  ::munmap(operations_, sizeof(Counter));
}

std::vector<pid_t> Worker::threads() const {
  std::vector<pid_t> threads;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/task")) {
    threads.push_back(std::stoi(entry.path().filename().string()));
  }
  return threads;
}

Reading Worker::read() const {
  clockid_t cpu_clock{};
  if (const int why = clock_getcpuclockid(pid_, &cpu_clock); why != 0) {
    throw std::system_error(why, std::generic_category(), "the worker is gone");
  }
  return {operations_->load(std::memory_order_relaxed), nanoseconds(cpu_clock), nanoseconds(CLOCK_MONOTONIC)};
}

int quiet_cpu() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 0;
  for (int cpu = CPU_SETSIZE - 1; cpu > 0; --cpu) {
    if (CPU_ISSET(cpu, &set)) return cpu;
  }
  return 0;
}

}  // namespace faultline::bench
