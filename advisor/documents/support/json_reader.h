// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "advisor/model/result.h"

namespace faultline::documents {

/// Reads the members of one JSON object by name and type. A member that is absent or null leaves the value as it is;
/// one of a wrong type is noted with its JSON path, the first one only. Unknown members are ignored.
class JsonReader {
 public:
  JsonReader(const nlohmann::json& object, std::string path, std::optional<Error>& error);

  void read(const char* key, std::string& out);
  void read(const char* key, double& out);
  void read(const char* key, bool& out);
  void read(const char* key, std::int32_t& out);
  void read(const char* key, unsigned& out);
  void read(const char* key, std::uint64_t& out);
  void read(const char* key, std::map<std::string, std::string>& out);
  void read(const char* key, std::vector<std::string>& out);
  template <class T>
  void read(const char* key, std::optional<T>& out) {
    T value{};
    if (member(key) == nullptr) return;
    read(key, value);
    out = std::move(value);
  }
  /// Numbers, or null for a slice that is unknown.
  void read_slices(const char* key, std::vector<std::optional<double>>& out);

  /// A member that is an object; nothing when absent.
  std::optional<JsonReader> object(const char* key);
  /// The objects of an array member.
  std::vector<JsonReader> objects(const char* key);
  /// A member that is there and not null, or nullptr.
  [[nodiscard]] const nlohmann::json* member(const char* key) const;
  [[nodiscard]] const nlohmann::json& node() const { return *object_; }
  [[nodiscard]] std::string path_of(const std::string& key) const;
  void note(const std::string& path, std::string why);
  void expected(const std::string& path, const char* expectation, const nlohmann::json& got);

 private:
  template <class T>
  void read_whole(const char* key, T& out);
  const nlohmann::json* object_;
  std::string path_;
  std::optional<Error>* error_;
};

}  // namespace faultline::documents
