// SPDX-License-Identifier: Apache-2.0
// advisor/ reads and thinks: calls that change the machine, start a program or end one are only in the files that say
// so. The calls that the lists miss are caught by what tests/contract and tests/hosts see of the real program.
#include <algorithm>
#include <array>
#include <gmock/gmock.h>
#include <set>
#include <string_view>

#include "tests/architecture/support/source_tree.h"

namespace faultline::architecture {
namespace {

using ::testing::IsEmpty;

struct Ban {
  std::string_view what;
  std::vector<std::string_view> words;
  std::vector<std::string_view> allowed_in;
};

const std::vector<Ban>& bans() {
  static const std::vector<Ban> all{
      {"writes files",
       {"ofstream",
        "fopen",
        "rename",
        "renameat",
        "renameat2",
        "unlink",
        "unlinkat",
        "mkdir",
        "mkdirat",
        "rmdir",
        "mknod",
        "truncate",
        "ftruncate",
        "chmod",
        "fchmod",
        "chown",
        "link",
        "linkat",
        "symlink",
        "symlinkat",
        "mkstemp",
        "creat",
        "O_WRONLY",
        "O_RDWR",
        "O_CREAT",
        "O_TMPFILE",
        "O_TRUNC",
        "setxattr",
        "utimensat",
        "remove",
        "remove_all",
        "create_directory",
        "create_directories",
        "copy_file",
        "resize_file",
        "sendfile"},
       {"advisor/cli/support/console.cpp"}},
      {"writes to descriptors",
       {"write", "pwrite", "writev", "fwrite", "pwritev"},
       {"advisor/cli/support/console.cpp", "advisor/cli/support/command_child.cpp",
        "advisor/host/support/memory_file.cpp"}},
      {"starts or ends processes",
       {"system",  "popen",       "execl",        "execle",  "execlp",
        "execv",   "execve",      "execvp",       "execvpe", "execveat",
        "fexecve", "fork",        "vfork",        "clone",   "clone3",
        "kill",    "posix_spawn", "posix_spawnp", "tgkill",  "SYS_pidfd_send_signal"},
       {"advisor/cli/support/command_child.cpp"}},
      {"loads code", {"dlopen", "dlmopen"}, {}},
      {"changes other processes or the machine",
       {"ptrace", "process_vm_writev", "process_madvise", "SYS_process_madvise", "mount", "umount", "umount2",
        "sched_setaffinity", "set_mempolicy", "mbind", "migrate_pages", "numa_migrate_pages", "reboot", "sethostname",
        "sysctl"},
       {}},
      {"goes to the network", {"connect", "bind", "listen", "getaddrinfo", "gethostbyname"}, {}},
  };
  return all;
}

bool is_call(const Word& word) {
  const auto next = word.after.find_first_not_of(" \n");
  const bool is_constant = word.text.starts_with("O_") || word.text.starts_with("SYS_") || word.text == "ofstream";
  return is_constant || (next != std::string_view::npos && word.after[next] == '(');
}

/// A member of one of our own types may have such a name.
bool is_our_own(const Word& word) {
  if (word.before.ends_with(".") || word.before.ends_with("->")) return true;
  const auto before = word.before.find_last_not_of(" \n*&");
  if (before == std::string_view::npos) return false;
  const char last = word.before[before];
  // "std::string write() {": a declaration has a type before the name; "return write()" is a call.
  const bool after_word = std::isalnum(static_cast<unsigned char>(last)) != 0 || last == '_' || last == '>';
  constexpr std::array<std::string_view, 4> keywords{"return", "else", "do", "throw"};
  return after_word && std::none_of(keywords.begin(), keywords.end(), [&](std::string_view keyword) {
           return word.before.substr(0, before + 1).ends_with(keyword);
         });
}

TEST(ReadOnly, TheAdvisorOnlyReads) {
  std::vector<std::string> wrong;
  for (const SourceFile& file : sources_below({"advisor"})) {
    for (const Ban& ban : bans()) {
      if (std::find(ban.allowed_in.begin(), ban.allowed_in.end(), file.path) != ban.allowed_in.end()) continue;
      for (const std::string& place : places_of(file, [&](const Word& word) {
             const bool banned = std::find(ban.words.begin(), ban.words.end(), word.text) != ban.words.end();
             return banned && is_call(word) && !is_our_own(word);
           })) {
        wrong.push_back(place + " " + std::string(ban.what));
      }
    }
  }
  EXPECT_THAT(wrong, IsEmpty());
}

TEST(ReadOnly, TheFilesThatMayDoMoreStillDo) {
  // An exception that is not needed any more must go from the list.
  const auto files = sources_below({"advisor"});
  for (const Ban& ban : bans()) {
    for (const std::string_view allowed : ban.allowed_in) {
      const auto file = std::find_if(files.begin(), files.end(), [&](const auto& one) { return one.path == allowed; });
      ASSERT_NE(file, files.end()) << allowed;
      EXPECT_FALSE(places_of(*file,
                             [&](const Word& word) {
                               return std::find(ban.words.begin(), ban.words.end(), word.text) != ban.words.end() &&
                                      is_call(word);
                             })
                       .empty())
          << allowed << " " << ban.what;
    }
  }
}

TEST(ReadOnly, NothingGoesThroughAShell) {
  std::vector<std::string> wrong;
  for (const SourceFile& file : sources_below({"advisor", "appliers"})) {
    for (std::string& place : places_of(file, [](const Word& word) {
           return (word.text == "system" || word.text == "popen" || word.text == "wordexp") && is_call(word) &&
                  !is_our_own(word);
         })) {
      wrong.push_back(std::move(place));
    }
  }
  EXPECT_THAT(wrong, IsEmpty());
}

}  // namespace
}  // namespace faultline::architecture
