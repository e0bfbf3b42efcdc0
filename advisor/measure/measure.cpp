// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/measure.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <utility>

#include "advisor/facts/catalogue.h"
#include "advisor/host/own_cpu.h"
#include "advisor/ladder/support/rung.h"
#include "advisor/measure/clock.h"
#include "advisor/measure/derived_facts.h"
#include "advisor/measure/observer_cost.h"
#include "advisor/measure/probe_watch.h"
#include "advisor/measure/session.h"

namespace faultline::measure {
namespace {

// Ten looks a second: at 99 Hz a 128 KiB ring fills in seconds, and a target's end is noticed by its pidfd anyhow.
constexpr double drain_seconds = 0.1;
// The first look is soon: what comes and goes before a birth was seen is not counted.
constexpr double first_drain_seconds = 0.01;
// A look at the processes costs a scan; between slices only their pidfds are watched.
constexpr std::size_t most_watched_pidfds = 256;
// With more targets than this those that do nothing are not looked at in between. With fewer all are, which is cheap
// and sees more: memory that falls and comes back, a life that ends.
constexpr std::size_t few_targets = 16;

/// To the millisecond, so that other records of the same time can be laid beside the window.
std::string utc_now() {
  std::timespec now{};
  std::timespec_get(&now, TIME_UTC);
  std::tm parts{};
  gmtime_r(&now.tv_sec, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, now.tv_nsec / 1'000'000);
}

/// Samplers and counters are a descriptor a CPU or thread, processes one each: as many as the administrator allows, and
/// only while measuring. A command that is measured was started before and keeps its own limit.
class ManyOpenFiles {
 public:
  ManyOpenFiles() {
    known_ = ::getrlimit(RLIMIT_NOFILE, &before_) == 0;
    rlimit raised = before_;
    raised.rlim_cur = raised.rlim_max;
    if (known_) ::setrlimit(RLIMIT_NOFILE, &raised);
  }
  ~ManyOpenFiles() {
    if (known_) ::setrlimit(RLIMIT_NOFILE, &before_);
  }
  ManyOpenFiles(const ManyOpenFiles&) = delete;
  ManyOpenFiles& operator=(const ManyOpenFiles&) = delete;

 private:
  rlimit before_{};
  bool known_ = false;
};

class Window {
 public:
  Window(const host::Machine& machine, host::SampleFeed& feed, Shared& shared, const Options& options,
         std::vector<Session*> sessions)
      : machine_(machine),
        feed_(feed),
        shared_(shared),
        options_(options),
        sessions_(std::move(sessions)),
        probes_(machine, watched(sessions_), options.window_seconds, options.slice_seconds,
                {.locks = !options.without.contains("locks"),
                 .faults = !options.without.contains("faults"),
                 .allocations = !options.without.contains("allocations")}) {}

  void run() {
    // Before the first reading, as the end is: on a busy machine the others take long, and what happened meanwhile was
    // counted.
    start_ = Clock::now();
    for (Session* session : sessions_) session->start_utc = utc_now();
    at_one_moment([&] {
      for (Session* session : sessions_) {
        each_rung(*session, [](Rung& rung, const Observation& seen) { rung.open(seen); });
        note_deeds(*session);
      }
    });
    follow();
    feed_.start();
    if (options_.on_open) options_.on_open();
    double next_slice = options_.slice_seconds;
    bool is_first = true;
    while (any_open()) {
      const double now = seconds_since(start_);
      if (now >= options_.window_seconds) break;
      const double pause = std::exchange(is_first, false) ? first_drain_seconds : drain_seconds;
      const double until =
          std::min({next_slice, options_.window_seconds, now + pause, probes_.next_turn(now).value_or(next_slice)});
      if (wait(until - now)) {
        close_all("interrupted");
        break;
      }
      drain();
      close_ended();
      if (options_.on_progress) options_.on_progress(seconds_since(start_));
      if (seconds_since(start_) >= next_slice) {
        slice();
        next_slice += options_.slice_seconds;
      }
    }
    close_all("");
  }

  /// Of the session at this place, once the window has closed.
  [[nodiscard]] const ProbeReadings& probes_of(std::size_t session) const { return probes_.of(session); }

 private:
  static std::vector<ProbeWatch::Watched> watched(const std::vector<Session*>& sessions) {
    std::vector<ProbeWatch::Watched> all;
    all.reserve(sessions.size());
    for (const Session* session : sessions) all.push_back({&session->watch, &session->activity});
    return all;
  }

  /// What all targets ask of the machine at one moment is read once for all of them.
  template <class Action>
  void at_one_moment(Action action) {
    action();
    shared_.moment.end();
  }

  [[nodiscard]] bool may_skip_quiet_ones() const {
    return sessions_.size() > few_targets && feed_.mode() == host::FeedMode::cpu_wide;
  }

  /// Whether the target did nothing since the last slice, and what it had done by now.
  void note_deeds(Session& session) {
    if (!may_skip_quiet_ones()) return;
    auto now = deeds_of(shared_.moment.files(), session.watch);
    session.quiet = now && now == session.deeds;
    session.deeds = std::move(now);
  }

  template <class Action>
  void each_rung(Session& session, Action action) {
    const auto place = std::find(sessions_.begin(), sessions_.end(), &session) - sessions_.begin();
    const Observation seen{machine_,         session.watch,          feed_,
                           session.activity, options_.slice_seconds, probes_.of(static_cast<std::size_t>(place)),
                           &shared_,         session.quiet};
    for (auto& rung : session.rungs) action(*rung, seen);
  }

  /// Threads that are there now are sampled, where that is done thread by thread.
  void follow() {
    for (const Session* session : sessions_) {
      if (!session->open) continue;
      for (const pid_t pid : session->watch.living()) feed_.follow(machine_.root, pid);
    }
  }

  bool any_open() const {
    return std::any_of(sessions_.begin(), sessions_.end(), [](const Session* one) { return one->open; });
  }

  /// Sleeps until the time is over, a process of a target ends or the stop is asked for; true when it is.
  bool wait(double seconds) const {
    std::vector<pollfd> fds;
    if (options_.stop_fd >= 0) fds.push_back({options_.stop_fd, POLLIN, 0});
    const std::size_t first_process = fds.size();
    for (const Session* session : sessions_) {
      if (!session->open) continue;
      for (const auto& [pid, process] : session->watch.processes()) {
        if (process.alive && process.pidfd && fds.size() < most_watched_pidfds) {
          fds.push_back({process.pidfd.get(), POLLIN, 0});
        }
      }
    }
    const auto timeout_ms = static_cast<int>(std::max(1.0, seconds * 1000));
    const int ready = ::poll(fds.data(), fds.size(), timeout_ms);
    return ready > 0 && first_process == 1 && (fds[0].revents & POLLIN) != 0;
  }

  void drain() {
    const host::Batch batch = feed_.take();
    at_one_moment([&] {
      for (Session* session : sessions_) {
        if (!session->open) continue;
        session->activity.take(batch, session->watch);
        // Between slices only those are looked at that were seen to run.
        session->quiet =
            may_skip_quiet_ones() && session->activity.samples().empty() && session->activity.births().empty();
        each_rung(*session, [](Rung& rung, const Observation& seen) { rung.drain(seen); });
      }
    });
    probes_.follow();
    probes_.drain(seconds_since(start_));
  }

  void slice() {
    for (Session* session : sessions_) {
      if (session->open) refresh(*session);
    }
    at_one_moment([&] {
      probes_.follow();
      probes_.slice(++slices_, seconds_since(start_));
      for (Session* session : sessions_) {
        if (!session->open) continue;
        note_deeds(*session);
        each_rung(*session, [](Rung& rung, const Observation& seen) { rung.slice(seen); });
        ++session->slices;
      }
    });
    follow();
  }

  void close_ended() {
    for (Session* session : some_process_ended()) {
      session->watch.refresh();
      if (session->watch.ended()) {
        close(*session, fmt::format("the target ended after {:.1f} s", seconds_since(start_)));
      }
    }
  }

  /// Those of which a pidfd is readable, and those that have none. One call for all of them.
  std::vector<Session*> some_process_ended() const {
    std::vector<pollfd> fds;
    std::vector<Session*> owners, ended;
    for (Session* session : sessions_) {
      if (!session->open) continue;
      const std::size_t before = fds.size();
      for (const auto& [pid, process] : session->watch.processes()) {
        if (process.alive && process.pidfd) fds.push_back({process.pidfd.get(), POLLIN, 0});
      }
      owners.resize(fds.size(), session);
      if (fds.size() == before) ended.push_back(session);
    }
    if (fds.empty() || ::poll(fds.data(), fds.size(), 0) <= 0) return ended;
    for (std::size_t i = 0; i < fds.size(); ++i) {
      const bool is_new = ended.empty() || ended.back() != owners[i];
      if (fds[i].revents != 0 && is_new) ended.push_back(owners[i]);
    }
    return ended;
  }

  /// Looks for new processes, unless the kernel told of every birth since the last look and there was none.
  void refresh(Session& session) {
    const std::uint64_t heard = session.activity.births_so_far() + session.activity.lost_so_far();
    const bool hears_all = feed_.mode() == host::FeedMode::cpu_wide && std::exchange(session.heard, heard) == heard;
    session.watch.refresh(hears_all ? target::Births::none : target::Births::may_be);
  }

  void close(Session& session, const std::string& why) {
    if (!session.open) return;
    session.open = false;
    session.seconds = seconds_since(start_);
    session.ended_early = why;
    refresh(session);
    at_one_moment([&] { close_rungs(session); });
  }

  void close_rungs(Session& session) {
    note_deeds(session);
    each_rung(session, [&](Rung& rung, const Observation& seen) { rung.close(seen, session.seconds); });
  }

  void close_all(const std::string& why) {
    feed_.stop();
    drain();
    probes_.close(seconds_since(start_));
    for (Session* session : sessions_) {
      if (session->open) refresh(*session);
    }
    // One length for all: what the last of many is asked was read at the same moment.
    const double seconds = seconds_since(start_);
    at_one_moment([&] {
      for (Session* session : sessions_) {
        if (!std::exchange(session->open, false)) continue;
        session->seconds = seconds;
        session->ended_early = why.empty() ? why : fmt::format("{} after {:.1f} s", why, seconds);
        close_rungs(*session);
      }
    });
  }

  const host::Machine& machine_;
  host::SampleFeed& feed_;
  Shared& shared_;
  const Options& options_;
  std::vector<Session*> sessions_;
  ProbeWatch probes_;
  unsigned slices_ = 0;
  Clock::time_point start_;
};

void add_host_facts(const host::Machine& machine, const host::Root& files, FactSet& facts) {
  const Host& host = machine.facts;
  facts.put(Fact::measured("host.cpus", static_cast<double>(host.cpus), "/sys/devices/system/cpu/online"));
  facts.put(Fact::measured("host.numa_nodes", static_cast<double>(host.numa_nodes), "/sys/devices/system/node"));
  facts.put(host.ns_per_fault ? Fact::measured("host.ns_per_fault", *host.ns_per_fault, "calibration")
                              : Fact::unknown("host.ns_per_fault", "memory for the calibration could not be mapped"));
  const auto overcommit = files.read("/proc/sys/vm/overcommit_memory");
  facts.put(overcommit ? Fact::measured("host.overcommit_strict", overcommit->starts_with('2'),
                                        "/proc/sys/vm/overcommit_memory")
                       : Fact::unknown("host.overcommit_strict", overcommit.error().why));
}

/// Before facts are derived, so that those that follow say why they are unknown.
void say_left_out(const LeftOut& without, FactSet& facts) {
  for (const auto& spec : facts::catalogue()) {
    const auto left_out = without.find(spec.rung);
    if (left_out == without.end() || facts.find(spec.name) != nullptr) continue;
    facts.put(Fact::unknown(spec.name, left_out->second.reason, left_out->second.unlock));
  }
}

/// A fact that no rung said is unknown too: readers can rely on every name of the catalogue being there.
void fill_gaps(FactSet& facts) {
  for (const auto& spec : facts::catalogue()) {
    if (facts.find(spec.name) == nullptr) facts.put(Fact::unknown(spec.name, "not collected in this window"));
  }
}

Snapshot snapshot_of(const host::Machine& machine, const host::SampleFeed& feed, Shared& shared, const Options& options,
                     const ProbeReadings& probes, Session& session, double own_cpu, std::size_t targets) {
  Snapshot snapshot;
  snapshot.faultline_version = FAULTLINE_VERSION;
  snapshot.host = machine.facts;
  snapshot.target = session.watch.target().name;
  snapshot.unit = session.watch.target().unit;
  const Observation seen{machine, session.watch, feed, session.activity, options.slice_seconds, probes, &shared};
  for (auto& rung : session.rungs) {
    RungResult result = rung->result(seen);
    for (Fact& fact : result.facts) snapshot.facts.put(std::move(fact));
    if (!result.stacks.empty()) snapshot.stacks = std::move(result.stacks);
    if (result.process) snapshot.process = *result.process;
  }
  add_host_facts(machine, shared.moment.files(), snapshot.facts);
  say_left_out(options.without, snapshot.facts);
  add_derived_facts(machine.facts, snapshot.facts);
  fill_gaps(snapshot.facts);
  snapshot.window = {.start_utc = session.start_utc,
                     .seconds = session.seconds,
                     .asked_seconds = options.window_seconds,
                     .slices = session.slices,
                     .ended_early = session.ended_early,
                     .observer_cost = observer_cost(snapshot.facts, own_cpu, targets)};
  return snapshot;
}

}  // namespace

std::vector<Result<Snapshot>> measure(const host::Machine& machine, const std::vector<target::Target>& targets,
                                      const Options& asked) {
  Options options = asked;
  options.slice_seconds = std::max(asked.slice_seconds, asked.window_seconds / most_slices);
  const ManyOpenFiles many_open_files;
  const double cpu_before = host::own_cpu_seconds();
  std::vector<Result<Session>> sessions;
  std::vector<Session*> running;
  for (const auto& target : targets) {
    auto watch = target::ProcessWatch::begin(machine, target);
    if (!watch) {
      sessions.emplace_back(tl::unexpect, watch.error());
      continue;
    }
    sessions.emplace_back(Session{.watch = std::move(*watch)});
    std::erase_if(sessions.back()->rungs, [&](const auto& rung) { return options.without.contains(rung->id()); });
  }
  for (auto& session : sessions) {
    if (session) running.push_back(&*session);
  }
  auto feed = host::SampleFeed::open(machine);
  Shared shared(machine.root);
  Window window(machine, feed, shared, options, running);
  window.run();
  const double own_cpu = host::own_cpu_seconds() - cpu_before;

  std::vector<Result<Snapshot>> snapshots;
  std::size_t next_running = 0;
  for (auto& session : sessions) {
    if (!session) {
      snapshots.emplace_back(tl::unexpect, session.error());
      continue;
    }
    const ProbeReadings& probes = window.probes_of(next_running++);
    snapshots.emplace_back(snapshot_of(machine, feed, shared, options, probes, *session, own_cpu, running.size()));
  }
  return snapshots;
}

}  // namespace faultline::measure
