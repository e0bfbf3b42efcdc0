// SPDX-License-Identifier: Apache-2.0
// Rung 3: where does the time on the CPU go, the kernel included?
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "advisor/ladder/support/give_back_caller.h"
#include "advisor/ladder/support/kernel_families.h"
#include "advisor/ladder/support/rung.h"
#include "advisor/ladder/support/stack_tally.h"
#include "advisor/target/user_code.h"

namespace faultline {
namespace {

using host::Sample;

struct ShareFact {
  const char* fact;
  KernelWork work;
};
constexpr std::array fault_shares{
    ShareFact{"profile.fault_anon.share", KernelWork::fault_anon},
    ShareFact{"profile.fault_cow.share", KernelWork::fault_cow},
    ShareFact{"profile.fault_file.share", KernelWork::fault_file},
    ShareFact{"profile.fault_numa.share", KernelWork::fault_numa},
    ShareFact{"profile.fault_swap.share", KernelWork::fault_swap},
};
constexpr std::array other_shares{
    ShareFact{"profile.fault_path.share", KernelWork::fault},
    ShareFact{"profile.give_back.share", KernelWork::give_back},
    ShareFact{"profile.grow.share", KernelWork::grow},
    ShareFact{"profile.exit.share", KernelWork::exit},
    ShareFact{"profile.reclaim.share", KernelWork::reclaim},
    ShareFact{"profile.lock_spin.share", KernelWork::lock_spin},
};

const char* const sample_source = "perf:cpu-clock at 99 Hz";

/// What the samples of a window add up to.
struct Counts {
  std::uint64_t samples = 0, kernel = 0, allocator = 0;
  std::uint64_t without_symbols = 0, unread = 0;  ///< that may be of the allocator or not
  std::array<std::uint64_t, kinds_of_kernel_work> by_work{};
  std::uint64_t fault_kind_known = 0;
  std::uint64_t give_back_by_allocator = 0, give_back_caller_known = 0;
  [[nodiscard]] std::uint64_t of(KernelWork work) const { return by_work[static_cast<std::size_t>(work)]; }
};

class ProfileRung : public Rung {
 public:
  std::string_view id() const override { return "profile"; }
  int order() const override { return 30; }

  void open(const Observation& /*seen*/) override {}

  void drain(const Observation& seen) override {
    for (const host::Birth& birth : seen.activity.births()) {
      learnt_.erase(birth.pid);
      code_.inherit(birth.pid, birth.parent_pid);
    }
    auto exec = seen.activity.execs().begin();
    const auto last_exec = seen.activity.execs().end();
    for (const Sample& sample : seen.activity.samples()) {
      for (; exec != last_exec && exec->time_ns <= sample.time_ns; ++exec) forget(exec->pid);
      count(seen, sample);
    }
    for (; exec != last_exec; ++exec) forget(exec->pid);
  }

  void slice(const Observation& seen) override {
    // Libraries come with time. Reading mappings waits for the target's mmap_lock, which a service in trouble fights
    // for: seldom, and never once the window has closed and somebody waits for the report.
    ++slices_;
    if (seen.quiet || (slices_ != 1 && slices_ != 8 && slices_ != 64)) return;
    for (const pid_t pid : seen.watch.living()) learn(seen, pid);
  }

  void close(const Observation& seen, double /*seconds*/) override { lost_ = seen.activity.lost_so_far(); }

  RungResult result(const Observation& seen) override {
    RungResult result;
    std::vector<Fact>& facts = result.facts;
    if (const auto blind = why_blind(seen.feed)) {
      say_unknown(facts, *blind, seen.feed.unlock());
      return result;
    }
    facts.push_back(Fact::measured("profile.samples.count", static_cast<double>(counts_.samples), sample_source));
    facts.push_back(Fact::measured("profile.lost.count", static_cast<double>(lost_), "perf:lost records"));
    if (counts_.samples == 0) {
      say_shares_unknown(facts, "no sample: the target did not run long enough to be seen", "--window 60s");
      return result;
    }
    say(facts, "profile.kernel.share", counts_.kernel);
    say_allocator(facts);
    say_kernel_work(seen.feed, facts);
    result.stacks = stacks_.take();
    return result;
  }

  std::vector<Need> needs(const host::Machine& machine) const override {
    const host::Abilities& can = machine.abilities;
    const bool names = can.uid == 0 ? can.kptr_restrict.value_or(0) < 2 : can.cap_syslog;
    return {{"samples with kernel stacks", can.kernel_profiling(),
             "what faults, giving back and the allocator cost; refaults told from first touch",
             "run as root or with CAP_PERFMON, or sysctl kernel.perf_event_paranoid=1"},
            {"samples of whole CPUs", can.cpu_wide(),
             "sampling without any cost at the target's context switches, and processes born in the window",
             "run as root or with CAP_PERFMON, or sysctl kernel.perf_event_paranoid=0"},
            {"names of kernel functions", names, "the same as without kernel stacks",
             "CAP_SYSLOG, or sysctl kernel.kptr_restrict=0"}};
  }

 private:
  void learn(const Observation& seen, pid_t pid) {
    learnt_.insert(pid);
    code_.learn(seen.machine, pid, seen.shared != nullptr ? seen.shared->code_files : own_files_);
  }

  void forget(pid_t pid) {
    learnt_.erase(pid);
    code_.forget(pid);
  }

  /// The place of an address; a process that is met for the first time, or that called exec since its birth, is read.
  const target::CodePlace& place(const Observation& seen, pid_t pid, std::uint64_t address) {
    const target::CodePlace& known = code_.place(pid, address);
    if (known.owner != target::CodeOwner::unknown || learnt_.contains(pid)) return known;
    learn(seen, pid);
    return code_.place(pid, address);
  }

  void count(const Observation& seen, const Sample& sample) {
    ++counts_.samples;
    const bool in_kernel = !sample.kernel.empty();
    std::string frames = user_frames(seen, sample);
    if (in_kernel) {
      ++counts_.kernel;
      if (seen.feed.kernel_symbols()) count_kernel(seen, sample, frames);
    } else if (!sample.user.empty()) {
      const target::CodePlace& at = place(seen, sample.pid, sample.user.front());
      if (at.owner == target::CodeOwner::allocator) ++counts_.allocator;
      const bool is_told = code_.is_told(sample.pid, at);
      if (!is_told) ++(at.owner == target::CodeOwner::untold ? counts_.without_symbols : counts_.unread);
    }
    stacks_.add(std::move(frames));
  }

  void count_kernel(const Observation& seen, const Sample& sample, std::string& frames) {
    std::vector<std::string_view> names;
    names.reserve(sample.kernel.size());
    for (std::size_t i = 0; i < sample.kernel.size(); ++i) {
      // All but the innermost are return addresses: the call is one byte before.
      names.push_back(seen.feed.kernel_symbols()->name_of(sample.kernel[i] - (i == 0 ? 0 : 1)));
    }
    const KernelWorks works = classify(names);
    for (std::size_t i = 0; i < kinds_of_kernel_work; ++i) {
      if (works.has(static_cast<KernelWork>(i))) ++counts_.by_work[i];
    }
    if (works.has_fault_kind()) ++counts_.fault_kind_known;
    if (works.has(KernelWork::give_back)) count_give_back(sample);
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
      if (!frames.empty()) frames += ';';
      frames += name->empty() ? std::string_view("[kernel]") : *name;
      frames += "_[k]";
    }
  }

  void count_give_back(const Sample& sample) {
    const GiveBackCaller caller = give_back_caller(code_, sample);
    if (caller == GiveBackCaller::unknown) return;
    ++counts_.give_back_caller_known;
    if (caller == GiveBackCaller::allocator) ++counts_.give_back_by_allocator;
  }

  /// Root first. Without frame pointers the chain ends early or runs into nothing: what is in no file is left out.
  std::string user_frames(const Observation& seen, const Sample& sample) {
    std::vector<const std::string*> names;
    for (std::size_t i = 0; i < sample.user.size(); ++i) {
      const auto& at = place(seen, sample.pid, sample.user[i] - (i == 0 ? 0 : 1));
      if (at.owner == target::CodeOwner::unknown && i > 0) break;
      names.push_back(&at.frame);
    }
    std::string frames;
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
      if (!frames.empty()) frames += ';';
      frames += **name;
    }
    return frames;
  }

  /// Why the samples say nothing, if so.
  static std::optional<std::string> why_blind(const host::SampleFeed& feed) {
    if (!feed.sees_kernel()) return feed.reason();
    if (feed.threads_missed() * 10 <= feed.threads_followed()) return std::nullopt;
    return "only " + std::to_string(feed.threads_followed()) + " threads could be sampled, " +
           std::to_string(feed.threads_missed()) + " could not";
  }

  static void say_unknown(std::vector<Fact>& facts, const std::string& reason, const std::string& unlock) {
    for (const auto* name : {"profile.samples.count", "profile.lost.count"}) {
      facts.push_back(Fact::unknown(name, reason, unlock));
    }
    say_shares_unknown(facts, reason, unlock);
  }

  static void say_shares_unknown(std::vector<Fact>& facts, const std::string& reason, const std::string& unlock) {
    for (const auto* name : {"profile.kernel.share", "profile.allocator.share"}) {
      facts.push_back(Fact::unknown(name, reason, unlock));
    }
    say_kernel_work_unknown(facts, reason, unlock);
  }

  static void say_kernel_work_unknown(std::vector<Fact>& facts, const std::string& reason, const std::string& unlock) {
    for (const ShareFact& share : fault_shares) facts.push_back(Fact::unknown(share.fact, reason, unlock));
    for (const ShareFact& share : other_shares) facts.push_back(Fact::unknown(share.fact, reason, unlock));
    facts.push_back(Fact::unknown("heap.give_back.by_allocator.share", reason, unlock));
  }

  void say(std::vector<Fact>& facts, const char* name, double samples) const {
    facts.push_back(Fact::measured(name, samples / static_cast<double>(counts_.samples), sample_source));
  }
  void say(std::vector<Fact>& facts, const char* name, std::uint64_t samples) const {
    say(facts, name, static_cast<double>(samples));
  }

  void say_allocator(std::vector<Fact>& facts) const {
    const char* const name = "profile.allocator.share";
    // One in a hundred changes no verdict: a process that ended before its mappings were read, for one.
    if ((counts_.without_symbols + counts_.unread) * 100 <= counts_.samples) {
      say(facts, name, counts_.allocator);
    } else if (counts_.unread > counts_.without_symbols) {
      facts.push_back(Fact::unknown(name, "the mapped files of the target could not be read",
                                    "CAP_SYS_PTRACE, or run as the user of the target"));
    } else {
      facts.push_back(Fact::unknown(name, "the allocator is linked into a program without symbols",
                                    "run the program with its symbol table, not stripped"));
    }
  }

  void say_kernel_work(const host::SampleFeed& feed, std::vector<Fact>& facts) const {
    if (!feed.kernel_symbols()) {
      const Error& error = feed.kernel_symbols().error();
      say_kernel_work_unknown(facts, error.why, error.hint);
      return;
    }
    for (const ShareFact& share : other_shares) say(facts, share.fact, counts_.of(share.work));
    // A sample at the door of the fault path shows no kind: it has the kinds of those that do.
    const auto faults = static_cast<double>(counts_.of(KernelWork::fault));
    const auto known = static_cast<double>(counts_.fault_kind_known);
    for (const ShareFact& share : fault_shares) {
      const double scale = known > 0 ? faults / known : 0;
      say(facts, share.fact, std::min(faults, static_cast<double>(counts_.of(share.work)) * scale));
    }
    const char* name = "heap.give_back.by_allocator.share";
    if (counts_.give_back_caller_known == 0) {
      facts.push_back(Fact::unknown(name, "nobody was seen giving memory back"));
      return;
    }
    facts.push_back(Fact::measured(
        name, static_cast<double>(counts_.give_back_by_allocator) / static_cast<double>(counts_.give_back_caller_known),
        "callers of madvise, munmap, brk and mremap in the profile"));
  }

  Counts counts_;
  StackTally stacks_;
  target::UserCode code_;
  target::CodeFiles own_files_;
  std::set<pid_t> learnt_;
  std::uint64_t lost_ = 0;
  unsigned slices_ = 0;
};

}  // namespace

std::unique_ptr<Rung> make_profile_rung() { return std::make_unique<ProfileRung>(); }

}  // namespace faultline
