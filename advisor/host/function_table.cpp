// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/function_table.h"

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <memory>
#include <sys/stat.h>

namespace faultline::host {
namespace {

// A browser's engine has some 500 000 functions with 60 MiB of names; past this a table costs more memory than it
// tells.
constexpr std::uint64_t most_table_bytes = 24ULL << 20U;
constexpr std::size_t most_segments = 256;

using ElfHandle = std::unique_ptr<Elf, int (*)(Elf*)>;

struct Segment {
  std::uint64_t address, offset, bytes;
};

std::vector<Segment> segments_of(Elf* elf) {
  std::vector<Segment> segments;
  std::size_t count = 0;
  if (elf_getphdrnum(elf, &count) != 0) return segments;
  for (std::size_t i = 0; i < std::min(count, most_segments); ++i) {
    GElf_Phdr header;
    if (gelf_getphdr(elf, static_cast<int>(i), &header) == nullptr || header.p_type != PT_LOAD) continue;
    segments.push_back({header.p_vaddr, header.p_offset, header.p_filesz});
  }
  return segments;
}

std::optional<std::uint64_t> offset_of(const std::vector<Segment>& segments, std::uint64_t address) {
  for (const Segment& one : segments) {
    if (address >= one.address && address - one.address < one.bytes) return address - one.address + one.offset;
  }
  return std::nullopt;
}

}  // namespace

class FunctionTableReader {
 public:
  explicit FunctionTableReader(Elf* elf) : elf_(elf), segments_(segments_of(elf)) {}

  FunctionTable read() {
    // .symtab holds the functions of .dynsym too; a stripped file has only the latter.
    if (!read_tables(SHT_SYMTAB)) read_tables(SHT_DYNSYM);
    auto& rows = table_.rows_;
    std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.offset < b.offset; });
    return std::move(table_);
  }

 private:
  bool read_tables(GElf_Word type) {
    const std::size_t before = table_.rows_.size();
    for (Elf_Scn* section = elf_nextscn(elf_, nullptr); section != nullptr; section = elf_nextscn(elf_, section)) {
      GElf_Shdr header;
      if (gelf_getshdr(section, &header) == nullptr || header.sh_type != type) continue;
      if (header.sh_size > most_table_bytes || header.sh_entsize == 0) continue;
      read_table(section, header);
    }
    return table_.rows_.size() > before;
  }

  void read_table(Elf_Scn* section, const GElf_Shdr& header) {
    Elf_Data* data = elf_getdata(section, nullptr);
    if (data == nullptr) return;
    const auto count = static_cast<int>(header.sh_size / header.sh_entsize);
    for (int i = 0; i < count; ++i) {
      GElf_Sym symbol;
      if (gelf_getsym(data, i, &symbol) == nullptr) return;
      const auto kind = GELF_ST_TYPE(symbol.st_info);
      if ((kind != STT_FUNC && kind != STT_GNU_IFUNC) || symbol.st_shndx == SHN_UNDEF) continue;
      const char* name = elf_strptr(elf_, header.sh_link, symbol.st_name);
      const auto offset = offset_of(segments_, symbol.st_value);
      if (name != nullptr && *name != '\0' && offset) add(*offset, symbol.st_size, name);
      if (table_.names_.size() > most_table_bytes) return;
    }
  }

  void add(std::uint64_t offset, std::uint64_t bytes, std::string_view name) {
    name = name.substr(0, name.find('@'));
    table_.rows_.push_back(
        {offset, bytes, static_cast<std::uint32_t>(table_.names_.size()), static_cast<std::uint32_t>(name.size())});
    table_.names_ += name;
  }

  Elf* elf_;
  std::vector<Segment> segments_;
  FunctionTable table_;
};

Result<FunctionTable> FunctionTable::read(const Fd& file) {
  if (elf_version(EV_CURRENT) == EV_NONE) {
    return fail(ErrorKind::unsupported, "cannot read symbols", "libelf", "of another version than it was built with");
  }
  const ElfHandle elf(elf_begin(file.get(), ELF_C_READ, nullptr), elf_end);
  if (!elf || elf_kind(elf.get()) != ELF_K_ELF) {
    return fail(ErrorKind::input, "cannot read symbols", "", "not an ELF file");
  }
  return FunctionTableReader(elf.get()).read();
}

FunctionTable::Function FunctionTable::function(const Row& row) const {
  return {row.offset, row.bytes, std::string_view(names_).substr(row.name_at, row.name_bytes)};
}

std::optional<FunctionTable::Function> FunctionTable::at(std::uint64_t offset) const {
  auto after = std::upper_bound(rows_.begin(), rows_.end(), offset,
                                [](std::uint64_t key, const Row& row) { return key < row.offset; });
  // Aliases start at the same place and a function can hold labels: the nearest that reaches this far.
  constexpr int most_steps = 16;
  for (int step = 0; step < most_steps && after != rows_.begin(); ++step) {
    const Row& row = *--after;
    if (row.bytes == 0 || offset - row.offset < row.bytes) return function(row);
  }
  return std::nullopt;
}

std::optional<FunctionTable::Function> FunctionTable::find(std::string_view name) const {
  for (const Row& row : rows_) {
    if (function(row).name == name) return function(row);
  }
  return std::nullopt;
}

std::uint64_t FunctionTable::end_of_function_before(std::uint64_t offset) const {
  const auto at = std::lower_bound(rows_.begin(), rows_.end(), offset,
                                   [](const Row& row, std::uint64_t key) { return row.offset < key; });
  if (at == rows_.begin()) return 0;
  const Row& row = *std::prev(at);
  return row.offset + row.bytes;
}

}  // namespace faultline::host
