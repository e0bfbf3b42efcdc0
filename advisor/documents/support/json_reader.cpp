// SPDX-License-Identifier: Apache-2.0
#include "advisor/documents/support/json_reader.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace faultline::documents {
namespace {

using nlohmann::json;

bool is_plain(const std::string& key) {
  return !key.empty() &&
         std::all_of(key.begin(), key.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

/// The whole number in a JSON number, when it fits T. 2.0 is whole.
template <class T>
std::optional<T> whole(const json& node) {
  if (node.is_number_unsigned()) {
    const auto value = node.get<std::uint64_t>();
    if (value <= static_cast<std::uint64_t>(std::numeric_limits<T>::max())) return static_cast<T>(value);
  } else if (node.is_number_integer()) {
    const auto value = node.get<std::int64_t>();
    if (value >= static_cast<std::int64_t>(std::numeric_limits<T>::min())) return static_cast<T>(value);
  } else if (node.is_number_float()) {
    constexpr double exact = 9007199254740992.0;  // 2^53: whole numbers are exact up to here
    const double value = node.get<double>();
    const double least = std::max(-exact, static_cast<double>(std::numeric_limits<T>::min()));
    const double most = std::min(exact, static_cast<double>(std::numeric_limits<T>::max()));
    if (value == std::floor(value) && value >= least && value <= most) return static_cast<T>(value);
  }
  return std::nullopt;
}

}  // namespace

JsonReader::JsonReader(const json& object, std::string path, std::optional<Error>& error)
    : object_(&object), path_(std::move(path)), error_(&error) {}

const json* JsonReader::member(const char* key) const {
  const auto it = object_->find(key);
  return it == object_->end() || it->is_null() ? nullptr : &*it;
}

std::string JsonReader::path_of(const std::string& key) const {
  return is_plain(key) ? fmt::format("{}.{}", path_, key) : fmt::format("{}[{}]", path_, json(key).dump());
}

void JsonReader::note(const std::string& path, std::string why) {
  if (*error_) return;
  *error_ = Error{ErrorKind::input, "the document cannot be used", path, std::move(why), {}};
}

void JsonReader::expected(const std::string& path, const char* expectation, const json& got) {
  note(path, fmt::format("{} is expected and {} is there", expectation, got.type_name()));
}

void JsonReader::read(const char* key, std::string& out) {
  const json* node = member(key);
  if (node == nullptr) return;
  if (!node->is_string()) return expected(path_of(key), "a text", *node);
  out = node->get<std::string>();
}

void JsonReader::read(const char* key, double& out) {
  const json* node = member(key);
  if (node == nullptr) return;
  if (!node->is_number()) return expected(path_of(key), "a number", *node);
  out = node->get<double>();
}

void JsonReader::read(const char* key, bool& out) {
  const json* node = member(key);
  if (node == nullptr) return;
  if (!node->is_boolean()) return expected(path_of(key), "true or false", *node);
  out = node->get<bool>();
}

template <class T>
void JsonReader::read_whole(const char* key, T& out) {
  const json* node = member(key);
  if (node == nullptr) return;
  if (const auto value = whole<T>(*node)) {
    out = *value;
  } else if (node->is_number()) {
    note(path_of(key), fmt::format("a whole number from {} to {} is expected", std::numeric_limits<T>::min(),
                                   std::numeric_limits<T>::max()));
  } else {
    expected(path_of(key), "a whole number", *node);
  }
}

void JsonReader::read(const char* key, std::int32_t& out) { read_whole(key, out); }
void JsonReader::read(const char* key, unsigned& out) { read_whole(key, out); }
void JsonReader::read(const char* key, std::uint64_t& out) { read_whole(key, out); }

void JsonReader::read(const char* key, std::map<std::string, std::string>& out) {
  const auto part = object(key);
  if (!part) return;
  for (const auto& [name, value] : part->node().items()) {
    if (!value.is_string()) return expected(part->path_of(name), "a text", value);
    out[name] = value.get<std::string>();
  }
}

void JsonReader::read(const char* key, std::vector<std::string>& out) {
  const json* node = member(key);
  if (node == nullptr) return;
  if (!node->is_array()) return expected(path_of(key), "an array", *node);
  for (std::size_t i = 0; i < node->size(); ++i) {
    const json& item = (*node)[i];
    if (!item.is_string()) return expected(fmt::format("{}[{}]", path_of(key), i), "a text", item);
    out.push_back(item.get<std::string>());
  }
}

void JsonReader::read_slices(const char* key, std::vector<std::optional<double>>& out) {
  const json* node = member(key);
  if (node == nullptr) return;
  if (!node->is_array()) return expected(path_of(key), "an array", *node);
  for (std::size_t i = 0; i < node->size(); ++i) {
    const json& item = (*node)[i];
    if (!item.is_null() && !item.is_number()) {
      return expected(fmt::format("{}[{}]", path_of(key), i), "a number or null", item);
    }
    out.push_back(item.is_null() ? std::nullopt : std::optional(item.get<double>()));
  }
}

std::optional<JsonReader> JsonReader::object(const char* key) {
  const json* node = member(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is_object()) {
    expected(path_of(key), "an object", *node);
    return std::nullopt;
  }
  return JsonReader(*node, path_of(key), *error_);
}

std::vector<JsonReader> JsonReader::objects(const char* key) {
  std::vector<JsonReader> result;
  const json* node = member(key);
  if (node == nullptr) return result;
  if (!node->is_array()) {
    expected(path_of(key), "an array", *node);
    return result;
  }
  for (std::size_t i = 0; i < node->size(); ++i) {
    const std::string path = fmt::format("{}[{}]", path_of(key), i);
    if (!(*node)[i].is_object()) {
      expected(path, "an object", (*node)[i]);
      return {};
    }
    result.emplace_back((*node)[i], path, *error_);
  }
  return result;
}

}  // namespace faultline::documents
