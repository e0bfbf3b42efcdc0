// SPDX-License-Identifier: Apache-2.0
// What is emitted, read by systemd itself. systemd-analyze's exit code is 0 for keys and values that it ignores: what
// it says on stderr counts.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "appliers/systemd/drop_in.h"

namespace faultline::systemd {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class SystemdAnalyze : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("systemd-analyze --version >/dev/null 2>&1") != 0)
      GTEST_SKIP() << "systemd-analyze is not installed";
    std::string name = (fs::temp_directory_path() / "units-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    write(folder_ / "rewards.service", "[Service]\nExecStart=/bin/true\n");
  }
  void TearDown() override {
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
  }

  static void write(const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }

  /// What systemd says of the unit with the drop-in.
  std::string complaints(const std::string& drop_in) const {
    write(folder_ / "rewards.service.d" / "zz-faultline.conf", drop_in);
    // Units that come with systemd are needed: the trailing colon adds the usual folders.
    const std::string command = "SYSTEMD_UNIT_PATH='" + folder_.string() +
                                ":' SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no --recursive-errors=no "
                                "rewards.service 2>&1";
    std::FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) return "(no pipe)";
    std::string said;
    std::array<char, 4096> buffer{};
    for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) said.append(buffer.data(), n);
    ::pclose(pipe);
    // Only of our file: a container without PID 1 has complaints of its own.
    std::string ours;
    for (std::size_t start = 0; start < said.size();) {
      const auto end = std::min(said.find('\n', start), said.size());
      const std::string line = said.substr(start, end - start);
      if (line.find("zz-faultline.conf") != std::string::npos) ours += line + "\n";
      start = end + 1;
    }
    return ours;
  }

  fs::path folder_;
};

std::string rendered(const Settings& settings) {
  Unit unit;
  unit.id = "rewards.service";
  unit.load_state = "loaded";
  const Rendering rendering = render(unit, {}, {{"fix", "why", settings}}, "0.1.0");
  return rendering.changes.size() == 1 ? rendering.changes[0].after : "(no change)";
}

TEST_F(SystemdAnalyze, SeesAnErrorWhereThereIsOne) {
  EXPECT_THAT(complaints("[Service]\nEnvironmnt=A=1\n"), HasSubstr("Unknown key"));
  EXPECT_THAT(complaints("[Service]\nEnvironment=\"A=1\n"), HasSubstr("Invalid syntax"));
  EXPECT_THAT(complaints("[Service]\nCPUQuota=0%\n"), HasSubstr("Invalid CPU quota"));
}

TEST_F(SystemdAnalyze, HasNothingToSayOfWhatIsEmitted) {
  for (const auto* value : {"2147483647", "a \"b\" c", "\\", "trailing\\", "%h %% %", "$HOME", "'", "# x", "; x",
                            "glibc.malloc.top_pad=1:glibc.malloc.arena_max=2", "\xc3\xa9", ""}) {
    const std::string drop_in = rendered({EnvironmentVariable{"A", value}, CpuQuota{2.2}});
    ASSERT_THAT(drop_in, HasSubstr("CPUQuota=220%")) << value;
    EXPECT_EQ(complaints(drop_in), "") << drop_in;
  }
}

}  // namespace
}  // namespace faultline::systemd
