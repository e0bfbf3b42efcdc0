// SPDX-License-Identifier: Apache-2.0
#include "advisor/cli/support/stop_signal.h"

#include <sys/signalfd.h>

namespace faultline::cli {

StopSignal::StopSignal() {
  sigset_t stops;
  ::sigemptyset(&stops);
  ::sigaddset(&stops, SIGINT);
  ::sigaddset(&stops, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &stops, &before_);
  fd_ = host::Fd(::signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK));
}

StopSignal::~StopSignal() {
  // Take what arrived, or it would end the process now that the report is about to be written.
  signalfd_siginfo taken{};
  while (::read(fd_.get(), &taken, sizeof taken) == static_cast<ssize_t>(sizeof taken)) continue;
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace faultline::cli
