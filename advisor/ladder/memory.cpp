// SPDX-License-Identifier: Apache-2.0
// Rung 5: how much is mapped, resident, huge; what limits it; how it grows over the window.
#include <algorithm>
#include <charconv>
#include <limits>

#include "advisor/host/cgroup.h"
#include "advisor/host/proc.h"
#include "advisor/ladder/support/look_limits.h"
#include "advisor/ladder/support/process_memory.h"
#include "advisor/ladder/support/rung.h"

namespace faultline {
namespace {

// smaps_rollup walks the page tables under mmap_lock (fs/proc/task_mmu.c, smaps_rollup show): about a second per
// 100 GiB of 4 KiB pages. Past this size the fact is not worth what the target pays for it.
constexpr std::uint64_t smaps_limit_bytes = 4ULL << 30U;

std::optional<std::uint64_t> meminfo_bytes(const host::Root& root, std::string_view key) {
  const auto text = root.read("/proc/meminfo");
  if (!text) return std::nullopt;
  const auto at = text->find(std::string(key) + ":");
  if (at == std::string::npos) return std::nullopt;
  const auto digits = text->find_first_of("0123456789", at);
  if (digits == std::string::npos) return std::nullopt;
  std::uint64_t kibibytes = 0;
  const auto parsed = std::from_chars(text->data() + digits, text->data() + text->size(), kibibytes);
  if (parsed.ec != std::errc{}) return std::nullopt;
  return kibibytes * 1024;
}

struct Limits {
  std::optional<std::uint64_t> tightest_bytes, headroom_bytes;
  std::string tightest_source, headroom_source;
};

void tighten(std::optional<std::uint64_t>& value, std::string& source, std::uint64_t candidate,
             const std::string& candidate_source) {
  if (value && *value <= candidate) return;
  value = candidate;
  source = candidate_source;
}

Limits read_limits(const host::Root& root, const host::CgroupMounts& cgroups, pid_t pid) {
  Limits limits;
  if (const auto total = meminfo_bytes(root, "MemTotal")) {
    tighten(limits.tightest_bytes, limits.tightest_source, *total, "/proc/meminfo MemTotal");
  }
  if (const auto available = meminfo_bytes(root, "MemAvailable")) {
    tighten(limits.headroom_bytes, limits.headroom_source, *available, "/proc/meminfo MemAvailable");
  }
  const auto controls = host::read_memory_controls(root, cgroups, pid);
  if (!controls) return {};
  for (const auto& control : *controls) {
    const std::uint64_t max = control.max_bytes.value_or(std::numeric_limits<std::uint64_t>::max());
    const std::uint64_t limit = std::min(max, control.high_bytes.value_or(max));
    if (limit == std::numeric_limits<std::uint64_t>::max()) continue;
    const std::uint64_t in_use = control.current_bytes - std::min(control.current_bytes, control.reclaimable_bytes);
    tighten(limits.tightest_bytes, limits.tightest_source, limit, control.path);
    tighten(limits.headroom_bytes, limits.headroom_source, limit - std::min(limit, in_use), control.path);
  }
  return limits;
}

class MemoryRung : public Rung {
 public:
  std::string_view id() const override { return "memory"; }
  int order() const override { return 50; }

  void open(const Observation& seen) override { look(seen, false); }
  void drain(const Observation& seen) override {
    // Few processes are looked at more often: a peak between two slices is seen, and so is most of a life that ends.
    if (seen.watch.processes().size() <= most_processes_by_drain && !seen.quiet) look(seen, false);
  }
  void slice(const Observation& seen) override {
    if (!seen.quiet || !last_) return look(seen, true);
    anon_slices_.emplace_back(static_cast<double>(last_->anon_bytes));
  }
  void close(const Observation& seen, double /*seconds*/) override { look(seen, false); }

  RungResult result(const Observation& seen) override {
    RungResult result;
    if (!last_) {
      say_unknown(result.facts);
    } else {
      say_sizes(result.facts);
      say_growth(result.facts);
    }
    say_huge(seen, result.facts);
    say_limits(seen, result.facts);
    return result;
  }

  std::vector<Need> needs(const host::Machine& machine) const override {
    const host::Abilities& can = machine.abilities;
    const bool reads_others = can.uid == 0 || can.cap_sys_ptrace;
    return {{"/proc/PID/status", machine.root.exists("/proc/self/status"), "all sizes", "mount /proc"},
            {"smaps_rollup of other users' processes", reads_others, "the part of memory in huge pages",
             "CAP_SYS_PTRACE, or run as the user of the target"}};
  }

 private:
  void look(const Observation& seen, bool ends_slice) {
    auto reading = memory_.look(seen.files(), seen.watch);
    if (ends_slice) {
      anon_slices_.push_back(reading ? std::optional<double>(static_cast<double>(reading->anon_bytes)) : std::nullopt);
    }
    if (!reading) return;
    peak_anon_bytes_ = std::max(peak_anon_bytes_, reading->anon_bytes);
    last_ = *reading;
  }

  static void say_unknown(std::vector<Fact>& facts) {
    for (const auto* name : {"memory.anon_bytes", "memory.anon.peak_bytes", "memory.anon.growth_bytes",
                             "memory.rss_bytes", "memory.mapped_bytes", "memory.hwm_bytes", "memory.locked_bytes",
                             "memory.swap_bytes", "process.followed.faults"}) {
      facts.push_back(Fact::unknown(name, "/proc/PID/status of the target could not be read",
                                    "run as the same user as the target, or as root; mount /proc without hidepid"));
    }
  }

  void say_sizes(std::vector<Fact>& facts) const {
    const auto say = [&](const char* name, std::uint64_t bytes, const char* field) {
      facts.push_back(Fact::measured(name, static_cast<double>(bytes), std::string("/proc/PID/status ") + field));
    };
    say("memory.rss_bytes", last_->rss_bytes, "VmRSS");
    say("memory.mapped_bytes", last_->mapped_bytes, "VmSize");
    say("memory.hwm_bytes", last_->hwm_bytes, "VmHWM");
    say("memory.locked_bytes", last_->locked_bytes, "VmLck");
    say("memory.swap_bytes", last_->swap_bytes, "VmSwap");
    say("memory.anon.peak_bytes", peak_anon_bytes_, "RssAnon by slice");
    Fact anon = Fact::measured("memory.anon_bytes", static_cast<double>(last_->anon_bytes), "/proc/PID/status RssAnon");
    anon.slices = anon_slices_;
    anon.trend = trend_of(anon.slices);
    facts.push_back(std::move(anon));
  }

  void say_growth(std::vector<Fact>& facts) const {
    facts.push_back(Fact::measured("memory.anon.growth_bytes", static_cast<double>(memory_.growth_bytes()),
                                   "/proc/PID/status RssAnon by slice"));
    facts.push_back(Fact::measured("process.followed.faults", static_cast<double>(memory_.followed_faults()),
                                   "/proc/PID/stat minflt by slice"));
  }

  void say_huge(const Observation& seen, std::vector<Fact>& facts) const {
    const char* name = "memory.anon.huge_bytes";
    if (last_ && last_->rss_bytes > smaps_limit_bytes) {
      facts.push_back(Fact::unknown(name, "more than 4 GiB resident: reading smaps_rollup would hold the target up"));
      return;
    }
    const auto bytes = host::read_anon_huge_bytes(seen.machine.root, seen.watch.main_pid());
    if (bytes) {
      facts.push_back(Fact::measured(name, static_cast<double>(*bytes), "/proc/PID/smaps_rollup AnonHugePages"));
      return;
    }
    facts.push_back(Fact::unknown(name, bytes.error().why, bytes.error().hint));
  }

  static void say_limits(const Observation& seen, std::vector<Fact>& facts) {
    if (seen.watch.ended()) {
      for (const auto* name : {"memory.limit_bytes", "memory.headroom_bytes"}) {
        facts.push_back(Fact::unknown(name, "the target had ended when its memory limits were to be read"));
      }
      return;
    }
    const Limits limits = read_limits(seen.files(), seen.machine.cgroups, seen.watch.main_pid());
    const auto say = [&](const char* name, const std::optional<std::uint64_t>& bytes, const std::string& source) {
      facts.push_back(bytes ? Fact::measured(name, static_cast<double>(*bytes), source)
                            : Fact::unknown(name, "the memory limits of the target's cgroups could not be read",
                                            "run on the host, with its cgroup file systems mounted"));
    };
    say("memory.limit_bytes", limits.tightest_bytes, limits.tightest_source);
    say("memory.headroom_bytes", limits.headroom_bytes, limits.headroom_source);
  }

  ProcessMemory memory_;
  std::optional<MemoryReading> last_;
  std::uint64_t peak_anon_bytes_ = 0;
  std::vector<std::optional<double>> anon_slices_;
};

}  // namespace

std::unique_ptr<Rung> make_memory_rung() { return std::make_unique<MemoryRung>(); }

}  // namespace faultline
