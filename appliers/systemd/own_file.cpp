// SPDX-License-Identifier: Apache-2.0
#include "appliers/systemd/own_file.h"

#include <fmt/format.h>

#include "appliers/plan/digest.h"
#include "appliers/systemd/unit_body.h"

namespace faultline::systemd {
namespace {

constexpr std::string_view created_by = "# created by faultline ";
constexpr std::string_view do_not_edit = ", do not edit: an edit is found by the hash below, and refused";
constexpr std::string_view plan_is = "# plan ";
constexpr std::string_view hash_is = "# sha256 of what follows: ";

tl::unexpected<Error> drift(const std::string& why) {
  return fail(ErrorKind::refused, "the file is not as faultline wrote it", std::string(own_file_name), why,
              "move what is yours to a drop-in of another name, and delete this one");
}

/// Takes the first line when it starts so, and gives the rest of it.
Result<std::string_view> take_header(std::string_view& text, std::string_view start) {
  const auto end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  if (end == std::string_view::npos || !line.starts_with(start)) return drift("its header is not one of faultline's");
  text.remove_prefix(end + 1);
  return line.substr(start.size());
}

}  // namespace

std::string own_file_path(std::string_view unit_id) {
  return fmt::format("/etc/systemd/system/{}.d/{}", unit_id, own_file_name);
}

std::string own_file_text(std::string_view faultline_version, std::string_view plan_id, std::string_view body) {
  return fmt::format("{}{}{}\n{}{}\n{}{}\n{}", created_by, faultline_version, do_not_edit, plan_is, plan_id, hash_is,
                     plan::sha256_hex(body), body);
}

Result<OwnFile> read_own_file(std::string_view section, std::string_view text) {
  const auto version = take_header(text, created_by);
  if (!version) return tl::unexpected(version.error());
  const auto plan_id = take_header(text, plan_is);
  if (!plan_id) return tl::unexpected(plan_id.error());
  const auto hash = take_header(text, hash_is);
  if (!hash) return tl::unexpected(hash.error());
  const std::string found = plan::sha256_hex(text);
  if (found.empty() || *hash != found) return drift("its body was edited: the hash in its header is of another one");
  auto directives = parse_body(section, text);
  if (!directives) return drift("its body holds what this version does not write: " + directives.error().why);
  return OwnFile{std::string(*plan_id), std::move(*directives)};
}

}  // namespace faultline::systemd
