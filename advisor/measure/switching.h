// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "advisor/host/own_cpu.h"

namespace faultline::measure {

/// What it takes of our own CPU time to put programs to tracepoints and to take them away again, a look: the kernel
/// rewrites each place of its code where such a tracepoint is, and interrupts every CPU for it
/// (arch/x86/kernel/alternative.c, smp_text_poke_batch_finish). By `strace -T -e bpf,close` on Linux 6.18 under PVM
/// with two CPUs a look at waits for locks took 20 to 60 ms, one at who takes mmap_lock 130 to 200 ms; other machines
/// were not looked at, so each audit finds out for itself.
class Switching {
 public:
  /// Of one core, for each kind of look.
  static constexpr double share = 0.004;

  /// Runs what begins or ends a look, and says what that said.
  template <class Action>
  auto charged(Action action) {
    const Charge charge(*this);
    return action();
  }
  /// Of a look, as it began or ended.
  void took(double cpu_seconds) { seconds_ += cpu_seconds; }
  void ended() { ++looks_; }
  /// The first look always; another when, as dear as those before, it is within the share up to `now`, in seconds since
  /// the window opened.
  [[nodiscard]] bool allows_another(double now) const { return looks_ == 0 || seconds_ + each() <= share * now; }
  /// CPU seconds; 0 before the first look has ended.
  [[nodiscard]] double each() const { return looks_ == 0 ? 0 : seconds_ / looks_; }

 private:
  class Charge {
   public:
    explicit Charge(Switching& kind) : kind_(kind) {}
    ~Charge() { kind_.took(host::own_cpu_seconds() - before_); }
    Charge(const Charge&) = delete;
    Charge& operator=(const Charge&) = delete;

   private:
    Switching& kind_;
    double before_ = host::own_cpu_seconds();
  };

  double seconds_ = 0;
  unsigned looks_ = 0;
};

}  // namespace faultline::measure
