// SPDX-License-Identifier: Apache-2.0
#include "appliers/plan/unified_diff.h"

#include <algorithm>
#include <cstddef>
#include <fmt/format.h>
#include <span>
#include <vector>

namespace faultline::plan {
namespace {

using Line = std::string_view;  ///< with its newline; the last one of a text may have none
using Lines = std::span<const Line>;

struct Edit {
  char tag = ' ';  ///< ' ' kept, '-' removed, '+' added
  Line line;
};
using Edits = std::vector<Edit>;

constexpr std::ptrdiff_t context_lines = 3;
// The search keeps a trace of the square of this many numbers: 9 MiB.
constexpr std::ptrdiff_t most_differences = 1500;

std::vector<Line> lines_of(Line text) {
  std::vector<Line> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto length = end == Line::npos ? text.size() : end + 1;
    lines.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return lines;
}

void append(Edits& edits, char tag, Lines lines) {
  for (const Line line : lines) edits.push_back({tag, line});
}

/// The greedy search of Myers, "An O(ND) difference algorithm and its variations" (1986): for each number d of edits
/// how far along `before` each diagonal k gets. trace[d][k + d] is x on diagonal k, where k = x - y.
class ShortestEdits {
 public:
  ShortestEdits(Lines before, Lines after) : before_(before), after_(after) {}

  /// Nothing where it takes more than `most_differences` edits.
  std::optional<Edits> find() {
    const std::ptrdiff_t most = std::min(most_differences, before_size() + after_size());
    for (std::ptrdiff_t d = 0; d <= most; ++d) {
      if (extend(d)) return walk_back(d);
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] std::ptrdiff_t before_size() const { return static_cast<std::ptrdiff_t>(before_.size()); }
  [[nodiscard]] std::ptrdiff_t after_size() const { return static_cast<std::ptrdiff_t>(after_.size()); }
  [[nodiscard]] std::ptrdiff_t reached(std::ptrdiff_t d, std::ptrdiff_t k) const {
    return trace_[static_cast<std::size_t>(d)][static_cast<std::size_t>(k + d)];
  }
  [[nodiscard]] bool same(std::ptrdiff_t x, std::ptrdiff_t y) const {
    return before_[static_cast<std::size_t>(x)] == after_[static_cast<std::size_t>(y)];
  }
  /// Whether diagonal k is best reached with d edits by adding a line (from k + 1) or removing one (from k - 1).
  [[nodiscard]] bool adds(std::ptrdiff_t d, std::ptrdiff_t k) const {
    return k == -d || (k != d && reached(d - 1, k - 1) < reached(d - 1, k + 1));
  }

  bool extend(std::ptrdiff_t d) {
    std::vector<std::ptrdiff_t> furthest(static_cast<std::size_t>(2 * d + 1), 0);
    bool done = false;
    for (std::ptrdiff_t k = -d; k <= d && !done; k += 2) {
      std::ptrdiff_t x = 0;
      if (d > 0) x = adds(d, k) ? reached(d - 1, k + 1) : reached(d - 1, k - 1) + 1;
      while (x < before_size() && x - k < after_size() && same(x, x - k)) ++x;
      furthest[static_cast<std::size_t>(k + d)] = x;
      done = x >= before_size() && x - k >= after_size();
    }
    trace_.push_back(std::move(furthest));
    return done;
  }

  [[nodiscard]] Edits walk_back(std::ptrdiff_t d) const {
    Edits edits;
    std::ptrdiff_t x = before_size();
    std::ptrdiff_t y = after_size();
    const auto keep_down_to = [&](std::ptrdiff_t least_x, std::ptrdiff_t least_y) {
      while (x > least_x && y > least_y) {
        edits.push_back({' ', before_[static_cast<std::size_t>(--x)]});
        --y;
      }
    };
    for (; d > 0; --d) {
      const std::ptrdiff_t k = x - y;
      const bool added = adds(d, k);
      const std::ptrdiff_t from_k = added ? k + 1 : k - 1;
      const std::ptrdiff_t from_x = reached(d - 1, from_k);
      keep_down_to(from_x, from_x - from_k);
      if (added) {
        edits.push_back({'+', after_[static_cast<std::size_t>(--y)]});
      } else {
        edits.push_back({'-', before_[static_cast<std::size_t>(--x)]});
      }
    }
    keep_down_to(0, 0);
    std::reverse(edits.begin(), edits.end());
    return edits;
  }

  Lines before_;
  Lines after_;
  std::vector<std::vector<std::ptrdiff_t>> trace_;
};

Edits edits_of(Lines before, Lines after) {
  const auto common = [](Lines a, Lines b) {
    return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
  };
  Edits edits;
  const std::size_t head = common(before, after);
  append(edits, ' ', before.first(head));
  before = before.subspan(head);
  after = after.subspan(head);
  std::size_t tail = 0;
  while (tail < std::min(before.size(), after.size()) &&
         before[before.size() - 1 - tail] == after[after.size() - 1 - tail]) {
    ++tail;
  }
  const Lines kept = before.last(tail);
  before = before.first(before.size() - tail);
  after = after.first(after.size() - tail);
  if (const auto shortest = ShortestEdits(before, after).find()) {
    edits.insert(edits.end(), shortest->begin(), shortest->end());
  } else {
    append(edits, '-', before);
    append(edits, '+', after);
  }
  append(edits, ' ', kept);
  return edits;
}

/// "start,count" as unified diffs have it: the line before an empty range, no count for a single line.
std::string range(std::size_t lines_before, std::size_t count) {
  if (count == 1) return fmt::format("{}", lines_before + 1);
  return fmt::format("{},{}", count == 0 ? lines_before : lines_before + 1, count);
}

std::string hunk(std::span<const Edit> edits, std::size_t old_lines_before, std::size_t new_lines_before) {
  const auto count = [&](char absent) {
    return static_cast<std::size_t>(
        std::count_if(edits.begin(), edits.end(), [&](const Edit& edit) { return edit.tag != absent; }));
  };
  std::string text =
      fmt::format("@@ -{} +{} @@\n", range(old_lines_before, count('+')), range(new_lines_before, count('-')));
  for (const Edit& edit : edits) {
    text += edit.tag;
    text += edit.line;
    if (!edit.line.ends_with('\n')) text += "\n\\ No newline at end of file\n";
  }
  return text;
}

/// The end of the hunk that starts at a change: where more than twice the context follows without another one.
std::size_t hunk_end(const Edits& edits, std::size_t first_change) {
  std::size_t last_change = first_change;
  for (std::size_t i = first_change; i < edits.size() && i - last_change <= 2 * context_lines + 1; ++i) {
    if (edits[i].tag != ' ') last_change = i;
  }
  return std::min(edits.size(), last_change + 1 + context_lines);
}

std::string hunks(const Edits& edits) {
  std::string text;
  std::size_t old_lines = 0;
  std::size_t new_lines = 0;
  std::size_t at = 0;
  const auto pass_to = [&](std::size_t end) {
    for (; at < end; ++at) {
      old_lines += edits[at].tag != '+' ? 1 : 0;
      new_lines += edits[at].tag != '-' ? 1 : 0;
    }
  };
  for (std::size_t i = 0; i < edits.size();) {
    if (edits[i].tag == ' ') {
      ++i;
      continue;
    }
    pass_to(std::max(at, i - std::min<std::size_t>(i, context_lines)));
    const std::size_t end = hunk_end(edits, i);
    text += hunk(std::span(edits).subspan(at, end - at), old_lines, new_lines);
    pass_to(end);
    i = end;
  }
  return text;
}

}  // namespace

std::string unified_diff(const std::optional<std::string>& before, const std::optional<std::string>& after,
                         std::string_view path) {
  if (before == after) return {};
  const auto old_lines = lines_of(before ? Line(*before) : Line());
  const auto new_lines = lines_of(after ? Line(*after) : Line());
  const auto name = [&](bool exists) { return exists ? path : std::string_view("/dev/null"); };
  return fmt::format("--- {}\n+++ {}\n", name(before.has_value()), name(after.has_value())) +
         hunks(edits_of(old_lines, new_lines));
}

}  // namespace faultline::plan
