// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/kernel_symbols.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <iterator>
#include <optional>
#include <unistd.h>
#include <utility>

#include "advisor/host/text_scan.h"

namespace faultline::host {
namespace {

// The kernel's own text ends somewhere after its last function; an address this far past one is in no function.
constexpr std::uint64_t longest_function_bytes = 1U << 20U;

bool is_function(char type) { return type == 't' || type == 'T' || type == 'w' || type == 'W'; }

/// Neither code of their own: padding before a function (CONFIG_CALL_PADDING), call thunks' keys, assembler labels.
bool is_no_function(std::string_view name) {
  return name.starts_with("__pfx_") || name.starts_with("__SCT__") || name.starts_with(".L");
}

std::string_view without_suffix(std::string_view name) { return name.substr(0, name.find('.')); }

}  // namespace

void KernelSymbols::add_line(std::string_view line) {
  const auto address = to_number(take_until(line, ' '), 16);
  const std::string_view type = take_until(line, ' ');
  const std::string_view name = take_until(line, '\t');
  if (!address || type.size() != 1 || !is_function(type[0]) || is_no_function(name)) return;
  const std::string_view plain = without_suffix(name);
  symbols_.push_back({*address, static_cast<std::uint32_t>(names_.size()), static_cast<std::uint32_t>(plain.size())});
  names_ += plain;
}

Result<KernelSymbols> KernelSymbols::finished() && {
  std::stable_sort(symbols_.begin(), symbols_.end(),
                   [](const Symbol& a, const Symbol& b) { return a.address < b.address; });
  if (symbols_.empty()) {
    return fail(ErrorKind::not_found, "cannot name kernel functions", "/proc/kallsyms", "it lists none",
                "a kernel with CONFIG_KALLSYMS");
  }
  if (symbols_.back().address == 0) {
    return fail(ErrorKind::permission, "cannot name kernel functions", "/proc/kallsyms",
                "kernel.kptr_restrict hides its addresses",
                "run as root or with CAP_SYSLOG, or "
                "sysctl kernel.kptr_restrict=0");
  }
  return std::move(*this);
}

Result<KernelSymbols> KernelSymbols::read(const Root& root) {
  const auto file = root.open_path("/proc/kallsyms", O_RDONLY);
  if (!file) return tl::unexpected(file.error());
  KernelSymbols symbols;
  std::array<char, 65536> chunk{};
  std::size_t kept = 0;  // the start of a line whose end is not read yet
  for (;;) {
    const ssize_t got = ::read(file->get(), chunk.data() + kept, chunk.size() - kept);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ErrorKind::io, "cannot name kernel functions", "/proc/kallsyms", std::strerror(errno));
    if (got == 0) break;
    std::string_view text(chunk.data(), kept + static_cast<std::size_t>(got));
    for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
      symbols.add_line(text.substr(0, end));
      text.remove_prefix(end + 1);
    }
    kept = text.size() < chunk.size() ? text.size() : 0;
    std::memmove(chunk.data(), text.data(), kept);
  }
  return std::move(symbols).finished();
}

Result<KernelSymbols> KernelSymbols::open(const Root& root) {
  auto namer = KernelNamer::open();
  if (!namer) return read(root);
  KernelSymbols symbols;
  symbols.namer_.emplace(std::move(*namer));
  return symbols;
}

Result<void> KernelSymbols::learn(const std::vector<std::uint64_t>& addresses) {
  if (!namer_) return {};
  std::vector<std::uint64_t> unknown;
  std::copy_if(addresses.begin(), addresses.end(), std::back_inserter(unknown),
               [&](std::uint64_t address) { return find_learnt(address) == nullptr; });
  if (unknown.empty()) return {};
  std::sort(unknown.begin(), unknown.end());
  unknown.erase(std::unique(unknown.begin(), unknown.end()), unknown.end());
  const auto functions = namer_->functions(unknown);
  if (!functions) return tl::unexpected(functions.error());
  if (functions->empty() && learnt_.empty()) {
    return fail(ErrorKind::not_found, "cannot name kernel functions", "bpf", "the kernel names none");
  }
  for (const KernelFunction& function : *functions) {
    const std::string_view name = is_no_function(function.name) ? "" : without_suffix(function.name);
    learnt_.insert_or_assign(function.start, Learnt{function.end, std::string(name)});
  }
  return {};
}

const KernelSymbols::Learnt* KernelSymbols::find_learnt(std::uint64_t address) const {
  const auto after = learnt_.upper_bound(address);
  if (after == learnt_.begin()) return nullptr;
  const Learnt& function = std::prev(after)->second;
  return address < function.end ? &function : nullptr;
}

Result<KernelSymbols> KernelSymbols::parse(std::string_view text) {
  KernelSymbols symbols;
  while (!text.empty()) symbols.add_line(take_until(text, '\n'));
  return std::move(symbols).finished();
}

std::string_view KernelSymbols::name_of(std::uint64_t address) const {
  if (namer_) {
    const Learnt* const function = find_learnt(address);
    return function == nullptr ? std::string_view() : std::string_view(function->name);
  }
  const auto after = std::upper_bound(symbols_.begin(), symbols_.end(), address,
                                      [](std::uint64_t key, const Symbol& symbol) { return key < symbol.address; });
  if (after == symbols_.begin()) return {};
  const Symbol& symbol = *std::prev(after);
  if (address - symbol.address > longest_function_bytes) return {};
  return std::string_view(names_).substr(symbol.name_at, symbol.name_bytes);
}

}  // namespace faultline::host
