// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/elf.h"

#include <algorithm>
#include <climits>
#include <cstring>
#include <elf.h>
#include <optional>
#include <sys/stat.h>
#include <unordered_map>

#include "advisor/host/safe_open.h"

namespace faultline::host {
namespace {

// A browser has about 300 sections and 100 MiB of symbols; past these limits a file is hostile or of no use here.
constexpr std::size_t most_headers = 4096;
constexpr std::uint64_t most_symbol_bytes = 256ULL << 20U;
constexpr std::uint64_t chunk_bytes = 1U << 20U;
constexpr std::size_t longest_name = 256;
// A name stands once in a string table, or a few times as the tail of longer ones.
constexpr std::size_t most_places = 4096;

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

using Places = std::unordered_map<std::uint64_t, std::string_view>;

void find_in_chunk(std::string_view chunk, std::uint64_t offset, std::string_view name, Places& places) {
  const std::string ended = std::string(name) + '\0';
  for (auto at = chunk.find(ended); at != std::string_view::npos; at = chunk.find(ended, at + 1)) {
    if (places.size() >= most_places) return;
    places.emplace(offset + at, name);
  }
}

/// Where the wanted names are in a string table: a name may be the tail of a longer one, so a symbol's name starts
/// anywhere.
Places find_names(const Reader& reader, const Elf64_Shdr& strings, const std::vector<std::string_view>& wanted) {
  Places places;
  for (std::uint64_t offset = 0; offset < strings.sh_size; offset += chunk_bytes) {
    const auto count = std::min(chunk_bytes + longest_name, strings.sh_size - offset);
    const std::string chunk = reader.bytes(strings.sh_offset + offset, count);
    if (chunk.size() != count) return {};
    for (const std::string_view name : wanted) find_in_chunk(chunk, offset, name, places);
  }
  return places;
}

/// Marks the wanted names that a symbol table defines. Goes through both tables in pieces: memory stays small however
/// long they are.
void find_symbols(const Reader& reader, const Elf64_Shdr& table, const Elf64_Shdr& strings,
                  const std::vector<std::string_view>& wanted, std::set<std::string>& found) {
  if (strings.sh_size > most_symbol_bytes || table.sh_size > most_symbol_bytes) return;
  const Places places = find_names(reader, strings, wanted);
  if (places.empty()) return;
  const std::uint64_t rows = table.sh_size / sizeof(Elf64_Sym);
  const std::uint64_t rows_a_chunk = chunk_bytes / sizeof(Elf64_Sym);
  for (std::uint64_t row = 0; row < rows; row += rows_a_chunk) {
    const auto count = std::min(rows_a_chunk, rows - row);
    for (const Elf64_Sym& symbol : reader.table<Elf64_Sym>(table.sh_offset + row * sizeof(Elf64_Sym), count)) {
      const auto place = places.find(symbol.st_name);
      if (symbol.st_shndx != SHN_UNDEF && place != places.end()) found.emplace(place->second);
    }
  }
}

void read_sections(const Reader& reader, const Elf64_Ehdr& header, const std::vector<std::string_view>& wanted,
                   ElfSummary& summary) {
  if (header.e_shnum > most_headers || header.e_shentsize != sizeof(Elf64_Shdr)) return;
  const auto sections = reader.table<Elf64_Shdr>(header.e_shoff, header.e_shnum);
  std::set<std::uint32_t> seen;
  for (const Elf64_Shdr& section : sections) {
    if (header.e_shstrndx < sections.size()) {
      const Elf64_Shdr& names = sections[header.e_shstrndx];
      const std::string name = reader.text(names.sh_offset + section.sh_name, longest_name);
      if (name == ".go.buildinfo" || name == ".note.go.buildid") summary.go = true;
    }
    const bool is_table = section.sh_type == SHT_SYMTAB || section.sh_type == SHT_DYNSYM;
    // A file has at most one table of each kind (elf(5)): thousands would only cost time.
    if (is_table && section.sh_link < sections.size() && seen.insert(section.sh_type).second) {
      find_symbols(reader, section, sections[section.sh_link], wanted, summary.symbols);
    }
  }
}

/// PT_INTERP and PT_DYNAMIC. What can't be read is an error: a program without them counts as static.
Result<void> read_segments(const Reader& reader, const Elf64_Ehdr& header, ElfSummary& summary) {
  const auto segments = reader.table<Elf64_Phdr>(header.e_phoff, header.e_phnum);
  if (segments.size() != header.e_phnum) return malformed("its program headers are outside of the file");
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type == PT_DYNAMIC) summary.dynamic = true;
    if (segment.p_type != PT_INTERP) continue;
    // As the kernel takes it: a path that ends within the segment (fs/binfmt_elf.c, load_elf_binary).
    const std::string loader = segment.p_filesz <= PATH_MAX ? reader.bytes(segment.p_offset, segment.p_filesz) : "";
    if (loader.size() < 2 || loader.back() != '\0') return malformed("its loader's name");
    summary.interpreter = loader.c_str();
  }
  return {};
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
  if (header.e_type != ET_EXEC && header.e_type != ET_DYN) return malformed("neither a program nor a library");
  if (header.e_phnum == 0 || header.e_phnum > most_headers || header.e_phentsize != sizeof(Elf64_Phdr)) {
    return malformed("its program headers");
  }
  ElfSummary summary;
  summary.machine = header.e_machine;
  if (auto segments = read_segments(reader, header, summary); !segments) return tl::unexpected(segments.error());
  read_sections(reader, header, wanted, summary);
  return summary;
}

}  // namespace faultline::host
