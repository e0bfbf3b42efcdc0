// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/root.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <utility>

namespace faultline::host {
namespace {

ErrorKind read_error_kind(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR: return ErrorKind::not_found;
    case ESRCH: return ErrorKind::gone;
    case EACCES:
    case EPERM: return ErrorKind::permission;
    default: return ErrorKind::io;
  }
}

tl::unexpected<Error> failed(std::string_view path, int error) {
  return fail(read_error_kind(error), "cannot read", std::string(path), std::strerror(error));
}

/// "/proc/1/stat" as seen from the root's folder; "/" itself is ".".
std::string inside(std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  return path.empty() ? "." : std::string(path);
}

}  // namespace

Root::Root(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

Result<Root> Root::open(const std::string& path) {
  Fd fd(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return failed(path, errno);
  return Root(std::move(fd), path);
}

Result<Fd> Root::open_path(std::string_view path, int flags) const {
  Fd fd(::openat(fd_.get(), inside(path).c_str(), flags | O_CLOEXEC));
  if (!fd) return failed(path, errno);
  return fd;
}

Result<Root> Root::keeping() const {
  Fd fd(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0));
  if (!fd) return failed(path_, errno);
  Root root(std::move(fd), path_);
  root.kept_ = std::make_unique<Kept>();
  return root;
}

void Root::forget() {
  if (kept_) *kept_ = {};
}

Result<std::string> Root::read(std::string_view path, std::size_t cap_bytes) const {
  if (!kept_) return read_now(path, cap_bytes);
  if (const auto kept = kept_->texts.find(path); kept != kept_->texts.end()) {
    if (kept->second && kept->second->size() > cap_bytes) return failed(path, EFBIG);
    return kept->second;
  }
  auto text = read_now(path, cap_bytes);
  // Longer than `cap_bytes` is no error of the file: another may allow more.
  if (text || text.error().kind != ErrorKind::io) kept_->texts.emplace(path, text);
  return text;
}

Result<std::string> Root::read_now(std::string_view path, std::size_t cap_bytes) const {
  const auto fd = open_path(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd) return tl::unexpected(fd.error());
  struct stat info {};
  if (::fstat(fd->get(), &info) != 0) return failed(path, errno);
  if (!S_ISREG(info.st_mode)) return fail(ErrorKind::io, "cannot read", std::string(path), "not an ordinary file");
  std::string text;
  std::array<char, 16384> chunk;  // written by read(2) as far as it is looked at
  for (;;) {
    const ssize_t got = ::read(fd->get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(path, errno);
    if (got == 0) return text;
    text.append(chunk.data(), static_cast<std::size_t>(got));
    if (text.size() > cap_bytes) return failed(path, EFBIG);
  }
}

Result<std::string> Root::read_link(std::string_view path) const {
  std::array<char, 4096> target{};
  const ssize_t length = ::readlinkat(fd_.get(), inside(path).c_str(), target.data(), target.size());
  if (length < 0) return failed(path, errno);
  return std::string(target.data(), static_cast<std::size_t>(length));
}

Result<std::vector<std::string>> Root::list(std::string_view path) const {
  if (!kept_) return list_now(path);
  const auto kept = kept_->folders.find(path);
  return kept != kept_->folders.end() ? kept->second : kept_->folders.emplace(path, list_now(path)).first->second;
}

Result<std::vector<std::string>> Root::list_now(std::string_view path) const {
  auto fd = open_path(path, O_RDONLY | O_DIRECTORY);
  if (!fd) return tl::unexpected(fd.error());
  const int descriptor = ::fcntl(fd->get(), F_DUPFD_CLOEXEC, 0);
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::fdopendir(descriptor), ::closedir);
  if (!folder) return failed(path, errno);
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(folder.get());
    if (entry == nullptr && errno != 0) return failed(path, errno);
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool Root::exists(std::string_view path) const { return ::faccessat(fd_.get(), inside(path).c_str(), F_OK, 0) == 0; }

}  // namespace faultline::host
