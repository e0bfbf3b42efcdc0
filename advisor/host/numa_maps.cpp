// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/numa_maps.h"

#include <fmt/format.h>
#include <optional>

#include "advisor/host/text_scan.h"

namespace faultline::host {
namespace {

tl::unexpected<Error> malformed(std::string_view line) {
  return fail(ErrorKind::input, "cannot make sense of", "/proc/PID/numa_maps", std::string(line.substr(0, 80)));
}

/// What one mapping has on each node, in pages of the mapping's own size.
struct MappingNodes {
  std::string_view policy;
  std::uint64_t anonymous_pages = 0;
  std::uint64_t page_bytes = 4096;
  std::map<unsigned, std::uint64_t> pages;
};

// 2^52 pages are all of a 64-bit address space: more is no count, and would overflow as bytes.
constexpr std::uint64_t most_pages = 1ULL << 52U;
constexpr std::uint64_t most_page_kibibytes = 1ULL << 24U;

/// "N0=12". Other words may begin with N as well: only digits up to the "=" make a node.
bool take_node(std::string_view key, std::uint64_t pages, MappingNodes& line) {
  if (!key.starts_with('N')) return false;
  const auto node = to_number<unsigned>(key.substr(1));
  if (node) line.pages[*node] += pages;
  return node.has_value();
}

std::optional<MappingNodes> parse_nodes(std::string_view text) {
  MappingNodes line;
  if (!to_number(take_word(text), 16)) return std::nullopt;
  line.policy = take_word(text);
  if (line.policy.empty()) return std::nullopt;
  // A path is one word, as its blanks are escaped (seq_file_path with "\n\t= "): nothing in it poses as a count.
  for (auto word = take_word(text); !word.empty(); word = take_word(text)) {
    const std::string_view key = take_until(word, '=');
    const auto value = to_number(word);
    if (!value) continue;
    if (key == "kernelpagesize_kB") {
      if (*value == 0 || *value > most_page_kibibytes) return std::nullopt;
      line.page_bytes = *value * 1024;
    }
    if (key == "anon") line.anonymous_pages = *value;
    if (*value > most_pages && key.starts_with('N')) return std::nullopt;
    take_node(key, *value, line);
  }
  return line;
}

}  // namespace

Result<NumaMaps> parse_numa_maps(std::string_view text) {
  NumaMaps maps;
  while (!text.empty()) {
    const std::string_view whole = take_until(text, '\n');
    const auto line = parse_nodes(whole);
    if (!line) return malformed(whole);
    std::uint64_t bytes = 0;
    for (const auto& [node, pages] : line->pages) {
      maps.bytes[node] += pages * line->page_bytes;
      bytes += pages * line->page_bytes;
    }
    if (line->anonymous_pages > 0) maps.bytes_by_policy[std::string(line->policy)] += bytes;
  }
  return maps;
}

Result<NumaMaps> read_numa_maps(const Root& root, pid_t pid) {
  // As many lines as maps has, about as long.
  constexpr std::size_t cap_bytes = 64U << 20U;
  const std::string file = fmt::format("/proc/{}/numa_maps", pid);
  const auto text = root.read(file, cap_bytes);
  if (text) return parse_numa_maps(*text);
  Error error = text.error();
  if (error.kind == ErrorKind::permission) error.hint = "CAP_SYS_PTRACE, or run as the user of the process";
  if (error.kind == ErrorKind::not_found) error.kind = ErrorKind::gone;
  if (error.kind == ErrorKind::gone && root.exists(fmt::format("/proc/{}/stat", pid)) && !root.exists(file)) {
    error = {ErrorKind::unsupported, "cannot read", file, "the kernel has none", "a kernel with CONFIG_NUMA"};
  }
  return tl::unexpected(error);
}

}  // namespace faultline::host
