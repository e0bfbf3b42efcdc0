// SPDX-License-Identifier: Apache-2.0
// First touch by processes that come and go: a server with a heap of its own forks a child for each request; the child
// builds its answer in fresh memory, changes some of what it inherited, and ends.
//   --rate R  --heap-mib N  --answer-kib N
#include <cstdlib>
#include <cstring>
#include <memory>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "tests/lab/support/serve.h"
#include "tests/lab/support/work.h"

namespace faultline::lab {
namespace {

constexpr std::size_t inherited_changed_bytes = 128 * 1024;

[[noreturn]] void answer(std::vector<char>& heap, std::size_t answer_bytes) {
  const auto buffer = std::make_unique<char[]>(answer_bytes);
  std::memset(buffer.get(), 1, answer_bytes);
  std::memset(heap.data(), 2, std::min(heap.size(), inherited_changed_bytes));
  consume(checksum(buffer.get(), answer_bytes / 4));
  ::_exit(0);
}

void fork_to_answer(std::vector<char>& heap, std::size_t answer_bytes) {
  const pid_t child = ::fork();
  if (child < 0) std::abort();
  if (child == 0) answer(heap, answer_bytes);
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) continue;
}

}  // namespace
}  // namespace faultline::lab

int main(int argc, char** argv) {
  using namespace faultline::lab;
  Flags flags(argc, argv);
  const Load load = load_from(flags, {.threads = 0, .requests_per_second = 120, .seconds = 0});
  std::vector<char> heap(static_cast<std::size_t>(flags.number("heap-mib", 32) * 1024 * 1024), 1);
  const auto answer_bytes = static_cast<std::size_t>(flags.number("answer-kib", 4096) * 1024);
  flags.finish();
  return serve(load, [&](unsigned) -> Request { return [&] { fork_to_answer(heap, answer_bytes); }; });
}
