// SPDX-License-Identifier: Apache-2.0
#include "advisor/model/unit_name.h"

#include <algorithm>

#include "advisor/model/text.h"

namespace faultline {
namespace {

bool is_allowed(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view(":-_.\\@").find(c) != std::string_view::npos;
}

}  // namespace

Result<void> check_unit_name(std::string_view name) {
  const auto bad = [&](const std::string& why) {
    return fail(ErrorKind::usage, "not a unit name", std::string(name.substr(0, 300)), why,
                "a unit name is like rewards.service or worker@3.service; paths are escaped by systemd-escape(1)");
  };
  if (name.empty()) return bad("it is empty");
  if (name.size() > 255) return bad("it is longer than 255 bytes");
  const auto* const wrong = std::find_if_not(name.begin(), name.end(), is_allowed);
  if (wrong != name.end()) {
    return bad("'" + visible(std::string_view(wrong, 1)) + "' is not allowed in one");
  }
  if (name.find("..") != std::string_view::npos) return bad("'..' is not allowed in one");
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos || dot + 1 == name.size() || dot == 0)
    return bad("it has no suffix such as .service");
  return {};
}

}  // namespace faultline
