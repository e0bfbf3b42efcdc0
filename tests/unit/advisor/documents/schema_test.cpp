// SPDX-License-Identifier: Apache-2.0
// The schemas that ship, held against the documents that the writers make, by an independent validator.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <sys/wait.h>

#include "advisor/documents/snapshot_json.h"
#include "tests/unit/advisor/documents/samples.h"

namespace faultline::documents {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

int run(const std::string& command) {
  const int status = std::system(command.c_str());  // NOLINT(cert-env33-c): fixed text, paths of our own
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class Schemas : public ::testing::Test {
 protected:
  void SetUp() override {
    if (run("/usr/bin/python3 -c 'import jsonschema' 2>/dev/null") != 0) {
      GTEST_SKIP() << "/usr/bin/python3 has no jsonschema (package python3-jsonschema)";
    }
    std::string name = (fs::temp_directory_path() / "faultline_schema_XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  void TearDown() override {
    if (!folder_.empty()) fs::remove_all(folder_);
  }
  /// Whether the validator accepts a document. Anything but its yes and no fails the test.
  bool valid(const std::string& schema, const std::string& document) {
    const fs::path file = folder_ / "document.json";
    std::ofstream(file) << document;
    const fs::path schema_file =
        fs::path(FAULTLINE_SOURCE_DIR) / "advisor/documents/schemas" / (schema + ".v1.schema.json");
    const int code = run("/usr/bin/python3 -W ignore -m jsonschema -i '" + file.string() + "' '" +
                         schema_file.string() + "' >/dev/null 2>&1");
    EXPECT_TRUE(code == 0 || code == 1) << "the validator ended with " << code;
    return code == 0;
  }
  bool valid_after(const std::string& schema, json document, const std::string& pointer, const json& value) {
    document[json::json_pointer(pointer)] = value;
    return valid(schema, document.dump());
  }
  fs::path folder_;
};

TEST_F(Schemas, TheSchemasAreSchemas) {
  for (const auto* name : {"snapshot", "audit"}) {
    const std::string path =
        (fs::path(FAULTLINE_SOURCE_DIR) / "advisor/documents/schemas" / (std::string(name) + ".v1.schema.json"))
            .string();
    EXPECT_EQ(run("/usr/bin/python3 -c 'import json,sys,jsonschema; "
                  "jsonschema.Draft7Validator.check_schema(json.load(open(sys.argv[1])))' '" +
                  path + "'"),
              0);
  }
}

TEST_F(Schemas, AcceptWhatTheWritersMake) {
  EXPECT_TRUE(valid("snapshot", write_snapshot(full_snapshot())));
  EXPECT_TRUE(valid("snapshot", write_snapshot({})));
  EXPECT_TRUE(valid("audit", write_audit(full_audit())));
  EXPECT_TRUE(valid("audit", write_audit({})));
}

TEST_F(Schemas, LetMembersOfANewerVersionPass) {
  EXPECT_TRUE(valid_after("snapshot", json::parse(write_snapshot(full_snapshot())), "/host/new", 1));
}

TEST_F(Schemas, RefuseABrokenSnapshot) {
  const json good = json::parse(write_snapshot(full_snapshot()));
  EXPECT_FALSE(valid_after("snapshot", good, "/schema", "faultline/snapshot/v2"));
  EXPECT_FALSE(valid_after("snapshot", good, "/host/cpus", -1));
  EXPECT_FALSE(valid_after("snapshot", good, "/facts/faults.minor.per_second/value", nullptr));
  EXPECT_FALSE(valid_after("snapshot", good, "/facts/profile.samples.count/value", 0));
  EXPECT_FALSE(valid_after("snapshot", good, "/unit", 3));
  json missing = good;
  missing.erase("facts");
  EXPECT_FALSE(valid("snapshot", missing.dump()));
}

TEST_F(Schemas, RefuseABrokenAudit) {
  const json good = json::parse(write_audit(full_audit()));
  EXPECT_FALSE(valid_after("audit", good, "/exit_code", 7));
  EXPECT_FALSE(valid_after("audit", good, "/targets/0/findings/0/severity", "dire"));
  EXPECT_FALSE(valid_after("audit", good, "/targets/0/bill/share_of_time/refault", 1.5));
  EXPECT_FALSE(valid_after("audit", good, "/targets/0/ladder/0/verdict", "fine"));
  EXPECT_FALSE(valid_after("audit", good, "/targets/0/findings/0/fixes/0/settings/shell", "rm"));
  EXPECT_FALSE(valid_after("audit", good, "/targets/1/error/kind", "oops"));
}

}  // namespace
}  // namespace faultline::documents
