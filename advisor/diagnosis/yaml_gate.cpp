// SPDX-License-Identifier: Apache-2.0
// The one file that knows yaml-cpp. Its node API follows aliases, so that `&a [*a]` is a cycle and a chain of aliases
// grows without limit; its event API does neither.
#include "advisor/diagnosis/yaml_gate.h"

#include <algorithm>
#include <fmt/format.h>
#include <sstream>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

namespace faultline::diagnosis {
namespace {

struct Refused {
  Mark mark;
  std::string why;
};

Mark from_parser(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
  });
}

/// Builds the tree. `open_` holds pointers into it: a node is moved into its parent only when it is complete.
class Builder : public YAML::EventHandler {
 public:
  explicit Builder(const YamlLimits& limits) : limits_(limits) {}

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    add(make(YamlNode::Kind::null, mark));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    throw Refused{from_parser(mark), "aliases (*name) are not allowed in a policy"};
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (has_control_character(value)) throw Refused{from_parser(mark), "a text holds a control character"};
    YamlNode node = make(YamlNode::Kind::scalar, mark);
    node.text = value;
    node.quoted = tag == "!";
    add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(YamlNode::Kind::sequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(YamlNode::Kind::mapping, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

  [[nodiscard]] YamlNode take() { return std::move(root_); }

 private:
  struct Open {
    YamlNode node;
    bool has_key = false;
    YamlNode key;
  };

  static void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) throw Refused{from_parser(mark), "anchors (&name) are not allowed in a policy"};
  }
  static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") {
      throw Refused{from_parser(mark), "tags (!name) are not allowed in a policy"};
    }
  }
  YamlNode make(YamlNode::Kind kind, const YAML::Mark& mark) {
    if (++nodes_ > limits_.nodes) {
      throw Refused{from_parser(mark), fmt::format("more than {} values", limits_.nodes)};
    }
    YamlNode node;
    node.kind = kind;
    node.mark = from_parser(mark);
    return node;
  }
  void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (static_cast<int>(open_.size()) >= limits_.depth) {
      throw Refused{from_parser(mark), fmt::format("nested deeper than {} levels", limits_.depth)};
    }
    open_.push_back({make(kind, mark), false, {}});
  }
  void close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(node));
  }
  void add(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::sequence) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.has_key) {
      take_key(parent, std::move(node));
    } else {
      parent.node.members.push_back({std::move(parent.key), std::move(node)});
      parent.has_key = false;
    }
  }
  static void take_key(Open& parent, YamlNode key) {
    if (key.kind != YamlNode::Kind::scalar) throw Refused{key.mark, "a key must be a word"};
    if (key.text == "<<") throw Refused{key.mark, "merge keys (<<) are not allowed in a policy"};
    if (const YamlNode* other = parent.node.find(key.text); other != nullptr) {
      throw Refused{key.mark, fmt::format("the key '{}' is there twice", key.text)};
    }
    parent.key = std::move(key);
    parent.has_key = true;
  }

  const YamlLimits& limits_;
  std::size_t nodes_ = 0;
  std::vector<Open> open_;
  YamlNode root_;
};

tl::unexpected<Error> refusal(const std::string& file, Mark mark, std::string why) {
  return fail(ErrorKind::input, "the policy cannot be read", place(file, mark), std::move(why));
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  const auto it =
      std::find_if(members.begin(), members.end(), [&](const auto& member) { return member.key.text == key; });
  return it == members.end() ? nullptr : &it->value;
}

std::string place(const std::string& file, Mark mark) { return fmt::format("{}:{}:{}", file, mark.line, mark.column); }

Result<YamlNode> read_yaml(std::string_view text, const std::string& file, const YamlLimits& limits) {
  if (text.size() > limits.bytes) {
    return fail(ErrorKind::input, "the policy cannot be read", file, fmt::format("larger than {} bytes", limits.bytes));
  }
  if (text.find('\0') != std::string_view::npos) {
    return fail(ErrorKind::input, "the policy cannot be read", file, "it holds a NUL byte: this is not a text file");
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder(limits);
    if (!parser.HandleNextDocument(builder)) return refusal(file, {}, "the file is empty");
    YamlNode root = builder.take();
    Builder second(limits);
    if (parser.HandleNextDocument(second)) {
      return refusal(file, second.take().mark, "a second document: one policy file holds one rule");
    }
    return root;
  } catch (const Refused& refused) {
    return refusal(file, refused.mark, refused.why);
  } catch (const YAML::Exception& error) {
    return refusal(file, error.mark.is_null() ? Mark{} : from_parser(error.mark), error.msg);
  }
}

}  // namespace faultline::diagnosis
