// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/support/kernel_types.h"

#include <cstring>
#include <linux/btf.h>

namespace faultline::host {
namespace {

constexpr std::uint32_t types_a_place = 32;
constexpr int deepest = 16;                // structs in structs, typedefs of typedefs
constexpr std::uint32_t kind_enum64 = 19;  // BTF_KIND_ENUM64 of Linux 6.0, which older headers lack

template <class Value>
std::optional<Value> value_at(std::string_view bytes, std::size_t place) {
  if (place > bytes.size() || bytes.size() - place < sizeof(Value)) return std::nullopt;
  Value value;
  std::memcpy(&value, bytes.data() + place, sizeof value);
  return value;
}

/// What follows the head of a type.
std::optional<std::size_t> bytes_after(std::uint32_t kind, std::size_t count) {
  switch (kind) {
    case BTF_KIND_INT:
    case BTF_KIND_VAR:
    case BTF_KIND_DECL_TAG: return sizeof(std::uint32_t);
    case BTF_KIND_ARRAY: return sizeof(btf_array);
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION: return count * sizeof(btf_member);
    case BTF_KIND_ENUM: return count * sizeof(btf_enum);
    case BTF_KIND_FUNC_PROTO: return count * sizeof(btf_param);
    case BTF_KIND_DATASEC: return count * sizeof(btf_var_secinfo);
    case kind_enum64: return count * 3 * sizeof(std::uint32_t);
    case BTF_KIND_PTR:
    case BTF_KIND_FWD:
    case BTF_KIND_TYPEDEF:
    case BTF_KIND_VOLATILE:
    case BTF_KIND_CONST:
    case BTF_KIND_RESTRICT:
    case BTF_KIND_FUNC:
    case BTF_KIND_FLOAT:
    case BTF_KIND_TYPE_TAG: return 0;
    default: return std::nullopt;
  }
}

bool stands_for_another(std::uint32_t kind) {
  return kind == BTF_KIND_TYPEDEF || kind == BTF_KIND_VOLATILE || kind == BTF_KIND_CONST || kind == BTF_KIND_RESTRICT ||
         kind == BTF_KIND_TYPE_TAG;
}

}  // namespace

struct KernelTypes::Record {
  btf_type head{};
  std::size_t after = 0;  ///< where what follows the head begins
  std::size_t next = 0;
  [[nodiscard]] std::uint32_t kind() const { return BTF_INFO_KIND(head.info); }
  [[nodiscard]] std::uint32_t count() const { return BTF_INFO_VLEN(head.info); }
  [[nodiscard]] bool has_bit_fields() const { return BTF_INFO_KFLAG(head.info) != 0; }
};

std::optional<KernelTypes> KernelTypes::of(std::string_view bytes, const std::set<std::string>& structs) {
  const auto header = value_at<btf_header>(bytes, 0);
  if (!header || header->magic != BTF_MAGIC || header->version != BTF_VERSION) return std::nullopt;
  const auto part = [&](std::size_t begin, std::size_t length) -> std::optional<std::string_view> {
    begin += header->hdr_len;
    if (begin > bytes.size() || bytes.size() - begin < length) return std::nullopt;
    return bytes.substr(begin, length);
  };
  const auto types = part(header->type_off, header->type_len);
  const auto strings = part(header->str_off, header->str_len);
  if (!types || !strings || strings->empty() || strings->back() != '\0') return std::nullopt;

  KernelTypes kernel;
  kernel.types_ = *types;
  kernel.strings_ = *strings;
  std::uint32_t id = 1;
  for (std::size_t place = 0; place < types->size(); ++id) {
    const auto record = kernel.record_at(place);
    if (!record) return std::nullopt;
    if ((id - 1) % types_a_place == 0) kernel.places_.push_back(static_cast<std::uint32_t>(place));
    if (record->kind() == BTF_KIND_STRUCT && record->head.name_off != 0) {
      std::string name(kernel.name_at(record->head.name_off));
      if (structs.contains(name) && !kernel.structs_.emplace(std::move(name), id).second) kernel.is_ambiguous_ = true;
    }
    place = record->next;
  }
  return kernel;
}

std::uint32_t KernelTypes::struct_named(const std::string& name) const {
  const auto found = structs_.find(name);
  return found == structs_.end() ? 0 : found->second;
}

std::optional<KernelTypes::Field> KernelTypes::field(std::uint32_t type, std::string_view name) const {
  return field_in(type, name, 0);
}

std::optional<KernelTypes::Field> KernelTypes::field_in(std::uint32_t type, std::string_view name, int depth) const {
  const auto record = record_of(type);
  if (!record || depth > deepest) return std::nullopt;
  if (record->kind() != BTF_KIND_STRUCT && record->kind() != BTF_KIND_UNION) return std::nullopt;
  for (std::uint32_t i = 0; i < record->count(); ++i) {
    const auto member = value_at<btf_member>(types_, record->after + i * sizeof(btf_member));
    if (!member || (record->has_bit_fields() && BTF_MEMBER_BITFIELD_SIZE(member->offset) != 0)) continue;
    const std::uint32_t offset =
        record->has_bit_fields() ? BTF_MEMBER_BIT_OFFSET(member->offset) : std::uint32_t{member->offset};
    if (member->name_off != 0) {
      if (name_at(member->name_off) == name) return Field{offset, member->type};
      continue;
    }
    if (auto inner = field_in(member->type, name, depth + 1)) return Field{offset + inner->bit_offset, inner->type};
  }
  return std::nullopt;
}

std::optional<KernelTypes::Type> KernelTypes::type(std::uint32_t id) const {
  for (int step = 0; step < deepest; ++step) {
    const auto record = record_of(id);
    if (!record) return std::nullopt;
    Type type{.kind = record->kind(), .bytes = record->head.size};
    if (stands_for_another(type.kind)) {
      id = record->head.type;
      continue;
    }
    if (type.kind == BTF_KIND_INT) type.encoding = value_at<std::uint32_t>(types_, record->after).value_or(0);
    if (type.kind == BTF_KIND_ARRAY) {
      const auto array = value_at<btf_array>(types_, record->after).value_or(btf_array{});
      type.element = array.type;
      type.elements = array.nelems;
    }
    return type;
  }
  return std::nullopt;
}

std::optional<KernelTypes::Record> KernelTypes::record_at(std::size_t place) const {
  const auto head = value_at<btf_type>(types_, place);
  if (!head) return std::nullopt;
  Record record{.head = *head, .after = place + sizeof(btf_type)};
  const auto more = bytes_after(record.kind(), record.count());
  if (!more || types_.size() - record.after < *more) return std::nullopt;
  record.next = record.after + *more;
  return record;
}

std::optional<KernelTypes::Record> KernelTypes::record_of(std::uint32_t id) const {
  if (id == 0 || (id - 1) / types_a_place >= places_.size()) return std::nullopt;
  std::uint32_t steps = (id - 1) % types_a_place;
  auto record = record_at(places_[(id - 1) / types_a_place]);
  for (; record && steps > 0; --steps) record = record_at(record->next);
  return record;
}

std::string_view KernelTypes::name_at(std::uint32_t offset) const {
  // The last string ends with the section, so each one ends in it.
  return offset < strings_.size() ? std::string_view(strings_.data() + offset) : std::string_view{};
}

}  // namespace faultline::host
