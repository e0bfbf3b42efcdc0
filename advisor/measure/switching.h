// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace faultline::measure {

/// What it takes of our own CPU time to put programs to tracepoints and to take them away again, a look: the kernel
/// rewrites each place of its code where such a tracepoint is, and interrupts every CPU for it
/// (arch/x86/kernel/alternative.c, smp_text_poke_batch_finish). Less than a millisecond on bare metal; where a
/// hypervisor traps it, and mmap_lock is taken in a hundred places, more than a hundred.
class Switching {
 public:
  /// Of one core, for each kind of look.
  static constexpr double share = 0.004;

  /// Of a look, as it began or ended.
  void took(double cpu_seconds) { seconds_ += cpu_seconds; }
  void ended() { ++looks_; }
  /// The first look always; another when, as dear as those before, it is within the share up to `now`, in seconds since
  /// the window opened.
  [[nodiscard]] bool allows_another(double now) const { return looks_ == 0 || seconds_ + each() <= share * now; }
  /// CPU seconds; 0 before the first look has ended.
  [[nodiscard]] double each() const { return looks_ == 0 ? 0 : seconds_ / looks_; }

 private:
  double seconds_ = 0;
  unsigned looks_ = 0;
};

}  // namespace faultline::measure
