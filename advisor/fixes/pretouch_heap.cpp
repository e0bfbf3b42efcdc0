// SPDX-License-Identifier: Apache-2.0
// pretouch-heap: memory is touched before traffic comes. Advice: only the program itself can touch its heap.
#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "advisor/facts/number_words.h"
#include "advisor/fixes/support/proposals.h"

namespace faultline {
namespace {

using facts::number_words;

struct Way {
  std::string_view runtime;
  std::string_view how;
};

constexpr std::array ways{
    Way{"jvm",
        "-XX:+AlwaysPreTouch with -Xms equal to -Xmx touches the whole heap at start; JDK_JAVA_OPTIONS sets it for the "
        "java launcher from JDK 9 on, JAVA_TOOL_OPTIONS for every JVM; the memory limit has to be above -Xmx and what "
        "the JVM needs beside the heap"},
    Way{"go",
        "call the code that requests will use before the service says that it is ready; the scavenger gives idle "
        "memory back in the background, so that this does not last through quiet hours; GOGC=off with GOMEMLIMIT keeps "
        "the heap at its size"},
    Way{"node",
        "V8 has no option that touches its heap ahead: send itself requests before it listens; "
        "--max-semi-space-size lets the young generation grow once and stay"},
    Way{"dotnet",
        "call the code that requests will use before it listens; DOTNET_GCRetainVM=1 keeps what the collector has"},
    Way{"python", "call the code that requests will use in every worker, after the fork, before it accepts"},
    Way{"ruby", "call the code that requests will use in every worker, after the fork, before it accepts"},
};

constexpr std::string_view native_way =
    "before it says that it is ready, and from the threads that will use it (each arena has its own heap), let the "
    "program allocate blocks of less than 32 MiB for what it will need, write to each page (or madvise "
    "MADV_POPULATE_WRITE, Linux 5.14) and free them; with glibc's malloc this lasts only with the settings of "
    "keep-heap";

std::string_view way_of(const FactSet& facts) {
  const auto runtime = facts.text("runtime.kind");
  const auto* const it = std::find_if(ways.begin(), ways.end(), [&](const Way& way) { return runtime == way.runtime; });
  return it == ways.end() ? native_way : it->how;
}

class PretouchHeap : public Fix {
 public:
  std::string_view id() const override { return "pretouch-heap"; }
  std::string_view summary() const override { return "memory is touched at start, before requests need it"; }
  std::string_view description() const override {
    return R"(  applies to  services whose memory grows while they serve
  does        nothing by itself: no other process can touch a program's heap, so that ExecStartPre= or a container
              that runs before cannot; the advice says what the program or its runtime can do
  refuses     too little memory headroom: memory that is touched beyond a limit ends the service
  price       a slower start, and memory that is resident before it is needed
  sources     madvise(2) MADV_POPULATE_WRITE, java(1) AlwaysPreTouch)";
  }

  Proposal propose(const Snapshot& snapshot, const std::map<std::string, double>& parameters) const override {
    const FactSet& facts = snapshot.facts;
    const auto bytes = parameter(parameters, "bytes");
    const auto room = facts.number("memory.headroom_bytes");
    if (bytes && room && *bytes > *room) {
      return refused(*this, fmt::format("{} would be touched ahead, and {} leaves {}", number_words(*bytes, "bytes"),
                                        facts.find("memory.headroom_bytes")->source, number_words(*room, "bytes")));
    }
    if (snapshot.process.environment.contains("JAVA_TOOL_OPTIONS") &&
        snapshot.process.environment.at("JAVA_TOOL_OPTIONS").find("+AlwaysPreTouch") != std::string::npos) {
      return refused(*this, "the JVM has -XX:+AlwaysPreTouch already: what grows is beyond -Xms, or not the Java heap");
    }
    Proposal proposal = advised(*this, std::string(way_of(facts)));
    if (bytes) proposal.price = price_of(snapshot, *bytes);
    proposal.expected = {{"faults.first_touch.time_share", "falls to near zero once the service is ready"}};
    if (!room) {
      proposal.notes.push_back("check the memory limit first: " + needs_fact(facts, "memory.headroom_bytes"));
    }
    if (const auto processes = facts.number("process.count"); processes && *processes > 1) {
      proposal.notes.emplace_back(
          "in each worker, after the fork: a page that was touched before is copied when a "
          "worker first writes to it");
    }
    return proposal;
  }

 private:
  static std::string price_of(const Snapshot& snapshot, double bytes) {
    std::string price = fmt::format("{} resident before they are needed", number_words(bytes, "bytes"));
    const auto ns_per_fault = snapshot.facts.number("host.ns_per_fault");
    if (!ns_per_fault || snapshot.host.page_bytes == 0) return price;
    const double seconds = bytes / static_cast<double>(snapshot.host.page_bytes) * *ns_per_fault * 1e-9;
    return price + fmt::format(", and about {} more of start-up", number_words(seconds, "s"));
  }
};

}  // namespace

std::unique_ptr<Fix> make_pretouch_heap_fix() { return std::make_unique<PretouchHeap>(); }

}  // namespace faultline
