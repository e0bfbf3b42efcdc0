// SPDX-License-Identifier: Apache-2.0
#include "tests/architecture/support/source_tree.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace faultline::architecture {
namespace {

namespace fs = std::filesystem;

std::string slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// "advisor/host/support/x.cpp" belongs to advisor/host.
std::string library_of(std::string_view path) {
  const auto first = path.find('/');
  const auto second = path.find('/', first + 1);
  return std::string(path.substr(0, second));
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Where a comment or literal that starts at `at` ends, one past it; `at` when none starts there.
std::size_t end_of_inert(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  const auto past = [&](std::string_view closing, std::size_t from) {
    const auto found = text.find(closing, from);
    return found == std::string_view::npos ? text.size() : found + closing.size();
  };
  if (rest.starts_with("//")) return std::min(text.find('\n', at), text.size());
  if (rest.starts_with("/*")) return past("*/", at + 2);
  if (rest.starts_with("R\"")) {
    const auto open = text.find('(', at);
    return past(")" + std::string(text.substr(at + 2, open - at - 2)) + "\"", open);
  }
  const bool digit_separator = rest[0] == '\'' && at > 0 && is_word(text[at - 1]);
  if ((rest[0] != '"' && rest[0] != '\'') || digit_separator) return at;
  for (std::size_t end = at + 1; end < text.size(); ++end) {
    if (text[end] == '\\') {
      ++end;
    } else if (text[end] == rest[0]) {
      return end + 1;
    }
  }
  return text.size();
}

}  // namespace

std::string code_of(std::string_view text) {
  std::string code(text);
  for (std::size_t at = 0; at < text.size();) {
    const auto end = end_of_inert(text, at);
    for (std::size_t i = at; i < end; ++i) {
      if (code[i] != '\n') code[i] = ' ';
    }
    at = std::max(end, at + 1);
  }
  return code;
}

std::vector<SourceFile> sources_below(const std::vector<std::string>& folders) {
  const fs::path top = FAULTLINE_SOURCE_DIR;
  std::vector<SourceFile> files;
  for (const std::string& folder : folders) {
    for (const auto& entry : fs::recursive_directory_iterator(top / folder)) {
      const auto suffix = entry.path().extension();
      if (suffix != ".cpp" && suffix != ".h") continue;
      std::string path = entry.path().lexically_relative(top).string();
      std::string text = slurp(entry.path());
      std::string code = code_of(text);
      files.push_back({path, library_of(path), std::move(text), std::move(code)});
    }
  }
  std::sort(files.begin(), files.end(), [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return files;
}

std::vector<Include> includes_of(const SourceFile& file) {
  std::vector<Include> includes;
  std::size_t line = 0;
  std::string_view rest = file.text;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const std::string_view one = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++line;
    constexpr std::string_view directive = "#include ";
    if (!one.starts_with(directive)) continue;
    const char open = one[directive.size()];
    const auto close = one.find(open == '<' ? '>' : '"', directive.size() + 1);
    includes.push_back(
        {std::string(one.substr(directive.size() + 1, close - directive.size() - 1)), open == '"', line});
  }
  return includes;
}

std::vector<std::string> places_of(const SourceFile& file, const std::function<bool(const Word&)>& is_meant) {
  std::vector<std::string> places;
  const std::string_view code = file.code;
  std::size_t line = 1;
  for (std::size_t at = 0; at < code.size();) {
    if (code[at] == '\n') ++line;
    if (!is_word(code[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < code.size() && is_word(code[end])) ++end;
    if (is_meant({code.substr(at, end - at), code.substr(0, at), code.substr(end)})) {
      places.push_back(file.path + ":" + std::to_string(line) + ": " + std::string(code.substr(at, end - at)));
    }
    at = end;
  }
  return places;
}

}  // namespace faultline::architecture
