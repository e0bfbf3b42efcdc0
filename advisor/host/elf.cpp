// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/elf.h"

#include <algorithm>
#include <cstring>
#include <elf.h>
#include <optional>
#include <sys/stat.h>

#include "advisor/host/safe_open.h"

namespace faultline::host {
namespace {

// A browser has about 300 sections and 100 MiB of symbols; past these limits a file is hostile or of no use here.
constexpr std::size_t most_headers = 4096;
constexpr std::uint64_t most_symbol_bytes = 256ULL << 20U;
constexpr std::uint64_t chunk_bytes = 1U << 20U;
constexpr std::size_t longest_name = 256;

tl::unexpected<Error> malformed(const char* why) {
  return fail(ErrorKind::input, "cannot read an executable", "", why);
}

class Reader {
 public:
  explicit Reader(const Fd& file) : file_(file) {
    struct stat info {};
    if (::fstat(file.get(), &info) == 0) size_ = static_cast<std::uint64_t>(info.st_size);
  }

  [[nodiscard]] bool inside(std::uint64_t offset, std::uint64_t count) const {
    return offset <= size_ && count <= size_ - offset;
  }

  template <class T>
  std::vector<T> table(std::uint64_t offset, std::uint64_t count) const {
    if (count > most_symbol_bytes / sizeof(T) || !inside(offset, count * sizeof(T))) return {};
    const auto bytes = read_at(file_, offset, count * sizeof(T));
    if (!bytes || bytes->size() != count * sizeof(T)) return {};
    std::vector<T> rows(count);
    if (count > 0) std::memcpy(rows.data(), bytes->data(), bytes->size());
    return rows;
  }

  [[nodiscard]] std::string text(std::uint64_t offset, std::size_t most) const {
    if (offset >= size_) return {};
    auto bytes = read_at(file_, offset, std::min<std::uint64_t>(most, size_ - offset));
    if (!bytes) return {};
    bytes->resize(std::min(bytes->find('\0'), bytes->size()));
    return *bytes;
  }

  [[nodiscard]] std::string bytes(std::uint64_t offset, std::uint64_t count) const {
    if (!inside(offset, count)) return {};
    return read_at(file_, offset, count).value_or(std::string());
  }

 private:
  const Fd& file_;
  std::uint64_t size_ = 0;
};

/// Marks the wanted names that a symbol table defines. Goes through it in pieces: memory stays small however long it
/// is.
void find_symbols(const Reader& reader, const Elf64_Shdr& table, const Elf64_Shdr& strings,
                  const std::vector<std::string_view>& wanted, std::set<std::string>& found) {
  if (strings.sh_size > most_symbol_bytes || table.sh_size > most_symbol_bytes) return;
  const std::string names = reader.bytes(strings.sh_offset, strings.sh_size);
  const std::uint64_t rows = table.sh_size / sizeof(Elf64_Sym);
  const std::uint64_t rows_a_chunk = chunk_bytes / sizeof(Elf64_Sym);
  for (std::uint64_t row = 0; row < rows; row += rows_a_chunk) {
    const auto count = std::min(rows_a_chunk, rows - row);
    for (const Elf64_Sym& symbol : reader.table<Elf64_Sym>(table.sh_offset + row * sizeof(Elf64_Sym), count)) {
      if (symbol.st_shndx == SHN_UNDEF || symbol.st_name >= names.size()) continue;
      const std::string_view rest = std::string_view(names).substr(symbol.st_name, longest_name);
      const std::string_view name = rest.substr(0, rest.find('\0'));
      if (std::find(wanted.begin(), wanted.end(), name) != wanted.end()) found.emplace(name);
    }
  }
}

void read_sections(const Reader& reader, const Elf64_Ehdr& header, const std::vector<std::string_view>& wanted,
                   ElfSummary& summary) {
  if (header.e_shnum > most_headers || header.e_shentsize != sizeof(Elf64_Shdr)) return;
  const auto sections = reader.table<Elf64_Shdr>(header.e_shoff, header.e_shnum);
  for (const Elf64_Shdr& section : sections) {
    if (header.e_shstrndx < sections.size()) {
      const Elf64_Shdr& names = sections[header.e_shstrndx];
      const std::string name = reader.text(names.sh_offset + section.sh_name, longest_name);
      if (name == ".go.buildinfo" || name == ".note.go.buildid") summary.go = true;
    }
    const bool is_table = section.sh_type == SHT_SYMTAB || section.sh_type == SHT_DYNSYM;
    if (is_table && section.sh_link < sections.size()) {
      find_symbols(reader, section, sections[section.sh_link], wanted, summary.symbols);
    }
  }
}

}  // namespace

Result<ElfSummary> read_elf(const Fd& file, const std::vector<std::string_view>& wanted) {
  const Reader reader(file);
  const auto headers = reader.table<Elf64_Ehdr>(0, 1);
  if (headers.empty()) return malformed("shorter than an ELF header");
  const Elf64_Ehdr& header = headers.front();
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return malformed("not an ELF file");
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB) {
    return malformed("not a 64-bit little-endian executable");
  }
  if (header.e_phnum > most_headers || header.e_phentsize != sizeof(Elf64_Phdr))
    return malformed("its program headers");
  ElfSummary summary;
  summary.machine = header.e_machine;
  for (const Elf64_Phdr& segment : reader.table<Elf64_Phdr>(header.e_phoff, header.e_phnum)) {
    if (segment.p_type == PT_INTERP) summary.interpreter = reader.text(segment.p_offset, longest_name);
    if (segment.p_type == PT_DYNAMIC) summary.dynamic = true;
  }
  read_sections(reader, header, wanted, summary);
  return summary;
}

}  // namespace faultline::host
