// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace faultline::host {

/// The registers that the cpuid instruction answers with.
struct CpuidAnswer {
  std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

/// Entries for small pages of the second-level TLB for data, of the CPU that this runs on, as cpuid tells. Nothing
/// where it does not: other architectures, hypervisors that hide it, no second level.
std::optional<unsigned> second_level_dtlb_entries();

/// Intel's leaf 0x18, one answer a subleaf (Intel SDM volume 2A, CPUID, "Deterministic Address Translation").
std::optional<unsigned> entries_of_leaf_18(std::span<const CpuidAnswer> subleaves);
/// AMD's leaf 0x80000006 (AMD APM volume 3, E.4.5).
std::optional<unsigned> entries_of_leaf_80000006(const CpuidAnswer& answer);

}  // namespace faultline::host
