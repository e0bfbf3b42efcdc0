// SPDX-License-Identifier: Apache-2.0
#include "advisor/target/user_code.h"

#include <algorithm>
#include <iterator>

#include "advisor/host/proc.h"

namespace faultline::target {

void UserCode::learn(const host::Machine& machine, pid_t pid, CodeFiles& files) {
  const auto maps = host::read_maps(machine.root, pid);
  if (!maps) return;
  auto list = std::make_shared<std::vector<Mapping>>();
  bool has_own_allocator = true;  // no C library and no allocator library: it is linked in
  for (const host::Mapping& mapping : *maps) {
    if (!mapping.executable || mapping.inode == 0) continue;
    auto file = files.of(machine, pid, mapping);
    has_own_allocator = has_own_allocator && !file->is_libc_or_allocator();
    list->push_back({mapping.start, mapping.end, mapping.offset, false, std::move(file)});
  }
  for (Mapping& mapping : *list) mapping.has_own_allocator = has_own_allocator;
  mappings_[pid] = std::move(list);
}

void UserCode::inherit(pid_t child, pid_t parent) {
  const auto known = mappings_.find(parent);
  if (known == mappings_.end()) return;
  auto code = known->second;
  mappings_.insert_or_assign(child, std::move(code));  // the number may be that of an earlier process
}

void UserCode::forget(pid_t pid) { mappings_.erase(pid); }

bool UserCode::is_told(pid_t pid, const CodePlace& place) const {
  if (place.owner == CodeOwner::untold || place.owner == CodeOwner::unread) return false;
  return place.owner != CodeOwner::unknown || knows(pid);
}

const UserCode::Mapping* UserCode::mapping_of(pid_t pid, std::uint64_t address) const {
  const auto known = mappings_.find(pid);
  if (known == mappings_.end()) return nullptr;
  const auto& list = *known->second;  // in the order of addresses, as the kernel writes maps
  const auto after = std::upper_bound(list.begin(), list.end(), address,
                                      [](std::uint64_t key, const Mapping& mapping) { return key < mapping.start; });
  if (after == list.begin() || address >= std::prev(after)->end) return nullptr;
  return &*std::prev(after);
}

const CodePlace& UserCode::place(pid_t pid, std::uint64_t address) {
  const Mapping* mapping = mapping_of(pid, address);
  if (mapping == nullptr) return nowhere_;
  return mapping->file->place(address - mapping->start + mapping->offset, mapping->has_own_allocator);
}

}  // namespace faultline::target
