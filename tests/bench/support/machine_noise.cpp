// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/support/machine_noise.h"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <thread>

namespace faultline::bench {

MachineNoise::MachineNoise() : start_(read()) {}

MachineNoise::Ticks MachineNoise::read() {
  std::ifstream file("/proc/stat");
  std::string cpu;
  double user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
  file >> cpu >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal;
  const double busy = user + nice + system + irq + softirq;
  return {busy, steal, busy + steal + idle + iowait};
}

std::string MachineNoise::describe() const {
  const Ticks now = read();
  const double all = std::max(1.0, now.all - start_.all);
  std::ifstream file("/proc/loadavg");
  double load = 0;
  file >> load;
  return fmt::format("{} CPUs, {:.0f} % busy, {:.1f} % stolen by the hypervisor, load {:.1f}",
                     std::thread::hardware_concurrency(), (now.busy - start_.busy) / all * 100,
                     (now.stolen - start_.stolen) / all * 100, load);
}

}  // namespace faultline::bench
