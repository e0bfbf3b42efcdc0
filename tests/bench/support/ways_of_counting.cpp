// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/support/ways_of_counting.h"

#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <linux/perf_event.h>
#include <optional>
#include <stdexcept>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

#include "advisor/host/address_space_probe.h"
#include "advisor/host/fault_sampler.h"
#include "advisor/host/fd.h"
#include "advisor/host/machine.h"

namespace faultline::bench {
namespace {

using host::Fd;

constexpr std::size_t ring_pages = 32;  // what `perf record` takes for itself is 128; 99 Hz needs far less
constexpr std::uint64_t samples_per_second = 99;

[[noreturn]] void refuse_to_count(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::vector<int> all_cpus() {
  std::vector<int> cpus;
  for (int cpu = 0; cpu < static_cast<int>(std::thread::hardware_concurrency()); ++cpu) cpus.push_back(cpu);
  return cpus;
}

perf_event_attr software_event(std::uint64_t config) {
  perf_event_attr attr{};
  attr.size = sizeof attr;
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = config;
  return attr;
}

perf_event_attr sampling_event() {
  perf_event_attr attr = software_event(PERF_COUNT_SW_CPU_CLOCK);
  attr.freq = 1;
  attr.sample_freq = samples_per_second;
  attr.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CALLCHAIN;
  attr.exclude_idle = 1;
  return attr;
}

Fd open_event(perf_event_attr attr, pid_t pid, int cpu, unsigned long flags = 0) {
  const auto fd = ::syscall(SYS_perf_event_open, &attr, pid, cpu, -1, flags | PERF_FLAG_FD_CLOEXEC);
  if (fd < 0) refuse_to_count("perf_event_open");
  return Fd(static_cast<int>(fd));
}

/// The buffer that samples go to. Nobody reads it here: a reader's cost is the reader's, not the target's.
class Ring {
 public:
  explicit Ring(int fd) : bytes_((ring_pages + 1) * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))) {
    memory_ = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory_ == MAP_FAILED) refuse_to_count("mmap of a perf ring");
  }
  Ring(Ring&& other) noexcept : bytes_(other.bytes_), memory_(std::exchange(other.memory_, MAP_FAILED)) {}
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  Ring& operator=(Ring&&) = delete;
  ~Ring() {
    if (memory_ != MAP_FAILED) ::munmap(memory_, bytes_);
  }

 private:
  std::size_t bytes_;
  void* memory_;
};

struct Events : Watching {
  std::vector<Fd> events;
  std::vector<Ring> rings;
};

/// Counters bound to every thread of the worker, as `perf stat -p` binds them, and to what these threads start.
std::unique_ptr<Watching> task_counters(const Worker& worker, const std::vector<std::uint64_t>& configs) {
  auto watching = std::make_unique<Events>();
  for (const pid_t thread : worker.threads()) {
    for (const std::uint64_t config : configs) {
      perf_event_attr attr = software_event(config);
      attr.inherit = 1;
      watching->events.push_back(open_event(attr, thread, -1));
    }
  }
  return watching;
}

std::unique_ptr<Watching> cpu_counter(const Worker& /*worker*/, std::uint64_t config) {
  auto watching = std::make_unique<Events>();
  for (const int cpu : all_cpus()) watching->events.push_back(open_event(software_event(config), -1, cpu));
  return watching;
}

std::unique_ptr<Watching> cpu_sampling(const Worker& /*worker*/) {
  auto watching = std::make_unique<Events>();
  for (const int cpu : all_cpus()) {
    watching->events.push_back(open_event(sampling_event(), -1, cpu));
    watching->rings.emplace_back(watching->events.back().get());
  }
  return watching;
}

/// As `perf record -p` does it: an inherited event for each thread on each CPU, one ring a CPU.
std::unique_ptr<Watching> task_sampling(const Worker& worker) {
  auto watching = std::make_unique<Events>();
  perf_event_attr attr = sampling_event();
  attr.inherit = 1;
  for (const int cpu : all_cpus()) {
    int ring_fd = -1;
    for (const pid_t thread : worker.threads()) {
      watching->events.push_back(open_event(attr, thread, cpu));
      const int fd = watching->events.back().get();
      if (ring_fd < 0) {
        ring_fd = fd;
        watching->rings.emplace_back(fd);
      } else if (::ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, ring_fd) != 0) {
        refuse_to_count("PERF_EVENT_IOC_SET_OUTPUT");
      }
    }
  }
  return watching;
}

/// A cgroup of the v2 hierarchy for the worker alone; the worker goes back where it was with this object.
class OwnCgroup {
 public:
  explicit OwnCgroup(pid_t pid) : pid_(pid), path_(fmt::format("{}/faultline-bench-{}", mount(), pid)) {
    if (::mkdir(path_.c_str(), 0755) != 0) refuse_to_count("mkdir " + path_);
    move_to(path_);
  }
  OwnCgroup(const OwnCgroup&) = delete;
  OwnCgroup& operator=(const OwnCgroup&) = delete;
  ~OwnCgroup() {
    move_to(mount());
    ::rmdir(path_.c_str());
  }
  [[nodiscard]] Fd open() const {
    Fd fd(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) refuse_to_count("open " + path_);
    return fd;
  }

 private:
  static std::string mount() {
    return std::filesystem::exists("/sys/fs/cgroup/cgroup.procs") ? "/sys/fs/cgroup" : "/sys/fs/cgroup/unified";
  }
  void move_to(const std::string& path) const { std::ofstream(path + "/cgroup.procs") << pid_ << '\n'; }

  pid_t pid_;
  std::string path_;
};

struct CgroupEvents : Watching {
  explicit CgroupEvents(pid_t pid) : cgroup(pid) {}
  OwnCgroup cgroup;
  std::vector<Fd> events;
};

std::unique_ptr<Watching> cgroup_counter(const Worker& worker, std::uint64_t config) {
  auto watching = std::make_unique<CgroupEvents>(worker.pid());
  const Fd cgroup = watching->cgroup.open();
  for (const int cpu : all_cpus()) {
    watching->events.push_back(open_event(software_event(config), cgroup.get(), cpu, PERF_FLAG_PID_CGROUP));
  }
  return watching;
}

/// faultline's program at each fault, as an audit attaches it in bursts. It is opened once: that costs the bench alone.
class FaultProbe {
 public:
  FaultProbe() {
    const auto machine = host::inspect_machine();
    if (!machine) throw std::runtime_error(machine.error().why);
    auto probe = host::AddressSpaceProbe::open(*machine, 1);
    if (!probe) throw std::runtime_error(probe.error().why);
    probe_.emplace(std::move(*probe));
  }
  host::AddressSpaceProbe& get() { return *probe_; }

 private:
  std::optional<host::AddressSpaceProbe> probe_;
};

class FaultWatching : public Watching {
 public:
  FaultWatching(std::shared_ptr<FaultProbe> probe, pid_t followed) : probe_(std::move(probe)), followed_(followed) {
    if (followed_ != 0 && !probe_->get().follow(followed_, 0)) throw std::runtime_error("cannot follow the worker");
    const auto attached = probe_->get().attach(host::AddressSpaceProbe::Part::faults);
    if (!attached) throw std::runtime_error(attached.error().why);
  }
  ~FaultWatching() override {
    probe_->get().detach(host::AddressSpaceProbe::Part::faults);
    if (followed_ != 0) probe_->get().forget({followed_});
  }

 private:
  std::shared_ptr<FaultProbe> probe_;
  pid_t followed_;
};

/// Of the worker's faults, or of another process's: then the program looks and leaves.
WayOfCounting faults_by_bpf(const char* name, bool of_worker) {
  const auto probe = std::make_shared<std::shared_ptr<FaultProbe>>();
  return {name, [probe, of_worker](const Worker& worker) -> std::unique_ptr<Watching> {
            if (!*probe) *probe = std::make_shared<FaultProbe>();
            return std::make_unique<FaultWatching>(*probe, of_worker ? worker.pid() : 0);
          }};
}

/// A record of each fault, as an audit without BPF takes them, and a reader that keeps room in the buffers.
class FaultRecords : public Watching {
 public:
  explicit FaultRecords(const Worker& worker) {
    for (const pid_t thread : worker.threads()) {
      auto sampler = host::FaultSampler::open(thread);
      if (!sampler) throw std::runtime_error(sampler.error().why);
      samplers_.push_back(std::move(*sampler));
    }
    reader_ = std::thread([this] {
      while (!stop_) {
        for (host::FaultSampler& sampler : samplers_) (void)sampler.take();
        ::usleep(2'000);
      }
    });
  }
  ~FaultRecords() override {
    stop_ = true;
    reader_.join();
  }

 private:
  std::vector<host::FaultSampler> samplers_;
  std::atomic<bool> stop_{false};
  std::thread reader_;
};

/// Reads the free numbers of /proc ten times a second, all threads.
class ProcReading : public Watching {
 public:
  explicit ProcReading(const Worker& worker) : reader_([this, &worker] { run(worker); }) {}
  ~ProcReading() override {
    stop_ = true;
    reader_.join();
  }

 private:
  void run(const Worker& worker) {
    while (!stop_) {
      const std::string process = fmt::format("/proc/{}", worker.pid());
      slurp(process + "/stat");
      slurp(process + "/status");
      for (const pid_t thread : worker.threads()) {
        slurp(fmt::format("{}/task/{}/status", process, thread));
        slurp(fmt::format("{}/task/{}/schedstat", process, thread));
      }
      for (int tenth = 0; tenth < 10 && !stop_; ++tenth) ::usleep(10'000);
    }
  }
  static void slurp(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    while (std::getline(file, line)) {
    }
  }

  std::atomic<bool> stop_{false};
  std::thread reader_;
};

}  // namespace

std::vector<WayOfCounting> ways_of_counting() {
  constexpr std::uint64_t faults = PERF_COUNT_SW_PAGE_FAULTS_MIN;
  constexpr std::uint64_t switches = PERF_COUNT_SW_CONTEXT_SWITCHES;
  const std::vector<std::uint64_t> five{faults, PERF_COUNT_SW_PAGE_FAULTS_MAJ, switches, PERF_COUNT_SW_CPU_MIGRATIONS,
                                        PERF_COUNT_SW_TASK_CLOCK};
  return {
      {"nothing", [](const Worker&) { return std::make_unique<Watching>(); }},
      {"/proc ten times a second", [](const Worker& worker) { return std::make_unique<ProcReading>(worker); }},
      {"task: page-faults-min", [](const Worker& worker) { return task_counters(worker, {faults}); }},
      {"task: context-switches", [](const Worker& worker) { return task_counters(worker, {switches}); }},
      {"task: five counters", [five](const Worker& worker) { return task_counters(worker, five); }},
      {"cgroup: page-faults-min", [](const Worker& worker) { return cgroup_counter(worker, faults); }},
      {"cgroup: context-switches", [](const Worker& worker) { return cgroup_counter(worker, switches); }},
      {"all CPUs: page-faults-min", [](const Worker& worker) { return cpu_counter(worker, faults); }},
      {"all CPUs: context-switches", [](const Worker& worker) { return cpu_counter(worker, switches); }},
      {"all CPUs: 99 Hz, stacks", cpu_sampling},
      {"task: 99 Hz, stacks", task_sampling},
      faults_by_bpf("BPF at its faults", true),
      faults_by_bpf("BPF at faults of others", false),
      {"perf records of its faults", [](const Worker& worker) { return std::make_unique<FaultRecords>(worker); }},
  };
}

}  // namespace faultline::bench
