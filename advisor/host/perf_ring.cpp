// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/perf_ring.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <linux/perf_event.h>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace faultline::host {

Result<PerfRing> PerfRing::map(Fd event, std::size_t pages) {
  const auto page_bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t mapped_bytes = (pages + 1) * page_bytes;
  void* base = ::mmap(nullptr, mapped_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, event.get(), 0);
  if (base == MAP_FAILED) {
    const int error = errno;
    return fail(error == EPERM ? ErrorKind::permission : ErrorKind::io, "cannot map a sample buffer", "perf event",
                std::strerror(error), error == EPERM ? "raise kernel.perf_event_mlock_kb or ulimit -l" : "");
  }
  return PerfRing(std::move(event), static_cast<char*>(base), mapped_bytes, pages * page_bytes, page_bytes);
}

PerfRing::PerfRing(Fd event, char* base, std::size_t mapped_bytes, std::size_t data_bytes, std::size_t page_bytes)
    : event_(std::move(event)),
      base_(base),
      mapped_bytes_(mapped_bytes),
      data_bytes_(data_bytes),
      page_bytes_(page_bytes) {}

PerfRing::PerfRing(PerfRing&& other) noexcept
    : event_(std::move(other.event_)),
      base_(std::exchange(other.base_, nullptr)),
      mapped_bytes_(other.mapped_bytes_),
      data_bytes_(other.data_bytes_),
      page_bytes_(other.page_bytes_),
      wrapped_(std::move(other.wrapped_)) {}

PerfRing::~PerfRing() {
  if (base_ != nullptr) ::munmap(base_, mapped_bytes_);
}

void PerfRing::take(const std::function<void(std::string_view record)>& visit) {
  auto* page = reinterpret_cast<perf_event_mmap_page*>(base_);
  const char* data = base_ + page_bytes_;
  // The kernel publishes the head with a release (kernel/events/ring_buffer.c, perf_output_put_handle).
  const std::uint64_t head = std::atomic_ref<__u64>(page->data_head).load(std::memory_order_acquire);
  std::uint64_t tail = page->data_tail;
  while (head - tail >= sizeof(perf_event_header)) {
    const std::size_t at = tail % data_bytes_;
    perf_event_header header{};
    // Records are eight-byte aligned, so a header never lies across the end.
    std::memcpy(&header, data + at, sizeof header);
    if (header.size < sizeof header || header.size > head - tail) break;
    const std::size_t before_end = std::min<std::size_t>(header.size, data_bytes_ - at);
    if (before_end == header.size) {
      visit({data + at, header.size});
    } else {
      wrapped_.assign(data + at, before_end);
      wrapped_.append(data, header.size - before_end);
      visit(wrapped_);
    }
    tail += header.size;
  }
  std::atomic_ref<__u64>(page->data_tail).store(tail, std::memory_order_release);
}

}  // namespace faultline::host
