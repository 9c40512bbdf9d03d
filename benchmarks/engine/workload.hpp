// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace freshet::bench {

/// The generator of the benchmark's random numbers: the same numbers on every machine.
///
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
class SplitMix64 {
 public:
  explicit SplitMix64(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  /// A number in [0, bound); the bias of the remainder is below 2^-40 for the bounds used here.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }

 private:
  std::uint64_t state_;
};

/// Spreads the bits of `word` over all of it.
inline std::uint64_t mix(std::uint64_t word) {
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9u;
  word = (word ^ (word >> 27)) * 0x94d049bb133111ebu;
  return word ^ (word >> 31);
}

/// A stored row: the group that it counts to, and how much.
template <class Amount> struct Entry {
  std::uint64_t group{};
  Amount amount{};
  auto operator<=>(const Entry&) const = default;
};

/// What the mapper makes of an Entry.
template <class Amount> struct Scaled {
  std::uint64_t group{};
  Amount amount{};
  auto operator<=>(const Scaled&) const = default;
};

/// The mapper, the same function for every contender.
template <class Amount> Scaled<Amount> scale(const Entry<Amount>& entry) { return {entry.group, entry.amount * 3 + 1}; }

template <class Amount> struct Write {
  std::uint64_t key{};
  Entry<Amount> entry;
};

/// One row of the output of a commit: a group whose sum is now another, or that is gone.
template <class Amount> struct Delta {
  std::uint64_t group{};
  Amount sum{};
  bool gone{};
};

enum class Change { amount, group };

/// The commits of one cell: `writes` cut into transactions of `batch` rows, the keys of one transaction all different.
template <class Amount> struct Phase {
  Change change{};
  std::size_t batch{};
  std::vector<Write<Amount>> writes;

  std::size_t commits() const { return writes.size() / batch; }
  std::span<const Write<Amount>> commit(std::size_t i) const { return std::span(writes).subspan(i * batch, batch); }
};

struct WorkloadOptions {
  std::uint64_t rows = 10'000;
  std::vector<std::size_t> batches;
  std::vector<Change> changes;
  std::size_t changes_per_phase = 400'000;
  std::uint64_t seed = 1;
};

/// Everything that a run does, worked out beforehand, so that every contender gets the same and no clock counts the
/// dice.
///
/// Amounts are whole numbers (also where Amount is double, where they stay far below 2^53), so that every order of
/// adding gives the same sum and contenders can be compared exactly.
template <class Amount> class Workload {
 public:
  explicit Workload(const WorkloadOptions& options);

  std::uint64_t rows() const { return load_.writes.size(); }
  std::uint64_t groups() const { return groups_; }
  /// The first rows, in transactions of at most 10 000.
  const Phase<Amount>& load() const { return load_; }
  const std::vector<Phase<Amount>>& phases() const { return phases_; }
  /// The sum of each group after the load and the first `phases` phases, computed from scratch.
  std::vector<Amount> sums_after(std::size_t phases) const;

 private:
  void add_load(SplitMix64& random);
  void add_phase(SplitMix64& random, Change change, std::size_t batch, std::size_t changes);

  std::uint64_t groups_;
  Phase<Amount> load_;
  std::vector<Phase<Amount>> phases_;
  /// Used while the phases are made: the rows as the last of them leaves them.
  std::vector<Entry<Amount>> current_;
};

extern template class Workload<std::int64_t>;
extern template class Workload<double>;

/// Folds what a contender emits into a number and into a view of its own, as a subscriber would.
///
/// The number does not depend on the order within one commit, and does on the order of commits: contenders agree in it
/// only when every single commit told the same.
template <class Amount> class Fold {
 public:
  explicit Fold(std::uint64_t groups) : sums_(groups) {}

  void add(const Delta<Amount>& delta);
  void end_of_commit() {
    checksum_ = mix(checksum_ + commit_);
    commit_ = 0;
  }

  std::uint64_t checksum() const { return checksum_; }
  std::uint64_t delta_count() const { return delta_count_; }
  const std::vector<Amount>& sums() const { return sums_; }

 private:
  std::vector<Amount> sums_;
  std::uint64_t checksum_ = 0;
  std::uint64_t commit_ = 0;
  std::uint64_t delta_count_ = 0;
};

template <class Amount> void Fold<Amount>::add(const Delta<Amount>& delta) {
  const Amount sum = delta.gone ? Amount{} : delta.sum;
  sums_[delta.group] = sum;
  commit_ += mix(delta.group * 0x9e3779b97f4a7c15u ^ static_cast<std::uint64_t>(static_cast<std::int64_t>(sum)));
  ++delta_count_;
}

}  // namespace freshet::bench
