// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/by_file.h"

#include <sys/stat.h>

namespace faultline::host {
namespace {

std::int64_t ns_of(const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

}  // namespace

std::optional<FileId> id_of(const Fd& file) {
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return std::nullopt;
  return FileId{info.st_dev, info.st_ino, static_cast<std::uint64_t>(info.st_size), ns_of(info.st_mtim),
                ns_of(info.st_ctim)};
}

}  // namespace faultline::host
