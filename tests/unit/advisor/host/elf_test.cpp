// SPDX-License-Identifier: Apache-2.0
// Executables of this machine, and hostile ones: each byte of a small real one changed, and counts that lie.
#include "advisor/host/elf.h"

#include <cstring>
#include <elf.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/advisor/support/temporary_tree.h"

namespace faultline::host {
namespace {

using test::TemporaryTree;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr std::array<std::string_view, 2> wanted{"malloc", "mallctl"};
const std::vector<std::string_view> names(wanted.begin(), wanted.end());

Result<ElfSummary> read_path(const std::string& path, const std::vector<std::string_view>& symbols = names) {
  return read_elf(Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)), symbols);
}

/// A program of 64 bits with a loader, a string table and one symbol table. Everything in it can be bent.
struct SmallProgram {
  Elf64_Ehdr header{};
  std::array<Elf64_Phdr, 2> segments{};
  std::array<Elf64_Shdr, 4> sections{};
  std::array<Elf64_Sym, 3> symbols{};
  std::array<char, 64> strings{};

  SmallProgram() {
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = ET_DYN;
    header.e_machine = EM_X86_64;
    header.e_phoff = offsetof(SmallProgram, segments);
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = segments.size();
    header.e_shoff = offsetof(SmallProgram, sections);
    header.e_shentsize = sizeof(Elf64_Shdr);
    header.e_shnum = sections.size();
    header.e_shstrndx = 1;
    constexpr char text[] = "\0.go.buildinfo\0je_malloc\0/lib/ld.so\0";
    std::memcpy(strings.data(), text, sizeof text);
    segments[0].p_type = PT_INTERP;
    segments[0].p_offset = offsetof(SmallProgram, strings) + 25;
    segments[0].p_filesz = sizeof "/lib/ld.so";
    segments[1].p_type = PT_DYNAMIC;
    sections[1].sh_type = SHT_STRTAB;
    sections[1].sh_offset = offsetof(SmallProgram, strings);
    sections[1].sh_size = sizeof strings;
    sections[2].sh_type = SHT_SYMTAB;
    sections[2].sh_offset = offsetof(SmallProgram, symbols);
    sections[2].sh_size = sizeof symbols;
    sections[2].sh_link = 1;
    symbols[1].st_name = 18;  // "malloc", the tail of "je_malloc"
    symbols[1].st_shndx = 1;
  }

  [[nodiscard]] std::string bytes() const { return {reinterpret_cast<const char*>(this), sizeof *this}; }
};

class SmallElf : public ::testing::Test {
 protected:
  static Result<ElfSummary> read(const SmallProgram& program) { return read(program.bytes()); }
  static Result<ElfSummary> read(const std::string& bytes) {
    const Fd file(::memfd_create("program", MFD_CLOEXEC));
    if (::write(file.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) std::abort();
    return read_elf(file, names);
  }
  TemporaryTree tree_;
  SmallProgram program_;
};

TEST(Elf, ADynamicProgramNamesItsLoader) {
  const auto elf = read_path("/bin/true");
  ASSERT_TRUE(elf) << elf.error().why;
  EXPECT_TRUE(elf->dynamic);
  EXPECT_THAT(elf->interpreter, ::testing::StartsWith("/lib"));
  EXPECT_FALSE(elf->go);
  EXPECT_THAT(elf->symbols, IsEmpty());  // it uses malloc and does not define it
}

TEST(Elf, FindsTheSymbolsOfThisProgram) {
  const auto elf = read_path("/proc/self/exe", {"main", "_start", "no_such_symbol_anywhere"});
  ASSERT_TRUE(elf) << elf.error().why;
  EXPECT_THAT(elf->symbols, UnorderedElementsAre("main", "_start"));
}

TEST(Elf, AStaticProgramHasNoLoaderAndDefinesMalloc) {
  const auto elf = read_path(FAULTLINE_BINARY_DIR "/tests/probe_static");
  ASSERT_TRUE(elf) << elf.error().why;
  EXPECT_EQ(elf->interpreter, "");
  EXPECT_TRUE(elf->symbols.contains("malloc"));
}

TEST(Elf, WhatIsNoProgramIsAnError) {
  const TemporaryTree tree;
  for (const std::string text : {"", "#!/bin/sh\n",
                                 "\x7f"
                                 "ELF",
                                 "MZ"}) {
    const auto elf = read_path(tree.write("/file", text));
    ASSERT_FALSE(elf) << text;
    EXPECT_EQ(elf.error().kind, ErrorKind::input);
  }
  EXPECT_FALSE(read_elf(Fd(), names));
  EXPECT_FALSE(read_elf(Fd(::open("/", O_RDONLY | O_CLOEXEC)), names));
}

TEST_F(SmallElf, IsReadWhole) {
  const auto elf = read(program_);
  ASSERT_TRUE(elf) << elf.error().why;
  EXPECT_EQ(elf->machine, static_cast<unsigned>(EM_X86_64));
  EXPECT_EQ(elf->interpreter, "/lib/ld.so");
  EXPECT_TRUE(elf->dynamic);
  EXPECT_FALSE(elf->go);
  EXPECT_THAT(elf->symbols, UnorderedElementsAre("malloc"));
}

TEST_F(SmallElf, AnUndefinedSymbolIsNotItsOwn) {
  program_.symbols[1].st_shndx = SHN_UNDEF;
  EXPECT_THAT(read(program_)->symbols, IsEmpty());
}

TEST_F(SmallElf, GoIsKnownByItsSection) {
  program_.sections[3].sh_name = 1;
  EXPECT_TRUE(read(program_)->go);
}

TEST_F(SmallElf, EveryCutEnds) {
  const std::string whole = program_.bytes();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto elf = read(whole.substr(0, length));
    if (!elf) continue;
    EXPECT_EQ(elf->interpreter, "/lib/ld.so") << "cut at " << length << " it must not become a static program";
  }
}

TEST_F(SmallElf, EveryByteMayBeAnything) {
  const std::string whole = program_.bytes();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char value : {'\0', '\x01', '\x7f', '\xff'}) {
      std::string bent = whole;
      bent[at] = value;
      (void)read(bent);
    }
  }
}

TEST_F(SmallElf, CountsThatLieAreRefused) {
  SmallProgram many = program_;
  many.header.e_phnum = 0xffff;
  EXPECT_FALSE(read(many));
  SmallProgram none = program_;
  none.header.e_phnum = 0;
  EXPECT_FALSE(read(none)) << "without program headers nothing can be started: it is not a static program";
  SmallProgram outside = program_;
  outside.header.e_phoff = ~0ULL - 8;
  EXPECT_FALSE(read(outside));
  SmallProgram loader = program_;
  loader.segments[0].p_offset = 1ULL << 40U;
  EXPECT_FALSE(read(loader)) << "a loader that can't be read is not none";
}

TEST_F(SmallElf, TablesThatLieHaveNoSymbols) {
  SmallProgram huge = program_;
  huge.sections[2].sh_size = ~0ULL;
  EXPECT_THAT(read(huge)->symbols, IsEmpty());
  SmallProgram outside = program_;
  outside.sections[1].sh_offset = ~0ULL - 3;
  EXPECT_THAT(read(outside)->symbols, IsEmpty());
  SmallProgram link = program_;
  link.sections[2].sh_link = 0xffffffff;
  EXPECT_THAT(read(link)->symbols, IsEmpty());
  SmallProgram name = program_;
  name.symbols[1].st_name = 0xffffffff;
  EXPECT_THAT(read(name)->symbols, IsEmpty());
}

TEST_F(SmallElf, ATerabyteOfZeroesWithThousandsOfTablesIsReadOnce) {
  // 4096 symbol tables with 256 MiB of names each would be a terabyte to go through: only the first counts.
  std::string bytes = program_.bytes();
  const std::uint64_t table_at = 1U << 20U;
  std::vector<Elf64_Shdr> sections(4096, program_.sections[2]);
  for (Elf64_Shdr& section : sections) {
    section.sh_offset = 1U << 30U;
    section.sh_size = 256U << 20U;
    section.sh_link = 0;
  }
  program_.header.e_shoff = table_at;
  program_.header.e_shnum = static_cast<std::uint16_t>(sections.size());
  program_.header.e_shstrndx = SHN_UNDEF;
  const std::string path = tree_.write("/program", program_.bytes());
  std::filesystem::resize_file(path, table_at);
  std::ofstream(path, std::ios::binary | std::ios::app)
      .write(reinterpret_cast<const char*>(sections.data()),
             static_cast<std::streamsize>(sections.size() * sizeof(Elf64_Shdr)));
  std::filesystem::resize_file(path, 1ULL << 40U);
  const auto elf = read_path(path);
  ASSERT_TRUE(elf) << elf.error().why;
  EXPECT_THAT(elf->symbols, IsEmpty());
}

}  // namespace
}  // namespace faultline::host
