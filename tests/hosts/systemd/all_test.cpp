// SPDX-License-Identifier: Apache-2.0
// `audit all`: every service of the host, worst first.
#include <gmock/gmock.h>

#include "tests/hosts/systemd/support/host_test.h"

namespace faultline::hosts {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class All : public HostTest {
 protected:
  void SetUp() override {
    HostTest::SetUp();
    if (IsSkipped()) return;
    install("a-healthy.service", "/opt/lab/small_requests --rate 1000");
    install("b-wall.service", "/opt/lab/refault --rate 100");
    install("c-idle.service", "/opt/lab/compute --rate 0.01");
    // The idle one first: what it does to start is over then.
    for (const char* unit : {"c-idle.service", "a-healthy.service", "b-wall.service"}) start(unit);
  }
};

TEST_F(All, the_table_has_the_worst_service_first_and_counts_the_idle) {
  const CommandResult result = faultline({"audit", "all", "--window", "5s"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto wall = result.out.find("b-wall.service");
  const auto healthy = result.out.find("a-healthy.service");
  ASSERT_NE(wall, std::string::npos) << result.out;
  ASSERT_NE(healthy, std::string::npos) << result.out;
  EXPECT_LT(wall, healthy) << result.out;
  EXPECT_THAT(result.out, AllOf(HasSubstr("refault"), HasSubstr("idle"), Not(HasSubstr("c-idle.service"))));
}

TEST_F(All, the_document_says_the_same) {
  const json document = audit("all");
  std::map<std::string, std::string> causes;
  std::vector<std::string> order;
  for (const json& target : document["targets"]) {
    order.push_back(target["target"]);
    if (target.contains("findings")) causes[order.back()] = first_cause(target);
  }
  EXPECT_EQ(causes["b-wall.service"], "refault");
  EXPECT_EQ(causes["a-healthy.service"], "none");
  EXPECT_FALSE(causes.contains("c-idle.service"));
  ASSERT_FALSE(order.empty());
  EXPECT_EQ(order.front(), "b-wall.service") << "worst first";
}

TEST_F(All, findings_fail_a_run_that_asks_for_it) {
  EXPECT_EQ(faultline({"audit", "all", "--window", "4s", "--fail-on", "low", "-q"}).exit_code, 2);
}

}  // namespace
}  // namespace faultline::hosts
