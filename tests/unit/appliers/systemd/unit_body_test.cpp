// SPDX-License-Identifier: Apache-2.0
#include "appliers/systemd/unit_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "appliers/systemd/limits.h"
#include "appliers/systemd/unit_text.h"

namespace faultline::systemd {
namespace {

using testing::HasSubstr;
using testing::Not;

Directive variable(const std::string& value) { return {Key::environment, "A", value, {"keep-heap: why"}}; }

std::string body_of(const std::vector<Directive>& directives) {
  const auto body = emit_body("Service", directives);
  return body ? *body : "refused: " + body.error().why;
}

TEST(UnitBody, EscapesWhatSystemdWouldRead) {
  EXPECT_EQ(body_of({variable("a \"b\" \\ % $HOME")}),
            "[Service]\n# keep-heap: why\nEnvironment=\"A=a \\\"b\\\" \\\\ %% $HOME\"\n");
}

TEST(UnitBody, SaysAReasonOnceForDirectivesThatStandTogether) {
  std::vector<Directive> directives{variable("1"), variable("2")};
  directives[1].name = "B";
  EXPECT_EQ(body_of(directives), "[Service]\n# keep-heap: why\nEnvironment=\"A=1\"\nEnvironment=\"B=2\"\n");
}

TEST(UnitBody, WritesAQuotaInPercent) {
  EXPECT_EQ(body_of({{Key::cpu_quota, {}, quota_text(2.2), {"x: y"}}}), "[Service]\n# x: y\nCPUQuota=220%\n");
  EXPECT_EQ(quota_text(0.005), "1%");
  EXPECT_EQ(quota_text(1.501), "151%") << "rounded up: the service gets what was meant";
  for (const auto* value : {"0%", "", "%", "1", "1.5%", "-1%", "1%\nExecStart=/bin/sh", "infinity", "01%"}) {
    EXPECT_THAT(body_of({{Key::cpu_quota, {}, value, {"x: y"}}}), HasSubstr("refused: ")) << value;
  }
}

// Every way that is known to turn a value into more than a value.
const std::vector<std::string> writable_values{
    "",
    " ",
    "plain",
    "two words",
    "\"",
    "\"\"\"",
    "'",
    "\\",
    "trailing\\",
    "trailing\\\\",
    "\\n",
    "\\x0a",
    "%",
    "%h",
    "%%",
    "100%",
    "$HOME",
    "${HOME}",
    "$$",
    "`id`",
    "a;b",
    "# no comment",
    "; no comment",
    "[Section]",
    "A=B",
    "=",
    "\" B=2 \"",
    "\" ExecStart=/bin/sh \"",
    "glibc.malloc.trim_threshold=1:glibc.malloc.top_pad=2",
    "\xc3\xa9\xf0\x9f\x98\x80",
    std::string(most_value_bytes, 'x'),
    std::string(most_value_bytes, '"'),
    std::string(most_value_bytes, '%'),
};

TEST(UnitBody, ReadsBackAsItWasMeant) {
  for (const std::string& value : writable_values) {
    const std::vector<Directive> meant{variable(value), {Key::cpu_quota, {}, "150%", {"b: c", "d: e"}}};
    const auto body = emit_body("Service", meant);
    ASSERT_TRUE(body) << value;
    const auto read = parse_body("Service", *body);
    ASSERT_TRUE(read) << value << "\n" << *body << read.error().why;
    ASSERT_EQ(read->size(), 2U) << value;
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_TRUE((*read)[i].same_meaning(meant[i])) << *body;
      EXPECT_EQ((*read)[i].reasons, meant[i].reasons);
    }
    EXPECT_EQ(std::count(body->begin(), body->end(), '\n'), 6) << *body;
  }
}

TEST(UnitBody, RefusesValuesThatCannotBeWritten) {
  for (const std::string& value :
       std::vector<std::string>{"a\nExecStart=/bin/sh", "a\rb", std::string("a\0b", 3), "a\tb", "\x1b[2J", "\x7f",
                                "\xff", "\xc3", "\xed\xa0\x80", "\xc2\x85", "\xe2\x80\xae", "\xe2\x80\xa8",
                                std::string(most_value_bytes + 1, 'x'), std::string(most_line_bytes, 'x')}) {
    const std::string text = body_of({variable(value)});
    EXPECT_THAT(text, HasSubstr("refused: ")) << value.substr(0, 20);
    EXPECT_THAT(text, Not(HasSubstr("\n")));
  }
}

TEST(UnitBody, RefusesNamesThatAreNone) {
  for (const auto* name : {"", "1A", "A B", "A=B", "A\n", "A-B", "\xc3\xa9", "A%h", "\"A"}) {
    Directive directive = variable("1");
    directive.name = name;
    EXPECT_THAT(body_of({directive}), HasSubstr("no variable's name")) << name;
  }
}

TEST(UnitBody, RefusesReasonsThatAreNoLine) {
  for (const auto* reason : {"", "a\nExecStart=/bin/sh", " a", "a ", "\x1b[1m"}) {
    Directive directive = variable("1");
    directive.reasons = {reason};
    EXPECT_THAT(body_of({directive}), HasSubstr("not one line")) << reason;
  }
  Directive directive = variable("1");
  directive.reasons = {"a comment that ends in a backslash \\"};
  const auto read = parse_body("Service", body_of({directive}));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->size(), 1U) << "systemd drops comments before it joins lines";
  directive.reasons = {};
  EXPECT_THAT(body_of({directive}), HasSubstr("not one line"));
}

TEST(UnitBody, ReadsNothingThatItWouldNotWrite) {
  for (const auto* body :
       {"[Service]\nExecStart=/bin/sh\n", "[Unit]\nEnvironment=A=1\n", "[Service]\nEnvironment=\n",
        "[Service]\nEnvironment=A=1 B=2\n", "[Service]\nEnvironment=\"A=%h\"\n", "[Service]\nEnvironment=A\n",
        "[Service]\nEnvironment=\"A=1\n", "[Service]\nCPUQuota=\n", "[Service]\nCPUQuota=0%\n", "x"}) {
    EXPECT_FALSE(parse_body("Service", body)) << body;
  }
}

}  // namespace
}  // namespace faultline::systemd
