// SPDX-License-Identifier: Apache-2.0
#include "tests/hosts/numa/support/two_nodes.h"

#include <array>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "tests/hosts/systemd/support/command.h"

namespace faultline::hosts {
namespace {

namespace fs = std::filesystem;

// sysexits(3) EX_TEMPFAIL: what machine.sh needs from outside is not there.
constexpr int not_available = 75;

std::string obstacle() {
#ifndef __x86_64__
  return "the machine is an x86-64 one, and runs the programs of this build";
#endif
  for (const auto& [program, package] : {std::pair{"qemu-system-x86_64", "qemu-system-x86"},
                                         {"busybox", "busybox-static"},
                                         {"cpio", "cpio"},
                                         {"numactl", "numactl"},
                                         {"apt-get", "apt"}}) {
    if (run_command({"sh", "-c", "command -v \"$0\"", program}).exit_code != 0) {
      return std::string("needs ") + program + ", Debian's package " + package;
    }
  }
  return {};
}

struct Boot {
  std::string why_not;
  std::string failure;
  fs::path out;
};

Boot boot() {
  Boot result;
  result.why_not = obstacle();
  if (!result.why_not.empty()) return result;
  const fs::path folder = fs::path(FAULTLINE_SOURCE_DIR) / "build" / "hosts" / "numa";
  const auto run =
      run_command({FAULTLINE_SOURCE_DIR "/tests/hosts/numa/machine.sh", FAULTLINE_BINARY_DIR, folder.string()});
  if (run.exit_code == not_available) result.why_not = run.err;
  if (run.exit_code != 0 && run.exit_code != not_available) result.failure = run.err;
  result.out = folder / "out";
  return result;
}

}  // namespace

const TwoNodes* TwoNodes::booted(std::string& why_not) {
  static const Boot only = boot();
  static const TwoNodes machine(only.out);
  why_not = only.why_not + only.failure;
  return only.why_not.empty() ? &machine : nullptr;
}

std::string TwoNodes::read(const std::string& file) const {
  std::ifstream stream(out_ / file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::map<unsigned, double> total_of_numastat(const std::string& text) {
  std::istringstream lines(text);
  std::vector<double> columns;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first;
    words >> first;
    if (first != "Total") continue;
    columns.clear();
    for (double column = 0; words >> column;) columns.push_back(column);
  }
  if (!columns.empty()) columns.pop_back();
  std::map<unsigned, double> by_node;
  for (std::size_t node = 0; node < columns.size(); ++node) by_node[static_cast<unsigned>(node)] = columns[node];
  return by_node;
}

}  // namespace faultline::hosts
