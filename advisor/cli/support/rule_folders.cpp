// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <filesystem>
#include <unistd.h>

#include "advisor/cli/support/pipeline.h"
#include "advisor/diagnosis/rule_loader.h"

namespace faultline::cli {
namespace {

/// Where the built-in rules are, relative to the program: installed in PREFIX/bin, or built in build/PRESET.
constexpr std::array<const char*, 2> places{"../share/faultline/policies", "../../policies"};

}  // namespace

Result<std::filesystem::path> built_in_policies() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  for (const char* place : places) {
    auto folder = (program.parent_path() / place).lexically_normal();
    if (std::filesystem::is_directory(folder, error)) return folder;
  }
  return fail(ErrorKind::not_found, "faultline's own rules are missing", program.string(),
              "neither ../share/faultline/policies nor ../../policies is there", "install it with `cmake --install`");
}

Result<std::vector<diagnosis::Rule>> load_rules(const std::vector<std::string>& extra_folders) {
  const auto own = built_in_policies();
  if (!own) return tl::unexpected(own.error());
  std::vector<std::filesystem::path> folders{*own};
  folders.insert(folders.end(), extra_folders.begin(), extra_folders.end());
  return diagnosis::load_policies(folders);
}

}  // namespace faultline::cli
