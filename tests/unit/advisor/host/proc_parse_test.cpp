// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <unistd.h>

#include "advisor/host/proc.h"

namespace faultline::host {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

// Fields 3 to 22 of proc_pid_stat(5): minflt 100, majflt 7, utime 250, stime 50, threads 4, start 12345.
constexpr std::string_view fields =
    "S 1 4100 4090 0 -1 4194560 100 999 7 888 250 50 0 0 20 0 4 0 12345 1000000 200 18446744073709551615 1 1 0\n";

std::string stat_of(std::string_view comm) { return "4121 (" + std::string(comm) + ") " + std::string(fields); }

TEST(ParseStat, ReadsTheFieldsByTheirNumber) {
  const auto stat = parse_stat(stat_of("rewards"));
  ASSERT_TRUE(stat) << stat.error().why;
  EXPECT_EQ(stat->pid, 4121);
  EXPECT_EQ(stat->comm, "rewards");
  EXPECT_EQ(stat->state, 'S');
  EXPECT_EQ(stat->parent, 1);
  EXPECT_EQ(stat->group, 4100);
  EXPECT_EQ(stat->minor_faults, 100U);  // not 999: those are of children that were waited for
  EXPECT_EQ(stat->major_faults, 7U);
  EXPECT_DOUBLE_EQ(stat->cpu_seconds, 300.0 / static_cast<double>(::sysconf(_SC_CLK_TCK)));
  EXPECT_EQ(stat->threads, 4U);
  EXPECT_EQ(stat->start_ticks, 12345U);
  EXPECT_FALSE(stat->kernel_thread());
  EXPECT_FALSE(stat->ended());
}

TEST(ParseStat, TheNameMayHoldAnything) {
  for (const std::string comm : {"", " ", ")", "(", "a b", "a) Z 0 0 0", "((((", "))))", "a\nb", "\n) R 1 ", "\033[31m",
                                 "\xff\xfe", "4121 (x) S"}) {
    const auto stat = parse_stat(stat_of(comm));
    ASSERT_TRUE(stat) << comm;
    EXPECT_EQ(stat->comm, comm);
    EXPECT_EQ(stat->state, 'S') << comm;
    EXPECT_EQ(stat->start_ticks, 12345U) << comm;
  }
}

TEST(ParseStat, KnowsKernelThreadsAndTheDead) {
  const auto thread = parse_stat("2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 7 0 0 20 0 1 0 11 0 0 0\n");
  ASSERT_TRUE(thread);
  EXPECT_TRUE(thread->kernel_thread());
  const auto zombie = parse_stat("9 (x) Z 1 9 9 0 -1 4227084 0 0 0 0 0 0 0 0 20 0 1 0 12345 0 0\n");
  ASSERT_TRUE(zombie);
  EXPECT_TRUE(zombie->ended());
  const auto leader = parse_stat("9 (x) Z 1 9 9 0 -1 4227084 0 0 0 0 0 0 0 0 20 0 3 0 12345 0 0\n");
  ASSERT_TRUE(leader);
  EXPECT_FALSE(leader->ended()) << "its main thread ended, two others run";
}

TEST(ParseStat, EveryCutIsAnErrorOrWhole) {
  const std::string whole = stat_of("a b");
  const auto enough = whole.find("12345") + 5;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto stat = parse_stat(whole.substr(0, length));
    if (length >= enough) {
      EXPECT_TRUE(stat) << length;
    } else if (stat) {
      EXPECT_LT(stat->start_ticks, 12345U) << length;  // cut within the last number: it can't be told
    }
  }
  for (const char* text : {"", "x", "1", "()", "1 ()", ") S 1 (", "x (a) S 1 1", "1 (a) SS 1 1 1"}) {
    const auto stat = parse_stat(text);
    ASSERT_FALSE(stat) << text;
    EXPECT_EQ(stat.error().kind, ErrorKind::input);
    EXPECT_FALSE(stat.error().where.empty());
  }
}

TEST(ParseStatus, ReadsSizesInBytes) {
  const auto status = parse_status(
      "Name:\trewards\nUmask:\t0022\nState:\tS (sleeping)\nUid:\t1000\t1001\t1002\t1003\nVmSize:\t  2048 kB\n"
      "VmHWM:\t     900 kB\nVmRSS:\t     800 kB\nRssAnon:\t     500 kB\nRssFile:\t 200 kB\nRssShmem:\t 100 kB\n"
      "VmSwap:\t       3 kB\nVmLck:\t       4 kB\nThreads:\t8\nvoluntary_ctxt_switches:\t12\n"
      "nonvoluntary_ctxt_switches:\t34\n");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->uid, 1000U);
  EXPECT_EQ(status->size_bytes, 2048U * 1024);
  EXPECT_EQ(status->hwm_bytes, 900U * 1024);
  EXPECT_EQ(status->rss_bytes, 800U * 1024);
  EXPECT_EQ(status->rss_anon_bytes, 500U * 1024);
  EXPECT_EQ(status->rss_file_bytes, 200U * 1024);
  EXPECT_EQ(status->rss_shmem_bytes, 100U * 1024);
  EXPECT_EQ(status->swap_bytes, 3U * 1024);
  EXPECT_EQ(status->locked_bytes, 4U * 1024);
  EXPECT_EQ(status->voluntary_switches, 12U);
  EXPECT_EQ(status->involuntary_switches, 34U);
}

TEST(ParseStatus, WhatIsNotThereIsAbsentAndNotZero) {
  const auto kernel_thread = parse_status("Name:\tkthreadd\nUid:\t0\t0\t0\t0\nThreads:\t1\n");
  ASSERT_TRUE(kernel_thread);
  EXPECT_EQ(kernel_thread->rss_bytes, std::nullopt);
  EXPECT_EQ(kernel_thread->size_bytes, std::nullopt);
  const auto odd = parse_status("Name:\tx\nUid:\t0\nVmRSS:\t-1 kB\nVmSize:\t99999999999999999999999 kB\n");
  ASSERT_TRUE(odd);
  EXPECT_EQ(odd->rss_bytes, std::nullopt);
  EXPECT_EQ(odd->size_bytes, std::nullopt);
}

TEST(ParseStatus, WithoutUidIsNone) {
  for (const char* text : {"", "Name:\tx\n", "VmRSS:\t1 kB\n"}) EXPECT_FALSE(parse_status(text)) << text;
}

TEST(ParseMaps, ReadsEachKindOfLine) {
  const auto maps = parse_maps(
      "55d0c8a00000-55d0c8a21000 r-xp 00002000 fd:01 131090                     /usr/bin/rewards\n"
      "7f1c54000000-7f1c54021000 rw-p 00000000 00:00 0 \n"
      "7f1c54021000-7f1c58000000 ---p 00000000 00:00 0 \n"
      "7f1c58000000-7f1c58001000 rw-s 00000000 00:05 32769                      /SYSV00000000 (deleted)\n"
      "7f1c59000000-7f1c59001000 r--p 00000000 fd:01 77                         /opt/with space/lib a.so (deleted)\n"
      "7ffd1a9f5000-7ffd1aa16000 rw-p 00000000 00:00 0                          [stack]\n"
      "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n");
  ASSERT_TRUE(maps) << maps.error().why;
  ASSERT_EQ(maps->size(), 7U);
  const Mapping& text = maps->at(0);
  EXPECT_EQ(text.start, 0x55d0c8a00000U);
  EXPECT_EQ(text.end, 0x55d0c8a21000U);
  EXPECT_EQ(text.offset, 0x2000U);
  EXPECT_TRUE(text.readable && text.executable);
  EXPECT_FALSE(text.writable || text.shared);
  EXPECT_EQ(text.device_major, 0xfdU);
  EXPECT_EQ(text.device_minor, 1U);
  EXPECT_EQ(text.inode, 131090U);
  EXPECT_EQ(text.path, "/usr/bin/rewards");
  EXPECT_EQ(maps->at(1).path, "");
  EXPECT_FALSE(maps->at(2).readable || maps->at(2).writable || maps->at(2).executable);
  EXPECT_TRUE(maps->at(3).shared);
  EXPECT_EQ(maps->at(4).path, "/opt/with space/lib a.so (deleted)");
  EXPECT_EQ(maps->at(5).path, "[stack]");
  EXPECT_EQ(maps->at(6).end, 0xffffffffff601000U);
}

TEST(ParseMaps, OfNothingIsEmptyAndOfNonsenseAnError) {
  EXPECT_THAT(parse_maps("").value(), IsEmpty());  // a kernel thread's
  for (const char* text : {"x\n", "\n", "1-0 rw-p 0 0:0 0\n", "0-1 rw 0 0:0 0\n", "0-1 rw-p 0 0 0\n", "0-1 rw-p\n",
                           "-1 rw-p 0 0:0 0\n", "0-11111111111111111 rw-p 0 0:0 0\n", "0-1 rw-p 0 0:0 x\n"}) {
    EXPECT_FALSE(parse_maps(text)) << text;
  }
}

TEST(ParseCgroups, ReadsBothVersionsAndHybrid) {
  EXPECT_THAT(parse_cgroups("0::/system.slice/rewards.service\n").value(),
              UnorderedElementsAre(Pair("", "/system.slice/rewards.service")));
  EXPECT_THAT(parse_cgroups("12:cpu,cpuacct:/a\n1:name=systemd:/b\n0::/c:d\n").value(),
              UnorderedElementsAre(Pair("cpu,cpuacct", "/a"), Pair("name=systemd", "/b"), Pair("", "/c:d")));
  EXPECT_THAT(parse_cgroups("0::/a (deleted)\n").value(), ElementsAre(Pair("", "/a (deleted)")));
  for (const char* text : {"x::/a\n", "0\n", "0:\n", "0::\n"}) EXPECT_FALSE(parse_cgroups(text)) << text;
}

}  // namespace
}  // namespace faultline::host
