// SPDX-License-Identifier: Apache-2.0
#include "advisor/cli/support/console.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

#include "advisor/host/fd.h"
#include "advisor/model/text.h"

namespace faultline::cli {
namespace {

Result<void> write_all(int fd, std::string_view text, const std::string& where) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(ErrorKind::io, "cannot write", where, std::strerror(errno));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

bool is_special(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode);
}

/// A pipe or device that the user named, as /dev/stdout or the shell's >(…): written to, never replaced.
Result<void> write_into(const std::string& text, const std::string& path) {
  const host::Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd)
    return fail(ErrorKind::io, "cannot write", path, std::strerror(errno), "name a file in a folder you may write");
  return write_all(fd.get(), text, path);
}

/// Where a symbolic link leads, so that the file is replaced and not the link.
std::string real_path(const std::string& path) {
  std::error_code none;
  const auto resolved = std::filesystem::weakly_canonical(path, none);
  return none ? path : resolved.string();
}

/// Whether standard error takes it or not: what was measured is written all the same, and the exit code stands.
void say(std::string_view text) { (void)std::fwrite(text.data(), 1, text.size(), stderr); }

}  // namespace

bool color_on_stdout(const ConsoleOptions& options) {
  if (options.color == "always") return true;
  if (options.color == "never") return false;
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* term = std::getenv("TERM");
  if (term != nullptr && std::string_view(term) == "dumb") return false;
  return ::isatty(STDOUT_FILENO) == 1;
}

std::string error_text(const Error& error) {
  std::string text = "faultline: " + visible(error.what);
  if (!error.where.empty()) text += ": " + visible(error.where);
  if (!error.why.empty()) text += ": " + visible(error.why);
  if (!error.hint.empty()) text += "\n  " + visible(error.hint);
  return text + "\n";
}

void print_error(const Error& error) { say(error_text(error)); }

void print_message(const ConsoleOptions& options, const std::string& text) {
  if (!options.quiet) say(text + "\n");
}

ProgressLine::ProgressLine(const ConsoleOptions& options) : on_(!options.quiet && ::isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() { wipe(); }

void ProgressLine::show(const std::string& text) {
  if (!on_) return;
  say("\r\033[K" + text);
  std::fflush(stderr);
  dirty_ = true;
}

void ProgressLine::wipe() {
  if (!dirty_) return;
  say("\r\033[K");
  std::fflush(stderr);
  dirty_ = false;
}

Result<void> write_data(const std::string& text, const std::string& path) {
  if (path.empty() || path == "-") return write_all(STDOUT_FILENO, text, "standard output");
  if (is_special(path)) return write_into(text, path);
  const std::string place = real_path(path);
  std::string aside = place + ".XXXXXX";
  const host::Fd fd(::mkostemp(aside.data(), O_CLOEXEC));
  if (!fd)
    return fail(ErrorKind::io, "cannot write", path, std::strerror(errno), "name a file in a folder you may write");
  auto written = write_all(fd.get(), text, path);
  const mode_t mask = ::umask(0);
  ::umask(mask);
  if (written && ::fchmod(fd.get(), 0666 & ~mask) != 0) {
    written = fail(ErrorKind::io, "cannot write", path, std::strerror(errno));
  }
  if (written && (::fsync(fd.get()) != 0 || ::rename(aside.c_str(), place.c_str()) != 0)) {
    written = fail(ErrorKind::io, "cannot write", path, std::strerror(errno));
  }
  if (!written) ::unlink(aside.c_str());
  return written;
}

}  // namespace faultline::cli
