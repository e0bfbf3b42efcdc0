// SPDX-License-Identifier: Apache-2.0
#include "appliers/systemd/merge.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <vector>

#include "advisor/model/text.h"

namespace faultline::systemd {
namespace {

// Libraries of allocators: the first definition of malloc wins, so two of them are one too many.
constexpr std::array<std::string_view, 6> allocator_libraries{"libjemalloc",  "libtcmalloc", "libmimalloc",
                                                              "libtbbmalloc", "libsnmalloc", "libhoard"};

tl::unexpected<Error> refuse(std::string_view variable, std::string_view existing, const std::string& why) {
  return fail(ErrorKind::refused, "cannot merge a list",
              fmt::format("{}={}", variable, visible(existing.substr(0, 200))), why);
}

/// The parts between separators that are not empty.
std::vector<std::string_view> parts_of(std::string_view list, std::string_view separators) {
  std::vector<std::string_view> parts;
  while (!list.empty()) {
    const auto end = list.find_first_of(separators);
    if (end != 0) parts.push_back(list.substr(0, end));
    list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
  }
  return parts;
}

bool is_tunable(std::string_view part) {
  const auto equals = part.find('=');
  return equals != std::string_view::npos && equals > 0 && equals + 1 < part.size() &&
         part.find('=', equals + 1) == std::string_view::npos && part.find_first_of(" \t") == std::string_view::npos;
}

/// glibc 2.39 and later drop the whole list for one part that is not NAME=VALUE (elf/dl-tunables.c,
/// parse_tunables_string); earlier ones skip the part. An empty part, from a colon too many, is left out.
Result<std::string> merged_tunables(std::string_view existing, std::string_view wanted) {
  const auto name_of = [](std::string_view part) { return part.substr(0, part.find('=')); };
  std::vector<std::string_view> parts = parts_of(existing, ":");
  const std::vector<std::string_view> added = parts_of(wanted, ":");
  if (!std::all_of(parts.begin(), parts.end(), is_tunable) || !std::all_of(added.begin(), added.end(), is_tunable)) {
    return refuse("GLIBC_TUNABLES", existing, "a part of it is not NAME=VALUE, and glibc 2.39 drops such a list whole");
  }
  for (const auto part : added) {
    const auto same = std::find_if(parts.begin(), parts.end(), [&](auto one) { return name_of(one) == name_of(part); });
    if (same == parts.end()) {
      parts.push_back(part);
    } else {
      *same = part;
    }
  }
  return fmt::format("{}", fmt::join(parts, ":"));
}

bool is_allocator(std::string_view library) {
  const std::string_view name = library.substr(library.rfind('/') + 1);
  return std::any_of(allocator_libraries.begin(), allocator_libraries.end(),
                     [&](std::string_view start) { return name.starts_with(start); });
}

/// What is there stays in front: it was chosen to be found first (ld.so(8)).
Result<std::string> merged_preload(std::string_view existing, std::string_view wanted) {
  std::vector<std::string_view> libraries = parts_of(existing, " :");
  for (const auto library : parts_of(wanted, " :")) {
    if (std::find(libraries.begin(), libraries.end(), library) != libraries.end()) continue;
    const auto other = std::find_if(libraries.begin(), libraries.end(), is_allocator);
    if (is_allocator(library) && other != libraries.end()) {
      return refuse("LD_PRELOAD", existing, "another allocator is preloaded already");
    }
    libraries.push_back(library);
  }
  return fmt::format("{}", fmt::join(libraries, ":"));
}

}  // namespace

Result<std::string> merged_value(std::string_view variable, const std::optional<std::string>& existing,
                                 std::string_view wanted) {
  if (variable == "GLIBC_TUNABLES") return merged_tunables(existing.value_or(""), wanted);
  if (variable == "LD_PRELOAD") return merged_preload(existing.value_or(""), wanted);
  return std::string(wanted);
}

}  // namespace faultline::systemd
