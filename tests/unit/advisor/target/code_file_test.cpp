// SPDX-License-Identifier: Apache-2.0
// Files that this process maps to execute, and what becomes of what was read of them.
#include "advisor/target/code_file.h"

#include <algorithm>
#include <dlfcn.h>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/advisor/support/temporary_tree.h"

namespace faultline::target {
namespace {

constexpr std::size_t mapped_bytes = 1U << 20U;

/// A file as long as it is mapped here to execute.
class MappedHere {
 public:
  explicit MappedHere(const std::string& path) {
    const host::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    start_ = ::mmap(nullptr, mapped_bytes, PROT_READ | PROT_EXEC, MAP_PRIVATE, file.get(), 0);
  }
  ~MappedHere() { ::munmap(start_, mapped_bytes); }
  MappedHere(const MappedHere&) = delete;
  MappedHere& operator=(const MappedHere&) = delete;

  [[nodiscard]] host::Mapping mapping(const host::Root& root) const {
    const auto all = host::read_maps(root, ::getpid()).value();
    const auto start = reinterpret_cast<std::uint64_t>(start_);
    return *std::find_if(all.begin(), all.end(), [&](const host::Mapping& one) { return one.start == start; });
  }

 private:
  void* start_ = nullptr;
};

class CodeFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    Dl_info info{};
    void* const libc = ::dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
    ASSERT_NE(::dladdr(::dlsym(libc, "qsort"), &info), 0);
    libc_ = std::filesystem::canonical(info.dli_fname);
    const host::Fd file(::open(libc_.c_str(), O_RDONLY | O_CLOEXEC));
    offset_ = host::FunctionTable::read(file).value().find("qsort").value().offset;
  }
  std::shared_ptr<CodeFile> file_of(const MappedHere& mapped) {
    return files_.of(machine_, ::getpid(), mapped.mapping(machine_.root));
  }
  std::string symbol_in(const MappedHere& mapped) { return file_of(mapped)->place(offset_).symbol; }

  host::Machine machine_ = host::inspect_machine().value();
  test::TemporaryTree tree_;
  std::string libc_;
  std::uint64_t offset_ = 0;
  CodeFiles files_;
};

TEST_F(CodeFilesTest, AFileIsReadOnceForAllThatHaveIt) {
  std::filesystem::copy_file(libc_, tree_.real("/x.so"));
  const MappedHere first(tree_.real("/x.so"));
  const MappedHere second(tree_.real("/x.so"));
  EXPECT_EQ(file_of(first), file_of(second));
  EXPECT_EQ(symbol_in(first), "qsort");
}

TEST_F(CodeFilesTest, AFileThatReplacesAnotherIsAnother) {
  std::filesystem::copy_file(libc_, tree_.real("/x.so"));
  {
    const MappedHere before(tree_.real("/x.so"));
    ASSERT_EQ(symbol_in(before), "qsort");
  }
  // Nobody has it any more: its inode's number could be given to the next.
  std::filesystem::remove(tree_.real("/x.so"));
  tree_.write("/x.so", std::string(mapped_bytes, 'x'));
  const MappedHere after(tree_.real("/x.so"));
  EXPECT_EQ(symbol_in(after), "");
}

TEST_F(CodeFilesTest, AFileThatWasWrittenToIsReadAgain) {
  tree_.write("/x.so", std::string(mapped_bytes, 'x'));
  const MappedHere mapped(tree_.real("/x.so"));
  ASSERT_EQ(symbol_in(mapped), "");
  std::filesystem::copy_file(libc_, tree_.real("/x.so"), std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(symbol_in(mapped), "qsort");
}

TEST_F(CodeFilesTest, OneFileByTwoNamesIsTwo) {
  // Linked, not copied: which of the two an allocator's name is on decides whose its code is.
  std::filesystem::copy_file(libc_, tree_.real("/x.so"));
  std::filesystem::create_hard_link(tree_.real("/x.so"), tree_.real("/libjemalloc.so.2"));
  const MappedHere plain(tree_.real("/x.so"));
  const MappedHere allocator(tree_.real("/libjemalloc.so.2"));
  EXPECT_EQ(file_of(plain)->place(offset_).owner, CodeOwner::program);
  EXPECT_EQ(file_of(allocator)->place(offset_).owner, CodeOwner::allocator);
}

}  // namespace
}  // namespace faultline::target
