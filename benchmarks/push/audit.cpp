// SPDX-License-Identifier: MIT
#include "push/audit.hpp"

#include <algorithm>
#include <chrono>

#include "report.hpp"

namespace freshet::bench {

namespace {

/// More deliveries than this are sampled: every so many of them.
constexpr std::uint64_t kLatenciesMax = 8'000'000;

}  // namespace

Audit::Audit(std::uint64_t keys, std::uint64_t width, std::size_t payload_bytes)
    : width_(width), rows_(payload_bytes), written_(keys), followers_((keys + width - 1) / width) {}

void Audit::begin_tick(std::int64_t due_ns) { ticks_.push_back({.due_ns = due_ns}); }

void Audit::write(std::string& json, std::uint64_t key) {
  rows_.append(json, key, ++written_[key], ticks_.size());
  ticks_.back().owed += followers_[window_of(key)];
}

void Audit::forget_ticks() { complete_ = taken_ticks_ = ticks_.size(); }

std::uint64_t Audit::delivered(Knowledge& knowledge, bool is_init, std::string_view rows, std::int64_t now_ns) {
  RowScanner scanner(rows);
  std::uint64_t count_of_rows = 0;
  for (Stamp stamp; scanner.next(stamp); ++count_of_rows) count(knowledge, stamp, is_init, now_ns);
  // An empty list is `[]`, which has no first row to be told from.
  if (!scanner.is_end()) ++faults_.garbled;
  return count_of_rows;
}

void Audit::count(Knowledge& knowledge, const Stamp& stamp, bool is_init, std::int64_t now_ns) {
  const std::uint64_t place = stamp.key - knowledge.first_key;
  const bool is_known = stamp.key >= knowledge.first_key && place < knowledge.numbers.size() &&
                        stamp.tick <= ticks_.size() && stamp.number <= written_[stamp.key] && stamp.tick > 0;
  if (!is_known || !rows_.is_intact(stamp)) {
    ++faults_.garbled;
    return;
  }
  if (stamp.tick <= knowledge.begun_after) return;
  std::uint32_t& known = knowledge.numbers[place];
  if (stamp.number < known || (stamp.number == known && !is_init)) ++faults_.doubled;
  if (!is_init && stamp.number > known + 1) {
    faults_.skipped += stamp.number - known - 1;
    knowledge.skipped += stamp.number - known - 1;
  }
  known = static_cast<std::uint32_t>(stamp.number);
  if (is_init) return;

  ++delivered_;
  Tick& tick = ticks_[stamp.tick - 1];
  if (tick.got++ == 0) tick.first_ns = now_ns;
  tick.last_ns = now_ns;
  if (latencies_us_.size() < kLatenciesMax) latencies_us_.push_back(static_cast<double>(now_ns - tick.due_ns) / 1e3);
}

void Audit::begin_here(Knowledge& knowledge) const {
  knowledge.begun_after = ticks_.size();
  for (std::size_t at = 0; at < knowledge.numbers.size(); ++at)
    knowledge.numbers[at] = written_[knowledge.first_key + at];
}

std::uint64_t Audit::complete_count() {
  while (complete_ < ticks_.size() && ticks_[complete_].got >= ticks_[complete_].owed) ++complete_;
  return complete_;
}

bool Audit::is_up_to_date(const Knowledge& knowledge) const {
  return std::equal(knowledge.numbers.begin(), knowledge.numbers.end(),
                    written_.begin() + static_cast<std::ptrdiff_t>(knowledge.first_key));
}

Latencies Audit::take_latencies() {
  std::vector<double> firsts, lasts;
  for (; taken_ticks_ < ticks_.size(); ++taken_ticks_) {
    const Tick& tick = ticks_[taken_ticks_];
    if (tick.got == 0) continue;
    firsts.push_back(static_cast<double>(tick.first_ns - tick.due_ns) / 1e3);
    lasts.push_back(static_cast<double>(tick.last_ns - tick.due_ns) / 1e3);
  }
  std::vector<double> all;
  all.swap(latencies_us_);
  if (all.empty() || firsts.empty()) return {};
  return {.count = all.size(),
          .p50_us = percentile(all, 0.50),
          .p99_us = percentile(all, 0.99),
          .p999_us = percentile(all, 0.999),
          .max_us = *std::max_element(all.begin(), all.end()),
          .first_us = median(firsts),
          .last_us = median(lasts)};
}

std::int64_t monotonic_ns() {
  // GCC's steady clock is CLOCK_MONOTONIC, the same for every process of the machine.
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace freshet::bench
