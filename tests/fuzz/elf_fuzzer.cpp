// SPDX-License-Identifier: Apache-2.0
// Any bytes as an executable. Run it on small real ones: most inputs that are not ELF are refused at the first byte.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sys/mman.h>
#include <unistd.h>

#include "advisor/host/elf.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace faultline::host;
  static const Fd file(::memfd_create("program", MFD_CLOEXEC));
  if (::ftruncate(file.get(), 0) != 0 || ::pwrite(file.get(), data, size, 0) != static_cast<ssize_t>(size))
    std::abort();
  const auto elf = read_elf(file, {"malloc", "mallctl"});
  if (!elf && elf.error().why.empty()) std::abort();
  if (elf && elf->symbols.size() > 2) std::abort();
  return 0;
}
