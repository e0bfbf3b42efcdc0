// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/support/known_refaults.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include "tests/bench/support/command.h"

namespace faultline::bench {
namespace {

constexpr std::size_t page_bytes = 4096;
constexpr double turns_a_second = 100;
constexpr unsigned most_pages_a_turn = 400;
constexpr unsigned reading_us = 10'000;

/// Address space without huge pages.
volatile char* reserve(std::size_t pages) {
  void* memory =
      ::mmap(nullptr, pages * page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) ::_exit(EXIT_FAILURE);
  ::madvise(memory, pages * page_bytes, MADV_NOHUGEPAGE);
  return static_cast<volatile char*>(memory);
}

void touch(volatile char* page, std::atomic<std::uint64_t>& counted) {
  *page = 1;
  counted.fetch_add(1, std::memory_order_relaxed);
}

void sleep_for_a_turn() {
  const std::timespec turn{0, static_cast<long>(1e9 / turns_a_second)};
  ::nanosleep(&turn, nullptr);
}

}  // namespace

KnownRefaults::KnownRefaults(Mixture mixture) {
  void* shared = ::mmap(nullptr, sizeof(Ledger), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
  ledger_ = std::construct_at(static_cast<Ledger*>(shared));
  const pid_t bench = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) {
    const int why = errno;
    ::munmap(shared, sizeof(Ledger));
    throw std::system_error(why, std::generic_category(), "fork");
  }
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != bench) ::_exit(EXIT_FAILURE);
    const auto most_first = static_cast<std::size_t>(most_seconds * turns_a_second * most_pages_a_turn);
    volatile char* next = reserve(most_first);
    const volatile char* const end = next + most_first * page_bytes;
    volatile char* const pool = reserve(mixture.again_pages + 1);
    for (unsigned page = 0; page < mixture.again_pages; ++page) pool[page * page_bytes] = 1;
    for (; next + mixture.first_pages * page_bytes < end; sleep_for_a_turn()) {
      volatile char* const turn_began = next;
      for (unsigned page = 0; page < mixture.first_pages; ++page, next += page_bytes) touch(next, ledger_->first);
      if (!mixture.keeps) ::madvise(const_cast<char*>(turn_began), mixture.first_pages * page_bytes, MADV_DONTNEED);
      ::madvise(const_cast<char*>(pool), mixture.again_pages * page_bytes, MADV_DONTNEED);
      for (unsigned page = 0; page < mixture.again_pages; ++page) touch(pool + page * page_bytes, ledger_->again);
    }
    ::_exit(EXIT_SUCCESS);
  }
  reader_ = std::thread([this] {
    for (; !over_.load(); ::usleep(reading_us)) note();
  });
}

KnownRefaults::~KnownRefaults() {
  over_.store(true);
  reader_.join();
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  ::munmap(ledger_, sizeof(Ledger));
}

void KnownRefaults::note() const {
  const auto first = static_cast<double>(ledger_->first.load(std::memory_order_relaxed));
  const auto again = static_cast<double>(ledger_->again.load(std::memory_order_relaxed));
  const std::lock_guard lock(guard_);
  seen_.add(now_seconds(), {first, again});
}

std::optional<double> KnownRefaults::share(double from, double until) const {
  note();
  const std::lock_guard lock(guard_);
  const auto touched = seen_.between(from, until);
  if (!touched || touched->at(0) + touched->at(1) <= 0) return std::nullopt;
  return touched->at(1) / (touched->at(0) + touched->at(1));
}

}  // namespace faultline::bench
