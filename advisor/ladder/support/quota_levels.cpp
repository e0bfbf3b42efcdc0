// SPDX-License-Identifier: Apache-2.0
#include "advisor/ladder/support/quota_levels.h"

#include <algorithm>

namespace faultline {
namespace {

using host::CpuControl;

const CpuControl* find_level(const std::vector<CpuControl>& levels, const std::string& path) {
  const auto it = std::find_if(levels.begin(), levels.end(), [&](const CpuControl& one) { return one.path == path; });
  return it == levels.end() ? nullptr : &*it;
}

LevelDelta delta_of(const CpuControl& after, const CpuControl& before) {
  LevelDelta delta;
  delta.level = after;
  delta.periods = static_cast<double>(after.periods - std::min(after.periods, before.periods));
  delta.throttled_periods =
      static_cast<double>(after.throttled_periods - std::min(after.throttled_periods, before.throttled_periods));
  delta.stopped_seconds = std::max(0.0, after.throttled_seconds - before.throttled_seconds);
  if (after.used_seconds && before.used_seconds) delta.used_seconds = *after.used_seconds - *before.used_seconds;
  return delta;
}

}  // namespace

std::optional<LevelDelta> limiting(const std::vector<CpuControl>& after, const std::vector<CpuControl>& before) {
  std::optional<LevelDelta> chosen;
  for (const CpuControl& level : after) {
    const CpuControl* earlier = find_level(before, level.path);
    if (!level.quota_cores || earlier == nullptr) continue;
    LevelDelta delta = delta_of(level, *earlier);
    const bool longer = !chosen || delta.stopped_seconds > chosen->stopped_seconds;
    const bool as_long_and_tighter =
        chosen && delta.stopped_seconds == chosen->stopped_seconds && *level.quota_cores < *chosen->level.quota_cores;
    if (longer || as_long_and_tighter) chosen = std::move(delta);
  }
  return chosen;
}

void QuotaLevels::look(const std::vector<CpuControl>& now) {
  for (const CpuControl& level : now) {
    Track& track = tracks_.try_emplace(level.path, Track{level, level, 0}).first->second;
    track.last = level;
    ++track.readings;
  }
}

std::optional<LevelDelta> QuotaLevels::limiting() const {
  std::vector<CpuControl> first, last;
  for (const auto& [path, track] : tracks_) {
    first.push_back(track.first);
    last.push_back(track.last);
  }
  return faultline::limiting(last, first);
}

std::optional<std::string> QuotaLevels::seen_once() const {
  const auto it = std::find_if(tracks_.begin(), tracks_.end(), [](const auto& entry) {
    return entry.second.readings == 1 && entry.second.last.quota_cores;
  });
  return it == tracks_.end() ? std::nullopt : std::optional(it->first);
}

}  // namespace faultline
