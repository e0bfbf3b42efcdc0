// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/hosts/systemd/support/host_test.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  faultline::hosts::add_host_environment();
  return RUN_ALL_TESTS();
}
