// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "tests/lab/support/flags.h"

namespace faultline::lab {

/// How a service is loaded. Flags: --threads N, --rate R (requests a second of all threads; 0 = one after the other
/// without a pause), --seconds S (0 = until SIGTERM or SIGINT), --counter FILE (requests served so far, 8 bytes that
/// another process may map).
struct Load {
  unsigned threads = 1;  ///< 0: the main thread serves, and no other thread exists
  double requests_per_second = 0;
  double seconds = 0;
  std::string counter_path = {};
};

Load load_from(Flags& flags, const Load& defaults);

using Request = std::function<void()>;

/// Makes the workers, each in its own thread (what they set up first is not measured), prints "ready", and serves
/// until the time is over or a signal says stop. Then prints one line:
///   requests=N seconds=S requests_per_second=R cpu_seconds=C p50_us=… p99_us=… p99.9_us=… max_us=…
/// Requests come at random (exponential gaps); a request's latency starts when it came, not when it was taken up. A
/// service that is more than a second behind forgets what it has not taken up. Returns main's exit code.
int serve(const Load& load, const std::function<Request(unsigned worker)>& make_worker);

/// Ends the service from inside a request, as if a signal had come.
void stop_serving();

}  // namespace faultline::lab
