// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace faultline::hosts {

/// The least that systemd boots from beside /usr: the links of a merged /usr, root and nobody, and no machine id.
void make_root_tree(const std::filesystem::path& root);

}  // namespace faultline::hosts
