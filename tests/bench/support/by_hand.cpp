// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/support/by_hand.h"

#include <algorithm>
#include <fmt/format.h>
#include <stdexcept>
#include <system_error>
#include <unistd.h>

#include "tests/bench/support/command.h"

namespace faultline::bench {
namespace {

constexpr double most_seconds_beyond_window = 60;

using Argv = std::vector<std::string>;

/// Commands one after the other, the last of which prints `mark` where it has an answer.
struct Asked {
  std::vector<Argv> commands;
  std::string mark;
};

/// perf's file, gone with this object.
class DataFile {
 public:
  explicit DataFile(std::size_t question)
      : path_(fmt::format("/tmp/faultline_bench_by_hand_{}_{}.data", ::getpid(), question)) {}
  DataFile(const DataFile&) = delete;
  DataFile& operator=(const DataFile&) = delete;
  ~DataFile() { ::unlink(path_.c_str()); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Asked counts(const std::string& pid, const std::string& seconds, const std::string& /*data*/) {
  return {{{"perf", "stat", "-p", pid, "-e", "faults,context-switches,cpu-migrations", "-o", "/dev/stdout", "--",
            "sleep", seconds}},
          "context-switches"};
}

Asked profile(const std::string& pid, const std::string& seconds, const std::string& data) {
  return {{{"perf", "record", "-q", "-F", "99", "-g", "-p", pid, "-o", data, "--", "sleep", seconds},
           {"perf", "report", "-i", data, "--stdio", "--no-inline"}},
          "Event count"};
}

// mmap_lock.h has tracepoints of its own only where the kernel was built for them; these see any sleeping semaphore.
Asked lock_waits(const std::string& pid, const std::string& seconds, const std::string& /*data*/) {
  const std::string program = fmt::format(
      "tracepoint:lock:contention_begin /pid == {} && (args->flags & 6) != 0/ {{ @since[tid] = nsecs; }} "
      "tracepoint:lock:contention_end /@since[tid]/ {{ @waited_ns = stats(nsecs - @since[tid]); delete(@since[tid]); "
      "}} "
      "interval:s:{} {{ exit(); }} END {{ clear(@since); printf(\"asked\\n\"); }}",
      pid, seconds);
  return {{{"bpftrace", "-e", program}}, "asked"};
}

Asked nodes(const std::string& pid, const std::string& /*seconds*/, const std::string& /*data*/) {
  return {{{"numastat", "-p", pid}}, "Total"};
}

Asked queueing(const std::string& pid, const std::string& seconds, const std::string& data) {
  return {{{"perf", "sched", "record", "-o", data, "-p", pid, "--", "sleep", seconds},
           {"perf", "sched", "latency", "-i", data}},
          "Avg delay"};
}

constexpr Asked (*ways[])(const std::string&, const std::string&, const std::string&) = {counts, profile, lock_waits,
                                                                                         nodes, queueing};

}  // namespace

const std::vector<Question>& questions() {
  static const std::vector<Question> all{
      {"how often does it fault, switch, move?",
       "perf stat",
       {"faults.minor.count", "sched.context_switches.count", "sched.migrations.per_second"}},
      {"what does its time go into?",
       "perf record -g; report",
       {"profile.fault_path.share", "profile.allocator.share"}},
      {"how long does it wait for mmap_lock?", "bpftrace", {"mmap_lock.waits.count", "mmap_lock.wait.seconds"}},
      {"is its memory on another node?", "numastat -p", {"numa.remote.share"}},
      {"how long does it queue for a CPU?", "perf sched record; latency", {"sched.wait.seconds"}},
  };
  return all;
}

HandAnswer ask_by_hand(std::size_t question, pid_t pid, int seconds) {
  const DataFile data(question);
  const Asked asked = ways[question](std::to_string(pid), std::to_string(seconds), data.path());
  HandAnswer answer;
  for (const Argv& command : asked.commands) {
    const Finished finished = run(command, seconds + most_seconds_beyond_window);
    answer.seconds += finished.seconds();
    answer.cpu_seconds += finished.cpu_seconds;
    answer.peak_rss_bytes = std::max(answer.peak_rss_bytes, finished.peak_rss_bytes);
    if (finished.exit_code != 0) {
      answer.why_not = describe(command, finished);
      return answer;
    }
    answer.answered = finished.out.find(asked.mark) != std::string::npos;
  }
  return answer;
}

}  // namespace faultline::bench
