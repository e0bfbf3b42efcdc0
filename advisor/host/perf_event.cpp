// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/perf_event.h"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <linux/perf_event.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "advisor/host/perf_records.h"

namespace faultline::host {
namespace {

Result<Fd> open_event(perf_event_attr& attr, pid_t thread, int cpu, const char* what) {
  attr.size = sizeof attr;
  Fd fd(static_cast<int>(::syscall(SYS_perf_event_open, &attr, thread, cpu, -1, PERF_FLAG_FD_CLOEXEC)));
  if (fd) return fd;
  const int error = errno;
  const bool denied = error == EACCES || error == EPERM;
  const ErrorKind kind = denied ? ErrorKind::permission : error == ESRCH ? ErrorKind::gone : ErrorKind::io;
  const std::string hint = error == EMFILE || error == ENFILE ? "raise the limit of open files: ulimit -n" : "";
  return fail(kind, what, "perf_event_open", std::strerror(error), hint);
}

std::uint64_t config_of(Counted what) {
  switch (what) {
    case Counted::minor_faults: return PERF_COUNT_SW_PAGE_FAULTS_MIN;
    case Counted::major_faults: return PERF_COUNT_SW_PAGE_FAULTS_MAJ;
    case Counted::task_clock_ns: return PERF_COUNT_SW_TASK_CLOCK;
    case Counted::context_switches: return PERF_COUNT_SW_CONTEXT_SWITCHES;
    case Counted::cpu_migrations: return PERF_COUNT_SW_CPU_MIGRATIONS;
  }
  return PERF_COUNT_SW_DUMMY;
}

Result<void> control(const Fd& event, unsigned long request, const char* what) {
  if (::ioctl(event.get(), request, 0) == 0) return {};
  return fail(ErrorKind::io, what, "perf event", std::strerror(errno));
}

}  // namespace

Result<Fd> open_counter(Counted what, pid_t thread, bool inherit) {
  perf_event_attr attr{};
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = config_of(what);
  attr.inherit = inherit ? 1 : 0;
  return open_event(attr, thread, -1, "cannot count events");
}

Result<Fd> open_thread_clock(pid_t thread) {
  perf_event_attr attr{};
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = PERF_COUNT_SW_TASK_CLOCK;
  attr.inherit = 1;
  attr.inherit_thread = 1;
  return open_event(attr, thread, -1, "cannot count CPU time");
}

Result<std::uint64_t> read_counter(const Fd& counter) {
  std::uint64_t value = 0;
  if (::read(counter.get(), &value, sizeof value) == static_cast<ssize_t>(sizeof value)) return value;
  return fail(ErrorKind::io, "cannot read a counter", "perf event", std::strerror(errno));
}

Result<Fd> open_hardware_counter(HardwareEvent event, pid_t thread) {
  perf_event_attr attr{};
  attr.type = event.type;
  attr.config = event.config;
  attr.inherit = 1;
  attr.exclude_hv = 1;
  attr.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  return open_event(attr, thread, -1, "cannot count events of the CPU");
}

Result<double> read_hardware_counter(const Fd& counter) {
  struct {
    std::uint64_t value = 0, enabled_ns = 0, running_ns = 0;
  } count;
  if (::read(counter.get(), &count, sizeof count) != static_cast<ssize_t>(sizeof count)) {
    return fail(ErrorKind::io, "cannot read a counter", "perf event", std::strerror(errno));
  }
  if (count.running_ns == 0) {
    // A thread that never ran counted nothing; one that ran without a counter is not known.
    if (count.enabled_ns == 0) return 0.0;
    return fail(ErrorKind::io, "cannot read a counter", "perf event", "others held all counters of the CPU");
  }
  const double scale = static_cast<double>(count.enabled_ns) / static_cast<double>(count.running_ns);
  return static_cast<double>(count.value) * scale;
}

Result<Fd> open_sampler(SampledScope scope, unsigned hertz, bool user_only) {
  perf_event_attr attr{};
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = PERF_COUNT_SW_CPU_CLOCK;
  attr.disabled = 1;
  attr.freq = 1;
  attr.sample_freq = hertz;
  attr.sample_type = sample_fields;
  attr.sample_id_all = 1;  // fork and exit records carry the same time as samples
  attr.task = 1;
  attr.comm = 1;
  attr.comm_exec = 1;
  attr.exclude_idle = 1;
  attr.exclude_kernel = user_only ? 1 : 0;
  attr.exclude_hv = 1;
  attr.exclude_callchain_kernel = user_only ? 1 : 0;
  attr.sample_regs_user = sampled_registers();
  attr.sample_stack_user = sampled_stack_bytes;
  attr.sample_max_stack = most_frames;
  attr.use_clockid = 1;
  attr.clockid = CLOCK_MONOTONIC;
  // Nobody waits on the buffer: it is emptied by time, so no wake-up is wanted.
  attr.watermark = 1;
  attr.wakeup_watermark = 1U << 30U;
  auto sampler = open_event(attr, scope.thread, scope.cpu, "cannot sample");
  if (sampler || sampler.error().kind == ErrorKind::permission || sampler.error().kind == ErrorKind::gone) {
    return sampler;
  }
  // kernel.perf_event_max_stack may be lower than what we ask for (EOVERFLOW): its own depth then.
  attr.sample_max_stack = 0;
  return open_event(attr, scope.thread, scope.cpu, "cannot sample");
}

Result<Fd> open_fault_sampler(pid_t thread) {
  perf_event_attr attr{};
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = PERF_COUNT_SW_PAGE_FAULTS_MIN;
  attr.sample_period = 1;
  attr.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_ADDR;
  attr.exclude_hv = 1;
  attr.watermark = 1;
  attr.wakeup_watermark = 1U << 30U;
  const char* const what = "cannot sample faults";
  auto sampler = open_event(attr, thread, -1, what);
  if (sampler || sampler.error().kind != ErrorKind::permission) return sampler;
  // kernel.perf_event_paranoid 2: what happens in the kernel is not an ordinary user's to see.
  attr.exclude_kernel = 1;
  return open_event(attr, thread, -1, what);
}

Result<void> start_events(const Fd& event) { return control(event, PERF_EVENT_IOC_ENABLE, "cannot start sampling"); }

Result<void> stop_events(const Fd& event) { return control(event, PERF_EVENT_IOC_DISABLE, "cannot stop sampling"); }

}  // namespace faultline::host
