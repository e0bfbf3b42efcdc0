// SPDX-License-Identifier: Apache-2.0
#include "advisor/diagnosis/wording.h"

#include "advisor/facts/catalogue.h"

namespace faultline::diagnosis {

std::string interpolate(std::string_view text, const FactSet& facts) {
  std::string result;
  while (!text.empty()) {
    const std::size_t open = text.find('{');
    result += text.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = text.find('}', open);
    const std::string_view name =
        close == std::string_view::npos ? std::string_view() : text.substr(open + 1, close - open - 1);
    if (facts::find(name) == nullptr) {
      result += '{';
      text.remove_prefix(open + 1);
      continue;
    }
    result += fact_words(facts, name);
    text.remove_prefix(close + 1);
  }
  return result;
}

}  // namespace faultline::diagnosis
