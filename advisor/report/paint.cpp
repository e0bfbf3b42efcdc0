// SPDX-License-Identifier: Apache-2.0
#include "advisor/report/paint.h"

namespace faultline::report {

std::string Paint::wrap(std::string_view code, std::string_view text) const {
  if (!on_) return std::string(text);
  return "\033[" + std::string(code) + "m" + std::string(text) + "\033[0m";
}

std::string Paint::diff(std::string_view text) const {
  std::string out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    const bool heading = line.starts_with("+++") || line.starts_with("---");
    if (heading) {
      out += bold(line);
    } else if (line.starts_with('+')) {
      out += green(line);
    } else if (line.starts_with('-')) {
      out += red(line);
    } else {
      out += line;
    }
    if (end == std::string_view::npos) break;
    out += '\n';
    text.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace faultline::report
