// SPDX-License-Identifier: Apache-2.0
// The first-touch wall: a store that only grows. A request parses a payload and keeps it in records of 4 KiB, each on
// pages never touched before. Ends itself when --limit-mib is reached (at the default rate after about 27 s).
//   --threads N  --rate R  --payload-kib N  --limit-mib N
//   --ideal: the records are in memory that was touched before the service was ready
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "tests/lab/support/serve.h"
#include "tests/lab/support/work.h"

namespace faultline::lab {
namespace {

constexpr std::size_t record_bytes = 4096;
using Record = std::unique_ptr<char[]>;

class Store {
 public:
  explicit Store(std::size_t limit_bytes) : limit_bytes_(limit_bytes) {}

  [[nodiscard]] bool take(std::size_t bytes) { return taken_bytes_.fetch_add(bytes) + bytes <= limit_bytes_; }

 private:
  std::size_t limit_bytes_;
  std::atomic<std::size_t> taken_bytes_{0};
};

/// What one worker keeps: new records, or with `spare_records` those that were touched beforehand.
class Shelf {
 public:
  explicit Shelf(std::size_t spare_records) {
    for (std::size_t i = 0; i < spare_records; ++i) {
      spare_.emplace_back(new char[record_bytes]);
      std::memset(spare_.back().get(), 1, record_bytes);
    }
    kept_.reserve(spare_records);
  }

  void keep(const char* payload) {
    Record record = next();
    std::memcpy(record.get(), payload, record_bytes);
    kept_.push_back(std::move(record));
  }

 private:
  Record next() {
    if (spare_.empty()) return Record(new char[record_bytes]);
    Record record = std::move(spare_.back());
    spare_.pop_back();
    return record;
  }

  std::vector<Record> spare_;
  std::vector<Record> kept_;
};

Request storing(Store& store, std::size_t payload_bytes, std::size_t spare_records) {
  const auto shelf = std::make_shared<Shelf>(spare_records);
  const auto payload = std::make_shared<std::vector<char>>(payload_bytes, 'x');
  return [&store, shelf, payload] {
    if (!store.take(payload->size())) return stop_serving();
    consume(checksum(payload->data(), payload->size()));
    for (std::size_t at = 0; at + record_bytes <= payload->size(); at += record_bytes) shelf->keep(&(*payload)[at]);
  };
}

}  // namespace
}  // namespace faultline::lab

int main(int argc, char** argv) {
  using namespace faultline::lab;
  Flags flags(argc, argv);
  const Load load = load_from(flags, {.threads = 4, .requests_per_second = 2400, .seconds = 0});
  const auto payload_bytes = static_cast<std::size_t>(flags.number("payload-kib", 64) * 1024);
  const auto limit_bytes = static_cast<std::size_t>(flags.number("limit-mib", 4096) * 1024 * 1024);
  const bool ideal = flags.given("ideal");
  flags.finish();
  const std::size_t spare_records = ideal ? limit_bytes / record_bytes / std::max(1U, load.threads) : 0;
  Store store(limit_bytes);
  return serve(load, [&](unsigned) { return storing(store, payload_bytes, spare_records); });
}
