// SPDX-License-Identifier: Apache-2.0
// Names and owners of addresses in real processes.
#include "advisor/target/user_code.h"

#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "advisor/host/proc.h"

namespace faultline::target {

int a_function_of_the_program(int value) { return value * 7; }

namespace {

/// libc's own, also where a sanitizer has one of the same name that comes first.
std::uint64_t address_of(const char* symbol) {
  static void* const libc = ::dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
  return reinterpret_cast<std::uint64_t>(::dlsym(libc, symbol));
}

class UserCodeOfThisProcess : public testing::Test {
 protected:
  void SetUp() override {
    machine_.emplace(*host::inspect_machine());
    code_.learn(*machine_, ::getpid(), files_);
  }
  const CodePlace& place(std::uint64_t address) { return code_.place(::getpid(), address); }
  std::optional<host::Machine> machine_;
  CodeFiles files_;
  UserCode code_;
};

TEST_F(UserCodeOfThisProcess, KnowsTheAllocatorInLibc) {
  for (const char* name : {"malloc", "free", "calloc", "realloc"}) {
    EXPECT_EQ(place(address_of(name) + 1).owner, CodeOwner::allocator) << name;
    EXPECT_FALSE(place(address_of(name) + 1).symbol.empty()) << name;
  }
}

TEST_F(UserCodeOfThisProcess, KnowsTheAllocatorsInternalFunctionsWithoutTheirNames) {
  // malloc.c defines _int_malloc, _int_free, sysmalloc… before malloc: what is right before it is one of them.
  EXPECT_EQ(place(address_of("malloc") - 256).owner, CodeOwner::allocator);
}

TEST_F(UserCodeOfThisProcess, TellsTheRestOfLibcFromIt) {
  for (const char* name : {"madvise", "printf", "qsort"}) {
    EXPECT_EQ(place(address_of(name)).owner, CodeOwner::libc) << name;
  }
}

TEST_F(UserCodeOfThisProcess, NamesTheProgramsOwnFunctions) {
  const auto& own = place(reinterpret_cast<std::uint64_t>(&a_function_of_the_program));
  EXPECT_EQ(own.owner, CodeOwner::program);
  EXPECT_EQ(own.frame, "faultline::target::a_function_of_the_program(int)");
}

TEST_F(UserCodeOfThisProcess, AnAddressInNoFileIsUnknown) {
  for (const std::uint64_t address : {std::uint64_t{0}, std::uint64_t{4096}, ~std::uint64_t{0}}) {
    EXPECT_EQ(place(address).owner, CodeOwner::unknown);
    EXPECT_EQ(place(address).frame, "[unknown]");
  }
}

TEST_F(UserCodeOfThisProcess, AChildHasItsParentsCode) {
  code_.inherit(900001, ::getpid());
  EXPECT_TRUE(code_.knows(900001));
  EXPECT_EQ(code_.place(900001, address_of("madvise")).owner, CodeOwner::libc);
  EXPECT_FALSE(code_.knows(900002));
}

TEST_F(UserCodeOfThisProcess, OfAProgramThatIsReplacedNothingIsKept) {
  code_.inherit(900001, ::getpid());
  code_.forget(900001);
  EXPECT_FALSE(code_.knows(900001));
  const auto& place = code_.place(900001, address_of("madvise"));
  EXPECT_FALSE(code_.is_told(900001, place)) << "it may be of the allocator";
  EXPECT_TRUE(code_.is_told(::getpid(), code_.place(::getpid(), 4096))) << "code of no file is no allocator's";
}

TEST(UserCode, ReadsAFileThatWasDeletedSinceItWasMapped) {
  if (::geteuid() != 0) GTEST_SKIP() << "the kernel's link to a mapped file is root's alone";
  // libc for a mapped file that is replaced on the disk: a copy of it, mapped here to execute, and removed.
  const auto copy = std::filesystem::temp_directory_path() / ("deleted_" + std::to_string(::getpid()) + ".so");
  Dl_info info{};
  ASSERT_NE(::dladdr(reinterpret_cast<void*>(address_of("madvise")), &info), 0);
  std::filesystem::copy_file(std::filesystem::canonical(info.dli_fname), copy);
  const host::Fd file(::open(copy.c_str(), O_RDONLY | O_CLOEXEC));
  constexpr std::size_t mapped_bytes = 1U << 20U;
  void* mapped = ::mmap(nullptr, mapped_bytes, PROT_READ | PROT_EXEC, MAP_PRIVATE, file.get(), 0);
  ASSERT_NE(mapped, MAP_FAILED);
  std::filesystem::remove(copy);
  const auto table = host::FunctionTable::read(file);
  ASSERT_TRUE(table);
  const auto function = table->find("qsort");
  ASSERT_TRUE(function);
  ASSERT_LT(function->offset, mapped_bytes);

  const auto machine = host::inspect_machine();
  CodeFiles files;
  UserCode code;
  code.learn(*machine, ::getpid(), files);
  const auto& place = code.place(::getpid(), reinterpret_cast<std::uint64_t>(mapped) + function->offset);
  EXPECT_EQ(place.symbol, "qsort");
  EXPECT_EQ(place.owner, CodeOwner::program);  // a file of another name than libc's
  ::munmap(mapped, mapped_bytes);
}

}  // namespace
}  // namespace faultline::target
