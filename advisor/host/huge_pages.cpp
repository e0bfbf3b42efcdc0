// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/huge_pages.h"

#include <fmt/format.h>

#include "advisor/host/memory_folder.h"
#include "advisor/host/text_scan.h"

namespace faultline::host {

Result<std::string> read_thp_setting(const Root& root, std::string_view name) {
  const std::string path = fmt::format("/sys/kernel/mm/transparent_hugepage/{}", name);
  const auto text = root.read(path);
  if (!text) return tl::unexpected(text.error());
  auto word = chosen_word(*text);
  if (!word) return fail(ErrorKind::input, "cannot make sense of", path, "no word in brackets");
  return *word;
}

std::optional<std::string> chosen_word(std::string_view text) {
  const auto open = text.find('[');
  const auto close = text.find(']', open == std::string_view::npos ? 0 : open);
  if (open == std::string_view::npos || close == std::string_view::npos) return std::nullopt;
  const std::string_view word = text.substr(open + 1, close - open - 1);
  const bool is_word =
      !word.empty() && word.find_first_not_of("abcdefghijklmnopqrstuvwxyz+_") == std::string_view::npos;
  return is_word ? std::optional<std::string>(word) : std::nullopt;
}

Result<bool> read_thp_allowed(const Root& root, pid_t pid) {
  const std::string path = memory_folder(root, pid) + "/status";
  const auto text = root.read(path);
  if (!text) return tl::unexpected(text.error());
  const auto allowed = keyed_number(*text, "THP_enabled:");
  if (!allowed) return fail(ErrorKind::unsupported, "cannot read", path, "no THP_enabled in it", "Linux 5.0 or later");
  return *allowed != 0;
}

Result<HugePageCounts> read_huge_page_counts(const Root& root) {
  const auto text = root.read("/proc/vmstat");
  if (!text) return tl::unexpected(text.error());
  const auto stalls = keyed_number(*text, "compact_stall");
  const auto faults = keyed_number(*text, "thp_fault_alloc");
  const auto fallbacks = keyed_number(*text, "thp_fault_fallback");
  if (!stalls || !faults || !fallbacks) {
    return fail(ErrorKind::unsupported, "cannot read", "/proc/vmstat", "no counts of huge pages in it",
                "a kernel with CONFIG_TRANSPARENT_HUGEPAGE and CONFIG_VM_EVENT_COUNTERS");
  }
  return HugePageCounts{*stalls, *faults, *fallbacks};
}

}  // namespace faultline::host
