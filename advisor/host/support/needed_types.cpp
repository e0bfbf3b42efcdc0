// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/support/needed_types.h"

#ifdef FAULTLINE_HAS_BPF

#include <bpf/btf.h>
#include <fcntl.h>
#include <map>
#include <memory>
#include <set>
#include <sys/mman.h>
#include <sys/stat.h>

#include "advisor/host/fd.h"
#include "advisor/host/support/kernel_types.h"

namespace faultline::host {
namespace {

struct TypesEnd {
  void operator()(btf* types) const { ::btf__free(types); }
};

/// libbpf says by a negative id what it refused.
struct Refused {};

std::uint32_t taken(int id) {
  if (id < 0) throw Refused{};
  return static_cast<std::uint32_t>(id);
}

class Subset {
 public:
  Subset(const btf& local, const KernelTypes& kernel) : local_(local), kernel_(kernel), types_(::btf__new_empty()) {
    if (!types_) throw Refused{};
  }

  /// The id of the struct in what is written; 0 where the kernel has none of the name.
  std::uint32_t add_struct(const std::string& name, const btf_type& ours) {
    if (const auto known = added_.find(name); known != added_.end()) return known->second;
    added_[name] = 0;  // One that holds itself can't be, but a file may say so.
    const std::uint32_t theirs = kernel_.struct_named(name);
    if (theirs == 0) return 0;
    // All that it holds comes first: fields are added to the struct that was added last.
    std::vector<std::pair<std::string, KernelTypes::Field>> fields;
    for (std::uint16_t i = 0; i < ::btf_vlen(&ours); ++i) {
      const btf_member& member = ::btf_members(&ours)[i];
      const std::string field_name = ::btf__name_by_offset(&local_, member.name_off);
      auto field = kernel_.field(theirs, field_name);
      if (!field) continue;
      field->type = add_type(field->type, member.type);
      fields.emplace_back(field_name, *field);
    }
    const std::uint32_t id = taken(::btf__add_struct(types_.get(), name.c_str(), kernel_.type(theirs)->bytes));
    for (const auto& [field_name, field] : fields) {
      taken(::btf__add_field(types_.get(), field_name.c_str(), static_cast<int>(field.type), field.bit_offset, 0));
    }
    return added_[name] = id;
  }

  [[nodiscard]] std::string bytes() const {
    std::uint32_t length = 0;
    const void* const data = ::btf__raw_data(types_.get(), &length);
    if (data == nullptr) throw Refused{};
    return {static_cast<const char*>(data), length};
  }

 private:
  std::uint32_t add_type(std::uint32_t theirs, std::uint32_t ours) {
    const auto type = kernel_.type(theirs);
    if (!type) throw Refused{};
    switch (type->kind) {
      case BTF_KIND_PTR: return taken(::btf__add_ptr(types_.get(), 0));
      case BTF_KIND_INT:
        return taken(
            ::btf__add_int(types_.get(), "int", type->bytes, static_cast<int>(BTF_INT_ENCODING(type->encoding))));
      case BTF_KIND_ARRAY: return add_array(*type, ours);
      case BTF_KIND_STRUCT: return add_inner_struct(type->bytes, ours);
      default: throw Refused{};
    }
  }

  std::uint32_t add_array(const KernelTypes::Type& theirs, std::uint32_t ours) {
    const btf_type* const array = resolved(ours);
    if (array == nullptr || !::btf_is_array(array)) throw Refused{};
    const auto element = static_cast<int>(add_type(theirs.element, ::btf_array(array)->type));
    const auto index = static_cast<int>(taken(::btf__add_int(types_.get(), "int", sizeof(int), 0)));
    return taken(::btf__add_array(types_.get(), index, element, theirs.elements));
  }

  /// Where the programs know nothing of what is in it, only its place counts.
  std::uint32_t add_inner_struct(std::uint32_t bytes, std::uint32_t ours) {
    const btf_type* const inner = resolved(ours);
    if (inner == nullptr || !::btf_is_struct(inner)) throw Refused{};
    const std::string name = ::btf__name_by_offset(&local_, inner->name_off);
    if (const std::uint32_t id = add_struct(name, *inner)) return id;
    return taken(::btf__add_struct(types_.get(), name.c_str(), bytes));
  }

  [[nodiscard]] const btf_type* resolved(std::uint32_t id) const {
    const btf_type* type = ::btf__type_by_id(&local_, id);
    while (type != nullptr && (::btf_is_mod(type) || ::btf_is_typedef(type)))
      type = ::btf__type_by_id(&local_, type->type);
    return type;
  }

  const btf& local_;
  const KernelTypes& kernel_;
  std::unique_ptr<btf, TypesEnd> types_;
  std::map<std::string, std::uint32_t> added_;
};

/// The kernel's file: mapped where that can be done (Linux 6.16), else read.
class TypesFile {
 public:
  explicit TypesFile(const char* path) : fd_(::open(path, O_RDONLY | O_CLOEXEC)) {
    struct stat info {};
    if (!fd_ || ::fstat(fd_.get(), &info) != 0 || info.st_size <= 0) return;
    mapped_bytes_ = static_cast<std::size_t>(info.st_size);
    mapped_ = ::mmap(nullptr, mapped_bytes_, PROT_READ, MAP_PRIVATE, fd_.get(), 0);
    if (mapped_ == MAP_FAILED) read_all_of(mapped_bytes_);
  }
  TypesFile(const TypesFile&) = delete;
  TypesFile& operator=(const TypesFile&) = delete;
  ~TypesFile() {
    if (mapped_ != MAP_FAILED) ::munmap(mapped_, mapped_bytes_);
  }
  [[nodiscard]] std::string_view bytes() const {
    if (mapped_ != MAP_FAILED) return {static_cast<const char*>(mapped_), mapped_bytes_};
    return read_;
  }

 private:
  void read_all_of(std::size_t bytes) {
    read_.resize(bytes);
    std::size_t filled = 0;
    while (filled < bytes) {
      const ssize_t got = ::read(fd_.get(), read_.data() + filled, bytes - filled);
      if (got <= 0) break;
      filled += static_cast<std::size_t>(got);
    }
    read_.resize(filled);
  }

  Fd fd_;
  void* mapped_ = MAP_FAILED;
  std::size_t mapped_bytes_ = 0;
  std::string read_;
};

/// Structs of the programs by name.
std::map<std::string, const btf_type*> named_structs(const btf& local) {
  std::map<std::string, const btf_type*> structs;
  for (std::uint32_t id = 1; id < ::btf__type_cnt(&local); ++id) {
    const btf_type* const type = ::btf__type_by_id(&local, id);
    if (::btf_is_struct(type) && type->name_off != 0)
      structs.emplace(::btf__name_by_offset(&local, type->name_off), type);
  }
  return structs;
}

}  // namespace

std::optional<std::string> needed_types(const btf& local, std::string_view kernel) {
  const auto structs = named_structs(local);
  std::set<std::string> names;
  for (const auto& [name, type] : structs) names.insert(name);
  const auto types = KernelTypes::of(kernel, names);
  if (!types || types->is_ambiguous()) return std::nullopt;
  try {
    Subset subset(local, *types);
    for (const auto& [name, type] : structs) subset.add_struct(name, *type);
    return subset.bytes();
  } catch (const Refused&) {
    return std::nullopt;
  }
}

std::optional<std::string> needed_types(const btf& local) {
  const TypesFile file("/sys/kernel/btf/vmlinux");
  return needed_types(local, file.bytes());
}

}  // namespace faultline::host

#endif
