// SPDX-License-Identifier: Apache-2.0
// What the target runs: runtime, libc, allocator. Decides which advice can apply at all.
#include "advisor/target/runtime.h"

#include "advisor/host/proc.h"
#include "advisor/ladder/support/rung.h"

namespace faultline {
namespace {

class RuntimeRung : public Rung {
 public:
  std::string_view id() const override { return "runtime"; }
  int order() const override { return 5; }

  void open(const Observation& seen) override {
    process_ = describe(seen);
    count(seen);
  }

  void slice(const Observation& seen) override {
    if (seen.quiet) return;
    stirred_ = true;
    count(seen);
  }

  void close(const Observation& seen, double /*seconds*/) override {
    if (seen.quiet && !stirred_) return;
    count(seen);
    // Heaps and libraries come with time: look again while the process is there. A command had no exec at open().
    const Process again = describe(seen);
    if (again.start_ticks != 0 && again.runtime != "unknown") process_ = again;
  }

  RungResult result(const Observation& seen) override {
    RungResult result;
    process_.processes = processes_;
    process_.threads = threads_;
    say_words(result.facts);
    say_counts(result.facts);
    say_environment(result.facts);
    (void)seen;
    result.process = process_;
    return result;
  }

  std::vector<Need> needs(const host::Machine& machine) const override {
    const host::Abilities& can = machine.abilities;
    return {{"executable, maps and environ of other users' processes", can.uid == 0 || can.cap_sys_ptrace,
             "runtime, libc, allocator, arenas and settings, so every fix",
             "CAP_SYS_PTRACE, or run as the user of the target"}};
  }

 private:
  Process describe(const Observation& seen) {
    target::Binaries& binaries = seen.shared != nullptr ? seen.shared->binaries : own_binaries_;
    return target::describe_process(seen.machine, seen.watch.main_pid(), binaries);
  }

  void count(const Observation& seen) {
    unsigned processes = 0;
    unsigned threads = 0;
    for (const auto& [pid, process] : seen.watch.processes()) {
      if (!process.alive) continue;
      const auto stat = host::read_stat(seen.files(), pid);
      if (!stat || stat->start_ticks != process.start_ticks) continue;
      ++processes;
      threads += stat->threads;
    }
    if (processes == 0) return;  // all gone: the last count that saw any stands
    processes_ = processes;
    threads_ = threads;
  }

  void say_words(std::vector<Fact>& facts) const {
    const bool is_read = process_.linkage != "unknown" && process_.libc != "unknown";
    const auto say = [&](const char* name, const std::string& word, const char* source) {
      if (!word.empty() && word != "unknown") {
        facts.push_back(Fact::measured(name, word, source));
      } else if (is_read) {
        facts.push_back(Fact::unknown(name, "it is linked into the executable, and no symbol tells which it is"));
      } else {
        facts.push_back(Fact::unknown(name, "the executable or its mappings could not be read",
                                      "CAP_SYS_PTRACE, or run as the user of the target"));
      }
    };
    say("runtime.kind", process_.runtime, "executable and mapped libraries");
    say("runtime.libc", process_.libc, "PT_INTERP and mapped libraries");
    say("runtime.linkage", process_.linkage, "PT_INTERP");
    say("allocator.kind", process_.allocator, "mapped libraries and symbols of the executable");
  }

  [[nodiscard]] const char* why_no_arenas() const {
    if (process_.allocator == "glibc") return "the maps of the process could not be read";
    return process_.allocator == "unknown" ? "which allocator it is is not known" : "the allocator is not glibc's";
  }

  void say_counts(std::vector<Fact>& facts) const {
    facts.push_back(Fact::measured("process.count", static_cast<double>(processes_), "/proc"));
    facts.push_back(Fact::measured("process.threads.count", static_cast<double>(threads_), "/proc/PID/stat"));
    facts.push_back(process_.arenas
                        ? Fact::measured("allocator.arenas", static_cast<double>(*process_.arenas), "/proc/PID/maps")
                        : Fact::unknown("allocator.arenas", why_no_arenas()));
    facts.push_back(process_.secure ? Fact::measured("process.secure", *process_.secure, "/proc/PID/auxv AT_SECURE")
                                    : Fact::unknown("process.secure", "/proc/PID/auxv could not be read",
                                                    "CAP_SYS_PTRACE, or run as the user of the target"));
  }

  void say_environment(std::vector<Fact>& facts) const {
    const auto& environment = process_.environment;
    const bool keeps = environment.contains("MALLOC_TRIM_THRESHOLD_") && environment.contains("MALLOC_TOP_PAD_") &&
                       environment.contains("MALLOC_MMAP_THRESHOLD_");
    facts.push_back(process_.secure
                        ? Fact::measured("allocator.heap_keeps_memory", keeps, "/proc/PID/environ")
                        : Fact::unknown("allocator.heap_keeps_memory", "/proc/PID/environ could not be read",
                                        "CAP_SYS_PTRACE, or run as the user of the target"));
  }

  Process process_;
  target::Binaries own_binaries_;
  unsigned processes_ = 0;
  unsigned threads_ = 0;
  bool stirred_ = false;  ///< it did something in the window
};

}  // namespace

std::unique_ptr<Rung> make_runtime_rung() { return std::make_unique<RuntimeRung>(); }

}  // namespace faultline
