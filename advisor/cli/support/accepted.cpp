// SPDX-License-Identifier: Apache-2.0
#include "advisor/cli/support/accepted.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>

#include "advisor/cli/support/text_file.h"

namespace faultline::cli {

Result<std::set<std::string>> read_accepted(const std::string& path) {
  std::set<std::string> ids;
  if (path.empty()) return ids;
  const auto text = read_text_file(path, 1U << 20U);
  if (!text) return tl::unexpected(text.error());
  std::size_t number = 0;
  std::size_t at = 0;
  while (at < text->size()) {
    const std::size_t end = std::min(text->find('\n', at), text->size());
    std::string line = text->substr(at, end - at);
    at = end + 1;
    ++number;
    line.erase(std::min(line.find('#'), line.size()));
    std::erase_if(line, [](unsigned char c) { return std::isspace(c) != 0; });
    if (line.empty()) continue;
    const bool is_id = std::all_of(line.begin(), line.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
    if (!is_id) {
      return fail(ErrorKind::input, "not a finding id", fmt::format("{}:{}", path, number), line,
                  "one id of a finding a line, as `audit --format json` shows them");
    }
    ids.insert(line);
  }
  return ids;
}

}  // namespace faultline::cli
