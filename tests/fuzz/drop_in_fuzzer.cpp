// SPDX-License-Identifier: Apache-2.0
// Any bytes as names, values, reasons and an existing drop-in: what is rendered must read back as the directives that
// were meant and as nothing else, must not leave its folder, and must not change when it is rendered again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fuzzer/FuzzedDataProvider.h>
#include <string>

#include "appliers/systemd/drop_in.h"
#include "appliers/systemd/own_file.h"
#include "appliers/systemd/unit_text.h"

namespace {

using namespace faultline;

void require(bool holds) {
  if (!holds) std::abort();
}

Unit unit_of(FuzzedDataProvider& bytes) {
  Unit unit;
  unit.id = bytes.ConsumeBool() ? "a.service" : bytes.ConsumeRandomLengthString(40);
  unit.load_state = "loaded";
  if (bytes.ConsumeBool()) unit.environment["GLIBC_TUNABLES"] = bytes.ConsumeRandomLengthString(60);
  if (bytes.ConsumeBool()) unit.environment["LD_PRELOAD"] = bytes.ConsumeRandomLengthString(60);
  if (bytes.ConsumeBool()) {
    const std::string body = bytes.ConsumeRandomLengthString(200);
    unit.own_drop_in = bytes.ConsumeBool() ? body : systemd::own_file_text("0", "p", body);
  }
  return unit;
}

systemd::FixSettings fix_of(FuzzedDataProvider& bytes) {
  systemd::FixSettings fix{
      bytes.ConsumeBool() ? "keep-heap" : bytes.ConsumeRandomLengthString(20), bytes.ConsumeRandomLengthString(60), {}};
  for (int left = bytes.ConsumeIntegralInRange<int>(0, 3); left > 0; --left) {
    constexpr const char* names[] = {"GLIBC_TUNABLES", "LD_PRELOAD", "A"};
    std::string name = bytes.ConsumeBool() ? bytes.PickValueInArray(names) : bytes.ConsumeRandomLengthString(20);
    if (bytes.ConsumeBool()) {
      fix.settings.emplace_back(EnvironmentVariable{std::move(name), bytes.ConsumeRandomLengthString(200)});
    } else {
      fix.settings.emplace_back(CpuQuota{bytes.ConsumeFloatingPoint<double>()});
    }
  }
  return fix;
}

void check(const Unit& unit, const Change& change) {
  require(change.path == "/etc/systemd/system/" + unit.id + ".d/zz-faultline.conf");
  require(std::count(change.path.begin(), change.path.end(), '/') == 5);
  const auto assignments = systemd::parse_unit_text(change.after);
  require(assignments.has_value() && !assignments->empty());
  for (const auto& one : *assignments) {
    require(one.section == "Service" || one.section == "Slice");
    require(one.key == "Environment" || one.key == "CPUQuota");
    require(!one.value.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider bytes(data, size);
  Unit unit = unit_of(bytes);
  const std::vector<systemd::FixSettings> fixes{fix_of(bytes), fix_of(bytes)};
  const Rendering first = systemd::render(unit, {}, fixes, "0.1.0");
  if (first.changes.empty()) return 0;
  check(unit, first.changes[0]);
  unit.own_drop_in = first.changes[0].after;
  // The fixes that were taken are in place now. One that was refused beside them may be taken alone.
  for (const auto& fix : fixes) {
    const bool was_refused = std::any_of(first.refusals.begin(), first.refusals.end(),
                                         [&](const Refusal& refusal) { return refusal.fix == fix.fix; });
    if (was_refused || fixes[0].fix == fixes[1].fix) continue;
    const Rendering again = systemd::render(unit, {}, {fix}, "0.1.0");
    require(again.changes.empty() && again.refusals.size() == 1 && again.refusals[0].in_place);
  }
  return 0;
}
