// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "advisor/model/error.h"

namespace faultline {

/// A value or the reason there is none. `std::expected` replaces the alias once both compilers have it.
template <class T>
using Result = tl::expected<T, Error>;

/// Shorthand for `return fail({...})`.
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

inline tl::unexpected<Error> fail(ErrorKind kind, std::string what, std::string where, std::string why = {},
                                  std::string hint = {}) {
  return tl::unexpected<Error>(Error{kind, std::move(what), std::move(where), std::move(why), std::move(hint)});
}

}  // namespace faultline
