// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/tlb_size.h"

#include <algorithm>
#include <vector>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace faultline::host {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t intel_leaf = 0x18;
constexpr std::uint32_t amd_leaf = 0x80000006;
// Documented parts have some ten subleaves; a hypervisor may answer anything.
constexpr std::uint32_t most_subleaves = 64;

std::optional<CpuidAnswer> ask(std::uint32_t leaf, std::uint32_t subleaf) {
  CpuidAnswer answer;
  if (__get_cpuid_count(leaf, subleaf, &answer.eax, &answer.ebx, &answer.ecx, &answer.edx) == 0) return std::nullopt;
  return answer;
}

std::vector<CpuidAnswer> subleaves_of(std::uint32_t leaf) {
  std::vector<CpuidAnswer> answers;
  const auto first = ask(leaf, 0);
  if (!first) return answers;
  answers.push_back(*first);
  const std::uint32_t last = std::min(first->eax, most_subleaves);  // eax of subleaf 0: the highest subleaf
  for (std::uint32_t subleaf = 1; subleaf <= last; ++subleaf) {
    if (const auto answer = ask(leaf, subleaf)) answers.push_back(*answer);
  }
  return answers;
}
#endif

constexpr std::uint32_t bits(std::uint32_t word, unsigned low, unsigned count) {
  return (word >> low) & ((1U << count) - 1U);
}

}  // namespace

std::optional<unsigned> second_level_dtlb_entries() {
#if defined(__x86_64__)
  if (const auto intel = entries_of_leaf_18(subleaves_of(intel_leaf))) return intel;
  if (const auto answer = ask(amd_leaf, 0)) return entries_of_leaf_80000006(*answer);
#endif
  return std::nullopt;
}

std::optional<unsigned> entries_of_leaf_18(std::span<const CpuidAnswer> subleaves) {
  constexpr std::uint32_t data = 1, unified = 3, load_only = 4;
  constexpr std::uint32_t second_level = 2;
  unsigned most = 0;
  for (const CpuidAnswer& one : subleaves) {
    const std::uint32_t type = bits(one.edx, 0, 5);
    if (type != data && type != unified && type != load_only) continue;
    if (bits(one.edx, 5, 3) != second_level || bits(one.ebx, 0, 1) == 0) continue;  // bit 0: 4 KiB pages
    const std::uint64_t entries = std::uint64_t{bits(one.ebx, 16, 16)} * one.ecx;   // ways times sets
    if (entries < 1U << 20U) most = std::max(most, static_cast<unsigned>(entries));
  }
  return most > 0 ? std::optional(most) : std::nullopt;
}

std::optional<unsigned> entries_of_leaf_80000006(const CpuidAnswer& answer) {
  const std::uint32_t associativity = bits(answer.ebx, 28, 4);  // 0: there is none
  const std::uint32_t entries = bits(answer.ebx, 16, 12);
  if (associativity == 0 || entries == 0) return std::nullopt;
  return entries;
}

}  // namespace faultline::host
