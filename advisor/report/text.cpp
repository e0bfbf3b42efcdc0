// SPDX-License-Identifier: Apache-2.0
#include "advisor/report/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <set>
#include <string_view>

#include "advisor/facts/catalogue.h"
#include "advisor/model/change_point.h"
#include "advisor/model/text.h"
#include "advisor/report/number_text.h"
#include "advisor/report/paint.h"

namespace faultline::report {
namespace {

struct PayeeLabel {
  std::string_view payee;
  std::string_view label;
};

// How the bill's lines are called for people, in the order they are shown.
constexpr std::array payee_labels{
    PayeeLabel{"allocator", "allocator"},
    PayeeLabel{"first_touch", "first touch"},
    PayeeLabel{"refault", "refault"},
    PayeeLabel{"giving_back", "giving back"},
    PayeeLabel{"mmap_lock", "mmap_lock wait"},
    PayeeLabel{"numa", "remote NUMA memory"},
    PayeeLabel{"tlb", "TLB misses"},
    PayeeLabel{"throttling", "CPU throttling"},
    PayeeLabel{"queueing", "queueing for a CPU"},
    PayeeLabel{"service", "the service's work"},
};

// Below this a line of the bill is noise, and "none" is what a person wants to read.
constexpr double shown_share = 0.0005;

std::string_view label_of(std::string_view payee) {
  const auto* const it =
      std::find_if(payee_labels.begin(), payee_labels.end(), [&](const PayeeLabel& one) { return one.payee == payee; });
  return it == payee_labels.end() ? payee : it->label;
}

std::string bar(double share) {
  constexpr double cells = 20;
  constexpr std::array<std::string_view, 8> eighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto parts = static_cast<std::size_t>(std::lround(std::clamp(share, 0.0, 1.0) * cells * 8));
  std::string out;
  for (std::size_t i = 0; i < parts / 8; ++i) out += "█";
  out += eighths[parts % 8];
  return out;
}

class Page {
 public:
  Page(const Snapshot& snapshot, const Diagnosis& diagnosis, const Rendering& rendering, const TextStyle& style)
      : snapshot_(snapshot), diagnosis_(diagnosis), rendering_(rendering), style_(style), paint_(style.color) {}

  std::string write() {
    write_heading();
    write_bill();
    write_ladder();
    write_findings();
    write_undecided();
    if (style_.verbose) write_stacks();
    write_changes();
    return std::move(out_);
  }

 private:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    out_ += fmt::format(format, std::forward<Args>(args)...);
    out_ += '\n';
  }

  void write_heading() {
    const Process& process = snapshot_.process;
    std::string allocator = process.libc.empty() ? "libc unknown" : process.libc;
    if (process.allocator != "glibc") allocator += fmt::format(", allocator {}", process.allocator);
    if (process.arenas) allocator += fmt::format(", {} arena{}", *process.arenas, *process.arenas == 1 ? "" : "s");
    std::string runtime;
    if (process.runtime != "native" && !process.runtime.empty()) runtime = fmt::format(" · {}", process.runtime);
    line("{}   pid {} {} · {} process{}, {} thread{}{} · {} · {}", paint_.bold(visible(snapshot_.target)), process.pid,
         visible(process.comm), process.processes, process.processes == 1 ? "" : "es", process.threads,
         process.threads == 1 ? "" : "s", runtime, visible(allocator), visible(process.cgroup));
    const Window& window = snapshot_.window;
    std::string cost = fmt::format("{:.2f} s of CPU time to measure", window.observer_cost.cpu_seconds);
    if (const auto share = window.observer_cost.target_share) {
      cost += fmt::format(", cost the service about {}", percent(*share));
    }
    line("{:.1f} s in {} slice{} · {}", window.seconds, window.slices, window.slices == 1 ? "" : "s", cost);
    if (!window.ended_early.empty()) line("{}", paint_.yellow("the window closed early: " + window.ended_early));
    line("");
  }

  void write_bill() {
    line("{:<38}{}", paint_.bold("THE BILL") + std::string(30, ' '), "share of time");
    std::string none;
    std::string unseen;
    for (const BillLine& bill : diagnosis_.bill.lines) {
      const auto label = label_of(bill.payee);
      if (!bill.share) {
        unseen += fmt::format("{}{} ({})", unseen.empty() ? "" : "; ", label, visible(bill.reason));
      } else if (*bill.share < shown_share) {
        none += fmt::format("{}{}", none.empty() ? "" : ", ", label);
      } else {
        const bool estimate = bill.quality == Quality::estimated;
        line(" {:<22} {:>8} {} {}", label, percent(*bill.share), estimate ? "~" : " ", bar(*bill.share));
      }
    }
    if (!none.empty()) line(" none                            {}", none);
    if (!unseen.empty()) line(" not seen                        {}", unseen);
    line("");
  }

  void write_ladder() {
    line("{}", paint_.bold("LADDER"));
    int number = 1;
    for (const RungVerdict& verdict : diagnosis_.ladder) {
      const std::string state = fmt::format("{:<8}", to_string(verdict.state));
      line(" {} {:<12} {} {}", number++, verdict.rung, verdict.state == RungState::hot ? paint_.yellow(state) : state,
           visible(verdict.summary));
    }
    line("");
  }

  void write_findings() {
    line("{}", paint_.bold("FINDINGS"));
    if (diagnosis_.findings.empty()) line(" none: nothing that this version knows costs this service 1 % of its time");
    int number = 1;
    for (const Finding& finding : diagnosis_.findings) write_finding(number++, finding);
    for (const Deferred& deferred : diagnosis_.deferred) {
      line("   later   {:<14} also fires, and is judged again once {} is gone: that costs more", deferred.cause,
           deferred.behind);
    }
    line("");
  }

  void write_finding(int number, const Finding& finding) {
    const std::string severity = fmt::format("{:<7}", to_string(finding.severity));
    line(" {} {} {:<14} {}", number, finding.severity >= Severity::medium ? paint_.red(severity) : severity,
         finding.cause, visible(finding.title));
    line("           costs          {} of the time the service runs or waits · confidence {}",
         percent(finding.cost_share), visible(finding.confidence));
    write_evidence(finding.evidence);
    line("           moves          {} → {}; price: {}", visible(finding.moves.from), visible(finding.moves.to),
         visible(finding.moves.price));
    for (const Proposal& proposal : finding.fixes) write_proposal(proposal);
  }

  /// A line a fact: a fact that passed two limits is held against the first; the document has both.
  void write_evidence(const std::vector<Evidence>& evidence) {
    std::set<std::string_view> shown;
    for (const Evidence& row : evidence) {
      if (!shown.insert(row.fact).second) continue;
      std::string limit;
      if (!row.limit.empty()) limit = (is_comparison(row.limit) ? " (fires " : " (") + row.limit + ")";
      line("           seen           {} {}{}{}{}", row.fact, visible(with_unit(row.value, row.unit)), visible(limit),
           row.quality == Quality::estimated ? ", an estimate" : "", change_of(row.fact));
    }
  }

  /// ", rises after 22 min" where a fact clearly became another one in the window.
  std::string change_of(const std::string& name) const {
    const Fact* fact = snapshot_.facts.find(name);
    const auto change = fact != nullptr ? change_point(fact->slices) : std::nullopt;
    if (!change) return {};
    const double seconds = seconds_until(*change, snapshot_.window);
    const std::string when =
        seconds >= 120 ? fmt::format("{:.0f} min", seconds / 60) : fmt::format("{:.0f} s", seconds);
    return fmt::format(", {} after {}", change->rises ? "rises" : "falls", when);
  }

  /// A limit that the rule judged by, not one that is shown beside it in words.
  static bool is_comparison(std::string_view limit) {
    constexpr std::string_view starts[] = {"<", ">", "is ", "together "};
    return std::any_of(std::begin(starts), std::end(starts), [&](std::string_view s) { return limit.starts_with(s); });
  }

  void write_proposal(const Proposal& proposal) {
    if (const Refusal* refusal = refusal_of(proposal.fix)) {
      line("           {:<14} {}: {}", refusal->in_place ? "in place" : "refused", proposal.fix, visible(refusal->why));
    } else if (proposal.refused) {
      line("           refused        {}: {}", proposal.fix, visible(*proposal.refused));
    } else if (proposal.advice) {
      line("           advice         {}: {}", proposal.fix, visible(*proposal.advice));
      write_terms(proposal);
    } else if (is_in_a_change(proposal.fix)) {
      line("           fix            {}: {}", paint_.green(proposal.fix), visible(proposal.summary));
      for (const Setting& setting : proposal.settings) line("             sets         {}", setting_text(setting));
      write_terms(proposal);
    } else {
      line("           also possible  {}: {}", proposal.fix, visible(proposal.summary));
      write_terms(proposal);
    }
  }

  void write_terms(const Proposal& proposal) {
    if (!proposal.price.empty()) line("             price        {}", visible(proposal.price));
    for (const std::string& note : proposal.notes) line("             note         {}", visible(note));
  }

  static std::string setting_text(const Setting& setting) {
    if (const auto* variable = std::get_if<EnvironmentVariable>(&setting)) {
      return visible(variable->name + "=" + variable->value);
    }
    return fmt::format("CPU quota of {} cores", std::get<CpuQuota>(setting).cores);
  }

  const Refusal* refusal_of(const std::string& fix) const {
    for (const Refusal& refusal : rendering_.refusals) {
      if (refusal.fix == fix) return &refusal;
    }
    return nullptr;
  }

  bool is_in_a_change(const std::string& fix) const {
    return std::any_of(rendering_.changes.begin(), rendering_.changes.end(), [&](const Change& change) {
      return std::find(change.fixes.begin(), change.fixes.end(), fix) != change.fixes.end();
    });
  }

  void write_undecided() {
    if (diagnosis_.undecided.empty()) return;
    line("{}", paint_.bold("UNDECIDED"));
    for (auto at = diagnosis_.undecided.begin(); at != diagnosis_.undecided.end(); ++at) {
      const Undecided& one = *at;
      // Two rules of a cause often miss the same.
      if (std::any_of(diagnosis_.undecided.begin(), at, [&](const Undecided& said) {
            return said.cause == one.cause && said.why == one.why && said.unlock == one.unlock;
          })) {
        continue;
      }
      line("           {:<14} {}", one.cause, visible(one.why));
      if (!one.unlock.empty()) line("             unlock       {}", visible(one.unlock));
    }
    line("");
  }

  void write_stacks() {
    constexpr std::size_t most_shown = 10;
    line("{}", paint_.bold("STACKS, most frequent first"));
    for (std::size_t i = 0; i < std::min(most_shown, snapshot_.stacks.size()); ++i) {
      line(" {:>7}  {}", snapshot_.stacks[i].samples, visible(snapshot_.stacks[i].frames));
    }
    line("");
  }

  void write_changes() {
    for (const Change& change : rendering_.changes) {
      out_ += paint_.diff(visible_lines(change.diff));
      for (const std::string& note : change.notes) line("note: {}", visible(note));
      line("");
    }
    if (rendering_.changes.empty()) {
      line("Nothing was changed.");
      return;
    }
    line("Nothing was changed. To use it: review the diff, put the file there, then");
    for (const Change& change : rendering_.changes) line("  {}", commands_for(change));
  }

  /// The unit is the one whose folder the file is in: a target may be a pid.
  static std::string commands_for(const Change& change) {
    std::string commands = "systemctl daemon-reload";
    if (std::find(change.needs.begin(), change.needs.end(), "restart") == change.needs.end()) return commands;
    const std::string folder = change.path.substr(0, change.path.rfind('/'));
    std::string unit = folder.substr(folder.rfind('/') + 1);
    if (unit.ends_with(".d")) unit.resize(unit.size() - 2);
    // Names of units may hold backslashes (systemd.unit(5)), which a shell would take away.
    const char* const quote = unit.find('\\') == std::string::npos ? "" : "'";
    return commands + fmt::format(" && systemctl restart {}{}{}", quote, visible(unit), quote);
  }

  static std::string visible_lines(std::string_view text) {
    std::string out;
    while (!text.empty()) {
      const auto end = text.find('\n');
      out += visible(text.substr(0, end));
      if (end == std::string_view::npos) break;
      out += '\n';
      text.remove_prefix(end + 1);
    }
    return out;
  }

  const Snapshot& snapshot_;
  const Diagnosis& diagnosis_;
  const Rendering& rendering_;
  const TextStyle& style_;
  Paint paint_;
  std::string out_;
};

}  // namespace

std::string text_report(const Snapshot& snapshot, const Diagnosis& diagnosis, const Rendering& rendering,
                        const TextStyle& style) {
  return Page(snapshot, diagnosis, rendering, style).write();
}

std::string table_heading() {
  return fmt::format("{:<40} {:>9} {:>12} {:>8}  {}\n", "service", "cores", "faults/s", "cost", "finding");
}

std::string table_line(const Snapshot& snapshot, const Diagnosis& diagnosis) {
  const auto cores = snapshot.facts.number("cpu.busy.cores");
  const auto faults = snapshot.facts.number("faults.minor.per_second");
  std::string cost = "-";
  std::string finding = "none";
  if (!diagnosis.findings.empty()) {
    const Finding& first = diagnosis.findings.front();
    cost = percent(first.cost_share);
    finding = fmt::format("{} {}", to_string(first.severity), first.cause);
    for (const Proposal& proposal : first.fixes) {
      if (proposal.refused || proposal.advice) continue;
      finding += fmt::format(", fix {}", proposal.fix);
      break;
    }
  } else if (!diagnosis.undecided.empty()) {
    finding = "undecided: " + diagnosis.undecided.front().cause;
  }
  return fmt::format("{:<40} {:>9} {:>12} {:>8}  {}\n", visible(snapshot.target),
                     cores ? fmt::format("{:.2f}", *cores) : "unknown", faults ? si(*faults) : "unknown", cost,
                     visible(finding));
}

}  // namespace faultline::report
