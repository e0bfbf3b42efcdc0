// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/support/flags.h"

#include <cstdio>
#include <cstdlib>

namespace faultline::lab {
namespace {

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(64);
}

}  // namespace

Flags::Flags(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (!argument.starts_with("--")) give_up("not a flag: " + argument);
    const auto equals = argument.find('=');
    if (equals != std::string::npos) {
      values_[argument.substr(2, equals - 2)] = argument.substr(equals + 1);
    } else if (i + 1 < argc && !std::string(argv[i + 1]).starts_with("--")) {
      values_[argument.substr(2)] = argv[++i];
    } else {
      values_[argument.substr(2)] = "";
    }
  }
}

double Flags::number(const std::string& name, double otherwise) {
  asked_.insert(name);
  const auto it = values_.find(name);
  if (it == values_.end()) return otherwise;
  char* end = nullptr;
  const double value = std::strtod(it->second.c_str(), &end);
  if (it->second.empty() || *end != '\0' || !(value >= 0)) give_up("--" + name + " needs a number: " + it->second);
  return value;
}

std::string Flags::text(const std::string& name, const std::string& otherwise) {
  asked_.insert(name);
  const auto it = values_.find(name);
  return it == values_.end() ? otherwise : it->second;
}

bool Flags::given(const std::string& name) {
  asked_.insert(name);
  return values_.contains(name);
}

void Flags::finish() const {
  for (const auto& [name, value] : values_) {
    if (!asked_.contains(name)) give_up("unknown flag: --" + name);
  }
}

}  // namespace faultline::lab
