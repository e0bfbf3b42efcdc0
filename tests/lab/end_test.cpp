// SPDX-License-Identifier: Apache-2.0
// A service under a quota that ends in the window, and its cgroup with it: what stopped it is known from before.
#include <chrono>
#include <csignal>
#include <gtest/gtest.h>
#include <thread>
#include <unistd.h>

#include "tests/lab/harness/audit.h"
#include "tests/lab/support/quota_cgroup.h"

namespace faultline::lab {
namespace {

using std::chrono_literals::operator""ms;

// The quota is read as the window opens and at each slice, a second apart: at three of them, on a slow machine at one.
constexpr auto life = 3500ms;

TEST(EndInTheWindow, KeepsWhatTheQuotaDidUpToTheLastLook) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root: for a CPU quota";
  std::string why;
  const auto service = ServiceProcess::start({"throttled", {}, {}}, why);
  if (!service && why.find(no_quota_here) != std::string::npos) GTEST_SKIP() << why;
  ASSERT_TRUE(service) << why;
  const std::jthread end([pid = service->pid()] {
    std::this_thread::sleep_for(life);
    ::kill(pid, SIGTERM);
  });
  const Audit audit = audit_process(service->pid(), "20s", "");
  ASSERT_EQ(audit.error, "");
  EXPECT_NE(audit.target["window"]["ended_early"].get<std::string>().find("ended"), std::string::npos);
  ASSERT_TRUE(fact(audit, "throttling.stopped.seconds")) << audit.target["facts"]["throttling.stopped.seconds"];
  EXPECT_GT(*fact(audit, "throttling.stopped.seconds"), 0);
  EXPECT_TRUE(fact(audit, "throttling.quota.cores"));
}

}  // namespace
}  // namespace faultline::lab
