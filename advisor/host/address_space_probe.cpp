// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/address_space_probe.h"

#ifdef FAULTLINE_HAS_BPF

#include <algorithm>
#include <bpf/address_space.skel.h>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "advisor/host/bpf/address_space.h"
#include "advisor/host/support/bpf_map.h"
#include "advisor/host/support/memory_file.h"
#include "advisor/host/support/needed_types.h"
#include "advisor/host/support/uprobe_links.h"

namespace faultline::host {
namespace {

using Part = AddressSpaceProbe::Part;

const char* const where = "bpf";
const char* const unlock = "run as root, or with CAP_BPF and CAP_PERFMON";

struct LinkEnd {
  void operator()(bpf_link* link) const { ::bpf_link__destroy(link); }
};
using Link = std::unique_ptr<bpf_link, LinkEnd>;
using Links = std::vector<Link>;

struct SkeletonEnd {
  void operator()(address_space_bpf* skeleton) const { address_space_bpf__destroy(skeleton); }
};
using Skeleton = std::unique_ptr<address_space_bpf, SkeletonEnd>;

tl::unexpected<Error> refused(const char* what, int error) {
  const bool denied = error == EPERM || error == EACCES;
  const std::string why = std::string(denied ? "BPF is denied: " : "") + std::strerror(error);
  return fail(denied ? ErrorKind::permission : ErrorKind::io, what, where, why, denied ? unlock : "");
}

/// The programs see the numbers that processes have in the first PID namespace (include/linux/proc_ns.h,
/// PROC_PID_INIT_INO).
bool in_first_pid_namespace(const Root& root) {
  const auto link = root.read_link("/proc/self/ns/pid");
  return !link || *link == "pid:[4026531836]";
}

Result<void> check(const Machine& machine) {
  const char* const what = "cannot watch locks and faults";
  if (!machine.abilities.has_btf) {
    return fail(ErrorKind::unsupported, what, "/sys/kernel/btf/vmlinux", "the kernel has no BTF",
                "a kernel with CONFIG_DEBUG_INFO_BTF");
  }
  if (!in_first_pid_namespace(machine.root)) {
    return fail(ErrorKind::unsupported, what, "/proc/self/ns/pid",
                "faultline runs in a PID namespace of its own, where processes have other numbers than the kernel's",
                "run it on the host, or in its PID namespace");
  }
  return {};
}

Result<void> add(Links& links, const bpf_program* program, const char* what) {
  Link link(::bpf_program__attach(program));
  if (link) {
    links.push_back(std::move(link));
    return {};
  }
  const int error = errno;
  if (error != ENOENT) return refused(what, error);
  const char* const section = ::bpf_program__section_name(program);
  return fail(ErrorKind::unsupported, what, section, "this kernel has no such tracepoint",
              std::string(section).ends_with("contention_begin") ? "Linux 5.19 or later" : "");
}

/// What a table of the kernel's says of each target.
template <class Seen>
using ByTarget = std::vector<std::vector<Seen>>;

/// The entries of a table, as `place(key, value)` says to whom each belongs and what it tells.
template <class Seen, class Key, class Value, class Place>
Result<ByTarget<Seen>> sorted_by_target(const bpf_map* map, std::size_t targets, Place place) {
  const auto all = read_all<Key, Value>(map);
  if (!all) return tl::unexpected(all.error());
  ByTarget<Seen> sorted(targets);
  for (const auto& [key, value] : *all) {
    auto [target, seen] = place(key, value);
    if (target < targets) sorted[target].push_back(std::move(seen));
  }
  return sorted;
}

Skeleton open_skeleton(const char* types_path) {
  bpf_object_open_opts options{};
  options.sz = sizeof options;
  options.btf_custom_path = types_path;
  return Skeleton(address_space_bpf__open_opts(&options));
}

/// Whether `types` has what the programs need of the kernel's type information.
bool write_needed_types(const MemoryFile& types, const address_space_bpf& skeleton) {
  const auto needed = needed_types(*::bpf_object__btf(skeleton.obj));
  return needed && types.append(*needed);
}

double seconds(unsigned long long ns) { return static_cast<double>(ns) * 1e-9; }

}  // namespace

struct AddressSpaceProbe::Object {
  Skeleton skeleton;
  std::array<Links, 3> links;
  std::array<UprobeLinks, 2> entries;
  bool can_probe_functions = false;
  bool by_needed_types = true;
  std::uint64_t page_bytes = 4096;
  std::uint32_t targets = 1;
  // Read once for all targets, and kept while nothing runs that could add to it.
  std::optional<ByTarget<SampledPage>> pages;
  std::optional<ByTarget<FaultingThread>> threads;
  std::optional<ByTarget<LockTaker>> takers;
  int load();
  Links& of(Part part) { return links[static_cast<std::size_t>(part)]; }
  UprobeLinks& of(Site site) { return entries[static_cast<std::size_t>(site)]; }
  void forget_readings() {
    pages.reset();
    threads.reset();
    takers.reset();
  }

  /// Of one target, by what is kept or by `read()`.
  template <class Seen, class Read>
  Result<std::vector<Seen>> seen_of(unsigned target, std::optional<ByTarget<Seen>>& kept, Part part, Read read) {
    if (!kept || !of(part).empty()) {
      auto now = read();
      if (!now) return tl::unexpected(now.error());
      kept = std::move(*now);
    }
    return target < kept->size() ? kept->at(target) : std::vector<Seen>{};
  }
};

AddressSpaceProbe::AddressSpaceProbe(std::unique_ptr<Object> object) : object_(std::move(object)) {}

Result<AddressSpaceProbe> AddressSpaceProbe::open(const Machine& machine, unsigned targets) {
  if (const auto checked = check(machine); !checked) return tl::unexpected(checked.error());
  // What libbpf has to say comes back as errno; its text would be mixed with ours.
  ::libbpf_set_print(nullptr);
  auto object = std::make_unique<Object>();
  object->page_bytes = machine.facts.page_bytes;
  object->targets = std::max(1U, targets);
  object->can_probe_functions = has_uprobe_multi(machine.facts.kernel);
  int error = object->load();
  if (error != 0) {
    // By all of the kernel's types, as libbpf reads them: dear, and never wrong for a reason of ours. Also where it is
    // "denied": the verifier says so too of an access that it does not take.
    object->by_needed_types = false;
    error = object->load();
  }
  if (error != 0 && object->can_probe_functions) {
    // What can't be had of functions is not to be lost of locks and faults.
    object->can_probe_functions = false;
    error = object->load();
  }
  if (error == 0) return AddressSpaceProbe(std::move(object));
  // Helpers that are not there, bpf_task_pt_regs of Linux 5.15 the latest of them.
  if (error == EINVAL) {
    return fail(ErrorKind::unsupported, "cannot load BPF programs", where, "the kernel does not take them",
                "Linux 5.15 or later");
  }
  return refused("cannot load BPF programs", error);
}

/// 0 or an errno.
int AddressSpaceProbe::Object::load() {
  // Read when the programs are loaded.
  const auto types = by_needed_types ? MemoryFile::open("kernel-types") : std::nullopt;
  skeleton = open_skeleton(types ? types->path().c_str() : nullptr);
  if (!skeleton) return errno;
  if (types && !write_needed_types(*types, *skeleton)) return ENODATA;
  skeleton->rodata->page_shift = static_cast<unsigned>(__builtin_ctzll(page_bytes));
  ::bpf_map__set_max_entries(skeleton->maps.waits, targets);
  ::bpf_map__set_max_entries(skeleton->maps.faults, targets);
  ::bpf_map__set_max_entries(skeleton->maps.allocations, targets + 1);
  ::bpf_program__set_autoload(skeleton->progs.allocator_called, can_probe_functions);
  ::bpf_program__set_expected_attach_type(skeleton->progs.allocator_called, static_cast<bpf_attach_type>(uprobe_multi));
  return -address_space_bpf__load(skeleton.get());
}

bool AddressSpaceProbe::follow(pid_t process, unsigned target) {
  const auto key = static_cast<std::uint32_t>(process);
  return ::bpf_map_update_elem(::bpf_map__fd(object_->skeleton->maps.targets), &key, &target, BPF_ANY) == 0;
}

void AddressSpaceProbe::forget(const std::vector<pid_t>& processes) {
  if (processes.empty()) return;
  const auto& maps = object_->skeleton->maps;
  std::set<std::uint32_t> gone;
  for (const pid_t process : processes) {
    const auto key = static_cast<std::uint32_t>(process);
    gone.insert(key);
    (void)::bpf_map_delete_elem(::bpf_map__fd(maps.targets), &key);
  }
  // One that stays says of an address space that is gone that it was waited for: nobody takes its lock any more.
  (void)delete_if<std::uint64_t, faultline_contended>(
      maps.contended, [&](std::uint64_t, const faultline_contended& who) { return gone.contains(who.process); });
}

Result<void> AddressSpaceProbe::attach(Part part) {
  if (attached(part)) return {};
  object_->forget_readings();
  const auto& programs = object_->skeleton->progs;
  Links links;
  Result<void> done;
  switch (part) {
    case Part::lock_waits:
      // Of a wait that was not over when the last look ended, the end was not seen.
      done = delete_if<std::uint32_t, faultline_wait>(object_->skeleton->maps.waiting,
                                                      [](auto, const auto&) { return true; });
      if (!done) return done;
      // The end first: of a wait that began before, nothing is known.
      done = add(links, programs.contention_end, "cannot watch waits for locks");
      if (done) done = add(links, programs.contention_begin, "cannot watch waits for locks");
      break;
    case Part::lock_takers:
      // Who held a lock when it was last looked at has let go of it since.
      done = delete_if<std::uint64_t, faultline_hold>(object_->skeleton->maps.held,
                                                      [](auto, const auto&) { return true; });
      if (!done) return done;
      done = add(links, programs.lock_taken_with_path, "cannot watch who takes mmap_lock");
      if (!done) done = add(links, programs.lock_taken, "cannot watch who takes mmap_lock");
      if (done) done = add(links, programs.lock_released, "cannot watch who takes mmap_lock");
      break;
    case Part::faults:
      done = add(links, programs.page_fault_user, "cannot watch faults");
      if (done) done = add(links, programs.page_fault_kernel, "cannot watch faults");
      break;
  }
  if (done) object_->of(part) = std::move(links);
  return done;
}

void AddressSpaceProbe::detach(Part part) {
  // Backwards, so that what marks a beginning goes before what sees its end.
  Links& links = object_->of(part);
  while (!links.empty()) links.pop_back();
}

bool AddressSpaceProbe::attached(Part part) const { return !object_->of(part).empty(); }

Result<void> AddressSpaceProbe::sample_pages(unsigned bits) {
  const auto& maps = object_->skeleton->maps;
  const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
  object_->skeleton->bss->page_hash_mask = mask;
  object_->forget_readings();
  return delete_if<faultline_page, faultline_page_faults>(maps.pages, [&](const faultline_page& page, const auto&) {
    return (FAULTLINE_PAGE_HASH(page.number) & mask) != 0;
  });
}

std::uint64_t AddressSpaceProbe::contentions() const {
  // The programs write it while it is read.
  return *const_cast<const volatile __u64*>(&object_->skeleton->bss->contentions);
}

Result<LockWaits> AddressSpaceProbe::lock_waits(unsigned target) const {
  const auto by_cpu = read_per_cpu<faultline_waits>(object_->skeleton->maps.waits, target);
  if (!by_cpu) return tl::unexpected(by_cpu.error());
  LockWaits sum;
  static_assert(std::tuple_size_v<decltype(sum.by_log2_ns)> == FAULTLINE_WAIT_SLOTS);
  for (const faultline_waits& one : *by_cpu) {
    sum.reads += one.read_count;
    sum.writes += one.write_count;
    sum.read_seconds += seconds(one.read_ns);
    sum.write_seconds += seconds(one.write_ns);
    sum.queued_seconds += seconds(one.queued_ns);
    sum.missed += one.missed;
    for (std::size_t i = 0; i < sum.by_log2_ns.size(); ++i) sum.by_log2_ns[i] += one.by_log2_ns[i];
  }
  return sum;
}

Result<std::vector<LockTaker>> AddressSpaceProbe::lock_takers(unsigned target) const {
  static_assert(LockTaker::another_process == FAULTLINE_CALL_OF_ANOTHER);
  return object_->seen_of(target, object_->takers, Part::lock_takers, [&] {
    return sorted_by_target<LockTaker, faultline_taker, faultline_holds>(
        object_->skeleton->maps.takers, object_->targets,
        [](const faultline_taker& taker, const faultline_holds& holds) {
          return std::pair(taker.target, LockTaker{taker.call, taker.advice, holds.count, seconds(holds.held_ns)});
        });
  });
}

Result<FaultCounts> AddressSpaceProbe::faults(unsigned target) const {
  const auto by_cpu = read_per_cpu<faultline_faults>(object_->skeleton->maps.faults, target);
  if (!by_cpu) return tl::unexpected(by_cpu.error());
  FaultCounts sum;
  for (const faultline_faults& one : *by_cpu) {
    sum.faults += one.faults;
    sum.pages_missed += one.pages_missed;
  }
  return sum;
}

Result<std::vector<SampledPage>> AddressSpaceProbe::pages(unsigned target) const {
  return object_->seen_of(target, object_->pages, Part::faults, [&] {
    return sorted_by_target<SampledPage, faultline_page, faultline_page_faults>(
        object_->skeleton->maps.pages, object_->targets,
        [&](const faultline_page& page, const faultline_page_faults& counts) {
          return std::pair(page.target, SampledPage{static_cast<pid_t>(page.process), page.number * object_->page_bytes,
                                                    counts.touches, counts.copies});
        });
  });
}

Result<std::vector<FaultingThread>> AddressSpaceProbe::threads(unsigned target) const {
  return object_->seen_of(target, object_->threads, Part::faults, [&] {
    return sorted_by_target<FaultingThread, std::uint32_t, faultline_thread>(
        object_->skeleton->maps.threads, object_->targets, [](std::uint32_t /*thread*/, const faultline_thread& seen) {
          const std::string name(seen.name, ::strnlen(seen.name, sizeof seen.name));
          return std::pair(seen.target, FaultingThread{name, seen.faults});
        });
  });
}

Result<void> AddressSpaceProbe::attach_entries(pid_t process, const Fd& file,
                                               const std::vector<AllocationEntry>& entries, Site site) {
  const char* const what = "cannot probe the allocator";
  if (!object_->can_probe_functions) {
    return fail(ErrorKind::unsupported, what, where, "this kernel can't probe several functions at once",
                "Linux 6.6 or later");
  }
  static_assert(static_cast<int>(AllocationEntry::Size::again) == FAULTLINE_SIZE_AGAIN);
  static_assert(static_cast<int>(AllocationEntry::Size::posix_or_malloc) == FAULTLINE_SIZE_POSIX_OR_MALLOC);
  std::vector<UprobeAt> places;
  for (const AllocationEntry& entry : entries) {
    if (site == Site::first) places.push_back({entry.offset, static_cast<std::uint64_t>(entry.size)});
    if (site == Site::second && entry.second) places.push_back({*entry.second, FAULTLINE_SIZE_SEEN_BEFORE});
  }
  if (places.empty()) return {};
  const int error =
      object_->of(site).add(::bpf_program__fd(object_->skeleton->progs.allocator_called), process, file, places);
  if (error == 0) return {};
  if (error == ESRCH) return fail(ErrorKind::gone, what, where, "the process ended");
  return refused(what, error);
}

void AddressSpaceProbe::detach_entries(Site site) { object_->of(site).begin_end(); }

void AddressSpaceProbe::wait_detached() {
  for (UprobeLinks& links : object_->entries) links.wait_end();
}

unsigned AddressSpaceProbe::spare_target() const { return object_->targets; }

Result<AllocationCounts> AddressSpaceProbe::allocations(unsigned target) const {
  const auto by_cpu = read_per_cpu<faultline_allocations>(object_->skeleton->maps.allocations, target);
  if (!by_cpu) return tl::unexpected(by_cpu.error());
  AllocationCounts sum;
  static_assert(std::tuple_size_v<decltype(sum.by_log2_bytes)> == FAULTLINE_WAIT_SLOTS);
  for (const faultline_allocations& one : *by_cpu) {
    for (std::size_t i = 0; i < sum.by_log2_bytes.size(); ++i) {
      sum.by_log2_bytes[i] += one.by_log2_bytes[i];
      sum.counted += one.by_log2_bytes[i];
    }
    sum.hits += one.beside;
  }
  sum.hits += sum.counted;
  return sum;
}

AddressSpaceProbe::AddressSpaceProbe(AddressSpaceProbe&&) noexcept = default;
AddressSpaceProbe& AddressSpaceProbe::operator=(AddressSpaceProbe&&) noexcept = default;
AddressSpaceProbe::~AddressSpaceProbe() = default;

}  // namespace faultline::host

#endif
