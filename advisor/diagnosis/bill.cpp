// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "advisor/diagnosis/diagnose.h"
#include "advisor/diagnosis/expression.h"

namespace faultline::diagnosis {
namespace {

BillLine known(std::string_view payee, double share, Quality quality) {
  return {std::string(payee), std::clamp(share, 0.0, 1.0), std::nullopt, quality, {}};
}

BillLine unknown(std::string_view payee, std::string reason) {
  return {std::string(payee), std::nullopt, std::nullopt, Quality::unknown, std::move(reason)};
}

std::string reason_of(const FactSet& facts, const std::vector<std::string>& missing) {
  if (missing.empty()) return "the target did not run";
  const Fact* fact = facts.find(missing.front());
  if (fact != nullptr && !fact->reason.empty()) return fact->reason;
  return fmt::format("{} is not in the snapshot", missing.front());
}

/// A line from an expression over facts; estimated when any of them is.
BillLine line_of(std::string_view payee, std::string_view formula, const FactSet& facts) {
  const auto expression = parse_expression(formula);
  if (!expression) return unknown(payee, expression.error().why);
  const Evaluated result = evaluate(*expression, facts);
  if (!result.value) return unknown(payee, reason_of(facts, result.missing));
  const auto names = facts_of(*expression);
  const bool estimated = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return facts.find(name)->quality == Quality::estimated;
  });
  return known(payee, *result.value, estimated ? Quality::estimated : Quality::measured);
}

BillLine numa_line(const FactSet& facts) {
  if (facts.number("host.numa_nodes") == 1.0) return known("numa", 0, Quality::measured);
  return line_of("numa", "numa.time_share", facts);
}

/// Samples and counters disagree by their noise: the lines may sum to a little more than all the time there is.
void scale_to_whole(std::vector<BillLine>& lines) {
  double sum = 0;
  for (const auto& line : lines) sum += line.share.value_or(0);
  if (sum <= 1) return;
  for (auto& line : lines) {
    if (!line.share || *line.share == 0) continue;
    line.share = *line.share / sum;
    line.quality = Quality::estimated;
  }
}

/// What a line costs for each call of the allocator, where the calls could be counted.
void add_cost_of_an_allocation(const FactSet& facts, std::vector<BillLine>& lines) {
  const auto base = facts.number("time.base.seconds");
  const auto window = facts.number("window.seconds");
  const auto rate = facts.number("allocations.per_second");
  if (!base || !window || !rate || *rate * *window <= 0) return;
  for (auto& line : lines) {
    if (line.share) line.per_allocation_ns = *line.share * *base / (*rate * *window) * 1e9;
  }
}

/// Costs that many machines do not show.
bool may_be_unseen(std::string_view payee) { return payee == "mmap_lock" || payee == "numa" || payee == "tlb"; }

/// What is left. It holds the costs that this machine does not show, and says so; where another cost is unknown, the
/// rest is unknown too.
BillLine service_line(const std::vector<BillLine>& lines) {
  double rest = 1;
  std::vector<std::string> unseen;
  for (const auto& line : lines) {
    if (line.share) {
      rest -= *line.share;
    } else if (may_be_unseen(line.payee)) {
      unseen.push_back(line.payee);
    } else {
      return unknown("service", fmt::format("{} is unknown: {}", line.payee, line.reason));
    }
  }
  BillLine service = known("service", rest, Quality::estimated);
  if (!unseen.empty()) service.reason = fmt::format("holds what was not measured: {}", fmt::join(unseen, ", "));
  return service;
}

}  // namespace

Bill bill_of(const FactSet& facts) {
  Bill bill;
  bill.lines = {
      line_of("allocator", "of_time(profile.allocator.share)", facts),
      line_of("first_touch", "faults.first_touch.time_share", facts),
      line_of("refault", "faults.refault.time_share", facts),
      line_of("giving_back", "of_time(profile.give_back.share)", facts),
      line_of("mmap_lock", "mmap_lock.time_share", facts),
      numa_line(facts),
      line_of("tlb", "tlb.walk.time_share", facts),
      line_of("throttling", "throttling.time_share", facts),
      line_of("queueing", "sched.queue.time_share", facts),
  };
  scale_to_whole(bill.lines);
  bill.lines.push_back(service_line(bill.lines));
  add_cost_of_an_allocation(facts, bill.lines);
  return bill;
}

}  // namespace faultline::diagnosis
