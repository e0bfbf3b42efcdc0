// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/page_nodes.h"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <numaif.h>
#include <unistd.h>

namespace faultline::host {
namespace {

bool holds_data(const Mapping& mapping) {
  return mapping.writable && !mapping.shared && mapping.inode == 0 && mapping.end > mapping.start;
}

}  // namespace

std::size_t PageSample::resident() const {
  std::size_t pages = 0;
  for (const auto& [node, count] : on_node) pages += count;
  return pages;
}

std::vector<std::uint64_t> spread_addresses(std::span<const Mapping> mappings, std::size_t count, std::size_t round) {
  const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::uint64_t total_bytes = 0;
  for (const Mapping& mapping : mappings) {
    if (holds_data(mapping)) total_bytes += mapping.end - mapping.start;
  }
  std::vector<std::uint64_t> addresses;
  if (total_bytes == 0 || count == 0) return addresses;
  const double step = static_cast<double>(total_bytes) / static_cast<double>(count);
  // Anywhere within its step, by multiples of the golden ratio: equal distances would meet one node only where memory
  // is interleaved.
  const auto within_step = [&](std::size_t i) {
    return std::fmod(static_cast<double>(round * count + i) * 0.6180339887498949, 1.0);
  };
  std::uint64_t before = 0;
  std::size_t next = 0;
  for (const Mapping& mapping : mappings) {
    if (!holds_data(mapping)) continue;
    const std::uint64_t bytes = mapping.end - mapping.start;
    for (; next < count; ++next) {
      const auto at = static_cast<std::uint64_t>((static_cast<double>(next) + within_step(next)) * step);
      if (at >= before + bytes) break;
      if (at < before) continue;
      addresses.push_back(mapping.start + (at - before) / page_bytes * page_bytes);
    }
    before += bytes;
  }
  return addresses;
}

Result<PageSample> sample_page_nodes(pid_t pid, std::span<const std::uint64_t> addresses) {
  std::vector<void*> pages;
  pages.reserve(addresses.size());
  for (const std::uint64_t address : addresses) pages.push_back(reinterpret_cast<void*>(address));  // NOLINT
  std::vector<int> status(addresses.size(), -ENOENT);
  if (::move_pages(pid, pages.size(), pages.data(), nullptr, status.data(), 0) < 0) {
    const int error = errno;
    const ErrorKind kind = error == EPERM || error == EACCES ? ErrorKind::permission
                           : error == ESRCH                  ? ErrorKind::gone
                           : error == ENOSYS                 ? ErrorKind::unsupported
                                                             : ErrorKind::io;
    return fail(kind, "cannot ask for the nodes of pages", "move_pages(2)", std::strerror(error),
                kind == ErrorKind::permission ? "CAP_SYS_PTRACE, or run as the user of the process" : "");
  }
  PageSample sample;
  sample.asked = addresses.size();
  for (const int node : status) {
    // -ENOENT: not resident; -EFAULT: the zero page, or not mapped any more.
    if (node >= 0) ++sample.on_node[static_cast<unsigned>(node)];
  }
  return sample;
}

}  // namespace faultline::host
