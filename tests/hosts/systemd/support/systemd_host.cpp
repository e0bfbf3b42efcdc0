// SPDX-License-Identifier: Apache-2.0
#include "tests/hosts/systemd/support/systemd_host.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "tests/hosts/systemd/support/root_tree.h"

namespace faultline::hosts {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds up_within{60};
constexpr std::chrono::seconds down_within{20};
constexpr std::chrono::milliseconds between_looks{50};

/// Why this machine can't boot one; empty when it can.
std::string obstacle() {
  if (::geteuid() != 0) return "needs root, for a container";
  for (const auto& [program, package] : {std::pair{"/usr/bin/systemd-nspawn", "systemd-container"},
                                         {"/usr/lib/systemd/systemd", "systemd"},
                                         {"/usr/bin/dbus-daemon", "dbus"},
                                         {"/usr/bin/nsenter", "util-linux"}}) {
    if (!fs::exists(program)) return std::string("needs ") + program + ", Debian's package " + package;
  }
  if (!fs::is_symlink("/bin") || !fs::is_symlink("/lib")) return "needs a merged /usr, to share it with the container";
  return {};
}

fs::path hosts_folder() {
  const char* const given = std::getenv("FAULTLINE_HOST_DIR");
  return given != nullptr ? fs::path(given) : fs::path(FAULTLINE_SOURCE_DIR) / "build" / "hosts";
}

std::string slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

[[noreturn]] void become_nspawn(const fs::path& folder, const std::string& name, pid_t parent) {
  // Its end is the host's end: SIGTERM makes nspawn shut it down (man systemd-nspawn, --kill-signal).
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(125);
  ::setsid();
  ::setenv("SYSTEMD_NSPAWN_UNIFIED_HIERARCHY", "1", 1);
  const int console = ::open((folder / "console.log").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
  ::dup2(console, STDOUT_FILENO);
  ::dup2(console, STDERR_FILENO);
  const std::string directory = "--directory=" + (folder / "root").string();
  const std::string machine = "--machine=" + name;
  // The installed layout: the program finds its rules relative to itself.
  const std::string program = "--bind-ro=" FAULTLINE_BINARY_DIR "/faultline:/opt/faultline/bin/faultline";
  const std::string rules = "--bind-ro=" FAULTLINE_SOURCE_DIR "/policies:/opt/faultline/share/faultline/policies";
  const std::string services = "--bind-ro=" FAULTLINE_BINARY_DIR "/tests/lab:/opt/lab";
  ::execl("/usr/bin/systemd-nspawn", "systemd-nspawn", "--quiet", "--boot", directory.c_str(), machine.c_str(),
          "--register=no", "--keep-unit", "--console=read-only", "--bind-ro=/usr", program.c_str(), rules.c_str(),
          services.c_str(), nullptr);
  ::_exit(127);
}

pid_t first_child_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children");
  pid_t child = -1;
  file >> child;
  return child;
}

bool wait_for(pid_t pid, std::chrono::seconds limit) {
  for (const auto end = Clock::now() + limit; Clock::now() < end; std::this_thread::sleep_for(between_looks)) {
    if (::waitpid(pid, nullptr, WNOHANG) != 0) return true;
  }
  return false;
}

}  // namespace

std::optional<SystemdHost> SystemdHost::boot(std::string& why_not) {
  why_not = obstacle();
  if (!why_not.empty()) return std::nullopt;
  const std::string name = "faultline-" + std::to_string(::getpid());
  SystemdHost host(hosts_folder() / name, name);
  host.start();
  if (host.wait_until_up()) return host;
  why_not = "systemd did not come up in a container: " + slurp(host.folder_ / "console.log");
  return std::nullopt;
}

SystemdHost::SystemdHost(SystemdHost&& other) noexcept
    : folder_(std::exchange(other.folder_, {})),
      name_(std::exchange(other.name_, {})),
      nspawn_(std::exchange(other.nspawn_, -1)),
      leader_(std::exchange(other.leader_, -1)) {}

SystemdHost::~SystemdHost() {
  if (folder_.empty()) return;
  if (nspawn_ > 0) {
    ::kill(nspawn_, SIGTERM);
    if (!wait_for(nspawn_, down_within)) {
      ::kill(nspawn_, SIGKILL);
      ::waitpid(nspawn_, nullptr, 0);
    }
  }
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
  // nspawn leaves it behind when it was told not to register the container.
  fs::remove("/run/systemd/nspawn/propagate/" + name_, ignored);
}

void SystemdHost::start() {
  fs::remove_all(folder_);
  make_root_tree(folder_ / "root");
  const pid_t parent = ::getpid();
  nspawn_ = ::fork();
  if (nspawn_ == 0) become_nspawn(folder_, name_, parent);
}

bool SystemdHost::wait_until_up() {
  for (const auto end = Clock::now() + up_within; Clock::now() < end; std::this_thread::sleep_for(between_looks)) {
    if (::waitpid(nspawn_, nullptr, WNOHANG) != 0) {
      nspawn_ = -1;
      return false;
    }
    leader_ = first_child_of(nspawn_);
    if (leader_ <= 0 || !fs::exists(path_of("/run/dbus/system_bus_socket"))) continue;
    const std::string state = run({"systemctl", "is-system-running"}).out;
    // Degraded: a unit of this machine's /usr failed that no test needs.
    if (state == "running\n" || state == "degraded\n") return true;
  }
  return false;
}

CommandResult SystemdHost::run(const std::vector<std::string>& argv) const {
  std::vector<std::string> all{"nsenter", "--target", std::to_string(leader_), "--all", "--"};
  all.insert(all.end(), argv.begin(), argv.end());
  return run_command(all);
}

fs::path SystemdHost::path_of(const std::string& path) const {
  return fs::path("/proc") / std::to_string(leader_) / ("root" + path);
}

void SystemdHost::write(const std::string& path, const std::string& text) const {
  const fs::path file = path_of(path);
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

std::optional<std::string> SystemdHost::read(const std::string& path) const {
  const fs::path file = path_of(path);
  if (!fs::exists(file)) return std::nullopt;
  return slurp(file);
}

}  // namespace faultline::hosts
