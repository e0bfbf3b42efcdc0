// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/support/perf_stat.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace faultline::bench {
namespace {

constexpr double most_seconds_to_begin = 10;

std::vector<std::string> split(const std::string& line, char separator) {
  std::vector<std::string> parts{""};
  for (const char c : line) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

}  // namespace

PerfStat::PerfStat(pid_t pid, const std::vector<std::string>& events)
    : fifo_(fmt::format("/tmp/faultline_bench_perf_{}", pid)) {
  if (::mkfifo(fifo_.c_str(), 0600) != 0) throw std::system_error(errno, std::generic_category(), "mkfifo " + fifo_);
  // Read and write: there is always a writer, so that no open blocks and no end of file comes before we say so.
  reading_end_ = ::open(fifo_.c_str(), O_RDWR | O_CLOEXEC);
  if (reading_end_ < 0) throw std::system_error(errno, std::generic_category(), "open " + fifo_);
  command_.emplace(std::vector<std::string>{"perf", "stat", "-p", std::to_string(pid), "-e",
                                            fmt::format("{}", fmt::join(events, ",")), "-I", "100", "-x", ",", "-o",
                                            fifo_});
  reader_ = std::thread([this] { read_lines(); });
  for (const double deadline = now_seconds() + most_seconds_to_begin; !any_line(); ::usleep(10'000)) {
    if (command_->running() && now_seconds() < deadline) continue;
    throw std::runtime_error("no count from " + describe({"perf", "stat", "-p", std::to_string(pid)}, stop()));
  }
}

PerfStat::~PerfStat() {
  stop();
  if (reading_end_ >= 0) ::close(reading_end_);
  ::unlink(fifo_.c_str());
}

Finished PerfStat::stop() {
  if (!command_) return {};
  command_->signal(SIGINT);
  Finished finished = command_->wait(most_seconds_to_begin);
  command_.reset();
  const char end = '\0';
  while (::write(reading_end_, &end, 1) < 0 && errno == EINTR) {
  }
  if (reader_.joinable()) reader_.join();
  return finished;
}

bool PerfStat::any_line() const {
  const std::lock_guard lock(guard_);
  return perf_started_.has_value();
}

void PerfStat::read_lines() {
  std::string line;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t got = ::read(reading_end_, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    const double arrived = now_seconds();
    for (ssize_t i = 0; i < got; ++i) {
      const char c = buffer[static_cast<std::size_t>(i)];
      if (c == '\0') return;
      if (c != '\n') {
        line += c;
        continue;
      }
      take_line(line, arrived);
      line.clear();
    }
  }
}

/// "     0.100698375,1234,,minor-faults,…" (perf-stat(1), CSV FORMAT); "<not counted>" is a process that did not run.
void PerfStat::take_line(const std::string& line, double arrived) {
  const auto fields = split(line, ',');
  if (fields.size() < 4 || fields[0].find('#') != std::string::npos) return;
  const double end = std::strtod(fields[0].c_str(), nullptr);
  const double count = fields[1].starts_with('<') ? 0 : std::strtod(fields[1].c_str(), nullptr);
  const std::lock_guard lock(guard_);
  intervals_[fields[3]].push_back({end, count});
  if (!perf_started_ || arrived - end < *perf_started_) perf_started_ = arrived - end;
}

std::optional<double> PerfStat::counted_until(const std::vector<Interval>& intervals, double moment) {
  double start = 0;
  double sum = 0;
  for (const Interval& interval : intervals) {
    if (moment >= start && moment <= interval.end) {
      return sum + interval.count * (moment - start) / (interval.end - start);
    }
    sum += interval.count;
    start = interval.end;
  }
  return std::nullopt;
}

std::optional<double> PerfStat::count(const std::string& event, double from, double to) const {
  const std::lock_guard lock(guard_);
  const auto it = intervals_.find(event);
  if (it == intervals_.end() || !perf_started_) return std::nullopt;
  const auto before = counted_until(it->second, from - *perf_started_);
  const auto after = counted_until(it->second, to - *perf_started_);
  if (!before || !after) return std::nullopt;
  return *after - *before;
}

}  // namespace faultline::bench
