// SPDX-License-Identifier: Apache-2.0
// one_window [ROUNDS] [SECONDS] [SERVICE]: one window of faultline against the five tools that answer its questions by
// hand, each with a window of its own, one after the other: which questions are answered, and how long it takes.
#include <algorithm>
#include <cstdlib>
#include <exception>
#include <fmt/format.h>
#include <string>
#include <vector>

#include "tests/bench/support/by_hand.h"
#include "tests/bench/support/command.h"
#include "tests/bench/support/machine_noise.h"
#include "tests/bench/support/measured.h"
#include "tests/bench/support/service.h"
#include "tests/bench/support/statistics.h"
#include "tests/bench/support/verdict.h"

namespace faultline::bench {
namespace {

// Of the time that asking by hand takes.
constexpr double most_part_percent = 50;

struct Row {
  std::vector<double> seconds_by_hand;
  int by_hand = 0;
  int by_faultline = 0;
  std::string why_not;
};

struct Results {
  std::vector<Row> rows = std::vector<Row>(questions().size());
  std::vector<double> faultline_seconds, hand_seconds, part_percent;
};

bool answers(const Measured& ours, const Question& question) {
  return std::all_of(question.facts.begin(), question.facts.end(),
                     [&](const std::string& name) { return ours.fact(name).has_value(); });
}

void one_round(pid_t pid, int seconds, Results& results) {
  const double begun = now_seconds();
  const Measured ours = measure(pid, seconds);
  results.faultline_seconds.push_back(now_seconds() - begun);
  double by_hand = 0;
  for (std::size_t i = 0; i < questions().size(); ++i) {
    const HandAnswer answer = ask_by_hand(i, pid, seconds);
    Row& row = results.rows[i];
    row.by_faultline += answers(ours, questions()[i]) ? 1 : 0;
    row.by_hand += answer.answered ? 1 : 0;
    row.seconds_by_hand.push_back(answer.seconds);
    if (!answer.why_not.empty()) row.why_not = answer.why_not;
    by_hand += answer.seconds;
  }
  results.hand_seconds.push_back(by_hand);
  results.part_percent.push_back(results.faultline_seconds.back() / by_hand * 100);
}

/// Held when faultline answered each time what the tool did.
Verdict print_row(const Question& question, const Row& row, int rounds) {
  const Verdict verdict = row.by_faultline == rounds ? Verdict::held
                          : row.by_hand == 0         ? Verdict::not_decided
                                                     : Verdict::missed;
  fmt::print("  {:<40} {:<27} {:>5} of {} {:>7.1f} s {:>6} of {}  {}\n", question.words, question.tool, row.by_hand,
             rounds, median(row.seconds_by_hand), row.by_faultline, rounds, to_string(verdict));
  if (!row.why_not.empty()) fmt::print("    {}\n", row.why_not);
  return verdict;
}

int run_rounds(const std::string& name, int rounds, int seconds) {
  const MachineNoise noise;
  const Service service(name, {});
  Results results;
  for (int round = 0; round < rounds; ++round) one_round(service.pid(), seconds, results);
  fmt::print("\n{} ({})\n  {:<40} {:<27} {:>10} {:>9} {:>11}\n", name, noise.describe(), "answered", "by hand", "",
             "it took", "faultline");
  Verdicts verdicts;
  for (std::size_t i = 0; i < questions().size(); ++i) {
    verdicts.add(print_row(questions()[i], results.rows[i], rounds));
  }
  fmt::print("  all questions: faultline {} s, by hand {} s\n", with_interval(results.faultline_seconds, 1),
             with_interval(results.hand_seconds, 1));
  fmt::print("  at most {} % of the time by hand: {} %  {}\n", most_part_percent,
             with_interval(results.part_percent, 0),
             to_string(verdicts.add(at_most(results.part_percent, most_part_percent))));
  return verdicts.exit_code();
}

}  // namespace
}  // namespace faultline::bench

int main(int argc, char** argv) {
  using namespace faultline::bench;
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 6;
  const int seconds = argc > 2 ? std::atoi(argv[2]) : 10;
  if (argc > 4 || rounds < 1 || seconds < 1) {
    fmt::print(stderr, "usage: one_window [ROUNDS] [SECONDS] [SERVICE of tests/lab]\n");
    return 64;
  }
  try {
    fmt::print("one_window {} {}: medians of {} rounds, windows of {} s\n", rounds, seconds, rounds, seconds);
    return run_rounds(argc > 3 ? argv[3] : "mapping_threads", rounds, seconds);
  } catch (const std::exception& error) {
    fmt::print(stderr, "one_window: {}\n", error.what());
    return 1;
  }
}
