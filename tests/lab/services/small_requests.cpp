// SPDX-License-Identifier: Apache-2.0
// Healthy: what most services do. A request builds some hundred small objects, looks among them, and frees them; glibc
// keeps the little memory that they need.   --threads N  --rate R  --keys N
#include <map>
#include <string>

#include "tests/lab/support/serve.h"
#include "tests/lab/support/work.h"

namespace faultline::lab {
namespace {

void answer(unsigned keys) {
  std::map<std::string, std::string> document;
  for (unsigned i = 0; i < keys; ++i) {
    document.emplace("a key that fits in no small string " + std::to_string(i * 7919 % keys), std::string(200, 'v'));
  }
  std::uint64_t sum = 0;
  for (const auto& [key, value] : document)
    sum += checksum(key.data(), key.size()) ^ checksum(value.data(), value.size());
  consume(sum);
}

}  // namespace
}  // namespace faultline::lab

int main(int argc, char** argv) {
  using namespace faultline::lab;
  Flags flags(argc, argv);
  const Load load = load_from(flags, {.threads = 4, .requests_per_second = 3000, .seconds = 0});
  const auto keys = static_cast<unsigned>(flags.number("keys", 200));
  flags.finish();
  return serve(load, [&](unsigned) -> Request { return [keys] { answer(keys); }; });
}
