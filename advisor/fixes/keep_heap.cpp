// SPDX-License-Identifier: Apache-2.0
// keep-heap: glibc's malloc keeps what is freed instead of giving it back to the kernel.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>
#include <limits>

#include "advisor/facts/number_words.h"
#include "advisor/fixes/support/glibc_malloc.h"
#include "advisor/fixes/support/proposals.h"

namespace faultline {
namespace {

using facts::number_words;

// The largest that glibc up to 2.34 accepts: half of a heap (malloc/malloc.c, do_set_mmap_threshold). Without it a
// trim threshold alone would freeze the dynamic one at 128 KiB, and every larger block would be mapped and unmapped.
constexpr std::uint64_t mmap_threshold_bytes = 32ULL << 20U;
// A whole heap: an arena's heap is then made readable and writable at once, and not page by page with mprotect.
constexpr std::uint64_t top_pad_bytes = 64ULL << 20U;
// The largest that every glibc reads: before 2.26 the variable goes through atoi().
constexpr std::uint64_t trim_threshold_bytes = std::numeric_limits<std::int32_t>::max();
constexpr std::uint64_t gib = 1ULL << 30U;
// Every arena keeps its own peak, and their sum is above the peak that is seen at one moment.
constexpr double resident_margin = 1.25;

std::optional<double> held_bytes(const FactSet& facts) {
  const auto peak = facts.number("memory.anon.peak_bytes");
  if (!peak) return std::nullopt;
  const auto hwm = facts.number("memory.hwm_bytes");
  const auto rss = facts.number("memory.rss_bytes");
  const auto anon = facts.number("memory.anon_bytes");
  if (!hwm || !rss || !anon) return peak;
  // The high-water mark counts file pages too; those of now stand for those of then.
  return std::max(*peak, *hwm - std::max(0.0, *rss - *anon));
}

bool is_before_2_26(const FactSet& facts) {
  const std::string libc = facts.text("runtime.libc").value_or("");
  const auto dot = libc.find("2.");
  int minor = 0;
  if (dot == std::string::npos) return true;
  std::from_chars(libc.data() + dot + 2, libc.data() + libc.size(), minor);
  return minor < 26;
}

/// Twice the peak where a main heap could have a free top beyond the usual value.
std::uint64_t trim_bytes(const FactSet& facts) {
  const double wanted = 2 * held_bytes(facts).value_or(0);
  if (wanted <= static_cast<double>(trim_threshold_bytes) || wanted > 1e15 || is_before_2_26(facts)) {
    return trim_threshold_bytes;
  }
  return (static_cast<std::uint64_t>(wanted) + gib - 1) / gib * gib;
}

/// Why heaps must not be made writable as a whole; nothing when they may.
std::optional<std::string> top_pad_obstacle(const FactSet& facts) {
  const auto strict = facts.flag("host.overcommit_strict");
  if (!strict) return "it is unknown whether reserved memory counts here (host.overcommit_strict)";
  if (*strict) return "vm.overcommit_memory is 2 and 64 MiB an arena would count as used";
  const auto locked = facts.number("memory.locked_bytes");
  if (!locked) return "it is unknown whether the process locks memory (memory.locked_bytes)";
  if (*locked > 0) return "the process locks memory, and a locked heap would be resident as a whole";
  return std::nullopt;
}

std::optional<std::string> lock_refusal(const Snapshot& snapshot) {
  const auto locked = snapshot.facts.number("memory.locked_bytes");
  const auto rss = snapshot.facts.number("memory.rss_bytes");
  if (!locked || !rss || *locked < 0.5 * *rss || *locked <= 0) return std::nullopt;
  return fmt::format("{} of its memory are locked (mlockall): locked heaps are resident as soon as they are mapped",
                     number_words(*locked, "bytes"));
}

std::optional<std::string> kept_refusal(const Snapshot& snapshot) {
  const auto keeps = snapshot.facts.flag("allocator.heap_keeps_memory");
  if (!keeps) return needs_fact(snapshot.facts, "allocator.heap_keeps_memory");
  if (!*keeps) return std::nullopt;
  return "the process has these settings already: what still gives memory back is not malloc's trimming";
}

std::optional<std::string> headroom_refusal(const Snapshot& snapshot) {
  const FactSet& facts = snapshot.facts;
  for (const auto* name : {"memory.anon.peak_bytes", "memory.anon_bytes", "memory.headroom_bytes"}) {
    if (!facts.number(name)) return needs_fact(facts, name);
  }
  const double more = std::max(0.0, *held_bytes(facts) - *facts.number("memory.anon_bytes")) * resident_margin;
  const double room = *facts.number("memory.headroom_bytes");
  if (more <= room) return std::nullopt;
  return fmt::format("about {} more would stay resident, and {} leaves {}", number_words(more, "bytes"),
                     facts.find("memory.headroom_bytes")->source, number_words(room, "bytes"));
}

constexpr std::array keep_checks{glibc_malloc_refusal, kept_refusal, giver_refusal, lock_refusal, headroom_refusal};

std::map<std::string, std::string> expected_of(const FactSet& facts) {
  std::map<std::string, std::string> expected{
      {"faults.refault.time_share", "falls to near zero"},
      {"profile.give_back.share", "falls to near zero"},
      {"faults.minor.per_second", "falls to the rate at which memory grows"},
      {"memory.anon_bytes", fmt::format("stays at its peak, about {}", number_words(*held_bytes(facts), "bytes"))}};
  const auto refaults = facts.number("faults.refault.pages");
  const auto all = facts.number("faults.minor.count");
  const auto by_allocator = facts.number("heap.give_back.by_allocator.share");
  if (refaults && all && *all > 0) {
    const double share = std::min(1.0, *refaults / *all) * by_allocator.value_or(1.0);
    expected["faults.minor.per_second"] = fmt::format("falls by about {}", number_words(share, "share"));
  }
  return expected;
}

class KeepHeap : public Fix {
 public:
  std::string_view id() const override { return "keep-heap"; }
  std::string_view summary() const override {
    return "malloc keeps freed memory instead of giving it back to the kernel";
  }
  std::string_view description() const override {
    return R"(  applies to  programs whose memory is glibc's malloc's: native, Python, Ruby; dynamic, not AT_SECURE
  sets        MALLOC_TRIM_THRESHOLD_ and MALLOC_MMAP_THRESHOLD_=33554432 together, as the first alone freezes the
              second at 128 KiB and makes every larger block a mapping of its own; MALLOC_TOP_PAD_=67108864, so that
              an arena's heap is made writable at once. As GLIBC_TUNABLES where that list sets one of them already
  refuses     other allocators and runtimes with their own heap (their knob is named), memory that the program itself
              gives back, mlockall, too little memory headroom. Without MALLOC_TOP_PAD_ under vm.overcommit_memory=2
              and where memory is locked
  price       memory stays resident at its peak, of each arena
  live when   /proc/PID/environ of the main process has the variables
  undone by   removing the drop-in, daemon-reload, restart
  sources     glibc malloc/malloc.c and malloc/arena.c, mallopt(3))";
  }

  /// `seen`: refuses where it is not known that malloc gives memory back; without it that is a note.
  Proposal propose(const Snapshot& snapshot, const std::map<std::string, double>& parameters) const override {
    for (const auto& check : keep_checks) {
      if (auto why = check(snapshot)) return refused(*this, std::move(*why));
    }
    const FactSet& facts = snapshot.facts;
    if (parameters.contains("seen") && !facts.number("heap.give_back.by_allocator.share")) {
      return refused(
          *this, "malloc was not seen giving memory back: " + needs_fact(facts, "heap.give_back.by_allocator.share"));
    }
    MallocValues values{{trim_threshold, trim_bytes(facts)}, {mmap_threshold, mmap_threshold_bytes}};
    const auto no_pad = top_pad_obstacle(facts);
    if (!no_pad) values.emplace_back(top_pad, top_pad_bytes);
    if (says_all(snapshot.process.environment, values)) {
      return refused(*this,
                     "the process has these settings already: what still gives memory back is not malloc's trimming");
    }
    Proposal proposal = proposal_of(*this);
    proposal.settings = malloc_settings(environment_after_restart(snapshot), values);
    proposal.price = fmt::format(
        "about {} stay resident; {} are now, and {} can still be had", number_words(*held_bytes(facts), "bytes"),
        facts::fact_words(facts, "memory.anon_bytes"), facts::fact_words(facts, "memory.headroom_bytes"));
    proposal.expected = expected_of(facts);
    add_notes(facts, no_pad, proposal.notes);
    return proposal;
  }

 private:
  static void add_notes(const FactSet& facts, const std::optional<std::string>& no_pad,
                        std::vector<std::string>& notes) {
    if (no_pad) notes.push_back("MALLOC_TOP_PAD_ is left out: " + *no_pad);
    if (const auto arenas = facts.number("allocator.arenas"); arenas && *arenas > 1) {
      notes.push_back(fmt::format("each of {:.0f} arenas keeps its own peak: watch memory.anon_bytes", *arenas));
    }
    if (facts.number("memory.anon.peak_bytes").value_or(0) > top_pad_bytes) {
      notes.emplace_back(
          "blocks of more than 64 MiB fit in no arena's heap: of threads, they stay mappings of their own");
    }
    if (facts.text("runtime.kind") == "python") {
      notes.emplace_back("Python takes objects of up to 512 bytes from its own arenas: these are not reached");
    }
    if (!facts.number("heap.give_back.by_allocator.share")) {
      notes.push_back("whether malloc or the program gives the memory back is not known: " +
                      needs_fact(facts, "heap.give_back.by_allocator.share"));
    }
  }
};

}  // namespace

std::unique_ptr<Fix> make_keep_heap_fix() { return std::make_unique<KeepHeap>(); }

}  // namespace faultline
