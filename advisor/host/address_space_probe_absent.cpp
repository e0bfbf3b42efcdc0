// SPDX-License-Identifier: Apache-2.0
// The probe of a build without clang, bpftool or libbpf: it can't be opened, and says why.
#ifndef FAULTLINE_HAS_BPF

#include "advisor/host/address_space_probe.h"

namespace faultline::host {

struct AddressSpaceProbe::Object {};

AddressSpaceProbe::AddressSpaceProbe(std::unique_ptr<Object> object) : object_(std::move(object)) {}
AddressSpaceProbe::AddressSpaceProbe(AddressSpaceProbe&&) noexcept = default;
AddressSpaceProbe& AddressSpaceProbe::operator=(AddressSpaceProbe&&) noexcept = default;
AddressSpaceProbe::~AddressSpaceProbe() = default;

namespace {

tl::unexpected<Error> absent() {
  return fail(ErrorKind::unsupported, "cannot watch locks and faults", "bpf", "built without BPF",
              "build it where clang, bpftool and libbpf 1.0 are installed");
}

}  // namespace

Result<AddressSpaceProbe> AddressSpaceProbe::open(const Machine& /*machine*/, unsigned /*targets*/) { return absent(); }
bool AddressSpaceProbe::follow(pid_t /*process*/, unsigned /*target*/) { return false; }
void AddressSpaceProbe::forget(const std::vector<pid_t>& /*processes*/) {}
Result<void> AddressSpaceProbe::attach(Part /*part*/) { return absent(); }
void AddressSpaceProbe::detach(Part /*part*/) {}
bool AddressSpaceProbe::attached(Part /*part*/) const { return false; }
Result<void> AddressSpaceProbe::sample_pages(unsigned /*bits*/) { return absent(); }
std::uint64_t AddressSpaceProbe::contentions() const { return 0; }
Result<LockWaits> AddressSpaceProbe::lock_waits(unsigned /*target*/) const { return absent(); }
Result<std::vector<LockTaker>> AddressSpaceProbe::lock_takers(unsigned /*target*/) const { return absent(); }
Result<FaultCounts> AddressSpaceProbe::faults(unsigned /*target*/) const { return absent(); }
Result<std::vector<SampledPage>> AddressSpaceProbe::pages(unsigned /*target*/) const { return absent(); }
Result<std::vector<FaultingThread>> AddressSpaceProbe::threads(unsigned /*target*/) const { return absent(); }
Result<void> AddressSpaceProbe::attach_entries(pid_t /*process*/, const Fd& /*file*/,
                                               const std::vector<AllocationEntry>& /*entries*/, Site /*site*/) {
  return absent();
}
void AddressSpaceProbe::detach_entries(Site /*site*/) {}
void AddressSpaceProbe::wait_detached() {}
Result<AllocationCounts> AddressSpaceProbe::allocations(unsigned /*target*/) const { return absent(); }
unsigned AddressSpaceProbe::spare_target() const { return 0; }

}  // namespace faultline::host

#endif
