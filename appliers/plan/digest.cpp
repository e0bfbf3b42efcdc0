// SPDX-License-Identifier: Apache-2.0
#include "appliers/plan/digest.h"

#include <array>
#include <fmt/format.h>
#include <openssl/evp.h>

namespace faultline::plan {

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  // Fails only where the library has no SHA-256 at all; an empty text is then no hash that anything matches.
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1) return {};
  std::string text;
  for (unsigned i = 0; i < length; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

}  // namespace faultline::plan
