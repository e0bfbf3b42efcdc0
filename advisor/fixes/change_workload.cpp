// SPDX-License-Identifier: Apache-2.0
// change-workload: what no setting reaches, because the program itself asks for it.
#include <fmt/format.h>

#include "advisor/facts/number_words.h"
#include "advisor/fixes/support/proposals.h"

namespace faultline {
namespace {

constexpr double most_of_it = 0.5;

std::string advice_for(const FactSet& facts) {
  const auto short_lived = facts.number("process.short_lived.fault_share");
  if (short_lived && *short_lived >= most_of_it) {
    return fmt::format(
        "start workers once and keep them: {} of the faults are of processes that live too short to be followed, and "
        "each touches all its memory anew",
        facts::number_words(*short_lived, "share"));
  }
  const auto by_allocator = facts.number("heap.give_back.by_allocator.share");
  if (by_allocator && *by_allocator < most_of_it) {
    return "the program gives memory back itself. By munmap, madvise or mremap: keep buffers and use them again (a "
           "pool), or give them back after a time and not after each request. By threads that end, with their stacks: "
           "keep threads and use them again";
  }
  return "ask the allocator for less, and less often: reuse buffers, a pool or an arena a request";
}

std::string advice_for_lock(const FactSet& facts) {
  const auto takers = facts.text("mmap_lock.takers");
  const std::string holders =
      takers ? fmt::format("the lock is held for writing by {}: fewer or shorter of these calls. ", *takers) : "";
  return holders +
         "Keep mappings and use them again (a pool) instead of mapping and unmapping for each request; change the "
         "protection of small ranges, not of all of a heap; keep threads, as each one's stack is mapped and unmapped; "
         "or split the service into processes, each with a lock of its own";
}

class ChangeWorkload : public Fix {
 public:
  std::string_view id() const override { return "change-workload"; }
  std::string_view summary() const override { return "the program asks for memory less often"; }
  std::string_view description() const override {
    return R"(  applies to  costs that the program itself asks for: its own mappings, processes that come and go, many calls
  does        nothing by itself: it is a change of the program
  price       a change of code or of worker settings; pools hold memory while they are idle
  sources     mmap(2), madvise(2))";
  }

  /// `mmap_lock`: the cost is waiting for the lock, whoever holds it.
  Proposal propose(const Snapshot& snapshot, const std::map<std::string, double>& parameters) const override {
    if (parameters.contains("mmap_lock")) return advised(*this, advice_for_lock(snapshot.facts));
    const auto by_allocator = snapshot.facts.number("heap.give_back.by_allocator.share");
    const auto short_lived = snapshot.facts.number("process.short_lived.fault_share");
    if (by_allocator && *by_allocator >= most_of_it && short_lived.value_or(0) < most_of_it) {
      return refused(*this, "the allocator gives the memory back, and its settings reach that");
    }
    return advised(*this, advice_for(snapshot.facts));
  }
};

}  // namespace

std::unique_ptr<Fix> make_change_workload_fix() { return std::make_unique<ChangeWorkload>(); }

}  // namespace faultline
