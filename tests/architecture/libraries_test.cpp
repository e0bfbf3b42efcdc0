// SPDX-License-Identifier: Apache-2.0
// Each library is known to one folder, so that it can be replaced there and its exceptions end there.
#include <array>
#include <gmock/gmock.h>
#include <string_view>

#include "tests/architecture/support/source_tree.h"

namespace faultline::architecture {
namespace {

using ::testing::IsEmpty;

struct Library {
  std::string_view header;  ///< how its headers' names start
  std::string_view where;   ///< a folder, or one file of it
};

constexpr std::array libraries{
    Library{"bpf/", "advisor/host/"},
    Library{"sdbus-c++/", "advisor/host/system_bus.cpp"},
    Library{"elfutils/", "advisor/host/"},
    Library{"dwarf.h", "advisor/host/"},
    Library{"libelf.h", "advisor/host/"},
    Library{"gelf.h", "advisor/host/"},
    Library{"numa", "advisor/host/"},
    Library{"linux/", "advisor/host/"},
    Library{"yaml-cpp/", "advisor/diagnosis/"},
    Library{"nlohmann/", "advisor/documents/"},
    Library{"CLI/", "advisor/cli/"},
    Library{"openssl/", "appliers/plan/digest.cpp"},
    Library{"tl/", "advisor/model/result.h"},
};

TEST(Libraries, EachIsIncludedInOnePlace) {
  std::vector<std::string> wrong;
  std::size_t seen = 0;
  for (const SourceFile& file : sources_below({"advisor", "appliers"})) {
    for (const Include& include : includes_of(file)) {
      for (const Library& library : libraries) {
        if (include.quoted || !include.name.starts_with(library.header)) continue;
        ++seen;
        if (file.path.starts_with(library.where)) continue;
        wrong.push_back(file.path + ":" + std::to_string(include.line) + " includes " + include.name +
                        ", which is for " + std::string(library.where));
      }
    }
  }
  EXPECT_GE(seen, 8U);
  EXPECT_THAT(wrong, IsEmpty());
}

TEST(Libraries, OthersThanTheseAreNotUsed) {
  // A header in a folder of its own that is not the system's is a library: it belongs into the table.
  constexpr std::array<std::string_view, 2> open{"sys/", "fmt/"};
  std::vector<std::string> wrong;
  for (const SourceFile& file : sources_below({"advisor", "appliers"})) {
    for (const Include& include : includes_of(file)) {
      const auto starts = [&](std::string_view start) { return include.name.starts_with(start); };
      const bool in_table = std::any_of(libraries.begin(), libraries.end(),
                                        [&](const Library& library) { return starts(library.header); });
      if (include.quoted || include.name.find('/') == std::string::npos || in_table) continue;
      if (std::none_of(open.begin(), open.end(), starts)) wrong.push_back(file.path + " includes " + include.name);
    }
  }
  EXPECT_THAT(wrong, IsEmpty());
}

}  // namespace
}  // namespace faultline::architecture
