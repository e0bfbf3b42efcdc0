// SPDX-License-Identifier: Apache-2.0
// Rung 2: is the memory where the threads run? Memory by node against CPU time by node; where all memory is on one node
// there is nothing to ask, and nothing is read.
#include <charconv>
#include <fmt/format.h>
#include <optional>

#include "advisor/host/numa_topology.h"
#include "advisor/ladder/support/look_limits.h"
#include "advisor/ladder/support/memory_nodes.h"
#include "advisor/ladder/support/placement.h"
#include "advisor/ladder/support/rung.h"
#include "advisor/ladder/support/thread_nodes.h"

namespace faultline {
namespace {

// Two small files a thread and look, some 15 us.
constexpr std::size_t most_threads_by_drain = 16;

const char* const one_node = "one node with memory";
const char* const by_threads = "/proc/PID/task/TID/schedstat and stat";

class NumaRung : public Rung {
 public:
  std::string_view id() const override { return "numa"; }
  int order() const override { return 20; }

  void open(const Observation& seen) override {
    auto topology = host::read_numa_topology(seen.files());
    if (topology) {
      topology_ = std::move(*topology);
    } else {
      error_ = topology.error();
    }
    if (!has_choice()) return;
    look(seen);
    threads_.look_at_migrated_pages(seen.machine.root, seen.watch);
  }

  void drain(const Observation& seen) override {
    if (has_choice() && threads_.threads_seen() <= most_threads_by_drain) look(seen);
  }

  void slice(const Observation& seen) override {
    if (!has_choice()) return;
    if (threads_.threads_seen() <= most_threads_by_slice) look(seen);
    // A command may end by itself, and its memory with it.
    if (seen.watch.target().kind == target::Kind::command && !memory_) locate(seen);
  }

  void close(const Observation& seen, double seconds) override {
    seconds_ = seconds;
    if (!has_choice()) return;
    look(seen);
    threads_.look_at_migrated_pages(seen.machine.root, seen.watch);
  }

  RungResult result(const Observation& seen) override {
    RungResult result;
    say_balancing(seen.files(), result.facts);
    if (!topology_) {
      say_unknown(result.facts, *error_);
      return result;
    }
    if (!has_choice()) {
      say_one_node(result.facts);
      return result;
    }
    locate(seen);
    say_threads(result.facts);
    say_memory(result.facts);
    say_placement(result.facts);
    say_home(result.facts);
    return result;
  }

  std::vector<Need> needs(const host::Machine& machine) const override {
    const auto topology = host::read_numa_topology(machine.root);
    if (topology && topology->nodes_with_memory() < 2) {
      return {{"NUMA nodes", true, "nothing: all memory is on one node", ""}};
    }
    const host::Abilities& can = machine.abilities;
    return {{"/sys/devices/system/node", topology.has_value(), "everything", "mount /sys"},
            {"numa_maps and move_pages(2) of other users' processes", can.uid == 0 || can.cap_sys_ptrace,
             "where the memory is", "CAP_SYS_PTRACE, or run as the user of the target"}};
  }

 private:
  [[nodiscard]] bool has_choice() const { return topology_ && topology_->nodes_with_memory() > 1; }

  void look(const Observation& seen) { threads_.look(seen.machine.root, seen.watch, *topology_); }

  void locate(const Observation& seen) {
    auto memory = locate_memory(seen.machine.root, seen.watch);
    if (memory) {
      memory_ = std::move(*memory);
    } else {
      error_ = memory.error();
    }
  }

  static void say_balancing(const host::Root& root, std::vector<Fact>& facts) {
    const char* const name = "numa.balancing";
    const std::string file = "/proc/sys/kernel/numa_balancing";
    const auto text = root.read(file);
    int mode = 0;
    const bool is_number = text && std::from_chars(text->data(), text->data() + text->size(), mode).ec == std::errc{};
    if (is_number) {
      facts.push_back(Fact::measured(name, mode != 0, file));
    } else if (!text && text.error().kind == ErrorKind::not_found) {
      facts.push_back(Fact::measured(name, false, file + ": the kernel has none"));
    } else {
      facts.push_back(Fact::unknown(name, file + " could not be read"));
    }
  }

  static void say_unknown(std::vector<Fact>& facts, const Error& error) {
    for (const auto* name : {"numa.cpu_by_node", "numa.cross_node_moves.per_second", "numa.distance.local_share",
                             "numa.home.cpus", "numa.home.cpus.count", "numa.home.node", "numa.home.room_bytes",
                             "numa.interleaved", "numa.memory_by_node", "numa.misplaced.share", "numa.misplaced_bytes",
                             "numa.pages_migrated.per_second", "numa.policy", "numa.remote.share"}) {
      facts.push_back(Fact::unknown(name, error.where + ": " + error.why, error.hint));
    }
  }

  static void say_one_node(std::vector<Fact>& facts) {
    for (const auto* name : {"numa.cpu_by_node", "numa.memory_by_node"}) {
      facts.push_back(Fact::measured(name, std::string("one node"), one_node));
    }
    for (const auto* name : {"numa.cross_node_moves.per_second", "numa.misplaced.share", "numa.misplaced_bytes",
                             "numa.pages_migrated.per_second", "numa.remote.share"}) {
      facts.push_back(Fact::measured(name, 0.0, one_node));
    }
    facts.push_back(Fact::measured("numa.distance.local_share", 1.0, one_node));
    for (const auto* name : {"numa.home.cpus", "numa.home.cpus.count", "numa.home.node", "numa.home.room_bytes",
                             "numa.interleaved", "numa.policy"}) {
      facts.push_back(Fact::unknown(name, std::string(one_node) + ": not asked"));
    }
  }

  void say_threads(std::vector<Fact>& facts) const {
    const bool ran = sum_of(threads_.cpu_seconds()) > 0;
    facts.push_back(ran ? Fact::measured("numa.cpu_by_node", by_node_words(threads_.cpu_seconds(), "s"), by_threads)
                        : Fact::unknown("numa.cpu_by_node", "the target did not run in the window"));
    const auto rate = [&](const char* name, double count, const std::string& source) {
      facts.push_back(seconds_ > 0 ? Fact::measured(name, count / seconds_, source)
                                   : Fact::unknown(name, "the window had no length"));
    };
    rate("numa.cross_node_moves.per_second", static_cast<double>(threads_.moves()),
         std::string(by_threads) + ", a lower bound");
    if (const auto pages = threads_.migrated_pages()) {
      rate("numa.pages_migrated.per_second", static_cast<double>(*pages), "/proc/PID/task/TID/sched");
    } else {
      facts.push_back(Fact::unknown("numa.pages_migrated.per_second", threads_.why_no_migrated_pages(),
                                    "a kernel with CONFIG_SCHED_DEBUG and CONFIG_NUMA_BALANCING"));
    }
    const auto ratio = topology_->farthest_ratio();
    facts.push_back(
        ratio ? Fact::measured("numa.distance.local_share", 1 / *ratio, "/sys/devices/system/node/nodeN/distance")
              : Fact::unknown("numa.distance.local_share", "the firmware does not say how far nodes are"));
  }

  void say_memory(std::vector<Fact>& facts) const {
    if (!memory_) {
      for (const auto* name : {"numa.interleaved", "numa.memory_by_node", "numa.policy"}) {
        facts.push_back(Fact::unknown(name, error_->why, error_->hint));
      }
      return;
    }
    const auto say = [&](const char* name, FactValue value) {
      facts.push_back(memory_->estimated ? Fact::estimated(name, std::move(value), memory_->source)
                                         : Fact::measured(name, std::move(value), memory_->source));
    };
    say("numa.memory_by_node", by_node_words(memory_->bytes, "bytes"));
    if (memory_->policy) {
      say("numa.policy", *memory_->policy);
    } else {
      facts.push_back(Fact::unknown("numa.policy", memory_->why_no_policy));
    }
    if (memory_->interleaved) {
      say("numa.interleaved", *memory_->interleaved);
    } else {
      facts.push_back(Fact::unknown("numa.interleaved", memory_->why_no_policy));
    }
  }

  /// Why the shares can't be said; nothing when they can.
  [[nodiscard]] std::optional<Error> obstacle() const {
    if (!memory_) return error_;
    if (sum_of(memory_->bytes) <= 0) return Error{ErrorKind::unsupported, "", "", "the target has no memory", ""};
    if (sum_of(threads_.cpu_seconds()) > 0) return std::nullopt;
    return Error{ErrorKind::unsupported, "", "", "the target did not run in the window", ""};
  }

  void say_placement(std::vector<Fact>& facts) const {
    if (const auto why = obstacle()) {
      for (const auto* name : {"numa.misplaced.share", "numa.misplaced_bytes", "numa.remote.share"}) {
        facts.push_back(Fact::unknown(name, why->why, why->hint));
      }
      return;
    }
    const std::string source = memory_->source + " against CPU time by node";
    const double misplaced = misplaced_share(memory_->bytes, threads_.cpu_seconds());
    const auto say = [&](const char* name, double value) {
      facts.push_back(memory_->estimated ? Fact::estimated(name, value, source) : Fact::measured(name, value, source));
    };
    say("numa.misplaced.share", misplaced);
    say("numa.misplaced_bytes", misplaced * sum_of(memory_->bytes));
    facts.push_back(Fact::estimated("numa.remote.share", remote_share(memory_->bytes, threads_.cpu_seconds()), source));
  }

  /// The node on which the threads run most: where the memory should be.
  void say_home(std::vector<Fact>& facts) const {
    const host::NumaNode* home = topology_->find(main_node(threads_.cpu_seconds()));
    const auto why = obstacle();
    if (home == nullptr || why) {
      for (const auto* name : {"numa.home.cpus", "numa.home.cpus.count", "numa.home.node", "numa.home.room_bytes"}) {
        facts.push_back(
            Fact::unknown(name, why ? why->why : "no node has the CPUs of the threads", why ? why->hint : ""));
      }
      return;
    }
    const std::string folder = fmt::format("/sys/devices/system/node/node{}/", home->id);
    const auto own = memory_->bytes.find(home->id);
    const double own_bytes = own == memory_->bytes.end() ? 0 : own->second;
    facts.push_back(Fact::measured("numa.home.node", std::to_string(home->id), by_threads));
    facts.push_back(Fact::measured("numa.home.cpus", home->cpus.text, folder + "cpulist"));
    facts.push_back(Fact::measured("numa.home.cpus.count", static_cast<double>(home->cpus.size()), folder + "cpulist"));
    facts.push_back(Fact::estimated("numa.home.room_bytes", static_cast<double>(home->available_bytes) + own_bytes,
                                    folder + "meminfo and " + memory_->source));
  }

  std::optional<host::NumaTopology> topology_;
  std::optional<Error> error_;
  std::optional<MemoryNodes> memory_;
  ThreadNodes threads_;
  double seconds_ = 0;
};

}  // namespace

std::unique_ptr<Rung> make_numa_rung() { return std::make_unique<NumaRung>(); }

}  // namespace faultline
