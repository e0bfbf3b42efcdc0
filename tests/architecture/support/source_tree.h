// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace faultline::architecture {

struct SourceFile {
  std::string path;    ///< from the top of the repository: "advisor/host/proc.cpp"
  std::string folder;  ///< the library it belongs to: "advisor/host" of advisor/host/support/x.cpp too
  std::string text;
  std::string code;  ///< the text with comments and the insides of literals blanked: same lines, same length
};

struct Include {
  std::string name;  ///< "advisor/host/fd.h" or "sys/stat.h"
  bool quoted = false;
  std::size_t line = 0;
};

/// All C++ files below these folders of the repository, sorted by path.
std::vector<SourceFile> sources_below(const std::vector<std::string>& folders);

std::vector<Include> includes_of(const SourceFile& file);

/// Blanks comments and the insides of string and character literals, raw ones too; lines stay where they are.
std::string code_of(std::string_view text);

/// "path:line" of each place where a word is used that `is_meant` accepts: `before` is the code up to the word,
/// `after` what follows it on.
struct Word {
  std::string_view text, before, after;
};
std::vector<std::string> places_of(const SourceFile& file, const std::function<bool(const Word&)>& is_meant);

}  // namespace faultline::architecture
