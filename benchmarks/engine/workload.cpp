// SPDX-License-Identifier: MIT
#include "engine/workload.hpp"

#include <algorithm>

namespace freshet::bench {

namespace {

constexpr std::size_t kLoadBatchMax = 10'000;
constexpr std::uint64_t kAmountMax = 1'000'000;
constexpr std::uint64_t kRowsPerGroup = 1'000;
constexpr std::uint64_t kGroupsMin = 10;

}  // namespace

std::uint64_t SplitMix64::next() { return mix(state_ += 0x9e3779b97f4a7c15u); }

template <class Amount>
Workload<Amount>::Workload(const WorkloadOptions& options)
    : groups_(std::max(kGroupsMin, options.rows / kRowsPerGroup)), current_(options.rows) {
  SplitMix64 random(options.seed);
  add_load(random);
  for (const Change change : options.changes)
    for (const std::size_t batch : options.batches)
      if (batch <= options.rows) add_phase(random, change, batch, std::max(options.changes_per_phase, batch));
}

template <class Amount> void Workload<Amount>::add_load(SplitMix64& random) {
  load_.batch = std::min(kLoadBatchMax, current_.size());
  for (std::uint64_t key = 0; key < current_.size(); ++key) {
    current_[key] = {random.below(groups_), static_cast<Amount>(random.below(kAmountMax))};
    load_.writes.push_back({key, current_[key]});
  }
  // Rows arrive in no order, as from a table that someone else keeps.
  for (std::size_t i = load_.writes.size(); i > 1; --i) std::swap(load_.writes[i - 1], load_.writes[random.below(i)]);
}

template <class Amount>
void Workload<Amount>::add_phase(SplitMix64& random, Change change, std::size_t batch, std::size_t changes) {
  Phase<Amount> phase{.change = change, .batch = batch, .writes = {}};
  phase.writes.reserve(changes);
  std::vector<std::size_t> last_used_in(current_.size(), 0);
  for (std::size_t commit = 1; commit <= changes / batch; ++commit)
    for (std::size_t i = 0; i < batch; ++i) {
      std::uint64_t key = random.below(current_.size());
      while (last_used_in[key] == commit) key = random.below(current_.size());
      last_used_in[key] = commit;
      Entry<Amount>& entry = current_[key];
      // Always another amount, so that each write is a change.
      entry.amount = static_cast<Amount>((static_cast<std::uint64_t>(entry.amount) + 1 + random.below(kAmountMax - 1)) %
                                         kAmountMax);
      if (change == Change::group) entry.group = (entry.group + 1 + random.below(groups_ - 1)) % groups_;
      phase.writes.push_back({key, entry});
    }
  phases_.push_back(std::move(phase));
}

template <class Amount> std::vector<Amount> Workload<Amount>::sums_after(std::size_t phases) const {
  std::vector<Entry<Amount>> rows(load_.writes.size());
  for (const auto& write : load_.writes) rows[write.key] = write.entry;
  for (std::size_t i = 0; i < phases; ++i)
    for (const auto& write : phases_[i].writes) rows[write.key] = write.entry;
  std::vector<Amount> sums(groups_);
  for (const auto& row : rows) sums[row.group] += scale(row).amount;
  return sums;
}

template class Workload<std::int64_t>;
template class Workload<double>;

}  // namespace freshet::bench
