// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/proc.h"

#include <algorithm>
#include <cstring>
#include <elf.h>
#include <fmt/format.h>

#include "advisor/host/memory_folder.h"
#include "advisor/host/text_scan.h"

namespace faultline::host {
namespace {

std::string file_of(pid_t pid, std::string_view name) { return fmt::format("/proc/{}/{}", pid, name); }

/// A process that is not there is gone, not a missing file.
Error of_process(Error error, pid_t pid) {
  if (error.kind == ErrorKind::not_found) error.kind = ErrorKind::gone;
  if (error.kind == ErrorKind::permission) error.hint = "CAP_SYS_PTRACE, or run as the user of the process";
  if (error.kind == ErrorKind::gone) error.why = fmt::format("process {} is not there any more", pid);
  return error;
}

constexpr std::size_t small_file_bytes = 1U << 20U;

Result<std::string> read_of(const Root& root, pid_t pid, std::string_view name,
                            std::size_t cap_bytes = small_file_bytes) {
  auto text = root.read(file_of(pid, name), cap_bytes);
  if (!text) return tl::unexpected(of_process(text.error(), pid));
  return text;
}

/// Of one thread: there may be thousands, and each file has one reader.
Result<std::string> read_of_thread(const Root& root, pid_t pid, pid_t tid, std::string_view name) {
  auto text = root.read_now(fmt::format("/proc/{}/task/{}/{}", pid, tid, name), small_file_bytes);
  if (!text) return tl::unexpected(of_process(text.error(), pid));
  return text;
}

/// A file about the address space, for whose sake alone the threads are looked through.
Result<std::string> read_of_memory(const Root& root, pid_t pid, std::string_view name,
                                   std::size_t cap_bytes = small_file_bytes) {
  auto text = read_of(root, pid, name, cap_bytes);
  const bool is_there = text && !text->empty();
  if (is_there || (!text && text.error().kind == ErrorKind::permission)) return text;
  text = root.read(fmt::format("{}/{}", memory_folder(root, pid), name), cap_bytes);
  if (!text) return tl::unexpected(of_process(text.error(), pid));
  return text;
}

Result<std::vector<pid_t>> numbers_in(const Root& root, const std::string& folder) {
  const auto names = root.list(folder);
  if (!names) return tl::unexpected(names.error());
  std::vector<pid_t> numbers;
  for (const std::string& name : *names) {
    if (const auto number = to_number<pid_t>(name)) numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

}  // namespace

Result<ProcStat> read_stat(const Root& root, pid_t pid) { return read_of(root, pid, "stat").and_then(parse_stat); }

Result<ProcStatus> read_status(const Root& root, pid_t pid) {
  auto status = read_of(root, pid, "status").and_then(parse_status);
  if (!status || status->size_bytes) return status;
  const auto text = root.read(memory_folder(root, pid) + "/status");
  return text ? parse_status(*text) : status;
}

Result<ProcStat> read_thread_stat(const Root& root, pid_t pid, pid_t tid) {
  return read_of_thread(root, pid, tid, "stat").and_then(parse_stat);
}

Result<ProcStatus> read_thread_status(const Root& root, pid_t pid, pid_t tid) {
  // The main thread's is the process's own (fs/proc/base.c, proc_pid_status), which others read too.
  if (tid == pid) return read_of(root, pid, "status").and_then(parse_status);
  return read_of_thread(root, pid, tid, "status").and_then(parse_status);
}

Result<std::vector<pid_t>> list_threads(const Root& root, pid_t pid) {
  auto threads = numbers_in(root, file_of(pid, "task"));
  if (!threads) return tl::unexpected(of_process(threads.error(), pid));
  return threads;
}

Result<std::vector<pid_t>> list_processes(const Root& root) { return numbers_in(root, "/proc"); }

Result<SchedStat> read_schedstat(const Root& root, pid_t pid, pid_t tid) {
  const auto text = read_of_thread(root, pid, tid, "schedstat");
  if (!text) return tl::unexpected(text.error());
  std::string_view rest = trimmed(*text);
  const auto run = to_number(take_word(rest));
  const auto wait = to_number(take_word(rest));
  const auto slices = to_number(take_word(rest));
  if (!run || !wait || !slices) {
    return fail(ErrorKind::unsupported, "cannot make sense of", "/proc/PID/task/TID/schedstat", "not three numbers",
                "a kernel with CONFIG_SCHED_INFO");
  }
  return SchedStat{*run, *wait, *slices};
}

Result<std::uint64_t> read_migrations(const Root& root, pid_t pid, pid_t tid) {
  const auto text = read_of_thread(root, pid, tid, "sched");
  if (!text) return tl::unexpected(text.error());
  std::string_view rest = *text;
  while (!rest.empty()) {
    std::string_view line = take_until(rest, '\n');
    if (!line.starts_with("se.nr_migrations")) continue;
    (void)take_until(line, ':');
    if (const auto moves = to_number(trimmed(line))) return *moves;
  }
  return fail(ErrorKind::unsupported, "cannot make sense of", "/proc/PID/task/TID/sched", "no se.nr_migrations in it",
              "a kernel with CONFIG_SCHED_DEBUG");
}

Result<std::vector<Mapping>> read_maps(const Root& root, pid_t pid) {
  // 65 530 mappings (vm.max_map_count) of about 100 bytes each are 6 MiB; some hosts raise the limit.
  constexpr std::size_t cap_bytes = 64U << 20U;
  return read_of_memory(root, pid, "maps", cap_bytes).and_then(parse_maps);
}

Result<std::uint64_t> read_anon_huge_bytes(const Root& root, pid_t pid) {
  const auto text = read_of_memory(root, pid, "smaps_rollup");
  if (!text) return tl::unexpected(text.error());
  const auto kibibytes_at = text->find("AnonHugePages:");
  if (kibibytes_at == std::string::npos) {
    return fail(ErrorKind::unsupported, "cannot read", file_of(pid, "smaps_rollup"), "no AnonHugePages in it");
  }
  std::string_view rest = std::string_view(*text).substr(kibibytes_at);
  take_until(rest, ':');
  const auto kibibytes = to_number(take_word(rest));
  if (!kibibytes) return fail(ErrorKind::input, "cannot make sense of", file_of(pid, "smaps_rollup"), "AnonHugePages");
  return *kibibytes * 1024;
}

Result<bool> read_at_secure(const Root& root, pid_t pid) {
  const auto bytes = read_of_memory(root, pid, "auxv");
  if (!bytes) return tl::unexpected(bytes.error());
  // Pairs of words of the process's own size; faultline reads 64-bit processes, and a 32-bit one yields no entry.
  for (std::size_t at = 0; at + sizeof(Elf64_auxv_t) <= bytes->size(); at += sizeof(Elf64_auxv_t)) {
    Elf64_auxv_t entry{};
    std::memcpy(&entry, bytes->data() + at, sizeof entry);
    if (entry.a_type == AT_SECURE) return entry.a_un.a_val != 0;
  }
  return fail(ErrorKind::unsupported, "cannot find AT_SECURE", file_of(pid, "auxv"), "no such entry");
}

Result<std::map<std::string, std::string>> read_environment(const Root& root, pid_t pid,
                                                            bool (*allowed)(std::string_view name)) {
  constexpr std::size_t longest_value = 4096;
  const auto text = read_of_memory(root, pid, "environ", 8U << 20U);
  if (!text) return tl::unexpected(text.error());
  std::map<std::string, std::string> environment;
  std::string_view rest = *text;
  while (!rest.empty()) {
    std::string_view entry = take_until(rest, '\0');
    const std::string_view name = take_until(entry, '=');
    // The first of two assignments is the one that getenv(3) finds.
    if (allowed(name) && entry.size() <= longest_value) environment.emplace(name, entry);
  }
  return environment;
}

Result<std::map<std::string, std::string>> read_cgroups(const Root& root, pid_t pid) {
  return read_of(root, pid, "cgroup").and_then(parse_cgroups);
}

}  // namespace faultline::host
