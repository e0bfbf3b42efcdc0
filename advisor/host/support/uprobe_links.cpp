// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/support/uprobe_links.h"

#include <cerrno>
#include <charconv>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace faultline::host {
namespace {

/// link_create of union bpf_attr with its uprobe_multi, include/uapi/linux/bpf.h of Linux 6.6.
struct LinkUprobes {
  std::uint32_t program = 0, target = 0, type = uprobe_multi, flags = 0;
  std::uint64_t path = 0, offsets = 0, reference_counts = 0, cookies = 0;
  std::uint32_t count = 0, multi_flags = 0, process = 0, padding = 0;
};

}  // namespace

bool has_uprobe_multi(const std::string& kernel) {
  unsigned major = 0, minor = 0;
  const char* const end = kernel.data() + kernel.size();
  const auto dot = std::from_chars(kernel.data(), end, major);
  if (dot.ec != std::errc() || dot.ptr == end || *dot.ptr != '.') return false;
  if (std::from_chars(dot.ptr + 1, end, minor).ec != std::errc()) return false;
  return std::pair(major, minor) >= std::pair(6U, 6U);
}

int UprobeLinks::add(int program, pid_t process, const Fd& file, const std::vector<UprobeAt>& places) {
  std::vector<std::uint64_t> offsets, cookies;
  for (const UprobeAt& place : places) {
    offsets.push_back(place.offset);
    cookies.push_back(place.cookie);
  }
  // The kernel opens it by path (kernel/trace/bpf_trace.c, bpf_uprobe_multi_link_attach): the descriptor's own link is
  // the file that was looked at, whatever has become of its name.
  const std::string path = "/proc/self/fd/" + std::to_string(file.get());
  LinkUprobes request;
  request.program = static_cast<std::uint32_t>(program);
  request.path = reinterpret_cast<std::uint64_t>(path.c_str());
  request.offsets = reinterpret_cast<std::uint64_t>(offsets.data());
  request.cookies = reinterpret_cast<std::uint64_t>(cookies.data());
  request.count = static_cast<std::uint32_t>(offsets.size());
  request.process = static_cast<std::uint32_t>(process);
  Fd link(static_cast<int>(::syscall(SYS_bpf, BPF_LINK_CREATE, &request, sizeof request)));
  if (!link) return errno;
  links_.push_back(std::move(link));
  return 0;
}

void UprobeLinks::begin_end() {
  for (Fd& link : links_) ending_.emplace_back([one = std::move(link)]() mutable { one.reset(); });
  links_.clear();
}

void UprobeLinks::wait_end() { ending_.clear(); }

}  // namespace faultline::host
