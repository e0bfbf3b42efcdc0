// SPDX-License-Identifier: Apache-2.0
#include "appliers/plan/digest.h"

#include <gtest/gtest.h>
#include <string>

namespace faultline::plan {
namespace {

// FIPS 180-4, examples of SHA-256.
TEST(Digest, IsSha256) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Digest, ReadsEveryByte) { EXPECT_NE(sha256_hex(std::string("a\0b", 3)), sha256_hex(std::string("a\0c", 3))); }

}  // namespace
}  // namespace faultline::plan
