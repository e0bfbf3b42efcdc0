// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <optional>
#include <string>

#include "advisor/host/address_space_probe.h"
#include "advisor/host/machine.h"

namespace faultline::test {

/// The BPF probes of this machine, or a skip that says why there are none.
class ProbeHere : public ::testing::Test {
 protected:
  void SetUp() override {
    machine_.emplace(*host::inspect_machine());
    auto probe = host::AddressSpaceProbe::open(*machine_, 2);
    if (!probe) GTEST_SKIP() << probe.error().what << ": " << probe.error().why << "; " << probe.error().hint;
    probe_.emplace(std::move(*probe));
  }
  /// Skips where the kernel has no tracepoint for it.
  void attach(host::AddressSpaceProbe::Part part) {
    const auto attached = probe_->attach(part);
    if (!attached) GTEST_SKIP() << attached.error().what << ": " << attached.error().why;
  }
  std::optional<host::Machine> machine_;
  std::optional<host::AddressSpaceProbe> probe_;
};

}  // namespace faultline::test
