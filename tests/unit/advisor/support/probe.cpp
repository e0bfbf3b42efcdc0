// SPDX-License-Identifier: Apache-2.0
// A process to look at: built dynamic and static. It allocates, in N further threads at once when asked for them, says
// "ready" and stays until its standard input ends.
#include <barrier>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>
#include <unistd.h>
#include <vector>

int main(int argc, char** argv) {
  const auto extra = argc > 1 ? std::atoi(argv[1]) : 0;
  std::barrier all(extra + 1);
  std::vector<std::jthread> threads;
  for (int i = 0; i < extra; ++i) {
    threads.emplace_back([&all] {
      const auto block = std::make_unique<std::vector<char>>(1000);
      all.arrive_and_wait();  // all have allocated: none can take over the arena of one that ended
      all.arrive_and_wait();
    });
  }
  const auto block = std::make_unique<std::vector<char>>(1000);
  all.arrive_and_wait();
  std::puts("ready");
  std::fflush(stdout);
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) continue;
  all.arrive_and_wait();
  return 0;
}
