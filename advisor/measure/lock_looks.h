// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

namespace faultline::measure {

/// When waits at locks are watched. All the time while threads of the host seldom wait for a lock; in short looks,
/// spread over the window, where they wait so often that watching would slow them down. Times are seconds since the
/// window opened; `contentions` are all that were watched so far, of any lock and process
/// (AddressSpaceProbe::contentions).
class LockLooks {
 public:
  /// Of the host; and how long the window is, as looks are spread over it.
  LockLooks(unsigned cpus, double window_seconds);

  /// Watching began or ended; what a look took of our own CPU time to begin and to end, in seconds.
  void begun(double now, std::uint64_t contentions);
  void ended(double now, std::uint64_t contentions, double switching_seconds);

  [[nodiscard]] bool is_on() const { return began_.has_value(); }
  /// More was watched than the service can bear up to now.
  [[nodiscard]] bool is_over(double now, std::uint64_t contentions) const;
  /// Enough time has gone by for another look.
  [[nodiscard]] bool is_due(double now) const;
  /// When to ask again: the end of the look that is on, or the next look. Nothing while all is watched at leisure.
  [[nodiscard]] std::optional<double> next(double now, std::uint64_t contentions) const;
  /// How long was watched in all.
  [[nodiscard]] double watched_seconds(double now) const;

 private:
  [[nodiscard]] double allowed(double now) const;
  [[nodiscard]] double rate_of_look(double now, std::uint64_t contentions) const;
  double budget_a_second_, window_seconds_, pause_seconds_;
  std::optional<double> began_;
  double ended_ = 0;
  std::uint64_t at_begin_ = 0, at_end_ = 0;
  double rate_ = 0;  ///< of the last look
  double watched_seconds_ = 0;
};

}  // namespace faultline::measure
