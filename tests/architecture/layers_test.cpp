// SPDX-License-Identifier: Apache-2.0
// The picture in docs/architecture.md, held against the includes. What a folder may use is written once, in
// CMakeLists.txt; CMake hands it over in build/layers.txt.
#include <fstream>
#include <gmock/gmock.h>
#include <map>
#include <set>
#include <sstream>

#include "tests/architecture/support/source_tree.h"

namespace faultline::architecture {
namespace {

using ::testing::IsEmpty;

std::map<std::string, std::set<std::string>> read_layers() {
  std::map<std::string, std::set<std::string>> layers;
  std::ifstream file(FAULTLINE_BINARY_DIR "/layers.txt");
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(": ");
    std::set<std::string>& uses = layers[line.substr(0, colon)];
    std::istringstream names(line.substr(colon + 2));
    for (std::string name; std::getline(names, name, ';');) uses.insert(name);
  }
  return layers;
}

std::string folder_named(const std::string& include) {
  return include.substr(0, include.find('/', include.find('/') + 1));
}

TEST(Layers, EveryFolderIsOne) {
  const auto layers = read_layers();
  ASSERT_GE(layers.size(), 10U);
  for (const SourceFile& file : sources_below({"advisor", "appliers"})) {
    EXPECT_TRUE(layers.contains(file.folder)) << file.path << " is in no folder that CMakeLists.txt declares";
  }
}

TEST(Layers, AFolderIncludesOnlyWhatItMayUse) {
  const auto layers = read_layers();
  std::vector<std::string> wrong;
  std::size_t seen = 0;
  for (const SourceFile& file : sources_below({"advisor", "appliers"})) {
    for (const Include& include : includes_of(file)) {
      if (!include.quoted) continue;
      ++seen;
      const std::string used = folder_named(include.name);
      const auto layer = layers.find(file.folder);
      if (used == file.folder || (layer != layers.end() && layer->second.contains(used))) continue;
      wrong.push_back(file.path + ":" + std::to_string(include.line) + " includes " + include.name);
    }
  }
  EXPECT_GT(seen, 100U);
  EXPECT_THAT(wrong, IsEmpty()) << "a folder's USES in CMakeLists.txt say what it may include";
}

TEST(Layers, DataFlowsOneWay) {
  // Each folder uses only those that CMakeLists.txt declares before it: no circle can be written.
  std::set<std::string> before;
  std::ifstream file(FAULTLINE_BINARY_DIR "/layers.txt");
  for (std::string line; std::getline(file, line);) {
    std::istringstream names(line.substr(line.find(": ") + 2));
    for (std::string name; std::getline(names, name, ';');) EXPECT_TRUE(before.contains(name)) << line;
    before.insert(line.substr(0, line.find(": ")));
  }
}

TEST(Layers, TheAdvisorKnowsNoApplierButForItsCommandLine) {
  for (const auto& [folder, uses] : read_layers()) {
    if (!folder.starts_with("advisor/") || folder == "advisor/cli") continue;
    for (const std::string& used : uses) EXPECT_FALSE(used.starts_with("appliers/")) << folder << " uses " << used;
  }
}

TEST(Layers, AnApplierKnowsSettingsAndNoRules) {
  for (const auto& [folder, uses] : read_layers()) {
    if (!folder.starts_with("appliers/")) continue;
    for (const std::string& used : uses) {
      EXPECT_TRUE(used == "advisor/model" || used.starts_with("appliers/")) << folder << " uses " << used;
    }
  }
}

}  // namespace
}  // namespace faultline::architecture
