// SPDX-License-Identifier: Apache-2.0
// Healthy: many threads, of which few have work, as pools have that are made for the worst hour. The idle ones wake up
// now and then, as a pool's do.   --threads N (all)  --busy N  --rate R  --steps N  --wake-ms N
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/lab/support/serve.h"
#include "tests/lab/support/work.h"

namespace faultline::lab {
namespace {

/// Waits for work that never comes.
void idle(const std::stop_token& stop, std::chrono::milliseconds wake_every) {
  std::mutex mutex;
  std::condition_variable_any work;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) work.wait_for(lock, stop, wake_every, [] { return false; });
}

}  // namespace
}  // namespace faultline::lab

int main(int argc, char** argv) {
  using namespace faultline::lab;
  Flags flags(argc, argv);
  Load load = load_from(flags, {.threads = 100, .requests_per_second = 100, .seconds = 0});
  const unsigned all = load.threads;
  const auto busy = static_cast<unsigned>(flags.number("busy", 2));
  const auto steps = static_cast<std::uint64_t>(flags.number("steps", 5e5));
  const std::chrono::milliseconds wake_every(static_cast<int>(flags.number("wake-ms", 1000)));
  flags.finish();
  // The main thread is one of them; it serves where no other one does.
  load.threads = busy < all ? busy : all - (all > 0 ? 1 : 0);
  std::vector<std::jthread> idle_threads;
  for (unsigned i = load.threads + 1; i < all; ++i) {
    idle_threads.emplace_back([wake_every](const std::stop_token& stop) { idle(stop, wake_every); });
  }
  return serve(load, [&](unsigned) -> Request { return [steps] { compute(steps); }; });
}
