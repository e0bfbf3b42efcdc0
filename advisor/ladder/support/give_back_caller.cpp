// SPDX-License-Identifier: Apache-2.0
#include "advisor/ladder/support/give_back_caller.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace faultline {
namespace {

using target::CodeOwner;
using target::CodePlace;

/// malloc_trim(3) is the program's own wish: no setting of the allocator stops it.
bool is_trim_by_hand(const CodePlace& place) {
  return place.symbol == "malloc_trim" || place.symbol == "__malloc_trim";
}

/// The allocator shrinks the main heap through it.
bool is_sbrk(const CodePlace& place) { return place.symbol == "sbrk" || place.symbol == "__sbrk"; }

GiveBackCaller by_owner(const CodePlace& place) {
  if (is_trim_by_hand(place)) return GiveBackCaller::program;
  switch (place.owner) {
    // libc's other callers give back the stacks of threads that ended (nptl/allocatestack.c) and buffers of its own.
    case CodeOwner::libc: return is_sbrk(place) ? GiveBackCaller::allocator : GiveBackCaller::program;
    case CodeOwner::allocator: return GiveBackCaller::allocator;
    case CodeOwner::program: return GiveBackCaller::program;
    case CodeOwner::untold:
    case CodeOwner::unread:
    case CodeOwner::unknown: break;
  }
  return GiveBackCaller::unknown;
}

bool is_wrapper(const CodePlace& place) {
  constexpr std::string_view wrappers[] = {"madvise", "__madvise", "munmap",  "__munmap",     "brk",
                                           "__brk",   "mmap",      "__mmap",  "mmap64",       "__mmap64",
                                           "mremap",  "__mremap",  "syscall", "posix_madvise"};
  for (const std::string_view wrapper : wrappers) {
    if (place.symbol == wrapper) return true;
  }
  return false;
}

bool returns_to_trim_by_hand(target::UserCode& code, const host::Sample& sample) {
  return std::any_of(sample.user_stack.begin(), sample.user_stack.end(),
                     [&](std::uint64_t word) { return is_trim_by_hand(code.place(sample.pid, word - 1)); });
}

}  // namespace

GiveBackCaller give_back_caller(target::UserCode& code, const host::Sample& sample) {
  if (sample.user.empty()) return GiveBackCaller::unknown;
  const CodePlace& at = code.place(sample.pid, sample.user.front());
  if (!is_wrapper(at)) return by_owner(at);
  if (sample.user_return == 0) return GiveBackCaller::unknown;
  const CodePlace& caller = code.place(sample.pid, sample.user_return - 1);
  // The top of the heap shrinks through sbrk, whoever wanted it: malloc_trim stands further up the stack then.
  const bool by_hand = caller.owner == CodeOwner::libc && returns_to_trim_by_hand(code, sample);
  return by_hand ? GiveBackCaller::program : by_owner(caller);
}

}  // namespace faultline
