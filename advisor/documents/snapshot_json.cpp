// SPDX-License-Identifier: Apache-2.0
#include "advisor/documents/snapshot_json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "advisor/documents/json_gate.h"
#include "advisor/documents/support/json_reader.h"
#include "advisor/documents/support/json_writer.h"
#include "advisor/facts/catalogue.h"

namespace faultline::documents {
namespace {

Host read_host(JsonReader reader) {
  Host host;
  reader.read("kernel", host.kernel);
  reader.read("architecture", host.architecture);
  reader.read("cpus", host.cpus);
  reader.read("numa_nodes", host.numa_nodes);
  reader.read("page_bytes", host.page_bytes);
  reader.read("ns_per_fault", host.ns_per_fault);
  return host;
}

Process read_process(JsonReader reader) {
  Process process;
  reader.read("pid", process.pid);
  reader.read("start_ticks", process.start_ticks);
  reader.read("exe", process.exe);
  reader.read("comm", process.comm);
  reader.read("threads", process.threads);
  reader.read("processes", process.processes);
  reader.read("cgroup", process.cgroup);
  reader.read("runtime", process.runtime);
  reader.read("libc", process.libc);
  reader.read("allocator", process.allocator);
  reader.read("linkage", process.linkage);
  reader.read("secure", process.secure);
  reader.read("arenas", process.arenas);
  reader.read("environment", process.environment);
  return process;
}

EnvironmentFile read_environment_file(JsonReader reader) {
  EnvironmentFile file;
  reader.read("path", file.path);
  reader.read("optional", file.optional);
  reader.read("readable", file.readable);
  reader.read("sets", file.sets);
  return file;
}

Unit read_unit(JsonReader reader) {
  Unit unit;
  reader.read("id", unit.id);
  reader.read("load_state", unit.load_state);
  reader.read("active_state", unit.active_state);
  reader.read("unit_file_state", unit.unit_file_state);
  reader.read("fragment_path", unit.fragment_path);
  reader.read("drop_in_paths", unit.drop_in_paths);
  reader.read("environment", unit.environment);
  for (const auto& file : reader.objects("environment_files")) {
    unit.environment_files.push_back(read_environment_file(file));
  }
  reader.read("unset_environment", unit.unset_environment);
  reader.read("user", unit.user);
  reader.read("control_group", unit.control_group);
  reader.read("main_pid", unit.main_pid);
  reader.read("transient", unit.transient);
  reader.read("cpu_quota_cores", unit.cpu_quota_cores);
  reader.read("own_drop_in", unit.own_drop_in);
  return unit;
}

Window read_window(JsonReader reader) {
  Window window;
  reader.read("start", window.start_utc);
  reader.read("seconds", window.seconds);
  reader.read("asked_seconds", window.asked_seconds);
  reader.read("slices", window.slices);
  reader.read("ended_early", window.ended_early);
  if (auto cost = reader.object("observer_cost")) {
    cost->read("cpu_seconds", window.observer_cost.cpu_seconds);
    cost->read("target_share", window.observer_cost.target_share);
  }
  return window;
}

template <class Enum, std::size_t N>
void read_word(JsonReader& reader, const char* key, const Enum (&choices)[N], Enum& out) {
  std::string word;
  reader.read(key, word);
  if (word.empty()) return;
  for (const Enum choice : choices) {
    if (to_string(choice) == word) {
      out = choice;
      return;
    }
  }
  reader.note(reader.path_of(key), fmt::format("'{}' is not a word that belongs here", word.substr(0, 80)));
}

void read_value(JsonReader& reader, const facts::Spec& spec, Fact& fact) {
  const nlohmann::json* node = reader.member("value");
  if (node == nullptr) return;
  const std::string path = reader.path_of("value");
  switch (spec.kind) {
    case facts::Kind::number:
      if (!node->is_number()) return reader.expected(path, "a number", *node);
      fact.value = node->get<double>();
      return;
    case facts::Kind::flag:
      if (!node->is_boolean()) return reader.expected(path, "true or false", *node);
      fact.value = node->get<bool>();
      return;
    case facts::Kind::text:
      if (!node->is_string()) return reader.expected(path, "a text", *node);
      fact.value = node->get<std::string>();
      return;
  }
}

Fact read_fact(JsonReader reader, const facts::Spec& spec) {
  Fact fact;
  fact.name = spec.name;
  read_value(reader, spec, fact);
  read_word(reader, "quality", {Quality::measured, Quality::estimated, Quality::unknown}, fact.quality);
  if (fact.known() != (fact.quality != Quality::unknown)) {
    reader.note(reader.path_of("quality"), fact.known() ? "a value needs a quality of 'measured' or 'estimated'"
                                                        : "without a value the quality can only be 'unknown'");
  }
  reader.read("source", fact.source);
  reader.read("reason", fact.reason);
  reader.read("unlock", fact.unlock);
  reader.read_slices("slices", fact.slices);
  read_word(reader, "trend", {Trend::none, Trend::flat, Trend::rising, Trend::falling}, fact.trend);
  return fact;
}

void read_facts(JsonReader reader, FactSet& facts) {
  for (const auto& [name, value] : reader.node().items()) {
    const facts::Spec* spec = facts::find(name);
    if (spec == nullptr) continue;  // of a newer version
    if (auto part = reader.object(name.c_str())) facts.put(read_fact(*part, *spec));
  }
}

FoldedStack read_stack(JsonReader reader) {
  FoldedStack stack;
  reader.read("frames", stack.frames);
  reader.read("samples", stack.samples);
  return stack;
}

std::optional<Error> check_schema(const nlohmann::json& document, const std::string& file) {
  Error error{ErrorKind::input, "the snapshot cannot be read", file, {}, "take it with `faultline measure`"};
  if (!document.is_object()) {
    error.why = fmt::format("a snapshot is a JSON object, and this is {}", document.type_name());
    return error;
  }
  const auto schema = document.find("schema");
  if (schema == document.end() || !schema->is_string()) {
    error.why = "the member 'schema' is missing: this is no document of faultline";
    return error;
  }
  const auto name = schema->get<std::string>();
  if (name == snapshot_schema) return std::nullopt;
  error.why = fmt::format("its schema is '{}', and this version reads '{}'", name.substr(0, 80), snapshot_schema);
  if (name.starts_with("faultline/audit/")) error.hint = "save the snapshot of an audit with --save-snapshot FILE";
  if (name.starts_with("faultline/snapshot/")) error.hint = "read it with the version of faultline that wrote it";
  return error;
}

}  // namespace

std::string write_snapshot(const Snapshot& snapshot) {
  Json document = {{"schema", snapshot_schema},
                   {"faultline", utf8(snapshot.faultline_version)},
                   {"host", json_of(snapshot.host)},
                   {"target", utf8(snapshot.target)},
                   {"process", json_of(snapshot.process)},
                   {"unit", snapshot.unit ? json_of(*snapshot.unit) : Json(nullptr)},
                   {"window", json_of(snapshot.window)},
                   {"facts", json_of(snapshot.facts, snapshot.window)}};
  Json stacks = Json::array();
  for (const auto& stack : snapshot.stacks) {
    stacks.push_back({{"frames", utf8(stack.frames)}, {"samples", stack.samples}});
  }
  document["stacks"] = std::move(stacks);
  return dump(document);
}

Result<Snapshot> read_snapshot(std::string_view text, const std::string& file) {
  if (auto passed = check_json(text, file); !passed) return tl::unexpected<Error>(std::move(passed.error()));
  const auto document = nlohmann::json::parse(text, nullptr, false);
  if (document.is_discarded()) return fail(ErrorKind::bug, "the snapshot cannot be read", file, "the gate let it pass");
  if (auto error = check_schema(document, file)) return tl::unexpected<Error>(std::move(*error));
  std::optional<Error> error;
  JsonReader reader(document, "$", error);
  Snapshot snapshot;
  reader.read("faultline", snapshot.faultline_version);
  reader.read("target", snapshot.target);
  if (auto part = reader.object("host")) snapshot.host = read_host(*part);
  if (auto part = reader.object("process")) snapshot.process = read_process(*part);
  if (auto part = reader.object("unit")) snapshot.unit = read_unit(*part);
  if (auto part = reader.object("window")) snapshot.window = read_window(*part);
  if (auto part = reader.object("facts")) read_facts(*part, snapshot.facts);
  for (const auto& stack : reader.objects("stacks")) snapshot.stacks.push_back(read_stack(stack));
  if (!error) return snapshot;
  error->where = fmt::format("{}: {}", file, error->where);
  return tl::unexpected<Error>(std::move(*error));
}

}  // namespace faultline::documents
