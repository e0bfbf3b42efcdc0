// SPDX-License-Identifier: Apache-2.0
#include "advisor/documents/json_gate.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace faultline::documents {
namespace {

constexpr std::string_view what = "the document cannot be read";

/// Reads the text and tells how far it got: the parser's own handlers do not know where they are.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, const char** furthest) : at_(at), furthest_(furthest) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    ++at_;
    *furthest_ = at_;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** furthest_;
};

/// Listens to the parser; keeps the first complaint.
class Gate : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Gate(const JsonLimits& limits) : limits_(limits) {}

  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(number_integer_t /*value*/) override { return true; }
  bool number_unsigned(number_unsigned_t /*value*/) override { return true; }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return true; }
  bool string(string_t& /*value*/) override { return true; }
  bool binary(binary_t& /*value*/) override { return true; }
  bool start_object(std::size_t /*elements*/) override {
    keys_.emplace_back();
    return enter();
  }
  bool key(string_t& name) override {
    if (keys_.back().insert(name).second) return true;
    return complain(fmt::format("the key '{}' is there twice in one object", name.substr(0, 80)));
  }
  bool end_object() override {
    keys_.pop_back();
    --depth_;
    return true;
  }
  bool start_array(std::size_t /*elements*/) override { return enter(); }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::json::exception& error) override {
    // Exact, where the iterator is at most one character ahead. The message's own prefix is the library's affair.
    position_ = position;
    std::string text = error.what();
    const std::size_t end_of_prefix = text.find("] ");
    return complain(end_of_prefix == std::string::npos ? text : text.substr(end_of_prefix + 2));
  }

  [[nodiscard]] const std::string& complaint() const { return complaint_; }
  [[nodiscard]] std::optional<std::size_t> position() const { return position_; }

 private:
  bool enter() {
    if (++depth_ <= limits_.depth) return true;
    return complain(fmt::format("nested deeper than {} levels", limits_.depth));
  }
  bool complain(std::string why) {
    if (complaint_.empty()) complaint_ = std::move(why);
    return false;
  }

  const JsonLimits& limits_;
  int depth_ = 0;
  std::vector<std::set<std::string>> keys_;
  std::string complaint_;
  std::optional<std::size_t> position_;
};

std::string place(const std::string& file, std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t newline = before.rfind('\n');
  const std::size_t column = newline == std::string_view::npos ? before.size() : before.size() - newline - 1;
  return fmt::format("{}:{}:{}", file, line, std::max<std::size_t>(column, 1));
}

tl::unexpected<Error> too_large(const std::string& file, const JsonLimits& limits) {
  return fail(ErrorKind::input, std::string(what), file, fmt::format("larger than {} MiB", limits.bytes >> 20U),
              "take a shorter window, or more and longer slices");
}

tl::unexpected<Error> system_error(const std::string& path, int code) {
  const ErrorKind kind = code == ENOENT || code == ENOTDIR ? ErrorKind::not_found
                         : code == EACCES || code == EPERM ? ErrorKind::permission
                                                           : ErrorKind::io;
  return fail(kind, std::string(what), path, std::generic_category().message(code));
}

struct OwnedFd {
  int fd;
  ~OwnedFd() {
    if (fd >= 0) ::close(fd);
  }
};

}  // namespace

Result<void> check_json(std::string_view text, const std::string& file, const JsonLimits& limits) {
  if (text.size() > limits.bytes) return too_large(file, limits);
  // The parser takes a NUL for the end of its input and would leave what follows unread.
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return fail(ErrorKind::input, std::string(what), place(file, text, nul + 1),
                fmt::format("a NUL byte (byte {})", nul + 1));
  }
  const char* furthest = text.data();
  Gate gate(limits);
  const bool passed = nlohmann::json::sax_parse(CountingIterator(text.data(), &furthest),
                                                CountingIterator(text.data() + text.size(), &furthest), &gate);
  if (passed) return {};
  const std::size_t byte = gate.position().value_or(static_cast<std::size_t>(furthest - text.data()));
  return fail(ErrorKind::input, std::string(what), place(file, text, byte),
              fmt::format("{} (byte {})", gate.complaint(), byte));
}

Result<std::string> read_document(const std::string& path, const JsonLimits& limits) {
  const OwnedFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)};
  if (file.fd < 0) return system_error(path, errno);
  struct stat info {};
  if (::fstat(file.fd, &info) != 0) return system_error(path, errno);
  if (S_ISDIR(info.st_mode)) return system_error(path, EISDIR);
  if (S_ISREG(info.st_mode) && static_cast<std::uint64_t>(info.st_size) > limits.bytes) return too_large(path, limits);
  std::string text;
  std::array<char, 65536> buffer{};
  while (true) {
    const ssize_t count = ::read(file.fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(path, errno);
    if (count == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
    // A pipe, or a file that grows while it is read.
    if (text.size() > limits.bytes) return too_large(path, limits);
  }
}

}  // namespace faultline::documents
