// SPDX-License-Identifier: Apache-2.0
#include "advisor/diagnosis/rule_loader.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fstream>
#include <system_error>

#include "advisor/diagnosis/rule_reader.h"
#include "advisor/fixes/support/fix.h"

namespace faultline::diagnosis {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_bytes = 1U << 20U;

/// At most one byte more than a policy may have: the gate then says that it is too large.
Result<std::string> read_file(const fs::path& path) {
  std::error_code error;
  // Never opens a FIFO or a device: an open would wait for ever.
  if (!fs::is_regular_file(path, error)) {
    return fail(ErrorKind::input, "the policy cannot be read", path.string(), error ? error.message() : "not a file");
  }
  std::ifstream stream(path, std::ios::binary);
  std::string text;
  std::array<char, 16384> chunk;
  while (text.size() <= largest_bytes && stream.read(chunk.data(), chunk.size()).gcount() > 0) {
    text.append(chunk.data(), static_cast<std::size_t>(stream.gcount()));
  }
  if (!stream.is_open() || stream.bad()) {
    return fail(ErrorKind::permission, "the policy cannot be read", path.string(), "it cannot be opened",
                "check who may read it");
  }
  text.resize(std::min(text.size(), largest_bytes + 1));
  return text;
}

Result<std::vector<fs::path>> policy_files(const fs::path& folder, std::vector<Error>& errors) {
  std::error_code error;
  std::vector<fs::path> files;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const fs::path& path = entry->path();
    if (path.filename().string().front() == '.') continue;
    if (path.extension() == ".yaml") files.push_back(path);
    if (path.extension() == ".yml") {
      errors.push_back(Error{ErrorKind::input, "the policy is not read", path.string(), "policies are named *.yaml",
                             "rename it, or give it another ending"});
    }
  }
  if (error) {
    const bool missing = error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory;
    return fail(missing ? ErrorKind::not_found : ErrorKind::permission, "the policy folder cannot be read",
                folder.string(), error.message(), missing ? "give a folder with --policies" : "check who may read it");
  }
  if (files.empty()) {
    return fail(ErrorKind::not_found, "there are no policies", folder.string(), "the folder holds no *.yaml file",
                "give a folder with --policies");
  }
  std::sort(files.begin(), files.end());
  return files;
}

void add_rule(RuleReading reading, Policies& policies) {
  if (!reading.errors.empty()) {
    policies.errors.insert(policies.errors.end(), reading.errors.begin(), reading.errors.end());
    return;
  }
  const auto same = std::find_if(policies.rules.begin(), policies.rules.end(),
                                 [&](const Rule& rule) { return rule.id == reading.rule.id; });
  if (same != policies.rules.end()) {
    policies.errors.push_back(Error{ErrorKind::input, "the policy is there twice", reading.rule.where,
                                    fmt::format("the rule '{}' is already in {}", reading.rule.id, same->where),
                                    "rename one of them; a folder does not replace another folder's rules"});
    return;
  }
  policies.rules.push_back(std::move(reading.rule));
}

}  // namespace

std::vector<std::string> known_fix_ids() {
  std::vector<std::string> ids;
  for (const auto& fix : all_fixes()) ids.emplace_back(fix->id());
  return ids;
}

Policies read_policies(const std::vector<fs::path>& folders, const std::vector<std::string>& known_fixes) {
  Policies policies;
  for (const auto& folder : folders) {
    auto files = policy_files(folder, policies.errors);
    if (!files) {
      policies.errors.push_back(std::move(files.error()));
      continue;
    }
    for (const auto& file : *files) {
      auto text = read_file(file);
      if (!text) {
        policies.errors.push_back(std::move(text.error()));
      } else {
        add_rule(read_rule(*text, file.string(), known_fixes), policies);
      }
    }
  }
  std::sort(policies.rules.begin(), policies.rules.end(), [](const Rule& a, const Rule& b) { return a.id < b.id; });
  return policies;
}

Result<std::vector<Rule>> load_policies(const std::vector<fs::path>& folders) {
  Policies policies = read_policies(folders, known_fix_ids());
  if (policies.errors.empty()) return std::move(policies.rules);
  Error first = std::move(policies.errors.front());
  if (policies.errors.size() > 1) {
    first.hint += fmt::format("{}{} more; `faultline policy lint DIR` shows all", first.hint.empty() ? "" : " · ",
                              policies.errors.size() - 1);
  }
  return tl::unexpected<Error>(std::move(first));
}

}  // namespace faultline::diagnosis
