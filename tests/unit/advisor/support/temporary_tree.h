// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "advisor/host/root.h"

namespace faultline::test {

/// A folder that stands for a machine's "/", gone with its object.
class TemporaryTree {
 public:
  TemporaryTree() {
    std::string name = (std::filesystem::temp_directory_path() / "faultline_tree_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TemporaryTree() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryTree(const TemporaryTree&) = delete;
  TemporaryTree& operator=(const TemporaryTree&) = delete;

  /// Writes a file, with the folders above it; returns where it really is.
  std::string write(std::string_view inside, std::string_view text) const {
    const std::string path = real(inside);
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  [[nodiscard]] std::string real(std::string_view inside) const { return path_ + std::string(inside); }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] host::Root root() const { return *host::Root::open(path_); }

 private:
  std::string path_;
};

}  // namespace faultline::test
