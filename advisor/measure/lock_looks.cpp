// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/lock_looks.h"

#include <algorithm>

#include "advisor/measure/fault_bursts.h"
#include "advisor/measure/switching.h"

namespace faultline::measure {
namespace {

// As long as some ten waits of a busy lock take, so that few are cut by its ends; as short as it can be beside that, as
// more looks see more of what changes.
constexpr double look_seconds = 0.03;
// Every CPU is interrupted when a look begins and ends: no more than some six a window, or one in five seconds where it
// is long. After a longer pause a look would be long too.
constexpr double looks_a_window = 6;
constexpr double least_pause_seconds = 0.5;
constexpr double longest_pause_seconds = 5;
// However dear they are (Switching): one look says nothing of the rest of the window.
constexpr double least_looks = 2;
// What may be watched at once before there is a rate to go by.
constexpr double head_start_seconds = 0.1;
// A look is asked so soon how often threads wait, so that one in a rush is over in time.
constexpr double first_question_seconds = 0.01;
// No rate is told from less time than the clock of the window is asked in.
constexpr double least_seconds = 1e-3;

}  // namespace

LockLooks::LockLooks(unsigned cpus, double window_seconds)
    : budget_a_second_(WatchCost::share * std::max(1U, cpus) / WatchCost::contention_seconds),
      window_seconds_(window_seconds),
      pause_seconds_(std::clamp(window_seconds / looks_a_window, least_pause_seconds, longest_pause_seconds)) {}

double LockLooks::allowed(double now) const { return budget_a_second_ * (now + head_start_seconds); }

double LockLooks::rate_of_look(double now, std::uint64_t contentions) const {
  return static_cast<double>(contentions - at_begin_) / std::max(least_seconds, now - began_.value_or(now));
}

void LockLooks::begun(double now, std::uint64_t contentions) {
  began_ = now;
  at_begin_ = contentions;
}

void LockLooks::ended(double now, std::uint64_t contentions, double switching_seconds) {
  if (!began_) return;
  const double within_share = std::min(switching_seconds / Switching::share, window_seconds_ / least_looks);
  pause_seconds_ = std::max(pause_seconds_, within_share);
  rate_ = rate_of_look(now, contentions);
  watched_seconds_ += now - *began_;
  ended_ = now;
  at_end_ = contentions;
  began_.reset();
}

bool LockLooks::is_over(double now, std::uint64_t contentions) const {
  return began_ && static_cast<double>(contentions) > allowed(now);
}

bool LockLooks::is_due(double now) const {
  return !began_ && now >= ended_ + pause_seconds_ &&
         allowed(now) - static_cast<double>(at_end_) >= rate_ * look_seconds;
}

std::optional<double> LockLooks::next(double now, std::uint64_t contentions) const {
  if (!began_) {
    const double missing = rate_ * look_seconds - (allowed(now) - static_cast<double>(at_end_));
    return std::max(ended_ + pause_seconds_, now + std::max(0.0, missing) / budget_a_second_);
  }
  if (now < *began_ + first_question_seconds) return *began_ + first_question_seconds;
  const double rate = rate_of_look(now, contentions);
  if (rate <= budget_a_second_) return std::nullopt;
  const double left = std::max(0.0, allowed(now) - static_cast<double>(contentions));
  return now + left / (rate - budget_a_second_);
}

double LockLooks::watched_seconds(double now) const { return watched_seconds_ + (began_ ? now - *began_ : 0); }

}  // namespace faultline::measure
