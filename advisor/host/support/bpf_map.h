// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "advisor/model/result.h"

namespace faultline::host {

inline Error map_error(const char* what, int error) {
  return {ErrorKind::io, what, "bpf map", std::strerror(error), {}};
}

/// The values of all CPUs under one key of a per-CPU map.
template <class Value>
Result<std::vector<Value>> read_per_cpu(const bpf_map* map, std::uint32_t key) {
  static_assert(sizeof(Value) % 8 == 0, "the kernel pads values of per-CPU maps to eight bytes");
  const int cpus = ::libbpf_num_possible_cpus();
  if (cpus <= 0) return tl::unexpected(map_error("cannot count CPUs", -cpus));
  std::vector<Value> values(static_cast<std::size_t>(cpus));
  if (::bpf_map_lookup_elem(::bpf_map__fd(map), &key, values.data()) == 0) return values;
  return tl::unexpected(map_error("cannot read counts of the kernel's", errno));
}

/// All entries of a hash map in one system call, so that none is met twice while others come and go.
template <class Key, class Value>
Result<std::vector<std::pair<Key, Value>>> read_all(const bpf_map* map) {
  const std::uint32_t most = ::bpf_map__max_entries(map);
  std::vector<Key> keys(most);
  std::vector<Value> values(most);
  std::uint32_t next = 0, count = most;
  // ENOENT: there are no more.
  if (::bpf_map_lookup_batch(::bpf_map__fd(map), nullptr, &next, keys.data(), values.data(), &count, nullptr) != 0 &&
      errno != ENOENT) {
    return tl::unexpected(map_error("cannot read counts of the kernel's", errno));
  }
  std::vector<std::pair<Key, Value>> entries;
  entries.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) entries.emplace_back(keys[i], values[i]);
  return entries;
}

/// Deletes the entries of a hash map for which `condition(key, value)` holds.
template <class Key, class Value, class Condition>
Result<void> delete_if(const bpf_map* map, Condition condition) {
  const auto all = read_all<Key, Value>(map);
  if (!all) return tl::unexpected(all.error());
  for (const auto& [key, value] : *all) {
    if (condition(key, value)) (void)::bpf_map_delete_elem(::bpf_map__fd(map), &key);
  }
  return {};
}

}  // namespace faultline::host
