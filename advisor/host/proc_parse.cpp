// SPDX-License-Identifier: Apache-2.0
// The parsers of proc.h: text in, values out. Nothing here opens a file.
#include <array>
#include <fmt/format.h>
#include <unistd.h>

#include "advisor/host/proc.h"
#include "advisor/host/text_scan.h"

namespace faultline::host {
namespace {

tl::unexpected<Error> malformed(const char* file, std::string_view why) {
  return fail(ErrorKind::input, "cannot make sense of", file, std::string(why));
}

/// A device, inode or address of a maps line.
bool parse_range(std::string_view word, Mapping& mapping) {
  const auto start = to_number(take_until(word, '-'), 16);
  const auto end = to_number(word, 16);
  if (!start || !end || *end < *start) return false;
  mapping.start = *start;
  mapping.end = *end;
  return true;
}

bool parse_device(std::string_view word, Mapping& mapping) {
  const auto major = to_number(take_until(word, ':'), 16);
  const auto minor = to_number(word, 16);
  if (!major || !minor) return false;
  mapping.device_major = *major;
  mapping.device_minor = *minor;
  return true;
}

std::optional<Mapping> parse_mapping(std::string_view line) {
  Mapping mapping;
  if (!parse_range(take_word(line), mapping)) return std::nullopt;
  const std::string_view rights = take_word(line);
  if (rights.size() != 4) return std::nullopt;
  mapping.readable = rights[0] == 'r';
  mapping.writable = rights[1] == 'w';
  mapping.executable = rights[2] == 'x';
  mapping.shared = rights[3] == 's';
  const auto offset = to_number(take_word(line), 16);
  if (!offset || !parse_device(take_word(line), mapping)) return std::nullopt;
  mapping.offset = *offset;
  const auto inode = to_number(take_word(line));
  if (!inode) return std::nullopt;
  mapping.inode = *inode;
  const auto path = line.find_first_not_of(' ');
  if (path != std::string_view::npos) mapping.path = line.substr(path);
  return mapping;
}

struct SizeField {
  std::string_view key;
  std::optional<std::uint64_t> ProcStatus::*field;
};
constexpr std::array size_fields{
    SizeField{"VmSize", &ProcStatus::size_bytes},        SizeField{"VmRSS", &ProcStatus::rss_bytes},
    SizeField{"RssAnon", &ProcStatus::rss_anon_bytes},   SizeField{"RssFile", &ProcStatus::rss_file_bytes},
    SizeField{"RssShmem", &ProcStatus::rss_shmem_bytes}, SizeField{"VmHWM", &ProcStatus::hwm_bytes},
    SizeField{"VmLck", &ProcStatus::locked_bytes},       SizeField{"VmSwap", &ProcStatus::swap_bytes},
};

}  // namespace

Result<ProcStat> parse_stat(std::string_view text) {
  // comm is in parentheses and may hold anything, parentheses and newlines too: the last ')' ends it.
  const auto open = text.find('(');
  const auto close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return malformed("/proc/PID/stat", "no command name in parentheses");
  }
  ProcStat stat;
  const auto pid = to_number<pid_t>(trimmed(text.substr(0, open)));
  stat.comm = text.substr(open + 1, close - open - 1);
  std::string_view rest = trimmed(text.substr(close + 1));
  // Fields by their number in proc_pid_stat(5); the state is field 3.
  constexpr int last_field = 22;
  std::array<std::string_view, last_field + 1> field;
  for (int i = 3; i <= last_field; ++i) field[static_cast<std::size_t>(i)] = take_word(rest);
  const auto number = [&](std::size_t i) { return to_number(field[i]); };
  const auto parent = to_number<pid_t>(field[4]);
  if (!pid || field[3].size() != 1 || !parent || !number(22)) return malformed("/proc/PID/stat", "too few fields");
  const double tick_seconds = 1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  stat.pid = *pid;
  stat.state = field[3][0];
  stat.parent = *parent;
  stat.group = to_number<pid_t>(field[5]).value_or(0);
  stat.flags = number(9).value_or(0);
  stat.minor_faults = number(10).value_or(0);
  stat.major_faults = number(12).value_or(0);
  stat.cpu_seconds = static_cast<double>(number(14).value_or(0) + number(15).value_or(0)) * tick_seconds;
  stat.threads = static_cast<unsigned>(number(20).value_or(0));
  stat.start_ticks = *number(22);
  return stat;
}

Result<ProcStatus> parse_status(std::string_view text) {
  if (text.find("\nUid:") == std::string_view::npos) return malformed("/proc/PID/status", "no Uid line");
  ProcStatus status;
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    const std::string_view key = take_until(line, ':');
    const std::string_view value = take_word(line);
    for (const SizeField& one : size_fields) {
      if (one.key != key) continue;
      if (const auto kibibytes = to_number(value)) status.*one.field = *kibibytes * 1024;
    }
    if (key == "Uid") status.uid = to_number<uid_t>(value).value_or(0);
    if (key == "voluntary_ctxt_switches") status.voluntary_switches = to_number(value).value_or(0);
    if (key == "nonvoluntary_ctxt_switches") status.involuntary_switches = to_number(value).value_or(0);
  }
  return status;
}

Result<std::vector<Mapping>> parse_maps(std::string_view text) {
  std::vector<Mapping> mappings;
  while (!text.empty()) {
    const std::string_view line = take_until(text, '\n');
    auto mapping = parse_mapping(line);
    if (!mapping) return malformed("/proc/PID/maps", line.substr(0, 80));
    mappings.push_back(std::move(*mapping));
  }
  return mappings;
}

Result<std::map<std::string, std::string>> parse_cgroups(std::string_view text) {
  std::map<std::string, std::string> paths;
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    if (line.empty()) continue;
    if (!to_number(take_until(line, ':'))) return malformed("/proc/PID/cgroup", "no hierarchy number");
    const std::string_view controllers = take_until(line, ':');
    if (line.empty()) return malformed("/proc/PID/cgroup", "no path");
    paths.emplace(controllers, line);
  }
  return paths;
}

}  // namespace faultline::host
