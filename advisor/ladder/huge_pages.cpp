// SPDX-License-Identifier: Apache-2.0
// May the target get huge pages, does it, and what do they cost? The counts are of the whole host: the kernel keeps no
// other. How much of its memory is huge is in rung 5.
#include "advisor/host/huge_pages.h"

#include <algorithm>
#include <optional>

#include "advisor/ladder/support/rung.h"

namespace faultline {
namespace {

const char* const of_host = "/proc/vmstat, all of the host";

double rise(std::uint64_t before, std::uint64_t after) { return static_cast<double>(after - std::min(before, after)); }

class HugePagesRung : public Rung {
 public:
  std::string_view id() const override { return "huge_pages"; }
  int order() const override { return 55; }

  void open(const Observation& seen) override {
    before_ = host::read_huge_page_counts(seen.files());
    // The process may be gone when the window closes.
    allowed_ = host::read_thp_allowed(seen.files(), seen.watch.main_pid());
  }
  void close(const Observation& seen, double seconds) override {
    after_ = host::read_huge_page_counts(seen.files());
    seconds_ = seconds;
  }

  RungResult result(const Observation& seen) override {
    RungResult result;
    say_setting(seen, "enabled", "thp.host.enabled", result.facts);
    say_setting(seen, "defrag", "thp.host.defrag", result.facts);
    const char* allowed = "thp.process.allowed";
    result.facts.push_back(allowed_ ? Fact::measured(allowed, *allowed_, "/proc/PID/status THP_enabled")
                                    : Fact::unknown(allowed, allowed_.error().why, allowed_.error().hint));
    say_counts(result.facts);
    return result;
  }

  std::vector<Need> needs(const host::Machine& machine) const override {
    const bool there = machine.root.exists("/sys/kernel/mm/transparent_hugepage/enabled");
    return {{"transparent huge pages", there, "nothing: without them there is nothing to see", ""}};
  }

 private:
  static void say_setting(const Observation& seen, const char* setting, const char* name, std::vector<Fact>& facts) {
    const auto word = host::read_thp_setting(seen.files(), setting);
    facts.push_back(word ? Fact::measured(name, *word, std::string("/sys/kernel/mm/transparent_hugepage/") + setting)
                         : Fact::unknown(name, word.error().why, "mount /sys; a kernel with transparent huge pages"));
  }

  void say_counts(std::vector<Fact>& facts) const {
    const char* stalls = "thp.stalls.per_second";
    const char* fallback = "thp.fault_fallback.share";
    if (!before_ || !after_ || seconds_ <= 0) {
      const std::string why = !before_ ? before_.error().why : "/proc/vmstat could not be read twice";
      facts.push_back(Fact::unknown(stalls, why));
      facts.push_back(Fact::unknown(fallback, why));
      return;
    }
    facts.push_back(
        Fact::measured(stalls, rise(before_->compaction_stalls, after_->compaction_stalls) / seconds_, of_host));
    const double failed = rise(before_->fallbacks, after_->fallbacks);
    const double asked = rise(before_->faults, after_->faults) + failed;
    facts.push_back(asked > 0 ? Fact::measured(fallback, failed / asked, of_host)
                              : Fact::unknown(fallback, "no fault asked for a huge page in the window"));
  }

  Result<host::HugePageCounts> before_ = tl::unexpected(Error{}), after_ = tl::unexpected(Error{});
  Result<bool> allowed_ = tl::unexpected(Error{});
  double seconds_ = 0;
};

}  // namespace

std::unique_ptr<Rung> make_huge_pages_rung() { return std::make_unique<HugePagesRung>(); }

}  // namespace faultline
