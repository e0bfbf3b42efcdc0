// SPDX-License-Identifier: Apache-2.0
// The one file that knows sdbus-c++ (1.x and 2.x). Its exceptions end here.
#include "advisor/host/system_bus.h"

#include <cstdlib>
#include <fmt/format.h>
#include <glob.h>
#include <limits>
#include <map>
#include <sdbus-c++/sdbus-c++.h>
#include <tuple>
#include <utility>

#include "advisor/host/environment_file.h"
#include "advisor/host/root.h"
#include "advisor/model/unit_name.h"

namespace faultline::host {
namespace {

constexpr const char* systemd_name = "org.freedesktop.systemd1";
constexpr const char* manager_path = "/org/freedesktop/systemd1";
constexpr const char* manager_interface = "org.freedesktop.systemd1.Manager";
constexpr const char* unit_interface = "org.freedesktop.systemd1.Unit";
constexpr const char* service_interface = "org.freedesktop.systemd1.Service";
constexpr const char* properties_interface = "org.freedesktop.DBus.Properties";
// A systemd that does not answer must not hang an audit.
constexpr std::uint64_t call_timeout_us = 5'000'000;

using Properties = std::map<std::string, sdbus::Variant>;

// sdbus-c++ 2 made names strong types; these are the differences that matter here.
#if FAULTLINE_SDBUS_MAJOR >= 2
auto make_proxy(sdbus::IConnection& bus, const std::string& path) {
  return sdbus::createProxy(bus, sdbus::ServiceName(systemd_name), sdbus::ObjectPath(path));
}
std::string name_of(const sdbus::Error& error) { return std::string(error.getName()); }
#else
auto make_proxy(sdbus::IConnection& bus, const std::string& path) {
  return sdbus::createProxy(bus, systemd_name, path);
}
std::string name_of(const sdbus::Error& error) { return error.getName(); }
#endif

Error from_bus(const sdbus::Error& error, const std::string& what, const std::string& where) {
  const std::string name = name_of(error);
  ErrorKind kind = ErrorKind::io;
  if (name.ends_with(".NoSuchUnit") || name.ends_with(".NoUnitForPID")) kind = ErrorKind::not_found;
  if (name.ends_with(".AccessDenied")) kind = ErrorKind::permission;
  return Error{kind, what, where, fmt::format("{} ({})", error.getMessage(), name), ""};
}

template <class T>
T property(const Properties& properties, const std::string& name) {
  const auto it = properties.find(name);
  if (it == properties.end()) return T{};
  return it->second.get<T>();
}

/// "NAME=value" lines of the Environment property.
void add_assignments(const std::vector<std::string>& lines, bool (*allowed)(std::string_view),
                     std::map<std::string, std::string>& into) {
  for (const std::string& line : lines) {
    const auto equals = line.find('=');
    if (equals == std::string::npos || !allowed(std::string_view(line).substr(0, equals))) continue;
    into.insert_or_assign(line.substr(0, equals), line.substr(equals + 1));
  }
}

/// A path of EnvironmentFile= may be a glob; each match is a file of its own.
std::vector<std::string> expand(const std::string& pattern) {
  glob_t matches{};
  std::vector<std::string> paths;
  if (::glob(pattern.c_str(), 0, nullptr, &matches) == 0) {
    paths.assign(matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
  } else {
    paths.push_back(pattern);
  }
  ::globfree(&matches);
  return paths;
}

EnvironmentFile read_environment_file(const Root& root, const std::string& path, bool optional,
                                      bool (*allowed)(std::string_view)) {
  EnvironmentFile file{path, optional, false, {}};
  const auto text = root.read(path, 1U << 20U);
  if (text) {
    file.readable = true;
    file.sets = parse_environment_file(*text, allowed);
  } else if (text.error().kind == ErrorKind::not_found) {
    file.readable = true;  // not there: it sets nothing
  }
  return file;
}

class SdBus : public SystemBus {
 public:
  SdBus(std::unique_ptr<sdbus::IConnection> bus, Root root) : bus_(std::move(bus)), root_(std::move(root)) {}

  Result<std::vector<UnitSummary>> list_units() override {
    using Row = sdbus::Struct<std::string, std::string, std::string, std::string, std::string, std::string,
                              sdbus::ObjectPath, uint32_t, std::string, sdbus::ObjectPath>;
    return guarded<std::vector<UnitSummary>>("cannot list the units", "", [&] {
      std::vector<Row> rows;
      manager().callMethod("ListUnits").onInterface(manager_interface).withTimeout(timeout()).storeResultsTo(rows);
      std::vector<UnitSummary> units;
      units.reserve(rows.size());
      for (const Row& row : rows)
        units.push_back({std::get<0>(row), std::get<2>(row), std::get<3>(row), std::get<4>(row)});
      return units;
    });
  }

  Result<std::vector<std::string>> list_unit_files() override {
    return guarded<std::vector<std::string>>("cannot list the unit files", "", [&] {
      std::vector<sdbus::Struct<std::string, std::string>> rows;
      manager().callMethod("ListUnitFiles").onInterface(manager_interface).withTimeout(timeout()).storeResultsTo(rows);
      std::vector<std::string> names;
      names.reserve(rows.size());
      for (const auto& row : rows) names.push_back(std::get<0>(row).substr(std::get<0>(row).rfind('/') + 1));
      return names;
    });
  }

  Result<Unit> unit(const std::string& name, bool (*allowed)(std::string_view)) override {
    if (auto valid = check_unit_name(name); !valid) return tl::unexpected(valid.error());
    auto read = guarded<Unit>("cannot read the unit", name, [&] {
      sdbus::ObjectPath path;
      manager()
          .callMethod("LoadUnit")
          .onInterface(manager_interface)
          .withTimeout(timeout())
          .withArguments(name)
          .storeResultsTo(path);
      return read_unit(path, allowed);
    });
    if (read && read->load_state == "not-found") {
      return fail(ErrorKind::not_found, "no such unit", name, "systemd knows no unit of that name");
    }
    return read;
  }

  Result<std::string> unit_of(pid_t pid) override {
    return guarded<std::string>("cannot tell the unit of a process", std::to_string(pid), [&] {
      sdbus::ObjectPath path;
      manager()
          .callMethod("GetUnitByPID")
          .onInterface(manager_interface)
          .withTimeout(timeout())
          .withArguments(static_cast<uint32_t>(pid))
          .storeResultsTo(path);
      return property<std::string>(all_properties(path, unit_interface), "Id");
    });
  }

 private:
  static std::chrono::microseconds timeout() { return std::chrono::microseconds(call_timeout_us); }

  template <class T, class Action>
  static Result<T> guarded(const std::string& what, const std::string& where, Action action) {
    try {
      return action();
    } catch (const sdbus::Error& error) {
      return tl::unexpected(from_bus(error, what, where));
    }
  }

  sdbus::IProxy& manager() {
    if (!manager_) manager_ = make_proxy(*bus_, manager_path);
    return *manager_;
  }

  Properties all_properties(const std::string& path, const std::string& interface) {
    Properties properties;
    const auto proxy = make_proxy(*bus_, path);
    proxy->callMethod("GetAll")
        .onInterface(properties_interface)
        .withTimeout(timeout())
        .withArguments(interface)
        .storeResultsTo(properties);
    return properties;
  }

  Unit read_unit(const std::string& path, bool (*allowed)(std::string_view)) {
    const Properties common = all_properties(path, unit_interface);
    Unit unit;
    unit.id = property<std::string>(common, "Id");
    unit.load_state = property<std::string>(common, "LoadState");
    unit.active_state = property<std::string>(common, "ActiveState");
    unit.unit_file_state = property<std::string>(common, "UnitFileState");
    unit.fragment_path = property<std::string>(common, "FragmentPath");
    unit.drop_in_paths = property<std::vector<std::string>>(common, "DropInPaths");
    unit.transient = property<bool>(common, "Transient");
    if (unit.id.ends_with(".service")) read_service(path, allowed, unit);
    const auto own = root_.read("/etc/systemd/system/" + unit.id + ".d/zz-faultline.conf");
    if (own) unit.own_drop_in = *own;
    return unit;
  }

  void read_service(const std::string& path, bool (*allowed)(std::string_view), Unit& unit) {
    const Properties service = all_properties(path, service_interface);
    add_assignments(property<std::vector<std::string>>(service, "Environment"), allowed, unit.environment);
    using File = sdbus::Struct<std::string, bool>;
    for (const File& file : property<std::vector<File>>(service, "EnvironmentFiles")) {
      for (const std::string& one : expand(std::get<0>(file))) {
        unit.environment_files.push_back(read_environment_file(root_, one, std::get<1>(file), allowed));
      }
    }
    for (const std::string& entry : property<std::vector<std::string>>(service, "UnsetEnvironment")) {
      unit.unset_environment.push_back(entry.substr(0, entry.find('=')));
    }
    unit.user = property<std::string>(service, "User");
    unit.control_group = property<std::string>(service, "ControlGroup");
    unit.main_pid = static_cast<std::int32_t>(property<uint32_t>(service, "MainPID"));
    const auto quota_usec = property<uint64_t>(service, "CPUQuotaPerSecUSec");
    if (quota_usec != 0 && quota_usec != std::numeric_limits<uint64_t>::max()) {
      unit.cpu_quota_cores = static_cast<double>(quota_usec) * 1e-6;
    }
  }

  std::unique_ptr<sdbus::IConnection> bus_;
  std::unique_ptr<sdbus::IProxy> manager_;
  Root root_;
};

}  // namespace

Result<std::unique_ptr<SystemBus>> connect_system_bus() {
  const auto unavailable = [](const std::string& why) {
    return fail(
        ErrorKind::unsupported, "systemd can't be asked", "system bus", why,
        "run where systemd is PID 1, or set DBUS_SYSTEM_BUS_ADDRESS; pid:N, cgroup:/PATH and -- COMMAND work without");
  };
  try {
    auto bus = sdbus::createSystemBusConnection();
    auto root = Root::open("/");
    if (!root) return tl::unexpected(root.error());
    auto connected = std::make_unique<SdBus>(std::move(bus), std::move(*root));
    // A bus without systemd on it is no use: ask once.
    if (auto units = connected->list_units(); !units) return unavailable(units.error().why);
    return std::unique_ptr<SystemBus>(std::move(connected));
  } catch (const sdbus::Error& error) {
    return unavailable(error.getMessage());
  }
}

}  // namespace faultline::host
