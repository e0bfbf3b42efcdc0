// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace faultline {

/// Text of unknown origin made safe to print: control characters (C0, DEL, C1), bidirectional controls and bytes that
/// are not UTF-8 become \xNN or \uNNNN. What is safe stays as it is. "\n" is a control character too.
std::string visible(std::string_view raw);

}  // namespace faultline
