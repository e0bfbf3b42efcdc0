// SPDX-License-Identifier: Apache-2.0
// Healthy: reads records of a file that is mapped. All of it was read once before the service is ready.
//   --threads N  --rate R  --file-mib N  --remap: maps and unmaps the file for each request, so that its pages, which
//   stay in the page cache, are faulted in again: a cost, but of files, and no allocator's
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

#include "tests/lab/support/serve.h"
#include "tests/lab/support/work.h"

namespace faultline::lab {
namespace {

constexpr std::size_t record_bytes = 16 * 1024;
constexpr int records_a_request = 20;

/// A file without a name: gone with the program, however that ends.
class File {
 public:
  explicit File(std::size_t bytes) : bytes_(bytes) {
    std::string path = "/tmp/faultline_lab_XXXXXX";
    fd_ = ::mkstemp(path.data());
    if (fd_ < 0) std::abort();
    ::unlink(path.c_str());
    const std::vector<char> part(1 << 20, 'x');
    for (std::size_t written = 0; written < bytes; written += part.size()) {
      if (::write(fd_, part.data(), part.size()) != static_cast<ssize_t>(part.size())) std::abort();
    }
  }
  ~File() { ::close(fd_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  int fd_ = -1;
  std::size_t bytes_;
};

class Map {
 public:
  explicit Map(const File& file)
      : memory_(::mmap(nullptr, file.bytes(), PROT_READ, MAP_SHARED, file.fd(), 0)), bytes_(file.bytes()) {
    if (memory_ == MAP_FAILED) std::abort();
  }
  ~Map() { ::munmap(memory_, bytes_); }
  Map(const Map&) = delete;
  Map& operator=(const Map&) = delete;
  [[nodiscard]] std::uint64_t read_all() const { return checksum(memory_, bytes_); }
  [[nodiscard]] std::uint64_t read(std::size_t record) const {
    return checksum(static_cast<const char*>(memory_) + record * record_bytes, record_bytes);
  }

 private:
  void* memory_;
  std::size_t bytes_;
};

class Reader {
 public:
  Reader(const File& file, unsigned seed) : random_(seed), record_(0, file.bytes() / record_bytes - 1) {}

  void read(const Map& map) {
    std::uint64_t sum = 0;
    for (int i = 0; i < records_a_request; ++i) sum += map.read(record_(random_));
    consume(sum);
  }

 private:
  std::mt19937_64 random_;
  std::uniform_int_distribution<std::size_t> record_;
};

}  // namespace
}  // namespace faultline::lab

int main(int argc, char** argv) {
  using namespace faultline::lab;
  Flags flags(argc, argv);
  const Load load = load_from(flags, {.threads = 2, .requests_per_second = 800, .seconds = 0});
  const File file(static_cast<std::size_t>(flags.number("file-mib", 64) * 1024 * 1024));
  const bool remap = flags.given("remap");
  flags.finish();
  const Map map(file);
  consume(map.read_all());
  return serve(load, [&](unsigned worker) -> Request {
    const auto reader = std::make_shared<Reader>(file, worker);
    if (remap) return [&file, reader] { reader->read(Map(file)); };
    return [&map, reader] { reader->read(map); };
  });
}
