// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/lock_time.h"

#include <algorithm>

#include "advisor/measure/follows_unknown.h"
#include "advisor/measure/running_share.h"

namespace faultline::measure {

void add_lock_time(FactSet& facts) {
  const std::string_view name = "mmap_lock.time_share";
  const auto wait = facts.number("mmap_lock.wait.seconds");
  const auto base = facts.number("time.base.seconds");
  if (!wait || !base || *base <= 0) {
    facts.put(follows_unknown(facts, name, {"mmap_lock.wait.seconds", "time.base.seconds"}));
    return;
  }
  const auto spin = facts.number("profile.lock_spin.share");
  const auto running = running_share(facts);
  const double sleeping = *wait / *base;
  if (!spin || !running) {
    facts.put(Fact::estimated(name, std::min(1.0, sleeping), "mmap_lock.wait.seconds, without spinning"));
    return;
  }
  facts.put(Fact::measured(name, std::min(1.0, sleeping + *spin * *running),
                           "mmap_lock.wait.seconds and profile.lock_spin.share"));
}

}  // namespace faultline::measure
