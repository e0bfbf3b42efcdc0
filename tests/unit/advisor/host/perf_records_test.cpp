// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/perf_records.h"

#include <cstring>
#include <gtest/gtest.h>
#include <linux/perf_event.h>
#include <string>

#include "advisor/host/perf_event.h"

namespace faultline::host {
namespace {

constexpr std::uint64_t kernel_mark = static_cast<std::uint64_t>(PERF_CONTEXT_KERNEL);
constexpr std::uint64_t user_mark = static_cast<std::uint64_t>(PERF_CONTEXT_USER);

/// A record as the kernel writes it, its size filled in last.
class RecordBytes {
 public:
  explicit RecordBytes(std::uint32_t type) {
    perf_event_header header{};
    header.type = type;
    put(header);
  }
  template <class T>
  RecordBytes& put(const T& value) {
    const auto* bytes = reinterpret_cast<const char*>(&value);
    bytes_.append(bytes, sizeof value);
    return *this;
  }
  RecordBytes& put_number(std::uint64_t value) { return put(value); }
  std::string finish() {
    const auto size = static_cast<std::uint16_t>(bytes_.size());
    std::memcpy(bytes_.data() + offsetof(perf_event_header, size), &size, sizeof size);
    return bytes_;
  }

 private:
  std::string bytes_;
};

std::string sample_bytes() {
  RecordBytes record(PERF_RECORD_SAMPLE);
  record.put<std::uint32_t>(41).put<std::uint32_t>(42).put_number(1000);
  record.put_number(6);
  for (const std::uint64_t word : {kernel_mark, 0xffff8001UL, 0xffff8002UL, user_mark, 0x5001UL, 0x5002UL}) {
    record.put_number(word);
  }
  record.put_number(PERF_SAMPLE_REGS_ABI_64);
#if defined(__aarch64__)
  record.put_number(0x7777);  // link register
#endif
  record.put_number(0x7ffd0000);  // stack pointer
  record.put_number(sampled_stack_bytes).put_number(0x7777);
  for (std::size_t i = 8; i < sampled_stack_bytes; i += 8) record.put_number(0);
  record.put_number(sampled_stack_bytes);
  return record.finish();
}

TEST(PerfRecords, ASampleHasItsFramesApartAndItsReturnAddress) {
  const auto record = parse_record(sample_bytes());
  ASSERT_TRUE(record);
  const auto& sample = std::get<Sample>(*record);
  EXPECT_EQ(sample.pid, 41);
  EXPECT_EQ(sample.tid, 42);
  EXPECT_EQ(sample.time_ns, 1000U);
  EXPECT_EQ(sample.kernel, (std::vector<std::uint64_t>{0xffff8001, 0xffff8002}));
  EXPECT_EQ(sample.user, (std::vector<std::uint64_t>{0x5001, 0x5002}));
  EXPECT_EQ(sample.user_return, 0x7777U);
}

TEST(PerfRecords, AThreadWithoutUserSpaceHasNoReturnAddress) {
  RecordBytes record(PERF_RECORD_SAMPLE);
  record.put<std::uint32_t>(41).put<std::uint32_t>(41).put_number(5);
  record.put_number(2).put_number(kernel_mark).put_number(0xffff8001);
  record.put_number(PERF_SAMPLE_REGS_ABI_NONE).put_number(0);
  const auto parsed = parse_record(record.finish());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(std::get<Sample>(*parsed).user_return, 0U);
  EXPECT_TRUE(std::get<Sample>(*parsed).user.empty());
}

TEST(PerfRecords, EveryCutOfASampleIsNothing) {
  const std::string whole = sample_bytes();
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    std::string cut = whole.substr(0, bytes);
    EXPECT_FALSE(parse_record(cut)) << bytes;
    // The same with a header that owns up to the size.
    if (cut.size() < sizeof(perf_event_header)) continue;
    const auto size = static_cast<std::uint16_t>(cut.size());
    std::memcpy(cut.data() + offsetof(perf_event_header, size), &size, sizeof size);
    EXPECT_FALSE(parse_record(cut)) << bytes;
  }
}

TEST(PerfRecords, AChainThatClaimsMoreThanThereIsIsNothing) {
  RecordBytes record(PERF_RECORD_SAMPLE);
  record.put<std::uint32_t>(1).put<std::uint32_t>(1).put_number(1).put_number(~std::uint64_t{0}).put_number(user_mark);
  EXPECT_FALSE(parse_record(record.finish()));
}

TEST(PerfRecords, ReadsBirthsDeathsAndLosses) {
  RecordBytes fork(PERF_RECORD_FORK);
  fork.put<std::uint32_t>(9).put<std::uint32_t>(8).put<std::uint32_t>(9).put<std::uint32_t>(7).put_number(123);
  const auto birth = parse_record(fork.finish());
  ASSERT_TRUE(birth);
  EXPECT_EQ(std::get<Birth>(*birth).pid, 9);
  EXPECT_EQ(std::get<Birth>(*birth).parent_pid, 8);
  EXPECT_EQ(std::get<Birth>(*birth).parent_tid, 7);
  EXPECT_EQ(std::get<Birth>(*birth).time_ns, 123U);
  RecordBytes exit(PERF_RECORD_EXIT);
  exit.put<std::uint32_t>(9).put<std::uint32_t>(8).put<std::uint32_t>(10).put<std::uint32_t>(7).put_number(124);
  EXPECT_EQ(std::get<Death>(*parse_record(exit.finish())).tid, 10);
  RecordBytes lost(PERF_RECORD_LOST);
  lost.put_number(3).put_number(17);
  EXPECT_EQ(std::get<Lost>(*parse_record(lost.finish())).count, 17U);
}

TEST(PerfRecords, AnExecIsANameThatCameWithIt) {
  for (const std::uint16_t misc : {std::uint16_t{PERF_RECORD_MISC_COMM_EXEC}, std::uint16_t{0}}) {
    RecordBytes name(PERF_RECORD_COMM);
    name.put<std::uint32_t>(9).put<std::uint32_t>(9).put_number(0x6c6c6568);  // a name of one word
    std::string bytes = name.put<std::uint32_t>(9).put<std::uint32_t>(9).put_number(125).finish();
    std::memcpy(bytes.data() + offsetof(perf_event_header, misc), &misc, sizeof misc);
    const auto record = parse_record(bytes);
    ASSERT_EQ(record.has_value(), misc != 0) << "a thread may call itself anything";
    if (!record) continue;
    EXPECT_EQ(std::get<Exec>(*record).pid, 9);
    EXPECT_EQ(std::get<Exec>(*record).time_ns, 125U);
  }
}

TEST(PerfRecords, OtherKindsAreNothing) {
  RecordBytes record(PERF_RECORD_THROTTLE);
  record.put_number(1).put_number(2).put_number(3);
  EXPECT_FALSE(parse_record(record.finish()));
}

}  // namespace
}  // namespace faultline::host
