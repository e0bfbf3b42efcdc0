// SPDX-License-Identifier: Apache-2.0
// Rung 4: on what does it fault, how often on the same page, and which threads do? From the bursts in which faults were
// watched; how many there are in all is counted by rung 1.
#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <map>

#include "advisor/ladder/support/probe_need.h"
#include "advisor/ladder/support/rung.h"
#include "advisor/model/text.h"

namespace faultline {
namespace {

using target::PageKind;

const char* const burst_source = "BPF at page_fault_user in short bursts";
const char* const bpf_unlock = "run as root, or with CAP_BPF and CAP_PERFMON";
const char* const sampled_source = "perf:page-faults-min with addresses in short bursts";

struct KindFact {
  const char* fact;
  PageKind kind;
};
constexpr std::array kind_facts{
    KindFact{"faults.on_heap.share", PageKind::heap},           KindFact{"faults.on_arena.share", PageKind::arena},
    KindFact{"faults.on_anonymous.share", PageKind::anonymous}, KindFact{"faults.on_stack.share", PageKind::stack},
    KindFact{"faults.on_file.share", PageKind::file},           KindFact{"faults.on_gone.share", PageKind::gone},
};
constexpr std::array sample_facts{"faults.copied.share", "faults.same_page.share"};

// Fewer faults are no share of anything.
constexpr double enough_faults = 30;
constexpr std::size_t most_threads_named = 4;

struct PageSums {
  std::array<double, target::kinds_of_page> by_kind{};
  double all = 0, copies = 0;
  double of_known_kind = 0;
  double private_touches = 0, private_again = 0;
};

/// Memory of the process alone, and still there to be known as such.
bool is_private(PageKind kind) { return kind != PageKind::file && kind != PageKind::gone; }

PageSums sum_up(const std::vector<KnownPage>& pages) {
  PageSums sums;
  for (const KnownPage& page : pages) {
    const double faults = static_cast<double>(page.seen.touches) + page.seen.copies;
    sums.all += faults;
    sums.copies += page.seen.copies;
    if (!page.kind) continue;
    sums.by_kind[static_cast<std::size_t>(*page.kind)] += faults;
    sums.of_known_kind += faults;
    if (!is_private(*page.kind) || page.seen.touches == 0) continue;
    sums.private_touches += page.seen.touches;
    sums.private_again += page.seen.touches - 1;
  }
  return sums;
}

/// "worker 61 %, main 30 %", by name: a pool's threads have one.
std::string name_threads(const std::vector<host::FaultingThread>& threads) {
  std::map<std::string, double> by_name;
  double all = 0;
  for (const host::FaultingThread& thread : threads) {
    by_name[visible(thread.name)] += static_cast<double>(thread.faults);
    all += static_cast<double>(thread.faults);
  }
  std::vector<std::pair<std::string, double>> order(by_name.begin(), by_name.end());
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string words;
  for (std::size_t i = 0; i < order.size() && i < most_threads_named; ++i) {
    words += fmt::format("{}{} {:.0f} %", i == 0 ? "" : ", ", order[i].first, 100 * order[i].second / all);
  }
  if (order.size() > most_threads_named) words += fmt::format(", {} more", order.size() - most_threads_named);
  return words;
}

class FaultsRung : public Rung {
 public:
  std::string_view id() const override { return "faults"; }
  int order() const override { return 40; }

  void open(const Observation& /*seen*/) override {}
  void close(const Observation& /*seen*/, double /*seconds*/) override {}

  RungResult result(const Observation& seen) override {
    RungResult result;
    const auto& watched = seen.probes.faults;
    if (!watched) {
      say_unknown(result.facts, watched.error().why, watched.error().hint);
      return result;
    }
    const auto faults = static_cast<double>(watched->counts.faults);
    result.facts.push_back(Fact::measured("faults.watched.count", faults, source_of(*watched)));
    result.facts.push_back(Fact::measured("faults.watched.seconds", watched->seconds, "CLOCK_MONOTONIC"));
    say_sample(*watched, result.facts);
    return result;
  }

  std::vector<Need> needs(const host::Machine& machine) const override {
    return {probe_need(machine, host::AddressSpaceProbe::Part::faults, "faults by page, BPF",
                       "faults that copy a page, and a proof that a page comes again: faults are sampled then")};
  }

 private:
  static void say_unknown(std::vector<Fact>& facts, const std::string& reason, const std::string& unlock) {
    facts.push_back(Fact::unknown("faults.watched.count", reason, unlock));
    facts.push_back(Fact::unknown("faults.watched.seconds", reason, unlock));
    say_shares_unknown(facts, reason, unlock);
  }

  static void say_shares_unknown(std::vector<Fact>& facts, const std::string& reason, const std::string& unlock) {
    for (const KindFact& row : kind_facts) facts.push_back(Fact::unknown(row.fact, reason, unlock));
    for (const char* name : sample_facts) facts.push_back(Fact::unknown(name, reason, unlock));
    facts.push_back(Fact::unknown("faults.threads", reason, unlock));
  }

  /// A page that is read and then written has two faults: without BPF they look like the same page again.
  static Fact again_fact(const WatchedFaults& watched, const PageSums& sums, const std::string& from) {
    const char* const again = "faults.same_page.share";
    if (sums.private_touches < enough_faults) {
      return Fact::unknown(again, "too few faults on private memory while they were watched", "--window 60s");
    }
    const double share = sums.private_again / sums.private_touches;
    return watched.tells_copies ? Fact::measured(again, share, from)
                                : Fact::estimated(again, share, from + "; pages read and then written are among them");
  }

  static std::string source_of(const WatchedFaults& watched) {
    std::string source = watched.tells_copies ? burst_source : sampled_source;
    if (!watched.threads_left_out.empty()) source += ", " + watched.threads_left_out;
    return source;
  }

  static void say_kinds(const WatchedFaults& watched, const PageSums& sums, const std::string& from,
                        std::vector<Fact>& facts) {
    const char* const again = "faults.same_page.share";
    if (sums.of_known_kind < enough_faults) {
      for (const KindFact& row : kind_facts) facts.push_back(Fact::unknown(row.fact, watched.why_no_kind));
      facts.push_back(Fact::unknown(again, watched.why_no_kind));
      return;
    }
    for (const KindFact& row : kind_facts) {
      const double faults = sums.by_kind[static_cast<std::size_t>(row.kind)];
      facts.push_back(Fact::measured(row.fact, faults / sums.of_known_kind, from));
    }
    facts.push_back(again_fact(watched, sums, from));
  }

  static void say_sample(const WatchedFaults& watched, std::vector<Fact>& facts) {
    const PageSums sums = sum_up(watched.pages);
    if (sums.all < enough_faults) {
      say_shares_unknown(facts, "too few faults while they were watched", "--window 60s");
      return;
    }
    std::string from = fmt::format("{}: {} pages, one in {} by hash", source_of(watched), watched.pages.size(),
                                   std::uint64_t{1} << watched.page_bits);
    if (watched.counts.pages_missed > 0) from += fmt::format(", {} more missed", watched.counts.pages_missed);
    say_kinds(watched, sums, from, facts);
    facts.push_back(watched.tells_copies
                        ? Fact::measured("faults.copied.share", sums.copies / sums.all, from)
                        : Fact::unknown("faults.copied.share", "samples do not tell a copy from a touch", bpf_unlock));
    facts.push_back(Fact::measured("faults.threads", name_threads(watched.threads), from));
  }
};

}  // namespace

std::unique_ptr<Rung> make_faults_rung() { return std::make_unique<FaultsRung>(); }

}  // namespace faultline
