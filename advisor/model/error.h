// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace faultline {

/// What kind of failure it is; the command line maps it to an exit code.
enum class ErrorKind {
  usage,        ///< the caller typed something that cannot mean anything
  input,        ///< a file or document the caller gave is malformed
  not_found,    ///< the thing named does not exist (unit, pid, cgroup, file)
  gone,         ///< it existed and ended while we looked
  permission,   ///< the machine refuses; `hint` names the capability or setting that unlocks it
  unsupported,  ///< this kernel, systemd or architecture cannot do it
  refused,      ///< we could and will not, because it would harm
  io,           ///< a read or a system call failed for another reason
  bug           ///< our own invariant is broken
};

/// A failure a user can cause or meet, as a value: what failed, where, why, and what to do.
struct Error {
  ErrorKind kind = ErrorKind::bug;
  std::string what;   ///< what failed, e.g. "cannot read the unit"
  std::string where;  ///< path, unit, field or line, e.g. "policies/refault-trim.yaml:12:5"
  std::string why;    ///< the reason, e.g. "permission denied"
  std::string hint;   ///< what to do about it; empty when nothing can be done
};

}  // namespace faultline
