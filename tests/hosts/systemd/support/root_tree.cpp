// SPDX-License-Identifier: Apache-2.0
#include "tests/hosts/systemd/support/root_tree.h"

#include <fstream>

namespace faultline::hosts {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, const char* text) { std::ofstream(path) << text; }

}  // namespace

void make_root_tree(const fs::path& root) {
  for (const char* folder : {"etc/systemd/system", "var", "run", "proc", "sys", "dev", "tmp", "root", "usr", "opt"}) {
    fs::create_directories(root / folder);
  }
  for (const char* link : {"bin", "sbin", "lib", "lib64"}) fs::create_symlink(fs::path("usr") / link, root / link);
  // nspawn looks for it before it mounts /usr; systemd-sysusers adds the users that services need.
  fs::copy_file("/usr/lib/os-release", root / "etc/os-release");
  write(root / "etc/machine-id", "");
  write(root / "etc/nsswitch.conf", "passwd: files\ngroup: files\n");
  write(root / "etc/passwd",
        "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n");
  write(root / "etc/group", "root:x:0:\nnogroup:x:65534:\n");
}

}  // namespace faultline::hosts
