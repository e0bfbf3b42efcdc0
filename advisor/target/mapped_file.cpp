// SPDX-License-Identifier: Apache-2.0
#include "advisor/target/mapped_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "advisor/host/safe_open.h"

namespace faultline::target {
namespace {

constexpr std::uint64_t largest_file_bytes = 4ULL << 30U;

std::optional<struct stat> status_of(const host::Fd& file) {
  struct stat info {};
  return ::fstat(file.get(), &info) == 0 ? std::optional(info) : std::nullopt;
}

}  // namespace

std::optional<host::Fd> open_mapped_file(const host::Machine& machine, pid_t pid, const host::Mapping& mapping) {
  auto file = machine.root.open_path(fmt::format("/proc/{}/map_files/{:x}-{:x}", pid, mapping.start, mapping.end),
                                     O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (file) {
    const auto info = status_of(*file);
    if (info && S_ISREG(info->st_mode)) return std::move(*file);
  }
  const auto root = host::open_process_root(machine.root, pid);
  if (!root) return std::nullopt;
  auto by_path = host::safe_open(*root, mapping.path, largest_file_bytes);
  if (!by_path) return std::nullopt;
  // The device is not compared: overlayfs and btrfs have one in maps and another in stat(2).
  const auto info = status_of(*by_path);
  if (!info || info->st_ino != mapping.inode) return std::nullopt;
  return std::move(*by_path);
}

std::string_view mapped_file_name(std::string_view path) {
  constexpr std::string_view deleted = " (deleted)";
  if (path.ends_with(deleted)) path.remove_suffix(deleted.size());
  return path.substr(path.rfind('/') + 1);
}

}  // namespace faultline::target
