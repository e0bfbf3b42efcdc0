// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace faultline::facts {

enum class Kind { number, flag, text };

/// One row of the catalogue: what a fact is called, in which unit it comes and what it says.
struct Spec {
  std::string_view name;
  Kind kind;
  std::string_view
      unit;  ///< "1/s", "count", "share" (0 to 1), "s", "bytes", "pages", "cores", "ns"; "" for flags and texts
  std::string_view rung;
  std::string_view meaning;
  std::string_view source;
};

/// All facts that faultline knows, sorted by name. The only such list.
std::span<const Spec> catalogue();

/// The row of a name, or nullptr.
const Spec* find(std::string_view name);

}  // namespace faultline::facts
