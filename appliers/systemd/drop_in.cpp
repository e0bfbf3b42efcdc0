// SPDX-License-Identifier: Apache-2.0
#include "appliers/systemd/drop_in.h"

#include <utility>

#include "appliers/systemd/drop_in_draft.h"
#include "appliers/systemd/obstacles.h"
#include "appliers/systemd/own_file.h"
#include "appliers/systemd/unit_type.h"

namespace faultline::systemd {
namespace {

Rendering refuse_all(const std::vector<FixSettings>& fixes, const std::string& why) {
  Rendering rendering;
  for (const FixSettings& fix : fixes) rendering.refusals.push_back({fix.fix, why});
  return rendering;
}

}  // namespace

Rendering render(const Unit& unit, const std::map<std::string, std::string>& process_environment,
                 const std::vector<FixSettings>& fixes, const std::string& faultline_version) {
  if (const auto why = unit_obstacle(unit)) return refuse_all(fixes, *why);
  std::vector<Directive> own;
  if (unit.own_drop_in) {
    auto read = read_own_file(unit_type_of(unit.id)->section, *unit.own_drop_in);
    if (!read) return refuse_all(fixes, in_one_line(read.error()));
    own = std::move(read->directives);
  }
  Rendering rendering;
  DropInDraft draft(unit, process_environment, std::move(own));
  for (const FixSettings& fix : fixes) {
    if (auto refusal = draft.take(fix)) rendering.refusals.push_back(std::move(*refusal));
  }
  if (!draft.has_taken_any()) return rendering;
  auto change = draft.change(faultline_version);
  if (!change) return refuse_all(fixes, in_one_line(change.error()));
  rendering.changes.push_back(std::move(*change));
  return rendering;
}

}  // namespace faultline::systemd
