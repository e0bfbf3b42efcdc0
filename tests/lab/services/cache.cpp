// SPDX-License-Identifier: Apache-2.0
// Healthy: a cache that is full. Each request frees some objects of many sizes and allocates others in their place; the
// memory stays.   --threads N  --rate R  --cache-mib N
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "tests/lab/support/serve.h"
#include "tests/lab/support/work.h"

namespace faultline::lab {
namespace {

constexpr std::size_t least_bytes = 64;
constexpr std::size_t most_bytes = 2048;
constexpr int replaced_a_request = 100;
constexpr int read_a_request = 300;

class Cache {
 public:
  Cache(std::size_t bytes, unsigned seed) : random_(seed), objects_(bytes / ((least_bytes + most_bytes) / 2)) {
    for (Object& object : objects_) replace(object);
    // Turned over some times, so that the heap is as it is later, with gaps of all sizes.
    for (std::size_t i = 0; i < 4 * objects_.size(); ++i) replace_any();
  }

  void replace_any() { replace(any()); }

  std::uint64_t read() {
    const Object& object = any();
    return checksum(object.memory.get(), object.bytes);
  }

 private:
  struct Object {
    std::unique_ptr<char[]> memory;
    std::size_t bytes = 0;
  };
  void replace(Object& object) {
    object.memory.reset();
    object.bytes = std::uniform_int_distribution<std::size_t>(least_bytes, most_bytes)(random_);
    object.memory = std::make_unique<char[]>(object.bytes);
  }
  Object& any() { return objects_[std::uniform_int_distribution<std::size_t>(0, objects_.size() - 1)(random_)]; }

  std::mt19937_64 random_;
  std::vector<Object> objects_;
};

}  // namespace
}  // namespace faultline::lab

int main(int argc, char** argv) {
  using namespace faultline::lab;
  Flags flags(argc, argv);
  const Load load = load_from(flags, {.threads = 4, .requests_per_second = 1200, .seconds = 0});
  const double cache_bytes = flags.number("cache-mib", 128) * 1024 * 1024;
  flags.finish();
  const auto share_bytes = static_cast<std::size_t>(cache_bytes / std::max(1U, load.threads));
  return serve(load, [&](unsigned worker) -> Request {
    const auto cache = std::make_shared<Cache>(share_bytes, worker);
    return [cache] {
      for (int i = 0; i < replaced_a_request; ++i) cache->replace_any();
      for (int i = 0; i < read_a_request; ++i) consume(cache->read());
    };
  });
}
