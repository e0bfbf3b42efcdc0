// SPDX-License-Identifier: Apache-2.0
// limit-arenas: fewer heaps whose tops malloc trims.
#include <array>
#include <charconv>
#include <fmt/format.h>

#include "advisor/facts/number_words.h"
#include "advisor/fixes/support/glibc_malloc.h"
#include "advisor/fixes/support/proposals.h"

namespace faultline {
namespace {

constexpr std::uint64_t arenas_kept = 2;

std::optional<std::string> arenas_refusal(const Snapshot& snapshot) {
  const auto arenas = snapshot.facts.number("allocator.arenas");
  if (!arenas) return needs_fact(snapshot.facts, "allocator.arenas");
  if (*arenas > static_cast<double>(arenas_kept)) return std::nullopt;
  return fmt::format("it has {:.0f} arena{}: a limit of {} changes nothing", *arenas, *arenas == 1 ? "" : "s",
                     arenas_kept);
}

/// glibc ignores a limit of 0 (malloc/arena.c, do_set_arena_max).
std::optional<std::uint64_t> limit_set(const Snapshot& snapshot) {
  const auto text = malloc_value(environment_after_restart(snapshot), arena_max);
  std::uint64_t limit = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), limit).ec != std::errc{}) return std::nullopt;
  return limit == 0 ? std::nullopt : std::optional(limit);
}

std::optional<std::string> limited_refusal(const Snapshot& snapshot) {
  const auto limit = limit_set(snapshot);
  if (!limit || *limit > arenas_kept) return std::nullopt;
  return fmt::format("the number of arenas is limited to {} already", *limit);
}

constexpr std::array arena_checks{glibc_malloc_refusal, limited_refusal, arenas_refusal, giver_refusal};

class LimitArenas : public Fix {
 public:
  std::string_view id() const override { return "limit-arenas"; }
  std::string_view summary() const override { return "threads share two arenas, whose tops are seldom free to trim"; }
  std::string_view description() const override {
    return R"(  applies to  threaded programs whose memory is glibc's malloc's and that have more than two arenas
  sets        MALLOC_ARENA_MAX=2, or glibc.malloc.arena_max where GLIBC_TUNABLES sets that already
  why         malloc gives back the free top of a heap. A top that many threads allocate from is seldom free. It is
              not that fewer arenas wait less for mmap_lock: there is one lock a process
  refuses     other allocators and runtimes with their own heap, two arenas or fewer, a limit that is there already
  price       threads wait for each other inside malloc; keep-heap is surer, and without that
  live when   /proc/PID/environ of the main process has the variable, and allocator.arenas is at most 2
  undone by   removing the drop-in, daemon-reload, restart
  sources     glibc malloc/arena.c, mallopt(3) M_ARENA_MAX)";
  }

  Proposal propose(const Snapshot& snapshot, const std::map<std::string, double>& /*parameters*/) const override {
    for (const auto& check : arena_checks) {
      if (auto why = check(snapshot)) return refused(*this, std::move(*why));
    }
    const FactSet& facts = snapshot.facts;
    Proposal proposal = proposal_of(*this);
    proposal.settings = malloc_settings(environment_after_restart(snapshot), {{arena_max, arenas_kept}});
    proposal.price = fmt::format("{} threads share {} arenas instead of {}, and wait for their locks inside malloc",
                                 facts::fact_words(facts, "process.threads.count"), arenas_kept,
                                 facts::fact_words(facts, "allocator.arenas"));
    proposal.expected = {
        {"allocator.arenas", fmt::format("falls to {}", arenas_kept)},
        {"faults.minor.per_second", "falls where many threads share a top; with few threads it may not"},
        {"profile.allocator.share", "rises where threads allocate at the same time"}};
    proposal.notes.emplace_back(
        "keep-heap is surer and has no lock waits; this one holds less memory. With few threads a shared top is still "
        "free after each request, and little changes");
    if (const auto limit = limit_set(snapshot)) {
      proposal.notes.push_back(fmt::format("replaces a limit of {} that is set now", *limit));
    }
    return proposal;
  }
};

}  // namespace

std::unique_ptr<Fix> make_limit_arenas_fix() { return std::make_unique<LimitArenas>(); }

}  // namespace faultline
