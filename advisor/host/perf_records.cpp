// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/perf_records.h"

#include <algorithm>
#include <cstring>
#include <linux/perf_event.h>
#include <utility>

namespace faultline::host {
namespace {

// asm/perf_regs.h of the two architectures; the registers come in ascending order of their numbers.
#if defined(__x86_64__)
constexpr std::uint64_t stack_pointer_mask = 1ULL << 7U;  // PERF_REG_X86_SP
constexpr std::uint64_t link_register_mask = 0;
#elif defined(__aarch64__)
constexpr std::uint64_t stack_pointer_mask = 1ULL << 31U;  // PERF_REG_ARM64_SP
constexpr std::uint64_t link_register_mask = 1ULL << 30U;  // PERF_REG_ARM64_LR
#else
#error "faultline samples on x86-64 and arm64"
#endif

/// Values of a record, front to back; past the end it says zero and ok() is false.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  T take() {
    T value{};
    if (bytes_.size() < sizeof(T)) {
      ok_ = false;
      bytes_ = {};
      return value;
    }
    std::memcpy(&value, bytes_.data(), sizeof(T));
    bytes_.remove_prefix(sizeof(T));
    return value;
  }
  void skip(std::uint64_t count) {
    ok_ = ok_ && count <= bytes_.size();
    bytes_.remove_prefix(count <= bytes_.size() ? count : bytes_.size());
  }
  [[nodiscard]] std::size_t left() const { return bytes_.size(); }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

bool is_context_mark(std::uint64_t address) { return address >= static_cast<std::uint64_t>(PERF_CONTEXT_MAX); }

void take_call_chain(Fields& fields, Sample& sample) {
  std::vector<std::uint64_t>* into = nullptr;
  const auto count = fields.take<std::uint64_t>();
  for (std::uint64_t i = 0; i < count && fields.ok(); ++i) {
    const auto address = fields.take<std::uint64_t>();
    if (address == static_cast<std::uint64_t>(PERF_CONTEXT_KERNEL)) {
      into = &sample.kernel;
    } else if (address == static_cast<std::uint64_t>(PERF_CONTEXT_USER)) {
      into = &sample.user;
    } else if (is_context_mark(address)) {
      into = nullptr;  // hypervisor and guest frames
    } else if (into != nullptr) {
      into->push_back(address);
    }
  }
}

/// The copy of the stack: its room, the bytes, and behind them how many of them are real.
void take_stack(Fields& fields, Sample& sample) {
  constexpr std::uint64_t word_bytes = sizeof(std::uint64_t);
  const auto room = fields.take<std::uint64_t>();
  if (room == 0) return;
  std::vector<std::uint64_t> words;
  const std::uint64_t whole_words = std::min<std::uint64_t>(room, fields.left()) / word_bytes;
  for (std::uint64_t i = 0; i < whole_words; ++i) words.push_back(fields.take<std::uint64_t>());
  fields.skip(room - whole_words * word_bytes);
  words.resize(std::min<std::uint64_t>(words.size(), fields.take<std::uint64_t>() / word_bytes));
  if (!words.empty()) sample.user_return = words.front();
  if (!sample.kernel.empty()) sample.user_stack = std::move(words);
}

std::optional<Record> parse_sample(Fields fields) {
  Sample sample;
  sample.pid = fields.take<pid_t>();
  sample.tid = fields.take<pid_t>();
  sample.time_ns = fields.take<std::uint64_t>();
  take_call_chain(fields, sample);
  std::uint64_t link_register = 0;
  if (fields.take<std::uint64_t>() != PERF_SAMPLE_REGS_ABI_NONE) {
    if (link_register_mask != 0) link_register = fields.take<std::uint64_t>();
    (void)fields.take<std::uint64_t>();  // the stack pointer
  }
  take_stack(fields, sample);
  if (link_register_mask != 0) sample.user_return = link_register;
  if (!fields.ok()) return std::nullopt;
  return sample;
}

std::optional<Record> parse_task(Fields fields, bool is_birth) {
  const auto pid = fields.take<pid_t>();
  const auto parent_pid = fields.take<pid_t>();
  const auto tid = fields.take<pid_t>();
  const auto parent_tid = fields.take<pid_t>();
  const auto time_ns = fields.take<std::uint64_t>();
  if (!fields.ok()) return std::nullopt;
  if (is_birth) return Birth{time_ns, pid, tid, parent_pid, parent_tid};
  return Death{time_ns, pid, tid};
}

/// A name that a thread got, then what sample_id_all appends of `sample_fields`: pid, tid, time.
std::optional<Record> parse_name(Fields fields, bool is_by_exec) {
  if (!is_by_exec) return std::nullopt;
  const auto pid = fields.take<pid_t>();
  (void)fields.take<pid_t>();
  if (fields.left() < sizeof(std::uint64_t)) return std::nullopt;
  fields.skip(fields.left() - sizeof(std::uint64_t));
  const auto time_ns = fields.take<std::uint64_t>();
  if (!fields.ok()) return std::nullopt;
  return Exec{time_ns, pid};
}

std::optional<Record> parse_lost(Fields fields) {
  (void)fields.take<std::uint64_t>();  // the event's id
  const auto count = fields.take<std::uint64_t>();
  if (!fields.ok()) return std::nullopt;
  return Lost{count};
}

}  // namespace

const std::uint64_t sample_fields =
    PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER;

std::uint64_t sampled_registers() { return stack_pointer_mask | link_register_mask; }

std::optional<Record> parse_record(std::string_view bytes) {
  Fields fields(bytes);
  const auto header = fields.take<perf_event_header>();
  if (!fields.ok() || header.size != bytes.size()) return std::nullopt;
  switch (header.type) {
    case PERF_RECORD_SAMPLE: return parse_sample(fields);
    case PERF_RECORD_FORK: return parse_task(fields, true);
    case PERF_RECORD_EXIT: return parse_task(fields, false);
    case PERF_RECORD_COMM: return parse_name(fields, (header.misc & PERF_RECORD_MISC_COMM_EXEC) != 0);
    case PERF_RECORD_LOST: return parse_lost(fields);
    default: return std::nullopt;
  }
}

}  // namespace faultline::host
