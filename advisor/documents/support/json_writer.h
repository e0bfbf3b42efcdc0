// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "advisor/model/fact.h"
#include "advisor/model/snapshot.h"

namespace faultline::documents {

/// Members in the order they are written, so that a document starts with what it is.
using Json = nlohmann::ordered_json;

/// The text with every byte that is not UTF-8 replaced by U+FFFD. Keys need it as much as values: two of them may
/// become one.
std::string utf8(std::string_view text);

Json json_of(std::string_view text);
Json json_of(const std::vector<std::string>& texts);
Json json_of(const std::map<std::string, std::string>& map);
/// null for nothing, and for a number that JSON cannot hold.
Json json_of(std::optional<double> number);
Json json_of(const FactValue& value);

Json json_of(const Host& host);
Json json_of(const Process& process);
Json json_of(const Unit& unit);
Json json_of(const Window& window);
Json json_of(const FactSet& facts, const Window& window);

/// Indented text with a newline at its end.
std::string dump(const Json& document);

}  // namespace faultline::documents
