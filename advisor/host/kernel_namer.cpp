// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/kernel_namer.h"

#include <algorithm>
#include <utility>

#include "advisor/host/text_scan.h"

#ifdef FAULTLINE_HAS_BPF
#include <bpf/bpf.h>
#include <bpf/kernel_names.skel.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstring>

#include "advisor/host/bpf/kernel_names.h"
#endif

namespace faultline::host {

std::optional<KernelFunction> parse_kernel_function(std::uint64_t address, std::string_view text) {
  const std::string_view name = take_until(text, '+');
  std::string_view rest = take_until(text, ' ');
  const std::string_view offset_text = take_until(rest, '/');
  if (name.empty() || !offset_text.starts_with("0x") || !rest.starts_with("0x")) return std::nullopt;
  const auto offset = to_number(offset_text.substr(2), 16);
  const auto bytes = to_number(rest.substr(2), 16);
  if (!offset || !bytes || *offset > *bytes || *offset > address) return std::nullopt;
  return KernelFunction{address - *offset, address - *offset + *bytes, std::string(name)};
}

#ifdef FAULTLINE_HAS_BPF

namespace {

struct NamesEnd {
  void operator()(kernel_names_bpf* skeleton) const { kernel_names_bpf__destroy(skeleton); }
};

}  // namespace

struct KernelNamer::Object {
  std::unique_ptr<kernel_names_bpf, NamesEnd> skeleton;
};

Result<KernelNamer> KernelNamer::open() {
  const char* const what = "cannot ask the kernel for names";
  ::libbpf_set_print(nullptr);
  auto object = std::make_unique<Object>();
  object->skeleton.reset(kernel_names_bpf__open());
  if (!object->skeleton) return fail(ErrorKind::io, what, "bpf", std::strerror(errno));
  if (const int error = -kernel_names_bpf__load(object->skeleton.get())) {
    const bool denied = error == EPERM || error == EACCES;
    return fail(denied ? ErrorKind::permission : ErrorKind::unsupported, what, "bpf", std::strerror(error));
  }
  return KernelNamer(std::move(object));
}

Result<std::vector<KernelFunction>> KernelNamer::functions(const std::vector<std::uint64_t>& addresses) {
  auto& shared = *object_->skeleton->bss;
  const int program = ::bpf_program__fd(object_->skeleton->progs.name_addresses);
  std::vector<KernelFunction> functions;
  for (std::size_t begin = 0; begin < addresses.size(); begin += FAULTLINE_NAMES_A_RUN) {
    const std::size_t count = std::min<std::size_t>(FAULTLINE_NAMES_A_RUN, addresses.size() - begin);
    std::fill(std::begin(shared.addresses), std::end(shared.addresses), 0);
    std::copy_n(addresses.begin() + static_cast<std::ptrdiff_t>(begin), count, std::begin(shared.addresses));
    bpf_test_run_opts options{};
    options.sz = sizeof options;
    if (::bpf_prog_test_run_opts(program, &options) != 0) {
      return fail(ErrorKind::io, "cannot name kernel functions", "bpf", std::strerror(errno));
    }
    for (std::size_t i = 0; i < count; ++i) {
      const char* const text = shared.names[i];
      auto function = parse_kernel_function(addresses[begin + i], {text, ::strnlen(text, FAULTLINE_NAME_BYTES)});
      if (function) functions.push_back(std::move(*function));
    }
  }
  return functions;
}

#else

struct KernelNamer::Object {};

Result<KernelNamer> KernelNamer::open() {
  return fail(ErrorKind::unsupported, "cannot ask the kernel for names", "bpf", "built without BPF");
}

Result<std::vector<KernelFunction>> KernelNamer::functions(const std::vector<std::uint64_t>& /*addresses*/) {
  return std::vector<KernelFunction>{};
}

#endif

KernelNamer::KernelNamer(std::unique_ptr<Object> object) : object_(std::move(object)) {}
KernelNamer::KernelNamer(KernelNamer&&) noexcept = default;
KernelNamer& KernelNamer::operator=(KernelNamer&&) noexcept = default;
KernelNamer::~KernelNamer() = default;

}  // namespace faultline::host
