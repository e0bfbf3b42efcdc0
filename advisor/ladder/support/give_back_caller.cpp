// SPDX-License-Identifier: Apache-2.0
#include "advisor/ladder/support/give_back_caller.h"

namespace faultline {
namespace {

using target::CodeOwner;
using target::CodePlace;

GiveBackCaller by_owner(const CodePlace& place) {
  // malloc_trim(3) is the program's own wish: no setting of the allocator stops it.
  if (place.symbol == "malloc_trim" || place.symbol == "__malloc_trim") return GiveBackCaller::program;
  switch (place.owner) {
    // libc's other callers are sbrk, which the allocator shrinks the heap by, and the cache of thread stacks.
    case CodeOwner::libc:
    case CodeOwner::allocator: return GiveBackCaller::allocator;
    case CodeOwner::program: return GiveBackCaller::program;
    case CodeOwner::unknown: break;
  }
  return GiveBackCaller::unknown;
}

bool is_wrapper(const CodePlace& place) {
  constexpr std::string_view wrappers[] = {"madvise", "__madvise", "munmap",   "__munmap", "brk",
                                           "__brk",   "mremap",    "__mremap", "syscall",  "posix_madvise"};
  for (const std::string_view wrapper : wrappers) {
    if (place.symbol == wrapper) return true;
  }
  return false;
}

}  // namespace

GiveBackCaller give_back_caller(target::UserCode& code, const host::Sample& sample) {
  if (sample.user.empty()) return GiveBackCaller::unknown;
  const CodePlace at = code.place(sample.pid, sample.user.front());
  if (!is_wrapper(at)) return by_owner(at);
  if (sample.user_return == 0) return GiveBackCaller::unknown;
  return by_owner(code.place(sample.pid, sample.user_return - 1));
}

}  // namespace faultline
